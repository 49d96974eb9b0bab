"""Kernels of comparison: whether one mean is above another, or above those of its peers, and by how much."""

from __future__ import annotations

from functools import cached_property
from math import erf, exp, lgamma, log, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.reports.pipeline.flow._means import influences, mean_of_way
from crmcore.reports.pipeline.flow._risk import followed_risks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.reports.pipeline.flow._means import Mean
    from crmcore.reports.pipeline.flow._risk import Risks

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

__all__ = [
    "Difference",
    "Sample",
    "above_peers",
    "above_sample",
    "above_threshold",
    "holm",
    "matched",
    "t_above",
    "t_quantile",
]

SEEN_OUT = 0.02
"""Where so few last longer than anything was seen, a mean is taken as that of all."""
MANY_TIMES = 1.25
"""Groups, below which the correction for few of them grows no more: hardly any freedom is left then anyhow."""
LEAST_JOBS = 3
"""With fewer, how jobs differ cannot be told at all."""
ONE = 10_000
"""What the largest weight is, so that all are whole numbers."""


@attrs.frozen(kw_only=True, eq=False, slots=False)
class Sample:
    """Stays in one stage over some time.

    Attributes:
        ages: how long each lasted or was seen; rising, as places among times are then found much faster.
        ways: 1 for what went on, 2 for what ended otherwise, 0 for what lasts.
        entries: the age from which each was followed, negative for "from the start".
        application, job: codes; rows of one application, and of one job, are more alike than others.
        batch: codes; rows of one job that ended in one week may have been decided together; what lasts has its own.
        weights: as how many each counts, in whole numbers; None where all count alike.

    """

    ages: Whole
    ways: Whole
    entries: Whole
    application: Whole
    job: Whole
    batch: Whole
    weights: Whole | None = None

    @property
    def went_on(self) -> int:
        """How many went on, at ages that can be told of."""
        return int(((self.ways == 1) & (self.ages <= self.longest)).sum())

    @property
    def longest(self) -> int:
        """The longest age that can be told of."""
        return self._risks.longest

    @cached_property
    def _risks(self) -> Risks:
        return followed_risks(self.ages, self.ways, among=2, entries=self.entries, weights=self.weights)[0]

    def mean(self, horizon: int | None = None, *, scale: float | None = None) -> Mean | None:
        """Return how long those lasted that went on, within a horizon; or how long on a scale, see `mean_of_way`."""
        return mean_of_way(self._risks, 1, self.longest if horizon is None else horizon, scale=scale)

    def is_seen_out(self) -> bool:
        """Whether hardly any last longer than was seen."""
        return bool(np.prod(1 - self._risks.hazards.sum(axis=0)) <= SEEN_OUT)

    def pull(self, mean: Mean) -> Floats:
        """Return what each row adds to the error of its mean."""
        found = influences(mean, self.ages, self.ways, self.entries)
        return found if self.weights is None else found * self.weights

    def weighted(self, by_job: Whole) -> Sample:
        """Return the rows of jobs that have a weight, each counting as many times."""
        weights = by_job[self.job]
        kept = weights > 0
        columns = ("ages", "ways", "entries", "application", "job", "batch")
        return attrs.evolve(self, weights=weights[kept], **{name: getattr(self, name)[kept] for name in columns})

    @property
    def jobs(self) -> set[int]:
        """Those from which any went on."""
        return set(np.unique(self.job[self.ways == 1]).tolist())


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
    """Compare two samples in which jobs weigh alike, see `matched`; None where either tells nothing.

    Both means are over all that their sample was followed. Where the usual one was not seen out, its mean would be too
    low beside that of a sample that was followed for longer; both are then taken within the shorter of the two. The
    difference is one of days; its chance is judged on the scale of ``log(1 + days / usual days)``, where a few very
    long stays decide less.
    """
    if not (now.went_on and usual.went_on):
        return None
    shared = None if usual.is_seen_out() else min(now.longest, usual.longest)
    here, there = now.mean(shared), usual.mean(shared)
    if here is None or there is None or not there.value > 0:
        return None
    log_here, log_there = (each.mean(shared, scale=there.value) for each in (now, usual))
    assert log_here is not None  # noqa: S101 - as there is the mean
    assert log_there is not None  # noqa: S101
    error, freedom, _ = _judged(here.value - there.value, _apart(now, usual, here, there))
    _, _, chance = _judged(log_here.value - log_there.value, _apart(now, usual, log_here, log_there))
    return Difference(now=here.value, usual=there.value, error=error, freedom=freedom, chance=chance)


