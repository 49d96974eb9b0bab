"""SQLite: connecting, and the file's own marks.

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
from crmcore.storage.sql.schema import APPLICATION_ID, SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

__all__ = [
    "BEGIN",
    "begin",
    "check_file",
    "connect",
    "damage",
    "hold",
    "is_durable",
    "join",
    "keep_a_log",
    "leave",
    "newer",
]

BEGIN = "crmcore_begin"
"""The execution option that says how a transaction begins: IMMEDIATE, DEFERRED; without it, none does."""

BEGINNINGS = {"IMMEDIATE": "BEGIN IMMEDIATE", "DEFERRED": "BEGIN DEFERRED"}
HOLD = "UPDATE crm_tenant SET last_unit = last_unit WHERE tenant = ''"
"""Changes nothing, as no tenant has that name, and takes the lock of the one writer."""
FULL = 2
"""What ``PRAGMA synchronous`` says of a database whose commits are on the disk when they return."""
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
    version = int.from_bytes(header[USER_VERSION], "big")
    if version > SCHEMA_VERSION:
        raise newer(version, str(path))


def newer(version: int, where: str) -> SchemaMismatch:
    """Return the refusal of a database of a newer crmcore."""
    return SchemaMismatch(
        f"{where}: it was written by a newer crmcore (schema {version}, this one knows {SCHEMA_VERSION}); "
        "it was left as it is; upgrade crmcore"
    )


def connect(path: Path | None, *, timeout: float, durability: str) -> Engine:
    """Return an engine for a file, or for memory, where one connection is all there is."""
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=":memory:" if path is None else str(path)),
        hide_parameters=True,  # values are people's data, and an error's text goes into logs
        poolclass=StaticPool if path is None else QueuePool,
        connect_args={"timeout": timeout, "isolation_level": None, "check_same_thread": False},
        **({} if path is None else {"pool_timeout": max(timeout, 1.0), "max_overflow": 20}),
    )
    event.listen(engine, "connect", _relax if durability == "relaxed" else _insist)
    event.listen(engine, "begin", _begin)
    return engine


def _insist(connection: Any, _: object) -> None:
    _prepare(connection, "PRAGMA synchronous=FULL")


def _relax(connection: Any, _: object) -> None:
    _prepare(connection, "PRAGMA synchronous=NORMAL")  # in WAL mode, it loses acknowledged commits at power loss


def _prepare(connection: Any, durability: str) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(durability)
    cursor.execute("PRAGMA secure_delete=ON")  # what is removed is overwritten, whatever the library was built with
    cursor.close()


def _begin(connection: Connection) -> None:
    """Begin as asked: the driver is in autocommit, because it would begin lazily and lose the lock's timeout."""
    if mode := connection.get_execution_options().get(BEGIN):
        connection.exec_driver_sql(BEGINNINGS[mode])


def begin(connection: Connection, mode: str) -> None:
    """Begin on a connection lent to us, in whatever way its engine's owner lets transactions begin.

    The driver left to itself would begin at the first change only, and a listener of the host's may have begun without
    the lock; nothing has happened in that transaction yet.
    """
    connection.begin()
    if _is_begun(connection):
        connection.exec_driver_sql("ROLLBACK")
    connection.exec_driver_sql(BEGINNINGS[mode])


def join(connection: Connection) -> bool:
    """Begin the host's transaction if only SQLAlchemy thinks that it has begun; say whether it had begun before.

    Otherwise the end of our savepoint would be a commit, which the host could not undo.
    """
    if not connection.in_transaction():
        connection.begin()
    if begun := _is_begun(connection):
        return begun
    connection.exec_driver_sql(BEGINNINGS["IMMEDIATE"])
    return begun


def hold(connection: Connection) -> None:
    """Take the lock of the one writer in a transaction of the host's, at its beginning and not at the first change."""
    if join(connection):
        connection.exec_driver_sql(HOLD)


def leave(connection: Connection) -> None:
    """Undo what was not committed, also where the host has told SQLAlchemy that there is nothing to undo."""
    connection.rollback()
    if _is_begun(connection):
        connection.exec_driver_sql("ROLLBACK")


def damage(connection: Connection) -> list[str]:
    """Return what is wrong with the file, by SQLite's own checks of its pages, tables, indexes and references."""
    told = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
    loose = [f"{row[0]} refers to nothing" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
    return [fault for fault in told if fault != "ok"] + loose


def is_durable(connection: Connection) -> bool:
    """Say whether a commit is on the disk when it returns."""
    synchronous = int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
    journal = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one())
    return synchronous >= FULL and journal not in {"memory", "off"}


def _is_begun(connection: Connection) -> bool:
    """Say whether the driver is in a transaction; SQLAlchemy believes that it is before it is."""
    driver: Any = connection.connection.dbapi_connection
    return bool(driver.in_transaction)


def keep_a_log(engine: Engine) -> None:
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
