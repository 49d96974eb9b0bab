"""Of what type the values of a term are, while the question is still being read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.query.tree import Aggregate, How, Scored, Term
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcore.query.types import Subject

__all__ = ["subject_inside", "type_of"]


def subject_inside(subject: Subject | None, relations: Iterable[str]) -> Subject | None:
    """Return the subject to which relations lead, one after the other; None where that is not known."""
    for relation in relations:
        subject = subject.relations.get(relation) if subject is not None else None
    return subject


def type_of(term: Term | None, about: Subject) -> FieldType | None:
    """Return the type of a term's values; None where it is not known."""
    match term:
        case str():
            return about.fields[term].type if term in about.fields else None
        case Scored():
            return FieldType.NUMBER
        case Aggregate(how=How.COUNT):
            return FieldType.INTEGER
        case Aggregate(how=How.SUM | How.MEAN):
            return FieldType.NUMBER
        case Aggregate(relation=relation, field=field) if relation in about.relations:
            return type_of(field, about.relations[relation])
        case _:
            return None
