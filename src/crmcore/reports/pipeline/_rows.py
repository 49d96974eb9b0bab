"""The rows that a measure is taken of: whom each belongs to, and when its anchors were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.model.hiring.opening import TAKING
from crmcore.reports.pipeline._events import Events, Subject, Timeline, events_of
from crmcore.reports.pipeline._log import CATEGORIES, NEVER, SEAT_VERBS, codes_of
from crmcore.reports.pipeline._stays import became, furthest_of, places_of
from crmcore.reports.pipeline.anchors import OF_STAYS, Anchor, Milestone, Which
from crmcore.reports.pipeline.measure import Population, Reentry, UnitOfAnalysis
from crmcore.reports.pipeline.windows import By

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from crmcore.reports.pipeline.measure import Measure
    from crmcore.reports.pipeline.table import StageTable

    Codes = NDArray[np.int32]
    Instants = NDArray[np.datetime64]
    Mask = NDArray[np.bool_]
    Index = NDArray[np.intp]

__all__ = ["Rows", "passed_over", "rows_of"]


@attrs.frozen(kw_only=True, eq=False)
class Rows:
    """Rows of one unit.

    Attributes:
        table: what they are of.
        unit: what one is.
        codes: whom each belongs to; -1 where that is nobody.
        stays: of stays, their rows in the table.
        stage: of stays, the codes of their stages.

    """

    table: StageTable
    unit: UnitOfAnalysis
    codes: Mapping[Subject, Codes]
    stays: Index | None = None
    stage: Codes | None = None

    def __len__(self) -> int:
        return len(self.codes[Subject.JOB])

    @property
    def application(self) -> Codes:
        """The application of each row; raise InputError where the unit has none."""
        if Subject.APPLICATION not in self.codes:
            raise InputError(f"one {self.unit.value} has no single application to be asked about")
        return self.codes[Subject.APPLICATION]

    @property
    def stages(self) -> Codes:
        """The stage of each row; raise InputError where the unit has none."""
        if self.stage is None:
            raise InputError(f"one {self.unit.value} has no stage; only stays have")
        return self.stage

    def take(self, rows: Index | Mask) -> Rows:
        """Return some of the rows."""
        return attrs.evolve(
            self,
            codes={subject: codes[rows] for subject, codes in self.codes.items()},
            stays=None if self.stays is None else self.stays[rows],
            stage=None if self.stage is None else self.stage[rows],
        )

    def ids(self) -> list[str]:
        """Return the id of each row; of a stay, of its application."""
        table, codes = self.table, self.codes
        match self.unit:
            case UnitOfAnalysis.JOB:
                return [table.jobs.ids[code] for code in codes[Subject.JOB]]
            case UnitOfAnalysis.OPENING:
                return [table.openings.ids[code] for code in codes[Subject.OPENING]]
            case UnitOfAnalysis.OFFER:
                return [table.offers.ids[code] for code in codes[Subject.OFFER]]
            case UnitOfAnalysis.PERSON:
                persons = table.applications.person[codes[Subject.APPLICATION]]
                return [table.applications.persons[code] for code in persons]
            case _:
                return [table.applications.ids[code] for code in codes[Subject.APPLICATION]]

    def at(self, anchor: Anchor, now: np.datetime64 | None) -> Instants:
        """Return when an anchor was for each row, NaT where it was not."""
        found = self._at(anchor, now)
        if anchor.otherwise is None:
            return found
        other: Instants = np.where(np.isnat(found), self.at(anchor.otherwise, now), found)
        return other

    def _at(self, anchor: Anchor, now: np.datetime64 | None) -> Instants:
        if anchor.milestone is Milestone.NOW:
            return np.full(len(self), NEVER if now is None else now)
        if anchor.milestone in OF_STAYS:
            assert self.stays is not None  # noqa: S101 - a measure of anything else refuses such an anchor
            return became(self.table, anchor.milestone)[self.stays]
        events, subject = self._events(anchor)
        timeline = Timeline(events)
        since = self._limit(anchor.since, Which.LAST, now)
        by = self._limit(anchor.by, Which.FIRST, now)
        if anchor.which is Which.FIRST:
            found = timeline.first(subject, since)
            return found if by is None else np.where(found <= by, found, NEVER)
        found = timeline.last(subject, by)
        return found if since is None else np.where(found >= since, found, NEVER)

    def _limit(self, milestone: Milestone | None, which: Which, now: np.datetime64 | None) -> Instants | None:
        return None if milestone is None else self._at(Anchor(milestone=milestone, which=which), now)

    def _events(self, anchor: Anchor) -> tuple[Events, Codes]:
        """Return the events, and whom each row has to look under."""
        table, events = self.table, events_of(self.table, anchor)
        if events.of is Subject.OFFER and Subject.OFFER not in self.codes:
            events = events.lifted(Subject.APPLICATION, table.offers.application)
        if events.of is Subject.APPLICATION and Subject.APPLICATION not in self.codes:
            events = events.lifted(Subject.JOB, table.applications.job)
        if events.of is Subject.OPENING and Subject.OPENING not in self.codes:
            events = events.lifted(Subject.JOB, table.openings.job)
        return events, self.codes[events.of]

    def keys(self, by: By) -> tuple[Codes, tuple[str, ...]]:
        """Return by what each row is grouped, as codes, -1 where that is not known, and what these stand for."""
        table = self.table
        applications, jobs = table.applications, table.jobs
        match by:
            case By.JOB:
                return self.codes[Subject.JOB], jobs.ids
            case By.DEPARTMENT:
                return _of(jobs.department, self.codes[Subject.JOB]), jobs.departments
            case By.SOURCE:
                return _of(applications.source, self.application), applications.sources
            case By.RECRUITER:
                return _of(applications.recruiter, self.application), applications.recruiters
            case By.PERSON:
                return _of(applications.person, self.application), applications.persons
        if by is By.STAGE:
            return self.stages, table.stages
        meant = table.categories[applications.pipeline[self.application], self.stages]
        return meant.astype(np.int32), tuple(category.value for category in CATEGORIES)


def rows_of(measure: Measure, table: StageTable) -> Rows:
    """Return the rows of a measure's unit; of stays that count together, one each, for now."""
    applications, openings, offers = table.applications, table.openings, table.offers
    match measure.unit:
        case UnitOfAnalysis.JOB:
            codes = {Subject.JOB: np.arange(len(table.jobs), dtype=np.int32)}
        case UnitOfAnalysis.OPENING:
            every = np.arange(len(openings), dtype=np.int32)
            codes = {Subject.JOB: openings.job, Subject.OPENING: every, Subject.APPLICATION: _holders(table)}
        case UnitOfAnalysis.OFFER:
            every = np.arange(len(offers), dtype=np.int32)
            codes = _of_applications(table, offers.application) | {Subject.OFFER: every}
        case UnitOfAnalysis.STAY:
            stays = _stays(measure, table)
            codes = _of_applications(table, table.application[stays])
            return Rows(table=table, unit=UnitOfAnalysis.STAY, codes=codes, stays=stays, stage=table.stage[stays])
        case _:
            codes = _of_applications(table, np.arange(len(applications), dtype=np.int32))
    return Rows(table=table, unit=measure.unit, codes=codes)


