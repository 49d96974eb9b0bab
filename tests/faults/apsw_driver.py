"""SQLite through APSW in the shape of Python's own driver, so that a store runs over a file system of the tests' making.

Python's `sqlite3` cannot be given a file system (SQLite calls it a VFS); APSW can. This is the part of DB-API 2.0 that
SQLAlchemy's pysqlite dialect asks for, always in autocommit: the store begins and commits by statements anyway.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import apsw
from sqlalchemy import Engine, event

__all__ = ["over"]


@contextmanager
def _as_theirs() -> Iterator[None]:
    """Raise what Python's driver would raise."""
    try:
        yield
    except apsw.Error as error:
        code = getattr(error, "extendedresult", 0) or getattr(error, "result", 0)
        raised = sqlite3.OperationalError(str(error))
        names = apsw.mapping_extended_result_codes
        raised.sqlite_errorcode = code
        raised.sqlite_errorname = str(names.get(code) or apsw.mapping_result_codes.get(code & 0xFF, ""))
        raise raised from error


class Cursor:
    """Runs statements; a SELECT is read at once."""

    def __init__(self, connection: apsw.Connection, instead: Mapping[str, str]) -> None:
        self._instead = instead
        self._cursor = connection.cursor()
        self._connection = connection
        self._cursor.exec_trace = self._describe
        self._rows: list[tuple[Any, ...]] = []
        self.description: Sequence[Any] | None = None
        self.rowcount = -1
        self.lastrowid = None
        self.arraysize = 1

    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        with _as_theirs():
            self._rows = self._cursor.execute(self._instead.get(sql, sql), parameters).fetchall()
        self.rowcount = self._connection.changes()
        return self

    def _describe(self, cursor: apsw.Cursor, _sql: str, _bindings: object) -> bool:
        """Note the columns before the statement runs: one that finds no row tells none afterwards."""
        self.description = [(column[0], *[None] * 6) for column in cursor.get_description()] or None
        return True

    def executemany(self, sql: str, rows: Iterable[Any]) -> Cursor:
        with _as_theirs():
            self._cursor.executemany(sql, rows)
        return self

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        taken = self._rows[: size or 1]
        del self._rows[: size or 1]
        return taken

    def fetchall(self) -> list[tuple[Any, ...]]:
        taken, self._rows = self._rows, []
        return taken

    def close(self) -> None:
        self._rows = []


class Connection:
    """One connection."""

    isolation_level = None

    def __init__(self, path: Path, vfs: str, instead: Mapping[str, str]) -> None:
        self._instead = instead
        with _as_theirs():
            self.raw = apsw.Connection(str(path), vfs=vfs)
            self.raw.setbusytimeout(1000)

    def cursor(self) -> Cursor:
        return Cursor(self.raw, self._instead)

    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        return self.cursor().execute(sql, parameters)

    @property
    def in_transaction(self) -> bool:
        """Whether something waits for a COMMIT."""
        return self.raw.in_transaction

    def commit(self) -> None:
        self._end("COMMIT")

    def rollback(self) -> None:
        self._end("ROLLBACK")

    def _end(self, word: str) -> None:
        if self.in_transaction:
            with _as_theirs():
                self.raw.execute(word)

    def create_function(self, name: str, arguments: int, function: Callable[..., Any], *, deterministic: bool) -> None:
        self.raw.create_scalar_function(name, function, arguments, deterministic=deterministic)

    def close(self) -> None:
        with _as_theirs():
            self.raw.close()


@contextmanager
def over(vfs: str, *, also: Sequence[str] = (), instead: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
    """Let every SQLite engine that connects within the block do it through APSW and a file system of its own.

    Args:
        vfs: the name of the file system.
        also: pragmas to run on each connection.
        instead: statements to exchange, for negative controls.

    """

    def connect(_dialect: object, _record: object, arguments: list[Any], _named: object) -> Connection:
        connection = Connection(Path(arguments[0]), vfs, instead)
        for pragma in also:
            connection.execute(pragma)
        return connection

    event.listen(Engine, "do_connect", connect)
    try:
        yield
    finally:
        event.remove(Engine, "do_connect", connect)
