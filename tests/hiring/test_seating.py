"""Seats of a job that is there already: more of them, and those of a job that is taken up again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from crmcore.errors import IllegalStep, InputError, LawBroken
from crmcore.hiring.closing import close
from crmcore.hiring.seating import add_openings, reopen, reopen_opening
from crmcore.model.hiring import ApprovalFlow, Job, Opening, Requisition
from crmcore.model.occasion import Occasion

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
NUMBERS = count(1)


def new_id() -> str:
    """Return an id that nothing has."""
    return f"n-{next(NUMBERS)}"


def on(day: float) -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=new_id(), at=BEGIN + timedelta(days=day), actor="eva", reason="growth")


def leave(id_: str = "r-1", headcount: int = 2) -> Requisition:
    """Return an open requisition."""
    asked, _ = Requisition(id=id_, title="Engineers", headcount=headcount).draft(on=on(0))
    return asked.submit(ApprovalFlow(), on=on(0))[0].step("open", on=on(0))[0]


def job(**more: object) -> Job:
    """Return an open job."""
    return Job(id="j-1", title="Engineer", pipeline="p-1", **more).step("open", on=on(0))[0]


def test_each_seat_is_told_by_an_event_of_its_own():
    """With ids that no other has, also where a job comes back with old seats and new ones."""
    grown = add_openings(job(), 2, new_id=new_id, on=on(1))
    closed = close(grown.job, openings=grown.openings, new_id=new_id, on=on(2))
    again = reopen(closed.job, 4, openings=closed.openings, new_id=new_id, on=on(3))

    assert ["job.reopened", *["opening.reopened"] * 2, *["opening.opened"] * 2] == [each.type for each in again.events]
    ids = [event.id for made in (grown, closed, again) for event in made.events]
    assert len(ids) == len(set(ids))
    assert {"growth"} == {event.reason for event in again.events}
    assert (5, "open") == (len(again.records), again.job.status.value)


def test_a_seat_that_was_given_up_in_the_instant_in_which_the_job_was_closed_stays_closed():
    """It was not closed with the job, whatever the clocks say; the events tell it too."""
    grown = add_openings(job(), 3, new_id=new_id, on=on(1))
    alone, told = grown.openings[0].close(on=on(5))
    closed = close(grown.job, openings=[alone, *grown.openings[1:]], new_id=new_id, on=on(5))
    again = reopen(closed.job, openings=[alone, *closed.openings], new_id=new_id, on=on(6))

    assert [False, True, True] == [told.data["with_job"], *(each.data["with_job"] for each in closed.events[1:])]
    assert [seat.id for seat in closed.openings] == [seat.id for seat in again.openings]


def test_a_seat_that_an_earlier_closing_took_along_stays_closed():
    """Where the job came back with fewer, and was closed again, only those come back by themselves."""
    grown = add_openings(job(), 2, new_id=new_id, on=on(1))
    closed = close(grown.job, openings=grown.openings, new_id=new_id, on=on(5))
    smaller = reopen(closed.job, 1, openings=closed.openings, new_id=new_id, on=on(6))
    (kept,) = smaller.openings
    seats = [kept, *(seat for seat in closed.openings if seat.id != kept.id)]
    again = close(smaller.job, openings=seats, new_id=new_id, on=on(7))
    back = reopen(again.job, openings=[*again.openings, seats[1]], new_id=new_id, on=on(8))

    assert [kept.id] == [seat.id for seat in back.openings]


def test_those_that_were_closed_last_come_back_first():
    """What was given up before the job was closed stays so, unless more are asked for."""
    grown = add_openings(job(), 3, new_id=new_id, on=on(1))
    early, _ = grown.openings[0].close(on=on(2))
    closed = close(grown.job, openings=(early, *grown.openings[1:]), new_id=new_id, on=on(5))
    all_of_them = (early, *closed.openings)

    by_default = reopen(closed.job, openings=all_of_them, new_id=new_id, on=on(9))
    assert [seat.id for seat in closed.openings] == [seat.id for seat in by_default.openings]
    assert early.id not in {
        seat.id for seat in reopen(closed.job, 2, openings=all_of_them, new_id=new_id, on=on(9)).openings
    }
    assert early.id in {
        seat.id for seat in reopen(closed.job, 3, openings=all_of_them, new_id=new_id, on=on(9)).openings
    }
    assert () == reopen(closed.job, 0, openings=all_of_them, new_id=new_id, on=on(9)).openings


WRONG = {
    "no leave": (
        lambda: add_openings(job(requisitions=["r-1"]), 1, new_id=new_id, on=on(1)),
        InputError,
        "without one",
    ),
    "another's leave": (
        lambda: add_openings(job(), 1, requisition=leave(), new_id=new_id, on=on(1)),
        InputError,
        "which are: none; not by 'r-1'",
    ),
    "a leave that is over": (
        lambda: add_openings(
            job(requisitions=["r-1"]),
            1,
            requisition=leave().step("close", on=on(1))[0],
            new_id=new_id,
            on=on(2),
        ),
        IllegalStep,
        "closed cannot open seats",
    ),
    "a template": (
        lambda: add_openings(Job(id="t", title="T", pipeline="p", is_template=True), 1, new_id=new_id, on=on(1)),
        LawBroken,
        "is a template; copy it",
    ),
    "another job's seat": (
        lambda: reopen_opening(Opening(id="o", job="j-2").open(on=on(0))[0], job=job(), on=on(1)),
        InputError,
        "is a seat of job 'j-2'",
    ),
    "a seat without its leave": (
        lambda: reopen_opening(
            leave().open_seat(Opening(id="o", job="j-1"), openings=(), on=on(1))[0].close(on=on(2))[0],
            job=job(),
            on=on(3),
        ),
        InputError,
        "takes the leave of requisition 'r-1'; hand it in",
    ),
    "an open job": (lambda: reopen(job(), openings=(), new_id=new_id, on=on(1)), IllegalStep, "open cannot reopen"),
}


@pytest.mark.parametrize(("wrong", "error", "told"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_refused(wrong, error, told):
    """With what is missing, or what can be done instead."""
    with pytest.raises(error, match=told):
        wrong()
