"""Merging two contacts: all that named either belongs to the one that stays; and taking it back."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore import CRM
from crmcore.errors import Conflict, CrmcoreError, InputError, LawBroken, NotFound, Overtaken, Taken
from crmcore.model import Activity, Attachment, Candidate, ContactRecord, Lead, Note, SourceRecord, Task
from crmcore.model.deal import Deal
from crmcore.model.hiring import (
    Application,
    Assessment,
    Attendee,
    Interview,
    Offer,
    Organiser,
    Panelist,
    PoolMembership,
    Prospect,
    Referral,
    Scorecard,
    ScreeningDecision,
    WallTime,
)
from crmcore.model.record import Record
from crmcore.model.references import references_to
from crmcore.model.schema import KINDS
from crmcore.query import F
from crmcore.testing import ManualClock, SequenceIds
from tests.app.recruiting.world import in_memory, peopled

if TYPE_CHECKING:
    from collections.abc import Iterator


def naming(crm: CRM, contact: str) -> list[tuple[str, str]]:
    """Return the kind and id of all records that name a contact, in whichever of their attributes, but lists by hand."""
    return sorted({(record.kind, record.id) for record in everything(crm) if _names(record, contact)})


def everything(crm: CRM) -> Iterator[Record]:
    """Yield every record."""
    for kind in KINDS.values():
        yield from crm.store.stream(kind)


def _names(record: Record, contact: str) -> bool:
    held = [getattr(record, name, None) for name in ("contact", "referrer", "subject")]
    return contact in held or contact in getattr(record, "subjects", ())


def content(crm: CRM) -> dict[tuple[str, str], Record]:
    """Return every record as it is, whatever its version."""
    return {(one.kind, one.id): one.model_copy(update={"version": 0}) for one in everything(crm)}


@pytest.fixture
def lived(crm: CRM) -> CRM:
    """Contact c-2 has all that somebody can have; c-1 shares a pool with them."""
    now = crm.clock.now()
    pool = crm.create_pool("Data people", id="data", pipeline="courting", actor="eva")
    pool.admit("c-1", "applied", actor="eva")
    pool.admit("c-2", "met at a fair", actor="eva")
    pool.court("c-2", actor="eva")
    crm.create_pool("Others", id="others", actor="eva").admit("c-2", "met at a fair", actor="eva")
    application = crm.apply("c-2", "j", candidate="k-2", actor="eva")
    crm.schedule(
        application,
        WallTime.at(crm.clock.now() + timedelta(days=4), "Europe/Amsterdam"),
        panel=[Panelist(user="ida", name="Ida", email="ida@acme.dev")],
        organiser=Organiser(name="Acme", email="hr@acme.dev"),
        candidate=Attendee(email="ada@home.dev", name="Ada"),
        minutes=45,
        actor="eva",
    )
    crm.refer("c-2", referrer="c-3", job="j", actor="eva")
    crm.refer("c-3", referrer="c-2", job="j", actor="eva")
    with crm.unit(actor="eva") as unit:
        unit.put(Candidate(id="k-2", contact="c-2", notice="a month"))
        unit.put(Lead(id="l-1", contact="c-2"))
        unit.put(Task(id="t-1", subjects=("c-2", "c-3"), at=now, author="eva", title="Call", due_at=now))
        unit.put(Note(id="n-1", subjects=("c-1", "c-2"), at=now, author="eva"))
        unit.put(Activity(id="m-1", subjects=("c-2",), at=now, author="eva", type="email"))
        unit.put(Attachment.of(b"%PDF-", id="f-1", subject="c-2", name="cv.pdf", media_type="application/pdf"))
    return crm


def test_all_that_named_the_one_that_goes_names_the_survivor(lived: CRM):
    """And the survivor is found by it; no record is lost but the contact and the membership they shared."""
    before = {key for key in content(lived) if key not in {("contact", "c-2"), ("pool_membership", "data/c-2")}}
    before = before - {("pool_membership", "others/c-2")} | {("pool_membership", "others/c-1")}
    merged = lived.merge("c-1", "c-2", actor="eva", reason="same person")

    assert before == set(content(lived))
    assert [] == naming(lived, "c-2")
    assert {"application", "interview", "prospect", "referral", "candidate", "lead", "task", "note"} <= {
        kind for kind, _ in naming(lived, "c-1")
    }
    assert {"ada1@home.dev", "ada2@home.dev"} == {mail.normal for mail in merged.emails}
    assert ["c-1"] == [one.id for one in lived.select(F.applications.any(F.job == "j"))]
    assert (("applied", "met at a fair"), ["c-1", "c-2"]) == (
        lived.get(PoolMembership, "data/c-1").why,
        [step.contact for step in lived.get(PoolMembership, "data/c-1").steps],
    )
    assert ("c-1", "c-3") == lived.get(Task, "t-1").subjects
    assert ("c-1",) == lived.get(Note, "n-1").subjects
    assert "email" == lived.relationship("c-1").last_out.channel
    with pytest.raises(NotFound):
        lived.get(ContactRecord, "c-2")


@pytest.mark.parametrize("crm", ["memory", "sqlite", "sealed", "postgres"], indirect=True)
def test_a_merge_that_is_taken_back_leaves_all_as_it_was(lived: CRM):
    """Record by record; and it can be done again, and taken back again."""
    before = content(lived)
    for _ in range(2):
        lived.merge("c-1", "c-2", actor="eva")
        assert before != content(lived)
        back = lived.unmerge("c-2", actor="eva")

        assert "c-2" == back.id
        assert before == content(lived)
    told = [stored.event.type for stored in lived.store.history.events(ContactRecord, "c-2")]
    assert ["contact.absorbed", "contact.unmerged"] * 2 == told
    assert lived.pool("others").admit("c-1", "applied", actor="eva").is_member(lived.clock.now())
    with pytest.raises(LawBroken, match="or is itself again"):
        lived.unmerge("c-2", actor="eva")


def test_what_came_later_stays_when_a_merge_is_taken_back(lived: CRM):
    """Steps of an application go along with it; what came to the survivor stays with the survivor."""
    lived.merge("c-1", "c-2", actor="eva")
    application = next(lived.store.stream(Application, F.contact == "c-1"))
    lived.reject(application, "skills", actor="eva")
    new = lived.refer("c-1", referrer="c-3", job="j", actor="eva")
    lived.unmerge("c-2", actor="eva")

    held = lived.get(Application, application.id)
    assert ("c-2", "rejected") == (held.contact, held.status)
    assert "c-1" == new.record.contact


def test_what_would_undo_later_changes_is_refused_and_changes_nothing(lived: CRM):
    """A membership that has gone on as one cannot be parted."""
    lived.merge("c-1", "c-2", actor="eva")
    lived.pool("data").leave("c-1", actor="eva")
    before = content(lived)

    with pytest.raises(Overtaken):
        lived.unmerge("c-2", actor="eva")
    assert before == content(lived)


def test_merges_of_merges_are_taken_back_from_the_last_to_the_first(crm: CRM):
    """The error says which comes first."""
    before = content(crm)
    crm.merge("c-2", "c-1", actor="eva")
    crm.merge("c-3", "c-2", actor="eva")
    assert {"ada1@home.dev", "ada2@home.dev", "ada3@home.dev"} == {
        mail.normal for mail in crm.get(ContactRecord, "c-3").emails
    }

    assert ["c-3", "c-3", "c-3", "nobody"] == [crm.survivor_of(who) for who in ("c-1", "c-2", "c-3", "nobody")]
    with pytest.raises(LawBroken, match="'c-2' has itself been merged into 'c-3' since"):
        crm.unmerge("c-1", actor="eva")
    crm.unmerge("c-2", actor="eva")
    assert ["c-2", "c-2"] == [crm.survivor_of(who) for who in ("c-1", "c-2")]
    crm.unmerge("c-1", actor="eva")
    assert before == content(crm)


@in_memory
def test_who_was_brought_back_alone_stands_alone(crm: CRM):
    """And may be merged the other way round; the merge itself cannot be taken back any more."""
    crm.merge("c-1", "c-2", actor="eva")
    crm.bring_back(ContactRecord, "c-2", actor="eva")
    assert "c-2" == crm.survivor_of("c-2")
    with pytest.raises(Overtaken):
        crm.unmerge("c-2", actor="eva")
    crm.merge("c-2", "c-1", actor="eva")

    assert ["c-2", "c-2"] == [crm.survivor_of(who) for who in ("c-1", "c-2")]


@in_memory
def test_memberships_that_tell_of_one_contact_differently_are_named(crm: CRM):
    """As where somebody was brought back alone, and came in again: one of them is removed, and the merge goes on."""
    pool = crm.create_pool("Data people", id="data", actor="eva")
    pool.admit_all(["c-1", "c-2"], "fair", actor="eva")
    crm.merge("c-1", "c-2", actor="eva")
    crm.bring_back(ContactRecord, "c-2", actor="eva")
    crm.clock.advance(days=1)
    again = pool.admit("c-2", "fair", actor="eva")
    with pytest.raises(LawBroken, match=r"'data/c-1' and 'data/c-2' both tell of one contact, .* remove one of them"):
        crm.merge("c-1", "c-2", actor="eva")
    with crm.unit(actor="eva") as unit:
        unit.remove(again)
    crm.merge("c-1", "c-2", actor="eva")

    assert ["c-1"] == [member.contact for member in pool.members()]


def test_two_active_applications_to_one_job_keep_a_merge_from_happening(lived: CRM):
    """It says which; once one has ended, both are the survivor's."""
    mine = lived.apply("c-1", "j", actor="eva")
    before = content(lived)
    with pytest.raises(Taken, match="'active application': application"):
        lived.merge("c-1", "c-2", actor="eva")
    assert before == content(lived)
    lived.withdraw(mine, "applied twice", actor="eva")
    lived.merge("c-1", "c-2", actor="eva")

    assert 2 == lived.store.count(Application, F.contact == "c-1")


