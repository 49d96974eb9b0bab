"""What a question needs to know of what it asks about: the fields of a record, and the relations to its items."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

__all__ = ["ACTIVITY", "ChoiceField", "Facts", "Field", "FieldType", "Scalar", "Subject"]

Scalar: TypeAlias = str | int | float | bool
"""One known value as questions compare it and as a column of a database holds it."""

Facts: TypeAlias = "Mapping[str, tuple[Scalar, ...] | tuple[Facts, ...]]"
"""One record, or one item, as questions see it.

The key of a field -> its known values; the key of a relation -> its items, in their order, each as facts again. What
has nothing may be left out.
"""


ACTIVITY = "activity"
"""The relation of every record to the events about it, in the order in which they were recorded."""


class FieldType(StrEnum):
    """How the values of a field compare and what a column of them holds."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    DATE = "date"
    """A partial date."""
    INSTANT = "instant"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    ID = "id"
    ANY = "any"
    """Whatever a host keeps there: a text, a number or a boolean. Two sorts are unequal, and have no order."""


class Field(Protocol):
    """One field that can be asked about; fields are handed in as a mapping of their keys."""

    @property
    def key(self) -> str:
        """The stable name that expressions use."""
        ...

    @property
    def type(self) -> FieldType:
        """How its values compare."""
        ...

    @property
    def is_multi(self) -> bool:
        """Whether a record may hold several values of it."""
        ...


@runtime_checkable
class ChoiceField(Protocol):
    """A field that says which words it may hold."""

    @property
    def options(self) -> tuple[str, ...]:
        """The words that it allows; empty means any."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether it may hold words that are none of the options."""
        ...

    @property
    def is_small(self) -> bool:
        """Whether its words have small letters only."""
        ...


@attrs.frozen
class Subject:
    """What a question is about: a kind of record, or the items of one of its relations.

    Attributes:
        name: what messages call it, such as "contact" or "skills of contact".
        fields: what can be compared, by key.
        relations: what its items are, by key; never a key of a field. A relation may lead back to where one came from.
        outside: keys of the relations whose items are no part of the record, such as other records.
        has_words: whether there are texts that are searched by words.
        word_fields: keys of the fields that those texts are read from; of an attribute that is no field, its path. None
            where nobody knows.
        same: key of a field -> the same values as a field of items, such as ``skill`` -> ``skills.name``.
        links: key of a relation to other records -> the field here, and the one there, whose values are equal.

    """

    name: str
    fields: Mapping[str, Field]
    relations: Mapping[str, Subject] = attrs.field(factory=dict, repr=False)
    outside: AbstractSet[str] = frozenset()
    has_words: bool = True
    word_fields: AbstractSet[str] | None = None
    same: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    links: Mapping[str, tuple[str, str]] = attrs.field(factory=dict, repr=False)
