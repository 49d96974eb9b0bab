"""Jobs and their seats: opened together, closed together, and each filled once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING

import pytest

from crmcore.errors import Conflict, IllegalStep, InputError, LawBroken, Taken
from crmcore.hiring import templates
from crmcore.model.hiring import Application, ApprovalFlow, Job, Opening, OpeningStatus, Requisition
from crmcore.model.occasion import Occasion
from crmcore.model.stage_history import Status
from tests.app.hiring.world import TERMS, in_memory, person, seats, state

if TYPE_CHECKING:
    from collections.abc import Callable

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
    with pytest.raises(IllegalStep, match=r"cannot hand over: .* no hire"):
        crm.hired(application)
    crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva").accept(actor="ada")
    hire = crm.hired(crm.hire(application, actor="eva"), cost_centre="4100")

    assert (application.id, date(2026, 9, 1), "4100") == (hire.id, hire.starts_on, hire.cost_centre)


def leave(crm: CRM, headcount: int, id_: str = "r-1") -> Requisition:
    """Store an open requisition for so many."""
    on = Occasion(event_id=f"e-{id_}", at=crm.clock.now(), actor="eva")
    asked, _ = Requisition(id=id_, title="Analysts", headcount=headcount).draft(on=on)
    given, _ = asked.submit(ApprovalFlow(), on=on)[0].step("open", on=on)
    with crm.unit(actor="eva") as unit:
        return unit.put(given)


def test_a_job_that_runs_gets_more_seats_and_gives_one_up(crm: CRM):
    """Each is told; who was hired keeps theirs."""
    crm.hire(crm.apply(person(1), "j", actor="eva"), actor="eva")
    crm.clock.advance(days=1)
    told = len(list(crm.store.history.events()))
    new = crm.add_openings("j", 2, reason="growth", actor="eva")
    closed = crm.close_opening(new[0], reason="budget", actor="eva")

    assert ["filled", "open", "closed", "open"] == [seat.status.value for seat in crm.openings("j")]
    assert ("budget", [seat.id for seat in new]) == (closed.close_reason, [seat.id for seat in crm.openings("j")[2:]])
    assert ["opening.opened", "opening.opened", "opening.closed"] == [
        stored.event.type for stored in crm.store.history.events()
    ][told:]
    again = crm.reopen_opening(closed, actor="eva")
    assert ("open", closed.id) == (again.status.value, again.id)


def test_a_seat_that_somebody_has_is_not_closed(crm: CRM):
    """Nor is one opened that is open, nor any of a closed job."""
    application = crm.apply(person(1), "j", actor="eva")
    offer = crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva")
    before = state(crm)
    with pytest.raises(IllegalStep, match="what is reserved cannot close; it can: release, fill"):
        crm.close_opening(offer.record.opening, reason="budget", actor="eva")
    with pytest.raises(IllegalStep, match="what is open cannot reopen"):
        crm.reopen_opening("o-1", actor="eva")
    assert before == state(crm)
    offer.rescind("budget", actor="eva")
    crm.close_job("j", reason="budget", actor="eva")

    for verb in (lambda: crm.add_openings("j", actor="eva"), lambda: crm.reopen_opening("o-1", actor="eva")):
        with pytest.raises(IllegalStep, match="job 'j' is closed; reopen it with its seats"):
            verb()


@in_memory
@pytest.mark.parametrize("evergreen", [False, True], ids=["one seat", "evergreen"])
def test_a_job_that_is_closed_hires_nobody(crm: CRM, evergreen: bool):
    """Neither onto a seat that a hire which was undone has left, nor onto one more; what was so before can be told."""
    job = crm.open_job(templates.general, "Analyst", openings=None if evergreen else 1, actor="eva")
    ada, alan = (crm.apply(person(number), job, actor="eva") for number in (1, 2))
    crm.clock.advance(days=1)
    hired = crm.hire(ada, actor="eva")
    crm.clock.advance(days=1)
    crm.close_job(job, reason="done", actor="eva")
    crm.unhire(hired, reason="by mistake", actor="eva")
    before = state(crm)
    crm.clock.advance(days=1)
    with pytest.raises(IllegalStep, match=f"cannot hire: job '{job.id}' is closed; reopen it"):
        crm.hire(alan, actor="eva")
    assert before == state(crm)
    crm.reopen_job(job.id, actor="eva")

    assert Status.HIRED is crm.hire(alan, actor="eva").status


@in_memory
def test_a_job_is_closed_and_a_hire_undone_for_a_reason(crm: CRM):
    """As a seat is: else nobody could count by reasons."""
    hired = crm.hire(crm.apply(person(1), "j", actor="eva"), actor="eva")
    for verb in (
        lambda: crm.close_job("j", reason=" ", actor="eva"),
        lambda: crm.step_job("j", "close", actor="eva"),
        lambda: crm.unhire(hired, reason="", actor="eva"),
    ):
        with pytest.raises(InputError, match="a reason is needed"):
            verb()


@in_memory
def test_a_seat_that_an_offer_waits_for_is_not_closed(crm: CRM):
    """It is for another one first; with its job it is closed nevertheless, and the offer can be for another then."""
    offer = crm.offer(crm.apply(person(1), "j", actor="eva"), TERMS, actor="eva")
    first, second = (seat.id for seat in crm.openings("j"))
    before = state(crm)
    with pytest.raises(LawBroken, match=r"'o-0' is what is offered by .* discard it, or seat it elsewhere"):
        crm.close_opening(first, reason="budget", actor="eva")
    assert before == state(crm)
    with pytest.raises(LawBroken, match="is for opening 'o-0' already"):
        offer.seat(first, actor="eva")
    offer.seat(second, actor="eva")
    crm.close_opening(first, reason="budget", actor="eva")
    with pytest.raises(IllegalStep, match="what is closed cannot reserve"):
        offer.seat(first, actor="eva")
    crm.close_job("j", reason="budget", actor="eva")
    crm.reopen_job("j", actor="eva")
    offer.submit(actor="eva").send(actor="eva")

    assert ["closed", "reserved"] == seats(crm)


def test_seats_never_exceed_the_leave_whichever_verb_opens_them(crm: CRM):
    """Added, reopened one by one, or with the job; a seat that is given up makes room for another."""
    leave(crm, 2)
    job = crm.open_job(templates.general, "Analyst", requisition="r-1", actor="eva")
    (second,) = crm.add_openings(job, actor="eva")
    before = state(crm)
    with pytest.raises(LawBroken, match="has room for 0 more, not for 1"):
        crm.add_openings(job, actor="eva")
    assert before == state(crm)
    crm.close_opening(second, reason="budget", actor="eva")
    (third,) = crm.add_openings(job, actor="eva")
    with pytest.raises(LawBroken, match="has room for 0 more"):
        crm.reopen_opening(second.id, actor="eva")
    crm.close_job(job.id, reason="budget", actor="eva")
    elsewhere = crm.open_job(templates.general, "Analyst", requisition="r-1", actor="eva")
    before = state(crm)
    with pytest.raises(LawBroken, match="has room for 0 more"):
        crm.reopen_job(job.id, actor="eva")  # two were closed with it, and one is taken
    assert before == state(crm)
    assert "open" == crm.reopen_job(job.id, 1, actor="eva").status.value

    assert {1, 2} == {seat.number for each in (job, elsewhere) for seat in open_seats(crm, each)}
    assert third.requisition == "r-1" == second.requisition


def open_seats(crm: CRM, job: Job | str) -> list[Opening]:
    """Return the seats of a job that are open."""
    return [seat for seat in crm.openings(job) if seat.status is OpeningStatus.OPEN]


@in_memory
def test_of_several_requisitions_one_gives_leave(crm: CRM):
    """It has to be said which; one that is another job's gives none."""
    for number in (1, 2):
        leave(crm, number, f"r-{number}")
    with crm.unit(actor="eva") as unit:
        unit.put(unit.get(Job, "j").evolve(requisitions=("r-1", "r-2")))
    leave(crm, 1, "r-3")

    for given in (None, "r-3"):
        with pytest.raises(InputError, match="by the leave of its requisitions, which are: 'r-1', 'r-2'"):
            crm.add_openings("j", requisition=given, actor="eva")
    assert ["r-2", "r-2"] == [seat.requisition for seat in crm.add_openings("j", 2, requisition="r-2", actor="eva")]


