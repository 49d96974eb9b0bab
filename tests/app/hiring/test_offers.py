"""Offers in step with their seats and applications, from the draft to the hire."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from crmcore.errors import IllegalStep, InputError, LawBroken, Taken
from crmcore.hiring import templates
from crmcore.model.hiring import Application, ApprovalFlow, Job
from crmcore.model.money import Money
from crmcore.model.occasion import Occasion
from crmcore.model.stage_history import Status
from tests.app.hiring.world import TERMS, in_memory, person, seats, state

if TYPE_CHECKING:
    from crmcore import CRM
    from crmcore.app._offer_view import OfferView


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


@in_memory
@pytest.mark.parametrize("verb", ["decline", "rescind"])
def test_an_offer_that_comes_to_nothing_frees_its_seat(crm: CRM, verb: str):
    """The application goes on."""
    application = crm.apply(person(1), "j", actor="eva")
    offer = crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva")
    getattr(offer, verb)("pay", actor="eva")

    assert ["open", "open"] == seats(crm)
    assert Status.ACTIVE is crm.get(Application, application.id).status


@in_memory
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


@in_memory
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


def test_two_who_are_offered_one_of_two_seats_do_not_wait_for_the_same(crm: CRM):
    """A seat that a draft names is the last one to be taken; of an evergreen job each offer has its own."""
    ever = crm.open_job(templates.general, "Anybody", openings=None, actor="eva")
    for job in ("j", ever):
        people = [crm.apply(person(number) if job == "j" else f"c-{number}", job, actor="eva") for number in range(2)]
        offers = [crm.offer(one, TERMS, actor="eva").submit(actor="eva") for one in people]
        for offer in offers:
            offer.send(actor="eva")

        assert ["reserved", "reserved"] == [seat.status.value for seat in crm.pipeline(job).openings()]


@in_memory
def test_a_revised_offer_needs_to_be_sent_again(crm: CRM):
    """Only the latest version counts."""
    application = crm.apply(person(1), "j", actor="eva")
    offer = crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva")
    offer.revise(TERMS.evolve(pay=Money(amount=75_000, currency="EUR")), actor="eva")

    with pytest.raises(IllegalStep, match="what is draft cannot accept"):
        offer.accept(actor="ada")
    offer.submit(actor="eva").send(actor="eva").opened(actor="ada").accept(actor="ada")
    assert (2, ["reserved", "open"]) == (offer.record.number, seats(crm))


@in_memory
def test_an_offer_can_be_extended_discarded_and_begin_later(crm: CRM):
    """What never went out is given up; what is out gets more time; what is accepted another first day."""
    application = crm.apply(person(1), "j", actor="eva")
    given_up = crm.offer(application, TERMS, actor="eva").discard(actor="eva")
    assert not given_up.record.is_live
    offer = crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva")
    until = crm.clock.now() + timedelta(days=3)
    offer.extend(until, actor="eva").accept(actor="ada").reschedule(date(2026, 10, 1), actor="eva")

    assert (until, date(2026, 10, 1)) == (offer.record.expires_at, offer.record.starts_on)


@in_memory
def test_there_is_no_view_of_an_offer_that_is_none(crm: CRM):
    """Nor of one that has ended."""
    application = crm.apply(person(1), "j", actor="eva")
    assert crm.offer_of(application) is None
    crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva").decline("pay", actor="ada")

    assert crm.offer_of(application) is None


@in_memory
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


def expired(crm: CRM) -> tuple[Application, OfferView]:
    """Return an application, and its offer that was noted as expired two days after it was sent."""
    application = crm.apply(person(1), "j", actor="eva")
    until = TERMS.evolve(expires_at=crm.clock.now() + timedelta(days=2))
    offer = crm.offer(application, until, actor="eva").submit(actor="eva").send(actor="eva")
    crm.clock.advance(days=2)
    offer.expire(actor="clock")
    crm.clock.advance(days=1)
    return application, offer


def test_a_yes_that_was_in_the_post_overtakes_the_expiry(crm: CRM):
    """Said a day before the end, told a day after it: the seat is theirs again."""
    application, offer = expired(crm)
    assert ["open", "open"] == seats(crm)
    offer.accept(at=crm.clock.now() - timedelta(days=2), actor="ada")

    assert ("accepted", ["reserved", "open"]) == (offer.status.value, seats(crm))
    assert offer.id == crm.offer_of(application).id
    assert Status.HIRED is crm.hire(application, actor="eva").status


def test_a_yes_that_was_in_the_post_takes_nobodys_seat(crm: CRM):
    """Somebody else was hired onto it, or they have another offer by now; nothing is changed by trying."""
    application, offer = expired(crm)
    said = crm.clock.now() - timedelta(days=2)
    hired = crm.hire(crm.apply(person(2), "j", actor="eva"), opening=offer.record.opening, actor="eva")
    before = state(crm)
    with pytest.raises(LawBroken, match=r"is filled by .* make them another offer, for another seat"):
        offer.accept(at=said, actor="ada")
    assert (before, "expired") == (state(crm), offer.status.value)
    crm.unhire(hired, reason="too early", actor="eva")
    again = crm.offer(application, TERMS, actor="eva")
    with pytest.raises(Taken, match="live offer of application"):
        offer.accept(at=said, actor="ada")
    again.discard(actor="eva")

    assert "accepted" == offer.accept(at=said, actor="ada").status.value


@in_memory
def test_an_offer_says_who_can_answer_now(crm: CRM):
    """As a requisition does."""
    flow = ApprovalFlow(groups=[{"key": "lead", "approvers": ["ann"]}, {"key": "board", "approvers": ["bob"]}])
    offer = crm.offer(crm.apply(person(1), "j", actor="eva"), TERMS, actor="eva")
    told = [offer.awaits, offer.submit(flow, actor="eva").awaits, offer.approve(actor="ann").awaits]

    assert [(), ("ann",), ("bob",)] == told
    assert () == offer.approve(actor="bob").awaits


@in_memory
def test_nobody_is_sent_round_in_a_circle(crm: CRM):
    """The offer went with the application: to reopen the one brings back no other, so that it is not advised."""
    application = crm.apply(person(1), "j", actor="eva")
    offer = crm.offer(application, TERMS, actor="eva").submit(actor="eva").send(actor="eva")
    crm.reject(application.id, "skills", actor="eva")
    with pytest.raises(IllegalStep, match="what is rescinded cannot accept; it can: nothing more"):
        offer.accept(actor="ada")
