"""Describes a time zone to calendars that may know it by another name, or by older rules (VTIMEZONE of RFC 5545)."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import attrs

from crmcore.hiring.invitations._escaping import content, plain
from crmcore.query.moments import zone_named

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

__all__ = ["compact", "described"]

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_YEARS_BEFORE, _YEARS_AFTER = 1, 3


@attrs.frozen
class _Change:
    """The clocks of a zone are changed: when, on the clock that is changed, and by how much."""

    local: datetime
    before: timedelta
    after: timedelta
    name: str
    is_daylight: bool

    def place(self) -> tuple[int, int, int, bool]:
        """Return month, weekday, which of the month it is, and whether it is the last."""
        day, length = self.local.day, monthrange(self.local.year, self.local.month)[1]
        return self.local.month, self.local.weekday(), (day - 1) // 7 + 1, day + 7 > length


def compact(local: datetime) -> str:
    """Return a time as calendars write it, such as ``20260329T020000``."""
    return local.replace(tzinfo=None, microsecond=0).isoformat().replace("-", "").replace(":", "")


@lru_cache(maxsize=1024)
def described(zone: str, year: int) -> tuple[str, ...]:
    """Return the lines of a zone that hold in a year, and from the year before to the one after.

    Where the clocks have been changed by one rule in all these years, it is said as a rule, which every calendar
    understands; elsewhere, each change is listed.
    """
    known = zone_named(zone)
    begin = datetime(max(1, year - _YEARS_BEFORE), 1, 2, tzinfo=UTC)
    end = datetime(min(9999, year + _YEARS_AFTER), 1, 1, tzinfo=UTC)
    changes = _changes(known, begin, end)
    lines = ["BEGIN:VTIMEZONE", content("TZID", zone)]
    if not changes:
        lines += _observed(_standing(known, begin), rule="")
    elif rules := _rules(changes, range(begin.year, end.year)):
        for change, rule in rules:
            lines += _observed(change, rule=rule)
    else:
        for change in (_standing(known, begin), *changes):
            lines += _observed(change, rule="")
    return (*lines, "END:VTIMEZONE")


def _changes(zone: ZoneInfo, begin: datetime, end: datetime) -> list[_Change]:
    """Return when the clocks are changed; looked for day by day, and within a day by halving."""
    found: list[_Change] = []
    at = begin
    while at < end:
        after = min(at + timedelta(days=1), end)
        if at.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            found.append(_change(zone, at, after))
        at = after
    return found


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> _Change:
    before = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    shown = high.astimezone(zone)
    is_daylight = (shown.dst() or timedelta()) > timedelta() or (
        low.astimezone(zone).dst() or timedelta()
    ) < timedelta()
    return _Change((high + before).replace(tzinfo=None), before, _offset(zone, high), shown.tzname() or "", is_daylight)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _standing(zone: ZoneInfo, at: datetime) -> _Change:
    """Return the offset that holds at the beginning, as if it began then."""
    offset, shown = _offset(zone, at), at.astimezone(zone)
    return _Change(datetime(at.year, 1, 1), offset, offset, shown.tzname() or "", is_daylight=False)  # noqa: DTZ001


def _rules(changes: Sequence[_Change], years: range) -> list[tuple[_Change, str]]:
    """Return the first of each yearly change with its rule; none where they follow no rule."""
    by_month: dict[int, list[_Change]] = {}
    for change in changes:
        by_month.setdefault(change.local.month, []).append(change)
    if len(by_month) != 2:
        return []
    rules = [(same[0], _rule(same, years)) for same in by_month.values()]
    return rules if all(rule for _, rule in rules) else []


def _rule(same: Sequence[_Change], years: range) -> str:
    """Return the rule that changes of one month follow: "the last Sunday", or "the second"; "" for none."""
    alike = {(each.local.time(), each.before, each.after, each.place()[1]) for each in same}
    if [each.local.year for each in same] != list(years) or len(alike) > 1:
        return ""
    month, weekday, which, _ = same[0].place()
    if all(each.place()[3] for each in same):
        which = -1
    elif any(each.place()[2] != which for each in same):
        return ""
    return f"FREQ=YEARLY;BYMONTH={month};BYDAY={which}{_DAYS[weekday]}"


def _observed(change: _Change, *, rule: str) -> list[str]:
    sort = "DAYLIGHT" if change.is_daylight else "STANDARD"
    lines = [f"BEGIN:{sort}", f"DTSTART:{compact(change.local)}"]
    lines += [f"RRULE:{rule}"] if rule else []
    lines += [f"TZOFFSETFROM:{_signed(change.before)}", f"TZOFFSETTO:{_signed(change.after)}"]
    lines += [content("TZNAME", plain(change.name))] if change.name else []
    return [*lines, f"END:{sort}"]


def _signed(offset: timedelta) -> str:
    seconds = int(abs(offset).total_seconds())
    shown = f"{seconds // 3600:02d}{seconds // 60 % 60:02d}" + (f"{seconds % 60:02d}" if seconds % 60 else "")
    return ("-" if offset < timedelta() else "+") + shown
