"""Shares by age, with intervals: how many have left by each age, or have ended in one way, and when a share has."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["IncidenceCurve", "IntervalEstimate", "curve_of", "normal_quantile"]


def normal_quantile(level: float) -> float:
    """Return how many standard errors a two-sided interval of a level reaches; raise InputError for no level.

    >>> round(normal_quantile(0.95), 3)
    1.96
    """
    if not 0 < level < 1:
        raise InputError(f"a level of confidence lies between 0 and 1, both excluded; {level} does not")
    return NormalDist().inv_cdf((1 + level) / 2)


@attrs.frozen(kw_only=True)
class IntervalEstimate:
    """A number and its interval; None where what has been seen does not tell.

    >>> print(IntervalEstimate(value=12.25, low=9.0, high=None))
    12.2 (9.0 to ?)
    """

    value: float | None
    low: float | None
    high: float | None

    def __str__(self) -> str:
        shown = ["?" if part is None else _shown(part) for part in (self.value, self.low, self.high)]
        return f"{shown[0]} ({shown[1]} to {shown[2]})"


@attrs.frozen(kw_only=True, eq=False, repr=False)
class IncidenceCurve:
    """A share that rises with age, by steps, with an interval for each age.

    Attributes:
        days: m ages in days at which it rises.
        shares: m; the share from that age on.
        low, high: m; the interval at each age, by itself.
        followed: the longest that anything was seen, in days; nothing is said of what comes after.
        level: of the intervals.

    """

    days: Floats
    shares: Floats
    low: Floats
    high: Floats
    followed: float
    level: float

    def __repr__(self) -> str:
        reached = f"{self.shares[-1]:.1%}" if len(self.shares) else "nothing"
        return f"<Curve: {reached} by day {self.followed:,.1f}, {len(self.days):,} steps>"

    def by(self, days: float) -> IntervalEstimate:
        """Return the share by an age; None, and all that is possible, past what was seen.

        >>> curve = IncidenceCurve(
        ...     days=np.array([2.0, 5.0]), shares=np.array([0.25, 0.5]), low=np.array([0.1, 0.3]),
        ...     high=np.array([0.5, 0.8]), followed=6.0, level=0.95,
        ... )
        >>> curve.by(3).value, curve.by(1).value, curve.by(7).value
        (0.25, 0.0, None)
        """
        if not days >= 0:
            raise InputError(f"an age is a number of days, 0 or more; {days} is none")
        at = int(np.searchsorted(self.days, days, side="right")) - 1
        if days > self.followed and not (len(self.shares) and self.shares[-1] == 1):
            return IntervalEstimate(value=None, low=float(self.shares[-1]) if len(self.shares) else 0.0, high=1.0)
        if at < 0:
            return IntervalEstimate(value=0.0, low=0.0, high=0.0)
        return IntervalEstimate(value=float(self.shares[at]), low=float(self.low[at]), high=float(self.high[at]))

    def reaches(self, share: float) -> IntervalEstimate:
        """Return the age in days by which a share is reached; None where it has not been within what was seen.

        Where the curve is flat at the share exactly, it is the middle of the flat, as with the median of an even
        number. The interval holds the ages whose own intervals hold the share (Brookmeyer and Crowley 1982).
        """
        if not 0 < share < 1:
            raise InputError(f"a share that is reached lies between 0 and 1, both excluded; {share} does not")
        found = self._first(self.shares, share)
        if found is not None:
            at = int(np.searchsorted(self.days, found))
            if at + 1 < len(self.days) and abs(self.shares[at] - share) < EXACTLY:
                found = float(self.days[at] + self.days[at + 1]) / 2
        return IntervalEstimate(value=found, low=self._first(self.high, share), high=self._first(self.low, share))

    def _first(self, values: Floats, share: float) -> float | None:
        reached = values >= share - EXACTLY
        at = int(np.argmax(reached)) if len(reached) else 0
        return float(self.days[at]) if len(reached) and reached[at] else None


def _shown(number: float) -> str:
    return f"{number:,.1f}" if abs(number) >= 1 or not number else f"{number:.3f}"


EXACTLY = 1e-12


def curve_of(days: Floats, shares: Floats, variance: Floats, *, followed: float, level: float) -> IncidenceCurve:
    """Put intervals around shares: normal on the scale of ``log(-log(1 - share))``, which keeps them within 0 and 1."""
    z = normal_quantile(level)
    inside = (shares > 0) & (shares < 1 - EXACTLY)
    lasting = np.where(inside, 1 - shares, 0.5)
    logs = -np.log(lasting)
    spread = z * np.sqrt(variance) / (lasting * logs)
    low = np.where(inside, 1 - np.exp(-logs * np.exp(-spread)), np.nan)
    high = np.where(inside, 1 - np.exp(-logs * np.exp(spread)), 1.0)
    return IncidenceCurve(days=days, shares=shares, low=_carried(low), high=high, followed=followed, level=level)


def _carried(low: Floats) -> Floats:
    """Where all have ended there is no spread to go by: the bound before holds on."""
    if not len(low) or not np.isnan(low).any():
        return low
    places = np.maximum.accumulate(np.where(np.isnan(low), -1, np.arange(len(low))))
    return np.where(places < 0, 0.0, low[np.maximum(places, 0)])
