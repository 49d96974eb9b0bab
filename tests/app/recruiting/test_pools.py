"""Pools of a database: who comes in, who leaves, who is courted, and how one stands with somebody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from crmcore.errors import Conflict, IllegalStep, InputError, LawBroken, NotFound, Taken
from crmcore.hiring.moving import Outcome
from crmcore.hiring.pools import CoolDown, Courtesy, FrequencyCap
from crmcore.model import Activity, Candidate, Consent, ContactRecord, DoNotContact, Money, Task
from crmcore.model.hiring import Application, PoolMembership, TalentPool
from crmcore.model.stage_history import Status
from crmcore.query import F
from tests.app.recruiting.world import in_memory

if TYPE_CHECKING:
    from crmcore import CRM


def told(crm: CRM) -> list[str]:
    """Return the types of all events so far."""
    return [stored.event.type for stored in crm.store.history.events()]


def test_who_is_admitted_is_in_until_the_pool_ends_it(crm: CRM):
    """A membership says why, by whom and until when; the pool's question finds the contact meanwhile."""
    pool = crm.create_pool("Data people", id="data", keeps_days=365, actor="eva")
    member = pool.admit("c-1", "silver-medallist", because_of="a-1", actor="eva")

    assert (("silver-medallist",), "eva", "a-1") == (member.why, member.latest.by, member.latest.because_of)
    assert ["c-1"] == [contact.id for contact in crm.select(pool.question)]
    assert "<PoolView data: Data people, 1 members>" == repr(pool)
    crm.save_segment("data", pool.question, actor="eva")
    crm.follow_segments()
    assert ["c-1"] == [standing.record for standing in crm.segment("data").members()]
    crm.clock.advance(days=365)
    crm.follow_segments()
    assert [] == [*crm.segment("data").members()]
    assert () == pool.members()
    assert [] == list(crm.select(pool.question))
    assert [member] == list(pool.members(at=crm.clock.now() - timedelta(days=1)))


def test_a_pool_that_keeps_people_for_good_is_found_by_its_question(crm: CRM):
    """No end is no reason to be left out."""
    pool = crm.create_pool("For good", actor="eva")
    pool.admit("c-2", "met at a fair", actor="eva")

    assert ["c-2"] == [contact.id for contact in crm.select(pool.question)]


def test_who_has_left_or_lapsed_comes_in_again(crm: CRM):
    """It is one membership, with all its steps; who is in is not admitted twice."""
    pool = crm.create_pool("Data people", id="data", keeps_days=30, actor="eva")
    pool.admit("c-1", "applied", actor="eva")
    with pytest.raises(IllegalStep, match="member cannot add; it can: renew, leave"):
        pool.admit("c-1", "once more", actor="eva")
    pool.leave("c-1", "moved abroad", actor="eva")
    assert () == pool.members()
    crm.clock.advance(days=1)
    pool.admit("c-1", "came back", actor="eva")
    crm.clock.advance(days=40)
    again = pool.admit("c-1", "applied again", actor="eva")

    assert (4, True) == (len(again.steps), again.is_member(crm.clock.now()))
    assert ["pool.created", "pool.joined", "pool.left", "pool.joined", "pool.renewed"] == told(crm)[1:]


@in_memory
def test_renewing_is_for_as_long_as_the_pool_keeps_people_unless_said(crm: CRM):
    """The end that was set last holds."""
    pool = crm.create_pool("Data people", keeps_days=30, actor="eva")
    pool.admit("c-1", "applied", actor="eva")
    crm.clock.advance(days=20)
    later = crm.clock.now() + timedelta(days=90)

    assert crm.clock.now() + timedelta(days=30) == pool.renew("c-1", actor="eva").until
    assert later == pool.renew("c-1", until=later, actor="eva").until
    with pytest.raises(NotFound, match="there is no pool_membership"):
        pool.renew("c-2", actor="eva")


