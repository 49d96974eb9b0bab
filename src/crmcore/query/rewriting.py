"""The same question with other leaves, such as values in the form in which a store keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from crmcore.query._folding import folded
from crmcore.query.tree import And, Compare, Expression, In, Missing, Not, Or

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["rewritten"]


def rewritten(expression: Expression, at: Callable[[Compare | In], Expression]) -> Expression:
    """Return the expression with every comparison replaced by what *at* makes of it.

    >>> from crmcore.query import F, Op
    >>> rewritten(~(F.city == "utrecht"), lambda leaf: Compare(leaf.field, Op.EQ, leaf.value.upper()))
    Not(part=Compare(field='city', op=<Op.EQ: 'eq'>, value='UTRECHT'))
    """

    def step(node: Expression, parts: tuple[Expression, ...]) -> Expression:
        match node:
            case Compare() | In():
                return at(node)
            case Missing():
                return node
            case And():
                return And(parts)
            case Or():
                return Or(parts)
            case Not():
                return Not(*parts)
            case _:
                assert_never(node)

    return folded(expression, step)
