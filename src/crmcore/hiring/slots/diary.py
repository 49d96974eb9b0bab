"""Whom and what a slot needs: people with their hours and what they have on already, pools of them, and rooms."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

import attrs

from crmcore._given import several
from crmcore._messages import kind_of
from crmcore.errors import InputError
from crmcore.hiring.slots.hours import WorkingHours
from crmcore.model.hiring.interview import Interview
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["Diary", "Interval", "Pool", "Room", "interviews_of", "room_use"]

Interval = tuple[datetime, datetime]
"""From one instant to another, the latter not included."""

MOST = 1_000_000
"""No number of minutes, people or interviews is larger."""


def intervals(given: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return intervals in UTC and in order, so that equal diaries are equal.

    Raises:
        InputError: an instant without a time zone, or an end before its start. One that ends where it starts is no
            time at all, and takes none up.

    """
    try:
        found = tuple(sorted((in_utc(start), in_utc(end)) for start, end in given))
    except (TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("an interval is a pair: from when to when") from error
    for start, end in found:
        if end < start:
            raise InputError(f"an interval ends at {end.isoformat()}, before it starts at {start.isoformat()}")
    return found


def _counted(given: tuple[Interval, ...]) -> str:
    return f"<{len(given)}>"


def _whole(given: object, least: int, *names: str) -> None:
    """Check attributes that are whole numbers, or None."""
    for name in names:
        value = getattr(given, name)
        if value is not None and (value.__class__ is not int or not least <= value <= MOST):
            raise InputError(f"{name} is a whole number from {least} to {MOST:,}, not {value!r}")


def _hours(given: object, of: str) -> None:
    if not isinstance(given, WorkingHours):
        raise InputError(f"the hours of {of} are WorkingHours, not {kind_of(given)}")


def _named(name: object, of: str) -> None:
    if not isinstance(name, str) or not name:
        raise InputError(f"{of} is named by its id, not by {kind_of(name)}")


@attrs.frozen(kw_only=True)
class Diary:
    """One person's time.

    Attributes:
        user: who.
        hours: when they work, on the clock of their zone.
        busy: what they have on; an interview may begin when that ends.
        interviews: the interviews that they have on; busy like the others, and counted for caps and load.
        before, after: minutes that they want free of `busy` and `interviews` before and after an interview; they may
            lie outside of their hours.
        per_day, per_week: the most interviews that they hold in a day, or a week from Monday, of their calendar; one
            counts where it begins.
        held: how many they have held of late, by which a pool is fair; by default the number of `interviews`.
        weight: how many they are to hold compared with others of a pool.

    >>> from datetime import UTC
    >>> from crmcore.hiring.slots.hours import WorkingHours
    >>> hours = WorkingHours.of("Europe/Amsterdam", "mon-fri 09:00-17:00")
    >>> meeting = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC)
    >>> Diary(user="bo", hours=hours, busy=[meeting], before=10, per_day=2).load
    0
    """

    user: str
    hours: WorkingHours
    busy: tuple[Interval, ...] = attrs.field(default=(), converter=intervals, repr=_counted)
    interviews: tuple[Interval, ...] = attrs.field(default=(), converter=intervals, repr=_counted)
    before: int = 0
    after: int = 0
    per_day: int | None = None
    per_week: int | None = None
    held: int | None = None
    weight: float = 1.0

    def __attrs_post_init__(self) -> None:
        _named(self.user, "whose diary it is")
        _whole(self, 0, "before", "after", "per_day", "per_week", "held")
        _hours(self.hours, repr(self.user))
        if self.weight.__class__ not in {int, float} or not 0 < self.weight < float("inf"):
            raise InputError(f"the weight of {self.user!r} is a number above 0, not {self.weight!r}")

    @property
    def load(self) -> int:
        """How many interviews count for them when a pool is fair."""
        return len(self.interviews) if self.held is None else self.held

    @property
    def turn(self) -> tuple[float, str]:
        """By which a pool orders its members: what their share would be with one more, and then their id."""
        return (self.load + 1) / self.weight, self.user

    def holding(self, start: datetime, end: datetime) -> Self:
        """Return their diary with one more interview."""
        start, end = in_utc(start), in_utc(end)
        held = None if self.held is None else self.held + 1
        return attrs.evolve(self, interviews=(*self.interviews, (start, end)), held=held)


def _diaries(given: Iterable[Diary]) -> tuple[Diary, ...]:
    return several(given, Diary, "a pool")


@attrs.frozen(kw_only=True)
class Pool:
    """People of whom so many are needed, whoever they are: those whose turn it is.

    Whose turn it is decides who of those that are free comes at a start. It puts no start before another: the earlier
    one is offered first, also where it is only somebody else who can come.

    Attributes:
        of: the members.
        take: how many.
        name: what it is called.

    """

    of: tuple[Diary, ...] = attrs.field(converter=_diaries)
    take: int = 1
    name: str = "the pool"

    def __attrs_post_init__(self) -> None:
        _whole(self, 1, "take")
        users = [each.user for each in self.of]
        if len(set(users)) < len(users):
            raise InputError(f"{self.name} names somebody twice")


@attrs.frozen(kw_only=True)
class Room:
    """A room.

    Attributes:
        id: which.
        capacity: how many it holds.
        busy: when it is taken.
        hours: when it can be had; by default always.

    """

    id: str
    capacity: int = 2
    busy: tuple[Interval, ...] = attrs.field(default=(), converter=intervals, repr=_counted)
    hours: WorkingHours | None = None

    def __attrs_post_init__(self) -> None:
        _named(self.id, "a room")
        if self.hours is not None:
            _hours(self.hours, f"room {self.id!r}")
        _whole(self, 1, "capacity")


def interviews_of(user: str, interviews: Iterable[Interview]) -> tuple[Interval, ...]:
    """Return when a user is on a panel: what `Diary.interviews` takes. Called off and missed ones take up no time."""
    interviews = several(interviews, Interview, "interviews")
    return tuple(
        (each.starts_at, each.ends_at)
        for each in interviews
        if each.is_binding and user in {one.user for one in each.panel}
    )


def room_use(room: str, interviews: Iterable[Interview]) -> tuple[Interval, ...]:
    """Return when a room is taken by interviews: what `Room.busy` takes."""
    interviews = several(interviews, Interview, "interviews")
    return tuple((each.starts_at, each.ends_at) for each in interviews if each.is_binding and each.room == room)