def test_many_come_in_at_once_each_with_a_result(crm: CRM):
    """Who is refused, in already, unknown or listed twice keeps nobody out."""
    with crm.unit(actor="eva") as unit:
        unit.put(unit.get(ContactRecord, "c-3").evolve(do_not_contact=DoNotContact(reason="by phone")))
    pool = crm.create_pool("Data people", actor="eva")
    pool.admit("c-2", "met at a fair", actor="eva")
    done = pool.admit_all(["c-1", "c-2", "c-9", "c-3", "c-1"], "medallist", actor="eva")

    assert ["done", "refused", "not_found", "refused", "repeated"] == [item.outcome.value for item in done.items]
    assert str(done).splitlines()[0] == "1 done, 2 refused, 1 not_found, 1 repeated"
    assert "they want no contact" in done.items[3].why
    assert ("renew", "leave") == done.items[1].allowed
    assert ["c-1", "c-2"] == [member.contact for member in pool.members()]
    assert [1] == [member.version for member in done.changed]


def test_all_who_answer_a_question_come_in_or_nobody(crm: CRM):
    """Contacts may be listed as they are found; all or nothing holds back what could be done."""
    pool = crm.create_pool("Data people", actor="eva")
    pool.admit("c-2", "met at a fair", actor="eva")
    everybody = crm.select(F.email.is_known())
    held = pool.admit_all(everybody, "medallist", all_or_nothing=True, actor="eva")

    assert (2, 1) == (len(held.of(Outcome.HELD_BACK)), len(held.of(Outcome.REFUSED)))
    assert ["c-2"] == [member.contact for member in pool.members()]
    assert 2 == len(pool.admit_all(crm.select(F.email.is_known()), "medallist", actor="eva").changed)


def test_who_may_not_be_kept_is_taken_out(crm: CRM):
    """Who took the consent back leaves, with the reason; the others stay."""
    now = crm.clock.now()
    granted = Consent(purpose="recruiting", decision="granted", decided_at=now)
    with crm.unit(actor="eva") as unit:
        for number in (1, 2):
            unit.put(unit.get(ContactRecord, f"c-{number}").evolve(consents=(granted,)))
    pool = crm.create_pool("Data people", id="data", purpose="recruiting", actor="eva")
    pool.admit_all(["c-1", "c-2"], "applied", actor="eva")
    with pytest.raises(LawBroken, match="consent to recruiting is unknown"):
        pool.admit("c-3", "applied", actor="eva")
    crm.clock.advance(days=1)
    taken_back = granted.evolve(decision="withdrawn", decided_at=crm.clock.now())
    with crm.unit(actor="eva") as unit:
        unit.put(unit.get(ContactRecord, "c-2").evolve(consents=(taken_back,)))
    out = pool.clear_out(actor="privacy")

    assert [("c-2", "consent to recruiting is refused")] == [(item.id, item.why) for item in out.items]
    assert ["c-1"] == [member.contact for member in pool.members()]
    assert "consent to recruiting is refused" == crm.get(PoolMembership, "data/c-2").latest.reason
    assert () == pool.clear_out(actor="privacy").items


def test_a_prospect_is_courted_up_to_the_application(crm: CRM):
    """Stages have room for so many; the application keeps where they came from."""
    pool = crm.create_pool("Data people", pipeline="courting", actor="eva")
    ada = pool.court("c-1", owner="eva", source="fair", actor="eva").advance(actor="eva")
    second = pool.court("c-2", actor="eva")
    with pytest.raises(IllegalStep, match="the stage is full: 1 of 1"):
        second.advance(actor="eva")
    with pytest.raises(IllegalStep, match="the stage is full: 1 of 1"):
        pool.court("c-3", stage="met", actor="eva")
    with pytest.raises(Taken):
        pool.court("c-1", actor="eva")
    application = ada.convert("j", actor="eva")

    assert ("c-1", "fair", "sourced") == (application.contact, application.source, application.origin.value)
    assert (Status.TRANSFERRED, application.id) == (ada.record.status, ada.record.went_to)
    assert "met" == second.move("met", actor="eva").record.stage
    assert Status.REJECTED is second.reject("too junior", actor="eva").record.status
    assert Status.ACTIVE is second.reopen(actor="eva").record.status
    assert Status.WITHDRAWN is second.withdraw("happy there", actor="eva").record.status
    assert 2 == len(pool.prospects())


