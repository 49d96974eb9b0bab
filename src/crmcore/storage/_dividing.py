"""What the facts of a record tell of a question, and what does not stand in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.query import Aggregate, And, Expression, InSegment, Lasting, Scored, Some
from crmcore.query._folding import nodes_of, term_of

if TYPE_CHECKING:
    from crmcore.storage._facts import Keys

__all__ = ["told_part"]


def told_part(where: Expression, keys: Keys) -> tuple[Expression, bool]:
    """Return the parts of a question that facts with those keys tell, and whether that is all of it.

    A record is not selected where a part is not true; where one part is left out, somebody else must judge the whole.

    >>> from crmcore.query import F
    >>> from crmcore.storage._facts import Keys
    >>> told_part((F.city == "Utrecht") & F.notes.exists(), Keys(("id", "city"), {}))
    (And(parts=(Compare(field='city', op=<Op.EQ: 'eq'>, value='Utrecht'),)), False)
    """
    told: list[Expression] = []
    is_all, todo = True, [where]
    while todo:
        part = todo.pop()
        if isinstance(part, And):
            todo += reversed(part.parts)
        elif isinstance(part, Lasting):
            todo.append(part.where)  # what has been so for long is so
            is_all = False
        elif isinstance(part, InSegment) and part.asks is not None:
            todo.append(part.asks)  # a member is selected where that is true, and nobody else
        elif _is_told(part, keys):
            told.append(part)
        else:
            is_all = False
    return And(told), is_all


def _is_told(part: Expression, keys: Keys) -> bool:
    """Say whether it asks only for fields of the record and items of its own collections."""
    for node in nodes_of(part):
        term = term_of(node)
        match node:
            case Lasting() | InSegment(asks=None):
                return False
            case Some(relation) if relation not in keys.relations:
                return False
            case _ if isinstance(term, Scored) or (isinstance(term, Aggregate) and term.relation not in keys.relations):
                return False
            case _ if isinstance(term, str) and "." in term:  # custom fields are in no facts
                return False
            case _:
                pass
    return True
