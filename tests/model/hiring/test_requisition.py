"""Requisitions: nothing is open that was not approved as it is, and no more seats than the headcount."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import IllegalStep, InputError, LawBroken, Taken, UnknownField
from crmcore.model.hiring import (
    ApprovalFlow,
    ApprovalStatus,
    Band,
    Opening,
    OpeningStatus,
    Requisition,
    RequisitionStatus,
)
from crmcore.model.hiring.requisition import REQUISITIONS
from crmcore.model.occasion import Occasion
from crmcore.storage.memory import MemoryStore
from crmcore.testing import ManualClock

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
FLOW = ApprovalFlow(groups=[{"key": "finance", "approvers": ["ann"]}], watched=["headcount", "band"])


def by(actor: str, day: float = 0) -> Occasion:
    """Return an occasion of somebody, of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor=actor, reason="growth")


def drafted(**more: object) -> Requisition:
    """Return a draft for two."""
    held = {"id": "r-1", "title": "Engineer", "headcount": 2, "code": "ENG-7", **more}
    return Requisition.model_validate(held).draft(on=by("eva"))[0]


def opened(**more: object) -> Requisition:
    """Return one that is open since the third day."""
    requisition, _ = drafted(**more).submit(FLOW, on=by("eva", 1))
    return requisition.approve(on=by("ann", 2))[0].step("open", on=by("eva", 3))[0]


def seats(number: int, requisition: str = "r-1") -> list[Opening]:
    """Return so many open seats."""
    return [
        Opening(id=f"o-{requisition}-{at}", job="j-1", requisition=requisition).open(on=by("eva", 4))[0]
        for at in range(number)
    ]


def test_an_answer_told_late_approves_when_the_last_was_given():
    """Of two who are asked at once, the one who answered first is heard of last."""
    flow = ApprovalFlow(groups=[{"key": "one", "approvers": ["ann"]}, {"key": "two", "approvers": ["bob"]}])
    requisition, _ = drafted().submit(flow.evolve(is_parallel=True), on=by("eva", 1))
    requisition, _ = requisition.approve(on=by("bob", 5))
    requisition, told = requisition.approve(on=by("ann", 3))

    assert RequisitionStatus.APPROVED is requisition.status
    assert BEGIN + timedelta(days=5) == requisition.history[-1].occurred_at == told.occurred_at


def test_it_goes_from_draft_to_closed():
    """Each step with its event."""
    requisition, events = Requisition(id="r-1", title="Engineer"), []
    for step in (
        lambda it: it.draft(on=by("eva")),
        lambda it: it.submit(FLOW, on=by("eva", 1)),
        lambda it: it.approve(on=by("ann", 2)),
        *(lambda it, verb=verb: it.step(verb, on=by("eva", 3)) for verb in ("open", "hold", "resume", "close")),
    ):
        requisition, told = step(requisition)
        events.append(told.type.removeprefix("requisition."))

    assert ["drafted", "submitted", "approved", "opened", "held", "resumed", "closed"] == events
    assert (RequisitionStatus.CLOSED, "growth", by("x", 3).at) == (
        requisition.status,
        requisition.close_reason,
        requisition.opened_at,
    )
    assert requisition == Requisition.model_validate_json(requisition.model_dump_json())


def test_nothing_opens_that_was_not_approved():
    """Nor by a history that is written by hand."""
    with pytest.raises(IllegalStep, match="what is draft cannot open; it can: submit, cancel"):
        drafted().step("open", on=by("eva", 1))
    with pytest.raises(IllegalStep, match="in_approval cannot open"):
        drafted().submit(FLOW, on=by("eva", 1))[0].step("open", on=by("eva", 2))
    for forged in ({"approval": None}, {"approval": opened().approval.model_dump() | {"versions": []}}):
        with pytest.raises(ValidationError):
            opened().evolve(**forged)


def test_a_refusal_makes_it_a_draft_again():
    """Which can be changed, and submitted anew; the old answers stay in the history."""
    refused, told = drafted().submit(FLOW, on=by("eva", 1))[0].refuse("too many", on=by("ann", 2))
    changed, _ = refused.edit(headcount=1, on=by("eva", 3))
    again, _ = changed.submit(FLOW, on=by("eva", 4))

    assert ("requisition.refused", RequisitionStatus.DRAFT) == (told.type, refused.status)
    assert ("too many", 2) == (again.approval.versions[0].answers[0].reason, again.approval.number)
    assert again.approve(on=by("ann", 5))[0].approval.covers(again)


def test_an_edit_of_a_watched_field_asks_again():
    """Also of one that is open; other fields are changed in silence."""
    requisition = opened()
    renamed, quiet = requisition.edit(title="Data engineer", on=by("eva", 5))
    dearer, told = requisition.edit(band=Band.of("EUR", 1, 2), title="Lead", on=by("eva", 5))

    assert (RequisitionStatus.OPEN, {"changed": ["title"]}) == (renamed.status, quiet.data)
    assert (RequisitionStatus.IN_APPROVAL, ("ann",)) == (dearer.status, dearer.awaits)
    assert {"changed": ["band", "title"], "asked_again_for": ["band"], "approval": 2} == told.data
    assert RequisitionStatus.APPROVED is dearer.approve(on=by("ann", 6))[0].status


