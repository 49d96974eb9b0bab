"""Segments that tell of what whoever asks may not see: refused by their names, before they are put into a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.errors import FieldHidden
from crmcore.query._folding import segments_in
from crmcore.query._unseen import unseen
from crmcore.query.checking import checked

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

    from crmcore.query.tree import Expression
    from crmcore.query.types import Subject

__all__ = ["demand_seen"]


def demand_seen(
    question: Expression,
    subject: Subject,
    *,
    segments: Callable[[str], Expression],
    hidden: AbstractSet[str],
) -> None:
    """Refuse a question that asks for a segment which, by whatever inner one, asks what may not be seen.

    Who belongs to it would tell of the hidden value. The error names the segment that stands in the question, and
    neither the field nor what is asked of it: the definition of a segment may be as secret as the field.

    Args:
        question: checked with the same *hidden*.
        subject: what it is about.
        segments: key -> what the segment asks; raises for a key that there is none of.
        hidden: as :func:`~crmcore.query.checking.checked` takes.

    Raises:
        FieldHidden: there is such a segment.

    >>> from crmcore.model import ContactRecord
    >>> from crmcore.query import F, segment
    >>> asks = {"paid": F.salary_minimum >= 48_000}
    >>> contact = ContactRecord.askable().subject
    >>> demand_seen(segment("paid"), contact, segments=asks.__getitem__, hidden={"salary_minimum"})
    Traceback (most recent call last):
    crmcore.errors.FieldHidden: segment 'paid' of contact may not be asked for: ...
    """
    if not unseen(hidden, subject):
        return
    for key in segments_in(question):
        if _tells(key, subject, segments, hidden):
            raise FieldHidden("", of=subject.name, by=f"segment {key[:100]!r}")


def _tells(key: str, subject: Subject, segments: Callable[[str], Expression], hidden: AbstractSet[str]) -> bool:
    """Say whether a segment, or one inside it, asks what is hidden."""
    todo, seen = [key], {key}
    while todo:
        asks = segments(todo.pop())
        try:
            checked(asks, subject, hidden=hidden)
        except FieldHidden:
            return True
        new = [inner for inner in segments_in(asks) if inner not in seen]
        seen.update(new)
        todo += new
    return False
