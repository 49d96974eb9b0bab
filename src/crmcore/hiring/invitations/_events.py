"""One event, and one list of busy times, out of a component."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.hiring.invitations._addresses import mailbox_of
from crmcore.hiring.invitations._blocks import ZONE
from crmcore.hiring.invitations._library import Unread, component_of, listed
from crmcore.hiring.invitations._rule import Rule, rule_of
from crmcore.hiring.invitations._zones import Stamp, stamp_of

if TYPE_CHECKING:
    from crmcore.hiring.invitations._blocks import Block

__all__ = ["BusyKind", "CalendarEvent", "FreeBusy", "Length", "event_of", "free_busy_of", "text_of"]

_DURATION = re.compile(r"\+?P(?:(\d{1,6})W|(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?)")


class BusyKind(StrEnum):
    """How somebody is busy."""

    BUSY = "busy"
    TENTATIVE = "tentative"
    UNAVAILABLE = "unavailable"
    """Out of office, or not at work."""


@attrs.frozen
class Length:
    """How long something takes: days on the calendar, which may have 23 hours, and real time on top."""

    days: int = 0
    exact: timedelta = timedelta()

    def rough(self) -> timedelta:
        """Return the length where no clock is changed."""
        return timedelta(days=self.days) + self.exact


@attrs.frozen(kw_only=True)
class CalendarEvent:
    """An event as a calendar has it, before it is asked when it takes place. Titles and notes are not read.

    Attributes:
        line: where it begins.
        uid: what it is known by; "" where it has none.
        sequence: its version.
        stamped: when the version was written; None where it does not say.
        start: when it begins.
        end: when it ends; None where `length` says it.
        length: how long it takes; None where `end` says it.
        rules, but_rules: how it repeats, and what of that is left out.
        more: further times, each with an end or a length where it has its own.
        but: times that are left out.
        replaces: the time of the series that it stands for; None for the series itself.
        also_later: whether it stands for all that follow, too.
        kind: how one is busy by it; None where it takes nobody's time.
        is_cancelled: whether it was called off.
        declined: the addresses of those who do not come, in small letters.

    """

    line: int
    uid: str
    sequence: int
    stamped: datetime | None
    start: Stamp
    end: Stamp | None
    length: Length | None
    rules: tuple[Rule, ...]
    but_rules: tuple[Rule, ...]
    more: tuple[tuple[Stamp, Stamp | Length | None], ...]
    but: tuple[Stamp, ...]
    replaces: Stamp | None
    also_later: bool
    kind: BusyKind | None
    is_cancelled: bool
    declined: frozenset[str]

    @property
    def repeats(self) -> bool:
        """Whether it takes place more than once."""
        return bool(self.rules or self.more)

    @property
    def is_all_day(self) -> bool:
        """Whether it takes whole days."""
        return self.start.is_date

    def __repr__(self) -> str:
        shown = self.start.local.date() if self.is_all_day else self.start.local
        how = ", repeating" if self.repeats else ""
        return f"CalendarEvent(line {self.line}, {self.uid!r}, {shown} {self.start.zone or 'floating'}{how})"


@attrs.frozen(kw_only=True)
class FreeBusy:
    """Times that somebody is busy, as another calendar reports them."""

    line: int
    uid: str
    times: tuple[tuple[datetime, datetime, BusyKind], ...]


def event_of(block: Block, *, is_cancelled: bool = False) -> CalendarEvent:
    """Return the event of a component; *is_cancelled* says that the whole calendar is a cancellation.

    Raises:
        Unread: something that matters is missing, said twice or cannot be read.

    """
    component = component_of(attrs.evolve(block, lines=[line for line in block.lines if _matters(line)]))
    start, _ = _one_stamp(component, "DTSTART")
    if start is None:
        raise Unread("no-start", "the event does not say when it begins")
    end, _ = _one_stamp(component, "DTEND")
    if end is not None and "DURATION" in component:
        raise Unread("two-ends", "the event has both an end and a length")
    replaces, params = _one_stamp(component, "RECURRENCE-ID")
    status = text_of(component, "STATUS").upper()
    return CalendarEvent(
        line=block.number,
        uid=text_of(component, "UID"),
        sequence=int(_single(component, "SEQUENCE") or 0),
        stamped=_instant(component, "DTSTAMP"),
        start=start,
        end=end,
        length=_length(block, start) if end is None else None,
        rules=_rules(component, "RRULE"),
        but_rules=_rules(component, "EXRULE"),
        more=tuple(_times(component, "RDATE")),
        but=tuple(stamp for stamp, _ in _times(component, "EXDATE")),
        replaces=replaces,
        also_later=str(params.get("RANGE", "")).upper() == "THISANDFUTURE",
        kind=_kind(component, status),
        is_cancelled=is_cancelled or status == "CANCELLED",
        declined=frozenset(_declined(component)),
    )


def free_busy_of(block: Block) -> FreeBusy:
    """Return the busy times that a component lists.

    Raises:
        Unread: a time cannot be read, or is none.

    """
    component = component_of(block)
    times: list[tuple[datetime, datetime, BusyKind]] = []
    for value in listed(component, "FREEBUSY"):
        kind = _free_busy_kind(str(value.params.get("FBTYPE", "BUSY")).upper())
        for period in value.dts if hasattr(value, "dts") else [value]:
            start, end = _period(period.dt if hasattr(period, "dt") else (period.start, period.end))
            if kind is not None and start < end:
                times.append((start, end, kind))
    return FreeBusy(line=block.number, uid=text_of(component, "UID"), times=tuple(times))


def _matters(line: str) -> bool:
    """Whether a property says when an event is, and whose time it takes; of hundreds of guests, only who declined."""
    name = line[:20].upper()
    return not name.startswith(("COMMENT", "ORGANIZER")) and (
        not name.startswith("ATTENDEE") or "DECLINED" in line.upper()
    )


def text_of(component: Any, name: str) -> str:
    """Return a text; "" where there is none."""
    return str(_single(component, name) or "")


def _single(component: Any, name: str) -> Any:
    values = listed(component, name)
    if len(values) > 1:
        raise Unread("said-twice", f"{name} stands there {len(values)} times")
    return values[0] if values else None


def _one_stamp(component: Any, name: str) -> tuple[Stamp | None, Any]:
    value = _single(component, name)
    if value is None:
        return None, {}
    return stamp_of(value.dt, _zone_of(value)), value.params


def _zone_of(value: Any) -> str | None:
    zone = value.params.get(ZONE)
    return None if zone is None else str(zone)


def _instant(component: Any, name: str) -> datetime | None:
    """Return an instant; one without a zone is taken for UTC, as the property has to be."""
    stamp, _ = _one_stamp(component, name)
    return None if stamp is None else stamp.local.replace(tzinfo=UTC)


def _length(block: Block, start: Stamp) -> Length:
    """Return how long an event takes that has no end: by RFC 5545 a day for a date, and no time at all for a time."""
    values = block.values("DURATION")
    if not values:
        return Length(days=1 if start.is_date else 0)
    found = _DURATION.fullmatch(values[0].upper())
    if found is None or len(values) > 1 or values[0][-1] in "PpTt":
        raise Unread("unreadable-value", "the length of the event cannot be read, or is below nothing")
    weeks, days, hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return Length(days=7 * weeks + days, exact=timedelta(hours=hours, minutes=minutes, seconds=seconds))


def _rules(component: Any, name: str) -> tuple[Rule, ...]:
    try:
        return tuple(rule_of(each) for each in listed(component, name))
    except (ValueError, TypeError) as exc:
        raise Unread("unreadable-rule", f"how it repeats cannot be read: {str(exc)[:120]}") from exc


def _times(component: Any, name: str) -> list[tuple[Stamp, Stamp | Length | None]]:
    """Return the times of a list, those that are periods with their end or length."""
    found: list[tuple[Stamp, Stamp | Length | None]] = []
    for value in listed(component, name):
        zone = _zone_of(value)
        for each in value.dts:
            if not isinstance(each.dt, tuple):
                found.append((stamp_of(each.dt, zone), None))
                continue
            begins, ends = each.dt
            ending = Length(exact=ends) if isinstance(ends, timedelta) else stamp_of(ends, zone)
            found.append((stamp_of(begins, zone), ending))
    return found


def _kind(component: Any, status: str) -> BusyKind | None:
    outlook = text_of(component, "X-MICROSOFT-CDO-BUSYSTATUS").upper()
    if text_of(component, "TRANSP").upper() == "TRANSPARENT" or outlook == "FREE":
        return None
    if outlook == "OOF":
        return BusyKind.UNAVAILABLE
    return BusyKind.TENTATIVE if "TENTATIVE" in {status, outlook} else BusyKind.BUSY


def _declined(component: Any) -> list[str]:
    return [
        mailbox_of(str(each)).casefold()
        for each in listed(component, "ATTENDEE")
        if str(each.params.get("PARTSTAT", "")).upper() == "DECLINED" and mailbox_of(str(each))
    ]


def _free_busy_kind(word: str) -> BusyKind | None:
    if word == "FREE":
        return None
    return {"BUSY-UNAVAILABLE": BusyKind.UNAVAILABLE, "BUSY-TENTATIVE": BusyKind.TENTATIVE}.get(word, BusyKind.BUSY)


def _period(period: Any) -> tuple[datetime, datetime]:
    """Return a period in UTC, as RFC 5545 has it there; whole days are those of UTC."""
    begins, ends = period
    start = _utc(begins)
    return start, start + ends if isinstance(ends, timedelta) else _utc(ends)


def _utc(value: date | datetime) -> datetime:
    return stamp_of(value, None).local.replace(tzinfo=UTC)
