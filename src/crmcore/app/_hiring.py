"""Jobs and applications of a database: each verb is one unit of work, with its events, or nothing at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.app._offer_view import OfferView
from crmcore.app._pipeline_view import PipelineView
from crmcore.app._segments import Segmenting
from crmcore.app._work import at_work
from crmcore.errors import LawBroken
from crmcore.hiring import offering
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring import Application, Job, JobStatus, Offer, Opening, OpeningStatus
from crmcore.model.pipeline import Entrant, Pipeline
from crmcore.model.stage_history import Status
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from crmcore.app._work import Work
    from crmcore.model.events import Event
    from crmcore.model.hiring import OfferTerms
    from crmcore.model.occasion import Occasion
    from crmcore.ports import Reader, UnitOfWork
    from crmcore.query import Expression

__all__ = ["Hiring"]


@attrs.frozen(kw_only=True, eq=False)
class Hiring(Segmenting):
    """The part of :class:`~crmcore.app.CRM` that takes people through pipelines.

    A record may be handed in as it was read, or as its id. As it was read, it is refused with Conflict where somebody
    else has changed it since; by its id, it is read anew.

    Every verb takes `actor`, who does it; `reason`, why; and `at`, when it happened, where that is not now: what is
    told late is put where it occurred. What cannot be done raises IllegalStep with what can.
    """

    def apply(
        self,
        contact: ContactRecord | str,
        job: Job | str,
        *,
        actor: str,
        stage: str | None = None,
        reason: str = "",
        at: datetime | None = None,
        **more: Any,
    ) -> Application:
        """Let a person be considered for a job; a person who is not stored yet is stored in the same unit.

        Args:
            contact: who.
            job: for what.
            actor, reason, at: see the class.
            stage: in which it begins, the first one by default.
            more: other fields of :class:`~crmcore.model.hiring.Application`, such as `origin`, `source` or `credits`.

        Raises:
            LawBroken: the job is not open.
            Taken: the person's application to this job is active already.

        """
        with self._work(actor, reason, at) as work:
            wanted = work.read(Job, job)
            if wanted.status is not JobStatus.OPEN:
                raise LawBroken(f"job {wanted.id!r} is {wanted.status.value}; nobody can apply to it")
            person = contact if isinstance(contact, str) else contact.id
            if isinstance(contact, ContactRecord) and not contact.version:
                work.unit.put(contact)
            within = work.unit.get(Pipeline, wanted.pipeline)
            begun = Application.begin(
                id=self.new_id(), contact=person, job=wanted.id, within=within, on=work.on, stage=stage, **more
            )
            return work.told(begun)

    def move(
        self,
        application: Application | str,
        to: str,
        *,
        actor: str,
        expected: str | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> Application:
        """Take an application to another stage, if its guards let it in and there is room.

        Args:
            application: which.
            to: the stage.
            actor, reason, at: see the class; skipping a stage or going back may need a reason.
            expected: the stage in which whoever asks believes it to be.

        Raises:
            IllegalStep: it has ended, or is elsewhere, or may not go there; with what is allowed and why.

        """
        with self._work(actor, reason, at) as work:
            held = work.read(Application, application)
            within = work.unit.get(Pipeline, held.pipeline)
            entrant = _entrant(work.unit, held, to)
            return work.told(held.move(to, within=within, on=work.on, expected=expected, entrant=entrant))

    def advance(
        self,
        application: Application | str,
        *,
        actor: str,
        expected: str | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> Application:
        """Take an application to the next stage in use, see :meth:`move`."""
        with self._work(actor, reason, at) as work:
            held = work.read(Application, application)
            within = work.unit.get(Pipeline, held.pipeline)
            following = within.next_after(held.stage)
            entrant = _entrant(work.unit, held, following.key) if following else None
            return work.told(held.advance(within=within, on=work.on, expected=expected, entrant=entrant))

    def reject(
        self, application: Application | str, reason: str, *, actor: str, note: str = "", at: datetime | None = None
    ) -> Application:
        """Say no to an application, which keeps its stage; *reason* is a key, *note* is told in words."""
        return self._stepped(application, lambda held, on: held.reject(reason, on=on), actor, note, at)

    def withdraw(
        self,
        application: Application | str,
        reason: str = "",
        *,
        actor: str,
        note: str = "",
        at: datetime | None = None,
    ) -> Application:
        """Note that the person said no."""
        return self._stepped(application, lambda held, on: held.withdraw(reason, on=on), actor, note, at)

    def reopen(
        self,
        application: Application | str,
        *,
        actor: str,
        stage: str | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> Application:
        """Take up again what was rejected or withdrawn, in the stage where it ended or in another."""
        with self._work(actor, reason, at) as work:
            held = work.read(Application, application)
            within = work.unit.get(Pipeline, held.pipeline)
            return work.told(held.reopen(within=within, on=work.on, stage=stage))

    def transfer(
        self,
        application: Application | str,
        job: Job | str,
        *,
        actor: str,
        stage: str | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> Application:
        """End an application here and go on with it for another job; return the one that goes on."""
        with self._work(actor, reason, at) as work:
            wanted = work.read(Job, job)
            within = work.unit.get(Pipeline, wanted.pipeline)
            held = work.read(Application, application)
            ended, begun, event = held.transfer(id=self.new_id(), job=wanted.id, within=within, on=work.on, stage=stage)
            _settle(work, work.told((ended, event)))
            return work.unit.put(begun)

    def hire(
        self,
        application: Application | str,
        *,
        actor: str,
        opening: Opening | str | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> Application:
        """Hire the person: the application and one seat, or neither.

        The seat is that of the offer that was accepted, else *opening*, else the first that is open; an evergreen job
        gets one more.

        Raises:
            IllegalStep: the application has ended, or its offer is not accepted yet.
            LawBroken: no seat is open, or the one that was named is somebody else's.

        """
        with self._work(actor, reason, at) as work:
            held = work.read(Application, application)
            offer = _live_offer(work.unit, held)
            if opening is None:
                seat = _seat(work, held) if offer is None else work.unit.get(Opening, offer.opening)
            else:
                seat = work.read(Opening, opening)
            made = offering.hire(application=held, opening=seat, on=work.on, offer=offer)
            work.all_told(made.changed, made.events)
            return work.unit.get(Application, held.id)

    def unhire(
        self, application: Application | str, *, actor: str, reason: str, at: datetime | None = None
    ) -> Application:
        """Undo a hire that was noted by mistake, or too early: the application is active again, and the seat is free.

        Who had accepted an offer and does not come: :meth:`OfferView.renege`.
        """
        with self._work(actor, reason, at) as work:
            held = work.read(Application, application)
            seats = list(work.unit.stream(Opening, F.holder == held.id))
            if not seats:
                work.told(held.unhire(on=work.on))
                return work.unit.get(Application, held.id)
            offer = _live_offer(work.unit, held)
            made = offering.unhire(application=held, opening=seats[0], on=work.on, offer=offer)
            work.all_told(made.changed, made.events)
            return work.unit.get(Application, held.id)

    def offer(
        self,
        application: Application | str,
        terms: OfferTerms,
        *,
        actor: str,
        opening: Opening | str | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> OfferView:
        """Draft an offer on a seat of the job.

        Args:
            application: whom it is for.
            terms: what is offered.
            actor, reason, at: see the class.
            opening: the seat, the first that is open by default; it is reserved when the offer is sent.

        Raises:
            IllegalStep: the application has ended, or the job is not open.
            LawBroken: it has a live offer already, or no seat is open.

        """
        with self._work(actor, reason, at) as work:
            wanted = work.read(Application, application)
            made = offering.draft(
                id=self.new_id(),
                application=wanted,
                opening=_seat(work, wanted) if opening is None else work.read(Opening, opening),
                job=work.unit.get(Job, wanted.job),
                terms=terms,
                on=work.on,
                among=work.unit.stream(Offer, F.application == wanted.id),
            )
            work.all_told(made.changed, made.events)
        assert made.offer is not None  # noqa: S101 - it was drafted
        return self._offer_view(made.offer.id)

    def offer_of(self, application: Application | str) -> OfferView | None:
        """Return the view of the offer that an application has, if one is live."""
        id = application if isinstance(application, str) else application.id  # noqa: A001 - the field's own name
        held = _live_offer(self.store, self.store.get(Application, id))
        return None if held is None else self._offer_view(held.id)

    def pipeline(self, job: Job | str) -> PipelineView:
        """Return the view of a job's pipeline as it is now; raise NotFound."""
        held = self.store.get(Job, job if isinstance(job, str) else job.id)
        return PipelineView(
            job=held, pipeline=self.store.get(Pipeline, held.pipeline), store=self.store, clock=self.clock
        )

    def _stepped(
        self,
        application: Application | str,
        step: Callable[[Application, Occasion], tuple[Application, Event]],
        actor: str,
        note: str,
        at: datetime | None,
    ) -> Application:
        with self._work(actor, note, at) as work:
            changed = work.told(step(work.read(Application, application), work.on))
            _settle(work, changed)
            return changed

    def _offer_view(self, id: str) -> OfferView:  # noqa: A002 - the field's own name
        return OfferView(id=id, store=self.store, clock=self.clock, new_id=self.new_id)

    def _work(self, actor: str, reason: str, at: datetime | None) -> AbstractContextManager[Work]:
        return at_work(self.store, clock=self.clock, new_id=self.new_id, actor=actor, reason=reason, at=at)


