"""What matching answers: clusters, pairs, the evidence behind each, and what is worth asking people about."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

import attrs
import numpy as np

from crmcore._messages import offered
from crmcore._replacing import replacing
from crmcore.errors import InputError
from crmcore.matching._grounds import digests, grounds
from crmcore.matching._review import by_effect, spread_out
from crmcore.matching.blocking.recall import Estimate
from crmcore.matching.decisions import PairDecision, PairVerdict
from crmcore.matching.explanation import Explanation, PieceOfEvidence, explain
from crmcore.matching.identity import person_ids
from crmcore.matching.pairs import Pairs

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from numpy.typing import ArrayLike, NDArray

    from crmcore.hygiene.columns import RoleGuess
    from crmcore.matching._reading import Reading
    from crmcore.matching.charts import DeduplicationCharts, LinkageCharts
    from crmcore.matching.engines.local import Learned
    from crmcore.matching.evaluation import Decided

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Deduplication", "Explanation", "Linkage", "Pairs", "PieceOfEvidence", "Resolution"]

REVIEWED = 20
"""For each question to be asked, so many pairs are looked at for what they would teach."""


@attrs.frozen(kw_only=True, eq=False)
class _Result:
    """What deduplication and linkage have in common.

    Attributes:
        roles: what each column was taken for.
        threshold: probability from which a pair connects two rows.
        pairs: the scored pairs with a probability of .05 or more.
        compared: how many candidate pairs were compared.

    """

    roles: tuple[RoleGuess, ...]
    threshold: float
    pairs: Pairs
    compared: int
    _reading: Reading = attrs.field(repr=False, alias="_reading")
    _learned: Learned | None = attrs.field(repr=False, alias="_learned")
    _key: str | None = attrs.field(repr=False, alias="_key", default=None)
    _decisions: tuple[PairDecision, ...] = attrs.field(repr=False, alias="_decisions", default=())

    @property
    def rules(self) -> tuple[str, ...]:
        """The blocking rules that found the candidate pairs, best first."""
        return () if self._learned is None else tuple(rule.name for rule in self._learned.rules)

    def report(
        self,
        path: str | os.PathLike[str],
        *,
        truth: ArrayLike | Decided | None = None,
        right: ArrayLike | None = None,
        name: str = "",
    ) -> None:
        """Write the result as one HTML file, for its owner only, that opens offline: rows, evidence, what to ask.

        Args:
            path: where to.
            truth: one label a row (of two tables, of the left one), or decisions, to tell how good the result is;
                without it, the decisions that the matcher learned tell, if there are any.
            right: one label a row of the right table, where there are two.
            name: what to call the table.

        Raises:
            MissingExtra: jinja2 is not installed.
            UnwritableFile: the file cannot be written.
            InputError: the labels do not fit the rows.

        """
        from crmcore.matching.report import render_report

        page = render_report(cast("Deduplication | Linkage", self), truth=truth, right=right, name=name)
        with replacing(path, private=True) as draft:
            draft.write_text(page, encoding="utf-8", newline="\n")

    def _weigh(self, left: Int64s, right: Int64s) -> Floats:
        if self._learned is None:
            return np.full(len(left), -np.inf)
        return self._learned.weigh(self._learned.place[left], self._learned.place[right])

    def _explain(self, left: int, right: int) -> Explanation:
        if self._learned is None:
            raise InputError("no column says who a row is, so there is nothing to explain; name roles with columns=")
        return explain(self._learned, self._reading.whole, left, right)

    def _decision(self, left: int, right: int, keys: tuple[str, str], **said: object) -> PairDecision:
        seen = {} if self._learned is None else grounds(self._learned, left, right)
        return PairDecision.model_validate(
            {"left": keys[0], "right": keys[1], "grounds": seen, "offset": self._offset(left, right), **said}
        )

    def _offset(self, left: int, right: int) -> float:
        if self._learned is None:
            return 0.0
        why = explain(self._learned, self._reading.whole, left, right)
        return why.prior - self._learned.model.shift + why.correction

    def _stands(self, decision: PairDecision, left: int, right: int) -> bool:
        """Tell whether there is no reason to ask again."""
        return self._learned is None or decision.rests_on(digests(self._learned, left, right))

    def _worth_asking(self, pairs: Pairs, clusters: Int64s, answered: set[tuple[int, int]], wanted: int) -> Pairs:
        best, worth = by_effect(pairs, clusters)
        asked = [
            at
            for at, pair in enumerate(zip(pairs.left[best].tolist(), pairs.right[best].tolist(), strict=True))
            if pair not in answered
        ][: wanted * REVIEWED]
        best, worth = best[asked], worth[asked]
        if self._learned is None or not len(best):
            return pairs.take(best[:0])
        place = self._learned.place
        levels = self._learned.comparers.levels(place[pairs.left[best]], place[pairs.right[best]])
        return pairs.take(best[spread_out(worth, levels)][:wanted])


@attrs.frozen(kw_only=True, eq=False)
class Deduplication(_Result):
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

    @cached_property
    def blocking_recall(self) -> Estimate:
        """Which share of the pairs that are one person was compared, estimated without labels, with an interval.

        Pairs that were not compared can still be found: by way of rows that both were compared with.
        """
        from crmcore.matching.engines.local import blocking_recall

        if self._learned is None:
            return Estimate(value=1.0, low=0.0, high=1.0)
        return blocking_recall(self._learned, self.cluster_ids)

    @property
    def charts(self) -> DeduplicationCharts:
        """The result as pictures."""
        from crmcore.matching.charts import DeduplicationCharts

        return DeduplicationCharts(self)

    def _repr_html_(self) -> str:
        from crmcore.matching._html import of_deduplication

        return of_deduplication(self)

    def weigh(self, left: Int64s, right: Int64s) -> Floats:
        """Return the match weight of any pairs of rows, candidates or not, in bits, float64, (pairs,).

        -inf where no column says who a row is. The prior is in it, and what relations explain is taken off, as in
        `pairs`.

        Raises:
            InputError: there is no such row.

        """
        _check_rows(left, len(self.cluster_ids))
        _check_rows(right, len(self.cluster_ids))
        return self._weigh(left, right)

    def explain(self, left: int, right: int) -> Explanation:
        """Tell which evidence speaks for and against two rows being the same person, and how much each.

        Raises:
            InputError: there is no such row, or both are the same.

        """
        self._check_two(left, right)
        return self._explain(left, right)

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
            InputError: there is no such row, or both are the same.
            ValueError: the verdict is none, or the time has no zone; pydantic's, naming the field.

        """
        self._check_two(left, right)
        keys = self.keys[left], self.keys[right]
        return self._decision(left, right, keys, verdict=verdict, by=by, at=at, why=why)

    def review(self, uncertain: int = 50) -> Pairs:
        """Return the pairs where a person's answer teaches most, the best first, at most *uncertain*.

        Those that are nearest to even odds, that would join or part most rows, and that differ from each other in what
        agrees. A pair that was decided comes again only if a value that the decision rests on has changed.
        """
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

    def _check_two(self, left: int, right: int) -> None:
        _check_rows(np.array([left, right]), len(self.cluster_ids))
        if left == right:
            raise InputError(f"row {left} is itself; two different rows are needed")


