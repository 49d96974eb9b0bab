"""A database as a store uses it: lends connections for reading and writing, and says how it keeps its promises."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection, Engine

from crmcore.errors import InputError
from crmcore.storage.sql import _postgres, _sqlite
from crmcore.storage.sql._errors import translated
from crmcore.storage.sql._preparing import prepare
from crmcore.storage.urls import is_postgres, sqlite_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from crmcore.storage.sql.projection import Projection

__all__ = ["DURABILITIES", "Database", "open_database"]

DURABILITIES = ("full", "relaxed")


class Database(Protocol):
    """What lends connections."""

    @property
    def name(self) -> str:
        """What messages call it; never with a password."""
        ...

    @property
    def is_one_connection(self) -> bool:
        """Whether there is one connection only, which threads take in turns."""
        ...

    @property
    def is_durable(self) -> bool:
        """Whether a commit is on the disk when it returns; asked of the database."""
        ...

    def reading(self, *, snapshot: bool) -> AbstractContextManager[Connection]:
        """Lend a connection; with *snapshot*, all that it reads is of one moment."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """Lend a connection with a transaction begun; what :meth:`commit` has not committed is undone."""
        ...

    def commit(self, connection: Connection) -> None:
        """Make what was written last."""
        ...

    def prepare(self, projection: Projection) -> None:
        """Make the tables of a new database; refuse any that does not fit."""
        ...

    def release(self) -> None:
        """Let go of what is ours."""
        ...


class EngineDatabase:
    """A database of our own engine, or of the host's."""

    def __init__(self, engine: Engine, *, name: str, timeout: float, is_ours: bool, is_one_connection: bool) -> None:
        self._engine = engine
        self._timeout = timeout
        self._is_ours = is_ours
        self._process = os.getpid()
        self.name = name
        self.is_one_connection = is_one_connection

    @property
    def is_durable(self) -> bool:
        """Whether a commit is on the disk when it returns."""
        if self.is_one_connection:
            return False
        with translated(self.name), self._engine.connect() as connection:
            return _is_durable(connection)

    @contextmanager
    def reading(self, *, snapshot: bool) -> Iterator[Connection]:
        """Lend a connection."""
        with self._connected() as connection:
            with translated(self.name):
                _begin_reading(connection, snapshot=snapshot)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Lend a connection with a transaction begun."""
        with self._connected() as connection:
            with translated(self.name):
                _begin_writing(connection, self._timeout)
            yield connection

    def commit(self, connection: Connection) -> None:
        """Make what was written last."""
        connection.commit()

    def prepare(self, projection: Projection) -> None:
        """Make the tables of a new database; refuse any that does not fit."""
        prepare(self._engine, projection, where=self.name)

    def release(self) -> None:
        """Close our engine; the host's stays open."""
        if self._is_ours:
            with translated(self.name):
                self._engine.dispose(close=self._process == os.getpid())

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Lend a connection; whatever was not committed when it comes back is undone."""
        with translated(self.name):
            connection = self._engine.connect()
        try:
            yield connection
        finally:
            with translated(self.name):
                connection.close()


class HostTransaction:
    """The connection and the transaction of the host: it commits, or undoes, what our units write."""

    is_one_connection = True

    def __init__(self, connection: Connection, *, timeout: float) -> None:
        self._connection = connection
        self._timeout = timeout
        self.name = "the host's transaction"

    @property
    def is_durable(self) -> bool:
        """Nothing is durable before the host commits."""
        return False

    @contextmanager
    def reading(self, *, snapshot: bool) -> Iterator[Connection]:  # noqa: ARG002 - the host's transaction decides
        """Lend the connection."""
        yield self._connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Lend the connection within a savepoint, so that a unit that fails undoes itself only."""
        with translated(self.name):
            savepoint = self._connection.begin_nested()
            if self._connection.dialect.name == "postgresql":
                _postgres.wait_at_most(self._connection, self._timeout)
        try:
            yield self._connection
        finally:
            with translated(self.name):
                if savepoint.is_active:
                    savepoint.rollback()

    def commit(self, connection: Connection) -> None:
        """End the savepoint; the rest is the host's."""
        nested = connection.get_nested_transaction()
        if nested is not None:
            nested.commit()

    def prepare(self, projection: Projection) -> None:
        """Refuse a database that does not fit; the tables of a new one are made in the host's transaction."""
        prepare(self._connection, projection, where=self.name)

    def release(self) -> None:
        """Leave the connection as it is."""


def open_database(where: str | Engine | Connection, *, timeout: float, durability: str) -> Database:
    """Return the database at an address, or of the host's engine or connection."""
    if durability not in DURABILITIES:
        raise InputError(f"durability is 'full' or 'relaxed', not {durability!r}")
    if isinstance(where, Connection):
        return HostTransaction(where, timeout=timeout)
    if isinstance(where, Engine):
        alone = where.dialect.name == "sqlite" and where.url.database in {None, "", ":memory:"}
        name = where.url.render_as_string(hide_password=True)
        return EngineDatabase(where, name=name, timeout=timeout, is_ours=False, is_one_connection=alone)
    if is_postgres(where):
        engine = _postgres.connect(where, timeout=timeout, durability=durability)
        name = engine.url.render_as_string(hide_password=True)
        return EngineDatabase(engine, name=name, timeout=timeout, is_ours=True, is_one_connection=False)
    named = sqlite_path(where)
    # Absolute: later connections must find the same file, wherever the program has moved to.
    path = None if named is None else Path(named).absolute()
    if path is not None:
        _sqlite.check_file(path)
    engine = _sqlite.connect(path, timeout=timeout, durability=durability)
    name = named or "the database in memory"
    return EngineDatabase(engine, name=name, timeout=timeout, is_ours=True, is_one_connection=path is None)


def _begin_reading(connection: Connection, *, snapshot: bool) -> None:
    if connection.dialect.name == "sqlite":
        connection.execution_options(**{_sqlite.BEGIN: "DEFERRED" if snapshot else None})
    elif snapshot:
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _begin_writing(connection: Connection, timeout: float) -> None:
    if connection.dialect.name == "sqlite":
        connection.execution_options(**{_sqlite.BEGIN: "IMMEDIATE"})
        connection.begin()
    else:
        connection.begin()
        _postgres.wait_at_most(connection, timeout)


def _is_durable(connection: Connection) -> bool:
    if connection.dialect.name == "sqlite":
        return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one()) >= _sqlite.FULL
    asked = ("fsync", "synchronous_commit", "full_page_writes")
    said = [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in asked]
    return all(one != "off" for one in said)
