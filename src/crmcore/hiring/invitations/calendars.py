"""When somebody is busy, out of their calendar: an ``.ics`` file, or the free/busy report of a server."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import attrs

from crmcore._given import one_or_none
from crmcore.errors import InputError
from crmcore.hiring.invitations._blocks import Block, blocks_of
from crmcore.hiring.invitations._events import BusyKind, CalendarEvent, FreeBusy, event_of, free_busy_of
from crmcore.hiring.invitations._expanding import Taken, Window, latest_of, taken_by
from crmcore.hiring.invitations._library import Unread, require
from crmcore.hiring.invitations._recurring import Budget, TooManySteps
from crmcore.hiring.invitations._zones import Clock, Zones
from crmcore.hiring.invitations.limits import CalendarLimits
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

__all__ = ["Busy", "BusyTimes", "ICalendar", "NotRead", "read_calendar"]


@attrs.frozen(kw_only=True)
class NotRead:
    """Something in a calendar that does not count, and why.

    Attributes:
        line: where it begins.
        component: what it is, such as ``VEVENT``.
        uid: what it is known by; "" where it has no name, or none that can be read.
        code: a stable word for the cause, such as ``unknown-zone``.
        message: the same for people.

    """

    line: int
    component: str
    uid: str
    code: str
    message: str


@attrs.frozen(kw_only=True, order=True)
class Busy:
    """A time that somebody has something else to do, from an instant up to another, both in UTC."""

    start: datetime
    end: datetime
    kind: BusyKind = attrs.field(order=lambda kind: kind.value)
    uid: str

    def __repr__(self) -> str:
        return f"Busy({self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M} UTC, {self.kind.value})"


@attrs.frozen(kw_only=True)
class BusyTimes:
    """When somebody is busy within a window, in order; and what of the calendar could not be taken into account.

    An event that is not taken into account may be a time that only seems free: look at `not_read` before trusting it.
    """

    since: datetime
    until: datetime
    times: tuple[Busy, ...]
    not_read: tuple[NotRead, ...]

    def __iter__(self) -> Iterator[Busy]:
        return iter(self.times)

    def __len__(self) -> int:
        return len(self.times)

    def merged(self) -> tuple[tuple[datetime, datetime], ...]:
        """Return the same as spans that neither overlap nor touch."""
        spans: list[tuple[datetime, datetime]] = []
        for busy in self.times:
            if spans and busy.start <= spans[-1][1]:
                spans[-1] = spans[-1][0], max(spans[-1][1], busy.end)
            else:
                spans.append((busy.start, busy.end))
        return tuple(spans)

    def __repr__(self) -> str:
        return f"BusyTimes({len(self.times)} times, {len(self.not_read)} events not read)"


@attrs.frozen(kw_only=True)
class ICalendar:
    """What a calendar holds.

    Attributes:
        events: the events, in the order of the file.
        free_busy: lists of busy times that it reports.
        not_read: what could not be read.
        others: other components and how many there are, such as tasks; they say nothing of when somebody is busy.
        zone: the zone that it names for times without one; "" where it names none.

    """

    events: tuple[CalendarEvent, ...]
    free_busy: tuple[FreeBusy, ...]
    not_read: tuple[NotRead, ...]
    others: Mapping[str, int]
    zone: str
    zones: Zones = attrs.field(repr=False, eq=False)
    limits: CalendarLimits = attrs.field(repr=False, eq=False)

    def busy(self, *, since: datetime, until: datetime, zone: str | None = None, owner: str = "") -> BusyTimes:
        """Return when somebody is busy within a window, with every repetition.

        What is transparent, cancelled, or declined by the owner takes nobody's time. A tentative event does, and says
        so. Whole days, and times without a zone, are read on the clock of *zone*. An event that repeats takes place at
        the same time on the wall on both sides of a change of the clocks; one that has an end takes the same real time.

        Args:
            since: from when on.
            until: up to when.
            zone: the IANA name of the owner's zone; by default the one that the calendar names, or else UTC.
            owner: the owner's mail address, so that what they declined counts as free.

        Raises:
            InputError: an instant without a time zone, a window that ends before it begins, or an unknown zone.

        """
        since, until = in_utc(since), in_utc(until)
        if since > until:
            raise InputError("the window ends before it begins")
        faults: list[NotRead] = [*self.not_read]
        own = self._own_clock(zone, faults)
        window = Window(since=since, until=until, own=own, owner=owner.casefold())
        found = self._expanded(window, faults)
        found += [
            Taken(start, end, kind, each.uid)
            for each in self.free_busy
            for start, end, kind in each.times
            if start < until and since < end
        ]
        times = sorted(
            {Busy(start=each.start, end=each.end, kind=each.kind or BusyKind.BUSY, uid=each.uid) for each in found}
        )
        return BusyTimes(since=since, until=until, times=tuple(times), not_read=tuple(faults))

    def _own_clock(self, zone: str | None, faults: list[NotRead]) -> Clock:
        """Return the owner's clock; where the calendar names one that nobody knows, that is listed, and it is UTC."""
        try:
            return self.zones.clock(zone or self.zone or "UTC")
        except Unread as exc:
            if zone:
                raise InputError(exc.message) from exc
            faults.append(NotRead(line=1, component="VCALENDAR", uid="", code=exc.code, message=exc.message))
            return self.zones.clock("UTC")

    def _expanded(self, window: Window, faults: list[NotRead]) -> list[Taken]:
        found: list[Taken] = []
        total = self.limits.steps
        for events in _series(self.events):
            kept, superseded = latest_of(events)
            faults += [
                _fault(each, "superseded", "a later version of it stands in the same calendar") for each in superseded
            ]
            budget = Budget(min(self.limits.event_steps, total))
            try:
                found += taken_by(kept, zones=self.zones, window=window, budget=budget)
            except TooManySteps:
                faults += [
                    _fault(each, "too-many", "it repeats too often; CalendarLimits allows more") for each in kept
                ]
            except Unread as exc:
                faults += [_fault(each, exc.code, exc.message) for each in kept]
            except (OverflowError, ValueError):
                faults += [_fault(each, "out-of-range", "it takes place outside the years 1 to 9999") for each in kept]
            total -= min(self.limits.event_steps, total) - max(budget.left, 0)
        return found

    def __repr__(self) -> str:
        shown = [f"{len(self.events)} events"]
        shown += [f"{len(self.free_busy)} free/busy reports"] if self.free_busy else []
        shown += [f"{len(self.not_read)} not read"] if self.not_read else []
        shown += [f"{count} {name}" for name, count in sorted(self.others.items())]
        return f"Calendar({', '.join(shown)})"


