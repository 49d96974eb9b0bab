"""What is asked of a search, checked and put in one shape."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import attrs

from crmcore._messages import kind_of
from crmcore.errors import InputError
from crmcore.hiring.slots.diary import Diary, Pool, Room, intervals
from crmcore.hiring.slots.hours import WorkingHours, zone_name
from crmcore.hiring.slots.slot import CANDIDATE
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcore.hiring.slots.diary import Interval

T = TypeVar("T")
LONGEST = timedelta(days=366)
MOST_MINUTES = 10_080
MOST_EVERY = 1_440


@attrs.frozen(kw_only=True)
class Candidate:
    """What is known of the candidate's time."""

    zone: str | None
    hours: WorkingHours | None
    busy: tuple[Interval, ...]

    @classmethod
    def of(cls, zone: str | None, hours: WorkingHours | None, busy: Iterable[Interval]) -> Candidate:
        """Check it; the zone is that of the hours where none is given."""
        if hours is not None and not isinstance(hours, WorkingHours):
            raise InputError(f"the candidate's hours are WorkingHours, not {kind_of(hours)}")
        if zone is None and hours is not None:
            zone = hours.zone
        return cls(zone=None if zone is None else zone_name(zone), hours=hours, busy=intervals(busy))


@attrs.frozen(kw_only=True)
class Window:
    """From when to when, in which steps, and how soon and how far ahead.

    Attributes:
        start, end: a slot lies between them.
        soonest, latest: it begins no earlier and no later, if that matters.
        every: minutes between two starts.
        zone: on whose clock they are counted, from midnight.

    """

    start: datetime
    end: datetime
    soonest: datetime | None
    latest: datetime | None
    every: int
    zone: str


@attrs.frozen(kw_only=True)
class Needed:
    """Who holds an interview of so many minutes, and in which rooms it can be.

    Attributes:
        fixed: who has to be there.
        pools: of whom so many have to, none of them fixed.
        order: the panel as it was asked for: a diary, or the number of a pool.
        optional: who comes if they can.
        rooms: the smallest that is free is taken; None where none is needed.

    """

    minutes: int
    fixed: tuple[Diary, ...]
    pools: tuple[Pool, ...]
    order: tuple[Diary | int, ...]
    optional: tuple[Diary, ...]
    rooms: tuple[Room, ...] | None

    @property
    def heads(self) -> int:
        """How many a room has to hold: everybody who may come, and the candidate."""
        return len(self.fixed) + sum(pool.take for pool in self.pools) + len(self.optional) + 1

    @property
    def first_zone(self) -> str:
        """The zone of who was asked for first."""
        first = self.order[0]
        members = self.pools[first].of if isinstance(first, int) else (first,)
        return next((each.hours.zone for each in (*members, *self.fixed)), "UTC")

    @property
    def everybody(self) -> dict[str, Diary]:
        """Whoever may come, by id."""
        members = (member for pool in self.pools for member in pool.of)
        return {each.user: each for each in (*self.fixed, *members, *self.optional)}


def needed(
    panel: Iterable[Diary | Pool], *, minutes: int, optional: Iterable[Diary], rooms: Iterable[Room] | None
) -> Needed:
    """Check who is asked for, and take those who have to come out of the pools."""
    asked, extra = _several("a panel", panel), _several("who is optional", optional)
    if not asked:
        raise InputError("an interview needs somebody who holds it; the panel is empty")
    check_types("a panel is of diaries and pools", asked, Diary, Pool)
    check_types("who is optional has a diary", extra, Diary)
    _whole("minutes", minutes, 1, MOST_MINUTES)
    fixed = tuple(each for each in asked if isinstance(each, Diary))
    certain = {each.user for each in fixed}
    pools = tuple(_without(each, certain) for each in asked if isinstance(each, Pool))
    _check_people(fixed, pools, extra)
    numbers = iter(range(len(pools)))
    order = tuple(each if isinstance(each, Diary) else next(numbers) for each in asked)
    return Needed(minutes=minutes, fixed=fixed, pools=pools, order=order, optional=extra, rooms=_rooms(rooms))


