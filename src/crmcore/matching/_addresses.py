"""Mailboxes that are alike because the names of their owners are.

An address is mostly made of a name. So where two records have like names, that their addresses are alike as well is so
of any two people of such names, and says nothing: only the very address does, or a slip of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.hygiene.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["LIKE_NAME", "NamedAddresses"]

LIKE_NAME = 1
"""The level of addresses that are alike, and no slip: see `crmcore.matching._similarity.email`."""


@attrs.frozen(kw_only=True)
class NamedAddresses:
    """Where the names and the addresses stand among the comparisons of a table."""

    given: int
    family: int
    email: int

    @classmethod
    def among(cls, roles: Sequence[Role]) -> NamedAddresses | None:
        """Find them; None where one is missing."""
        at = {role: position for position, role in reversed(list(enumerate(roles)))}
        if not {Role.GIVEN_NAME, Role.FAMILY_NAME, Role.EMAIL} <= at.keys():
            return None
        return cls(given=at[Role.GIVEN_NAME], family=at[Role.FAMILY_NAME], email=at[Role.EMAIL])

    def told_by_names(self, parts: Floats, same: Bools, bits: Sequence[Floats]) -> Bools:
        """Tell of which pairs the names have told already that addresses are alike, bool, (pairs,).

        Args:
            parts: float64, (comparisons, pairs), in bits.
            same: bool, (comparisons, pairs), whether the very value is shared.
            bits: of each comparison, what its levels are worth.

        >>> import numpy as np
        >>> names = NamedAddresses(given=0, family=1, email=2)
        >>> levels = [np.zeros(1), np.zeros(1), np.array([-2.0, 8.0, 12.0, 15.0])]
        >>> parts = np.array([[9.0, 9.0, -6.0], [9.0, 9.0, 9.0], [8.0, 12.0, 8.0]])
        >>> names.told_by_names(parts, np.zeros((3, 3), bool), levels).tolist()
        [True, False, False]
        """
        email = parts[self.email]
        alike = (email > 0) & (email <= bits[self.email][LIKE_NAME]) & ~same[self.email]
        told: Bools = alike & (parts[self.given] > 0) & (parts[self.family] > 0)
        return told
