"""PostgreSQL: connecting through psycopg, and the settings that the store relies on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, make_url

from crmcore.errors import MissingExtra

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

__all__ = ["begin", "connect", "is_durable", "lock_tables", "wait_as_before", "wait_at_most"]

MIGRATION_LOCK = 0x63726D63
"""The advisory lock that everyone takes before making or changing tables."""


def connect(url: str, *, timeout: float, durability: str) -> Engine:
    """Return an engine for a server.

    Every statement sees what is committed when it begins (READ COMMITTED). A unit of work first takes the row of its
    tenant, as all units do, so what it reads of the tenant cannot change under it; a reading of several statements asks
    for one snapshot instead.
    """
    try:
        import psycopg  # noqa: F401 - only to know whether it is there
    except ImportError as error:
        raise MissingExtra("keep records in PostgreSQL", "postgres") from error
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),  # the plain name means another driver below SQLAlchemy 2.1
        hide_parameters=True,  # values are people's data, and an error's text goes into logs
        pool_timeout=max(timeout, 1.0),
        max_overflow=20,
        isolation_level="READ COMMITTED",
    )
    if durability == "relaxed":
        event.listen(engine, "connect", _relax)
    return engine


def _relax(connection: Any, _: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    connection.commit()


def begin(connection: Connection) -> None:
    """Begin a transaction that sees what is committed, whatever the owner of the engine has chosen."""
    connection.execution_options(isolation_level="READ COMMITTED")
    connection.begin()


def is_durable(connection: Connection) -> bool:
    """Say whether a commit is on the disk when it returns."""
    asked = ("fsync", "synchronous_commit", "full_page_writes")
    said = [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in asked]
    return all(one != "off" for one in said)


def lock_tables(connection: Connection) -> None:
    """Let nobody else make or change our tables until this transaction ends."""
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")


def wait_at_most(connection: Connection, seconds: float) -> str:
    """Let this transaction wait so long for others, and no longer; return how long it would have waited before."""
    asked = "SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, true)"
    before = connection.exec_driver_sql(asked, (f"{max(1, int(seconds * 1000))}ms",)).scalar_one()
    return str(before)


def wait_as_before(connection: Connection, before: str) -> None:
    """Let this transaction wait as it would have done."""
    connection.exec_driver_sql("SELECT set_config('lock_timeout', %s, true)", (before,))
