"""Values that depend on when one asks: "90 days ago", "the start of this quarter in Amsterdam".

"90 days ago" is counted from now, in days of 24 hours; "the start of today" and days, months and years from there lie
on the calendar of a zone, whose days may have 23 hours. A month later than 31 January is the last day of February, at
its end: a month later than the morning of the 31st must not come before a month later than the evening of the 28th.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import attrs

from crmcore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "EXACT",
    "FIRST",
    "LAST",
    "MONTHS",
    "MOST",
    "Moment",
    "Span",
    "Unit",
    "in_utc",
    "on_clock",
    "utc_or_none",
    "zone_named",
]

MOST = 1_000_000
"""The largest number of units that a span may have."""


class Unit(StrEnum):
    """What time is counted in."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    """Begins on Monday."""
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


EXACT = {Unit.SECOND: timedelta(seconds=1), Unit.MINUTE: timedelta(minutes=1), Unit.HOUR: timedelta(hours=1)}
DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}


def _unit(unit: object) -> Unit:
    try:
        return Unit(unit)  # type: ignore[arg-type]
    except ValueError as error:
        raise InputError(f"a unit of time is one of {', '.join(Unit)}") from error


def _start(unit: object) -> Unit | None:
    if unit is None:
        return None
    found = _unit(unit)
    if found in EXACT:
        raise InputError(f"a moment may be the start of a day or more, not of {_article(found)} {found}")
    return found


def _article(unit: Unit) -> str:
    return "an" if unit is Unit.HOUR else "a"


def _amount(amount: object) -> int:
    if amount.__class__ is not int or not -MOST <= amount <= MOST:
        raise InputError(f"time is counted in whole numbers up to {MOST:,}")
    return amount


_NO_ZONES = frozenset({"localtime", "posixrules", "posix", "right"})
"""Names of files beside those of zones: what they stand for depends on the machine, or counts leap seconds."""


@lru_cache(maxsize=700)
def zone_named(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name, such as "Europe/Amsterdam"; raise InputError for any other."""
    if str(name).partition("/")[0].lower() in _NO_ZONES:
        raise InputError(_no_zone(name))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError) as error:  # by what the name looks like to the file system
        raise InputError(_no_zone(name)) from error


def _no_zone(name: object) -> str:
    return f"there is no time zone {str(name)[:60]!r}; give an IANA name such as 'Europe/Amsterdam', or 'UTC'"


def _zone(name: object) -> str:
    if not isinstance(name, str):
        raise InputError(_no_zone(name))
    zone_named(name)
    return name


@attrs.frozen
class Span:
    """A length of time, such as 90 days; negative ones lead back.

    >>> Span(3, "month")
    Span(amount=3, unit=<Unit.MONTH: 'month'>)
    """

    amount: int = attrs.field(converter=_amount)
    unit: Unit = attrs.field(converter=_unit)

    def after(self, instant: datetime, *, zone: str = "UTC", is_start: bool = False) -> datetime:
        """Return the instant that comes so much later than an aware one, on the calendar and the clock of the zone.

        Where the month has no such day, that is the end of its last day; or its start, if the instant is a day's start.
        One beyond the years 1 to 9999 is the last one, or the first one, within them.
        """
        instant = in_utc(instant)
        if self.unit in EXACT:
            return _within(lambda: instant.astimezone(UTC) + self.amount * EXACT[self.unit], self.amount)
        local = instant.astimezone(zone_named(zone)).replace(tzinfo=None)
        return _within(lambda: on_clock(self._later(local, is_start=is_start), zone), self.amount)

    def _later(self, local: datetime, *, is_start: bool) -> datetime:
        """Return the wall time so much later."""
        if self.unit in DAYS:
            return local + timedelta(days=self.amount * DAYS[self.unit])
        month = local.year * 12 + local.month - 1 + self.amount * MONTHS[self.unit]
        year, month = divmod(month, 12)
        if not 1 <= year <= 9999:
            raise OverflowError
        last = monthrange(year, month + 1)[1]
        if local.day > last and not is_start:
            local = local.replace(hour=23, minute=59, second=59, microsecond=999_999)
        return local.replace(year=year, month=month + 1, day=min(local.day, last))


def on_clock(local: datetime, zone: str) -> datetime:
    """Return the instant of a wall time: the first one where the clock shows it twice, the one after a gap in a gap."""
    return local.replace(tzinfo=zone_named(zone)).astimezone(UTC)


