"""A rule by which an event repeats (RRULE of RFC 5545, 3.3.10), checked."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FREQUENCIES", "Rule", "rule_of"]

FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_RANGES = {
    "BYSECOND": (0, 60),
    "BYMINUTE": (0, 59),
    "BYHOUR": (0, 23),
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYSETPOS": (-366, 366),
}
_KNOWN = {*_RANGES, "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST", "RSCALE", "SKIP"}


@attrs.frozen(kw_only=True)
class Rule:
    """How an event repeats; `until` is a wall time, a date, or an instant, as it was written."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    by_month: frozenset[int] = frozenset()
    by_week: frozenset[int] = frozenset()
    by_year_day: frozenset[int] = frozenset()
    by_month_day: frozenset[int] = frozenset()
    by_day: frozenset[tuple[int, int]] = frozenset()
    by_hour: tuple[int, ...] = ()
    by_minute: tuple[int, ...] = ()
    by_second: tuple[int, ...] = ()
    by_position: frozenset[int] = frozenset()
    week_start: int = 0


def rule_of(parts: Mapping[str, Any]) -> Rule:
    """Check the parts of a rule, as the library splits them.

    Raises:
        ValueError: it is no rule, or one of another calendar than the Gregorian; the message says why.

    """
    parts = {str(name).upper(): value if isinstance(value, list | tuple) else [value] for name, value in parts.items()}
    if strange := sorted(set(parts) - _KNOWN):
        raise ValueError(f"a rule has no part {strange[0][:40]!r}")
    if _word(parts, "RSCALE", "GREGORIAN") != "GREGORIAN" or _word(parts, "SKIP", "OMIT") != "OMIT":
        raise ValueError("only rules of the Gregorian calendar that skip nothing are read")
    frequency = _word(parts, "FREQ", "")
    if frequency not in FREQUENCIES:
        raise ValueError("a rule says how often: FREQ is missing or unknown")
    sets = {name: _numbers(parts, name) for name in _RANGES}
    return Rule(
        frequency=frequency,
        interval=_positive(parts, "INTERVAL") or 1,
        count=_positive(parts, "COUNT"),
        until=_until(parts),
        by_month=sets["BYMONTH"],
        by_week=sets["BYWEEKNO"],
        by_year_day=sets["BYYEARDAY"],
        by_month_day=sets["BYMONTHDAY"],
        by_day=frozenset(_day(str(one)) for one in parts.get("BYDAY", ())),
        by_hour=tuple(sorted(sets["BYHOUR"])),
        by_minute=tuple(sorted(sets["BYMINUTE"])),
        by_second=tuple(sorted({min(one, 59) for one in sets["BYSECOND"]})),  # a leap second is never shown
        by_position=sets["BYSETPOS"],
        week_start=_day(_word(parts, "WKST", "MO"))[1],
    )


def _word(parts: Mapping[str, Any], name: str, default: str) -> str:
    values = parts.get(name) or [default]
    if len(values) != 1:
        raise ValueError(f"{name} is said twice")
    return str(values[0]).upper()


def _positive(parts: Mapping[str, Any], name: str) -> int | None:
    if name not in parts:
        return None
    if len(parts[name]) != 1 or int(parts[name][0]) < 1:
        raise ValueError(f"{name} is one number of at least 1")
    return int(parts[name][0])


def _numbers(parts: Mapping[str, Any], name: str) -> frozenset[int]:
    low, high = _RANGES[name]
    found = frozenset(int(one) for one in parts.get(name, ()))
    if any(not low <= one <= high for one in found) or (low < 0 and 0 in found):
        raise ValueError(f"{name} goes from {low} to {high}{', without 0' if low < 0 else ''}")
    return found


def _day(text: str) -> tuple[int, int]:
    found = _BY_DAY.fullmatch(text.upper())
    if found is None or not -53 <= int(found[1] or 0) <= 53:
        raise ValueError(f"{text[:40]!r} is no day of the week")
    return int(found[1] or 0), _WEEKDAYS.index(found[2])


def _until(parts: Mapping[str, Any]) -> date | datetime | None:
    values = parts.get("UNTIL") or [None]
    if len(values) != 1 or not (values[0] is None or isinstance(values[0], date)):
        raise ValueError("UNTIL is one date or time")
    until: date | datetime | None = values[0]
    return until