def passed_over(table: StageTable) -> tuple[Rows, Instants]:
    """Return the stages that applications jumped over, as rows, and when each application was first past one."""
    places = places_of(table)
    applications = table.applications
    counts = furthest = furthest_of(table)
    application = np.repeat(np.arange(len(applications), dtype=np.int32), counts)
    begins = np.cumsum(counts) - counts
    place = np.arange(len(application)) - np.repeat(begins, counts)
    was = np.zeros(len(application), dtype=np.bool_)
    below = places < furthest[table.application]
    was[begins[table.application[below]] + places[below]] = True
    stage = _by_place(table)[applications.pipeline[application], place] if len(application) else application
    kept = ~was & (stage >= 0)
    application, place, stage = application[kept], place[kept], stage[kept].astype(np.int32)
    rows = Rows(table=table, unit=UnitOfAnalysis.STAY, codes=_of_applications(table, application), stage=stage)
    return rows, _past(table, places, application, place)


def _past(table: StageTable, places: NDArray[np.int16], application: Codes, place: NDArray[np.int64]) -> Instants:
    """Return when each application was first past a place."""
    found = np.full(len(application), NEVER)
    for each in np.unique(place):
        rows = np.flatnonzero(place == each)
        stays = np.flatnonzero(places > each)
        of = table.application[stays]
        found[rows] = table.entered_at[stays[np.searchsorted(of, application[rows])]]
    return found


def _by_place(table: StageTable) -> NDArray[np.int32]:
    """Return the stage at each place of each pipeline, -1 where there is none or it is retired."""
    found = np.full((len(table.places), int(table.places.max(initial=-1)) + 1), -1, dtype=np.int32)
    pipeline, stage = np.nonzero((table.places >= 0) & ~table.retired)
    found[pipeline, table.places[pipeline, stage]] = stage
    return found


def _of(values: Codes, subject: Codes) -> Codes:
    """Return a value of each subject, -1 for nobody's."""
    return np.asarray(np.where(subject < 0, -1, values[subject]), dtype=np.int32) if len(values) else subject


def _of_applications(table: StageTable, application: Codes) -> dict[Subject, Codes]:
    return {
        Subject.JOB: table.applications.job[application],
        Subject.OPENING: table.opening[application],
        Subject.APPLICATION: application,
    }


def _holders(table: StageTable) -> Codes:
    """Return the application that each opening is held by, -1 for none."""
    entries = table.openings.entries
    last = entries.take(entries.is_last)
    holders = np.full(len(table.openings), -1, dtype=np.int32)
    holders[last.subject] = np.where(np.isin(last.verb, codes_of(TAKING, SEAT_VERBS)), last.about, -1)
    return holders


def _stays(measure: Measure, table: StageTable) -> Index:
    stays = np.arange(len(table))
    if measure.categories:
        stays = stays[np.isin(table.category, [CATEGORIES.index(category) for category in measure.categories])]
    if measure.population is Population.OPEN:
        stays = stays[np.isnat(table.left_at[stays])]
    if measure.reentry is Reentry.EACH or not len(stays):
        return stays
    pair = table.application[stays].astype(np.int64) * len(table.stages) + table.stage[stays]
    stays, pair = stays[order := np.argsort(pair, kind="stable")], pair[order]
    if measure.reentry is Reentry.TOGETHER:
        return stays
    edge = pair[1:] != pair[:-1]
    chosen = np.append(True, edge) if measure.reentry is Reentry.FIRST else np.append(edge, True)
    return np.asarray(stays[chosen])
