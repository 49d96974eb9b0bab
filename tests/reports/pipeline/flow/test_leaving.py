"""The log-rank test of leaving, job by job, and weights of jobs: against slow twins, and by what they are for."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.reports.pipeline.flow import bottlenecks
from crmcore.reports.pipeline.flow._comparing import Sample, matched
from crmcore.reports.pipeline.flow._leaving import compare_leaving
from crmcore.reports.pipeline.flow._risk import count_risks
from crmcore.reports.pipeline.table import VERBS, StageTable
from crmcore.testing.pipelines import SimulatedPipelines, Slowing, StageLaw, simulate

REGULAR = tuple(
    StageLaw(key=f"s{n}", days=d, advance=0.6, law="weibull", shape=2.5) for n, d in enumerate((2, 8, 6, 4))
)
ROWS = st.lists(
    st.tuples(
        st.integers(1, 12), st.booleans(), st.integers(-1, 11), st.booleans(), st.integers(0, 2), st.integers(0, 3)
    ).filter(lambda row: row[2] < row[0]),
    max_size=25,
)


@given(ROWS, st.sampled_from([1, 10**17]))
def test_the_log_rank_test_is_what_the_loop_says(rows, unit) -> None:
    """Who left, who would have, and the error of that, added up stratum by stratum, age by age and row by row."""
    columns = [np.array([row[place] for row in rows], dtype=np.int64) for place in range(6)]
    ages, left, entries, asked, stratum, cluster = columns
    sides = {"asked": asked.astype(bool), "stratum": stratum * 20, "cluster": cluster}
    found = compare_leaving(ages * unit, left.astype(bool), entries * unit, **sides)
    gone, expected, spread = 0, 0.0, 0.0
    pulls = dict.fromkeys(range(4), 0.0)
    for one in {row[4] for row in rows}:
        for age in {row[0] for row in rows if row[1]}:
            risk = [row for row in rows if row[4] == one and row[2] < age <= row[0]]
            ended = [row for row in risk if row[1] and row[0] == age]
            here = sum(row[3] for row in risk)
            if not ended or here in {0, len(risk)}:
                continue
            share = here / len(risk)
            gone += sum(row[3] for row in ended)
            expected += len(ended) * share
            ties = (len(risk) - len(ended)) / max(len(risk) - 1, 1)
            spread += len(ended) * share * (1 - share) * ties
            for row in risk:
                has_ended = bool(row[1]) and row[0] == age
                pulls[row[5]] += (has_ended - len(ended) / len(risk)) * (row[3] - share)

    assert found.left == gone
    assert found.expected == pytest.approx(expected)
    assert found.error == pytest.approx(sqrt(max(spread, sum(pull**2 for pull in pulls.values()))), abs=1e-9)


@given(ROWS, st.lists(st.integers(1, 4), min_size=25, max_size=25))
def test_a_row_of_some_weight_counts_as_so_many(rows, weights) -> None:
    """Weights give the risks of rows that are repeated."""
    ages, left, entries = (np.array([row[place] for row in rows], dtype=np.int64) for place in range(3))
    weights = np.array(weights[: len(rows)], dtype=np.int64)
    many = [np.repeat(each, weights) for each in (ages, left, entries)]
    found = count_risks(ages, left, among=1, entries=entries, weights=weights)
    expected = count_risks(many[0], many[1], among=1, entries=many[2])

    for name in ("times", "at_risk", "ends", "longest"):
        assert np.array_equal(getattr(found, name), getattr(expected, name))


def sample(*jobs: int) -> Sample:
    """Return stays of a day each, one of each job named."""
    rows = np.arange(len(jobs), dtype=np.int64)
    ones = np.ones_like(rows)
    return Sample(ages=ones, ways=ones, entries=-ones, application=rows, job=np.array(jobs, dtype=np.int64), batch=rows)


def test_jobs_weigh_alike_on_both_sides_and_those_of_one_side_not_at_all() -> None:
    """However many of a job there are on either side, its share is the same on both."""
    now, before = matched(sample(0, 0, 0, 1, 2), sample(0, 1, 1, 1, 1, 3))
    shares = [np.bincount(each.job, weights=each.weights) / each.weights.sum() for each in (now, before)]

    assert [{0, 1}] * 2 == [set(each.job.tolist()) for each in (now, before)]
    assert shares[0] == pytest.approx(shares[1], abs=1e-3)
    assert shares[0] == pytest.approx([0.75 / 1.55, 0.8 / 1.55], abs=1e-3)
    assert matched(sample(0, 0), sample(0))[0].weights is None


def test_more_of_a_slow_job_is_no_slow_stage() -> None:
    """A job that takes three times as long, and by now has most of the applications, makes no stage slow."""
    wrong = 0
    for seed in range(10):
        made = simulate(jobs=2, days=220, per_week=20.0, stages=REGULAR, slowings=[SLOW_JOB], seed=seed)
        job, is_late = made.table.applications.job, made.table.applied_at >= np.datetime64(TURN)
        kept = (job == is_late) | (np.arange(len(job)) % 6 == 0)
        wrong += bool(bottlenecks(only(made, kept), at=made.ends, worth=0.0).flagged)

    assert wrong <= 2  # all 10 were, before jobs were told apart


SLOW_JOB = Slowing(stage="s1", factor=3.0, jobs=(1,))
TURN = "2025-05-16"
"""When the window of the last 90 days begins."""


def only(made: SimulatedPipelines, kept: np.ndarray) -> StageTable:
    """Return the table of some of the applications."""
    steps, applications = made.table.steps, made.table.applications
    rows = kept[steps.subject]
    return StageTable.from_columns(
        {
            "application": steps.subject[rows],
            "verb": [VERBS[code].value for code in steps.verb[rows]],
            "stage": [made.table.stages[code] for code in steps.about[rows]],
            "occurred_at": steps.occurred_at[rows],
            "job": applications.job[steps.subject[rows]],
        },
        pipelines=[made.pipeline],
    )


@pytest.mark.parametrize(("way", "least", "most"), [("off", 0, 3), ("on", 9, 10)])
def test_a_slow_no_is_no_bottleneck_and_a_slow_yes_is(way, least, most) -> None:
    """Where only rejections became three times as slow nobody who is hired waits longer; where the others did, they do."""
    slowed = Slowing(stage="s2", factor=3.0, from_day=130.0, way=way)
    found = 0
    for seed in range(10):
        made = simulate(jobs=6, days=220, per_week=15.0, stages=REGULAR, slowings=[slowed], seed=seed)
        found += "s2" in [each.stage for each in bottlenecks(made.table, at=made.ends).flagged]

    assert least <= found <= most  # of slow rejections one in twenty is


def test_a_stage_from_which_nobody_goes_on_any_more_is_flagged() -> None:
    """There are no days to compare, yet where twenty should have gone on and none did, that is told first."""
    stuck = Slowing(stage="s2", factor=60.0, from_day=130.0)
    made = simulate(jobs=3, days=220, per_week=15.0, stages=REGULAR, slowings=[stuck], seed=1)
    table = made.table.as_of(made.ends)
    first = bottlenecks(table, at=made.ends, since=made.day(150)).stages[0]

    assert ("s2", True, None, None) == (first.stage, first.is_flagged, first.saved.value, first.now)
    assert first.usual == pytest.approx(6.0, rel=0.1)
    assert "went on, where" in first.reason
    assert len(first.waiting) > 100


def test_decisions_about_many_at_once_are_not_taken_for_as_many() -> None:
    """Where one side left in a few batches, the error is that of the batches."""
    ages = np.repeat(np.arange(1, 9), 10)
    asked = np.tile(np.repeat([True, False], 5), 8)
    rows = {"has_left": ages > 0, "entries": -ages, "asked": asked, "stratum": 0 * ages}
    alone = compare_leaving(ages, **rows, cluster=np.arange(80))
    batched = compare_leaving(ages, **rows, cluster=ages * 2 + asked)

    assert batched.error > 2 * alone.error


def test_those_who_wait_are_not_taken_for_one_batch() -> None:
    """Nobody has decided about them, so each is as much evidence as before: a standstill is beyond any doubt."""
    stuck = Slowing(stage="s2", factor=60.0, from_day=130.0)
    made = simulate(jobs=3, days=220, per_week=15.0, stages=REGULAR, slowings=[stuck], seed=1)
    first = bottlenecks(made.table, at=made.ends, since=made.day(150)).stages[0]

    assert first.chance < 1e-6
