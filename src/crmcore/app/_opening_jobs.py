"""Jobs of a database and their seats: each verb is one unit of work, with its events, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.app._entering import check_guards
from crmcore.app._seats import seats_of
from crmcore.app._segments import Segmenting
from crmcore.app._work import read
from crmcore.errors import InputError
from crmcore.hiring import seating
from crmcore.hiring.closing import close
from crmcore.hiring.templates import JobTemplate
from crmcore.model.hiring import Job, Offer, Opening, Posting, Requisition
from crmcore.model.hiring.job import JobVerb
from crmcore.model.staged import check_reason
from crmcore.query import F

if TYPE_CHECKING:
    from datetime import datetime

    from crmcore.app._work import Work

__all__ = ["OpeningJobs"]


@attrs.frozen(kw_only=True, eq=False)
class OpeningJobs(Segmenting):
    """The part of :class:`~crmcore.app.CRM` that opens and closes jobs, and seats of them.

    Records, `actor`, `reason` and `at` are as for the verbs that move applications. Seats that take the leave of a
    requisition are never more than it has room for, whichever verb opens them.
    """

    def open_job(
        self,
        template: JobTemplate,
        title: str = "",
        *,
        actor: str,
        openings: int | None = 1,
        reason: str = "",
        at: datetime | None = None,
        **more: Any,
    ) -> Job:
        """Open a job by a template: with a copy of its pipeline, and its seats.

        Args:
            template: one of :mod:`crmcore.hiring.templates`, or one's own.
            title: of the job; of the template's job by default.
            actor, reason, at: see the class.
            openings: how many seats; None for an evergreen job, whose seats come with its hires.
            more: as for :meth:`JobTemplate.open <crmcore.hiring.templates.JobTemplate.open>`: `band`, `team`,
                `requisition` (a record or its id), other fields of the job.

        Raises:
            InputError: the template is none, a field cannot be so, or a guard asks for what there is not.
            LawBroken: the requisition leaves no room for so many seats, or (IllegalStep) is not open.

        """
        if not isinstance(template, JobTemplate):
            raise InputError(f"a template is one of crmcore.hiring.templates, not {type(template).__name__}")
        if given := sorted({"seats", "new_id", "on"} & more.keys()):
            raise InputError(f"{given[0]}: a job gets that by itself; how many seats it has is said by openings")
        with self._work(actor, reason, at) as work:
            if (leave := more.get("requisition")) is not None:
                leave = work.read(Requisition, leave)
                seats = tuple(work.unit.stream(Opening, F.requisition == leave.id))
                more = {**more, "requisition": leave, "seats": seats}
            opened = template.open(title, new_id=self.new_id, on=work.on, openings=openings, **more)
            work.all_told(opened.records, opened.events)
            check_guards(work.unit, opened.pipeline)
            return work.unit.get(Job, opened.job.id)

    def close_job(self, job: Job | str, *, actor: str, reason: str, at: datetime | None = None) -> Job:
        """Close a job with its seats that nobody has and its live postings; applications stay as they are.

        Raises:
            InputError: no reason is given.
            IllegalStep: it cannot be closed in its state.
            LawBroken: a seat is reserved: somebody has an offer for it, which is taken back first.

        """
        check_reason(reason)
        with self._work(actor, reason, at) as work:
            held = work.latest(Job, job)
            closed = close(
                held,
                openings=work.unit.stream(Opening, F.job == held.id),
                postings=work.unit.stream(Posting, F.job == held.id),
                new_id=self.new_id,
                on=work.on,
            )
            work.all_told(closed.records, closed.events)
            return work.unit.get(Job, held.id)

    def reopen_job(
        self,
        job: Job | str,
        openings: int | None = None,
        *,
        actor: str,
        reason: str = "",
        at: datetime | None = None,
    ) -> Job:
        """Take up a closed job again, with seats; its postings stay down until they are published again.

        Args:
            job: which.
            openings: how many seats are open again: those that were closed last, and if these are too few, new ones;
                by default those that were closed with the job.
            actor, reason, at: see the class.

        Raises:
            IllegalStep: it is not closed, or a requisition whose leave the seats take is not open.
            LawBroken: a requisition has no room for so many; ask for fewer.

        """
        with self._work(actor, reason, at) as work:
            held = work.latest(Job, job)
            own = tuple(work.unit.stream(Opening, F.job == held.id))
            leaves, seats = _leaves(work, *held.requisitions, *(seat.requisition for seat in own))
            made = seating.reopen(
                held, openings, openings=own, requisitions=leaves, seats=seats, new_id=self.new_id, on=work.on
            )
            work.all_told(made.records, made.events)
            return work.unit.get(Job, held.id)

    def step_job(
        self, job: Job | str, verb: JobVerb | str, *, actor: str, reason: str = "", at: datetime | None = None
    ) -> Job:
        """Hold a job, resume, close or reopen it; raise IllegalStep with what can be done instead.

        To `close` is :meth:`close_job`, which needs a reason, to `reopen` is :meth:`reopen_job`: its seats go with it.
        """
        if verb == JobVerb.CLOSE:
            return self.close_job(job, actor=actor, reason=reason, at=at)
        if verb == JobVerb.REOPEN:
            return self.reopen_job(job, actor=actor, reason=reason, at=at)
        with self._work(actor, reason, at) as work:
            return work.told(work.latest(Job, job).step(verb, on=work.on))

    def openings(self, job: Job | str) -> tuple[Opening, ...]:
        """Return the seats of a job, in the order in which they were opened first; raise NotFound."""
        held = self.store.get(Job, read(self.store, Job, job).id)
        return seats_of(self.store, held.id)

    def add_openings(
        self,
        job: Job | str,
        number: int = 1,
        *,
        actor: str,
        requisition: Requisition | str | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> tuple[Opening, ...]:
        """Open more seats of a job, and return them.

        Args:
            job: which is not closed.
            number: how many.
            actor, reason, at: see the class.
            requisition: whose leave they take, where the job has several.

        Raises:
            InputError: a number that is none; the job has several requisitions, or not that one.
            IllegalStep: the job is closed, or the requisition is not open.
            LawBroken: the requisition has no room for so many; the job is evergreen.

        """
        with self._work(actor, reason, at) as work:
            held = work.unit.get(Job, work.read(Job, job).id)
            one = held.requisitions[0] if len(held.requisitions) == 1 else None
            leave = one if requisition is None else work.read(Requisition, requisition).id
            leaves, seats = _leaves(work, leave)
            made = seating.add_openings(
                held,
                number,
                requisition=None if leave is None else leaves[leave],
                seats=seats,
                new_id=self.new_id,
                on=work.on,
            )
            work.all_told(made.openings, made.events)
            return tuple(work.unit.get(Opening, seat.id) for seat in made.openings)

    def close_opening(self, opening: Opening | str, *, reason: str, actor: str, at: datetime | None = None) -> Opening:
        """Give up a seat that nobody has; its job goes on with the others.

        Raises:
            InputError: no reason is given.
            IllegalStep: somebody has it: take their offer back first; or it is closed already.
            LawBroken: an offer that is not sent yet is for it: discard it, or seat it elsewhere.

        """
        check_reason(reason)
        with self._work(actor, reason, at) as work:
            held = work.latest(Opening, opening)
            offers = work.unit.stream(Offer, F.opening == held.id)
            return work.told(seating.close_opening(held, offers=offers, on=work.on))

    def reopen_opening(
        self, opening: Opening | str, *, actor: str, reason: str = "", at: datetime | None = None
    ) -> Opening:
        """Take up again a seat that was closed, if its requisition has room for it still.

        Raises:
            IllegalStep: it is not closed, or its job is; or its requisition is not open.
            LawBroken: the requisition has no room.

        """
        with self._work(actor, reason, at) as work:
            held = work.latest(Opening, opening)
            leaves, seats = _leaves(work, held.requisition)
            leave = None if held.requisition is None else leaves[held.requisition]
            job = work.unit.get(Job, held.job)
            return work.told(seating.reopen_opening(held, job=job, requisition=leave, seats=seats, on=work.on))


def _leaves(work: Work, *ids: str | None) -> tuple[dict[str, Requisition], tuple[Opening, ...]]:
    """Return requisitions by their ids, and all seats that took the leave of any of them."""
    known = {id_: work.unit.get(Requisition, id_) for id_ in sorted({id_ for id_ in ids if id_ is not None})}
    return known, tuple(work.unit.stream(Opening, F.requisition.in_(list(known)))) if known else ()
