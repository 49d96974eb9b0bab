"""Who belongs to a segment, since when and why; who did at a date; and what has changed since a cursor."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

import attrs

from crmcore.model.segment import Cause, Standing
from crmcore.query import F
from crmcore.query.moments import in_utc
from crmcore.segments._feed import ACTOR
from crmcore.segments._ledger import ENTERED, LEFT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from crmcore.ports import History, Reader, Store

__all__ = ["SegmentChange", "members", "members_as_of", "segment_changes", "segments_of", "standings"]


def standings(reader: Reader, segment: str) -> Iterator[Standing]:
    """Yield all that is known of a segment's members, former ones and those with a timer too, by record."""
    prefix = f"{segment}/"
    return takewhile(lambda one: one.id.startswith(prefix), reader.stream(Standing, after=prefix))


def members(reader: Reader, segment: str) -> Iterator[Standing]:
    """Yield the members of a segment as they were last followed."""
    return (one for one in standings(reader, segment) if one.is_member)


def segments_of(reader: Reader, record: str, *, kind: str = "contact") -> list[Standing]:
    """Return to which segments a record belongs, by their keys."""
    found: list[Standing] = []
    after = None
    while True:
        asks = (F.record == record) & (F.of == kind) & (F.is_member == True)  # noqa: E712
        page = reader.find(Standing, asks, limit=1_000, after=after)
        found += page
        if (after := page.next) is None:
            return found


def members_as_of(store: Store, segment: str, at: datetime, *, in_hindsight: bool = False) -> Iterator[Standing]:
    """Yield who belonged to a segment at an instant.

    Args:
        store: where it is kept.
        segment: its key.
        at: aware.
        in_hindsight: False: who was known to belong to it then. True: who did, by all that is known now: memberships
            begin and end when that became true, however late they were followed.

    """
    at = in_utc(at)
    if not in_hindsight:
        yield from members(store.history.as_of(at), segment)
        return
    for one in standings(store, segment):
        held: Standing | None = one
        if one.since > at:
            earlier = [version.record for version in store.history.versions(Standing, one.id)]
            held = next((then for then in reversed(earlier) if then is not None and then.since <= at), None)
        if held is not None and held.is_member:
            yield held


@attrs.frozen(kw_only=True)
class SegmentChange:
    """That a record entered a segment, or left it.

    Attributes:
        cursor: hand it back to go on after this one.
        segment: the key.
        kind, record: who.
        entered: whether it entered; else it left.
        cause: why.
        at: when it became so, in the world.
        recorded_at: when it was found out.
        unit: the number of the unit of work that brought it about; None for time and definitions.
        segment_version: the version of the segment by which it was judged.

    """

    cursor: int
    segment: str
    kind: str
    record: str
    entered: bool
    cause: Cause
    at: datetime
    recorded_at: datetime
    unit: int | None
    segment_version: int


def segment_changes(history: History, *, since: int = 0, segment: str | None = None) -> Iterator[SegmentChange]:
    """Yield who entered and who left past a cursor, in the order in which it was told; each exactly once.

    Those of a person who was erased are not told any more: nobody can say which segment it was.
    """
    for stored in history.events(after=since):
        event = stored.event
        if event.type not in {ENTERED, LEFT} or not event.data or stored.unit.actor != ACTOR:
            continue  # whoever else tells such a thing tells nothing about memberships
        if segment is not None and event.data["segment"] != segment:
            continue
        unit = event.data["unit"]
        yield SegmentChange(
            cursor=stored.seq,
            segment=str(event.data["segment"]),
            kind=event.subject_kind,
            record=event.subject_id,
            entered=event.type == ENTERED,
            cause=Cause(str(event.data["cause"])),
            at=event.occurred_at,
            recorded_at=stored.unit.recorded_at,
            unit=unit if isinstance(unit, int) else None,
            segment_version=int(str(event.data["version"])),
        )
