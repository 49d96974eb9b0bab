"""What can be asked of each kind of record: its fields, the items of its collections, other records, what happened.

=====================  ===============================================================================================
relation               its items
=====================  ===============================================================================================
a collection           such as ``skills`` with name and level; a collection is called as its attribute, or as
                       :attr:`Record.relation_names` says
related records        :attr:`Record.relations`: all that those can be asked, their own relations included
``activity``           the events about the record: type, at, recorded_at, actor, reason, and ``data.<key>``
=====================  ===============================================================================================

>>> from crmcore.model import ContactRecord
>>> contact = Subjects()[ContactRecord].subject
>>> contact.fields["city"].type, sorted(contact.relations["skills"].fields)
(<FieldType.TEXT: 'text'>, ['level', 'name'])
>>> contact.relations["organisations"].relations["people"] is contact
True
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.fields import spec_of
from crmcore.model.record import ID_FIELD
from crmcore.model.schema import KINDS
from crmcore.query.reading import Reading
from crmcore.query.types import ACTIVITY, FieldType, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from crmcore.model.custom import CustomField
    from crmcore.model.record import Record
    from crmcore.query.types import Field

__all__ = [
    "ACTIVITY_FIELDS",
    "ACTIVITY_READING",
    "DATA",
    "DEFAULT_SUBJECTS",
    "Askable",
    "ItemField",
    "Subjects",
]

ACTIVITY_FIELDS: tuple[FieldSpec, ...] = (
    one("type", type=FieldType.CHOICE, is_small=True, sensitivity=Sensitivity.INTERNAL),
    one("at", "occurred_at", type=FieldType.INSTANT, sensitivity=Sensitivity.INTERNAL),
    one("recorded_at", type=FieldType.INSTANT, sensitivity=Sensitivity.INTERNAL),
    one("actor", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL),
    one("reason", sensitivity=Sensitivity.INTERNAL),
)
"""What an event can be asked, beside its data."""
DATA = "data."
"""What the keys of an event's own data begin with."""


@attrs.frozen(kw_only=True)
class ItemField:
    """A field of the items of a collection.

    Attributes:
        key: what questions about an item call it.
        spec: the entry of the catalogue: the same values as a field of the record.

    """

    key: str
    spec: FieldSpec
    is_multi: bool = False

    @property
    def type(self) -> FieldType:
        """How its values compare."""
        return self.spec.type

    @property
    def options(self) -> tuple[str, ...]:
        """The words that a choice allows; empty means any."""
        return self.spec.options

    @property
    def is_open(self) -> bool:
        """Whether it may hold words that are none of the options."""
        return self.spec.is_open

    @property
    def is_small(self) -> bool:
        """Whether its words have small letters only."""
        return self.spec.is_small


class _DataFields(Mapping[str, "Field"]):
    """The fields of an event: those that all have, and ``data.<key>`` for whatever key."""

    def __init__(self) -> None:
        self._known = {spec.key: spec for spec in ACTIVITY_FIELDS}

    def __getitem__(self, key: str) -> Field:
        if key in self._known:
            return self._known[key]
        if key.startswith(DATA) and key != DATA:
            return FieldSpec(key=key, path=key, type=FieldType.ANY, is_multi=True, is_entry=True)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


ACTIVITY_READING = Reading(ACTIVITY_FIELDS, name="event", open_entries="data")
"""Reads :class:`~crmcore.model.events.Event`."""
_ACTIVITY_SUBJECT = Subject("event", _DataFields(), has_words=False)


@attrs.frozen(kw_only=True)
class Askable:
    """All that can be asked of the records of one class.

    Attributes:
        subject: what questions are checked by.
        reading: what reads their facts.
        related: relation -> where the related records are.
        items: relation -> the attribute that holds its collection.
        custom: the entries of custom fields, by key; they are in the subject, and in no column.

    """

    subject: Subject
    reading: Reading
    related: Mapping[str, RelationSpec]
    items: Mapping[str, str]
    custom: Mapping[str, FieldSpec]


