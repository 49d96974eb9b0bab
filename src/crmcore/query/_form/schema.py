"""The JSON schema of the form, made of the same table of shapes that reads it."""

from __future__ import annotations

from typing import Any

from crmcore.query._folding import MAX_VALUES
from crmcore.query._form.shapes import FIRST, SHAPES, Kind
from crmcore.query._form.values import AGGREGATE, MOMENT, SCORE, SPAN
from crmcore.query.moments import MOST, Unit
from crmcore.query.scalars import LARGEST_INTEGER, SMALLEST_INTEGER
from crmcore.query.tree import How, TextMatch

__all__ = ["schema"]

_TEXT = {"type": "string"}
_WHOLE = {"type": "integer", "minimum": SMALLEST_INTEGER, "maximum": LARGEST_INTEGER}
_STARTS = [unit.value for unit in Unit if unit not in {Unit.SECOND, Unit.MINUTE, Unit.HOUR}]


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


_DEFINITIONS = {
    Kind.TERM: _ref("term"),
    Kind.VALUE: _ref("value"),
    Kind.VALUES: {"type": "array", "items": _ref("value"), "maxItems": MAX_VALUES},
    Kind.TEXT: _TEXT,
    Kind.HOW: {"enum": [how.value for how in TextMatch]},
    Kind.DAY: {"anyOf": [_ref("moment"), _TEXT]},
    Kind.FLAG: {"type": "boolean"},
    Kind.WHOLE: _WHOLE,
    Kind.DEGREES: {"type": "number"},
    Kind.POINT: {"anyOf": [_TEXT, {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}]},
    Kind.SPAN: {"anyOf": [_ref("span"), _TEXT]},
    Kind.EXPRESSION: _ref("expression"),
    Kind.EXPRESSIONS: {"type": "array", "items": _ref("expression")},
}
_IN_FIRST = {
    Kind.TERM: _TEXT,
    Kind.VALUE: _ref("scalar"),
    Kind.VALUES: {"type": "array", "items": _ref("scalar"), "maxItems": MAX_VALUES},
    Kind.EXPRESSION: _ref("expression_1"),
    Kind.EXPRESSIONS: {"type": "array", "items": _ref("expression_1")},
}


def schema() -> dict[str, Any]:
    """Return the schema: JSON Schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A question to crmcore",
        "oneOf": [_envelope(1, "expression_1"), _envelope(2, "expression")],
        "$defs": {
            "expression": {"oneOf": [_node(op, _DEFINITIONS) for op in SHAPES]},
            "expression_1": {"oneOf": [_node(op, _IN_FIRST) for op in SHAPES if op in FIRST]},
            "term": {"anyOf": [_TEXT, _aggregate(), _object(dict.fromkeys(SCORE[0], _TEXT), SCORE)]},
            "value": {"anyOf": [_ref("scalar"), _ref("moment")]},
            "scalar": {"anyOf": [_TEXT, {"type": "boolean"}, {"type": "number"}]},
            "span": _object(_TIMED, SPAN),
            "moment": _object({**_TIMED, "start_of": {"enum": _STARTS}, "zone": _TEXT}, MOMENT),
        },
    }


_TIMED = {
    "amount": {"type": "integer", "minimum": -MOST, "maximum": MOST},
    "unit": {"enum": [unit.value for unit in Unit]},
}


def _envelope(version: int, expression: str) -> dict[str, Any]:
    keys = {"version": {"const": version}, "where": _ref(expression)}
    return _object(keys, (frozenset(keys), frozenset()))


def _node(op: str, kinds: dict[Kind, dict[str, Any]]) -> dict[str, Any]:
    shape = SHAPES[op]
    keys = {"op": {"const": op}, **{key: kinds[kind] for key, kind in shape.keys.items() if kind in kinds}}
    return _object(keys, (frozenset(keys) - set(shape.defaults), frozenset(shape.defaults)))


def _aggregate() -> dict[str, Any]:
    keys = {"how": {"enum": [how.value for how in How]}, "where": _ref("expression")}
    return _object({**keys, **dict.fromkeys(("relation", "field", "by"), _TEXT)}, AGGREGATE)


def _object(properties: dict[str, Any], keys: tuple[frozenset[str], frozenset[str]]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(keys[0]),
        "additionalProperties": False,
    }