@in_memory
def test_a_pool_without_a_pipeline_courts_nobody(crm: CRM):
    """Nor does any pool court who wants no contact."""
    with crm.unit(actor="eva") as unit:
        unit.put(unit.get(ContactRecord, "c-3").evolve(do_not_contact=DoNotContact(reason="by phone")))

    with pytest.raises(LawBroken, match="has no pipeline"):
        crm.create_pool("Data people", actor="eva").court("c-1", actor="eva")
    with pytest.raises(LawBroken, match=r"not courted .*: they want no contact"):
        crm.create_pool("Others", pipeline="courting", actor="eva").court("c-3", actor="eva")


def test_medallists_are_read_from_the_database(crm: CRM):
    """Who came far and was turned down; who was not, is not told of."""
    for number in (1, 2):
        crm.apply(f"c-{number}", "j", actor="eva")
    far, early = crm.pipeline("j").applications()
    crm.move(far, "onsite", actor="eva")
    for application in (far.id, early.id):
        crm.reject(application, "salary", actor="eva")
    found = crm.medallists()

    assert [(far.contact, "onsite", "salary")] == [(one.contact, one.stage, one.reason) for one in found.found]
    assert () == crm.medallists(at=crm.clock.now() - timedelta(days=1)).found


def test_who_was_a_medallist_then_is_one_as_of_then(crm: CRM):
    """Though they are considered again since."""
    application = crm.apply("c-1", "j", actor="eva")
    crm.move(application.id, "onsite", actor="eva")
    crm.reject(application.id, "salary", actor="eva")
    then = crm.clock.now()
    crm.clock.advance(days=9)
    crm.reopen(application.id, actor="eva")

    assert ["c-1"] == [one.contact for one in crm.medallists(at=then).found]
    assert () == crm.medallists().found


def test_what_hinders_is_gathered_from_the_database(crm: CRM):
    """Cool-downs from applications, caps from activities, snoozes from the candidate."""
    application = crm.apply("c-1", "j", actor="eva")
    crm.reject(application, "salary", actor="eva")
    now = crm.clock.now()
    with crm.unit(actor="eva") as unit:
        unit.put(Activity(id="m-1", subjects=("c-1",), at=now, author="eva", type="email"))
        unit.put(Candidate(id="k-1", contact="c-1", snoozed_until=now + timedelta(days=3)))
    courtesy = Courtesy(caps=(FrequencyCap(at_most=1, days=30),), cool_downs=(CoolDown(after="rejected", days=180),))

    found = crm.hindrances("c-1", "email", courtesy=courtesy)
    assert ["snoozed", "cap", "cool-down"] == [one.key for one in found]
    assert () == crm.hindrances("c-2", "email", courtesy=courtesy)
    assert () == crm.hindrances(crm.get(ContactRecord, "c-1"), "email", at=now + timedelta(days=181))


@in_memory
def test_an_old_copy_does_not_hide_a_wish_that_came_since(crm: CRM):
    """What counts of whoever is handed in is what is stored."""
    old = crm.get(ContactRecord, "c-1")
    with crm.unit(actor="eva") as unit:
        unit.put(old.evolve(do_not_contact=DoNotContact(reason="by phone")))

    assert ["do-not-contact"] == [one.key for one in crm.hindrances(old, "email")]
    with pytest.raises(LawBroken, match="they want no contact"):
        crm.create_pool("Data people", actor="eva").admit(old, "applied", actor="eva")


