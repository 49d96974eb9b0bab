"""What an offer can be asked, asks of approval, and tells: the parts of its laws that are not in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcore.errors import LawBroken
from crmcore.model.field import FieldSpec, Sensitivity, one
from crmcore.model.hiring.approval import Approval, ApprovalFlow, ApprovalStatus
from crmcore.model.hiring.offer_steps import OFFERS, OfferStatus, OfferStep, OfferVerb, check_day, counting, replayed
from crmcore.model.machine import in_time
from crmcore.query.moments import in_utc
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pydantic import JsonValue

    from crmcore.model.events import Event
    from crmcore.model.hiring.job import Job
    from crmcore.model.hiring.offer import Offer
    from crmcore.model.hiring.terms import OfferTerms
    from crmcore.model.occasion import Occasion

INTERNAL = Sensitivity.INTERNAL

OFFER_FIELDS: tuple[FieldSpec, ...] = (
    one("application", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    one("contact", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    one("job", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    one("opening", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    one("status", type=FieldType.CHOICE, options=OfferStatus, sensitivity=INTERNAL),
    one("number", type=FieldType.INTEGER, sensitivity=INTERNAL),
    one("sent_at", type=FieldType.INSTANT, sensitivity=INTERNAL),
    one("resolved_at", type=FieldType.INSTANT, sensitivity=INTERNAL),
    one("expires_at", type=FieldType.INSTANT, sensitivity=INTERNAL),
    one("starts_on", type=FieldType.DATE, sensitivity=INTERNAL),
    one("pay", "terms.pay.amount", type=FieldType.NUMBER, sensitivity=Sensitivity.CONFIDENTIAL),
    one("currency", "terms.pay.currency", sensitivity=Sensitivity.CONFIDENTIAL),
)
"""What can be asked of an offer."""

WATCHED = ("title", "pay", "period", "employment", "starts_on", "more")
"""The terms whose edit needs approval anew, where the flow does not say which."""

PASSED = frozenset({OfferStatus.APPROVED, OfferStatus.SENT, OfferStatus.OPENED, OfferStatus.ACCEPTED})
GIVING_UP = frozenset({OfferVerb.REVISE, OfferVerb.DISCARD, OfferVerb.DECLINE, OfferVerb.RESCIND})

PAST = {
    OfferVerb.SUBMIT: "submitted",
    OfferVerb.REFUSE: "approval_refused",
    OfferVerb.REVISE: "revised",
    OfferVerb.SEND: "sent",
    OfferVerb.OPEN: "opened",
    OfferVerb.ACCEPT: "accepted",
    OfferVerb.DECLINE: "declined",
    OfferVerb.EXPIRE: "expired",
    OfferVerb.EXTEND: "extended",
    OfferVerb.RESCIND: "rescinded",
    OfferVerb.RENEGE: "reneged",
    OfferVerb.RESCHEDULE: "rescheduled",
    OfferVerb.DISCARD: "discarded",
}

CHECKS: dict[str, Callable[[Any], object]] = {"until": in_utc, "starts_on": check_day}
"""What a step may change -> what refuses anything else."""


def facts_of(on: Occasion, reason: str = "") -> dict[str, Any]:
    """Return what a step says of the occasion; the reason that is listed stands before further words."""
    return {**on.told(), "reason": reason or on.reason, "note": on.reason if reason else ""}


def facts_in(changes: Mapping[str, Any]) -> dict[str, JsonValue]:
    """Return what an event tells of other days than were offered: from when, and until when."""
    return {name: changes[name].isoformat() for name in ("starts_on", "until") if name in changes}


def unapproved(status: OfferStatus, approval: Approval | None, terms: OfferTerms) -> str:
    """Return why an offer cannot stand where it does, or ""; one that came from elsewhere may have no approval."""
    if status is OfferStatus.IN_APPROVAL and (approval is None or approval.status is not ApprovalStatus.WAITING):
        return "what waits for approval has asked for it, and has no answer yet"
    if status in PASSED and approval is not None and not approval.covers(terms):
        return "what was approved is something else, or it was not approved"
    return ""


def tells(past: str, offer: Offer, *, on: Occasion, **more: JsonValue) -> Event:
    """Build the event that tells what happened to it: who and which, and never what is offered."""
    return on.tells(f"offer.{past}", offer, **{"number": offer.number, "status": offer.status.value, **more})


def number_at(history: Sequence[OfferStep], on: Occasion) -> int:
    """Return the number of the version that counted on an occasion, by what had been told by then."""
    when = (on.at, on.recorded_at or on.at)
    return max((step.number for step in history if (step.occurred_at, step.recorded_at) <= when), default=1)


def with_step(
    history: Sequence[OfferStep],
    verb: OfferVerb,
    *,
    of: Sequence[OfferTerms],
    on: Occasion,
    number: int | None = None,
    reason: str = "",
    **more: Any,
) -> tuple[OfferStep, ...]:
    """Return a history with one step more, where it occurred, told of the version that counted then.

    An expiry that this overtakes stays in it; one that would be overtaken as it is told is refused.

    Raises:
        IllegalStep: it cannot follow what was before, or what was after cannot follow it.
        LawBroken: another version counted then.
        InputError: the day that it changes is none, or the instant.

    """
    for name, check in CHECKS.items():
        if name in more:
            check(more[name])
    step = OfferStep(verb=verb, number=number or number_at(history, on), **facts_of(on, reason), **more)
    stepped = in_time((*history, step))
    replayed(stepped, of)  # before the record is made, so that the error is its own
    if not any(each is step for each in counting(stepped)):
        raise OFFERS.refusal(replayed(history, of).status, verb)
    return stepped


def submitted(history: Sequence[OfferStep], *, of: Sequence[OfferTerms], on: Occasion) -> tuple[OfferStep, ...]:
    """Return a history in which the latest version waits for approval.

    Raises:
        IllegalStep: it is not a draft.
        LawBroken: it was not written then, or it has gone on since: who is asked would be asked about other terms.

    """
    stepped = with_step(history, OfferVerb.SUBMIT, of=of, on=on)
    if replayed(stepped, of).status is not OfferStatus.IN_APPROVAL:
        raise LawBroken(f"version {len(of)} cannot be submitted at {on.at.isoformat()}: it was another draft then")
    return stepped


def asked(
    before: Approval | None, flow: ApprovalFlow | None, *, of: OfferTerms, on: Occasion, job: Job | None, outside: bool
) -> Approval:
    """Ask for approval, or return the one that covers these terms already.

    It does where no watched term has changed, the pay lies in the band or those who are asked outside of it were, and
    no group is to be asked that was not. Without a flow those are asked who were asked before; the first time, nobody.
    """
    asks = flow or (before.current.flow if before else ApprovalFlow())
    if before is not None and before.covers(of) and before.current.outside_band >= outside:
        known = {group.key for group in before.current.flow.groups}
        if all(group.key in known for group in asks.groups):
            return before
    asks = asks if asks.watched else asks.evolve(watched=WATCHED)
    asks = asks if job is None else asks.resolved(job, at=on.at)
    if before is None:
        return Approval.request(asks, of=of, on=on, outside_band=outside)
    return before.request_again(of=of, on=on, flow=asks, outside_band=outside)
