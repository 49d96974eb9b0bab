"""Records in a SQL database, through SQLAlchemy Core: one schema for SQLite and PostgreSQL.

Needs the extra ``sql``, and for PostgreSQL the extra ``postgres``. :class:`SqlStore` opens a database;
:func:`migrate` brings one of an older crmcore up, :func:`check` says whether that is needed and whether the history is
whole; :func:`add_tables` lets a host's own migrations make the tables, which
:mod:`~crmcore.storage.sql.schema` shows.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from crmcore.errors import MissingExtra

if TYPE_CHECKING:
    from crmcore.storage.sql._checking import Checked, check
    from crmcore.storage.sql._hosting import add_tables
    from crmcore.storage.sql._migrating import migrate
    from crmcore.storage.sql._preparing import Migrated
    from crmcore.storage.sql.store import SqlStore

__all__ = ["Checked", "Migrated", "SqlStore", "add_tables", "check", "migrate"]

_LIVES_IN = {
    "Checked": "_checking",
    "Migrated": "_preparing",
    "SqlStore": "store",
    "add_tables": "_hosting",
    "check": "_checking",
    "migrate": "_migrating",
}


def __getattr__(name: str) -> Any:
    if name not in _LIVES_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import sqlalchemy  # noqa: F401 - only to know whether it is there
    except ImportError as error:
        raise MissingExtra("keep records in a SQL database", "sql") from error
    return getattr(import_module(f"{__name__}.{_LIVES_IN[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
