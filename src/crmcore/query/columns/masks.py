"""The question asked of a table: for each row, whether it is certainly true, and whether it is certainly false."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, assert_never

import numpy as np

from crmcore.errors import InputError, UncheckedQuestion
from crmcore.query._folding import nodes_of
from crmcore.query._terms import score_of
from crmcore.query.checking import checked
from crmcore.query.columns._aggregates import aggregated
from crmcore.query.columns._column import Column, instant_number, packed_single
from crmcore.query.columns._leaves import certain_values
from crmcore.query.resolving import depends_on_time, expanded, resolved
from crmcore.query.rows import BEGAN, UNTIL
from crmcore.query.sampling import mixed, salted
from crmcore.query.shortening import shortened
from crmcore.query.tree import (
    Aggregate,
    And,
    Between,
    Compare,
    Expression,
    In,
    InSegment,
    Lasting,
    Match,
    Missing,
    Near,
    Not,
    Op,
    Or,
    Recurs,
    Sample,
    Scored,
    Some,
    Term,
    Words,
)
from crmcore.query.types import FieldType
from crmcore.query.words import asked_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from crmcore.query.columns._layouts import Flags
    from crmcore.query.columns.table import Table
    from crmcore.query.resolving import Places, Scorer
    from crmcore.query.types import Subject

__all__ = ["asked", "mask", "masks"]

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""When a question is put that does not depend on the time."""


def asked(
    expression: Expression,
    data: object,
    *,
    subject: Subject | None = None,
    now: datetime | None = None,
    segments: Callable[[str], Expression] | None = None,
    places: Places | None = None,
    scorers: Mapping[str, Scorer] | None = None,
) -> Flags:
    """Return which rows of a table or frame a question selects, once it is checked and resolved.

    See :meth:`crmcore.query.tree.Combinable.mask`.
    """
    from crmcore.query.columns.table import Table

    table = data if isinstance(data, Table) and subject is None else Table.of(data, subject)
    if segments is not None:
        expression = expanded(expression, segments)
    question = shortened(checked(expression, table.subject))
    if now is None and depends_on_time(question):
        raise InputError("the question depends on the time; say when it is asked: mask(table, now=...)")
    return mask(resolved(question, now or _ANY_TIME, places=places, scorers=scorers), table)


def masks(expression: Expression, table: Table) -> tuple[Flags, Flags]:
    """Return of which rows the expression is certainly true, and of which certainly false; of no row both.

    Args:
        expression: as :func:`~crmcore.query.checking.checked` by the table's subject and
            :func:`~crmcore.query.resolving.resolved` return it.
        table: the rows.

    Raises:
        UnknownColumn: the table has no such column.
        InputError: a column holds what cannot be asked about, or other values than the question was checked for.

    >>> from crmcore.query import F, checked
    >>> from crmcore.query.columns import Table
    >>> table = Table.of({"city": ["Utrecht", "Delft", None]})
    >>> true, false = masks(checked(F.city == "Utrecht", table.subject), table)
    >>> true.tolist(), false.tolist()
    ([True, False, False], [False, True, False])
    """
    return mask(expression, table), _of_all(expression, table, so=False)


def mask(expression: Expression, table: Table) -> Flags:
    """Return which rows the expression selects: of which it is certainly true. See :func:`masks`."""
    return _of_all(expression, table, so=True)


def _of_all(expression: Expression, table: Table, *, so: bool) -> Flags:
    for _ in nodes_of(expression):  # the limits first, and then it may be walked as deep as it is
        pass
    return _certain(expression, table, so=so)


