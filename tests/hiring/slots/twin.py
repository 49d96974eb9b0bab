"""The slow twin of the search for slots: minute by minute, with nothing but the clocks themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crmcore.hiring.slots import Diary, Pool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmcore.hiring.slots import Room, WorkingHours
    from crmcore.hiring.slots.diary import Interval

MINUTE = timedelta(minutes=1)


class Twin:
    """One search, answered by looking at every minute of every start."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.asked = asked
        self.minutes: int = asked["minutes"]
        self.optional: tuple[Diary, ...] = tuple(asked.get("optional", ()))
        self.fixed = [each for each in asked["panel"] if isinstance(each, Diary)]
        self.pools = [each for each in asked["panel"] if isinstance(each, Pool)]
        certain = {each.user for each in self.fixed}
        self.members = [[one for one in pool.of if one.user not in certain] for pool in self.pools]
        self.clocks: dict[tuple[str, datetime], datetime] = {}
        self.covered: dict[int, set[datetime]] = {}
        first = asked["panel"][0]
        given = first if isinstance(first, Diary) else ([*self.members[0], *self.fixed] or [None])[0]
        self.grid_zone = asked.get("grid_zone") or (given.hours.zone if given else "UTC")
        hours = asked.get("candidate_hours")
        self.candidate_zone = asked.get("candidate_zone") or (hours.zone if hours else None)

    def found(self) -> list[dict[str, Any]]:
        """Return what each slot is, the best first."""
        slots = [each for start in self.considered() if (each := self.slot(start)) is not None]
        slots.sort(key=lambda each: (each["unusual"], len(each["missing"]), each["starts_at"]))
        return slots[: self.asked.get("limit")]

    def considered(self) -> Iterator[datetime]:
        """Yield the starts of the grid, notice and advance kept."""
        begin, end = (each.astimezone(UTC) for each in self.asked["within"])
        now = self.asked.get("now")
        start = begin.replace(second=0, microsecond=0)
        while start + self.minutes * MINUTE <= end:
            shown = self.shown(start, self.grid_zone)
            on_grid = (shown.hour * 60 + shown.minute) % self.asked.get("every", 15) == 0
            if start >= begin and on_grid and (now is None or self.is_timely(start, now)):
                yield start
            start += MINUTE

    def is_timely(self, start: datetime, now: datetime) -> bool:
        """Whether it is neither too soon nor too far ahead."""
        advance = self.asked.get("advance")
        return now + self.asked.get("notice", timedelta(0)) <= start and (advance is None or start <= now + advance)

    def slot(self, start: datetime) -> dict[str, Any] | None:
        """Return what can be at one start."""
        hours, busy = self.asked.get("candidate_hours"), self.asked.get("candidate_busy", ())
        if hours is not None and not self.works(hours, start):
            return None
        if self.meets(busy, start, 0, 0) or not all(self.can(each, start) for each in self.fixed):
            return None
        sent = self.sent(start)
        room = self.room(start)
        if sent is None or room == "":
            return None
        return {
            "starts_at": start,
            "fixed": {each.user for each in self.fixed},
            "sent": sent,
            "missing": tuple(each.user for each in self.optional if not self.can(each, start)),
            "room": room,
            "unusual": self.unusual(start),
        }

    def can(self, diary: Diary, start: datetime) -> bool:
        """Whether somebody can hold it."""
        if not self.works(diary.hours, start):
            return False
        if self.meets((*diary.busy, *diary.interviews), start, diary.before, diary.after):
            return False
        day = self.shown(start, diary.hours.zone).date()
        held = [begin.astimezone(ZoneInfo(diary.hours.zone)).date() for begin, end in diary.interviews if begin < end]
        same_week = [each for each in held if each.isocalendar()[:2] == day.isocalendar()[:2]]
        return not (
            (diary.per_day is not None and held.count(day) >= diary.per_day)
            or (diary.per_week is not None and len(same_week) >= diary.per_week)
        )

    def works(self, hours: WorkingHours, start: datetime) -> bool:
        """Whether the clock shows hours in each minute."""
        for number in range(self.minutes):
            shown = self.shown(start + number * MINUTE, hours.zone)
            minute = shown.hour * 60 + shown.minute
            if not any(begin <= minute < end for begin, end in hours.on(shown.date())):
                return False
        return True

    def meets(self, busy: Iterable[Interval], start: datetime, before: int, after: int) -> bool:
        """Whether something is on in a minute of it, or of what is wanted free around it."""
        begin, end = start - before * MINUTE, start + (self.minutes + after) * MINUTE
        return any(since < end and begin < until for since, until in busy if since < until)

    def sent(self, start: datetime) -> list[set[str]] | set[str] | None:
        """Return whom the pools send; of pools that share members, only who comes in all."""
        free = [[one for one in members if self.can(one, start)] for members in self.members]
        choices = [combinations(members, pool.take) for members, pool in zip(free, self.pools, strict=True)]
        best: tuple[list[Any], list[set[str]]] | None = None
        for chosen in product(*choices):
            everybody = [one for members in chosen for one in members]
            if len({one.user for one in everybody}) == len(everybody):
                turns = sorted(one.turn for one in everybody)
                if best is None or turns < best[0]:
                    best = turns, [{one.user for one in members} for members in chosen]
        if best is None:
            return None
        users = [one.user for members in self.members for one in members]
        return best[1] if len(set(users)) == len(users) else set().union(*best[1])

    def room(self, start: datetime) -> str | None:
        """Return the smallest room that is free; "" where none is, None where none is needed."""
        rooms: Iterable[Room] | None = self.asked.get("rooms")
        if rooms is None:
            return None
        heads = len(self.fixed) + sum(pool.take for pool in self.pools) + len(self.optional) + 1
        free = [
            (room.capacity, room.id)
            for room in rooms
            if room.capacity >= heads
            and not self.meets(room.busy, start, 0, 0)
            and (room.hours is None or self.works(room.hours, start))
        ]
        return min(free)[1] if free else ""

    def unusual(self, start: datetime) -> int:
        """Return the minutes outside of 09:00 to 18:00 for the candidate."""
        if self.candidate_zone is None or self.asked.get("candidate_hours") is not None:
            return 0
        shown = self.shown(start, self.candidate_zone)
        first = shown.hour * 60 + shown.minute
        return sum(not 540 <= first + number < 1080 for number in range(self.minutes))

    def shown(self, instant: datetime, zone: str) -> datetime:
        """Return what the clock shows."""
        known = self.clocks.get((zone, instant))
        if known is None:
            known = self.clocks[zone, instant] = instant.astimezone(ZoneInfo(zone))
        return known
