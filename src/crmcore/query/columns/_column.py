"""The values of one field, packed into an array of one type."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.query.columns._dates import date_number, date_text
from crmcore.query.columns._dictionary import Dictionary, encoded
from crmcore.query.columns._layouts import Several, Single
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from crmcore.query.columns._layouts import Flags, Layout, Places
    from crmcore.query.types import Scalar

__all__ = ["CODED", "Column", "instant_number", "ordered_by", "packed", "packed_single"]

CODED = frozenset(FieldType) - {
    FieldType.DATE,
    FieldType.INSTANT,
    FieldType.NUMBER,
    FieldType.INTEGER,
    FieldType.BOOLEAN,
}
"""Types of which an array holds codes of a dictionary: the texts, and what may be anything."""


@attrs.frozen(kw_only=True, eq=False)
class Column:
    """The values of one field.

    Attributes:
        type: what they are.
        data: one a value; a filler where a :class:`Single` layout knows of none.
            int32 codes of texts, int32 numbers of dates, int64 microseconds since 1970 of instants, int64 of integers,
            float64 of numbers, bool of booleans.
        layout: how they belong to rows.
        dictionary: the texts of the codes.

    """

    type: FieldType
    data: NDArray[Any]
    layout: Layout
    dictionary: Dictionary | None = None

    @cached_property
    def are_full(self) -> bool:
        """Whether of every date the day is known; a filler is taken for one of which it is."""
        return bool(((self.data % 100 != 0) | (self.data == 0)).all())

    def taken(self, items: Places, known: Flags) -> Column:
        """Return a column with the values of those rows, in that order; with none where not *known*."""
        if self.layout.size == 0:
            filler = np.zeros(len(items), self.data.dtype)
            return attrs.evolve(self, data=filler, layout=Single(len(items), np.zeros(len(items), bool)))
        if isinstance(self.layout, Single):
            held = self.layout.filled().take(items) & known
            return attrs.evolve(self, data=self.data.take(items), layout=Single(len(items), held))
        counts = np.where(known, self.layout.counts.take(items), 0)
        layout = Several.of_counts(counts)
        begins, end = layout.offsets[:-1], layout.offsets[-1]
        places = np.arange(end) + np.repeat(self.layout.offsets.take(items) - begins, counts)
        return attrs.evolve(self, data=self.data.take(places), layout=layout)

    def firsts(self) -> NDArray[Any]:
        """Return the first value of each row; a filler where it has none."""
        if isinstance(self.layout, Single):
            return self.data
        if not len(self.data):
            return np.zeros(self.layout.size, self.data.dtype)
        return self.data.take(self.layout.offsets[:-1], mode="clip")

    def scalars(self) -> list[tuple[Scalar, ...]]:
        """Return the known values of each row."""
        read = _READERS.get(self.type, _plain)
        values: list[Any] = read(self.data) if self.dictionary is None else _looked_up(self.data, self.dictionary)
        if isinstance(self.layout, Single):
            return [(value,) if known else () for value, known in zip(values, self.layout.filled(), strict=True)]
        ends = self.layout.offsets.tolist()
        return [tuple(values[first:end]) for first, end in pairwise(ends)]


def packed_single(values: Sequence[Scalar | None], type_: FieldType) -> Column:
    """Return a column of rows with one scalar, or None."""
    known = np.fromiter((value is not None for value in values), bool, len(values))
    if known.all():
        data, dictionary = _array(values, type_)
    else:
        there, dictionary = _array([value for value in values if value is not None], type_)
        data = np.zeros(len(values), there.dtype)
        data[known] = there
    return Column(type=type_, data=data, layout=Single(len(values), known), dictionary=dictionary)


def packed(rows: Sequence[Sequence[Scalar]], type_: FieldType) -> Column:
    """Return a column of rows with any number of scalars each."""
    counts = np.fromiter(map(len, rows), np.intp, len(rows))
    if not (counts > 1).any():
        return packed_single([row[0] if row else None for row in rows], type_)
    data, dictionary = _array([value for row in rows for value in row], type_)
    return Column(type=type_, data=data, layout=Several.of_counts(counts), dictionary=dictionary)


def instant_number(text: str) -> int:
    """Return the microseconds since 1970 of an instant's canonical text.

    >>> instant_number("1970-01-01T00:00:01.000001Z")
    1000001
    """
    return int(np.datetime64(text[:-1], "us").astype(np.int64))


def ordered_by(column: Column, data: NDArray[Any]) -> NDArray[Any]:
    """Return numbers that stand to each other as those values of the column do."""
    return data if column.dictionary is None else column.dictionary.ranks.take(data, mode="clip")


def _array(values: Sequence[Any], type_: FieldType) -> tuple[NDArray[Any], Dictionary | None]:
    if type_ in CODED:
        return encoded(values)
    match type_:
        case FieldType.DATE:
            numbers = {text: date_number(text) for text in set(values)}
            return np.fromiter(map(numbers.__getitem__, values), np.int32, len(values)), None
        case FieldType.INSTANT:
            return _instants(values), None
        case FieldType.NUMBER:
            return np.fromiter(values, np.float64, len(values)), None
        case FieldType.INTEGER:
            return np.fromiter(values, np.int64, len(values)), None
        case _:
            return np.fromiter(values, np.bool_, len(values)), None


def _instants(texts: Iterable[str]) -> NDArray[np.int64]:
    return np.array([text[:-1] for text in texts], "datetime64[us]").astype(np.int64)


def _looked_up(codes: NDArray[Any], dictionary: Dictionary) -> list[Any]:
    return [dictionary.values[code] for code in codes.tolist()] if dictionary.values else [None] * len(codes)


def _plain(data: NDArray[Any]) -> list[Any]:
    values: list[Any] = data.tolist()
    return values


_READERS: dict[FieldType, Callable[[NDArray[Any]], list[Any]]] = {
    FieldType.DATE: lambda data: [date_text(number) for number in data.tolist()],
    FieldType.INSTANT: lambda data: [f"{text}Z" for text in np.datetime_as_string(data.astype("datetime64[us]"))],
}
