"""Copying a SQLite database as a whole while others write it, by SQLite's own backup API."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from crmcore.errors import StoreUnavailable, UnwritableFile
from crmcore.storage._replacing import replacing
from crmcore.storage.sql._errors import translated
from crmcore.storage.sql._sqlite import check_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["copy_file"]

PAGES = 4096
"""Pages that are copied at a time; between them, the program can be interrupted."""


def copy_file(source: Path, target: Path, *, timeout: float) -> int:
    """Copy a file as of one moment; return the bytes of the copy, which was checked before it took its name.

    Writers go on meanwhile: the copy is made within one reading transaction, which in WAL mode holds nobody off.

    Raises:
        StoreUnavailable: the source cannot be read, or the copy is damaged because it is.
        SchemaMismatch: the source is no crmcore database.
        UnwritableFile: the target cannot be written, or is a database in use.

    """
    if not source.exists():
        raise StoreUnavailable(f"{source}: there is no such database")
    check_file(source)
    if target.exists() and target.samefile(source):
        raise UnwritableFile(target, "in-use", "it is the database itself; name another file for the copy")
    for log in ("-wal", "-journal"):
        if target.with_name(target.name + log).exists():
            raise UnwritableFile(
                target, "in-use", f"beside it lies {target.name}{log}: a database in use; name another file"
            )
    with replacing(target, checked=_check) as draft:
        _copy(source, draft, timeout=timeout)
    return target.stat().st_size


def _copy(source: Path, draft: Path, *, timeout: float) -> None:
    with (
        _opened(source, "mode=rw", timeout=timeout) as reading,  # else its log would be left beside it
        _opened(draft, "mode=rw", timeout=timeout) as copy,
        translated(str(source)),
    ):
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the moment that is copied
        reading.backup(copy, pages=PAGES, sleep=0.001)


def _check(copy: Path) -> None:
    """Read every page of the copy and every link between its tables, without leaving files beside it."""
    with _opened(copy, "mode=ro&immutable=1", timeout=0) as connection, translated(str(copy)):
        said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if said != "ok" or broken:
        raise StoreUnavailable(f"the database is damaged, so it was not copied ({said}); restore it from a backup")


@contextmanager
def _opened(path: Path, mode: str, *, timeout: float) -> Iterator[sqlite3.Connection]:
    with translated(str(path)):
        connection = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?{mode}", uri=True, timeout=timeout, isolation_level=None
        )
    with closing(connection):
        yield connection
