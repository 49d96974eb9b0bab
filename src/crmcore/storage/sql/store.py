"""A store in a SQL database."""

from __future__ import annotations

import os
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from crmcore.errors import StoreUnavailable
from crmcore.storage._store import TenantStore
from crmcore.storage.kinds import model_codec
from crmcore.storage.sql._errors import translated
from crmcore.storage.sql._sqlite import BEGIN, check_file, connect, make_tables
from crmcore.storage.sql._tables import SqlTables, WritableSqlTables
from crmcore.storage.urls import sqlite_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from crmcore.storage._rows import Tables, WritableTables
    from crmcore.storage.codec import Codec

__all__ = ["SqlStore"]


class SqlStore(TenantStore):
    """Keeps the records of one tenant in SQLite; several tenants and processes may share the file.

    A unit of work takes the write lock when it begins and holds it to its end, so whatever it reads stays true. Readers
    never wait. A commit is on the disk when the block is left (WAL, synchronous=FULL).

    >>> store = SqlStore("sqlite://")
    >>> store.tenant
    'default'
    >>> store.close()
    """

    def __init__(self, url: str, *, tenant: str = "default", codec: Codec | None = None, timeout: float = 5.0) -> None:
        """Open the database, and make the tables if it is new.

        Args:
            url: ``sqlite:///crm.db`` (a file beside the program), ``sqlite:////var/crm.db`` (from the root) or
                ``sqlite://`` (in memory).
            tenant: whose records.
            codec: the kinds that it keeps; by default all of crmcore.model.
            timeout: seconds that a unit of work waits for another writer.

        Raises:
            InputError: not such an address.
            SchemaMismatch: a file of something else, or of a newer crmcore; it is left as it is.
            StoreUnavailable: it cannot be opened.

        """
        super().__init__(tenant=tenant, codec=model_codec() if codec is None else codec)
        named = sqlite_path(url)
        # Absolute: later connections must find the same file, wherever the program has moved to.
        path = None if named is None else Path(named).absolute()
        self._where = named or "the database in memory"
        if path is not None:
            check_file(path)
        self._timeout = timeout
        self._only_connection = Lock() if path is None else None
        self._engine = connect(path, timeout=timeout)
        try:
            make_tables(self._engine, self._where)
        except BaseException:
            self._engine.dispose()
            raise

    @contextmanager
    def _reading(self, *, snapshot: bool) -> Iterator[Tables]:
        with self._alone(), self._connected("DEFERRED" if snapshot else None) as connection:
            yield SqlTables(connection, tenant=self._tenant, where=self._where)

    @contextmanager
    def _writing(self) -> Iterator[WritableTables]:
        with self._alone(), self._connected("IMMEDIATE") as connection:
            with translated(self._where):
                connection.begin()
            yield WritableSqlTables(connection, tenant=self._tenant, where=self._where)
            with translated(self._where):
                connection.commit()

    @contextmanager
    def _connected(self, mode: str | None) -> Iterator[Connection]:
        """Lend a connection; whatever was not committed when it comes back is undone."""
        with translated(self._where):
            connection = self._engine.connect().execution_options(**{BEGIN: mode})
        try:
            yield connection
        finally:
            with translated(self._where):
                connection.close()

    def _alone(self) -> AbstractContextManager[None]:
        return nullcontext() if self._only_connection is None else self._turn(self._only_connection)

    @contextmanager
    def _turn(self, lock: Lock) -> Iterator[None]:
        if not lock.acquire(timeout=self._timeout):
            raise StoreUnavailable(
                f"{self._where}: another thread held it for more than {self._timeout:g} s; try again"
            )
        try:
            yield
        finally:
            lock.release()

    def _release(self) -> None:
        with translated(self._where):
            self._engine.dispose(close=self._process == os.getpid())
