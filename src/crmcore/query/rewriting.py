"""One expression made from another, leaf by leaf."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from crmcore.query._folding import folded
from crmcore.query.tree import And, Compare, Expression, In, Missing, Not, Or

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["rewritten"]


def rewritten(expression: Expression, leaf: Callable[[Compare | In], Expression]) -> Expression:
    """Return the expression with what *leaf* makes of each comparison; joins, and what is missing, stay as they are.

    >>> from crmcore.query import F
    >>> rewritten(~(F.city == "UTRECHT"), lambda one: F[one.field] == one.value.title())
    Not(part=Compare(field='city', op=<Op.EQ: 'eq'>, value='Utrecht'))
    """

    def at(node: Expression, parts: tuple[Expression, ...]) -> Expression:
        match node:
            case Compare() | In():
                return leaf(node)
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

    return folded(expression, at)
