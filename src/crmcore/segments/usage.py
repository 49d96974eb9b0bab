"""Where fields and segments are used: what would break, or change its meaning, if one of them were changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.errors import NotFound, UnknownField
from crmcore.query._folding import segments_in, term_of
from crmcore.query.tree import Aggregate, And, Lasting, Near, Not, Or, Some

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmcore.model.segment import Segment
    from crmcore.query.tree import Expression
    from crmcore.query.types import Subject

__all__ = ["Uses", "used_by", "uses_of"]


@attrs.frozen(kw_only=True)
class Uses:
    """What one expression names.

    Attributes:
        fields: keys of fields and relations, those of items as ``skills.level``.
        segments: the keys of other segments.

    """

    fields: frozenset[str]
    segments: frozenset[str]


def uses_of(expression: Expression, subject: Subject) -> Uses:
    """Return what an expression names; of a field of an item also what the record's own field of the same values is.

    >>> from crmcore.model import ContactRecord
    >>> from crmcore.model.subjects import Subjects
    >>> from crmcore.query import F
    >>> contact = Subjects()[ContactRecord].subject
    >>> sorted(uses_of(F.skills.any(level__ge=3) & (F.city == "Utrecht"), contact).fields)
    ['city', 'skill_level', 'skills', 'skills.level']
    """
    return Uses(fields=frozenset(_named(expression, subject, "")), segments=frozenset(segments_in(expression)))


def used_by(
    segments: Iterable[Segment], subject: Subject, *, field: str | None = None, segment: str | None = None
) -> list[str]:
    """Return the keys of the segments that name a field or a segment, directly or by way of another segment.

    Raises:
        UnknownField: neither a field nor a relation of that key, or none of the items of a relation.
        NotFound: no segment of that key.

    """
    if field is not None:
        _demand_known(field, subject)
    kept = {one.id: one for one in segments}
    if segment is not None and segment not in kept:
        raise NotFound("segment", segment)
    uses = {
        key: uses_of(one.expression, subject)
        for key, one in kept.items()
        if one.expression is not None and one.of == subject.name
    }
    found = {key for key, used in uses.items() if field in used.fields or segment in used.segments}
    while more := {key for key, used in uses.items() if key not in found and used.segments & found}:
        found |= more
    return sorted(found)


def _demand_known(key: str, subject: Subject) -> None:
    """Refuse what is neither a field nor a relation, there or among the items that it leads to."""
    if key in subject.fields or key in subject.relations:
        return
    relation, dot, inner = key.partition(".")
    if not dot or relation not in subject.relations:
        raise UnknownField(key, {*subject.fields, *subject.relations}, of=subject.name)
    _demand_known(inner, subject.relations[relation])


def _named(node: Expression, subject: Subject, way: str) -> Iterator[str]:
    match node:
        case And() | Or():
            for part in node.parts:
                yield from _named(part, subject, way)
        case Not():
            yield from _named(node.part, subject, way)
        case Lasting():
            yield from _named(node.where, subject, way)
        case Some():
            yield from _inside(node.relation, (), node.where, subject, way)
        case Near():
            yield from _keys((node.latitude, node.longitude), subject, way)
        case _:
            match term_of(node):
                case str() as key:
                    yield from _keys((key,), subject, way)
                case Aggregate() as term:
                    yield from _inside(term.relation, (term.field, term.by), term.where, subject, way)
                case _:
                    pass


def _inside(relation: str, keys: Iterable[str], where: Expression | None, subject: Subject, way: str) -> Iterator[str]:
    yield f"{way}{relation}"
    if (items := subject.relations.get(relation)) is None:
        return
    yield from _keys([key for key in keys if key], items, f"{way}{relation}.")
    if where is not None:
        yield from _named(where, items, f"{way}{relation}.")


def _keys(keys: Iterable[str], subject: Subject, way: str) -> Iterator[str]:
    for key in keys:
        yield f"{way}{key}"
        spec = getattr(subject.fields.get(key), "spec", None)
        if spec is not None:
            yield f"{way.rpartition('.')[0].rpartition('.')[0]}{spec.key}"
