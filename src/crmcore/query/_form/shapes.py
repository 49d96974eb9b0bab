"""Which keys each node has in JSON, and what stands there: one table for reading, writing and the schema."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.query.tree import (
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
    Some,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FIRST", "SHAPES", "Kind", "Shape", "name_of"]


class Kind(StrEnum):
    """What stands at a key."""

    TERM = "term"
    VALUE = "value"
    VALUES = "values"
    TEXT = "text"
    HOW = "how"
    DAY = "day"
    FLAG = "flag"
    WHOLE = "whole"
    DEGREES = "degrees"
    POINT = "point"
    SPAN = "span"
    EXPRESSION = "expression"
    EXPRESSIONS = "expressions"


@attrs.frozen
class Shape:
    """One sort of node.

    Attributes:
        node: its class.
        keys: what stands at each key beside ``op``; the keys are the node's attributes.
        defaults: what a key means that is left out.

    """

    node: type[Expression]
    keys: Mapping[str, Kind]
    defaults: Mapping[str, Any] = attrs.field(factory=dict)


_LEAF = {"field": Kind.TERM}
_COMPARED = Shape(Compare, {**_LEAF, "value": Kind.VALUE})

SHAPES: dict[str, Shape] = {
    **{op.value: _COMPARED for op in Op},
    "between": Shape(
        Between,
        {**_LEAF, "first": Kind.VALUE, "last": Kind.VALUE, "includes_last": Kind.FLAG},
        {"includes_last": True},
    ),
    "in": Shape(In, {**_LEAF, "values": Kind.VALUES, "folds": Kind.FLAG}, {"folds": False}),
    "missing": Shape(Missing, _LEAF),
    "match": Shape(Match, {**_LEAF, "how": Kind.HOW, "text": Kind.TEXT}),
    "recurs": Shape(Recurs, {**_LEAF, "first": Kind.DAY, "last": Kind.DAY}),
    "near": Shape(
        Near,
        {"km": Kind.DEGREES, "of": Kind.POINT, "latitude": Kind.TEXT, "longitude": Kind.TEXT},
        {"latitude": "latitude", "longitude": "longitude"},
    ),
    "sample": Shape(Sample, {"salt": Kind.TEXT, "first": Kind.WHOLE, "end": Kind.WHOLE, "of": Kind.WHOLE}),
    "words": Shape(Words, {"text": Kind.TEXT}),
    "segment": Shape(InSegment, {"segment": Kind.TEXT}),
    "some": Shape(Some, {"relation": Kind.TEXT, "where": Kind.EXPRESSION}),
    "lasting": Shape(Lasting, {"where": Kind.EXPRESSION, "span": Kind.SPAN}),
    "and": Shape(And, {"parts": Kind.EXPRESSIONS}),
    "or": Shape(Or, {"parts": Kind.EXPRESSIONS}),
    "not": Shape(Not, {"part": Kind.EXPRESSION}),
}
"""``op`` -> what the node looks like."""

FIRST = frozenset({"eq", "lt", "le", "gt", "ge", "in", "missing", "and", "or", "not"})
"""What version 1 had, with keys of fields and scalars only, and lists that do not fold."""

_NAMES = {shape.node: name for name, shape in SHAPES.items() if shape.node is not Compare}


def name_of(node: Expression) -> str:
    """Return the ``op`` of a node."""
    return node.op.value if isinstance(node, Compare) else _NAMES[node.__class__]
