"""Slots for one interview."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crmcore.hiring.slots._asked import Candidate, check_limit, needed, window
from crmcore.hiring.slots.hours import zone_name
from crmcore.hiring.slots.slot import Slots

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmcore.hiring.slots.diary import Diary, Interval, Pool, Room
    from crmcore.hiring.slots.hours import WorkingHours

__all__ = ["find_slots"]


def find_slots(
    *,
    panel: Iterable[Diary | Pool],
    minutes: int,
    within: tuple[datetime, datetime],
    optional: Iterable[Diary] = (),
    candidate_zone: str | None = None,
    candidate_hours: WorkingHours | None = None,
    candidate_busy: Iterable[Interval] = (),
    rooms: Iterable[Room] | None = None,
    every: int = 15,
    grid_zone: str | None = None,
    now: datetime | None = None,
    notice: timedelta = timedelta(0),
    advance: timedelta | None = None,
    limit: int | None = None,
) -> Slots:
    """Find when an interview can be held, the best first.

    Everybody on the panel is at work from its start to its end, and has nothing else on; what touches does not meet.
    So have the candidate, the room, and so many of each pool. Somebody of whom a pool and the panel want something
    comes once. Same questions, same answers: nothing is drawn by lot.

    Args:
        panel: who holds it, and pools of whom so many do.
        minutes: how long it lasts.
        within: from when to when it has to lie.
        optional: who comes if they can.
        candidate_zone: where the candidate is; by default where their hours are. What lies outside 09:00 to 18:00 there
            ranks last, unless their hours are known.
        candidate_hours: when the candidate can.
        candidate_busy: when the candidate cannot.
        rooms: where it can be; the smallest that is free and holds everybody is taken. None where none is needed.
        every: minutes between two starts, counted from midnight.
        grid_zone: on whose clock; by default that of the first of the panel.
        now: from when notice and advance count.
        notice: how long ahead it has to be at least.
        advance: how far ahead it may begin at most.
        limit: how many are wanted; all by default.

    Raises:
        InputError: no zone of that name, a time without one, an end before its start, a length of nothing, nobody on
            the panel, somebody asked for twice, and the like.

    >>> from datetime import UTC, date, datetime
    >>> from crmcore.hiring.slots.diary import Diary
    >>> from crmcore.hiring.slots.hours import WorkingHours
    >>> hours = WorkingHours.of("Europe/Amsterdam", "mon-fri 09:00-17:00")
    >>> meeting = datetime(2026, 3, 30, 7, tzinfo=UTC), datetime(2026, 3, 30, 9, 10, tzinfo=UTC)
    >>> bo, cy = Diary(user="bo", hours=hours, busy=[meeting], before=10), Diary(user="cy", hours=hours)
    >>> week = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC)
    >>> slots = find_slots(panel=[bo, cy], minutes=45, within=week, candidate_zone="Asia/Kolkata", limit=3)
    >>> print(slots[0])
    Mon 30 Mar 11:30 Europe/Amsterdam, Mon 30 Mar 15:00 Asia/Kolkata: bo, cy
    >>> find_slots(panel=[bo, cy], minutes=45, within=(meeting[0], meeting[1])).explain().blockers
    (Blocker(who='bo', starts=6, alone=6, reasons={'outside their hours': 0, 'busy': 6}),)
    """
    from crmcore.hiring.slots._explaining import explained  # arrays, on use
    from crmcore.hiring.slots._party import Party
    from crmcore.hiring.slots._ranking import best

    asked = needed(panel, minutes=minutes, optional=optional, rooms=rooms)
    check_limit(limit)
    candidate = Candidate.of(candidate_zone, candidate_hours, candidate_busy)
    clock = zone_name(grid_zone) if grid_zone is not None else asked.first_zone
    span = window(within, every=every, zone=clock, now=now, notice=notice, advance=advance)
    party = Party.of(asked, candidate, span)
    found = best(party, candidate, party.possible(span), limit=limit)
    return Slots(found, lambda: explained(party, span))
