"""Kernels of calendars: instants on a scale of whole numbers, so that the time between two is a difference."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from crmcore.reports.pipeline.calendars import DayCount

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.reports.pipeline.calendars import Calendar

    Instants = NDArray[np.datetime64]
    Whole = NDArray[np.int64]

__all__ = ["day_of", "on_scale", "units_of_a_day"]

_DAY = 86_400_000_000
_ZERO = date(1970, 1, 1).toordinal()
_1900, _2100 = date(1900, 1, 1).toordinal() - _ZERO, date(2100, 1, 1).toordinal() - _ZERO


def units_of_a_day(calendar: Calendar) -> int:
    """Return how many steps of the scale make one day."""
    return _DAY if calendar.counts is DayCount.ELAPSED else 1


def on_scale(instants: Instants, calendar: Calendar) -> Whole:
    """Return each instant as a number: the difference of two is the time between them. NaT becomes nonsense.

    Args:
        instants: ``datetime64[us]`` in UTC.
        calendar: microseconds are counted for elapsed days, dates for dates; for business days, how many of them lie
            before the date.

    """
    if calendar.counts is DayCount.ELAPSED:
        return instants.astype(np.int64)
    days = day_of(instants, calendar.zone)
    if calendar.counts is DayCount.DATES or not len(days):
        return days
    known = ~np.isnat(instants)
    days = np.where(known, days, 0)
    mask = [day not in calendar.weekend for day in range(7)]
    holidays = np.array(calendar.holidays, dtype="datetime64[D]")
    first = int(days.min())
    last = int(days.max())
    every = np.arange(first, last + 1).astype("datetime64[D]")
    works = np.is_busday(every, weekmask=mask, holidays=holidays)
    before = np.concatenate(([0], np.cumsum(works)))[:-1]
    origin = np.busday_count(np.datetime64("1970-01-01"), every[0], weekmask=mask, holidays=holidays)
    return np.asarray(origin + before[days - first], dtype=np.int64)


def day_of(instants: Instants, zone: str) -> Whole:
    """Return the date of each instant in a zone, as days since 1970; NaT becomes nonsense.

    Before 1900 and from 2100 on the clocks of a zone are taken to stand as they did at these ends.
    """
    micros = instants.astype(np.int64)
    if zone == "UTC" or not len(micros):
        return micros // _DAY
    known = micros[~np.isnat(instants)]
    if not len(known):
        return micros // _DAY
    first, last = np.clip([known.min() // _DAY, known.max() // _DAY], _1900, _2100)
    edges, shifts = _shifts(zone, int(first), int(last))
    shift = shifts[np.searchsorted(edges, micros, side="right")]
    return np.asarray((micros + shift) // _DAY, dtype=np.int64)


@lru_cache(maxsize=256)
def _shifts(zone: str, first: int, last: int) -> tuple[Whole, Whole]:
    """Return when the shift of a zone changes from one day of UTC to another, and the shifts before, between and after.

    A day on which the shift changes twice and is the same at both ends counts as one on which it does not.
    """
    at = ZoneInfo(zone)
    edges: list[int] = []
    shifts = [_shift(at, first * _DAY)]
    for day in range(first, last + 1):
        low, high = day * _DAY, (day + 1) * _DAY
        if (after := _shift(at, high)) != shifts[-1]:
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _shift(at, middle) == shifts[-1] else (low, middle)
            edges.append(high)
            shifts.append(after)
    return np.array(edges, dtype=np.int64), np.array(shifts, dtype=np.int64)


def _shift(zone: ZoneInfo, micros: int) -> int:
    """Return by how many microseconds the clocks of a zone are ahead of UTC."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    ahead = moment.astimezone(zone).utcoffset()
    return 0 if ahead is None else ahead // timedelta(microseconds=1)
