"""The tree as text: what is printed reads back as the same tree."""

from __future__ import annotations

import math
import re
from typing import Any, assert_never

import attrs

from crmcore._messages import kind_of
from crmcore.errors import InputError
from crmcore.query._text.leaves import AT, MATCHES, NEGATED_OPS, OPS
from crmcore.query._text.lexing import MOST_LISTED, is_plain, quoted
from crmcore.query._text.parsing import COUNTS, TYPE, is_event
from crmcore.query.checking import TEXTS
from crmcore.query.moments import Moment, Span, Unit
from crmcore.query.tree import (
    Aggregate,
    And,
    Between,
    Compare,
    Expression,
    How,
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
    TextMatch,
    Words,
)
from crmcore.query.types import ACTIVITY, FieldType

__all__ = ["written"]

_JOINED, _NEGATED, _LEAF = 0, 1, 2
"""How tightly a text holds together."""

_SIGNS = {op: sign for sign, op in OPS.items()}
_NOT_SIGNS = {op: sign for sign, op in NEGATED_OPS.items()}
_MATCHES = {**MATCHES, TextMatch.IS: ("is",), TextMatch.WORDS: ("has", "words")}
_COUNTS = {op: words for words, op in COUNTS.items()}
_BARE = {
    FieldType.DATE: re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?"),
    FieldType.INSTANT: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"),
}
_NOW = Span(0, Unit.SECOND)
_TODAY = {0: "today", 1: "tomorrow", -1: "yesterday"}


def written(node: Expression) -> str:
    """Return the text of a tree that is within the limits."""
    return _held(node, _JOINED)


def _held(node: Expression, level: int) -> str:
    """Return the text of a node, in brackets unless it holds together as tightly as is needed."""
    text, own = _node(node)
    return text if own >= level else f"({text})"


def _node(node: Expression) -> tuple[str, int]:
    match node:
        case And(parts):
            return _joined("and", "all", "true", parts)
        case Or(parts):
            return _joined("or", "any", "false", parts)
        case Not(part):
            return _negated(part)
        case Lasting(where, span):
            since = f"for at least {_span(span)}" if isinstance(span, Span) else f"since {_instant(span)}"
            return f"{_held(where, _LEAF)} {since}", _LEAF
        case Some():
            return _some(node), _LEAF
        case _:
            return _leaf(node), _LEAF


def _joined(word: str, function: str, nothing: str, parts: tuple[Expression, ...]) -> tuple[str, int]:
    match parts:
        case ():
            return nothing, _LEAF
        case (part,):
            return f"{function} ({written(part)})", _LEAF
        case _:
            return f" {word} ".join(_held(part, _NEGATED) for part in parts), _JOINED


def _negated(part: Expression) -> tuple[str, int]:
    match part:
        case Compare(field, op, value) if op in _NOT_SIGNS:
            return f"{_term(field)} {_NOT_SIGNS[op]} {_value(value, part.type)}", _LEAF
        case Missing(field):
            return f"{_term(field)} is known", _LEAF
        case Between() | In():
            return _leaf(part, "not "), _LEAF
        case Match(field, TextMatch.IS, text):
            return f"{_term(field)} is not {_text(text)}", _LEAF
        case Match(_, how) if how is not TextMatch.WORDS:
            return _leaf(part, "not "), _LEAF
        case Some(relation, Not(where)):
            return f"all of {_key(relation)} ({written(where)})", _LEAF
        case Some(relation, where):
            if (events := _events(relation, where)) is not None:
                return f"no {events}", _LEAF
            if where == And(()):
                return f"{_key(relation)} has none", _LEAF
            if _is_near(where):
                return f"{_key(relation)} not {written(where)}", _LEAF
            return f"{_key(relation)} has no ({written(where)})", _LEAF
        case _:
            return f"not {_held(part, _NEGATED)}", _NEGATED


def _some(node: Some) -> str:
    relation, where = node.relation, node.where
    if (events := _events(relation, where)) is not None:
        is_timed = isinstance(where, And) and len(where.parts) == 2 and _window(where.parts[1]).startswith("in ")
        return events if is_timed else f"any {events}"
    if where == And(()):
        return f"{_key(relation)} has any"
    if _is_near(where):
        return f"{_key(relation)} {written(where)}"
    return f"{_key(relation)} has ({written(where)})"


def _is_near(node: Expression) -> bool:
    return isinstance(node, Near)


def _events(relation: object, where: Expression | None) -> str | None:
    """Return ``email.sent (question) in last 90 days`` where the items are events of one type; else None."""
    if relation != ACTIVITY or where is None:
        return None
    first, *rest = where.parts if isinstance(where, And) and len(where.parts) in {2, 3} else (where,)
    if not (isinstance(first, Compare) and first.field == TYPE and first.op is Op.EQ):
        return None
    kind = first.value
    if not (isinstance(kind, str) and is_plain(kind) and is_event(kind)):
        return None
    window = _window(rest[-1]) if rest else ""
    asked = rest[:-1] if window else rest
    if len(asked) > 1:
        return None
    return " ".join([kind, *(f"({written(part)})" for part in asked), *([window] if window else [])])


def _window(node: Expression) -> str:
    """Return when something happened; "" where the node says something else."""
    return _between(node) if isinstance(node, Between) and node.field == AT else ""


