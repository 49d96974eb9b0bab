"""What no hash speaks of, such as an index, is checked by the database itself when the history is verified."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from crmcore.errors import StoreUnavailable
from crmcore.storage import MemoryStore, SqlStore
from crmcore.testing._store_records import card, write
from crmcore.testing.stores import SUITE_CODEC


def filled(path: Path) -> SqlStore:
    """Return a store with some cards in a file."""
    store = SqlStore(f"sqlite:///{path}", codec=SUITE_CODEC)
    write(store, *(card(f"c-{number}", "Ada", f"{number}@x.example") for number in range(20)))
    return store


def test_an_index_that_contradicts_its_table_is_told(tmp_path: Path) -> None:
    """A query by e-mail would miss people; verify raises StoreUnavailable and names the damage."""
    path = tmp_path / "crm.db"
    filled(path).close()
    content = bytearray(path.read_bytes())
    with sqlite3.connect(path) as raw:
        name, root = raw.execute(
            "SELECT name, rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name LIKE '%\\_\\_emails' ESCAPE '\\' "
            "AND sql LIKE '%email%'"
        ).fetchone()
        page = raw.execute("PRAGMA page_size").fetchone()[0]
    raw.close()
    place = content.index(b"7@x.example", (root - 1) * page)
    content[place] = ord("8")
    path.write_bytes(content)
    with (
        SqlStore(f"sqlite:///{path}", codec=SUITE_CODEC) as store,
        pytest.raises(StoreUnavailable, match=f"damaged.*{name}"),
    ):
        store.history.verify()


def test_a_message_that_is_no_text_is_a_damaged_file(tmp_path: Path) -> None:
    """SQLite quotes the damaged name of a table, which the driver cannot decode: StoreUnavailable, not UnicodeDecodeError."""
    path = tmp_path / "crm.db"
    filled(path).close()
    content = path.read_bytes()
    path.write_bytes(content.replace(b"CREATE TABLE crm_event", b"CREATE TABL\xc5 crm_event", 1))
    with pytest.raises(StoreUnavailable, match="the file is damaged"):
        SqlStore(f"sqlite:///{path}", codec=SUITE_CODEC)


def test_a_secret_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A bit that makes it no hex would fail the next search that has a second page; another secret is as good as it was."""
    path = tmp_path / "crm.db"
    filled(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE crm_tenant SET secret = 'y' || substr(secret, 2)")
    raw.close()
    with SqlStore(f"sqlite:///{path}", codec=SUITE_CODEC) as store, pytest.raises(StoreUnavailable, match="secret"):
        store.history.verify()


def test_a_sound_store_verifies(tmp_path: Path) -> None:
    """The check finds nothing where nothing is wrong, in a file and in memory."""
    with filled(tmp_path / "crm.db") as store:
        assert 1 == store.history.verify().unit
    memory = MemoryStore(codec=SUITE_CODEC)
    write(memory, card("c-1"))

    assert 1 == memory.history.verify().unit
