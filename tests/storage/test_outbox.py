"""The outbox under failures: whatever is killed and wherever, each committed event arrives, and those of a record in order."""

from __future__ import annotations

import itertools
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crmcore.errors import AlreadyDone, LeaseLost, StoreUnavailable
from crmcore.ports import Delivery, Store
from crmcore.storage import MemoryStore, SqlStore
from crmcore.storage._faults import at_faults
from crmcore.storage._memory_outbox import MemoryOutboxTables
from crmcore.storage._outbox import TenantOutbox
from crmcore.storage._outbox_rows import DeliveryRow, OutboxTables
from crmcore.storage._rows import UnitRow
from crmcore.testing import ManualClock, stores
from crmcore.testing._store_records import card, told
from crmcore.testing.stores import SUITE_CODEC
from tests.storage.receiver import KEPT, Receiver, judged, kept, pending, reaped, tell

Open = Callable[[], Store]


class TestOutboxInPostgres(stores.OutboxLaws):
    """A server obeys the same laws as memory and files, which the whole suite runs on."""

    @pytest.fixture
    def store(self, postgres_url: str) -> Iterator[Store]:
        self.url = postgres_url
        with SqlStore(postgres_url, codec=SUITE_CODEC) as store:
            yield store

    def another(self, store: Store, *, tenant: str = "default") -> Store:
        return SqlStore(self.url, tenant=tenant, codec=SUITE_CODEC)


class Killed(Exception):
    """The process ends here."""


class KillAt:
    """Ends the process at the n-th place that it comes by; afterwards it lives for ever."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.seen: Counter[str] = Counter()

    def __call__(self, name: str) -> None:
        self.seen[name] += 1
        self.left -= 1
        if self.left == 0:
            raise Killed(name)


def turn(store: Store, receiver: Receiver, clock: ManualClock) -> int:
    """Do what a worker does in one turn, with a failure now and then; return how many events there were."""
    claimed = store.outbox.claim("hooks", limit=3)
    for delivery in claimed:
        if delivery.stored.seq % 7 == 0 and delivery.attempt == 1:
            store.outbox.retry(delivery, error="503", at=clock.now() + timedelta(seconds=15))
            continue
        receiver.take(delivery)
        if delivery.stored.seq % 11 == 0 and delivery.attempt == 1:
            continue  # died before it could say so
        with suppress(LeaseLost):
            store.outbox.settle(delivery)
    return len(claimed)


def told_units(store: Store, number: int) -> None:
    """Tell a unit, and another that is undone; doing it again does nothing."""
    with suppress(AlreadyDone):
        tell(store, number)
    with suppress(ZeroDivisionError):
        tell(store, number, undo=True)


def story(open_store: Open, receiver: Receiver, clock: ManualClock, kill: KillAt) -> Store:
    """Tell and deliver to the end; after a kill, open it again and do again what was being done."""
    store = open_store()

    def survived(step: Callable[[], object]) -> None:
        nonlocal store
        try:
            step()
        except Killed:
            store = open_store()
            step()

    with at_faults(kill):
        for number in range(6):
            survived(lambda number=number: told_units(store, number))
            survived(lambda: turn(store, receiver, clock))
            clock.advance(seconds=10)
        while pending(store) or len(receiver.firsts()) < 18:
            survived(lambda: turn(store, receiver, clock))
            clock.advance(seconds=30)
    return store


def test_an_exception_at_any_point_loses_nothing_in_memory(tmp_path: Path) -> None:
    """At each of the places that a store comes by, of units and of the outbox: missing 0, phantom 0, order kept."""
    _everywhere(tmp_path, lambda clock, number: (store := _memory(clock), lambda: store)[1], step=1)


def test_an_exception_at_any_point_loses_nothing_in_a_file(tmp_path: Path) -> None:
    """The same where the store is closed by the kill and opened again."""

    def opening(clock: ManualClock, number: int) -> Open:
        url = f"sqlite:///{tmp_path / 'crm.db'}"
        return lambda: SqlStore(url, tenant=f"t{number}", codec=SUITE_CODEC, clock=clock, durability="relaxed")

    _everywhere(tmp_path, opening, step=2)


def test_an_exception_at_any_point_loses_nothing_on_a_server(tmp_path: Path, postgres_url: str) -> None:
    """The same on PostgreSQL."""
    stores: list[SqlStore] = []

    def opening(clock: ManualClock, number: int) -> Open:
        def open_it() -> Store:
            while stores:
                stores.pop().close()
            stores.append(SqlStore(postgres_url, tenant=f"t{number}", codec=SUITE_CODEC, clock=clock))
            return stores[0]

        return open_it

    _everywhere(tmp_path, opening, step=9)
    stores.pop().close()


def _memory(clock: ManualClock) -> MemoryStore:
    return MemoryStore(codec=SUITE_CODEC, clock=clock)


def _everywhere(folder: Path, opening: Callable[[ManualClock, int], Open], *, step: int) -> None:
    """Kill at every step-th place; a duplicate comes only of what was not settled."""
    uncut = KillAt(0)
    receiver, clock = Receiver(folder / "uncut"), ManualClock()
    quiet = judged(receiver, story(opening(clock, 0), receiver, clock, uncut))

    assert KEPT == kept(quiet)
    assert {"outbox.before_commit", "outbox.after_commit", "unit.after_commit"} <= uncut.seen.keys()
    for number in range(1, uncut.seen.total() + 1, step):
        receiver, clock, kill = Receiver(folder / f"{number}"), ManualClock(), KillAt(number)
        verdict = judged(receiver, story(opening(clock, number), receiver, clock, kill))

        assert (18, KEPT, True) == (verdict["events"], kept(verdict), kill.left <= 0), number
        assert verdict["duplicates"] <= quiet["duplicates"] + 3, number


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork to kill a process")
def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    """SIGKILL at the first, second, third ... place, each time a new process goes on: every event arrives, in order."""
    url, receiver, kills = f"sqlite:///{tmp_path / 'crm.db'}", Receiver(tmp_path / "received"), 0
    while True:
        child = os.fork()
        if child == 0:
            _live(url, receiver, life=kills)
        if reaped(child) == 0:
            break
        kills += 1
    store = SqlStore(url, codec=SUITE_CODEC)
    verdict = judged(receiver, store)
    store.close()

    assert (18, KEPT, True) == (verdict["events"], kept(verdict), kills > 10)


def _live(url: str, receiver: Receiver, *, life: int) -> None:
    """Do the whole story, up to the place where this life ends; never returns."""
    left = life + 2

    def kill(_: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        clock = ManualClock()
        clock.advance(hours=life)
        store = SqlStore(url, codec=SUITE_CODEC, clock=clock)
        with at_faults(kill):
            for number in range(6):
                told_units(store, number)
                turn(store, receiver, clock)
            while pending(store) or len(receiver.firsts()) < 18:
                turn(store, receiver, clock)
                clock.advance(seconds=30)
        store.close()
    except BaseException:  # noqa: BLE001 - pytest must not go on in the child
        os._exit(1)
    os._exit(0)


class Unfenced(TenantOutbox):
    """The negative control of fences: whoever says that it is done is believed."""

    @contextmanager
    def _held(self, delivery: Delivery) -> Iterator[tuple[OutboxTables, DeliveryRow]]:
        with self._changing() as tables:
            row = tables.delivery(delivery.consumer, delivery.stored.seq)
            assert row is not None
            yield tables, row


def test_without_fences_a_late_worker_settles_for_another() -> None:
    """A has lost the lease to B; A's word makes the event go away while B is still failing at it."""
    for outbox, lost in ((Unfenced, True), (TenantOutbox, False)):
        clock = ManualClock()
        store = _memory(clock)
        tell(store, 0, each=1)
        mine = outbox(SUITE_CODEC, clock, bytes, store._delivering, store._check_idle)
        (late,) = mine.claim("hooks", seconds=0)
        (_b,) = mine.claim("hooks")
        with suppress(LeaseLost):
            mine.settle(late)
        clock.advance(minutes=5)

        assert lost == (mine.claim("hooks") == ())


