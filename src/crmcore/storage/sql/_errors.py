"""What a driver or SQLAlchemy raises, as one of ours; nothing of theirs leaves this room untranslated."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc

from crmcore.errors import SchemaMismatch, StoreClosed, StoreError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["translate", "translated"]

_BY_CODE: tuple[tuple[str, type[StoreError], str], ...] = (
    (
        "SQLITE_BUSY_SNAPSHOT",
        StoreUnavailable,
        "another wrote after this transaction had read; undo this one, and run it again",
    ),
    (
        "SQLITE_BUSY",
        StoreUnavailable,
        "another writer held it for too long; try again, or open it with a longer timeout",
    ),
    ("SQLITE_LOCKED", StoreUnavailable, "another connection of this process holds a table; try again"),
    ("SQLITE_FULL", StoreUnavailable, "the disk is full; make space, then try again"),
    ("SQLITE_READONLY", StoreUnavailable, "it may not be written; check the rights of the file and its folder"),
    ("SQLITE_CANTOPEN", StoreUnavailable, "it cannot be opened; check that it is a file, and the rights of its folder"),
    ("SQLITE_PERM", StoreUnavailable, "the system refuses access; check the rights of the file"),
    ("SQLITE_AUTH", StoreUnavailable, "the connection is not allowed to do this"),
    ("SQLITE_IOERR", StoreUnavailable, "reading or writing the disk failed; check the disk"),
    ("SQLITE_CORRUPT", StoreUnavailable, "the file is damaged; restore it from a backup"),
    ("SQLITE_NOTADB", SchemaMismatch, "it is not a crmcore database, or damaged"),
    ("SQLITE_NOMEM", StoreUnavailable, "there is not enough memory"),
    ("SQLITE_INTERRUPT", StoreUnavailable, "the statement was interrupted; try again"),
    ("SQLITE_SCHEMA", SchemaMismatch, "its tables changed meanwhile; open it again"),
    ("SQLITE_TOOBIG", StoreUnavailable, "a value is larger than the database takes"),
)
"""By the start of SQLite's own name for the failure, which has extensions such as SQLITE_IOERR_WRITE."""

_BY_CLASS: tuple[tuple[type[Exception], type[StoreError], str], ...] = (
    (exc.TimeoutError, StoreUnavailable, "no connection became free in time; close units sooner, or try again"),
    (exc.ResourceClosedError, StoreClosed, "its connection is closed"),
    (exc.NoSuchTableError, SchemaMismatch, "a table is missing; it is not a crmcore database, or damaged"),
    (UnicodeDecodeError, StoreUnavailable, "the file is damaged; restore it from a backup"),
    (sqlite3.ProgrammingError, StoreClosed, "its connection cannot be used any more; open it again"),
    (sqlite3.OperationalError, StoreUnavailable, "the database failed"),
    (sqlite3.IntegrityError, StoreError, "the database refused the change, which crmcore should have seen before"),
    (sqlite3.DatabaseError, StoreUnavailable, "the database failed"),
    (sqlite3.Error, StoreUnavailable, "the driver failed"),
    (sqlite3.Warning, StoreUnavailable, "the driver failed"),
    (exc.SQLAlchemyError, StoreError, "the database could not be asked"),
)
"""By class, most special first."""


_BY_STATE: tuple[tuple[str, type[StoreError], str], ...] = (
    ("55P03", StoreUnavailable, "another writer held it for too long; try again, or open it with a longer timeout"),
    ("40", StoreUnavailable, "two transactions stood in each other's way; undo this one, and run it again"),
    ("53100", StoreUnavailable, "the server's disk is full; make space, then try again"),
    ("53", StoreUnavailable, "the server lacks resources; try again later"),
    ("57014", StoreUnavailable, "the statement was cancelled; try again"),
    ("57", StoreUnavailable, "the server ended the connection; try again"),
    ("08", StoreUnavailable, "the connection was lost; try again"),
    ("28", StoreUnavailable, "the server refuses this user; check the address"),
    ("3D", StoreUnavailable, "there is no such database; make it first"),
    ("25006", StoreUnavailable, "it may only be read; write to the primary server"),
    ("25", StoreUnavailable, "the transaction failed before; undo it and begin again"),
    ("42501", StoreUnavailable, "the user may not do this; check its rights"),
    ("42", SchemaMismatch, "a table is missing or another than it should be; it is not a crmcore database, or damaged"),
    ("23", StoreError, "the database refused the change, which crmcore should have seen before"),
    ("22", StoreError, "the database refused a value, which crmcore should have seen before"),
    ("58", StoreUnavailable, "the server could not use its disk; check it"),
    ("XX", StoreUnavailable, "the server's data are damaged; restore them from a backup"),
)
"""By the start of PostgreSQL's code for the failure, most special first."""

DRIVERS = ("psycopg", "sqlite3")


def is_theirs(error: BaseException) -> bool:
    """Say whether an error is a driver's or SQLAlchemy's, or that of decoding what a damaged file makes SQLite say."""
    known = isinstance(error, exc.SQLAlchemyError | UnicodeDecodeError)
    return known or type(error).__module__.partition(".")[0] in DRIVERS


def is_lost(error: Exception) -> bool:
    """Say whether the connection is gone, so that nobody knows what the server did last."""
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return True
    cause = getattr(error, "orig", None) or error
    if type(cause).__module__.partition(".")[0] != "psycopg":
        return False
    state = getattr(cause, "sqlstate", None)
    return isinstance(cause, Exception) and (
        state in LOST or (state is None and type(cause).__name__ in {"OperationalError", "InterfaceError"})
    )


LOST = {"08000", "08003", "08006", "08007", "57P01", "57P02", "57P03", "57P05"}


def translate(error: Exception, where: str) -> StoreError:
    """Return our error for one of the driver's or SQLAlchemy's; the caller raises it ``from`` the original.

    >>> str(translate(sqlite3.OperationalError("odd"), "crm.db"))
    'crm.db: the database failed (odd)'
    """
    orig = getattr(error, "orig", None)
    cause = orig if isinstance(orig, Exception) else error
    code = getattr(cause, "sqlite_errorname", None) or ""
    for start, cls, says in _BY_CODE:
        if code.startswith(start):
            return cls(f"{where}: {says} ({cause})")
    state = getattr(cause, "sqlstate", None) or ""
    for start, cls, says in _BY_STATE:
        if state.startswith(start):
            return cls(f"{where}: {says} ({_first_line(cause)})")
    if type(cause).__module__.partition(".")[0] == "psycopg":
        return StoreUnavailable(f"{where}: the server cannot be reached ({_first_line(cause)})")
    for kind, cls, says in _BY_CLASS:
        if isinstance(cause, kind):
            return cls(f"{where}: {says} ({cause})")
    return StoreError(f"{where}: the database could not be asked ({cause})")


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Raise our errors for theirs; wrap calls of the database only, never the user's own code."""
    try:
        yield
    except Exception as error:
        if is_theirs(error):
            raise translate(error, where) from error
        raise


def _first_line(error: Exception) -> str:
    """Return what happened, without the details: PostgreSQL puts the values of the row into them."""
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
