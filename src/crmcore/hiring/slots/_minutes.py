"""Arithmetic on intervals of minutes since 1970: arrays in, arrays out.

Slots begin and end on whole minutes. What is free is therefore cut inward to whole minutes, and what is taken is
widened outward, without a change to any answer: for whole s and e, [s, e) meets [a, b) exactly when it meets
[floor(a), ceil(b)).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from crmcore.hiring.slots._clock import DAY, EPOCH, regimes, stretches

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from numpy.typing import NDArray

    from crmcore.hiring.slots.diary import Interval
    from crmcore.hiring.slots.hours import WorkingHours

    Minutes = NDArray[np.int64]
    Mask = NDArray[np.bool_]

MINUTE = timedelta(minutes=1)
WEEK_BEGAN = 3
"""1 January 1970 was a Thursday: three days into a week from Monday."""


def minute_of(instant: datetime) -> int:
    """Return the minute in which an instant lies."""
    return (instant - EPOCH) // MINUTE


def minute_after(instant: datetime) -> int:
    """Return the first minute that begins at an instant or later."""
    return -((EPOCH - instant) // MINUTE)


def union(starts: Minutes, ends: Minutes) -> tuple[Minutes, Minutes]:
    """Return the same time as intervals in order that neither meet nor touch; empty ones are left out."""
    order = np.argsort(starts, kind="stable")
    order = order[(starts < ends)[order]]
    if not len(order):
        return starts[:0], ends[:0]
    starts, ends = starts[order], np.maximum.accumulate(ends[order])
    opens = np.append(True, starts[1:] > ends[:-1])
    return starts[opens], ends[np.append(opens[1:], True)]


def at_work(hours: WorkingHours, first: int, last: int) -> tuple[Minutes, Minutes]:
    """Return when the clock shows hours, between two minutes."""
    found = np.array([*stretches(hours, first * 60, last * 60)], dtype=np.int64).reshape(-1, 2)
    starts, ends = union(found[:, 0], found[:, 1])
    return -(-starts // 60), ends // 60


def taken(busy: Iterable[Interval], first: int, last: int, *, before: int, after: int) -> tuple[Minutes, Minutes]:
    """Return when nothing may lie that needs so many minutes free before and after it, between two minutes."""
    found = np.array([(minute_of(start), minute_after(end)) for start, end in busy if start < end], dtype=np.int64)
    found = found.reshape(-1, 2)
    starts, ends = found[:, 0] - after, found[:, 1] + before
    near = (starts < last) & (ends > first)
    return union(starts[near], ends[near])


def contains(spans: tuple[Minutes, Minutes], at: Minutes, minutes: int) -> Mask:
    """Say of each start whether so many minutes from it lie within one interval."""
    starts, ends = spans
    if not len(starts):
        return np.zeros(len(at), dtype=np.bool_)
    place = np.searchsorted(starts, at, side="right") - 1
    return (place >= 0) & (at + minutes <= ends[np.maximum(place, 0)])


def meets(spans: tuple[Minutes, Minutes], at: Minutes, minutes: int) -> Mask:
    """Say of each start whether so many minutes from it share one with an interval."""
    starts, ends = spans
    if not len(starts):
        return np.zeros(len(at), dtype=np.bool_)
    place = np.searchsorted(ends, at, side="right")
    return (place < len(starts)) & (starts[np.minimum(place, len(starts) - 1)] < at + minutes)


def on_clock(zone: str, at: Minutes) -> Minutes:
    """Return what the clocks of a zone show at each minute, in order: minutes since the start of 1970 on them."""
    if not len(at):
        return at
    known = np.array(regimes(zone, int(at[0]) * 60, int(at[-1]) * 60 + 60), dtype=np.int64)
    offset = known[np.searchsorted(known[:, 0], at * 60, side="right") - 1, 2]
    shown: Minutes = (at * 60 + offset) // 60
    return shown


def day_of(shown: Minutes) -> Minutes:
    """Return the number of the day of what a clock shows."""
    return shown // (DAY // 60)


def week_of(shown: Minutes) -> Minutes:
    """Return the number of the week, from Monday, of what a clock shows."""
    return (day_of(shown) + WEEK_BEGAN) // 7


def times_in(numbers: Minutes, among: Minutes) -> Minutes:
    """Return how often each number is among others."""
    known, counts = np.unique(among, return_counts=True)
    if not len(known):
        return np.zeros(len(numbers), dtype=np.int64)
    place = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
    return np.where(known[place] == numbers, counts[place], 0)