@attrs.frozen(kw_only=True, eq=False)
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


@attrs.frozen(kw_only=True, eq=False)
class Linkage(_Result):
    """Which rows of one table are the same person as which rows of another.

    Attributes:
        links: the pairs that connect, best first; with ``one_to_one`` each row stands in one at most.

    """

    links: Pairs

    @property
    def _left_rows(self) -> int:
        return self._reading.parts[0].rows

    @cached_property
    def keys(self) -> tuple[Sequence[str], Sequence[str]]:
        """What each row of the left and of the right table is called: see `crmcore.matching.record_keys`."""
        return self._reading.keys_of(0, self._key), self._reading.keys_of(1, self._key)

    @property
    def charts(self) -> LinkageCharts:
        """The result as pictures."""
        from crmcore.matching.charts import LinkageCharts

        return LinkageCharts(self)

    def _repr_html_(self) -> str:
        from crmcore.matching._html import of_linkage

        return of_linkage(self)

    def weigh(self, left: Int64s, right: Int64s) -> Floats:
        """Return the match weight of any pairs of a left and a right row, as `Deduplication.weigh` does."""
        self._check(left, right)
        return self._weigh(left, right + self._left_rows)

    def explain(self, left: int, right: int) -> Explanation:
        """Tell which evidence speaks for and against a row of the left and a row of the right table being the same."""
        self._check(np.array([left]), np.array([right]))
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
        self._check(np.array([left]), np.array([right]))
        keys = self.keys[0][left], self.keys[1][right]
        return self._decision(left, right + self._left_rows, keys, across=True, verdict=verdict, by=by, at=at, why=why)

    def review(self, uncertain: int = 50) -> Pairs:
        """Return the pairs where a person's answer teaches most, as `Deduplication.review` does."""
        answered: set[tuple[int, int]] = set()
        for decision, left, right in self._decided_rows():
            if self._stands(decision, left, right + self._left_rows):
                answered.add((left, right))
        return self._worth_asking_links(answered, uncertain)

    def _worth_asking_links(self, answered: set[tuple[int, int]], wanted: int) -> Pairs:
        shift = self._left_rows
        stacked = attrs.evolve(self.pairs, right=self.pairs.right + shift)
        apart = np.arange(shift + self._reading.parts[1].rows)
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

    def _check(self, left: Int64s, right: Int64s) -> None:
        _check_rows(left, self._left_rows)
        _check_rows(right, self._reading.parts[1].rows)


def _check_rows(named: Int64s, rows: int) -> None:
    outside = named[(named < 0) | (named >= rows)]
    if len(outside):
        raise InputError(f"there is no row {outside[0]}; rows run from 0 to {rows - 1}")
