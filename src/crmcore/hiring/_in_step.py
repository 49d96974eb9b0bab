"""An offer, its seat and its application while a verb changes them: all that it changes, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore._given import one, one_or_none
from crmcore.errors import InputError, LawBroken
from crmcore.model.hiring.application import Application
from crmcore.model.hiring.job import Job, JobStatus
from crmcore.model.hiring.offer import Offer
from crmcore.model.hiring.offer_steps import OFFERS, OfferVerb
from crmcore.model.hiring.opening import Opening, OpeningStatus
from crmcore.model.occasion import Occasion
from crmcore.model.stage_history import Status

if TYPE_CHECKING:
    from crmcore.model.events import Event
    from crmcore.model.record import Record

__all__ = ["InStep", "OfferChange", "check_active", "check_held", "check_job", "check_job_of", "told"]


@attrs.frozen(kw_only=True, repr=False)
class OfferChange:
    """What one verb made of an offer, its seat and its application.

    Attributes:
        offer: as it is now; None where somebody is hired without one.
        opening: the seat, as it is now.
        application: as it is now.
        changed: those of the three that are not as they were: what is to be written.
        events: what tells of it, for the same unit of work. Their ids begin with that of the occasion.

    """

    offer: Offer | None
    opening: Opening
    application: Application
    changed: tuple[Record, ...]
    events: tuple[Event, ...]

    def __repr__(self) -> str:
        held = (self.offer, self.opening, self.application)
        told = ", ".join(f"{one.kind} {one.id} {one.status.value if one.status else '-'}" for one in held if one)
        return f"OfferChange({told}; {', '.join(event.type for event in self.events) or 'nothing changed'})"


@attrs.define(kw_only=True)
class InStep:
    """The three records while a verb changes them; nothing leaves it unless all of the verb succeeds."""

    on: Occasion
    opening: Opening
    application: Application
    offer: Offer | None = None
    events: list[Event] = attrs.Factory(list)
    before: tuple[Record | None, ...] = ()

    def __attrs_post_init__(self) -> None:
        one(self.on, Occasion, "on")
        one(self.opening, Opening, "opening")
        one(self.application, Application, "application")
        one_or_none(self.offer, Offer, "offer")
        _check_together(self.offer, self.opening, self.application)
        self.before = (self.offer, self.opening, self.application)

    def occasion(self) -> Occasion:
        """Return the occasion of the next event: of several, each has an id of its own."""
        return attrs.evolve(self.on, event_id=f"{self.on.event_id}.{len(self.events)}") if self.events else self.on

    def offers(self, changed: tuple[Offer, Event]) -> None:
        self.offer, event = changed
        self.events.append(event)

    def seats(self, changed: tuple[Opening, Event]) -> None:
        self.opening, event = changed
        self.events.append(event)

    def applies(self, changed: tuple[Application, Event]) -> None:
        self.application, event = changed
        self.events.append(event)

    @property
    def is_holder(self) -> bool:
        """Whether the application has the seat, reserved or filled."""
        return self.opening.holder == self.application.id

    def reserve(self) -> None:
        """Keep the seat for the application, unless it is kept for it already."""
        if not (self.is_holder and self.opening.status is OpeningStatus.RESERVED):
            self.seats(self.opening.reserve(self.application.id, on=self.occasion()))

    def reserve_again(self) -> None:
        """Keep a seat that was released for the application, from when we learn that it should not have been.

        Raises:
            LawBroken: it is not free any more.

        """
        if self.opening.status is not OpeningStatus.OPEN and not self.is_holder:
            raise LawBroken(
                f"opening {self.opening.id!r} is {told(self.opening)} since the offer to application "
                f"{self.application.id!r} expired; make them another offer, for another seat"
            )
        if not self.is_holder:
            learned = attrs.evolve(self.occasion(), at=self.on.recorded_at or self.on.at)
            self.seats(self.opening.reserve(self.application.id, on=learned))

    def free(self, *, held: bool, undoes: bool = False) -> None:
        """Free the seat from a reservation; refuse where *held* and the seat disagree.

        Args:
            held: whether the offer held the seat.
            undoes: whether a hire ends with it; if not, who was hired without the offer stays so.

        """
        if held and not self.is_holder:
            raise LawBroken(
                f"the offer holds opening {self.opening.id!r}, which is {told(self.opening)}; read both again"
            )
        is_filled = self.is_holder and self.opening.status is OpeningStatus.FILLED
        if is_filled and undoes:
            self.seats(self.opening.unfill(on=self.occasion()))
            self.applies(self.application.unhire(on=self.occasion()))
        elif self.is_holder and not is_filled:
            self.seats(self.opening.release(on=self.occasion()))

    def done(self) -> OfferChange:
        after = (self.offer, self.opening, self.application)
        changed = tuple(new for old, new in zip(self.before, after, strict=True) if new is not None and new is not old)
        return OfferChange(
            offer=self.offer,
            opening=self.opening,
            application=self.application,
            changed=changed,
            events=tuple(self.events),
        )


def _check_together(offer: Offer | None, opening: Opening, application: Application) -> None:
    if opening.job != application.job:
        raise InputError(
            f"opening {opening.id!r} is a seat of job {opening.job!r}, and application {application.id!r} is for "
            f"{application.job!r}"
        )
    if offer is None:
        return
    for name, of, given in (("application", offer.application, application), ("opening", offer.opening, opening)):
        if of != given.id:
            raise InputError(f"offer {offer.id!r} is for {name} {of!r}, not for {given.id!r}")


def check_job_of(job: Job, application: Application) -> None:
    job = one(job, Job, "job")
    if job.id != application.job:
        raise InputError(f"application {application.id!r} is for job {application.job!r}, not for {job.id!r}")


def check_job(job: Job, application: Application, verb: OfferVerb, offer: Offer | None) -> None:
    check_job_of(job, application)
    if job.status is not JobStatus.OPEN:
        raise OFFERS.refusal(offer.status if offer else None, verb, why=f"job {job.id!r} is {job.status.value}")


def check_active(application: Application, offer: Offer, verb: OfferVerb) -> None:
    if application.status is not Status.ACTIVE:
        if not OFFERS.table[offer.status]:
            raise OFFERS.refusal(offer.status, verb)  # to reopen the application would not help
        raise OFFERS.refusal(
            offer.status,
            verb,
            why=f"application {application.id!r} is {application.status.value}; reopen it, or settle",
        )


def check_held(application: Application, opening: Opening, *, on: Occasion, status: OpeningStatus) -> None:
    """Refuse what is told late of a seat that was somebody else's then.

    Raises:
        LawBroken: with whose it was.

    """
    before = [entry for entry in opening.ledger if entry.occurred_at <= on.at]
    holder = before[-1].application if before else None
    if holder is not None and opening.was(on.at) is status and holder != application.id:
        how = "filled by" if status is OpeningStatus.FILLED else "reserved for"
        raise LawBroken(f"opening {opening.id!r} was {how} application {holder!r}, not {application.id!r}")


def told(opening: Opening) -> str:
    status = opening.status.value if opening.status else "not opened"
    return f"{status} by {opening.holder!r}" if opening.holder else status
