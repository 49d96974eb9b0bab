"""What a host hands in: whether its engine can carry a store, and our part in a transaction that is the host's."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import exc
from sqlalchemy.pool import SingletonThreadPool, StaticPool

from crmcore.errors import InputError, StoreUnavailable, UnitMisuse
from crmcore.storage.sql import _postgres, _sqlite
from crmcore.storage.sql._errors import translated
from crmcore.storage.sql._preparing import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine, NestedTransaction

    from crmcore.storage.sql._preparing import Migrated, Upgrade
    from crmcore.storage.sql.projection import Projection

__all__ = ["HostTransaction", "check_engine", "is_one_connection"]

DRIVERS = {"sqlite": "pysqlite", "postgresql": "psycopg"}
"""The drivers whose transactions and errors are known here."""


def check_engine(engine: Engine) -> None:
    """Refuse an engine of the host's on which a promise could not be kept.

    Raises:
        InputError: another database or driver, an asynchronous engine, other names of tables, or a database a thread.

    """
    dialect = engine.dialect
    if dialect.is_async:
        raise InputError("the engine is asynchronous; make one with create_engine, and call the store in a thread")
    if DRIVERS.get(dialect.name) != dialect.driver:
        raise InputError(
            f"the engine speaks {dialect.name}+{dialect.driver}; a store needs sqlite+pysqlite or postgresql+psycopg"
        )
    if engine.get_execution_options().get("schema_translate_map"):
        raise InputError("the engine renames schemas; set the search_path of its connections instead")
    if isinstance(engine.pool, SingletonThreadPool):
        raise InputError(
            "the engine gives each thread a SQLite database of its own; make it with poolclass=StaticPool and "
            "connect_args={'check_same_thread': False}"
        )


def is_one_connection(engine: Engine) -> bool:
    """Say whether all threads share one connection."""
    return isinstance(engine.pool, StaticPool)


class HostTransaction:
    """The connection and the transaction of the host: it commits, or undoes, what our units write."""

    is_one_connection = True
    name = "the host's transaction"

    def __init__(self, connection: Connection, *, timeout: float) -> None:
        check_engine(connection.engine)
        with translated(self.name):
            if _commits_by_itself(connection):
                raise InputError(
                    "the connection commits each statement; hand in one without isolation_level='AUTOCOMMIT', or the "
                    "engine, where each unit of work is a transaction of its own"
                )
        self._connection = connection
        self._timeout = timeout
        self._savepoint: NestedTransaction | None = None
        self._waited = ""

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
            savepoint = self._savepoint = self._begin()
        try:
            yield self._connection
        finally:
            self._undo(savepoint)

    def commit(self, connection: Connection) -> None:
        """End the savepoint; the rest is the host's.

        Raises:
            UnitMisuse: the host has begun a savepoint within the unit's block, and not ended it.
            StoreUnavailable: the host ended its transaction within the unit's block, or the connection was lost, and
                with it the transaction: nobody need ask how the unit ended.

        """
        savepoint = self._savepoint
        with translated(self.name):
            if savepoint is None or not savepoint.is_active:
                raise StoreUnavailable(
                    f"{self.name} ended before the unit of work in it; end the transaction after the unit's block"
                )
            if connection.get_nested_transaction() is not savepoint:
                raise UnitMisuse(f"{self.name} has a savepoint from within the unit of work; end it inside the unit")
            if connection.dialect.name == "postgresql":
                _postgres.wait_as_before(connection, self._waited)
            savepoint.commit()

    def prepare(self, projection: Projection, *, upgrade: Upgrade | None = None) -> Migrated:
        """Refuse a database that does not fit; the tables of a new one are made in the host's transaction."""
        return prepare(self._connection, projection, where=self.name, alone=False, upgrade=upgrade)

    def release(self) -> None:
        """Leave the connection as it is."""

    def _begin(self) -> NestedTransaction:
        if self._connection.dialect.name == "sqlite":
            _sqlite.hold(self._connection)
            return self._connection.begin_nested()
        savepoint = self._connection.begin_nested()
        self._waited = _postgres.wait_at_most(self._connection, self._timeout)
        return savepoint

    def _undo(self, savepoint: NestedTransaction) -> None:
        """Go back to the savepoint, unless it was committed.

        Where there is none to go back to (SQLite undoes everything when the disk is full, or the connection is gone),
        SQLAlchemy is told to let nothing more be done in the host's transaction but end it, so that the host cannot
        commit what comes after without what came before. The failure that led here is on its way to the caller already.
        """
        if not savepoint.is_active:
            return
        try:
            while (inner := self._connection.get_nested_transaction()) not in {savepoint, None}:
                inner.rollback()
            savepoint.rollback()
        except exc.SQLAlchemyError:
            with translated(self.name):
                _end(self._connection)


def _end(connection: Connection) -> None:
    """Let the host's transaction be undone and nothing else."""
    if not is_one_connection(connection.engine):
        connection.invalidate()
    elif (whole := connection.get_transaction()) is not None:
        whole.rollback()  # without this connection, a database in memory would be gone


def _commits_by_itself(connection: Connection) -> bool:
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.dbapi_connection
        return bool(driver.autocommit)
    return connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
