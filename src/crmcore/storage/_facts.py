"""What a record is found by: the known values of its catalogued fields, as plain scalars.

Columns of SQL tables hold these values, and the predicate on a row reads them, so both see the same.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.query.reading import LONGEST, converter, texts_reader
from crmcore.query.words import WORDS, searched_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from crmcore.model.field import FieldSpec
    from crmcore.model.record import Record
    from crmcore.query import Scalar

__all__ = ["LONGEST", "Extractor", "Facts", "Keys"]

Items = "Sequence[tuple[Scalar | None, ...]]"


@attrs.frozen
class Facts:
    """The known values of one record, in the order of the columns that hold them.

    Attributes:
        keys: which fields stand where.
        one: the values of the single-valued fields, the id first; None where it has none.
        many: attribute of the record -> its items, each with the values of the fields that lie in it; only items in
            which one is known.

    """

    keys: Keys
    one: tuple[Scalar | None, ...]
    many: Mapping[str, Sequence[tuple[Scalar | None, ...]]]

    @property
    def values(self) -> Mapping[str, tuple[Scalar, ...]]:
        """Key of a field -> its known values, of several items in their order."""
        values: dict[str, tuple[Scalar, ...]] = {
            key: (value,) for key, value in zip(self.keys.one, self.one, strict=True) if value is not None
        }
        for root, items in self.many.items():
            for place, key in enumerate(() if root == WORDS else self.keys.many[root]):
                if known := [value for item in items if (value := item[place]) is not None]:
                    values[key] = tuple(known)
        return values

    @property
    def asked(self) -> Mapping[str, tuple[Any, ...]]:
        """The same as questions see them, with the items of collections and the words; read when asked for."""
        return _Asked(self)

    @property
    def words(self) -> str:
        """The words that it is searched by, see :mod:`crmcore.query.words`."""
        held = self.many.get(WORDS)
        return str(held[0][0]) if held else ""

    def parts(self) -> frozenset[str]:
        """Return what it consists of: "" for the single-valued fields, and the collections that have items."""
        return frozenset(("", *self.many))

    def differing(self, other: Facts) -> frozenset[str]:
        """Return the parts in which the two differ."""
        roots = {root for root in {*self.many, *other.many} if self.many.get(root) != other.many.get(root)}
        return frozenset(roots if self.one == other.one else {"", *roots})


@attrs.frozen
class Keys:
    """The order of the fields of a kind: the single-valued ones, the id first, and those in each collection.

    Attributes:
        one, many: the keys of the fields.
        relations: relation -> the attribute that holds its collection, and what an item calls each of its fields.

    """

    one: tuple[str, ...]
    many: Mapping[str, tuple[str, ...]]
    relations: Mapping[str, tuple[str, tuple[str, ...]]] = attrs.field(factory=dict)
    places: Mapping[str, tuple[str, int]] = attrs.field(init=False, repr=False, eq=False)
    """Key of a field -> the attribute that holds its collection, "" for a single-valued one, and its place there."""

    def __attrs_post_init__(self) -> None:
        places = {key: ("", place) for place, key in enumerate(self.one)}
        places |= {key: (root, place) for root, keys in self.many.items() for place, key in enumerate(keys)}
        object.__setattr__(self, "places", places)


class _Asked(Mapping[str, "tuple[Any, ...]"]):
    """Facts as questions see them."""

    __slots__ = ("_facts",)

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def get(self, key: str, default: Any = None) -> Any:
        """Return the known values of a field, or the items of a relation."""
        facts = self._facts
        if (place := facts.keys.places.get(key)) is not None:
            root, column = place
            if not root:
                return default if facts.one[column] is None else (facts.one[column],)
            items = facts.many.get(root, ())
            return tuple([value for item in items if (value := item[column]) is not None]) or default
        if (relation := facts.keys.relations.get(key)) is None:
            return default
        root, names = relation
        return (
            tuple(
                {name: (value,) for name, value in zip(names, item, strict=True) if value is not None}
                for item in facts.many.get(root, ())
            )
            or default
        )

    def __getitem__(self, key: str) -> tuple[Any, ...]:
        found: tuple[Any, ...] = self.get(key, ())
        if not found:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return (key for key in (*self._facts.keys.places, *self._facts.keys.relations) if self.get(key))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Extractor:
    """Takes the facts out of records of one class; what most records lack costs one look at the attribute."""

    def __init__(
        self, fields: Sequence[FieldSpec], searched: Sequence[str] = (), names: Mapping[str, str] | None = None
    ) -> None:
        """Prepare for these fields, the id first, and for the words of the texts at the *searched* paths.

        *names* are what relations are called that are not called as the attribute that holds their items.
        """
        self._searched = searched
        self._texts = texts_reader(searched)
        self._one = _by_root(spec for spec in fields if not spec.is_multi)
        self._many = _by_root(spec for spec in fields if spec.is_multi)
        named: dict[str, list[str]] = {}
        for spec in fields:
            if spec.lies_in_items:
                named.setdefault(spec.root, []).append(spec.asked_in_item)
        self.keys = Keys(
            tuple(key for _, readers, _ in self._one for key, _, _ in readers),
            {
                **{root: tuple(key for key, _, _ in readers) for root, readers, _ in self._many},
                **({WORDS: (WORDS,)} if searched else {}),
            },
            {(names or {}).get(root, root): (root, tuple(inside)) for root, inside in named.items()},
        )

    def without(self, hidden: AbstractSet[str]) -> Extractor:
        """Return one that takes no words out of those attributes; the order of the facts is the same."""
        other = copy.copy(self)
        seen = [path for path in self._searched if path.partition(".")[0] not in hidden]
        other._searched, other._texts = seen, texts_reader(seen)  # noqa: SLF001 - its copy
        return other

    def __call__(self, record: Record) -> Facts:
        """Return the facts of a record."""
        one: list[Scalar | None] = []
        for root, readers, nothing in self._one:
            held = getattr(record, root)
            if held is None or held == "":
                one += nothing
            else:
                _read(readers, held, one)
        many: dict[str, list[tuple[Scalar | None, ...]]] = {}
        for root, readers, nothing in self._many:
            for item in getattr(record, root):
                values: list[Scalar | None] = []
                _read(readers, item, values)
                if values != nothing:
                    many.setdefault(root, []).append(tuple(values))
        if self._searched and (text := searched_text(self._texts(record))):
            many[WORDS] = [(text,)]
        return Facts(self.keys, tuple(one), many)


Reader = tuple[str, tuple[str, ...], "Callable[[Any], Scalar]"]
"""The key of a field, the way to its value from the root, and what makes a scalar of it."""


def _by_root(specs: Iterable[FieldSpec]) -> list[tuple[str, list[Reader], list[None]]]:
    """Return the readers of each attribute, and what they read where there is nothing."""
    roots: dict[str, list[Reader]] = {}
    for spec in specs:
        steps = tuple(spec.path.split(".")[1:])
        roots.setdefault(spec.root, []).append((spec.key, steps, converter(spec)))
    return [(root, readers, [None] * len(readers)) for root, readers in roots.items()]


def _read(readers: Sequence[Reader], held: Any, into: list[Scalar | None]) -> None:
    """Read the values that can be reached from what a record holds: None, "" and nothing on the way are no value."""
    for _, steps, convert in readers:
        value = held
        for step in steps:
            value = getattr(value, step)
            if value is None:
                break
        into.append(None if value is None or value == "" else convert(value))
