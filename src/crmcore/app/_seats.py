"""Whose seat is whose: the offer that an application has, and the seat that it is hired onto."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crmcore.errors import LawBroken
from crmcore.model.hiring import Application, Job, Offer, Opening, OpeningStatus
from crmcore.query import F

if TYPE_CHECKING:
    from crmcore.app._work import Work
    from crmcore.ports import Reader

__all__ = ["live_offer", "seat_for", "seats_of"]


NEVER = datetime.max.replace(tzinfo=UTC)


def live_offer(reader: Reader, application: Application) -> Offer | None:
    """Return the offer that an application has, if one is live: at most one is."""
    return next((each for each in reader.stream(Offer, F.application == application.id) if each.is_live), None)


def seats_of(reader: Reader, job: str) -> tuple[Opening, ...]:
    """Return the seats of a job, in the order in which they were opened first; those that never were come last."""
    return tuple(sorted(reader.stream(Opening, F.job == job), key=lambda seat: (seat.opened_at or NEVER, seat.id)))


def seat_for(work: Work, application: Application) -> Opening:
    """Return the seat that the application has, else the first open one of its job; an evergreen job has one more.

    One that somebody's offer names, though it is not sent yet, comes last, so that two who are offered one of two seats
    do not wait for the same.
    """
    seats = seats_of(work.unit, application.job)
    if mine := [seat for seat in seats if seat.holder == application.id]:
        return mine[0]
    free = [seat for seat in seats if seat.status is OpeningStatus.OPEN]
    named = {offer.opening for offer in work.unit.stream(Offer, F.job == application.job) if offer.is_live}
    if unnamed := [seat for seat in free if seat.id not in named]:
        return unnamed[0]
    if work.unit.get(Job, application.job).is_evergreen:
        return work.told(Opening(id=work.new_id(), job=application.job).open(on=work.next()))
    if free:
        return free[0]
    raise LawBroken(f"job {application.job!r} has no open seat: {_told(seats)}")


def _told(seats: tuple[Opening, ...]) -> str:
    counts = {status.value: sum(seat.status is status for seat in seats) for status in OpeningStatus}
    return ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "it has none at all"
