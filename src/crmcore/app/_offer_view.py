"""One offer of a database: its verbs change the offer, its seat and its application together, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.app._work import Working, stored
from crmcore.errors import InputError
from crmcore.hiring import offering
from crmcore.model.hiring import Application, ApprovalFlow, Job, Offer, OfferTerms, Opening

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from crmcore.app._work import Work
    from crmcore.hiring.offering import OfferChange
    from crmcore.model.events import Event
    from crmcore.model.hiring import OfferStatus
    from crmcore.model.occasion import Occasion

__all__ = ["OfferView"]


@attrs.frozen(kw_only=True, eq=False)
class OfferView(Working):
    """One offer, and what one does with it; each verb reads it anew and returns the view.

    Every verb takes `actor`, who does it; `reason`, why; and `at`, when it happened, where that is not now. What cannot
    be done raises IllegalStep with what can.
    """

    id: str

    @property
    def record(self) -> Offer:
        """The offer as it is now; raise NotFound."""
        return self.store.get(Offer, self.id)

    @property
    def status(self) -> OfferStatus:
        """What it is now."""
        return self.record.status

    @property
    def awaits(self) -> tuple[str, ...]:
        """Who can answer now, while it is to be approved."""
        approval = self.record.approval
        return approval.waiting_for if approval is not None else ()

    def __repr__(self) -> str:
        offer = self.record
        return f"<OfferView {self.id}: version {offer.number}, {offer.status.value}>"

    def submit(
        self, flow: ApprovalFlow | None = None, *, actor: str, reason: str = "", at: datetime | None = None
    ) -> OfferView:
        """Ask for approval; without a flow it is approved at once."""
        if flow is not None and not isinstance(flow, ApprovalFlow):
            raise InputError(f"a flow is an ApprovalFlow, not {type(flow).__name__}")
        with self._work(actor, reason, at) as work:
            offer, application, opening = _of(work, self.id)
            job = work.unit.get(Job, offer.job)
            made = offering.submit(offer, opening=opening, application=application, job=job, on=work.on, flow=flow)
            work.all_told(made.changed, made.events)
        return self

    def approve(
        self, *, actor: str, group: str | None = None, reason: str = "", at: datetime | None = None
    ) -> OfferView:
        """Agree; with the last answer that is needed it is approved."""
        return self._answered(lambda offer, on: offer.approve(on=on, group=group), actor, reason, at)

    def refuse(self, reason: str, *, actor: str, group: str | None = None, at: datetime | None = None) -> OfferView:
        """Say no to what waits for approval; it is a draft again."""
        return self._answered(lambda offer, on: offer.refuse(reason, on=on, group=group), actor, reason, at)

    def send(self, *, actor: str, reason: str = "", at: datetime | None = None) -> OfferView:
        """Note that it went out, and reserve the seat."""
        with self._work(actor, reason, at) as work:
            offer, application, opening = _of(work, self.id)
            job = work.unit.get(Job, offer.job)
            made = offering.send(offer, opening=opening, application=application, job=job, on=work.on)
            work.all_told(made.changed, made.events)
        return self

    def opened(self, *, actor: str, at: datetime | None = None) -> OfferView:
        """Note that the person has looked at it."""
        return self._answered(lambda offer, on: offer.open(on=on), actor, "", at)

    def accept(self, *, actor: str, reason: str = "", at: datetime | None = None) -> OfferView:
        """Note that the person said yes; the seat stays reserved until they are hired."""
        return self._changed(offering.accept, actor, reason, at)

    def decline(self, reason: str = "", *, actor: str, at: datetime | None = None) -> OfferView:
        """Note that the person said no, and release the seat."""
        return self._changed(offering.decline, actor, "", at, reason)

    def expire(self, *, actor: str, at: datetime | None = None) -> OfferView:
        """Note that its time is over, and release the seat."""
        return self._changed(offering.expire, actor, "", at)

    def rescind(self, reason: str = "", *, actor: str, at: datetime | None = None) -> OfferView:
        """Take back what went out, and free the seat; who was hired already is not any more."""
        return self._changed(offering.rescind, actor, "", at, reason)

    def renege(self, reason: str = "", *, actor: str, at: datetime | None = None) -> OfferView:
        """Note that the person had accepted, and does not come: the seat is free, the application active again."""
        return self._changed(offering.renege, actor, "", at, reason)

    def extend(self, until: datetime, *, actor: str, reason: str = "", at: datetime | None = None) -> OfferView:
        """Give the person more time to answer."""
        return self._changed(offering.extend, actor, reason, at, until)

    def reschedule(self, starts_on: date, *, actor: str, reason: str = "", at: datetime | None = None) -> OfferView:
        """Let an accepted offer begin on another day."""
        return self._answered(lambda offer, on: offer.reschedule(starts_on, on=on), actor, reason, at)

    def discard(self, *, actor: str, reason: str = "", at: datetime | None = None) -> OfferView:
        """Give up what never went out."""
        return self._answered(lambda offer, on: offer.discard(on=on), actor, reason, at)

    def seat(self, opening: Opening | str, *, actor: str, reason: str = "", at: datetime | None = None) -> OfferView:
        """Have it be for another seat of the job, before it is sent: such as where its own is to be closed."""
        with self._work(actor, reason, at) as work:
            offer = work.unit.get(Offer, self.id)
            application = work.unit.get(Application, offer.application)
            other = stored(work.unit, Opening, opening)
            made = offering.seat(offer, opening=other, application=application, on=work.on)
            work.all_told(made.changed, made.events)
        return self

    def revise(self, terms: OfferTerms, *, actor: str, reason: str = "", at: datetime | None = None) -> OfferView:
        """Offer something else: a new version, and the one before counts no more."""
        if not isinstance(terms, OfferTerms):
            raise InputError(f"terms are OfferTerms, not {type(terms).__name__}")
        return self._changed(offering.revise, actor, reason, at, terms)

    def _changed(
        self, verb: Callable[..., OfferChange], actor: str, reason: str, at: datetime | None, *more: object
    ) -> OfferView:
        with self._work(actor, reason, at) as work:
            offer, application, opening = _of(work, self.id)
            made = verb(offer, *more, opening=opening, application=application, on=work.on)
            work.all_told(made.changed, made.events)
        return self

    def _answered(
        self,
        verb: Callable[[Offer, Occasion], tuple[Offer, Event]],
        actor: str,
        reason: str,
        at: datetime | None,
    ) -> OfferView:
        with self._work(actor, reason, at) as work:
            work.told(verb(work.unit.get(Offer, self.id), work.on))
        return self


def _of(work: Work, offer: str) -> tuple[Offer, Application, Opening]:
    held = work.unit.get(Offer, offer)
    return held, work.unit.get(Application, held.application), work.unit.get(Opening, held.opening)
