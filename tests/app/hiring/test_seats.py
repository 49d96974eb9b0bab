"""Jobs and their seats: opened together, closed together, and each filled once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING

import pytest

from crmcore.errors import IllegalStep, LawBroken
from crmcore.hiring import templates
from crmcore.model.hiring import Application, ApprovalFlow, Job, Opening, OpeningStatus, Requisition
from crmcore.model.occasion import Occasion
from crmcore.model.stage_history import Status
from tests.app.hiring.world import TERMS, person, seats, state

if TYPE_CHECKING:
    from crmcore import CRM


def test_a_job_is_opened_by_a_template_with_its_seats(crm: CRM):
    """Job, pipeline and openings are stored together, and can be worked with at once."""
    job = crm.open_job(templates.engineering, "Analyst", openings=3, team={"recruiter": "ann"}, actor="eva")
    view = crm.pipeline(job)

    assert (3, "applied") == (len(view.openings()), view.pipeline.first.key)
    assert ("ann",) == job.active("recruiter", at=crm.clock.now())
    assert "applied" == crm.apply(person(1), job, actor="eva").stage
    held = crm.step_job(job, "hold", reason="budget", actor="eva")
    with pytest.raises(LawBroken, match="on_hold"):
        crm.apply(person(2), held, actor="eva")


def test_a_requisition_gives_leave_for_so_many_seats_and_no_more(crm: CRM):
    """Over several jobs, and by its id as well."""
    on = Occasion(event_id="e-r", at=crm.clock.now(), actor="eva")
    leave, _ = Requisition(id="r-1", title="Analysts", headcount=2).draft(on=on)
    leave, _ = leave.submit(ApprovalFlow(), on=on)
    leave, _ = leave.step("open", on=on)
    with crm.unit(actor="eva") as unit:
        unit.put(leave)
    first = crm.open_job(templates.general, "Analyst", requisition="r-1", actor="eva")
    before = state(crm)

    with pytest.raises(LawBroken, match="r-1"):
        crm.open_job(templates.general, "Analyst", openings=2, requisition="r-1", actor="eva")
    assert before == state(crm)
    second = crm.open_job(templates.general, "Analyst", requisition="r-1", actor="eva")
    assert {"r-1"} == {seat.requisition for job in (first, second) for seat in crm.pipeline(job).openings()}


def test_the_third_hire_finds_no_seat(crm: CRM):
    """And changes nothing; an unhire gives the seat back."""
    hired = [crm.hire(crm.apply(person(number), "j", actor="eva"), actor="eva") for number in range(2)]
    third = crm.apply(person(3), "j", actor="eva")
    before = state(crm)

    with pytest.raises(LawBroken, match="has no open seat: 2 filled"):
        crm.hire(third, actor="eva")
    assert before == state(crm)
    crm.unhire(hired[0], reason="reneged", actor="eva")
    assert Status.HIRED is crm.hire(third, actor="eva").status


def test_of_many_who_hire_at_once_as_many_succeed_as_there_are_seats(crm: CRM):
    """Two seats and eight threads: two hires, six refusals, and the ledger agrees."""
    people = [crm.apply(person(number), "j", actor="eva").id for number in range(8)]

    def attempt(application: str) -> str:
        try:
            return crm.hire(application, actor="eva").status.value
        except LawBroken:
            return "refused"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(attempt, people))

    assert ["hired"] * 2 + ["refused"] * 6 == outcomes
    holders = {seat.holder for seat in crm.pipeline("j").openings()}
    assert holders == {one.id for one in crm.pipeline("j").applications() if one.status is Status.HIRED}


def test_an_evergreen_job_has_as_many_seats_as_hires(crm: CRM):
    """A seat is opened with each hire."""
    job = crm.get(Job, "j")
    with crm.unit(actor="eva") as unit:
        unit.put(job.evolve(is_evergreen=True))
    for number in range(4):
        crm.hire(crm.apply(person(number), "j", actor="eva"), actor="eva")

    assert 4 == sum(seat.status is OpeningStatus.FILLED for seat in crm.pipeline("j").openings())


def test_a_hire_without_offer_leaves_the_seat_that_is_offered(crm: CRM):
    """Unless it is the only one."""
    offered, other, third = (crm.apply(person(number), "j", actor="eva") for number in range(3))
    offer = crm.offer(offered, TERMS, actor="eva").submit(actor="eva")
    crm.hire(other, actor="eva")
    assert "open" == crm.get(Opening, offer.record.opening).status.value
    crm.hire(third, actor="eva")

    assert ["filled", "filled"] == seats(crm)
    with pytest.raises(LawBroken, match="filled"):
        offer.send(actor="eva")


def test_a_job_closes_with_its_seats_unless_one_is_reserved(crm: CRM):
    """What is filled stays filled."""
    hired = crm.hire(crm.apply(person(1), "j", actor="eva"), actor="eva")
    offered = crm.apply(person(2), "j", actor="eva")
    offer = crm.offer(offered, TERMS, actor="eva").submit(actor="eva").send(actor="eva")
    with pytest.raises(LawBroken, match="reserved"):
        crm.close_job("j", reason="filled", actor="eva")
    offer.rescind("budget", actor="eva")
    closed = crm.close_job("j", reason="budget", actor="eva")

    assert ("closed", ["closed", "filled"]) == (closed.status.value, sorted(seats(crm)))
    assert Status.HIRED is crm.get(Application, hired.id).status


def test_a_job_is_closed_in_one_way(crm: CRM):
    """By its step, too, it takes its seats along."""
    crm.step_job("j", "close", reason="budget", actor="eva")

    assert ["closed", "closed"] == seats(crm)


def test_only_a_hire_is_handed_over(crm: CRM):
    """With what the offer said, and what the organisation adds."""
    application = crm.apply(person(1), "j", actor="eva")
    with pytest.raises(IllegalStep, match="no hire"):
        crm.hired(application)
    crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva").accept(actor="ada")
    hire = crm.hired(crm.hire(application, actor="eva"), cost_centre="4100")

    assert (application.id, date(2026, 9, 1), "4100") == (hire.id, hire.starts_on, hire.cost_centre)
