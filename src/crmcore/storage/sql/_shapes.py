"""The tables that kinds are searched in, as they stand in a database: made, taken over, filled, made again.

They are derived from the payloads, so they may be dropped at any time by whoever fills them again in the same
transaction. So is what a kind's records claim: a kind that learned of unique keys later gets its claims here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, inspect, select

from crmcore.errors import InputError, SchemaMismatch, Taken
from crmcore.storage._rows import Change
from crmcore.storage._sealing_guard import at_rest, found_by
from crmcore.storage.sql._bulk import insert
from crmcore.storage.sql._tables import WritableSqlTables
from crmcore.storage.sql.schema import claim as claim_table
from crmcore.storage.sql.schema import shape
from crmcore.storage.sql.schema import tenant as tenant_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from crmcore.storage._rows import RecordRow
    from crmcore.storage.sql.projection import KindTables, Projection

__all__ = ["Shapes", "make"]

PAGE = 500


class Shapes:
    """Which kinds of a projection stand in a database, and in which shape.

    Attributes:
        missing: kinds that have no tables yet.
        changed: kinds whose tables have another shape than the catalogue has now.

    """

    def __init__(self, connection: Connection, projection: Projection) -> None:
        wanted = {tables.kind: tables for tables in projection}
        asked = select(shape.c.kind, shape.c.signature).where(shape.c.kind.in_(bindparam("kinds", expanding=True)))
        known = {row.kind: row.signature for row in connection.execute(asked, {"kinds": list(wanted)})}
        self.missing = [tables for kind, tables in wanted.items() if kind not in known]
        self.changed = [new for kind, new in wanted.items() if known.get(kind, new.signature) != new.signature]


def make(connection: Connection, projection: Projection, tables: KindTables, *, where: str, anew: bool) -> None:
    """Make the tables of one kind, fill them from the payloads of all tenants, and write down their shape.

    Args:
        connection: in a transaction that holds others off.
        projection: that the tables are of.
        tables: of the kind.
        where: what messages call the database.
        anew: drop what stands there; otherwise empty tables of that very shape, made by the host, are taken over.

    Raises:
        SchemaMismatch: other tables of those names, or a record that cannot be read; roll back.
        Taken: two records claim one value; roll back.

    """
    if anew:
        _drop(connection, tables)
    else:
        _check_standing(connection, tables, where)
    for table in tables.tables:
        table.create(connection, checkfirst=True)
        connection.execute(table.delete())
    for tenant in connection.execute(select(tenant_table.c.tenant)).scalars().all():
        store = WritableSqlTables(connection, tenant=tenant, where=where, projection=projection)
        _fill(connection, projection, tables, store, tenant)
    connection.execute(shape.delete().where(shape.c.kind == tables.kind))
    connection.execute(shape.insert(), {"kind": tables.kind, "signature": tables.signature})


def _drop(connection: Connection, tables: KindTables) -> None:
    """Drop the kind's tables, also those for collections that the catalogue no longer knows."""
    main = tables.main.name
    for name in inspect(connection).get_table_names():
        if name == main or (name.startswith(f"{main}__") and "_fts_" not in name):  # FTS5's own go with its table
            quoted = connection.dialect.identifier_preparer.quote_identifier(name)
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {quoted}")


def _check_standing(connection: Connection, tables: KindTables, where: str) -> None:
    """Refuse tables that have our names and are not ours."""
    seen = inspect(connection)
    standing = set(seen.get_table_names())
    for table in tables.tables:
        if table.name in standing:
            found = {column["name"] for column in seen.get_columns(table.name)}
            if found - {"lexemes"} != {column.name for column in table.columns}:
                raise SchemaMismatch(
                    f"{where}: there is a table {table.name!r} already, with other columns than {tables.kind} records "
                    "are searched by; bring it up to crmcore.storage.sql.add_tables(), or rename it"
                )


def _fill(
    connection: Connection, projection: Projection, tables: KindTables, store: WritableSqlTables, tenant: str
) -> None:
    cls = projection.codec.kind(tables.kind)
    if cls is None:  # a projection is of the kinds of its codec
        raise InputError(f"{tables.kind!r} is not registered with the codec")
    if not store.page(tables.kind, "", 1):
        return
    connection.execute(claim_table.delete().where(claim_table.c.tenant == tenant, claim_table.c.kind == tables.kind))
    store, codec = at_rest(store, projection.codec, projection.keyring, tenant=tenant)
    claims = tables.kind in codec.claiming
    for rows in _pages(store, tables.kind):
        found = [found_by(store, codec, cls, row) for row in rows]
        changes = [
            Change(row, facts, facts.parts(), (), codec.claims(record) if claims and record else (), is_new=True)
            for row, (record, facts) in zip(rows, found, strict=True)
        ]
        store.project(tables.kind, changes)
        if claims:
            _claim(connection, store, changes, tenant)


def _pages(store: WritableSqlTables, kind: str) -> Iterator[Sequence[RecordRow]]:
    after = ""
    while rows := store.page(kind, after, PAGE):
        yield rows
        after = rows[-1].id


def _claim(connection: Connection, store: WritableSqlTables, changes: Sequence[Change], tenant: str) -> None:
    """Add the claims of some records to those of the ones before."""
    held = dict(store.holders({claim for change in changes for claim in change.taken}))
    added = []
    for change in changes:
        for claim in change.taken:
            if (holder := held.setdefault(claim, change.row.id)) != change.row.id:
                raise Taken(kind=claim.kind, id=change.row.id, rule=claim.rule, holder=holder)
            added.append((tenant, *claim, change.row.id))
    if added:
        insert(connection, claim_table, ("tenant", "kind", "rule", "value", "id"), added)
