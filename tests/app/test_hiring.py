"""Verbs on jobs and applications: each is one unit, on every store; what cannot be is refused and changes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING

import attrs
import pytest

from crmcore import CRM, ContactRecord, EmailAddress, PersonName, PhoneNumber
from crmcore.errors import Conflict, CrmcoreError, IllegalStep, InputError, LawBroken, NotFound, Taken
from crmcore.hiring import templates
from crmcore.hiring.applying import Ambiguous, ApplicationForm, Applied, Refused
from crmcore.hiring.moving import Ask
from crmcore.model.hiring import (
    Application,
    ApprovalFlow,
    Job,
    OfferTerms,
    Opening,
    OpeningStatus,
    Question,
    Questionnaire,
    Requisition,
)
from crmcore.model.money import Money
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Guard, Pipeline, Stage
from crmcore.model.stage_history import Status
from crmcore.query import F
from crmcore.reports.pipeline import presets
from crmcore.testing import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SEATED = Guard(key="seen", reason="nobody has seen the person", where=F.recruiter.is_known())
STAGES = (
    Stage(key="applied", label="Applied", category="application", ages_after=2, stale_after=5),
    Stage(key="screen", label="Screen", category="screening", capacity=2),
    Stage(key="offer", label="Offer", category="offer", guards=(SEATED,)),
)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CRM]:
    """A database with one open job of two seats."""
    url = {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path / 'crm.db'}"}.get(request.param)
    with CRM.open(url or request.getfixturevalue("postgres_url"), clock=ManualClock()) as opened:
        on = Occasion(event_id="e-job", at=opened.clock.now(), actor="eva")
        job, event = Job(id="j", title="Data engineer", pipeline="p").step("open", on=on)
        with opened.unit(actor="eva") as unit:
            unit.put(Pipeline(id="p", name="Engineering", stages=STAGES))
            unit.put(job)
            unit.emit(event)
            for number in range(2):
                unit.put(Opening(id=f"o-{number}", job="j").open(on=on)[0])
        yield opened


def person(number: int) -> ContactRecord:
    """Return somebody."""
    return ContactRecord(id=f"c-{number}", name=PersonName(given="Ada", family=f"Number{number}"))


def state(crm: CRM) -> tuple[object, ...]:
    """Return all that the verbs may change, and how much was told."""
    kinds = (Application, Opening, ContactRecord)
    return (*(tuple(crm.store.stream(kind)) for kind in kinds), len(list(crm.store.history.events())))


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


def test_an_application_that_cannot_begin_leaves_nobody_behind(crm: CRM):
    """The person and the application, or neither."""
    crm.apply(person(1), "j", actor="eva")
    before = state(crm)

    with pytest.raises(Taken):
        crm.apply("c-1", "j", actor="eva")
    with pytest.raises(CrmcoreError, match="no stage 'nowhere'"):
        crm.apply(person(2), "j", stage="nowhere", actor="eva")
    assert before == state(crm)


def test_a_closed_job_takes_nobody(crm: CRM):
    """The error says what the job is."""
    job = crm.get(Job, "j").step("hold", on=Occasion(event_id="e-hold", at=crm.clock.now(), actor="eva"))[0]
    with crm.unit(actor="eva") as unit:
        unit.put(job)

    with pytest.raises(LawBroken, match="job 'j' is on_hold; nobody can apply to it"):
        crm.apply(person(1), "j", actor="eva")


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


def test_an_evergreen_job_has_as_many_seats_as_hires(crm: CRM):
    """A seat is opened with each hire."""
    job = crm.get(Job, "j")
    with crm.unit(actor="eva") as unit:
        unit.put(job.evolve(is_evergreen=True))
    for number in range(4):
        crm.hire(crm.apply(person(number), "j", actor="eva"), actor="eva")

    assert 4 == sum(seat.status is OpeningStatus.FILLED for seat in crm.pipeline("j").openings())


def test_what_is_told_late_is_put_where_it_occurred(crm: CRM):
    """Both times are kept, in the step and in the unit."""
    application = crm.apply(person(1), "j", actor="eva")
    began = crm.clock.now()
    crm.clock.advance(days=10)
    moved = crm.move(application, "screen", at=began + timedelta(days=2), actor="eva")

    step = moved.history.steps[-1]
    assert (began + timedelta(days=2), crm.clock.now()) == (step.occurred_at, step.recorded_at)


def test_the_board_tells_how_long_people_wait(crm: CRM):
    """Who has waited longest stands first; thresholds are the stage's own; ended ones are not on it."""
    crm.apply(person(1), "j", actor="eva")
    crm.clock.advance(days=3)
    crm.apply(person(2), "j", actor="eva")
    crm.reject(crm.apply(person(3), "j", actor="eva"), "skills", actor="eva")
    crm.clock.advance(days=2)
    board = crm.pipeline("j").board()

    assert [("Ada Number1", 5, "stale"), ("Ada Number2", 2, "due")] == [
        (place.title, place.days, place.state) for place in board.lanes[0].places
    ]
    assert "Screen (0): nobody" in str(board)
    assert "Rejected" in crm.pipeline("j").report()


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


