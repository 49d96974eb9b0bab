"""Opening a store by its address, and what is loaded for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from crmcore.errors import InputError
from crmcore.storage import MemoryStore, SqlStore, open_store
from crmcore.testing._store_records import card, write
from crmcore.testing.stores import SUITE_CODEC


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite+pysqlite://", "sqlite:///crm.db"])
def test_sqlite_addresses(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is relative to the present folder; without a file the store is in memory."""
    monkeypatch.chdir(tmp_path)
    with open_store(url, tenant="acme") as store:
        assert isinstance(store, SqlStore)
        assert "acme" == store.tenant

    assert ("crm.db" in url) == (tmp_path / "crm.db").exists()


@pytest.mark.parametrize("name", ["crm 1.db", "ü.db", "100%.db", "a#b.db", "a%20b.db", "x;y.db"])
def test_a_file_is_called_as_it_is_written(tmp_path: Path, name: str) -> None:
    """No letter of a file's name is taken for something else."""
    open_store(f"sqlite:///{tmp_path / name}").close()

    assert [name] == [path.name for path in tmp_path.iterdir()]


def test_a_store_stays_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that moves to another folder goes on with the file that it opened."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with open_store("sqlite:///crm.db", codec=SUITE_CODEC) as store:
        monkeypatch.chdir("elsewhere")
        store._database._engine.dispose()  # so that the next use connects anew
        write(store, card("c-1"))

    assert [] == list((tmp_path / "elsewhere").iterdir())


def test_the_memory_address() -> None:
    """It opens the plain memory store."""
    with open_store("memory:") as store:
        assert isinstance(store, MemoryStore)


@pytest.mark.parametrize(
    "url",
    ["", "crm.db", "postgresql+asyncpg://u:secret@host/db", "sqlite:crm.db", "sqlite:/crm.db", "sqlite:///crm.db?mode=ro",
     "sqlite:///file:crm.db", "sqlite:///a\0b", "mysql://x", "memory://", "sqlite+aiosqlite:///crm.db"],
)  # fmt: skip
def test_other_addresses_are_refused_with_those_understood(url: str) -> None:
    """The error lists what is understood, and never repeats a password."""
    with pytest.raises(InputError, match=r"understood are: 'sqlite:///crm\.db'") as caught:
        open_store(url)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("tenant", ["", "a b", "ü", "x" * 101, "a\0"])
def test_a_tenant_has_a_plain_name(tenant: str) -> None:
    """Printable ASCII without blanks, on every store."""
    for url in ("memory:", "sqlite://"):
        with pytest.raises(InputError, match="a tenant is named by"):
            open_store(url, tenant=tenant)


def isolated(code: str) -> str:
    """Run code in a fresh interpreter; return what it printed."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_the_room_loads_no_database() -> None:
    """Neither SQLAlchemy nor sqlite3 comes with the import, nor with the memory store."""
    code = (
        "import sys, crmcore.storage as s, crmcore.storage.sql; s.open_store('memory:');"
        "print(sorted({'sqlalchemy', 'sqlite3', 'numpy', 'pytest'} & set(sys.modules)))"
    )

    assert "[]" == isolated(code)


def test_without_the_extra_the_error_has_the_command() -> None:
    """Where SQLAlchemy is not installed, opening a file says what to install; memory works."""
    code = (
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "import crmcore.storage as s\n"
        "from crmcore.errors import MissingExtra\n"
        "s.open_store('memory:').close()\n"
        "try: s.open_store('sqlite://')\n"
        "except MissingExtra as error: print(type(error).__name__, error)"
    )

    assert "MissingExtra to keep records in a SQL database, install the extra: pip install 'crmcore[sql]'" == isolated(
        code
    )
