"""How many will be hired by a day, and when are the open seats filled? With chances that a back-test can check.

Each application under way has a chance that depends on its stage and on how long it has been in it, by the rates at
which others of that age went on, were hired, or ended (a semi-Markov model with competing risks). Jobs that go faster
or are pickier than others count as such, by as much as has been seen of them. Applications that are yet to come do so
as in the last eight weeks. What is not sure of the rates, the jobs and the arrivals is drawn, and so is what chance
does with each application; the same seed gives the same draws.

Not foretold is what the past does not show: a freeze, a season, a change of the pipeline.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore._numbers import whole_number
from crmcore.errors import InputError
from crmcore.reports.pipeline.flow._foretelling import RATE_DRAWS, look_ahead
from crmcore.reports.pipeline.flow.stays import DAY, Stays, ticks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from crmcore.reports.pipeline.flow._foretelling import Chances, Outlook
    from crmcore.reports.pipeline.table import StageTable

    Floats = NDArray[np.float64]

__all__ = ["Fill", "Forecast", "Spread", "forecast"]

DRAWS = 1000
FILL_EVERY = 5
"""Of so many draws one is worked out for seats, exactly but for its rates."""
MOST_DAYS = 3660.0
MOST_SEATS = 1000


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Spread:
    """A whole number that is not known yet, as draws of what it may be.

    Attributes:
        draws: rising.

    >>> spread = Spread(draws=np.array([1, 2, 2, 3]))
    >>> spread.mean, spread.at_least(2), spread.interval(0.5), spread.chance(3)
    (2.0, 0.75, (1, 2), 0.25)
    """

    draws: NDArray[np.int64]

    def __repr__(self) -> str:
        low, high = self.interval(0.8)
        return f"<Spread: {self.mean:,.1f}, {low:,} to {high:,} with 80%>"

    @property
    def mean(self) -> float:
        """The number that is expected."""
        return float(self.draws.mean())

    def chance(self, number: int) -> float:
        """Return how likely a number is."""
        return float((self.draws == number).mean())

    def at_least(self, number: int) -> float:
        """Return how likely a number, or more, is."""
        return float((self.draws >= number).mean())

    def quantile(self, share: float) -> int:
        """Return the least number that is not exceeded with a chance."""
        return int(np.quantile(self.draws, share, method="inverted_cdf"))

    def interval(self, level: float = 0.8) -> tuple[int, int]:
        """Return the numbers between which it lies with a chance of *level* at least, both included."""
        if not 0 < level < 1:
            raise InputError(f"the level of an interval lies between 0 and 1, both excluded; {level} does not")
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Fill:
    """When the open seats of a job are filled.

    Attributes:
        job: its id.
        seats: how many are open.
        at: the instant of the forecast.
        days: m; counted from then.
        chances: m; that all seats are filled by each of them.

    """

    job: str
    seats: int
    at: datetime
    days: Floats
    chances: Floats

    def __repr__(self) -> str:
        half = self.by(0.5)
        when = "not within the forecast" if half is None else f"by {half:%Y-%m-%d}"
        return f"<Fill of {self.job!r}: {self.seats:,} {'seat' if self.seats == 1 else 'seats'}, {when} with 50%>"

    def by(self, chance: float) -> datetime | None:
        """Return when they are filled with a chance; None where it is not reached within the forecast."""
        if not 0 < chance < 1:
            raise InputError(f"a chance lies between 0 and 1, both excluded; {chance} does not")
        reached = self.chances >= chance
        if not reached.any():
            return None
        return self.at + timedelta(days=float(self.days[int(np.argmax(reached))]))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Forecast:
    """What may come of pipelines by a day.

    Attributes:
        at, by: from when to when.
        hires: how many will be hired between.
        from_open: how many of those that are under way already, as expected if seats never run out.
        weighted: the number that is usually shown: each application under way times the share of all that ended after
            they had been in its stage that were hired; without a date, as it has none.
        applications: ids of what is under way.
        chances: of each of them, to be hired by then.
        fills: by the ids of jobs of which it was told that seats are open.

    """

    at: datetime
    by: datetime
    hires: Spread
    from_open: float
    weighted: float
    applications: tuple[str, ...]
    chances: Floats
    fills: Mapping[str, Fill]

    def __repr__(self) -> str:
        return f"<Forecast by {self.by:%Y-%m-%d}: {self.hires!r} hires, {len(self.applications):,} under way>"

    def describe(self) -> str:
        """Say in words what the numbers are."""
        low, high = self.hires.interval(0.8)
        hires = f"{low:,} to {high:,} hires by {self.by:%Y-%m-%d} with a chance of 80%, {self.hires.mean:,.1f} expected"
        under_way = f"{len(self.applications):,} applications under way on {self.at:%Y-%m-%d}"
        return (
            f"{hires}; of the {under_way}, {self.from_open:,.1f} would be by then if seats never ran out; "
            f"weighted by stage alone, at any time: {self.weighted:,.1f}"
        )


def forecast(
    table: StageTable,
    *,
    at: datetime,
    by: datetime,
    jobs: Iterable[str] | None = None,
    seats: Mapping[str, int] | None = None,
    learn_since: datetime | None = None,
    is_closed: bool = False,
    seed: int = 0,
) -> Forecast:
    """Foretell hires.

    Args:
        table: the stays, of all jobs: there is something to learn from each.
        at: what had happened by then is known.
        by: until when hires are foretold.
        jobs: ids; only their hires, by default those of all.
        seats: how many are open, by the id of the job; no more are hired for it. For a job that is not told there is
            no end of seats, and nothing is said of when they are filled; nor is it where none is open.
        learn_since: learn only from what happened from then on.
        is_closed: whether no more applications come.
        seed: of the draws.

    Raises:
        InputError: an instant has no zone, they are not in order or too far apart, no stay has ended yet, or a job is
            none of the table's.

    >>> from crmcore.testing.pipelines import simulate
    >>> made = simulate(jobs=5, days=200, seed=2)
    >>> ahead = forecast(made.table, at=made.day(150), by=made.day(178), seats={"job-0": 1})
    >>> ahead.hires.interval(0.8), ahead.fills["job-0"].by(0.2) < ahead.by
    ((3, 9), True)
    """
    stays = Stays.of(table, at=at)
    until = ticks_of(by, name="by")
    if not 0 < (until - stays.at) / DAY <= MOST_DAYS:
        raise InputError("by is not after at, or more than ten years after it")
    since = None if learn_since is None else ticks_of(learn_since, name="learn_since")
    if since is not None and since >= stays.at:
        raise InputError("learn_since is not before at")
    told = _seats(stays, seats)
    wanted = np.ones(len(stays.jobs), dtype=np.bool_)
    if jobs is not None:
        wanted[:] = False
        wanted[np.unique(stays.of_jobs(jobs).job)] = True
    rng = np.random.default_rng(seed)
    outlook = look_ahead(stays, until=until, since=since, kept=bool(told), rng=rng)
    return _told(stays, outlook, wanted, told, by=by, is_closed=is_closed, rng=rng)


def _told(
    stays: Stays,
    outlook: Outlook,
    wanted: NDArray[np.bool_],
    seats: Mapping[int, int],
    *,
    by: datetime,
    is_closed: bool,
    rng: np.random.Generator,
) -> Forecast:
    count = len(stays.jobs)
    limit = np.full(count, np.iinfo(np.int64).max)
    limit[list(seats)] = list(seats.values())
    rounds = DRAWS // RATE_DRAWS
    open_ = np.flatnonzero(wanted[outlook.job])
    job, stage, age = outlook.job[open_], outlook.stage[open_], outlook.age[open_]
    total, drawn = np.zeros(len(open_)), []
    free = {code: number for code, number in seats.items() if number}
    filled = _Filling(outlook, free, is_closed=is_closed)
    for table in outlook.tables:
        factors = outlook.rates.draw_factors(rounds, rng=rng)
        on, off = outlook.points(factors, rng=rng)
        coming = outlook.arrivals.draw(rounds, outlook.days, rng=rng) * (not is_closed)
        new = rng.poisson(coming * outlook.days * table.fresh[on, off] * wanted)
        for turn in range(rounds):
            chance = table.end[on[turn, job], off[turn, job], stage, age]
            total += chance
            hires = np.bincount(job[rng.random(len(job), dtype=np.float32) < chance], minlength=count)
            drawn.append(int(np.minimum(hires + new[turn], limit).sum()))
            if turn % FILL_EVERY == 0:
                filled.add(table, on[turn], off[turn], coming[turn])
    chances = total / len(drawn)
    at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=stays.at)
    return Forecast(
        at=at,
        by=by,
        hires=Spread(draws=np.sort(np.array(drawn, dtype=np.int64))),
        from_open=float(chances.sum()),
        weighted=float(weights_of(stays)[stays.stage[stays.lasts][open_]].sum()),
        applications=tuple(stays.applications[who] for who in outlook.application[open_]),
        chances=chances,
        fills={stays.jobs[code]: filled.of(code, stays.jobs[code], at=at) for code in free},
    )


def weights_of(stays: Stays) -> Floats:
    """Return for each stage the share of the ended applications that had been in it which were hired."""
    last = stays.is_last
    status = np.zeros(len(stays.applications), dtype=np.int8)
    status[stays.application[last]] = stays.exit[last]
    was_in = np.zeros((len(status), len(stays.stages)), dtype=np.bool_)
    was_in[stays.application, stays.stage] = True
    reached = was_in[status > 0].sum(axis=0)
    hired = was_in[status == 2].sum(axis=0)
    shares: Floats = np.divide(hired, reached, out=np.zeros(len(stays.stages)), where=reached > 0)
    return shares


def _seats(stays: Stays, seats: Mapping[str, int] | None) -> dict[int, int]:
    codes = {id: code for code, id in enumerate(stays.jobs)}  # noqa: A001
    for id, number in (seats or {}).items():  # noqa: A001
        if id not in codes:
            raise InputError(f"the table has no job {id!r}; tell seats of the table's jobs")
        whole_number(number, of=f"the open seats of job {id!r}", least=0, most=MOST_SEATS)
    return {codes[id]: number for id, number in (seats or {}).items()}  # noqa: A001


class _Filling:
    """Adds up over draws how likely the seats of jobs are filled by each step of time."""

    def __init__(self, outlook: Outlook, seats: Mapping[int, int], *, is_closed: bool) -> None:
        self.outlook, self.seats, self.is_closed = outlook, seats, is_closed
        self.rows = {code: np.flatnonzero(outlook.job == code) for code in seats}
        self.sums: dict[int, Floats | float] = dict.fromkeys(seats, 0.0)
        self.draws = 0

    def add(self, table: Chances, on: NDArray[np.int64], off: NDArray[np.int64], coming: Floats) -> None:
        """Add one draw."""
        self.draws += 1
        span = self.outlook.days / len(table.kept)
        stages = np.arange(len(self.outlook.arrivals.first))
        for code, seats in self.seats.items():
            rows = self.rows[code]
            stage = np.concatenate((stages, self.outlook.stage[rows]))
            age = np.concatenate((0 * stages, self.outlook.age[rows]))
            here = table.of(int(on[code]), int(off[code]), stage, age)
            new = here[:, : len(stages)] @ self.outlook.arrivals.first
            arrived = coming[code] * span * np.cumsum((np.concatenate(([0.0], new[:-1])) + new) / 2)
            fewer = _fewer(here[:, len(stages) :], arrived, seats)
            self.sums[code] = self.sums[code] + (1 - fewer)

    def of(self, code: int, job: str, *, at: datetime) -> Fill:
        """Return what came of it."""
        chances = np.asarray(self.sums[code]) / self.draws
        days: Floats = np.arange(1, len(chances) + 1, dtype=np.float64) * (self.outlook.days / len(chances))
        return Fill(job=job, seats=self.seats[code], at=at, days=days, chances=np.maximum.accumulate(chances))


def _fewer(open_: Floats, arrived: Floats, seats: int) -> Floats:
    """Return the chance that fewer than *seats* are hired: of coins (steps by applications) and a Poisson number."""
    numbers = np.arange(seats)
    logs = -np.cumsum(np.log(np.maximum(numbers, 1)))
    means = np.maximum(arrived, 1e-300)[:, None]
    exact = np.exp(numbers * np.log(means) + logs - means)
    for chance in open_.T[:, :, None]:
        shifted = np.concatenate((np.zeros((len(exact), 1)), exact[:, :-1]), axis=1)
        exact = exact * (1 - chance) + shifted * chance
    return np.asarray(exact.sum(axis=1))