TERMS = OfferTerms(title="Data engineer", pay=Money(amount=70_000, currency="EUR"), starts_on="2026-09-01")


def seats(crm: CRM) -> list[str]:
    """Return what the seats of the job are."""
    return [seat.status.value for seat in crm.pipeline("j").openings()]


def test_an_offer_reserves_a_seat_and_the_hire_fills_it(crm: CRM):
    """An offer that is not accepted yet is no hire."""
    application = crm.apply(person(1), "j", actor="eva")
    offer = crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva")
    assert ["reserved", "open"] == seats(crm)
    with pytest.raises(IllegalStep, match="is sent"):
        crm.hire(application, actor="eva")
    offer.accept(actor="ada")
    hired = crm.hire(application, actor="eva")

    assert (Status.HIRED, ["filled", "open"]) == (hired.status, seats(crm))
    assert offer.id == crm.offer_of(application).id
    assert "version 1, accepted" in repr(offer)


@pytest.mark.parametrize("verb", ["decline", "rescind"])
def test_an_offer_that_comes_to_nothing_frees_its_seat(crm: CRM, verb: str):
    """The application goes on."""
    application = crm.apply(person(1), "j", actor="eva")
    offer = crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva")
    getattr(offer, verb)("pay", actor="eva")

    assert ["open", "open"] == seats(crm)
    assert Status.ACTIVE is crm.get(Application, application.id).status


@pytest.mark.parametrize("end", ["reject", "withdraw", "transfer"])
def test_an_application_that_ends_takes_its_offer_along(crm: CRM, end: str):
    """So that no seat is held by somebody who is gone."""
    on = Occasion(event_id="e-2", at=crm.clock.now(), actor="eva")
    with crm.unit(actor="eva") as unit:
        unit.put(Job(id="k", title="Analyst", pipeline="p").step("open", on=on)[0])
    application = crm.apply(person(1), "j", actor="eva")
    offer = crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva")
    getattr(crm, end)(application, "k" if end == "transfer" else "other", actor="eva")

    assert ["open", "open"] == seats(crm)
    assert not offer.record.is_live


def test_who_reneges_frees_the_seat_and_is_active_again(crm: CRM):
    """Even after the hire."""
    application = crm.apply(person(1), "j", actor="eva")
    offer = crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva").accept(actor="ada")
    crm.hire(application, actor="eva")
    offer.renege("elsewhere", actor="eva")

    assert (["open", "open"], Status.ACTIVE) == (seats(crm), crm.get(Application, application.id).status)


def test_one_seat_is_offered_to_one_person_at_a_time(crm: CRM):
    """Three offers for two seats: the third cannot go out, and nothing is changed by trying."""
    first = crm.apply(person(1), "j", actor="eva")
    second = crm.apply(person(2), "j", actor="eva")
    crm.offer(first, TERMS, opening="o-0", actor="eva").submit(actor="eva").send(actor="eva")
    other = crm.offer(second, TERMS, opening="o-0", actor="eva").submit(actor="eva")
    before = state(crm)

    with pytest.raises(LawBroken, match="reserved"):
        other.send(actor="eva")
    assert before == state(crm)
    with pytest.raises(LawBroken, match="revise that one"):
        crm.offer(first, TERMS, actor="eva")


