"""Columns of data frames, of Arrow tables and of mappings, packed as they are asked about.

Columns of numbers, booleans and instants are taken over as arrays; the others pass through Python's values, lists of
structs in portions, so that never more than one of them is spread out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore._frames import by_name, common_length, iterated, series_of
from crmcore.errors import InputError, UnknownColumn, UnsupportedData
from crmcore.query.columns._arrays import are_keepable, as_array
from crmcore.query.columns._arrow import flat_lists, struct_fields
from crmcore.query.columns._column import CODED, Column, packed, packed_single
from crmcore.query.columns._guesses import LISTS, UNNAMED, Guess, guessed_by_type, guessed_by_values, subject_of
from crmcore.query.columns._layouts import Several
from crmcore.query.reading import LONGEST
from crmcore.query.scalars import scalar_of
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcore.query.columns.table import Table
    from crmcore.query.types import Facts, Scalar, Subject

__all__ = ["FrameSource", "frame_source"]

_PORTION = 1 << 16
"""So many lists of structs are Python's at a time."""
_ROWS = "mappings"


def frame_source(data: object) -> FrameSource:
    """Return what reads the columns of a frame or of a mapping; see :meth:`~crmcore.query.columns.Table.of`."""
    if isinstance(data, Mapping):
        columns = by_name((name, _listed(iterated(name, values))) for name, values in data.items())
    elif (series := series_of(data, rows=_ROWS)) is not None:
        columns = series
    else:
        return _rows_source(data)
    return FrameSource(columns, common_length(columns))


def _rows_source(data: object) -> FrameSource:
    """Return what reads rows that are mappings: what one leaves out is not known."""
    rows: list[Any] = list(data) if isinstance(data, Iterable) and not isinstance(data, str | bytes) else [data]
    if not all(isinstance(row, Mapping) for row in rows):
        raise UnsupportedData(data, rows=_ROWS)
    names = dict.fromkeys(name for row in rows for name in row)
    columns = by_name((name, cells([row.get(name) for row in rows])) for name in names)
    return FrameSource(columns, len(rows), is_open=True)


def _listed(values: Iterable[Any]) -> Any:
    if hasattr(values, "to_list") or hasattr(values, "to_pylist"):  # a column of a frame, which knows its type
        import narwhals as nw

        try:
            return nw.from_native(values, series_only=True)
        except TypeError:
            pass
    return cells(values.tolist() if isinstance(values, np.ndarray) else list(values))


class FrameSource:
    """Reads columns that are narwhals series, or lists of Python's values with None for what is missing."""

    def __init__(self, columns: Mapping[str, Any], size: int, *, is_open: bool = False) -> None:
        """Take the columns; where they are *open*, one that is not among them has no values."""
        self._columns = columns
        self._is_open = is_open
        self.size = size

    def subject(self, name: str) -> Subject:
        """Return what can be asked about, told by the columns."""
        return subject_of(name, {key: self._guess(column) for key, column in self._columns.items()})

    @staticmethod
    def _guess(column: Any) -> Guess:
        if isinstance(column, list):
            return guessed_by_values(column)
        return guessed_by_type(column.dtype) or guessed_by_values(cells(column.to_list()))

    def column(self, key: str, type_: FieldType) -> Column:
        """Return the values of a column as that type."""
        column = self._named(key)
        if column is None:
            return packed([()] * self.size, type_)
        if not isinstance(column, list):
            guess = guessed_by_type(column.dtype)
            if guess is not None and (guess.refusal or guess.items is not None):
                raise InputError(f"column {key!r} holds {guess.refusal or 'items, and is asked about as a relation'}")
            is_multi = guess is not None and guess.is_multi
            if (array := _of_series(column, type_, name=key, is_multi=is_multi)) is not None:
                return array
            column = cells(column.to_list())
        return _packed(column, type_, name=key)

    def relation(self, key: str) -> tuple[Several, FrameSource]:
        """Return the items of a column of lists."""
        column = self._named(key)
        if column is not None and not isinstance(column, list) and (flat := _flat_items(column)) is not None:
            return flat
        items = _Items(key)
        is_open = column is None or isinstance(column, list) or guessed_by_type(column.dtype) is None
        if column is None:
            items.add([None] * self.size)
        elif isinstance(column, list):
            items.add(column)
        else:
            for start in range(0, self.size, _PORTION):
                items.add(column[start : start + _PORTION].to_list())
        return items.layout(), FrameSource(items.columns, items.size, is_open=is_open)

    def _named(self, key: str) -> Any:
        if key not in self._columns and not self._is_open:
            raise UnknownColumn(key, self._columns)
        return self._columns.get(key)

    def facts(self, table: Table, first: int, end: int) -> Sequence[Facts]:
        """Return the facts of some rows, of the fields and relations that there are columns of."""
        subject, rows = table.subject, np.arange(first, end)
        held: dict[str, Sequence[Any]] = {
            key: table.column(key).taken(rows, np.ones(len(rows), bool)).scalars()
            for key in subject.fields
            if key in self._columns
        }
        for key in subject.relations:
            if key in self._columns:
                layout, items = table.relation(key)
                ends = layout.offsets[first : end + 1].tolist()
                facts = tuple(items.facts(ends[0], ends[-1]))
                held[key] = [facts[begin - ends[0] : stop - ends[0]] for begin, stop in pairwise(ends)]
        return [{key: values[row] for key, values in held.items()} for row in range(end - first)]