def test_whom_of_a_pool_one_may_write_to_is_told_at_once(crm: CRM):
    """For each member what one would be told of them alone."""
    now = crm.clock.now()
    pool = crm.create_pool("Data people", actor="eva")
    assert {} == pool.hindrances("email")
    pool.admit_all(["c-1", "c-2", "c-3"], "met at a fair", actor="eva")
    pool.leave("c-3", actor="eva")
    crm.reject(crm.apply("c-1", "j", actor="eva"), "salary", actor="eva")
    with crm.unit(actor="eva") as unit:
        unit.put(Activity(id="m-1", subjects=("c-1", "c-2"), at=now, author="eva", type="email"))
        unit.put(Candidate(id="k-1", contact="c-1", snoozed_until=now + timedelta(days=3)))
    courtesy = Courtesy(caps=(FrequencyCap(at_most=1, days=30),), cool_downs=(CoolDown(after="rejected", days=180),))
    found = pool.hindrances("email", courtesy=courtesy)

    assert {"c-1": ["snoozed", "cap", "cool-down"], "c-2": ["cap"]} == {
        who: [one.key for one in why] for who, why in found.items()
    }
    assert found == {who: crm.hindrances(who, "email", courtesy=courtesy) for who in ("c-1", "c-2")}
    assert {"c-1": True, "c-2": False} == {who: bool(why) for who, why in pool.hindrances("email").items()}


def test_a_relationship_is_read_from_the_timeline(crm: CRM):
    """Who wrote last, and what is next."""
    now = crm.clock.now()
    with crm.unit(actor="eva") as unit:
        unit.put(Activity(id="m-1", subjects=("c-1",), at=now, author="ada", type="email", is_inbound=True))
        unit.put(Task(id="t-1", subjects=("c-1",), at=now, author="eva", title="Call back", due_at=now))

    about = crm.relationship("c-1")
    assert (True, "email", "Call back") == (about.awaits_answer, about.last_in.channel, about.next.what)


def test_a_referral_leads_to_an_application_and_a_bonus(crm: CRM):
    """The application is credited to who recommended; both name the other; a bonus goes by its table."""
    referral = crm.refer("c-2", referrer="c-3", job="j", relation="colleague", words="Wrote ours.", actor="eva")
    application = referral.promise(Money(amount=1_500, currency="EUR"), actor="eva").apply(actor="eva")

    assert ("referred", ["c-3"]) == (application.origin.value, [credit.id for credit in application.credits])
    assert application.id == crm.get(Application, application.id).id == referral.record.application
    assert "paid" == referral.bonus("earn", actor="eva").bonus("pay", actor="eva").record.bonus_status
    with pytest.raises(IllegalStep, match="paid cannot forfeit; it can: claw_back"):
        referral.bonus("forfeit", actor="eva")
    with pytest.raises(InputError, match="is for no job"):
        crm.refer("c-1", referrer_name="a friend", pool=crm.create_pool("X", actor="eva").record, actor="eva").apply(
            actor="eva"
        )
    assert () == crm.refer("c-1", referrer_name="a friend", job="j", actor="eva").apply(actor="eva").credits


