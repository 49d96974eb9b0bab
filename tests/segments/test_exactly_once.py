"""Each transition is told once: wherever a step fails, whoever else follows, and to each consumer."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from crmcore.model import ContactRecord, Segment
from crmcore.ports import Store
from crmcore.query import F
from crmcore.segments import Follower, Universe, segment_changes
from crmcore.segments.following import _Done
from crmcore.storage import MemoryStore, SqlStore
from crmcore.testing import ManualClock
from crmcore.testing.faults import POINTS, SimulatedFault, crash_at, raising_at
from tests.segments.histories import START, Life, follower, members, transitions

UNIT_POINTS = [name for name in POINTS if name.startswith("unit.")]


def prepared(store: Store, clock: ManualClock, *, changes: int = 15) -> Life:
    """Let a life go on, followed at first and then not for a while."""
    life = Life(store, clock, 11)
    life.begin()
    follower(store, clock).follow()
    for _ in range(changes):
        life.go_on(redefines=False, is_steady=True)
    return life


def undisturbed(*, changes: int = 15) -> tuple[object, object]:
    """Return what is told and kept where nothing fails."""
    clock = ManualClock(START)
    store = MemoryStore(clock=clock)
    prepared(store, clock, changes=changes)
    follower(store, clock).follow()
    return transitions(store), members(store)


@pytest.mark.parametrize("point", UNIT_POINTS)
def test_a_step_that_fails_is_done_again_as_a_whole(point: str) -> None:
    """Wherever a unit of work stops, and however often, the same is told in the end, once and in order."""
    clock = ManualClock(START)
    store = MemoryStore(clock=clock)
    prepared(store, clock)
    for nth in range(1, 9):
        with suppress(SimulatedFault), raising_at(point, nth=nth):
            follower(store, clock).follow()
    follower(store, clock).follow()

    assert undisturbed() == (transitions(store), members(store))


class TellsLater(Follower):
    """The negative control: standings are written in one unit of work, and told in another."""

    def _written(self, reached, *, at, ledger, builds=(), only_after=None):
        """Keep the events for another unit of work."""
        kept = []

        class Mute:
            emit = staticmethod(kept.append)

            @staticmethod
            def put(record: Any) -> Any:
                return unit.put(record)

        held = reached.watermark
        with self._store.unit(actor="segments") as unit:
            unit.put(held.evolve(change=reached.change, event=reached.event, unit=reached.unit, at=at))
            for build in builds:
                unit.put(build)
            ledger.write(Mute(), actor="segments", recorded_at=at, new_id=self._new_id)
        with self._store.unit(actor="segments") as unit:
            for event in kept:
                unit.emit(event)
        return _Done(ledger=ledger, is_echo=reached.is_echo, is_written=True)


def test_what_is_told_in_another_unit_of_work_is_found_missing() -> None:
    """The negative control: where events are not in the unit of work of the standings, the same fault loses some."""
    clock = ManualClock(START)
    store = MemoryStore(clock=clock)
    prepared(store, clock, changes=40)
    for nth in range(2, 30, 2):
        with suppress(SimulatedFault), raising_at("unit.before_commit", nth=nth):
            TellsLater(store, Universe(store, ContactRecord), clock=clock).follow()
    follower(store, clock).follow()

    assert undisturbed(changes=40)[0] != transitions(store)


def in_a_child(work: Callable[[], None]) -> int:
    """Do something in a process of its own; return how it ended."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - the child must not return into the test run
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork to kill a process")
@pytest.mark.parametrize("point", ["unit.before_commit", "unit.after_commit"])
def test_a_killed_process_loses_no_transition_and_tells_none_twice(tmp_path: Path, point: str) -> None:
    """A worker that is killed right before a commit, or right after it, is followed by one that goes on."""
    clock = ManualClock(START)
    url = f"sqlite:///{tmp_path}/crm.db"
    with SqlStore(url, clock=clock, durability="relaxed") as store:
        prepared(store, clock)

    def killed(nth: int) -> None:
        with SqlStore(url, clock=clock, durability="relaxed") as store, crash_at(point, nth=nth):
            follower(store, clock).follow()

    ends = [in_a_child(lambda nth=nth: killed(nth)) for nth in (1, 2, 3, 1)]
    with SqlStore(url, clock=clock, durability="relaxed") as store:
        follower(store, clock).follow()
        found = transitions(store), members(store)

    assert 0 < sum(os.WIFSIGNALED(end) for end in ends)
    assert undisturbed() == found


def test_two_workers_tell_each_transition_once(tmp_path: Path) -> None:
    """Of two that take the same step one is refused, and goes on after it."""
    clock = ManualClock(START)
    url = f"sqlite:///{tmp_path}/crm.db"
    with SqlStore(url, clock=clock, durability="relaxed") as store:
        prepared(store, clock)
    start = Barrier(2)

    def work() -> None:
        with SqlStore(url, clock=clock, durability="relaxed", timeout=30.0) as own:
            following = follower(own, clock)
            start.wait()
            following.follow()

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with SqlStore(url, clock=clock, durability="relaxed") as store:
        found = transitions(store), members(store)

    assert undisturbed() == found


def test_each_consumer_of_the_outbox_hears_each_transition_once() -> None:
    """The outbox hands out what was told, to each consumer by itself, in the order of each record."""
    clock = ManualClock(START)
    store = MemoryStore(clock=clock)
    prepared(store, clock)
    follower(store, clock).follow()
    heard: dict[str, Counter[str]] = {}
    for consumer in ("webhooks", "journeys"):
        heard[consumer] = Counter()
        while deliveries := store.outbox.claim(consumer, limit=100):
            for delivery in deliveries:
                heard[consumer][delivery.stored.event.id] += 1
                store.outbox.settle(delivery)
    told = {one.event.id for one in store.history.events() if one.event.type.startswith("segment.")}

    assert told
    assert [{1}, {1}] == [set(counts.values()) for counts in heard.values()]
    assert all(told <= set(counts) for counts in heard.values())


def test_a_cursor_goes_on_where_it_was() -> None:
    """Reading in pieces gives what reading at once gives."""
    clock = ManualClock(START)
    store = MemoryStore(clock=clock)
    prepared(store, clock)
    follower(store, clock).follow()
    at_once = list(segment_changes(store.history))
    in_pieces, cursor = [], 0
    while (found := next(segment_changes(store.history, since=cursor), None)) is not None:
        in_pieces.append(found)
        cursor = found.cursor

    assert at_once
    assert at_once == in_pieces


def test_a_clock_that_goes_back_misdates_nothing() -> None:
    """Memberships never go back: what was judged at an instant is not judged at an earlier one."""
    clock = ManualClock(START)
    store = MemoryStore(clock=clock)
    with store.unit(actor="ada") as unit:
        unit.put(Segment(key="red", where=F.tag == "red"))
        person = unit.put(ContactRecord(id="c1", tags=("red",)))
    following = Follower(store, Universe(store, ContactRecord), clock=clock)
    following.follow()
    clock.advance(days=-3)
    with store.unit(actor="ada") as unit:
        unit.put(person.evolve(tags=()))
    following.follow()
    instants = [one.at for one in segment_changes(store.history)]

    assert [START, START] == instants
    assert not members(store).get("red")
