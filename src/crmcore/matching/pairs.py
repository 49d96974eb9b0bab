"""Scored pairs of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore._pages.text import count
from crmcore.errors import MissingExtra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Pairs"]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Pairs:
    """Scored pairs as a table; any Arrow consumer reads it (with the extra ``arrow``).

    Attributes:
        left, right: int64, (pairs,), 0-based rows; of a linkage, rows of the left and of the right table.
        probability: float64, (pairs,), that both rows are the same person.
        match_weight: float64, (pairs,), the same as log2 of the odds, in bits.

    """

    left: Int64s
    right: Int64s
    probability: Floats
    match_weight: Floats

    def __len__(self) -> int:
        return len(self.left)

    def __repr__(self) -> str:
        if not len(self):
            return "<Pairs: none>"
        return f"<Pairs: {count(len(self))}, probability {self.probability.min():.3g} to {self.probability.max():.3g}>"

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """The table as a mapping of arrays, which every DataFrame constructor takes."""
        return {
            "left": self.left,
            "right": self.right,
            "probability": self.probability,
            "match_weight": self.match_weight,
        }

    def above(self, probability: float) -> Pairs:
        """Return the pairs of at least this probability."""
        return self.take(np.flatnonzero(self.probability >= probability))

    def take(self, positions: Int64s) -> Pairs:
        """Return the pairs at these positions."""
        return Pairs(**{name: values[positions] for name, values in self.columns.items()})

    def _repr_html_(self) -> str:
        from crmcore.matching._html import of_pairs

        return of_pairs(self)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        try:
            import pyarrow as pa
        except ImportError as exc:
            raise MissingExtra("hand pairs to an Arrow consumer", "arrow") from exc
        return pa.table(self.columns).__arrow_c_stream__(requested_schema)
