"""Who copies records by the change feed ends up with what the store has, whoever is killed in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from crmcore.errors import NotFound
from crmcore.model.record import Record
from crmcore.ports import Action, Store
from crmcore.storage import MemoryStore, SqlStore
from crmcore.storage._faults import at_faults
from crmcore.testing import ManualClock
from crmcore.testing.stores import SUITE_CODEC, Card, Memo

KINDS: dict[str, type[Record]] = {kind.kind: kind for kind in (Card, Memo)}


class Killed(Exception):
    """The process ends here."""


class Copy:
    """Somebody's copy: the records, and the number of the last change that is in it, written in one step."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], Record] = {}
        self.seen = 0

    def follow(self, store: Store, *, die: Callable[[], bool] = lambda: False, removals: bool = True) -> None:
        """Take in what changed since; may be killed before or after any step, and goes on from its number."""
        for change in store.history.changes(after=self.seen):
            if die():
                raise Killed
            place = (change.kind, change.id)
            try:
                self.records[place] = store.get(KINDS[change.kind], change.id)
            except NotFound:
                if removals:
                    self.records.pop(place, None)
            if die():
                raise Killed
            self.seen = change.seq


def content(store: Store) -> dict[tuple[str, str], Record]:
    """Return all that the store has."""
    return {(kind, record.id): record for kind, cls in KINDS.items() for record in store.stream(cls)}


def edit(store: Store, dice: Random) -> None:
    """Do one unit of some puts and removals, which is undone now and then."""
    with store.unit(actor="suite") as unit:
        for _ in range(dice.randint(1, 4)):
            kind, id_ = dice.choice([Card, Memo]), f"x-{dice.randint(0, 9)}"
            try:
                there: Any = unit.get(kind, id_)
            except NotFound:
                words = {"text": "new"} if kind is Memo else {}
                unit.put(kind(id=id_, version=last_version(unit, kind, id_), **words))
                continue
            unit.remove(there) if dice.random() < 0.4 else unit.put(there)
        if dice.random() < 0.15:
            raise ZeroDivisionError


def last_version(unit: Any, kind: type[Record], id_: str) -> int:
    """Return the version under which a removed record lies, as whoever removed it was told."""
    row = unit._tables.rows(kind.kind, [id_]).get(id_)
    return 0 if row is None else row.version


def opened(where: str, folder: Path, url: Callable[[], str]) -> Store:
    """Open one of our stores."""
    clock = ManualClock()
    if where == "memory":
        return MemoryStore(codec=SUITE_CODEC, clock=clock)
    address = f"sqlite:///{folder / 'crm.db'}" if where == "file" else url()
    return SqlStore(address, codec=SUITE_CODEC, clock=clock)


@pytest.mark.parametrize("where", ["memory", "file", "server"])
def test_a_follower_ends_up_with_the_same_content(tmp_path: Path, request: pytest.FixtureRequest, where: str) -> None:
    """Writers are killed and undone at any point, the follower before and after any step: the copies are equal."""
    store = opened(where, tmp_path, lambda: request.getfixturevalue("postgres_url"))
    dice, copy, kills = Random(7), Copy(), 0
    for _ in range(60):
        left = dice.randint(1, 14)

        def kill(_: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed

        try:
            with at_faults(kill):
                edit(store, dice)
        except (Killed, ZeroDivisionError):
            kills += 1
        if dice.random() < 0.6:
            try:
                copy.follow(store, die=lambda: dice.random() < 0.2)
            except Killed:
                kills += 1
    copy.follow(store)
    there = content(store)
    removals = [change for change in store.history.changes() if change.action is Action.REMOVED]
    store.close()

    assert there == copy.records
    assert (True, True, True) == (kills > 20, len(removals) > 5, len(there) > 3)


def test_a_follower_that_passes_over_removals_is_caught() -> None:
    """The negative control: without them, the copy keeps what the store has no more."""
    store = MemoryStore(codec=SUITE_CODEC)
    with store.unit(actor="suite") as unit:
        card = unit.put(Card(id="x-1"))
    deaf, copy = Copy(), Copy()
    deaf.follow(store)
    copy.follow(store)
    with store.unit(actor="suite") as unit:
        unit.remove(card)
    deaf.follow(store, removals=False)
    copy.follow(store)

    assert ({}, {}) == (content(store), copy.records)
    assert [("suite_card", "x-1")] == list(deaf.records)


def test_a_change_that_is_overtaken_is_read_as_it_is_now() -> None:
    """The feed says which record changed; reading it gives the latest state, so that going over it twice does no harm."""
    store = MemoryStore(codec=SUITE_CODEC)
    with store.unit(actor="suite") as unit:
        first = unit.put(Card(id="x-1", name="first"))
    feed = store.history.changes()
    seen = next(feed)
    with store.unit(actor="suite") as unit:
        second = unit.put(first.model_copy(update={"name": "second"}))

    assert (1, second) == (seen.version, store.get(Card, seen.id))
    assert [(2, Action.CHANGED)] == [
        (change.version, change.action) for change in store.history.changes(after=seen.seq)
    ]
