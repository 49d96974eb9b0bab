"""Who is in a pool and why, through merges; medallists, referrals, gatherings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import IllegalStep, InputError, LawBroken, NotFound
from crmcore.hiring.pools import (
    Gathering,
    PoolMembership,
    Referral,
    TalentPool,
    hindrances,
    membership_id,
    relationship,
    repointed,
    silver_medal_question,
    silver_medallists,
    united,
    yields,
)
from crmcore.model import Consent, ContactRecord, DoNotContact
from crmcore.model.hiring import Application
from crmcore.model.money import Money
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage
from crmcore.query import F
from crmcore.storage import MemoryStore, SqlStore

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
STAGES = {"applied": "application", "screen": "screening", "onsite": "interview", "offer": "offer"}
PIPELINE = Pipeline(
    id="p-1", name="x", stages=[Stage(key=key, label=key, category=category) for key, category in STAGES.items()]
)


def day(number: float) -> datetime:
    """Return an instant."""
    return BEGIN + timedelta(days=number)


def on(number: float, reason: str = "fair", actor: str = "eva") -> Occasion:
    """Return an occasion."""
    return Occasion(event_id=f"e-{number}", at=day(number), actor=actor, reason=reason)


def member(contact: str = "c", pool: str = "data", at: float = 0, **more) -> PoolMembership:
    """Return a membership."""
    return PoolMembership.begin(pool, contact, on=on(at), **more)[0]


def test_somebody_is_in_until_they_leave_or_it_ends():
    """From the instant of joining on, up to the end, which is not included; it can be renewed and joined again."""
    held = member(until=day(10))
    renewed, _ = held.renew(until=day(20), on=on(12))
    left, told = renewed.leave(on=on(15, "found work"))
    again, _ = left.add(on=on(30, "silver-medallist"), because_of="a-1")

    assert [False, True, False] == [held.is_member(day(at)) for at in (-1, 0, 10)]
    assert [True, False, True, False] == [left.is_member(day(at)) for at in (9, 11, 14, 15)]
    assert (day(30), None, ("fair", "silver-medallist")) == (again.since, again.until, again.why)
    assert ("pool.left", "found work", day(15)) == (told.type, told.reason, left.until)


def test_nobody_is_in_for_no_reason_or_twice():
    """Nor leaves twice, nor ends before beginning."""
    with pytest.raises(LawBroken, match="for no reason"):
        PoolMembership.begin("data", "c", on=on(0, " "))
    with pytest.raises(LawBroken, match="cannot end"):
        member(until=day(0))
    with pytest.raises(IllegalStep, match="what is member cannot add; it can: renew, leave"):
        member().add(on=on(1))
    with pytest.raises(IllegalStep, match="what is left cannot leave"):
        member().leave(on=on(1))[0].leave(on=on(2))


def test_a_merge_moves_memberships_and_loses_nothing():
    """Alone in a pool it moves; beside another it is united: who is in by either is in."""
    kept, _ = member("c").leave(on=on(5, "busy"))
    written, removed, told = repointed(
        [kept, member("d", at=2), member("d", "ops"), member("e")], survivor="c", absorbed="d", on=on(9)
    )
    by_pool = {one.pool: one for one in written}

    assert ({"data/c", "ops/c"}, {"data/d", "ops/d"}) == ({one.id for one in written}, {one.id for one in removed})
    assert (True, day(2)) == (by_pool["data"].is_member(day(9)), by_pool["data"].since)
    assert [("c", "add"), ("d", "add"), ("c", "leave")] == [(one.contact, one.verb) for one in by_pool["data"].steps]
    assert ["e-9/1", "e-9/2"] == [event.id for event in told]
    assert ((), (), ()) == repointed([*written, member("e")], survivor="c", absorbed="d", on=on(9))
    gone, _ = by_pool["data"].leave(on=on(10, "asked"))
    assert not gone.is_member(day(10))


steps = st.lists(st.tuples(st.sampled_from(("add", "renew", "leave")), st.sampled_from((None, 3, 50))), max_size=6)


def played(contact: str, told, first: int) -> PoolMembership:
    """Try steps; what the table does not list is left out."""
    held = member(contact, at=first)
    for number, (verb, until) in enumerate(told, start=1):
        at = first + number * 2
        more = {} if verb == "leave" else {"until": until and day(at + until)}
        try:
            held, _ = getattr(held, verb)(on=on(at, "so"), **more)
        except IllegalStep:
            continue
    return held


@settings(max_examples=100, deadline=None)
@given(steps, steps, st.integers(0, 3))
def test_united_is_either(one, other, first):
    """At every instant; no step is lost, whichever is the first, and uniting again changes nothing."""
    mine, theirs = played("c", one, 0), played("d", other, first)
    both = united(mine, theirs)

    for number in range(-1, 70, 3):
        assert (mine.is_member(day(number)) or theirs.is_member(day(number))) == both.is_member(day(number))
    assert len(mine.steps) + len(theirs.steps) == len(both.steps)
    assert both == united(both, theirs)
    assert both.steps == united(theirs, mine).steps
    assert both == PoolMembership.model_validate_json(both.model_dump_json())


def test_a_pool_admits_whom_it_may_and_for_as_long_as_it_keeps_people():
    """Not into the archive, not who wants no contact, not without the consent that it asks for."""
    pool = TalentPool(id="data", name="x", keeps_days=30, purpose="recruiting")
    granted = Consent(purpose="recruiting", decision="granted", decided_at=day(0), expires_at=day(20))
    ada = ContactRecord(id="c", consents=(granted,))
    held, told = pool.admit(ada, because_of="a-1", on=on(1))

    assert (day(31), "a-1", "pool.joined") == (held.until, held.latest.because_of, told.type)
    assert ["", "consent to recruiting is expired"] == [pool.refusal(ada, at=day(at)) for at in (19, 20)]
    for refusing_pool, contact, why in (
        (pool.evolve(is_archived=True), ada, "in the archive"),
        (pool, ada.evolve(do_not_contact=DoNotContact()), "want no contact"),
        (pool, refusing("c"), "is refused"),
        (pool, ContactRecord(id="c"), "is unknown"),
    ):
        with pytest.raises(LawBroken, match=why):
            refusing_pool.admit(contact, on=on(2))
    assert None is pool.evolve(purpose=None, keeps_days=None).admit(ContactRecord(id="c"), on=on(0))[0].until


def test_who_was_in_a_pool_comes_in_again_by_one_membership():
    """Who has left is added, whose time is over is renewed, and who is in is refused; another's membership is none."""
    pool, ada = TalentPool(id="data", name="x", keeps_days=30), ContactRecord(id="c")
    held, _ = pool.admit(ada, on=on(0))
    with pytest.raises(IllegalStep, match="member cannot add"):
        pool.admit(ada, on=on(29), known=held)
    lapsed, told = pool.admit(ada, on=on(30), known=held)
    assert ("pool.renewed", day(60)) == (told.type, lapsed.until)
    back, told = pool.admit(ada, on=on(40), known=lapsed.leave(on=on(35))[0])

    assert ("pool.joined", day(70), day(40)) == (told.type, back.until, back.since)
    for known in (member("d"), member(pool="other")):
        with pytest.raises(InputError, match="is not that of contact 'c' in pool 'data'"):
            pool.admit(ada, on=on(50), known=known)