def test_a_revised_offer_needs_to_be_sent_again(crm: CRM):
    """Only the latest version counts."""
    application = crm.apply(person(1), "j", actor="eva")
    offer = crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva")
    offer.revise(TERMS.evolve(pay=Money(amount=75_000, currency="EUR")), actor="eva")

    with pytest.raises(IllegalStep, match="what is draft cannot accept"):
        offer.accept(actor="ada")
    offer.submit(actor="eva").send(actor="eva").opened(actor="ada").accept(actor="ada")
    assert (2, ["reserved", "open"]) == (offer.record.number, seats(crm))


def test_an_offer_can_be_extended_discarded_and_begin_later(crm: CRM):
    """What never went out is given up; what is out gets more time; what is accepted another first day."""
    application = crm.apply(person(1), "j", actor="eva")
    given_up = crm.offer(application, TERMS, actor="eva").discard(actor="eva")
    assert not given_up.record.is_live
    offer = crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva")
    until = crm.clock.now() + timedelta(days=3)
    offer.extend(until, actor="eva").accept(actor="ada").reschedule(date(2026, 10, 1), actor="eva")

    assert (until, date(2026, 10, 1)) == (offer.record.expires_at, offer.record.starts_on)


def test_there_is_no_view_of_an_offer_that_is_none(crm: CRM):
    """Nor of one that has ended."""
    application = crm.apply(person(1), "j", actor="eva")
    assert crm.offer_of(application) is None
    crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva").decline("pay", actor="ada")

    assert crm.offer_of(application) is None


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


FORM = ApplicationForm(name="Ada Lovelace", emails=["Ada@home.dev"], source="careers page")


def test_a_form_makes_person_and_application_or_neither(crm: CRM):
    """The second time it is the same person, who has applied already."""
    first = crm.receive(FORM, "j", actor="careers page")
    before = state(crm)
    again = crm.receive(FORM, "j", actor="careers page")

    assert isinstance(first, Applied)
    assert crm.get(Application, first.application.id) == first.application
    assert (first.is_new_contact, first.application.contact) == (True, first.contact.id)
    assert isinstance(again, Refused)
    assert "there is an active application to this job" == again.why
    assert before == state(crm)


def test_a_form_that_may_be_from_two_people_asks_who_it_is(crm: CRM):
    """E-mail says one, phone says another: nobody is chosen silently, and somebody can say."""
    phone = PhoneNumber(raw="+31 6 12345678", normal="+31612345678")
    mail = EmailAddress(raw="ada@home.dev", normal="ada@home.dev")
    with crm.unit(actor="eva") as unit:
        unit.put(ContactRecord(id="a", name=PersonName(given="Ada", family="Lovelace"), emails=(mail,)))
        unit.put(ContactRecord(id="b", name=PersonName(given="Ada", family="Lovelace"), phones=(phone,)))
    form = ApplicationForm(name="Ada Lovelace", emails=["ada@home.dev"], phones=["+31 6 12345678"])
    before = state(crm)
    found = crm.receive(form, "j", actor="careers page")

    assert isinstance(found, Ambiguous)
    assert (["a", "b"], before) == (sorted(claim.contact for claim in found.claims), state(crm))
    decided = crm.receive(form, "j", contact="b", actor="eva")
    assert isinstance(decided, Applied)
    assert ("b", 2) == (decided.application.contact, crm.get(ContactRecord, "b").version)


def test_an_identifier_of_many_is_nobodys(crm: CRM):
    """A switchboard's number leads to none of the thirty who have it."""
    phone = PhoneNumber(raw="+31 20 1234567", normal="+31201234567")
    with crm.unit(actor="eva") as unit:
        for number in range(30):
            unit.put(ContactRecord(id=f"s-{number}", phones=(phone,)))
    plan = crm.receive(ApplicationForm(name="Bo Bergman", phones=["+31 20 1234567"]), "j", actor="careers page")

    assert isinstance(plan, Applied)
    assert plan.is_new_contact


