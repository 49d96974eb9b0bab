"""Jobs and applications of a database: each verb is one unit of work, with its events, or nothing at all."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from crmcore.app._pipeline_view import PipelineView
from crmcore.app._segments import Segmenting
from crmcore.errors import LawBroken
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring import Application, Job, JobStatus, Opening, OpeningStatus
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Entrant, Pipeline
from crmcore.model.stage_history import Status
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.record import Record
    from crmcore.ports import UnitOfWork
    from crmcore.query import Expression

__all__ = ["Hiring"]

R = TypeVar("R", bound="Record")


@attrs.frozen(kw_only=True, eq=False)
class Work:
    """One unit of work on hiring: reads, writes and tells, on one occasion."""

    unit: UnitOfWork
    on: Occasion
    new_id: Callable[[], str]

    def read(self, kind: type[R], one: R | str) -> R:
        """Return the record as it was handed in, so that an old copy is refused when it is put, or as it is stored."""
        return self.unit.get(kind, one) if isinstance(one, str) else one

    def told(self, changed: tuple[R, Event]) -> R:
        """Write a change and tell of it."""
        record, event = changed
        self.unit.emit(event)
        return self.unit.put(record)

    def next(self) -> Occasion:
        """Return the occasion for one more event."""
        return attrs.evolve(self.on, event_id=self.new_id())


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
            work.told((ended, event))
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

        The seat is the one that is reserved for the application, else *opening*, else the first that is open.

        Raises:
            IllegalStep: the application has ended.
            LawBroken: no seat is open, or the one that was named is somebody else's.

        """
        with self._work(actor, reason, at) as work:
            held = work.read(Application, application)
            seat = _seat(work, held) if opening is None else work.read(Opening, opening)
            if seat.job != held.job:
                raise LawBroken(f"opening {seat.id!r} belongs to job {seat.job!r}, the application to {held.job!r}")
            hired = held.hire(on=work.on)
            work.told(seat.fill(held.id, on=work.next()))
            return work.told(hired)

    def unhire(
        self, application: Application | str, *, actor: str, reason: str, at: datetime | None = None
    ) -> Application:
        """Note that a hire did not come about after all: the seat is open again, and so is the application."""
        with self._work(actor, reason, at) as work:
            held = work.read(Application, application)
            changed = held.unhire(on=work.on)
            for seat in work.unit.stream(Opening, F.holder == held.id):
                work.told(seat.unfill(on=work.next()))
            return work.told(changed)

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
            return work.told(step(work.read(Application, application), work.on))

    @contextmanager
    def _work(self, actor: str, reason: str, at: datetime | None) -> Iterator[Work]:
        """Begin a unit of work, with the occasion on which it happens."""
        now = self.clock.now()
        on = Occasion(event_id=self.new_id(), at=at or now, actor=actor, recorded_at=now, reason=reason)
        with self.store.unit(actor=actor, reason=reason, occurred_at=at) as unit:
            yield Work(unit=unit, on=on, new_id=self.new_id)


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
