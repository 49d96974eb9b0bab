"""Stays as plain columns in whole microseconds, cut to what had happened by an instant: what the rest of flow reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore._given import one, several
from crmcore.errors import InputError
from crmcore.model.stage_history import Verb
from crmcore.reports.pipeline._instants import instant_of
from crmcore.reports.pipeline._stays import unplaced
from crmcore.reports.pipeline.table import VERBS, StageTable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

__all__ = ["DAY", "EXITS", "NO_JOB", "OPEN", "Stays", "ticks_of"]

DAY = 86_400_000_000
"""Microseconds of a day."""
OPEN = np.iinfo(np.int64).max
"""When what still lasts is left."""
NO_JOB = ""
"""The id of the job of those whose job is not known."""
EXITS = ("lasting", "advanced", "hired", "returned", "rejected", "withdrawn", "transferred")
"""How stays end, by their codes: 0 while one lasts, 1 to a later stage, 3 back to an earlier one."""

_EXIT_OF = np.array(
    [
        {
            Verb.MOVE: 1, Verb.HIRE: 2, Verb.REJECT: 4, Verb.WITHDRAW: 5, Verb.TRANSFER: 6,
        }.get(verb, 1)
        for verb in (*VERBS, Verb.MOVE)
    ],
    dtype=np.int8,
)  # fmt: skip


def ticks_of(at: datetime, *, name: str) -> int:
    """Return an instant in microseconds; raise InputError for what is none, or has no zone."""
    return int(instant_of(at, name=name).astype(np.int64))


@attrs.frozen(kw_only=True, eq=False)
class Stays:
    """One row a stay; those of one application stand together, in the order in which they began.

    Attributes:
        application, job, stage: codes of the ids and keys below.
        place: the number of the stage in its pipeline, -1 where not known.
        entered, left: microseconds; ``OPEN`` for what lasts.
        exit: codes of ``EXITS``.
        after: the stage of the application's next stay, -1 where there is none.
        stages, jobs, applications: keys and ids by their codes.
        at: the instant that this is cut to: what lasts was seen until then.

    """

    application: NDArray[np.int32]
    job: NDArray[np.int32]
    stage: NDArray[np.int32]
    place: NDArray[np.int16]
    entered: Whole
    left: Whole
    exit: NDArray[np.int8]
    after: NDArray[np.int32]
    stages: tuple[str, ...]
    jobs: tuple[str, ...]
    applications: tuple[str, ...]
    at: int

    @classmethod
    def of(cls, table: StageTable, *, at: datetime, jobs: Iterable[str] | None = None) -> Stays:
        """Read the stays that had begun by an instant, as they stood then; those of no job are of one without a name.

        Args:
            table: stays in any state; what happened later than *at* has not happened.
            at: the instant, with a zone.
            jobs: ids; only these, by default all.

        Raises:
            InputError: *at* has no zone, or a job is none of the table's.

        """
        table = one(table, StageTable, "table")
        entered, left = table.entered_at, table.left_at
        if np.isnat(entered).any():
            raise InputError("a stay has no instant at which it was entered; leave it out, or tell when it was")
        last = np.isnat(left)
        ticks = np.where(last, OPEN, left.astype(np.int64))
        if (ticks < entered.astype(np.int64)).any():
            raise InputError("a stay was left before it was entered; put its instants right")
        job, ids = table.job, table.jobs.ids
        if len(job) and job.min() < 0:
            job, ids = np.where(job < 0, len(ids), job).astype(np.int32), (*ids, NO_JOB)
        found = cls(
            application=table.application,
            job=job,
            stage=table.stage,
            place=table.place if table.places.size else np.full(len(last), -1, dtype=np.int16),
            entered=entered.astype(np.int64),
            left=ticks,
            exit=np.where(last, 0, _EXIT_OF[table.left_by]).astype(np.int8),
            after=_following(table.application, table.stage),
            stages=table.stages,
            jobs=ids,
            applications=table.applications.ids,
            at=OPEN,
        )
        chosen = found if jobs is None else found.of_jobs(jobs)
        return _with_returns(chosen).cut(ticks_of(at, name="at"))

    def __len__(self) -> int:
        return len(self.entered)

    def cut(self, at: int) -> Stays:
        """Return what had happened by an instant, in microseconds."""
        begun = self.entered <= at
        kept = self if begun.all() else self.take(begun)
        lasts = kept.left > at
        return attrs.evolve(
            kept,
            left=np.where(lasts, OPEN, kept.left),
            exit=np.where(lasts, 0, kept.exit).astype(np.int8),
            after=np.where(lasts, -1, kept.after).astype(np.int32),
            at=min(at, self.at),
        )

    def of_jobs(self, jobs: Iterable[str]) -> Stays:
        """Return the stays of some jobs; raise InputError for an id that is none."""
        codes = {id: code for code, id in enumerate(self.jobs)}  # noqa: A001
        wanted = [jobs] if isinstance(jobs, str) else several(jobs, str, "jobs")
        if unknown := [id for id in wanted if id not in codes]:  # noqa: A001
            raise InputError(f"the table has no job {unknown[0]!r}; pass ids of the table's jobs")
        return self.take(np.isin(self.job, [codes[id] for id in wanted]))  # noqa: A001

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Stays:
        """Return some of the rows."""
        rows = (
            np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        )  # which several columns are then taken by faster
        columns = ("application", "job", "stage", "place", "entered", "left", "exit", "after")
        return attrs.evolve(self, **{name: getattr(self, name)[rows] for name in columns})

    @property
    def lasts(self) -> NDArray[np.bool_]:
        """Which stays had not ended."""
        lasts: NDArray[np.bool_] = self.left == OPEN
        return lasts

    @property
    def ages(self) -> Whole:
        """How long each lasted, or had lasted when it was last seen."""
        return np.minimum(self.left, self.at) - self.entered

    @property
    def is_last(self) -> NDArray[np.bool_]:
        """Which stays are the last of their application so far."""
        return np.concatenate((self.application[1:] != self.application[:-1], [True]))[: len(self)]

    @property
    def is_first(self) -> NDArray[np.bool_]:
        """Which stays are the first of their application."""
        return np.concatenate(([True], self.application[1:] != self.application[:-1]))[: len(self)]

    def order(self) -> list[int]:
        """Return the codes of the stages that occur, in the order of the pipelines.

        Raises:
            InputError: the place of one is not known, so that a step back cannot be told from one on.

        """
        if len(self) and self.place.min() < 0:
            stay = int(np.argmin(self.place))
            raise unplaced(self.stages[self.stage[stay]], self.applications[self.application[stay]])
        codes, slot = np.unique(self.stage, return_inverse=True)
        places = np.bincount(slot, weights=self.place, minlength=len(codes)) / np.bincount(slot, minlength=len(codes))
        return [int(code) for _, code in sorted(zip(places.tolist(), codes.tolist(), strict=True))]


def _with_returns(stays: Stays) -> Stays:
    """Tell moves back from moves on."""
    there = np.concatenate((stays.place[1:], stays.place[:1]))
    back = (stays.exit == 1) & ~stays.is_last & (there >= 0) & (there < stays.place)
    return attrs.evolve(stays, exit=np.where(back, 3, stays.exit).astype(np.int8))


def _following(application: NDArray[np.int32], stage: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the stage of the next stay of the same application, -1 where there is none."""
    same = np.concatenate((application[1:] == application[:-1], [False]))[: len(stage)]
    return np.where(same, np.concatenate((stage[1:], stage[:1])), -1).astype(np.int32)
