"""One entry of a catalogue: what a field is called, where it stands, how it compares, and who may see it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcore.hygiene.roles import Role

__all__ = ["FieldSpec", "RelationSpec", "Sensitivity", "many", "one"]


class Sensitivity(StrEnum):
    """Who may see a field, before any rule of the host."""

    INTERNAL = "internal"
    """Says nothing of the person by itself, such as the owner."""
    PERSONAL = "personal"
    CONFIDENTIAL = "confidential"
    """Pay, notes, private custom fields: hidden unless granted."""
    SPECIAL = "special"
    """Identity numbers and what the law guards more than the rest."""

    def reaches(self, other: Sensitivity) -> bool:
        """Say whether it is as strict as the other, or stricter.

        >>> Sensitivity.SPECIAL.reaches(Sensitivity.CONFIDENTIAL)
        True
        """
        levels = list(Sensitivity)
        return levels.index(self) >= levels.index(other)


def _words(options: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(str, options))


@attrs.frozen(kw_only=True)
class FieldSpec:
    """One entry of the catalogue.

    Attributes:
        key: the stable name that queries and mappings use.
        path: attributes from the record to the value; of a collection, the attribute of each item.
        type: how values compare.
        sensitivity: who may see it.
        cleaner: ``module.function`` within `crmcore.hygiene`, or empty where text is taken as it is.
        role: what a column of a file that holds it is called in `crmcore.hygiene.roles`, if any.
        is_indexed: whether storage keeps a lookup key for it.
        is_multi: whether a record holds several.
        options: the words that a choice allows; empty means any. The members of a StrEnum become their values.
        is_open: whether it may hold words that are none of the options.
        is_small: whether its words have small letters only, so that another spelling is the same word.
        item_key: what questions about one item of a collection call it, see :attr:`asked_in_item`; by default the last
            part of the path.
        is_entry: whether the last part of the path is the key of a mapping, and no attribute.

    """

    key: str
    path: str
    type: FieldType = FieldType.TEXT
    sensitivity: Sensitivity = Sensitivity.PERSONAL
    cleaner: str = ""
    role: Role | None = None
    is_indexed: bool = False
    is_multi: bool = False
    options: tuple[str, ...] = attrs.field(default=(), converter=_words)
    is_open: bool = False
    is_small: bool = False
    item_key: str = ""
    is_entry: bool = False

    @property
    def lies_in_items(self) -> bool:
        """Whether it is a value of each item of a collection, which can be asked about item by item."""
        return self.is_multi and "." in self.path and not self.is_entry

    @property
    def asked_in_item(self) -> str:
        """What it is called where one item is asked about; a normal form and a key are called as the field is.

        >>> many("skill", "skills.name").asked_in_item, many("email", "emails.normal").asked_in_item
        ('name', 'email')
        """
        last = self.path.rpartition(".")[2]
        return self.item_key or (self.key if last in {"normal", "key"} else last)

    @property
    def root(self) -> str:
        """The attribute of the record under which the value stands."""
        return self.path.partition(".")[0]


@attrs.frozen(kw_only=True)
class RelationSpec:
    """Other records that belong to a record, which can be asked about with it.

    They are those of which a value of the field *there* equals a value of the record's own field *here*.

    Attributes:
        key: what questions call the relation, such as ``organisations``.
        kind: of which kind the others are.
        here, there: keys of fields, or ``id``.

    """

    key: str
    kind: str
    here: str = "id"
    there: str = "id"


def one(key: str, path: str = "", *, role: Role | None = None, cleaner: str = "", **more: object) -> FieldSpec:
    """Return the entry of a field with one value; its path is its key where none is given."""
    return FieldSpec(key=key, path=path or key, role=role, cleaner=cleaner, **more)  # type: ignore[arg-type]


def many(key: str, path: str, *, role: Role | None = None, cleaner: str = "", **more: object) -> FieldSpec:
    """Return the entry of a field that lies in the items of a collection."""
    return one(key, path, role=role, cleaner=cleaner, is_multi=True, **more)
