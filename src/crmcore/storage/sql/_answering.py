"""A question put to a database: pages of rows, how many there are, and how it finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from crmcore.storage._rows import RecordRow
from crmcore.storage.sql._errors import translated
from crmcore.storage.sql._select import FIRST_KEY, PAGE, Statements, Walk, judged
from crmcore.storage.sql._word_index import is_indexed
from crmcore.storage.sql.explaining import explained_by_postgres, explained_by_sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table

    from crmcore.storage._rows import Question
    from crmcore.storage.sql._select import Asked
    from crmcore.storage.sql.explaining import QueryPlan
    from crmcore.storage.sql.projection import Projection

__all__ = ["Answering"]


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
        walk = Walk(self._statements(question), question)
        found: list[RecordRow] = []
        while len(found) < question.limit and (asked := walk.next(question.limit - len(found))) is not None:
            found += self._judged(asked, walk)
        return found[: question.limit]

    def count(self, question: Question) -> int:
        """Return how many rows a question asks for; what SQL cannot say of them is judged."""
        statements = self._statements(question)
        if statements.is_exact:
            return int(self._rows(statements.count())[0][0])
        walk, number = Walk(statements, question._replace(order=(), after=None)), 0
        while (asked := walk.next(PAGE)) is not None:
            number += len(self._judged(asked, walk))
        return number

    def left_to_judge(self, question: Question) -> int:
        """Return how many rows are read because SQL cannot say whether they are asked for."""
        statements = self._statements(question)
        return 0 if statements.is_exact else int(self._rows(statements.count())[0][0])

    def explain(self, question: Question) -> QueryPlan:
        """Return how the rows of a question are found, without reading any."""
        statements = self._statements(question)
        asked = statements.page(0, None, question.limit)
        told = asked.sql, len(asked.values)
        if self._connection.dialect.name == "sqlite":
            plan = self._rows(asked._replace(sql=f"EXPLAIN QUERY PLAN {asked.sql}"))
            return explained_by_sqlite(*told, plan, statements.remainder)
        plan = self._rows(asked._replace(sql=f"EXPLAIN (FORMAT JSON) {asked.sql}"))
        return explained_by_postgres(*told, plan[0][0], statements.remainder)

    def _judged(self, asked: Asked, walk: Walk) -> list[RecordRow]:
        """Return those rows of a statement for which the question is true, and go on past all of them."""
        rows = self._rows(asked)
        walk.seen(rows)
        return judged([RecordRow(*row[:FIRST_KEY]) for row in rows], walk.judge)

    def _statements(self, question: Question) -> Statements:
        """Return the question as SQL about the tables of the kind."""
        return Statements(
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
