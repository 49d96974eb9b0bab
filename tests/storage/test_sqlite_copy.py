"""A copy of a SQLite file in use is a database itself: sound, whole, and in nobody's way."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from crmcore.errors import InputError, SchemaMismatch, StoreUnavailable, UnwritableFile
from crmcore.storage import MemoryStore, logical_digest
from crmcore.storage.backup import backup_file, copy
from crmcore.testing import ManualClock
from crmcore.testing.stores import SUITE_CODEC
from tests.storage.backup_states import one_batch, opened, rich


@pytest.fixture
def store() -> MemoryStore:
    """A store with some of everything."""
    store = MemoryStore(codec=SUITE_CODEC, clock=(clock := ManualClock()))
    rich(store, clock)
    return store


class TestCopiesOfAFile:
    @pytest.fixture
    def database(self, store: MemoryStore, tmp_path: Path) -> Path:
        """A file with two tenants."""
        (folder := tmp_path / "data").mkdir()
        with opened(folder / "crm.db") as one, opened(folder / "crm.db", tenant="other") as other:
            copy(store, one)
            copy(store, other)
        return folder / "crm.db"

    def test_it_is_a_database_with_all_tenants(self, database: Path, store: MemoryStore, tmp_path: Path) -> None:
        """The copy is sound, opens as a store, and nothing lies beside it."""
        size = backup_file(f"sqlite:///{database}", tmp_path / "copy.db")

        assert {tmp_path / "copy.db", database.parent} == set(tmp_path.iterdir())
        assert size == (tmp_path / "copy.db").stat().st_size
        for tenant in ("default", "other"):
            with opened(tmp_path / "copy.db", tenant=tenant) as copied:
                assert logical_digest(store) == logical_digest(copied)
                assert store.history.verify() == copied.history.verify()
        with closing(sqlite3.connect(tmp_path / "copy.db")) as raw:
            assert [("ok",)] == raw.execute("PRAGMA integrity_check").fetchall()

    def test_what_is_still_in_the_log_is_copied(self, tmp_path: Path) -> None:
        """A commit that SQLite has not moved into the file yet is in the copy."""
        with opened(tmp_path / "crm.db") as writer:
            one_batch(writer, 0)
            assert (tmp_path / "crm.db-wal").stat().st_size
            backup_file(tmp_path / "crm.db", tmp_path / "copy.db")
            with opened(tmp_path / "copy.db") as copied:
                assert logical_digest(writer) == logical_digest(copied)

    def test_a_database_in_use_is_not_replaced(self, database: Path, tmp_path: Path) -> None:
        """A target beside which a log lies is refused: SQLite would mix the two."""
        with opened(tmp_path / "busy.db") as busy:
            one_batch(busy, 0)
            with pytest.raises(UnwritableFile, match="a database in use"):
                backup_file(database, tmp_path / "busy.db")

            assert 1 == busy.history.verify().unit

    def test_a_database_is_not_copied_onto_itself(self, database: Path) -> None:
        """Whoever has it open would go on writing to a file without a name."""
        with pytest.raises(UnwritableFile, match="the database itself"):
            backup_file(database, database.parent / "." / "crm.db")

    def test_a_damaged_file_is_not_copied(self, database: Path, tmp_path: Path) -> None:
        """A page overwritten with other bytes shows, and the older copy stays."""
        (path := tmp_path / "copy.db").write_bytes(b"older")
        with database.open("r+b") as file:
            for page in range(8, 60):
                file.seek(page * 4096)
                file.write(b"\xa5" * 512)
        with pytest.raises(StoreUnavailable, match="damaged"):
            backup_file(database, path)

        assert b"older" == path.read_bytes()

    def test_what_is_no_database_is_refused(self, tmp_path: Path) -> None:
        """A file that is not there or is something else, and addresses that name no file."""
        (tmp_path / "list.csv").write_text("id,name\n" * 50)
        with pytest.raises(StoreUnavailable, match="there is no such database"):
            backup_file(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "copy.db")
        with pytest.raises(SchemaMismatch):
            backup_file(tmp_path / "list.csv", tmp_path / "copy.db")
        for url in ("memory:", "sqlite://"):
            with pytest.raises(InputError, match="no file to copy"):
                backup_file(url, tmp_path / "copy.db")
        with pytest.raises(InputError, match="pg_basebackup"):
            backup_file("postgresql+psycopg://ada:secret@db.example/crm", tmp_path / "copy.db")
        assert [tmp_path / "list.csv"] == list(tmp_path.iterdir())