def in_utc(at: object) -> datetime:
    """Return an instant in UTC, where no hour comes twice: within one zone Python takes both for equal.

    This is what whoever takes an instant calls first.

    Raises:
        InputError: no datetime, one without a time zone, or one beyond the years 1 to 9999.

    >>> autumn = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Amsterdam"))
    >>> autumn == autumn.replace(fold=1), in_utc(autumn) == in_utc(autumn.replace(fold=1))
    (True, False)
    """
    if not isinstance(at, datetime):
        raise InputError(f"an instant is a datetime with a time zone, not of type {at.__class__.__name__}")
    try:
        if at.utcoffset() is None:
            raise InputError(f"{at.isoformat()} has no time zone; an instant needs one, as datetime.now(UTC) has it")
        return at.astimezone(UTC)
    except OverflowError as error:
        raise InputError(f"{at.isoformat()} lies beyond the years 1 to 9999 once it is in UTC") from error


def utc_or_none(at: object) -> datetime | None:
    """Return an instant in UTC as :func:`in_utc` does, and None for None: for what may be left out."""
    return None if at is None else in_utc(at)


def midnight_of(day: date, zone: str) -> datetime:
    """Return the instant at which a day begins."""
    return on_clock(datetime.combine(day, time.min), zone)


def first_day_of(unit: Unit, day: date) -> date:
    """Return the first day of the week, month, quarter or year in which a day lies; of a day, itself."""
    match unit:
        case Unit.WEEK:
            return day - timedelta(days=day.weekday())
        case Unit.MONTH:
            return day.replace(day=1)
        case Unit.QUARTER:
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case Unit.YEAR:
            return day.replace(month=1, day=1)
        case _:
            return day


FIRST = datetime(1, 1, 2, tzinfo=UTC)
"""No moment is earlier."""
LAST = datetime(9999, 12, 30, tzinfo=UTC)
"""No moment is later."""


def _between_ends(now: datetime) -> datetime:
    return min(max(in_utc(now), FIRST), LAST)


def _within(count: Callable[[], datetime], amount: int) -> datetime:
    try:
        return min(max(count(), FIRST), LAST)
    except OverflowError:
        return LAST if amount > 0 else FIRST


@attrs.frozen(kw_only=True)
class Moment:
    """An instant, or a day, told from the time of asking.

    Attributes:
        span: how much later than now, or than the start below; negative for earlier.
        start_of: first go back to the start of the day, week, month, quarter or year in which now lies.
        zone: whose calendar and clock; an IANA name.

    >>> start_of_next_quarter = Moment(start_of="quarter", span=Span(1, "quarter"), zone="Europe/Amsterdam")
    >>> start_of_next_quarter.instant(datetime(2026, 5, 20, tzinfo=UTC))
    datetime.datetime(2026, 6, 30, 22, 0, tzinfo=datetime.timezone.utc)
    >>> start_of_next_quarter.day(datetime(2026, 5, 20, tzinfo=UTC))
    '2026-07-01'
    """

    span: Span = Span(0, Unit.SECOND)
    start_of: Unit | None = attrs.field(default=None, converter=_start)
    zone: str = attrs.field(default="UTC", converter=_zone)

    def instant(self, now: datetime) -> datetime:
        """Return the instant, in UTC; as now goes on it never goes back, nor beyond :data:`FIRST` and :data:`LAST`.

        Except where a clock was set back across midnight, so that a day began twice, as in St John's until 2011.
        """
        now = _between_ends(now)
        if self.start_of is None:
            return self.span.after(now)
        return self.span.after(self._started(now, self.start_of), zone=self.zone, is_start=True)

    def day(self, now: datetime) -> str:
        """Return the day in the zone, as ISO text: so many days, months or years from today, or from the start."""
        if self.span.unit in EXACT or self.start_of is not None:
            return self.instant(now).astimezone(zone_named(self.zone)).date().isoformat()
        today = _between_ends(now).astimezone(zone_named(self.zone)).replace(tzinfo=UTC)
        return self.span.after(today).date().isoformat()

    def _started(self, now: datetime, start_of: Unit) -> datetime:
        today = now.astimezone(zone_named(self.zone)).date()
        return _within(lambda: midnight_of(first_day_of(start_of, today), self.zone), -1)
