"""Where somebody lives, and where somebody works, as one matter each, though they stand in several columns.

Comparisons are taken for independent of each other, and the parts of an address are not. Who moves has another street,
another postcode and another city at once: what differs of an address speaks against one person once, as much as the
part of it that speaks most. So with a job: who changes it has another employer and another title. And a postcode lies
in its city, its region and its country: that all of them agree says no more than the one that says most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Whereabouts"]

_NESTED = frozenset({Role.CITY, Role.POSTCODE, Role.REGION, Role.COUNTRY})
_ADDRESS = _NESTED | {Role.HOUSE_NUMBER, Role.STREET, Role.ADDRESS}
_JOB = frozenset({Role.COMPANY, Role.JOB_TITLE})


@attrs.frozen(kw_only=True)
class Whereabouts:
    """The comparisons of a table that are parts of one matter: an address, a job.

    Attributes:
        parts: their positions among all comparisons, of all matters.
        matters: where in `parts` those of each matter stand.
        nested: where in `parts` those stand of which one implies the other.

    """

    parts: tuple[int, ...]
    matters: tuple[tuple[int, ...], ...]
    nested: tuple[int, ...]

    @classmethod
    def among(cls, roles: Sequence[Role]) -> Whereabouts | None:
        """Find them; None where no matter has two."""
        found = [[at for at, role in enumerate(roles) if role in matter] for matter in (_ADDRESS, _JOB)]
        several = [matter for matter in found if len(matter) > 1]
        parts = tuple(at for matter in several for at in matter)
        return (
            cls(
                parts=parts,
                matters=tuple(tuple(map(parts.index, matter)) for matter in several),
                nested=tuple(place for place, at in enumerate(parts) if roles[at] in _NESTED),
            )
            if parts
            else None
        )

    def count_once(self, parts: Floats) -> Floats:
        """Return the evidence with that of one matter counted once.

        Args:
            parts: float64, (comparisons, pairs), in bits.

        >>> address = Whereabouts.among([Role.CITY, Role.POSTCODE, Role.STREET])
        >>> address.count_once(np.array([[6.0, -4.0, 6.0], [12.0, -3.0, -3.0], [9.0, -5.0, -2.0]])).T.tolist()
        [[0.0, 12.0, 9.0], [0.0, 0.0, -5.0], [6.0, -3.0, 0.0]]
        """
        out = parts.copy()
        out[list(self.parts)] = self.once(parts[list(self.parts)])
        return out

    def once(self, rows: Floats) -> Floats:
        """Do the same with the evidence of these parts alone, float64, (parts, pairs), in place."""
        for matter in map(np.array, self.matters):
            twice = np.flatnonzero((rows[matter] < 0).sum(axis=0) > 1)
            some = rows[np.ix_(matter, twice)]
            rows[np.ix_(matter, twice)] = np.where((some < 0) & ~_first_of(some, some.min(axis=0)), 0.0, some)
        if len(self.nested) < 2:
            return rows
        nested = np.array(self.nested)
        twice = np.flatnonzero((rows[nested] > 0).sum(axis=0) > 1)
        some = rows[np.ix_(nested, twice)]
        rows[np.ix_(nested, twice)] = np.where((some > 0) & ~_first_of(some, some.max(axis=0)), 0.0, some)
        return rows


def _first_of(rows: Floats, extreme: Floats) -> NDArray[np.bool_]:
    """Tell where each column's extreme stands first, bool, of the shape of *rows*."""
    found: NDArray[np.bool_] = np.arange(len(rows))[:, None] == (rows == extreme).argmax(axis=0)
    return found
