"""Looking at a database before it is used: whether it is new, ours, of this version, with the tables of every kind."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, bindparam, inspect, select, text

from crmcore.errors import SchemaMismatch, SchemaOutdated
from crmcore.storage.sql import _postgres, _sqlite
from crmcore.storage.sql._errors import translated
from crmcore.storage.sql.schema import APPLICATION_ID, SCHEMA_VERSION, metadata, shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.storage.sql.projection import KindTables, Projection

__all__ = ["VERSION_TABLE", "check_version", "locked", "make_kind", "prepare", "stamp", "version_of"]

VERSION_TABLE = "crm_alembic"
"""Where the version of the schema stands; the migrations move it."""


def prepare(bind: Engine | Connection, projection: Projection, *, where: str, alone: bool = True) -> None:
    """Make the tables of a new database, and those of kinds that it does not know; refuse what does not fit.

    Args:
        bind: the database.
        projection: the tables of the kinds.
        where: what messages call it.
        alone: whether a SQLite file is for crmcore alone, and carries its marks; a host's holds the host's tables too.

    Raises:
        SchemaMismatch: something else's database, or a newer crmcore's; nothing was touched.
        SchemaOutdated: an older crmcore's, or the catalogue of a kind has changed; nothing was touched.

    """
    with translated(where):
        with _reading(bind) as connection:
            version = version_of(connection, where, alone=alone)
            fits = version == SCHEMA_VERSION and not _unknown(connection, projection, where)
        if not fits:
            with locked(bind) as connection:
                _make(connection, projection, where, alone=alone)


def version_of(connection: Connection, where: str, *, alone: bool = True) -> int:
    """Return the version of the schema; 0 where there is none of our tables."""
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE in names:
        version = int(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one())  # noqa: S608
    elif "crm_record" in names:
        version = 1
    elif connection.dialect.name == "sqlite" and names and alone:
        raise SchemaMismatch(f"{where}: it is not a crmcore database; it was left as it is")
    else:
        version = 0
    check_version(version, where)
    return version


def check_version(version: int, where: str) -> None:
    """Refuse a database of a newer crmcore."""
    if version > SCHEMA_VERSION:
        raise _sqlite.newer(version, where)


def _make(connection: Connection, projection: Projection, where: str, *, alone: bool) -> None:
    version = version_of(connection, where, alone=alone)
    if 0 < version < SCHEMA_VERSION:
        raise SchemaOutdated(
            f"{where}: it was written by an older crmcore (schema {version}, this one writes {SCHEMA_VERSION}); "
            "it was left as it is; bring it up with 'crmcore db upgrade' or crmcore.storage.sql.migrate()"
        )
    if version == 0:
        metadata.create_all(connection, checkfirst=False)
        stamp(connection, SCHEMA_VERSION, alone=alone)
    for tables in _unknown(connection, projection, where):
        make_kind(connection, tables)


def stamp(connection: Connection, version: int, *, alone: bool = True) -> None:
    """Write down the version of the schema; in a SQLite file that is for crmcore alone, in its header too."""
    connection.execute(
        text(f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    )
    connection.execute(text(f"DELETE FROM {VERSION_TABLE}"))  # noqa: S608 - a literal
    connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES (:version)"), {"version": f"{version:04}"})  # noqa: S608
    if connection.dialect.name == "sqlite" and alone:
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version={version}")


def make_kind(connection: Connection, tables: KindTables) -> None:
    """Make the tables that a kind is searched in, empty, and write down their shape."""
    for table in tables.tables:
        table.create(connection)
    connection.execute(shape.insert(), {"kind": tables.kind, "signature": tables.signature})


def _unknown(connection: Connection, projection: Projection, where: str) -> list[KindTables]:
    """Return the kinds that have no tables; refuse kinds that have others."""
    wanted = {tables.kind: tables for tables in projection}
    asked = select(shape.c.kind, shape.c.signature).where(shape.c.kind.in_(bindparam("kinds", expanding=True)))
    known = {row.kind: row.signature for row in connection.execute(asked, {"kinds": list(wanted)})}
    changed = sorted(kind for kind, signature in known.items() if wanted[kind].signature != signature)
    if changed:
        raise SchemaOutdated(
            f"{where}: what {', '.join(changed)} records are searched by has changed; make their tables again with "
            "'crmcore db upgrade' or crmcore.storage.sql.migrate()"
        )
    return [tables for kind, tables in wanted.items() if kind not in known]


@contextmanager
def _reading(bind: Engine | Connection) -> Iterator[Connection]:
    if isinstance(bind, Connection):
        yield bind
    else:
        with bind.connect() as connection:
            yield connection


@contextmanager
def locked(bind: Engine | Connection) -> Iterator[Connection]:
    """Begin a transaction in which nobody else makes or changes tables; a host's own is used as it is."""
    if isinstance(bind, Connection):
        if bind.dialect.name == "postgresql":
            _postgres.lock_tables(bind)
        else:
            _sqlite.join(bind)
        yield bind
        return
    with bind.connect() as connection:
        if bind.dialect.name == "postgresql":
            _postgres.begin(connection)
            _postgres.lock_tables(connection)
        else:
            _sqlite.begin(connection, "IMMEDIATE")
        yield connection
        connection.commit()