def read_calendar(data: bytes | str, *, source: str = "calendar", limits: CalendarLimits | None = None) -> ICalendar:
    r"""Read what a calendar holds; each event is read alone, and one that cannot be read is listed.

    Args:
        data: the calendar, or several after each other; also events without a calendar around them.
        source: what messages call it.
        limits: how much it may ask of the machine.

    Raises:
        UnreadableFile: it is no calendar at all, empty, or too large.
        MissingExtra: the extra ``calendar`` is not installed.

    >>> from datetime import UTC, datetime
    >>> calendar = read_calendar(
    ...     "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Paris:20260327T090000\nDURATION:PT30M\n"
    ...     "RRULE:FREQ=DAILY;BYDAY=MO,FR\nEND:VEVENT\nEND:VCALENDAR\n"
    ... )
    >>> busy = calendar.busy(since=datetime(2026, 3, 27, tzinfo=UTC), until=datetime(2026, 3, 31, tzinfo=UTC))
    >>> for each in busy:
    ...     print(each)
    Busy(2026-03-27 08:00 to 2026-03-27 08:30 UTC, busy)
    Busy(2026-03-30 07:00 to 2026-03-30 07:30 UTC, busy)
    """
    require()
    limits = one_or_none(limits, CalendarLimits, "limits") or CalendarLimits()
    blocks, strays = blocks_of(data, source=source, limits=limits)
    reading = _Reading()
    for number in strays:
        reading.not_read.append(
            NotRead(line=number, component="END", uid="", code="stray-end", message="nothing began")
        )
    for block in blocks:
        reading.take(block)
    return ICalendar(
        events=tuple(reading.events),
        free_busy=tuple(reading.free_busy),
        not_read=tuple(sorted(reading.not_read, key=lambda fault: fault.line)),
        others=dict(reading.others),
        zone=reading.zone,
        zones=Zones(reading.zones),
        limits=limits,
    )


@attrs.define
class _Reading:
    """What has been read so far."""

    events: list[CalendarEvent] = attrs.field(factory=list)
    free_busy: list[FreeBusy] = attrs.field(factory=list)
    not_read: list[NotRead] = attrs.field(factory=list)
    others: Counter[str] = attrs.field(factory=Counter)
    zones: dict[str, Block] = attrs.field(factory=dict)
    zone: str = ""

    def take(self, block: Block, *, is_cancelled: bool = False) -> None:
        """Read one component."""
        if block.name == "VCALENDAR":
            self._take_calendar(block)
        elif block.name == "VEVENT":
            self._attempt(block, lambda: self.events.append(event_of(block, is_cancelled=is_cancelled)))
        elif block.name == "VFREEBUSY":
            self._attempt(block, lambda: self.free_busy.append(free_busy_of(block)))
        else:
            self.others[block.name or "(no name)"] += 1
            for name in block.values("TZID") if block.name == "VTIMEZONE" else ():
                self.zones.setdefault(name, block)

    def _take_calendar(self, block: Block) -> None:
        is_cancelled = any(value.upper() == "CANCEL" for value in block.values("METHOD"))
        self.zone = self.zone or next(iter(block.values("X-WR-TIMEZONE")), "")
        for part in block.parts:
            self.take(part, is_cancelled=is_cancelled)
        if not block.is_closed:
            message = "the calendar is not ended: what follows may be missing"
            self.not_read.append(
                NotRead(line=block.number, component="VCALENDAR", uid="", code="cut-short", message=message)
            )

    def _attempt(self, block: Block, read: Callable[[], None]) -> None:
        try:
            read()
        except Unread as exc:
            self._refuse(block, exc.code, exc.message)
        except (OverflowError, ValueError, TypeError, LookupError, AttributeError):
            self._refuse(block, "unreadable-value", "a value in it cannot be read")

    def _refuse(self, block: Block, code: str, message: str) -> None:
        uid = next(iter(block.values("UID")), "")[:200]
        self.not_read.append(NotRead(line=block.number, component=block.name, uid=uid, code=code, message=message))


def _series(events: Sequence[CalendarEvent]) -> Iterator[list[CalendarEvent]]:
    """Yield the events that belong together; one without a name stands alone."""
    together: dict[str, list[CalendarEvent]] = {}
    for event in events:
        together.setdefault(event.uid or f"\n{event.line}", []).append(event)
    yield from together.values()


def _fault(event: CalendarEvent, code: str, message: str) -> NotRead:
    return NotRead(line=event.line, component="VEVENT", uid=event.uid, code=code, message=message)
