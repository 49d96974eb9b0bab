"""How long stages take, and how many go on from them."""

from __future__ import annotations

from crmcore.reports.pipeline.anchors import Anchor, Milestone
from crmcore.reports.pipeline.calendars import Calendar
from crmcore.reports.pipeline.measure import Measure, Population, Quantity, Reentry, Skips, Statistic, UnitOfAnalysis
from crmcore.reports.pipeline.presets._anchors import APPLIED, ENTERED, LEFT, LEFT_OR_NOW
from crmcore.reports.pipeline.windows import WindowRule

__all__ = [
    "CONVERSION",
    "DROP_OFF",
    "EXITED_GREENHOUSE",
    "PASS_RATE_GREENHOUSE",
    "PASS_RATE_GREENHOUSE_SKIPS",
    "PASS_THROUGH_ASHBY",
    "REACHED_GREENHOUSE",
    "STAGE_COUNT_SMARTRECRUITERS",
    "TIME_IN_STAGE",
    "TIME_IN_STAGE_ASHBY",
    "TIME_IN_STAGE_CROSSCHQ",
    "TIME_IN_STAGE_GEM",
]

TIME_IN_STAGE = Measure(
    key="time-in-stage",
    name="Time in stage",
    after=(
        "crmcore: all who entered; what lasts counts until now, which is less than it will take; "
        "flow.time_in_stage estimates that"
    ),
    unit=UnitOfAnalysis.STAY,
    start=ENTERED,
    end=LEFT_OR_NOW,
    reentry=Reentry.TOGETHER,
    window=WindowRule.BY_START,
)
TIME_IN_STAGE_GEM = Measure(
    key="time-in-stage-gem",
    name="Time in stage",
    after="Gem: only stays that ended with a step forward, or the hire",
    unit=UnitOfAnalysis.STAY,
    start=ENTERED,
    end=Anchor(milestone=Milestone.EXITED_FORWARD),
)
TIME_IN_STAGE_CROSSCHQ = Measure(
    key="time-in-stage-crosschq",
    name="Time in stage",
    after=(
        "Crosschq: only those who left, in business days; take it by stage, or by category where pipelines have other "
        "names for the same stage"
    ),
    unit=UnitOfAnalysis.STAY,
    start=ENTERED,
    end=LEFT,
    calendar=Calendar.business(),
)
TIME_IN_STAGE_ASHBY = Measure(
    key="time-in-stage-ashby",
    name="Time in stage",
    after="Ashby: median of completed stays; medians of stages do not add up",
    unit=UnitOfAnalysis.STAY,
    start=ENTERED,
    end=LEFT,
    statistic=Statistic.MEDIAN,
)

PASS_RATE_GREENHOUSE = Measure(
    key="pass-rate-greenhouse",
    name="Pass rate",
    after="Greenhouse: of those in a stage, who was in any other stage later, even an earlier one, or hired",
    unit=UnitOfAnalysis.STAY,
    start=ENTERED,
    end=Anchor(milestone=Milestone.MOVED_ON),
    quantity=Quantity.SHARE,
    reentry=Reentry.TOGETHER,
    window=WindowRule.BY_START,
)
PASS_RATE_GREENHOUSE_SKIPS = PASS_RATE_GREENHOUSE.evolve(
    key="pass-rate-greenhouse-skips",
    after="Greenhouse, as one of its tables has it: a stage that was jumped over counts as passed",
    skips=Skips.PASSED,
)
CONVERSION = Measure(
    key="conversion",
    name="Conversion",
    after="crmcore: of those in a stage, who was in a later one afterwards, or hired",
    unit=UnitOfAnalysis.STAY,
    start=ENTERED,
    end=Anchor(milestone=Milestone.ADVANCED),
    quantity=Quantity.SHARE,
    reentry=Reentry.TOGETHER,
    window=WindowRule.BY_START,
)
PASS_THROUGH_ASHBY = CONVERSION.evolve(
    key="pass-through-ashby",
    name="Pass-through rate",
    after="Ashby: as conversion, but only of applications that have ended",
    population=Population.CLOSED,
)
DROP_OFF = Measure(
    key="drop-off",
    name="Drop-off",
    after="crmcore: of those in a stage, who was rejected or withdrew in the last stay there",
    unit=UnitOfAnalysis.STAY,
    start=ENTERED,
    end=Anchor(milestone=Milestone.DROPPED_OUT),
    quantity=Quantity.SHARE,
    reentry=Reentry.LAST,
    window=WindowRule.BY_START,
)
REACHED_GREENHOUSE = Measure(
    key="reached-greenhouse",
    name="Reached the stage",
    after="Greenhouse: of those who applied in the window, who was ever in the stage",
    unit=UnitOfAnalysis.STAY,
    start=APPLIED,
    end=ENTERED,
    quantity=Quantity.ROWS,
    statistic=Statistic.TOTAL,
    reentry=Reentry.FIRST,
    window=WindowRule.BY_START,
)
EXITED_GREENHOUSE = Measure(
    key="exited-greenhouse",
    name="Exited the stage",
    after="Greenhouse: left for another stage or hired in the window; rejections do not count",
    unit=UnitOfAnalysis.STAY,
    start=ENTERED,
    end=Anchor(milestone=Milestone.EXITED),
    quantity=Quantity.ROWS,
    statistic=Statistic.TOTAL,
)
STAGE_COUNT_SMARTRECRUITERS = Measure(
    key="stage-count-smartrecruiters",
    name="In the stage",
    after=(
        "SmartRecruiters: entered in the window, or there already when it began; "
        "of New, it counts only who entered: set window to by_start for it, and take hires for Hired"
    ),
    unit=UnitOfAnalysis.STAY,
    start=ENTERED,
    end=LEFT_OR_NOW,
    quantity=Quantity.ROWS,
    statistic=Statistic.TOTAL,
    reentry=Reentry.TOGETHER,
    window=WindowRule.CLIPPED,
)
