"""Segments that are followed while others write, beside other followers, and beside what others told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest

import crmcore
from crmcore.errors import Conflict
from crmcore.model import Candidate, ContactRecord, Event, Segment
from crmcore.model.segment import SegmentWatermark, Standing
from crmcore.query import F, ago, now
from crmcore.segments import Follower, Universe, members, segment_changes
from crmcore.segments._work import Work
from crmcore.storage import MemoryStore, SqlStore
from crmcore.testing import ManualClock

TOUCHED = datetime(2025, 12, 20, tzinfo=UTC)


def begun(*segments: Segment, **fields: Any) -> tuple[ManualClock, MemoryStore, Follower]:
    """Return a clock, a store with segments and one contact, and who follows them."""
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    store = MemoryStore(clock=clock)
    with store.unit(actor="ada") as unit:
        for segment in segments:
            unit.put(segment)
        unit.put(ContactRecord(id="c1", **fields))
    follower = Follower(store, Universe(store, ContactRecord), clock=clock)
    follower.follow()
    return clock, store, follower


def tag(store: MemoryStore, *tags: str) -> None:
    """Tag the contact."""
    with store.unit(actor="bob") as unit:
        unit.put(unit.get(ContactRecord, "c1").evolve(tags=tags))


def told(store: MemoryStore) -> list[tuple[bool, str, datetime]]:
    """Return what was told of the contact."""
    return [(change.entered, str(change.cause), change.at) for change in segment_changes(store.history)]


class Interrupted(Work):
    """Lets somebody commit between reading what has happened and judging it."""

    interrupts: list[Any]

    def changes(self, *args, **words):
        if self.interrupts:
            self.interrupts.pop()()
        return super().changes(*args, **words)

    def timers(self, **words):
        if self.interrupts:
            self.interrupts.pop()()
        return super().timers(**words)


class InterruptedChanges(Interrupted):
    """The same, before changes only."""

    def timers(self, **words):
        return Work.timers(self, **words)


def interrupted(base: type[Interrupted], *commits: Any) -> type[Interrupted]:
    """Return such work."""
    return type("Once", (base,), {"interrupts": list(commits)})


TAGGED = Segment(key="tagged", where=F.tag == "x")
STALE = Segment(key="stale", where=(F.touched_at < ago(days=30)) & (F.tag == "x"))


def test_what_is_committed_while_a_change_is_judged_is_told_after_it():
    """Entering and leaving are told both, each at its instant."""
    clock, store, follower = begun(TAGGED)
    entered = clock.advance(hours=1)
    tag(store, "x")

    def leave() -> None:
        clock.advance(hours=1)
        tag(store)

    follower.work_type = interrupted(InterruptedChanges, leave)
    follower.follow()

    assert [(True, "change", entered), (False, "change", entered + timedelta(hours=1))] == told(store)


def test_a_later_change_is_not_told_at_the_instant_of_an_earlier_one():
    """The contact was tagged y at one, and x at two."""
    clock, store, follower = begun(TAGGED)
    clock.advance(hours=1)
    tag(store, "y")

    def enter() -> None:
        clock.advance(hours=1)
        tag(store, "x")

    follower.work_type = interrupted(InterruptedChanges, enter)
    follower.follow()

    assert [(True, "change", datetime(2026, 1, 1, 2, tzinfo=UTC))] == told(store)


def test_a_timer_is_judged_by_what_was_so_when_it_was_due():
    """The contact lost the tag after the timer was due, while it was judged."""
    clock, store, follower = begun(STALE, tags=("x",), touches=[{"source": "list", "at": TOUCHED}])
    clock.advance(days=40)
    follower.work_type = interrupted(Interrupted, lambda: tag(store))
    follower.follow()
    due = TOUCHED + timedelta(days=30, microseconds=1)

    assert [(True, "timer", due), (False, "change", clock.now())] == told(store)


def test_somebody_who_writes_all_the_time_stops_nobody_from_following():
    """A commit between each reading and each writing makes a step be judged twice, not for ever."""
    clock, store, follower = begun(STALE, tags=("x",), touches=[{"source": "list", "at": TOUCHED}])

    def write() -> None:
        clock.advance(seconds=1)
        with store.unit(actor="bob") as unit:
            unit.put(Candidate(id=f"k{clock.now():%s}", contact="c1"))

    clock.advance(days=40)
    follower.work_type = interrupted(Interrupted, *[write] * 8)
    follower.follow()

    assert ["c1"] == [one.record for one in members(store, "stale")]


def test_every_transition_is_told_while_a_thread_writes(tmp_path):
    """One toggles a tag, another follows; afterwards each toggle was told once."""
    clock = ManualClock()
    with SqlStore(f"sqlite:///{tmp_path}/crm.db", clock=clock, durability="relaxed") as store:
        with store.unit(actor="ada") as unit:
            unit.put(TAGGED)
            unit.put(ContactRecord(id="c1"))
        follower = Follower(store, Universe(store, ContactRecord), clock=clock)
        follower.follow()
        toggles = 60

        def toggle() -> None:
            for number in range(toggles):
                clock.advance(seconds=1)
                tag(store, *(("x",) if number % 2 == 0 else ()))

        writer = Thread(target=toggle)
        writer.start()
        while writer.is_alive():
            follower.follow()
        writer.join()
        follower.follow()

        assert [number % 2 == 0 for number in range(toggles)] == [one.entered for one in segment_changes(store.history)]


def test_a_key_that_somebody_else_used_stops_nobody():
    """Keys of units are the caller's; no step hangs on one."""
    clock, store, follower = begun(TAGGED)
    with store.unit(actor="bob", key="segments/contact/1") as unit:
        unit.put(ContactRecord(id="c2", tags=("x",)))
    clock.advance(hours=1)
    follower.follow()

    assert ["c2"] == [one.record for one in members(store, "tagged")]


