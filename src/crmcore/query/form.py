"""Expressions as JSON: to keep, to send, and to tell one question from another.

A versioned envelope around one object a node; every node names its ``op``:

=============================  ===================================================================
``op``                         beside it
=============================  ===================================================================
eq, lt, le, gt, ge, is         ``field``, ``value``
between                        ``field``, ``first``, ``last``; ``includes_last``, unless true
in                             ``field``, ``values``; ``folds``, unless false
missing                        ``field``
match                          ``field``, ``how`` (is, contains, starts, ends, words, like), ``text``
recurs                         ``field``, ``first``, ``last``: moments, or "MM-DD"
near                           ``km``, ``of``: a name or [latitude, longitude]; ``latitude``, ``longitude``
sample                         ``salt``, ``first``, ``end``, ``of``
words                          ``text``
segment                        ``segment``
some                           ``relation``, ``where``
lasting                        ``where``, ``span``
and, or                        ``parts``
not                            ``part``
=============================  ===================================================================

A ``field`` is a key; or ``{"how": "count", "relation": "skills"}`` with ``field``, ``by`` and ``where`` as needed; or
``{"score": "skills_like", "to": "python"}``. A value is a scalar, or a moment: ``{"amount": -90, "unit": "day"}`` with
``start_of`` and ``zone`` as needed. A span is ``{"amount": 30, "unit": "day"}``.

JSON elsewhere may turn 4.0 into 4; checking the expression makes it 4.0 again where the field is a number. Version 2 is
written where version 1, which had fewer nodes and no moments, cannot say it: so old questions keep their digests.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias

from crmcore._messages import kind_of
from crmcore.errors import InputError
from crmcore.query._folding import MAX_NODES, MAX_VALUES, fold, folded
from crmcore.query._form.schema import schema
from crmcore.query._form.shapes import FIRST, SHAPES, Kind, name_of
from crmcore.query._form.values import read_as, read_term, written_as, written_term
from crmcore.query.tree import Compare, Expression, InSegment, Op

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

__all__ = ["VERSION", "digest", "expression_schema", "from_json", "to_json"]

VERSION = 2
"""The newest version of the form; every version up to it is read."""


def to_json(expression: Expression) -> dict[str, Any]:
    """Return the expression as an object that ``json.dumps`` takes.

    Raises:
        InputError: a value that is no scalar (check the expression first), or an expression beyond the limits.

    >>> from crmcore.query import F, ago
    >>> to_json(F.city == "Utrecht")
    {'version': 1, 'where': {'op': 'eq', 'field': 'city', 'value': 'Utrecht'}}
    >>> to_json(F.touched_at > ago(days=90))
    {'version': 2, 'where': {'op': 'gt', 'field': 'touched_at', 'value': {'amount': -90, 'unit': 'day'}}}
    """
    return _whole(expression, _written)


Writing: TypeAlias = "Callable[[Expression, tuple[dict[str, Any], ...]], dict[str, Any]]"
"""Writes a node, given what was written of its parts."""


def _whole(expression: Expression, write: Writing) -> dict[str, Any]:
    """Return the object of all nodes, with the first version of the form that has them."""
    newest = 1

    def written(node: Expression, parts: tuple[dict[str, Any], ...]) -> dict[str, Any]:
        nonlocal newest
        obj = write(node, parts)
        if not _is_first(obj):
            newest = 2
        return obj

    where = folded(expression, written)
    return {"version": newest, "where": where}


def _is_first(obj: dict[str, Any]) -> bool:
    """Say whether version 1 had such a node."""
    plain = (obj.get("field"), obj.get("value"), *obj.get("values", ()))
    return obj["op"] in FIRST and "folds" not in obj and not any(isinstance(one, dict) for one in plain)


def _written(node: Expression, parts: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    op = name_of(node)
    shape = SHAPES[op]
    obj: dict[str, Any] = {"op": op}
    for key, kind in shape.keys.items():
        value = getattr(node, key)
        match kind:
            case Kind.EXPRESSION:
                obj[key] = parts[0]
            case Kind.EXPRESSIONS:
                obj[key] = list(parts)
            case Kind.TERM:
                obj[key] = written_term(value, parts[0] if parts else None, key)
            case _:
                obj[key] = written_as(kind, value, f"{op}.{key}")
        if key in shape.defaults and obj[key] == shape.defaults[key]:
            del obj[key]
    return obj


def _written_out(node: Expression, parts: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """Return a node with what the segment asks, of which the form that is kept has the key alone."""
    obj = _written(node, parts)
    return {**obj, "asks": parts[0]} if isinstance(node, InSegment) and parts else obj


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
    ops = SHAPES.keys() if version > 1 else FIRST
    return fold(("where", obj["where"]), parts_of=lambda place: _parts(place, ops), at=_read)


Place = tuple[str, Any]
"""Where in the object something stands, and what."""


def _parts(place: Place, ops: AbstractSet[str]) -> Sequence[Place]:
    """Return the expressions inside a node, after making sure that it is one, of a version that has it."""
    path, node = place
    if not isinstance(node, dict):
        raise InputError(f"{path}: an object is needed, not {kind_of(node)}")
    op = node.get("op")
    if not isinstance(op, str) or op not in ops:
        raise InputError(f"{path}: 'op' is one of {', '.join(name for name in SHAPES if name in ops)}")
    shape = SHAPES[op]
    keys = {"op", *shape.keys} - ({"folds"} if ops is FIRST else set())
    if not keys - set(shape.defaults) <= set(node) <= keys:
        raise InputError(
            f"{path}: {op!r} has exactly the keys {', '.join(sorted(keys))}{_optional(keys & shape.defaults.keys())}"
        )
    if ops is FIRST:
        _demand_first(node, path)
    return [part for key, kind in shape.keys.items() for part in _inside(f"{path}.{key}", node.get(key), kind)]


def _demand_first(node: dict[str, Any], path: str) -> None:
    """Refuse what version 1 did not have: terms that are computed, and moments."""
    if isinstance(node.get("field"), dict):
        raise InputError(f"{path}.field: the key of a field is a text in version 1")
    if isinstance(node.get("value"), dict):
        raise InputError(f"{path}: a value is a text, a number, true or false in version 1")
    values = node.get("values")
    for number, value in enumerate(values[:MAX_VALUES] if isinstance(values, list) else ()):
        if isinstance(value, dict):
            raise InputError(f"{path}.values[{number}]: a value is a text, a number, true or false in version 1")


def _optional(defaults: AbstractSet[str]) -> str:
    return f", of which {', '.join(sorted(defaults))} may be left out" if defaults else ""


def _inside(path: str, value: Any, kind: Kind) -> Sequence[Place]:
    match kind:
        case Kind.EXPRESSION:
            return [(path, value)]
        case Kind.TERM if isinstance(value, dict) and "where" in value:
            return [(f"{path}.where", value["where"])]
        case Kind.EXPRESSIONS if not isinstance(value, list):
            raise InputError(f"{path}: a list is needed, not {kind_of(value)}")
        case Kind.EXPRESSIONS if len(value) > MAX_NODES:
            raise InputError(f"{path}: the expression has more than {MAX_NODES:,} nodes")
        case Kind.EXPRESSIONS:
            return [(f"{path}[{number}]", part) for number, part in enumerate(value)]
        case _:
            return ()


def _read(place: Place, parts: tuple[Expression, ...]) -> Expression:
    path, node = place
    shape = SHAPES[node["op"]]
    found: dict[str, Any] = {"op": Op(node["op"])} if shape.node is Compare else {}
    for key, kind in shape.keys.items():
        match kind:
            case _ if key not in node:
                found[key] = shape.defaults[key]
            case Kind.EXPRESSION:
                found[key] = parts[0]
            case Kind.EXPRESSIONS:
                found[key] = parts
            case Kind.TERM:
                found[key] = read_term(node[key], parts[0] if parts else None, f"{path}.{key}")
            case _:
                found[key] = read_as(kind, node[key], f"{path}.{key}")
    return shape.node(**found)


def expression_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of what :func:`to_json` writes and :func:`from_json` reads.

    Limits of size and depth, and whether a time zone exists, are beyond a schema.

    >>> sorted(expression_schema()["$defs"])
    ['expression', 'expression_1', 'moment', 'scalar', 'span', 'term', 'value']
    """
    return schema()


def digest(expression: Expression) -> str:
    """Return the SHA-256 of the expression's canonical JSON: equal for equal questions, on any machine.

    Cursors carry it, so that none is used with another question than its own. Take it of the checked expression. What
    segments ask is part of it where it has been put in.

    >>> from crmcore.query import F
    >>> digest(F.city == "Utrecht")[:12], digest(F.city == "Delft") == digest(F.city == "Utrecht")
    ('ed7dbe1acfee', False)
    """
    obj = _whole(expression, _written_out)
    text = json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return sha256(text.encode("ascii")).hexdigest()
