"""Works out when the events of one series take place within a window."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import attrs

from crmcore.hiring.invitations._events import BusyKind, CalendarEvent, Length
from crmcore.hiring.invitations._library import Unread
from crmcore.hiring.invitations._recurring import Budget, repeats
from crmcore.hiring.invitations._zones import Clock, Stamp, Zones

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Taken", "Window", "latest_of", "taken_by"]

_FIRST, _LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001 - wall times
_SLACK = timedelta(hours=26)
"""More than any clock has ever been changed by: a whole day, on islands that crossed the date line."""


@attrs.frozen(kw_only=True)
class Window:
    """From when to when one asks, on which clock whole days and times without a zone are read, and for whom."""

    since: datetime
    until: datetime
    own: Clock
    owner: str


@attrs.frozen
class Taken:
    """A time that one event takes."""

    start: datetime
    end: datetime
    kind: BusyKind | None
    uid: str


def latest_of(events: Sequence[CalendarEvent]) -> tuple[list[CalendarEvent], list[CalendarEvent]]:
    """Return the latest versions of the events of one UID, and those that they supersede.

    A higher sequence supersedes a lower one, of the same instance; of equal ones the later stamp. Where even that is
    equal, both count: it is two events under one name, which broken producers write.
    """
    newest: dict[Stamp | None, tuple[int, datetime]] = {}
    for event in events:
        newest[event.replaces] = max(_version(event), newest.get(event.replaces, _version(event)))
    kept = [event for event in events if _version(event) == newest[event.replaces]]
    return kept, [event for event in events if _version(event) != newest[event.replaces]]


def _version(event: CalendarEvent) -> tuple[int, datetime]:
    return event.sequence, event.stamped or datetime.min.replace(tzinfo=UTC)


def taken_by(events: Sequence[CalendarEvent], *, zones: Zones, window: Window, budget: Budget) -> list[Taken]:
    """Return the times that a series takes within the window: its own, but for those that other events stand for.

    Raises:
        Unread: a zone is not known, or an event ends before it begins.
        TooManySteps: it repeats too often.
        OverflowError: it takes place outside the years that there are.

    """
    series = [event for event in events if event.replaces is None]
    others = sorted((event for event in events if event.replaces is not None), key=_version)
    called_off = max((event.sequence for event in series if event.is_cancelled), default=-1)
    others = [event for event in others if event.sequence > called_off]
    changes = _Changes.of(others, zones=zones, window=window)
    found: set[Taken] = set()
    for event in series:
        if not event.is_cancelled:
            found.update(_instances(event, changes, zones=zones, window=window, budget=budget))
    for event in others:
        if not event.is_cancelled:
            found.update(_instances(event, _Changes(), zones=zones, window=window, budget=budget))
    return [each for each in found if each.kind and each.start < each.end and _is_within(each, window)]


def _is_within(taken: Taken, window: Window) -> bool:
    return taken.start < window.until and window.since < taken.end


@attrs.frozen
class _Change:
    """An event that stands for one of a series, or for one and all that follow."""

    replaces: datetime
    by: CalendarEvent
    shift: timedelta
    clock: Clock

    @classmethod
    def of(cls, event: CalendarEvent, *, zones: Zones, window: Window) -> _Change:
        assert event.replaces is not None  # noqa: S101 - of those that stand for another
        clock = _clock(event.start, zones, window)
        replaces = _clock(event.replaces, zones, window).instant(event.replaces.local)
        return cls(replaces, event, event.start.local - clock.local(replaces), clock)


@attrs.frozen
class _Changes:
    """What stands for parts of one series: for which of its instants, what for all that follow, and how far they go."""

    replaced: frozenset[datetime] = frozenset()
    later: tuple[_Change, ...] = ()
    reach: timedelta = timedelta()

    @classmethod
    def of(cls, events: Sequence[CalendarEvent], *, zones: Zones, window: Window) -> _Changes:
        changes = [_Change.of(event, zones=zones, window=window) for event in events]
        later = sorted((each for each in changes if each.by.also_later), key=lambda each: each.replaces)
        reaches = (abs(each.shift) + _ending(each.by, zones=zones, window=window).rough() for each in later)
        return cls(frozenset(each.replaces for each in changes), tuple(later), max(reaches, default=timedelta()))

    def holding(self, instant: datetime) -> _Change | None:
        """Return the last that stands for all that follow, and begins before an instant."""
        place = bisect_left(self.later, instant, key=lambda each: each.replaces)
        return self.later[place - 1] if place else None


def _instances(
    event: CalendarEvent, changes: _Changes, *, zones: Zones, window: Window, budget: Budget
) -> Iterator[Taken]:
    """Yield when a series takes place, but for what others stand for; moved where one stands for all that follow."""
    clock = _clock(event.start, zones, window)
    ending = _ending(event, zones=zones, window=window)
    slack = _SLACK + changes.reach + ending.rough()
    for local, own_ending in _walls(event, clock, slack, zones=zones, window=window, budget=budget):
        instant = clock.instant(local)
        if instant in changes.replaced:
            continue
        change = changes.holding(instant)
        if change is None:
            yield Taken(instant, _end(clock, local, own_ending or ending), _kind(event, window), event.uid)
        elif not change.by.is_cancelled:
            moved, span = change.clock.local(instant) + change.shift, _ending(change.by, zones=zones, window=window)
            end = _end(change.clock, moved, span)
            yield Taken(change.clock.instant(moved), end, _kind(change.by, window), event.uid)


def _kind(event: CalendarEvent, window: Window) -> BusyKind | None:
    return None if window.owner in event.declined else event.kind


def _walls(
    event: CalendarEvent, clock: Clock, slack: timedelta, *, zones: Zones, window: Window, budget: Budget
) -> Iterator[tuple[datetime, Length | None]]:
    """Yield the times on the wall at which a series takes place, from a little before the window to after it."""
    start = event.start.local
    first, last = _shown(clock, window.since, -slack), _shown(clock, window.until, slack)
    without = {
        wall
        for rule in event.but_rules
        for wall in repeats(start, rule, first=first, last=last, until=_until(rule.until, event, clock), budget=budget)
    }
    but_days = {stamp.local for stamp in event.but if stamp.is_date}
    but_instants = {_clock(stamp, zones, window).instant(stamp.local) for stamp in event.but if stamp.zone}
    but_walls = {stamp.local for stamp in event.but if not stamp.zone}

    def stays(wall: datetime) -> bool:
        return not (
            wall in without
            or wall in but_walls
            or clock.instant(wall) in but_instants
            or wall.replace(hour=0, minute=0, second=0) in but_days
        )

    walls = {start} if not event.rules else set()
    for rule in event.rules:
        walls.update(
            repeats(start, rule, first=first, last=last, until=_until(rule.until, event, clock), budget=budget)
        )
    yield from ((wall, None) for wall in sorted(walls) if stays(wall))
    for stamp, ending in event.more:
        wall = clock.local(_clock(stamp, zones, window).instant(stamp.local)) if stamp.zone else stamp.local
        if stays(wall) and wall not in walls:
            yield wall, _as_length(stamp, ending, zones=zones, window=window)


def _shown(clock: Clock, instant: datetime, away: timedelta) -> datetime:
    """Return what a clock shows some time before or after an instant; within the years that there are."""
    try:
        return clock.local(instant + away)
    except OverflowError:
        return _LAST if away > timedelta() else _FIRST


def _until(until: object, event: CalendarEvent, clock: Clock) -> datetime | None:
    """Return the last wall time of a rule; a day means all of it."""
    if until is None:
        return None
    if not isinstance(until, datetime):
        return datetime(until.year, until.month, until.day, 23, 59, 59)  # type: ignore[attr-defined] # noqa: DTZ001
    if until.tzinfo is None:
        return until
    return until.replace(tzinfo=None) if event.start.is_date else clock.local(until)


def _clock(stamp: Stamp, zones: Zones, window: Window) -> Clock:
    return zones.clock(stamp.zone) if stamp.zone else window.own


def _end(clock: Clock, local: datetime, length: Length) -> datetime:
    """Return when it ends that begins at a wall time: so many days on, on that clock, and then so much real time."""
    return clock.instant(local + timedelta(days=length.days)) + length.exact


def _ending(event: CalendarEvent, *, zones: Zones, window: Window) -> Length:
    """Return how long an event takes: whole days, or the real time from its start to its end.

    Raises:
        Unread: it ends before it begins, or is a day on one side and a time on the other.

    """
    if event.end is None:
        assert event.length is not None  # noqa: S101 - it has one or the other
        return event.length
    length = _between(event.start, event.end, zones=zones, window=window)
    if length.rough() < timedelta():
        raise Unread("ends-before-it-begins", "the event ends before it begins")
    return length


def _between(start: Stamp, end: Stamp, *, zones: Zones, window: Window) -> Length:
    if start.is_date != end.is_date:
        raise Unread("day-and-time", "the event begins on a day and ends at a time, or the other way round")
    if start.is_date:
        return Length(days=(end.local - start.local).days or 1)  # some write the last day, not the one after it
    begins = _clock(start, zones, window).instant(start.local)
    return Length(exact=_clock(end, zones, window).instant(end.local) - begins)


def _as_length(start: Stamp, ending: Stamp | Length | None, *, zones: Zones, window: Window) -> Length | None:
    if not isinstance(ending, Stamp):
        return ending
    return _between(start, ending, zones=zones, window=window)
