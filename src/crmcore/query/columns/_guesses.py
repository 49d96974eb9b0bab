"""What a column of a frame seems to hold, told by its type or, where it has none, by its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.errors import InputError
from crmcore.query.types import Field, FieldType, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["LISTS", "UNNAMED", "Guess", "guessed_by_type", "guessed_by_values", "subject_of"]

LISTS = (list, tuple, set, frozenset)
"""What holds several values of one row."""
UNNAMED = "items with names that are no texts"
"""What a column holds whose items cannot be asked about."""
_ZONE = (
    "datetimes without a time zone; say which one they are of, as by dt.replace_time_zone('Europe/Amsterdam') in "
    "polars or dt.tz_localize('Europe/Amsterdam') in pandas"
)


@attrs.frozen(kw_only=True)
class Guess:
    """What a column seems to hold.

    Attributes:
        type: the type of its values.
        is_multi: whether a row may have several.
        items: the columns of its items, where it is a relation.
        refusal: what it holds, where that cannot be asked about; "" otherwise.

    """

    type: FieldType = FieldType.ANY
    is_multi: bool = False
    items: Mapping[str, Guess] | None = None
    refusal: str = ""


@attrs.frozen
class _ColumnField:
    """A column as a field."""

    key: str
    type: FieldType
    is_multi: bool


class _Fields(Mapping[str, Field]):
    """The columns that can be asked about; one that cannot says why when it is."""

    def __init__(self, guesses: Mapping[str, Guess]) -> None:
        self._guesses = {key: guess for key, guess in guesses.items() if guess.items is None}

    def __getitem__(self, key: str) -> Field:
        guess = self._guesses[key]
        if guess.refusal:
            raise InputError(f"column {key!r} holds {guess.refusal}")
        return _ColumnField(key, guess.type, guess.is_multi)

    def __iter__(self) -> Iterator[str]:
        return (key for key, guess in self._guesses.items() if not guess.refusal)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        return key in self._guesses


def subject_of(name: str, guesses: Mapping[str, Guess]) -> Subject:
    """Return what can be asked about a table of such columns."""
    return Subject(
        name,
        _Fields(guesses),
        {key: subject_of(f"{key} of {name}", guess.items) for key, guess in guesses.items() if guess.items is not None},
    )


def guessed_by_type(dtype: Any) -> Guess | None:
    """Return what a column of that narwhals type holds; None where its values must be looked at."""
    import narwhals as nw

    if isinstance(dtype, nw.List | nw.Array):
        inner = dtype.inner() if isinstance(dtype.inner, type) else dtype.inner
        if isinstance(inner, nw.Struct):
            return Guess(items={field.name: _by_type(field.dtype) for field in inner.fields})
        guess = _by_type(inner)
        return attrs.evolve(guess, is_multi=True) if not guess.is_multi else Guess(refusal="lists of lists")
    if isinstance(dtype, nw.Datetime):
        return Guess(type=FieldType.INSTANT) if dtype.time_zone else Guess(refusal=_ZONE)
    if isinstance(dtype, nw.String | nw.Categorical | nw.Enum):
        return Guess(type=FieldType.TEXT)
    if dtype.is_integer():
        return Guess(type=FieldType.INTEGER)
    if dtype.is_numeric():
        return Guess(type=FieldType.NUMBER)
    if isinstance(dtype, nw.Boolean):
        return Guess(type=FieldType.BOOLEAN)
    if isinstance(dtype, nw.Date):
        return Guess(type=FieldType.DATE)
    if isinstance(dtype, nw.Object | nw.Unknown):
        return None
    return Guess(refusal=f"values of type {dtype}, which have no place in a question")


def _by_type(dtype: Any) -> Guess:
    return guessed_by_type(dtype) or Guess()


def guessed_by_values(values: Sequence[Any]) -> Guess:
    """Return what a column of those values holds; None is no value."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds and all(issubclass(kind, LISTS) for kind in kinds):
        return _guessed_by_lists(list(chain.from_iterable(value for value in values if value is not None)))
    if not kinds:
        return Guess()
    if all(issubclass(kind, str) for kind in kinds):
        return Guess(type=FieldType.TEXT)
    if kinds == {bool}:
        return Guess(type=FieldType.BOOLEAN)
    if bool not in kinds and all(issubclass(kind, Real | Decimal) for kind in kinds):
        whole = all(issubclass(kind, Integral) for kind in kinds)
        return Guess(type=FieldType.INTEGER if whole else FieldType.NUMBER)
    if all(issubclass(kind, datetime) for kind in kinds):
        has_naive = any(value is not None and value.utcoffset() is None for value in values)
        return Guess(refusal=_ZONE) if has_naive else Guess(type=FieldType.INSTANT)
    if all(_is_date(kind) for kind in kinds):
        return Guess(type=FieldType.DATE)
    if all(issubclass(kind, str | Real | Decimal) for kind in kinds):
        return Guess()
    return Guess(refusal=f"values of type {_listed(kinds)}, which have no place in a question")


def _guessed_by_lists(items: Sequence[Any]) -> Guess:
    if any(isinstance(item, Mapping) for item in items):
        found = [item for item in items if item is not None]
        if not all(isinstance(item, Mapping) for item in found):
            return Guess(refusal="lists in which some items have names and others do not")
        keys = dict.fromkeys(key for item in found for key in item)
        if not all(isinstance(key, str) for key in keys):
            return Guess(refusal=UNNAMED)
        return Guess(items={key: guessed_by_values([item.get(key) for item in found]) for key in keys})
    guess = guessed_by_values(items)
    return attrs.evolve(guess, is_multi=True) if not guess.is_multi else Guess(refusal="lists of lists")


def _is_date(kind: type) -> bool:
    return issubclass(kind, date) and not issubclass(kind, datetime)


def _listed(kinds: Iterable[type]) -> str:
    return ", ".join(sorted(kind.__name__ for kind in kinds))
