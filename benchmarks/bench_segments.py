"""What it costs to follow one changed record among a thousand dynamic segments.

    python benchmarks/bench_segments.py                     1,000 segments, 300 contacts, in memory and in SQLite
    python benchmarks/bench_segments.py --contacts 2000     the first evaluation of all takes longer

Re-evaluating is: reading the record as it was and as it is, finding the segments that hang on what differs, reading the
standings, judging, and working out the next timers; without the writes. All segments is the same for every segment of
the same record. The whole step adds finding the change in the feed, and one unit of work with standings, events and
watermark. A full rebuild is all segments for all records, as the first following does it.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crmcore.model import ContactRecord, PostalAddress, Segment, Skill, Touch
from crmcore.model.segment import Cause
from crmcore.query import F, ago
from crmcore.segments import Follower, Universe
from crmcore.segments._concerned import Concerned
from crmcore.segments._ledger import Why
from crmcore.segments._work import TICK, Work
from crmcore.segments.following import live_keys
from crmcore.storage import MemoryStore, SqlStore
from crmcore.testing import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcore.ports import Store
    from crmcore.query import Expression

SEGMENTS = 1_000
RUNS = 60
NOW = ManualClock().now()
DAYS = (7, 30, 90, 365)


FIELDS = (
    *("city", "region", "postcode", "country", "tag", "employer", "education", "company", "job_title", "degree"),
    *("consent_purpose", "owner", "salary_currency", "headline", "time_zone", "locale", "gender", "birth_place"),
    *("linked_user", "given_name", "family_name", "email", "phone", "url", "source", "external_id", "follower"),
    *("national_id", "employment_title", "affiliation_role"),
)
"""What segments ask about: thirty fields, and twenty types of events."""


def question(number: int) -> Expression:
    """Return what one of the segments asks; two in five about what happened, one in five about time."""
    dice = random.Random(number)
    place, days = number % 50, dice.choice(DAYS)
    if place >= len(FIELDS):
        return F.activity(f"email.{chr(97 + place - len(FIELDS))}").within(days=days).exists()
    asked = F[FIELDS[place]]
    values = [f"{FIELDS[place]} {dice.randrange(50)}" for _ in range(3)]
    match number % 4:
        case 0:
            return asked.in_(values) & ~F.is_private.in_([True])
        case 1:
            return (asked == values[0]) | asked.is_missing()
        case 2:
            return asked.in_(values) & F.skills.any(level__ge=dice.randrange(1, 4))
        case _:
            return asked.in_(values) & (F.touched_at < ago(days=days))


def contact(number: int, version: int, clock: ManualClock) -> ContactRecord:
    """Return a contact."""
    dice = random.Random(number)
    city = f"City {dice.randrange(300)}"
    return ContactRecord(
        id=f"c{number:06}",
        version=version,
        addresses=(PostalAddress(raw=city, normal=city.lower(), city=city),),
        skills=tuple(Skill(name=f"skill {dice.randrange(200)}", level="expert") for _ in range(1)),
        tags=(f"tag {dice.randrange(100)}",),
        touches=(Touch(source="fair", at=clock.now() - timedelta(days=dice.randrange(100))),),
        owner="u1",
    )


CHANGES: dict[str, Callable[[ContactRecord, int], ContactRecord]] = {
    "a city": lambda held, run: held.evolve(
        addresses=(held.addresses[0].evolve(city=f"city {run % 50}"),),
    ),
    "a tag": lambda held, run: held.retagged([f"tag {run % 50}"]),
    "a headline": lambda held, run: held.evolve(headline=f"headline {run % 50}"),
    "an owner": lambda held, run: held.evolve(owner=f"u{run % 50}"),
    "a touch": lambda held, run: held.evolve(touches=(held.touches[0].evolve(at=NOW - timedelta(hours=run)),)),
}


def measured(store: Store, clock: ManualClock, contacts: int) -> None:
    """Print what following costs in a store."""
    with store.unit(actor="benchmark") as unit:
        for number in range(contacts):
            unit.put(contact(number, 0, clock))
        for number in range(SEGMENTS):
            unit.put(Segment(id=f"s{number}", where=question(number)))
    follower = Follower(store, Universe(store, ContactRecord), clock=clock)
    full = seconds(follower.follow)
    print(f"{type(store).__name__}: a full rebuild of {SEGMENTS:,} segments over {contacts:,} contacts {full:.1f} s")
    for name, change in CHANGES.items():
        some, every, whole, pairs = [], [], [], 0
        for run in range(RUNS):
            clock.advance(seconds=1)
            with store.unit(actor="benchmark") as unit:
                held = unit.get(ContactRecord, f"c{run % contacts:06}")
                unit.put(change(held, run))
            one, judged, other = evaluation(follower, clock, store)
            some.append(one)
            every.append(other)
            pairs += judged
            whole.append(seconds(follower.follow))
        one, other = median(some), median(every)
        print(
            f"  {name:9} {pairs / RUNS:6.1f} of {SEGMENTS:,} judged   re-evaluated {one * 1e3:7.3f} ms   all segments "
            f"{other * 1e3:8.2f} ms ({other / one:5.0f}x)   the whole step with writes {median(whole) * 1e3:7.2f} ms   "
            f"a full rebuild {full / one:9,.0f}x"
        )


def evaluation(follower: Follower, clock: ManualClock, store: Store) -> tuple[float, int, float]:
    """Return what it takes to judge the next change, for how many segments, and what all of them take."""
    books = follower._books  # noqa: SLF001 - what one step does, without its writes
    watermark = books.watermark(clock)
    definitions = books.definitions()
    live = live_keys(definitions, books.builds())
    population = follower._population  # noqa: SLF001
    work = Work(store, population, definitions, live)
    step = work.ahead(watermark).step
    assert step is not None
    began = perf_counter()
    ledger = work.changes(step, at=step.at, is_again=False, is_live=True)
    some = perf_counter() - began
    began = perf_counter()
    everybody = Concerned(
        population, definitions, before=population.sight(step.at - TICK), after=population.sight(), at=step.at
    )
    why = Why(cause=Cause.CHANGE, at=step.at)
    everybody.pairs = {(key, change.id): why for key in live for change in step.changes}
    work.judged(everybody, population.sight())
    return some, ledger.judgements, perf_counter() - began


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = perf_counter()
    work()
    return perf_counter() - began


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=300)
    contacts = parser.parse_args().contacts
    clock = ManualClock()
    measured(MemoryStore(clock=clock), clock, contacts)
    with tempfile.TemporaryDirectory() as place:
        clock = ManualClock()
        with SqlStore(f"sqlite:///{place}/crm.db", clock=clock) as store:
            measured(store, clock, contacts)


if __name__ == "__main__":
    main()