def _certain(node: Expression, table: Table, *, so: bool) -> Flags:
    """Return the rows of which the node is certainly true, or, where not *so*, certainly false.

    What is returned is nobody else's, and may be written to.
    """
    match node:
        case Compare(_, Op.IS):
            raise UncheckedQuestion("the expression is not checked; checked() says what is the same to a reader")
        case And(parts) | Or(parts):
            every = isinstance(node, And) is so
            return _joined((_certain(part, table, so=so) for part in parts), len(table), every=every)
        case Not(part):
            return _certain(part, table, so=not so)
        case Compare() | Between() | In() | Match() | Recurs():
            column = _column(node.field, table)
            flags = certain_values(node, column, so=so)
            return column.layout.some(flags) if so else column.layout.every(flags)
        case Missing(field):
            filled = _column(field, table).layout.filled()
            return ~filled if so else filled.copy()
        case Some(relation, where):
            layout, items = table.relation(relation)
            flags = _certain(where, items, so=so)
            return layout.some(flags) if so else ~layout.some(~flags)
        case Near():
            return _near(node, table, so=so)
        case Sample():
            return _sampled(node, table, so=so)
        case Words(text):
            found = _worded(asked_words(text), table)
            return found if so else ~found
        case Lasting():
            return _lasting(node, table, so=so)
        case InSegment(asks=asks) if asks is not None:
            members = _certain(asks, table, so=True)
            return members if so else ~members
        case InSegment(segment):
            raise UncheckedQuestion(f"segment {segment!r} is not resolved; resolved() puts in what it asks")
        case _:
            assert_never(node)


def _joined(parts: Iterable[Flags], size: int, *, every: bool) -> Flags:
    joined: Flags | None = None
    for part in parts:
        if joined is None:
            joined = part
        elif every:
            joined &= part
        else:
            joined |= part
    return np.full(size, every) if joined is None else joined


def _column(term: Term, table: Table) -> Column:
    """Return the values of what is asked about."""
    match term:
        case str():
            return table.column(term)
        case Aggregate():
            layout, items = table.relation(term.relation)
            where = None if term.where is None else _certain(term.where, items, so=True)
            return aggregated(term, layout, items, where)
        case Scored():
            return _scored(term, table)
        case _:
            assert_never(term)


def _scored(term: Scored, table: Table) -> Column:
    scorer = term.scorer
    if scorer is None:
        raise UncheckedQuestion(f"scoring function {term.function!r} is not resolved; resolved() takes the functions")
    return packed_single([score_of(scorer(facts, term.to), term.function) for facts in table.facts()], FieldType.NUMBER)


def _near(node: Near, table: Table, *, so: bool) -> Flags:
    if isinstance(node.of, str):
        raise UncheckedQuestion(f"place {node.of!r} is not resolved; resolved() looks it up")
    points = table.points(node.latitude, node.longitude)
    near = points.near(node.of, km=node.km)
    return near if so else points.known & ~near


def _sampled(node: Sample, table: Table, *, so: bool) -> Flags:
    known, seeds = table.seeds()
    state: Any = seeds ^ np.uint64(salted(node.salt))
    buckets: Any = mixed(state) % np.uint64(node.of)
    inside = (buckets >= node.first) & (buckets < node.end)
    drawn: Flags = known & (inside if so else ~inside)
    return drawn


def _worded(words: tuple[str, ...], table: Table) -> Flags:
    column = table.words()
    dictionary = column.dictionary
    if dictionary is None:
        raise InputError("the words that a record is searched by are a text")
    return column.layout.some(dictionary.having_words(words).take(column.firsts(), mode="clip"))


def _lasting(node: Lasting, table: Table, *, so: bool) -> Flags:
    since = node.span
    if not isinstance(since, str):
        raise UncheckedQuestion("a question about how long is not resolved; resolved() says since when")
    instant = instant_number(since)
    began = table.history(BEGAN)
    is_old = began.layout.filled() & (began.firsts() <= instant)
    layout, past = table.states()
    is_recent = past.history(UNTIL).firsts() > instant
    now, then = _certain(node.where, table, so=so), _certain(node.where, past, so=so)
    if so:
        return is_old & now & ~layout.some(is_recent & ~then)
    return ~is_old | now | layout.some(is_recent & then)
