"""What a leaf says of one value: whether it is certainly so, and whether it is certainly not."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from crmcore.errors import UncheckedQuestion
from crmcore.hygiene.folding import fold
from crmcore.query.dates import Boundary, first_day, next_day
from crmcore.query.moments import Moment
from crmcore.query.texts import matcher
from crmcore.query.tree import Between, Compare, In, Match, Op, Recurs
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Holds: TypeAlias = Callable[[Any], bool]

__all__ = ["STANDS", "certainties", "days_of", "demand_plain", "held_against"]

STANDS: dict[Op, Callable[[Any, Any], Any]] = {
    Op.EQ: operator.eq,
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
}
"""How two scalars are compared, or two arrays of them."""


_OF_ANY_SORT = frozenset({FieldType.ANY, None})
"""Types of which a value may be a text, a number or a truth; None before checking."""
_READS_AS_TIME = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}(T.*)?", re.DOTALL)


def demand_plain(node: Compare | Between | In) -> None:
    """Refuse values that are not as compilers take them: of a question not resolved, or not checked where that matters.

    Without types, texts, numbers and truths are what they are, but for a text that may be of a date or an instant: as a
    text "1990" stands before "1990-06", and as a date it may not.
    """
    values = held_against(node)
    if any(isinstance(value, Moment) for value in values) and node.type is not None:
        raise UncheckedQuestion("a moment is not resolved; resolved() puts in when that is")
    folds = isinstance(node, In) and node.folds
    if node.type is None and (folds or not all(map(_is_plain, values))):
        raise UncheckedQuestion(
            f"the question about {str(node.field)[:80]!r} is not checked, and what it means depends on the type; give "
            "what checked() returns"
        )


def held_against(node: Compare | Between | In) -> Sequence[object]:
    """Return the values that those of a term are held against."""
    match node:
        case Compare():
            return (node.value,)
        case Between():
            return node.first, node.last
        case In():
            return node.values


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return _READS_AS_TIME.fullmatch(value) is None
    return isinstance(value, bool | int | float)


def certainties(node: Compare | Between | In | Match | Recurs) -> tuple[Holds, Holds | None]:
    """Return what tells that a value certainly satisfies the leaf, and that it certainly does not.

    None for the second means: it does not wherever it does not certainly do.
    """
    match node:
        case Match(_, how, text):
            return matcher(how, text), None
        case Recurs():
            return _anniversary(node)
        case Compare() if node.type is FieldType.DATE:
            return _date(node.op, node.value)
        case Between() if node.type is FieldType.DATE:
            return _dates_between(node)
        case In() if node.type is FieldType.DATE:
            return _one_of(node.values)
        case Compare(_, op, value):
            return _plain(op, value, is_any=node.type in _OF_ANY_SORT), None
        case Between(_, first, last):
            below = operator.le if node.includes_last else operator.lt
            if node.type in _OF_ANY_SORT:
                sorts = _sort(first), _sort(last)
                return (lambda one: sorts == (_sort(one), _sort(one)) and first <= one and below(one, last)), None
            return (lambda one: first <= one and below(one, last)), None
        case In(_, values) if node.folds:
            letters = frozenset(map(fold, values))
            return (lambda one: fold(one) in letters), None
        case In(_, values):
            if node.type in _OF_ANY_SORT:
                sorted_values = frozenset((_sort(value), value) for value in values)
                return (lambda one: (_sort(one), one) in sorted_values), None
            return frozenset(values).__contains__, None


def _plain(op: Op, value: Any, *, is_any: bool) -> Holds:
    stands = STANDS[op]
    if not is_any:
        return lambda one: stands(one, value)
    sort = _sort(value)
    return lambda one: _sort(one) is sort and stands(one, value)


def _sort(value: object) -> type:
    """Return the sort of a value of any type: text, number or boolean."""
    return float if value.__class__ is int else value.__class__


def _date(op: Op, value: str) -> tuple[Holds, Holds]:
    """Return when a partial date certainly stands so to another, and when certainly not."""
    from_first, from_next = Boundary(first_day(value)), Boundary(next_day(value))
    match op:
        case Op.LT:
            return from_first.is_after, from_first.is_reached_by
        case Op.GE:
            return from_first.is_reached_by, from_first.is_after
        case Op.LE:
            return from_next.is_after, from_next.is_reached_by
        case Op.GT:
            return from_next.is_reached_by, from_next.is_after
        case _:
            return (
                lambda one: from_first.is_reached_by(one) and from_next.is_after(one),
                lambda one: from_first.is_after(one) or from_next.is_reached_by(one),
            )


def _dates_between(node: Between) -> tuple[Holds, Holds]:
    first = Boundary(first_day(node.first))
    end = Boundary(next_day(node.last) if node.includes_last else first_day(node.last))
    return (
        lambda one: first.is_reached_by(one) and end.is_after(one),
        lambda one: first.is_after(one) or end.is_reached_by(one),
    )


def _one_of(dates: Sequence[str]) -> tuple[Holds, Holds]:
    """Return when a partial date is certainly one of several, and when certainly none: each by looking up.

    It is where its day, its month or its year is listed. It may be, where a month or a day of it is.
    """
    listed = frozenset(dates)
    within = frozenset(date[:length] for date in dates for length in (4, 7) if length < len(date))

    def is_listed(one: str) -> bool:
        return one in listed or one[:7] in listed or one[:4] in listed

    return is_listed, lambda one: one not in within and not is_listed(one)


def days_of(node: Recurs) -> tuple[str, str]:
    """Return the two days, "MM-DD", between which an anniversary lies."""
    if isinstance(node.first, str) and isinstance(node.last, str):
        return node.first, node.last
    raise UncheckedQuestion("a question about anniversaries is not resolved; resolved() says which days")


def _anniversary(node: Recurs) -> tuple[Holds, Holds]:
    first, last = days_of(node)

    def lies_within(day: str) -> bool:
        return first <= day <= last if first <= last else day >= first or day <= last

    return (
        lambda one: len(one) == len("YYYY-MM-DD") and lies_within(one[5:]),
        lambda one: len(one) == len("YYYY-MM-DD") and not lies_within(one[5:]),
    )
