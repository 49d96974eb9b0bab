"""When people and rooms are free: one mask over all starts for each reason why they are not."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hiring.slots._minutes import (
    at_work,
    contains,
    day_of,
    meets,
    minute_of,
    on_clock,
    taken,
    times_in,
    week_of,
)
from crmcore.query.moments import zone_named

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmcore.hiring.slots._minutes import Mask, Minutes
    from crmcore.hiring.slots.diary import Diary, Interval
    from crmcore.hiring.slots.hours import WorkingHours

    Reasons = dict[str, Mask]
    Spans = tuple[Minutes, Minutes]

OUTSIDE, BUSY, DAY_FULL, WEEK_FULL = "outside their hours", "busy", "enough that day", "enough that week"


def nothing(length: int) -> Mask:
    """Return a mask that rules nothing out."""
    return np.zeros(length, dtype=np.bool_)


def any_of(reasons: Reasons, length: int) -> Mask:
    """Say of each start whether there is a reason against it."""
    return np.logical_or.reduce([*reasons.values()]) if reasons else nothing(length)


@attrs.frozen(kw_only=True)
class Time:
    """Somebody's time, or a room's, between two minutes.

    Attributes:
        hours: when they can be had at all; None for always.
        taken: when they cannot after all, with what they want free around it.
        day_full, week_full: numbers of days and weeks, on the clock of `zone`, for which they hold enough already.

    """

    hours: Spans | None
    taken: Spans
    zone: str = "UTC"
    day_full: Minutes | None = None
    week_full: Minutes | None = None

    def against(self, at: Minutes, minutes: int) -> Reasons:
        """Return why they cannot, over starts in order."""
        found: Reasons = {} if self.hours is None else {OUTSIDE: ~contains(self.hours, at, minutes)}
        found[BUSY] = meets(self.taken, at, minutes)
        if self.day_full is not None:
            found[DAY_FULL] = np.isin(day_of(on_clock(self.zone, at)), self.day_full)
        if self.week_full is not None:
            found[WEEK_FULL] = np.isin(week_of(on_clock(self.zone, at)), self.week_full)
        return found

    def free(self, at: Minutes, minutes: int) -> Mask:
        """Say of each start whether they can."""
        return ~any_of(self.against(at, minutes), len(at))


def time_of(diary: Diary, first: int, last: int) -> Time:
    """Return a person's time between two minutes."""
    zone = diary.hours.zone
    day_full = week_full = None
    if diary.per_day is not None or diary.per_week is not None:
        shown = np.array([_shown(start, zone) for start, end in diary.interviews if start < end], dtype=np.int64)
        span = on_clock(zone, np.array([first, last], dtype=np.int64))
        day_full = _full(day_of(shown), day_of(span), diary.per_day)
        week_full = _full(week_of(shown), week_of(span), diary.per_week)
    return Time(
        hours=at_work(diary.hours, first, last),
        taken=taken((*diary.busy, *diary.interviews), first, last, before=diary.before, after=diary.after),
        zone=zone,
        day_full=day_full,
        week_full=week_full,
    )


def time_without_caps(hours: WorkingHours | None, busy: Iterable[Interval], first: int, last: int) -> Time:
    """Return the time of a candidate or a room."""
    return Time(
        hours=None if hours is None else at_work(hours, first, last),
        taken=taken(busy, first, last, before=0, after=0),
    )


def _full(held: Minutes, span: Minutes, most: int | None) -> Minutes | None:
    """Return which numbers of a span are held so often that there is no place for one more."""
    if most is None:
        return None
    numbers = np.arange(span[0], span[-1] + 1, dtype=np.int64)
    return numbers[times_in(numbers, held) >= most]


def _shown(instant: datetime, zone: str) -> int:
    """Return what the clocks of a zone show at an instant: minutes since the start of 1970 on them."""
    return minute_of(instant.astimezone(zone_named(zone)).replace(tzinfo=UTC))