def test_a_watched_field_is_not_changed_behind_the_backs_of_those_who_agreed():
    """Neither by a plain copy nor by JSON from elsewhere; while others answer, either."""
    with pytest.raises(ValidationError, match="headcount changed since it was asked about"):
        opened().evolve(headcount=3)
    with pytest.raises(ValidationError, match="headcount changed"):
        drafted().submit(FLOW, on=by("eva", 1))[0].evolve(headcount=3)
    assert 3 == drafted().evolve(headcount=3).headcount


@pytest.mark.parametrize("name", ["version", "history", "approval", "id", "status"])
def test_an_edit_changes_fields_only(name):
    """Not what the laws are made of."""
    with pytest.raises(InputError, match="is not changed by an edit"):
        opened().edit(**{name: None}, on=by("eva", 5))
    with pytest.raises(UnknownField, match="did you mean 'headcount'"):
        opened().edit(head_count=3, on=by("eva", 5))


def test_whoever_edits_asks_and_may_not_answer():
    """The only approver cannot edit what only they approve."""
    with pytest.raises(LawBroken, match="could never approve: beside 'ann'"):
        opened().edit(headcount=5, on=by("ann", 5))


def test_a_closed_one_is_opened_again_before_it_is_edited():
    """Where a watched field is concerned."""
    closed, _ = opened().step("close", on=by("eva", 5))

    assert "E" == closed.edit(title="E", on=by("eva", 6))[0].title
    with pytest.raises(IllegalStep, match="closed cannot submit; it can: reopen"):
        closed.edit(headcount=5, on=by("eva", 6))


def test_giving_up_while_others_answer():
    """Withdrawn it is a draft; cancelled it is over, and waits for nobody."""
    waiting, _ = drafted().submit(FLOW, on=by("eva", 1))
    cancelled, _ = waiting.step("cancel", on=by("eva", 2))

    assert RequisitionStatus.DRAFT is waiting.withdraw(on=by("eva", 2))[0].status
    assert (RequisitionStatus.CANCELLED, ApprovalStatus.WITHDRAWN) == (cancelled.status, cancelled.approval.status)
    assert [] == list(cancelled.unique_keys())
    assert [("requisition code", "eng-7")] == list(waiting.unique_keys())


def test_nobody_answers_what_nobody_was_asked():
    """A draft, and what is approved."""
    for requisition in (drafted(), opened()):
        for answer in (
            lambda it: it.approve(on=by("ann", 9)),
            lambda it: it.refuse("no", on=by("ann", 9)),
            lambda it: it.withdraw(on=by("eva", 9)),
        ):
            with pytest.raises(IllegalStep):
                answer(requisition)


@pytest.mark.parametrize("verb", ["approve", "submit", "draft", "surprise", "", None, 7, []])
def test_a_step_that_is_none_is_refused_with_those_that_are(verb):
    """Those with a method of their own too."""
    with pytest.raises(InputError, match="it has: open, hold, resume, close, reopen, cancel"):
        opened().step(verb, on=by("eva", 5))


def test_seats_never_exceed_the_headcount():
    """A seat that was given up makes room; seats of others do not count, nor does one twice."""
    requisition, (one, two) = opened(), seats(2)
    given_up, _ = two.close(on=by("eva", 5))

    assert (2, 1, 0) == (requisition.room([]), requisition.room([one, one]), requisition.room([one, two]))
    assert 1 == requisition.room([one, given_up, *seats(5, "r-2")])
    with pytest.raises(LawBroken, match="is for 2; it has room for 0 more, not for 1"):
        requisition.check_room([one, two])
    with pytest.raises(LawBroken, match="not for 3"):
        requisition.check_room([], more=3)
    with pytest.raises(LawBroken, match="is for 1, and 2 seats were opened"):
        requisition.edit(headcount=1, openings=[one, two], on=by("eva", 5))


def test_seats_are_opened_while_it_is_open():
    """Not on hold; of an evergreen one, as many as come."""
    evergreen = opened(headcount=None)
    held, _ = opened().step("hold", on=by("eva", 4))

    assert (True, None) == (evergreen.is_evergreen, evergreen.room(seats(500)))
    evergreen.check_room(seats(500), more=500)
    assert 0 == held.room([])
    with pytest.raises(IllegalStep, match="on_hold cannot open seats; it can: resume"):
        held.check_room([])


