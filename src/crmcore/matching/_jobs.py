"""One table, or several, on the way through the engine: made ready, learned from, judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore._messages import offered
from crmcore.errors import InputError, UnknownColumn
from crmcore.matching._arguments import check_sources, frequencies_told, header_told, own_comparisons
from crmcore.matching._features import EVIDENCE
from crmcore.matching._reading import read, read_under_each_other
from crmcore.matching.clustering import Constraints
from crmcore.matching.clustering.constraints import obeying
from crmcore.matching.decisions import PairDecision, PairVerdict
from crmcore.matching.engines.local import Evaluated, bind, learn, people, prepare, run
from crmcore.matching.model import MatchModel
from crmcore.matching.results import Deduplication, Linkage, Pairs, Resolution
from crmcore.matching.scoring import probability_of, weight_of
from crmcore.matching.spec import MatchSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.hygiene.roles import Role
    from crmcore.matching._reading import Reading
    from crmcore.matching.comparison import Comparison
    from crmcore.matching.engines.local import Learned, Prepared
    from crmcore.matching.working_memory import WorkingMemory

    Bools = NDArray[np.bool_]
    Int64s = NDArray[np.int64]
    Progress = Callable[[str, int, int | None], None]

__all__ = ["Job", "check_given", "job_of", "silent", "under_each_other"]

NO_MATCH = 1e-12
"""The prior of a table that says nothing about who a row is."""


def silent(_phase: str, _done: int, _total: int | None) -> None:
    """Nobody watches."""


@attrs.frozen(kw_only=True, eq=False)
class Job:
    """What was read, and made ready for the engine.

    Attributes:
        reading: the table, and what its columns hold.
        spec: what to match.
        prepared: None where no column says anything about who a row is.
        key: the column that names a row, if one was told.
        decisions: to be obeyed.

    """

    reading: Reading
    spec: MatchSpec
    prepared: Prepared | None
    key: str | None
    decisions: tuple[PairDecision, ...]

    @classmethod
    def of(
        cls,
        reading: Reading,
        *,
        threshold: float,
        working_memory: str | int | WorkingMemory,
        key: str | None = None,
        model: MatchModel | None = None,
        decisions: tuple[PairDecision, ...] = (),
        across: bool = False,
        frequencies: Mapping[Role | str, Mapping[str, float]] | None = None,
        comparisons: Iterable[Comparison] = (),
    ) -> Job:
        """Make a table ready, for learning, or for being judged by a model.

        Args:
            reading: the table.
            threshold, working_memory, key, decisions, frequencies, comparisons: see `Matcher`.
            model: what will judge it.
            across: whether only rows of two tables are compared, the first and the second that were read.

        Raises:
            UnknownColumn: a table lacks the column *key*, or a comparison is of one that is not there.
            InputError: the model knows a comparison of the user's own that is not given.

        """
        comparisons, key = own_comparisons(comparisons), header_told(key)
        if model is not None:
            check_given(model, comparisons)
        for part in reading.parts:
            if key is not None and key not in part:
                raise UnknownColumn(key, part)
        in_all = [name for name, places in reading.places.items() if len(places) > 1 or not across]
        roles = {name: role for name, role in sorted(reading.roles.items()) if role in EVIDENCE and name in in_all}
        spec = MatchSpec(
            roles=roles,
            threshold=threshold,
            working_memory=working_memory,
            frequencies=frequencies_told(frequencies, EVIDENCE),
            comparisons=comparisons,
        )
        side = (np.arange(reading.table.rows) >= reading.parts[0].rows).astype(np.int8) if across else None
        prepared = prepare(reading.table, spec, side=side, model=model)
        return cls(reading=reading, spec=spec, prepared=prepared, key=key, decisions=decisions)

    def learn(self, *, progress: Progress) -> MatchModel:
        """Learn from the table, without labels."""
        if self.prepared is None:
            return MatchModel(
                rows=self.reading.table.rows, table="", prior=NO_MATCH, comparisons=(), relations={}, rules=()
            )
        return learn(self.prepared, self.spec, progress=progress)

    def dedupe(self, model: MatchModel, *, before: Mapping[str, str], progress: Progress) -> Deduplication:
        """Group the rows into people."""
        return Deduplication(**self._grouped(model, before, progress, source=None))

    def link_and_dedupe(
        self, model: MatchModel, *, once: Iterable[str], before: Mapping[str, str], progress: Progress
    ) -> Resolution:
        """Group the rows of all tables into people.

        Args:
            model: what judges them.
            once: sources in which nobody stands twice.
            before, progress: see `Matcher`.

        """
        names, sizes = self.reading.sources, [part.rows for part in self.reading.parts]
        source = np.repeat(np.arange(len(sizes)), sizes)
        only_once = np.isin(source, [names.index(name) for name in once])
        grouped = self._grouped(model, before, progress, source=np.where(only_once, source, -1))
        return Resolution(sources=names, source=source, **grouped)

    def _grouped(
        self, model: MatchModel, before: Mapping[str, str], progress: Progress, *, source: Int64s | None
    ) -> dict[str, Any]:
        learned = self._bound(model)
        found = _nothing() if learned is None else run(learned, progress=progress)
        progress("cluster", 0, None)
        constraints = attrs.evolve(self._said(), source=source)
        least = weight_of(self.spec.threshold)
        if learned is None:
            labels, confidence = obeying(np.arange(self.reading.table.rows), constraints), None
        else:
            grouped = people(learned, found, least=least, constraints=constraints)
            labels, confidence = grouped.labels, grouped.confidence
        return {
            "cluster_ids": _numbered(labels),
            "confidence": np.ones(len(labels)) if confidence is None else confidence,
            "roles": self.reading.guesses,
            "threshold": self.spec.threshold,
            "pairs": _pairs(found, found.right),
            "compared": found.compared,
            "_reading": self.reading,
            "_learned": learned,
            "_key": self.key,
            "_decisions": self.decisions,
            "_before": before,
        }

    def link(self, model: MatchModel, *, one_to_one: bool, progress: Progress) -> Linkage:
        """Link the rows of the first table to those of the second."""
        learned = self._bound(model)
        found = _nothing() if learned is None else run(learned, progress=progress)
        left = self.reading.parts[0]
        pairs = _pairs(found, found.right - left.rows)
        said = self._said_across()
        links = _obeyed(pairs, said, learned, left.rows, threshold=self.spec.threshold)
        if one_to_one and learned is not None:
            first = np.isin(_packed(links.left, links.right), _packed(*said[True]))
            places = learned.place[links.left], learned.place[links.right + left.rows]
            links = links.take(_each_once(links, *places, first=first))
        return Linkage(
            links=links.take(np.lexsort((links.right, links.left, -links.match_weight))),
            roles=tuple(guess for guess in self.reading.guesses if guess.column in left),
            threshold=self.spec.threshold,
            pairs=pairs,
            compared=found.compared,
            _reading=self.reading,
            _learned=learned,
            _key=self.key,
            _decisions=self.decisions,
        )

    def _bound(self, model: MatchModel) -> Learned | None:
        return None if self.prepared is None else bind(self.prepared, model)

    def _said(self) -> Constraints:
        """Return what was decided of rows of this table; what was decided of others says nothing here."""
        decisions = [decision for decision in self.decisions if decision.settles and not decision.across]
        if not decisions:
            return Constraints()
        row = {key: at for at, key in enumerate(self.reading.keys(self.key))}
        said: dict[PairVerdict, list[tuple[int, int]]] = {}
        for decision in decisions:
            if decision.left in row and decision.right in row:
                said.setdefault(decision.verdict, []).append((row[decision.left], row[decision.right]))
        return Constraints(
            together=said.get(PairVerdict.SAME, []),
            apart=said.get(PairVerdict.DIFFERENT, []),
            keep_both=said.get(PairVerdict.SAME_PERSON_KEEP_BOTH, []),
        )

    def _said_across(self) -> dict[bool, tuple[Int64s, Int64s]]:
        """Return the rows of the pairs that are said to be the same, and to be different."""
        said: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
        decisions = [decision for decision in self.decisions if decision.across and decision.settles]
        if decisions:
            rows = [{key: at for at, key in enumerate(self.reading.keys_of(part, self.key))} for part in (0, 1)]
            for decision in decisions:
                if decision.left in rows[0] and decision.right in rows[1]:
                    said[decision.verdict.joins].append((rows[0][decision.left], rows[1][decision.right]))
        both = {same: np.array(pairs, np.int64).reshape(-1, 2) for same, pairs in said.items()}
        return {same: (pairs[:, 0], pairs[:, 1]) for same, pairs in both.items()}


def job_of(
    data: object,
    other: object | None,
    *,
    ignore: Iterable[str],
    columns: Mapping[str, Role | str] | None,
    settings: Mapping[str, Any],
) -> Job:
    """Read one table, or two of which rows of the one are compared with rows of the other."""
    if other is None:
        return Job.of(read(data, ignore=ignore, roles=columns), **settings)
    reading = read_under_each_other((data, other), ignore=ignore, roles=columns)
    return Job.of(reading, across=True, **settings)


def under_each_other(sources: Mapping[str, object], once: Iterable[str], **settings: Any) -> Reading:
    """Read named tables.

    Raises:
        InputError: there are none, or *once* names one that is not there.

    """
    check_sources(sources)
    for name in once:
        if name not in sources:
            raise InputError(f"once= names {name!r}, and there is no such source; {offered(name, list(sources))}")
    return read_under_each_other(list(sources.values()), names=tuple(map(str, sources)), **settings)


def check_given(model: MatchModel, comparisons: Sequence[Comparison]) -> None:
    """Refuse to judge without the comparisons of the user's own that the model knows."""
    given = {each.called for each in comparisons}
    for each in model.comparisons:
        if each.own and each.name not in given:
            raise InputError(
                f"the matcher was fitted with a comparison of your own, {each.name!r}, which no file can hold; give it"
                " in comparisons="
            )


