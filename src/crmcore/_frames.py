"""Tables that a caller holds, whatever made them, as columns by their names: frames, streams of Arrow, mappings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from crmcore.errors import InputError, MissingExtra, UnsupportedData

if TYPE_CHECKING:
    from collections.abc import Sized

__all__ = ["by_name", "common_length", "is_record", "iterated", "series_of"]

C = TypeVar("C")


def series_of(data: object, *, rows: str = "mappings or records") -> dict[str, Any] | None:
    """Return the columns of a frame as narwhals series; None of what is none.

    Args:
        data: of pandas, polars, pyarrow, DuckDB, or whatever else exports a stream of Arrow tables.
        rows: what the caller takes besides, for the error.

    Raises:
        InputError: two columns have the same name.
        MissingExtra: *data* is a stream, and Arrow is not installed.
        UnsupportedData: a stream of single values.

    """
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    try:
        frame = _frame(data, rows)
        if isinstance(frame, nw.LazyFrame):
            frame = frame.collect()
        return None if frame is None else by_name((series.name, series) for series in frame.iter_columns())
    except DuplicateError as exc:
        raise InputError(f"two columns have the same name; rename one of them. {exc}") from exc


def _frame(data: object, rows: str) -> Any:
    import narwhals as nw

    try:
        return nw.from_native(data)
    except TypeError:
        return nw.from_native(_streamed(data, rows)) if hasattr(data, "__arrow_c_stream__") else None


def _streamed(data: Any, rows: str) -> Any:
    try:
        import pyarrow as pa
    except ImportError as exc:
        raise MissingExtra("read an Arrow stream", "arrow") from exc
    try:
        return pa.table(data)
    except pa.ArrowInvalid as exc:  # a stream of single values
        raise UnsupportedData(data, rows=rows) from exc


def by_name(columns: Iterable[tuple[object, C]]) -> dict[str, C]:
    """Return columns by the texts of their names; raise InputError where two read alike, such as 1 and "1".

    >>> by_name([("a", [1]), (2, [3])])
    {'a': [1], '2': [3]}
    """
    named: dict[str, C] = {}
    for name, column in columns:
        if str(name) in named:
            raise InputError(f"two columns are called {str(name)!r:.80}, by a text and by what is none; rename one")
        named[str(name)] = column
    return named


def common_length(columns: Mapping[str, Sized]) -> int:
    """Return how many rows the columns have, 0 where there is none; raise InputError where they differ in length."""
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        shown = ", ".join(f"{name!r}: {len(column)}" for name, column in columns.items())
        raise InputError(f"the columns differ in length ({shown}); give every column one value a row")
    return max(lengths, default=0)


def is_record(value: object) -> bool:
    """Tell whether a value is one of pydantic's, which can be walked over and is no list all the same."""
    return hasattr(type(value), "model_fields")


def iterated(name: object, values: object) -> Iterable[Any]:
    """Return what a caller gave as a column; raise InputError, which shows no value, where it is a single one.

    >>> iterated("born", "1815-12-10")
    Traceback (most recent call last):
      ...
    crmcore.errors.InputError: column 'born' is a str, not a list of values; put a single row into a list
    """
    is_single = isinstance(values, str | bytes | Mapping) or getattr(values, "ndim", 1) == 0
    if is_single or is_record(values) or not isinstance(values, Iterable):
        kind = type(values).__name__
        raise InputError(f"column {name!r:.80} is a {kind}, not a list of values; put a single row into a list")
    return values