def test_measures_of_a_job_count_what_has_just_happened(crm: CRM):
    """The funnel, a preset, and what was known before; other jobs are none of its business."""
    for number in range(4):
        crm.apply(person(number), "j", actor="eva")
    other = crm.open_job(templates.sales, "Seller", actor="eva")
    crm.apply("c-1", other, actor="eva")
    known = crm.clock.now()
    crm.clock.advance(days=4)
    moved = crm.move(next(iter(crm.pipeline("j").applications())), "screen", actor="eva")
    crm.hire(moved, actor="eva")
    view = crm.pipeline("j")

    assert [("applied", 4, 1), ("screen", 1, 1)] == [
        (row.stage, row.entered, row.advanced + row.hired) for row in view.funnel() if row.entered
    ]
    assert 4.0 == view.measure(presets.TIME_TO_HIRE_HEDGEHOG).value
    assert 3 == sum(row.there for row in view.funnel("snapshot"))
    assert 4 == len(view.table(as_known_at=known).stage)
    assert "How far people came" in view.report()


def test_what_holds_up_and_what_may_come_is_told_of_one_job(crm: CRM):
    """Too little is said to be too little; no more are foretold than there are seats."""
    for number in range(6):
        application = crm.apply(person(number), "j", actor="eva")
        crm.clock.advance(days=1)
        if number < 2:
            crm.reject(application, "skills", actor="eva")
    view = crm.pipeline("j")

    assert () == tuple(one for one in view.bottlenecks().stages if one.is_flagged)
    assert () == tuple(
        one for one in view.bottlenecks(against="thresholds", thresholds={"applied": 1}).stages if one.is_flagged
    )
    assert 4 == len(view.forecast(by=crm.clock.now() + timedelta(days=30)).applications)
    assert 2 >= view.forecast(by=crm.clock.now() + timedelta(days=90)).hires.interval(0.95)[1]


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


def test_only_a_hire_is_handed_over(crm: CRM):
    """With what the offer said, and what the organisation adds."""
    application = crm.apply(person(1), "j", actor="eva")
    with pytest.raises(IllegalStep, match="no hire"):
        crm.hired(application)
    crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva").accept(actor="ada")
    hire = crm.hired(crm.hire(application, actor="eva"), cost_centre="4100")

    assert (application.id, date(2026, 9, 1), "4100") == (hire.id, hire.starts_on, hire.cost_centre)


def test_two_who_are_offered_one_of_two_seats_do_not_wait_for_the_same(crm: CRM):
    """A seat that a draft names is the last one to be taken; of an evergreen job each offer has its own."""
    ever = crm.open_job(templates.general, "Anybody", openings=None, actor="eva")
    for job in ("j", ever):
        people = [crm.apply(person(number) if job == "j" else f"c-{number}", job, actor="eva") for number in range(2)]
        offers = [crm.offer(one, TERMS, actor="eva").submit(actor="eva") for one in people]
        for offer in offers:
            offer.send(actor="eva")

        assert ["reserved", "reserved"] == [seat.status.value for seat in crm.pipeline(job).openings()]


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


def test_nobody_applies_who_is_not_known(crm: CRM):
    """An id that leads to nobody is refused, and nothing is written."""
    before = state(crm)

    with pytest.raises(NotFound, match="no contact with id 'nobody'"):
        crm.apply("nobody", "j", actor="eva")
    assert before == state(crm)


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


def test_a_job_is_closed_in_one_way(crm: CRM):
    """By its step, too, it takes its seats along."""
    crm.step_job("j", "close", reason="budget", actor="eva")

    assert ["closed", "closed"] == seats(crm)


def test_a_form_is_from_somebody_known_or_somebody_new(crm: CRM):
    """Not from both; and by the record as well as by its id."""
    crm.apply(person(1), "j", actor="eva")
    other = crm.open_job(templates.general, "Analyst", actor="eva")
    with pytest.raises(InputError, match="either"):
        crm.receive(FORM, other, contact="c-1", is_new=True, actor="eva")
    came = crm.receive(FORM, other, contact=crm.get(ContactRecord, "c-1"), actor="eva")

    assert isinstance(came, Applied)
    assert "c-1" == came.contact.id


