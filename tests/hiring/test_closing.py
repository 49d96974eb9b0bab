"""Closing a job: what hangs on it is closed with it, and nobody who has an offer is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from crmcore.errors import IllegalStep, LawBroken
from crmcore.hiring.closing import close
from crmcore.model.hiring import Job, JobStatus, Opening, OpeningStatus, Posting, PostingStatus
from crmcore.model.occasion import Occasion

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def on(day: float) -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor="eva", reason="budget")


JOB = Job(id="j-1", title="Engineer", pipeline="p-1").step("open", on=on(0))[0]


def seat(number: int, job: str = "j-1") -> Opening:
    """Return an open seat."""
    return Opening(id=f"o-{number}", job=job).open(on=on(0))[0]


def closed(job: Job = JOB, **more: object):
    """Return what closing a job changes."""
    numbers = count()
    return close(job, **{"openings": (), "new_id": lambda: f"n-{next(numbers)}", "on": on(5), **more})


def test_open_seats_and_live_postings_are_closed_with_it():
    """With reasons of their own where they have them; what is filled, closed or another job's stays."""
    posting = Posting(id="x-1", job="j-1", title="E")
    live, _ = posting.publish(job=JOB, on=on(1))
    filled, _ = seat(3).fill("a-1", on=on(1))
    given_up, _ = seat(4).close(on=on(1))
    seats = [seat(2), seat(1), filled, given_up, seat(5, "j-2")]
    done = closed(openings=seats, postings=[live, posting.evolve(id="x-2")], reasons={"o-2": "merged"})

    assert JobStatus.CLOSED is done.job.status
    assert [("o-1", "budget"), ("o-2", "merged")] == [(each.id, each.close_reason) for each in done.openings]
    assert [("x-1", PostingStatus.DOWN)] == [(each.id, each.status) for each in done.postings]
    assert ["job.closed", "opening.closed", "opening.closed", "posting.unpublished"] == [e.type for e in done.events]
    assert 4 == len({event.id for event in done.events}) == len(done.records)
    assert "<Closed job 'Engineer' (j-1): 2 openings closed, 1 postings taken down, 4 events>" == repr(done)
    assert {OpeningStatus.CLOSED} == {each.status for each in done.openings}


def test_a_seat_with_an_offer_keeps_it_open():
    """The error names who has it."""
    reserved, _ = seat(1).reserve("a-7", on=on(1))

    with pytest.raises(LawBroken, match="reserved: 'o-1' for application 'a-7'; take those offers back first"):
        closed(openings=[reserved, seat(2)])
    assert JobStatus.CLOSED is closed(openings=[reserved.evolve(job="j-2")]).job.status


def test_what_is_closed_is_not_closed_again():
    """Nor its seats."""
    with pytest.raises(IllegalStep, match="what is closed cannot close"):
        closed(closed().job, openings=[seat(1)])
