"""A matcher: what was learned of one table, and decided by people, ready for the next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, overload

import numpy as np
from pydantic import Field, ValidationError

from crmcore._pages.text import plural
from crmcore._replacing import replacing
from crmcore.errors import InputError, UnreadableFile
from crmcore.hygiene.roles import Role
from crmcore.matching._arguments import (
    check_engine,
    check_known,
    decisions_told,
    headers_told,
    own_comparisons,
    people_told,
)
from crmcore.matching._jobs import Job, job_of, silent, under_each_other
from crmcore.matching._reading import read, read_under_each_other
from crmcore.matching._refining import refine
from crmcore.matching.decisions import PairDecision, check_consistent, latest
from crmcore.matching.index import Index
from crmcore.matching.model import MatchModel
from crmcore.matching.results import Deduplication
from crmcore.matching.spec import DEFAULT_THRESHOLD, DEFAULT_WORKING_MEMORY
from crmcore.model.record import Value

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

    from crmcore.matching._reading import Reading
    from crmcore.matching.charts import ModelCharts
    from crmcore.matching.comparison import Comparison
    from crmcore.matching.engines.spark import SparkDeduplication, SparkEngine
    from crmcore.matching.results import Linkage, Resolution
    from crmcore.matching.working_memory import WorkingMemory

    Memory = str | int | WorkingMemory
    Frequencies = Mapping[Role | str, Mapping[str, float]]
    Progress = Callable[[str, int, int | None], None]

__all__ = ["Matcher"]


class Matcher(Value):
    """Finds the rows that are the same person, in any table like the one that it was fitted on.

    It is plain data: equal matchers on equal tables give equal answers, on every machine, and ``save`` writes all of
    it. No value that few people share is in it, but the keys of the records that were decided about are.

    Attributes:
        roles: column -> what it holds.
        ignored: columns that are not looked at.
        key: the column that names a record from one table to the next, or None.
        threshold: probability from which a pair connects two rows.
        model: what was learned.
        decisions: what people said, one decision a pair; obeyed whatever the evidence.

    >>> people = [
    ...     {"id": "1", "name": "Ada Lovelace", "email": "ada@example.org"},
    ...     {"id": "2", "name": "Lovelace, Ada", "email": "ada@example.org"},
    ...     {"id": "3", "name": "Alan Turing", "email": "alan@example.org"},
    ... ]
    >>> matcher = Matcher.fit(people, key="id")
    >>> result = matcher.dedupe(people)
    >>> result.cluster_ids.tolist()
    [0, 0, 1]
    >>> matcher = matcher.learn([result.decide(0, 1, "different", by="Grace", why="mother and daughter")])
    >>> matcher.dedupe(people).cluster_ids.tolist()
    [0, 1, 2]
    """

    format: Literal["crmcore.matcher/1"] = "crmcore.matcher/1"
    roles: dict[str, Role]
    ignored: tuple[str, ...] = ()
    key: str | None = None
    threshold: Annotated[float, Field(gt=0, lt=1)] = DEFAULT_THRESHOLD
    model: MatchModel
    decisions: tuple[PairDecision, ...] = ()

    @classmethod
    def fit(
        cls,
        data: object,
        other: object | None = None,
        *,
        ignore: Iterable[str] = (),
        columns: Mapping[str, Role | str] | None = None,
        key: str | None = None,
        threshold: float = DEFAULT_THRESHOLD,
        frequencies: Frequencies | None = None,
        comparisons: Iterable[Comparison] = (),
        working_memory: Memory = DEFAULT_WORKING_MEMORY,
        progress: Progress = silent,
        engine: SparkEngine | None = None,
    ) -> Matcher:
        """Learn from a table, or from pairs across two, without labels.

        Args:
            data: whatever `dedupe` takes.
            other: a second table, if rows of the one are to be linked to rows of the other.
            ignore: columns that are not to be looked at.
            columns: column -> role, where the guess by header and content would be wrong.
            key: the column that names a record, for decisions and ids that outlive the table. Without it, a column of
                record ids is used if there is one, else what the row holds.
            threshold: probability from which a pair connects two rows.
            frequencies: role -> value -> its share among people at large, such as those of a census: in a small table
                they tell a rare name from a common one. Without, what is common in this table serves smaller ones.
            comparisons: the user's own, of columns that no role fits. They are functions, which no file holds: give the
                same ones again whenever the matcher is used.
            working_memory: how much pairs may take at once, such as "256MiB"; the result is the same with any.
            progress: called with (phase, done, total or None).
            engine: what reads *data*, if that is a Spark frame.

        Raises:
            UnknownColumn: *ignore*, *columns* or *key* names a column that is not there.
            UnsupportedData: *data* is no table.
            InputError: a role, the threshold or the memory is not one.

        """
        settings = {
            "threshold": threshold,
            "working_memory": working_memory,
            "key": key,
            "frequencies": frequencies,
            "comparisons": comparisons,
        }
        ignore = headers_told(ignore)
        if engine is not None:
            check_engine(engine)
            data, other = engine.sample(data), None if other is None else engine.sample(other)
        job = job_of(data, other, ignore=ignore, columns=columns, settings=settings)
        return _fitted(job, ignore, progress)

    @classmethod
    def fit_sources(
        cls,
        sources: Mapping[str, object],
        *,
        ignore: Iterable[str] = (),
        columns: Mapping[str, Role | str] | None = None,
        key: str | None = None,
        threshold: float = DEFAULT_THRESHOLD,
        comparisons: Iterable[Comparison] = (),
        working_memory: Memory = DEFAULT_WORKING_MEMORY,
        progress: Progress = silent,
    ) -> Matcher:
        """Learn from pairs within and across named tables, for `link_and_dedupe`; the rest is as for `fit`."""
        ignore = headers_told(ignore)
        reading = under_each_other(sources, (), ignore=ignore, roles=columns)
        job = Job.of(reading, threshold=threshold, working_memory=working_memory, key=key, comparisons=comparisons)
        return _fitted(job, ignore, progress)

    @overload
    def dedupe(
        self,
        data: object,
        *,
        before: Mapping[str, str] | Deduplication | None = None,
        comparisons: Iterable[Comparison] = (),
        working_memory: Memory = DEFAULT_WORKING_MEMORY,
        progress: Progress = silent,
    ) -> Deduplication: ...
    @overload
    def dedupe(
        self, data: object, *, comparisons: Iterable[Comparison] = (), engine: SparkEngine
    ) -> SparkDeduplication: ...
    def dedupe(
        self,
        data: object,
        *,
        before: Mapping[str, str] | Deduplication | None = None,
        comparisons: Iterable[Comparison] = (),
        working_memory: Memory = DEFAULT_WORKING_MEMORY,
        progress: Progress = silent,
        engine: SparkEngine | None = None,
    ) -> Deduplication | SparkDeduplication:
        """Find the rows of a table that are the same person.

        Args:
            data: a table with columns like those that the matcher was fitted on; what it lacks is not compared.
            before: the people of an earlier run, so that each keeps their id: see `Deduplication.people`.
            comparisons, working_memory, progress: as for `fit`.
            engine: where to run, if *data* is a Spark frame: then the result is frames, too, and *before* and decisions
                cannot be obeyed.

        Raises:
            InputError: they are to be, or the table has no column that the matcher compares.

        """
        if engine is not None:
            check_engine(engine)
            return engine.dedupe(self, data, comparisons=own_comparisons(comparisons), before=before)
        reading = read(data, without=self.ignored, known=self.roles)
        job = self._job(reading, working_memory, comparisons)
        return job.dedupe(self.model, before=_people(before), progress=progress)

    def link(
        self,
        left: object,
        right: object,
        *,
        one_to_one: bool = False,
        comparisons: Iterable[Comparison] = (),
        working_memory: Memory = DEFAULT_WORKING_MEMORY,
        progress: Progress = silent,
    ) -> Linkage:
        """Find the rows of two tables that are the same person.

        Args:
            left, right: tables; columns of the same name, or role, are compared.
            one_to_one: each row is linked once at most, decided pairs and then the best ones first.
            comparisons, working_memory, progress: as for `fit`.

        Raises:
            InputError: the tables have no column in common that the matcher compares.

        """
        reading = read_under_each_other((left, right), without=self.ignored, known=self.roles)
        job = self._job(reading, working_memory, comparisons, across=True)
        return job.link(self.model, one_to_one=one_to_one, progress=progress)

    def link_and_dedupe(
        self,
        sources: Mapping[str, object],
        *,
        once: Iterable[str] = (),
        before: Mapping[str, str] | Deduplication | None = None,
        comparisons: Iterable[Comparison] = (),
        working_memory: Memory = DEFAULT_WORKING_MEMORY,
        progress: Progress = silent,
    ) -> Resolution:
        """Find the rows that are the same person, within and across several tables.

        Args:
            sources: name -> table; columns of the same name, or role, are compared. Record keys begin with the name, as
                in "ats:17", so that decisions are about records of sources.
            once: names of sources in which nobody stands twice.
            before, comparisons, working_memory, progress: as for `dedupe`.

        Raises:
            InputError: *once* names no source, or there are none.

        """
        once = (once,) if isinstance(once, str) else tuple(once)
        reading = under_each_other(sources, once, without=self.ignored, known=self.roles)
        job = self._job(reading, working_memory, comparisons)
        return job.link_and_dedupe(self.model, once=once, before=_people(before), progress=progress)

    def index(
        self,
        data: object,
        *,
        before: Mapping[str, str] | Deduplication | None = None,
        comparisons: Iterable[Comparison] = (),
        working_memory: Memory = DEFAULT_WORKING_MEMORY,
        progress: Progress = silent,
    ) -> Index:
        """Group the rows of a table into people, and keep them so that single records can be looked up and changed.

        Args:
            data, before, comparisons, working_memory, progress: as for `dedupe`.

        """
        result = self.dedupe(
            data, before=before, comparisons=comparisons, working_memory=working_memory, progress=progress
        )
        return Index.of(self, result)

    def learn(self, decisions: Iterable[PairDecision] | PairDecision) -> Matcher:
        """Return a matcher that obeys these decisions as well, and that weighs evidence as they teach.

        The last word on a pair counts. What comparisons are worth moves only as far as the decisions, all that the
        matcher knows, can show.

        Raises:
            ContradictoryDecisions: two records are said to be different that are the same by other decisions.
            InputError: one of them is no decision.

        """
        held = latest([*self.decisions, *decisions_told(decisions)])
        check_consistent(held)
        return self.evolve(decisions=held, model=_refined(self.model, held))

    def forget(self, left: str, right: str) -> Matcher:
        """Return a matcher without what was decided of two records.

        Raises:
            InputError: nothing was.

        """
        kept = tuple(each for each in self.decisions if {each.left, each.right} != {left, right})
        if len(kept) == len(self.decisions):
            raise InputError(f"nothing was decided of {left!r} and {right!r}")
        return self.evolve(decisions=kept, model=_refined(self.model, kept))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the matcher to a file that only its owner may read: JSON, the same bytes for the same matcher.

        Raises:
            UnwritableFile: the file cannot be written.

        """
        text = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True)
        with replacing(path, private=True) as draft:
            draft.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Matcher:
        """Read a matcher from a file.

        Raises:
            UnreadableFile: there is no such file, or it holds no matcher that this version knows.

        """
        try:
            told = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as refused:
            raise UnreadableFile(path, "missing", refused.strerror or "cannot be read") from refused
        except (ValueError, RecursionError) as refused:
            raise UnreadableFile(path, "not-a-matcher", "the file holds no JSON text") from refused
        written = told.get("format") if isinstance(told, dict) else None
        if written != cls.model_fields["format"].default:
            raise UnreadableFile(path, "not-a-matcher", f"a file of format {written!r} is no matcher of this version")
        try:
            return cls.model_validate(told)
        except ValidationError as refused:
            first = refused.errors(include_input=False, include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise UnreadableFile(path, "not-a-matcher", f"{place}: {first['msg']}") from refused

    @property
    def charts(self) -> ModelCharts:
        """What was learned, as pictures."""
        from crmcore.matching.charts import ModelCharts

        return ModelCharts(self.model)

    def __repr__(self) -> str:
        told = (
            plural(len(self.model.comparisons), "comparison", "comparisons"),
            plural(len(self.model.rules), "blocking rule", "blocking rules"),
            plural(len(self.decisions), "decision", "decisions"),
        )
        return (
            f"<Matcher: of {plural(self.model.rows, 'row', 'rows')}, {', '.join(told)}; threshold {self.threshold:g}>"
        )

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from crmcore.matching._html import of_matcher

        return of_matcher(self)

    def _job(
        self, reading: Reading, working_memory: Memory, comparisons: Iterable[Comparison], *, across: bool = False
    ) -> Job:
        job = Job.of(
            reading,
            model=self.model,
            across=across,
            threshold=self.threshold,
            working_memory=working_memory,
            key=self.key,
            decisions=self.decisions,
            comparisons=comparisons,
        )
        if job.prepared is None and self.model.comparisons:
            check_known(reading.shared_roles if across else reading.roles, self.roles)
        return job


def _fitted(job: Job, ignore: Iterable[str], progress: Progress) -> Matcher:
    return Matcher(
        roles=job.reading.roles,
        ignored=tuple(sorted(set(ignore))),
        key=job.key,
        threshold=job.spec.threshold,
        model=job.learn(progress=progress),
    )


def _people(before: Mapping[str, str] | Deduplication | None) -> Mapping[str, str]:
    return before.people if isinstance(before, Deduplication) else people_told(before)


def _refined(model: MatchModel, decisions: tuple[PairDecision, ...]) -> MatchModel:
    """Return the model with its comparisons' worth corrected by decisions of which the evidence is known."""
    told = [each for each in decisions if each.grounds and each.settles]
    names = [each.name for each in model.comparisons]
    evidence = np.zeros((len(told), len(names)))
    for row, each in zip(evidence, told, strict=True):
        row[:] = [each.grounds[name].bits if name in each.grounds else 0.0 for name in names]
    offset = np.array([each.offset for each in told])
    factors, shift = refine(evidence, offset, np.array([each.verdict.joins for each in told], bool))
    corrected = zip(model.comparisons, factors.tolist(), strict=True)
    return model.evolve(comparisons=tuple(each.evolve(factor=factor) for each, factor in corrected), shift=shift)