class InNoOrder(MemoryOutboxTables):
    """The negative control of order: nothing stands behind anything."""

    def first(self, consumer: str, kind: str, id: str, state: str) -> None:  # noqa: A002 - the port's
        return None

    def pull(self, consumer: str, after: int, upto: int) -> None:
        for event in self._tables.event_rows[after:upto]:
            place = (event.subject_kind, event.subject_id)
            self._exchange(consumer, None, DeliveryRow(consumer, event.seq, *place, "due", "", 0, 0, ""))


class Disorderly(MemoryStore):
    """A memory store that hands out whatever is due."""

    @contextmanager
    def _delivering(self, *, writes: bool) -> Iterator[OutboxTables]:
        yield InNoOrder(self._tables)


def test_without_the_rule_of_order_a_failure_is_overtaken(tmp_path: Path) -> None:
    """The same story that keeps the order breaks it where a record's later events need not wait."""
    for kind, orderly in ((Disorderly, False), (MemoryStore, True)):
        receiver, clock = Receiver(tmp_path / kind.__name__), ManualClock()
        store = kind(codec=SUITE_CODEC, clock=clock)
        verdict = judged(receiver, story(lambda store=store: store, receiver, clock, KillAt(0)))

        assert orderly == (verdict["out of order"] == 0)


@pytest.mark.parametrize("jump", [-86_400 * 365, -3600, -1, 3600, 86_400 * 365])
def test_a_clock_that_jumps_loses_nothing(tmp_path: Path, jump: int) -> None:
    """New events do not wait for the clock; what was leased or put off comes when its time does."""
    receiver, clock = Receiver(tmp_path / "received"), ManualClock()
    store = _memory(clock)
    for number in range(4):
        told_units(store, number)
        turn(store, receiver, clock)
    begun = clock.now()
    clock.advance(seconds=jump)
    for number in range(4, 6):
        told_units(store, number)
    fresh = [delivery.stored.seq for delivery in store.outbox.claim("other", limit=100)]
    clock.set(max(begun, clock.now()))
    while pending(store) > len(fresh) + 14 or len(receiver.firsts()) < 18:
        turn(store, receiver, clock)
        clock.advance(seconds=30)

    assert [1, 2, 3, 6] == fresh
    assert KEPT == kept(judged(receiver, store))


