"""What the clocks of a zone did in a span of time: from when to when they were so far from UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from crmcore.query.moments import zone_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.hiring.slots.hours import WorkingHours

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = EPOCH.date().toordinal()
DAY = 86_400
LOOK_EVERY = 36 * 3_600
"""Seconds between two looks at a clock. The IANA database has no two changes within 95 hours since 1900."""


def seconds(instant: datetime) -> int:
    """Return the seconds since 1970 of an aware instant, a part of one left out."""
    return (instant - EPOCH) // timedelta(seconds=1)


def regimes(zone: str, first: int, last: int) -> list[tuple[int, int, int]]:
    """Return (from, to, offset) in seconds, one after the other, from one instant to another."""
    years = range((EPOCH + timedelta(seconds=first)).year, (EPOCH + timedelta(seconds=last)).year + 1)
    changes = [change for year in years for change in _changes(zone, year)]
    found = []
    for place, (at, offset) in enumerate(changes):
        until = changes[place + 1][0] if place + 1 < len(changes) else last
        if max(at, first) < min(until, last):
            found.append((max(at, first), min(until, last), offset))
    return found


@lru_cache(maxsize=2_000)
def _changes(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """Return (instant, offset from then on): the start of a year in UTC, and each change during it."""
    end = seconds(datetime(year + 1, 1, 1, tzinfo=UTC))
    at = seconds(datetime(year, 1, 1, tzinfo=UTC))
    found = [(at, _offset(zone, at))]
    while at < end:
        after = min(at + LOOK_EVERY, end)
        if _offset(zone, after) != found[-1][1] and (change := _first_change(zone, at, after)) < end:
            found.append((change, _offset(zone, change)))
        at = after
    return tuple(found)


def _first_change(zone: str, before: int, after: int) -> int:
    """Return the second at which the offset becomes another one, between two that have different ones."""
    offset = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: str, at: int) -> int:
    offset = (EPOCH + timedelta(seconds=at)).astimezone(zone_named(zone)).utcoffset()
    assert offset is not None  # noqa: S101 - of a zone with rules
    return offset // timedelta(seconds=1)


def stretches(hours: WorkingHours, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield (from, to) in seconds, while the clock shows hours, within a span of time; some may touch or overlap."""
    for since, until, offset in regimes(hours.zone, first, last):
        for day in range((since + offset) // DAY, (until + offset - 1) // DAY + 1):
            midnight = day * DAY - offset
            for start, end in hours.on(date.fromordinal(EPOCH_DAY + day)):
                begins, ends = max(midnight + start * 60, since), min(midnight + end * 60, until)
                if begins < ends:
                    yield begins, ends
