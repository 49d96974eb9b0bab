"""Whatever a user holds as a table: its columns by their headers, each read only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from crmcore._frames import by_name, common_length, is_record, iterated
from crmcore.errors import UnknownColumn, UnsupportedData
from crmcore.matching.encoding.cells import cells_of
from crmcore.matching.encoding.columns import Column
from crmcore.matching.encoding.holders import columns_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

__all__ = ["CellTable", "fields_of", "read_table"]

READERS = 2
"""Columns that are read at once."""


class CellTable(Mapping[str, Column]):
    """Columns of one length by their headers.

    Attributes:
        rows: how many there are, also where no column is left.

    """

    def __init__(self, columns: Mapping[str, Column], *, rows: int) -> None:
        self._columns, self.rows = dict(columns), rows

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def forget(self, *, but: Container[str] = ()) -> None:
        """Give up what was read of columns whose cells can be had without, *but* of some."""
        for name, column in self._columns.items():
            if name not in but:
                column.forget()

    def read(self, *, but: Container[str] = ()) -> None:
        """Read the columns, *but* some, two at a time: most holders find distinct values outside Python's lock."""
        with ThreadPoolExecutor(READERS) as pool:
            for _ in pool.map(lambda column: column.raw, [self[name] for name in self if name not in but]):
                pass

    def without(self, ignore: Iterable[str]) -> CellTable:
        """Return the table but for some columns; raise UnknownColumn for a name that is not there."""
        dropped = {ignore} if isinstance(ignore, str) else set(ignore)
        for name in sorted(dropped):
            if name not in self:
                raise UnknownColumn(name, self._columns)
        return CellTable({name: column for name, column in self.items() if name not in dropped}, rows=self.rows)


def read_table(data: object) -> CellTable:
    """Return what *data* holds as a table.

    Takes a mapping of columns, a pandas, polars, modin or pyarrow table, a DuckDB relation, anything that exports an
    Arrow stream, or an iterable of mappings, records or objects with fields.

    Raises:
        UnsupportedData: *data* is no table.
        InputError: the columns differ in length, or two have names that read alike.

    >>> table = read_table([{"name": "Ada"}, {"name": "Alan", "age": 41}])
    >>> {name: list(column) for name, column in table.items()}
    {'name': ['Ada', 'Alan'], 'age': [None, '41']}
    """
    if isinstance(data, CellTable):
        return data
    if isinstance(data, str | bytes) or is_record(data):
        raise UnsupportedData(data)
    if isinstance(data, Mapping):
        columns = by_name((name, _column(iterated(name, values))) for name, values in data.items())
    elif (native := columns_of(data)) is not None:
        columns = native
    elif isinstance(data, Iterable):
        columns = _from_rows(data)
    else:
        raise UnsupportedData(data)
    return CellTable(columns, rows=common_length(columns))


def _from_rows(data: Iterable[object]) -> dict[str, Column]:
    rows = [row if isinstance(row, Mapping) else fields_of(row) for row in data]
    names = dict.fromkeys(name for row in rows for name in row)
    return by_name((name, _column(row.get(name) for row in rows)) for name in names)


def _column(values: Iterable[object]) -> Column:
    return Column.of(cells_of(list(values)))


def fields_of(row: object) -> Mapping[str, object]:
    """Return the fields of an object that is a row; raise UnsupportedData if it is none."""
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
