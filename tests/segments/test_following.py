"""Memberships that follow: the same as a full evaluation at any time, each transition told once and at its instant."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crmcore.model import ContactRecord
from crmcore.ports import Store
from crmcore.query import selects
from crmcore.query.dependencies import DependencyIndex
from crmcore.segments._ledger import Ledger
from crmcore.segments._work import Work
from crmcore.segments.following import Follower
from crmcore.segments.population import Universe
from crmcore.storage import MemoryStore, SqlStore
from crmcore.testing import ManualClock
from tests.segments.histories import START, Life, books_of, evaluated, follower, members, transitions

HISTORIES = int(os.environ.get("CRMCORE_SEGMENT_HISTORIES", "16"))
CHANGES = int(os.environ.get("CRMCORE_SEGMENT_CHANGES", "60"))
TICK = timedelta(microseconds=1)


def lived(
    seed: int,
    changes: int,
    *,
    store: Store | None = None,
    clock: ManualClock | None = None,
    follower_type: type[Follower] = Follower,
    causes: Counter[str] | None = None,
) -> str:
    """Let a life go on and follow it now and then; return the first difference from a full evaluation."""
    clock = clock or ManualClock(START)
    store = store or MemoryStore(clock=clock)
    life = Life(store, clock, seed)
    life.begin()
    following = follower_type(store, Universe(store, ContactRecord), clock=clock)
    books = books_of(store)
    for number in range(changes):
        life.go_on()
        if life.draw.random() < 0.6:
            following.follow()
            full, kept = evaluated(store, clock, books), members(store)
            for key, expected in full.items():
                if expected != kept[key]:
                    return f"seed {seed}, change {number}, {key}: full {sorted(expected)}, kept {sorted(kept[key])}"
    if causes is not None:
        causes.update(cause if entered else f"left: {cause}" for _, _, entered, _, cause in transitions(store))
    return told_wrongly(store, seed)


def told_wrongly(store: Store, seed: int) -> str:
    """Return what is wrong with what was told: it turns from in to out and back, and ends with what stands."""
    told: dict[tuple[str, str], bool] = {}
    for segment, record, entered, _, _ in transitions(store):
        if told.get((segment, record), False) is entered:
            return f"seed {seed}: {segment} {record} is told twice"
        told[segment, record] = entered
    stands = {(key, record) for key, records in members(store).items() for record in records}
    return "" if stands == {pair for pair, entered in told.items() if entered} else f"seed {seed}: told is not kept"


@pytest.mark.parametrize("part", range(4))
def test_following_gives_what_a_full_evaluation_gives(part: int) -> None:
    """For random lives, with changes, removals, events, other definitions and leaps of the clock."""
    causes: Counter[str] = Counter()
    found = [diff for seed in range(part, HISTORIES, 4) if (diff := lived(seed, CHANGES, causes=causes))]

    assert [] == found
    assert 0 < causes["left: ended"]


@pytest.mark.parametrize("seed", [667, 850, 1139, 1150, 1203])
def test_lives_that_once_were_followed_wrongly(seed: int) -> None:
    """Several changes at one instant, a removal and its undoing among them, are judged as what they leave behind."""
    assert "" == lived(seed, 100)


def test_following_gives_the_same_in_a_database(tmp_path: Path) -> None:
    """The store finds by SQL what following keeps."""
    found = []
    for seed in range(3):
        clock = ManualClock(START)
        with SqlStore(f"sqlite:///{tmp_path}/{seed}.db", clock=clock, durability="relaxed") as store:
            found.append(lived(seed, 30, store=store, clock=clock))

    assert ["", "", ""] == found


def lives_side_by_side(seed: int, changes: int) -> tuple[list[object], list[object]]:
    """Return what is told of one life that is followed at every step, and of the same one followed seldom."""
    told = []
    for often in (True, False):
        clock = ManualClock(START)
        store = MemoryStore(clock=clock)
        life = Life(store, clock, seed)
        life.begin()
        following = follower(store, clock)
        following.follow()
        for number in range(changes):
            life.go_on(redefines=False, is_steady=True)
            if often or number % 25 == 24:
                following.follow()
        following.follow()
        told.append(sorted(transitions(store)))
    return told[0], told[1]


@pytest.mark.parametrize("seed", range(6))
def test_what_is_told_does_not_depend_on_how_often_one_follows(seed: int) -> None:
    """Who entered and left, when and why, is the same at every step and after twenty-five of them."""
    often, seldom = lives_side_by_side(seed, 75)

    assert often
    assert often == seldom


def misdated(seed: int, by_cause: Counter[str]) -> list[object]:
    """Return the transitions of a life that did not become true at the instant that is told."""
    clock = ManualClock(START)
    store = MemoryStore(clock=clock)
    life = Life(store, clock, seed)
    life.begin()
    following = follower(store, clock)
    following.follow()
    for _ in range(60):
        life.go_on(redefines=False, is_steady=True)
    following.follow()
    population = Universe(store, ContactRecord)
    wrong: list[object] = []
    for segment, record, entered, at, cause in transitions(store):
        if cause != "definition":
            by_cause[cause] += 1
            definition = following._books.definitions().by_key[segment]
            judged = []
            for instant in (at - TICK, at):
                facts = population.sight(instant).facts(record)
                judged.append(facts is not None and selects(definition.plain(instant), facts))
            if judged != [not entered, entered]:
                wrong.append((seed, segment, record, entered, at, cause, judged))
    return wrong


def test_each_transition_bears_the_instant_at_which_it_became_true() -> None:
    """Right before the instant the record stood as it had stood, and from it on it stands as it is told."""
    by_cause: Counter[str] = Counter()
    wrong = [one for seed in range(5) for one in misdated(seed, by_cause)]

    assert [] == wrong
    assert {"timer", "change", "event", "removal"} == set(by_cause)


class IgnoresTimers(Work):
    """The negative control: time goes by unseen."""

    def timers(self, *, before: datetime | None, now: datetime, as_of: datetime | None) -> None:
        """See none."""


class ForgetsAField(DependencyIndex):
    """The negative control: nobody is said to hang on the city."""

    def affected(self, paths=frozenset(), **more):
        """Leave the city out."""
        return super().affected(set(paths) - {"city"}, **more)


class ForgetsEvents(DependencyIndex):
    """The negative control: nobody is said to hang on what happens."""

    def affected(self, paths=frozenset(), **_):
        """Leave all events out."""
        return super().affected(paths)


class ForgetsOthers(DependencyIndex):
    """The negative control: nobody is said to hang on other records."""

    def affected(self, paths=frozenset(), **more):
        """Leave them out."""
        return super().affected(set(paths) - {"organisations", "candidates"}, **more)


class ForgetsToEnd(Follower):
    """The negative control: a segment that ends is noted, and its members are not."""

    def _written(self, reached, *, at, ledger, builds=(), only_after=None):
        """Write nothing of an end but how far it is."""
        if any(build.phase in {"ending", "ended"} for build in builds):
            ledger = Ledger(self._store)
        return super()._written(reached, at=at, ledger=ledger, builds=builds, only_after=only_after)


def test_an_end_that_is_forgotten_is_found() -> None:
    """The negative control: with members left in segments that are gone, the same comparison shows it."""
    assert any(lived(seed, CHANGES, follower_type=ForgetsToEnd) for seed in range(HISTORIES))


def difference(seeds: range, spoil: Callable[[Follower], None]) -> str:
    """Return the first difference that is found where following is spoilt."""
    for seed in seeds:
        clock = ManualClock(START)
        store = MemoryStore(clock=clock)
        life = Life(store, clock, seed)
        life.begin()
        following = follower(store, clock)
        spoil(following)
        books = books_of(store)
        for _ in range(40):
            life.go_on(redefines=False)
            following.follow()
            if evaluated(store, clock, books) != members(store):
                return f"seed {seed}"
    return ""


@pytest.mark.parametrize("index", [ForgetsAField, ForgetsEvents, ForgetsOthers])
def test_a_dependency_that_is_dropped_is_found(index: type[DependencyIndex]) -> None:
    """The negative control: with one edge of the index taken out, the same comparison shows it."""

    def spoil(following: Follower) -> None:
        following.index_type = index

    assert difference(range(20), spoil)


def test_timers_that_are_ignored_are_found() -> None:
    """The negative control: without timers the same comparison shows it."""

    def spoil(following: Follower) -> None:
        following.work_type = IgnoresTimers

    assert difference(range(20), spoil)


def test_the_harness_finds_nothing_where_nothing_is_spoilt() -> None:
    """The comparison of the negative controls is silent otherwise."""
    assert "" == difference(range(3), lambda _: None)
