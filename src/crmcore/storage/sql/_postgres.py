"""PostgreSQL: connecting through psycopg, and the settings that the store relies on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, make_url

from crmcore.errors import MissingExtra

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

__all__ = ["connect", "wait_at_most"]


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


def wait_at_most(connection: Connection, seconds: float) -> None:
    """Let this transaction wait so long for others, and no longer."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {max(1, int(seconds * 1000))}")
