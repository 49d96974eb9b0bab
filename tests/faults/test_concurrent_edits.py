"""Many processes edit the same records: no edit is lost, no reader sees half of one, nobody waits for ever."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from crmcore.errors import Conflict, StoreUnavailable
from crmcore.ports import Store
from crmcore.storage import SqlStore
from crmcore.system import SystemClock, system_entropy
from crmcore.testing.stores import Card
from tests.faults.crowd import together
from tests.faults.workload import CODEC
from tests.guarantees import Figures

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork for many processes"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]

PATIENCE = 20.0
PAUSE = 0.005
"""Seconds that the negative controls wait between two units, so that others surely come between."""


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Return the name and the address of each database in turn."""
    if request.param == "SQLite":
        yield "SQLite", f"sqlite:///{tmp_path / 'crm.db'}"
    else:
        yield "PostgreSQL", request.getfixturevalue("postgres_url")


def opened(url: str) -> SqlStore:
    """Open a store as users do."""
    return SqlStore(url, codec=CODEC, timeout=PATIENCE, clock=SystemClock(), entropy=system_entropy)


def begin(url: str, *cards: Card) -> None:
    """Put the first records."""
    with opened(url) as store, store.unit(actor="suite") as unit:
        for card in cards:
            unit.put(card)


def edit(store: Store, number: int) -> tuple[int, int]:
    """Count one record up; every other time by what was read before the unit. Return the retries of each sort."""
    conflicts = unavailable = 0
    while True:
        before = store.get(Card, "c-1") if number % 2 else None
        try:
            with store.unit(actor="suite") as unit:
                found = before or unit.get(Card, "c-1")
                unit.put(found.model_copy(update={"name": str(int(found.name) + 1)}))
        except Conflict:
            conflicts += 1
        except StoreUnavailable:
            unavailable += 1
        else:
            return conflicts, unavailable


def overwrite(store: Store, _: int) -> tuple[int, int]:
    """Count one record up as the last writer wins: on whatever version there is."""
    before = store.get(Card, "c-1")
    time.sleep(PAUSE)
    with store.unit(actor="suite") as unit:
        there = unit.get(Card, "c-1")
        unit.put(there.model_copy(update={"name": str(int(before.name) + 1)}))
    return 0, 0


def counted(url: str, workers: int, edits: int, how=edit) -> dict[str, float]:
    """Let processes count one record up; return what came of it."""
    begin(url, Card(id="c-1", name="0"))

    def work(_: int) -> list[float]:
        conflicts = unavailable = 0
        longest = 0.0
        with opened(url) as store:
            for number in range(edits):
                start = time.perf_counter()
                retries = how(store, number)
                longest = max(longest, time.perf_counter() - start)
                conflicts, unavailable = conflicts + retries[0], unavailable + retries[1]
        return [conflicts, unavailable, longest]

    told = together(workers, work)
    with opened(url) as store:
        last = store.get(Card, "c-1")
        units = store.history.verify().unit
    assert last.version == units == workers * edits + 1
    return {
        "edits": workers * edits,
        "lost": workers * edits - int(last.name),
        "retries": sum(answer[0] for answer in told),
        "timeouts": sum(answer[1] for answer in told),
        "longest s": round(max(answer[2] for answer in told), 2),
    }


def test_no_edit_is_lost(place: tuple[str, str], figures: Figures, thorough: bool) -> None:
    """Eight processes count one record up, by what they read inside their units and before them; every count is there."""
    name, url = place
    found = counted(url, *((8, 1000) if thorough else (4, 25)))
    figures("C1", name, **found)
    figures("C5", name, edits=found["edits"], timeouts=found["timeouts"], **{"longest s": found["longest s"]})

    assert 0 == found["lost"] == found["timeouts"]
    assert found["longest s"] < PATIENCE


def test_the_last_writer_would_lose_edits(place: tuple[str, str], figures: Figures) -> None:
    """The negative control: whoever writes over whatever version is there loses what others wrote."""
    name, url = place
    found = counted(url, 4, 50, overwrite)
    figures.control("C1", f"{name}, last writer wins", edits=found["edits"], lost=found["lost"])

    assert found["lost"] > 0


