"""Which rows of one table are the same person as which rows of another."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore._pages.text import plural
from crmcore.matching._arguments import as_many, count_told, row_told, rows_told
from crmcore.matching._result import Result
from crmcore.matching.clustering import connected_components

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import ArrayLike, NDArray

    from crmcore.matching.charts import LinkageCharts
    from crmcore.matching.decisions import PairDecision, PairVerdict
    from crmcore.matching.explanation import Explanation
    from crmcore.matching.pairs import Pairs

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Linkage"]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Linkage(Result):
    """Which rows of one table are the same person as which rows of another.

    Attributes:
        links: the pairs that connect, best first; with ``one_to_one`` each row stands in one at most.

    """

    links: Pairs

    @property
    def _left_rows(self) -> int:
        return self._reading.parts[0].rows

    @property
    def _right_rows(self) -> int:
        return self._reading.parts[1].rows

    @cached_property
    def keys(self) -> tuple[Sequence[str], Sequence[str]]:
        """What each row of the left and of the right table is called: see `crmcore.matching.record_keys`."""
        return self._reading.keys_of(0, self._key), self._reading.keys_of(1, self._key)

    @property
    def charts(self) -> LinkageCharts:
        """The result as pictures."""
        from crmcore.matching.charts import LinkageCharts

        return LinkageCharts(self)

    @property
    def _headline(self) -> str:
        return plural(len(self.links), "link", "links")

    @property
    def _people(self) -> Int64s:
        rows = self._left_rows + self._right_rows
        return connected_components(rows, self.links.left, self.links.right + self._left_rows)

    def weigh(self, left: ArrayLike, right: ArrayLike) -> Floats:
        """Return the match weight of any pairs of a left and a right row, as `Deduplication.weigh` does."""
        ours, theirs = as_many(rows_told(left, self._left_rows), rows_told(right, self._right_rows))
        return self._weigh(ours, theirs + self._left_rows)

    def explain(self, left: int, right: int) -> Explanation:
        """Tell which evidence speaks for and against a row of the left and a row of the right table being the same."""
        left, right = row_told(left, self._left_rows), row_told(right, self._right_rows)
        return attrs.evolve(self._explain(left, self._left_rows + right), right=right)

    def decide(
        self,
        left: int,
        right: int,
        verdict: PairVerdict | str,
        *,
        by: str = "",
        at: datetime | None = None,
        why: str = "",
    ) -> PairDecision:
        """Return what somebody says of a left and a right row, as `Deduplication.decide` does."""
        left, right = row_told(left, self._left_rows), row_told(right, self._right_rows)
        keys = self.keys[0][left], self.keys[1][right]
        return self._decision(left, right + self._left_rows, keys, across=True, verdict=verdict, by=by, at=at, why=why)

    def review(self, uncertain: int = 50) -> Pairs:
        """Return the pairs where a person's answer teaches most, as `Deduplication.review` does."""
        uncertain = count_told(uncertain)
        answered: set[tuple[int, int]] = set()
        for decision, left, right in self._decided_rows():
            if self._stands(decision, left, right + self._left_rows):
                answered.add((left, right))
        return self._worth_asking_links(answered, uncertain)

    def _worth_asking_links(self, answered: set[tuple[int, int]], wanted: int) -> Pairs:
        shift = self._left_rows
        stacked = attrs.evolve(self.pairs, right=self.pairs.right + shift)
        apart = np.arange(shift + self._right_rows)
        found = self._worth_asking(stacked, apart, {(left, right + shift) for left, right in answered}, wanted)
        return attrs.evolve(found, right=found.right - shift)

    def _decided_rows(self) -> list[tuple[PairDecision, int, int]]:
        if not self._decisions:
            return []
        left, right = ({key: at for at, key in enumerate(keys)} for keys in self.keys)
        return [
            (decision, left[decision.left], right[decision.right])
            for decision in self._decisions
            if decision.across and decision.left in left and decision.right in right
        ]
