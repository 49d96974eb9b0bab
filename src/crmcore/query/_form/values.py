"""What stands in a node in JSON, there and back: scalars, moments, spans, terms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn

from crmcore._messages import kind_of
from crmcore.errors import InputError
from crmcore.query._folding import MAX_VALUES
from crmcore.query._form.shapes import Kind
from crmcore.query.moments import Moment, Span, Unit
from crmcore.query.scalars import LARGEST_INTEGER, SMALLEST_INTEGER, scalar_of
from crmcore.query.tree import Aggregate, Expression, How, Scored, Term, TextMatch
from crmcore.query.types import FieldType, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["AGGREGATE", "MOMENT", "SCORE", "SPAN", "read_as", "read_term", "written_as", "written_term"]

AGGREGATE = (frozenset({"how", "relation"}), frozenset({"field", "by", "where"}))
SCORE = (frozenset({"score", "to"}), frozenset[str]())
SPAN = (frozenset({"amount", "unit"}), frozenset[str]())
MOMENT = (SPAN[0], frozenset({"start_of", "zone"}))
"""Keys that an object has, and those that it may have."""


def written_as(kind: Kind, value: Any, path: str) -> Any:
    """Return what JSON holds for a value of that kind."""
    match kind, value:
        case ((Kind.VALUE | Kind.DAY), Moment()):
            return _written_moment(value)
        case Kind.SPAN, Span():
            return _written_span(value)
        case Kind.VALUES, _:
            return [written_as(Kind.VALUE, one, f"{path}[{number}]") for number, one in enumerate(value)]
        case Kind.POINT, tuple():
            return [_degrees(degree, path) for degree in value]
        case Kind.HOW, _:
            return TextMatch(value).value
        case _:
            return _READERS[kind](value, path)


def _written_span(span: Span) -> dict[str, Any]:
    return {"amount": span.amount, "unit": span.unit.value}


def _written_moment(moment: Moment) -> dict[str, Any]:
    start = {} if moment.start_of is None else {"start_of": moment.start_of.value}
    zone = {} if moment.zone == "UTC" else {"zone": moment.zone}
    return {**_written_span(moment.span), **start, **zone}


def written_term(term: Term, where: dict[str, Any] | None, path: str) -> Any:
    """Return what JSON holds for a term; *where* is that of an aggregate, written already."""
    match term:
        case Aggregate(relation=relation, how=how, field=field, by=by):
            named = {key: _text(name, path) for key, name in (("field", field), ("by", by)) if name != ""}
            asked = {} if where is None else {"where": where}
            return {"how": how.value, "relation": _text(relation, path), **named, **asked}
        case Scored(function, to):
            return {"score": _text(function, path), "to": _text(to, path)}
        case _:
            return _key(term, path)


def read_as(kind: Kind, value: object, path: str) -> Any:
    """Return the value of that kind that JSON holds; raise InputError with the path for anything else."""
    return _READERS[kind](value, path)


def read_term(obj: object, where: Expression | None, path: str) -> Term:
    """Return the term that JSON holds; *where* is that of an aggregate, read already."""
    if not isinstance(obj, dict):
        return _key(obj, path)
    if "score" in obj:
        _demand_keys(obj, SCORE, path)
        return Scored(_text(obj["score"], f"{path}.score"), _text(obj["to"], f"{path}.to"))
    _demand_keys(obj, AGGREGATE, path)
    how = obj["how"]
    if not isinstance(how, str) or how not in set(How):
        raise InputError(f"{path}.how: one of {', '.join(How)}")
    relation, field, by = (_text(obj.get(key, ""), f"{path}.{key}") for key in ("relation", "field", "by"))
    return Aggregate(relation=relation, how=How(how), field=field, by=by, where=where)


def _demand_keys(obj: dict[Any, Any], keys: tuple[frozenset[str], frozenset[str]], path: str) -> None:
    required, optional = keys
    if not required <= set(obj) <= required | optional:
        more = f", and may have {', '.join(sorted(optional))}" if optional else ""
        raise InputError(f"{path}: an object here has the keys {', '.join(sorted(required))}{more}, and no others")


def _key(field: object, path: str) -> str:
    if not isinstance(field, str):
        raise InputError(f"{path}: the key of a field is a text, not {kind_of(field)}")
    return _text(field, path)


def _text(text: object, path: str) -> str:
    if not isinstance(text, str):
        _refuse(path, "a text", text)
    return str(scalar_of(text, FieldType.TEXT, field=path))


def _refuse(path: str, wanted: str, found: object) -> NoReturn:
    raise InputError(f"{path}: {wanted} is needed, not {kind_of(found)}")


def _how(how: object, path: str) -> TextMatch:
    if not isinstance(how, str) or how not in set(TextMatch):
        raise InputError(f"{path}: one of {', '.join(TextMatch)}")
    return TextMatch(how)


def _value(value: object, path: str) -> Scalar | Moment:
    return _moment(value, path) if isinstance(value, dict) else _scalar(value, path)


def _values(values: object, path: str) -> tuple[Scalar | Moment, ...]:
    if not isinstance(values, list):
        raise InputError(f"{path}: 'values' is a list, not {kind_of(values)}")
    if len(values) > MAX_VALUES:
        raise InputError(f"{path}: a list of more than {MAX_VALUES:,} values")
    return tuple(_value(value, f"{path}[{number}]") for number, value in enumerate(values))


def _day(day: object, path: str) -> Moment | str:
    return _moment(day, path) if isinstance(day, dict) else _text(day, path)


def _flag(flag: object, path: str) -> bool:
    if not isinstance(flag, bool):
        _refuse(path, "true or false", flag)
    return flag


def _whole(number: object, path: str) -> int:
    if number.__class__ is not int or not isinstance(number, int):
        _refuse(path, "a whole number", number)
    return int(_scalar(number, path))


def _degrees(number: object, path: str) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float):
        _refuse(path, "a number", number)
    return float(_scalar(number, path))


def _point(of: object, path: str) -> tuple[float, ...] | str:
    if isinstance(of, str):
        return _text(of, path)
    if not isinstance(of, list) or len(of) != 2:
        raise InputError(f"{path}: a place is a name, or a list of its latitude and longitude")
    return tuple(_degrees(degree, f"{path}[{number}]") for number, degree in enumerate(of))


def _span_or_since(span: object, path: str) -> Span | str:
    if isinstance(span, str):
        return _text(span, path)
    if not isinstance(span, dict):
        _refuse(path, "an object", span)
    _demand_keys(span, SPAN, path)
    return _span(span, path)


def _span(obj: dict[str, Any], path: str) -> Span:
    try:
        return Span(obj["amount"], _unit(obj["unit"]))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _unit(unit: object) -> Unit:
    if not isinstance(unit, str) or unit not in set(Unit):
        raise InputError(f"a unit of time is one of {', '.join(Unit)}")
    return Unit(unit)


def _moment(obj: dict[str, Any], path: str) -> Moment:
    _demand_keys(obj, MOMENT, path)
    span = _span(obj, path)
    try:
        start_of = _unit(obj["start_of"]) if "start_of" in obj else None
        return Moment(span=span, start_of=start_of, zone=obj.get("zone", "UTC"))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _scalar(value: object, path: str) -> Scalar:
    match value:
        case bool():
            return value
        case str():
            return scalar_of(value, FieldType.TEXT, field=path)
        case int() if SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
            return int(value)
        case float() if math.isfinite(value):
            return value + 0.0
        case int() | float():
            raise InputError(f"{path}: a number is finite, and a whole number within 64 bits")
        case _:
            raise InputError(
                f"{path}: a value is a text, a number, true or false, or a moment, not {kind_of(value)}; "
                "an expression made in Python is checked before it becomes JSON"
            )


_READERS: dict[Kind, Callable[[object, str], Any]] = {
    Kind.VALUE: _value,
    Kind.VALUES: _values,
    Kind.TEXT: _text,
    Kind.HOW: _how,
    Kind.DAY: _day,
    Kind.FLAG: _flag,
    Kind.WHOLE: _whole,
    Kind.DEGREES: _degrees,
    Kind.POINT: _point,
    Kind.SPAN: _span_or_since,
}
