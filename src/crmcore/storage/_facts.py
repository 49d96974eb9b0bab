"""What a record is found by: the known values of its catalogued fields, as plain scalars.

Columns of SQL tables hold these values, and the predicate on a row reads them, so both see the same.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.query import Compare, FieldType, In, scalar_of
from crmcore.query.rewriting import rewritten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from crmcore.model.field import FieldSpec
    from crmcore.model.record import Record
    from crmcore.query import Expression, Scalar

__all__ = ["LONGEST", "Extractor", "Facts", "shortened"]

LONGEST = 500
"""Letters of a text that are searched and sorted by; a database's index takes no long texts."""
TEXTS = frozenset({FieldType.TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.URL, FieldType.ID, FieldType.LONG_TEXT})


@attrs.frozen(slots=False)
class Facts:
    """The known values of one record.

    Attributes:
        one: key of a single-valued field -> its value; absent where it has none.
        many: attribute of the record -> its items, each with the values of the fields that lie in it.

    """

    one: Mapping[str, Scalar]
    many: Mapping[str, Sequence[Mapping[str, Scalar]]]

    @cached_property
    def values(self) -> Mapping[str, tuple[Scalar, ...]]:
        """Key of a field -> its known values, of several items in their order."""
        values = {key: (value,) for key, value in self.one.items()}
        for items in self.many.values():
            for item in items:
                for key, value in item.items():
                    values[key] = (*values.get(key, ()), value)
        return values

    def parts(self) -> frozenset[str]:
        """Return what it consists of: "" for the single-valued fields, and the collections that have items."""
        return frozenset(("", *self.many))

    def differing(self, other: Facts) -> frozenset[str]:
        """Return the parts in which the two differ."""
        roots = {root for root in {*self.many, *other.many} if self.many.get(root) != other.many.get(root)}
        return frozenset(roots if self.one == other.one else {"", *roots})


class Extractor:
    """Takes the facts out of records of one class."""

    def __init__(self, fields: Sequence[FieldSpec]) -> None:
        """Prepare for these fields; a field below ``custom`` is left to its own table."""
        self.one = tuple(spec for spec in fields if not spec.is_multi)
        self.many: dict[str, tuple[FieldSpec, ...]] = {}
        for spec in fields:
            if spec.is_multi:
                self.many[spec.root] = (*self.many.get(spec.root, ()), spec)
        self._one = [(spec.key, _reader(spec, spec.path)) for spec in self.one]
        self._many = [
            (root, [(spec.key, _reader(spec, spec.path.partition(".")[2])) for spec in specs])
            for root, specs in self.many.items()
        ]

    def __call__(self, record: Record) -> Facts:
        """Return the facts of a record."""
        return Facts(
            dict(_known(self._one, record)),
            {root: items for root, readers in self._many if (items := _items(readers, getattr(record, root)))},
        )


def _items(readers: Sequence[tuple[str, Callable[[Any], Scalar | None]]], held: Any) -> list[dict[str, Scalar]]:
    items = (dict(_known(readers, item)) for item in held)
    return [item for item in items if item]


def _known(readers: Sequence[tuple[str, Callable[[Any], Scalar | None]]], thing: Any) -> Iterator[tuple[str, Scalar]]:
    for key, read in readers:
        value = read(thing)
        if value is not None:
            yield key, value


def _reader(spec: FieldSpec, path: str) -> Callable[[Any], Scalar | None]:
    """Return what takes one value out: None, "" and nothing on the way to it are no value."""
    steps = tuple(step for step in path.split(".") if step)
    plain = spec.type in TEXTS

    def read(thing: Any) -> Scalar | None:
        for step in steps:
            thing = getattr(thing, step)
            if thing is None:
                return None
        if plain and type(thing) is str:  # checked when it was stored, or about to be
            return thing[:LONGEST] or None
        return None if thing is None or thing == "" else scalar_of(thing, spec.type, field=spec.key)

    return read


def shortened(question: Expression) -> Expression:
    """Return a question whose texts are cut as those of facts are."""

    def cut(node: Compare | In) -> Compare | In:
        if isinstance(node, Compare):
            return Compare(node.field, node.op, _short(node.value))
        return In(node.field, tuple(_short(value) for value in node.values))

    return rewritten(question, cut)


def _short(value: Any) -> Any:
    return value[:LONGEST] if isinstance(value, str) else value