REFERRAL = Referral(id="f-1", contact="c", referrer="d", job="j", at=BEGIN)
NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: member(until=NAIVE), "time zone"),
        (lambda: member().is_member(NAIVE), "time zone"),
        (lambda: member().renew(until=NAIVE, on=on(1)), "time zone"),
        (lambda: relationship(ContactRecord(id="c"), [], at=NAIVE), "time zone"),
        (lambda: hindrances(ContactRecord(id="c"), channel="email", at=NAIVE), "time zone"),
        (lambda: hindrances(ContactRecord(id="c"), channel="email", at=NAIVE.date()), "time zone"),
        (lambda: silver_medallists([], pipelines={}, contacts={}, at=NAIVE), "time zone"),
        (lambda: silver_medallists([], pipelines={}, contacts={}, at=BEGIN, reached="ofer"), "did you mean 'offer'"),
        (lambda: silver_medal_question([PIPELINE], reached="proposal"), "nobody is hired by way of"),
        (lambda: yields([], contacts=[], applications=[], to="middle"), "no attribution 'middle'"),
        (lambda: REFERRAL.bonus_step("gift", on=on(1)), "no verb 'gift'"),
    ],
)
def test_what_cannot_be_asked_of_pools_is_refused(call, message):
    """Times without a zone and words that nobody knows, with what there is."""
    with pytest.raises(InputError, match=message):
        call()


