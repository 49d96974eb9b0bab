"""What the pairs of a table say of whether groups of rows are one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.matching._comparing import Comparers, Evidence

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["TableTestimony"]


@attrs.frozen(eq=False)
class TableTestimony:
    """The comparisons of a table, and what they are worth, as `Testimony` for clustering.

    Attributes:
        comparers, evidence: those of the table.
        known: bool, (rows, comparisons): whether a row has a value.
        differs: float64, (comparisons,): what a plain difference is worth, in bits.

    """

    comparers: Comparers
    evidence: Evidence
    known: Bools
    differs: Floats

    @classmethod
    def of(cls, comparers: Comparers, evidence: Evidence) -> TableTestimony:
        """Take it from the comparisons of a table."""
        known = np.stack([feature.data.known for feature in comparers.features], axis=1)
        return cls(comparers, evidence, known, np.array([bits[0] for bits in evidence.bits]))

    @property
    def prior(self) -> float:
        """log2 of the odds that two rows are one person before anything is compared."""
        return self.evidence.prior

    def parts(self, left: Int64s, right: Int64s) -> tuple[Floats, Bools]:
        """Return what each comparison says, (comparisons, pairs), in bits, and whether the very value is shared."""
        parts, alike = self.comparers.parts(left, right, self.evidence, count_once=False)
        return parts, (parts != 0) & (alike == 0)

    def weight(self, parts: Floats, same: Bools) -> Floats:
        """Return the match weight of what comparisons say together, (groups,), in bits."""
        return self.comparers.sum_up(parts, same, self.evidence)
