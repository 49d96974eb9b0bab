"""Offers, interviews, hires and the pipeline of a job in a database: each verb is one unit of work, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.app._bulk_moving import BulkMoving
from crmcore.app._diaries import busy_of, interviews_around, known_diary, known_room, panel_of, wall_time
from crmcore.app._ending import naming_interviews
from crmcore.app._interview_view import InterviewView, check_free
from crmcore.app._offer_view import OfferView
from crmcore.app._pipeline_view import PipelineView
from crmcore.app._seats import live_offer, seat_for
from crmcore.app._stage_table import stage_table
from crmcore.app._work import as_input, read, stored
from crmcore.errors import IllegalStep, InputError, LawBroken
from crmcore.hiring import offering
from crmcore.hiring.handover import Hire
from crmcore.hiring.slots import Slot, find_slots
from crmcore.model.channels import primary
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring import Application, Attendee, Interview, InterviewStatus, Job, Offer, Opening
from crmcore.model.pipeline import Pipeline
from crmcore.model.stage_history import Status
from crmcore.model.staged import check_reason
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmcore.hiring.slots import Diary, Pool, Room, Slots
    from crmcore.model.hiring import OfferTerms, Organiser, Panelist, WallTime
    from crmcore.query import Expression
    from crmcore.reports.pipeline import StageTable

__all__ = ["Hiring"]


@attrs.frozen(kw_only=True, eq=False)
class Hiring(BulkMoving):
    """The part of :class:`~crmcore.app.CRM` that interviews, offers and hires.

    Records, `actor`, `reason` and `at` are as for the verbs that move applications.
    """

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

        The seat is that of the offer that was accepted, else *opening*, one of :meth:`openings`, else the first that is
        open; an evergreen job gets one more.

        Raises:
            IllegalStep: the application has ended, or its offer is not accepted yet; or the job is closed.
            LawBroken: no seat is open, or the one that was named is somebody else's.

        """
        with self._work(actor, reason, at) as work:
            held = work.latest(Application, application)
            offer = live_offer(work.unit, held)
            if opening is None:
                seat = seat_for(work, held) if offer is None else work.unit.get(Opening, offer.opening)
            else:
                seat = work.latest(Opening, opening)
            job = work.unit.get(Job, held.job)
            made = offering.hire(application=held, opening=seat, on=work.on, offer=offer, job=job)
            work.all_told(made.changed, naming_interviews(work.unit, made.events))
            return work.unit.get(Application, held.id)

    def hired(self, application: Application | str, **more: Any) -> Hire:
        """Return what an employer's systems need of a hire, see :mod:`crmcore.hiring.handover`.

        Args:
            application: who is hired.
            more: what the organisation adds, such as `employee_number`, `department` or `cost_centre`.

        Raises:
            IllegalStep: the application is not hired.
            InputError: a hire has no such field, or it cannot be so.

        """
        held = stored(self.store, Application, application)
        seats = list(self.store.stream(Opening, F.holder == held.id))
        if not seats:
            why = f"application {held.id!r} has no seat, so it is no hire"
            raise IllegalStep("hand over", status=held.status.value, allowed=(), why=why)
        job = self.store.get(Job, held.job)
        with as_input():
            return Hire.of(held, opening=seats[0], job=job, offer=live_offer(self.store, held), **more)

    def unhire(
        self, application: Application | str, *, actor: str, reason: str, at: datetime | None = None
    ) -> Application:
        """Undo a hire that was noted by mistake, or too early: the application is active again, and the seat is free.

        Who had accepted an offer and does not come: :meth:`OfferView.renege`.

        Raises:
            InputError: no reason is given.
            IllegalStep: the application is not hired.

        """
        check_reason(reason)
        with self._work(actor, reason, at) as work:
            held = work.latest(Application, application)
            seats = list(work.unit.stream(Opening, F.holder == held.id))
            if not seats:
                work.told(held.unhire(on=work.on))
                return work.unit.get(Application, held.id)
            offer = live_offer(work.unit, held)
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
            opening: the seat, one of :meth:`openings`, the first that is open by default; it is reserved when the offer
                is sent.

        Raises:
            IllegalStep: the application has ended, or the job is not open.
            LawBroken: it has a live offer already, or no seat is open.

        """
        with self._work(actor, reason, at) as work:
            wanted = stored(work.unit, Application, application)
            made = offering.draft(
                id=self.new_id(),
                application=wanted,
                opening=seat_for(work, wanted) if opening is None else stored(work.unit, Opening, opening),
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
        held = live_offer(self.store, read(self.store, Application, application))
        return None if held is None else self._offer_view(held.id)

    def schedule(
        self,
        application: Application | str,
        start: WallTime | Slot,
        *,
        panel: Iterable[Panelist],
        organiser: Organiser,
        actor: str,
        minutes: int | None = None,
        title: str = "Interview",
        candidate: Attendee | None = None,
        may_clash: bool = False,
        reason: str = "",
        at: datetime | None = None,
        **more: Any,
    ) -> InterviewView:
        """Schedule an interview.

        Args:
            application: who is interviewed, and for what.
            start: when it begins, on the clock of a place; or a slot, which says how long, who and where as well.
            panel: the interviewers; of a slot, all whom it may name.
            organiser: who invites, and whom the answers go to.
            actor, reason, at: see the class.
            minutes: how long it lasts.
            title: what it is called.
            candidate: how the candidate is invited, by their primary e-mail address by default; who has none is not
                invited, and no message of :meth:`InterviewView.invitations` is for them.
            may_clash: whether somebody, or the room, may be needed elsewhere at that time.
            more: other fields of :class:`~crmcore.model.hiring.Interview`, such as `room` or `video_link`.

        Raises:
            LawBroken: the application has ended; or somebody, or the room, is needed elsewhere at that time.
            InputError: a slot names somebody who is not among the panel; or it is not said how long it lasts.

        """
        if isinstance(start, Slot):
            more, panel = {"room": start.room, **more}, panel_of(start, panel)
            minutes = start.minutes if minutes is None else minutes
            start = start.on_clock_of(start.panel[0])
        if minutes is None:
            raise InputError("how long does it last? Pass minutes")
        with self._work(actor, reason, at) as work:
            held = stored(work.unit, Application, application)
            if held.status is not Status.ACTIVE:
                raise LawBroken(f"application {held.id!r} is {held.status.value}; nobody is interviewed for it")
            scheduled = Interview.schedule(
                id=self.new_id(),
                application=held.id,
                contact=held.contact,
                job=held.job,
                start=wall_time(start),
                minutes=minutes,
                panel=panel,
                organiser=organiser,
                title=title,
                candidate=candidate or _invited(work.unit.get(ContactRecord, held.contact)),
                on=work.on,
                **more,
            )
            if not may_clash:
                check_free(work.unit, scheduled[0])
            made = work.told(scheduled)
        return attrs.evolve(self.interview(made.id), is_told=True)

    def find_slots(
        self,
        *,
        panel: Iterable[Diary | Pool],
        minutes: int,
        within: tuple[datetime, datetime],
        application: Application | str | None = None,
        rooms: Iterable[Room] | None = None,
        **more: Any,
    ) -> Slots:
        """Find when an interview can be held, the best first: with the interviews that are scheduled already.

        Args:
            panel: who holds it: their hours, and what else they have on.
            minutes: how long it lasts.
            within: from when to when it has to lie.
            application: whose it is; they are not in two interviews at once.
            rooms: where it can be held.
            more: as for :func:`crmcore.hiring.slots.find_slots`: `candidate_zone`, `notice`, `limit` and others.

        """
        known = interviews_around(self.store, within)
        if application is not None:
            held = read(self.store, Application, application)
            more = {**more, "candidate_busy": [*more.get("candidate_busy", ()), *busy_of(held.contact, known)]}
        return find_slots(
            panel=[known_diary(each, known) for each in panel],
            minutes=minutes,
            within=within,
            rooms=None if rooms is None else [known_room(room, known) for room in rooms],
            now=self.clock.now(),
            **more,
        )

    def interview(self, id: str) -> InterviewView:  # noqa: A002 - the field's own name
        """Return the view of an interview."""
        return InterviewView(id=id, store=self.store, clock=self.clock, new_id=self.new_id)

    def interviews_of(self, application: Application | str, *, pending: bool = False) -> tuple[InterviewView, ...]:
        """Return the views of an application's interviews, in the order in which they begin.

        An application that ends leaves its interviews as they are, because somebody has to tell those who are invited:
        ``for interview in crm.interviews_of(application, pending=True): interview.cancel(actor=...)``.

        Args:
            application: whose.
            pending: whether only those that are still to be held.

        """
        held = read(self.store, Application, application)
        found = sorted(self.store.stream(Interview, F.application == held.id), key=lambda one: (one.starts_at, one.id))
        return tuple(self.interview(one.id) for one in found if not pending or one.status is InterviewStatus.SCHEDULED)

    def stage_table(self, where: Expression | None = None, *, as_known_at: datetime | None = None) -> StageTable:
        """Return what happened to applications as columns, for measures over many jobs: see `crmcore.reports.pipeline`.

        Args:
            where: which applications; all by default.
            as_known_at: an instant; what was told later is left out.

        """
        return stage_table(self.store, where, as_known_at=as_known_at)

    def pipeline(self, job: Job | str) -> PipelineView:
        """Return the view of a job's pipeline as it is now; raise NotFound."""
        held = self.store.get(Job, read(self.store, Job, job).id)
        return PipelineView(
            job=held, pipeline=self.store.get(Pipeline, held.pipeline), store=self.store, clock=self.clock
        )

    def _offer_view(self, id: str) -> OfferView:  # noqa: A002 - the field's own name
        return OfferView(id=id, store=self.store, clock=self.clock, new_id=self.new_id)


def _invited(contact: ContactRecord) -> Attendee:
    mailbox = primary(contact.emails)
    return Attendee(email=mailbox.normal if mailbox else None, name=contact.name.full)
