"""What ages, what moves, and what is left to do."""

from __future__ import annotations

from crmcore.model.pipeline import StageCategory
from crmcore.reports.pipeline.anchors import Anchor, Milestone, Which
from crmcore.reports.pipeline.measure import Measure, Population, Quantity, Statistic, UnitOfAnalysis
from crmcore.reports.pipeline.presets._anchors import ENTERED, HIRED_STILL, LEFT, LEFT_OR_NOW, NOW, OPENED
from crmcore.reports.pipeline.windows import By, WindowRule

__all__ = [
    "AGEING",
    "CYCLE_TIME",
    "HIRES",
    "OPENINGS_LEFT_TALEO",
    "QUALIFIED_PER_POSITION_ISO",
    "STALE_LEVER",
    "THROUGHPUT",
    "VELOCITY",
    "WORK_IN_PROGRESS",
]

STALE_LEVER = Measure(
    key="stale-lever",
    name="Stale",
    after="Lever: active ones to which nothing has happened for more than 90 days",
    population=Population.ACTIVE,
    start=Anchor(milestone=Milestone.STEPPED, which=Which.LAST),
    end=NOW,
    quantity=Quantity.LONGER,
    longer_than=90,
    window=WindowRule.BY_START,
)
AGEING = Measure(
    key="ageing",
    name="Ageing",
    after="crmcore: how long those who are in a stage have been there",
    unit=UnitOfAnalysis.STAY,
    population=Population.OPEN,
    start=ENTERED,
    end=NOW,
    window=WindowRule.BY_START,
)
HIRES = Measure(
    key="hires",
    name="Hires",
    after="crmcore: hires that were not undone",
    end=HIRED_STILL,
    quantity=Quantity.ROWS,
    statistic=Statistic.TOTAL,
)
VELOCITY = HIRES.evolve(
    key="velocity", name="Velocity", after="crmcore: hires that were not undone, per 30 days", per_days=30
)
CYCLE_TIME = Measure(
    key="cycle-time",
    name="Cycle time",
    after="crmcore: application to its end, however it ended",
    population=Population.CLOSED,
    end=Anchor(milestone=Milestone.ENDED, which=Which.LAST),
    statistic=Statistic.MEDIAN,
)
THROUGHPUT = Measure(
    key="throughput",
    name="Throughput",
    after="crmcore: stays that ended, per 7 days",
    unit=UnitOfAnalysis.STAY,
    start=ENTERED,
    end=LEFT,
    quantity=Quantity.ROWS,
    statistic=Statistic.TOTAL,
    per_days=7,
)
WORK_IN_PROGRESS = Measure(
    key="work-in-progress",
    name="Work in progress",
    after="crmcore: how many are in stages in the mean of the window; by Little's law throughput times time in stage",
    unit=UnitOfAnalysis.STAY,
    start=ENTERED,
    end=LEFT_OR_NOW,
    statistic=Statistic.TOTAL,
    window=WindowRule.CLIPPED,
    per_days=1,
)
OPENINGS_LEFT_TALEO = Measure(
    key="openings-left-taleo",
    name="Openings left",
    after="Taleo: openings less candidates in a hired status",
    unit=UnitOfAnalysis.JOB,
    start=OPENED,
    end=NOW,
    quantity=Quantity.SEATS_LEFT,
    statistic=Statistic.TOTAL,
    window=WindowRule.BY_START,
    leaves_out_evergreen=True,
)
QUALIFIED_PER_POSITION_ISO = Measure(
    key="qualified-per-position-iso",
    name="Qualified candidates per position",
    after="ISO 30414: mean per job of the candidates past screening, which is those who reached an interview",
    end=Anchor(milestone=Milestone.STAGE_ENTERED, category=StageCategory.INTERVIEW),
    quantity=Quantity.SHARE,
    statistic=Statistic.TOTAL,
    within=By.JOB,
    window=WindowRule.BY_START,
)
