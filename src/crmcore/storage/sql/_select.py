"""The statements that a question becomes: pages of records in an order, and how many there are.

Every value is a parameter. What SQL cannot say exactly is judged one by one: then pages are walked in batches until
enough records are found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crmcore.storage._rows import RecordRow
from crmcore.storage.sql._bounds import ALWAYS
from crmcore.storage.sql._conditions import Conditions
from crmcore.storage.sql._places import RecordScope
from crmcore.storage.sql._saying import Saying
from crmcore.storage.sql._word_index import words_said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Table

    from crmcore.query import OrderBy, Scalar
    from crmcore.storage._rows import Judge, Question
    from crmcore.storage.sql.projection import KindTables, Projection

__all__ = ["FIRST_KEY", "PAGE", "Asked", "Statements", "Walk", "judged"]

PAGE = 500
"""Records that are judged at a time, at most."""
LEAST = 50
"""Records that are judged at a time, at least, so that few that are selected do not take many statements."""
COLUMNS = ", ".join(f"r.{name}" for name in RecordRow._fields)
FIRST_KEY = len(RecordRow._fields)
"""Where, in a row, the keys of the order begin."""


class Asked(NamedTuple):
    """A statement and its parameters."""

    sql: str
    values: dict[str, Any]


def _none_sealed(_: str) -> frozenset[str]:
    return frozenset()


class Statements:
    """One question about a kind, as SQL.

    Attributes:
        is_exact: whether the statements select the records for which the question is true, and no others.
        remainder: what else is to be judged, by what it asks about.

    """

    def __init__(
        self,
        question: Question,
        tables: KindTables,
        projection: Projection,
        *,
        dialect: str,
        tenant: str,
        has_word_index: Callable[[Table], bool],
    ) -> None:
        """Write the conditions.

        Args:
            question: what is asked, resolved.
            tables: of the kind.
            projection: that they are of.
            dialect: SQLAlchemy's name of the database's language.
            tenant: whose records.
            has_word_index: whether the words of a table can be looked up.

        """
        saying, scope = Saying(dialect), RecordScope(tables, projection, question.sealed or _none_sealed)
        conditions = Conditions(saying, has_word_index=has_word_index)
        where = ALWAYS if question.where is None else conditions.whole(question.where, scope).true
        self.is_exact = where.is_exact
        self.remainder = () if where.is_exact else tuple(dict.fromkeys(conditions.unsaid))
        self._where = "" if where.sql == ALWAYS.sql else f" AND {where.sql}"
        if question.words and (words := scope.words) is not None:
            has_index = has_word_index(words)
            said = words_said(words, question.words, saying, has_index=has_index, item="w")
            self._where += f' AND m."id" IN (SELECT w."id" FROM "{words.name}" w WHERE w.tenant = :tenant AND {said})'  # noqa: S608 - names of the catalogue
        self._tables, self._values = tables, saying.values
        self._fixed = {"tenant": tenant, "kind": tables.kind}
        self._order = question.order

    def count(self) -> Asked:
        """Return the statement that says how many records are selected."""
        sql = f'SELECT COUNT(*) FROM "{self._tables.main.name}" m WHERE m.tenant = :tenant{self._where}'  # noqa: S608 - names of the catalogue
        return Asked(sql, {**self._values, "tenant": self._fixed["tenant"]})

    def page(self, missing: int, after: Place | None, limit: int) -> Asked:
        """Return the statement for records past a place.

        Args:
            missing: how many keys of the order have no value; the next one has.
            after: the values of the other keys, and the id, of the record past which to begin.
            limit: how many at most.

        """
        order, beyond = self._order[missing:], _Beyond(dict(self._values))
        where = self._where + "".join(f' AND m."{one.field}" IS NULL' for one in self._order[:missing])
        where += f' AND m."{order[0].field}" IS NOT NULL' if order else ""
        where += f" AND {beyond.said(order, *after)}" if after is not None else ""
        keys = "".join(f', m."{one.field}"' for one in self._order)
        return Asked(
            f'SELECT {COLUMNS}{keys} FROM "{self._tables.main.name}" m '  # noqa: S608 - names of the catalogue
            "JOIN crm_record r ON r.tenant = m.tenant AND r.kind = :kind AND r.id = m.id "
            f"WHERE m.tenant = :tenant{where} ORDER BY {_by(order)} LIMIT :limit",
            {**beyond.values, **self._fixed, "limit": limit},
        )


Place = tuple["Sequence[Scalar | None]", str]
"""The values of an order, and an id."""


class Walk:
    """The way through a question's records, page by page.

    Records with a value in the first key of the order come first, so that its index gives them in order; then those
    without, in the order of the other keys.
    """

    def __init__(self, statements: Statements, question: Question) -> None:
        self._statements = statements
        self._keys = len(question.order)
        self._missing = 0
        self._after: Place | None = question.after
        self._asked_for = 0
        self._is_over = False
        self.judge: Judge | None = None
        if not statements.is_exact:
            self.judge = question.judge or _nobody
        if question.after is not None:
            values = question.after[0]
            self._missing = next((at for at, value in enumerate(values) if value is not None), len(values))
            self._after = values[self._missing :], question.after[1]

    def next(self, wanted: int) -> Asked | None:
        """Return the next statement, of which so many records are wanted; None where there is no more."""
        if self._is_over:
            return None
        self._asked_for = wanted if self.judge is None else min(PAGE, max(LEAST, wanted))
        return self._statements.page(self._missing, self._after, self._asked_for)

    def seen(self, rows: Sequence[Any]) -> None:
        """Go on past the rows that a statement gave; where there were fewer, to the records without the next key."""
        if len(rows) >= self._asked_for:
            last = rows[-1]
            self._after = tuple(last[FIRST_KEY + self._missing :]), last[1]
        elif self._missing < self._keys:
            self._missing, self._after = self._missing + 1, None
        else:
            self._is_over = True


def _nobody(rows: Sequence[RecordRow]) -> Sequence[bool]:
    raise TypeError(f"a database cannot answer the question alone, and nobody judges its {len(rows)} rows")


def judged(rows: list[RecordRow], judge: Judge | None) -> list[RecordRow]:
    """Return the rows for which a question is true."""
    if judge is None or not rows:
        return rows
    return [row for row, is_true in zip(rows, judge(rows), strict=True) if is_true]


def _by(order: Sequence[OrderBy]) -> str:
    """Return the terms of an order; the first key has a value, of the others missing ones come last."""
    terms = []
    for place, one in enumerate(order):
        if place:
            terms.append(f'(m."{one.field}" IS NULL)')
        terms.append(f'm."{one.field}"' + (" DESC" if one.descending else ""))
    return ", ".join([*terms, "m.id"])


class _Beyond:
    """Writes when a row comes after the last one of the page before."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def said(self, order: Sequence[OrderBy], values: Sequence[Scalar | None], last: str) -> str:
        """Return the condition; the first key of the order has a value."""
        if not order:
            return f"m.id > {self._value(last)}"
        column, sign = f'm."{order[0].field}"', "<=" if order[0].descending else ">="
        return f"({column} {sign} {self._value(values[0])} AND {self._further(order, values, last)})"

    def _further(self, order: Sequence[OrderBy], values: Sequence[Scalar | None], last: str) -> str:
        if not order:
            return f"m.id > {self._value(last)}"
        column, rest = f'm."{order[0].field}"', self._further(order[1:], values[1:], last)
        if values[0] is None:
            return f"({column} IS NULL AND {rest})"
        value, sign = self._value(values[0]), "<" if order[0].descending else ">"
        return f"({column} {sign} {value} OR {column} IS NULL OR ({column} = {value} AND {rest}))"

    def _value(self, value: object) -> str:
        name = f"q{len(self.values)}"
        self.values[name] = value
        return f":{name}"
