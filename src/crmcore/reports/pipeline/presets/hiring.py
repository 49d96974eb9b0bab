"""How long hires, offers and first days take."""

from __future__ import annotations

from crmcore.reports.pipeline.anchors import Anchor, Milestone, Which
from crmcore.reports.pipeline.calendars import Calendar
from crmcore.reports.pipeline.measure import Measure, Population, UnitOfAnalysis
from crmcore.reports.pipeline.presets._anchors import ACCEPTED, APPLIED, HIRED, OPENED
from crmcore.reports.pipeline.windows import WindowRule

__all__ = [
    "DAYS_TO_OFFER_GREENHOUSE",
    "TIME_TO_ACCEPT",
    "TIME_TO_HIRE_HEDGEHOG",
    "TIME_TO_HIRE_HEDGEHOG_CLIPPED",
    "TIME_TO_HIRE_OPM",
    "TIME_TO_HIRE_WORKABLE",
    "TIME_TO_START",
]

TIME_TO_HIRE_WORKABLE = Measure(
    key="time-to-hire-workable",
    name="Time to hire",
    after="Workable: first in touch with the person to hired",
    population=Population.HIRED,
    start=Anchor(milestone=Milestone.TOUCHED, by=Milestone.APPLIED, otherwise=APPLIED),
    end=HIRED,
)
TIME_TO_HIRE_HEDGEHOG = Measure(
    key="time-to-hire-hedgehog",
    name="Time to hire",
    after="Hedgehog: application to hire, without time on hold or rejected",
    population=Population.HIRED,
    end=HIRED,
    leaves_out_holds=True,
    leaves_out_gaps=True,
)
TIME_TO_HIRE_HEDGEHOG_CLIPPED = TIME_TO_HIRE_HEDGEHOG.evolve(
    key="time-to-hire-hedgehog-clipped",
    after="Hedgehog: application to hire as far as it lies in the window, without time on hold or rejected",
    window=WindowRule.CLIPPED,
)
TIME_TO_HIRE_OPM = Measure(
    key="time-to-hire-opm",
    name="Time to hire",
    after="OPM and Wikipedia: application to offer accepted",
    population=Population.ACCEPTED,
    end=ACCEPTED,
)
DAYS_TO_OFFER_GREENHOUSE = Measure(
    key="days-to-offer-greenhouse",
    name="Days to offer",
    after="Greenhouse: application to the offer accepted or declined",
    end=Anchor(milestone=Milestone.OFFER_ANSWERED, which=Which.LAST),
)
TIME_TO_ACCEPT = Measure(
    key="time-to-accept",
    name="Time to accept",
    after="crmcore: each version of an offer, from sent to accepted",
    unit=UnitOfAnalysis.OFFER,
    start=Anchor(milestone=Milestone.OFFER_SENT),
    end=Anchor(milestone=Milestone.OFFER_ACCEPTED),
)
TIME_TO_START = Measure(
    key="time-to-start",
    name="Time to start",
    after="crmcore: job opened to the first day of work, in dates",
    population=Population.HIRED,
    start=OPENED,
    end=Anchor(milestone=Milestone.STARTED),
    calendar=Calendar.dates(),
)