def _obeyed(
    pairs: Pairs,
    said: Mapping[bool, tuple[Int64s, Int64s]],
    learned: Learned | None,
    left_rows: int,
    *,
    threshold: float,
) -> Pairs:
    """Return the pairs that connect, with those that were decided to, and without those that were decided not to."""
    links = pairs.above(threshold)
    decided = np.isin(
        _packed(links.left, links.right), np.concatenate([_packed(*said[same]) for same in (True, False)])
    )
    left, right = said[True]
    if learned is None:
        weight = np.zeros(len(left))
    else:
        weight = learned.weigh(learned.place[left], learned.place[right + left_rows])
    links = links.take(np.flatnonzero(~decided))
    return Pairs(
        left=np.concatenate((links.left, left)),
        right=np.concatenate((links.right, right)),
        probability=np.concatenate((links.probability, probability_of(weight))),
        match_weight=np.concatenate((links.match_weight, weight)),
    )


def _packed(left: Int64s, right: Int64s) -> Int64s:
    return left << 32 | right


def _numbered(labels: Int64s) -> Int64s:
    """Return labels numbered from 0 in order of first appearance."""
    first = np.empty(int(labels.max(initial=-1)) + 1, np.int64)
    first[labels[::-1]] = np.arange(len(labels))[::-1]  # what is written last stays
    begins = first[labels] == np.arange(len(labels))
    return (np.cumsum(begins) - 1)[first[labels]]


def _pairs(found: Evaluated, right: Int64s) -> Pairs:
    return Pairs(left=found.left, right=right, probability=probability_of(found.weight), match_weight=found.weight)


def _nothing() -> Evaluated:
    none = np.empty(0, np.int64)
    return Evaluated(left=none, right=none, weight=np.empty(0), compared=0)


def _each_once(pairs: Pairs, left: Int64s, right: Int64s, *, first: Bools) -> Int64s:
    """Return the positions of the pairs, best first, whose rows stand in no better pair.

    Args:
        pairs: the pairs.
        left, right: int64, (pairs,), what decides between equally good ones.
        first: bool, (pairs,), those that are better than all others.

    """
    taken_left: set[int] = set()
    taken_right: set[int] = set()
    kept = []
    for at in np.lexsort((right, left, -pairs.match_weight, ~first)).tolist():
        a, b = int(left[at]), int(right[at])
        if a not in taken_left and b not in taken_right:
            taken_left.add(a)
            taken_right.add(b)
            kept.append(at)
    return np.array(kept, np.int64)
