"""What has happened since memberships were last looked at, in steps that are true at one instant each."""

from __future__ import annotations

from heapq import merge
from itertools import groupby
from typing import TYPE_CHECKING

import attrs

from crmcore.model.segment import Segment, SegmentBuild, SegmentWatermark, Standing
from crmcore.stored import StoredChange, StoredEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from crmcore.ports import History

__all__ = ["ACTOR", "BOOKS", "Step", "steps"]

ACTOR = "segments"
"""Who writes memberships down."""

BOOKS = frozenset(cls.kind for cls in (Segment, SegmentBuild, SegmentWatermark, Standing))
"""The kinds that segments are kept by; nobody's membership hangs on them."""
STEP = 500
"""Changes and events of one step, at most."""


@attrs.frozen(kw_only=True)
class Step:
    """Changes and events that the store learned of at one instant.

    Attributes:
        at: the instant.
        changes, events: those that may concern somebody.
        change, event, unit: up to which numbers everything is taken in with them.
        size: how many there were, with those that concern nobody.
        is_echo: whether all of it was told by segments themselves.
        is_last: whether nothing is known to come after.

    """

    at: datetime
    changes: tuple[StoredChange, ...]
    events: tuple[StoredEvent, ...]
    change: int
    event: int
    unit: int
    size: int
    is_echo: bool
    is_last: bool = False


def steps(history: History, *, change: int, event: int) -> Iterator[Step]:
    """Yield what came after those numbers, in order."""
    told = _told(history, change=change, event=event)
    held: Step | None = None
    for at, group in groupby(told, key=lambda one: one.unit.recorded_at):
        for part in _parts(group):
            changes = tuple(one for one in part if isinstance(one, StoredChange))
            events = tuple(one for one in part if isinstance(one, StoredEvent))
            change = changes[-1].seq if changes else change
            event = events[-1].seq if events else event
            if held is not None:
                yield held
            held = Step(
                at=at,
                changes=tuple(one for one in changes if one.kind not in BOOKS),
                events=events,
                change=change,
                event=event,
                unit=part[-1].unit.number,
                size=len(part),
                is_echo=all(one.unit.actor == ACTOR for one in part),
            )
    if held is not None:
        yield attrs.evolve(held, is_last=True)


def _told(history: History, *, change: int, event: int) -> Iterator[StoredChange | StoredEvent]:
    """Yield changes and events together, those of one unit side by side."""
    changes: Iterator[StoredChange | StoredEvent] = history.changes(after=change)
    events: Iterator[StoredChange | StoredEvent] = history.events(after=event)
    return merge(changes, events, key=lambda one: one.unit.number)


def _parts(group: Iterator[StoredChange | StoredEvent]) -> Iterator[list[StoredChange | StoredEvent]]:
    part: list[StoredChange | StoredEvent] = []
    for one in group:
        part.append(one)
        if len(part) == STEP:
            yield part
            part = []
    if part:
        yield part