def test_ids_of_memberships_are_ids():
    """However long those of pool and contact are; two pools are not united."""
    assert 64 == len(membership_id("p" * 200, "c" * 200))
    with pytest.raises(LawBroken, match="cannot be united"):
        united(member(), member(pool="ops"))


@pytest.fixture(params=["memory", "sqlite"])
def store(request):
    """Return an empty store of either sort."""
    with MemoryStore() if request.param == "memory" else SqlStore("sqlite://") as opened:
        yield opened


def test_a_pool_is_asked_for_like_anything_else(store):
    """Contacts by their pools, in a store; one place a person, whoever puts them in."""
    with store.unit(actor="eva") as unit:
        unit.put(TalentPool(id="data", name="Data"))
        for who in ("c", "d"):
            unit.put(ContactRecord(id=who))
        unit.put(member("c"))
        unit.put(member("d").leave(on=on(1, "busy"))[0])
    found = store.find(ContactRecord, F.memberships.any(F.pool == "data", F.status == "member")).records

    assert ["c"] == [one.id for one in found]


def applied(who: str, *stages: str, job: str = "j-1", end: str = "reject", at: int = 0) -> Application:
    """Return an application that went through stages and ended so."""
    held, _ = Application.begin(id=f"a-{who}-{job}", contact=who, job=job, within=PIPELINE, on=on(at))
    for number, stage in enumerate(stages, start=1):
        held, _ = held.move(stage, within=PIPELINE, on=on(at + number))
    if end == "reject":
        return held.reject("skills", on=on(at + 9))[0]
    return getattr(held, end)(on=on(at + 9))[0] if end else held


def refusing(who: str, **more) -> ContactRecord:
    """Return a contact who took back the consent to be recruited."""
    consent = Consent(purpose="recruiting", decision="withdrawn", decided_at=day(1))
    return ContactRecord(id=who, consents=(consent,), **more)


MEDAL_APPLICATIONS = [
    applied("far", "onsite"),
    applied("farther", "onsite", "offer"),
    applied("back", "onsite", "screen"),
    applied("early", "screen"),
    applied("left", "onsite", end="withdraw"),
    applied("hired", "onsite"),
    applied("hired", job="j-2", end="hire"),
    applied("again", "onsite"),
    applied("again", job="j-2", end=""),
    applied("refused", "onsite"),
    applied("alone", "onsite"),
    applied("ours", "onsite"),
]
MEDAL_CONTACTS = [
    *(ContactRecord(id=who) for who in ("far", "farther", "back", "early", "left", "hired", "again")),
    refusing("refused"),
    ContactRecord(id="alone", do_not_contact=DoNotContact(since=day(1))),
    ContactRecord(id="ours", linked_user="u-1"),
]


def test_silver_medallists_came_far_and_were_turned_down_by_us():
    """Furthest first; who is left out is told why."""
    contacts = {one.id: one for one in MEDAL_CONTACTS}
    told = silver_medallists(MEDAL_APPLICATIONS, pipelines={"p-1": PIPELINE}, contacts=contacts, at=day(99))

    assert [("farther", "offer"), ("back", "onsite"), ("far", "onsite")] == [
        (one.contact, one.stage) for one in told.found
    ]
    assert {
        "hired": "was hired for another job",
        "again": "is being considered for another job",
        "refused": "consent to recruiting is refused",
        "alone": "wants no contact",
        "ours": "works for us",
    } == {one.contact: one.why for one in told.left_out}
    assert "far: reached onsite for j-1, rejected 2026-01-10 (skills)" == str(told.found[2])


def test_medallists_are_as_of_an_instant():
    """What had not happened by then does not count, and what is missing is named."""
    contacts = {one.id: one for one in MEDAL_CONTACTS}

    assert () == silver_medallists(MEDAL_APPLICATIONS, pipelines={"p-1": PIPELINE}, contacts=contacts, at=day(8)).found
    with pytest.raises(NotFound, match="pipeline"):
        silver_medallists(MEDAL_APPLICATIONS, pipelines={}, contacts=contacts, at=day(99))
    with pytest.raises(NotFound, match="contact"):
        silver_medallists(MEDAL_APPLICATIONS, pipelines={"p-1": PIPELINE}, contacts={}, at=day(99))


