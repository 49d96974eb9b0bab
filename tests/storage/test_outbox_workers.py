"""Several workers on one outbox, each of which fails, dies or dawdles at random: nothing missing, nothing out of order."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import attrs
import pytest

from crmcore.errors import AlreadyDone, LeaseLost, StoreUnavailable
from crmcore.ports import Delivery, Store
from crmcore.storage import MemoryStore, SqlStore
from crmcore.testing.stores import SUITE_CODEC
from tests.storage.receiver import KEPT, Receiver, judged, kept, pending, reaped, tell

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


class SharedClock:
    """A clock that several processes read, and move on."""

    def __init__(self) -> None:
        self._seconds = multiprocessing.get_context("fork").Value("q", 0)

    def now(self) -> datetime:
        return BEGUN + timedelta(seconds=self._seconds.value)

    def advance(self, seconds: int) -> None:
        with self._seconds.get_lock():
            self._seconds.value += seconds


@attrs.define
class Worker:
    """Claims, and with what it gets it fails, dies, dawdles or does its work, as the dice say."""

    store: Store
    clock: SharedClock
    receiver: Receiver
    events: int
    dice: Random
    seen: Counter[str] = attrs.field(factory=Counter)
    kept_waiting: list[Delivery] = attrs.field(factory=list)

    def run(self) -> Counter[str]:
        """Work until every event is settled."""
        while True:
            with suppress(StoreUnavailable):
                claimed = self.store.outbox.claim("hooks", limit=self.dice.randint(1, 8))
                for delivery in claimed:
                    self._meet(delivery)
                for late in [one for one in self.kept_waiting if self.dice.random() < 0.3]:
                    self.kept_waiting.remove(late)
                    self._do(late)
                if not claimed:
                    if self._is_done():
                        return self.seen
                    self.clock.advance(20)

    def _meet(self, delivery: Delivery) -> None:
        self.seen["deliveries"] += 1
        fate = self.dice.random()
        if fate < 0.1:
            self._say(lambda: self.store.outbox.retry(delivery, error="503", at=self._soon()))
        elif fate < 0.15:
            self.seen["died before"] += 1
        elif fate < 0.2:
            self.receiver.take(delivery)
            self.seen["died after"] += 1
        elif fate < 0.3:
            self.kept_waiting.append(delivery)
        else:
            self._do(delivery)

    def _do(self, delivery: Delivery) -> None:
        self.receiver.take(delivery)
        self._say(lambda: self.store.outbox.settle(delivery))

    def _say(self, verb: Callable[[], None]) -> None:
        try:
            verb()
        except LeaseLost:
            self.seen["lease lost"] += 1

    def _soon(self) -> datetime:
        return self.clock.now() + timedelta(seconds=self.dice.randint(-10, 40))

    def _is_done(self) -> bool:
        return not pending(self.store) and len(self.receiver.firsts()) == self.events


UNITS = 50
EACH = 5


def _in_threads(
    open_store: Callable[[], Store], receiver: Receiver, clock: SharedClock, *, workers: int
) -> dict[str, int]:
    """Let threads work while another one tells what happens; return the verdict, with what the workers saw."""
    stores = [open_store() for _ in range(workers + 1)]
    with ThreadPoolExecutor(workers + 1) as pool:
        telling = pool.submit(_tell_all, stores[0])
        running = [
            pool.submit(Worker(store, clock, receiver, UNITS * EACH, Random(seed)).run)
            for seed, store in enumerate(stores[1:])
        ]
        telling.result()
        seen = sum((one.result() for one in running), Counter[str]())
    verdict = judged(receiver, stores[0])
    for store in stores:
        store.close()
    return {**verdict, **seen}


def _tell_all(store: Store) -> None:
    for number in range(UNITS):
        with suppress(ZeroDivisionError, StoreUnavailable):
            tell(store, number, records=9, each=EACH, undo=True)
        with suppress(AlreadyDone):
            while True:
                with suppress(StoreUnavailable):  # the workers leave little room
                    tell(store, number, records=9, each=EACH)


def _check(verdict: dict[str, int]) -> None:
    assert (UNITS * EACH, KEPT) == (verdict["events"], kept(verdict)), verdict
    assert min(verdict[fate] for fate in ("died before", "died after", "lease lost", "duplicates")) > 0, verdict


def test_eight_threads_on_memory(tmp_path: Path) -> None:
    """Eight threads share one store in memory."""
    clock = SharedClock()
    store = MemoryStore(codec=SUITE_CODEC, clock=clock, timeout=60)

    _check(_in_threads(lambda: store, Receiver(tmp_path / "received"), clock, workers=8))


@pytest.mark.parametrize("workers", [2, 8])
def test_threads_on_a_file(tmp_path: Path, workers: int) -> None:
    """Two or eight threads, each with a handle of its own, on a SQLite file."""
    clock = SharedClock()
    url = f"sqlite:///{tmp_path / 'crm.db'}"

    def open_store() -> Store:
        return SqlStore(url, codec=SUITE_CODEC, clock=clock, timeout=60, durability="relaxed")

    _check(_in_threads(open_store, Receiver(tmp_path / "received"), clock, workers=workers))


@pytest.mark.parametrize("workers", [2, 8])
def test_threads_on_a_server(tmp_path: Path, postgres_url: str, workers: int) -> None:
    """Two or eight threads, each with connections of its own, on PostgreSQL."""
    clock = SharedClock()

    def open_store() -> Store:
        return SqlStore(postgres_url, codec=SUITE_CODEC, clock=clock, timeout=60)

    _check(_in_threads(open_store, Receiver(tmp_path / "received"), clock, workers=workers))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork to share a clock")
@pytest.mark.parametrize("where", ["file", "server"])
def test_four_processes(tmp_path: Path, where: str, request: pytest.FixtureRequest) -> None:
    """Four processes deliver, and a fifth one tells, on a SQLite file and on PostgreSQL."""
    url = f"sqlite:///{tmp_path / 'crm.db'}" if where == "file" else request.getfixturevalue("postgres_url")
    clock, receiver = SharedClock(), Receiver(tmp_path / "received")

    def open_store() -> SqlStore:
        return SqlStore(url, codec=SUITE_CODEC, clock=clock, timeout=60)

    open_store().close()
    children = [_forked(lambda: _tell_all(open_store()))]
    children += [
        _forked(lambda seed=seed: Worker(open_store(), clock, receiver, UNITS * EACH, Random(seed)).run())
        for seed in range(4)
    ]

    assert [0] * 5 == [reaped(child) for child in children]
    store = open_store()
    verdict = judged(receiver, store)
    store.close()
    assert (UNITS * EACH, KEPT) == (verdict["events"], kept(verdict))


def _forked(work: Callable[[], Any]) -> int:
    """Do the work in a child, which never returns to pytest."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:  # noqa: BLE001 - pytest must not go on in the child
        os._exit(1)
    os._exit(0)


def test_a_claim_does_not_wait_for_a_unit_on_a_server(postgres_url: str) -> None:
    """While a long unit of work is open, events that were told before are claimed and settled."""
    with SqlStore(postgres_url, codec=SUITE_CODEC, timeout=0.5) as store:
        tell(store, 0)
        (first, *_) = store.outbox.claim("hooks", limit=1)
        with ThreadPoolExecutor(1) as pool, store.unit(actor="suite"):
            pool.submit(store.outbox.settle, first).result()
            claimed = pool.submit(store.outbox.claim, "hooks").result()

        assert [2, 3] == [delivery.stored.seq for delivery in claimed]
