"""What a record is found by: the known values of its catalogued fields, as plain scalars.

Columns of SQL tables hold these values, and the predicate on a row reads them, so both see the same.
"""

from __future__ import annotations

import copy
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.query import Between, Compare, FieldType, In, scalar_of
from crmcore.query.rewriting import rewritten
from crmcore.storage._words import WORDS, searched_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from crmcore.model.field import FieldSpec
    from crmcore.model.record import Record
    from crmcore.query import Expression, Scalar

__all__ = ["LONGEST", "Extractor", "Facts", "Keys", "shortened"]

LONGEST = 500
"""Letters of a text that are searched and sorted by; a database's index takes no long texts."""
TEXTS = frozenset(FieldType) - {
    FieldType.DATE,
    FieldType.INSTANT,
    FieldType.NUMBER,
    FieldType.INTEGER,
    FieldType.BOOLEAN,
}
"""Types whose values may be long, the options of a choice included: a host names them."""


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
    def words(self) -> str:
        """The words that it is searched by, see :mod:`crmcore.storage._words`."""
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
    """The order of the fields of a kind: the single-valued ones, the id first, and those in each collection."""

    one: tuple[str, ...]
    many: Mapping[str, tuple[str, ...]]


class Extractor:
    """Takes the facts out of records of one class; what most records lack costs one look at the attribute."""

    def __init__(self, fields: Sequence[FieldSpec], searched: Sequence[str] = ()) -> None:
        """Prepare for these fields, the id first, and for the words of the texts at the *searched* paths."""
        self._searched = _texts_by_root(searched)
        self._one = _by_root(spec for spec in fields if not spec.is_multi)
        self._many = _by_root(spec for spec in fields if spec.is_multi)
        self.keys = Keys(
            tuple(key for _, readers, _ in self._one for key, _, _ in readers),
            {
                **{root: tuple(key for key, _, _ in readers) for root, readers, _ in self._many},
                **({WORDS: (WORDS,)} if searched else {}),
            },
        )

    def without(self, hidden: AbstractSet[str]) -> Extractor:
        """Return one that takes no words out of those attributes; the order of the facts is the same."""
        other = copy.copy(self)
        other._searched = [(root, take) for root, take in self._searched if root not in hidden]  # noqa: SLF001 - its copy
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
        if self._searched and (text := searched_text(_texts(record, self._searched))):
            many[WORDS] = [(text,)]
        return Facts(self.keys, tuple(one), many)


Reader = tuple[str, tuple[str, ...], "Callable[[Any], Scalar]"]
"""The key of a field, the way to its value from the root, and what makes a scalar of it."""


def _by_root(specs: Iterable[FieldSpec]) -> list[tuple[str, list[Reader], list[None]]]:
    """Return the readers of each attribute, and what they read where there is nothing."""
    roots: dict[str, list[Reader]] = {}
    for spec in specs:
        steps = tuple(spec.path.split(".")[1:])
        roots.setdefault(spec.root, []).append((spec.key, steps, _converter(spec)))
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


Taking = tuple[str, "Callable[[Any], Any] | None"]


def _texts_by_root(paths: Iterable[str]) -> list[Taking]:
    """Return, for each attribute, what takes the texts below it; None where it is a text or texts itself."""
    roots: dict[str, list[str]] = {}
    for path in paths:
        root, _, below = path.partition(".")
        roots.setdefault(root, []).append(below)
    return [(root, None if below == [""] else attrgetter(*below)) for root, below in roots.items()]


def _texts(record: Record, searched: Iterable[Taking]) -> list[str]:
    texts: list[str] = []
    for root, take in searched:
        held = getattr(record, root)
        items = held if type(held) is tuple else (held,)
        for item in items if take is None else map(take, items):
            if type(item) is tuple:
                texts += item
            elif item:
                texts.append(item)
    return texts


def _converter(spec: FieldSpec) -> Callable[[Any], Scalar]:
    key, type_ = spec.key, spec.type
    if type_ not in TEXTS:
        return lambda value: scalar_of(value, type_, field=key)

    def cut(value: Any) -> Scalar:
        if type(value) is str:  # checked when it was stored, or about to be
            return value if len(value) <= LONGEST else value[:LONGEST]
        if isinstance(value, str):
            return str.__str__(value)[:LONGEST]  # of a choice, its word
        scalar: Scalar = _short(scalar_of(value, type_, field=key))
        return scalar

    return cut


def shortened(question: Expression) -> Expression:
    """Return a question whose texts are cut as those of facts are."""

    def cut(node: Expression) -> Expression:
        match node:
            case Compare():
                return attrs.evolve(node, value=_short(node.value))
            case Between():
                return attrs.evolve(node, first=_short(node.first), last=_short(node.last))
            case In():
                return attrs.evolve(node, values=map(_short, node.values))
            case _:
                return node

    return rewritten(question, cut)


def _short(value: Any) -> Any:
    """Return a text's first letters, and anything else as it is."""
    return value[:LONGEST] if isinstance(value, str) else value
