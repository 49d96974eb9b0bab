"""Whether records are still found by what they hold: the search columns, words and word indexes against the payloads.

No hash speaks of them, because they are derived; so each row is made again from its record and compared with the one
that stands there.
"""

from __future__ import annotations

from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, type_coerce
from sqlalchemy.types import NULLTYPE

from crmcore.errors import SchemaMismatch
from crmcore.query.words import WORDS
from crmcore.storage._rows import Change
from crmcore.storage._sealing_guard import at_rest, found_by
from crmcore.storage.sql._errors import translated
from crmcore.storage.sql._tables import WritableSqlTables
from crmcore.storage.sql._twins import rows_of
from crmcore.storage.sql._word_index import is_indexed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Table

    from crmcore.storage.sql.projection import KindTables, Projection

__all__ = ["search_fault", "word_index_fault"]

PAGE = 500
VOCABULARY = "crm_check_vocabulary"


def search_fault(connection: Connection, projection: Projection, tables: KindTables, *, tenant: str, where: str) -> str:
    """Say how the first record of a kind is not found by what it holds; "" where all are, and no row is too many.

    Args:
        connection: which sees one moment.
        projection: that the tables are of.
        tables: of the kind; their shape is the one of the catalogue.
        tenant: whose records; sealed ones are passed over where the projection has no keyring.
        where: what messages call the database.

    """
    store = Comparing(connection, tenant=tenant, where=where, projection=projection)
    cls = projection.codec.kind(tables.kind)
    if cls is None or (projection.keyring is None and store.tenant_key() is not None):
        return ""
    keyed, codec = at_rest(store, projection.codec, projection.keyring, tenant=tenant)
    after = ""
    try:
        while not store.fault and (rows := keyed.page(tables.kind, after, PAGE)):
            store.span = after, rows[-1].id
            found = [found_by(keyed, codec, cls, row)[1] for row in rows]
            changes = [
                Change(row, facts, facts.parts(), (), (), is_new=True) for row, facts in zip(rows, found, strict=True)
            ]
            keyed.project(tables.kind, changes)
            after = rows[-1].id
    except SchemaMismatch:
        return f"a {tables.kind} record past {after!r} cannot be read"
    return store.fault or store.rest(tables, after)


class Comparing(WritableSqlTables):
    """Tables that are not written to: what would be written is compared with what is there."""

    fault = ""
    """How the first row differs."""
    span = ("", "")
    """The ids between which the records lie whose rows are compared, the last one included."""

    def project(self, kind: str, changes: Sequence[Change]) -> None:
        """Compare the rows that the records are searched by."""
        tables = self._projection[kind]
        for root, table in (("", tables.main), *tables.children.items()):
            standing = self._standing(table)
            for change in changes:
                facts, id_ = change.facts, change.row.id
                held = next((rows for _, rows in rows_of(tables, facts, {root})), ()) if facts is not None else ()
                wanted = [((place, *item) if root else item[1:]) for place, item in enumerate(held)]
                if standing.pop(id_, []) != wanted:
                    self.fault = self.fault or f"{kind} {id_!r} is not found by {_named(table, root)} as it holds it"
            if standing:
                self.fault = self.fault or f"{kind} {min(standing)!r} is found by {_named(table, root)}, and not there"

    def rest(self, tables: KindTables, after: str) -> str:
        """Say which row stands past the last record; "" where there is none."""
        for root, table in (("", tables.main), *tables.children.items()):
            asked = select(table.c.id).where(table.c.tenant == bindparam("tenant"), table.c.id > bindparam("after"))
            if rows := self._rows(asked.limit(1), after=after):
                return f"{tables.kind} {rows[0][0]!r} is found by {_named(table, root)}, and not there"
        return ""

    def _standing(self, table: Table) -> dict[str, list[tuple[Any, ...]]]:
        """Return the rows of the records in the span, without tenant and id."""
        generated = table.info.get("generated", ())
        # As the driver gives them: a damaged boolean that is 5 would be made True.
        columns = [
            type_coerce(column, NULLTYPE) for column in table.columns if column.name not in {"tenant", *generated}
        ]
        order = [table.c.id, table.c.item] if "item" in table.c else [table.c.id]
        asked = (
            select(*columns)
            .where(
                table.c.tenant == bindparam("tenant"),
                table.c.id > bindparam("after"),
                table.c.id <= bindparam("upto"),
            )
            .order_by(*order)
        )
        rows = self._rows(asked, after=self.span[0], upto=self.span[1])
        return {id_: [tuple(row[1:]) for row in mine] for id_, mine in groupby(rows, itemgetter(0))}


def _named(table: Table, root: str) -> str:
    return "its words" if root == WORDS else f"the columns of {table.name}"


def word_index_fault(connection: Connection, tables: KindTables, *, where: str) -> str:
    """Say whether SQLite's word index of a kind, of all tenants, looks up other words than stand in its table.

    Each word is looked up as a search does it, so damage shows also where only the way to a word is broken.
    """
    table = tables.children.get(WORDS)
    if table is None or connection.dialect.name != "sqlite":
        return ""
    with translated(where):
        if not is_indexed(connection, table):
            return ""
        kept = _sum(
            (number, word)
            for number, text in connection.execute(select(table.c.number, table.c[WORDS]))
            for word in text.split()
        )
        found = _sum(_looked_up(connection, f"{table.name}_fts"))
    return "" if kept == found else f"the word index of {tables.kind} records is not what their words are"


def _looked_up(connection: Connection, index: str) -> Iterator[tuple[int, str]]:
    connection.exec_driver_sql(f"CREATE VIRTUAL TABLE temp.{VOCABULARY} USING fts5vocab('main', '{index}', 'row')")
    try:
        for (word,) in connection.exec_driver_sql(f"SELECT term FROM temp.{VOCABULARY}"):  # noqa: S608 - our own name
            asked = f'SELECT rowid FROM "{index}" WHERE "{index}" MATCH ?'  # noqa: S608 - of the catalogue
            for (number,) in connection.exec_driver_sql(asked, (f'"{word}"',)):
                yield number, word
    finally:
        connection.exec_driver_sql(f"DROP TABLE temp.{VOCABULARY}")


def _sum(entries: Iterator[tuple[int, str]]) -> int:
    """Return a sum of hashes: the same for the same entries in any order, and no list of them is kept."""
    hashes = (blake2b(f"{number} {word}".encode(), digest_size=8).digest() for number, word in entries)
    return sum(int.from_bytes(one, "big") for one in hashes) % 2**64
