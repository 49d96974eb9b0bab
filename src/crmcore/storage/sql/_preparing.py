"""Looking at a database before it is used: whether it is new, ours, of this version, with the tables of every kind."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs
from sqlalchemy import Column, Connection, Engine, MetaData, PrimaryKeyConstraint, String, Table, inspect, select

from crmcore.errors import SchemaMismatch, SchemaOutdated
from crmcore.storage.sql import _postgres, _shapes, _sqlite
from crmcore.storage.sql._errors import translated
from crmcore.storage.sql.schema import APPLICATION_ID, SCHEMA_VERSION, metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmcore.storage.sql.projection import Projection

    Upgrade = Callable[[Connection, int], None]
    """Brings the tables of a version up to the present one."""

__all__ = ["VERSION_TABLE", "Migrated", "check_version", "locked", "prepare", "stamp", "version_of", "versions"]

VERSION_TABLE = "crm_alembic"
"""Where the version of the schema stands; the migrations move it."""

versions = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)
"""As Alembic makes it."""

ANCIENT = frozenset({"crm_tenant", "crm_record", "crm_lookup", "crm_unit", "crm_event"})
"""The tables of schema 1, which was not written down in the database."""
UPGRADE = "with 'crmcore db upgrade' or crmcore.storage.sql.migrate()"


@attrs.frozen(kw_only=True)
class Migrated:
    """What was done to a database.

    Attributes:
        before: the version of the schema that was found; 0 where there was none.
        version: the one that it has now.
        kinds: the kinds whose tables of searched columns were made, or made again, and filled.

    """

    before: int
    version: int
    kinds: tuple[str, ...]


def prepare(
    bind: Engine | Connection, projection: Projection, *, where: str, alone: bool = True, upgrade: Upgrade | None = None
) -> Migrated:
    """Make the tables of a new database, and those of kinds that it does not know; refuse what does not fit.

    Args:
        bind: the database.
        projection: the tables of the kinds.
        where: what messages call it.
        alone: whether a SQLite file is for crmcore alone, and carries its marks; a host's holds the host's tables too.
        upgrade: how to bring up what is older; without it, it is refused.

    Raises:
        SchemaMismatch: something else's database, or a newer crmcore's; nothing was touched.
        SchemaOutdated: an older crmcore's, or the catalogue of a kind has changed; nothing was touched.

    """
    with translated(where):
        with _reading(bind) as connection:
            found = _Found(connection, projection, where, alone=alone)
        if upgrade is None:
            found.refuse_older(where)
        if found.fits:
            return Migrated(before=found.version, version=found.version, kinds=())
        with locked(bind) as connection:
            found = _Found(connection, projection, where, alone=alone)
            if upgrade is None:
                found.refuse_older(where)
            return _bring_up(connection, projection, found, where, alone=alone, upgrade=upgrade)


class _Found:
    """What stands in a database."""

    def __init__(self, connection: Connection, projection: Projection, where: str, *, alone: bool) -> None:
        self.version, self.is_stamped = _version(connection, where, alone=alone)
        self.shapes = _shapes.Shapes(connection, projection) if self.version == SCHEMA_VERSION else None

    @property
    def fits(self) -> bool:
        """Whether nothing is to be done."""
        shapes = self.shapes
        return self.is_stamped and shapes is not None and not shapes.missing and not shapes.changed

    def refuse_older(self, where: str) -> None:
        """Refuse what only an upgrade may touch."""
        if 0 < self.version < SCHEMA_VERSION:
            raise SchemaOutdated(
                f"{where}: it was written by an older crmcore (schema {self.version}, this one writes "
                f"{SCHEMA_VERSION}); it was left as it is; bring it up {UPGRADE}"
            )
        if self.shapes is not None and self.shapes.changed:
            changed = ", ".join(sorted(tables.kind for tables in self.shapes.changed))
            raise SchemaOutdated(
                f"{where}: what {changed} records are searched by has changed; it was left as it is; make their tables "
                f"again {UPGRADE}"
            )


def _bring_up(
    connection: Connection, projection: Projection, found: _Found, where: str, *, alone: bool, upgrade: Upgrade | None
) -> Migrated:
    if found.version == 0:
        metadata.create_all(connection, checkfirst=False)
    elif found.version < SCHEMA_VERSION and upgrade is not None:
        if not found.is_stamped:
            stamp(connection, found.version, alone=alone)
        upgrade(connection, found.version)
    if found.version < SCHEMA_VERSION or not found.is_stamped:
        stamp(connection, SCHEMA_VERSION, alone=alone)
    shapes = found.shapes or _shapes.Shapes(connection, projection)
    for tables in shapes.missing:
        _shapes.make(connection, projection, tables, where=where, anew=False)
    for tables in shapes.changed:
        _shapes.make(connection, projection, tables, where=where, anew=True)
    kinds = sorted(tables.kind for tables in (*shapes.missing, *shapes.changed))
    return Migrated(before=found.version, version=SCHEMA_VERSION, kinds=tuple(kinds))


def version_of(connection: Connection, where: str, *, alone: bool = True) -> int:
    """Return the version of the schema; 0 where there is none of our tables."""
    return _version(connection, where, alone=alone)[0]


def _version(connection: Connection, where: str, *, alone: bool) -> tuple[int, bool]:
    """Return the version of the schema, and whether it is written down in the database."""
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE in names:
        written = connection.execute(select(versions.c.version_num)).scalars().all()
        if len(written) > 1 or not all(version.isdecimal() for version in written):
            raise SchemaMismatch(f"{where}: {VERSION_TABLE} says {written!a}, which is no version; restore a backup")
        if written:
            check_version(int(written[0]), where)
            return int(written[0]), True
    ours = metadata.tables.keys() & names
    if names >= ANCIENT and "crm_change" not in names:
        return 1, False
    if not ours:
        if connection.dialect.name == "sqlite" and names and alone:
            raise SchemaMismatch(f"{where}: it is not a crmcore database; it was left as it is")
        return 0, False
    if missing := _lacking(connection, names):
        raise SchemaMismatch(
            f"{where}: some of its tables are named as ours, others differ or are not there ({', '.join(missing)}); "
            "it was left as it is; make all that crmcore.storage.sql.add_tables() tells, or restore a backup"
        )
    return SCHEMA_VERSION, False


def _lacking(connection: Connection, names: set[str]) -> list[str]:
    """Return the tables that a host's own migrations did not make as they are now."""
    seen = inspect(connection)
    return [
        table.name
        for table in metadata.sorted_tables
        if table.name not in names
        or {column["name"] for column in seen.get_columns(table.name)} != {column.name for column in table.columns}
    ]


def check_version(version: int, where: str) -> None:
    """Refuse a database of a newer crmcore."""
    if version > SCHEMA_VERSION:
        raise _sqlite.newer(version, where)


def stamp(connection: Connection, version: int, *, alone: bool = True) -> None:
    """Write down the version of the schema; in a SQLite file that is for crmcore alone, in its header too."""
    versions.create(connection, checkfirst=True)
    connection.execute(versions.delete())
    connection.execute(versions.insert(), {"version_num": f"{version:04}"})
    if connection.dialect.name == "sqlite" and alone:
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version={version}")


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
        try:
            yield connection
            connection.commit()
        finally:
            if bind.dialect.name == "sqlite":
                _sqlite.leave(connection)
