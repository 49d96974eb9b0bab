"""The same question, said shorter: what stands in for it gives the same of three answers, whatever the record.

What two values would allow and three do not is left alone: ``x or not x`` is not true where x is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.query._folding import folded, rebuilt, term_of
from crmcore.query._ranges import always_known, implies_leaf, leaf_of, merged
from crmcore.query.rows import holds
from crmcore.query.tree import (
    Aggregate,
    And,
    Expression,
    How,
    InSegment,
    Lasting,
    Missing,
    Not,
    Or,
    Some,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["simplified"]

TRUE, FALSE = And(()), Or(())
_MOST_COMPARED = 64
"""Up to so many parts are held against each other, two by two."""


def simplified(expression: Expression) -> Expression:
    """Return a question that gives the same answer for every record, true, false or unknown, with no more nodes.

    It joins parts side by side, drops what is said twice or follows from the rest, takes off double negations, puts
    lists together and says a list of one as a comparison. Simplifying again changes nothing.

    Args:
        expression: checked, resolved or not.

    >>> from crmcore.query import F
    >>> simplified(~(~(F.city == "Utrecht") | ~(F.city == "Utrecht")))
    Compare(field='city', op=<Op.EQ: 'eq'>, value='Utrecht')
    """
    before, after = expression, folded(expression, _step)
    while after != before:
        before, after = after, folded(after, _step)
    return after


def _step(node: Expression, parts: tuple[Expression, ...]) -> Expression:
    node = rebuilt(node, parts)
    match node:
        case And(several):
            return _joined(And, several)
        case Or(several):
            return _joined(Or, several)
        case Not(part):
            return _negated(part)
        case Some(_, where) | Lasting(where, _):
            return FALSE if where == FALSE else node
        case InSegment(asks=asks):
            return asks if asks is not None and _is_two_valued(asks) else node
        case _:
            return _leaf(node)


def _leaf(node: Expression) -> Expression:
    term = term_of(node)
    if isinstance(term, Aggregate) and term.where == TRUE:
        node = attrs.evolve(node, field=attrs.evolve(term, where=None))  # type: ignore[arg-type]
    elif isinstance(term, Aggregate) and term.where == FALSE:  # there are no items
        if (answer := holds(node, {})) is not None and (isinstance(node, Missing) or term.how is How.COUNT):
            return TRUE if answer else FALSE
    elif isinstance(node, Missing) and isinstance(term, Aggregate) and term.how is How.COUNT:
        return FALSE
    return leaf_of(node)


def _negated(part: Expression) -> Expression:
    """Return Not of a part; where there are Nots inside, they are taken off and the joint is turned."""
    match part:
        case Not(inner):
            return inner
        case And(several) if not several or any(isinstance(one, Not) for one in several):
            return _joined(Or, map(_negated, several))
        case Or(several) if not several or any(isinstance(one, Not) for one in several):
            return _joined(And, map(_negated, several))
        case _:
            return Not(part)


def _joined(kind: type[And | Or], parts: Iterable[Expression]) -> Expression:
    """Join parts by And or Or: what is not negated first, then all that is, under one Not."""
    other = Or if kind is And else And
    neutral, decisive = kind(()), other(())
    plain: dict[Expression, None] = {}
    turned: dict[Expression, None] = {}
    todo = list(parts)[::-1]
    while todo:
        match todo.pop():
            case And(several) | Or(several) as part if isinstance(part, kind):
                todo += several[::-1]
            case Not(And(several) | Or(several) as inner) if isinstance(inner, other):
                todo += [one.part if isinstance(one, Not) else Not(one) for one in several[::-1]]
            case Not(inner):
                turned[inner] = None
            case part:
                plain[part] = None
    if decisive in plain or neutral in turned or any(one in turned and _is_two_valued(one) for one in plain):
        return decisive
    kept = _shortened(kind, list(plain))
    if turned:
        negated = _shortened(other, list(turned))
        kept.append(_negated(negated[0] if len(negated) == 1 else other(negated)))
    return kept[0] if len(kept) == 1 else kind(kept)


def _shortened(kind: type[And | Or], parts: list[Expression]) -> list[Expression]:
    """Return parts that none of which follows from another, with those that ask the same things put together."""
    parts = _gathered(kind, merged(parts, is_or=kind is Or))
    if len(parts) > _MOST_COMPARED:
        return parts
    kept: list[Expression] = []
    for number, part in enumerate(parts):
        others = [*kept, *parts[number + 1 :]]
        if not any(_implies(one, part) if kind is And else _implies(part, one) for one in others):
            kept.append(part)
    return kept


def _gathered(kind: type[And | Or], parts: list[Expression]) -> list[Expression]:
    """Ask once about the items of a relation instead of twice, and once about how long something has been so."""
    found: dict[object, list[Expression]] = {}
    for part in parts:
        match part:
            case Some(relation, _) if kind is Or:
                found.setdefault(("some", relation), []).append(part)
            case Lasting(_, span) if kind is And:
                found.setdefault(("lasting", span), []).append(part)
            case _:
                found.setdefault(part, []).append(part)
    return [several[0] if len(several) == 1 else _put_together(kind, several) for several in found.values()]


def _put_together(kind: type[And | Or], several: list[Expression]) -> Expression:
    where = _joined(kind, (part.where for part in several if isinstance(part, Some | Lasting)))
    return rebuilt(several[0], (where,))


def _implies(one: Expression, other: Expression) -> bool:
    """Say whether, of every record, the one is at most as true as the other: false below unknown below true."""
    if one == other:
        return True
    match one, other:
        case Not(left), Not(right):
            return _implies(right, left)
        case Or(several), _:
            return all(_implies(part, other) for part in several)
        case _, And(several):
            return all(_implies(one, part) for part in several)
        case And(several), _ if any(_implies(part, other) for part in several):
            return True
        case _, Or(several):
            return any(_implies(one, part) for part in several)
        case Some(relation, left), Some(same, right) if relation == same:
            return _implies(left, right)
        case Lasting(left, span), Lasting(right, same) if span == same:
            return _implies(left, right)
        case InSegment(asks=asks), _ if asks is not None:  # where that is not known, the one is false
            return _implies(asks, other.asks if isinstance(other, InSegment) and other.asks is not None else other)
        case _:
            return implies_leaf(one, other)


def _is_two_valued(node: Expression) -> bool:
    """Say whether it is true or false of every record, and never unknown."""
    match node:
        case Missing() | Words() | InSegment():
            return True
        case Not(part):
            return _is_two_valued(part)
        case Some(_, where) | Lasting(where, _):
            return _is_two_valued(where)
        case And(several) | Or(several):
            return all(map(_is_two_valued, several))
        case _:
            return always_known(node)
