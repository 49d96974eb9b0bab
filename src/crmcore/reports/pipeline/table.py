"""What happened in pipelines as columns: stays in stages, applications, jobs and openings, to take measures of.

A :class:`StageTable` has one row a stay in a stage. All that is named is a code, a place in a list of ids or keys, and
-1 where it is not known; all instants are ``datetime64[us]`` in UTC, and NaT where there is none. The stays of one
application stand together, in the order in which they began. They are derived from the steps that the table keeps, so
that it can be cut to what was known at an earlier instant.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import attrs
import numpy as np

from crmcore.model.hiring.opening import TAKING
from crmcore.model.pipeline import StageCategory
from crmcore.model.stage_history import ENDINGS, STEPS, Status
from crmcore.reports.pipeline._log import (
    JOB_RULES,
    JOB_VERBS,
    NEVER,
    SEAT_RULES,
    SEAT_VERBS,
    STEP_RULES,
    VERBS,
    Log,
    codes_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from numpy.typing import NDArray

    from crmcore.model.hiring import Application, Job, Opening
    from crmcore.model.pipeline import Pipeline

    Codes = NDArray[np.int32]
    SmallCodes = NDArray[np.int8]
    Instants = NDArray[np.datetime64]
    Mask = NDArray[np.bool_]

__all__ = [
    "CATEGORIES",
    "JOB_VERBS",
    "SEAT_VERBS",
    "STATUSES",
    "VERBS",
    "Applications",
    "Jobs",
    "Openings",
    "StageTable",
]

CATEGORIES: tuple[StageCategory, ...] = tuple(StageCategory)
"""The categories of stages by their codes."""
STATUSES: tuple[Status, ...] = tuple(Status)
"""Where applications stand, by their codes."""

G = TypeVar("G", bound=np.generic)

_AFTER = {verb: state for way in STEPS.table.values() for verb, state in way.items()}
_STATUS_AFTER = np.array([STATUSES.index(_AFTER[verb]) for verb in VERBS], dtype=np.int8)
_IS_ENDING = np.array([verb in ENDINGS for verb in VERBS])


@attrs.frozen(kw_only=True, eq=False)
class Applications:
    """One row an application.

    Attributes:
        ids: of the applications.
        person, persons: codes, and the ids of the contacts that they stand for.
        job: codes of :attr:`Jobs.ids`.
        pipeline: codes of the pipelines that the table was made with.
        source, sources: codes and names of sources.
        recruiter, recruiters: codes and ids of users.
        touched_at: when the person was first in touch, NaT where not told.

    """

    ids: tuple[str, ...]
    person: Codes
    persons: tuple[str, ...]
    job: Codes
    pipeline: Codes
    source: Codes
    sources: tuple[str, ...]
    recruiter: Codes
    recruiters: tuple[str, ...]
    touched_at: Instants

    def __len__(self) -> int:
        return len(self.ids)


@attrs.frozen(kw_only=True, eq=False)
class Jobs:
    """One row a job, and its steps.

    Attributes:
        ids: of the jobs.
        department, departments: codes and ids.
        is_evergreen: which are always open.
        posted_at: when each was first shown to the world, NaT where it was not.
        steps: what happened to them; verbs are codes of ``JOB_VERBS``.

    """

    ids: tuple[str, ...]
    department: Codes
    departments: tuple[str, ...]
    is_evergreen: Mask
    posted_at: Instants
    steps: Log

    def __len__(self) -> int:
        return len(self.ids)


@attrs.frozen(kw_only=True, eq=False)
class Openings:
    """One row an opening, and the entries of its ledger.

    Attributes:
        ids: of the openings.
        job: codes of :attr:`Jobs.ids`.
        entries: what happened to them; verbs are codes of ``SEAT_VERBS``, what they are about is the application.

    """

    ids: tuple[str, ...]
    job: Codes
    entries: Log

    def __len__(self) -> int:
        return len(self.ids)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class StageTable:
    """Stays in stages, one row each, as columns.

    Attributes:
        steps: what happened to the applications; verbs are codes of ``VERBS``, what they are about is the stage.
        stages: the keys of the stages.
        places: row: pipeline; column: stage; the number of the stage in the pipeline, -1 where it is not of it.
        categories: the same for codes of ``CATEGORIES``.
        applications, jobs, openings: what the codes stand for, and what is true of each.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model import Occasion
    >>> from crmcore.model.hiring import Application
    >>> from crmcore.model.pipeline import Pipeline, Stage
    >>> def on(day):
    ...     return Occasion(event_id=f"e-{day}", at=datetime(2026, 3, day, tzinfo=UTC), actor="eva")
    >>> stages = [Stage(key=key, label=key.title(), category="interview") for key in ("applied", "screen")]
    >>> pipeline = Pipeline(id="p-1", name="Engineering", stages=stages)
    >>> application, _ = Application.begin(id="a-1", contact="c-1", job="j-1", within=pipeline, on=on(1))
    >>> application, _ = application.move("screen", within=pipeline, on=on(4))
    >>> table = StageTable.of([application], pipelines=[pipeline])
    >>> table
    <StageTable: 2 stays in 2 stages, 1 application of 1 person to 1 job, 0 openings>
    >>> [table.stages[code] for code in table.stage], (table.left_at - table.entered_at).astype("m8[D]")
    (['applied', 'screen'], array([    3, 'NaT'], dtype='timedelta64[D]'))
    """

    steps: Log
    stages: tuple[str, ...]
    places: NDArray[np.int16]
    categories: SmallCodes
    applications: Applications
    jobs: Jobs
    openings: Openings

    @classmethod
    def of(
        cls,
        applications: Iterable[Application],
        *,
        pipelines: Iterable[Pipeline] = (),
        jobs: Iterable[Job] = (),
        openings: Iterable[Opening] = (),
        as_known_at: datetime | None = None,
    ) -> StageTable:
        """Read records.

        Args:
            applications: in any order.
            pipelines: what gives stages their order and category; without them both are not known.
            jobs: what tells of their departments and when they were open; one that is not among them is only an id.
            openings: their seats.
            as_known_at: an instant; what was told later is left out, whenever it occurred.

        """
        from crmcore.reports.pipeline._records import table_of

        table = table_of(applications, pipelines=pipelines, jobs=jobs, openings=openings)
        return table if as_known_at is None else table.as_known(as_known_at)

    def as_known(self, at: datetime) -> StageTable:
        """Return what was known at an instant: steps that were told later are left out, and what needs them.

        What is not a step, such as a source, is as it is now.
        """
        from crmcore.reports.pipeline._instants import instant_of

        then = instant_of(at, name="as_known_at")
        steps = self.steps.known(then, STEP_RULES)
        kept = np.zeros(len(self.applications), dtype=np.bool_)
        kept[steps.subject] = True
        codes = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
        entries = self.openings.entries.known(then, SEAT_RULES)
        about = np.where(entries.about < 0, -1, codes[entries.about]) if len(codes) else entries.about
        return attrs.evolve(
            self,
            steps=attrs.evolve(steps, subject=codes[steps.subject]),
            applications=_kept(self.applications, kept),
            jobs=attrs.evolve(self.jobs, steps=self.jobs.steps.known(then, JOB_RULES)),
            openings=attrs.evolve(self.openings, entries=attrs.evolve(entries, about=about.astype(np.int32))),
        )

    def __len__(self) -> int:
        return len(self._begins)

    def __repr__(self) -> str:
        counts = [
            _counted(len(self), "stay") + f" in {_counted(len(self.stages), 'stage')}",
            _counted(len(self.applications), "application")
            + f" of {_counted(len(np.unique(self.applications.person)), 'person')}"
            + f" to {_counted(len(self.jobs), 'job')}",
            _counted(len(self.openings), "opening"),
        ]
        return f"<StageTable: {', '.join(counts)}>"

    @cached_property
    def _begins(self) -> NDArray[np.intp]:
        """The steps that begin stays."""
        return np.flatnonzero(~_IS_ENDING[self.steps.verb])

    @cached_property
    def _ends(self) -> NDArray[np.intp]:
        """The step that ends each stay, -1 where it lasts."""
        following = self._begins + 1
        return np.where(self.steps.is_last[self._begins], -1, following)

    @cached_property
    def application(self) -> Codes:
        """Code of the application of each stay, rising."""
        return self.steps.subject[self._begins]

    @cached_property
    def job(self) -> Codes:
        """Code of the job of each stay."""
        return self.applications.job[self.application]

    @cached_property
    def person(self) -> Codes:
        """Code of the person of each stay."""
        return self.applications.person[self.application]

    @cached_property
    def stage(self) -> Codes:
        """Code of the stage of each stay."""
        return self.steps.about[self._begins]

    @cached_property
    def place(self) -> NDArray[np.int16]:
        """Number of the stage of each stay in its pipeline, -1 where not known."""
        return self.places[self.applications.pipeline[self.application], self.stage]

    @cached_property
    def category(self) -> SmallCodes:
        """Code of the category of the stage of each stay, -1 where not known."""
        return self.categories[self.applications.pipeline[self.application], self.stage]

    @cached_property
    def entered_at(self) -> Instants:
        """When each stay began."""
        return self.steps.occurred_at[self._begins]

    @cached_property
    def left_at(self) -> Instants:
        """When each stay ended, NaT while it lasts."""
        return self._of_end(self.steps.occurred_at, NEVER)

    @cached_property
    def came_by(self) -> SmallCodes:
        """Code of the verb that began each stay."""
        return self.steps.verb[self._begins]

    @cached_property
    def left_by(self) -> SmallCodes:
        """Code of the verb that ended each stay, -1 while it lasts."""
        return self._of_end(self.steps.verb, np.int8(-1))

    @cached_property
    def entered_recorded_at(self) -> Instants:
        """When we learned that each stay began."""
        return self.steps.recorded_at[self._begins]

    @cached_property
    def left_recorded_at(self) -> Instants:
        """When we learned that each stay ended, NaT while it lasts."""
        return self._of_end(self.steps.recorded_at, NEVER)

    @cached_property
    def applied_at(self) -> Instants:
        """When each application began; one row an application."""
        return self.steps.occurred_at[self.steps.is_first]

    @cached_property
    def status(self) -> SmallCodes:
        """Code of where each application stands, by ``STATUSES``; one row an application."""
        return np.asarray(_STATUS_AFTER[self.steps.verb[self.steps.is_last]])

    @cached_property
    def ended_at(self) -> Instants:
        """When each application ended, NaT while it is active; one row an application."""
        last = self.steps.is_last
        ended: Instants = np.where(_IS_ENDING[self.steps.verb[last]], self.steps.occurred_at[last], NEVER)
        return ended

    @cached_property
    def opening(self) -> Codes:
        """Code of the opening that each application holds, reserved or filled, -1 for none; one row an application."""
        held = np.full(len(self.applications), -1, dtype=np.int32)
        entries = self.openings.entries.take(self.openings.entries.is_last)
        holds = np.isin(entries.verb, codes_of(TAKING, SEAT_VERBS)) & (entries.about >= 0)
        held[entries.about[holds]] = entries.subject[holds]
        return held

    def _of_end(self, column: NDArray[G], missing: G) -> NDArray[G]:
        if not len(column):
            return column
        found: NDArray[G] = np.where(self._ends < 0, missing, column[self._ends])
        return found


def _kept(applications: Applications, kept: Mask) -> Applications:
    columns = {
        name: getattr(applications, name)[kept]
        for name in ("person", "job", "pipeline", "source", "recruiter", "touched_at")
    }
    ids = tuple(np.array(applications.ids, dtype=object)[kept].tolist())
    return attrs.evolve(applications, ids=ids, **columns)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
