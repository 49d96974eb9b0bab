"""Columns of numbers, booleans, dates and instants that are taken over from a frame as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore.errors import InputError
from crmcore.query.columns._arrow import coded_texts
from crmcore.query.columns._column import CODED, Column
from crmcore.query.columns._layouts import Single
from crmcore.query.reading import LONGEST
from crmcore.query.scalars import LARGEST_INTEGER, SMALLEST_INTEGER, scalar_of
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcore.query.columns._layouts import Flags

__all__ = ["are_keepable", "as_array"]

_FIRST = int(np.datetime64("0001-01-01T00:00:00", "us").astype(np.int64))
_END = int(np.datetime64("10000-01-01T00:00:00", "us").astype(np.int64))
_MICRO = 1_000_000
_UNITS = {"s": 1, "ms": 1_000, "us": _MICRO, "ns": 1_000_000_000}
"""How many of the unit make a second."""


def as_array(series: Any, type_: FieldType, *, name: str) -> Column | None:
    """Return the values of a narwhals series as a column; None where they must be converted one by one.

    Raises:
        InputError: an infinity, an integer beyond 64 bits, a time beyond the years 1 to 9999; names the column.

    """
    import narwhals as nw

    dtype = series.dtype
    known: Flags = ~np.asarray(series.is_null().to_numpy(), bool)
    data: NDArray[Any]
    match type_:
        case FieldType.INTEGER if dtype.is_integer():
            data = _integers(series, dtype, known, name)
        case FieldType.NUMBER if dtype.is_integer():
            data = _integers(series, dtype, known, name).astype(np.float64)
        case FieldType.NUMBER if dtype.is_float():
            data, known = _numbers(series, known, name)
        case FieldType.BOOLEAN if isinstance(dtype, nw.Boolean):
            data = np.asarray(series.fill_null(value=False).to_numpy(), bool)
        case FieldType.INSTANT if isinstance(dtype, nw.Datetime) and dtype.time_zone:
            data = _instants(series, known, name)
        case _ if type_ in CODED and isinstance(dtype, nw.String | nw.Categorical | nw.Enum):
            return _texts(series, type_, name)
        case FieldType.DATE if isinstance(dtype, nw.Date):
            data = _dates(series, known, name)
        case _:
            return None
    return Column(type=type_, data=data, layout=Single(len(data), known))


def are_keepable(texts: Sequence[str]) -> bool:
    """Say whether no text holds what not every database can: then none needs to be looked at by itself."""
    together = "".join(texts)
    if "\0" in together:
        return False
    return together.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in set(together))


def _texts(series: Any, type_: FieldType, name: str) -> Column | None:
    if (coded := coded_texts(series)) is None:
        return None
    codes, known, dictionary = coded
    if max(map(len, dictionary.values), default=0) > LONGEST:
        return None  # two that begin alike are one
    if not are_keepable(dictionary.values):
        for text in dictionary.values:
            scalar_of(text, type_, field=name)
    return Column(type=type_, data=codes, layout=Single(len(codes), known), dictionary=dictionary)


def _integers(series: Any, dtype: Any, known: Flags, name: str) -> NDArray[np.int64]:
    import narwhals as nw

    if isinstance(dtype, nw.UInt64 | nw.Int128 | nw.UInt128) and known.any():
        if not SMALLEST_INTEGER <= series.min() <= series.max() <= LARGEST_INTEGER:
            raise InputError(f"column {name!r} holds an integer beyond 64 bits with a sign")
        series = series.cast(nw.Int64)
    return np.asarray(series.fill_null(value=0).to_numpy(), np.int64)


def _numbers(series: Any, known: Flags, name: str) -> tuple[NDArray[np.float64], Flags]:
    data = np.array(series.fill_null(value=0.0).to_numpy(), np.float64)
    known = known & ~np.isnan(data)
    data[~known] = 0.0
    if np.isinf(data).any():
        raise InputError(f"column {name!r} holds an infinity, which is no number to ask about")
    return data, known


def _dates(series: Any, known: Flags, name: str) -> NDArray[np.int32]:
    there = series.drop_nulls().dt
    data = np.zeros(len(known), np.int32)
    for part, weight in ((there.year, 10_000), (there.month, 100), (there.day, 1)):
        data[known] += np.asarray(part().to_numpy(), np.int32) * weight
    if (data[known] < 1_01_01).any() or (data >= 10_000_00_00).any():
        raise InputError(f"column {name!r} holds a date beyond the years 1 to 9999")
    return data


def _instants(series: Any, known: Flags, name: str) -> NDArray[np.int64]:
    """Return microseconds since 1970; the bounds are held against the column in its own unit, which may not fit."""
    import narwhals as nw

    ticks = np.asarray(series.drop_nulls().cast(nw.Int64).to_numpy(), np.int64)
    unit = _UNITS[series.dtype.time_unit]
    if ((ticks < _FIRST * unit // _MICRO) | (ticks >= _END * unit // _MICRO)).any():
        raise InputError(f"column {name!r} holds an instant beyond the years 1 to 9999")
    data = np.zeros(len(known), np.int64)
    data[known] = ticks * (_MICRO // unit) if unit < _MICRO else ticks // (unit // _MICRO)
    return data
