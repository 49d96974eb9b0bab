"""Full-text indexes over the words of records: FTS5 in SQLite, a GIN index over lexemes in PostgreSQL.

The words are cut and folded already (:mod:`crmcore.query.words`), so both look up the same words and give the
same answer; where SQLite was built without FTS5, or a host made the table by itself, the words are looked through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Integer, Table, UniqueConstraint, event, text

from crmcore.query.words import WORDS
from crmcore.storage.sql.schema import ordered

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection, MetaData

    from crmcore.storage.sql._saying import Saying

__all__ = ["is_indexed", "words_said", "words_table"]

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


def words_said(table: Table, words: tuple[str, ...], saying: Saying, *, has_index: bool, item: str) -> str:
    """Return when a row has all the words; the last one may be a beginning.

    Args:
        table: of the words of a kind.
        words: folded.
        saying: of the statement.
        has_index: whether they can be looked up.
        item: the row of the table.

    """
    *whole, last = words
    if not has_index:
        patterns = [*(f"% {word} %" for word in whole), f"% {last}%"]
        return " AND ".join(f'{item}."~words" LIKE {saying.value(pattern)}' for pattern in patterns)
    if saying.is_sqlite:
        asked = saying.value(" AND ".join([*(f'"{word}"' for word in whole), f'"{last}"*']))
        index = f'"{table.name}_fts"'
        return f"{item}.number IN (SELECT rowid FROM {index} WHERE {index} MATCH {asked})"  # noqa: S608 - of the catalogue
    asked = saying.value(" & ".join([*(f"'{word}'" for word in whole), f"'{last}':*"]))
    return f"{item}.lexemes @@ CAST({asked} AS tsquery)"
