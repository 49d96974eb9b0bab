"""The same question with other leaves, or with other values in them, such as those that a store keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.query._folding import folded, rebuilt
from crmcore.query.tree import And, Between, Compare, Expression, In, Lasting, Not, Or, Some

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["rewritten", "with_values"]


def rewritten(expression: Expression, at: Callable[[Expression], Expression]) -> Expression:
    """Return the expression with every leaf replaced by what *at* makes of it; inner ones come first.

    >>> from crmcore.query import Compare, F, Op
    >>> rewritten(~(F.city == "utrecht"), lambda leaf: Compare(leaf.field, Op.EQ, leaf.value.upper()))
    Not(part=Compare(field='city', op=<Op.EQ: 'eq'>, value='UTRECHT'))
    """

    def step(node: Expression, parts: tuple[Expression, ...]) -> Expression:
        inner = rebuilt(node, parts)
        return inner if isinstance(node, And | Or | Not | Some | Lasting) else at(inner)

    return folded(expression, step)


def with_values(leaf: Compare | Between | In, at: Callable[[Any], Any]) -> Expression:
    """Return a leaf with every value that it compares with replaced by what *at* makes of it."""
    match leaf:
        case Compare():
            return attrs.evolve(leaf, value=at(leaf.value))
        case Between():
            return attrs.evolve(leaf, first=at(leaf.first), last=at(leaf.last))
        case In():
            return attrs.evolve(leaf, values=map(at, leaf.values))
