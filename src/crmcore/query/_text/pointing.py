"""The tree held against its subject; what is refused is shown where it stands in the text."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from crmcore._messages import pointed_at
from crmcore.errors import FieldHidden, InputError, UnknownField
from crmcore.query._folding import parts_of, rebuilt, term_of
from crmcore.query.checking import checked, checker
from crmcore.query.tree import Aggregate, And, Lasting, Not, Or, Some

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from crmcore.query.tree import Expression
    from crmcore.query.types import Subject

__all__ = ["Read", "checked_in_text", "first_fault"]


class Read(Protocol):
    """A text that was read, and where in it everything stands."""

    text: str
    spans: dict[int, tuple[int, int]]
    """The places of leaves and relations, by the ids of their nodes."""
    keys: list[tuple[str, tuple[int, int]]]
    """The places of the keys of fields and relations."""


def checked_in_text(question: Expression, subject: Subject, hidden: AbstractSet[str], cursor: Read) -> Expression:
    """Return the checked question; an error carries its place in the text, and shows it in a note."""
    try:
        return checked(question, subject, hidden=hidden)
    except (InputError, FieldHidden) as error:
        found = first_fault(question, subject, hidden)
        if found is None:
            raise
        node, fault = found
        span = cursor.spans.get(id(node), (0, 1))
        fault.span = _key_within(fault, span, cursor) or span
        fault.add_note(pointed_at(cursor.text, fault.span))
        raise fault from error.__cause__


def first_fault(
    question: Expression, subject: Subject, hidden: AbstractSet[str]
) -> tuple[Expression, InputError | FieldHidden] | None:
    """Return the first node that is refused by itself, in the order of the text."""
    todo = [(question, checker(subject, hidden), False)]
    while todo:
        node, by, is_open = todo.pop()
        if not is_open:
            todo.append((node, by, True))
            with suppress(
                InputError, FieldHidden
            ):  # a relation that there is not, which the node itself is refused for
                relation = _relation(node)
                inside = by if relation is None else by.inside(relation)
                todo.extend((part, inside, False) for part in reversed(parts_of(node)))
            continue
        try:
            by.node(_alone(node))
        except (InputError, FieldHidden) as error:
            return node, error
    return None


def _relation(node: Expression) -> str | None:
    if isinstance(node, Some):
        return node.relation
    term = term_of(node)
    return term.relation if isinstance(term, Aggregate) else None


def _alone(node: Expression) -> Expression:
    """Return the node without those inside it, which are looked at by themselves."""
    match node:
        case And() | Or() | Not():
            return And(())
        case Some(relation):
            return Some(relation, And(()))
        case Lasting():
            return node
        case _:
            return rebuilt(node, [And(()) for _ in parts_of(node)])


def _key_within(fault: InputError | FieldHidden, span: tuple[int, int], cursor: Read) -> tuple[int, int] | None:
    """Return the place of the key that is refused, which is a part of its leaf."""
    if not isinstance(fault, UnknownField | FieldHidden):
        return None
    wanted = fault.field.rpartition(".")[2] if isinstance(fault, FieldHidden) else fault.field
    for key, place in cursor.keys:
        if span[0] <= place[0] and place[1] <= span[1] and key in {wanted, fault.field}:
            return place
    return None
