"""When a moment comes to an instant or a day: :class:`~crmcore.query.moments.Moment` the other way round.

A moment never goes back, so there is one first instant of asking at which it is at least so late. It is worked out, or
guessed and settled by a few steps where the moment goes from start to start of days, weeks, months or years.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from crmcore.query.moments import DAYS, EXACT, FIRST, LAST, MONTHS, Span, Unit, first_day_of, midnight_of, zone_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcore.query.moments import Moment

__all__ = ["ALWAYS", "reaches_day", "reaches_instant"]

ALWAYS = datetime.min.replace(tzinfo=UTC)
"""The answer where a moment was never earlier."""

_DAY = timedelta(days=1)
_MIDDLE = 5000
"""A year that is near to neither end of time."""


def reaches_instant(moment: Moment, at_least: datetime) -> datetime | None:
    """Return the first instant of asking at which the moment is not before *at_least*; None where it never comes.

    >>> from crmcore.query import ago
    >>> reaches_instant(ago(days=90), datetime(2026, 1, 1, tzinfo=UTC)).isoformat()
    '2026-04-01T00:00:00+00:00'
    """
    if at_least > LAST:
        return None
    if at_least <= FIRST:
        return ALWAYS
    if moment.start_of is not None:
        return _settled(moment, moment.start_of, at_least, lambda now: moment.instant(now) >= at_least)
    if moment.span.unit in MONTHS:
        return _months_before(at_least, moment.span.amount * MONTHS[moment.span.unit])
    return _taken_off(at_least, moment.span)


def reaches_day(moment: Moment, day: date) -> datetime | None:
    """Return the first instant of asking at which the moment's day is not before *day*; None where it never comes.

    >>> from crmcore.query import ago
    >>> reaches_day(ago(years=18, zone="Europe/Amsterdam"), date(2008, 2, 29)).isoformat()
    '2026-02-28T23:00:00+00:00'
    """
    if day > LAST.date():
        return None
    if day <= FIRST.date():
        return ALWAYS
    midnight = midnight_of(day, moment.zone)
    if moment.start_of is None and moment.span.unit in EXACT:
        return _taken_off(midnight, moment.span)
    return _settled(moment, moment.start_of or Unit.DAY, midnight, lambda now: moment.day(now) >= day.isoformat())


def _taken_off(at_least: datetime, span: Span) -> datetime | None:
    try:
        length = EXACT[span.unit] if span.unit in EXACT else _DAY * DAYS[span.unit]
        return at_least - span.amount * length
    except OverflowError:
        return ALWAYS if span.amount > 0 else None


def _months_before(at_least: datetime, months: int) -> datetime | None:
    """Return the same day so many months before; the start of the next month where the month has no such day."""
    year, month = divmod(at_least.year * 12 + at_least.month - 1 - months, 12)
    if year < 1:
        return ALWAYS
    if year > LAST.year:
        return None
    if at_least.day <= monthrange(year, month + 1)[1]:
        return at_least.replace(year=year, month=month + 1)
    return datetime(year, month + 2, 1, tzinfo=UTC)  # no December: it has all the days


def _settled(moment: Moment, unit: Unit, at_least: datetime, has_come: Callable[[datetime], bool]) -> datetime | None:
    """Return the first start of a day, week, month or year at which it has come."""
    zone = zone_named(moment.zone)
    back = Span(-moment.span.amount, moment.span.unit)
    start = first_day_of(unit, back.after(at_least, zone=moment.zone).astimezone(zone).date())
    found = None
    try:
        while has_come(at := _began(start, moment.zone)):
            found = at
            start = first_day_of(unit, start - _DAY)
    except (OverflowError, ValueError):  # outside of the years that there are
        return ALWAYS if start.year < _MIDDLE else None
    try:
        while found is None:
            start = _next_start(start, unit)
            if has_come(at := _began(start, moment.zone)):
                found = at
    except (OverflowError, ValueError):  # after them
        return None
    return found


def _began(day: date, zone: str) -> datetime:
    if not FIRST.date() < day < LAST.date():
        raise OverflowError
    return midnight_of(day, zone)


_LONGEST = {Unit.WEEK: 7, Unit.MONTH: 31, Unit.QUARTER: 92, Unit.YEAR: 366}


def _next_start(start: date, unit: Unit) -> date:
    return first_day_of(unit, start + timedelta(days=_LONGEST.get(unit, 1)))