@pytest.mark.parametrize(
    ("openings", "there", "new"), [(None, 2, 0), (0, 0, 0), (1, 1, 0), (3, 3, 0), (5, 3, 2)], ids=str
)
@in_memory
def test_a_job_is_reopened_with_as_many_seats_as_are_asked_for(crm: CRM, openings: int | None, there: int, new: int):
    """By default those that were closed with it; then the others that were closed, the last one first; then new ones."""
    crm.close_opening(crm.add_openings("j", 1, actor="eva")[0], reason="budget", actor="eva")
    crm.clock.advance(days=1)
    crm.close_job("j", reason="budget", actor="eva")
    crm.clock.advance(days=1)
    job = crm.reopen_job("j", openings, reason="new budget", actor="eva")

    seats = crm.openings("j")
    assert ("open", 3 + new) == (job.status.value, len(seats))
    assert there + new == len(open_seats(crm, "j"))
    taken_up = {seat.id for seat in seats[:3] if seat.status is OpeningStatus.OPEN}
    assert taken_up <= {"o-0", "o-1"} or there == 3
    if there:
        crm.hire(crm.apply(person(1), job, actor="eva"), actor="eva")


@in_memory
def test_a_step_reopens_a_job_with_its_seats(crm: CRM):
    """A job that is open and has no seat hires nobody; an evergreen one has a seat with each hire."""
    crm.step_job("j", "close", reason="budget", actor="eva")
    crm.step_job("j", "reopen", actor="eva")
    assert ["open", "open"] == seats(crm)
    ever = crm.open_job(templates.general, "Anybody", openings=None, actor="eva")
    crm.close_job(ever, reason="budget", actor="eva")
    again = crm.reopen_job(ever.id, actor="eva")

    assert Status.HIRED is crm.hire(crm.apply(person(1), again, actor="eva"), actor="eva").status
    with pytest.raises(LawBroken, match="evergreen: its seats come with its hires"):
        crm.add_openings(again, actor="eva")


