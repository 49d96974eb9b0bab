"""Memory, SQLite and PostgreSQL answer alike: any sequence of operations, with the same order, errors and digests."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from crmcore.ports import Clock, Store
from crmcore.storage import SqlStore
from crmcore.testing.machine import StoreMachine, store_machine
from crmcore.testing.stores import SUITE_CODEC

SEQUENCES = int(os.environ.get("CRMCORE_SEQUENCES", "120"))
"""How many random sequences are run; a thorough run asks for 10,000."""


def in_file(path: Path) -> Callable[[str, Clock], Store]:
    """Open tenants of one SQLite file, as users do."""
    return lambda tenant, clock: SqlStore(f"sqlite:///{path}", codec=SUITE_CODEC, tenant=tenant, clock=clock)


@pytest.fixture
def on_server(postgres_url: str) -> Iterator[Callable[[str, Clock], Store]]:
    """Open tenants of one PostgreSQL database, through an engine of the host."""
    engine = create_engine(postgres_url)
    yield lambda tenant, clock: SqlStore(engine, codec=SUITE_CODEC, tenant=tenant, clock=clock)
    engine.dispose()


def run(machine: type[StoreMachine]) -> str:
    """Run a machine; return how many sequences and operations that were, and how fast."""
    begun = time.perf_counter()
    machine.TestCase("runTest").runTest()
    took = time.perf_counter() - begun
    done = machine.tally
    return f"{done['sequences']} sequences, {done['operations']} operations, {done['sequences'] / took:.1f} sequences/s"


@pytest.mark.timeout(3600)
def test_memory_sqlite_and_postgresql_answer_alike(
    tmp_path: Path, on_server: Callable[[str, Clock], Store], capsys: pytest.CaptureFixture[str]
) -> None:
    """No answer, order, page, error, past state or digest differs in any of the sequences."""
    machine = store_machine(in_file(tmp_path / "crm.db"), on_server, sequences=SEQUENCES)
    figures = run(machine)
    with capsys.disabled():
        sys.stderr.write(f"\nmemory = SQLite = PostgreSQL: {figures}, 0 differences\n")

    assert SEQUENCES <= machine.tally["sequences"]
