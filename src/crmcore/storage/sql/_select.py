"""A question to SQL: text from the catalogue's names and literals, every value a parameter.

Each node becomes two conditions, *certainly true* and *certainly false*, so that no database's own three-valued logic
is asked, and Not is a swap. Conditions are joined as balanced trees: SQLite allows expressions to be 1,000 deep.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from crmcore.errors import InputError
from crmcore.query import And, Between, Compare, Expression, In, Missing, Not, Op, Or
from crmcore.query._folding import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmcore.query import OrderBy, Scalar
    from crmcore.storage._rows import Question
    from crmcore.storage.sql.projection import KindTables

__all__ = ["Asked", "pages_of"]

_OPERATORS = {Op.EQ: "=", Op.LT: "<", Op.LE: "<=", Op.GT: ">", Op.GE: ">="}
RECORD = "r.kind, r.id, r.version, r.schema_version, r.payload, r.salt"


class Asked(NamedTuple):
    """A statement and its parameters."""

    sql: str
    values: dict[str, Any]


class _Condition(NamedTuple):
    """When a node is certainly true, and when it is certainly false."""

    true: str
    false: str


def pages_of(
    question: Question, tables: KindTables, *, dialect: str, tenant: str, words: tuple[str, dict[str, str]]
) -> Iterator[Asked]:
    """Yield the statements whose answers, one after the other, are the answer; stop when there are enough.

    Records with a value in the first key of the order come first, so that its index gives them in order; then those
    without, in the order of the other keys.
    """
    writer = _Writer(tables, dialect)
    where = "" if question.where is None else f" AND {writer.condition(question.where).true}"
    said, spoken = words
    where += f" AND {said}" if said else ""
    values, last = ((), "") if question.after is None else question.after
    order, missing = question.order, ""
    while True:
        known = f' AND m."{order[0].field}" IS NOT NULL' if order else ""
        if question.after is None or not order or values[0] is not None:
            beyond = "" if question.after is None else f" AND {writer.beyond(order, values, last)}"
            yield Asked(
                f'SELECT {RECORD} FROM "{tables.main.name}" m '  # noqa: S608 - names of the catalogue
                "JOIN crm_record r ON r.tenant = m.tenant AND r.kind = :kind AND r.id = m.id "
                f"WHERE m.tenant = :tenant{missing}{known}{where}{beyond} ORDER BY {_by(order)} LIMIT :limit",
                {**writer.values, **spoken, "tenant": tenant, "kind": tables.kind},
            )
            if not order:
                return
            question = question if question.after is None else question._replace(after=None)
        elif not order:
            return
        missing += f' AND m."{order[0].field}" IS NULL'
        order, values = order[1:], values[1:]


def _by(order: Sequence[OrderBy]) -> str:
    """Return the terms of an order; the first key has a value, of the others missing ones come last."""
    terms = []
    for place, one in enumerate(order):
        if place:
            terms.append(f'(m."{one.field}" IS NULL)')
        terms.append(f'm."{one.field}"' + (" DESC" if one.descending else ""))
    return ", ".join([*terms, "m.id"])


class _Writer:
    """Writes conditions about the row ``m`` of a kind's main table, and gathers their parameters."""

    def __init__(self, tables: KindTables, dialect: str) -> None:
        self._tables = tables
        self._dialect = dialect
        self.values: dict[str, Any] = {}

    def condition(self, expression: Expression) -> _Condition:
        """Return the condition of a whole expression."""
        return folded(expression, self._at)

    def _at(self, node: Expression, parts: tuple[_Condition, ...]) -> _Condition:
        match node:
            case And():
                return _Condition(_all(" AND ", [p.true for p in parts]), _all(" OR ", [p.false for p in parts]))
            case Or():
                return _Condition(_all(" OR ", [p.true for p in parts]), _all(" AND ", [p.false for p in parts]))
            case Not():
                return _Condition(parts[0].false, parts[0].true)
            case Missing(field):
                known = self._known(field)
                return _Condition(f"NOT {known}", known)
            case Compare(field, op, value):
                return self._leaf(field, f"{_OPERATORS[op]} {self._value(value)}")
            case Between(field, first, last) if node.includes_last:
                return self._leaf(field, f"BETWEEN {self._value(first)} AND {self._value(last)}")
            case In(field, ()):
                return _Condition("(1 = 0)", self._known(field))
            case In(field, values):
                return self._leaf(field, self._in(values))
            case _:
                raise InputError(f"a store is not asked by {node.__class__.__name__}")

    def _leaf(self, field: str, holds: str) -> _Condition:
        table = self._tables.table_of[field]
        if table is self._tables.main:
            column = f'm."{field}"'
            return _Condition(
                f"({column} IS NOT NULL AND {column} {holds})", f"({column} IS NOT NULL AND NOT {column} {holds})"
            )
        some = f'm.id IN (SELECT c.id FROM "{table.name}" c WHERE c.tenant = :tenant AND c."{field}" {holds})'  # noqa: S608
        return _Condition(some, f"({self._known(field)} AND NOT {some})")

    def _known(self, field: str) -> str:
        table = self._tables.table_of[field]
        if table is self._tables.main:
            return f'(m."{field}" IS NOT NULL)'
        return (
            f'EXISTS (SELECT 1 FROM "{table.name}" c WHERE c.tenant = m.tenant AND c.id = m.id '  # noqa: S608
            f'AND c."{field}" IS NOT NULL)'
        )

    def _in(self, values: Sequence[object]) -> str:
        """Return a list as one parameter: no database takes 70,000."""
        if self._dialect == "sqlite" and any(isinstance(value, float) for value in values):
            return f"IN ({', '.join(map(self._value, values))})"  # reading JSON, SQLite rounds some doubles
        if self._dialect == "sqlite":
            given = [int(value) if isinstance(value, bool) else value for value in values]
            return f"IN (SELECT value FROM json_each({self._value(json.dumps(given))}))"  # noqa: S608 - a parameter's name
        return f"= ANY({self._value(list(values))})"

    def beyond(self, order: Sequence[OrderBy], values: Sequence[Scalar | None], last: str) -> str:
        """Return when a row comes after the last one of the page before, whose first value is known."""
        if not order:
            return f"m.id > {self._value(last)}"
        further = self._further(order, values, last)
        if values[0] is None:
            return further
        column, sign = f'm."{order[0].field}"', "<=" if order[0].descending else ">="
        return f"({column} {sign} {self._value(values[0])} AND {further})"

    def _further(self, order: Sequence[OrderBy], values: Sequence[Scalar | None], last: str) -> str:
        if not order:
            return f"m.id > {self._value(last)}"
        column, rest = f'm."{order[0].field}"', self._further(order[1:], values[1:], last)
        if values[0] is None:
            return f"({column} IS NULL AND {rest})"
        value, sign = self._value(values[0]), "<" if order[0].descending else ">"
        return f"({column} {sign} {value} OR {column} IS NULL OR ({column} = {value} AND {rest}))"

    def _value(self, value: object) -> str:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f":{name}"


def _all(word: str, conditions: list[str]) -> str:
    """Join conditions as a balanced tree."""
    if not conditions:
        return "(1 = 1)" if word == " AND " else "(1 = 0)"
    while len(conditions) > 1:
        pairs = [conditions[place : place + 2] for place in range(0, len(conditions), 2)]
        conditions = [f"({pair[0]}{word}{pair[1]})" if len(pair) > 1 else pair[0] for pair in pairs]
    return conditions[0]
