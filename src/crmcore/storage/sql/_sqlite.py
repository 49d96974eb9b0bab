"""SQLite: connecting, the file's own marks, and making the tables.

A file is ours if its header carries our application id. The header is read as plain bytes first, so that a file of
somebody else, or of a newer crmcore, is refused before SQLite touches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool, StaticPool

from crmcore.errors import SchemaMismatch, StoreUnavailable
from crmcore.storage.sql._errors import translated
from crmcore.storage.sql.schema import APPLICATION_ID, SCHEMA_VERSION, metadata

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

__all__ = ["BEGIN", "check_file", "connect", "make_tables"]

BEGIN = "crmcore_begin"
"""The execution option that says how a transaction begins: IMMEDIATE, DEFERRED; without it, none does."""

LOG_TURNS = 50
"""How often to try to switch the journal while other processes begin the same file."""
HEADER = 100
MAGIC = b"SQLite format 3\0"
USER_VERSION = slice(60, 64)
APPLICATION = slice(68, 72)


def check_file(path: Path) -> None:
    """Refuse what cannot be or become a crmcore file, without touching it.

    Raises:
        StoreUnavailable: no such folder, not a file, not readable.
        SchemaMismatch: a file of something else, or of a newer crmcore.

    """
    if path.is_dir():
        raise StoreUnavailable(f"{path}: it is a folder; name a file in it")
    if not path.exists():
        if not path.parent.is_dir():
            raise StoreUnavailable(f"{path}: its folder {path.parent} does not exist; make it first")
        return
    try:
        with path.open("rb") as file:
            header = file.read(HEADER)
    except OSError as error:
        raise StoreUnavailable(f"{path}: it cannot be read ({error.strerror})") from error
    if not header.strip(b"\0"):
        return  # new and empty, or made by a process that was killed before the first commit
    ours = header.startswith(MAGIC) and int.from_bytes(header[APPLICATION], "big") == APPLICATION_ID
    if len(header) < HEADER or not ours:
        raise SchemaMismatch(f"{path}: it is not a crmcore database; it was left as it is")
    _check_version(int.from_bytes(header[USER_VERSION], "big"), str(path))


def _check_version(version: int, where: str) -> None:
    if version > SCHEMA_VERSION:
        raise SchemaMismatch(
            f"{where}: it was written by a newer crmcore (schema {version}, this one knows {SCHEMA_VERSION}); "
            "it was left as it is; upgrade crmcore"
        )


def connect(path: Path | None, *, timeout: float) -> Engine:
    """Return an engine for a file, or for memory, where one connection is all there is."""
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=":memory:" if path is None else str(path)),
        hide_parameters=True,  # values are people's data, and an error's text goes into logs
        poolclass=StaticPool if path is None else QueuePool,
        connect_args={"timeout": timeout, "isolation_level": None, "check_same_thread": False},
        **({} if path is None else {"pool_timeout": max(timeout, 1.0), "max_overflow": 20}),
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=FULL")  # in WAL mode, NORMAL loses acknowledged commits at power loss
    cursor.execute("PRAGMA secure_delete=ON")  # what is removed is overwritten, whatever the library was built with
    cursor.close()


def _begin(connection: Connection) -> None:
    """Begin as asked: the driver is in autocommit, because it would begin lazily and lose the lock's timeout."""
    if mode := connection.get_execution_options().get(BEGIN):
        connection.exec_driver_sql({"IMMEDIATE": "BEGIN IMMEDIATE", "DEFERRED": "BEGIN DEFERRED"}[mode])


def make_tables(engine: Engine, where: str) -> None:
    """Make the tables in an empty database, all in one commit; check the marks of any other."""
    with translated(where):
        with engine.connect() as connection:
            made = _marks(connection) == (APPLICATION_ID, SCHEMA_VERSION)
        if not made:
            with engine.execution_options(**{BEGIN: "IMMEDIATE"}).begin() as connection:
                _make(connection, where)
        # After the tables: so the marks are in the file itself, where check_file reads them, not in its log.
        _keep_a_log(engine)


def _keep_a_log(engine: Engine) -> None:
    """Switch to WAL mode. SQLite does not wait for others here, but says "locked" at once: so wait by a transaction."""
    for turn in range(LOG_TURNS):
        with engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal":
                return
            try:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            except OperationalError:
                if turn == LOG_TURNS - 1:
                    raise
            else:
                return
        with engine.execution_options(**{BEGIN: "IMMEDIATE"}).begin():
            pass


def _make(connection: Connection, where: str) -> None:
    application, version = _marks(connection)
    if application == APPLICATION_ID:
        _check_version(version, where)
        return
    if application or version or connection.exec_driver_sql("SELECT 1 FROM sqlite_schema").first():
        raise SchemaMismatch(f"{where}: it is not a crmcore database; it was left as it is")
    metadata.create_all(connection)
    connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")


def _marks(connection: Connection) -> tuple[int, int]:
    application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    return application, version
