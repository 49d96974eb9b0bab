"""Little's law: it holds of a simulated steady state, and its ratio tells what is not one."""

from __future__ import annotations

from datetime import datetime

import pytest

from crmcore.errors import InputError
from crmcore.reports.pipeline.flow import steadiness
from crmcore.testing.pipelines import StageLaw, simulate
from tests.reports.pipeline.flow.made import application, day, table

LAWS = (
    StageLaw(key="first", days=20.0, advance=0.5, shape=1.0),
    StageLaw(key="last", days=10.0, advance=0.5, law="lognormal", shape=0.8),
)


def test_in_a_steady_state_the_law_holds() -> None:
    """What is under way is what comes times how long it lasts: of applications, and of each stage."""
    made = simulate(jobs=10, days=400, per_week=20.0, stages=LAWS, seed=1)
    for stage in (None, "first", "last"):
        found = steadiness(made.table, since=made.day(150), at=made.ends, stage=stage)

        assert found.ratio == pytest.approx(1.0, abs=0.03)


def test_in_a_short_window_the_times_of_the_ended_alone_break_it() -> None:
    """Early on, what has ended is what was quick; counting what lasts, the days are far more."""
    made = simulate(jobs=10, days=400, per_week=20.0, stages=LAWS[:1], seed=2)
    early = steadiness(made.table, since=made.begins, at=made.day(30), stage="first")

    assert early.naive < 0.6 * 20.0
    assert early.lasts > 1.2 * early.naive


def test_a_pipeline_that_drains_is_no_steady_state() -> None:
    """After the last arrival much is under way for little that comes, or nothing, of which there is no ratio."""
    made = simulate(jobs=10, days=100, per_week=20.0, stages=LAWS, seed=3)
    drained = steadiness(made.table, since=made.ends, at=made.day(130))

    assert drained.under_way > 10
    assert (0, None, None) == (drained.began, drained.ratio, drained.naive_ratio)


def test_by_hand() -> None:
    """Two applications over ten days, one of which ends."""
    found = steadiness(
        table(
            application(1, ("enter", "applied", 0), ("reject", "applied", 4)), application(2, ("enter", "applied", 5))
        ),
        since=day(0),
        at=day(10),
    )

    assert (0.9, 0.2, 2, 1, 4.0) == (found.under_way, found.arrivals, found.began, found.ended, found.naive)
    assert found.lasts == pytest.approx(4.0 * 1.0 + 0.5 * 1.0)  # half lasts past day 4, and is seen until day 5


@pytest.mark.parametrize(
    "asked",
    [
        {"since": day(3), "at": day(3)},
        {"since": datetime(2026, 1, 1), "at": day(3)},  # noqa: DTZ001 - without a zone, which is the point
        {"since": day(0), "at": day(3), "stage": "x"},
    ],
)
def test_questions_that_cannot_be_are_refused(asked) -> None:
    """Windows the wrong way round, times without a zone, and stages that are none."""
    with pytest.raises(InputError):
        steadiness(table(application(1, ("enter", "applied", 0))), **asked)
