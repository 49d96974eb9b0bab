"""A question held against what can be asked about, before anything is asked of a record or a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.query._checker import TEXTS, UNORDERED, Checker, field_named
from crmcore.query._folding import check_limits
from crmcore.query._unseen import unseen
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
    Or,
    Recurs,
)
from crmcore.query.types import Field, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

__all__ = ["TEXTS", "UNORDERED", "checked", "checker", "field_named", "fields_of"]


def checked(
    expression: Expression,
    subject: Subject | Mapping[str, Field],
    *,
    of: str = "",
    hidden: AbstractSet[str] = frozenset(),
) -> Expression:
    """Return the expression with every value as the canonical scalar of its field; checking twice changes nothing.

    The values of an In come out sorted, each once, so that lists of the same values ask the same question.

    Args:
        expression: the question.
        subject: what it is about; a mapping of fields by their keys, where there are no relations.
        of: what messages call a subject that is given as a mapping.
        hidden: keys of fields and relations that whoever asks may not see; those of a relation as "relation.field". The
            same value under another name is hidden with it, and so is every way round to it.

    Raises:
        UnknownField: a field or a relation that there is not; offers the nearest.
        FieldHidden: one that may not be seen, or what would tell of it: words that are read from it, a relation that
            goes by it, and, where anything is hidden, a score, whose function sees the whole record. What inner
            segments ask is looked at by :func:`~crmcore.query.hiding.demand_seen`.
        InputError: a value of the wrong type, or what cannot be asked of such a field; names the field.

    >>> from crmcore.model import catalogue
    >>> from crmcore.query import F
    >>> checked(F.salary_minimum >= 48_000, catalogue().by_key, of="contact")
    Compare(field='salary_minimum', op=<Op.GE: 'ge'>, value=48000.0)
    """
    check_limits(expression)  # and then it may be walked as deep as it is
    about = subject if isinstance(subject, Subject) else Subject(name=of, fields=subject)
    return checker(about, hidden).node(expression)


def checker(subject: Subject, hidden: AbstractSet[str] = frozenset()) -> Checker:
    """Return what checks the nodes of an expression, which must be within the limits."""
    return Checker(subject, unseen(hidden, subject))


def fields_of(expression: Expression) -> frozenset[str]:
    """Return the keys of the fields of the record itself that the expression asks about, not those of its items.

    >>> from crmcore.query import F
    >>> sorted(fields_of((F.city == "Utrecht") | F.email.is_known()))
    ['city', 'email']
    """
    found: set[str] = set()
    todo: list[Expression] = [expression]
    check_limits(expression)
    while todo:
        node = todo.pop()
        match node:
            case And() | Or():
                todo += node.parts
            case Not():
                todo.append(node.part)
            case Lasting():
                todo.append(node.where)
            case InSegment(asks=asks) if asks is not None:
                todo.append(asks)
            case Near():
                found |= {node.latitude, node.longitude}
            case Compare(str() as key) | Between(str() as key) | In(str() as key) | Missing(str() as key):
                found.add(key)
            case Match(str() as key) | Recurs(str() as key):
                found.add(key)
            case _:
                pass
    return frozenset(found)
