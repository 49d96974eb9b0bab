"""Which rows are the same person, in one table or in several."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore._messages import offered
from crmcore._pages.text import plural
from crmcore.errors import InputError
from crmcore.matching._arguments import as_many, count_told, row_told, rows_told
from crmcore.matching._result import Result
from crmcore.matching.identity import person_ids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from numpy.typing import ArrayLike, NDArray

    from crmcore.matching.blocking.recall import Estimate
    from crmcore.matching.charts import DeduplicationCharts
    from crmcore.matching.decisions import PairDecision, PairVerdict
    from crmcore.matching.explanation import Explanation
    from crmcore.matching.pairs import Pairs

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Deduplication", "Resolution"]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Deduplication(Result):
    """Which rows of one table are the same person.

    Attributes:
        cluster_ids: int64, (rows,), one number a row in input order; rows of one person share it. Numbered from 0 in
            order of first appearance.
        confidence: float64, (rows,), the probability that each row's person is one, by the least sure join of its rows;
            1 where a row is alone, and where people said so.

    """

    cluster_ids: Int64s
    confidence: Floats
    _before: Mapping[str, str] = attrs.field(repr=False, alias="_before", factory=dict)

    @cached_property
    def clusters(self) -> list[Int64s]:
        """The rows of each cluster, by cluster number."""
        order = np.argsort(self.cluster_ids, kind="stable")
        return np.split(order, np.cumsum(np.bincount(self.cluster_ids))[:-1]) if len(order) else []

    @cached_property
    def keys(self) -> Sequence[str]:
        """What each row is called from one table to the next: see `crmcore.matching.record_keys`.

        Raises:
            InputError: the column named as ``key`` does not give each row a value of its own.

        """
        return self._reading.keys(self._key)

    @cached_property
    def person_ids(self) -> list[str]:
        """The id of each row's person, which stays over added, changed and removed rows: see `Matcher.dedupe`."""
        return person_ids(self.cluster_ids, self.keys, self._before)

    @property
    def people(self) -> dict[str, str]:
        """Record key -> person id: what to keep, and to hand to the next run as ``before``."""
        return dict(zip(self.keys, self.person_ids, strict=True))

    def precision_estimate(self) -> Estimate:
        """Estimate, without labels, which share of the pairs of rows that are one person here truly is."""
        from crmcore.matching.calibration import precision_estimate

        _, first, rows = np.unique(self.cluster_ids, return_index=True, return_counts=True)
        several = rows > 1
        pairs = rows[several] * (rows[several] - 1) / 2
        return precision_estimate(self.confidence[first[several]], heavy=pairs)

    @property
    def charts(self) -> DeduplicationCharts:
        """The result as pictures."""
        from crmcore.matching.charts import DeduplicationCharts

        return DeduplicationCharts(self)

    @property
    def _headline(self) -> str:
        rows, people = len(self.cluster_ids), int(self.cluster_ids.max(initial=-1)) + 1
        return f"{plural(rows, 'row is', 'rows are')} {plural(people, 'person', 'people')}"

    @property
    def _people(self) -> Int64s:
        return self.cluster_ids

    def weigh(self, left: ArrayLike, right: ArrayLike) -> Floats:
        """Return the match weight of any pairs of rows, candidates or not, in bits, float64, (pairs,).

        -inf where no column says who a row is. The prior is in it, and what relations explain is taken off, as in
        `pairs`.

        Raises:
            InputError: there is no such row, or there are more on one side.

        """
        rows = len(self.cluster_ids)
        return self._weigh(*as_many(rows_told(left, rows), rows_told(right, rows)))

    def explain(self, left: int, right: int) -> Explanation:
        """Tell which evidence speaks for and against two rows being the same person, and how much each.

        Raises:
            InputError: there is no such row, or both are the same.

        """
        return self._explain(*self._two(left, right))

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
        """Return what somebody says of two rows, with what they rest it on, for `Matcher.learn`.

        Args:
            left, right: rows.
            verdict: "same", "different", "unsure" or "same_person_keep_both".
            by, at, why: who says so, when (with a time zone), and their reason.

        Raises:
            InputError: there is no such row, or both are the same; the verdict is none, or the time has no zone.

        """
        left, right = self._two(left, right)
        keys = self.keys[left], self.keys[right]
        return self._decision(left, right, keys, verdict=verdict, by=by, at=at, why=why)

    def review(self, uncertain: int = 50) -> Pairs:
        """Return the pairs where a person's answer teaches most, the best first, at most *uncertain*.

        Those that are nearest to even odds, that would join or part most rows, and that differ from each other in what
        agrees. A pair that was decided comes again only if a value that the decision rests on has changed.

        Raises:
            InputError: *uncertain* is no whole number from 0.

        """
        uncertain = count_told(uncertain)
        answered: set[tuple[int, int]] = set()
        for decision, left, right in self._decided_rows():
            if self._stands(decision, left, right):
                answered.add((min(left, right), max(left, right)))
        return self._worth_asking(self.pairs, self.cluster_ids, answered, uncertain)

    def _decided_rows(self) -> list[tuple[PairDecision, int, int]]:
        if not self._decisions:
            return []
        row = {key: at for at, key in enumerate(self.keys)}
        return [
            (decision, row[decision.left], row[decision.right])
            for decision in self._decisions
            if not decision.across and decision.left in row and decision.right in row
        ]

    def _two(self, left: int, right: int) -> tuple[int, int]:
        left, right = (row_told(row, len(self.cluster_ids)) for row in (left, right))
        if left == right:
            raise InputError(f"row {left} is itself; two different rows are needed")
        return left, right


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Resolution(Deduplication):
    """Which rows of several tables are the same person; rows are numbered through, source after source.

    Attributes:
        sources: their names.
        source: int64, (rows,), which of them each row is of.

    """

    sources: tuple[str, ...]
    source: Int64s

    def rows_of(self, source: str) -> Int64s:
        """Return the numbers of the rows of one source, int64, (its rows,), in their order.

        Raises:
            InputError: there is no such source.

        """
        if source not in self.sources:
            raise InputError(f"there is no source {source!r}; {offered(source, self.sources)}")
        return np.flatnonzero(self.source == self.sources.index(source))
