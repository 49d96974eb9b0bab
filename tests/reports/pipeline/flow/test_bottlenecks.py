"""Bottlenecks: a slow stage is found, none is invented, and too little is said to be too little."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.reports.pipeline.flow import bottlenecks
from crmcore.reports.pipeline.flow._comparing import Sample, above_peers, above_threshold, holm, t_above, t_quantile
from crmcore.reports.pipeline.flow.backtest import wilson
from crmcore.testing.pipelines import STAGES, Slowing, StageLaw, simulate
from tests.reports.pipeline.flow.made import application, day, table

HEAVY = tuple(
    StageLaw(key=f"s{n}", days=d, advance=0.5, law="lognormal", shape=1.0) for n, d in enumerate((3, 7, 12, 5))
)
REGULAR = tuple(
    StageLaw(key=f"s{n}", days=d, advance=0.6, law="weibull", shape=2.5) for n, d in enumerate((2, 8, 6, 4))
)
SHAPES = pytest.mark.parametrize("laws", [STAGES, HEAVY, REGULAR], ids=["usual", "heavy", "regular"])
SLOW_FROM = 130.0


def made(laws, *, factor, seed, **more):
    """Simulate 220 days, with the third stage slow in the last 90 of them."""
    slowings = [Slowing(stage=laws[2].key, factor=factor, from_day=SLOW_FROM)] if factor > 1 else []
    return simulate(
        **{"jobs": 6, "days": 220, "per_week": 25.0, "stages": laws, "slowings": slowings, "seed": seed, **more}
    )


@SHAPES
def test_a_planted_slow_stage_is_found(laws) -> None:
    """A stage that takes twice as long is flagged, and ranked first, in 95 % of simulations at least."""
    found = 0
    for seed in range(40):
        simulated = made(laws, factor=2.0, seed=seed)
        flagged = bottlenecks(simulated.table, at=simulated.ends).flagged
        found += [each.stage for each in flagged][:1] == [laws[2].key]

    assert found >= 38, wilson(found, 40)


@SHAPES
def test_where_none_is_slow_none_is_flagged(laws) -> None:
    """Of pipelines without a slow stage at most one in twenty has one flagged, also where jobs differ."""
    wrong = 0
    for seed in range(50):
        unlike = {"jobs": 12, "per_week": 8.0, "speed_spread": 0.3, "lean_spread": 0.3} if seed % 2 else {}
        simulated = made(laws, factor=1.0, seed=seed, **unlike)
        wrong += bool(bottlenecks(simulated.table, at=simulated.ends, worth=0.0).flagged)

    assert wrong <= 5, wilson(wrong, 50)  # 2.5 are expected at most; 6 and more have a chance of 4 %


def test_what_would_be_spared_is_what_was_planted() -> None:
    """The days that each hire would be spared are those that were added, and their interval holds them."""
    saved, held = [], 0
    for seed in range(15):
        slowings = [Slowing(stage="s2", factor=2.0, from_day=100.0)]  # so that none that began before is left
        simulated = simulate(jobs=6, days=220, per_week=25.0, stages=REGULAR, slowings=slowings, seed=seed)
        first = bottlenecks(simulated.table, at=simulated.ends, against="thresholds", thresholds={"s2": 6.0}).stages[0]
        saved.append(first.saved.value)
        held += first.saved.low < 6.0 < first.saved.high

    assert np.mean(saved) == pytest.approx(6.0, rel=0.05)
    assert held >= 13


def test_stays_of_before_dilute_what_would_be_spared() -> None:
    """Those that began before it became slow are in the stage still: against history a little less is told than was added."""
    saved = []
    for seed in range(15):
        simulated = made(REGULAR, factor=2.0, seed=seed)
        saved.append(bottlenecks(simulated.table, at=simulated.ends).stages[0].saved.value)

    assert 6.0 * 0.85 < np.mean(saved) < 6.0


def test_a_slow_job_that_came_is_no_slow_stage() -> None:
    """Where jobs differ, few of them are open at a time and others were before, hardly ever is a stage flagged."""
    wrong = 0
    for seed in range(40):
        simulated = simulate(
            jobs=9, days=365, per_week=20.0, open_days=150.0, speed_spread=0.3, stages=REGULAR, seed=seed
        )
        wrong += bool(bottlenecks(simulated.table, at=simulated.ends, worth=0.0).flagged)

    assert wrong <= 5, wilson(wrong, 40)  # 30 % were, with errors of applications alone


def test_a_threshold_is_judged_by_what_was_promised() -> None:
    """A stage over its days is flagged, one within them is not, and one without any is not judged."""
    simulated = made(STAGES, factor=1.0, seed=3)
    found = bottlenecks(
        simulated.table, at=simulated.ends, against="thresholds", thresholds={"applied": 2.0, "screen": 6.0}
    )
    by_stage = {each.stage: each for each in found}

    assert ["applied"] == [each.stage for each in found.flagged]
    assert by_stage["screen"].chance > 0.05
    assert "it has no threshold" == by_stage["offer"].reason
    assert "applied" in repr(found)


def test_a_job_is_held_against_its_peers_and_how_they_differ() -> None:
    """A job whose stage takes three times as long as elsewhere is flagged; one that is like the others is not."""
    slow = [Slowing(stage="s1", factor=3.0, jobs=(0,))]
    found = wrong = 0
    for seed in range(12):
        simulated = simulate(
            jobs=10, days=200, per_week=20.0, stages=REGULAR, slowings=slow, speed_spread=0.15, seed=seed
        )
        ask = {"at": simulated.ends, "since": simulated.begins, "against": "peers"}
        found += "s1" in [each.stage for each in bottlenecks(simulated.table, jobs=["job-0"], **ask).flagged]
        wrong += bool(bottlenecks(simulated.table, jobs=["job-1"], **ask).flagged)

    assert found >= 11
    assert wrong <= 2


def test_small_samples_are_not_flagged() -> None:
    """However slow a stage has become, a handful of stays is not judged, and the reason says so."""
    simulated = simulate(jobs=1, days=220, per_week=4.0, slowings=[Slowing(stage="panel", factor=20.0, from_day=130.0)])
    found = {each.stage: each for each in bottlenecks(simulated.table, at=simulated.ends)}

    assert not found["panel"].is_flagged
    assert found["panel"].saved.value is None
    assert "are needed" in found["panel"].reason


def test_little_days_are_not_worth_it() -> None:
    """A difference that is beyond chance but below what is worth it is told and not flagged."""
    simulated = made(REGULAR, factor=2.0, seed=1)
    found = bottlenecks(simulated.table, at=simulated.ends, worth=30.0)

    assert () == found.flagged
    assert any("too little to be worth it" in each.reason for each in found)


def test_a_slow_rejection_is_no_bottleneck() -> None:
    """Hires wait for those that decide to go on; that rejections take longer costs no hire a day."""
    early = made(STAGES, factor=1.0, seed=5)
    law = STAGES[1]
    slow_no = [*STAGES[:1], StageLaw(key="screen", days=law.days, advance=law.advance, ending=4.0), *STAGES[2:]]
    both = simulate(jobs=6, days=220, per_week=25.0, stages=slow_no, seed=5)

    assert "screen" not in [each.stage for each in bottlenecks(early.table, at=early.ends).flagged]
    assert "screen" not in [
        each.stage
        for each in bottlenecks(both.table, at=both.ends, against="thresholds", thresholds={"screen": law.days}).flagged
    ]


def test_who_waits_is_named_longest_first() -> None:
    """The ids are those of the applications in the stage, the one that has been there for longest first."""
    steps = table(
        application(1, ("enter", "applied", 3)),
        application(2, ("enter", "applied", 1)),
        application(3, ("enter", "applied", 0), ("reject", "applied", 2)),
    )
    found = bottlenecks(steps, at=day(9), since=day(2))

    assert ("a-002", "a-001") == found.stages[0].waiting
    assert "only 0 went on" in found.describe()


def test_an_empty_table_has_no_stages() -> None:
    """Nothing in, nothing out."""
    assert 0 == len(bottlenecks(table(), at=day(9)))


@pytest.mark.parametrize(
    "asked",
    [
        {"at": datetime(2026, 1, 9)},  # noqa: DTZ001 - without a zone, which is the point
        {"at": "2026-01-09"},
        {"at": day(9), "since": day(10)},
        {"at": day(9), "against": "thresholds", "thresholds": {"applied": float("nan")}},
        {"at": day(9), "against": "fate"},
        {"at": day(9), "against": "thresholds"},
        {"at": day(9), "against": "peers"},
        {"at": day(9), "thresholds": {"applied": 3.0}},
        {"at": day(9), "alpha": 0.0},
        {"at": day(9), "worth": -1.0},
        {"at": day(9), "worth": float("nan")},
        {"at": day(9), "least": 1},
    ],
)
def test_questions_that_cannot_be_are_refused(asked) -> None:
    """Times without a zone, nothing to go by, and numbers out of bounds."""
    with pytest.raises(InputError):
        bottlenecks(table(application(1, ("enter", "applied", 0))), **asked)


@pytest.mark.parametrize(
    ("freedom", "value", "chance"),
    [(1, 1.0, 0.25), (2, 2.92, 0.05), (5, 2.571, 0.025), (30, 1.697, 0.05), (1e9, 1.645, 0.05)],
)
def test_student_s_t_is_that_of_the_tables(freedom, value, chance) -> None:
    """Tail chances and quantiles equal the printed ones, on both sides."""
    assert t_above(value, freedom) == pytest.approx(chance, abs=1e-4)
    assert t_above(-value, freedom) == pytest.approx(1 - chance, abs=1e-4)
    assert t_quantile(chance, freedom) == pytest.approx(value, abs=1e-3)


@given(chances=st.lists(st.floats(0, 1), max_size=8))
def test_chances_of_many_are_never_below_those_of_one(chances) -> None:
    """Holm's chances keep the order, and the least is that of Bonferroni."""
    found = holm(chances)

    assert all(one <= many <= 1 for one, many in zip(chances, found, strict=True))
    assert [each for _, each in sorted(zip(chances, found, strict=True))] == sorted(found)
    if chances:
        assert min(found) == pytest.approx(min(1.0, min(chances) * len(chances)))


def sample(ages) -> Sample:
    """Return stays that all went on."""
    whole = np.sort(np.asarray(ages, dtype=np.int64))
    rows = np.arange(len(whole))
    given = {"ways": np.ones_like(whole), "entries": np.full_like(whole, -1), "application": rows}
    return Sample(ages=whole, **given, job=0 * rows, batch=rows)


def test_a_sample_without_ends_or_with_few_peers_is_not_compared() -> None:
    """What tells nothing gives nothing."""
    rows = sample(range(1, 30))

    assert above_threshold(sample([]), 3.0) is None
    assert above_peers(rows, [rows, rows]) is None