def matched(now: Sample, usual: Sample) -> tuple[Sample, Sample]:
    """Return two samples in which each job has the same weight, so that none is slower for having more of a slow job.

    The weight of a job with ``n`` and ``m`` rows is ``n m / (n + m)``, by which the difference is told best (Mantel and
    Haenszel 1959); a job that only one of them has tells nothing.
    """
    size = int(max(now.job.max(initial=0), usual.job.max(initial=0))) + 1
    counts = [np.bincount(sample.job, minlength=size) for sample in (now, usual)]
    if np.count_nonzero(counts[0] + counts[1]) == 1:
        return now, usual
    both = np.maximum(counts[0] + counts[1], 1)
    shares = [counts[1] / both * (counts[0] > 0), counts[0] / both * (counts[1] > 0)]
    here, there = (np.rint(share / max(share.max(), 1e-12) * ONE).astype(np.int64) for share in shares)
    return now.weighted(here), usual.weighted(there)


def above_threshold(now: Sample, threshold: float) -> Difference | None:
    """Compare a sample with a number that is given."""
    mean = now.mean()
    if mean is None:
        return None
    pulls, errors = now.pull(mean), []
    for group in (now.application, now.job) if len(now.jobs) >= LEAST_JOBS else (now.application,):
        number = _worth(group, now)
        spread = float((np.bincount(group, weights=pulls) ** 2).sum()) * _corrected(number)
        errors.append((sqrt(spread), max(number - 1.0, 1.0)))
    error, freedom, chance = _judged(mean.value - threshold, errors)
    return Difference(now=mean.value, usual=threshold, error=error, freedom=freedom, chance=chance)


def _judged(difference: float, errors: list[tuple[float, float]]) -> tuple[float, float, float]:
    """Return the error by which a difference above 0 is the likelier, its degrees of freedom, and that chance."""
    judged = [
        (error, freedom, t_above(abs(difference) / error, freedom) if error else float(not difference))
        for error, freedom in errors
    ]
    error, freedom, chance = max(judged, key=lambda each: each[2])
    return error, freedom, chance if difference > 0 else 1 - chance


def _apart(now: Sample, usual: Sample, here: Mean, there: Mean) -> list[tuple[float, float]]:
    """Return standard errors of the difference of two means and their degrees of freedom: by application, by batch."""
    pulls = now.pull(here), -usual.pull(there)
    found = []
    for mine, theirs in ((now.application, usual.application), (now.batch, usual.batch)):
        codes = np.unique(np.concatenate((mine, theirs)), return_inverse=True)[1]
        groups = codes[: len(mine)], codes[len(mine) :]
        size = int(codes.max()) + 1
        sides = [np.bincount(each, weights=pull, minlength=size) for each, pull in zip(groups, pulls, strict=True)]
        worth = [_worth(each, sample) for each, sample in zip(groups, (now, usual), strict=True)]
        spread = float(((sides[0] + sides[1]) ** 2).sum()) * _corrected(sum(worth))
        found.append((sqrt(spread), _welch([float((side**2).sum()) for side in sides], worth)))
    return found


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


def _corrected(number: float) -> float:
    """Return by how much a variance from so many groups falls short."""
    return number / (number - 1) if number > MANY_TIMES else MANY_TIMES / (MANY_TIMES - 1)


def _worth(groups: Whole, sample: Sample) -> float:
    """Return how many groups of equal size those that went on are worth: of three jobs, one with nearly all is one."""
    on = sample.ways == 1
    weights = None if sample.weights is None else sample.weights[on]
    sizes = np.bincount(groups[on], weights=weights)
    return float(sizes.sum()) ** 2 / max(float((sizes.astype(np.float64) ** 2).sum()), 1.0)


def _welch(parts: list[float], sizes: list[float]) -> float:
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
