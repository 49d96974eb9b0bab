"""Observed histories: the truth lies within the bounds."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from crmcore.errors import InputError
from crmcore.hiring.histories import Seen, observed
from crmcore.model.stage_history import Status

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    """Return an instant."""
    return BEGIN + timedelta(days=number)


def seen(number: float, stage: str = "screen", **more: object) -> Seen:
    """Return a look."""
    return Seen(at=day(number), stage=stage, **more)


def test_a_move_lies_between_two_looks():
    """Since when it had been in the first stage is not known, unless somebody says."""
    looks = [seen(1), seen(5), seen(8, "onsite")]
    screen, onsite = observed(looks).stays
    began = observed(looks, began_at=day(0)).stays[0]

    assert (None, day(1), day(5), day(8)) == (
        screen.entered.earliest,
        screen.entered.latest,
        screen.left.earliest,
        screen.left.latest,
    )
    assert (timedelta(days=4), None) == screen.lasted(day(20))
    assert (timedelta(days=4), timedelta(days=8)) == began.lasted(day(20))
    assert (timedelta(days=12), timedelta(days=15)) == onsite.lasted(day(20))


def test_what_is_told_since_is_exact():
    """Also that it came back to the same stage in between."""
    screen, again = observed([seen(1, since=day(0)), seen(5, since=day(3))]).stays

    assert (day(0), day(0)) == (screen.entered.earliest, screen.entered.latest)
    assert (day(1), day(3)) == (screen.left.earliest, screen.left.latest)
    assert again.entered.holds(day(3))
    assert not again.entered.holds(day(4))


def test_an_end_stops_the_stay_and_a_reopening_begins_one():
    """An ended one that was never seen in its last stage had a stay there too."""
    found = observed(
        [seen(1), seen(3, "onsite", status="rejected"), seen(9, "onsite"), seen(12, "onsite", status="hired")]
    )

    assert [("screen", "active"), ("onsite", "rejected"), ("onsite", "hired")] == [
        (stay.stage, stay.status.value) for stay in found.stays
    ]
    assert Status.HIRED is found.status
    assert all(stay.left is not None for stay in found.stays)


def test_it_becomes_a_history():
    """With one instant within the bounds for each step; it was recorded when it was seen."""
    found = observed(
        [seen(1), seen(3, "onsite", status="rejected"), seen(9, "onsite"), seen(12, "onsite", status="hired")]
    )
    history = found.history(by="ats", when="middle")

    assert ["enter", "move", "reject", "reopen", "hire"] == [step.verb.value for step in history.steps]
    assert (day(2), day(3)) == (history.steps[1].occurred_at, history.steps[1].recorded_at)
    assert day(12) == found.history(by="ats").steps[-1].occurred_at
    assert day(9) == found.history(by="ats", when="earliest").steps[-1].occurred_at


def test_contradictions_are_refused():
    """None at all, two at once, a time before the last look, no zone."""
    with pytest.raises(InputError, match="nothing that was seen"):
        observed([])
    with pytest.raises(InputError, match="it was seen in 'screen' and in 'onsite'"):
        observed([seen(1), seen(1, "onsite")])
    with pytest.raises(InputError, match="and was seen elsewhere"):
        observed([seen(3), seen(5, "onsite", since=day(2))])
    with pytest.raises(InputError, match="later"):
        seen(3, since=day(4))
    with pytest.raises(InputError, match="no time zone"):
        Seen(at=datetime(2026, 1, 1), stage="x")  # noqa: DTZ001 - the point


def truth(random: Random) -> list[tuple[datetime, str, Status]]:
    """Return since when it was in which state: changes days apart."""
    states, at, stage, status = [], 0.0, "s0", Status.ACTIVE
    for number in range(random.randint(1, 6)):
        states.append((day(at), stage, status))
        at += random.uniform(2, 9)
        if status is not Status.ACTIVE:
            status = Status.ACTIVE
        elif random.random() < 0.4:
            status = random.choice([Status.REJECTED, Status.WITHDRAWN])
        else:
            stage = f"s{number + 1}"
    return states


@pytest.mark.parametrize("tells", [False, True])
def test_the_truth_lies_within_the_bounds(tells):
    """A thousand simulated histories, looked at often enough that nothing comes and goes unseen."""
    stays = 0
    for seed in range(1_000):
        random = Random(seed)
        states = truth(random)
        end = states[-1][0] + timedelta(days=5)
        looks, at = [], BEGIN + timedelta(hours=random.randint(0, 20))
        while at < end:
            since, stage, status = next(state for state in reversed(states) if state[0] <= at)
            looks.append(Seen(at=at, stage=stage, status=status, since=since if tells else None))
            at += timedelta(days=random.uniform(0.1, 1.9))
        random.shuffle(looks)
        found = observed(looks, began_at=BEGIN)
        true_stays = [
            (stage, since, states[number + 1][0] if number + 1 < len(states) else None)
            for number, (since, stage, status) in enumerate(states)
            if status is Status.ACTIVE
        ]
        assert [stay.stage for stay in found.stays] == [stage for stage, _, _ in true_stays], seed
        for stay, (_, entered, left) in zip(found.stays, true_stays, strict=True):
            stays += 1
            assert stay.entered.holds(entered), seed
            assert left is None or stay.left is None or stay.left.holds(left), seed
            least, most = stay.lasted(max(look.at for look in looks))
            lasted = (left if stay.left is not None else max(look.at for look in looks)) - entered
            assert least <= lasted <= most, seed
            assert not tells or least == most, seed
    assert stays > 2_000


def test_too_few_looks_are_not_enough():
    """The negative control: what came and went unseen is not in the stays."""
    found = observed([seen(1, "a"), seen(9, "a")])

    assert 1 == len(found.stays)