def test_a_watermark_that_was_taken_away_is_put_back():
    """Whoever removes what following keeps loses nothing by it."""
    clock, store, follower = begun(TAGGED)
    with store.unit(actor="bob") as unit:
        unit.remove(unit.get(SegmentWatermark, "contact"))
    clock.advance(hours=1)
    tag(store, "x")
    follower.follow()

    assert ["c1"] == [one.record for one in members(store, "tagged")]


class AlwaysLate(Work):
    """Finds that somebody else was quicker, each time."""

    def ahead(self, watermark):
        raise Conflict(kind="segment_watermark", id="contact", expected=1, actual=2, stored=None, offered=None)


def test_whoever_is_always_late_is_told_so():
    """Following does not try for ever."""
    _, _, follower = begun(TAGGED)
    follower.work_type = AlwaysLate

    with pytest.raises(Conflict):
        follower.follow()


def test_followers_of_two_kinds_leave_each_other_alone():
    """A timer of a candidate is not stopped, nor judged, by who follows contacts."""
    due = Segment(key="due", of="candidate", where=F.snoozed_until <= now())
    clock, store, follower = begun(TAGGED, due)
    with store.unit(actor="bob") as unit:
        unit.put(Candidate(id="k1", contact="c1", snoozed_until=datetime(2026, 1, 10, tzinfo=UTC)))
    candidates = Follower(store, Universe(store, Candidate), clock=clock)
    candidates.follow()
    assert store.get(Standing, "due/k1").flips_at is not None
    clock.advance(days=30)
    assert not follower.freshness().is_waiting
    follower.follow()
    candidates.follow()

    assert [(True, "timer", datetime(2026, 1, 10, tzinfo=UTC))] == told(store)


def test_what_others_tell_is_no_membership():
    """An event of that name, well-formed or not, is of no account, and breaks nothing."""
    clock, store, follower = begun(TAGGED)
    at = clock.now()
    forged = {"segment": "tagged", "version": 1, "cause": "change", "unit": 1}
    with store.unit(actor="mallory") as unit:
        for number, data in enumerate(({"foo": 1}, forged)):
            unit.emit(
                Event(
                    id=f"e{number}", type="segment.entered", subject_kind="contact", subject_id="c1",
                    occurred_at=at, recorded_at=at, actor="segments", data=data,
                )
            )  # fmt: skip
    follower.follow()
    assert [] == told(store)
    clock.advance(hours=1)
    tag(store, "x")
    follower.follow()

    assert [True] == [entered for entered, _, _ in told(store)]


def test_threads_that_share_a_database_see_what_they_saved(tmp_path):
    """Whoever saves a segment is answered by it, while others read."""
    with crmcore.CRM.open("memory:") as crm:
        with crm.unit(actor="ada") as unit:
            for number in range(20):
                unit.put(ContactRecord(id=f"c{number}", tags=(f"t{number}",)))
        crm.save_segment("s", F.tag == "t0", actor="ada")
        is_over: list[bool] = []
        wrong: list[object] = []

        def read() -> None:
            while not is_over:
                list(crm.select('in segment "s"'))

        readers = [Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for number in range(60):
            expected = f"c{number % 20}"
            crm.save_segment("s", F.tag == f"t{number % 20}", actor="ada")
            found = [one.id for one in crm.select('in segment "s"')]
            wrong += [(expected, found)] if found != [expected] else []
        is_over.append(True)
        for reader in readers:
            reader.join()

    assert [] == wrong
