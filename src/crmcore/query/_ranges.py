"""Comparisons as ranges of values: which of them says more, and which lists can be put together.

A leaf is true of a record if it is of some known value, false if it is of none, and unknown where no value is known. So
where each value that satisfies one leaf satisfies the other of the same term, the one is never truer than the other. A
date is a range of days, and the same holds of what is certain of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from crmcore.hygiene.folding import fold
from crmcore.query.dates import first_day, next_day
from crmcore.query.moments import Moment
from crmcore.query.tree import Aggregate, Between, Compare, How, In, Match, Op, TextMatch
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from crmcore.query.tree import Expression

    End: TypeAlias = tuple[int, Any, int]
    Range: TypeAlias = tuple[End, End]

__all__ = ["always_known", "implies_leaf", "leaf_of", "merged"]

_LOWEST: End = (-1, None, 0)
_HIGHEST: End = (1, None, 0)


def leaf_of(node: Expression) -> Expression:
    """Return a leaf said shorter: a list of one, or a range of one value, is a comparison; an empty range a list."""
    match node:
        case In(field, (one,)) if node.folds:
            return Match(field, TextMatch.IS, one)
        case In(field, (one,)):
            return Compare(field, Op.EQ, one, type=node.type)
        case In(_, values):
            return attrs.evolve(node, values=_listed(values))
        case Between(field, first, last) if node.type not in {None, FieldType.ANY} and _are_plain(first, last):
            if first == last and node.includes_last:
                return Compare(field, Op.EQ, first, type=node.type)
            is_empty = first > last or (first == last and not node.includes_last)
            return In(field, (), type=node.type) if is_empty and node.type is not FieldType.DATE else node
        case _:
            return node


def always_known(node: Expression) -> bool:
    """Say whether a leaf is never unknown: a number of items is always known."""
    match node:
        case Compare() | Between() | In():
            return isinstance(node.field, Aggregate) and node.field.how is How.COUNT
        case _:
            return False


def merged(parts: list[Expression], *, is_or: bool) -> list[Expression]:
    """Return the parts of an Or with the lists of one term put together; of an And, as they are."""
    if not is_or:
        return parts
    found: dict[object, list[Expression]] = {}
    for part in parts:
        match part:
            case Compare(field, Op.EQ, _) | In(field, _, folds=False):
                found.setdefault(("equals", field, part.type), []).append(part)
            case In(field, _):
                found.setdefault(("folds", field, part.type), []).append(part)
            case _:
                found.setdefault(part, []).append(part)
    return [several[0] if len(several) == 1 else _one_list(several) for several in found.values()]


def _one_list(several: list[Expression]) -> Expression:
    values: list[Any] = []
    for part in several:
        values += part.values if isinstance(part, In) else [part.value]  # type: ignore[union-attr]
    first: Any = several[0]
    folds = isinstance(first, In) and first.folds
    return leaf_of(In(first.field, _listed(values), folds=folds, type=first.type))


def _listed(values: Any) -> tuple[Any, ...]:
    """Return values as checking sorts them, each once."""
    once = {(value.__class__.__name__, value) for value in values}
    plain = sorted(pair for pair in once if not isinstance(pair[1], Moment))
    moments = [value for _, value in once if isinstance(value, Moment)]
    return (*(value for _, value in plain), *sorted(moments, key=repr))


def implies_leaf(one: Expression, other: Expression) -> bool:
    """Say whether each value that satisfies the one leaf satisfies the other, so that the one is never truer."""
    match one, other:
        case (Match() | In(folds=True), Match() | In(folds=True)):
            left, right = _letters(one), _letters(other)
            return one.field == other.field and left is not None and right is not None and left <= right
        case (Compare() | Between() | In(folds=False), Compare() | Between() | In(folds=False)):
            if one.field != other.field or one.type is not other.type or one.type in {None, FieldType.ANY}:
                return False
            ranges, wider = _ranges(one), _ranges(other)
            if ranges is None or wider is None:
                return False
            if not isinstance(one, Compare | Between) and not isinstance(other, Compare | Between):
                return set(ranges) <= set(wider)
            return all(any(lower[0] <= range_[0] and range_[1] <= lower[1] for lower in wider) for range_ in ranges)
        case _:
            return False


def _letters(node: Match | In) -> set[str] | None:
    """Return the folded texts of which a value is one; None of a leaf that looks for something else."""
    if isinstance(node, In):
        return set(map(fold, node.values))
    return {fold(node.text)} if node.how is TextMatch.IS else None


def _ranges(node: Compare | Between | In) -> list[Range] | None:
    """Return the ranges whose values satisfy a leaf; None where that depends on the time.

    An end is (0, value, -1, 0 or 1): right before, at, or right after the value. A range has all from its first end up
    to its last.
    """
    is_date = node.type is FieldType.DATE
    match node:
        case In(_, values):
            return [_equal(value, is_date=is_date) for value in values] if _are_plain(*values) else None
        case Between(_, first, last):
            if not _are_plain(first, last):
                return None
            end = _equal(last, is_date=is_date)[1 if node.includes_last else 0]
            return [(_equal(first, is_date=is_date)[0], end)]
        case Compare(_, op, value):
            if not _are_plain(value):
                return None
            before, after = _equal(value, is_date=is_date)
            return {
                Op.EQ: [(before, after)],
                Op.IS: None,
                Op.LT: [(_LOWEST, before)],
                Op.LE: [(_LOWEST, after)],
                Op.GT: [(after, _HIGHEST)],
                Op.GE: [(before, _HIGHEST)],
            }[op]


def _equal(value: Any, *, is_date: bool) -> Range:
    if is_date:
        return (0, first_day(value), 0), (0, next_day(value), 0)
    return (0, value, -1), (0, value, 1)


def _are_plain(*values: Any) -> bool:
    return not any(isinstance(value, Moment) for value in values)