def test_appends_are_seen_in_one_order(place: tuple[str, str], figures: Figures, thorough: bool) -> None:
    """Processes append to one list while others read it: each read is a prefix of the next, each append there once."""
    name, url = place
    writers, appends = (6, 100) if thorough else (3, 15)
    begin(url, Card(id="c-1"))

    def append(store: Store, item: str) -> None:
        while True:
            found = store.get(Card, "c-1")
            try:
                with store.unit(actor="suite") as unit:
                    unit.put(found.model_copy(update={"emails": (*found.emails, item)}))
            except Conflict:
                continue
            return

    def work(number: int) -> list[list[str]]:
        seen: list[list[str]] = []
        with opened(url) as store:
            for turn in range(appends):
                if number < writers:
                    append(store, f"{number}-{turn}")
                seen.append(list(store.get(Card, "c-1").emails))
        return seen

    told = together(writers + 2, work)
    with opened(url) as store:
        last = list(store.get(Card, "c-1").emails)
    reads = [read for reads in told for read in reads]
    anomalies = sum(read != last[: len(read)] for read in reads)
    anomalies += sum(len(earlier) > len(later) for reads in told for earlier, later in pairwise(reads))
    figures("C3", name, appends=writers * appends, reads=len(reads), anomalies=anomalies)

    assert 0 == anomalies
    assert sorted(f"{number}-{turn}" for number in range(writers) for turn in range(appends)) == sorted(last)


RING = 50


def ring_of(cards: list[Card]) -> int:
    """Return how many cards one meets from the first on until one is met twice."""
    following = {card.id: card.name for card in cards}
    met, at = set[str](), cards[0].id
    while at not in met:
        met.add(at)
        at = following[at]
    return len(met)


def rewire(unit, rng: random.Random) -> None:
    """Let three neighbours of a ring change places: a-b-c-d becomes a-c-b-d."""
    a = unit.get(Card, f"c-{rng.randrange(RING):02}")
    b = unit.get(Card, a.name)
    c = unit.get(Card, b.name)
    unit.put(a.model_copy(update={"name": c.id}))
    unit.put(b.model_copy(update={"name": c.name}))
    unit.put(c.model_copy(update={"name": b.id}))


def rewired(url: str, workers: int, turns: int, *, whole: bool) -> tuple[int, int]:
    """Let processes rewire a ring while two read it; return the readings, and how many were no ring of all."""
    begin(url, *(Card(id=f"c-{number:02}", name=f"c-{(number + 1) % RING:02}") for number in range(RING)))

    def work(number: int) -> list[int]:
        rng, seen, broken = random.Random(number), 0, 0
        with opened(url) as store:
            for _ in range(turns):
                if number >= workers:
                    seen, broken = seen + 1, broken + (ring_of(list(store.find(Card, limit=RING))) != RING)
                elif whole:
                    with store.unit(actor="suite") as unit:
                        rewire(unit, rng)
                else:
                    _rewire_by_halves(store, rng)
        return [seen, broken]

    told = together(workers + 2, work)
    with opened(url) as store:
        whole_at_end = ring_of(list(store.find(Card, limit=RING))) == RING
        assert whole_at_end or not whole
    return sum(answer[0] for answer in told), sum(answer[1] for answer in told) + (not whole_at_end)


def _rewire_by_halves(store: Store, rng: random.Random) -> None:
    """Rewire in three units, as one would without a unit of work."""

    class Halves:
        get = staticmethod(store.get)

        @staticmethod
        def put(card: Card) -> None:
            with store.unit(actor="suite") as unit:
                unit.put(card)
            time.sleep(PAUSE)

    try:
        rewire(Halves, rng)
    except Conflict:
        return


def test_a_ring_stays_a_ring(place: tuple[str, str], figures: Figures, thorough: bool) -> None:
    """Processes rewire a ring of 50 records, three at a time; every reader sees one ring of 50, and so it ends."""
    name, url = place
    workers, turns = (8, 250) if thorough else (3, 20)
    reads, broken = rewired(url, workers, turns, whole=True)
    figures("C4", name, **{"rewirings": workers * turns, "reads": reads, "broken rings": broken})
    figures("A2", name, reads=reads, violations=broken)

    assert 0 == broken


def test_a_ring_rewired_by_halves_breaks(place: tuple[str, str], figures: Figures) -> None:
    """The negative control: the same in three units instead of one, and readers see broken rings."""
    name, url = place
    reads, broken = rewired(url, 3, 30, whole=False)
    figures.control("C4", f"{name}, three units instead of one", reads=reads, **{"broken rings": broken})
    figures.control("A2", f"{name}, three units instead of one", reads=reads, violations=broken)

    assert broken > 0
