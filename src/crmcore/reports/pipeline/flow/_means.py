"""Kernels of means of how long things last, as far as they were followed, and what each subject adds to the error.

Arrays in, arrays out; time is in the whole units of :mod:`._risk`, means in the same as floats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.reports.pipeline.flow._risk import incidence_of, survival_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.reports.pipeline.flow._risk import Risks

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

__all__ = ["Mean", "influences", "mean_of_way", "restricted_mean"]


@attrs.frozen(kw_only=True, eq=False)
class Mean:
    """A mean and how it moves with each hazard that it was worked out from.

    Attributes:
        value: the mean.
        risks: up to the horizon, ways by m; the way asked about is the first, all others the second.
        slopes: 2 by m; by how much the mean rises when the hazard of a way rises by one, divided by those at risk.

    """

    value: float
    risks: Risks
    slopes: Floats

    @property
    def variance(self) -> float:
        """The variance, for subjects that are independent: multinomial at each time."""
        hazards = self.risks.hazards
        spread = (self.slopes**2 * hazards).sum(axis=0) - (self.slopes * hazards).sum(axis=0) ** 2
        return max(float((spread * self.risks.at_risk).sum()), 0.0)


def restricted_mean(risks: Risks, horizon: int) -> tuple[float, float]:
    """Return how long things last at most up to a horizon, in the mean, and the variance: the area under survival.

    The variance is ``sum(A(u)^2 d / (Y (Y - d)))`` with ``A(u)`` the area from ``u`` on.
    """
    risks = risks.until(horizon)
    lasting = np.concatenate(([1.0], survival_of(risks).values))
    widths = np.diff(np.concatenate(([0], risks.times, [horizon])))
    areas = lasting * widths
    after = np.cumsum(areas[::-1])[::-1][1:]
    ended = risks.ends.sum(axis=0)
    left = risks.at_risk - ended
    terms = np.divide(
        after**2 * ended, risks.at_risk * left.astype(np.float64), out=np.zeros(len(ended)), where=left > 0
    )
    return float(areas.sum()), float(terms.sum())


def mean_of_way(risks: Risks, way: int, horizon: int, *, scale: float | None = None) -> Mean | None:
    """Return how long it lasts for those that end in one way up to a horizon; None where none do.

    With ``F`` the incidence of the way it is ``horizon - integral(F) / F(horizon)``: those who have not ended yet
    count by how such as they went on to end. Where all have ended it is the plain mean.

    Args:
        risks: what happened.
        way: the number of the way.
        horizon: up to when.
        scale: the mean is that of ``log(1 + time / scale)``, to which long times add less; by default of the time.

    """
    risks = _two_ways(risks.until(horizon), way)
    found = incidence_of(risks, 1)
    reached = float(found.values[-1]) if len(found.values) else 0.0
    if not reached:
        return None
    share, lasting = found.values, found.lasting
    ruled = np.concatenate((risks.times, [horizon])).astype(np.float64)
    if scale is not None:
        ruled = np.log1p(ruled / scale)
    until, widths = ruled[-1] - ruled[:-1], np.diff(ruled)
    area_after = np.cumsum((share * widths)[::-1])[::-1]
    area = float(area_after[0])
    left = risks.at_risk - risks.ends.sum(axis=0)
    odds = np.divide(risks.at_risk, left, out=np.zeros(len(left)), where=left > 0)
    later_area, later_share = (area_after - share * until) * odds, (reached - share) * odds
    towards, scale = area / reached**2, 1 / reached
    away = scale * later_area - towards * later_share
    slopes = np.array([away - scale * lasting * until + towards * lasting, away]) / risks.at_risk
    return Mean(value=float(ruled[-1]) - area / reached, risks=risks, slopes=slopes)


def influences(mean: Mean, exits: Whole, ways: NDArray[np.integer], entries: Whole | None = None) -> Floats:
    """Return what each subject adds to the error of a mean; their squares add up to about its variance.

    Args:
        mean: of `mean_of_way`.
        exits, ways, entries: of the subjects, as for `count_risks`; the way asked about is 1, all others 2.

    """
    times = mean.risks.times
    spent = np.concatenate(([0.0], np.cumsum((mean.slopes * mean.risks.hazards).sum(axis=0))))
    seen = np.searchsorted(times, exits, side="right")
    found = -spent[seen]
    ended = (ways > 0) & (exits <= mean.risks.longest)
    found[ended] += mean.slopes[ways[ended] - 1, seen[ended] - 1]
    if entries is not None:
        late = entries >= 0
        found[late] += spent[np.searchsorted(times, entries[late], side="right")]
    return found


def _two_ways(risks: Risks, way: int) -> Risks:
    asked = risks.ends[way - 1]
    return attrs.evolve(risks, ends=np.array([asked, risks.ends.sum(axis=0) - asked]))
