"""Several processes on one SQLite file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from crmcore.query import F
from crmcore.storage import SqlStore, logical_digest
from crmcore.testing._store_records import card, told, write
from crmcore.testing.stores import SUITE_CODEC, Card

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")


def together(count: int, work: Callable[[int], None]) -> list[int]:
    """Do the work in as many processes, all released at one moment; return their exit codes."""
    gate_read, gate_write = os.pipe()
    children = []
    for number in range(count):
        child = os.fork()
        if child == 0:
            os.close(gate_write)
            os.read(gate_read, 1)
            try:
                work(number)
            except BaseException:  # noqa: BLE001 - the child must not return into the test run
                os._exit(1)
            os._exit(0)
        children.append(child)
    os.close(gate_read)
    os.close(gate_write)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def test_processes_lose_no_update(tmp_path: Path) -> None:
    """Three processes count one record up and tell of it; all counts and events are there at the end."""
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    with SqlStore(url, codec=SUITE_CODEC) as store:
        write(store, card("c-1", "0"))

    def count(process: int) -> None:
        with SqlStore(url, codec=SUITE_CODEC, timeout=30) as store:
            for number in range(25):
                with store.unit(actor=f"p{process}") as unit:
                    found = unit.get(Card, "c-1")
                    unit.put(found.model_copy(update={"name": str(int(found.name) + 1)}))
                    unit.emit(told(f"e-{process}-{number}", found))

    assert [0, 0, 0] == together(3, count)
    with SqlStore(url, codec=SUITE_CODEC) as store:
        assert Card(id="c-1", version=76, name="75") == store.get(Card, "c-1")
        assert list(range(1, 76)) == [told.seq for told in store.history.events(Card, "c-1")]
        assert list(range(1, 76)) == [told.event.data["seen"] for told in store.history.events()]


def test_processes_may_begin_one_file_together(tmp_path: Path) -> None:
    """Whoever comes first makes the tables, the others wait; each one's record is there."""
    for attempt in range(20):
        url = f"sqlite:///{tmp_path / f'{attempt}.db'}"

        def begin(process: int, url: str = url) -> None:
            with SqlStore(url, codec=SUITE_CODEC, timeout=30) as store:
                write(store, card(f"c-{process}"))

        assert [0] * 4 == together(4, begin)
        with SqlStore(url, codec=SUITE_CODEC) as store:
            assert [f"c-{process}" for process in range(4)] == [found.id for found in store.stream(Card)]


def test_a_reader_never_sees_half_a_unit(tmp_path: Path) -> None:
    """While another process moves an amount between two records, each snapshot holds the same sum."""
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    with SqlStore(url, codec=SUITE_CODEC) as store:
        write(store, card("a", "500", "s"), card("b", "500", "s"))

    def move(process: int) -> None:
        with SqlStore(url, codec=SUITE_CODEC, timeout=30) as store:
            if process == 0:
                for number in range(150):
                    with store.unit(actor="suite") as unit:
                        a, b = unit.get(Card, "a"), unit.get(Card, "b")
                        unit.put(a.model_copy(update={"name": str(int(a.name) - number)}))
                        unit.get(Card, "b")
                        unit.put(b.model_copy(update={"name": str(int(b.name) + number)}))
            else:
                for _ in range(150):
                    if sum(int(found.name) for found in store.find(Card, F.email == "s")) != 1000:
                        os._exit(2)
                    digest = logical_digest(store)
                    if not digest:
                        os._exit(3)

    assert [0, 0] == together(2, move)
