"""Kernels of comparison: whether one mean is above another, or above those of its peers, and by how much."""

from __future__ import annotations

from functools import cached_property
from math import erf, exp, lgamma, log, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.reports.pipeline.flow._means import influences, mean_of_way
from crmcore.reports.pipeline.flow._risk import count_risks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.reports.pipeline.flow._means import Mean
    from crmcore.reports.pipeline.flow._risk import Risks

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

__all__ = ["Difference", "Sample", "above_peers", "above_sample", "above_threshold", "holm", "t_above", "t_quantile"]

SEEN_OUT = 0.02
"""Where so few last longer than anything was seen, a mean is taken as that of all."""
MANY_CLUSTERS = 10
"""With fewer jobs their differences cannot be told from chance; applications are then taken as independent."""


@attrs.frozen(kw_only=True, eq=False, slots=False)
class Sample:
    """Stays in one stage over some time.

    Attributes:
        ages: how long each lasted or was seen; rising, as places among times are then found much faster.
        ways: 1 for what went on, 2 for what ended otherwise, 0 for what lasts.
        entries: the age from which each was followed, negative for "from the start".
        cluster: which rows belong together, as small numbers.

    """

    ages: Whole
    ways: Whole
    entries: Whole
    cluster: Whole

    @property
    def went_on(self) -> int:
        """How many went on."""
        return int((self.ways == 1).sum())

    @property
    def longest(self) -> int:
        """The longest age of any."""
        return int(self.ages.max()) if len(self.ages) else 0

    @cached_property
    def _risks(self) -> Risks:
        return count_risks(self.ages, self.ways, among=2, entries=self.entries)

    def mean(self, horizon: int | None = None, *, scale: float | None = None) -> Mean | None:
        """Return how long those lasted that went on, within a horizon; or how long on a scale, see `mean_of_way`."""
        return mean_of_way(self._risks, 1, self.longest if horizon is None else horizon, scale=scale)

    def is_seen_out(self) -> bool:
        """Whether hardly any last longer than was seen."""
        return bool(np.prod(1 - self._risks.hazards.sum(axis=0)) <= SEEN_OUT)

    def pull(self, mean: Mean) -> Floats:
        """Return what each row adds to the error of its mean."""
        return influences(mean, self.ages, self.ways, self.entries)


@attrs.frozen(kw_only=True)
class Difference:
    """A mean beside another.

    Attributes:
        now, usual: the means.
        error: the standard error of their difference.
        freedom: the degrees of freedom of that error.
        chance: how likely so much more, or still more, would be if there were none.

    """

    now: float
    usual: float
    error: float
    freedom: float
    chance: float


def above_sample(now: Sample, usual: Sample) -> Difference | None:
    """Compare two samples that may share clusters; None where either tells nothing.

    Each mean is over all that its sample was followed. Where the usual one was not seen out, its mean would be too low
    beside that of a sample that was followed for longer; both are then taken within the shorter of the two. The
    difference is one of days; its chance is judged on the scale of ``log(1 + days / usual days)``, where a few very
    long stays decide less.
    """
    if not (now.went_on and usual.went_on):
        return None
    shared = None if usual.is_seen_out() else min(now.longest, usual.longest)
    here, there = now.mean(shared), usual.mean(shared)
    if here is None or there is None or not there.value > 0:
        return None
    error, freedom = _apart(now, usual, here, there)
    log_here, log_there = (each.mean(shared, scale=there.value) for each in (now, usual))
    assert log_here is not None  # noqa: S101 - as there is the mean
    assert log_there is not None  # noqa: S101
    log_error, log_freedom = _apart(now, usual, log_here, log_there)
    chance = t_above((log_here.value - log_there.value) / log_error, log_freedom) if log_error else 1.0
    return Difference(now=here.value, usual=there.value, error=error, freedom=freedom, chance=chance)


def _apart(now: Sample, usual: Sample, here: Mean, there: Mean) -> tuple[float, float]:
    """Return the standard error of the difference of two means, and its degrees of freedom."""
    pulls = now.pull(here), -usual.pull(there)
    parts = [float((pull**2).sum()) for pull in pulls]
    clusters = np.concatenate((now.cluster, usual.cluster))
    number = int((np.bincount(clusters) > 0).sum())
    spread = float((np.bincount(clusters, weights=np.concatenate(pulls)) ** 2).sum()) * number / max(number - 1, 1)
    freedom = max(min(_welch(parts, (now.went_on, usual.went_on)), number - 1.0), 1.0)
    return sqrt(spread), freedom


