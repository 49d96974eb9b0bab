"""An offer to one application for one seat: its versions, who approved them, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import attrs
from pydantic import Field, model_validator

from crmcore.errors import InputError, LawBroken
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity
from crmcore.model.hiring._offer_laws import (
    GIVING_UP,
    OFFER_FIELDS,
    PAST,
    asked,
    facts_in,
    facts_of,
    number_at,
    submitted,
    tells,
    unapproved,
    with_step,
)
from crmcore.model.hiring.approval import Approval, ApprovalStatus
from crmcore.model.hiring.offer_steps import (
    ENDED,
    OFFERS,
    OUT,
    OfferStanding,
    OfferStatus,
    OfferStep,
    OfferVerb,
    replayed,
    stood,
)
from crmcore.model.hiring.terms import OfferTerms
from crmcore.model.machine import in_time
from crmcore.model.record import Id, Record
from crmcore.model.stage_history import Status
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from pydantic import JsonValue

    from crmcore.model.events import Event
    from crmcore.model.hiring.application import Application
    from crmcore.model.hiring.approval import ApprovalFlow
    from crmcore.model.hiring.job import Band, Job
    from crmcore.model.hiring.opening import Opening
    from crmcore.model.occasion import Occasion

__all__ = ["Offer"]


class Offer(Record):
    """One offer to one application, for one seat.

    Other terms make a new version, and the latest counts alone. While a version is out, or accepted, the offer holds
    its seat; an application has one live offer at a time.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model import Money, Occasion
    >>> from crmcore.model.hiring import Application, OfferTerms, Opening
    >>> from crmcore.model.pipeline import Pipeline, Stage
    >>> def on(day):
    ...     return Occasion(event_id=f"e-{day}", at=datetime(2026, 3, day, tzinfo=UTC), actor="eva")
    >>> pipeline = Pipeline(id="p-1", name="All", stages=[Stage(key="offer", label="Offer", category="offer")])
    >>> application, _ = Application.begin(id="a-1", contact="c-1", job="j-1", within=pipeline, on=on(1))
    >>> seat, _ = Opening(id="o-1", job="j-1").open(on=on(1))
    >>> terms = OfferTerms(title="Data engineer", pay=Money(amount=70_000, currency="EUR"), starts_on="2026-05-01")
    >>> offer, _ = Offer.draft(id="f-1", application=application, opening=seat, terms=terms, on=on(2))
    >>> offer, _ = offer.submit(on=on(2))
    >>> offer, told = offer.send(on=on(3))
    >>> offer.status.value, told.type, list(offer.unique_keys())
    ('sent', 'offer.sent', [('live offer of application', 'a-1'), ('offer for seat', 'o-1')])
    >>> offer, _ = offer.revise(terms.evolve(pay=Money(amount=72_000, currency="EUR")), on=on(5))
    >>> offer.number, offer.status.value, offer.status_of(1).value
    (2, 'draft', 'deprecated')
    >>> offer.accept(on=on(6))
    Traceback (most recent call last):
    crmcore.errors.IllegalStep: what is draft cannot accept; it can: submit, revise, discard, decline, rescind
    """

    kind: ClassVar[str] = "offer"
    fields: ClassVar[tuple[FieldSpec, ...]] = OFFER_FIELDS
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="applications", kind="application", here="application"),
        RelationSpec(key="contacts", kind="contact", here="contact"),
        RelationSpec(key="jobs", kind="job", here="job"),
        RelationSpec(key="openings", kind="opening", here="opening"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = dict.fromkeys(
        ("versions", "history", "approval"), Sensitivity.CONFIDENTIAL
    )

    application: Id
    contact: Id
    job: Id
    opening: Id
    versions: Annotated[tuple[OfferTerms, ...], Field(min_length=1, max_length=1_000)]
    history: Annotated[tuple[OfferStep, ...], Field(min_length=1, max_length=10_000)]
    approval: Approval | None = None

    @model_validator(mode="after")
    def _obeys_the_laws(self) -> Self:
        if self.history != in_time(self.history):
            raise ValueError("the steps are not in the order in which they occurred")
        if why := unapproved(self.status, self.approval, self.terms):
            raise ValueError(why)
        return self

    @classmethod
    def draft(
        cls,
        *,
        id: str,  # noqa: A002
        application: Application,
        opening: Opening,
        terms: OfferTerms,
        on: Occasion,
    ) -> tuple[Self, Event]:
        """Write the first version; the seat is not held before it is sent.

        Raises:
            InputError: the seat is of another job.
            IllegalStep: the application has ended.

        """
        if opening.job != application.job:
            raise InputError(
                f"opening {opening.id!r} is a seat of job {opening.job!r}, not of {application.job!r}, "
                f"which application {application.id!r} is for"
            )
        if application.status is not Status.ACTIVE:
            raise OFFERS.refusal(None, OfferVerb.DRAFT, why=f"application {application.id!r} is {application.status}")
        new = cls(
            id=id,
            application=application.id,
            contact=application.contact,
            job=application.job,
            opening=opening.id,
            versions=(terms,),
            history=(OfferStep(verb=OfferVerb.DRAFT, number=1, **facts_of(on)),),
        )
        return new, tells("drafted", new, on=on)

    @property
    def _now(self) -> OfferStanding:
        return replayed(self.history, self.versions)

    @property
    def status(self) -> OfferStatus:
        """Where the latest version stands."""
        status = self._now.status
        assert status is not None  # noqa: S101 - it has begun
        return status

    @property
    def number(self) -> int:
        """The number of the latest version, from 1."""
        return len(self.versions)

    @property
    def terms(self) -> OfferTerms:
        """What the latest version offers."""
        return self.versions[-1]

    @property
    def is_live(self) -> bool:
        """Whether it may still come to a hire, or has."""
        return self.status not in ENDED

    @property
    def holds_seat(self) -> bool:
        """Whether its seat is kept for it: it went out, and nobody has taken it back or said no."""
        return self._now.holds_seat

    @property
    def sent_at(self) -> datetime | None:
        """When the latest version was sent."""
        return self._now.sent_at

    @property
    def opened_at(self) -> datetime | None:
        """When the person first looked at the latest version."""
        return self._now.opened_at

    @property
    def resolved_at(self) -> datetime | None:
        """When the latest version was accepted or declined, ran out, or was taken back before."""
        return self._now.resolved_at

    @property
    def expires_at(self) -> datetime | None:
        """From when on the latest version can no longer be accepted."""
        return self._now.expires_at

    @property
    def starts_on(self) -> date | None:
        """The first day, as it was agreed last."""
        return self._now.starts_on

    @property
    def created_at(self) -> datetime:
        """When the first version was written."""
        return self.history[0].occurred_at

    def status_of(self, number: int) -> OfferStatus:
        """Return where a version stands; one that was replaced before it ended is deprecated.

        Raises:
            InputError: there is no such version.

        """
        if not 1 <= number <= self.number:
            raise InputError(f"offer {self.id!r} has versions 1 to {self.number}, not {number}")
        return self.status if number == self.number else self._now.ended.get(number, OfferStatus.DEPRECATED)

    def was(self, at: datetime, *, known_at: datetime | None = None) -> OfferStatus | None:
        """Return where it stood at an instant, as we know it today or knew it then; None before it was drafted.

        Where a step had been told before one that it needs, that one and all after it do not count as known.
        """
        return stood(self.history, at, known_at=known_at)

    def expired(self, as_of: datetime) -> bool:
        """Whether it is out and its time is over at an instant, told or not.

        Raises:
            InputError: the instant has no time zone.

        """
        as_of = in_utc(as_of)
        return self.status in OUT and self.expires_at is not None and as_of >= self.expires_at

    def allowed(self) -> tuple[OfferVerb, ...]:
        """Return what can happen now."""
        return OFFERS.allowed(self.status)

    def about(self) -> tuple[str, str]:
        """Return the contact: what is offered is known of that person."""
        return "contact", self.contact

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """Claim the application while it is live, and the seat while it holds it."""
        if self.is_live:
            yield "live offer of application", self.application
        if self.holds_seat:
            yield "offer for seat", self.opening

    def seat(self, opening: Opening, *, on: Occasion) -> tuple[Self, Event]:
        """Offer another seat of the same job; not while it holds one.

        Raises:
            InputError: the seat is of another job.
            LawBroken: it holds its seat, or has ended.

        """
        if opening.job != self.job:
            raise InputError(f"opening {opening.id!r} is a seat of job {opening.job!r}, not of {self.job!r}")
        if self.holds_seat or not self.is_live:
            why = f"holds opening {self.opening!r}" if self.holds_seat else f"is {self.status.value}"
            raise LawBroken(f"offer {self.id!r} {why}; it cannot be for another seat")
        return self.evolve(opening=opening.id), tells("seated", self, on=on, opening=opening.id, before=self.opening)

    def submit(
        self, flow: ApprovalFlow | None = None, *, on: Occasion, job: Job | None = None, band: Band | None = None
    ) -> tuple[Self, Event]:
        """Ask for approval; whom nobody has to approve, and what was approved already, is approved at once.

        A later version needs no answer again where no watched term has changed, and the pay has not left the band.

        Args:
            flow: whom to ask; nobody, where there is none.
            on: when and by whom.
            job: whose team has the roles that the flow names, and whose band decides who is asked.
            band: which band decides, where it is not the job's.

        Raises:
            IllegalStep: it is not a draft.
            InputError, LawBroken: as :meth:`Approval.request` does; or it is told of a time before what it is about.

        """
        if job is not None and job.id != self.job:
            raise InputError(f"offer {self.id!r} is for job {self.job!r}, not for {job.id!r}")
        history = submitted(self.history, of=self.versions, on=on)
        outside = self.terms.is_outside(band or (job.band if job else None))
        approval = asked(self.approval, flow, of=self.terms, on=on, job=job, outside=outside)
        if approval.is_approved:
            history = with_step(history, OfferVerb.APPROVE, of=self.versions, on=on)
        new = self.evolve(history=history, approval=approval)
        return new, tells("approved" if approval.is_approved else "submitted", new, on=on, outside_band=outside)

    def approve(self, *, on: Occasion, group: str | None = None) -> tuple[Self, Event]:
        """Agree, as `on.actor`; with the last answer that is needed it is approved.

        Raises:
            IllegalStep: it does not wait for approval, or not for theirs; with whom it waits for.

        """
        approval = self._waiting(OfferVerb.APPROVE).approve(on=on, group=group)
        if not approval.is_approved:
            waiting: list[JsonValue] = [*approval.waiting_for]
            new = self.evolve(approval=approval)
            return new, tells("approval_answered", new, on=on, waiting_for=waiting)
        last = approval.current.steps[-1].occurred_at  # an answer told late need not be the last that was given
        then = attrs.evolve(on, at=last, recorded_at=on.recorded_at or on.at)
        history = with_step(self.history, OfferVerb.APPROVE, of=self.versions, on=then)
        new = self.evolve(history=history, approval=approval)
        return new, tells("approved", new, on=then, outside_band=approval.current.outside_band)

    def refuse(self, reason: str, *, on: Occasion, group: str | None = None) -> tuple[Self, Event]:
        """Say no to what waits for approval, as `on.actor`; it is a draft again.

        Raises:
            LawBroken: no reason is given.
            IllegalStep: as `approve` does.

        """
        approval = self._waiting(OfferVerb.REFUSE).refuse(reason, on=on, group=group)
        return self._told(OfferVerb.REFUSE, on=attrs.evolve(on, reason=reason), approval=approval)

    def _waiting(self, verb: OfferVerb) -> Approval:
        if self.approval is None or self.status is not OfferStatus.IN_APPROVAL:
            raise OFFERS.refusal(self.status, verb)
        return self.approval

    def revise(self, terms: OfferTerms, *, on: Occasion) -> tuple[Self, Event]:
        """Offer something else: a new version, and the one before counts no more.

        Raises:
            LawBroken: nothing is different.
            IllegalStep: it has been accepted, taken back or discarded.

        """
        if terms == self.terms:
            raise LawBroken(f"version {self.number} of offer {self.id!r} offers just that; nothing is to be revised")
        return self._told(OfferVerb.REVISE, on=on, versions=(*self.versions, terms), number=self.number + 1)

    def send(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that it went out; the seat is reserved by `Opening.reserve`, in the same unit of work."""
        return self._told(OfferVerb.SEND, on=on)

    def open(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that the person has looked at it."""
        return self._told(OfferVerb.OPEN, on=on)

    def accept(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that the person said yes; refused once its time is over.

        Said in time and told late, it overtakes an expiry that was noted meanwhile, if there is no new version since.
        """
        return self._told(OfferVerb.ACCEPT, on=on)

    def decline(self, reason: str = "", *, on: Occasion) -> tuple[Self, Event]:
        """Note that the person said no; the reason is best a key, such as ``pay``, to be counted by."""
        return self._told(OfferVerb.DECLINE, on=on, reason=reason)

    def expire(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that its time is over; refused before it is."""
        return self._told(OfferVerb.EXPIRE, on=on)

    def extend(self, until: datetime, *, on: Occasion) -> tuple[Self, Event]:
        """Give more time, or less, to answer what is out.

        Given in time and told late, more time overtakes an expiry that was noted since; the seat is then held again.

        Raises:
            IllegalStep: no version is out, or the new end is over already.
            LawBroken: it would overtake the expiry of a version that another has replaced since.

        """
        new, told = self._told(OfferVerb.EXTEND, on=on, until=in_utc(until))
        if new.holds_seat and not self.holds_seat and new.status not in OUT:
            raise LawBroken(f"offer {self.id!r} had expired when version {self.number} was written, which counts now")
        return new, told

    def rescind(self, reason: str = "", *, on: Occasion) -> tuple[Self, Event]:
        """Take back what went out."""
        return self._told(OfferVerb.RESCIND, on=on, reason=reason)

    def renege(self, reason: str = "", *, on: Occasion) -> tuple[Self, Event]:
        """Note that the person had accepted, and does not come."""
        return self._told(OfferVerb.RENEGE, on=on, reason=reason)

    def reschedule(self, starts_on: date, *, on: Occasion) -> tuple[Self, Event]:
        """Note that another first day was agreed after acceptance."""
        return self._told(OfferVerb.RESCHEDULE, on=on, starts_on=starts_on)

    def discard(self, *, on: Occasion) -> tuple[Self, Event]:
        """Give up what never went out."""
        return self._told(OfferVerb.DISCARD, on=on)

    def _told(
        self,
        verb: OfferVerb,
        *,
        on: Occasion,
        versions: tuple[OfferTerms, ...] | None = None,
        approval: Approval | None = None,
        **more: Any,
    ) -> tuple[Self, Event]:
        versions, approval = versions or self.versions, approval or self.approval
        history = with_step(self.history, verb, of=versions, on=on, **more)
        if approval and approval.status is ApprovalStatus.WAITING and verb in GIVING_UP:
            approval = approval.withdraw(on=on)
        new = self.evolve(history=history, versions=versions, approval=approval)
        number = more.get("number") or number_at(self.history, on)
        on = attrs.evolve(on, reason=more.get("reason") or on.reason)
        return new, tells(PAST[verb], new, on=on, number=number, **facts_in(more))
