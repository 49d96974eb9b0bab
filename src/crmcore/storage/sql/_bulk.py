"""Many rows into one table, by the fastest way that the driver has: plain executemany, or COPY on PostgreSQL.

The statements are SQLAlchemy's own, compiled once for a table; only the hand-over of the rows goes past it, because
making a mapping of each row costs more than the database takes to store it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table

__all__ = ["insert", "remove"]

MANY = 20
"""Rows above which COPY is quicker than a statement for each."""


def insert(connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """Add rows; each has the values of the columns in their order."""
    if connection.dialect.name == "postgresql" and len(rows) >= MANY:
        _copy(connection, table.name, columns, rows)
        return
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    connection.exec_driver_sql(_insertion(table.name, columns, mark), list(rows))


def remove(connection: Connection, table: Table, columns: tuple[str, ...], keys: Sequence[tuple[Any, ...]]) -> None:
    """Take away the rows that have those values in the columns."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    connection.exec_driver_sql(_removal(table.name, columns, mark), list(keys))


@lru_cache(maxsize=1024)
def _insertion(table: str, columns: tuple[str, ...], mark: str) -> str:
    return f"INSERT INTO {_named(table)} ({_listed(columns)}) VALUES ({', '.join(mark for _ in columns)})"  # noqa: S608


@lru_cache(maxsize=1024)
def _removal(table: str, columns: tuple[str, ...], mark: str) -> str:
    return f"DELETE FROM {_named(table)} WHERE " + " AND ".join(f"{_named(name)} = {mark}" for name in columns)  # noqa: S608


def _copy(connection: Connection, table: str, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(f"COPY {_named(table)} ({_listed(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    finally:
        cursor.close()


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(map(_named, columns))


def _named(name: str) -> str:
    """Quote a name of the catalogue; none holds a quotation mark."""
    return f'"{name}"'