def test_the_last_seat_is_not_taken_twice_at_the_same_time():
    """Both who saw room for one get the same number, and a store keeps one of them."""
    one, _ = opened().open_seat(Opening(id="o-1", job="j-1"), openings=[], on=by("eva", 4))
    last, _ = opened().open_seat(Opening(id="o-2", job="j-1"), openings=[one], on=by("eva", 5))
    same, _ = opened().open_seat(Opening(id="o-3", job="j-1"), openings=[one], on=by("eva", 5))
    given_up, _ = one.close(on=by("eva", 6))
    again, told = opened().open_seat(given_up, openings=[given_up, last], on=by("eva", 7))
    store = MemoryStore(tenant="acme", clock=ManualClock())
    with store.unit(actor="eva") as unit:
        unit.put(last)
    with pytest.raises(Taken, match="seat of requisition"), store.unit(actor="eva") as unit:
        unit.put(same)

    assert (1, 2, 2, 1, "opening.reopened") == (one.number, last.number, same.number, again.number, told.type)
    assert [] == list(given_up.unique_keys())
    with pytest.raises(LawBroken, match="takes the leave of requisition 'r-9'"):
        opened().open_seat(Opening(id="o-4", job="j-1", requisition="r-9"), openings=[], on=by("eva", 7))
    with pytest.raises(IllegalStep, match="open cannot reopen"):
        opened().open_seat(last, openings=[one, last], on=by("eva", 7))


SEATS = st.lists(
    st.tuples(
        st.sampled_from(
            ["seat", "seat", "close", "reopen", "fill", "unfill", "headcount", "approve", "open", "hold", "resume"]
        ),
        st.integers(0, 5),
    ),
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@given(SEATS)
def test_whatever_is_tried_no_more_seats_are_open_than_were_agreed_to(tries):
    """And no two that are not closed have one number."""
    requisition, there = opened(), {}
    for day, (verb, which) in enumerate(tries, 5):
        seat, known = there.get(f"o-{which}"), there.values()
        try:
            if (verb == "seat" and seat is None) or (verb == "reopen" and seat is not None):
                wanted = seat or Opening(id=f"o-{which}", job="j-1")
                there[wanted.id] = requisition.open_seat(wanted, openings=known, on=by("eva", day))[0]
            elif verb == "fill" and seat is not None:
                there[seat.id] = seat.fill(f"a-{day}", on=by("eva", day))[0]
            elif verb in {"close", "unfill"} and seat is not None:
                there[seat.id] = getattr(seat, verb)(on=by("eva", day))[0]
            elif verb == "headcount":
                requisition = requisition.edit(headcount=which + 1, openings=known, on=by("eva", day))[0]
            elif verb == "approve":
                requisition = requisition.approve(on=by("ann", day))[0]
            elif verb in {"open", "hold", "resume"}:
                requisition = requisition.step(verb, on=by("eva", day))[0]
        except LawBroken:
            pass
        open_ones = [each for each in there.values() if each.status is not OpeningStatus.CLOSED]

        assert len(open_ones) <= requisition.headcount
        assert len({each.number for each in open_ones}) == len(open_ones)


@pytest.mark.parametrize(
    "wrong",
    [
        {"headcount": 0},
        {"headcount": -1},
        {"headcount": 10**9},
        {"title": ""},
        {"replaces": "u-1"},
        {"fill_began_at": BEGIN, "fill_ended_at": BEGIN - timedelta(days=1)},
        {"fill_began_at": datetime(2026, 1, 1)},  # noqa: DTZ001 - the point
    ],
)
def test_nonsense_is_refused(wrong):
    """No seats, no title, a replacement that is no backfill, anchors that run backwards or have no zone."""
    with pytest.raises(ValidationError):
        drafted(**wrong)


VERBS = st.sampled_from(
    ["submit", "approve", "refuse", "withdraw", "open", "hold", "resume", "close", "reopen", "cancel", "more", "title"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(VERBS, max_size=14))
def test_whatever_is_tried_what_is_open_is_what_was_approved(tries):
    """And the history replays to the same state, and comes back from JSON."""
    requisition = drafted()
    for day, verb in enumerate(tries, 1):
        try:
            if verb == "submit":
                requisition, _ = requisition.submit(FLOW, on=by("eva", day))
            elif verb in {"approve", "withdraw"}:
                requisition, _ = getattr(requisition, verb)(on=by("ann" if verb == "approve" else "eva", day))
            elif verb == "refuse":
                requisition, _ = requisition.refuse("no", on=by("ann", day))
            elif verb in {"more", "title"}:
                change = {"headcount": day + 5} if verb == "more" else {"title": f"Engineer {day}"}
                requisition, _ = requisition.edit(**change, on=by("eva", day))
            else:
                requisition, _ = requisition.step(verb, on=by("eva", day))
        except LawBroken:
            continue
        status = None
        for step in requisition.history:
            status = REQUISITIONS.after(status, step.verb)

        assert status is requisition.status
        if requisition.room([]):
            assert requisition.approval.covers(requisition)
            assert requisition.headcount == requisition.approval.current.terms["headcount"]
    assert requisition == Requisition.model_validate_json(requisition.model_dump_json())
