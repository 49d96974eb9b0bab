"""Random calendars around changes of clocks, and whether the search and its slow twin agree about them.

Run as a module for as many as one likes: ``python -m tests.hiring.slots.calendars 5000``.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from crmcore.hiring.slots import Diary, Pool, Room, WorkingHours, find_slots
from tests.hiring.slots.twin import MINUTE, Twin

YEARS = {
    "Europe/Amsterdam": (2025, 2026),
    "Europe/Dublin": (2026,),  # winter time is the exception there
    "Europe/Istanbul": (2016,),
    "Europe/Moscow": (2014,),
    "Europe/Volgograd": (2018, 2020),
    "Atlantic/Azores": (2026,),
    "America/New_York": (2025, 2026),
    "America/St_Johns": (2026,),
    "America/Havana": (2026,),
    "America/Asuncion": (2024,),
    "America/Santiago": (2025, 2026),  # at midnight
    "America/Sao_Paulo": (2018, 2019),
    "America/Caracas": (2016,),  # half an hour
    "America/Nuuk": (2024,),
    "Africa/Cairo": (2026,),
    "Africa/Casablanca": (2026,),  # by the moon
    "Africa/Juba": (2021,),
    "Antarctica/Troll": (2026,),  # two hours
    "Asia/Beirut": (2026,),  # no midnight
    "Asia/Gaza": (2026,),
    "Asia/Almaty": (2024,),
    "Asia/Pyongyang": (2015, 2018),
    "Australia/Lord_Howe": (2025, 2026),  # half an hour
    "Australia/Sydney": (2026,),
    "Pacific/Apia": (2011,),  # a whole day skipped
    "Pacific/Auckland": (2026,),
    "Pacific/Chatham": (2026,),
}
QUIET = ("UTC", "Asia/Kolkata", "Asia/Kathmandu", "America/Phoenix")


def changes() -> list[tuple[str, datetime]]:
    """Return (zone, instant) of every change of a clock in those years, to the minute."""
    found = []
    for zone, years in YEARS.items():
        clock = ZoneInfo(zone)
        for year in years:
            hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=number) for number in range(366 * 24)]
            for before, after in pairwise(hours):
                if before.astimezone(clock).utcoffset() != after.astimezone(clock).utcoffset():
                    found.append((zone, after))
    return found


CHANGES = changes()


def calendar(seed: int) -> dict[str, Any]:
    """Return what is asked of one search, drawn with a seed."""
    draw = Random(seed)
    zone, at = CHANGES[seed % len(CHANGES)]
    start = at - timedelta(minutes=draw.randrange(60, 2_000), seconds=draw.choice([0, 0, 17]))
    end = at + timedelta(minutes=draw.randrange(60, 1_500))
    zones = [zone, zone, zone, draw.choice(QUIET), CHANGES[draw.randrange(len(CHANGES))][0]]
    people = [diary(f"u{number}", draw, zones, at) for number in range(draw.randint(1, 6))]
    panel: list[Diary | Pool] = list(people[: draw.randint(0, 2)])
    rest = people[len(panel) :]
    shared = draw.random() < 0.3
    while rest:
        size = draw.randint(1, len(rest))
        certain = [each for each in panel if isinstance(each, Diary)][: draw.choice([0, 0, 1])]
        members = [*rest[:size], *certain]
        panel.append(Pool(of=members, take=draw.randint(1, min(2, size)), name=f"pool {len(panel)}"))
        rest = rest[max(size - 1, 1) if shared else size :]
    draw.shuffle(panel)
    asked = {"panel": panel, "within": (start, end), "minutes": draw.choice([5, 15, 30, 45, 60, 90, 240])}
    asked["every"] = draw.choice([5, 10, 15, 20, 30, 45, 60])
    asked["optional"] = [diary(f"o{number}", draw, zones, at) for number in range(draw.choice([0, 0, 1, 2]))]
    if draw.random() < 0.5:
        asked["candidate_zone"] = draw.choice(zones)
    if draw.random() < 0.3:
        asked["candidate_hours"] = hours(draw, zones, at)
    if draw.random() < 0.3:
        asked["candidate_busy"] = appointments(draw, at, draw.randint(0, 3))
    if draw.random() < 0.3:
        asked["grid_zone"] = draw.choice(zones)
    if draw.random() < 0.4:
        asked["rooms"] = [room(f"r{number}", draw, zones, at) for number in range(draw.randint(0, 3))]
    if draw.random() < 0.3:
        asked["now"] = start - timedelta(minutes=draw.randrange(-300, 300), seconds=draw.choice([0, 31]))
        asked["notice"] = timedelta(minutes=draw.choice([0, 45, 300]))
        asked["advance"] = draw.choice([None, timedelta(hours=24)])
    if draw.random() < 0.2:
        asked["limit"] = draw.randint(1, 9)
    return asked


def hours(draw: Random, zones: list[str], at: datetime) -> WorkingHours:
    """Return hours, often at night, when clocks change."""
    zone = draw.choice(zones)
    weekly = tuple(_stretches(draw) for _ in range(7))
    days = [at.astimezone(ZoneInfo(zone)).date() + timedelta(days=number) for number in (-1, 0, 1)]
    exceptions = {draw.choice(days): _stretches(draw)} if draw.random() < 0.2 else {}
    holidays: frozenset[date] = frozenset([draw.choice(days)]) if draw.random() < 0.1 else frozenset()
    if draw.random() < 0.15:
        return WorkingHours.always(zone)
    return WorkingHours(zone=zone, weekly=weekly, exceptions=exceptions, holidays=holidays)


def _stretches(draw: Random) -> tuple[tuple[int, int], ...]:
    kinds = [((0, 1440),), ((0, 150), (155, 1440)), ((30, 135), (400, 1100)), ((540, 720), (720, 1020)), ()]
    edges = sorted({draw.randrange(0, 1441, 5) for _ in range(4)})
    drawn = tuple((edges[place], edges[place + 1]) for place in range(0, len(edges) - 1, 2))
    return draw.choice([*kinds, drawn, drawn, ((0, draw.randrange(90, 240)), (draw.randrange(100, 200), 1440))])


def appointments(draw: Random, at: datetime, number: int) -> list[tuple[datetime, datetime]]:
    """Return times that are taken; some are no time at all, some not on a whole minute."""
    found = []
    for _ in range(number):
        start = at + timedelta(minutes=draw.randrange(-2_000, 1_500), seconds=draw.choice([0, 0, 29]))
        found.append((start, start + timedelta(minutes=draw.choice([0, 15, 30, 60, 200]), seconds=draw.choice([0, 1]))))
    return found


def diary(user: str, draw: Random, zones: list[str], at: datetime) -> Diary:
    """Return somebody's time."""
    return Diary(
        user=user,
        hours=hours(draw, zones, at),
        busy=appointments(draw, at, draw.randint(0, 4)),
        interviews=appointments(draw, at, draw.randint(0, 3)),
        before=draw.choice([0, 0, 5, 30]),
        after=draw.choice([0, 0, 10]),
        per_day=draw.choice([None, None, 1, 2]),
        per_week=draw.choice([None, None, 2]),
        held=draw.choice([None, 0, 1, 5]),
        weight=draw.choice([1, 1, 2]),
    )


