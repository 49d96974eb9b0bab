"""An offer has versions, of which the latest counts; it is approved, goes out, and ends as its table says."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import CrmcoreError, IllegalStep, InputError, LawBroken
from crmcore.model import Money
from crmcore.model.hiring import Application, Band, Job, Offer, OfferStatus, OfferTerms, Opening, term
from crmcore.model.hiring.approval import ApprovalFlow
from crmcore.model.hiring.offer_steps import ENDED, OFFERS, OfferVerb
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PIPELINE = Pipeline(id="p-1", name="All", stages=[Stage(key="offer", label="Offer", category="offer")])
FLOW = ApprovalFlow(
    groups=[
        {"key": "lead", "approvers": ["ann"]},
        {"key": "board", "approvers": ["bob", "cy"], "quorum": 2, "only_outside_band": True},
    ]
)
JOB = Job(id="j-1", title="Engineer", pipeline="p-1", band=Band.of("EUR", 60_000, 80_000))


def on(day: float, actor: str = "eva", *, learned: float | None = None) -> Occasion:
    """Return an occasion of a day, of which we learned then or on another."""
    recorded = None if learned is None else BEGIN + timedelta(days=learned)
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor=actor, recorded_at=recorded)


def pay(amount: object = 70_000, currency: str = "EUR") -> Money:
    """Return an amount."""
    return Money(amount=amount, currency=currency)


def terms(**more: object) -> OfferTerms:
    """Return what is offered."""
    return OfferTerms.model_validate({"title": "Engineer", "pay": pay(), **more})


def drafted(offered: OfferTerms | None = None) -> Offer:
    """Return a draft."""
    application, _ = Application.begin(id="a-1", contact="c-1", job="j-1", within=PIPELINE, on=on(0))
    seat, _ = Opening(id="o-1", job="j-1").open(on=on(0))
    return Offer.draft(id="f-1", application=application, opening=seat, terms=offered or terms(), on=on(1))[0]


def sent(offered: OfferTerms | None = None) -> Offer:
    """Return one that is out since the third day."""
    return drafted(offered).submit(on=on(2))[0].send(on=on(3))[0]


def test_what_is_submitted_is_what_counted_then():
    """Told late, of a version that has been replaced: approval of the new terms would come of it, with none asked."""
    offer, _ = drafted().revise(terms(title="Head of data"), on=on(6))
    flow = ApprovalFlow(groups=[{"key": "lead", "approvers": ["ann"]}])

    for asked in (None, flow):
        with pytest.raises(LawBroken, match="it was another draft then"):
            offer.submit(asked, on=on(4, learned=7))
    assert OfferStatus.IN_APPROVAL is offer.submit(flow, on=on(6))[0].status


@pytest.mark.parametrize("wrong", ["2026-05-01", datetime(2026, 5, 1, tzinfo=UTC), None, 5])
def test_a_first_day_is_a_date(wrong):
    """A text or an instant is refused, and so is what is no instant where time is given, or asked for."""
    accepted, _ = sent().accept(on=on(4))

    with pytest.raises(InputError, match="a day is a date"):
        accepted.reschedule(wrong, on=on(5))
    if not isinstance(wrong, datetime):
        with pytest.raises(InputError, match="an instant is a datetime with a time zone"):
            sent().extend(wrong, on=on(5))
    with pytest.raises(InputError, match="has no time zone"):
        accepted.was(on(4).at.replace(tzinfo=None))


def test_an_offer_goes_its_way_and_its_times_stay_apart():
    """When it was sent, opened, answered, and when the person begins are four things."""
    offer, _ = sent(terms(starts_on="2026-05-01")).open(on=on(4))
    offer, told = offer.accept(on=on(6))

    assert OfferStatus.ACCEPTED is offer.status
    assert (on(1).at, on(3).at, on(4).at, on(6).at) == (
        offer.created_at,
        offer.sent_at,
        offer.opened_at,
        offer.resolved_at,
    )
    assert date(2026, 5, 1) == offer.starts_on
    assert ("offer.accepted", "a-1", 1) == (told.type, told.data["application"], told.data["number"])


def test_other_terms_make_a_version_and_the_latest_counts_alone():
    """The first is deprecated, its times do not count, and it stays to be read."""
    offer, told = sent().revise(terms(pay=pay(72_000)), on=on(5))

    assert (2, OfferStatus.DRAFT, None, pay(72_000)) == (offer.number, offer.status, offer.sent_at, offer.terms.pay)
    assert [OfferStatus.DEPRECATED, OfferStatus.DRAFT] == [offer.status_of(1), offer.status_of(2)]
    assert ("offer.revised", 2) == (told.type, told.data["number"])
    assert pay(70_000) == offer.versions[0].pay
    with pytest.raises(LawBroken, match="nothing is to be revised"):
        offer.revise(offer.terms, on=on(6))
    with pytest.raises(InputError, match="versions 1 to 2, not 3"):
        offer.status_of(3)


def test_a_version_that_was_declined_stays_declined_when_another_follows():
    """A no and a better offer are two facts."""
    offer, _ = sent().decline("pay", on=on(4))
    offer, _ = offer.revise(terms(pay=pay(75_000)), on=on(5))

    assert OfferStatus.DECLINED is offer.status_of(1)
    assert OfferStatus.DRAFT is offer.status


def test_it_is_known_of_the_person_and_sealed_with_their_key():
    """Whoever shreds that key shreds it too."""
    assert ("contact", "c-1") == drafted().about()


def test_no_event_tells_what_is_offered():
    """Events say who and which; the pay is in the record alone."""
    offer, first = Offer.draft(
        id="f-1",
        application=Application.begin(id="a-1", contact="c-1", job="j-1", within=PIPELINE, on=on(0))[0],
        opening=Opening(id="o-1", job="j-1"),
        terms=terms(pay=pay("71234.56"), more=[term("bonus", pay("4321.09"))]),
        on=on(1),
    )
    _, second = offer.submit(FLOW, on=on(2), job=JOB)

    for told in (first, second):
        assert not [amount for amount in ("71234", "4321") if amount in told.model_dump_json()]


def test_nobody_has_to_approve_where_there_is_no_flow():
    """It is approved at once, and says so."""
    offer, told = drafted().submit(on=on(2))

    assert (OfferStatus.APPROVED, "offer.approved") == (offer.status, told.type)


def test_pay_outside_the_band_asks_one_more_group():
    """The board is asked only then; another currency counts as outside, since nothing is converted."""
    within, _ = drafted().submit(FLOW, on=on(2), job=JOB)
    above, told = drafted(terms(pay=pay(80_001))).submit(FLOW, on=on(2), job=JOB)
    foreign, _ = drafted(terms(pay=pay(70_000, "USD"))).submit(FLOW, on=on(2), job=JOB)
    weekly, _ = drafted(terms(period="week")).submit(FLOW, on=on(2), job=JOB)

    assert [["lead"], *[["lead", "board"]] * 3] == [
        [group.key for group in offer.approval.current.groups] for offer in (within, above, foreign, weekly)
    ]
    assert told.data["outside_band"] is True


def test_it_is_approved_with_the_last_answer():
    """Each answers in turn; before the last one it cannot be sent."""
    offer, _ = drafted(terms(pay=pay(90_000))).submit(FLOW, on=on(2), job=JOB)
    offer, told = offer.approve(on=on(3, "ann"))
    assert ("offer.approval_answered", ["bob", "cy"]) == (told.type, told.data["waiting_for"])
    offer, _ = offer.approve(on=on(4, "bob"))
    with pytest.raises(IllegalStep, match="cannot send; it can: approve, refuse, revise"):
        offer.send(on=on(4))
    with pytest.raises(IllegalStep, match="waits for: cy"):
        offer.approve(on=on(5, "ann"))
    offer, told = offer.approve(on=on(5, "cy"))

    assert (OfferStatus.APPROVED, "offer.approved") == (offer.status, told.type)


def test_an_answer_told_late_approves_as_of_the_last_answer_given():
    """The second answer was given on the fifth day; that of the fourth was told on the ninth."""
    flow = ApprovalFlow(groups=[{"key": "both", "approvers": ["ann", "bob"], "quorum": 2}])
    offer, _ = drafted().submit(flow, on=on(2))
    offer, _ = offer.approve(on=on(5, "bob"))
    offer, told = offer.approve(on=on(4, "ann", learned=9))

    assert [(on(5).at, on(9).at)] * 2 == [(one.occurred_at, one.recorded_at) for one in (offer.history[-1], told)]
    assert OfferStatus.IN_APPROVAL is offer.was(on(4.5).at)


def test_a_refusal_makes_it_a_draft_again_and_says_why():
    """It can be revised and asked about again, or discarded."""
    offer, _ = drafted().submit(FLOW, on=on(2), job=JOB)
    offer, told = offer.refuse("too much", on=on(3, "ann"))
    assert (OfferStatus.DRAFT, "offer.approval_refused", "too much") == (offer.status, told.type, told.reason)
    again, _ = offer.revise(terms(pay=pay(65_000)), on=on(4))
    again, _ = again.submit(on=on(4))

    assert (OfferStatus.IN_APPROVAL, ("ann",)) == (again.status, again.approval.waiting_for)
    assert OfferStatus.DEPRECATED is offer.discard(on=on(4))[0].status
    with pytest.raises(IllegalStep, match="what is draft cannot approve"):
        offer.approve(on=on(4, "ann"))


def test_an_edit_of_what_is_watched_needs_approval_again_and_no_other_does():
    """More time to answer was not what was approved; the pay was, also within the band."""
    offer, _ = drafted().submit(FLOW, on=on(2), job=JOB)
    offer, _ = offer.approve(on=on(3, "ann"))
    later, _ = offer.revise(terms(expires_at=on(30).at), on=on(4))
    dearer, _ = offer.revise(terms(pay=pay(71_000)), on=on(4))

    assert OfferStatus.APPROVED is later.submit(FLOW, on=on(5), job=JOB)[0].status
    assert OfferStatus.IN_APPROVAL is dearer.submit(FLOW, on=on(5), job=JOB)[0].status
    assert OfferStatus.IN_APPROVAL is dearer.submit(on=on(5))[0].status


def test_a_flow_that_asks_more_people_is_not_covered_by_what_fewer_approved():
    """Who submits without a flow first gets around nobody."""
    offer, _ = drafted().submit(on=on(2))
    offer, _ = offer.revise(terms(location="Utrecht"), on=on(3))

    assert OfferStatus.IN_APPROVAL is offer.submit(FLOW, on=on(4), job=JOB)[0].status


def test_a_band_that_has_moved_asks_those_who_were_not_asked():
    """The same pay is outside the new band."""
    offer, _ = drafted().submit(FLOW, on=on(2), job=JOB)
    offer, _ = offer.approve(on=on(3, "ann"))
    offer, _ = offer.revise(terms(location="Utrecht"), on=on(4))
    again, _ = offer.submit(FLOW, on=on(5), job=JOB.evolve(band=Band.of("EUR", 40_000, 50_000)))

    assert OfferStatus.IN_APPROVAL is again.status
    assert again.approval.current.outside_band


def test_revising_what_waits_for_approval_takes_the_question_back():
    """Nobody approves what is no longer offered."""
    offer, _ = drafted().submit(FLOW, on=on(2), job=JOB)
    offer, _ = offer.revise(terms(pay=pay(71_000)), on=on(3))

    assert "withdrawn" == offer.approval.status.value
    with pytest.raises(IllegalStep, match="what is draft cannot approve"):
        offer.approve(on=on(4, "ann"))


def test_what_was_never_sent_is_discarded_and_what_was_is_rescinded():
    """The two are counted differently; so neither passes for the other."""
    revised, _ = sent().revise(terms(pay=pay(71_000)), on=on(5))

    with pytest.raises(IllegalStep, match="it never went out; discard it"):
        drafted().rescind(on=on(2))
    with pytest.raises(IllegalStep, match="it never went out; discard it"):
        drafted().decline(on=on(2))
    with pytest.raises(IllegalStep, match="a version of it went out; rescind it"):
        revised.discard(on=on(6))
    assert OfferStatus.RESCINDED is revised.rescind("budget", on=on(6))[0].status
    assert OfferStatus.DECLINED is revised.decline(on=on(6))[0].status


def test_it_holds_its_seat_from_sending_to_its_end():
    """A revision in between does not let the seat go; the store refuses a second one by the key."""
    out = sent()
    revised, _ = out.revise(terms(pay=pay(71_000)), on=on(5))
    ended, _ = revised.rescind(on=on(6))

    assert [] == [key for key in drafted().unique_keys() if "seat" in key[0]]
    assert [("live offer of application", "a-1"), ("offer for seat", "o-1")] == list(out.unique_keys())
    assert (True, True, False) == (out.holds_seat, revised.holds_seat, ended.holds_seat)
    assert [] == list(ended.unique_keys())


def test_time_runs_out_on_the_instant_not_a_moment_before():
    """Whether or not anybody has told it yet."""
    offer = sent(terms(expires_at=on(10).at))
    moment = timedelta(microseconds=1)

    assert [False, True] == [offer.expired(on(10).at - moment), offer.expired(on(10).at)]
    with pytest.raises(IllegalStep, match="it runs until"):
        offer.expire(on=on(9))
    with pytest.raises(IllegalStep, match=r"it ran out at .* extend or revise it"):
        offer.accept(on=on(10))
    with pytest.raises(IllegalStep, match="no day on which it runs out"):
        sent().expire(on=on(9))
    ended, _ = offer.expire(on=on(10))
    assert (OfferStatus.EXPIRED, False) == (ended.status, ended.expired(on(11).at))
    with pytest.raises(IllegalStep, match="would have run out already"):
        drafted(terms(expires_at=on(2).at)).submit(on=on(2))[0].send(on=on(3))


def test_more_time_is_given_to_what_is_out():
    """Also after it ran out, as long as nobody has told that; not into the past."""
    offer, _ = sent(terms(expires_at=on(10).at)).extend(on(20).at, on=on(12))

    assert OfferStatus.ACCEPTED is offer.accept(on=on(15))[0].status
    assert on(20).at == offer.expires_at
    assert on(21).at.isoformat() == offer.extend(on(21).at, on=on(13))[1].data["until"]
    with pytest.raises(IllegalStep, match="is over already"):
        offer.extend(on(13).at, on=on(14))


def test_more_time_that_was_given_before_overtakes_an_expiry_that_was_noted_since():
    """It was extended on the eighth, which is told when the expiry has been noted already: it is out, and has its seat."""
    expired, _ = sent(terms(expires_at=on(10).at)).expire(on=on(10, learned=11))
    offer, told = expired.extend(on(20).at, on=on(8, learned=12))

    assert (OfferStatus.SENT, True, "sent") == (offer.status, offer.holds_seat, told.data["status"])
    assert [OfferStatus.EXPIRED, OfferStatus.SENT] == [offer.was(on(11).at, known_at=on(day).at) for day in (11, 12)]
    assert OfferStatus.EXPIRED is offer.expire(on=on(20))[0].status
    assert offer == type(offer).model_validate_json(offer.model_dump_json())


def test_too_little_time_overtakes_no_expiry():
    """It was extended until before it was noted as expired; nor does it reach behind a version that came since."""
    expired, _ = sent(terms(expires_at=on(10).at)).expire(on=on(12, learned=12))
    revised, _ = expired.revise(terms(title="Lead"), on=on(14))

    assert OfferStatus.EXPIRED is expired.extend(on(11).at, on=on(8, learned=13))[0].status
    with pytest.raises(LawBroken, match="had expired when version 2 was written"):
        revised.extend(on(20).at, on=on(8, learned=15))


def test_an_event_that_is_told_late_tells_of_the_version_that_it_happened_to():
    """Not of the one that counts by now, though it says how the offer stands."""
    expired, _ = sent(terms(expires_at=on(10).at)).expire(on=on(10, learned=11))
    revised, second = expired.revise(terms(title="Lead"), on=on(12))
    _, told = revised.decline("pay", on=on(9, learned=14))

    assert [(2, "draft"), (1, "draft")] == [(each.data["number"], each.data["status"]) for each in (second, told)]


def test_a_yes_told_late_counts_from_when_it_was_said():
    """It came by post: said in time, told after the end."""
    offer, _ = sent(terms(expires_at=on(10).at)).accept(on=on(9, learned=14))

    assert (OfferStatus.ACCEPTED, on(9).at) == (offer.status, offer.resolved_at)
    assert [OfferStatus.SENT, OfferStatus.ACCEPTED] == [offer.was(on(10).at, known_at=on(day).at) for day in (13, 14)]


@pytest.mark.parametrize(
    ("verb", "status"),
    [("accept", OfferStatus.ACCEPTED), ("decline", OfferStatus.DECLINED), ("rescind", OfferStatus.RESCINDED)],
)
def test_what_was_done_in_time_overtakes_an_expiry_that_was_noted_since(verb, status):
    """It ran out on the tenth, which was noted on the eleventh; on the twelfth comes a letter of the ninth."""
    expired, _ = sent(terms(expires_at=on(10).at)).expire(on=on(10, learned=11))
    offer, told = getattr(expired, verb)(on=on(9, learned=12))

    assert (status, on(9).at, status.value) == (offer.status, offer.resolved_at, told.data["status"])
    assert ["send", verb, "expire"] == [step.verb.value for step in offer.history[-3:]]
    assert [OfferStatus.EXPIRED, status] == [offer.was(on(11).at, known_at=on(day).at) for day in (11, 12)]
    assert status is offer.was(on(11).at)
    assert (status is OfferStatus.ACCEPTED) == offer.holds_seat
    assert offer == type(offer).model_validate_json(offer.model_dump_json())
    if offer.is_live:
        assert OfferStatus.RENEGED is offer.renege(on=on(13))[0].status
    with pytest.raises(IllegalStep, match=f"what is {status.value} cannot expire"):
        offer.expire(on=on(14))


def test_an_expiry_is_overtaken_by_nothing_that_came_too_late_or_was_known():
    """Nor by an answer to a version that another has replaced."""
    expired, _ = sent(terms(expires_at=on(10).at)).expire(on=on(11))
    with pytest.raises(IllegalStep, match="it ran out at"):
        expired.accept(on=on(10, learned=12))
    with pytest.raises(IllegalStep, match="what is expired cannot accept; it can: revise"):
        expired.accept(on=on(12))
    revised, _ = expired.revise(terms(pay=pay(71_000)), on=on(13))
    with pytest.raises(IllegalStep, match="what is accepted cannot revise"):
        revised.accept(on=on(9, learned=14))

    accepted, _ = sent(terms(expires_at=on(10).at)).accept(on=on(9, learned=12))
    with pytest.raises(IllegalStep, match="what is accepted cannot expire"):
        accepted.expire(on=on(10, learned=12))


def test_a_step_told_late_belongs_to_the_version_of_that_time():
    """It had been opened before the revision, of which we learn after it."""
    offer, _ = sent().revise(terms(pay=pay(71_000)), on=on(6))
    offer, told = offer.open(on=on(4, learned=7))

    assert ["draft", "submit", "approve", "send", "open", "revise"] == [step.verb.value for step in offer.history]
    assert [1, 1, 1, 1, 1, 2] == [step.number for step in offer.history]
    assert (OfferStatus.OPENED, OfferStatus.DRAFT) == (offer.was(on(5).at), offer.status)
    assert told.occurred_at == on(4).at
    with pytest.raises(LawBroken, match="versions follow each other in time"):
        offer.revise(terms(pay=pay(72_000)), on=on(5, learned=8))


def test_they_accept_once_and_only_what_is_out():
    """Twice is refused, and so is a draft; with what can be done instead."""
    offer, _ = sent().accept(on=on(4))

    with pytest.raises(IllegalStep, match="what is accepted cannot accept; it can: renege, rescind, reschedule"):
        offer.accept(on=on(5))
    with pytest.raises(IllegalStep, match="what is draft cannot accept"):
        drafted().accept(on=on(2))


def test_another_first_day_is_agreed_after_the_yes():
    """Without a new version, and without approval."""
    offer, _ = sent(terms(starts_on="2026-05-01")).accept(on=on(4))
    offer, told = offer.reschedule(date(2026, 6, 1), on=on(8))

    assert (date(2026, 6, 1), OfferStatus.ACCEPTED, 1) == (offer.starts_on, offer.status, offer.number)
    assert ("offer.rescheduled", "2026-06-01") == (told.type, told.data["starts_on"])
    assert OfferStatus.RENEGED is offer.renege("counter_offer", on=on(9))[0].status


def test_why_they_said_no_is_a_key_and_words():
    """The key is counted; what is said more is a note. Words alone do, too."""
    offer, told = sent().decline("other_offer", on=Occasion(event_id="e", at=on(4).at, actor="eva", reason="twice it"))

    assert ("other_offer", "twice it", "other_offer") == (
        offer.history[-1].reason,
        offer.history[-1].note,
        told.reason,
    )
    assert "they got more elsewhere" == sent().decline("they got more elsewhere", on=on(4))[1].reason


def test_another_seat_of_the_job_can_be_offered_until_one_is_held():
    """Such as when the first was filled meanwhile."""
    offer, told = drafted().seat(Opening(id="o-2", job="j-1"), on=on(2))

    assert ("o-2", "o-1", "o-2") == (offer.opening, told.data["before"], told.data["opening"])
    with pytest.raises(LawBroken, match="holds opening 'o-1'"):
        sent().seat(Opening(id="o-2", job="j-1"), on=on(4))
    with pytest.raises(InputError, match="of job 'j-2'"):
        drafted().seat(Opening(id="o-3", job="j-2"), on=on(4))


@pytest.mark.parametrize(
    "wrong",
    [
        {"pay": {"amount": -1, "currency": "EUR"}},
        {"pay": {"amount": "NaN", "currency": "EUR"}},
        {"pay": {"amount": "Infinity", "currency": "EUR"}},
        {"pay": {"amount": "1e40", "currency": "EUR"}},
        {"pay": {"amount": 1, "currency": "EURO"}},
        {"pay": {"amount": 1, "currency": "XAU"}},
        {"title": ""},
        {"expires_at": datetime(2026, 5, 1)},  # noqa: DTZ001 - that is what is wrong
        {"starts_on": "2026-02-30"},
        {"more": [{"type": "money", "key": "bonus", "value": {"amount": -5, "currency": "EUR"}}]},
        {"more": [{"type": "number", "key": "shares", "value": "NaN"}]},
        {"more": [{"type": "yes_no", "key": "moves", "value": "perhaps"}]},
        {"more": [{"type": "text", "key": "a", "value": "x"}, {"type": "text", "key": "a", "value": "y"}]},
        {"more": [{"type": "code", "key": "a", "value": "x"}]},
        {"surprise": 1},
    ],
)
def test_terms_that_are_none_are_refused(wrong):
    """Negative pay, no number, no currency, no such day, no zone, one key twice."""
    with pytest.raises(ValidationError):
        terms(**wrong)


@pytest.mark.parametrize("value", [1.5, None, datetime(2026, 5, 1, tzinfo=UTC), ["x"]])
def test_a_term_is_of_a_type_that_is_exact(value):
    """No float, no instant, no list."""
    with pytest.raises(InputError, match="pass money, a date"):
        term("any", value)


def test_only_money_is_for_a_period():
    """Thirty days of holiday are not for each month."""
    assert "month" == term("car", pay(300), period="month").period
    with pytest.raises(InputError, match="only an amount of money"):
        term("holiday", 30, period="month")


def test_terms_come_back_as_the_types_they_were():
    """Through JSON too: a day that is a text stays one."""
    mixed = terms(
        more=[
            term("note", "2026-05-01"),
            term("last", date(2026, 5, 1)),
            term("share", Decimal("0.10")),
            term("moves", value=True),
            term("bonus", pay("10.00")),
        ]
    )
    again = OfferTerms.model_validate_json(mixed.model_dump_json())

    assert mixed == again
    assert ["2026-05-01", date(2026, 5, 1), Decimal("0.10"), True, pay("10.00")] == [each.value for each in again.more]


def test_an_instant_without_a_zone_is_none():
    """Neither as when it is asked, nor as a new end; occasions refuse theirs themselves."""
    naive = datetime(2026, 1, 5)  # noqa: DTZ001 - that is what is wrong
    offer = sent(terms(expires_at=on(4).at))

    with pytest.raises(InputError, match="no time zone"):
        offer.expired(naive)
    with pytest.raises(InputError, match="no time zone"):
        offer.extend(naive, on=on(4))
    with pytest.raises(InputError, match="time zone"):
        Occasion(event_id="e", at=naive, actor="eva")


def test_a_record_that_breaks_a_law_cannot_be_read():
    """Neither versions without steps, nor steps out of order, nor pay that nobody approved."""
    offer, _ = drafted().submit(FLOW, on=on(2), job=JOB)
    offer, _ = offer.approve(on=on(3, "ann"))
    offer, _ = offer.send(on=on(4))
    told = offer.model_dump()

    for wrong, why in (
        ({"versions": [*told["versions"], told["versions"][0]]}, "terms of 2 versions, and steps of 1"),
        ({"history": told["history"][::-1]}, "not in the order"),
        ({"history": [told["history"][0], told["history"][3]]}, "cannot send"),
        ({"versions": [terms(pay=pay(99_000)).model_dump()]}, "approved is something else"),
        ({"history": told["history"][:2]}, "has no answer yet"),
    ):
        with pytest.raises(ValidationError, match=why):
            Offer.model_validate({**told, **wrong})


def test_an_application_that_has_ended_is_offered_nothing():
    """Nor a seat of another job."""
    application, _ = Application.begin(id="a-1", contact="c-1", job="j-1", within=PIPELINE, on=on(0))
    ended, _ = application.reject("skills", on=on(1))

    with pytest.raises(IllegalStep, match="is rejected"):
        Offer.draft(id="f", application=ended, opening=Opening(id="o", job="j-1"), terms=terms(), on=on(2))
    with pytest.raises(InputError, match="a seat of job 'j-9'"):
        Offer.draft(id="f", application=application, opening=Opening(id="o", job="j-9"), terms=terms(), on=on(2))


def test_its_diagram_and_its_table_say_the_same():
    """Every state can be reached, and those that end have only a revision, if anything."""
    reached = {after for verbs in OFFERS.table.values() for after in verbs.values()}

    assert set(OfferStatus) == reached == {state for state in OFFERS.table if state}
    assert all(set(OFFERS.allowed(state)) <= {OfferVerb.REVISE} for state in ENDED)
    assert "sent --> accepted: accept" in OFFERS.diagram()


STEPS = st.lists(
    st.tuples(
        st.sampled_from([verb.value for verb in OfferVerb if verb is not OfferVerb.DRAFT]),
        st.integers(1, 40),
        st.integers(0, 3),
    ),
    max_size=25,
)


def tried(offer: Offer, verb: str, day: int, learned: int) -> Offer:
    """Take a step, of whatever kind it is."""
    at = on(day, "ann" if verb in {"approve", "refuse"} else "eva", learned=day + learned)
    match verb:
        case "revise":
            return offer.revise(terms(pay=pay(60_000 + day), expires_at=on(day + 9).at), on=at)[0]
        case "submit":
            return offer.submit(FLOW, on=at, job=JOB)[0]
        case "extend":
            return offer.extend(on(day + 5).at, on=at)[0]
        case "reschedule":
            return offer.reschedule(date(2026, 5, day % 28 + 1), on=at)[0]
        case "refuse":
            return offer.refuse("no", on=at)[0]
        case _:
            return getattr(offer, verb)(on=at)[0]


@settings(max_examples=150)
@given(STEPS)
def test_whatever_is_tried_in_whatever_order_the_laws_hold(steps):
    """A refused step changes nothing; what is allowed reads back the same, and the seat is held while it is out."""
    offer = drafted(terms(expires_at=on(20).at))
    for verb, day, learned in steps:
        before = offer.model_dump_json()
        try:
            offer = tried(offer, verb, day, learned)
        except CrmcoreError:
            assert before == offer.model_dump_json()

    assert offer == Offer.model_validate_json(offer.model_dump_json())
    assert len(offer.versions) == sum(step.verb.value in {"draft", "revise"} for step in offer.history)
    assert offer.status is offer.was(on(1_000).at)
    assert offer.holds_seat or offer.status not in {OfferStatus.SENT, OfferStatus.OPENED, OfferStatus.ACCEPTED}
    assert offer.is_live or not offer.holds_seat
    for number in range(1, offer.number):
        assert offer.status_of(number) in ENDED
