"""Measures as data: what is counted, from which anchor to which, over whom, in which days, and how it is summed up."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from crmcore.model.pipeline import StageCategory
from crmcore.model.record import Value
from crmcore.model.scalars import Slug, Text
from crmcore.reports.pipeline.anchors import OF_STAYS, Anchor, Milestone, differing
from crmcore.reports.pipeline.calendars import Calendar
from crmcore.reports.pipeline.windows import By, Window, WindowRule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmcore.reports.pipeline.figures import Breakdown, Figure
    from crmcore.reports.pipeline.table import StageTable

__all__ = ["Measure", "Population", "Quantity", "Reentry", "Skips", "Statistic", "UnitOfAnalysis"]


class UnitOfAnalysis(StrEnum):
    """What one row is."""

    APPLICATION = "application"
    PERSON = "person"
    """The application of each person that counts and began first; a share counts whom any of theirs counts for."""
    OPENING = "opening"
    JOB = "job"
    OFFER = "offer"
    """One version of an offer."""
    STAY = "stay"
    """One application in one stage."""


class Population(StrEnum):
    """Which rows are looked at."""

    ALL = "all"
    ACTIVE = "active"
    """Applications that have not ended."""
    CLOSED = "closed"
    """Applications that have ended, however they did."""
    HIRED = "hired"
    """Applications of who is hired and was not unhired."""
    ACCEPTED = "accepted"
    """Applications whose offer is accepted, and was not taken back since."""
    OPEN = "open"
    """Stays that last."""
    LATEST = "latest"
    """The latest version of each offer."""
    RESOLVED = "resolved"
    """Versions of offers that were accepted, declined, rescinded or reneged."""
    LATEST_RESOLVED = "latest_resolved"
    """The latest version of each offer, where it was accepted or declined."""


class Quantity(StrEnum):
    """What is taken of each row."""

    DAYS = "days"
    """The days from the start to the end; a row without both is not counted."""
    SHARE = "share"
    """1 where there is an end, else 0; a row without a start is not counted."""
    LONGER = "longer"
    """1 where there are more days from the start to the end than `longer_than`, else 0."""
    TRAVELLED = "travelled"
    """How much of its pipeline an application came through at most; 1 when hired."""
    ROWS = "rows"
    """1."""
    SEATS_LEFT = "seats_left"
    """Openings of a job that are not closed, less its hires."""


ENDING = frozenset({Quantity.DAYS, Quantity.LONGER, Quantity.ROWS})
"""Of these a row without an end does not count."""


class Statistic(StrEnum):
    """How the values of rows become one number."""

    MEAN = "mean"
    MEDIAN = "median"
    PERCENTILE = "percentile"
    """Between two values in proportion, as numpy and SQL's PERCENTILE_CONT have it."""
    TOTAL = "total"


class Reentry(StrEnum):
    """What becomes of several stays of one application in one stage."""

    EACH = "each"
    FIRST = "first"
    LAST = "last"
    TOGETHER = "together"
    """One row: from the start of the first, to the end of the last; days are added up, a share counts when any does."""


class Skips(StrEnum):
    """What becomes of a stage that an application jumped over: one before the furthest, in which it never was."""

    LEFT_OUT = "left_out"
    PASSED = "passed"
    """It counts as having been there, and as having gone on."""


OF_APPLICATIONS = frozenset({Population.ACTIVE, Population.CLOSED, Population.HIRED, Population.ACCEPTED})
OF_OFFERS = frozenset({Population.LATEST, Population.RESOLVED, Population.LATEST_RESOLVED})


