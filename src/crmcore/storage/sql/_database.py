"""A database as a store uses it: lends connections for reading and writing, and says how it keeps its promises."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection, Engine

from crmcore.errors import InputError, StoreUnavailable
from crmcore.storage.sql import _postgres, _sqlite
from crmcore.storage.sql._errors import is_lost, translated
from crmcore.storage.sql._host import HostTransaction, check_engine, is_one_connection
from crmcore.storage.sql._preparing import prepare
from crmcore.storage.urls import is_postgres, sqlite_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from crmcore.storage.sql._preparing import Migrated, Upgrade
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

    def prepare(self, projection: Projection, *, upgrade: Upgrade | None = None) -> Migrated:
        """Make the tables of a new database; refuse any that does not fit, or bring it up."""
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
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._process = os.getpid()
        self._writers = Lock()
        self.name = name
        self.is_one_connection = is_one_connection

    @property
    def is_durable(self) -> bool:
        """Whether a commit is on the disk when it returns."""
        if self.is_one_connection:
            return False
        with self._connected() as connection, translated(self.name):
            ask = _sqlite.is_durable if connection.dialect.name == "sqlite" else _postgres.is_durable
            return ask(connection)

    @contextmanager
    def reading(self, *, snapshot: bool) -> Iterator[Connection]:
        """Lend a connection."""
        with self._connected() as connection:
            with translated(self.name):
                self._begin_reading(connection, snapshot=snapshot)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Lend a connection with a transaction begun.

        Writers of one SQLite file wait for each other here, where the first to come is soon the next to go: SQLite
        itself lets them try again and again, and some of them never get their turn.
        """
        with self._turn(), self._begun() as connection:
            yield connection

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        """Lend a connection with a transaction begun; one that the server has dropped meanwhile is replaced, once."""
        with ExitStack() as stack:
            with translated(self.name):
                try:
                    connection = self._begin(stack)
                except Exception as error:
                    if not is_lost(error):
                        raise
                    connection = self._begin(stack)
            yield connection

    def _begin(self, stack: ExitStack) -> Connection:
        connection = stack.enter_context(self._connected())
        self._begin_writing(connection)
        return connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._is_sqlite or self.is_one_connection:
            yield
            return
        if not self._writers.acquire(timeout=self._timeout):
            raise StoreUnavailable(
                f"{self.name}: another writer held it for more than {self._timeout:g} s; try again, or open it with a "
                "longer timeout"
            )
        try:
            yield
        finally:
            self._writers.release()

    def commit(self, connection: Connection) -> None:
        """Make what was written last."""
        connection.commit()

    def prepare(self, projection: Projection, *, upgrade: Upgrade | None = None) -> Migrated:
        """Make the tables of a new database; refuse any that does not fit, or bring it up."""
        done = prepare(self._engine, projection, where=self.name, alone=self._is_ours, upgrade=upgrade)
        if self._is_ours and self._is_sqlite:
            # After the tables: so the marks are in the file itself, where check_file reads them, not in its log.
            with translated(self.name):
                _sqlite.keep_a_log(self._engine)
        return done

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
                try:
                    if self._is_sqlite:
                        _sqlite.leave(connection)
                finally:
                    connection.close()

    def _begin_reading(self, connection: Connection, *, snapshot: bool) -> None:
        if self._is_sqlite:
            if snapshot:
                _sqlite.begin(connection, "DEFERRED")
        elif snapshot:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        elif not self._is_ours:
            _postgres.begin(connection)

    def _begin_writing(self, connection: Connection) -> None:
        if self._is_sqlite:
            _sqlite.begin(connection, "IMMEDIATE")
        else:
            _postgres.begin(connection)
            _postgres.wait_at_most(connection, self._timeout)


def open_database(where: str | Engine | Connection, *, timeout: float, durability: str) -> Database:
    """Return the database at an address, or of the host's engine or connection."""
    if durability not in DURABILITIES:
        raise InputError(f"durability is 'full' or 'relaxed', not {durability!r}")
    if isinstance(where, str):
        return _at_address(where, timeout=timeout, durability=durability)
    if not isinstance(where, Engine | Connection):
        raise InputError(
            f"a store lives at an address, or in a SQLAlchemy Engine or Connection, not in {type(where).__qualname__}; "
            "of a Session, hand in session.connection()"
        )
    if durability != "full":
        raise InputError("how durable the commits of the host's engine are, its own settings say")
    if isinstance(where, Connection):
        return HostTransaction(where, timeout=timeout)
    check_engine(where)
    name = where.url.render_as_string(hide_password=True)
    return EngineDatabase(where, name=name, timeout=timeout, is_ours=False, is_one_connection=is_one_connection(where))


def _at_address(where: str, *, timeout: float, durability: str) -> Database:
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
