"""Hiring onto a seat: the application and the opening change together, or neither does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.errors import LawBroken
from crmcore.model.hiring.opening import OpeningStatus

if TYPE_CHECKING:
    from crmcore.model.events import Event
    from crmcore.model.hiring.application import Application
    from crmcore.model.hiring.opening import Opening
    from crmcore.model.occasion import Occasion

__all__ = ["hire", "let_go", "unhire"]


def hire(
    application: Application, opening: Opening, *, on: Occasion, seat_event: str
) -> tuple[Application, Opening, tuple[Event, Event]]:
    """Hire an application onto a seat: one that is open, or that is reserved for it.

    Both records are written in one unit of work; the key of the seat, see `Opening.unique_keys`, and the versions of
    both keep two hires for one seat apart, and one hire from two seats.

    Args:
        application: whom.
        opening: the seat, of the same job.
        on: when, by whom and why; its id is that of the application's event.
        seat_event: the id of the opening's event.

    Raises:
        IllegalStep: the application is not active, or the seat not to be had.
        LawBroken: the seat is of another job, or somebody else has it.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.hiring import Application, Opening
    >>> from crmcore.model.occasion import Occasion
    >>> from crmcore.model.pipeline import Pipeline, Stage
    >>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva")
    >>> pipeline = Pipeline(id="p-1", name="Any", stages=[Stage(key="offer", label="Offer", category="offer")])
    >>> ada, _ = Application.begin(id="a-1", contact="c-1", job="j-1", within=pipeline, on=on)
    >>> seat, _ = Opening(id="o-1", job="j-1").open(on=on)
    >>> ada, seat, told = hire(ada, seat, on=on, seat_event="e-2")
    >>> ada.status.value, seat.status.value, [event.type for event in told]
    ('hired', 'filled', ['application.hired', 'opening.filled'])
    """
    _check_one_job(application, opening)
    hired, first = application.hire(on=on)
    filled, second = opening.fill(application.id, on=attrs.evolve(on, event_id=seat_event))
    return hired, filled, (first, second)


def unhire(
    application: Application, opening: Opening, *, on: Occasion, seat_event: str
) -> tuple[Application, Opening, tuple[Event, Event]]:
    """Undo a hire that did not come about: the application is active again, and its seat open.

    Raises:
        IllegalStep: the application was not hired then, or the seat not filled.
        LawBroken: the seat is of another job, or was filled by somebody else.

    """
    _check_one_job(application, opening)
    active, first = application.unhire(on=on)
    _check_held(application, opening, on=on, status=OpeningStatus.FILLED)
    freed, second = opening.unfill(on=attrs.evolve(on, event_id=seat_event))
    return active, freed, (first, second)


def let_go(
    application: Application,
    opening: Opening,
    *,
    reason: str,
    on: Occasion,
    seat_event: str,
    by_us: bool = True,
) -> tuple[Application, Opening, tuple[Event, Event]]:
    """Reject an application that a seat is reserved for, or note its withdrawal, and release the seat.

    Raises:
        IllegalStep: the application was not active then, or the seat not reserved.
        LawBroken: the seat is of another job, or reserved for somebody else.

    """
    _check_one_job(application, opening)
    ended, first = application.reject(reason, on=on) if by_us else application.withdraw(reason, on=on)
    _check_held(application, opening, on=on, status=OpeningStatus.RESERVED)
    freed, second = opening.release(on=attrs.evolve(on, event_id=seat_event))
    return ended, freed, (first, second)


def _check_one_job(application: Application, opening: Opening) -> None:
    if application.job != opening.job:
        raise LawBroken(
            f"opening {opening.id!r} is a seat of job {opening.job!r}, and application {application.id!r} is for job "
            f"{application.job!r}; take a seat of that job, or transfer the application"
        )


def _check_held(application: Application, opening: Opening, *, on: Occasion, status: OpeningStatus) -> None:
    before = [entry for entry in opening.ledger if entry.occurred_at <= on.at]
    holder = before[-1].application if before else None
    if holder is not None and opening.was(on.at) is status and holder != application.id:
        how = "filled by" if status is OpeningStatus.FILLED else "reserved for"
        raise LawBroken(f"opening {opening.id!r} was {how} application {holder!r}, not {application.id!r}")