def _of_series(series: Any, type_: FieldType, *, name: str, is_multi: bool) -> Column | None:
    """Return the column of a series as arrays; None where its values must be converted one by one."""
    if not is_multi:
        return as_array(series, type_, name=name)
    if (flat := flat_lists(series)) is None:
        return None
    layout, values = flat
    column = as_array(values, type_, name=name)
    if column is None or column.layout.filled().all():
        return None if column is None else attrs.evolve(column, layout=layout)
    return None  # a NaN among the values of a list


def _flat_items(series: Any) -> tuple[Several, FrameSource] | None:
    """Return the items of a series of lists of structs, by Arrow; None where it cannot be asked."""
    guess = guessed_by_type(series.dtype)
    if guess is None or guess.items is None or (flat := flat_lists(series)) is None:
        return None
    layout, structs = flat
    return layout, FrameSource(struct_fields(structs), len(structs))


class _Items:
    """Collects the items of all rows by their keys."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._counts: list[int] = []
        self.columns: dict[str, list[Any]] = {}
        self.size = 0

    def add(self, rows: Sequence[Any]) -> None:
        """Take the items of some more rows."""
        lists = [() if row is None or row != row else row for row in map(_as_list, rows)]  # noqa: PLR0124 - a NaN
        if not all(isinstance(row, LISTS) for row in lists):
            raise InputError(f"column {self._name!r} is asked about as a relation, and does not hold lists")
        found = [[item for item in row if item is not None] for row in lists]
        self._counts += map(len, found)
        items = [item for row in found for item in row]
        if not all(isinstance(item, Mapping) for item in items):
            raise InputError(f"column {self._name!r} is asked about as a relation, and its items have no named values")
        for key in dict.fromkeys(key for item in items for key in item):
            if not isinstance(key, str):
                raise InputError(f"column {self._name!r} holds {UNNAMED}")
            self.columns.setdefault(key, [None] * self.size)
        for key, column in self.columns.items():
            column.extend(cells([item.get(key) for item in items]))
        self.size += len(items)

    def layout(self) -> Several:
        """Return how the items belong to the rows."""
        return Several.of_counts(np.array(self._counts, np.intp))


def _as_list(row: Any) -> Any:
    return row.tolist() if isinstance(row, np.ndarray) else row


def cells(values: list[Any]) -> list[Any]:
    """Return the values with None for a NaN and for what pandas writes instead of nothing, and Python's own numbers."""
    kinds = set(map(type, values))
    if any(issubclass(kind, np.generic) or kind is np.ndarray for kind in kinds):
        values = [value.tolist() if isinstance(value, np.generic | np.ndarray) else value for value in values]
        kinds = set(map(type, values))
    nothing = {kind for kind in kinds if kind.__name__ in {"NAType", "NaTType"}}
    if nothing:
        values = [None if type(value) in nothing else value for value in values]
    if any(issubclass(kind, float) for kind in kinds):
        values = [None if isinstance(value, float) and value != value else value for value in values]  # noqa: PLR0124
    return values


def _packed(values: list[Any], type_: FieldType, *, name: str) -> Column:
    """Return the column of Python's values, one or a list a row."""
    kinds = set(map(type, values))
    if not any(issubclass(kind, LISTS) for kind in kinds):
        there = iter(_scalars([value for value in values if value is not None], type_, name=name))
        return packed_single([None if value is None else next(there) for value in values], type_)
    lists = [() if value is None else value if isinstance(value, LISTS) else (value,) for value in values]
    rows = [[value for value in row if value is not None] for row in map(cells, map(list, lists))]
    scalars = iter(_scalars([value for row in rows for value in row], type_, name=name))
    return packed([[next(scalars) for _ in row] for row in rows], type_)


def _scalars(values: list[Any], type_: FieldType, *, name: str) -> list[Scalar]:
    """Return the canonical scalars of values, of texts the letters that are asked about."""
    scalars = _converted(values, type_, name=name)
    if type_ not in CODED:
        return scalars
    return [value[:LONGEST] if isinstance(value, str) and len(value) > LONGEST else value for value in scalars]


def _converted(values: list[Any], type_: FieldType, *, name: str) -> list[Scalar]:
    """Return the scalars of values; what occurs often is converted once.

    But for datetimes: the two hours of the night when a clock goes back are equal to Python.
    """
    kinds = set(map(type, values))
    if kinds <= {str} and type_ in CODED and are_keepable(values):
        return values
    if len(kinds) != 1 or type_ is FieldType.INSTANT:
        return [scalar_of(value, type_, field=name) for value in values]
    try:
        different = set(values)
    except TypeError as error:
        raise InputError(f"column {name!r} holds values of type {kinds.pop().__name__}, and no {type_}") from error
    scalars = {value: scalar_of(value, type_, field=name) for value in different}
    return [scalars[value] for value in values]
