"""Laws of sharing: a second handle, another tenant, threads, child processes, and the digest of it all."""

# ruff: noqa: S101, SIM300 - a suite asserts, and says what it expected first

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from crmcore.errors import Conflict, NotFound, StoreUnavailable, UnitMisuse
from crmcore.ports import StoreCapability
from crmcore.query import F
from crmcore.storage.digest import logical_digest
from crmcore.storage.memory import MemoryStore
from crmcore.testing._store_capabilities import Capability, Declared
from crmcore.testing._store_records import SUITE_CODEC, Card, Memo, Seat, card, told, write

if TYPE_CHECKING:
    from crmcore.ports import Store
    from crmcore.testing.clock import ManualClock


class SharingLaws(Declared):
    """What holds when several look at the same records."""

    def test_records_outlive_the_store(self, store: Store) -> None:
        """What was committed is there when it is opened again, by the same numbers."""
        self.need(StoreCapability.SHARED, store)
        kept = write(store, card("c-1", "Ada", "ada@x.example"))[0]
        with store.unit(actor="suite") as unit:
            unit.emit(told("e-1", kept))
        again = self.another(store)
        store.close()
        with again.unit(actor="suite") as unit:
            unit.emit(told("e-2", kept))

        assert (kept,) == tuple(again.find(Card, F.email == "ada@x.example"))
        assert [(1, 2), (2, 3)] == [(told.seq, told.unit.number) for told in again.history.events()]
        again.close()

    def test_another_handle_sees_commits_only(self, store: Store) -> None:
        """It answers with the state before while a unit is open, and with the new state after."""
        self.need(StoreCapability.SHARED, store)
        other = self.another(store)
        with store.unit(actor="suite") as unit:
            unit.put(card("c-1", "Ada"))
            unit.get(Card, "c-1")
            with pytest.raises(NotFound):
                other.get(Card, "c-1")

        assert "Ada" == other.get(Card, "c-1").name
        other.close()

    def test_nobody_overwrites_what_another_wrote(self, store: Store) -> None:
        """Two handles read the same version; the second to write gets the Conflict."""
        self.need(StoreCapability.SHARED, store)
        other = self.another(store)
        stored = write(store, card("c-1", "Ada"))[0]
        mine, theirs = store.get(Card, "c-1"), other.get(Card, "c-1")
        first = write(other, theirs.model_copy(update={"name": "theirs"}))[0]
        with pytest.raises(Conflict) as caught:
            write(store, mine.model_copy(update={"name": "mine"}))

        assert stored == mine == theirs
        assert first == caught.value.stored
        other.close()

    def test_a_second_writer_waits_and_then_gives_up(self, store: Store) -> None:
        """A unit that cannot begin in time raises StoreUnavailable, and the first one commits."""
        self.need(StoreCapability.SHARED, store)
        other = self.another(store)
        with store.unit(actor="suite") as unit:
            unit.put(card("c-1"))
            unit.get(Card, "c-1")
            with pytest.raises(StoreUnavailable):
                write(other, card("c-1"))

        assert ["c-1"] == [found.id for found in other.stream(Card)]
        other.close()

    def test_a_tenant_cannot_reach_another(self, store: Store) -> None:
        """Same ids, same keys, same numbers: each tenant has its own."""
        self.need(StoreCapability.SHARED, store)
        other = self.another(store, tenant=f"{store.tenant}-other")
        mine = write(store, card("c-1", "Ada", "a@x.example"))[0]
        theirs = write(other, card("c-1", "Eve", "a@x.example"), Memo(id="m-1"))[0]
        for place, subject in ((store, mine), (other, theirs)):
            with place.unit(actor=place.tenant) as unit:
                unit.emit(told("e-1", subject))

        assert [mine] == list(store.find(Card, F.email == "a@x.example")) == list(store.stream(Card))
        assert [theirs] == list(other.find(Card, F.email == "a@x.example")) == list(other.stream(Card))
        assert [(1, store.tenant)] == [(told.seq, told.unit.actor) for told in store.history.events()]
        assert [(1, other.tenant)] == [(told.seq, told.unit.actor) for told in other.history.events()]
        with pytest.raises(NotFound):
            store.get(Memo, "m-1")
        with other.unit(actor="suite") as unit:
            unit.remove(theirs)

        assert [mine] == list(store.stream(Card))
        other.close()

    def test_threads_lose_no_update(self, store: Store) -> None:
        """Eight threads count one record up, each unit reading and writing; every count is there at the end."""
        self.need(Capability.THREADS, store)
        write(store, card("c-1", "0"))

        def count(times: int) -> None:
            for _ in range(times):
                with store.unit(actor="suite") as unit:
                    found = unit.get(Card, "c-1")
                    unit.put(found.model_copy(update={"name": str(int(found.name) + 1)}))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(count, [10] * 8))

        assert Card(id="c-1", version=81, name="80") == store.get(Card, "c-1")

    def test_a_unit_belongs_to_its_thread(self, store: Store) -> None:
        """Another thread cannot use it; that harms neither."""
        self.need(Capability.THREADS, store)
        with store.unit(actor="suite") as unit, ThreadPoolExecutor(1) as pool:
            unit.put(card("c-1"))
            with pytest.raises(UnitMisuse):
                pool.submit(unit.put, card("c-2")).result()
            with pytest.raises(UnitMisuse):
                pool.submit(unit.get, Card, "c-1").result()

        assert ["c-1"] == [found.id for found in store.stream(Card)]

    def test_a_child_process_opens_its_own(self, store: Store) -> None:
        """After a fork the child is refused, and the parent goes on."""
        self.need(Capability.FORK, store)
        write(store, card("c-1"))
        child = os.fork()
        if child == 0:
            os._exit(_refused(store))
        _, status = os.waitpid(child, 0)
        write(store, card("c-2"))

        assert 0 == os.waitstatus_to_exitcode(status)
        assert ["c-1", "c-2"] == [found.id for found in store.stream(Card)]

    def test_the_digest_tells_states_apart(self, store: Store) -> None:
        """Every change moves it, a unit that was undone or changed nothing does not."""
        self.need(Capability.DIGEST, store)
        seen = [_digest(store)]
        stored = write(store, card("c-1", "Ada", "a@x.example"))[0]
        seen.append(_digest(store))
        write(store, stored)
        seen.append(_digest(store))
        with store.unit(actor="suite") as unit:
            unit.emit(told("e-1", stored))
        seen.append(_digest(store))
        with store.unit(actor="suite") as unit:
            unit.remove(unit.get(Card, "c-1"))
        seen.append(_digest(store))

        assert len(seen) == len(set(seen))

        with store.unit(actor="suite") as unit:
            list(unit.stream(Card))
        with pytest.raises(ZeroDivisionError), store.unit(actor="suite") as unit:  # noqa: PT012 - one block, one law
            unit.put(card("c-2"))
            raise ZeroDivisionError

        assert seen[-1] == _digest(store)

    def test_the_digest_is_that_of_memory(self, store: Store, clock: ManualClock) -> None:
        """The same units at the same times leave the same state as in the memory store, whatever the tenant."""
        self.need(Capability.DIGEST, store)
        self.need(Capability.CLOCK, store)
        memory = MemoryStore(codec=SUITE_CODEC, tenant="of-memory", clock=clock)
        for place in (store, memory):
            one, two = write(place, card("c-1", "Ada", "b@x.example", "a@x.example"), card("c-2", "x" * 900))
            with place.unit(actor="bob", reason="tidy") as unit:
                unit.remove(two)
                unit.emit(told("e-1", one))
                unit.put(Memo(id="~", text="ü"))
                unit.put(Seat(id="s-1", number=1, person="ada"))
            with place.unit(actor="bob", key="once", occurred_at=clock.now() - timedelta(days=1)):
                pass

        assert _digest(memory) == _digest(store)


def _digest(store: Store) -> str:
    return logical_digest(cast("Any", store))


def _refused(store: Store) -> int:
    """Return 0 if every use of a store from before the fork is refused."""
    for verb in (lambda: write(store, card("c-9")), lambda: store.get(Card, "c-1"), lambda: list(store.stream(Card))):
        try:
            verb()
        except UnitMisuse:
            continue
        return 1
    store.close()
    return 0