def test_the_segment_of_medallists_finds_the_same_people(store):
    """By one question to a store, in which the moves are told as events."""
    with store.unit(actor="eva") as unit:
        for contact in MEDAL_CONTACTS:
            unit.put(contact)
        for application in MEDAL_APPLICATIONS:
            if application.contact != "back":
                unit.put(application)
        moving, _ = Application.begin(id="a-back-j-1", contact="back", job="j-1", within=PIPELINE, on=on(0))
        for number, stage in enumerate(("onsite", "screen"), start=1):
            moving, event = moving.move(stage, within=PIPELINE, on=on(number))
            unit.emit(event)
        unit.put(moving.reject("skills", on=on(9))[0])
    found = store.find(ContactRecord, silver_medal_question([PIPELINE])).records

    assert ["back", "far", "farther"] == sorted(one.id for one in found)


def test_a_referral_is_credited_and_its_bonus_is_a_table():
    """Promised, earned, paid, and taken back; a name alone is credited with nothing."""
    referral = Referral(id="f", contact="c", referring_user="u-2", job="j", at=day(0), answers={"how": "school"})
    paid = referral.bonus_step("promise", amount=Money(amount=1500, currency="EUR"), on=on(0))[0]
    for verb in ("earn", "pay"):
        paid, _ = paid.bonus_step(verb, on=on(1))

    assert ("paid", "u-2", Decimal(1500)) == (paid.bonus_status, paid.credit().id, paid.bonus.amount)
    assert "clawed_back" == paid.bonus_step("claw_back", on=on(2))[0].bonus_status
    for refused in (
        lambda: referral.bonus_step("promise", on=on(0)),
        lambda: paid.bonus_step("pay", on=on(2)),
        lambda: Referral(id="f", contact="c", referrer_name="Zoë", pool="p", at=day(0)).credit(),
        lambda: referral.led_to("a-1", on=on(1))[0].led_to("a-2", on=on(2)),
    ):
        with pytest.raises(LawBroken):
            refused()


@pytest.mark.parametrize(
    "told",
    [
        {"referrer": "d"},
        {"job": "j"},
        {"referrer": "c", "job": "j"},
        {"referrer_name": " ", "job": "j"},
        {"referrer": "d", "job": "j", "bonus": {"amount": 1, "currency": "EUR"}},
    ],
)
def test_a_referral_says_who_and_for_what(told):
    """Not of oneself, not for nothing, not by nobody; and no bonus that nobody promised."""
    with pytest.raises(ValidationError):
        Referral(id="f", contact="c", at=day(0), **told)


FAIR = Gathering(id="g-1", name="Fair", type="fair", starts=day(0), cost=Money(amount="3000", currency="EUR"))
CAMPUS = Gathering(id="g-2", name="Campus day", type="campus", starts=day(5), university="o-1")


@pytest.mark.parametrize(
    ("to", "expected"),
    [("first", [("c", "d"), ("c",)]), ("last", [("d",), ("c", "c")]), ("every", [("c", "d"), ("c", "c")])],
)
def test_what_gatherings_brought(to, expected):
    """Met, applied within the window, hired; whichever of two gatherings gets an application, as is asked."""
    contact, told = FAIR.met(ContactRecord(id="c"), on=on(0))
    contact, _ = CAMPUS.met(contact, on=on(5))
    other, _ = FAIR.met(ContactRecord(id="d"), on=on(0))
    applications = [
        applied("c", job="j-1", end="hire", at=10),
        applied("c", job="j-2", at=33),
        applied("d", end="hire", at=20),
        applied("d", job="j-9", at=200),
    ]
    fair, campus = yields([FAIR, CAMPUS], contacts=[contact, other], applications=applications, within_days=30, to=to)
    whose = {one.id: one.contact for one in applications}

    assert (("c", "d"), ("c",)) == (fair.met, campus.met)
    assert expected == [tuple(whose[one] for one in found.applied) for found in (fair, campus)]
    assert Decimal(3000) / len(fair.hired) == fair.cost_per_hire
    assert None is campus.cost_per_hire
    assert ("event", "gathering.met") == (contact.origin, told.type)
    assert 2 == len(FAIR.met(contact, on=on(1))[0].touches)
