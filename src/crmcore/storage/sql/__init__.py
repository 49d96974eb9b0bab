"""Records in a SQL database, through SQLAlchemy Core: SQLite now, one schema for PostgreSQL too.

Needs the extra ``sql``. :class:`SqlStore` opens a database; :mod:`~crmcore.storage.sql.schema` shows its tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcore.errors import MissingExtra

if TYPE_CHECKING:
    from crmcore.storage.sql.store import SqlStore

__all__ = ["SqlStore"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import sqlalchemy  # noqa: F401 - only to know whether it is there
    except ImportError as error:
        raise MissingExtra("keep records in a SQL database", "sql") from error
    from crmcore.storage.sql.store import SqlStore

    return SqlStore
