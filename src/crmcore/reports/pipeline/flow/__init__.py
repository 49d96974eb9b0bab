"""How does work flow through a pipeline? What is still under way counts as such.

Nouns: *durations* (how long stays or applications last, and how they end), a *curve* (a share by age, with intervals),
a *bottleneck* (a stage that takes longer than usual, and what each hire would be spared), a *forecast* (hires by a
day, and the day by which seats are filled), a *back-test* (what forecasts of the past came to).

Laws:

- What has not ended counts for as long as it has been seen: it is neither left out nor taken as ended.
- Ways to end compete: who is rejected will not be hired later, and is no missing value.
- A number has an interval, and a verdict a chance of being wrong that holds for all verdicts of one question together.
- Too little is said to be too little.
- Same table, same instant, same seed: same numbers.

>>> from crmcore.reports.pipeline.flow import time_in_stage
>>> from crmcore.testing.pipelines import simulate
>>> made = simulate(jobs=5, days=120, seed=3)
>>> screen = time_in_stage(made.table, at=made.ends)["screen"]
>>> print(screen.passage("advanced").mean, "days until it goes on; true:", made.mean_days("screen"))
6.1 (5.1 to 7.2) days until it goes on; true: 6.0
"""

from __future__ import annotations

from crmcore.reports.pipeline.flow.backtest import Backtest, ChanceBin, Coverage, backtest
from crmcore.reports.pipeline.flow.bottlenecks import AGAINST, Bottleneck, Bottlenecks, bottlenecks
from crmcore.reports.pipeline.flow.curves import IncidenceCurve, IntervalEstimate
from crmcore.reports.pipeline.flow.forecast import Fill, Forecast, Spread, forecast
from crmcore.reports.pipeline.flow.steady import Steadiness, steadiness
from crmcore.reports.pipeline.flow.times import Durations, Naive, Passage, time_in_stage, time_to_hire

__all__ = [
    "AGAINST",
    "Backtest",
    "Bottleneck",
    "Bottlenecks",
    "ChanceBin",
    "Coverage",
    "Durations",
    "Fill",
    "Forecast",
    "IncidenceCurve",
    "IntervalEstimate",
    "Naive",
    "Passage",
    "Spread",
    "Steadiness",
    "backtest",
    "bottlenecks",
    "forecast",
    "steadiness",
    "time_in_stage",
    "time_to_hire",
]
