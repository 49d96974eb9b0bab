"""A store on the engine of its host, whatever the host has told it about transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, StaticPool, create_engine, text
from sqlalchemy.orm import Session

from crmcore import CRM, NotFound
from crmcore.errors import InputError, StoreUnavailable
from crmcore.model.organisation import Organisation
from crmcore.ports import StoreCapability
from crmcore.storage import SqlStore, logical_digest
from tests.embedding.hosts import acme, count_up, host, host_tables, in_threads, names, order_notes, sqlite_url


def test_a_unit_is_kept_whole_or_not_at_all(engine: Engine) -> None:
    """The manner in which the engine begins transactions changes nothing: a failed unit leaves nothing behind."""
    with SqlStore(engine) as store:
        with store.unit(actor="ada") as unit:
            unit.put(acme())
        with pytest.raises(ZeroDivisionError), store.unit(actor="ada") as unit:  # noqa: PT012 - the unit is the point
            unit.put(Organisation(id="org-2", name="Half"))
            unit.find(Organisation)  # which writes what has gathered
            raise ZeroDivisionError
        with pytest.raises(NotFound):
            store.get(Organisation, "org-2")

        assert ["Acme Ltd"] == names(engine)
        assert 1 == store.history.verify().unit


def test_a_failed_unit_leaves_no_lock_behind(engine: Engine) -> None:
    """Another connection may write at once, even where the pool does not undo what it is given back."""
    with SqlStore(engine) as store, SqlStore(engine, timeout=0.2) as other:
        with pytest.raises(ZeroDivisionError), store.unit(actor="ada") as unit:  # noqa: PT012
            unit.put(acme())
            unit.find(Organisation)
            raise ZeroDivisionError
        with other.unit(actor="bob") as unit:
            unit.put(acme("Bob's"))

        assert ["Bob's"] == names(engine)


def test_threads_lose_no_update(engine: Engine) -> None:
    """Four threads count one record up, on their own connections of the host's pool; every step is there at the end."""
    with SqlStore(engine, timeout=30) as store:
        with store.unit(actor="ada") as unit:
            unit.put(acme("0"))

        def work(_: int) -> None:
            for _ in range(15):
                count_up(store)

        assert [] == in_threads(4, work)
        assert "60" == store.get(Organisation, "org-1").name
        assert 61 == store.history.verify().unit


def test_a_unit_holds_the_other_writers_off_from_its_beginning(engine: Engine) -> None:
    """A unit that has only read so far already excludes another one; without that, what it read could grow stale."""
    with SqlStore(engine) as store, SqlStore(engine, timeout=0.1) as other:
        with store.unit(actor="ada") as unit:
            unit.put(acme())
        with store.unit(actor="ada"):
            raised = in_threads(1, lambda _: count_up(other)) if engine.dialect.name == "postgresql" else []
            if engine.dialect.name == "sqlite":
                with engine.connect() as connection:
                    driver = connection.connection.dbapi_connection
                    assert driver is not None
                    driver.execute("PRAGMA busy_timeout=50")
                    raised = in_threads(1, lambda _: _take(engine))

        assert [True] == [isinstance(error, StoreUnavailable | sqlite3.OperationalError) for error in raised]


def _take(engine: Engine) -> None:
    """Try to write as another program would, without waiting."""
    other = sqlite3.connect(str(engine.url.database), timeout=0)
    try:
        other.execute("BEGIN IMMEDIATE")
    finally:
        other.close()


def test_a_reading_of_one_moment_leaves_no_setting_on_the_connection(engine: Engine) -> None:
    """The pool gets its connection back as it lent it: isolation, read-only, waiting time and open transactions."""
    with SqlStore(engine) as store:
        before = _settings(engine)
        logical_digest(store)
        with store.unit(actor="ada") as unit:
            unit.put(acme())

        assert before == _settings(engine)


def _settings(engine: Engine) -> list[object]:
    if engine.dialect.name == "sqlite":
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "user_version", "application_id")
        with engine.connect() as connection:
            return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    shows = ("transaction_isolation", "transaction_read_only", "lock_timeout", "synchronous_commit")
    with engine.connect() as connection:
        shown = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in shows]
        return [*shown, connection.connection.dbapi_connection.autocommit]  # type: ignore[union-attr]


def test_the_hosts_file_stays_the_hosts(tmp_path: Path) -> None:
    """Beside the host's tables, ours are made; the journal and the marks of the file stay as they were."""
    engine = create_engine(sqlite_url(tmp_path))
    host_tables.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("PRAGMA user_version=7"))
    before = _settings(engine)
    with CRM.open(engine) as crm, crm.unit(actor="ada") as unit:
        unit.put(acme())

    assert before == _settings(engine)
    assert (["Acme Ltd"], []) == (names(engine), order_notes(engine))
    engine.dispose()


def test_an_engine_in_memory_is_shared_by_threads_in_turns() -> None:
    """One connection for all is right, and says of itself that it is neither durable nor shared."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    with SqlStore(engine, timeout=30) as store:
        with store.unit(actor="ada") as unit:
            unit.put(acme("0"))

        assert [] == in_threads(4, lambda _: count_up(store))
        assert "4" == store.get(Organisation, "org-1").name
        assert frozenset() == store.capabilities & {StoreCapability.DURABLE, StoreCapability.SHARED}
    engine.dispose()


def test_durability_is_what_the_hosts_settings_make_it(tmp_path: Path) -> None:
    """A host that has turned syncing off is told that commits are not durable."""
    engine = create_engine(sqlite_url(tmp_path), pool_size=1)
    with SqlStore(engine) as store:
        assert StoreCapability.DURABLE in store.capabilities
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA synchronous=OFF")

        assert StoreCapability.DURABLE not in store.capabilities
    engine.dispose()


def test_closing_the_store_leaves_the_hosts_engine_open(tmp_path: Path) -> None:
    """The engine is the host's to dispose of."""
    with host(create_engine, sqlite_url(tmp_path)) as engine, engine.connect() as held:
        SqlStore(engine).close()

        assert 1 == held.exec_driver_sql("SELECT 1").scalar_one()


def _asynchronous() -> Engine:
    from sqlalchemy.ext.asyncio import create_async_engine

    return create_async_engine("postgresql+psycopg://nobody@localhost/none").sync_engine


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "asynchronous": (_asynchronous, "asynchronous"),
    "a database a thread": (lambda: create_engine("sqlite://"), "StaticPool"),
    "other schemas": (
        lambda: create_engine("sqlite:///x.db", execution_options={"schema_translate_map": {None: "other"}}),
        "search_path",
    ),
    "a session": (Session, r"session\.connection\(\)"),
    "nothing": (lambda: None, "NoneType"),
}


@pytest.mark.parametrize("which", REFUSED)
def test_what_cannot_carry_a_store_is_refused_in_words(which: str) -> None:
    """An engine on which a promise could not be kept is refused before anything is asked of it."""
    make, said = REFUSED[which]

    with pytest.raises(InputError, match=said):
        CRM.open(make())


def test_the_durability_of_a_hosts_engine_is_not_ours_to_set(tmp_path: Path) -> None:
    """A setting that would do nothing is refused."""
    engine = create_engine(sqlite_url(tmp_path))
    with pytest.raises(InputError, match="its own settings"):
        SqlStore(engine, durability="relaxed")
    engine.dispose()
