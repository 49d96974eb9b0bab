"""Tables of steps and of stays are read whatever holds them, and what cannot be is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError, UnknownChoice, UnknownColumn, UnsupportedData
from crmcore.reports.pipeline import Mark, StageTable, Window
from crmcore.reports.pipeline.presets import PRESETS
from crmcore.reports.pipeline.table import VERBS
from tests.reports.pipeline import hiring_spring
from tests.reports.pipeline.drawn_worlds import drawn, table_of
from tests.reports.pipeline.hiring_spring import MARKS, NOW, PIPELINE, day
from tests.reports.pipeline.slowly import World

SPRING = World(
    hiring_spring.APPLICATIONS, [PIPELINE], hiring_spring.JOBS, hiring_spring.OPENINGS, hiring_spring.OFFERS, MARKS
)


def steps(world: World = SPRING) -> dict[str, list[Any]]:
    """Return the steps of the spring as columns, not in order."""
    rows = [(each.id, step) for each in world.applications for step in each.history.steps]
    rows = rows[::-1] if world is SPRING else rows  # of one instant, the order of rows is that of steps
    return {
        "application": [key for key, _ in rows],
        "verb": [step.verb.value for _, step in rows],
        "stage": [step.stage for _, step in rows],
        "occurred_at": [step.occurred_at for _, step in rows],
    }


def others(world: World = SPRING) -> dict[str, Any]:
    """Return the other tables of the spring."""
    applications, jobs = world.applications, world.jobs
    worked = [(job.id, step) for job in jobs for step in job.history]
    seats = [(seat, entry) for seat in world.openings for entry in seat.ledger]
    offered = [(offer, step) for offer in world.offers for step in offer.history]
    started = [
        Mark("started", offer.application, noon(offer.terms.starts_on), step.recorded_at)
        for offer, step in offered
        if step.verb == "accept" and offer.terms.starts_on
    ]
    return {
        "applications": {
            "application": [each.id for each in applications],
            "person": [each.contact for each in applications],
            "job": [each.job for each in applications],
            "pipeline": [each.pipeline for each in applications],
            "source": [each.source or None for each in applications],
            "recruiter": [each.recruiter for each in applications],
        },
        "jobs": {
            "job": [job.id for job in jobs],
            "department": [job.department for job in jobs],
            "is_evergreen": [job.is_evergreen for job in jobs],
        },
        "job_steps": {
            "job": [key for key, _ in worked],
            "verb": [step.verb.value for _, step in worked],
            "occurred_at": [step.occurred_at for _, step in worked],
        },
        "seat_entries": {
            "opening": [seat.id for seat, _ in seats],
            "job": [seat.job for seat, _ in seats],
            "verb": [entry.verb.value for _, entry in seats],
            "application": [entry.application for _, entry in seats],
            "occurred_at": [entry.occurred_at for _, entry in seats],
        },
        "offer_steps": {
            "offer": [offer.id for offer, _ in offered],
            "number": [step.number for _, step in offered],
            "application": [offer.application for offer, _ in offered],
            "verb": [step.verb.value for _, step in offered],
            "occurred_at": [step.occurred_at for _, step in offered],
        },
        "pipelines": world.pipelines,
        "marks": [*world.marks, *started],
    }


def noon(day: date) -> datetime:
    """Return the instant that a day stands for."""
    return datetime.combine(day, time(12), tzinfo=UTC)


def stays(world: World = SPRING) -> dict[str, list[Any]]:
    """Return the stays of the spring as columns."""
    rows = [(each.id, stay) for each in world.applications for stay in each.history.stays]
    return {
        "application": [key for key, _ in rows],
        "stage": [stay.stage for _, stay in rows],
        "entered_at": [stay.entered_at for _, stay in rows],
        "left_at": [stay.left_at for _, stay in rows],
        "left_by": [stay.left_by.verb.value if stay.left_by else None for _, stay in rows],
    }


@pytest.mark.parametrize(
    "frame", [dict, pd.DataFrame, pl.DataFrame, pa.table], ids=["mapping", "pandas", "polars", "arrow"]
)
@pytest.mark.parametrize("told", [steps, stays], ids=["steps", "stays"])
def test_columns_give_the_numbers_of_the_records(frame: Any, told: Any) -> None:
    """A mapping, and a frame of any library, of steps or of stays, measures as the records do."""
    tables = {name: frame(data) if isinstance(data, dict) else data for name, data in others().items()}
    table = StageTable.from_columns(frame(told()), **tables)
    same = hiring_spring.table()

    for key, measure in PRESETS.items():
        if measure.per_days is None:
            assert measure.over(same, at=NOW).value == measure.over(table, at=NOW).value, key
    assert same.applications.ids == table.applications.ids
    assert same.left_at.tolist() == table.left_at.tolist()


def test_arrays_of_numpy_are_read_as_they_are() -> None:
    """Whole numbers stand for ids, instants of numpy are in UTC."""
    table = StageTable.from_columns(
        {
            "application": np.array([10, 9, 9]),
            "verb": ["enter", "enter", "move"],
            "stage": ["applied", "applied", "screen"],
            "occurred_at": np.array(["2026-03-01", "2026-03-02", "2026-03-05"], "datetime64[s]"),
        }
    )

    assert ("10", "9") == table.applications.ids
    assert [None, datetime(2026, 3, 5), None] == table.left_at.tolist()  # noqa: DTZ001


def test_a_table_of_no_rows_is_read() -> None:
    """Nothing happened, and that is a table too."""
    empty = {"application": [], "verb": [], "stage": [], "occurred_at": []}

    assert 0 == len(StageTable.from_columns(empty))
    assert 0 == len(StageTable.from_columns(pd.DataFrame(empty)))


ONE = {"application": ["a-1"], "verb": ["enter"], "stage": ["applied"], "occurred_at": [day(0)]}


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"occurred_at": [datetime(2026, 3, 1)]}, InputError, "without a zone"),  # noqa: DTZ001
        ({"occurred_at": ["2026-03-01"]}, InputError, "holds str values"),
        ({"occurred_at": [None]}, InputError, "'occurred_at' has no value in row 0"),
        ({"application": [None]}, InputError, "'application' has no value in row 0"),
        ({"stage": [""]}, InputError, "'stage' has no value in row 0"),
        ({"verb": ["entr"]}, UnknownChoice, "did you mean 'enter'"),
        ({"verb": ["hire"]}, InputError, "'hire' at .* cannot be, with what it names: nothing was before; .*: enter"),
        ({"verb": [["x"]]}, InputError, "list"),
        ({"verb": ["enter", "move"]}, InputError, "differ in length"),
        ({"occurred_at": pd.Series([datetime(2026, 3, 1)])}, InputError, "times without a zone"),  # noqa: DTZ001
        ({"occurred_at": np.array(["20000-01-01"], "datetime64[s]")}, InputError, "outside the years"),
    ],
)
def test_columns_that_cannot_be_are_refused(changes: dict[str, Any], error: type[Exception], said: str) -> None:
    """What is missing, without a zone, or no step at all is refused with the place and what could be."""
    with pytest.raises(error, match=said):
        StageTable.from_columns({**ONE, **changes})


def test_a_column_that_is_needed_is_asked_for() -> None:
    """A column that is not there is named, with those that are."""
    with pytest.raises(UnknownColumn, match="occurred_at"):
        StageTable.from_columns({key: values for key, values in ONE.items() if key != "occurred_at"})


@pytest.mark.parametrize("data", [5, "steps", None, [1, 2]])
def test_what_is_no_table_is_refused(data: object) -> None:
    """A number, a text or a list of numbers has no columns."""
    with pytest.raises(UnsupportedData):
        StageTable.from_columns(data)


def test_steps_that_cannot_follow_each_other_are_refused_with_what_could() -> None:
    """A hire after a rejection is an error that names the application and what would be allowed."""
    told = {
        "application": ["a-1"] * 3,
        "verb": ["enter", "reject", "hire"],
        "stage": ["applied"] * 3,
        "occurred_at": [day(0), day(1), day(2)],
    }

    with pytest.raises(
        InputError, match=r"application 'a-1': step 'hire' .* 'reject' was before; there can be: reopen"
    ):
        StageTable.from_columns(told)


def test_a_stay_that_ends_in_nothing_has_to_say_how() -> None:
    """Whether somebody was hired or rejected is never guessed."""
    told = {"application": ["a-1"], "stage": ["applied"], "entered_at": [day(0)], "left_at": [day(3)]}

    with pytest.raises(InputError, match="row 0 ends, and no other begins then; say in column 'left_by'"):
        StageTable.from_columns(told)


def test_a_shuffled_table_gives_the_same_figures() -> None:
    """The order of rows does not matter, to the last bit."""
    told, tables = steps(), others()
    order = np.random.default_rng(7).permutation(len(told["verb"]))
    shuffled = StageTable.from_columns({key: [values[at] for at in order] for key, values in told.items()}, **tables)
    plain = StageTable.from_columns(told, **tables)

    assert [measure.over(plain, at=NOW).value for measure in PRESETS.values() if not measure.per_days] == [
        measure.over(shuffled, at=NOW).value for measure in PRESETS.values() if not measure.per_days
    ]


def test_one_application_with_ten_thousand_steps_is_measured() -> None:
    """A loop between two systems is no reason to fall over."""
    size = 10_000
    table = StageTable.from_columns(
        {
            "application": ["a-1"] * size,
            "verb": ["enter", *["move"] * (size - 1)],
            "stage": ["applied", "screen"] * (size // 2),
            "occurred_at": [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(size)],
        },
        pipelines=[PIPELINE],
    )
    passed = PRESETS["conversion"].by("stage", table=table)

    assert {"applied": 1.0, "screen": 0.0} == passed.values()
    assert VERBS[table.came_by[-1]] == "move"
    assert pytest.approx(1 / 24) == PRESETS["time-in-stage-ashby"].over(table).value


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**40))
def test_tables_drawn_measure_as_their_records_do(seed: int) -> None:
    """Whatever happened: columns of it give the figures of the records."""
    world = drawn(seed)
    same, table = table_of(world), StageTable.from_columns(steps(world), **others(world))
    window = Window(since=day(-4), until=day(60))

    for key, measure in PRESETS.items():
        figures = [measure.over(each, within=window, at=NOW) for each in (same, table)]
        assert (figures[0].value, figures[0].count) == (figures[1].value, figures[1].count), key
