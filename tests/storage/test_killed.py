"""A process killed at any SQL statement leaves the database as before the unit or as after it, never between."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from crmcore.ports import Store
from crmcore.query import F
from crmcore.storage import MemoryStore, SqlStore, logical_digest
from crmcore.storage._rows import WritableTables
from crmcore.storage.sql._sqlite import BEGIN
from crmcore.storage.sql._tables import WritableSqlTables
from crmcore.testing import ManualClock
from crmcore.testing._store_records import told
from crmcore.testing.stores import SUITE_CODEC, Card, Memo

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork to kill a process at a statement")

Open = Callable[[str], Store]


class CommitsRowByRow(SqlStore):
    """The negative control: no transaction, so that every statement is a commit of its own."""

    @contextmanager
    def _writing(self) -> Iterator[WritableTables]:
        with self._database._engine.connect() as connection:
            connection.execution_options(**{BEGIN: None})
            yield WritableSqlTables(
                connection, tenant=self._tenant, where=self._database.name, projection=self._projection
            )


def durable(url: str) -> Store:
    """Open the store as users do."""
    return SqlStore(url, codec=SUITE_CODEC, clock=ManualClock())


def careless(url: str) -> Store:
    """Open the negative control."""
    return CommitsRowByRow(url, codec=SUITE_CODEC, clock=ManualClock())


def steps() -> Iterator[Callable[[Store], None]]:
    """Yield the units of a small import: new records, merges, a removal, a run's note, events with each."""
    for batch in range(3):

        def take_in(store: Store, batch: int = batch) -> None:
            with store.unit(actor="import", reason=f"batch {batch}") as unit:
                for number in range(4):
                    new = Card(
                        id=f"c-{batch}-{number}", name="Ada", emails=(f"{batch}{number}@x.example", "s@x.example")
                    )
                    unit.emit(told(f"e-{batch}-{number}", unit.put(new)))
                unit.put(Memo(id=f"run-{batch}", text="done"))

        yield take_in

    def merge(store: Store) -> None:
        with store.unit(actor="import", reason="merge") as unit:
            survivor, *doubles = unit.find(Card, F.email == "s@x.example")
            for double in doubles[:2]:
                unit.remove(double)
            merged = unit.put(survivor.model_copy(update={"emails": ("one@x.example",)}))
            unit.get(Card, merged.id)
            unit.put(merged.model_copy(update={"name": "Ada Lovelace"}))
            unit.emit(told("e-merged", merged, "suite.merged"))

    yield merge


def run(path: Path, opening: Open, kill_at: int) -> None:
    """Do all steps in this (child) process, acknowledge each in a file, and die before statement *kill_at*."""
    seen = 0

    def tick(_: str) -> None:
        nonlocal seen
        seen += 1
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "connect", lambda connection, _: connection.set_trace_callback(tick))
    acknowledged = os.open(path.with_suffix(".ack"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    store = opening(f"sqlite:///{path}")
    for step in steps():
        step(store)
        os.write(acknowledged, b".")
    store.close()


def killed(path: Path, opening: Open, kill_at: int) -> bool:
    """Run in a child; say whether it was killed (False: it had no such statement)."""
    child = os.fork()
    if child == 0:
        try:
            run(path, opening, kill_at)
        except BaseException:  # noqa: BLE001 - the child must not return into the test run
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert 0 == os.WEXITSTATUS(status)
    return False


def legal_states() -> list[str]:
    """Return the digest before all steps and after each, from the memory store."""
    store = MemoryStore(codec=SUITE_CODEC, clock=ManualClock())
    digests = [logical_digest(store)]
    for step in steps():
        step(store)
        digests.append(logical_digest(store))
    return digests


def outcomes(folder: Path, opening: Open, *, stride: int = 1, until: str = "") -> Counter[str]:
    """Kill at every *stride*-th statement; count what was found on opening again, until one is found *until* names."""
    states = legal_states()
    found: Counter[str] = Counter()
    kill_at = 1
    while True:
        home = folder / "killed"
        home.mkdir()
        path = home / "crm.db"
        died = killed(path, opening, kill_at)
        acknowledged = path.with_suffix(".ack").stat().st_size if path.with_suffix(".ack").exists() else 0
        with SqlStore(f"sqlite:///{path}", codec=SUITE_CODEC) as store:
            digest = logical_digest(store)
        with sqlite3.connect(path) as raw:
            sound = raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            broken_links = raw.execute("PRAGMA foreign_key_check").fetchall()
        raw.close()
        shutil.rmtree(home)
        if not sound or broken_links:
            found["damaged"] += 1
        elif digest not in states:
            found["between"] += 1
        elif states.index(digest) < acknowledged:
            found["lost"] += 1
        else:
            found["before or after"] += 1
        if not died or found[until]:
            return found
        kill_at += stride


def test_a_killed_process_leaves_before_or_after(tmp_path: Path) -> None:
    """At every statement, from the first PRAGMA of a new file to the last COMMIT: nothing lost, nothing half done."""
    found = outcomes(tmp_path, durable)

    assert {"before or after"} == set(found)
    assert 100 < found["before or after"]


def test_the_harness_sees_a_half_done_unit(tmp_path: Path) -> None:
    """The negative control: with every row committed by itself, the same harness finds states between."""
    found = outcomes(tmp_path, careless, stride=5, until="between")

    assert 0 < found["between"]