def above_threshold(now: Sample, threshold: float) -> Difference | None:
    """Compare a sample with a number that is given."""
    mean = now.mean()
    if mean is None:
        return None
    number = int((np.bincount(now.cluster) > 0).sum())
    error = sqrt(float((np.bincount(now.cluster, weights=now.pull(mean)) ** 2).sum()) * number / max(number - 1, 1))
    freedom = max(min(now.went_on, number) - 1.0, 1.0)
    chance = t_above((mean.value - threshold) / error, freedom) if error else 1.0
    return Difference(now=mean.value, usual=threshold, error=error, freedom=freedom, chance=chance)


def above_peers(now: Sample, peers: list[Sample]) -> Difference | None:
    """Compare a sample with its peers: whether it is beyond where one more of them would lie.

    On the logarithm of the means: peers have a spread of their own (DerSimonian and Laird 1986) beside the error of
    each, and the sample is judged by the interval in which a new one is foretold (Higgins and others 2009).
    """
    own = now.mean()
    means = [(peer, mean) for peer in peers if (mean := peer.mean()) is not None and mean.value > 0]
    if own is None or not own.value > 0 or len(means) < 3:
        return None
    logs = np.log([mean.value for _, mean in means])
    within = np.array([float((peer.pull(mean) ** 2).sum()) / mean.value**2 for peer, mean in means])
    between = _between(logs, within)
    weights = 1 / (within + between)
    middle = float((weights * logs).sum() / weights.sum())
    error = float((now.pull(own) ** 2).sum()) / own.value**2 + between + 1 / float(weights.sum())
    freedom = len(means) - 2.0
    usual = exp(middle)
    return Difference(
        now=own.value,
        usual=usual,
        error=sqrt(error) * own.value,
        freedom=freedom,
        chance=t_above((log(own.value) - middle) / sqrt(error), freedom),
    )


def _between(values: Floats, within: Floats) -> float:
    """Return the variance of peers beyond that of chance, not below 0."""
    weights = 1 / np.maximum(within, 1e-12)
    middle = (weights * values).sum() / weights.sum()
    excess = (weights * (values - middle) ** 2).sum() - (len(values) - 1)
    return max(float(excess / (weights.sum() - (weights**2).sum() / weights.sum())), 0.0)


def _welch(parts: list[float], sizes: tuple[int, int]) -> float:
    """Return the degrees of freedom of a sum of two variances (Welch 1947)."""
    below = sum(part**2 / max(size - 1, 1) for part, size in zip(parts, sizes, strict=True))
    return max(sum(parts) ** 2 / below, 1.0) if below else 1.0


def holm(chances: list[float]) -> list[float]:
    """Return chances that hold for all of them together (Holm 1979).

    >>> [round(chance, 3) for chance in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(chances)), key=chances.__getitem__)
    found = [0.0] * len(chances)
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(chances) - rank) * chances[place]))
        found[place] = highest
    return found


def t_above(value: float, freedom: float) -> float:
    """Return the chance that Student's t exceeds a value, by integrating its density.

    >>> round(t_above(2.571, 5), 4), round(t_above(1.96, 1e9), 4)
    (0.025, 0.025)
    """
    if freedom > 1e4:
        return (1 - erf(value / sqrt(2))) / 2
    angles = np.linspace(0.0, np.arctan(abs(value) / sqrt(freedom)), 2001)
    density = np.cos(angles) ** (freedom - 1)  # t = sqrt(freedom) tan(angle) makes the density a power of the cosine
    scale = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(np.pi)
    weights = np.ones(2001)
    weights[1:-1:2], weights[2:-1:2] = 4.0, 2.0
    inside = scale * float((weights * density).sum()) * float(angles[1]) / 3
    return 0.5 - inside if value > 0 else 0.5 + inside


def t_quantile(chance: float, freedom: float) -> float:
    """Return the value that Student's t exceeds with a chance of at most one half.

    >>> round(t_quantile(0.025, 5), 3)
    2.571
    """
    low, high = 0.0, max(10.0, NormalDist().inv_cdf(1 - chance) * 100)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if t_above(middle, freedom) > chance else (low, middle)
    return (low + high) / 2
