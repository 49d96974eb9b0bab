"""Seats of a job that is there already: more of them, and those of a job that is taken up again.

Seats that take the leave of a requisition are never more than it has room for, however they come to be open. Closing a
job closes its open seats; reopening it takes up again those that were closed with it, or as many as are asked for.

>>> from datetime import UTC, datetime
>>> from itertools import count
>>> from crmcore.hiring.closing import close
>>> from crmcore.model import Occasion
>>> from crmcore.model.hiring import Job
>>> numbers = count(1)
>>> def new_id():
...     return f"id-{next(numbers)}"
>>> def on(day):
...     return Occasion(event_id=new_id(), at=datetime(2026, 3, day, tzinfo=UTC), actor="eva")
>>> job, _ = Job(id="j-1", title="Engineer", pipeline="p-1").step("open", on=on(1))
>>> grown = add_openings(job, 2, new_id=new_id, on=on(2))
>>> grown
<Seated job 'Engineer' (j-1, open): 2 openings, 2 events>
>>> closed = close(grown.job, openings=grown.openings, new_id=new_id, on=on(5))
>>> again = reopen(closed.job, openings=closed.openings, new_id=new_id, on=on(9))
>>> [seat.status.value for seat in again.openings], [event.type for event in again.events]
(['open', 'open'], ['job.reopened', 'opening.reopened', 'opening.reopened'])
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore._given import one, one_or_none, several
from crmcore.errors import InputError, LawBroken
from crmcore.model.hiring import Job, Offer, Requisition
from crmcore.model.hiring.job import JOBS, JobStatus, JobVerb
from crmcore.model.hiring.opening import Opening, OpeningStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion
    from crmcore.model.record import Record

__all__ = ["Seated", "add_openings", "close_opening", "reopen", "reopen_opening"]

MOST_OPENINGS = 1_000


@attrs.frozen(kw_only=True, repr=False)
class Seated:
    """What a verb on the seats of a job changes; put all of it into one unit of work.

    Attributes:
        job: as it is now.
        openings: those that were opened, or reopened.
        events: what tells of all this.

    """

    job: Job
    openings: tuple[Opening, ...]
    events: tuple[Event, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        """All of it."""
        return self.job, *self.openings

    def __repr__(self) -> str:
        return (
            f"<Seated job {self.job.title!r} ({self.job.id}, {self.job.status.value}): "
            f"{len(self.openings)} openings, {len(self.events)} events>"
        )


def add_openings(
    job: Job,
    number: int,
    *,
    new_id: Callable[[], str],
    on: Occasion,
    requisition: Requisition | None = None,
    seats: Iterable[Opening] = (),
) -> Seated:
    """Open more seats of a job.

    Args:
        job: which is not closed.
        number: how many.
        new_id: makes ids: of the seats, then of their events.
        on: when, by whom and why.
        requisition: whose leave they take: the job's; None where it has none.
        seats: all openings of that requisition that there are.

    Raises:
        InputError: a number of seats that is none; or it is not said which of the job's requisitions gives leave.
        IllegalStep: the job is closed; or the requisition is not open.
        LawBroken: the requisition has no room; the job is a template, or evergreen.

    """
    job = one(job, Job, "job")
    requisition = one_or_none(requisition, Requisition, "requisition")
    seats = several(seats, Opening, "seats")
    check_number(number)
    _check_leave(job, requisition)
    if job.status is JobStatus.CLOSED:
        raise JOBS.refusal(job.status, JobVerb.OPEN, why=f"job {job.id!r} is closed; reopen it with its seats")
    if job.is_template or job.is_evergreen:
        why = "is a template; copy it" if job.is_template else "is evergreen: its seats come with its hires"
        raise LawBroken(f"job {job.id!r} {why}")
    if requisition is not None:
        requisition.check_room(seats, more=number)
    opened = opened_seats(number, job=job, requisition=requisition, known=seats, new_id=new_id, on=on)
    return Seated(
        job=job,
        openings=tuple(seat for seat, _ in opened),
        events=tuple(event.evolve(id=new_id()) for _, event in opened),
    )


def close_opening(opening: Opening, *, offers: Iterable[Offer], on: Occasion) -> tuple[Opening, Event]:
    """Give up a seat that nobody has and no offer is for; `on.reason` says why.

    Args:
        opening: the seat.
        offers: all there are for it; one that is not sent yet would wait for a seat that is gone.
        on: when, by whom and why.

    Raises:
        IllegalStep: somebody has it, or it is closed already.
        LawBroken: an offer that is not sent yet is for it.

    """
    opening = one(opening, Opening, "opening")
    closed = opening.close(on=on)
    waiting = [each for each in several(offers, Offer, "offers") if each.opening == opening.id and each.is_live]
    if waiting:
        named = ", ".join(f"{each.id!r} for application {each.application!r}" for each in waiting)
        raise LawBroken(f"opening {opening.id!r} is what is offered by {named}; discard it, or seat it elsewhere")
    return closed


def reopen_opening(
    opening: Opening,
    *,
    job: Job,
    on: Occasion,
    requisition: Requisition | None = None,
    seats: Iterable[Opening] = (),
) -> tuple[Opening, Event]:
    """Take up again a seat that was closed, by the leave of its requisition where it took one.

    Raises:
        InputError: the job, or the requisition, is not that of the seat.
        IllegalStep: the seat is not closed, or the job is; or the requisition is not open.
        LawBroken: the requisition has no room.

    """
    opening, job = one(opening, Opening, "opening"), one(job, Job, "job")
    requisition = one_or_none(requisition, Requisition, "requisition")
    if opening.job != job.id:
        raise InputError(f"opening {opening.id!r} is a seat of job {opening.job!r}, not of {job.id!r}")
    if opening.requisition != (requisition.id if requisition else None):
        raise InputError(f"opening {opening.id!r} takes the leave of requisition {opening.requisition!r}; hand it in")
    if job.status is JobStatus.CLOSED:
        raise JOBS.refusal(job.status, JobVerb.OPEN, why=f"job {job.id!r} is closed; reopen it with its seats")
    return opening.reopen(on=on) if requisition is None else requisition.open_seat(opening, openings=seats, on=on)


def reopen(
    job: Job,
    number: int | None = None,
    *,
    openings: Iterable[Opening],
    new_id: Callable[[], str],
    on: Occasion,
    requisitions: Mapping[str, Requisition] | None = None,
    seats: Iterable[Opening] = (),
) -> Seated:
    """Reopen a job with seats.

    Args:
        job: which is closed.
        number: how many seats are open again: those that were closed last come first, and what they do not make up is
            opened anew; None for those that were closed with the job.
        openings: all there are of the job.
        new_id: makes ids.
        on: when, by whom and why.
        requisitions: by their ids those whose leave the seats take.
        seats: all openings of these requisitions that there are.

    Raises:
        IllegalStep: the job is not closed, or a requisition is not open.
        InputError, LawBroken: as `add_openings` does.

    """
    job = one(job, Job, "job")
    openings = several(openings, Opening, "openings")
    if number is not None:
        check_number(number, least=0, none=", or None for those that were closed with the job")
    closed = [each for each in openings if each.job == job.id and each.status is OpeningStatus.CLOSED]
    last = sorted(closed, key=_closed_last, reverse=True)
    chosen = last[:number] if number is not None else [each for each in last if _closed_with(job, each)]
    taken_up = sorted(chosen, key=lambda each: (each.opened_at, each.id))
    reopened, told = job.step(JobVerb.REOPEN, on=on)
    leaves = requisitions or {}
    known = {each.id: each for each in seats}
    events = [told]
    for seat in taken_up:
        leave = None if seat.requisition is None else leaves.get(seat.requisition)
        occasion = attrs.evolve(on, event_id=new_id())
        again, told = reopen_opening(seat, job=reopened, on=occasion, requisition=leave, seats=known.values())
        known[again.id] = again
        events.append(told)
    missing = 0 if number is None else number - len(taken_up)
    made = tuple(known[each.id] for each in taken_up)
    if missing:
        leave = leaves.get(reopened.requisitions[0]) if len(reopened.requisitions) == 1 else None
        more = add_openings(reopened, missing, new_id=new_id, on=on, requisition=leave, seats=known.values())
        made, events = (*made, *more.openings), [*events, *more.events]
    return Seated(job=reopened, openings=made, events=tuple(events))


def check_number(number: object, *, least: int = 1, none: str = "") -> None:
    """Refuse what is no number of seats; *none*: what it means to give none, for the error."""
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= MOST_OPENINGS:
        raise InputError(f"openings is a number from {least} to {MOST_OPENINGS}{none}, not {number!r:.50}")


def opened_seats(
    number: int,
    *,
    job: Job,
    requisition: Requisition | None,
    known: Iterable[Opening],
    new_id: Callable[[], str],
    on: Occasion,
) -> list[tuple[Opening, Event]]:
    """Return so many open seats, and their events; these have the id of the occasion still."""
    made: list[tuple[Opening, Event]] = []
    there = list(known)
    for _ in range(number):
        seat = Opening(id=new_id(), job=job.id)
        if requisition is None:
            made.append(seat.open(on=on))
        else:
            replaces = requisition.replaces if requisition.headcount == 1 else None
            made.append(requisition.open_seat(seat.evolve(replaces=replaces), openings=there, on=on))
        there.append(made[-1][0])
    return made


def _check_leave(job: Job, requisition: Requisition | None) -> None:
    """Refuse seats without leave of a job that needs it, and by the leave of another."""
    if requisition is None and not job.requisitions:
        return
    if requisition is None or requisition.id not in job.requisitions:
        told = ", ".join(map(repr, job.requisitions)) or "none"
        given = "without one" if requisition is None else f"by {requisition.id!r}"
        raise InputError(f"job {job.id!r} opens seats by the leave of its requisitions, which are: {told}; not {given}")


def _closed_last(opening: Opening) -> tuple[object, ...]:
    return opening.ledger[-1].occurred_at, opening.ledger[-1].recorded_at, opening.id


def _closed_with(job: Job, opening: Opening) -> bool:
    """Whether it was closed with the job, and when the job was closed last."""
    closed, entry = job.history[-1], opening.ledger[-1]
    return entry.with_job and (closed.occurred_at, closed.recorded_at) == (entry.occurred_at, entry.recorded_at)
