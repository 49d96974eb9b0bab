"""The same question with other leaves, such as values in the form in which a store keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.query._folding import folded, rebuilt
from crmcore.query.tree import And, Expression, Lasting, Not, Or, Some

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["rewritten"]


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
