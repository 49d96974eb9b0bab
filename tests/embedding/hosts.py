"""Hosts that the tests embed a store in: engines made in all the ways that hosts make them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, create_engine, event, func, select

from crmcore.model.organisation import Organisation
from crmcore.storage import SqlStore

host_tables = MetaData()
orders = Table("shop_order", host_tables, Column("id", Integer, primary_key=True), Column("note", String(200)))

SQLITE: dict[str, Callable[[str], Engine]] = {
    "sqlite, begun by the driver": create_engine,
    "sqlite, begun by a listener": lambda url: _listening(create_engine(url)),
    "sqlite, in autocommit": lambda url: create_engine(url, isolation_level="AUTOCOMMIT"),
    "sqlite, in autocommit, never undone": lambda url: create_engine(
        url, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True
    ),
}
if sys.version_info >= (3, 12):
    SQLITE["sqlite, always in a transaction"] = lambda url: create_engine(url, connect_args={"autocommit": False})

POSTGRES: dict[str, Callable[[str], Engine]] = {
    "postgres": create_engine,
    "postgres, in autocommit": lambda url: create_engine(url, isolation_level="AUTOCOMMIT"),
    "postgres, repeatable read": lambda url: create_engine(url, isolation_level="REPEATABLE READ"),
    "postgres, serializable": lambda url: create_engine(url, isolation_level="SERIALIZABLE"),
}


def _listening(engine: Engine) -> Engine:
    """Let the transactions begin as SQLAlchemy's documentation advises, for savepoints to work."""

    @event.listens_for(engine, "connect")
    def _leave_it_to_us(connection: Any, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


@contextmanager
def host(make: Callable[[str], Engine], url: str) -> Iterator[Engine]:
    """Lend a host's engine, with the host's table and ours in its database."""
    engine = make(url)
    try:
        host_tables.create_all(engine)
        SqlStore(engine).close()
        yield engine
    finally:
        engine.dispose()


def sqlite_url(folder: Path) -> str:
    """Return the address of a new file."""
    return f"sqlite:///{folder / 'host.db'}"


def acme(name: str = "Acme Ltd") -> Organisation:
    """Return a record."""
    return Organisation(id="org-1", name=name)


def count_up(store: SqlStore) -> None:
    """Add one to the number in a record's name, in one unit."""
    with store.unit(actor="counter") as unit:
        found = unit.get(Organisation, "org-1")
        unit.put(found.evolve(name=str(int(found.name) + 1)))


def order_notes(engine: Engine) -> list[str]:
    """Return what the host has committed."""
    with engine.connect() as connection:
        return list(connection.scalars(select(orders.c.note).order_by(orders.c.id)))


def names(engine: Engine) -> list[str]:
    """Return the names of the records that are committed."""
    with SqlStore(engine) as store:
        return [found.name for found in store.stream(Organisation)]


def count_orders(connection: Connection) -> int:
    """Return how many orders the connection sees."""
    return connection.execute(select(func.count()).select_from(orders)).scalar_one()


def in_threads(number: int, work: Callable[[int], None]) -> list[BaseException]:
    """Do the work in threads; return what they raised."""
    raised: list[BaseException] = []

    def run(which: int) -> None:
        try:
            work(which)
        except BaseException as error:  # noqa: BLE001 - the test wants to see all of them
            raised.append(error)

    threads = [Thread(target=run, args=(which,)) for which in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised
