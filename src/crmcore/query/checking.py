"""A question held against the fields that there are, before anything is asked of a record or a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.errors import InputError, UnknownField
from crmcore.query._folding import nodes_of
from crmcore.query.rewriting import rewritten
from crmcore.query.scalars import scalar_of
from crmcore.query.tree import Compare, Expression, In, Missing, Op
from crmcore.query.types import Field, FieldType

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["UNORDERED", "checked", "field_named", "fields_of"]

UNORDERED = frozenset({FieldType.ID, FieldType.BOOLEAN, FieldType.CHOICE})
"""Types whose values are not asked for by ``<``, ``<=``, ``>`` and ``>=``.

The options of a choice have an order of their own that is not the alphabet's, an id is opaque ("99" comes after "100"),
and a boolean has two values: the answer would seldom be what was meant.
"""


def checked(expression: Expression, fields: Mapping[str, Field], *, of: str) -> Expression:
    """Return the expression with every value as the canonical scalar of its field; checking twice changes nothing.

    The values of an In come out sorted, each once, so that lists of the same values ask the same question.

    Args:
        expression: the question, of any origin.
        fields: what may be asked about, under the fields' keys.
        of: what the fields belong to, such as ``contact``, for the messages.

    Raises:
        UnknownField: there is no such field; the nearest are named.
        InputError: a value is not of the field's type; an order is asked of a type of :data:`UNORDERED`; the
            expression has more than 10,000 nodes, nests deeper than 200, lists more than 100,000 values at once or
            250,000 in all, or takes more than 10,000,000 characters.

    >>> from crmcore.model import catalogue
    >>> from crmcore.query import F
    >>> checked(F.salary_minimum >= 48_000, catalogue().by_key, of="contact")
    Compare(field='salary_minimum', op=<Op.GE: 'ge'>, value=48000.0)
    """
    asked = {key: field_named(key, fields, of=of) for key in sorted(fields_of(expression))}

    def leaf(node: Compare | In) -> Expression:
        field = asked[node.field]
        if isinstance(node, Compare):
            return Compare(node.field, _op(node.op, field, of=of), scalar_of(node.value, field.type, field=node.field))
        return In(node.field, sorted({scalar_of(value, field.type, field=node.field) for value in node.values}))

    return rewritten(expression, leaf)


def field_named(key: str, fields: Mapping[str, Field], *, of: str) -> Field:
    """Return the field of that key; raise UnknownField with the nearest names."""
    try:
        return fields[key]
    except KeyError:
        raise UnknownField(key, fields, of=of) from None


def _op(op: Op, field: Field, *, of: str) -> Op:
    if op is not Op.EQ and field.type in UNORDERED:
        raise InputError(
            f"field {field.key!r} of {of} is of type {field.type}, whose values have no order to ask for; "
            "use ==, != or in_([...])"
        )
    return op


def fields_of(expression: Expression) -> frozenset[str]:
    """Return the keys of the fields that the expression asks about.

    >>> from crmcore.query import F
    >>> sorted(fields_of((F.city == "Utrecht") | F.email.is_known()))
    ['city', 'email']
    """
    return frozenset(node.field for node in nodes_of(expression) if isinstance(node, Compare | In | Missing))
