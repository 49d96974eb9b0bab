"""Our own stores pass the suite through the same door as an outsider's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmcore.ports import Store
from crmcore.storage import MemoryStore, SqlStore
from crmcore.testing import Capability, StoreSuite
from crmcore.testing.stores import SUITE_CODEC


class TestMemoryStore(StoreSuite):
    """Plain memory, which nobody can open a second time."""

    lacks = frozenset({Capability.SHARED})

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        with MemoryStore(codec=SUITE_CODEC, timeout=0.2) as store:
            yield store


class TestSqliteInMemory(StoreSuite):
    """SQLite in memory: one connection, which threads take in turns."""

    lacks = frozenset({Capability.SHARED})

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        with SqlStore("sqlite://", codec=SUITE_CODEC, timeout=5) as store:
            yield store


class TestSqliteFile(StoreSuite):
    """SQLite in a file, shared by handles, threads and tenants."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        self.url = f"sqlite:///{tmp_path / 'crm.db'}"
        with SqlStore(self.url, codec=SUITE_CODEC, timeout=5) as store:
            yield store

    def another(self, store: Store, *, tenant: str = "default") -> Store:
        return SqlStore(self.url, tenant=tenant, codec=SUITE_CODEC, timeout=0.2)
