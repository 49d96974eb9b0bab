"""A segment that goes into the archive, or is taken away, ends for its members: each is told once, wherever it fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from crmcore.app import CRM
from crmcore.errors import InputError
from crmcore.model import ContactRecord, Segment
from crmcore.model.segment import Cause, Standing
from crmcore.ports import Store
from crmcore.query import F, ago, segment
from crmcore.segments import Follower, members, members_as_of, segment_changes
from crmcore.storage import MemoryStore, SqlStore
from crmcore.testing import ManualClock
from crmcore.testing.faults import SimulatedFault, raising_at
from tests.segments.histories import START, follower
from tests.segments.test_exactly_once import UNIT_POINTS

MANY = 1_203
"""Two pages and a bit."""


def peopled(store: Store, *, many: int = 3) -> None:
    """Put red people in, and segments of them."""
    with store.unit(actor="ada") as unit:
        for number in range(many):
            unit.put(ContactRecord(id=f"c{number:04}", tags=("red",)))
        unit.put(Segment(key="reds", where=F.tag == "red"))
        unit.put(Segment(key="other", where=F.tag == "red"))


def archive(store: Store, *, back: bool = False) -> None:
    """Put the segment into the archive, or take it out."""
    with store.unit(actor="ada") as unit:
        unit.put(unit.get(Segment, "reds").evolve(is_archived=not back))


def remove(store: Store) -> None:
    """Take the segment away."""
    with store.unit(actor="ada") as unit:
        unit.remove(unit.get(Segment, "reds"))


def put_back(store: Store) -> None:
    """Save it anew under the same key."""
    version = store.history.versions(Segment, "reds")[-1].change.version
    with store.unit(actor="ada") as unit:
        unit.put(Segment(key="reds", version=version, where=F.tag == "red"))


ENDS: dict[str, tuple[Callable[[Store], None], Callable[[Store], None]]] = {
    "archived": (archive, lambda store: archive(store, back=True)),
    "removed": (remove, put_back),
}


def told(store: Store, *, since: int = 0) -> list[tuple[str, bool, str, datetime]]:
    """Return what was told of the segment: who, in or out, why, when."""
    changes = segment_changes(store.history, since=since, segment="reds")
    return [(one.record, one.entered, str(one.cause), one.at) for one in changes]


@pytest.mark.parametrize(("end", "begin"), ENDS.values(), ids=ENDS)
def test_members_leave_a_segment_that_ends(end: Callable[[Store], None], begin: Callable[[Store], None]) -> None:
    """Each is told that it left because the segment ended, and who comes back that it entered by the definition."""
    clock = ManualClock(START)
    store = MemoryStore(clock=clock)
    peopled(store)
    following = follower(store, clock)
    following.follow()
    ended_at = clock.advance(days=1)
    end(store)
    ended = following.follow()
    clock.advance(days=1)
    with store.unit(actor="ada") as unit:
        unit.put(unit.get(ContactRecord, "c0002").retagged(()))
        unit.put(ContactRecord(id="c0009", tags=("red",)))
    meanwhile = following.follow()
    begun_at = clock.advance(days=1)
    begin(store)
    following.follow()
    ids = ["c0000", "c0001", "c0002"]

    assert [(id_, True, "definition", START) for id_ in ids] == told(store)[:3]
    assert [(id_, False, "ended", ended_at) for id_ in ids] == told(store)[3:6]
    assert [(id_, True, "definition", begun_at) for id_ in ("c0000", "c0001", "c0009")] == told(store)[6:]
    assert (0, 3) == (ended.entered, ended.left)
    assert (1, 1) == (meanwhile.entered, meanwhile.left)  # of the other one
    assert ["c0000", "c0001", "c0009"] == [one.record for one in members(store, "reds")]
    assert ids == [one.record for one in members_as_of(store, "reds", ended_at - timedelta(hours=1))]
    assert [] == list(members_as_of(store, "reds", ended_at + timedelta(hours=1), in_hindsight=True))


@pytest.mark.parametrize(("end", "_"), ENDS.values(), ids=ENDS)
def test_nothing_is_left_to_be_done_for_a_segment_that_ended(end: Callable[[Store], None], _: object) -> None:
    """Timers end with it, and following it again finds nothing to do."""
    clock = ManualClock(START)
    store = MemoryStore(clock=clock)
    peopled(store)
    following = follower(store, clock)
    with store.unit(actor="ada") as unit:
        unit.put(
            unit.get(Segment, "reds").asking(
                (F.tag == "red") & F.created_at.is_missing() | (F.touched_at > ago(days=9))
            )
        )
    following.follow()
    end(store)
    waits = following.freshness().is_waiting
    following.follow()
    again = follower(store, clock).follow()
    clock.advance(days=400)

    assert waits
    assert 0 == again.units
    assert not following.freshness().is_waiting
    assert [] == [one for one in store.stream(Standing) if one.segment == "reds" and (one.is_member or one.flips_at)]


def test_who_waits_for_a_timer_is_told_nothing() -> None:
    """Who never belonged to it has nothing to leave; only the timer ends."""
    clock = ManualClock(START)
    store = MemoryStore(clock=clock)
    with store.unit(actor="ada") as unit:
        unit.put(ContactRecord(id="c1", created_at="2025-12-30"))
        unit.put(Segment(key="reds", where=F.created_at < ago(days=30)))
    following = follower(store, clock)
    following.follow()
    waiting = [one.flips_at is not None for one in store.stream(Standing)]
    archive(store)
    following.follow()
    clock.advance(days=60)
    following.follow()

    assert [True] == waiting
    assert [(False, None)] == [(one.is_member, one.flips_at) for one in store.stream(Standing)]
    assert [] == told(store)


@pytest.mark.parametrize(("end", "_"), ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("point", UNIT_POINTS)
def test_an_end_that_fails_is_gone_on_with(point: str, end: Callable[[Store], None], _: object) -> None:
    """Wherever a page stops, and however often, each of many members is told once in the end."""
    clock = ManualClock(START)
    store = MemoryStore(clock=clock)
    peopled(store, many=MANY)
    follower(store, clock).follow()
    since = max(one.cursor for one in segment_changes(store.history))
    end(store)
    for nth in (1, 2, 3, 2):
        with suppress(SimulatedFault), raising_at(point, nth=nth):
            follower(store, clock).follow()
    follower(store, clock).follow()
    left = Counter(told(store, since=since))

    assert MANY == len(left)
    assert {1} == set(left.values())
    assert {(False, "ended")} == {(entered, cause) for _, entered, cause, _ in left}


def test_an_end_goes_page_by_page() -> None:
    """No unit of work writes more than 500 members."""
    clock = ManualClock(START)
    store = MemoryStore(clock=clock)
    peopled(store, many=MANY)
    following = follower(store, clock)
    following.follow()
    first = max(one.unit.number for one in store.history.changes())
    archive(store)
    following.follow()
    changes = [one for one in store.history.changes(Standing) if one.unit.number > first]
    sizes = Counter(one.unit.number for one in changes)

    assert [500, 500, 203] == [sizes[number] for number in sorted(sizes)]


class EndsOnePage(Follower):
    """A follower that is stopped after the first page of an end."""

    pages = 0

    def _written(self, reached, *, at, ledger, builds=()):
        """Stop before the second."""
        if any(build.phase in {"ending", "ended"} for build in builds):
            self.pages += 1
            if self.pages > 1:
                raise SimulatedFault("stopped")
        return super()._written(reached, at=at, ledger=ledger, builds=builds)


def test_a_segment_that_comes_back_while_it_ends_is_told_truly() -> None:
    """Who was told to have left is told to have entered, and nobody else is told anything."""
    clock = ManualClock(START)
    store = MemoryStore(clock=clock)
    peopled(store, many=MANY)
    following = follower(store, clock)
    following.follow()
    archive(store)
    with suppress(SimulatedFault):
        EndsOnePage(store, following._population, clock=clock).follow()
    half = len(list(members(store, "reds")))
    archive(store, back=True)
    following.follow()
    counted = Counter(entered for _, entered, _, _ in told(store))

    assert MANY - 500 == half
    assert MANY == len(list(members(store, "reds")))
    assert {True: MANY + 500, False: 500} == counted


def test_two_workers_end_a_segment_once(tmp_path: Path) -> None:
    """Of two that take the same page one is refused, and goes on after it."""
    clock = ManualClock(START)
    url = f"sqlite:///{tmp_path}/crm.db"
    with SqlStore(url, clock=clock, durability="relaxed") as store:
        peopled(store, many=MANY)
        follower(store, clock).follow()
        archive(store)
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
        left = Counter(one for one in told(store) if not one[1])

    assert MANY == len(left)
    assert {1} == set(left.values())


def test_a_segment_that_cannot_be_asked_does_not_end() -> None:
    """It asks for one that is gone: its members stay as they were, for it may be mended."""
    clock = ManualClock(START)
    store = MemoryStore(clock=clock)
    peopled(store)
    with store.unit(actor="ada") as unit:
        unit.put(Segment(key="outer", where=segment("reds")))
    following = follower(store, clock)
    following.follow()
    remove(store)
    broken = following.follow().broken

    assert {"outer"} == set(broken)
    assert ["c0000", "c0001", "c0002"] == [one.record for one in members(store, "outer")]
    assert [] == list(members(store, "reds"))


def test_a_segment_that_cannot_be_asked_can_be_ended() -> None:
    """What it asks is no matter for the archive; to come back it has to be mended."""
    with CRM.open("memory:") as crm:
        with crm.unit(actor="ada") as unit:
            unit.put(ContactRecord(id="c1", tags=("red",)))
        crm.save_segment("reds", F.tag == "red", actor="ada")
        view = crm.save_segment("outer", segment("reds"), actor="ada")
        crm.follow_segments()
        remove(crm.store)
        broken = set(crm.follow_segments().broken)
        view.archive(actor="ada")
        ended = crm.follow_segments()
        with pytest.raises(InputError, match="no segment 'reds'"):
            view.bring_back(actor="ada")

        assert {"outer"} == broken
        assert (1, {}) == (ended.left, ended.broken)
        assert [] == crm.segments_of("c1")


def test_the_end_is_a_cause_of_its_own() -> None:
    """Consumers tell it from a change of the definition."""
    assert "ended" == Cause.ENDED.value
