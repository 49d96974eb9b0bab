"""Diaries and rooms with the interviews that a database knows of, and a slot as what an interview is scheduled by."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError
from crmcore.hiring.slots import Diary, Pool, interviews_of, room_use
from crmcore.model.hiring import Interview, WallTime
from crmcore.query import F
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmcore.hiring.slots import Interval, Room, Slot
    from crmcore.model.hiring import Panelist
    from crmcore.ports import Reader

__all__ = ["busy_of", "interviews_around", "known_diary", "known_room", "panel_of", "wall_time"]

AROUND = timedelta(days=8)
"""How far around a window interviews count: for what is capped by the week, and for turns."""


def interviews_around(reader: Reader, within: tuple[datetime, datetime]) -> list[Interview]:
    """Return the interviews that take up time in a window, or in the week around it."""
    first, last = in_utc(within[0]) - AROUND, in_utc(within[1]) + AROUND
    return [each for each in reader.stream(Interview, F.starts_at.between(first, last)) if each.is_binding]


def known_diary(asked: Diary | Pool, interviews: Iterable[Interview]) -> Diary | Pool:
    """Return a diary, or those of a pool, with the interviews that the database knows of."""
    known = tuple(interviews)
    if isinstance(asked, Pool):
        return attrs.evolve(asked, of=tuple(_diary(each, known) for each in asked.of))
    return _diary(asked, known)


def _diary(asked: Diary, known: tuple[Interview, ...]) -> Diary:
    if not isinstance(asked, Diary):
        raise InputError(f"a panel lists a Diary or a Pool for each place, not {type(asked).__name__}")
    return attrs.evolve(asked, interviews={*asked.interviews, *interviews_of(asked.user, known)})


def known_room(room: Room, interviews: Iterable[Interview]) -> Room:
    """Return a room with the interviews that are held in it."""
    return attrs.evolve(room, busy={*room.busy, *room_use(room.id, interviews)})


def busy_of(contact: str, interviews: Iterable[Interview]) -> list[Interval]:
    """Return when a candidate is interviewed."""
    return [(each.starts_at, each.ends_at) for each in interviews if each.contact == contact]


def wall_time(start: object) -> WallTime:
    """Return the time on the clock of a place, if it is one.

    Raises:
        InputError: with how to say it.

    """
    if not isinstance(start, WallTime):
        raise InputError(
            f"an interview begins at a slot, or at a WallTime, such as WallTime.of(datetime(2027, 3, 1, 10), "
            f"'Europe/Amsterdam'), not at a {type(start).__name__}"
        )
    return start


def panel_of(slot: Slot, people: Iterable[Panelist]) -> list[Panelist]:
    """Return those of some people who hold a slot's interview, and who can come as well.

    Raises:
        InputError: somebody of the slot is not among them.

    """
    known = {each.user: each for each in people}
    if missing := [user for user in slot.panel if user not in known]:
        raise InputError(f"the slot is held by {', '.join(missing)}; put them on the panel")
    return [known[user] for user in (*slot.panel, *slot.optional) if user in known]