def _several(what: str, given: Iterable[T]) -> tuple[T, ...]:
    try:
        return tuple(given)
    except TypeError:
        raise InputError(f"{what} is given as a list, not as {kind_of(given)}") from None


def _without(pool: Pool, users: set[str]) -> Pool:
    return Pool(of=[member for member in pool.of if member.user not in users], take=pool.take, name=pool.name)


def check_types(what: str, given: tuple[object, ...], *types: type) -> None:
    """Check what is handed in by the dozen."""
    for each in given:
        if not isinstance(each, types):
            raise InputError(f"{what}; this is {kind_of(each)}")


def _check_people(fixed: tuple[Diary, ...], pools: tuple[Pool, ...], optional: tuple[Diary, ...]) -> None:
    members = [member for pool in pools for member in pool.of]
    once = [each.user for each in (*fixed, *optional)] + list({member.user for member in members})
    if twice := sorted({user for user in once if once.count(user) > 1}):
        raise InputError(f"asked for twice: {', '.join(twice)}")
    known: dict[str, Diary] = {}
    for member in members:
        if known.setdefault(member.user, member) != member:
            raise InputError(f"two pools have different diaries of {member.user!r}")
    if CANDIDATE in {*once}:
        raise InputError(f"nobody on a panel is called {CANDIDATE!r}; that is the candidate")


def _rooms(rooms: Iterable[Room] | None) -> tuple[Room, ...] | None:
    if rooms is None:
        return None
    found = _several("a choice of rooms", rooms)
    check_types("rooms are of the class Room", found, Room)
    names = [room.id for room in found]
    if len(set(names)) < len(names):
        raise InputError("the rooms have one twice")
    return tuple(sorted(found, key=lambda room: (room.capacity, room.id)))


def window(
    within: tuple[datetime, datetime],
    *,
    every: int,
    zone: str,
    now: datetime | None,
    notice: timedelta,
    advance: timedelta | None,
) -> Window:
    """Check from when to when is asked for."""
    start, end = _pair(within)
    _whole("every", every, 1, MOST_EVERY)
    for name, span in (("notice", notice), ("advance", timedelta(0) if advance is None else advance)):
        if not isinstance(span, timedelta):
            raise InputError(f"{name} is a timedelta, not {kind_of(span)}")
    if now is None and (notice or advance is not None):
        raise InputError("notice and advance are counted from now; hand it in")
    if notice < timedelta(0) or (advance is not None and advance < notice):
        raise InputError("notice is no less than nothing, and advance no less than notice")
    at = None if now is None else in_utc(now)
    return Window(
        start=start,
        end=end,
        soonest=None if at is None else at + notice,
        latest=None if at is None or advance is None else at + advance,
        every=every,
        zone=zone,
    )


def _pair(within: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    try:
        start, end = within
    except (TypeError, ValueError) as error:
        raise InputError("within is a pair: from when to when") from error
    start, end = in_utc(start), in_utc(end)
    if end <= start:
        raise InputError(f"within ends at {end.isoformat()}, no later than it starts at {start.isoformat()}")
    if end - start > LONGEST:
        raise InputError(f"slots are looked for in at most {LONGEST.days} days at once")
    if not 1900 <= start.year <= end.year <= 9990:
        raise InputError("slots are looked for in the years 1900 to 9990")
    return start, end


def _whole(name: str, value: int, least: int, most: int) -> None:
    if value.__class__ is not int or not least <= value <= most:
        raise InputError(f"{name} is a whole number from {least} to {most:,}, not {value!r}")


def check_limit(limit: int | None) -> None:
    """Check how many are wanted."""
    if limit is not None:
        _whole("limit", limit, 1, 10**9)


def check_breaks(breaks: tuple[int, int]) -> None:
    """Check how long breaks are."""
    try:
        least, most = breaks
    except (TypeError, ValueError) as error:
        raise InputError("breaks are a pair: how many minutes at least, and at most") from error
    _whole("the shortest break", least, 0, MOST_MINUTES)
    _whole("the longest break", most, least, MOST_MINUTES)