class Subjects:
    """What can be asked of the classes of some kinds, with the custom fields that are defined."""

    def __init__(
        self,
        kinds: Mapping[str, type[Record]] | None = None,
        custom_fields: Iterable[CustomField] = (),
        *,
        searched: Callable[[type[Record]], Sequence[str]] = lambda cls: cls.searched,
    ) -> None:
        """Describe on demand.

        Args:
            kinds: kind -> class; by default all of crmcore.model. A relation to another kind cannot be asked for.
            custom_fields: definitions; each becomes a field ``custom.<key>`` of the kind that it applies to.
            searched: class -> paths of the texts whose words can be asked for.

        Raises:
            InputError: a relation to a field that there is not, or under a name that is taken.

        """
        self._kinds = KINDS if kinds is None else kinds
        self._searched = searched
        self._custom: dict[str, list[FieldSpec]] = {}
        for definition in custom_fields:
            self._custom.setdefault(definition.applies_to, []).append(spec_of(definition))
        self._known: dict[type[Record], Askable] = {}

    def __getitem__(self, cls: type[Record]) -> Askable:
        known = self._known.get(cls)
        if known is None:
            known = self._known[cls] = self._described(cls)
        return known

    def _described(self, cls: type[Record]) -> Askable:
        custom = {spec.key: spec for spec in self._custom.get(cls.kind, ()) if "custom" in cls.model_fields}
        fields = {spec.key: spec for spec in (ID_FIELD, *cls.fields, *custom.values())}
        related = {link.key: link for link in cls.relations if link.kind in self._kinds}
        outside = frozenset((ACTIVITY, *related))
        reading = Reading(
            fields.values(), name=cls.kind, names=cls.relation_names, searched=self._searched(cls), outside=outside
        )
        items = {relation: _items(fields.values(), root, relation, cls) for relation, root in reading.relations.items()}
        for link in related.values():
            self._check(link, cls, fields)
        if taken := sorted(outside & (fields.keys() | items.keys()) | items.keys() & fields.keys()):
            raise InputError(f"{cls.__name__}: {taken[0]!r} is the name of a relation and of something else")
        return Askable(
            subject=Subject(
                cls.kind,
                fields,
                _Relations(self, items, related),
                outside=outside,
                has_words=bool(self._searched(cls)),
                word_fields=_word_fields(fields.values(), self._searched(cls)),
                same=_same(fields.values(), reading.relations),
                links={key: (link.here, link.there) for key, link in related.items()},
            ),
            reading=reading,
            related=related,
            items=reading.relations,
            custom=custom,
        )

    def _check(self, link: RelationSpec, cls: type[Record], fields: Mapping[str, FieldSpec]) -> None:
        others = {spec.key for spec in (ID_FIELD, *self._kinds[link.kind].fields)}
        if link.here not in fields or link.there not in others:
            raise InputError(f"{cls.__name__}: relation {link.key!r} goes by a field that there is not")

    def of_kind(self, kind: str) -> Askable:
        """Return what can be asked of a kind."""
        return self[self._kinds[kind]]


def _items(fields: Iterable[FieldSpec], root: str, relation: str, cls: type[Record]) -> Subject:
    inside = [spec for spec in fields if spec.lies_in_items and spec.root == root]
    named = {spec.asked_in_item: ItemField(key=spec.asked_in_item, spec=spec) for spec in inside}
    return Subject(f"{relation} of {cls.kind}", named, has_words=False)


def _word_fields(fields: Iterable[FieldSpec], searched: Iterable[str]) -> frozenset[str]:
    """Return the keys of the fields at, above or below the paths that words are read from; of no field, the path."""
    by_path = {path: {one.key for one in fields if _lies_on(one.path, path)} for path in searched}
    return frozenset(key for path, keys in by_path.items() for key in keys or {path})


def _lies_on(path: str, other: str) -> bool:
    return f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}.")


def _same(fields: Iterable[FieldSpec], relations: Mapping[str, str]) -> dict[str, str]:
    """Return, for each field whose values are those of items, what it is as a field of the items."""
    named = {root: relation for relation, root in relations.items()}
    return {one.key: f"{named[one.root]}.{one.asked_in_item}" for one in fields if one.lies_in_items}


class _Relations(Mapping[str, Subject]):
    """The relations of a kind; those to other kinds are described when they are first asked for: they may go round."""

    def __init__(self, subjects: Subjects, items: Mapping[str, Subject], related: Mapping[str, RelationSpec]) -> None:
        self._subjects = subjects
        self._items = {**items, ACTIVITY: _ACTIVITY_SUBJECT}
        self._related = related

    def __getitem__(self, key: str) -> Subject:
        if key in self._related:
            return self._subjects.of_kind(self._related[key].kind).subject
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        yield from self._items
        yield from self._related

    def __len__(self) -> int:
        return len(self._items) + len(self._related)


DEFAULT_SUBJECTS = Subjects()
"""What can be asked where no custom fields are defined."""
