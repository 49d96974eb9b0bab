"""Closing a job with what hangs on it: its seats that nobody has, and its postings.

Filled seats stay as they are. A seat that is reserved keeps the job from being closed: somebody has an offer for it,
which is taken back first. Applications are not touched; reject or move those that are active.

>>> from datetime import UTC, datetime
>>> from crmcore.model import Occasion
>>> from crmcore.model.hiring import Job, Opening
>>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva", reason="budget")
>>> job, _ = Job(id="j-1", title="Engineer", pipeline="p-1").step("open", on=on)
>>> seats = [Opening(id=f"o-{number}", job="j-1").open(on=on)[0] for number in (1, 2)]
>>> closed = close(job, openings=seats, new_id=iter(["e-2", "e-3"]).__next__, on=on)
>>> closed
<Closed job 'Engineer' (j-1): 2 openings closed, 0 postings taken down, 3 events>
>>> closed.job.close_reason, [seat.close_reason for seat in closed.openings]
('budget', ['budget', 'budget'])
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore._given import one, several
from crmcore.errors import LawBroken
from crmcore.model.hiring import Job, Opening, Posting
from crmcore.model.hiring.opening import OpeningStatus
from crmcore.model.hiring.posting import PostingStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion
    from crmcore.model.record import Record

__all__ = ["Closed", "close"]


@attrs.frozen(kw_only=True, repr=False)
class Closed:
    """What closing a job changes; put all of it into one unit of work.

    Attributes:
        job: closed.
        openings: those that were closed with it.
        postings: those that were unpublished with it; boards are told by the next `crmcore.hiring.publishing.due`.
        events: what tells of all this.

    """

    job: Job
    openings: tuple[Opening, ...]
    postings: tuple[Posting, ...]
    events: tuple[Event, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        """All of it."""
        return self.job, *self.openings, *self.postings

    def __repr__(self) -> str:
        return (
            f"<Closed job {self.job.title!r} ({self.job.id}): {len(self.openings)} openings closed, "
            f"{len(self.postings)} postings taken down, {len(self.events)} events>"
        )


def close(
    job: Job,
    *,
    openings: Iterable[Opening],
    postings: Iterable[Posting] = (),
    new_id: Callable[[], str],
    on: Occasion,
    reasons: Mapping[str, str] | None = None,
) -> Closed:
    """Close a job, its open seats and its live postings; `on.reason` says why.

    Args:
        job: open or on hold.
        openings, postings: all there are of it; those of other jobs are passed over.
        new_id: makes the ids of the events but that of the job.
        on: when, by whom and why.
        reasons: the ids of openings -> why they are closed, where that is another reason.

    Raises:
        IllegalStep: the job cannot be closed in its state.
        LawBroken: a seat is reserved.

    """
    job = one(job, Job, "job")
    openings = several(openings, Opening, "openings")
    postings = several(postings, Posting, "postings")
    mine = sorted((each for each in openings if each.job == job.id), key=lambda each: each.id)
    if reserved := [each for each in mine if each.status is OpeningStatus.RESERVED]:
        held = ", ".join(f"{each.id!r} for application {each.holder!r}" for each in reserved)
        raise LawBroken(f"job {job.id!r} has seats that are reserved: {held}; take those offers back first")
    closed, told = job.step("close", on=on)
    events = [told]
    seats: list[Opening] = []
    for seat in mine:
        if seat.status is OpeningStatus.OPEN:
            why = (reasons or {}).get(seat.id, on.reason)
            given_up, told = seat.close(on=attrs.evolve(on, event_id=new_id(), reason=why), with_job=True)
            seats.append(given_up)
            events.append(told)
    shown: list[Posting] = []
    for posting in sorted(postings, key=lambda each: each.id):
        if posting.job == job.id and posting.status is PostingStatus.LIVE:
            taken_down, told = posting.unpublish(on=attrs.evolve(on, event_id=new_id()))
            shown.append(taken_down)
            events.append(told)
    return Closed(job=closed, openings=tuple(seats), postings=tuple(shown), events=tuple(events))