def _settle(work: Work, application: Application) -> None:
    """End the offer of an application that has ended, and free its seat."""
    offer = _live_offer(work.unit, application)
    if offer is not None:
        seat = work.unit.get(Opening, offer.opening)
        made = offering.settle(offer, opening=seat, application=application, on=work.next())
        work.all_told(made.changed, made.events)


def _live_offer(reader: Reader, application: Application) -> Offer | None:
    """Return the offer that an application has, if one is live: at most one is."""
    return next((each for each in reader.stream(Offer, F.application == application.id) if each.is_live), None)


def _entrant(unit: UnitOfWork, application: Application, stage: str) -> Entrant:
    """Return what the guards and the capacity of a stage are judged by."""

    def holds(asks: Expression) -> bool:
        return unit.count(Application, (F.id == application.id) & asks) == 1

    others = (F.job == application.job) & (F.stage == stage) & (F.status == Status.ACTIVE.value)
    return Entrant(holds=holds, inside=unit.count(Application, others))


def _seat(work: Work, application: Application) -> Opening:
    """Return the seat that the application has, else the first open one of its job; an evergreen job has one more."""
    seats = list(work.unit.stream(Opening, F.job == application.job))
    mine = [seat for seat in seats if seat.holder == application.id]
    free = [seat for seat in seats if seat.status is OpeningStatus.OPEN]
    if mine or free:
        return (mine or free)[0]
    if work.unit.get(Job, application.job).is_evergreen:
        return work.told(Opening(id=work.new_id(), job=application.job).open(on=work.next()))
    raise LawBroken(f"job {application.job!r} has no open seat: {_told(seats)}")


def _told(seats: list[Opening]) -> str:
    counts = {status.value: sum(seat.status is status for seat in seats) for status in OpeningStatus}
    return ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "it has none at all"
