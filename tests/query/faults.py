"""Plausible faults of a compiler, each as the other question that a compiler with the fault would answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.query import (
    Aggregate,
    And,
    Between,
    Compare,
    Expression,
    FieldType,
    How,
    In,
    InSegment,
    Lasting,
    Match,
    Missing,
    Moment,
    Near,
    Not,
    Op,
    Or,
    Recurs,
    Sample,
    Scored,
    Some,
    Span,
    TextMatch,
    Words,
    checked,
)
from crmcore.query._folding import folded, rebuilt, term_of
from tests.query.people import PERSON, SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    Fault = Callable[[Expression], Expression]

__all__ = ["FAULTS", "planted"]


def planted(question: Expression, fault: Fault) -> Expression:
    """Return what a compiler with the fault makes of a checked question."""

    def step(node: Expression, parts: tuple[Expression, ...]) -> Expression:
        return fault(rebuilt(node, parts))

    return folded(question, step)


def _unknown_is_false(node: Expression) -> Expression:
    term = term_of(node)
    return node if term is None or isinstance(node, Missing) else And((Not(Missing(term)), node))


def _unknown_is_true_within_not(node: Expression) -> Expression:
    term = term_of(node.part) if isinstance(node, Not) else None
    return node if term is None else Or((Missing(term), node))


def _compare(more: Callable[[Compare], Expression], *types: FieldType, ops: tuple[Op, ...] = tuple(Op)) -> Fault:
    """Return a fault of comparisons with fields of such types."""

    def fault(node: Expression) -> Expression:
        if not isinstance(node, Compare) or node.op not in ops or (types and node.type not in types):
            return node
        return more(node)

    return fault


_STRICT = {Op.LE: Op.LT, Op.GE: Op.GT, Op.LT: Op.LE, Op.GT: Op.GE, Op.EQ: Op.EQ}


def _aggregate(more: Callable[[Aggregate], Aggregate]) -> Fault:
    def fault(node: Expression) -> Expression:
        term = term_of(node)
        return attrs.evolve(node, field=more(term)) if isinstance(term, Aggregate) else node  # type: ignore[arg-type]

    return fault


def _counts_unknown(term: Aggregate) -> Aggregate:
    if term.where is None:
        return term
    asked = term_of(term.where)
    return term if asked is None else attrs.evolve(term, where=Or((term.where, Missing(asked))))


_OTHER = {How.FIRST: How.LAST, How.LAST: How.FIRST, How.MIN: How.MAX, How.MAX: How.MIN}


def _of(cls: type, change: Callable[[Any], Expression]) -> Fault:
    return lambda node: change(node) if isinstance(node, cls) else node


def _in_utc(node: Expression) -> Expression:
    def moved(value: Any) -> Any:
        return attrs.evolve(value, zone="UTC") if isinstance(value, Moment) else value

    match node:
        case Compare():
            return attrs.evolve(node, value=moved(node.value))
        case Between():
            return attrs.evolve(node, first=moved(node.first), last=moved(node.last))
        case In():
            return attrs.evolve(node, values=map(moved, node.values))
        case _:
            return node


def _rounded(node: Compare) -> Expression:
    return attrs.evolve(node, value=max(min(int(float(node.value)), 2**63 - 1), -(2**63)))


def _one_day(node: Compare) -> Expression:
    if not isinstance(node.value, str):
        return node
    return attrs.evolve(node, value=node.value + "-01-01"[: 10 - len(node.value)])


def _asked_by(node: InSegment) -> Expression:
    return checked(SEGMENTS[node.segment], PERSON)


def _perhaps_a_member(node: InSegment) -> Expression:
    return Not(InSegment("outside", asks=Not(_asked_by(node))))


FAULTS: dict[str, Fault] = {
    "unknown is false": _unknown_is_false,
    "not of unknown is true": _unknown_is_true_within_not,
    "ends of an order are swapped": _compare(lambda node: attrs.evolve(node, op=_STRICT[node.op])),
    "dates are days": _compare(_one_day, FieldType.DATE),
    "a period is before itself": _compare(lambda node: attrs.evolve(node, op=Op.LE), FieldType.DATE, ops=(Op.LT,)),
    "texts compare as people sort": _compare(
        lambda node: Match(node.field, TextMatch.IS, node.value) if str(node.value).strip() else node,
        FieldType.TEXT,
        FieldType.EMAIL,
        ops=(Op.EQ,),
    ),
    "integers are doubles": _compare(_rounded, FieldType.INTEGER),
    "true is one": _compare(
        lambda node: attrs.evolve(node, value=int(node.value)) if isinstance(node.value, bool) else node, FieldType.ANY
    ),
    "matching does not fold": _of(
        Match, lambda node: Compare(node.field, Op.EQ, node.text) if node.how is TextMatch.IS else node
    ),
    "starts is contains": _of(
        Match, lambda node: attrs.evolve(node, how=TextMatch.CONTAINS) if node.how is TextMatch.STARTS else node
    ),
    "words are letters": _of(
        Match, lambda node: attrs.evolve(node, how=TextMatch.CONTAINS) if node.how is TextMatch.WORDS else node
    ),
    "a window's end is on the other side": _of(
        Between, lambda node: attrs.evolve(node, includes_last=not node.includes_last)
    ),
    "each end has its own value": _of(
        Between, lambda node: And((Compare(node.field, Op.GE, node.first), Compare(node.field, Op.LE, node.last)))
    ),
    "a list loses its last value": _of(In, lambda node: attrs.evolve(node, values=node.values[:-1])),
    "a list does not fold": _of(In, lambda node: attrs.evolve(node, folds=False)),
    "a list folds": _of(
        In,
        lambda node: (
            attrs.evolve(node, folds=True) if all(isinstance(one, str) and one.strip() for one in node.values) else node
        ),
    ),
    "an empty list is false where nothing is known": _of(In, lambda node: node if node.values else Or(())),
    "some of no items": _of(Some, lambda node: Or((node, Not(Some(node.relation, And(())))))),
    "some value of any item": _of(
        Some,
        lambda node: (
            And(Some(node.relation, part) for part in node.where.parts) if isinstance(node.where, And) else node
        ),
    ),
    "not goes into and unchanged": _of(
        Not, lambda node: And(Not(part) for part in node.part.parts) if isinstance(node.part, And) else node
    ),
    "membership is unknown where what is asked is": _of(InSegment, _asked_by),
    "who may belong to a segment does": _of(InSegment, _perhaps_a_member),
    "outside a segment are those of whom it is false": _of(
        Not, lambda node: Not(_asked_by(node.part)) if isinstance(node.part, InSegment) else node
    ),
    "no part is false": _of(And, lambda node: node if node.parts else Or(())),
    "nothing is missing": _of(Missing, lambda node: node if isinstance(node.field, Aggregate) else Or(())),
    "count counts what is unknown": _aggregate(_counts_unknown),
    "an aggregate takes all items": _aggregate(lambda term: attrs.evolve(term, where=None)),
    "first is last": _aggregate(lambda term: attrs.evolve(term, how=_OTHER.get(term.how, term.how))),
    "mean is sum": _aggregate(lambda term: attrs.evolve(term, how=How.SUM) if term.how is How.MEAN else term),
    "the turn of the year is lost": _of(
        Recurs,
        lambda node: (
            Or((Recurs(node.field, "12-31", "12-31"),))
            if isinstance(node.first, str) and node.first > node.last
            else node
        ),
    ),
    "a leap day is no day": _of(
        Recurs,
        lambda node: attrs.evolve(node, last="02-28") if node.last == "02-29" and node.first != "02-29" else node,
    ),
    "the box is the circle": _of(Near, lambda node: attrs.evolve(node, km=min(node.km * 1.4, 20_040))),
    "a bucket too many": _of(Sample, lambda node: attrs.evolve(node, end=min(node.end + 1, node.of))),
    "another salt": _of(Sample, lambda node: attrs.evolve(node, salt=f"{node.salt} ")),
    "only the first word": _of(Words, lambda node: Words(node.text.split()[0])),
    "the past is forgotten": _of(Lasting, lambda node: Lasting(node.where, Span(0, "day"))),
    "everybody is old enough": _of(Lasting, lambda node: node.where),
    "moments are in UTC": _in_utc,
    "no score is nothing": lambda node: (
        Or((node, Missing(node.field))) if isinstance(node, Compare) and isinstance(node.field, Scored) else node
    ),
}
