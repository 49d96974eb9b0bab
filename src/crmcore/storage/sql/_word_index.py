"""Full-text indexes over the words of records: FTS5 in SQLite, a GIN index over lexemes in PostgreSQL.

The words are cut and folded already (:mod:`crmcore.storage._words`), so both look up the same words and give the
same answer; where SQLite was built without FTS5, or a host made the table by itself, the words are looked through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Integer, Table, UniqueConstraint, event, text

from crmcore.storage._words import WORDS
from crmcore.storage.sql.schema import ordered

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection, MetaData

__all__ = ["condition", "is_indexed", "words_table"]

_SQLITE = (
    """CREATE VIRTUAL TABLE IF NOT EXISTS "{0}_fts" USING fts5("~words", content='{0}', content_rowid='number',
    tokenize='unicode61', detail='none', columnsize=0)""",
    """CREATE TRIGGER IF NOT EXISTS "{0}_in" AFTER INSERT ON "{0}" BEGIN
    INSERT INTO "{0}_fts" (rowid, "~words") VALUES (new.number, new."~words"); END""",
    """CREATE TRIGGER IF NOT EXISTS "{0}_out" AFTER DELETE ON "{0}" BEGIN
    INSERT INTO "{0}_fts" ("{0}_fts", rowid, "~words") VALUES ('delete', old.number, old."~words"); END""",
)
_POSTGRES = (
    """ALTER TABLE "{0}" ADD COLUMN lexemes tsvector
    GENERATED ALWAYS AS (array_to_tsvector(string_to_array(btrim("~words"), ' '))) STORED""",
    """CREATE INDEX "ix_{0}_lexemes" ON "{0}" USING gin (lexemes)""",
)


def words_table(name: str, into: MetaData) -> Table:
    """Describe the table of the words of a kind; making it makes its index too."""
    table = Table(
        name,
        into,
        Column("tenant", ordered(100), nullable=False),
        Column("id", ordered(200), nullable=False),
        Column("item", Integer, nullable=False),
        Column(WORDS, ordered(), nullable=False),
        # FTS5 refers to rows by a number that stays; SQLite numbers rows anew unless a column says which number.
        Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        UniqueConstraint("tenant", "id", "item"),
        info={"generated": ("number",)},
    )
    event.listen(table, "after_create", _make_index)
    event.listen(table, "after_drop", _drop_index)
    return table


def _make_index(table: Table, bind: Connection, **_: Any) -> None:
    statements: tuple[str, ...] = _POSTGRES if bind.dialect.name == "postgresql" else ()
    if bind.dialect.name == "sqlite" and _has_fts5(bind):
        statements = _SQLITE
    for statement in statements:
        bind.exec_driver_sql(statement.format(table.name))


def _drop_index(table: Table, bind: Connection, **_: Any) -> None:
    if bind.dialect.name == "sqlite":
        bind.exec_driver_sql(f'DROP TABLE IF EXISTS "{table.name}_fts"')


def _has_fts5(bind: Connection) -> bool:
    asked = "SELECT 1 FROM pragma_compile_options WHERE compile_options = 'ENABLE_FTS5'"
    return bind.exec_driver_sql(asked).first() is not None


def is_indexed(connection: Connection, table: Table) -> bool:
    """Say whether the words of a kind have an index in this database."""
    if connection.dialect.name == "sqlite":
        asked = text("SELECT 1 FROM sqlite_schema WHERE name = :name")
        return connection.execute(asked, {"name": f"{table.name}_fts"}).first() is not None
    asked = text("SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(:name) AND attname = 'lexemes'")
    return connection.execute(asked, {"name": f'"{table.name}"'}).first() is not None


def condition(table: Table, words: tuple[str, ...], *, dialect: str, indexed: bool) -> tuple[str, dict[str, str]]:
    """Return when the row ``m`` has all the words, and the parameters; the last word may be a beginning."""
    *whole, last = words
    named = f'm.id IN (SELECT w.id FROM "{table.name}" w WHERE w.tenant = :tenant AND '  # noqa: S608 - of the catalogue
    if not indexed:
        values = {f"w{place}": f"% {word} %" for place, word in enumerate(whole)} | {f"w{len(whole)}": f"% {last}%"}
        return named + " AND ".join(f'w."~words" LIKE :{name}' for name in values) + ")", values
    if dialect == "sqlite":
        asked = " AND ".join([*(f'"{word}"' for word in whole), f'"{last}"*'])
        fts = f'w.number IN (SELECT rowid FROM "{table.name}_fts" WHERE "{table.name}_fts" MATCH :words)'  # noqa: S608
        return f"{named}{fts})", {"words": asked}
    asked = " & ".join([*(f"'{word}'" for word in whole), f"'{last}':*"])
    return f"{named}w.lexemes @@ CAST(:words AS tsquery))", {"words": asked}
