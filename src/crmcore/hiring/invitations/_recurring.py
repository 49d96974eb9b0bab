"""The times at which an event repeats, between two walls: a rule may mean millions, and none of them within.

Every common expander walks from the first event on, and one that never matches to the year 9999. Here whole periods
before the window are stepped over, nothing after it is looked at, and each step counts against a budget. All times are
those of the clock on the wall; what instants they are is for the zone to say.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmcore.hiring.invitations._rule import Rule

__all__ = ["Budget", "TooManySteps", "repeats"]

_NEVER = datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001 - a wall time
_UNITS = {"HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}


class TooManySteps(Exception):
    """The budget is used up."""


@attrs.define
class Budget:
    """How many more days and times may be looked at."""

    left: int

    def spend(self, steps: int) -> None:
        """Take some; TooManySteps where there are not that many."""
        self.left -= steps
        if self.left < 0:
            raise TooManySteps


def repeats(
    start: datetime, rule: Rule, *, first: datetime, last: datetime, until: datetime | None, budget: Budget
) -> Iterator[datetime]:
    """Yield the wall times of a rule from *first* to *last*, both included, in order.

    The start is the first of them, as RFC 5545 counts it, also where it does not match the rule.

    Raises:
        TooManySteps: the budget did not suffice.

    """
    end = last if until is None else min(last, until)
    counted = 1
    if first <= start <= end:
        yield start
    for each in _candidates(start, rule, first=first, last=end, budget=budget):
        if each <= start:
            continue
        counted += 1
        if each > end or (rule.count is not None and counted > rule.count):
            return
        if each >= first:
            yield each


def _candidates(start: datetime, rule: Rule, *, first: datetime, last: datetime, budget: Budget) -> Iterator[datetime]:
    """Yield what matches, in order, from a little before *first*; from the start where they have to be counted."""
    begin = start if rule.count is not None else max(start, first)
    if rule.frequency in _UNITS:
        yield from _by_the_clock(start, rule, begin=begin, last=last, budget=budget)
        return
    times = _times(start, rule)
    for days in _periods(start.date(), rule, begin=begin.date(), last=last.date()):
        budget.spend(len(days))
        chosen = [day for day in days if _matches(day, rule, start.date())]
        budget.spend(len(chosen) * len(times))
        yield from _positioned([datetime.combine(day, each) for day in chosen for each in times], rule)


def _times(start: datetime, rule: Rule) -> list[time]:
    hours, minutes, seconds = rule.by_hour or (start.hour,), rule.by_minute or (start.minute,), rule.by_second
    return [time(*each) for each in product(hours, minutes, seconds or (start.second,))]


def _positioned(times: Sequence[datetime], rule: Rule) -> Sequence[datetime]:
    if not rule.by_position:
        return times
    wanted = {each - 1 if each > 0 else len(times) + each for each in rule.by_position}
    return [each for position, each in enumerate(times) if position in wanted]


def _periods(start: date, rule: Rule, *, begin: date, last: date) -> Iterator[Sequence[date]]:
    """Yield the days of each year, month, week or day that counts, from the period of *begin* to that of *last*."""
    if rule.frequency == "YEARLY":
        months = _months(start, rule)
        for year in _steps(start.year, begin.year, last.year, rule.interval):
            yield [day for month in months for day in _month(year, month - 1)]
    elif rule.frequency == "MONTHLY":
        for month in _steps(_month_of(start), _month_of(begin), _month_of(last), rule.interval):
            yield _month(*divmod(month, 12))
    elif rule.frequency == "WEEKLY":
        shift = (start.weekday() - rule.week_start) % 7
        monday = start.toordinal() - shift
        for first in _steps(monday, begin.toordinal() - 6, last.toordinal(), 7 * rule.interval):
            yield [date.fromordinal(day) for day in range(max(first, 1), min(first + 7, date.max.toordinal() + 1))]
    else:
        for day in _steps(start.toordinal(), begin.toordinal(), last.toordinal(), rule.interval):
            yield [date.fromordinal(day)]


def _steps(origin: int, begin: int, last: int, width: int) -> range:
    """Return origin, origin + width and so on, from the first that is not below *begin* to *last*."""
    return range(origin + max(0, -((origin - begin) // width)) * width, last + 1, width)


def _month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


def _months(start: date, rule: Rule) -> Sequence[int]:
    """Return the months of a year that have a day of the rule, as far as that is plain."""
    if rule.by_month:
        return sorted(rule.by_month)
    says_day = rule.by_day or rule.by_month_day or rule.by_year_day or rule.by_week
    return range(1, 13) if says_day else [start.month]


def _month(year: int, index: int) -> Sequence[date]:
    return [date(year, index + 1, day) for day in range(1, monthrange(year, index + 1)[1] + 1)]


def _matches(day: date, rule: Rule, start: date) -> bool:
    """Whether a day of a period is one of the rule; what the rule does not say is as at the start."""
    if rule.by_month and day.month not in rule.by_month:
        return False
    if rule.by_month_day and not _counted(day.day, monthrange(day.year, day.month)[1], rule.by_month_day):
        return False
    if rule.by_year_day:
        in_year, length = day.timetuple().tm_yday, 366 if monthrange(day.year, 2)[1] == 29 else 365
        if not _counted(in_year, length, rule.by_year_day):
            return False
    if rule.by_week and not _counted(*_week(day, rule.week_start), rule.by_week):
        return False
    if rule.by_day and not _is_that_day(day, rule):
        return False
    return rule.frequency in _UNITS or _as_at_the_start(day, rule, start)


def _as_at_the_start(day: date, rule: Rule, start: date) -> bool:
    says_day = bool(rule.by_day or rule.by_month_day or rule.by_year_day)
    if says_day or rule.frequency == "DAILY":
        return True
    if rule.frequency == "WEEKLY" or rule.by_week:
        return day.weekday() == start.weekday()
    in_month = rule.frequency == "MONTHLY" or bool(rule.by_month) or day.month == start.month
    return day.day == start.day and in_month


def _counted(place: int, length: int, wanted: frozenset[int]) -> bool:
    """Whether a place, counted from the front or from the back, is wanted."""
    return place in wanted or place - length - 1 in wanted


def _is_that_day(day: date, rule: Rule) -> bool:
    """Whether it is a day of the week that the rule names, and which of the month or year where it says so."""
    weekday = day.weekday()
    if (0, weekday) in rule.by_day:
        return True
    if rule.frequency == "MONTHLY" or (rule.frequency == "YEARLY" and rule.by_month):
        place, length = day.day, monthrange(day.year, day.month)[1]
    elif rule.frequency == "YEARLY":
        place, length = day.timetuple().tm_yday, date(day.year, 12, 31).timetuple().tm_yday
    else:  # "the second Monday" means nothing within a week or a day: the number is passed over
        return any(weekday == each for _, each in rule.by_day)
    return ((place - 1) // 7 + 1, weekday) in rule.by_day or (-((length - place) // 7 + 1), weekday) in rule.by_day


def _week(day: date, week_start: int) -> tuple[int, int]:
    """Return the number of a day's week and how many weeks its year has, as ISO 8601 but for the first day."""
    year = day.year
    if year < date.max.year and day.toordinal() >= _first_week(year + 1, week_start):
        year += 1
    elif day.toordinal() < _first_week(year, week_start):
        year -= 1
    first = _first_week(year, week_start)
    after = _first_week(year + 1, week_start) if year < date.max.year else first + 364
    return (day.toordinal() - first) // 7 + 1, (after - first) // 7


