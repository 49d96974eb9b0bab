"""Taking people through a pipeline, one by one and many at once: who may not go there is told why."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from crmcore import ContactRecord
from crmcore.errors import Conflict, IllegalStep, LawBroken
from crmcore.hiring import templates
from crmcore.model.hiring import Application, Job, OpeningStatus
from crmcore.model.occasion import Occasion
from crmcore.model.stage_history import Status
from tests.app.hiring.world import TERMS, in_memory, person, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcore import CRM


def test_from_applying_to_the_hire(crm: CRM):
    """The person is stored with the application; the hire takes one seat."""
    application = crm.apply(person(1), "j", actor="eva", recruiter="eva", source="LinkedIn")
    crm.clock.advance(days=3)
    application = crm.move(application, "screen", expected="applied", actor="eva")
    application = crm.hire(crm.advance(application, actor="eva"), actor="eva")

    assert (Status.HIRED, "offer") == (application.status, application.stage)
    assert [(OpeningStatus.FILLED, application.id), (OpeningStatus.OPEN, None)] == [
        (seat.status, seat.holder) for seat in crm.pipeline("j").openings()
    ]
    assert "Ada Number1" == crm.get(ContactRecord, "c-1").name.full


def test_guards_and_capacity_keep_people_out_and_say_why(crm: CRM):
    """The guard is asked of the stored application; the capacity counts who is in the stage."""
    people = [crm.apply(person(number), "j", actor="eva") for number in range(3)]
    crm.move(people[0], "screen", actor="eva")
    second = crm.move(people[1], "screen", actor="eva")

    with pytest.raises(IllegalStep, match="the stage is full: 2 of 2"):
        crm.move(people[2], "screen", actor="eva")
    with pytest.raises(IllegalStep, match="nobody has seen the person"):
        crm.advance(second, actor="eva")
    assert "applied" == crm.get(Application, people[2].id).stage


def test_an_old_copy_is_refused_and_an_id_is_read_anew(crm: CRM):
    """Whoever decided by an old page learns of it."""
    old = crm.apply(person(1), "j", actor="eva")
    crm.move(old, "screen", actor="eva")

    with pytest.raises(Conflict):
        crm.reject(old, "skills", actor="bob")
    with pytest.raises(IllegalStep, match="it was expected in 'applied'; read it again"):
        crm.move(old.id, "offer", expected="applied", actor="bob")
    assert Status.REJECTED is crm.reject(old.id, "skills", actor="bob").status


def test_of_many_who_move_at_once_no_more_come_in_than_there_is_room(crm: CRM):
    """The stage takes two, in bulk and by one."""
    people = [crm.apply(person(number), "j", actor="eva").id for number in range(6)]

    def attempt(application: str) -> str:
        try:
            if application in people[:3]:
                return crm.move_all([application], "screen", actor="eva").items[0].outcome.value
            crm.move(application, "screen", actor="eva")
        except (IllegalStep, Conflict):
            return "refused"
        return "done"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(attempt, people))

    assert ["done"] * 2 + ["refused"] * 4 == outcomes


def test_what_is_told_late_is_put_where_it_occurred(crm: CRM):
    """Both times are kept, in the step and in the unit."""
    application = crm.apply(person(1), "j", actor="eva")
    began = crm.clock.now()
    crm.clock.advance(days=10)
    moved = crm.move(application, "screen", at=began + timedelta(days=2), actor="eva")

    step = moved.history.steps[-1]
    assert (began + timedelta(days=2), crm.clock.now()) == (step.occurred_at, step.recorded_at)


def test_a_late_step_forward_is_judged_by_the_stage_of_then(crm: CRM):
    """What is after the last stage now was before a full one then."""
    late, *others = (crm.apply(person(number), "j", recruiter="eva", actor="eva") for number in range(3))
    crm.clock.advance(days=4)
    crm.move(late, "offer", reason="known well", actor="eva")
    for other in others:
        crm.move(other, "screen", actor="eva")

    with pytest.raises(IllegalStep, match="the stage is full"):
        crm.advance(late.id, at=crm.clock.now() - timedelta(days=2), actor="eva")


def test_a_transfer_ends_here_and_goes_on_there(crm: CRM):
    """Both name each other; the source goes along."""
    on = Occasion(event_id="e-2", at=crm.clock.now(), actor="eva")
    with crm.unit(actor="eva") as unit:
        unit.put(Job(id="k", title="Analyst", pipeline="p").step("open", on=on)[0])
    here = crm.apply(person(1), "j", source="LinkedIn", actor="eva")
    there = crm.transfer(here, "k", actor="eva", reason="better fit")

    assert (here.id, "LinkedIn", "applied") == (there.came_from, there.source, there.stage)
    assert (Status.TRANSFERRED, there.id) == (
        crm.get(Application, here.id).status,
        crm.get(Application, here.id).went_to,
    )


def test_nobody_is_transferred_to_a_job_that_takes_nobody(crm: CRM):
    """Neither to a closed one, nor to the one that they are in."""
    closed = crm.open_job(templates.general, "Gone", actor="eva")
    crm.close_job(closed, reason="budget", actor="eva")
    application = crm.apply(person(1), "j", actor="eva")
    before = state(crm)

    with pytest.raises(LawBroken, match="is closed; nobody can be transferred to it"):
        crm.transfer(application, closed.id, actor="eva")
    with pytest.raises(LawBroken, match="is for job 'j' already; move it"):
        crm.transfer(application, "j", actor="eva")
    assert before == state(crm)


@in_memory
@pytest.mark.parametrize(
    "verb",
    [
        lambda crm, old: crm.move(old, "screen", actor="bo"),
        lambda crm, old: crm.advance(old, actor="bo"),
        lambda crm, old: crm.reject(old, "skills", actor="bo"),
        lambda crm, old: crm.reopen(old, actor="bo"),
        lambda crm, old: crm.hire(old, actor="bo"),
        lambda crm, old: crm.unhire(old, reason="mistake", actor="bo"),
    ],
)
def test_an_old_copy_is_a_conflict_whatever_it_would_allow(crm: CRM, verb: Callable[[CRM, Application], object]):
    """What an old copy says cannot be done may well be possible by now, and the other way round."""
    old = crm.apply(person(1), "j", actor="eva")
    crm.move(old.id, "screen", actor="eva")
    before = state(crm)
    with pytest.raises(Conflict, match="read it again"):
        verb(crm, old)

    assert before == state(crm)


@in_memory
def test_an_old_copy_of_a_job_is_a_conflict(crm: CRM):
    """It says that the job is open, and so that it cannot be reopened, which would mislead."""
    old = crm.get(Job, "j")
    crm.close_job("j", reason="enough", actor="eva")
    with pytest.raises(Conflict, match="read it again"):
        crm.reopen_job(old, actor="eva")
    with pytest.raises(Conflict, match="read it again"):
        crm.step_job(old, "hold", actor="eva")


@in_memory
def test_what_is_only_read_may_be_an_old_copy(crm: CRM):
    """Drafting an offer or planning an interview changes no application; it is looked up as it is now."""
    old = crm.apply(person(1), "j", actor="eva")
    crm.reject(old.id, "skills", actor="eva")

    with pytest.raises(IllegalStep, match="is rejected"):
        crm.offer(old, TERMS, actor="eva")
    crm.reopen(old.id, actor="eva")

    assert "draft" == crm.offer(old, TERMS, actor="eva").status