def room(name: str, draw: Random, zones: list[str], at: datetime) -> Room:
    """Return a room's time."""
    kept = hours(draw, zones, at) if draw.random() < 0.3 else None
    return Room(id=name, capacity=draw.choice([2, 4, 9]), busy=appointments(draw, at, draw.randint(0, 4)), hours=kept)


def disagreement(seed: int) -> str:
    """Return how the search and its twin differ about one calendar; "" where they agree."""
    asked = calendar(seed)
    slots, twin = find_slots(**asked), Twin(asked)
    found = [
        {
            "starts_at": slot.starts_at,
            "fixed": {user for user in slot.panel if user not in {turn.user for turn in slot.turns}},
            "sent": _sent(slot, twin),
            "missing": slot.missing,
            "room": slot.room,
            "unusual": slot.unusual,
        }
        for slot in slots
    ]
    wanted = twin.found()
    if found != wanted:
        return f"seed {seed}: {len(found)} slots and {len(wanted)}: {found[:2]} {wanted[:2]}"
    told = slots.explain()
    considered = list(twin.considered())
    possible = len(wanted) if "limit" not in asked else sum(twin.slot(start) is not None for start in considered)
    if (told.considered, told.possible) != (len(considered), possible):
        return f"seed {seed}: explained as {told}, where {possible} of {len(considered)} are possible"
    if any(slot.ends_at - slot.starts_at != asked["minutes"] * MINUTE for slot in slots):
        return f"seed {seed}: a slot of another length"
    return ""


def _sent(slot: Any, twin: Twin) -> list[set[str]] | set[str]:
    users = [one.user for members in twin.members for one in members]
    if len(set(users)) < len(users):
        return {turn.user for turn in slot.turns}
    return [{turn.user for turn in slot.turns if turn.pool == pool.name} for pool in twin.pools]


def main(number: int) -> int:
    """Compare so many calendars; return how many differ."""
    differing, with_slots = 0, 0
    for seed in range(number):
        if told := disagreement(seed):
            differing += 1
            print(told)  # noqa: T201 - a script
        with_slots += len(find_slots(**calendar(seed))) > 0
    print(  # noqa: T201
        f"{number} calendars over {len(CHANGES)} changes of {len(YEARS)} zones: {differing} differ, {with_slots} have slots"
    )
    return differing


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000) > 0)
