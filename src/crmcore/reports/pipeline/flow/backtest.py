"""Were the forecasts of the past right? Each is made again with what was known then, and held against what came.

Forecasts are calibrated where what came lies within their 80 % intervals in 80 % of cases, and where of the
applications with a chance of 30 % three in ten were hired. A count is a whole number, so that its intervals cover more
than they say; `Backtest.coverage` therefore tells beside the plain share the one that is exact for whole numbers: where
the count lies on the edge of an interval it counts in part (Czado, Gneiting and Held 2009).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.reports.pipeline.flow.curves import IntervalEstimate, normal_quantile
from crmcore.reports.pipeline.flow.forecast import MOST_DAYS, forecast, weights_of
from crmcore.reports.pipeline.flow.stays import DAY, Stays, ticks_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from numpy.typing import NDArray

    from crmcore.reports.pipeline.flow.forecast import Forecast
    from crmcore.reports.pipeline.table import StageTable

    Floats = NDArray[np.float64]

__all__ = ["Backtest", "ChanceBin", "Coverage", "backtest", "wilson"]

MOST_FORECASTS = 10_000


def wilson(hits: float, of: int, *, level: float = 0.95) -> IntervalEstimate:
    """Return a share and its interval by Wilson's score.

    >>> found = wilson(8, 10)
    >>> round(found.low, 2), found.value, round(found.high, 2)
    (0.49, 0.8, 0.94)
    """
    if not of:
        return IntervalEstimate(value=None, low=None, high=None)
    z, share = normal_quantile(level), hits / of
    middle, reach = share + z**2 / (2 * of), z * (share * (1 - share) / of + z**2 / (4 * of**2)) ** 0.5
    return IntervalEstimate(
        value=share, low=(middle - reach) / (1 + z**2 / of), high=(middle + reach) / (1 + z**2 / of)
    )


@attrs.frozen(kw_only=True)
class Coverage:
    """How often what came lay within the intervals of a level.

    Attributes:
        level: what the intervals promise, at least.
        plain: the share of forecasts in whose interval the count lay.
        exact: the same, counting in part what lies on an edge; with Wilson's interval, which holds the level where
            forecasts are calibrated and do not lean on one another.

    """

    level: float
    plain: float
    exact: IntervalEstimate


@attrs.frozen(kw_only=True)
class ChanceBin:
    """Applications whose chances were alike.

    Attributes:
        count: how many.
        foretold, came: the mean of their chances, and the share that was hired.

    """

    count: int
    foretold: float
    came: float


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Backtest:
    """Forecasts of the past and what came, n forecasts of m applications in all.

    Attributes:
        at: n instants at which forecasts were made.
        days: how far each looked ahead.
        expected, came: n; hires.
        below, upto: n; how likely less than what came was foretold to be, and how likely so much or less.
        chances, hired: m; of each application under way, its chance, and whether it was hired in time.
        weighted: m; the share that is usually shown in place of a chance, see `Forecast`.

    """

    at: tuple[datetime, ...]
    days: float
    expected: Floats
    came: NDArray[np.int64]
    below: Floats
    upto: Floats
    chances: Floats
    hired: NDArray[np.bool_]
    weighted: Floats

    def __len__(self) -> int:
        return len(self.at)

    def __repr__(self) -> str:
        within = "; ".join(f"{part.level:.0%}: {part.exact.value:.0%}" for part in self.coverages())
        return f"<Backtest: {len(self):,} forecasts of {self.days:g} days; intervals of {within}; ECE {self.ece:.3f}>"

    @classmethod
    def joined(cls, parts: Iterable[Backtest]) -> Backtest:
        """Return back-tests of several tables as one; raise InputError without any, or for unlike spans."""
        listed = list(parts)
        if len({part.days for part in listed}) != 1:
            raise InputError("back-tests are joined where there is one at least and all look equally far ahead")
        columns = ("expected", "came", "below", "upto", "chances", "hired", "weighted")
        return cls(
            at=tuple(at for part in listed for at in part.at),
            days=listed[0].days,
            **{name: np.concatenate([getattr(part, name) for part in listed]) for name in columns},
        )

    def coverage(self, level: float) -> Coverage:
        """Return how often what came lay within the intervals of a level."""
        if not 0 < level < 1:
            raise InputError(f"the level of an interval lies between 0 and 1, both excluded; {level} does not")
        low, high = (1 - level) / 2, (1 + level) / 2
        plain = (self.upto >= low - 1e-9) & (self.below < high - 1e-9)
        width = np.maximum(self.upto - self.below, 1e-12)
        part = np.clip(np.minimum(self.upto, high) - np.maximum(self.below, low), 0.0, None) / width
        return Coverage(level=level, plain=float(plain.mean()), exact=wilson(float(part.sum()), len(self)))

    def coverages(self) -> tuple[Coverage, ...]:
        """Return those of 50, 80 and 95 %."""
        return tuple(self.coverage(level) for level in (0.5, 0.8, 0.95))

    def pit(self, bins: int = 10) -> Floats:
        """Return the probability integral transform as shares by bins: all alike where forecasts are calibrated.

        A hump in the middle tells of intervals that are too wide, a dip of such as are too narrow, a slope of
        forecasts that are too low or too high.
        """
        edges = np.arange(bins + 1) / bins
        width = np.maximum(self.upto - self.below, 1e-12)
        reached = np.clip((edges - self.below[:, None]) / width[:, None], 0.0, 1.0)
        shares: Floats = np.diff(reached, axis=1).mean(axis=0)
        return shares

    @property
    def bias(self) -> IntervalEstimate:
        """Hires that came for each that was expected, as a ratio; 1 where forecasts are right in the mean."""
        expected, came = float(self.expected.sum()), float(self.came.sum())
        if not expected:
            return IntervalEstimate(value=None, low=None, high=None)
        ratio = came / expected
        residuals = self.came - ratio * self.expected
        reach = normal_quantile(0.95) * float((residuals**2).sum()) ** 0.5 / expected
        return IntervalEstimate(value=ratio, low=ratio - reach, high=ratio + reach)

    @property
    def brier(self) -> float:
        """The mean square of what the chances were off; 0 is perfect."""
        return float(((self.chances - self.hired) ** 2).mean()) if len(self.hired) else 0.0

    @property
    def brier_weighted(self) -> float:
        """The same of what is usually shown, the share of the stage without regard to age and date."""
        return float(((self.weighted - self.hired) ** 2).mean()) if len(self.hired) else 0.0

    def reliability(self, bins: int = 10) -> tuple[ChanceBin, ...]:
        """Return what was foretold and what came of applications whose chances were alike, as many in each bin."""
        order = np.argsort(self.chances, kind="stable")
        parts = [part for part in np.array_split(order, bins) if len(part)]
        return tuple(
            ChanceBin(count=len(part), foretold=float(self.chances[part].mean()), came=float(self.hired[part].mean()))
            for part in parts
        )

    @property
    def ece(self) -> float:
        """The expected calibration error: by how much what came differs from what was foretold, over ten bins."""
        parts = self.reliability()
        total = sum(part.count for part in parts)
        return sum(part.count * abs(part.foretold - part.came) for part in parts) / total if total else 0.0

    def describe(self) -> str:
        """Say in words what the numbers are."""
        lines = [f"{len(self):,} forecasts of {self.days:g} days; {int(self.came.sum()):,} hires came"]
        lines[0] += f", {self.expected.sum():,.1f} were expected"
        for part in self.coverages():
            share = part.exact
            lines.append(
                f"within intervals of {part.level:.0%}: {share.value:.1%} ({share.low:.1%} to {share.high:.1%}); "
                f"edges counted in full: {part.plain:.1%}"
            )
        lines.append(
            f"of {len(self.hired):,} chances: Brier {self.brier:.4f}, by stage alone {self.brier_weighted:.4f}"
        )
        lines[-1] += f"; ECE {self.ece:.4f}"
        return "\n".join(lines)


def backtest(
    table: StageTable,
    *,
    begins: datetime,
    at: datetime,
    days: float = 28.0,
    every: float | None = None,
    learn_days: float | None = None,
    seed: int = 0,
) -> Backtest:
    """Make forecasts of the past again, and hold them against what came.

    Args:
        table: the stays.
        begins: the first instant to forecast from; some stays must have ended by then.
        at: until when it is known what came.
        days: how far each forecast looks ahead.
        every: days from one forecast to the next; by default *days*, so that no hire is foretold twice.
        learn_days: how many days back each forecast learns; by default from all.
        seed: of the draws.

    Raises:
        InputError: an instant has no zone, there is no room for a forecast between them, or nothing had ended by then.

    >>> from crmcore.testing.pipelines import simulate
    >>> made = simulate(jobs=5, days=200, seed=2)
    >>> backtest(made.table, begins=made.day(100), at=made.ends)
    <Backtest: 3 forecasts of 28 days; intervals of 50%: ...; 80%: ...; 95%: ...; ECE ...>
    """
    first, last = ticks_of(begins, name="begins"), ticks_of(at, name="at")
    stride = days if every is None else every
    if not (0 < days <= MOST_DAYS and stride > 0 and (learn_days is None or 0 < learn_days <= 10 * MOST_DAYS)):
        raise InputError("days, every and learn_days are above 0, and days at most ten years")
    room = (last - first) / DAY - days
    if room < 0:
        raise InputError(f"there is no room for a forecast of {days:g} days between begins and at")
    number = int(room // stride) + 1
    if number > MOST_FORECASTS:
        raise InputError(f"these are {number:,} forecasts; ask for at most {MOST_FORECASTS:,}")
    stays = Stays.of(table, at=at)
    parts = []
    for turn in range(number):
        then = begins + timedelta(days=turn * stride)
        since = None if learn_days is None else then - timedelta(days=learn_days)
        made = forecast(table, at=then, by=then + timedelta(days=days), learn_since=since, seed=seed + turn)
        parts.append(_held(made, stays, days=days))
    return Backtest.joined(parts)


def _held(made: Forecast, stays: Stays, *, days: float) -> Backtest:
    """Hold a forecast against what came."""
    then, until = ticks_of(made.at, name="at"), ticks_of(made.by, name="by")
    hires = stays.application[(stays.exit == 2) & (stays.left > then) & (stays.left <= until)]
    known = stays.cut(then)
    under_way = known.lasts
    came = len(hires)
    draws = made.hires.draws
    return Backtest(
        at=(made.at,),
        days=days,
        expected=np.array([made.hires.mean]),
        came=np.array([came]),
        below=np.array([np.searchsorted(draws, came, side="left") / len(draws)]),
        upto=np.array([np.searchsorted(draws, came, side="right") / len(draws)]),
        chances=made.chances,
        hired=np.isin(known.application[under_way], hires),
        weighted=weights_of(known)[known.stage[under_way]],
    )
