"""Columns of pandas, polars, Arrow and whatever else holds tables: each library finds its own distinct values.

None of them makes a Python string of every cell: Arrow has dictionaries, pandas factorizes, polars hashes. What they
find is checked where it rests on hashes, and only distinct values are looked at one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore._frames import series_of
from crmcore.matching.encoding.cells import cells_of
from crmcore.matching.encoding.coded import Raw
from crmcore.matching.encoding.columns import Column, raw_of, raw_of_values
from crmcore.matching.encoding.strings import Strings

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["columns_of"]


def columns_of(data: object) -> dict[str, Column] | None:
    """Return the columns of a table that some library holds; None where *data* is none.

    Raises:
        InputError: two columns have the same name.
        UnsupportedData: a stream of single values.

    """
    series = series_of(data)
    return None if series is None else {name: _column(each) for name, each in series.items()}


def _column(series: Any) -> Column:
    import narwhals as nw

    if series.null_count() == len(series):
        return Column.gaps(len(series))
    if series.dtype.is_nested() or (series.implementation.is_polars() and series.dtype == nw.Object):
        return Column.of(cells_of(series.to_list()))
    native = series.to_native()
    read: Callable[[Any], Raw | None]
    if series.implementation.is_pyarrow():
        read, peek = _read_arrow, native.__getitem__
    elif series.implementation.is_polars():
        read, peek = _read_polars, native.__getitem__
    elif series.implementation.is_pandas():
        read, peek = _read_pandas, None  # a frame may change before somebody looks at it again
    else:
        return Column.of(cells_of(series.to_list()))

    def read_or_walk() -> Raw:
        found = read(native)
        return raw_of(cells_of(series.to_list())) if found is None else found

    return Column(len(series), read_or_walk, peek=peek)


def _read_arrow(array: Any) -> Raw | None:
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if array.type in (pa.string_view(), pa.utf8()) and array.type != pa.utf8():
        array = array.cast(pa.large_string())
    found = array.dictionary_encode().combine_chunks()
    codes = _codes_of(found.indices)
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return Raw(codes=codes[:, None], values=Strings.from_arrow(found.dictionary))
    return raw_of_values(codes, found.dictionary.to_pylist())


def _codes_of(indices: Any) -> NDArray[np.int32]:
    """Return an Arrow array of 32-bit whole numbers with -1 where it is null."""
    rows = slice(indices.offset, indices.offset + len(indices))
    valid, data = indices.buffers()
    codes: NDArray[np.int32] = np.frombuffer(data, np.int32)[rows]
    if valid is None:
        return codes
    known = np.unpackbits(np.frombuffer(valid, np.uint8), bitorder="little")[rows]
    return np.where(known, codes, np.int32(-1))


def _read_pandas(series: Any) -> Raw | None:
    if series.dtype == object and not _kinds(series) <= _PLAIN:  # 1, True and 1.0 would be one value
        return None
    codes, values = series.factorize()
    return raw_of_values(codes.astype(np.int32), values.tolist())


_PLAIN = frozenset({"str", "NoneType", "float", "NAType", "NaTType"})


def _kinds(series: Any) -> set[str]:
    return {kind.__name__ for kind in set(map(type, series.array))}


def _read_polars(series: Any) -> Raw | None:
    if str(series.dtype).startswith(("Categorical", "Enum")):
        import polars as pl

        series = series.cast(pl.String)
    known = np.flatnonzero(series.is_not_null().to_numpy())
    there = series.gather(known)
    hashes = there.hash().to_numpy()
    order = np.argsort(hashes)
    begins = np.concatenate(([True], np.diff(hashes[order]) != 0))
    number = np.empty(len(known), np.int32)
    number[order] = np.cumsum(begins, dtype=np.int32) - 1
    values = there.gather(order[begins])
    if not (values.gather(number) == there).all():  # two values of one hash
        return None
    codes = np.full(len(series), -1, np.int32)
    codes[known] = number
    return raw_of_values(codes, values.to_list())
