"""Machinery of forecasts: what was learnt by an instant, and draws of what may come of it by another.

The chances of hires come for a grid of factors of jobs; a draw takes rates for all jobs, factors for each, and then a
coin for each application and a Poisson number for those that are yet to arrive. Between the points of the grid chances
rise and fall by about a power of the factor, so they are put on a finer one by their logarithms: the straight line
between two points would lie well above, most of all for those that have all stages before them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.reports.pipeline.flow._chances import chances, steps_of
from crmcore.reports.pipeline.flow._hazards import learn
from crmcore.reports.pipeline.flow.stays import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from crmcore.reports.pipeline.flow._hazards import Rates
    from crmcore.reports.pipeline.flow.stays import Stays

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

F = TypeVar("F", bound=np.floating[Any])

__all__ = ["RATE_DRAWS", "Arrivals", "Chances", "Outlook", "look_ahead"]

STEPS = 60
"""Steps of time until the end of a forecast, of at least an eighth of a day each."""
MOST_AGES = 120
APART = 0.5
MOST_POINTS = 7
"""How far apart the logarithms of factors are on the grid, unless that makes too many."""
FINER = 4
"""So many times as dense is the grid on which chances are looked up."""
LEAST_CHANCE = 1e-30
"""What a chance of 0 counts as, so that it has a logarithm."""
RATE_DRAWS = 25
AT_ONCE = 50
"""So many points of grids are worked out together, that of several draws where a grid has few."""
ARRIVAL_WEEKS = 8


@attrs.frozen(kw_only=True, eq=False)
class Arrivals:
    """Applications that are yet to come.

    Attributes:
        seen: by jobs; how many came within the weeks before.
        days: of these weeks.
        unrest: the variance of a week's number beyond that of a Poisson number, as a share of its square.
        first: by stages, the share that begins in each.

    """

    seen: Codes
    days: float
    unrest: float
    first: Floats

    def draw(self, number: int, days: float, *, rng: np.random.Generator) -> Floats:
        """Draw how many a day come for each job, number by jobs."""
        total = self.seen.sum()
        if not total:
            return np.zeros((number, len(self.seen)))
        rate = rng.standard_gamma(total + 0.5, size=(number, 1)) / self.days
        if self.unrest:
            weeks = max(days / 7, 1.0) / self.unrest
            rate *= rng.standard_gamma(weeks, size=(number, 1)) / weeks
        shares = rng.standard_gamma(self.seen.astype(np.float64), size=(number, len(self.seen)))
        found: Floats = rate * shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-300)
        return found


@attrs.frozen(kw_only=True, eq=False)
class Chances:
    """The chances of hires for one draw of rates.

    Attributes:
        kept: steps of time that were kept, factors for going on, factors for ending, stages, ages; on the coarse grid.
        end: the last of these steps, on the finer grid.
        fresh: the chance of what begins some time until then, on the finer grid.

    """

    kept: NDArray[np.float32]
    end: NDArray[np.float32]
    fresh: Floats

    def of(self, on: int, off: int, stage: Codes, age: Codes) -> Floats:
        """Return what was kept of stages and ages, for one point of the finer grid: steps by these."""
        begin, part = zip(*(_between(*each) for each in zip((on, off), self.kept.shape[1:3], strict=True)), strict=True)
        near = self.kept[:, begin[0] : begin[0] + 2, begin[1] : begin[1] + 2, stage, age].astype(np.float64)
        logs = np.log(np.maximum(near, LEAST_CHANCE))
        logs = logs[:, 0] * (1 - part[0]) + logs[:, -1] * part[0]
        found: Floats = np.exp(logs[:, 0] * (1 - part[1]) + logs[:, -1] * part[1])
        return found


def _between(point: int, size: int) -> tuple[int, float]:
    """Return after which point of the coarse grid one of the finer lies, and by how much of the way to the next."""
    low = min(point // FINER, max(size - 2, 0))
    return low, point / FINER - low


@attrs.frozen(kw_only=True, eq=False)
class Outlook:
    """What is known at an instant of what will have come by another.

    Attributes:
        tables: for each of ``RATE_DRAWS`` draws of rates, one at a time as they take megabytes.
        grids: 2; the logarithms of the factors, on the finer grid.
        rates: what was learnt.
        arrivals: of applications.
        application, job, stage, age: of what lasts: codes, codes, place of the stage, number of the step of age.
        days: from the one instant to the other.

    """

    tables: Iterator[Chances]
    grids: tuple[Floats, Floats]
    rates: Rates
    arrivals: Arrivals
    application: Codes
    job: Codes
    stage: Codes
    age: Codes
    days: float

    def points(self, draws: Floats, *, rng: np.random.Generator) -> tuple[Codes, Codes]:
        """Return the points of the grid that stand for factors of jobs, by chance one of the two next to each."""
        found = []
        for grid, values in zip(self.grids, np.log(np.maximum(draws, 1e-12)), strict=True):
            if len(grid) == 1:
                found.append(np.zeros(values.shape, dtype=np.int64))
                continue
            at = np.clip((values - grid[0]) / (grid[1] - grid[0]), 0, len(grid) - 1)
            found.append(np.floor(at + rng.random(at.shape)).astype(np.int64).clip(0, len(grid) - 1))
        return found[0], found[1]


def look_ahead(stays: Stays, *, until: int, since: int | None, kept: bool, rng: np.random.Generator) -> Outlook:
    """Learn from stays that are cut to an instant, and work out the chances by another.

    Args:
        stays: of which at least one has ended.
        until: the other instant.
        since: learn only from what fell after it.
        kept: whether all steps of time are wanted, or the last one alone.
        rng: where chance comes from.

    Raises:
        InputError: nothing has ended, so there is nothing to learn from.

    """
    if not (stays.exit > 0).any():
        raise InputError("no stay has ended yet, so that nothing can be foretold; forecast when some have")
    rates = learn(stays, since=since)
    span = until - stays.at
    steps = int(np.clip(span // (DAY // 8), 1, STEPS))
    step = span / steps
    grids = _grid(rates, 0), _grid(rates, 1)
    ages = int(np.clip(max(edge[-1] for edge in rates.edges) // step + 2, 2, MOST_AGES))
    arrivals = _arrivals(stays, rates)
    tables = (
        each
        for drawn in _parts(rates.draw(RATE_DRAWS, rng=rng), max(AT_ONCE // (len(grids[0]) * len(grids[1])), 1))
        for each in _tables(rates, drawn, grids, steps=steps, step=step, ages=ages, kept=kept, first=arrivals.first)
    )
    place = np.full(max(rates.stages) + 1, -1, dtype=np.int64)
    place[list(rates.stages)] = np.arange(len(rates.stages))
    open_ = np.flatnonzero(stays.lasts)
    age = np.minimum(stays.ages[open_] / step + 0.5, ages - 1).astype(np.int64)
    return Outlook(
        tables=tables,
        grids=(_finer(grids[0], 0), _finer(grids[1], 0)),
        rates=rates,
        arrivals=arrivals,
        application=stays.application[open_].astype(np.int64),
        job=stays.job[open_].astype(np.int64),
        stage=place[stays.stage[open_]],
        age=age,
        days=span / DAY,
    )


def _parts(drawn: list[Floats], size: int) -> Iterator[list[Floats]]:
    """Yield the draws of all stages, so many at once."""
    return ([stage[begin : begin + size] for stage in drawn] for begin in range(0, len(drawn[0]), size))


def _grid(rates: Rates, side: int) -> Floats:
    """Return logarithms of factors, equally far apart, that span what those of jobs are drawn from."""
    if not rates.spread[side]:
        return np.zeros(1)
    logs = np.log(rates.factors(side))
    errors = (1 / rates.spread[side] + rates.seen[side]) ** -0.5
    low, high = min(float((logs - 2 * errors).min()), 0.0), max(float((logs + 2 * errors).max()), 0.0)
    number = int(np.clip(np.ceil((high - low) / APART) + 1, 2, MOST_POINTS))
    return np.linspace(low, high, number)


def _tables(
    rates: Rates,
    drawn: list[Floats],
    grids: tuple[Floats, Floats],
    *,
    steps: int,
    step: float,
    ages: int,
    kept: bool,
    first: Floats,
) -> Iterator[Chances]:
    """Yield the chances for some draws of rates, which are worked out together."""
    count = len(rates.stages)
    on, off = (np.exp(grid) for grid in grids)
    ways: list[NDArray[np.float32]] = []
    for place, rate in enumerate(drawn):
        goes_on = (np.arange(count + 2) > place) & (np.arange(count + 2) <= count)
        factor = np.where(goes_on, on[:, None, None], off[None, :, None]).reshape(-1, count + 2, 1)
        each = (factor * rate[:, None]).reshape(-1, *rate.shape[1:])
        way = steps_of(rates.edges[place], each, step=step, ages=ages)
        ways.append(way.astype(np.float32))
    shape = (len(drawn[0]), len(on), len(off), count, ages)
    found: list[NDArray[np.float32]] = []
    begun, last = np.zeros(shape[:3]), np.zeros(shape[:3])
    for number, table in enumerate(chances(ways, steps=steps)):
        now = (table[:, :, 0] @ first).reshape(shape[:3])
        begun, last = begun + (last + now) / 2 / steps, now
        if kept or number == steps - 1:
            found.append(table.reshape(shape).copy())
    for number, fresh in enumerate(begun):
        yield Chances(kept=np.array([each[number] for each in found]), end=_fine(found[-1][number]), fresh=_fine(fresh))


def _fine(values: NDArray[F]) -> NDArray[F]:
    """Return chances on the finer grid of both factors, which are the first two axes."""
    if values.shape[:2] == (1, 1):
        return values
    logs = np.log(np.maximum(values, LEAST_CHANCE).astype(values.dtype))
    found: NDArray[F] = np.exp(_finer(_finer(logs, 0), 1))
    return found


def _finer(values: NDArray[F], axis: int) -> NDArray[F]:
    """Put so many points between each two of an axis, on the straight line."""
    size = values.shape[axis]
    if size == 1:
        return values
    place = np.arange((size - 1) * FINER + 1)
    low = np.minimum(place // FINER, size - 2)
    part = ((place - low * FINER) / FINER).astype(values.dtype)
    part = part.reshape([-1 if each == axis else 1 for each in range(values.ndim)])
    lower, upper = np.take(values, low, axis=axis), np.take(values, low + 1, axis=axis)
    found: NDArray[F] = lower + (upper - lower) * part
    return found


def _arrivals(stays: Stays, rates: Rates) -> Arrivals:
    """Learn from the weeks before how many come."""
    begun = stays.take(stays.is_first)
    weeks = (stays.at - begun.entered) // (7 * DAY)
    oldest = int(weeks.max(initial=0))
    recent = begun.take(weeks < ARRIVAL_WEEKS)
    known = max((stays.at - int(begun.entered.min(initial=stays.at))) / DAY, 1.0)
    counts = np.bincount(weeks, minlength=oldest + 1)[:oldest].astype(np.float64)  # the oldest week is cut
    unrest = 0.0
    if len(counts) >= ARRIVAL_WEEKS and counts.mean() > 0:
        unrest = max(0.0, float((counts.var(ddof=1) - counts.mean()) / counts.mean() ** 2))
        bound = float(np.sqrt(8 / (len(counts) - 1)) / counts.mean())
        unrest = unrest if unrest > bound else 0.0  # less is what chance does
    first = np.bincount(np.searchsorted(np.sort(rates.stages), begun.stage), minlength=len(rates.stages)).astype(
        np.float64
    )[np.searchsorted(np.sort(rates.stages), rates.stages)]
    return Arrivals(
        seen=np.bincount(recent.job, minlength=len(stays.jobs)),
        days=min(known, ARRIVAL_WEEKS * 7.0),
        unrest=min(unrest, 1.0),
        first=first / first.sum(),
    )
