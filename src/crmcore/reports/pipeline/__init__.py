"""What did the pipelines come to? Event tables in, measures out, each with its definition.

Nouns: a *stage table* (what happened, as columns), a *stay* (one application in one stage for a while), an *anchor* (an
event from which or to which something is measured), a *measure* (a rule as data), a *preset* (a measure as a vendor or
a standard counts it), a *figure* (a number with its rule, and the rows behind it).

Laws:

- No number without its rule: `describe` says it in words, `explain` lists the rows, whose values give the number back.
- What two vendors call by one name are two presets; what one leaves open is an attribute of the measure.
- What was known at an instant (`as_known`) and what had occurred by one (`as_of`) are two different cuts.
- As of an instant, what occurred at that very instant has occurred: here, in funnels, costs and in `flow` alike.
- Windows take in their beginning and not their end, so that what happens where two meet is in the second alone. Who is
  there when one begins or ends was there before what happens at that instant.

>>> from datetime import UTC, datetime
>>> from crmcore.model import Occasion
>>> from crmcore.model.hiring import Application
>>> from crmcore.model.pipeline import Pipeline, Stage
>>> from crmcore.reports.pipeline import presets
>>> def on(day):
...     return Occasion(event_id=f"e-{day}", at=datetime(2026, 3, day, tzinfo=UTC), actor="eva")
>>> stages = [Stage(key=key, label=key.title(), category="interview") for key in ("applied", "screen")]
>>> pipeline = Pipeline(id="p-1", name="Engineering", stages=stages)
>>> application, _ = Application.begin(id="a-1", contact="c-1", job="j-1", within=pipeline, on=on(1))
>>> application, _ = application.move("screen", within=pipeline, on=on(4))
>>> table = StageTable.of([application], pipelines=[pipeline])
>>> figure = presets.TIME_IN_STAGE.over(table, at=datetime(2026, 3, 9, tzinfo=UTC))
>>> figure.value, figure.explain().to_columns()
(4.0, {'stay': ['a-1', 'a-1'], 'stage': ['applied', 'screen'], 'value': [3.0, 5.0]})
"""

from __future__ import annotations

from crmcore.reports.pipeline.anchors import Anchor, Milestone, Which
from crmcore.reports.pipeline.calendars import Calendar, DayCount
from crmcore.reports.pipeline.costs import Cost, CostFactor, CostFigure, CostRule
from crmcore.reports.pipeline.figures import Breakdown, DrillDown, Figure
from crmcore.reports.pipeline.funnel import Funnel, FunnelMode, FunnelStage, funnel
from crmcore.reports.pipeline.marks import Mark, MarkKind
from crmcore.reports.pipeline.measure import Measure, Population, Quantity, Reentry, Skips, Statistic, UnitOfAnalysis
from crmcore.reports.pipeline.subjects import Applications, Jobs, Offers, Openings
from crmcore.reports.pipeline.table import StageTable
from crmcore.reports.pipeline.windows import By, Window, WindowRule

__all__ = [
    "Anchor",
    "Applications",
    "Breakdown",
    "By",
    "Calendar",
    "Cost",
    "CostFactor",
    "CostFigure",
    "CostRule",
    "DayCount",
    "DrillDown",
    "Figure",
    "Funnel",
    "FunnelMode",
    "FunnelStage",
    "Jobs",
    "Mark",
    "MarkKind",
    "Measure",
    "Milestone",
    "Offers",
    "Openings",
    "Population",
    "Quantity",
    "Reentry",
    "Skips",
    "StageTable",
    "Statistic",
    "UnitOfAnalysis",
    "Which",
    "Window",
    "WindowRule",
    "funnel",
]
