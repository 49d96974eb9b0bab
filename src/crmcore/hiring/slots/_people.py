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
    found = nothing(length)
    for mask in reasons.values():
        found |= mask
    return found


@attrs.frozen(kw_only=True)
class Left:
    """How many interviews somebody has left in each of some days, or weeks, that follow each other.

    Attributes:
        first: the number of the first.
        left: of each, how many.

    """

    first: int
    left: Minutes

    def of(self, numbers: Minutes) -> Minutes:
        """Return how many are left in each."""
        found: Minutes = self.left[numbers - self.first]
        return found


@attrs.frozen(kw_only=True)
class Time:
    """Somebody's time, or a room's, between two minutes.

    Attributes:
        hours: when they can be had at all; None for always.
        taken: when they cannot after all, with what they want free around it.
        days, weeks: how many interviews they have left, on the clock of `zone`; None for as many as one likes.

    """

    hours: Spans | None
    taken: Spans
    zone: str = "UTC"
    days: Left | None = None
    weeks: Left | None = None

    def against(self, at: Minutes, minutes: int) -> Reasons:
        """Return why they cannot, over starts in order."""
        found: Reasons = {} if self.hours is None else {OUTSIDE: ~contains(self.hours, at, minutes)}
        found[BUSY] = meets(self.taken, at, minutes)
        for reason, left in zip((DAY_FULL, WEEK_FULL), self.left(at), strict=True):
            if left is not None:
                found[reason] = left <= 0
        return found

    def left(self, at: Minutes) -> tuple[Minutes | None, Minutes | None]:
        """Return how many interviews they have left in the day, and in the week, of each start; None for no end."""
        if self.days is None and self.weeks is None:
            return None, None
        shown = on_clock(self.zone, at)
        return (
            None if self.days is None else self.days.of(day_of(shown)),
            None if self.weeks is None else self.weeks.of(week_of(shown)),
        )

    def free(self, at: Minutes, minutes: int) -> Mask:
        """Say of each start whether they can."""
        return ~any_of(self.against(at, minutes), len(at))


def time_of(diary: Diary, first: int, last: int) -> Time:
    """Return a person's time between two minutes."""
    zone = diary.hours.zone
    days = weeks = None
    if diary.per_day is not None or diary.per_week is not None:
        shown = np.array([_shown(start, zone) for start, end in diary.interviews if start < end], dtype=np.int64)
        span = on_clock(zone, np.array([first, last], dtype=np.int64))
        days = _left(day_of(shown), day_of(span), diary.per_day)
        weeks = _left(week_of(shown), week_of(span), diary.per_week)
    return Time(
        hours=at_work(diary.hours, first, last),
        taken=taken((*diary.busy, *diary.interviews), first, last, before=diary.before, after=diary.after),
        zone=zone,
        days=days,
        weeks=weeks,
    )


def time_without_caps(hours: WorkingHours | None, busy: Iterable[Interval], first: int, last: int) -> Time:
    """Return the time of a candidate or a room."""
    return Time(
        hours=None if hours is None else at_work(hours, first, last),
        taken=taken(busy, first, last, before=0, after=0),
    )


def _left(held: Minutes, span: Minutes, most: int | None) -> Left | None:
    """Return how many are left in the days, or weeks, of a span; a clock may be set back a little before it begins."""
    if most is None:
        return None
    numbers = np.arange(span.min() - 1, span.max() + 2, dtype=np.int64)
    return Left(first=int(numbers[0]), left=most - times_in(numbers, held))


def _shown(instant: datetime, zone: str) -> int:
    """Return what the clocks of a zone show at an instant: minutes since the start of 1970 on them."""
    return minute_of(instant.astimezone(zone_named(zone)).replace(tzinfo=UTC))
