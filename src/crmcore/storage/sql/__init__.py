"""Records in a SQL database, through SQLAlchemy Core: one schema for SQLite and PostgreSQL.

Needs the extra ``sql``, and for PostgreSQL the extra ``postgres``. :class:`SqlStore` opens a database;
:func:`migrate` brings one of an older crmcore up, :func:`check` says whether that is needed and whether the history is
whole; :func:`add_tables` lets a host's own migrations make the tables, which
:mod:`~crmcore.storage.sql.schema` shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._lazy import lazily
from crmcore.errors import MissingExtra

if TYPE_CHECKING:
    from crmcore.storage.sql._checking import Checked, check
    from crmcore.storage.sql._hosting import add_tables
    from crmcore.storage.sql._migrating import migrate
    from crmcore.storage.sql._preparing import Migrated
    from crmcore.storage.sql.store import SqlStore

__all__ = ["Checked", "Migrated", "SqlStore", "add_tables", "check", "migrate"]

if not TYPE_CHECKING:
    _get, __dir__ = lazily(
        __name__,
        {
            "_checking": "Checked check",
            "_hosting": "add_tables",
            "_migrating": "migrate",
            "_preparing": "Migrated",
            "store": "SqlStore",
        },
    )

    def __getattr__(name: str) -> object:
        try:
            return _get(name)
        except ModuleNotFoundError as error:
            if error.name is None or not error.name.startswith("sqlalchemy"):
                raise
            raise MissingExtra("keep records in a SQL database", "sql") from error
