"""Reads whatever a user holds as a table into plain lists, one a column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from crmcore.errors import InputError, UnknownColumn, UnsupportedData

if TYPE_CHECKING:
    from crmcore.ports import Cell

__all__ = ["Columns", "read_table", "without"]

Columns = dict[str, list["Cell"]]


def read_table(data: object) -> Columns:
    """Return the columns of *data*: header -> one cell a row, None where missing.

    Takes a mapping of columns, a pandas, polars, modin or pyarrow table, a DuckDB relation, anything that exports an
    Arrow stream, or an iterable of mappings, records or objects with fields.

    Raises:
        UnsupportedData: *data* is no table.
        InputError: the columns differ in length.

    >>> read_table([{"name": "Ada"}, {"name": "Alan", "age": 41}])
    {'name': ['Ada', 'Alan'], 'age': [None, '41']}
    """
    if isinstance(data, str | bytes):
        raise UnsupportedData(data)
    if isinstance(data, Mapping):
        columns = {str(name): _cells(_listed(name, values)) for name, values in data.items()}
    elif (native := _from_dataframe(data)) is not None:
        columns = native
    elif isinstance(data, Iterable):
        columns = _from_rows(data)
    else:
        raise UnsupportedData(data)
    lengths = {len(cells) for cells in columns.values()}
    if len(lengths) > 1:
        listed = ", ".join(f"{name!r}: {len(cells)}" for name, cells in columns.items())
        raise InputError(f"the columns differ in length ({listed}); give every column one cell a row")
    return columns


def without(columns: Columns, ignore: Iterable[str]) -> Columns:
    """Return *columns* but those named in *ignore*; raise UnknownColumn for a name that is not there."""
    dropped = {ignore} if isinstance(ignore, str) else set(ignore)
    for name in sorted(dropped):
        if name not in columns:
            raise UnknownColumn(name, columns)
    return {name: cells for name, cells in columns.items() if name not in dropped}


def _listed(name: object, values: object) -> list[object]:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InputError(f"column {name!r} is {values!r:.50}, not a list of cells; put a single row into a list: [row]")
    return list(values)


def _from_dataframe(data: object) -> Columns | None:
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    try:
        frame = _frame(data)
        if isinstance(frame, nw.LazyFrame):
            frame = frame.collect()
        return frame if frame is None else {str(column.name): _series(column) for column in frame.iter_columns()}
    except DuplicateError as exc:
        raise InputError(f"two columns have the same name; rename one of them. {exc}") from exc


def _frame(data: object) -> Any:
    import narwhals as nw

    try:
        return nw.from_native(data)
    except TypeError:
        return nw.from_native(_arrow_table(data), eager_only=True) if hasattr(data, "__arrow_c_stream__") else None


def _arrow_table(data: object) -> Any:
    try:
        import pyarrow as pa
    except ImportError as exc:
        from crmcore.errors import MissingExtra

        raise MissingExtra("read an Arrow stream", "arrow") from exc
    try:
        return pa.table(data)
    except pa.ArrowInvalid as exc:  # a stream of single values
        raise UnsupportedData(data) from exc


def _series(series: Any) -> list[Cell]:
    values = series.to_list()
    if series.null_count() == len(values):
        return [None] * len(values)
    return _cells(values)


def _from_rows(data: Iterable[object]) -> Columns:
    rows = [row if isinstance(row, Mapping) else _fields(row) for row in data]
    names = dict.fromkeys(name for row in rows for name in row)
    return {str(name): _cells([row.get(name) for row in rows]) for name in names}


def _fields(row: object) -> Mapping[str, object]:
    if (fields := getattr(type(row), "model_fields", None)) is not None:  # pydantic
        return {name: getattr(row, name) for name in fields}
    if hasattr(row, "__attrs_attrs__"):
        return {field.name: getattr(row, field.name) for field in row.__attrs_attrs__}
    if hasattr(row, "__dataclass_fields__"):
        return {name: getattr(row, name) for name in row.__dataclass_fields__}
    if hasattr(row, "_asdict"):
        mapping: Mapping[str, object] = row._asdict()
        return mapping
    raise UnsupportedData(row)


def _cells(values: Sequence[object]) -> list[Cell]:
    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        return cast("list[Cell]", list(values))
    return [_cell(value) for value in values]


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, str):
        return value
    if hasattr(value, "as_py"):
        return _cell(value.as_py())
    if isinstance(value, np.generic | np.ndarray) and value.dtype.kind not in "mM":
        return _cell(value.tolist())
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return None if value != value else str(int(value)) if value.is_integer() else repr(value)  # noqa: PLR0124 - NaN
    if isinstance(value, list | tuple | set | frozenset):
        ordered = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        texts = tuple(text for item in ordered if isinstance(text := _cell(item), str))
        return texts or None
    text = str(value)
    return None if text in {"NaT", "<NA>", "nan", "NaN"} else text.removesuffix(" 00:00:00")
