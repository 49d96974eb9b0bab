"""Slots for thirty interviewers in four weeks, beside plain loops; ``python -m benchmarks.bench_slots``.

The plain loops look at every minute of every start, and are the ones that the tests compare with.

Everybody has appointments of their own, in six zones, over the weeks in which clocks change in Europe and America.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crmcore.hiring.slots import Diary, Pool, Room, WorkingHours, find_slots
from tests.hiring.slots.twin import Twin

if TYPE_CHECKING:
    from collections.abc import Callable

ZONES = ("Europe/Amsterdam", "Europe/London", "Europe/Kyiv", "Europe/Lisbon", "America/New_York", "America/Toronto")
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
MOST_MILLISECONDS = 50


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--weeks", type=int, default=4)
    parser.add_argument("--times", type=int, default=21, help="how often each search is timed")
    parser.add_argument("--without-twin", action="store_true", help="leave the plain loops out")
    given = parser.parse_args(arguments)
    within = MONDAY, MONDAY + timedelta(weeks=given.weeks)
    for name, asked in searches(given.people, within).items():
        first = time.perf_counter()
        slots = find_slots(**asked)
        cold = 1_000 * (time.perf_counter() - first)
        taken, worked = medians(lambda asked=asked: find_slots(**asked), given.times)
        told = f"{name}: {len(slots)} slots, median {taken:.1f} ms of {given.times} runs"
        told += f" (of the processor {worked:.1f} ms, the first run {cold:.1f} ms)"
        if not given.without_twin:
            begin = time.perf_counter()
            wanted = Twin(asked).found()
            slow = 1_000 * (time.perf_counter() - begin)
            agree = [each["starts_at"] for each in wanted] == [slot.starts_at for slot in slots]
            told += f"; plain loops {slow:,.0f} ms, {slow / taken:,.0f} times as long, {'agree' if agree else 'DIFFER'}"
        print(f"{told}; {'holds' if taken <= MOST_MILLISECONDS else 'MISSES'} {MOST_MILLISECONDS} ms", flush=True)


def searches(people: int, within: tuple[datetime, datetime]) -> dict[str, dict[str, Any]]:
    """Return what is asked for, by what it is called."""
    draw = Random(6)
    diaries = [diary(number, draw, within) for number in range(people)]
    free = [Diary(user=each.user, hours=each.hours, busy=each.busy[::12]) for each in diaries]
    rooms = [Room(id=f"room {number}", capacity=4 + number, busy=diaries[number].busy) for number in range(5)]
    common = {"within": within, "minutes": 45, "candidate_zone": "Asia/Kolkata"}
    backend, frontend = Pool(of=diaries[: people // 2], take=2), Pool(of=diaries[people // 3 : -1], name="frontend")
    return {
        f"any one of {people}": {**common, "panel": [Pool(of=diaries)]},
        f"all of {people}": {**common, "panel": free},
        "a lead, two of one pool, one of another that shares members, a room": {
            **common,
            "panel": [diaries[-1], backend, frontend],
            "rooms": rooms,
        },
    }


def diary(number: int, draw: Random, within: tuple[datetime, datetime]) -> Diary:
    """Return a diary with about four appointments and interviews a day."""
    hours = WorkingHours.of(ZONES[number % len(ZONES)], "mon-fri 08:30-12:30 13:00-18:30")
    days = (within[1] - within[0]).days
    starts = [within[0] + timedelta(minutes=draw.randrange(0, days * 1440, 5)) for _ in range(days * 4)]
    busy = [(start, start + timedelta(minutes=draw.choice([15, 30, 60, 90]))) for start in starts]
    return Diary(user=f"u{number:02}", hours=hours, busy=busy[10:], interviews=busy[:10], before=5, after=10, per_day=3)


def medians(run: Callable[[], object], times: int) -> tuple[float, float]:
    """Return the medians of so many runs in milliseconds: by the clock on the wall, and of the processor."""
    taken, worked = [], []
    for _ in range(times):
        begin, began = time.perf_counter(), time.process_time()
        run()
        taken.append(1_000 * (time.perf_counter() - begin))
        worked.append(1_000 * (time.process_time() - began))
    return statistics.median(taken), statistics.median(worked)


if __name__ == "__main__":
    main()