@lru_cache(maxsize=256)
def _first_week(year: int, week_start: int) -> int:
    """Return the ordinal of the day on which the first week with four days in the year begins."""
    fourth = date(max(year, 1), 1, 4)
    return fourth.toordinal() - (fourth.weekday() - week_start) % 7


def _by_the_clock(
    start: datetime, rule: Rule, *, begin: datetime, last: datetime, budget: Budget
) -> Iterator[datetime]:
    """Yield the times of a rule that counts in hours, minutes or seconds, stepping over days and hours without any."""
    width = _UNITS[rule.frequency] * rule.interval
    origin = start if rule.frequency == "SECONDLY" else start.replace(second=0)
    origin = origin.replace(minute=0) if rule.frequency == "HOURLY" else origin
    step = max(0, (_seconds(begin - origin) - _UNITS[rule.frequency]) // width)
    while (at := _later(origin, step * width)) is not None and at <= last:
        budget.spend(1)
        skip_to = _next_chance(at, rule, start)
        if skip_to is not None:
            step = max(step + 1, -(-_seconds(skip_to - origin) // width))
            continue
        inner = _within(at, start, rule)
        budget.spend(len(inner))
        yield from _positioned(inner, rule)
        step += 1


def _seconds(span: timedelta) -> int:
    return span.days * 86_400 + span.seconds


def _later(origin: datetime, seconds: int) -> datetime | None:
    """Return a time so many seconds later; None after the last year."""
    try:
        return origin + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _next_chance(at: datetime, rule: Rule, start: datetime) -> datetime | None:
    """Return when the next day, hour or minute begins that may match; None where this one does."""
    if not _matches(at.date(), rule, start.date()):
        return _later(datetime.combine(at.date(), time.min), 86_400) or _NEVER
    if rule.by_hour and at.hour not in rule.by_hour:
        return _later(at.replace(minute=0, second=0), 3600) or _NEVER
    if rule.frequency == "HOURLY":
        return None
    if rule.by_minute and at.minute not in rule.by_minute:
        return _later(at.replace(second=0), 60) or _NEVER
    if rule.frequency == "SECONDLY" and rule.by_second and at.second not in rule.by_second:
        return at + timedelta(seconds=1)
    return None


def _within(at: datetime, start: datetime, rule: Rule) -> list[datetime]:
    """Return the times within an hour or a minute."""
    if rule.frequency == "SECONDLY":
        return [at]
    seconds = rule.by_second or (start.second,)
    minutes = (rule.by_minute or (start.minute,)) if rule.frequency == "HOURLY" else (at.minute,)
    return [at.replace(minute=minute, second=second) for minute, second in product(minutes, seconds)]
