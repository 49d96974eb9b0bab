"""Histories in a pipeline: steps are told in any order, stays follow, and the table refuses what it does not list."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import IllegalStep
from crmcore.model.stage_history import ENDINGS, STEPS, StageHistory, Status, Step, Verb

DAY = timedelta(days=1)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
STAGES = ("applied", "screen", "onsite", "offer")


def step(verb: Verb | str, stage: str, day: float, *, told: float | None = None) -> Step:
    """Return a step of a day, told on another one."""
    return Step(
        verb=Verb(verb),
        stage=stage,
        occurred_at=BEGIN + day * DAY,
        recorded_at=BEGIN + (day if told is None else told) * DAY,
        by="eva",
    )


@st.composite
def courses(draw: st.DrawFn) -> list[Step]:
    """Draw steps that the table lists, a day or none apart."""
    status: Status | None = None
    stage, day, steps = "", 0, []
    for _ in range(draw(st.integers(1, 12))):
        if not STEPS.allowed(status):
            break
        verb = draw(st.sampled_from(STEPS.allowed(status)))
        if verb is Verb.MOVE:
            stage = draw(st.sampled_from([each for each in STAGES if each != stage]))
        elif verb not in ENDINGS:
            stage = draw(st.sampled_from(STAGES))
        day += draw(st.integers(0, 3))
        steps.append(step(verb, stage, day, told=day + draw(st.integers(0, 9)) / 10 + len(steps) / 1_000))
        status = STEPS.after(status, verb)
    return steps


def in_order(steps: list[Step]) -> list[Step]:
    """Return the steps in the order in which they occurred."""
    return sorted(steps, key=lambda each: (each.occurred_at, each.recorded_at))


@given(courses())
def test_stays_touch_each_other_and_end_with_an_ending(steps: list[Step]):
    """From one step to the next; after an ending there is none until it is opened again."""
    try:
        history = StageHistory.of(steps)
    except IllegalStep:
        return  # of one instant, told in another order than they were drawn
    stays = history.stays

    for one, other in pairwise(stays):
        assert one.left_by is not None
        gap = one.left_by.verb in ENDINGS
        assert one.left_at is not None
        assert one.left_at <= other.entered_at if gap else one.left_at == other.entered_at
    assert (history.status is Status.ACTIVE) == (stays[-1].left_at is None)
    assert history.stage == stays[-1].stage


@given(courses(), st.randoms(use_true_random=False))
def test_the_order_in_which_steps_come_is_no_matter(steps: list[Step], random):
    """An import may hand them in as it finds them."""
    mixed = list(steps)
    random.shuffle(mixed)

    try:
        expected = StageHistory.of(steps)
    except IllegalStep:
        with pytest.raises(IllegalStep):
            StageHistory.of(mixed)
    else:
        assert expected == StageHistory.of(mixed)
        assert expected == StageHistory.model_validate_json(expected.model_dump_json())


def test_the_time_in_stages_adds_up():
    """What lies between entering and ending is spread over the stages, without a gap."""
    history = StageHistory.of([step("enter", "applied", 0), step("move", "screen", 3), step("reject", "screen", 10)])
    at = BEGIN + 50 * DAY

    assert [3 * DAY, 7 * DAY] == [stay.lasted(at) for stay in history.stays]
    assert [3 * DAY, DAY] == [stay.lasted(BEGIN + 4 * DAY) for stay in history.stays]


def test_what_is_told_late_is_put_where_it_occurred():
    """And yet a report as of an earlier day shows what was known then."""
    told = StageHistory.of([step("enter", "applied", 0), step("move", "onsite", 8)])
    history = told.with_step(step("move", "screen", 4, told=20))

    assert ["applied", "screen", "onsite"] == [stay.stage for stay in history.stays]
    assert told == history.as_known(BEGIN + 19 * DAY)
    assert history == history.as_known(BEGIN + 20 * DAY)
    assert StageHistory() == history.as_known(BEGIN - DAY)


def test_what_had_been_told_before_what_it_needs_was_not_known():
    """The move was told on the first day, the entering on the second."""
    history = StageHistory.of([step("enter", "applied", 0, told=2), step("move", "screen", 1)])

    assert StageHistory() == history.as_known(BEGIN + 1 * DAY)
    assert history == history.as_known(BEGIN + 2 * DAY)


@pytest.mark.parametrize(
    ("after", "refused", "message"),
    [
        ([], step("move", "screen", 0), "what has not begun cannot move; it can: enter"),
        ([step("enter", "applied", 0)], step("enter", "screen", 1), "what is active cannot enter; it can: move, hire"),
        ([step("enter", "applied", 0)], step("move", "applied", 1), "it is in stage 'applied' already"),
        ([step("enter", "applied", 0)], step("reject", "screen", 1), "it was in stage 'applied' then, not in 'screen'"),
        (
            [step("enter", "applied", 0), step("withdraw", "applied", 1)],
            step("unhire", "applied", 2),
            "what is withdrawn cannot unhire; it can: reopen",
        ),
        (
            [step("enter", "applied", 0), step("transfer", "applied", 1)],
            step("reopen", "applied", 2),
            "what is transferred cannot reopen; it can: nothing more",
        ),
        (
            [step("enter", "applied", 0), step("reject", "applied", 5)],
            step("move", "screen", 3),
            "it was in stage 'screen' then, not in 'applied'",
        ),
    ],
)
def test_what_the_table_does_not_list_is_refused(after: list[Step], refused: Step, message: str):
    """With what it lists; also where something later would not fit any more."""
    with pytest.raises(IllegalStep, match=message):
        StageHistory.of(after).with_step(refused)


def test_a_history_that_breaks_the_table_cannot_be_read():
    """Nor one whose steps are out of order: what is stored is as it was checked."""
    good = StageHistory.of([step("enter", "applied", 0), step("move", "screen", 3)]).model_dump()

    with pytest.raises(ValidationError, match="not in the order"):
        StageHistory.model_validate({"steps": good["steps"][::-1]})
    with pytest.raises(ValidationError, match="has not begun"):
        StageHistory.model_validate({"steps": good["steps"][1:]})


def test_an_ended_one_keeps_its_stage_and_can_be_opened_again():
    """In the stage where it ended, or in another."""
    history = StageHistory.of([step("enter", "applied", 0), step("reject", "applied", 1)])
    again = history.with_step(step("reopen", "screen", 5))

    assert ("applied", Status.REJECTED) == (history.stage, history.status)
    assert ("screen", Status.ACTIVE) == (again.stage, again.status)
    assert [BEGIN, BEGIN + 5 * DAY] == [stay.entered_at for stay in again.stays]
    assert again.has_reached("applied")
    assert not again.has_reached("offer")


def test_the_diagram_is_drawn_from_the_table():
    """One line for each step that can be."""
    assert sum(len(verbs) for verbs in STEPS.table.values()) == len(STEPS.diagram().splitlines()) - 1
