"""What ages, what moves, and what is left to do."""

from __future__ import annotations

from crmcore.model.pipeline import StageCategory
from crmcore.reports.pipeline.anchors import Anchor, Moment, Which
from crmcore.reports.pipeline.measure import Aggregate, Measure, Population, Quantity, Unit
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
    start=Anchor(moment=Moment.STEPPED, which=Which.LAST),
    end=NOW,
    quantity=Quantity.LONGER,
    longer_than=90,
    window=WindowRule.BY_START,
)
AGEING = Measure(
    key="ageing",
    name="Ageing",
    after="crmcore: how long those who are in a stage have been there",
    unit=Unit.STAY,
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
    aggregate=Aggregate.TOTAL,
)
VELOCITY = HIRES.evolve(
    key="velocity", name="Velocity", after="crmcore: hires that were not undone, per 30 days", per_days=30
)
CYCLE_TIME = Measure(
    key="cycle-time",
    name="Cycle time",
    after="crmcore: application to its end, however it ended",
    population=Population.CLOSED,
    end=Anchor(moment=Moment.ENDED, which=Which.LAST),
    aggregate=Aggregate.MEDIAN,
)
THROUGHPUT = Measure(
    key="throughput",
    name="Throughput",
    after="crmcore: stays that ended, per 7 days",
    unit=Unit.STAY,
    start=ENTERED,
    end=LEFT,
    quantity=Quantity.ROWS,
    aggregate=Aggregate.TOTAL,
    per_days=7,
)
WORK_IN_PROGRESS = Measure(
    key="work-in-progress",
    name="Work in progress",
    after="crmcore: how many are in stages in the mean of the window; by Little's law throughput times time in stage",
    unit=Unit.STAY,
    start=ENTERED,
    end=LEFT_OR_NOW,
    aggregate=Aggregate.TOTAL,
    window=WindowRule.CLIPPED,
    per_days=1,
)
OPENINGS_LEFT_TALEO = Measure(
    key="openings-left-taleo",
    name="Openings left",
    after="Taleo: openings less candidates in a hired status",
    unit=Unit.JOB,
    start=OPENED,
    end=NOW,
    quantity=Quantity.SEATS_LEFT,
    aggregate=Aggregate.TOTAL,
    window=WindowRule.BY_START,
    leaves_out_evergreen=True,
)
QUALIFIED_PER_POSITION_ISO = Measure(
    key="qualified-per-position-iso",
    name="Qualified candidates per position",
    after="ISO 30414: mean per job of the candidates past screening, which is those who reached an interview",
    end=Anchor(moment=Moment.STAGE_ENTERED, category=StageCategory.INTERVIEW),
    quantity=Quantity.SHARE,
    aggregate=Aggregate.TOTAL,
    within=By.JOB,
    window=WindowRule.BY_START,
)
