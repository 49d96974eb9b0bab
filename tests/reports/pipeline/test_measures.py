"""Every measure is what the loop over records says it is, whatever happened and however it is asked."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import InputError, LawBroken
from crmcore.model.hiring.job import JobStep
from crmcore.model.machine import in_time
from crmcore.model.stage_history import Step
from crmcore.reports.pipeline import Anchor, Calendar, Measure, StageTable, Window
from crmcore.reports.pipeline.presets import PRESETS
from tests.reports.pipeline import slowly
from tests.reports.pipeline.drawn_worlds import BEGAN, drawn, table_of
from tests.reports.pipeline.hiring_spring import NOW, day, table

CALENDARS = [
    Calendar(),
    Calendar.dates("Pacific/Auckland"),
    Calendar.business("Europe/Berlin", holidays=[date(2026, 3, 9), date(2026, 4, 3)]),
    Calendar.business("America/New_York", weekend=(4,)),
]


class Unasked(Exception):
    """The unit has no single application, and is asked about one."""


def agreed(measure: Measure, world: slowly.World, window: Window | None, at: datetime | None) -> None:
    """Take a measure both ways, and demand one result."""
    try:
        figure = measure.over(table_of(world), within=window, at=at)
    except InputError as error:
        if "no single application" not in str(error):
            raise
        raise Unasked from error
    world.at = at
    value, count = slowly.take(measure, world, window)
    assert count == figure.count
    assert (value if value is None else pytest.approx(value, abs=1e-9)) == figure.value
    assert figure.count == len(figure.explain())


def asked(draw: random.Random, *, needs_both: bool, needs_at: bool) -> tuple[Window | None, datetime | None]:
    """Draw a window and an instant."""
    since, until = sorted(BEGAN + timedelta(hours=draw.randint(0, 40 * 24)) for _ in range(2))
    until += timedelta(days=4)
    at = BEGAN + timedelta(hours=draw.randint(0, 50 * 24)) if needs_at or draw.random() < 0.4 else None
    windows = [Window(since=since, until=until), Window(since=since), Window(until=until), None]
    return (windows[0] if needs_both else draw.choice(windows)), at


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**40))
def test_every_preset_is_what_the_loop_says(seed: int) -> None:
    """All presets, over a world drawn, in a window drawn."""
    draw = random.Random(seed)
    for measure in PRESETS.values():
        window, at = asked(draw, needs_both=measure.per_days is not None, needs_at=measure.asks_for_now)
        agreed(measure, drawn(seed), window, at)


CHANGES: dict[str, list[Any]] = {
    "calendar": CALENDARS,
    "leaves_out_holds": [True, False],
    "leaves_out_evergreen": [True, False],
    "population": ["all", "active", "closed", "hired", "accepted", "open", "latest", "resolved"],
    "window": ["by_start", "by_end", "clipped"],
    "reentry": ["each", "first", "last", "together"],
    "skips": ["left_out", "passed"],
    "categories": [[], ["screening"], ["application", "interview"]],
    "statistic": ["mean", "median", "percentile", "total"],
    "percentile": [0, 12.5, 90, 100],
    "within": [None, "job"],
    "unit": ["application", "person", "opening", "job", "offer", "stay"],
    "quantity": ["days", "share", "rows", "longer", "travelled"],
    "longer_than": [0, 2.5],
}


@settings(deadline=None, max_examples=400)
@given(st.integers(0, 2**40))
def test_a_measure_with_its_rules_changed_is_what_the_loop_says(seed: int) -> None:
    """Presets with some attributes changed at random, as far as that makes a measure."""
    draw = random.Random(seed)
    measure = draw.choice(list(PRESETS.values()))
    for name in draw.sample(sorted(CHANGES), 5):
        try:
            measure = measure.evolve(**{name: draw.choice(CHANGES[name])})
        except ValidationError:
            continue
    window, at = asked(draw, needs_both=measure.per_days is not None, needs_at=measure.asks_for_now)
    with suppress(Unasked):
        agreed(measure, drawn(seed), window, at)

    assert measure == Measure.model_validate_json(measure.model_dump_json())


@pytest.mark.parametrize("key", PRESETS)
def test_a_measure_of_nothing_is_nothing(key: str) -> None:
    """An empty table has no number; a total of nothing is 0."""
    measure = PRESETS[key]
    figure = measure.over(StageTable.of([]), within=Window(since=day(0), until=day(9)), at=NOW)

    assert 0 == figure.count == len(figure.explain())
    assert (0 if measure.statistic == "total" and not measure.within else None) == figure.value


def test_what_was_known_is_measured_as_it_was_then() -> None:
    """A report for an earlier instant gives what it gave then, after what was told late."""
    world = drawn(3)
    known = [each for each in world.applications if each.history.as_known(BEGAN + timedelta(days=9)).steps]
    later = table_of(world).as_known(BEGAN + timedelta(days=9))
    then = StageTable.of(
        [each.evolve(history=each.history.as_known(BEGAN + timedelta(days=9)), went_to=None) for each in known],
        pipelines=world.pipelines,
    )

    assert PRESETS["conversion"].over(then).value == PRESETS["conversion"].over(later).value


@pytest.mark.parametrize("key", ["stale-lever", "ageing", "time-in-stage", "work-in-progress"])
def test_what_is_open_needs_an_instant(key: str) -> None:
    """There is no clock inside: who asks for what lasts says until when."""
    with pytest.raises(InputError, match="pass at"):
        PRESETS[key].over(table(), within=Window(since=day(0), until=day(9)))


def test_a_rate_needs_a_window_with_days() -> None:
    """Per 30 days of what? Of a window with both ends, that has days by the measure's calendar."""
    rate = PRESETS["velocity"]
    with pytest.raises(InputError, match="both its ends"):
        rate.over(table(), within=Window(since=day(0)))
    with pytest.raises(InputError, match="has no business days"):
        rate.evolve(calendar=Calendar.business()).over(table(), within=Window(since=day(0), until=day(0.5)))


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    """So is one without a zone; one that ends where it begins takes in nothing."""
    with pytest.raises(ValidationError, match="before it begins"):
        Window(since=day(9), until=day(1))
    with pytest.raises(ValidationError):
        Window(since=datetime(2026, 3, 1))  # noqa: DTZ001
    with pytest.raises(InputError, match="without a zone"):
        PRESETS["hires"].over(table(), at=datetime(2026, 3, 1))  # noqa: DTZ001

    assert 0 == PRESETS["hires"].over(table(), within=Window(since=day(8), until=day(8))).count


