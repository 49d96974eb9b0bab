"""Real columns for what is searched: tables made from the catalogue of each kind, derived from the payloads.

A kind has one table with a column for each single-valued field, and one for each collection that fields lie in, with a
row for each item. What the catalogue calls indexed has an index. Beside each text stands its folded twin, where that is
not the text in small letters. The tables can be dropped and filled again at any time;
:func:`crmcore.storage.sql.migrate` does so when the catalogue has changed.

>>> from crmcore.storage.kinds import model_codec
>>> shapes = Projection(model_codec())
>>> shapes["candidate"].main.name, sorted(shapes["note"].children)
('crm_candidate', ['subjects', '~words'])
>>> [column.name for column in shapes["contact"].children["skills"].columns]
['tenant', 'id', 'item', 'skill', 'skill_level', 'skill~folded', 'skill~begins']
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, MetaData, PrimaryKeyConstraint, Table

from crmcore.query import FieldType
from crmcore.query._choices import has_one_spelling
from crmcore.query.checking import TEXTS
from crmcore.query.words import WORDS
from crmcore.storage.sql._word_index import words_table
from crmcore.storage.sql.schema import NAMES, metadata, order_indexes, ordered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from sqlalchemy.types import TypeEngine

    from crmcore.model.field import FieldSpec, RelationSpec
    from crmcore.model.record import Record
    from crmcore.ports import Keyring
    from crmcore.storage.codec import Codec

__all__ = ["BEGINNING", "KindTables", "Projection"]

BEGINNING = 100
"""Letters of a folded text that stand in its index."""
LONGEST_NAME = 40
"""Letters of a kind that may stand in the name of a table; PostgreSQL cuts names at 63 bytes."""


@attrs.frozen(kw_only=True)
class KindTables:
    """The tables of one kind.

    Attributes:
        main: one row a record that is there, with a column for each single-valued field.
        children: attribute of the record -> a table with one row for each item; and one for the words.
        table_of: key of a field -> the table that has the column of that name.
        twins: key of a field of texts -> the column beside it of the folded texts.
        lettered: "" or collection -> where, in its facts, the texts stand that have such a column, in its order.
        looked_up: as *lettered*, where the texts stand that have a column of their folded beginnings, with an index.
        beginnings: key of such a field -> that column.
        whole: keys of fields of whole numbers.
        items: relation -> the collection that it leads to, and there name of a field -> its key.
        related: relation -> where the related records are.
        signature: a hash of all columns and indexes, of how sensitive they are, and of whether records claim values;
            another one means that the tables must be made again.

    """

    kind: str
    main: Table
    children: dict[str, Table]
    table_of: dict[str, Table]
    twins: dict[str, str]
    lettered: dict[str, tuple[int, ...]]
    looked_up: dict[str, tuple[int, ...]]
    beginnings: dict[str, str]
    whole: frozenset[str]
    items: dict[str, tuple[str, dict[str, str]]]
    related: dict[str, RelationSpec]
    signature: str

    @property
    def tables(self) -> tuple[Table, ...]:
        """All of them."""
        return (self.main, *self.children.values())


class Projection:
    """The tables of all kinds of a codec."""

    def __init__(self, codec: Codec, *, keyring: Keyring | None = None) -> None:
        """Describe the tables; nothing is made. The keyring is for filling them from sealed payloads."""
        self.codec = codec
        self.keyring = keyring
        self.metadata = MetaData(naming_convention=NAMES)
        self._kinds: dict[str, KindTables] = {}
        for name in codec.kinds:
            cls = codec.kind(name)
            if cls is not None:
                self._kinds[name] = _describe(cls, codec, self.metadata)
        order_indexes(self.metadata.tables.values())

    def __getitem__(self, kind: str) -> KindTables:
        return self._kinds[kind]

    def __iter__(self) -> Iterator[KindTables]:
        return iter(self._kinds.values())

    @property
    def kinds(self) -> AbstractSet[str]:
        """The kinds that it has tables of."""
        return self._kinds.keys()


def _describe(cls: type[Record], codec: Codec, into: MetaData) -> KindTables:
    fields, keys = codec.fields(cls), codec.keys(cls)
    name = _table_name(cls.kind)
    single = [fields[key] for key in keys.one[1:]]
    main = Table(
        name,
        into,
        *_key_columns(),
        *map(_column, single),
        *map(_twin, filter(_has_letters, single)),
        *_beginnings(single),
        *_indexes(single, is_ordered=True),
        PrimaryKeyConstraint("tenant", "id"),
    )
    children = {
        root: Table(
            f"{name}__{root}",
            into,
            *_key_columns(),
            Column("item", Integer, nullable=False),
            *(_column(fields[key]) for key in inside),
            *(_twin(fields[key]) for key in inside if _has_letters(fields[key])),
            *_beginnings([fields[key] for key in inside]),
            *_indexes([fields[key] for key in inside], is_ordered=False),
            PrimaryKeyConstraint("tenant", "id", "item"),
            sqlite_with_rowid=False,
        )
        for root, inside in keys.many.items()
        if root != WORDS
    }
    if WORDS in keys.many:
        children[WORDS] = words_table(f"{name}___words", into)  # no attribute of a record begins with a line
    table_of = dict.fromkeys(keys.one, main) | {key: children[root] for root in keys.many for key in keys.many[root]}
    askable = codec.askable(cls)
    return KindTables(
        kind=cls.kind,
        main=main,
        children=children,
        table_of=table_of,
        twins={spec.key: _twin_of(spec) for spec in fields.values() if _has_letters(spec)},
        lettered={
            root: tuple(place for place, key in enumerate(inside) if key in fields and _has_letters(fields[key]))
            for root, inside in {"": keys.one, **keys.many}.items()
        },
        looked_up={
            root: tuple(place for place, key in enumerate(inside) if key in fields and _is_looked_up(fields[key]))
            for root, inside in {"": keys.one, **keys.many}.items()
        },
        beginnings={spec.key: _beginning_of(spec) for spec in fields.values() if _is_looked_up(spec)},
        whole=frozenset(spec.key for spec in fields.values() if spec.type is FieldType.INTEGER),
        items={
            relation: (root, {fields[key].asked_in_item: key for key in keys.many[root]})
            for relation, root in askable.items.items()
        },
        related=dict(askable.related),
        signature=_signature(name, cls, codec),
    )


def _signature(name: str, cls: type[Record], codec: Codec) -> str:
    """Return a hash of all that decides what stands in the tables, and whether there are claims."""
    fields = [
        [spec.key, spec.path, spec.type.value, spec.is_multi, spec.is_indexed, spec.sensitivity.value]
        for spec in codec.fields(cls).values()
    ]
    words = [[path, cls.sensitivity_of(path.partition(".")[0]).value] for path in cls.searched]
    told = ["5", name, fields, words, cls.kind in codec.claiming]
    return sha256(json.dumps(told).encode("ascii")).hexdigest()


def _key_columns() -> tuple[Column[str], Column[str]]:
    return Column("tenant", ordered(100), nullable=False), Column("id", ordered(200), nullable=False)


def _column(spec: FieldSpec) -> Column[object]:
    return Column(spec.key, _TYPES.get(spec.type, ordered()), nullable=True)


def _has_letters(spec: FieldSpec) -> bool:
    return spec.type in TEXTS


def _twin_of(spec: FieldSpec) -> str:
    """Return the column beside a text's own; no field is called so."""
    return f"{spec.key}~folded"


