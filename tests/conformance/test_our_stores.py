"""Our own stores pass the suite through the same door as an outsider's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from crmcore.ports import Store
from crmcore.storage import MemoryStore, SqlStore
from crmcore.testing import ManualClock, StoreSuite
from crmcore.testing.stores import SUITE_CODEC
from tests.postgres import Postgres

TENANTS = count(1)
MANY = 100_000 if os.environ.get("CRMCORE_GUARANTEES") else 10_000
"""Records of the largest law in a file and on a server; memory always takes 100,000."""


class TestMemoryStore(StoreSuite):
    """Plain memory, which nobody can open a second time."""

    @pytest.fixture
    def store(self, clock: ManualClock) -> Iterator[Store]:
        with MemoryStore(codec=SUITE_CODEC, clock=clock) as store:
            yield store


class TestSqliteInMemory(StoreSuite):
    """SQLite in memory: one connection, which threads take in turns."""

    many = 5_000

    @pytest.fixture
    def store(self, clock: ManualClock) -> Iterator[Store]:
        with SqlStore("sqlite://", codec=SUITE_CODEC, timeout=5, clock=clock) as store:
            yield store


class TestSqliteFile(StoreSuite):
    """SQLite in a file, shared by handles, threads and tenants."""

    many = MANY

    @pytest.fixture
    def store(self, tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
        self.url, self.clock = f"sqlite:///{tmp_path / 'crm.db'}", clock
        with SqlStore(self.url, codec=SUITE_CODEC, timeout=5, clock=clock) as store:
            yield store

    def another(self, store: Store, *, tenant: str | None = None) -> Store:
        return SqlStore(self.url, tenant=tenant or store.tenant, codec=SUITE_CODEC, timeout=0.2, clock=self.clock)


@pytest.fixture(scope="module")
def server_url(postgres_server: Postgres) -> Iterator[str]:
    """Lend one database for all laws: each has a tenant of its own."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(scope="module")
def server_engine(server_url: str) -> Iterator[Engine]:
    """Lend the engine of a host."""
    engine = create_engine(server_url)
    yield engine
    engine.dispose()


class TestPostgres(StoreSuite):
    """PostgreSQL, many tenants in one database."""

    many = MANY

    @pytest.fixture
    def store(self, server_url: str, clock: ManualClock) -> Iterator[Store]:
        self.url, self.clock = server_url, clock
        with SqlStore(server_url, tenant=f"t-{next(TENANTS)}", codec=SUITE_CODEC, timeout=5, clock=clock) as store:
            yield store

    def another(self, store: Store, *, tenant: str | None = None) -> Store:
        return SqlStore(self.url, tenant=tenant or store.tenant, codec=SUITE_CODEC, timeout=0.2, clock=self.clock)


class TestPostgresThroughTheHostsEngine(StoreSuite):
    """The host's own engine, which outlives our stores."""

    many = 5_000

    @pytest.fixture
    def store(self, server_engine: Engine, clock: ManualClock) -> Iterator[Store]:
        self.engine, self.clock = server_engine, clock
        with SqlStore(server_engine, tenant=f"t-{next(TENANTS)}", codec=SUITE_CODEC, timeout=5, clock=clock) as store:
            yield store

    def another(self, store: Store, *, tenant: str | None = None) -> Store:
        return SqlStore(self.engine, tenant=tenant or store.tenant, codec=SUITE_CODEC, timeout=0.2, clock=self.clock)


class TestSqliteThroughTheHostsEngine(StoreSuite):
    """The host's own engine on a SQLite file."""

    many = 5_000

    @pytest.fixture
    def store(self, tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
        self.engine, self.clock = create_engine(f"sqlite:///{tmp_path / 'crm.db'}", connect_args={"timeout": 1}), clock
        with SqlStore(self.engine, codec=SUITE_CODEC, timeout=1, clock=clock) as store:
            yield store
        self.engine.dispose()

    def another(self, store: Store, *, tenant: str | None = None) -> Store:
        return SqlStore(self.engine, tenant=tenant or store.tenant, codec=SUITE_CODEC, timeout=0.2, clock=self.clock)