def _leaf(node: Expression, negation: str = "") -> str:
    match node:
        case Compare(Aggregate(how=How.COUNT) as count, op, int() as value) if op in _COUNTS and value.__class__ is int:
            events = _events(count.relation, count.where) if value >= 0 and not (count.field or count.by) else None
            return f"{_COUNTS[op]} {value} {events}" if events else _compared(node)
        case Compare():
            return _compared(node)
        case Between(field):
            return f"{_term(field)} {negation}{_between(node)}"
        case In(_, values) if len(values) > MOST_LISTED:
            raise InputError(f"a list of more than {MOST_LISTED:,} values; send the question as JSON")
        case In(field, values):
            exactly = "exactly " if not node.folds and _would_fold(node) else ""
            listed = ", ".join(_value(value, node.type) for value in values)
            return f"{_term(field)} {negation}in {exactly}({listed})"
        case Missing(field):
            return f"{_term(field)} is missing"
        case Match(field, how, text):
            return f"{_term(field)} {negation}{' '.join(_MATCHES[how])} {_text(text)}"
        case Recurs(field, first, last):
            return f"anniversary of {_term(field)} between {_value(first)} and {_value(last)}"
        case Near():
            return _near(node)
        case Sample(salt, first, end, of):
            return f"sample {_text(salt)} {_whole(first)} to {_whole(end)} of {_whole(of)}"
        case Words(text):
            return f"words {_text(text)}"
        case InSegment(segment):
            return f"in segment {_text(segment)}"
        case And() | Or() | Not() | Some() | Lasting():
            return written(node)
        case _:
            assert_never(node)


def _would_fold(node: In) -> bool:
    """Say whether a list of the same values would be read as another question where it may fold."""
    return attrs.evolve(node, folds=True).folds and (node.type is None or node.type in TEXTS)


def _compared(node: Compare) -> str:
    return f"{_term(node.field)} {_SIGNS[node.op]} {_value(node.value, node.type)}"


def _near(node: Near) -> str:
    of = _text(node.of) if isinstance(node.of, str) else f"({', '.join(map(_degrees, node.of))})"
    by = "" if (node.latitude, node.longitude) == ("latitude", "longitude") else f" by {_key(node.latitude)}, "
    return f"within {_degrees(node.km)} km of {of}{by}{_key(node.longitude) if by else ''}"


def _degrees(number: object) -> str:
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e6:
        number = int(number)
    return _value(number)


def _term(term: Term) -> str:
    match term:
        case str():
            return _key(term)
        case Scored(function, to):
            return f"score {_key(function)} {_text(to)}"
        case Aggregate(relation=relation, how=how, field=field, by=by, where=where):
            named = f"{_key(field)} " if field else ""
            which = "" if where is None else f" ({written(where)})"
            usual = AT if how in {How.FIRST, How.LAST} else ""
            order = "" if by == usual else f" by {_key(by)}"
            return f"{how} {named}of {_key(relation)}{which}{order}"
        case _:
            assert_never(term)


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise InputError(f"a key is a text, not {kind_of(key)}")
    return key if is_plain(key) and not is_event(key) else quoted(key, "`")


def _text(text: object) -> str:
    if not isinstance(text, str):
        raise InputError(f"a text is needed, not {kind_of(text)}; check the question first")
    return quoted(str.__str__(text))


def _whole(number: object) -> str:
    if number.__class__ is not int:
        raise InputError(f"a whole number is needed, not {kind_of(number)}")
    return str(number)


def _value(value: Any, type_: FieldType | None = None) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            bare = _BARE.get(type_) if type_ is not None else None
            return value if bare is not None and bare.fullmatch(value) else _text(value)
        case int() if value.__class__ is int and abs(value) < 2**64:
            return str(value)
        case float() if math.isfinite(value):
            return repr(value)
        case Moment():
            return _moment(value)
        case _:
            raise InputError(
                f"a value is a text, a finite number, true, false or a moment, not {kind_of(value)}; "
                "check the question first"
            )


def _instant(since: str) -> str:
    return _value(since, FieldType.INSTANT)


def _moment(moment: Moment) -> str:
    return _untimed(moment) + _zone(moment.zone)


def _zone(zone: str) -> str:
    return "" if zone == "UTC" else f" in {_text(zone)}"


def _untimed(moment: Moment) -> str:
    span, unit = moment.span, moment.start_of
    if unit is None:
        if span == _NOW:
            return "now"
        return f"{_span(Span(-span.amount, span.unit))} ago" if span.amount < 0 else f"in {_span(span)}"
    if unit is Unit.DAY and span.unit is Unit.DAY and span.amount in _TODAY:
        return _TODAY[span.amount]
    if span == Span(0, unit):
        return f"start of {unit}"
    sign = "-" if span.amount < 0 else "+"
    return f"start of {unit} {sign} {_span(Span(abs(span.amount), span.unit))}"


def _span(span: Span) -> str:
    return f"{span.amount} {span.unit}{'' if abs(span.amount) == 1 else 's'}"


def _between(node: Between) -> str:
    first, last = node.first, node.last
    if isinstance(first, Moment) and isinstance(last, Moment) and first.zone == last.zone:
        named = _period(first, last, includes_last=node.includes_last)
        if named:
            return f"in {named}{_zone(first.zone)}"
    before = "" if node.includes_last else "before "
    return f"between {_value(first, node.type)} and {before}{_value(last, node.type)}"


def _period(first: Moment, last: Moment, *, includes_last: bool) -> str:
    """Return ``last 90 days`` or ``this quarter``; "" where the two are no such period."""
    unit = first.start_of
    if unit is None and last.start_of is None and includes_last:
        if last.span == _NOW and first.span.amount < 0:
            return f"last {_span(Span(-first.span.amount, first.span.unit))}"
        return f"next {_span(last.span)}" if first.span == _NOW and last.span.amount >= 0 else ""
    if unit is None or last.start_of is not unit or includes_last:
        return ""
    for name, plus in (("this", 0), ("last", -1), ("next", 1)):
        if first.span == Span(plus, unit) and last.span == Span(plus + 1, unit):
            return f"{name} {unit}"
    return ""
