"""How common values are among people at large, where the table at hand is too small to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from crmcore.errors import InputError
from crmcore.hygiene.roles import Role
from crmcore.matching.encoding.normal import normal_forms
from crmcore.matching.encoding.strings import Strings, hash64
from crmcore.model.record import Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from numpy.typing import NDArray

    from crmcore.matching._features import Feature
    from crmcore.matching.encoding.coded import Coded

    Floats = NDArray[np.float64]

__all__ = ["ValueFrequencies"]

FEWEST_HOLDERS = 20
"""A value that fewer rows hold is nobody's business but theirs, and is not written down."""
MOST_VALUES = 1000
"""So many of the commonest values are written down; what is rarer counts as rare."""
LIKE_ROWS = 10_000
"""Frequencies from elsewhere count like so many rows of the table at hand, at most."""
PUBLIC = frozenset(
    {
        Role.GIVEN_NAME,
        Role.FAMILY_NAME,
        Role.MIDDLE_NAME,
        Role.PREFERRED_NAME,
        Role.BIRTH_PLACE,
        Role.CITY,
        Role.REGION,
        Role.POSTCODE,
        Role.COMPANY,
        Role.JOB_TITLE,
        Role.CATEGORY,
    }
)
"""Roles whose common values say nothing of anybody."""

Share = Annotated[float, Field(gt=0, lt=1)]


class ValueFrequencies(Value):
    """How common the values of one comparison are.

    Attributes:
        rows: on how many it was counted.
        shares: normal form -> share of the rows that hold it.
        rest: the share of one value that is not listed.
        told: whether a user told it; else it was counted in the table that the model was learned from.

    """

    rows: Annotated[int, Field(gt=0)]
    shares: dict[str, Share]
    rest: Share
    told: bool = False

    @classmethod
    def counted(cls, feature: Feature) -> Self | None:
        """Count the values of a feature that many rows hold; None where they would say something of somebody."""
        counts, known = feature.data.counts(), int(feature.data.known.sum())
        common = min(int((counts >= FEWEST_HOLDERS).sum()), MOST_VALUES)
        if feature.role not in PUBLIC or not common:
            return None
        others = counts[common:]
        return cls(
            rows=known,
            shares=dict(
                zip(feature.data.values.take(np.arange(common)), (counts[:common] / (known + 1)).tolist(), strict=True)
            ),
            rest=max(float(others.mean()) if len(others) else 0.0, 0.5) / (known + 1),
        )

    @classmethod
    def given(cls, role: Role, shares: Mapping[str, float], key: Any) -> Self:
        """Take what a user tells.

        Args:
            role: of the column.
            shares: value, in whatever spelling -> share of the people who have it.
            key: from a text to its normal form.

        Raises:
            InputError: a share is none, or they are more than everybody.

        """
        for share in shares.values():
            if not 0 < share < 1:
                raise InputError(f"the frequency of a {role.value} is a share between 0 and 1, not {share!r}")
        found: dict[str, float] = {}
        for form, share in zip(normal_forms(list(shares), key), shares.values(), strict=True):
            if form is not None:
                found[form] = found.get(form, 0.0) + share
        total = sum(found.values())
        if not found or total > 1 + 1e-6:
            raise InputError(f"the frequencies of {role.value} add up to {total:.3f}; they are shares of all people")
        rarest = min(found.values())
        return cls(
            rows=LIKE_ROWS, shares={form: min(share, 0.99) for form, share in found.items()}, rest=rarest / 2, told=True
        )

    def of(self, data: Coded) -> Floats:
        """Return the share of each value of a column, float64, (values,)."""
        out = np.full(len(data.values), self.rest)
        keys = hash64(Strings.of(list(self.shares)))
        order = np.argsort(data.keys)
        at = order[np.minimum(np.searchsorted(data.keys[order], keys), max(len(order) - 1, 0))] if len(order) else order
        if len(order):
            found = data.keys[at] == keys
            out[at[found]] = np.array(list(self.shares.values()))[found]
        return out