def test_an_event_whose_content_was_erased_holds_nobody_up() -> None:
    """It is handed out with its id, type and record; the data are gone."""
    store = _memory(ManualClock())
    tell(store, 0, records=1, each=2)
    store._tables.event_rows[0] = store._tables.event_rows[0]._replace(payload="", salt="")
    (erased,) = store.outbox.claim("hooks")
    store.outbox.settle(erased)
    (whole,) = store.outbox.claim("hooks")

    assert ("e-0-0", "r-0", {}) == (erased.stored.event.id, erased.stored.event.subject_id, erased.stored.event.data)
    assert ("e-0-1", {"seen": 0}) == (whole.stored.event.id, whole.stored.event.data)


def test_a_claim_of_nothing_waits_for_no_writer(tmp_path: Path) -> None:
    """While another handle holds a SQLite file for writing, an idle worker hears at once that nothing is due."""
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    with SqlStore(url, codec=SUITE_CODEC) as writer, SqlStore(url, codec=SUITE_CODEC, timeout=0.1) as idle:
        tell(writer, 0, each=1)
        (delivery,) = idle.outbox.claim("hooks")
        idle.outbox.settle(delivery)
        with writer.unit(actor="suite"):
            assert () == idle.outbox.claim("hooks")
            with pytest.raises(StoreUnavailable):
                idle.outbox.claim("newcomer")


def test_a_claim_in_a_file_steps_through_indexes(tmp_path: Path) -> None:
    """No statement of the outbox reads a table from its beginning, nor sorts."""
    from sqlalchemy import event

    seen: dict[str, object] = {}
    store = SqlStore(f"sqlite:///{tmp_path / 'crm.db'}", codec=SUITE_CODEC)
    event.listen(
        store._database._engine,  # type: ignore[attr-defined]
        "before_cursor_execute",
        lambda _c, _u, statement, parameters, _x, _m: seen.setdefault(statement, parameters),
    )
    tell(store, 0, each=12)
    seen.clear()
    one, two, *_ = store.outbox.claim("hooks")
    store.outbox.settle(one)
    store.outbox.retry(two, error="x", at=None)
    store.outbox.revive("hooks", two.stored.seq)
    list(store.outbox.dead("hooks"))
    plans = [
        str(row)
        for statement, parameters in seen.items()
        if "crm_delivery" in statement or "crm_consumer" in statement or "FROM crm_event" in statement
        for row in store._database._engine.raw_connection()  # type: ignore[attr-defined]
        .execute(
            "EXPLAIN QUERY PLAN " + statement, parameters if isinstance(parameters, (tuple, dict)) else parameters[0]
        )
        .fetchall()
    ]
    store.close()

    assert len(plans) >= 10
    assert [] == [plan for plan in plans if ("SCAN" in plan and "CONSTANT" not in plan) or "TEMP B-TREE" in plan]


def steps_of(store: SqlStore, verb: Callable[[], object]) -> int:
    """Return how many tens of steps SQLite's machine takes for it: its cost, whatever else the computer does."""
    count = itertools.count()
    raw = store._database._engine.raw_connection().driver_connection  # type: ignore[attr-defined]
    raw.set_progress_handler(lambda: next(count) and None, 10)
    verb()
    raw.set_progress_handler(None, 10)
    return next(count)


def waiting(behind: int, loud: int) -> SqlStore:
    """Return a store with so many settled events, and so many that wait for a retry of the first of their record."""
    store = SqlStore("sqlite://", codec=SUITE_CODEC, clock=ManualClock())
    base = SUITE_CODEC.encode_event(told("e", card("loud")), salt="0" * 32)
    with store._writing() as tables:
        head = tables.begin(bytes(32))
        unit = UnitRow(1, "suite", "", "", None, "2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.000000Z", "")
        tables.begin_unit(unit)
        last = behind + loud + 200
        for begin in range(1, last + 1, 1000):
            tables.add_events(
                [
                    base._replace(
                        seq=seq,
                        unit=1,
                        id=f"e-{seq}",
                        subject_id="loud" if behind < seq <= behind + loud else f"r-{seq}",
                    )
                    for seq in range(begin, min(begin + 1000, last + 1))
                ]
            )
        tables.finish_unit(unit, head._replace(unit=1, event=last))
    (first,) = store.outbox.claim("hooks", limit=1, after=behind)
    store.outbox.retry(first, error="503", at=datetime(2027, 1, 1, tzinfo=UTC))
    store.outbox.settle(store.outbox.claim("hooks", limit=1)[0])
    return store


def test_a_claim_costs_the_same_whatever_waits() -> None:
    """With 50,000 events of one record waiting and 100,000 behind, a claim takes no more steps than with a few."""
    costs = []
    for behind, loud in ((10, 10), (100_000, 50_000)):
        with waiting(behind, loud) as store:
            costs.append(steps_of(store, lambda store=store: store.outbox.claim("hooks", limit=10)))

    few, many = costs
    assert 0 < many < 2 * few
