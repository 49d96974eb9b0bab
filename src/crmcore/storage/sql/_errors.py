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
    (sqlite3.ProgrammingError, StoreClosed, "its connection cannot be used any more; open it again"),
    (sqlite3.OperationalError, StoreUnavailable, "the database failed"),
    (sqlite3.IntegrityError, StoreError, "the database refused the change, which crmcore should have seen before"),
    (sqlite3.DatabaseError, StoreUnavailable, "the database failed"),
    (sqlite3.Error, StoreUnavailable, "the driver failed"),
    (sqlite3.Warning, StoreUnavailable, "the driver failed"),
    (exc.SQLAlchemyError, StoreError, "the database could not be asked"),
)
"""By class, most special first."""


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
    for kind, cls, says in _BY_CLASS:
        if isinstance(cause, kind):
            return cls(f"{where}: {says} ({cause})")
    return StoreError(f"{where}: the database could not be asked ({cause})")


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Raise our errors for theirs; wrap calls of the database only, never the user's own code."""
    try:
        yield
    except (exc.SQLAlchemyError, sqlite3.Error, sqlite3.Warning) as error:
        raise translate(error, where) from error
