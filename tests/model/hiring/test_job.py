"""Jobs: their states, how long they were on hold, and who was on the team when."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from crmcore.errors import IllegalStep, InputError, LawBroken
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


def test_new_applications_are_somebodys():
    """Of each role one, while they are on the team."""
    job = after("open").join("ann", "recruiter", at=on(0).at)
    job = job.join("bob", "recruiter", at=on(0).at, is_responsible=True).leave("bob", "recruiter", at=on(5).at)

    assert ["bob", None] == [job.responsible("recruiter", at=on(day).at) for day in (4, 5)]
    assert job.responsible("coordinator", at=on(4).at) is None


@pytest.mark.parametrize("wrong", ["boss", "", None, 7, []])
def test_a_role_or_a_step_that_is_none_is_refused_with_those_that_are(wrong):
    """By every verb that takes one."""
    job = after("open")

    for verb in (
        lambda: job.active(wrong, at=on(1).at),
        lambda: job.join("ann", wrong, at=on(1).at),
        lambda: job.leave("ann", wrong, at=on(1).at),
        lambda: job.responsible(wrong, at=on(1).at),
    ):
        with pytest.raises(InputError, match="the roles are: hiring_manager"):
            verb()
    with pytest.raises(InputError, match="a job has no step"):
        job.step(wrong, on=on(1))


def test_why_it_was_closed_is_told_while_it_is():
    """Of a job, and of a seat."""
    closed, _ = after("open").step("close", on=Occasion(event_id="e", at=on(1).at, actor="eva", reason="budget"))

    assert ("budget", "") == (closed.close_reason, closed.step("reopen", on=on(2))[0].close_reason)


def test_a_copy_is_a_job_that_nothing_has_happened_to():
    """With the team of that instant; a template made of a job is a template."""
    job = after("open").join("ann", "recruiter", at=on(0).at).evolve(requisitions=["r-1"], fill_began_at=on(0).at)
    copy = job.copy("j-2", pipeline="p-2", at=on(3).at, is_template=True)

    assert ((), (), None, True, "j-1") == (
        copy.history,
        copy.requisitions,
        copy.fill_began_at,
        copy.is_template,
        copy.copied_from,
    )
    assert [on(3).at] == [member.since for member in copy.team]