class Measure(Value):
    """What is counted, and how; it reads and writes itself as JSON.

    >>> onsite = Anchor(milestone="stage_entered", stage="onsite")
    >>> measure = Measure(key="to-interview", name="Time to interview", end=onsite)
    >>> print(measure.describe())
    Mean: days of 24 hours, from: the person applied; to: the first time that stage 'onsite' was entered. Over all
    applications. A row belongs to a window when it ends in it.
    >>> Measure.model_validate_json(measure.model_dump_json()) == measure
    True

    Attributes:
        key, name: what it is called.
        after: whose rule it follows.
        unit: what one row is.
        population: which rows are looked at; of stays, by their applications.
        start, end: the anchors.
        quantity: what is taken of each row.
        statistic, percentile: how that becomes one number.
        within: the number is taken for each job, person, ... first, and then the mean of these.
        window: which rows belong to a window of time.
        calendar: how days are counted.
        leaves_out_holds: days on which the job was on hold do not count.
        leaves_out_gaps: days between an ending and its reopening do not count.
        leaves_out_evergreen: jobs that are always open do not count.
        reentry, skips: what becomes of several stays in one stage, and of none.
        categories: of stays, only those in stages that mean this.
        longer_than: days, for `Quantity.LONGER`.
        per_days: the number is per so many days of the window.
        decimals: to which the number is rounded.
    """

    key: Slug
    name: Text = Field(min_length=1)
    after: Text = ""
    unit: UnitOfAnalysis = UnitOfAnalysis.APPLICATION
    population: Population = Population.ALL
    start: Anchor = Anchor(milestone=Milestone.APPLIED)
    end: Anchor = Anchor(milestone=Milestone.HIRED)
    quantity: Quantity = Quantity.DAYS
    statistic: Statistic = Statistic.MEAN
    percentile: Annotated[float, Field(ge=0, le=100)] = 50.0
    within: By | None = None
    window: WindowRule = WindowRule.BY_END
    calendar: Calendar = Calendar()
    leaves_out_holds: bool = False
    leaves_out_gaps: bool = False
    leaves_out_evergreen: bool = False
    reentry: Reentry = Reentry.EACH
    skips: Skips = Skips.LEFT_OUT
    categories: tuple[StageCategory, ...] = ()
    longer_than: Annotated[float, Field(ge=0)] = 0.0
    per_days: Annotated[float, Field(gt=0)] | None = None
    decimals: Annotated[int, Field(ge=0, le=10)] | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if fault := next((why for is_wrong, why in self._faults() if is_wrong), None):
            raise ValueError(fault)
        return self

    def _faults(self) -> Iterable[tuple[bool, str]]:
        is_stay = self.unit is UnitOfAnalysis.STAY
        of_stays = OF_STAYS & {*self.start.milestones, *self.end.milestones}
        yield bool(of_stays) and not is_stay, f"only a stay has {', '.join(sorted(of_stays))}; set unit to stay"
        stays_only = self.reentry is not Reentry.EACH or self.skips is not Skips.LEFT_OUT or bool(self.categories)
        yield stays_only and not is_stay, "reentry, skips and categories are about stays; set unit to stay"
        by_application = self.unit in {UnitOfAnalysis.APPLICATION, UnitOfAnalysis.PERSON, UnitOfAnalysis.STAY}
        yield (
            self.population in OF_APPLICATIONS and not by_application,
            (f"population {self.population.value!r} is of applications, not of a unit {self.unit.value!r}"),
        )
        yield (
            self.population in OF_OFFERS and self.unit is not UnitOfAnalysis.OFFER,
            (f"population {self.population.value!r} is of offers, not of a unit {self.unit.value!r}"),
        )
        yield self.quantity is Quantity.SEATS_LEFT and self.unit is not UnitOfAnalysis.JOB, "seats left are of a job"
        yield (
            self.quantity is Quantity.TRAVELLED
            and self.unit not in {UnitOfAnalysis.APPLICATION, UnitOfAnalysis.PERSON},
            ("applications travel; set unit to application or person"),
        )
        skipped = self.skips is Skips.PASSED
        yield (
            skipped and (self.quantity is not Quantity.SHARE or self.reentry is not Reentry.TOGETHER),
            ("a skipped stage takes no time; skips count for a share of stays that count together"),
        )
        yield (
            self.window is WindowRule.CLIPPED and self.quantity not in {Quantity.DAYS, Quantity.ROWS},
            ("only days and rows can be clipped"),
        )
        yield (
            self.quantity is Quantity.ROWS and self.statistic is not Statistic.TOTAL,
            ("rows are counted; set statistic to total"),
        )
        yield self.population is Population.OPEN and not is_stay, "only stays last; set unit to stay"
        is_split = self.within in {By.STAGE, By.CATEGORY} and not is_stay
        yield is_split, f"only stays have a {self.within}"

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Show what differs from a plain measure."""
        return differing(self, super().__repr_args__())

    @property
    def asks_for_now(self) -> bool:
        """Whether it can only be taken for an instant."""
        return Milestone.NOW in {*self.start.milestones, *self.end.milestones}

    def over(self, table: StageTable, *, within: Window | None = None, at: datetime | None = None) -> Figure:
        """Take the measure.

        Args:
            table: what happened.
            within: only rows of this time, by the measure's window rule.
            at: what occurred later is left out, and what is open lasts until then.

        Raises:
            InputError: the measure counts what is open, and no instant is given; or a time has no zone.
            UnknownChoice: an anchor names a stage that no pipeline of the table has.

        """
        from crmcore.reports.pipeline._taking import figure_of

        return figure_of(self, table, within=within, at=at)

    def by(
        self, *groups: By | str, table: StageTable, within: Window | None = None, at: datetime | None = None
    ) -> Breakdown:
        """Take the measure for each group: each source, each stage of each job, and so on; the rest is as in `over`.

        Raises:
            UnknownChoice: there is no such group.
            InputError: a row is of several such groups, or as in `over`.

        """
        from crmcore.reports.pipeline._choosing import groups_of
        from crmcore.reports.pipeline._taking import breakdown_of

        return breakdown_of(self, table, groups=groups_of(groups, of="a measure"), within=within, at=at)

    def describe(self) -> str:
        """Return the rule in words."""
        from crmcore.reports.pipeline._describing import described

        return described(self)
