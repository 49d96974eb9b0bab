"""What a time in a calendar means as an instant: by the rules of its zone, those of the calendar, or the reader's.

A zone is taken to be the IANA one of that name, also under the name that Windows or a server gives it; what a calendar
says of such a zone is often stale. Only of a zone that nobody else knows, the calendar's own rules count.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from crmcore.errors import InputError
from crmcore.hiring.invitations._library import Unread, component_of, listed, windows_zones
from crmcore.hiring.invitations._recurring import Budget, TooManySteps, repeats
from crmcore.hiring.invitations._rule import rule_of
from crmcore.query.moments import zone_named

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from crmcore.hiring.invitations._blocks import Block

__all__ = ["Clock", "Stamp", "Zones", "stamp_of"]

_LENGTH = 200
_TAILS = (3, 2, 1)
_FIRST, _LAST = datetime(1900, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001 - wall times
_STEPS = 1_000_000
_OFFSETS = 100
_NAMES = 1_000


class Clock(Protocol):
    """Turns the time on a wall into an instant, and back."""

    def instant(self, local: datetime) -> datetime:
        """Return the instant; the first of two, and where clocks skip the time, as before the change."""
        ...

    def local(self, instant: datetime) -> datetime:
        """Return the time on the wall."""
        ...


@attrs.frozen
class Stamp:
    """A time as a calendar writes it.

    Attributes:
        local: what the clock shows; midnight of a whole day.
        zone: the name of the zone; "" where each reader's own is meant.
        is_date: whether a whole day is meant.

    """

    local: datetime
    zone: str = ""
    is_date: bool = False


def stamp_of(value: Any, zone: str | None) -> Stamp:
    """Return a time from the library's, without what it made of the zone, and the zone's name beside it.

    Raises:
        Unread: it is neither a date nor a time.

    """
    if isinstance(value, datetime):
        offset = value.utcoffset()
        if offset is not None:  # it ends in Z, beside which a zone means nothing
            return Stamp((value - offset).replace(tzinfo=None), "UTC")
        return Stamp(value.replace(tzinfo=None), zone or "")
    if isinstance(value, date):
        return Stamp(datetime(value.year, value.month, value.day), "", is_date=True)  # noqa: DTZ001 - a wall time
    raise Unread("unreadable-value", "a date or a time is missing")


@attrs.frozen
class _Iana:
    zone: ZoneInfo

    def instant(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone).replace(tzinfo=None)


@attrs.frozen
class _Observed:
    """A zone that only the calendar describes: when which offset begins, as instants without a time zone."""

    onsets: tuple[datetime, ...]
    offsets: tuple[timedelta, ...]
    before: timedelta

    def instant(self, local: datetime) -> datetime:
        possible = sorted({self.before, *self.offsets}, reverse=True)
        shown = [offset for offset in possible if self._offset(local - offset) == offset]
        offset = shown[0] if shown else self._offset(local - max(possible))  # none where clocks skip it: as before
        return (local - offset).replace(tzinfo=UTC)

    def local(self, instant: datetime) -> datetime:
        known = instant.astimezone(UTC).replace(tzinfo=None)
        return known + self._offset(known)

    def _offset(self, instant: datetime) -> timedelta:
        place = bisect_right(self.onsets, instant)
        return self.offsets[place - 1] if place else self.before


class Zones:
    """The zones that a calendar may name: its own, and those that everybody knows."""

    def __init__(self, blocks: dict[str, Block]) -> None:
        self._blocks = blocks
        self._clocks: dict[str, Clock | Unread] = {}
        self._budget = Budget(_STEPS)

    def clock(self, name: str) -> Clock:
        """Return the clock of a zone.

        Raises:
            Unread: nobody knows the zone.

        """
        if name not in self._clocks:
            try:
                self._clocks[name] = self._found(name)
            except Unread as exc:
                self._clocks[name] = exc
        found = self._clocks[name]
        if isinstance(found, Unread):
            raise Unread(found.code, found.message)
        return found

    def _found(self, name: str) -> Clock:
        if len(self._clocks) >= _NAMES:
            raise Unread("too-many-zones", f"the calendar names more than {_NAMES:,} time zones")
        if (known := _known(name)) is not None:
            return _Iana(known)
        if name in self._blocks:
            return _observed(self._blocks[name], self._budget)
        raise Unread("unknown-zone", f"nobody knows the time zone {name[:60]!r}, and the calendar does not describe it")


def _known(name: str) -> ZoneInfo | None:
    """Return the IANA zone of a name as it is, as Windows has it, or at the end of a path such as servers write."""
    name = name.strip().strip('"')
    if not 0 < len(name) <= _LENGTH:
        return None
    parts = [part for part in re.split(r"[/\\]", name) if part]
    tails = ["/".join(parts[-count:]) for count in _TAILS if count < len(parts)] if len(parts) > 1 else []
    for each in (name, windows_zones().get(name), *tails):
        if each is None or (each in tails and "/" not in each):
            continue
        try:
            return zone_named(each)
        except InputError:
            continue
    return None


def _observed(block: Block, budget: Budget) -> Clock:
    """Return the clock of a zone by the calendar's own description of it."""
    found: dict[datetime, timedelta] = {}
    first: tuple[datetime, timedelta] | None = None
    try:
        for part in map(component_of, block.parts[: _OFFSETS + 1]):
            before, after = part["TZOFFSETFROM"].td, part["TZOFFSETTO"].td
            for onset in _onsets(part, before, budget):
                found[onset - before] = after
                first = min(first or (onset, before), (onset, before))
    except (LookupError, AttributeError, ValueError, OverflowError, TooManySteps) as exc:
        raise Unread("unreadable-zone", "what the calendar says of its time zone cannot be read") from exc
    if len(block.parts) > _OFFSETS:
        raise Unread("unreadable-zone", "the calendar changes the clocks of its time zone in more ways than any")
    if first is None:
        raise Unread("unreadable-zone", "the calendar names its time zone, and says nothing of it")
    onsets = tuple(sorted(found))
    return _Observed(onsets, tuple(found[each] for each in onsets), first[1])


def _onsets(part: Any, before: timedelta, budget: Budget) -> set[datetime]:
    """Return when an offset begins, on the clock that it ends."""
    start = stamp_of(part["DTSTART"].dt, None).local
    onsets = {start}
    for recur in listed(part, "RRULE"):
        rule, until = rule_of(recur), None
        if isinstance(rule.until, datetime):
            shift = before if rule.until.tzinfo is not None else timedelta()
            until = rule.until.replace(tzinfo=None) + shift
        elif rule.until is not None:
            until = datetime(rule.until.year, rule.until.month, rule.until.day, 23, 59, 59)  # noqa: DTZ001
        onsets.update(repeats(start, rule, first=_FIRST, last=_LAST, until=until, budget=budget))
    for dates in listed(part, "RDATE"):
        onsets.update(stamp_of(each.dt, None).local for each in dates.dts)
    return onsets
