"""A question put to a database: pages of rows, how many there are, and how it finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from crmcore.storage._rows import RecordRow
from crmcore.storage.sql._errors import translated
from crmcore.storage.sql._select import PAGE, Asking, Walk, judged
from crmcore.storage.sql._word_index import is_indexed
from crmcore.storage.sql.explaining import explained_by_postgres, explained_by_sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table

    from crmcore.storage._rows import Question
    from crmcore.storage.sql._select import Asked
    from crmcore.storage.sql.explaining import Explained
    from crmcore.storage.sql.projection import Projection

__all__ = ["Answering"]

RECORD = len(RecordRow._fields)


class Answering:
    """Answers questions about one kind of one tenant's records."""

    def __init__(self, connection: Connection, projection: Projection, kind: str, *, tenant: str, where: str) -> None:
        """Answer through a connection; *where* is what messages call the database."""
        self._connection = connection
        self._projection = projection
        self._tables = projection[kind]
        self._tenant = tenant
        self._where = where

    def select(self, question: Question) -> Sequence[RecordRow]:
        """Return the rows that a question asks for, in its order."""
        walk = Walk(self._asking(question), question)
        found: list[RecordRow] = []
        while len(found) < question.limit and (asked := walk.next(question.limit - len(found))) is not None:
            rows = self._rows(asked)
            found += judged([RecordRow(*row[:RECORD]) for row in rows], walk.judge)
            walk.seen(rows)
        return found[: question.limit]

    def count(self, question: Question) -> int:
        """Return how many rows a question asks for; what SQL cannot say of them is judged."""
        asking = self._asking(question)
        if asking.is_exact:
            return int(self._rows(asking.count())[0][0])
        walk, number = Walk(asking, question._replace(order=(), after=None)), 0
        while (asked := walk.next(PAGE)) is not None:
            rows = self._rows(asked)
            number += len(judged([RecordRow(*row[:RECORD]) for row in rows], walk.judge))
            walk.seen(rows)
        return number

    def left_to_judge(self, question: Question) -> int:
        """Return how many rows are read because SQL cannot say whether they are asked for."""
        asking = self._asking(question)
        return 0 if asking.is_exact else int(self._rows(asking.count())[0][0])

    def explain(self, question: Question) -> Explained:
        """Return how the rows of a question are found, without reading any."""
        asking = self._asking(question)
        asked = asking.page(0, None, question.limit)
        told = asked.sql, len(asked.values)
        if self._connection.dialect.name == "sqlite":
            plan = self._rows(asked._replace(sql=f"EXPLAIN QUERY PLAN {asked.sql}"))
            return explained_by_sqlite(*told, plan, asking.remainder)
        plan = self._rows(asked._replace(sql=f"EXPLAIN (FORMAT JSON) {asked.sql}"))
        return explained_by_postgres(*told, plan[0][0], asking.remainder)

    def _asking(self, question: Question) -> Asking:
        """Return the question as SQL about the tables of the kind."""
        return Asking(
            question,
            self._tables,
            self._projection,
            dialect=self._connection.dialect.name,
            tenant=self._tenant,
            has_word_index=self._has_word_index,
        )

    def _has_word_index(self, table: Table) -> bool:
        with translated(self._where):
            return is_indexed(self._connection, table)

    def _rows(self, asked: Asked) -> Sequence[Any]:
        with translated(self._where):
            return self._connection.execute(text(asked.sql), asked.values).fetchall()
