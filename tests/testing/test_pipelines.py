"""Simulated pipelines: what is drawn is what the laws say, and records and columns tell the same."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from crmcore.errors import InputError
from crmcore.reports.pipeline.table import VERBS, StageTable
from crmcore.testing._pipeline_draw import lasting
from crmcore.testing.pipelines import STAGES, Slowing, StageLaw, simulate


def days_of(table, rows) -> np.ndarray:
    """Return how long some stays lasted."""
    return (table.left_at[rows] - table.entered_at[rows]) / np.timedelta64(1, "D")


def test_the_same_seed_gives_the_same_table() -> None:
    """And another one gives another."""
    one, same, other = (simulate(jobs=2, days=60, seed=seed).table for seed in (1, 1, 2))

    assert one.left_at.tolist() == same.left_at.tolist()
    assert one.left_at.tolist() != other.left_at.tolist()


def test_records_tell_what_the_columns_tell() -> None:
    """A table of the applications as records is the same table."""
    made = simulate(jobs=3, days=40, per_week=6.0, seed=1)
    read = StageTable.of(made.applications(), pipelines=[made.pipeline])
    for name in (
        "application",
        "stage",
        "place",
        "entered_at",
        "left_at",
        "came_by",
        "left_by",
        "status",
        "applied_at",
    ):
        assert getattr(made.table, name).tolist() == getattr(read, name).tolist()
    assert [made.table.jobs.ids[code] for code in made.table.job] == [read.jobs.ids[code] for code in read.job]


@pytest.mark.parametrize("law", ["gamma", "weibull", "lognormal", "fixed"])
def test_durations_have_the_mean_of_their_law(law) -> None:
    """Whatever the family, the mean is 1."""
    assert lasting(law, 1.4, 200_000, rng=np.random.default_rng(0)).mean() == pytest.approx(1.0, abs=0.02)


def test_stays_last_and_end_as_the_laws_say() -> None:
    """Means and shares of each stage are the planted ones, and so is the share that is hired."""
    made = simulate(jobs=20, days=300, per_week=25.0, seed=4)
    table = made.table
    for place, law in enumerate(STAGES):
        rows = table.place == place
        on = rows & np.isin(table.left_by, (VERBS.index("move"), VERBS.index("hire")))
        if not law.back:
            assert days_of(table, on).mean() == pytest.approx(law.days, rel=0.06)
            assert on.sum() / rows.sum() == pytest.approx(law.advance, abs=0.02)
    hired = (table.left_by == VERBS.index("hire")).sum() / len(table.applications)

    assert hired == pytest.approx(made.hire_probability, abs=0.005)


def test_a_slowing_slows_what_it_names_and_nothing_else() -> None:
    """Only stays of that stage, of those jobs, from that day on."""
    slow = [Slowing(stage="screen", factor=3.0, from_day=100.0, jobs=(0,))]
    plain, slowed = (simulate(jobs=2, days=200, per_week=60.0, slowings=some, seed=5).table for some in ([], slow))
    screens = [table.place == 1 for table in (plain, slowed)]
    begins = plain.entered_at.min()
    late = (slowed.entered_at - begins) / np.timedelta64(1, "D") > 101

    assert days_of(slowed, screens[1] & (slowed.job == 1)).mean() == pytest.approx(
        days_of(plain, screens[0] & (plain.job == 1)).mean()
    )
    assert days_of(slowed, screens[1] & (slowed.job == 0) & late).mean() > 12


def test_arrivals_follow_the_week_and_ends_keep_office_days() -> None:
    """Few apply on Sundays, and with office days nothing ends on a weekend."""
    made = simulate(jobs=10, days=140, per_week=20.0, office_days=True, seed=6)
    weekday = (made.table.applied_at.astype("datetime64[D]").astype(np.int64) + 3) % 7
    counts = np.bincount(weekday, minlength=7)
    ended = made.table.left_at.astype("datetime64[D]")

    assert counts[6] < counts[0] / 3
    assert np.is_busday(ended).all()


def test_jobs_differ_as_told() -> None:
    """The spread of speeds is that of the logarithm, and their mean is 1."""
    made = simulate(jobs=4000, days=1, per_week=0.0, speed_spread=0.4, seed=7)

    assert np.log(made.speed).std() == pytest.approx(0.4, rel=0.05)
    assert made.speed.mean() == pytest.approx(1.0, abs=0.03)


def test_a_job_is_open_for_some_days_and_then_closed() -> None:
    """Nobody applies to it before or after."""
    table = simulate(jobs=20, days=200, per_week=30.0, open_days=30.0, seed=8).table
    begins = [table.applied_at[table.applications.job == job] for job in np.unique(table.applications.job)]

    assert all((each.max() - each.min()) / np.timedelta64(1, "D") <= 30 for each in begins)


def test_nothing_arrives_where_nothing_can() -> None:
    """No jobs, no days or no arrivals give an empty table."""
    for none in ({"jobs": 0}, {"days": 0.0}, {"per_week": 0.0}):
        assert 0 == len(simulate(**none).table)


@pytest.mark.parametrize(
    "given",
    [
        {"jobs": -1},
        {"days": -1.0},
        {"open_days": -1.0},
        {"stages": ()},
        {"stages": (StageLaw(key="a", days=1.0, advance=0.5, back=0.2),)},
        {"week": (1.0, 2.0)},
        {"week": (0.0,) * 7},
        {"slowings": [Slowing(stage="nowhere", factor=2.0)]},
    ],
)
def test_worlds_that_cannot_be_are_refused(given) -> None:
    """Numbers out of bounds, no stages, weeks of other lengths, and slow stages that are none."""
    with pytest.raises(InputError):
        simulate(**given)


@pytest.mark.parametrize("law", [{"advance": 1.2}, {"advance": 0.9, "withdraw": 0.2}, {"days": 0.0}, {"law": "cauchy"}])
def test_laws_that_cannot_be_are_refused(law) -> None:
    """Shares that add up to more than 1, no days, and unknown families."""
    with pytest.raises(InputError):
        StageLaw(**{"key": "a", "days": 1.0, "advance": 0.5, **law})


def test_a_beginning_without_a_zone_and_a_stage_that_is_none_are_refused() -> None:
    """The same arguments give the same table wherever it is drawn, so that no zone of the machine may matter."""
    with pytest.raises(InputError, match="zone"):
        simulate(jobs=1, days=3, begins=datetime(2026, 1, 5))  # noqa: DTZ001
    with pytest.raises(InputError, match="'scren'"):
        simulate(jobs=1, days=3).mean_days("scren")