def test_who_is_a_candidate_twice_is_one_candidate(lived: CRM):
    """What one leaves open the other fills; applications name the one that stays, until it is taken back."""
    with lived.unit(actor="eva") as unit:
        unit.put(Candidate(id="k-1", contact="c-1", snoozed_until=lived.clock.now() + timedelta(days=3)))
    before = content(lived)
    lived.merge("c-1", "c-2", actor="eva")
    (candidate,) = lived.store.stream(Candidate)

    assert ("k-1", "a month", True) == (candidate.id, candidate.notice, candidate.snoozed_until is not None)
    assert ["k-1"] == [each.candidate for each in lived.store.stream(Application)]
    lived.unmerge("c-2", actor="eva")
    assert before == content(lived)


def test_who_is_in_a_segment_by_hand_stays_in_it_and_who_is_out_stays_out(crm: CRM):
    """Of who is in by one and out by the other, out wins."""
    crm.save_segment("by-hand", actor="eva", includes=["c-1", "c-2"])
    crm.save_segment("but-not", F.email.is_known(), actor="eva", excludes=["c-2"])
    crm.merge("c-1", "c-2", actor="eva")
    crm.follow_segments()

    assert ["c-1"] == [member.record for member in crm.segment("by-hand").members()]
    assert ["c-3"] == [member.record for member in crm.segment("but-not").members()]


