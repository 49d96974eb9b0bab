"""How long a job, or a seat of it, takes to be filled."""

from __future__ import annotations

from crmcore.errors import UnknownChoice
from crmcore.reports.pipeline.anchors import Anchor, Milestone, Which
from crmcore.reports.pipeline.calendars import Calendar
from crmcore.reports.pipeline.measure import Measure, Population, Statistic, UnitOfAnalysis
from crmcore.reports.pipeline.presets._anchors import ACCEPTED, APPLIED, HIRED, HIRED_FIRST, OPENED, POSTED
from crmcore.reports.pipeline.windows import By

__all__ = [
    "TIME_TO_FILL",
    "TIME_TO_FILL_FRAPPE",
    "TIME_TO_FILL_GREENHOUSE",
    "TIME_TO_FILL_PEOPLEFORCE",
    "TIME_TO_FILL_PINPOINT",
    "TIME_TO_FILL_TALEO",
    "TIME_TO_FILL_WORKABLE",
    "time_to_fill_lever",
]

TIME_TO_FILL = Measure(
    key="time-to-fill",
    name="Time to fill",
    after="crmcore: each seat by itself",
    unit=UnitOfAnalysis.OPENING,
    start=Anchor(milestone=Milestone.OPENING_OPENED),
    end=Anchor(milestone=Milestone.OPENING_FILLED, which=Which.LAST, stands=True),
    statistic=Statistic.MEDIAN,
    leaves_out_evergreen=True,
)
TIME_TO_FILL_GREENHOUSE = Measure(
    key="time-to-fill-greenhouse",
    name="Time to fill",
    after="Greenhouse: job posted to offer accepted, calendar days",
    population=Population.ACCEPTED,
    start=POSTED,
    end=ACCEPTED,
    calendar=Calendar.dates(),
)
TIME_TO_FILL_WORKABLE = Measure(
    key="time-to-fill-workable",
    name="Time to fill",
    after="Workable: most recent activation before the candidate came to most recent hire, without time on hold",
    population=Population.HIRED,
    start=Anchor(milestone=Milestone.JOB_ACTIVATED, which=Which.LAST, by=Milestone.APPLIED, otherwise=OPENED),
    end=HIRED,
    leaves_out_holds=True,
)
TIME_TO_FILL_PINPOINT = Measure(
    key="time-to-fill-pinpoint",
    name="Time to fill",
    after="Pinpoint: first opened to first hire; several seats of a job are averaged; one decimal",
    population=Population.HIRED,
    start=OPENED,
    end=HIRED_FIRST,
    within=By.JOB,
    decimals=1,
)
TIME_TO_FILL_PEOPLEFORCE = Measure(
    key="time-to-fill-peopleforce",
    name="Time to fill",
    after="PeopleForce: vacancy opened to hire",
    population=Population.HIRED,
    start=OPENED,
    end=HIRED,
)
TIME_TO_FILL_FRAPPE = Measure(
    key="time-to-fill-frappe",
    name="Time to fill",
    after="Frappe HR: the requisition's day to the day on which it was filled, and still is",
    unit=UnitOfAnalysis.JOB,
    start=OPENED,
    end=Anchor(milestone=Milestone.JOB_FILLED, which=Which.LAST, stands=True),
    calendar=Calendar.dates(),
)
TIME_TO_FILL_TALEO = Measure(
    key="time-to-fill-taleo",
    name="Time to fill",
    after="Taleo: first sourced after the latest approval to the last seat accepted",
    unit=UnitOfAnalysis.JOB,
    start=Anchor(milestone=Milestone.JOB_POSTED, since=Milestone.JOB_APPROVED),
    end=ACCEPTED,
)

LEVER_STARTS = {"applied": APPLIED, "posted": POSTED, "added": Anchor(milestone=Milestone.ADDED)}
LEVER_ENDS = {"accepted": ACCEPTED, "hired": HIRED}


def time_to_fill_lever(*, start: str = "applied", end: str = "accepted") -> Measure:
    """Return time to fill by two of Lever's choices; instants that a job itself says are taken before them.

    Args:
        start: applied (the opportunity was created), posted, or added (the contact was created).
        end: accepted, or hired.

    Raises:
        UnknownChoice: another word.

    """
    for word, words, field in ((start, LEVER_STARTS, "start"), (end, LEVER_ENDS, "end")):
        if word not in words:
            raise UnknownChoice(str(word), words, field=field, of="Lever's time to fill")
    begin, over = LEVER_STARTS[start], LEVER_ENDS[end]
    return Measure(
        key=f"time-to-fill-lever-{start}-{end}",
        name="Time to fill",
        after=f"Lever: {start} to {end}, unless the job says when its fill began and ended",
        population=Population.ACCEPTED if end == "accepted" else Population.HIRED,
        start=Anchor(milestone=Milestone.FILL_BEGAN, otherwise=begin),
        end=Anchor(milestone=Milestone.FILL_ENDED, otherwise=over),
    )