def _twin(spec: FieldSpec) -> Column[object]:
    return Column(_twin_of(spec), ordered(), nullable=True)


def _beginnings(specs: Sequence[FieldSpec]) -> list[Column[object]]:
    """Return the columns of the first folded letters of texts, which have an index.

    No database's index takes all of them: a text of other scripts may fold to ten times its letters.
    """
    return [Column(_beginning_of(spec), ordered(), nullable=True) for spec in specs if _is_looked_up(spec)]


def _is_looked_up(spec: FieldSpec) -> bool:
    """Say whether it has an index, and is mostly asked for as a reader sees it; options go by their very letters."""
    return spec.is_indexed and spec.type in TEXTS and not has_one_spelling(spec)


def _beginning_of(spec: FieldSpec) -> str:
    return f"{spec.key}~begins"


def _indexes(specs: Sequence[FieldSpec], *, is_ordered: bool) -> list[Index]:
    """Return the indexes of a table: of texts by their folded beginnings.

    What records are ordered by has one of the texts as they are too. Those of items stand in the other one: without
    them, SQLite would not go by it where it looks for a text as it is.
    """
    wanted = [spec for spec in specs if spec.is_indexed]
    plain = [(spec.key, "id") for spec in wanted if is_ordered or not _is_looked_up(spec)]
    looked_up = [spec for spec in wanted if _is_looked_up(spec)]
    plain += [(_beginning_of(spec), "id", *(() if is_ordered else (spec.key,))) for spec in looked_up]
    return [Index(None, "tenant", *columns) for columns in plain]


_TYPES: dict[FieldType, TypeEngine[Any]] = {
    FieldType.NUMBER: Double(),
    FieldType.INTEGER: BigInteger(),
    FieldType.BOOLEAN: Boolean(),
}


def _table_name(kind: str) -> str:
    """Return a name that is no other table's, and short enough."""
    plain = kind.replace(".", "_")
    name = f"crm_{plain}"
    if plain == kind and "__" not in kind and len(kind) <= LONGEST_NAME and name not in metadata.tables:
        return name
    return f"crm__{plain[:20]}_{sha256(kind.encode('ascii')).hexdigest()[:12]}"
