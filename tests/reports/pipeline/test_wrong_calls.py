"""What a caller gets wrong is told in the project's own errors, with what there is instead."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from crmcore.errors import InputError, UnknownChoice
from crmcore.reports.pipeline import Anchor, Mark, Measure, StageTable, funnel, presets
from crmcore.reports.pipeline.flow import bottlenecks, forecast, time_in_stage
from tests.reports.pipeline.hiring_spring import APPLICATIONS, NOW, PIPELINE, day, table

NO_ZONE = datetime(2026, 3, 9)  # noqa: DTZ001


def test_a_group_that_is_none_is_told_with_those_that_there_are() -> None:
    """A word that is no group is refused, by measures and by funnels."""
    with pytest.raises(UnknownChoice, match="did you mean 'source'"):
        presets.HIRES.by("sourse", table=table())
    with pytest.raises(UnknownChoice, match="did you mean 'source'"):
        funnel(table(), by=["sourse"])
    with pytest.raises(UnknownChoice, match="'per'"):
        funnel(table(), per="stages!")
    with pytest.raises(UnknownChoice, match="'mode' of a funnel"):
        funnel(table(), mode="cohorts of")
    with pytest.raises(UnknownChoice, match="'by'"):
        funnel(table()).stage("applied", sauce="x")


def test_a_funnel_takes_one_group_by_its_word_alone() -> None:
    """One group need not stand in a list."""
    assert funnel(table(), by=["source"]).to_columns() == funnel(table(), by="source").to_columns()


def test_a_choice_that_lever_does_not_have() -> None:
    """Lever's starts and ends are words, and others are refused."""
    with pytest.raises(UnknownChoice, match="'start'"):
        presets.time_to_fill_lever(start="opened")
    with pytest.raises(UnknownChoice, match="'end'"):
        presets.time_to_fill_lever(end="filled")


@pytest.mark.parametrize("wrong", [None, [], ["a-1"], 5, "table"], ids=repr)
def test_applications_are_no_table(wrong: Any) -> None:
    """Everything that is measured is measured over a table; a table is made of lists of records, each of its kind."""
    for measured in (
        lambda: presets.HIRES.over(wrong, at=NOW),
        lambda: presets.HIRES.by("job", table=wrong, at=NOW),
        lambda: funnel(wrong, at=NOW),
        lambda: bottlenecks(wrong, at=NOW),
        lambda: forecast(wrong, at=NOW, by=NOW + timedelta(days=7)),
        lambda: time_in_stage(wrong, at=NOW),
    ):
        with pytest.raises(InputError, match="table: a StageTable is needed"):
            measured()
    if wrong != []:
        for made in ("applications", "pipelines", "jobs", "openings", "offers", "postings", "requisitions", "contacts"):
            with pytest.raises(InputError, match=rf"^{made}: "):
                StageTable.of(**{"applications": [], made: wrong})
        with pytest.raises(InputError, match=r"^marks: "):
            StageTable.of([], marks=wrong)


def test_a_pair_of_instants_is_no_window() -> None:
    """A window is a Window; two instants by themselves do not say which end is part of it."""
    with pytest.raises(InputError, match="Window"):
        presets.HIRES.over(table(), within=(day(1), day(2)))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="Window"):
        funnel(table(), within=(day(1), day(2)))  # type: ignore[arg-type]


def test_a_stage_that_no_pipeline_has() -> None:
    """A measure to a stage that there is not would always be nothing, or a share of 0; it is refused instead."""
    measure = Measure(key="x", name="X", end=Anchor(milestone="stage_entered", stage="onsight"), quantity="share")

    with pytest.raises(UnknownChoice, match="did you mean 'onsite'"):
        measure.over(table())
    assert measure.over(StageTable.of([])).value is None


def test_a_mark_without_a_zone_or_of_no_kind() -> None:
    """A mark is looked at when it is made: one of a job that is not in the table would not be seen later."""
    with pytest.raises(InputError, match="zone"):
        Mark("posted", "j-1", NO_ZONE)
    with pytest.raises(InputError, match="zone"):
        Mark("posted", "j-1", NOW, NO_ZONE)
    with pytest.raises(UnknownChoice, match="did you mean 'posted'"):
        Mark("postet", "j-1", NOW)


@pytest.mark.parametrize("within", [-1.0, 0.0, float("nan"), float("inf")])
def test_a_mean_within_no_time(within: float) -> None:
    """A mean within less than a moment, or within no number, is refused."""
    with pytest.raises(InputError, match="within"):
        time_in_stage(table(), at=NOW)["screen"].mean(within=within)


def test_a_threshold_of_a_stage_that_there_is_not() -> None:
    """A threshold of a stage that is none would silently never be held against anything."""
    with pytest.raises(InputError, match="'scren'"):
        bottlenecks(table(), at=NOW, against="thresholds", thresholds={"scren": 4.0})


def test_flow_without_the_order_of_stages() -> None:
    """Without pipelines a step back cannot be told from one on, so that who moved is not taken to have advanced."""
    with pytest.raises(InputError, match="pass pipelines"):
        time_in_stage(StageTable.of(APPLICATIONS), at=NOW)
    assert time_in_stage(StageTable.of(APPLICATIONS, pipelines=[PIPELINE]), at=NOW)["screen"].ended["returned"] == 1


def test_a_window_is_said_per_day() -> None:
    """One day is a day."""
    assert "per day of the window" in presets.WORK_IN_PROGRESS.describe()
    assert "per 7 days of the window" in presets.THROUGHPUT.describe()


def test_a_measure_shows_what_makes_it_one() -> None:
    """In a shell a measure and an anchor show what differs from a plain one, and no wall of defaults."""
    assert repr(Anchor(milestone="hired")) == "Anchor(milestone=<Milestone.HIRED: 'hired'>)"
    assert repr(Measure(key="x", name="X", decimals=1)) == "Measure(key='x', name='X', decimals=1)"


def test_one_row_is_a_row() -> None:
    """Figures count in English."""
    figure = presets.TIME_TO_FILL_TALEO.over(table())

    assert repr(figure) == "<Figure time-to-fill-taleo: 33 of 1 row>"
    assert figure.describe().startswith("Time to fill: 33 (1 row, all time). ")