WHO = st.sampled_from(["c-1", "c-2", "c-3"])
DEEDS = st.one_of(
    st.tuples(st.sampled_from(["admit", "leave", "court", "apply", "reject", "candidate", "task"]), WHO, WHO),
    st.tuples(st.just("refer"), WHO, WHO),
)


def done(crm: CRM, deed: str, who: str, other: str) -> None:
    """Do something with somebody, if it can be done."""
    pool, now = crm.pool("data"), crm.clock.now()
    with suppress(CrmcoreError):
        match deed:
            case "admit" | "court":
                getattr(pool, deed)(who, *(["fair"] if deed == "admit" else []), actor="eva")
            case "leave":
                pool.leave(who, actor="eva")
            case "apply":
                crm.apply(who, "j", actor="eva")
            case "reject":
                crm.reject(next(crm.store.stream(Application, F.contact == who), "none"), "skills", actor="eva")
            case "refer":
                crm.refer(who, referrer=other, job="j", actor="eva")
            case _:
                with crm.unit(actor="eva") as unit:
                    new = crm.new_id()
                    unit.put(
                        Candidate(id=new, contact=who, notice=new)
                        if deed == "candidate"
                        else Task(id=new, subjects=(who, other), at=now, author="eva", title="Call", due_at=now)
                    )


@settings(max_examples=60, deadline=None)
@given(deeds=st.lists(DEEDS, max_size=12), survivor=WHO, absorbed=WHO)
def test_whatever_happened_a_merge_leaves_nobody_behind_and_can_be_taken_back(deeds, survivor, absorbed):
    """Or it is refused, and nothing is changed."""
    with CRM.open("memory:", clock=ManualClock(), new_id=SequenceIds()) as crm:
        peopled(crm)
        crm.create_pool("Data people", id="data", pipeline="courting", actor="eva")
        for deed in deeds:
            done(crm, *deed)
        before = content(crm)
        try:
            crm.merge(survivor, absorbed, actor="eva")
        except (InputError, LawBroken, Taken):
            assert before == content(crm)
            return

        assert [] == naming(crm, absorbed)
        assert len({key for key in before if key[0] not in {"contact", "pool_membership", "candidate"}}) == len(
            {key for key in content(crm) if key[0] not in {"contact", "pool_membership", "candidate"}}
        )
        crm.unmerge(absorbed, actor="eva")
        assert before == content(crm)


@in_memory
def test_what_makes_no_sense_of_a_merge_is_refused(lived: CRM):
    """An old copy, oneself, nobody, and who has recommended the other."""
    old = lived.get(ContactRecord, "c-1")
    with lived.unit(actor="eva") as unit:
        unit.put(old.evolve(headline="Poet"))
    before = content(lived)

    with pytest.raises(Conflict):
        lived.merge(old, "c-2", actor="eva")
    with pytest.raises(InputError, match="into itself"):
        lived.merge("c-1", "c-1", actor="eva")
    with pytest.raises(NotFound):
        lived.merge("c-1", "nobody", actor="eva")
    with pytest.raises(LawBroken, match=r"referral '[\w-]+' cannot name 'c-2' for 'c-3': nobody recommends themselves"):
        lived.merge("c-2", "c-3", actor="eva")
    with pytest.raises(LawBroken, match="merged into no other"):
        lived.unmerge("c-1", actor="eva")
    assert before == content(lived)


def test_every_kind_that_has_a_contact_is_known_to_name_one():
    """So that no kind is forgotten in a merge: whoever adds one says so in the catalogue."""
    known = {link.kind for link in references_to("contact")}

    assert {kind for kind in KINDS.values() if {"contact", "subject", "subjects"} & set(kind.model_fields)} == known
    assert {Application, Assessment, Interview, Offer, PoolMembership, Prospect, Referral} <= known
    assert {Scorecard, ScreeningDecision, Candidate, Lead, Deal, SourceRecord, Task, Attachment} <= known
