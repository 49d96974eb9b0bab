"""Expressions as JSON: to keep, to send, and to tell one question from another.

A versioned envelope around one object a node; every node names its ``op``:

======================  ==========================================
``op``                  beside it
======================  ==========================================
eq, lt, le, gt, ge      ``field``, ``value``
in                      ``field``, ``values``
missing                 ``field``
and, or                 ``parts``
not                     ``part``
======================  ==========================================

Values are scalars. JSON elsewhere may turn 4.0 into 4; checking the expression makes it 4.0 again where the field is a
number.
"""

from __future__ import annotations

import json
import math
from hashlib import sha256
from typing import TYPE_CHECKING, Any, assert_never

from crmcore.errors import InputError
from crmcore.query._folding import MAX_VALUES, fold, folded
from crmcore.query.scalars import LARGEST_INTEGER, SMALLEST_INTEGER, scalar_of
from crmcore.query.tree import And, Compare, Expression, In, Missing, Not, Op, Or
from crmcore.query.types import FieldType, Scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["VERSION", "digest", "from_json", "to_json"]

VERSION = 1
"""The version of the form that is written; every version up to it is read."""

_BESIDE: dict[str, frozenset[str]] = {
    **{op.value: frozenset({"op", "field", "value"}) for op in Op},
    "in": frozenset({"op", "field", "values"}),
    "missing": frozenset({"op", "field"}),
    "and": frozenset({"op", "parts"}),
    "or": frozenset({"op", "parts"}),
    "not": frozenset({"op", "part"}),
}


def to_json(expression: Expression) -> dict[str, Any]:
    """Return the expression as an object that ``json.dumps`` takes.

    Raises:
        InputError: a value that is no scalar (check the expression first), or an expression beyond the limits.

    >>> from crmcore.query import F
    >>> to_json(F.city == "Utrecht")
    {'version': 1, 'where': {'op': 'eq', 'field': 'city', 'value': 'Utrecht'}}
    """
    return {"version": VERSION, "where": folded(expression, _written)}


def _written(node: Expression, parts: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    match node:
        case Compare(field, op, value):
            return {"op": op.value, "field": _key(field), "value": _scalar(value, field)}
        case In(field, values):
            return {"op": "in", "field": _key(field), "values": [_scalar(value, field) for value in values]}
        case Missing(field):
            return {"op": "missing", "field": _key(field)}
        case And():
            return {"op": "and", "parts": list(parts)}
        case Or():
            return {"op": "or", "parts": list(parts)}
        case Not():
            return {"op": "not", "part": parts[0]}
        case _:
            assert_never(node)


def from_json(obj: object) -> Expression:
    """Read what :func:`to_json` wrote; hold it against the fields with ``checked`` before it is used.

    Raises:
        InputError: anything unknown, missing, superfluous, of the wrong type or beyond the limits; says where.

    >>> from_json({"version": 1, "where": {"op": "missing", "field": "email"}})
    Missing(field='email')
    """
    if not isinstance(obj, dict) or set(obj) != {"version", "where"}:
        raise InputError("an expression in JSON is an object with 'version' and 'where', and nothing else")
    version = obj["version"]
    if version.__class__ is not int or not 1 <= version <= VERSION:
        raise InputError(f"an expression in JSON is of version 1 to {VERSION}; a newer one needs a newer crmcore")
    return fold(("where", obj["where"]), parts_of=_parts, at=_read)


Place = tuple[str, Any]
"""Where in the object something stands, and what."""


def _parts(place: Place) -> Sequence[Place]:
    """Return the parts of a node, after making sure that it is one."""
    path, node = place
    if not isinstance(node, dict):
        raise InputError(f"{path}: an object is needed, not a {node.__class__.__name__}")
    op = node.get("op")
    if not isinstance(op, str) or op not in _BESIDE:
        raise InputError(f"{path}: 'op' is one of {', '.join(_BESIDE)}")
    if set(node) != _BESIDE[op]:
        raise InputError(f"{path}: {op!r} has exactly the keys {', '.join(sorted(_BESIDE[op]))}")
    if op == "not":
        return [(f"{path}.part", node["part"])]
    if op not in {"and", "or"}:
        return ()
    if not isinstance(node["parts"], list):
        raise InputError(f"{path}.parts: a list is needed, not a {node['parts'].__class__.__name__}")
    return [(f"{path}.parts[{number}]", part) for number, part in enumerate(node["parts"])]


def _read(place: Place, parts: tuple[Expression, ...]) -> Expression:
    path, node = place
    match node["op"]:
        case "and":
            return And(parts)
        case "or":
            return Or(parts)
        case "not":
            return Not(*parts)
        case "missing":
            return Missing(_key(node["field"], path))
        case "in":
            return In(_key(node["field"], path), _list(node["values"], path))
        case op:
            return Compare(_key(node["field"], path), Op(op), _scalar(node["value"], path))


def _key(field: object, path: str = "expression") -> str:
    if not isinstance(field, str):
        raise InputError(f"{path}: the key of a field is a text, not a {field.__class__.__name__}")
    return str(scalar_of(field, FieldType.TEXT, field=path))


def _list(values: object, path: str) -> tuple[Scalar, ...]:
    if not isinstance(values, list):
        raise InputError(f"{path}: 'values' is a list, not a {values.__class__.__name__}")
    if len(values) > MAX_VALUES:
        raise InputError(f"{path}: a list of more than {MAX_VALUES:,} values")
    return tuple(_scalar(value, f"{path}.values[{number}]") for number, value in enumerate(values))


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
                f"{path}: a value is a text, a number, true or false, not a {value.__class__.__name__}; "
                "an expression made in Python is checked before it becomes JSON"
            )


def digest(expression: Expression) -> str:
    """Return the SHA-256 of the expression's canonical JSON: equal for equal questions, on any machine.

    Cursors carry it, so that none is used with another question than its own. Take it of the checked expression.

    >>> from crmcore.query import F
    >>> digest(F.city == "Utrecht")[:12], digest(F.city == "Delft") == digest(F.city == "Utrecht")
    ('ed7dbe1acfee', False)
    """
    text = json.dumps(to_json(expression), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return sha256(text.encode("ascii")).hexdigest()
