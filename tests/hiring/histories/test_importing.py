"""Histories from elsewhere: order, doubles and gaps by documented rules."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import IllegalStep
from crmcore.hiring.histories import imported
from crmcore.model.stage_history import StageHistory, Step, Verb
from tests.hiring.random_sequences import World

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def step(verb: str, stage: str, day: float, told: float | None = None) -> Step:
    """Return a step of a day, told on another or the same."""
    at = BEGIN + timedelta(days=day)
    recorded = at if told is None else BEGIN + timedelta(days=told)
    return Step(verb=verb, stage=stage, occurred_at=at, recorded_at=recorded, by="ats")


def shown(steps) -> list[tuple[str, str]]:
    """Return verbs and stages."""
    return [(each.verb.value, each.stage) for each in steps]


def test_steps_of_one_day_come_in_an_order_that_can_be():
    """Where another system keeps only dates."""
    steps = [step("reject", "onsite", 3), step("move", "onsite", 3), step("move", "screen", 3), step("enter", "new", 3)]
    found = imported(steps)

    assert [("enter", "new"), ("move", "screen"), ("move", "onsite"), ("reject", "onsite")] == shown(
        found.history.steps
    )
    assert ("onsite", "rejected") == (found.history.stage, found.history.status.value)
    assert () == found.repairs


@pytest.mark.parametrize(
    ("steps", "wanted", "codes"),
    [
        ([("move", "a", 1)], [("enter", "a")], ["changed"]),
        ([("hire", "a", 1)], [("enter", "a"), ("hire", "a")], ["put_in"]),
        ([("enter", "a", 1), ("enter", "b", 2)], [("enter", "a"), ("move", "b")], ["changed"]),
        ([("enter", "a", 1), ("move", "a", 2)], [("enter", "a")], ["left_out"]),
        ([("enter", "a", 1), ("reopen", "a", 2)], [("enter", "a")], ["left_out"]),
        ([("enter", "a", 1), ("unhire", "a", 2)], [("enter", "a")], ["left_out"]),
        ([("enter", "a", 1), ("enter", "a", 1)], [("enter", "a")], ["left_out"]),
        ([("enter", "a", 1), ("reject", "b", 2)], [("enter", "a"), ("move", "b"), ("reject", "b")], ["put_in"]),
        (
            [("enter", "a", 1), ("reject", "a", 2), ("move", "b", 3)],
            [("enter", "a"), ("reject", "a"), ("reopen", "b")],
            ["changed"],
        ),
        (
            [("enter", "a", 1), ("reject", "a", 2), ("hire", "a", 3)],
            [("enter", "a"), ("reject", "a"), ("reopen", "a"), ("hire", "a")],
            ["put_in"],
        ),
        (
            [("enter", "a", 1), ("hire", "a", 2), ("move", "b", 3)],
            [("enter", "a"), ("hire", "a"), ("unhire", "b")],
            ["changed"],
        ),
        ([("enter", "a", 1), ("reject", "a", 2), ("reject", "a", 3)], [("enter", "a"), ("reject", "a")], ["left_out"]),
        (
            [("enter", "a", 1), ("transfer", "a", 2), ("move", "b", 3)],
            [("enter", "a"), ("transfer", "a")],
            ["left_out"],
        ),
    ],
)
def test_what_cannot_be_is_mended_by_rule(steps, wanted, codes):
    """And every repair is listed."""
    found = imported([step(*each) for each in steps])

    assert (wanted, codes) == (shown(found.history.steps), [repair.code for repair in found.repairs])


def test_without_mending_it_is_refused():
    """With what would be allowed."""
    with pytest.raises(IllegalStep, match="what has not begun cannot move; it can: enter"):
        imported([step("move", "a", 1)], mends=False)


def test_a_history_in_any_order_is_the_same_history():
    """Real ones, from random sequences of commands, shuffled: nothing is mended."""
    random, count = Random(7), 0
    for seed in range(40):
        world = World(seed)
        world.run(30)
        for application in world.all:
            steps = list(application.history.steps)
            random.shuffle(steps)
            found = imported(steps)
            count += 1
            assert (application.history, ()) == (found.history, found.repairs)
    assert count > 50


STEPS = st.builds(
    step,
    st.sampled_from([verb.value for verb in Verb]),
    st.sampled_from("abc"),
    st.integers(0, 6),
    st.none() | st.integers(0, 9),
)


@given(st.lists(STEPS, max_size=12))
def test_whatever_another_system_tells_becomes_a_history(steps):
    """Nothing raises; nothing is dropped without being listed; the order in which it came does not matter."""
    found = imported(steps)
    left_out = [repair for repair in found.repairs if repair.code == "left_out"]
    put_in = [repair for repair in found.repairs if repair.code == "put_in"]

    assert found.history == StageHistory.of(found.history.steps) == imported(steps[::-1]).history
    assert len(found.history.steps) == len(steps) - len(left_out) + len(put_in)
