"""Forecasts: chances against closed forms and slow twins, draws against what is known, and fill dates."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.reports.pipeline.flow import Spread, forecast
from crmcore.reports.pipeline.flow._chances import chances, steps_of
from crmcore.reports.pipeline.flow._foretelling import Chances, _fine, _finer
from crmcore.reports.pipeline.flow._hazards import learn
from crmcore.reports.pipeline.flow.forecast import _fewer, weights_of
from crmcore.reports.pipeline.flow.stays import DAY, Stays
from crmcore.reports.pipeline.table import VERBS
from crmcore.testing.pipelines import StageLaw, simulate
from tests.reports.pipeline.flow.made import application, day, table

ONE = (StageLaw(key="only", days=10.0, advance=0.3, shape=1.0, withdraw=0.1),)
TWO = (StageLaw(key="first", days=5.0, advance=0.5, shape=1.0), StageLaw(key="last", days=8.0, advance=0.4, shape=1.0))


def test_chances_of_exponential_stays_are_those_of_the_closed_form() -> None:
    """Two stages in a row: the chance to be hired within some days is that of a sum of two exponential times."""
    first, last, share = 1 / 5, 1 / 8, 0.5 * 0.4
    step, steps = 0.25, 120
    rates = [
        np.array([[[0.0], [first * 0.5], [0.0], [first * 0.5]]]),
        np.array([[[0.0], [0.0], [last * 0.4], [last * 0.6]]]),
    ]
    ways = [steps_of(np.zeros(1), rate, step=step, ages=3) for rate in rates]
    found = [each.copy() for each in chances(ways, steps=steps)]
    days = step * np.arange(1, steps + 1)
    both = 1 - (last * np.exp(-first * days) - first * np.exp(-last * days)) / (last - first)

    assert [each[0, 1, 0] for each in found] == pytest.approx(0.4 * (1 - np.exp(-days * last)), abs=1e-9)
    assert [each[0, 0, 0] for each in found] == pytest.approx(share * both, abs=2e-4)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), stages=st.integers(1, 3), ages=st.integers(2, 5), steps=st.integers(1, 6))
def test_chances_are_those_of_the_slow_twin(seed, stages, ages, steps) -> None:
    """Arrays give what the recursion in the docstring gives, loops and returns included."""
    rng = np.random.default_rng(seed)
    ways = [rng.dirichlet(np.ones(stages + 3), size=ages).T[None, :-1] for _ in range(stages)]
    for place, way in enumerate(ways):
        way[:, place] = 0.0  # nothing moves to where it is

    @cache
    def chance(stage: int, age: int, left: int) -> float:
        if not left:
            return 0.0
        way = ways[stage][0, :, min(age, ages - 1)]
        found = way[stages] + (1 - way.sum()) * chance(stage, age + 1, left - 1)
        for to in range(stages):
            if way[to]:
                now = chance(to, 0, left) if to > stage else chance(to, 0, left - 1)
                found += way[to] * (now + chance(to, 0, left - 1)) / 2
        return float(found)

    *_, last = chances(ways, steps=steps)

    assert [chance(s, a, steps) for s, a in product(range(stages), range(ages))] == pytest.approx(last[0].ravel())


@given(edges=st.lists(st.floats(0.5, 20), max_size=4, unique=True), step=st.floats(0.3, 5), rate=st.floats(0.01, 3))
def test_steps_add_up_to_the_rates(edges, step, rate) -> None:
    """However bins and steps lie, what lasts through all steps is what the summed rates leave."""
    bins = np.array([0.0, *sorted(edges)])
    rates = rate * (1 + np.arange(len(bins)))[None, None, :]
    found = steps_of(bins, np.repeat(rates, 2, axis=1), step=step, ages=9)
    widths = np.diff(np.append(np.minimum(bins, 8 * step), 8 * step))

    assert np.prod(1 - found[0, :, :8].sum(axis=0)) == pytest.approx(
        np.exp(-2 * (rates[0, 0] * widths).sum()), abs=1e-9
    )


def test_rates_are_learnt_from_what_lasts_too() -> None:
    """Of exponential stays, half of them cut, the learnt rates are the true ones."""
    made = simulate(jobs=1, days=300, per_week=100.0, stages=ONE, seed=1)
    rates = learn(Stays.of(made.table, at=made.ends))
    learnt = (rates.ends[0] / rates.exposure[0])[1:] * DAY

    assert learnt.mean(axis=1) == pytest.approx([0.03, 0.07], rel=0.06)


def test_how_jobs_differ_is_learnt_and_how_they_do_not() -> None:
    """Jobs that differ get factors near their own; jobs that do not are taken as alike."""
    unlike = simulate(jobs=30, days=300, per_week=10.0, stages=ONE, speed_spread=0.5, seed=2)
    alike = simulate(jobs=30, days=300, per_week=10.0, stages=ONE, seed=2)
    rates = learn(Stays.of(unlike.table, at=unlike.ends))
    same = learn(Stays.of(alike.table, at=alike.ends))

    assert np.corrcoef(np.log(rates.factors(1)), -np.log(unlike.speed))[0, 1] > 0.9
    assert 0.1 < rates.spread[1] < 0.6
    assert (same.spread < 0.02).all()


def test_the_chance_of_each_application_is_the_true_one() -> None:
    """With one exponential stage every application under way has the same known chance, whatever its age."""
    made = simulate(jobs=1, days=300, per_week=100.0, stages=ONE, seed=3)
    found = forecast(made.table, at=made.ends, by=made.day(314), is_closed=True)

    assert found.chances == pytest.approx(0.3 * (1 - np.exp(-1.4)), rel=0.15)
    assert found.chances.mean() == pytest.approx(0.3 * (1 - np.exp(-1.4)), rel=0.08)
    assert found.hires.mean == pytest.approx(found.from_open, rel=0.05)
    assert found.weighted == pytest.approx(0.3 * len(found.applications), rel=0.1)


def test_those_yet_to_come_are_counted_by_their_rate() -> None:
    """Without anyone under way, what is expected is what comes in time to be hired."""
    made = simulate(
        jobs=2, days=60, per_week=70.0, stages=(StageLaw(key="only", days=0.5, advance=0.5, shape=1.0),), seed=4
    )
    found = forecast(made.table, at=made.ends, by=made.day(80))
    closed = forecast(made.table, at=made.ends, by=made.day(80), is_closed=True)

    assert found.hires.mean - closed.hires.mean == pytest.approx(140 / 7 * 0.5 * 19.5, rel=0.1)


def test_seats_bound_hires_and_tell_when_they_are_filled() -> None:
    """No more are hired than there are seats; more seats fill later; chances rise with the days."""
    made = simulate(jobs=3, days=200, per_week=30.0, seed=5)
    found = forecast(made.table, at=made.ends, by=made.day(242), seats={"job-0": 1, "job-1": 3, "job-2": 60})
    one, three, many = (found.fills[f"job-{number}"] for number in range(3))
    only = forecast(made.table, at=made.ends, by=made.day(242), jobs=["job-1"], seats={"job-1": 3})

    assert only.hires.draws.max() <= 3
    assert (np.diff(three.chances) >= 0).all()
    assert made.ends < one.by(0.5) < three.by(0.5)
    assert many.by(0.5) is None
    assert "not within" in repr(many)
    assert "1 seat, by" in repr(one)
    assert only.hires.at_least(3) == pytest.approx(three.chances[-1], abs=0.06)


def test_fill_dates_come_true_as_often_as_they_say() -> None:
    """Of simulated jobs with one to three seats, as many are filled by a day as was foretold, whatever the chance."""
    foretold, came = [], []
    for seed in range(12):
        unlike = {"speed_spread": 0.3, "lean_spread": 0.4} if seed % 2 else {}
        made = simulate(jobs=8, days=330, per_week=8.0, seed=seed, **unlike)
        seats = {f"job-{job}": 1 + job % 3 for job in range(8)}
        found = forecast(made.table, at=made.day(200), by=made.day(256), seats=seats, seed=seed)
        then = np.datetime64(made.day(200).replace(tzinfo=None))
        for job in range(8):
            hires = (made.table.job == job) & (made.table.left_by == VERBS.index("hire")) & (made.table.left_at > then)
            days = np.sort((made.table.left_at[hires] - then) / np.timedelta64(1, "D"))
            fill = found.fills[f"job-{job}"]
            foretold += [float(np.interp(after, fill.days, fill.chances)) for after in (14, 28, 42)]
            came += [len(days) >= fill.seats and days[fill.seats - 1] <= after for after in (14, 28, 42)]
    for part in np.array_split(np.argsort(foretold), 3):
        assert np.mean(np.array(came)[part]) == pytest.approx(np.mean(np.array(foretold)[part]), abs=0.1)


@given(open_=st.lists(st.floats(0, 1), max_size=6), mean=st.floats(0, 4), seats=st.integers(1, 4))
def test_too_few_hires_are_as_likely_as_the_slow_twin_says(open_, mean, seats) -> None:
    """The chance of fewer hires than seats equals adding up every way in which coins and arrivals can fall."""
    poisson = np.exp(-mean) * np.array([mean**k / np.prod(np.arange(1, k + 1)) for k in range(seats)])
    expected = 0.0
    for coins in product((0, 1), repeat=len(open_)):
        weight = np.prod([p if coin else 1 - p for coin, p in zip(coins, open_, strict=True)])
        expected += weight * poisson[: max(seats - sum(coins), 0)].sum()

    assert _fewer(np.array([open_]).reshape(1, -1), np.array([mean]), seats)[0] == pytest.approx(expected, abs=1e-9)


def test_weights_are_the_shares_that_were_hired_of_those_that_had_been_there() -> None:
    """What is usually shown, by hand: two of three that ended after the first stage, both that had been in the second."""
    stays = Stays.of(
        table(
            application(1, ("enter", "applied", 0), ("move", "screen", 1), ("hire", "screen", 2)),
            application(2, ("enter", "applied", 0), ("hire", "applied", 2)),
            application(3, ("enter", "applied", 0), ("reject", "applied", 2)),
            application(4, ("enter", "applied", 0), ("move", "screen", 1)),
        ),
        at=day(3),
    )

    assert [2 / 3, 1.0, 0.0] == [
        float(weights_of(stays)[stays.stages.index(key)]) for key in ("applied", "screen", "onsite")
    ]


def test_the_same_seed_gives_the_same_forecast_and_another_nearly_so() -> None:
    """Draws are told by their seed; by another they differ by no more than chance does."""
    made = simulate(jobs=4, days=150, per_week=10.0, seed=6)
    one, same, other = (forecast(made.table, at=made.ends, by=made.day(178), seed=seed) for seed in (1, 1, 2))

    assert one.hires.draws.tolist() == same.hires.draws.tolist()
    assert one.hires.draws.tolist() != other.hires.draws.tolist()
    assert one.hires.mean == pytest.approx(other.hires.mean, rel=0.06)
    assert "hires by" in one.describe()
    assert "under way" in repr(one)


def test_what_happens_later_is_not_known() -> None:
    """A forecast from the middle of a table is that of the table that was cut there."""
    made = simulate(jobs=4, days=150, per_week=10.0, seed=7)
    whole = forecast(made.table, at=made.day(100), by=made.day(128))
    cut = forecast(made.table.as_known(made.day(100)), at=made.day(100), by=made.day(128))

    assert whole.hires.draws.tolist() == cut.hires.draws.tolist()


def test_a_table_that_tells_nothing_is_refused_and_one_that_tells_little_is_not() -> None:
    """Without a single end there is nothing to learn from; with one there is, however little."""
    waiting = application(1, ("enter", "applied", 0))
    ended = application(2, ("enter", "applied", 0), ("move", "screen", 1), ("reject", "screen", 1))
    for nothing in (table(), table(waiting)):
        with pytest.raises(InputError, match="no stay has ended"):
            forecast(nothing, at=day(3), by=day(9))
    found = forecast(table(waiting, ended), at=day(3), by=day(9), seats={"j-1": 1})

    assert ("a-001",) == found.applications
    assert 0 <= found.chances[0] <= 1


@pytest.mark.parametrize(
    "asked",
    [
        {"at": datetime(2026, 1, 9), "by": day(9)},  # noqa: DTZ001 - without a zone, which is the point
        {"at": day(3), "by": day(3)},
        {"at": day(3), "by": day(3) + timedelta(days=9999)},
        {"at": day(3), "by": day(9), "jobs": ["j-9"]},
        {"at": day(3), "by": day(9), "seats": {"j-9": 1}},
        {"at": day(3), "by": day(9), "seats": {"j-1": -1}},
        {"at": day(3), "by": day(9), "seats": {"j-1": 1.5}},
        {"at": day(3), "by": day(9), "learn_since": day(4)},
    ],
)
def test_questions_that_cannot_be_are_refused(asked) -> None:
    """Times without a zone or out of order, unknown jobs, and seats that are none."""
    with pytest.raises(InputError):
        forecast(table(application(1, ("enter", "applied", 0), ("reject", "applied", 1))), **asked)


def test_a_spread_answers_in_whole_numbers() -> None:
    """Intervals hold at least what they say, and levels that are none are refused."""
    spread = Spread(draws=np.arange(100))

    assert (5, 94) == spread.interval(0.9) or (4, 94) == spread.interval(0.9)
    assert 0.9 <= np.mean((spread.draws >= spread.interval(0.9)[0]) & (spread.draws <= spread.interval(0.9)[1]))
    with pytest.raises(InputError):
        spread.interval(1.0)


def test_a_job_without_an_open_seat_hires_nobody() -> None:
    """Nothing is said of when its seats are filled, as none is open."""
    made = simulate(jobs=2, days=150, per_week=10.0, seed=6)
    found = forecast(made.table, at=made.ends, by=made.day(178), jobs=["job-0"], seats={"job-0": 0})

    assert 0 == found.hires.draws.max() < found.from_open
    assert {} == found.fills
    assert "if seats never ran out" in found.describe()


@given(powers=st.tuples(st.floats(-3, 3), st.floats(-3, 3)), sizes=st.tuples(st.integers(1, 4), st.integers(1, 4)))
def test_between_the_points_of_the_grid_chances_are_powers_of_the_factors(powers, sizes) -> None:
    """What is exactly a power is found exactly, wherever on the finer grid; the last step kept is the end."""
    grids = [np.linspace(-0.7, 0.9, size) if size > 1 else np.zeros(1) for size in sizes]

    def law(on, off):
        return 0.05 * np.exp(powers[0] * on[:, None] + powers[1] * off[None, :])

    coarse, fine = law(*grids), law(*(_finer(grid, 0) for grid in grids))
    table = Chances(kept=coarse[None, :, :, None, None], end=_fine(coarse[:, :, None, None]), fresh=_fine(coarse))

    assert table.fresh == pytest.approx(fine)
    assert [
        table.of(on, off, np.zeros(1, int), np.zeros(1, int))[-1, 0] for on, off in np.ndindex(*fine.shape)
    ] == pytest.approx(fine.ravel())


def test_jobs_that_differ_are_not_foretold_more_hires_of_those_yet_to_come() -> None:
    """A faster job has many more hires soon, a slower one few less; what is between two points is no mean of both."""
    foretold = came = 0.0
    for seed in range(3):
        made = simulate(jobs=60, days=212, per_week=50.0, speed_spread=0.4, week=[1.0] * 7, seed=seed)
        at, by = made.day(184), made.day(212)
        whole, known = (forecast(made.table, at=at, by=by, seed=seed, is_closed=closed) for closed in (False, True))
        foretold += whole.hires.mean - known.hires.mean
        instants = [np.datetime64(each.replace(tzinfo=None)) for each in (at, by)]
        is_new = made.table.applied_at[made.table.application] > instants[0]
        came += (is_new & (made.table.left_by == VERBS.index("hire")) & (made.table.left_at <= instants[1])).sum()

    assert came > 100
    assert foretold == pytest.approx(came, rel=0.15)  # it was a fifth more
