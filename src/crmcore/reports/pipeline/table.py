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

from crmcore._pages.text import plural
from crmcore.model.hiring.opening import TAKING
from crmcore.model.stage_history import ENDINGS, STEPS
from crmcore.reports.pipeline._instants import instant_of
from crmcore.reports.pipeline._log import (
    CATEGORIES,
    JOB_RULES,
    JOB_VERBS,
    NEVER,
    SEAT_RULES,
    SEAT_VERBS,
    STATUSES,
    STEP_RULES,
    VERBS,
    codes_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from numpy.typing import NDArray

    from crmcore.model.contact import ContactRecord
    from crmcore.model.hiring import Application, Job, Opening
    from crmcore.model.hiring.offer import Offer
    from crmcore.model.hiring.posting import Posting
    from crmcore.model.hiring.requisition import Requisition
    from crmcore.model.pipeline import Pipeline
    from crmcore.reports.pipeline._log import Log, Rules
    from crmcore.reports.pipeline.marks import Mark
    from crmcore.reports.pipeline.subjects import Applications, Jobs, Offers, Openings

    Codes = NDArray[np.int32]
    SmallCodes = NDArray[np.int8]
    Instants = NDArray[np.datetime64]
    Mask = NDArray[np.bool_]

__all__ = ["CATEGORIES", "JOB_VERBS", "SEAT_VERBS", "STATUSES", "VERBS", "StageTable"]

G = TypeVar("G", bound=np.generic)

_AFTER = {verb: state for way in STEPS.table.values() for verb, state in way.items()}
_STATUS_AFTER = np.array([STATUSES.index(_AFTER[verb]) for verb in VERBS], dtype=np.int8)
_IS_ENDING = np.array([verb in ENDINGS for verb in VERBS])


@attrs.frozen(kw_only=True, eq=False, repr=False)
class StageTable:
    """Stays in stages, one row each, as columns.

    Attributes:
        steps: what happened to the applications; verbs are codes of ``VERBS``, what they are about is the stage.
        stages: the keys of the stages.
        places: row: pipeline; column: stage; the number of the stage in the pipeline, -1 where it is not of it.
        categories: the same for codes of ``CATEGORIES``.
        retired: which of them are not entered any more.
        applications, jobs, openings, offers: what the codes stand for, and what is true of each.

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
    <StageTable: 2 stays in 2 stages, 1 application of 1 person to 1 job, 0 openings, 0 offers>
    >>> [table.stages[code] for code in table.stage], (table.left_at - table.entered_at).astype("m8[D]")
    (['applied', 'screen'], array([    3, 'NaT'], dtype='timedelta64[D]'))
    """

    steps: Log
    stages: tuple[str, ...]
    places: NDArray[np.int16]
    categories: SmallCodes
    retired: Mask
    applications: Applications
    jobs: Jobs
    openings: Openings
    offers: Offers

    @classmethod
    def of(
        cls,
        applications: Iterable[Application],
        *,
        pipelines: Iterable[Pipeline] = (),
        jobs: Iterable[Job] = (),
        openings: Iterable[Opening] = (),
        offers: Iterable[Offer] = (),
        postings: Iterable[Posting] = (),
        requisitions: Iterable[Requisition] = (),
        contacts: Iterable[ContactRecord] = (),
        marks: Iterable[Mark] = (),
        as_known_at: datetime | None = None,
    ) -> StageTable:
        """Read records.

        Args:
            applications: in any order.
            pipelines: what gives stages their order and category; without them both are not known.
            jobs: what tells of their departments and when they were open; one that is not among them is only an id.
            openings: their seats.
            offers: made to the applications.
            postings: what tells when jobs were published.
            requisitions: what tells when jobs were approved, and where it says that their fill began and ended.
            contacts: what tells when somebody was first in touch.
            marks: whatever else is known of jobs and applications, such as when a job was posted.
            as_known_at: an instant; what was told later is left out, whenever it occurred.

        """
        from crmcore.reports.pipeline._records import table_of

        table = table_of(
            applications,
            pipelines=pipelines,
            jobs=jobs,
            openings=openings,
            offers=offers,
            postings=postings,
            requisitions=requisitions,
            contacts=contacts,
            marks=marks,
        )
        return table if as_known_at is None else table.as_known(as_known_at)

    @classmethod
    def from_columns(
        cls,
        steps: object,
        *,
        applications: object = None,
        pipelines: Iterable[Pipeline] = (),
        jobs: object = None,
        job_steps: object = None,
        seat_entries: object = None,
        offer_steps: object = None,
        marks: Iterable[Mark] = (),
    ) -> StageTable:
        """Read tables: mappings of columns, or frames of pandas, polars, pyarrow or DuckDB.

        Rows come in any order; steps of one instant, told at one instant, occurred in the order of theirs.
        Instants have a zone; arrays of numpy, which know none, are in UTC. A column that is not listed as optional is
        needed; more columns do no harm. `recorded_at` is `occurred_at` where it is missing.

        Args:
            steps: application, verb, stage, occurred_at; optional: recorded_at. Or stays: application, stage,
                entered_at, left_at; optional: came_by and left_by, verbs that are needed where they do not follow from
                the stays before and after, entered_recorded_at, left_recorded_at.
            applications: application; optional: person, job, pipeline, source, recruiter. Without it these stand
                beside the steps, where the first row of each application counts.
            pipelines: what gives stages their order and category; the first is that of applications which name none.
            jobs: job; optional: department, is_evergreen.
            job_steps: job, verb, occurred_at; optional: recorded_at.
            seat_entries: opening, job, verb, application, occurred_at; optional: recorded_at.
            offer_steps: offer, application, verb, occurred_at; optional: number of the version, recorded_at.
            marks: whatever else is known of jobs and applications.

        Raises:
            InputError: a value is missing, a time has no zone, or a step cannot follow the one before; with what could.
            UnknownColumn: one that is needed is not there.

        >>> table = StageTable.from_columns({
        ...     "application": ["a-1", "a-1"], "stage": ["applied", "screen"], "job": ["j-1", "j-1"],
        ...     "entered_at": np.array(["2026-03-01", "2026-03-04"], "M8[us]"),
        ...     "left_at": np.array(["2026-03-04", "NaT"], "M8[us]"),
        ... })
        >>> table
        <StageTable: 2 stays in 2 stages, 1 application of 1 person to 1 job, 0 openings, 0 offers>
        """
        from crmcore.reports.pipeline._columns import Tables, table_of_columns

        tables = Tables(
            steps=steps,
            applications=applications,
            jobs=jobs,
            job_steps=job_steps,
            seat_entries=seat_entries,
            offer_steps=offer_steps,
        )
        return table_of_columns(tables, pipelines=pipelines, marks=marks)

    def as_known(self, at: datetime) -> StageTable:
        """Return what was known at an instant: steps that were told later are left out, and what needs them.

        What is not a step, such as a source, is as it is now.
        """
        then = instant_of(at, name="as_known_at")
        return self._cut(lambda log, rules: log.known(then, rules))

    def as_of(self, at: datetime) -> StageTable:
        """Return what had occurred by an instant, that instant included, whenever it was told."""
        then = instant_of(at, name="at")
        return self._cut(lambda log, _: log.take(log.occurred_at <= then))

    def _cut(self, cut: Callable[[Log, Rules | None], Log]) -> StageTable:
        """Return the table with less of each log; an application or offer without a step left is left out."""
        steps, entries = cut(self.steps, STEP_RULES), cut(self.openings.entries, SEAT_RULES)
        kept, codes = _kept(steps, len(self.applications))
        offered = cut(self.offers.steps, None)
        told, _ = _kept(offered, len(self.offers))
        alive = told & kept[self.offers.application]
        offers = attrs.evolve(self.offers, steps=offered).take(alive, _codes(alive), codes)
        applications = self.applications.take(kept, codes)
        about = np.where(entries.about < 0, -1, codes[entries.about]) if len(codes) else entries.about
        return attrs.evolve(
            self,
            steps=steps.recoded(codes),
            applications=attrs.evolve(applications, marks=cut(applications.marks, None)),
            jobs=attrs.evolve(self.jobs, steps=cut(self.jobs.steps, JOB_RULES), marks=cut(self.jobs.marks, None)),
            openings=attrs.evolve(self.openings, entries=attrs.evolve(entries, about=about)),
            offers=offers,
        )

    def __len__(self) -> int:
        return len(self._begins)

    def __repr__(self) -> str:
        counts = [
            plural(len(self), "stay", "stays") + f" in {plural(len(self.stages), 'stage', 'stages')}",
            plural(len(self.applications), "application", "applications")
            + f" of {plural(len(np.unique(self.applications.person)), 'person', 'persons')}"
            + f" to {plural(len(self.jobs), 'job', 'jobs')}",
            plural(len(self.openings), "opening", "openings"),
            plural(len(set(self.offers.ids)), "offer", "offers"),
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


def _kept(log: Log, subjects: int) -> tuple[Mask, Codes]:
    """Return which subjects have a step in a log, and their new codes by the old ones."""
    kept = np.zeros(subjects, dtype=np.bool_)
    kept[log.subject] = True
    return kept, _codes(kept)


def _codes(kept: Mask) -> Codes:
    """Return the new codes of kept rows by the old ones, -1 for the others."""
    return np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