@pytest.mark.parametrize(
    "changes",
    [
        {"end": {"milestone": "left"}},
        {"reentry": "first"},
        {"population": "latest"},
        {"unit": "job", "population": "hired"},
        {"quantity": "seats_left"},
        {"quantity": "rows"},
        {"quantity": "share", "window": "clipped"},
        {"within": "stage"},
        {"start": {"milestone": "stage_entered"}},
        {"start": {"milestone": "applied", "stands": True}},
        {"start": {"milestone": "entered", "since": "applied"}, "unit": "stay"},
        {"calendar": {"zone": "Mars/Olympus"}},
        {"calendar": {"weekend": [0, 1, 2, 3, 4, 5, 6]}},
        {"percentile": 101},
        {"per_days": 0},
        {"unit": "seat"},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    """A measure that could not be taken is not made."""
    with pytest.raises(ValidationError):
        Measure.model_validate({"key": "m", "name": "M", **changes})


def test_an_application_has_no_stage_to_be_grouped_by() -> None:
    """What a row does not have, it is not broken down by."""
    with pytest.raises(InputError, match="has no stage"):
        PRESETS["hires"].by("stage", table=table())
    with pytest.raises(InputError, match="no single application"):
        PRESETS["openings-left-taleo"].by("source", table=table(), at=NOW)


def test_days_in_a_zone_are_its_own() -> None:
    """From 23:30 to 00:30 in Berlin is a date later, in UTC it is none."""
    start = datetime(2026, 3, 3, 22, 30, tzinfo=UTC)
    told = {
        "application": ["a-1", "a-1"],
        "verb": ["enter", "hire"],
        "stage": ["applied", "applied"],
        "occurred_at": [start, start + timedelta(hours=1)],
    }
    measure = PRESETS["cycle-time"]

    assert 1 == measure.evolve(calendar=Calendar.dates("Europe/Berlin")).over(StageTable.from_columns(told)).value
    assert 0 == measure.evolve(calendar=Calendar.dates("UTC")).over(StageTable.from_columns(told)).value


def test_an_end_before_its_start_is_told_apart() -> None:
    """A job that is posted after the offer was accepted gives no negative days, and is not lost in silence."""
    late = [mark if mark.kind != "posted" else type(mark)("posted", mark.of, day(100)) for mark in drawn_marks()]
    figure = PRESETS["time-to-fill-greenhouse"].over(spring_with(late))

    assert (None, 0, 3) == (figure.value, figure.count, figure.backwards)


def drawn_marks() -> list[Any]:
    """Return the marks of the spring."""
    from tests.reports.pipeline.hiring_spring import MARKS

    return list(MARKS)


def spring_with(marks: list[Any]) -> StageTable:
    """Return the spring with other marks."""
    from tests.reports.pipeline import hiring_spring as spring

    return StageTable.of(
        spring.APPLICATIONS, pipelines=[spring.PIPELINE], jobs=spring.JOBS, openings=spring.OPENINGS,
        offers=spring.OFFERS, marks=marks,
    )  # fmt: skip


def test_in_a_steady_pipeline_work_in_progress_is_throughput_times_time_in_stage() -> None:
    """Little's law: of stays that all begin and end in the window the three figures fit exactly."""
    within = Window(since=day(0), until=day(140))
    closed = StageTable.of(drawn_closed(), pipelines=[drawn_pipeline()])
    held = PRESETS["work-in-progress"].over(closed, within=within, at=NOW).value
    rate = PRESETS["throughput"].evolve(per_days=1).over(closed, within=within).value
    lasted = PRESETS["time-in-stage-ashby"].evolve(statistic="mean").over(closed, within=within).value

    assert pytest.approx(rate * lasted) == held


def drawn_closed() -> list[Any]:
    """Return the applications of the spring that have ended."""
    from tests.reports.pipeline.hiring_spring import APPLICATIONS

    return [each for each in APPLICATIONS if each.status != "active"]


def drawn_pipeline() -> Any:
    """Return the pipeline of the spring."""
    from tests.reports.pipeline.hiring_spring import PIPELINE

    return PIPELINE


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**40))
def test_a_report_of_the_past_is_not_changed_by_what_is_told_later(seed: int) -> None:
    """All figures as known at an instant are what they were then, after late steps of applications, jobs and seats."""
    world, then = drawn(seed), BEGAN + timedelta(days=60)
    before = table_of(world).as_known(then)
    draw = random.Random(seed)
    told = {"recorded_at": then + timedelta(days=3), "by": "eva"}
    for number, each in enumerate(world.applications):
        at = each.applied_at + timedelta(hours=draw.randint(0, 200))
        late = Step(verb=draw.choice(["move", "reject", "hire"]), stage=each.stage, occurred_at=at, **told)
        with suppress(LawBroken):
            world.applications[number] = each.evolve(history=each.history.with_step(late))
    for number, job in enumerate(world.jobs):
        late_job = JobStep(verb=draw.choice(["hold", "close"]), occurred_at=BEGAN + timedelta(days=50), **told)
        with suppress(ValidationError, LawBroken):
            world.jobs[number] = job.evolve(history=in_time((*job.history, late_job)))
    after = table_of(world).as_known(then)
    window = Window(since=BEGAN, until=then)

    for key, measure in PRESETS.items():
        assert (
            measure.over(before, within=window, at=then).value == measure.over(after, within=window, at=then).value
        ), key


@pytest.mark.parametrize(
    ("changes", "said", "ids"),
    [
        ({}, "A row belongs to a window when its application ended in it.", ("a-3",)),
        (
            {"unit": "stay", "end": Anchor(milestone="advanced")},
            "A row belongs to a window when its stay was left in it.",
            ("a-3",),
        ),
        ({"unit": "job"}, "No row belongs to a window, as a job is never over.", ()),
        ({"window": "by_start"}, "A row belongs to a window when it starts in it.", ()),
        ({"quantity": "days"}, "A row belongs to a window when it ends in it.", ()),
    ],
)
def test_the_words_say_when_a_row_of_a_share_is_over(changes: dict[str, Any], said: str, ids: tuple[str, ...]) -> None:
    """A row that may have no end belongs where its record is over, not where the end that is asked about was."""
    share = Measure(key="share", name="Share", quantity="share", end=Anchor(milestone="stage_entered", stage="onsite"))
    measure = share.evolve(**changes)
    within = Window(since=day(17), until=day(18))  # on day 17 a-3 was rejected, from screen

    assert said in measure.describe()
    assert ids == measure.over(table(), within=within, at=NOW).explain().ids