def test_two_who_take_the_last_leave_at_once_get_one_seat(crm: CRM):
    """By adding a seat here and taking one up there."""
    leave(crm, 2)
    job = crm.open_job(templates.general, "Analyst", openings=2, requisition="r-1", actor="eva")
    given_up = crm.close_opening(crm.openings(job)[0], reason="budget", actor="eva")
    attempts = [lambda: crm.add_openings(job.id, actor="eva"), lambda: crm.reopen_opening(given_up.id, actor="eva")]

    def outcome(attempt: Callable[[], object]) -> str:
        try:
            attempt()
        except (LawBroken, Conflict, Taken):
            return "refused"
        return "done"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(outcome, attempts * 2))

    assert ["done", "refused", "refused", "refused"] == outcomes
    assert 2 == len(open_seats(crm, job))


@in_memory
def test_seats_are_in_one_order_wherever_they_are_listed(crm: CRM):
    """Those that were opened first come first, whatever their ids; those that never were opened come last."""
    crm.clock.advance(days=1)
    on = Occasion(event_id="e-seat", at=crm.clock.now(), actor="eva")
    with crm.unit(actor="eva") as unit:
        unit.put(Opening(id="a-later", job="j").open(on=on)[0])
        unit.put(Opening(id="a-never", job="j"))

    assert ["o-0", "o-1", "a-later", "a-never"] == [seat.id for seat in crm.openings("j")]
    assert crm.openings("j") == crm.pipeline("j").openings()
    assert "o-0" == crm.offer(crm.apply(person(1), "j", actor="eva"), TERMS, actor="eva").record.opening
