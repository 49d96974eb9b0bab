"""Jobs: their states, how long they were on hold, and who was on the team when."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from crmcore.errors import IllegalStep, LawBroken
from crmcore.model.hiring import Band, Job, JobStatus
from crmcore.model.money import Money
from crmcore.model.occasion import Occasion

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def on(day: float) -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor="eva")


def after(*verbs: str) -> Job:
    """Return a job after steps of consecutive days."""
    job = Job(id="j-1", title="Data engineer", pipeline="p-1")
    for day, verb in enumerate(verbs):
        job, _ = job.step(verb, on=on(day))
    return job


@pytest.mark.parametrize(
    ("verbs", "status"),
    [
        ((), JobStatus.DRAFT),
        (("draft", "open"), JobStatus.OPEN),
        (("open", "hold"), JobStatus.ON_HOLD),
        (("open", "hold", "close", "reopen"), JobStatus.OPEN),
    ],
)
def test_the_state_follows_from_the_steps(verbs, status):
    """And is the same after a round trip."""
    job = after(*verbs)

    assert status is job.status
    assert job == Job.model_validate_json(job.model_dump_json())


def test_what_the_table_does_not_list_is_refused_with_what_it_lists():
    """A job on hold is resumed, not opened."""
    with pytest.raises(IllegalStep, match="what is on_hold cannot open; it can: resume, close"):
        after("open", "hold").step("open", on=on(5))
    with pytest.raises(LawBroken, match="a template, which is never opened"):
        Job(id="j-1", title="Engineer", pipeline="p-1", is_template=True).step("open", on=on(0))


def test_time_on_hold_is_told_within_a_window():
    """Also where a hold has not ended, and where it ended by closing."""
    job = after("open", "hold", "resume", "hold", "close")

    assert timedelta(days=2) == job.on_hold(on(0).at, on(99).at)
    assert timedelta(days=0.5) == job.on_hold(on(1.5).at, on(3).at)
    assert timedelta(days=7) == after("open", "hold").on_hold(on(0).at, on(8).at)


def test_who_leaves_the_team_stays_listed():
    """With the day; who joins twice is there once."""
    job = after("open").join("ann", "recruiter", at=on(0).at).join("ann", "recruiter", at=on(1).at)
    left = job.leave("ann", "recruiter", at=on(4).at)

    assert ("ann",) == left.active("recruiter", at=on(3).at)
    assert () == left.active("recruiter", at=on(4).at)
    assert 1 == len(left.team)
    with pytest.raises(LawBroken, match="'ann' is no recruiter"):
        left.leave("ann", "recruiter", at=on(5).at)


def test_a_band_holds_what_lies_within():
    """Nothing is converted: another currency lies outside."""
    band = Band.of("EUR", 60_000, 80_000)

    assert band.holds(Money(amount=60_000, currency="EUR"))
    assert not band.holds(Money(amount=59_999, currency="EUR"))
    assert not band.holds(Money(amount=70_000, currency="USD"))
    with pytest.raises(ValidationError, match="above the maximum"):
        Band.of("EUR", 2, 1)
