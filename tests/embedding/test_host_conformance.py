"""Every law of a store, in a transaction of the host's: all units are savepoints in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from crmcore.ports import Store
from crmcore.storage import SqlStore
from crmcore.testing import ManualClock, StoreSuite
from crmcore.testing.stores import SUITE_CODEC
from tests.embedding.hosts import sqlite_url


class TestInATransaction(StoreSuite):
    """A connection of the host's, on a SQLite file."""

    many = 5_000

    @pytest.fixture
    def store(self, tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
        """Lend an empty store."""
        engine = create_engine(sqlite_url(tmp_path))
        with engine.connect() as connection, SqlStore(connection, codec=SUITE_CODEC, clock=clock) as store:
            yield store
        engine.dispose()
