"""A window that saw nobody at some age tells nothing past it, and one stay by itself has no interval."""

from __future__ import annotations

import numpy as np

from crmcore.model.hiring import Application
from crmcore.reports.pipeline.flow import backtest, bottlenecks, forecast, time_in_stage
from crmcore.reports.pipeline.flow._comparing import Sample
from crmcore.reports.pipeline.flow._risk import unbroken
from crmcore.reports.pipeline.table import StageTable
from tests.reports.pipeline.flow.made import PIPELINE, application, day, table


def _stay(number: int, entered: float, left: float) -> Application:
    return application(number, ("enter", "applied", entered), ("move", "screen", left))


def test_one_that_came_and_went_says_nothing_of_those_that_are_there_for_long() -> None:
    """One came within the window and left at once, nobody else was followed at that age: not all leave in an hour."""
    made = table(_stay(1, 20, 20.5), *(_stay(number, 0, 40 + number) for number in range(2, 7)))

    whole = time_in_stage(made, at=day(50))["applied"]
    found = time_in_stage(made, at=day(50), since=day(19))["applied"]
    advanced = found.passage("advanced")

    assert whole.median.value == 43.5
    assert [None] * 3 == [found.median.value, found.mean().value, advanced.mean.value]
    assert (0.0, None) == (found.leaving.by(0.4).value, found.leaving.by(0.5).value)
    assert (None, 6) == (advanced.median.value, found.ended["advanced"])
    assert "nobody was followed" in found.describe()
    assert "nobody was followed" not in whole.describe()


def test_those_that_were_there_before_say_nothing_of_the_first_days() -> None:
    """Where nobody began within the window, how many leave in the first days is not known, nor what lasts beyond."""
    made = table(*(_stay(number, 0, 30 + number) for number in range(1, 6)))

    found = time_in_stage(made, at=day(50), since=day(20))["applied"]

    assert (0.0, None, None) == (found.followed, found.median.value, found.mean().value)


def test_a_window_without_a_gap_tells_as_before() -> None:
    """Somebody was followed at every age, so that all is told."""
    made = table(_stay(1, 19, 30), *(_stay(number, 15 - number, 25 + number) for number in range(2, 7)))

    found = time_in_stage(made, at=day(50), since=day(19))["applied"]

    assert found.median.value is not None
    assert found.mean().low is not None
    assert "nobody was followed" not in found.describe()


def test_one_stay_has_no_interval() -> None:
    """A mean of one is a number that nothing is known about, and no certainty."""
    mean = time_in_stage(table(_stay(1, 0, 4)), at=day(9))["applied"].mean()

    assert (4.0, None, None) == (mean.value, mean.low, mean.high)


def test_a_sample_tells_of_ages_that_were_followed() -> None:
    """What holds hires up is not judged by one that left at once, nor are those counted that were only seen later."""
    gone, late = ([1, -1], [50, 20]), ([60, 30], [70, 65])
    ages, entries = np.array([*gone, *late]).T
    sample = Sample(
        ages=ages,
        ways=np.ones(4, dtype=np.int64),
        entries=entries,
        application=np.arange(4),
        job=np.zeros(4, dtype=np.int64),
        batch=np.arange(4),
    )

    assert (0, None) == (sample.went_on, sample.mean())


def test_one_that_is_far_older_than_all_others_does_not_hide_them() -> None:
    """One forgotten application that was there long before leaves a gap at high ages; below it all is told."""
    usual = [_stay(number, 100 + number, 104 + number + number % 3 + number / 100) for number in range(2, 40)]
    made = table(application(1, ("enter", "applied", 0)), *usual)

    found = time_in_stage(made, at=day(200), since=day(99))["applied"]

    assert found.lasting == 1
    assert 5.0 < (found.median.value or 0) < 5.5
    assert 5.0 < (found.mean().value or 0) < 5.5
    assert 5.0 < (found.passage("advanced").mean.value or 0) < 5.5


def test_until_which_age_somebody_was_followed() -> None:
    """The ages of those that are followed join; who enters when the last one before leaves joins nothing."""
    assert unbroken(np.array([5, 9]), np.array([-1, 4])) == 9
    assert unbroken(np.array([5, 9]), np.array([-1, 5])) == 5
    assert unbroken(np.array([5, 9]), np.array([2, 4])) == 0
    assert unbroken(np.array([5, 9]), np.array([-1, -1])) == 9
    assert unbroken(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)) == 0


def test_stays_of_no_job_are_those_of_one_that_has_no_name() -> None:
    """Where nobody says of which job applications are, flow answers all the same."""
    steps = {
        "application": ["a-1", "a-1", "a-2"],
        "verb": ["enter", "reject", "enter"],
        "stage": ["applied"] * 3,
        "occurred_at": [day(0), day(2), day(1)],
    }
    told = StageTable.from_columns(steps, pipelines=[PIPELINE])
    some = StageTable.from_columns({**steps, "job": ["j-1", "j-1", None]}, pipelines=[PIPELINE])

    for made in (told, some):
        assert 1 == len(bottlenecks(made, at=day(9)))
        assert ("a-2",) == forecast(made, at=day(3), by=day(9)).applications
        assert 1 == len(backtest(made, begins=day(3), at=day(9), days=5.0))
    assert 1 == time_in_stage(some, at=day(9), jobs=["j-1"])["applied"].count


def test_where_everything_ended_at_once_there_is_a_forecast_all_the_same() -> None:
    """Imported histories may know a day alone, so that steps share an instant; nothing takes any time then."""
    at_once = [application(number, ("enter", "applied", 0), ("hire", "applied", 0)) for number in range(3)]
    made = table(*at_once, application(9, ("enter", "applied", 1)), application(8, ("enter", "applied", 0)))
    found = forecast(made, at=day(1), by=day(9))

    assert ("a-008", "a-009") == found.applications
    assert (found.chances > 0.5).all()
    assert 0.0 == time_in_stage(made, at=day(1))["applied"].passage("advanced").mean.value
    assert () == bottlenecks(made, at=day(9)).flagged
