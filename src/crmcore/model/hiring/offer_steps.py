"""What can happen to an offer, as a table, and what follows from the steps that were told.

The table of states::

    (none)         --draft-->       draft
    draft          --submit-->      in_approval
    in_approval    --approve-->     approved       by itself, with the last answer that is needed
    in_approval    --refuse-->      draft          those who were asked said no
    approved       --send-->        sent
    sent           --open-->        opened         the person has looked at it
    sent, opened   --accept-->      accepted
    sent, opened   --decline-->     declined
    sent, opened   --expire-->      expired
    sent, opened   --rescind-->     rescinded
    sent, opened   --extend-->      (the same)     there is more time to answer
    accepted       --renege-->      reneged        they had said yes, and do not come
    accepted       --rescind-->     rescinded      they had said yes, and we take it back
    accepted       --reschedule-->  accepted       another first day
    any before, declined, expired  --revise-->  draft   other terms: a new version, which counts alone
    draft, in_approval, approved   --discard--> deprecated   it never went out

A version that was sent, and is being revised, can be declined or rescinded in the meantime; one that never went out can
only be discarded.

An expiry says that nothing had been heard. Where it is told later that the offer had been accepted, declined or taken
back before its time was over, or that there had been more time, the expiry is *overtaken*: it stays in the history, as
what was known then, and counts no more. It is not overtaken once a new version has been written, for that one was
answered or not.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Self

import attrs
from pydantic import Field, model_validator

from crmcore._messages import kind_of
from crmcore.errors import InputError, LawBroken
from crmcore.model.machine import Machine, Told
from crmcore.model.scalars import Instant
from crmcore.query.moments import in_utc, utc_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crmcore.model.hiring.terms import OfferTerms

__all__ = [
    "ENDED",
    "OFFERS",
    "OfferStanding",
    "OfferStatus",
    "OfferStep",
    "OfferVerb",
    "check_day",
    "counting",
    "replayed",
    "stood",
]


class OfferStatus(StrEnum):
    """Where an offer stands: its latest version, for no other counts."""

    DRAFT = "draft"
    IN_APPROVAL = "in_approval"
    APPROVED = "approved"
    SENT = "sent"
    OPENED = "opened"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    RESCINDED = "rescinded"
    """It went out, and we took it back."""
    RENEGED = "reneged"
    """They accepted, and then did not come."""
    DEPRECATED = "deprecated"
    """A later version has replaced it, or it never went out; in no rate is it counted."""


class OfferVerb(StrEnum):
    """What can happen to an offer."""

    DRAFT = "draft"
    SUBMIT = "submit"
    APPROVE = "approve"
    REFUSE = "refuse"
    SEND = "send"
    OPEN = "open"
    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"
    EXTEND = "extend"
    RESCIND = "rescind"
    RENEGE = "renege"
    RESCHEDULE = "reschedule"
    REVISE = "revise"
    DISCARD = "discard"


REVISING = {OfferVerb.REVISE: OfferStatus.DRAFT}
WITHIN = {**REVISING, OfferVerb.DISCARD: OfferStatus.DEPRECATED}
WITHIN |= {OfferVerb.DECLINE: OfferStatus.DECLINED, OfferVerb.RESCIND: OfferStatus.RESCINDED}
OUTSIDE = {
    **REVISING,
    OfferVerb.ACCEPT: OfferStatus.ACCEPTED,
    OfferVerb.DECLINE: OfferStatus.DECLINED,
    OfferVerb.EXPIRE: OfferStatus.EXPIRED,
    OfferVerb.RESCIND: OfferStatus.RESCINDED,
}

OFFERS = Machine(
    {
        None: {OfferVerb.DRAFT: OfferStatus.DRAFT},
        OfferStatus.DRAFT: {OfferVerb.SUBMIT: OfferStatus.IN_APPROVAL, **WITHIN},
        OfferStatus.IN_APPROVAL: {
            OfferVerb.APPROVE: OfferStatus.APPROVED,
            OfferVerb.REFUSE: OfferStatus.DRAFT,
            **WITHIN,
        },
        OfferStatus.APPROVED: {OfferVerb.SEND: OfferStatus.SENT, **WITHIN},
        OfferStatus.SENT: {OfferVerb.OPEN: OfferStatus.OPENED, **OUTSIDE, OfferVerb.EXTEND: OfferStatus.SENT},
        OfferStatus.OPENED: {**OUTSIDE, OfferVerb.EXTEND: OfferStatus.OPENED},
        OfferStatus.ACCEPTED: {
            OfferVerb.RENEGE: OfferStatus.RENEGED,
            OfferVerb.RESCIND: OfferStatus.RESCINDED,
            OfferVerb.RESCHEDULE: OfferStatus.ACCEPTED,
        },
        OfferStatus.DECLINED: REVISING,
        OfferStatus.EXPIRED: REVISING,
        OfferStatus.RESCINDED: {},
        OfferStatus.RENEGED: {},
        OfferStatus.DEPRECATED: {},
    }
)
"""What can happen to an offer in each state."""

ENDED = frozenset(
    {
        OfferStatus.DECLINED,
        OfferStatus.EXPIRED,
        OfferStatus.RESCINDED,
        OfferStatus.RENEGED,
        OfferStatus.DEPRECATED,
    }
)
BEGINNING = frozenset({OfferVerb.DRAFT, OfferVerb.REVISE})
OUT = frozenset({OfferStatus.SENT, OfferStatus.OPENED})
IN_HOUSE = frozenset({OfferStatus.DRAFT, OfferStatus.IN_APPROVAL, OfferStatus.APPROVED})
OVERTAKING = frozenset({OfferVerb.ACCEPT, OfferVerb.DECLINE, OfferVerb.RESCIND})
RESOLVING = frozenset({OfferVerb.ACCEPT, OfferVerb.DECLINE, OfferVerb.EXPIRE, OfferVerb.RESCIND, OfferVerb.DISCARD})


class OfferStep(Told):
    """One thing that happened to one version of an offer."""

    verb: OfferVerb
    number: int = Field(ge=1, description="The version that it happened to, from 1.")
    until: Instant | None = Field(default=None, description="Until when it can be accepted now, where it is extended.")
    starts_on: date | None = Field(default=None, description="The new first day, where it is rescheduled.")

    @model_validator(mode="after")
    def _says_what_it_changes(self) -> Self:
        for verb, name in ((OfferVerb.EXTEND, "until"), (OfferVerb.RESCHEDULE, "starts_on")):
            if (getattr(self, name) is not None) != (self.verb is verb):
                raise ValueError(f"a step {self.verb.value!r} {'says' if self.verb is verb else 'does not say'} {name}")
        return self


@attrs.define(kw_only=True)
class OfferStanding:
    """What follows from some steps.

    Attributes:
        status: where the latest version stands.
        number: of that version; 0 before there is one.
        holds_seat: whether it went out, and nobody has taken it back or said no.
        expires_at: from when on it can no longer be accepted.
        starts_on: the first day.
        ended: the versions that ended by themselves, and how; others were replaced.
        sent_at, opened_at, resolved_at: when that became of the latest version.

    """

    status: OfferStatus | None = None
    number: int = 0
    holds_seat: bool = False
    expires_at: datetime | None = None
    starts_on: date | None = None
    ended: dict[int, OfferStatus] = attrs.Factory(dict)
    sent_at: datetime | None = None
    opened_at: datetime | None = None
    resolved_at: datetime | None = None

    def step(self, step: OfferStep, versions: Sequence[OfferTerms]) -> None:
        """Take one step; refuse what the table or a law does not allow."""
        if step.verb in OFFERS.allowed(self.status) and (why := self._fault(step)):
            raise OFFERS.refusal(self.status, step.verb, why=why)
        self.status = OFFERS.after(self.status, step.verb)
        if step.verb in BEGINNING:
            self._begin(versions[self.number])
        self._note(step)
        if step.number != self.number:
            raise LawBroken(
                f"a step {step.verb.value!r} is told of version {step.number}, but version {self.number} counted then; "
                "versions follow each other in time"
            )

    def _begin(self, terms: OfferTerms) -> None:
        self.number += 1
        self.expires_at, self.starts_on = terms.expires_at, terms.starts_on
        self.sent_at = self.opened_at = self.resolved_at = None

    def _note(self, step: OfferStep) -> None:
        match step.verb:
            case OfferVerb.SEND:
                self.sent_at, self.holds_seat = step.occurred_at, True
            case OfferVerb.OPEN:
                self.opened_at = step.occurred_at
            case OfferVerb.EXTEND:
                self.expires_at = step.until
            case OfferVerb.RESCHEDULE:
                self.starts_on = step.starts_on
            case _ if step.verb in RESOLVING and self.resolved_at is None:
                self.resolved_at = step.occurred_at
        if self.status in ENDED and self.status is not None:
            self.holds_seat = False
            self.ended[self.number] = self.status

    def _fault(self, step: OfferStep) -> str:
        """Return why a step that the table lists cannot be, or ""."""
        at, deadline = step.occurred_at, self.expires_at
        match step.verb:
            case OfferVerb.ACCEPT if deadline is not None and at >= deadline:
                return f"it ran out at {deadline.isoformat()}; extend or revise it"
            case OfferVerb.EXPIRE if deadline is None:
                return "it has no day on which it runs out"
            case OfferVerb.EXPIRE if deadline is not None and at < deadline:
                return f"it runs until {deadline.isoformat()}"
            case OfferVerb.EXTEND if step.until is not None and step.until <= at:
                return f"the new end, {step.until.isoformat()}, is over already"
            case OfferVerb.SEND if deadline is not None and at >= deadline:
                return f"it would have run out already, at {deadline.isoformat()}; revise it"
            case OfferVerb.DISCARD if self.holds_seat:
                return "a version of it went out; rescind it"
            case OfferVerb.RESCIND | OfferVerb.DECLINE if self.status in IN_HOUSE and not self.holds_seat:
                return "it never went out; discard it"
        return ""


def counting(steps: Iterable[OfferStep]) -> Iterator[OfferStep]:
    """Yield steps, in the order in which they occurred, but for an expiry that something told since has overtaken."""
    answer: OfferStep | None = None
    extension: OfferStep | None = None
    for step in steps:
        if step.verb in OVERTAKING:
            answer = step
        elif step.verb is OfferVerb.EXTEND:
            extension = step
        elif step.verb is OfferVerb.EXPIRE and _is_overtaken(step, answer, extension):
            continue
        elif step.verb in BEGINNING:
            answer = extension = None
        yield step


def _is_overtaken(expiry: OfferStep, answer: OfferStep | None, extension: OfferStep | None) -> bool:
    """Whether it has been told since the expiry that there had been an answer before it, or time beyond it."""
    if answer is not None and answer.recorded_at >= expiry.recorded_at:
        return True
    if extension is None or extension.until is None or extension.recorded_at <= expiry.recorded_at:
        return False
    return extension.until > expiry.occurred_at


def replayed(steps: Iterable[OfferStep], versions: Sequence[OfferTerms]) -> OfferStanding:
    """Return what follows from steps in the order in which they occurred.

    Raises:
        IllegalStep: one cannot follow those before it.
        LawBroken: versions and steps do not fit each other.

    """
    standing = OfferStanding()
    for step in counting(steps):
        if step.verb in BEGINNING and standing.number >= len(versions):
            raise LawBroken(f"step {step.verb.value!r} begins version {standing.number + 1}, which has no terms")
        standing.step(step, versions)
    if standing.number != len(versions):
        raise LawBroken(f"there are terms of {len(versions)} versions, and steps of {standing.number}")
    return standing


def stood(history: Iterable[OfferStep], at: datetime, *, known_at: datetime | None = None) -> OfferStatus | None:
    """Return where an offer stood at an instant, as it is known by its steps; or by those that were told by then.

    Raises:
        InputError: an instant has no time zone.

    """
    at, known_at = in_utc(at), utc_or_none(known_at)
    known = [step for step in history if known_at is None or step.recorded_at <= known_at]
    status: OfferStatus | None = None
    for step in counting(step for step in known if step.occurred_at <= at):
        if step.verb not in OFFERS.allowed(status):  # it needs one that had not been told
            break
        status = OFFERS.after(status, step.verb)
    return status


def check_day(on: date) -> None:
    """Refuse what is no day, such as an instant."""
    if type(on) is not date:
        raise InputError(f"a day is a date, not {kind_of(on)}")