def test_a_late_step_forward_is_judged_by_the_stage_of_then(crm: CRM):
    """What is after the last stage now was before a full one then."""
    late, *others = (crm.apply(person(number), "j", recruiter="eva", actor="eva") for number in range(3))
    crm.clock.advance(days=4)
    crm.move(late, "offer", reason="known well", actor="eva")
    for other in others:
        crm.move(other, "screen", actor="eva")

    with pytest.raises(IllegalStep, match="the stage is full"):
        crm.advance(late.id, at=crm.clock.now() - timedelta(days=2), actor="eva")


WRONG = {
    "another kind": lambda crm: crm.move(crm.get(Job, "j"), "screen", actor="eva"),
    "nothing to move": lambda crm: crm.move(None, "screen", actor="eva"),
    "nobody to hire": lambda crm: crm.hire(None, actor="eva"),
    "nobody who is hired": lambda crm: crm.hired(None),
    "nothing offered": lambda crm: crm.offer_of(None),
    "no job": lambda crm: crm.pipeline(None),
    "job and person swapped": lambda crm: crm.apply("j", person(1), actor="eva"),
    "a table for a person": lambda crm: crm.apply({"name": "Ada"}, "j", actor="eva"),
    "no person": lambda crm: crm.apply(None, "j", actor="eva"),
    "a field that there is not": lambda crm: crm.apply(person(1), "j", colour="red", actor="eva"),
    "a field that is not the caller's": lambda crm: crm.apply(person(1), "j", id="mine", actor="eva"),
    "an origin that there is not": lambda crm: crm.apply(person(1), "j", origin="heaven", actor="eva"),
    "a band in words": lambda crm: crm.open_job(templates.general, "Any", band="60k", actor="eva"),
    "a team in a list": lambda crm: crm.open_job(templates.general, "Any", team=["eva"], actor="eva"),
    "a template by its name": lambda crm: crm.open_job("engineering", "Any", actor="eva"),
    "no actor": lambda crm: crm.apply(person(1), "j", actor=None),
    "an empty actor": lambda crm: crm.apply(person(1), "j", actor=""),
    "a time in words": lambda crm: crm.apply(person(1), "j", at="2026-01-01", actor="eva"),
    "a day": lambda crm: crm.apply(person(1), "j", at=date(2026, 1, 1), actor="eva"),
    "a time without zone": lambda crm: crm.apply(person(1), "j", at=crm.clock.now().replace(tzinfo=None), actor="eva"),
    "a time to come": lambda crm: crm.apply(person(1), "j", at=crm.clock.now() + timedelta(days=1), actor="eva"),
    "no form": lambda crm: crm.receive(None, "j", actor="eva"),
    "a table for a form": lambda crm: crm.receive({"name": "Ada"}, "j", actor="eva"),
    "a questionnaire in words": lambda crm: crm.receive(FORM, "j", questionnaire=3, actor="eva"),
    "a funnel that there is not": lambda crm: crm.pipeline("j").funnel("sideways"),
    "a measure by its name": lambda crm: crm.pipeline("j").measure("TIME_TO_HIRE"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_refused_as_input(crm: CRM, wrong: Callable[[CRM], object]):
    """With an error of the library, whatever is wrong; and nothing is written."""
    before = state(crm)

    with pytest.raises(InputError):
        wrong(crm)
    assert before == state(crm)


def test_many_are_moved_at_once_with_a_result_for_each(crm: CRM):
    """The stage takes two and has one; an old copy, a stranger and one who is listed twice are told apart."""
    old, *people = [crm.apply(person(number), "j", actor="eva") for number in range(4)]
    crm.advance(old, actor="eva")
    told = len(list(crm.store.history.events()))
    listed = [old, people[0].id, people[1], Ask(id=people[2].id, stage="offer"), "nobody", people[0]]
    bulk = crm.move_all(listed, "screen", actor="eva")

    assert ["stale", "done", "refused", "stale", "not_found", "repeated"] == [one.outcome.value for one in bulk.items]
    assert "the stage is full: 2 of 2" in str(bulk)
    assert bulk.changed == (crm.get(Application, people[0].id),)
    assert told + 1 == len(list(crm.store.history.events()))


def test_of_many_all_are_moved_or_none(crm: CRM):
    """And those who leave a full stage make room for those who come after them."""
    people = [crm.apply(person(number), "j", recruiter="eva", actor="eva") for number in range(3)]
    before = state(crm)
    assert not crm.advance_all(people, all_or_nothing=True, actor="eva").changed
    assert before == state(crm)
    crm.advance_all(people[:2], all_or_nothing=True, actor="eva")
    bulk = crm.advance_all([one.id for one in people], actor="eva")

    assert ["offer", "offer", "screen"] == [one.stage for one in bulk.changed]
    assert ["refused", "refused", "refused"] == [
        one.outcome.value for one in crm.move_all(bulk.changed, "nowhere", actor="eva").items
    ]
    assert "it is the last stage" in str(crm.advance_all(bulk.changed[:1], actor="eva"))


def test_many_are_rejected_with_their_offers(crm: CRM):
    """One unit of work; whoever is hired stays so."""
    offered, other, hired = (crm.apply(person(number), "j", actor="eva") for number in range(3))
    crm.offer(offered, TERMS, actor="eva").submit(actor="eva").send(actor="eva")
    crm.hire(hired, actor="eva")
    units = len(list(crm.store.history.units()))
    bulk = crm.reject_all([offered.id, other.id, hired.id], "skills", note="filled", actor="eva")

    assert ["done", "done", "refused"] == [one.outcome.value for one in bulk.items]
    assert (["filled", "open"], None) == (sorted(seats(crm)), crm.offer_of(offered.id))
    assert units + 1 == len(list(crm.store.history.units()))


@pytest.mark.parametrize("listed", ["a-1", None, [None], {"a-1": 1}], ids=str)
def test_only_applications_are_listed(crm: CRM, listed: object):
    """One text is no list of ids; nothing at all is a list of none."""
    with pytest.raises(InputError):
        crm.reject_all(listed, "skills", actor="eva")
    assert "nothing was listed" == str(crm.advance_all([], actor="eva"))


def test_a_form_is_read_by_the_questionnaire_of_the_job(crm: CRM):
    """So that answers are neither lost nor read by nothing; one that belongs to a posting is named."""
    answered = attrs.evolve(FORM, answers={"permit": "yes"})
    with pytest.raises(InputError, match="has answers, and job 'j' no questionnaire"):
        crm.receive(answered, "j", actor="careers page")
    asks = Question(key="permit", text="May you work here?", type="yes_no", is_required=True)
    with crm.unit(actor="eva") as unit:
        unit.put(Questionnaire(id="q", job="j").asking(asks))
        unit.put(Questionnaire(id="fair", job="j", posting="x").asking(asks.evolve(is_required=False)))
    unanswered = crm.receive(FORM, "j", actor="careers page")
    assert isinstance(unanswered, Refused)
    assert "answers" == unanswered.code
    at_fair = crm.receive(attrs.evolve(FORM, emails=["x@home.dev"]), "j", questionnaire="fair", actor="fair")
    assert isinstance(at_fair, Applied)
    came = crm.receive(answered, "j", is_new=True, actor="careers page")

    assert isinstance(came, Applied)
    assert ["permit"] == [answer.asked.key for answer in came.application.answers]
    with crm.unit(actor="eva") as unit:
        unit.put(Questionnaire(id="q-2", job="j"))
    with pytest.raises(InputError, match="several questionnaires: 'q', 'q-2'"):
        crm.receive(answered, "j", actor="careers page")


def test_an_offer_takes_terms_and_a_flow_and_nothing_like_them(crm: CRM):
    """As input that is refused."""
    application = crm.apply(person(1), "j", actor="eva")
    with pytest.raises(InputError):
        crm.offer(application, None, actor="eva")
    offer = crm.offer(application, TERMS, actor="eva")

    with pytest.raises(InputError, match="ApprovalFlow, not str"):
        offer.submit("quick", actor="eva")
    with pytest.raises(InputError, match="OfferTerms, not dict"):
        offer.revise({"pay": 1}, actor="eva")
    assert "draft" == offer.status.value
