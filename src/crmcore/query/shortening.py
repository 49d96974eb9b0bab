"""Questions asked of the first letters of texts: the same 500 that facts and columns have."""

from __future__ import annotations

from typing import Any

import attrs

from crmcore.query.reading import LONGEST
from crmcore.query.rewriting import rewritten, with_values
from crmcore.query.tree import Between, Compare, Expression, In, Match, TextMatch

__all__ = ["shortened"]


def shortened(question: Expression) -> Expression:
    """Return a question whose texts are cut as those of facts are.

    >>> from crmcore.query import F
    >>> len(shortened(F.headline == 600 * "a").value)
    500
    """

    def cut(node: Expression) -> Expression:
        match node:
            case Compare() | Between() | In():
                return with_values(node, _short)
            case Match(how=TextMatch.IS | TextMatch.STARTS):
                return attrs.evolve(node, text=_short(node.text))
            case _:
                return node

    return rewritten(question, cut)


def _short(value: Any) -> Any:
    """Return a text's first letters, and anything else as it is."""
    return value[:LONGEST] if isinstance(value, str) else value
