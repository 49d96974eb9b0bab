"""In which order the selected records come.

Missing values come last, in either direction; records that are equal in every key come by ascending id, so that an
order is total and a page can go on where the last one ended. Values sort as their scalars do: a choice by the text of
its option, False before True.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore._messages import kind_of
from crmcore.errors import FieldHidden, InputError
from crmcore.query.checking import field_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from crmcore.query.types import Field, Scalar

__all__ = ["MAX_KEYS", "OrderBy", "ordering", "sort_key"]

MAX_KEYS = 5


@attrs.frozen
class OrderBy:
    """One key of an order; its text is the field's key, with a minus before it where it descends.

    >>> OrderBy.parse("-created_at")
    OrderBy(field='created_at', descending=True)
    >>> str(OrderBy("created_at", descending=True))
    '-created_at'
    """

    field: str
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> OrderBy:
        """Read "created_at" or "-created_at"; raise InputError for anything but a text with a key in it."""
        if not isinstance(text, str):
            raise InputError(f"an order is a text such as 'created_at' or '-created_at', not {kind_of(text)}")
        key = text.removeprefix("-")
        if not key:
            raise InputError("an order names a field, such as 'created_at' or '-created_at'")
        return cls(key, len(key) < len(text))

    def __str__(self) -> str:
        return f"-{self.field}" if self.descending else self.field


def ordering(
    keys: Iterable[str | OrderBy],
    fields: Mapping[str, Field],
    *,
    of: str,
    hidden: AbstractSet[str] = frozenset(),
) -> tuple[OrderBy, ...]:
    """Return the keys of an order, held against the fields that there are.

    Raises:
        UnknownField: there is no such field; the nearest are named.
        FieldHidden: whoever asks may not see it; who comes before whom would tell of its values.
        InputError: a field of which a record may hold several values, a field named twice, more than five keys.

    >>> from crmcore.model import catalogue
    >>> ordering(["family_name", "-created_at"], catalogue().by_key, of="contact")
    (OrderBy(field='family_name', descending=False), OrderBy(field='created_at', descending=True))
    """
    if isinstance(keys, str):
        raise InputError("an order is a list of keys, such as ['-created_at']; put the text in []")
    order: list[OrderBy] = []
    for key in keys:
        one = key if isinstance(key, OrderBy) else OrderBy.parse(key)
        if len(order) == MAX_KEYS:
            raise InputError(f"an order has at most {MAX_KEYS} keys")
        if one.field in hidden:
            raise FieldHidden(one.field, of=of)
        if field_named(one.field, fields, of=of).is_multi:
            raise InputError(f"field {one.field!r} of {of} can hold several values, so records have no order by it")
        if any(one.field == other.field for other in order):
            raise InputError(f"field {one.field!r} of {of} stands twice in the order")
        order.append(one)
    return tuple(order)


@attrs.frozen(order=False)
class _Descending:
    """A value that sorts the other way round."""

    value: Any

    def __lt__(self, other: _Descending) -> bool:
        return bool(other.value < self.value)


def sort_key(order: Iterable[OrderBy], facts: Mapping[str, tuple[Scalar, ...]], id: str) -> tuple[Any, ...]:  # noqa: A002 - the field's own name
    """Return what :func:`sorted` needs to put a record in its place.

    >>> people = {"a": {"level": (2,)}, "b": {}, "c": {"level": (7,)}}
    >>> sorted(people, key=lambda id: sort_key([OrderBy("level", descending=True)], people[id], id=id))
    ['c', 'a', 'b']
    """
    return (*(_place(one, facts.get(one.field, ())) for one in order), id)


def _place(one: OrderBy, known: tuple[Scalar, ...]) -> tuple[bool, Any]:
    if not known:
        return True, None
    return False, _Descending(known[0]) if one.descending else known[0]
