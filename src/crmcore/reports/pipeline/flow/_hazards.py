"""Kernels of learning: at what rate stays of each age end, in each way, and by how much jobs differ from the others.

A stage's ages are cut into bins in which the rates are constant, at the quantiles of the ages at which stays ended. A
bin's rates are drawn towards those of the whole stage by the weight of a few ends (a gamma prior, which keeps chances
conjugate), and those of a stage that nothing has left yet are those of all stages. A job has two factors, one for
going on and one for ending otherwise, which are drawn towards 1 by as much as jobs are seen to be alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.reports.pipeline.flow.stays import Stays

    Floats = NDArray[np.float64]

__all__ = ["Rates", "learn"]

ENDS_A_BIN = 15
MOST_BINS = 10
PRIOR_ENDS = 2.0
"""Ends that the rates of the whole stage weigh in each bin."""
TURNS = 4
"""How often rates and factors are worked out from one another; they hardly move after three."""
WIDEST = 2.0
"""The largest variance of factors that is believed."""


@attrs.frozen(kw_only=True, eq=False)
class Rates:
    """What was learnt of k stages and of jobs.

    Attributes:
        stages: codes of the stages, in the order of the pipeline.
        edges: of each stage, where its bins begin, in ticks; the last bin has no end.
        ends: of each stage, ways by bins: how many stays ended, with what the prior adds. The ways are: to each of
            the k stages, hired, and out.
        exposure: of each stage, ways by bins: ticks that stays spent in it, by the factors of their jobs, with what
            the prior adds.
        spread: 2; the variance of the factors of jobs, for going on and for ending otherwise; 0 where jobs are alike
            as far as can be seen.
        seen, foretold: 2 by jobs; how many stays ended, and how many would have if the factor were 1.

    """

    stages: tuple[int, ...]
    edges: tuple[Floats, ...]
    ends: tuple[Floats, ...]
    exposure: tuple[Floats, ...]
    spread: Floats
    seen: Floats
    foretold: Floats

    def draw(self, number: int, *, rng: np.random.Generator) -> list[Floats]:
        """Draw rates that the seen may have come from: of each stage, number by ways by bins."""
        return [
            rng.standard_gamma(ends, size=(number, *ends.shape)) / exposure
            for ends, exposure in zip(self.ends, self.exposure, strict=True)
        ]

    def draw_factors(self, number: int, *, rng: np.random.Generator) -> Floats:
        """Draw factors of each job: 2 by number by jobs."""
        found = np.ones((2, number, self.seen.shape[1]))
        for side in np.flatnonzero(self.spread > 0):
            shape, rate = _posterior(self.spread[side], self.seen[side], self.foretold[side])
            found[side] = rng.standard_gamma(shape, size=found[side].shape) / rate
        return found

    def factors(self, side: int) -> Floats:
        """Return the expected factor of each job."""
        if not self.spread[side]:
            return np.ones(self.seen.shape[1])
        shape, rate = _posterior(self.spread[side], self.seen[side], self.foretold[side])
        return shape / rate


def learn(stays: Stays, *, since: int | None = None) -> Rates:
    """Learn from stays, cut to an instant, and from what fell after another one.

    Rates are those of a job with a factor of 1: time that stays of a job spent counts by its factor, and the factor is
    what was seen of the job beside what the rates foretell, in turns. Otherwise the rates of later ages would be those
    of slow jobs, which have more stays that become so old.
    """
    counted = _counted(stays, since=since)
    jobs = len(stays.jobs)
    factors, spread, foretold = np.ones((2, jobs)), np.zeros(2), np.zeros((2, jobs))
    seen = np.sum([stage.seen for stage in counted], axis=0)
    ends: list[Floats] = []
    exposure: list[Floats] = []
    for _ in range(TURNS):
        spent = [factors @ stage.spent for stage in counted]
        ends, exposure = _smoothed(counted, spent)
        foretold = np.zeros((2, jobs))
        for stage, end, time in zip(counted, ends, exposure, strict=True):
            rate = end / time
            foretold += np.array([stage.spent @ rate[sides].sum(axis=0) for sides in (stage.on, ~stage.on)])
        spread = _spread(seen, foretold)
        for side in (0, 1):
            shape, rate_ = _posterior(spread[side] or 1e-9, seen[side], foretold[side])
            factors[side] = shape / rate_
        if not spread.any():
            break
    return Rates(
        stages=tuple(stage.code for stage in counted),
        edges=tuple(stage.edges for stage in counted),
        ends=tuple(ends),
        exposure=tuple(exposure),
        spread=spread,
        seen=seen,
        foretold=foretold,
    )


@attrs.frozen(kw_only=True, eq=False)
class _Counted:
    """One stage: ends are ways by bins, time spent is jobs by bins, ends seen are 2 by jobs; which ways go on."""

    code: int
    edges: Floats
    ends: Floats
    spent: Floats
    seen: Floats
    on: NDArray[np.bool_]


def _counted(stays: Stays, *, since: int | None) -> list[_Counted]:
    codes = tuple(stays.order())
    ways, ages = _ways(stays, codes), stays.ages
    entries = np.zeros(len(stays), dtype=np.int64) if since is None else np.maximum(since - stays.entered, 0)
    followed = ages >= entries
    found = []
    for place, code in enumerate(codes):
        rows = np.flatnonzero(followed & (stays.stage == code))
        age, way, job = ages[rows], ways[rows], stays.job[rows]
        edges = _edges(age[way >= 0])
        numbers = np.arange(len(codes) + 2)
        on = (numbers > place) & (numbers <= len(codes))
        seen = [np.bincount(job[(way >= 0) & (on[way] == side)], minlength=len(stays.jobs)) for side in (True, False)]
        found.append(
            _Counted(
                code=code,
                edges=edges,
                ends=_counts(age, way, edges, among=len(codes) + 2),
                spent=_spent(age, entries[rows], edges, job=job, jobs=len(stays.jobs)),
                seen=np.array(seen, dtype=np.float64),
                on=on,
            )
        )
    return found


def _ways(stays: Stays, codes: tuple[int, ...]) -> NDArray[np.int64]:
    """Return the way in which each stay ended, by its place among the ways, -1 while it lasts."""
    place = np.full(max(codes, default=-1) + 2, -1, dtype=np.int64)
    place[list(codes)] = np.arange(len(codes))
    moved = place[stays.after]
    return np.select(
        [stays.lasts, stays.exit == 2, stays.exit > 3], [-1, len(codes), len(codes) + 1], np.where(moved < 0, -1, moved)
    )


def _edges(ended: NDArray[np.int64]) -> Floats:
    bins = int(np.clip(len(ended) // ENDS_A_BIN, 1, MOST_BINS))
    inner = np.quantile(ended, np.arange(1, bins) / bins) if bins > 1 else np.zeros(0)
    return np.unique(np.concatenate(([0.0], inner)))


def _counts(ages: NDArray[np.int64], ways: NDArray[np.int64], edges: Floats, *, among: int) -> Floats:
    ended = ways >= 0
    slot = np.searchsorted(edges, ages[ended], side="right") - 1
    counts = np.bincount(ways[ended] * len(edges) + slot, minlength=among * len(edges))
    return counts.reshape(among, len(edges)).astype(np.float64)


def _spent(
    ages: NDArray[np.int64], entries: NDArray[np.int64], edges: Floats, *, job: NDArray[np.int32], jobs: int
) -> Floats:
    """Return the time that stays of each job spent in each bin: jobs by bins."""
    past = np.zeros((jobs, len(edges) + 1))
    for number, edge in enumerate(edges):
        beyond = np.maximum(ages - edge, 0.0) - np.maximum(entries - edge, 0.0)
        past[:, number] = np.bincount(job, weights=beyond, minlength=jobs)
    spent: Floats = past[:, :-1] - past[:, 1:]
    return spent


def _smoothed(counted: list[_Counted], spent: list[Floats]) -> tuple[list[Floats], list[Floats]]:
    """Return ends and exposures, ways by bins, with what the prior adds: the rates of the stage at all ages."""
    totals = [stage.ends.sum(axis=1) for stage in counted]
    times = [np.where(stage.on, *time.sum(axis=1)) for stage, time in zip(counted, spent, strict=True)]
    everywhere = np.sum(totals, axis=0)
    out = everywhere[-1] / everywhere.sum()
    spent_in_all = sum(float(time.mean()) for time in times)
    rate = everywhere.sum() / max(spent_in_all, 1.0)  # all may have ended at the instant at which they began
    ends, exposures = [], []
    for place, (stage, total, time) in enumerate(zip(counted, totals, times, strict=True)):
        usual = np.zeros(len(total))
        usual[place + 1], usual[-1] = 1 - out, out  # the way after the last stage is to be hired
        prior = (total + usual * PRIOR_ENDS) / (time + PRIOR_ENDS / rate)
        own = np.where(stage.on[:, None], *(side[None, :] for side in spent[place]))
        ends.append(stage.ends + PRIOR_ENDS * (prior / prior.sum())[:, None])
        exposures.append(own + PRIOR_ENDS / prior.sum())
    return ends, exposures


def _spread(seen: Floats, foretold: Floats) -> Floats:
    """Return the variance of factors, by moments: how far what was seen is from what was foretold, beyond chance."""
    if seen.shape[1] < 2:
        return np.zeros(2)
    excess = ((seen - foretold) ** 2 - foretold).sum(axis=1)
    found = np.divide(excess, (foretold**2).sum(axis=1), out=np.zeros(2), where=foretold.any(axis=1))
    spread: Floats = np.clip(found, 0.0, WIDEST)
    return spread


def _posterior(spread: float, seen: Floats, foretold: Floats) -> tuple[Floats, Floats]:
    """Return shape and rate of the gamma law of each job's factor."""
    return 1 / spread + seen, 1 / spread + foretold
