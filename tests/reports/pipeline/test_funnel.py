"""A funnel answers three questions, and says which; what it counts adds up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.model.stage_history import StageHistory
from crmcore.reports.pipeline import FunnelMode, StageTable, Window, funnel
from tests.reports.pipeline.hiring_spring import NOW, day, table
from tests.reports.pipeline.test_table import BEGAN, KEYS, PIPELINE, application, histories

WINDOW = Window(since=day(6), until=day(20))
TICK = timedelta(microseconds=1)


def counts(found: object, *names: str) -> dict[str, list[int]]:
    """Return some columns of a funnel."""
    columns = found.to_columns()
    return {name: columns[name] for name in names}


def test_a_cohort_tells_what_became_of_those_who_applied() -> None:
    """Each application counts once in each stage it was in, by what became of it, as worked out by hand."""
    found = funnel(table(), mode="cohort", at=NOW)

    assert {
        "stage": ["applied", "screen", "onsite", "offer"],
        "entered": [9, 4, 4, 3],
        "advanced": [7, 2, 2, 0],
        "hired": [1, 0, 2, 1],
        "rejected": [0, 1, 0, 1],
        "withdrawn": [0, 0, 0, 1],
        "moved_back": [0, 0, 0, 0],
        "there": [1, 1, 0, 0],
    } == counts(found, "stage", "entered", "advanced", "hired", "rejected", "withdrawn", "moved_back", "there")
    assert [8 / 9, 0.5, 1.0, 1 / 3] == [stage.passed for stage in found]


def test_an_activity_tells_what_happened_in_the_window() -> None:
    """Each stay that began or ended in the window counts, as worked out by hand."""
    found = funnel(table(), mode="activity", within=WINDOW)

    assert {
        "there_before": [3, 0, 0, 0],
        "entered": [4, 5, 3, 1],
        "advanced": [5, 2, 1, 0],
        "hired": [1, 0, 0, 0],
        "rejected": [0, 2, 0, 0],
        "moved_back": [0, 1, 0, 0],
        "there": [1, 0, 2, 1],
    } == counts(found, "there_before", "entered", "advanced", "hired", "rejected", "moved_back", "there")
    assert ("a-2", "a-3") == found.explain("screen", "rejected")


def test_a_snapshot_tells_who_is_where() -> None:
    """What occurred at the very instant is in it, and is not in a window that ends then."""
    before, found = (funnel(table(), mode="snapshot", at=at) for at in (day(20) - TICK, day(20)))

    assert (
        [1, 0, 2, 1]
        == before.to_columns()["there"]
        == funnel(table(), mode="activity", within=WINDOW).to_columns()["there"]
    )
    assert [0, 0, 2, 2] == found.to_columns()["there"]  # a-8 went from applied to offer on day 20
    assert ("a-2", "a-4") == found.explain("onsite", "there")


def test_the_three_ways_differ() -> None:
    """The same data, three questions, three numbers; each says what it counts."""
    asked = [
        funnel(table(), mode="cohort", within=WINDOW),
        funnel(table(), mode="activity", within=WINDOW),
        funnel(table(), mode="snapshot", at=day(20)),
    ]

    assert len({tuple(found.to_columns()["entered"]) for found in asked}) == len(asked)
    assert len({found.describe() for found in asked}) == len(asked)


def test_a_funnel_by_source_has_all_stages_of_each() -> None:
    """Broken down, every group has every stage, and the groups add up to the whole."""
    whole = funnel(table(), mode="cohort", at=NOW)
    found = funnel(table(), mode="cohort", at=NOW, by=["source"])

    assert ("a-1", "a-2") == found.explain("onsite", "entered", source="referral")
    for stage in whole:
        assert stage.entered == sum(part.entered for part in found if part.stage == stage.stage)
    assert 1 == found.stage("offer", source="referral").hired
    assert 1 == found.stage("applied", source=None).there


def test_a_funnel_by_category_takes_pipelines_together() -> None:
    """Over several pipelines stages are counted by what they mean."""
    found = funnel(table(), at=NOW, per="category")

    assert 4 == found.stage("interview").entered
    assert 0 == found.stage("prospect").entered


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"mode": "snapshot"}, "pass at"),
        ({"mode": "snapshot", "at": NOW, "within": WINDOW}, "no window"),
        ({"per": "source"}, "per stage or per category"),
    ],
)
def test_a_question_that_is_none_is_refused(arguments: dict[str, object], said: str) -> None:
    """A snapshot needs an instant, and a funnel is of stages."""
    with pytest.raises(InputError, match=said):
        funnel(table(), **arguments)


def test_what_a_funnel_does_not_hold_is_refused() -> None:
    """Neither a stage nor a count is made up."""
    found = funnel(table(), at=NOW)

    with pytest.raises(InputError, match="does not count 'lost'"):
        found.explain("applied", "lost")
    with pytest.raises(InputError, match="no stage 'coffee'"):
        found.stage("coffee")


def test_without_the_order_of_stages_nobody_advances_in_silence() -> None:
    """A table made without pipelines does not know what is later, and says so."""
    bare = StageTable.of([application(1, StageHistory.model_validate({"steps": [STEP]}))])

    with pytest.raises(InputError, match="pass pipelines"):
        funnel(bare)


STEP = {"verb": "enter", "stage": "applied", "occurred_at": BEGAN, "recorded_at": BEGAN, "by": "eva"}


@settings(deadline=None)
@given(st.lists(histories(), max_size=8), st.integers(0, 300), st.integers(0, 300))
def test_a_snapshot_is_the_one_before_and_who_entered_less_who_left(
    drawn: list[StageHistory], first: int, more: int
) -> None:
    """Snapshot(t2) = snapshot(t1) + entered - left after t1 and up to t2, for every stage and any two instants."""
    since, until = BEGAN + timedelta(hours=first), BEGAN + timedelta(hours=first + more)
    happened = StageTable.of([application(*each) for each in enumerate(drawn)], pipelines=[PIPELINE])
    before = funnel(happened, mode=FunnelMode.SNAPSHOT, at=since)
    after = funnel(happened, mode=FunnelMode.SNAPSHOT, at=until)
    between = funnel(happened, mode=FunnelMode.ACTIVITY, within=Window(since=since + TICK, until=until + TICK))

    for stage in between:
        assert before.stage(stage.stage).there == stage.there_before
        assert after.stage(stage.stage).there == stage.there_before + stage.entered - stage.left == stage.there


@settings(deadline=None)
@given(st.lists(histories(), max_size=8), st.lists(st.integers(0, 300), min_size=3, max_size=3).map(sorted))
def test_what_happens_where_two_windows_meet_is_in_the_second_alone(
    drawn: list[StageHistory], hours: list[int]
) -> None:
    """Windows that adjoin count everything once, and who is there at the end of one is there before the next."""
    happened = StageTable.of([application(*each) for each in enumerate(drawn)], pipelines=[PIPELINE])
    first, second, third = (BEGAN + timedelta(hours=each) for each in hours)
    one, two, both = (
        funnel(happened, mode=FunnelMode.ACTIVITY, within=Window(since=since, until=until))
        for since, until in ((first, second), (second, third), (first, third))
    )

    for early, late, whole in zip(one, two, both, strict=True):
        assert whole.entered == early.entered + late.entered
        assert whole.left == early.left + late.left
        assert early.there == late.there_before


@settings(deadline=None)
@given(st.lists(histories(), max_size=8))
def test_everybody_of_a_cohort_came_to_one_end(drawn: list[StageHistory]) -> None:
    """Who entered a stage advanced, ended there, went back, or is there: one of these, and each once."""
    happened = StageTable.of([application(*each) for each in enumerate(drawn)], pipelines=[PIPELINE])

    for stage in funnel(happened):
        reached = {each for each, history in enumerate(drawn) if history.has_reached(stage.stage)}
        assert len(reached) == stage.entered == stage.left + stage.there


def said_by_loop(drawn: list[StageHistory], stage: str) -> dict[str, int]:
    """Count one stage of a cohort application by application."""
    found: dict[str, int] = {}
    places = {key: place for place, key in enumerate(KEYS)}
    for history in drawn:
        mine = [number for number, stay in enumerate(history.stays) if stay.stage == stage]
        if not mine:
            continue
        last = history.stays[mine[-1]]
        after = {places[stay.stage] for stay in history.stays[mine[0] :]}
        if max(after) > places[stage]:
            way = "advanced"
        elif last.left_by is None:
            way = "there"
        else:
            way = WAYS[last.left_by.verb]
        found[way] = found.get(way, 0) + 1
    return found


WAYS = {"move": "moved_back", "hire": "hired", "reject": "rejected", "withdraw": "withdrawn", "transfer": "transferred"}


@settings(deadline=None)
@given(st.lists(histories(), max_size=8))
def test_a_cohort_is_what_the_loop_says(drawn: list[StageHistory]) -> None:
    """Every count of every stage, application by application."""
    happened = StageTable.of([application(*each) for each in enumerate(drawn)], pipelines=[PIPELINE])

    for stage in funnel(happened):
        counts = {way: getattr(stage, way) for way in (*WAYS.values(), "advanced", "there")}
        assert said_by_loop(drawn, stage.stage) == {way: count for way, count in counts.items() if count}
