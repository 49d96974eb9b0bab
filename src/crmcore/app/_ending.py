"""Applications that end: their offers end with them, and what is still to be held for them is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.app._seats import live_offer
from crmcore.hiring import offering
from crmcore.model.hiring import Application, Interview, InterviewStatus, Opening
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import JsonValue

    from crmcore.app._work import Work
    from crmcore.model.events import Event
    from crmcore.ports import Reader

__all__ = ["naming_interviews", "settle", "write_end"]


def write_end(work: Work, ended: tuple[Application, Event]) -> Application:
    """Write an application that has ended, with an event that names its interviews, and end its offer."""
    application, event = ended
    (event,) = naming_interviews(work.unit, [event])
    changed = work.told((application, event))
    settle(work, changed)
    return changed


def settle(work: Work, application: Application) -> None:
    """End the offer of an application that has ended, and free its seat."""
    offer = live_offer(work.unit, application)
    if offer is not None:
        seat = work.unit.get(Opening, offer.opening)
        made = offering.settle(offer, opening=seat, application=application, on=work.next())
        work.all_told(made.changed, made.events)


def naming_interviews(reader: Reader, events: Iterable[Event]) -> tuple[Event, ...]:
    """Return events of applications that end, each with the interviews that somebody has to call off, or hold."""
    told = tuple(events)
    scheduled = _scheduled(reader, (event.subject_id for event in told if event.subject_kind == Application.kind))
    return tuple(
        event.evolve(data={**event.data, "interviews": scheduled[event.subject_id]})
        if event.subject_kind == Application.kind and event.subject_id in scheduled
        else event
        for event in told
    )


def _scheduled(reader: Reader, applications: Iterable[str]) -> dict[str, list[JsonValue]]:
    """Return the ids of the interviews that are still to be held, by the applications that have some."""
    ids = sorted(set(applications))
    found: dict[str, list[JsonValue]] = {}
    if ids:
        scheduled = F.application.in_(ids) & (F.status == InterviewStatus.SCHEDULED.value)
        for interview in sorted(reader.stream(Interview, scheduled), key=lambda one: (one.starts_at, one.id)):
            found.setdefault(interview.application, []).append(interview.id)
    return found