@in_memory
@pytest.mark.parametrize(
    "wrong",
    [
        lambda crm: crm.pool(None),
        lambda crm: crm.prospect(1),
        lambda crm: crm.referral(None),
        lambda crm: crm.screening(None),
        lambda crm: crm.unmerge(None, actor="eva"),
        lambda crm: crm.create_pool("", actor="eva"),
        lambda crm: crm.create_pool("x", keeps_days=0, actor="eva"),
        lambda crm: crm.create_pool("x", colour="red", actor="eva"),
        lambda crm: crm.pool("data").admit_all("c-1", "why", actor="eva"),
        lambda crm: crm.pool("data").admit_all([1], "why", actor="eva"),
        lambda crm: crm.pool("data").admit(None, "why", actor="eva"),
        lambda crm: crm.pool("data").admit("c-1", None, actor="eva"),
        lambda crm: crm.pool("data").leave(1, actor="eva"),
        lambda crm: crm.pool("data").court(1, actor="eva"),
        lambda crm: crm.pool("data").edit(version=7, actor="eva"),
        lambda crm: crm.pool("data").edit(name="", actor="eva"),
        lambda crm: crm.refer("c-1", job="j", actor="eva"),
        lambda crm: crm.create_pool("x", version=3, actor="eva"),
        lambda crm: crm.pool("data").court("c-1", history=(), actor="eva"),
        lambda crm: crm.pool("data").court("c-1", colour="red", actor="eva"),
        lambda crm: crm.refer("c-1", referrer="c-2", bonus=None, job="j", actor="eva"),
        lambda crm: crm.set_screening_rules("j", id="r", actor="eva"),
        lambda crm: crm.set_screening_rules("j", actor="eva"),
        lambda crm: crm.set_screening_rules("j", "python", actor="eva"),
        lambda crm: crm.refer("c-1", referrer="c-1", job="j", actor="eva"),
        lambda crm: crm.hindrances(1, "email"),
        lambda crm: crm.relationship(None),
    ],
)
def test_what_makes_no_sense_is_refused_as_input(crm: CRM, wrong: object):
    """And changes nothing."""
    crm.create_pool("Data people", id="data", actor="eva")
    before = len(told(crm))

    with pytest.raises(InputError):
        wrong(crm)
    assert before == len(told(crm))


@in_memory
@pytest.mark.parametrize(
    "verb",
    [
        lambda crm: crm.refer("c-1", referrer="nobody", job="j", actor="eva"),
        lambda crm: crm.refer("c-1", referrer="c-2", job="nothing", actor="eva"),
        lambda crm: crm.refer("c-1", referrer="c-2", pool="nothing", actor="eva"),
        lambda crm: crm.pool("data").court("c-1", job="nothing", actor="eva"),
        lambda crm: crm.pool("data").court("nobody", actor="eva"),
    ],
)
def test_what_is_named_and_not_there_is_not_found(crm: CRM, verb: object):
    """A mistyped id, or who was merged into another meanwhile, is not written down as a loose end."""
    crm.create_pool("Data people", id="data", pipeline="courting", actor="eva")
    before = crm.logical_digest()

    with pytest.raises(NotFound):
        verb(crm)
    assert before == crm.logical_digest()


@in_memory
def test_who_was_removed_is_no_applicant(crm: CRM):
    """Neither by a referral nor as a prospect."""
    referral = crm.refer("c-1", referrer="c-2", job="j", actor="eva")
    prospect = crm.create_pool("Data people", pipeline="courting", actor="eva").court("c-1", actor="eva")
    with crm.unit(actor="eva") as unit:
        unit.remove(unit.get(ContactRecord, "c-1"))

    with pytest.raises(NotFound):
        referral.apply(actor="eva")
    with pytest.raises(NotFound):
        prospect.convert("j", actor="eva")
    assert 0 == crm.store.count(Application)


@in_memory
def test_nobody_is_in_a_pool_for_no_reason(crm: CRM):
    """Nor in a pool that is in the archive, or is not there."""
    pool = crm.create_pool("Data people", id="data", actor="eva")

    with pytest.raises(LawBroken, match="for no reason"):
        pool.admit("c-1", " ", actor="eva")
    assert pool.edit(is_archived=True, actor="eva").record.is_archived
    with pytest.raises(LawBroken, match="it is in the archive"):
        pool.admit("c-1", "applied", actor="eva")
    with pytest.raises(NotFound):
        crm.pool("nowhere").admit("c-1", "applied", actor="eva")
    with pytest.raises(Conflict):
        crm.create_pool("Another", id="data", actor="eva")
    assert "Data people" == crm.get(TalentPool, "data").name
