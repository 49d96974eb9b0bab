"""Rows of one subject, held by columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from crmcore.errors import InputError, UnknownColumn
from crmcore.query.columns._facts import FactsSource
from crmcore.query.columns._frames import frame_source
from crmcore.query.columns._points import Points
from crmcore.query.rows import PAST
from crmcore.query.sampling import seed_of
from crmcore.query.types import FieldType
from crmcore.query.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from crmcore.query.columns._column import Column
    from crmcore.query.columns._layouts import Flags, Several
    from crmcore.query.columns._source import Source
    from crmcore.query.types import Facts, Subject

__all__ = ["Table"]

T = TypeVar("T")

_PORTION = 1 << 14
"""So many rows are facts at a time."""


class Table:
    """Rows of one subject, held by columns; a column is packed when it is first asked about, and kept.

    Make one by :meth:`of` or :meth:`from_facts`. What it was made from must not be changed while it is used.

    Attributes:
        subject: what can be asked about the rows.

    """

    def __init__(self, source: Source, subject: Subject) -> None:
        """Take what reads the columns; :meth:`of` and :meth:`from_facts` know the sources."""
        self.subject = subject
        self._source = source
        self._kept: dict[tuple[str, ...], Any] = {}

    @classmethod
    def of(cls, data: object, subject: Subject | None = None) -> Table:
        """Return the table of a data frame, an Arrow table, a mapping of columns, or rows that are mappings.

        A null is a value that is not known, and so is a NaN. A list column has several values a row; a list of structs
        is a relation. Without a subject, the types are told by the columns: datetimes with a zone are instants.

        Args:
            data: of polars, pandas, pyarrow, or whatever else exports an Arrow stream; name -> one value a row; or rows
                that are mappings, of which one may leave out what is not known.
            subject: what the columns mean; a column with the key of a field or of a relation holds it, others are left
                aside. It says that a text is a partial date or the number of a decimal.

        Raises:
            UnsupportedData: *data* is no table.
            InputError: the columns differ in length, or two have names that read alike.

        What a column holds is judged when it is asked about: a datetime without a zone, bytes, an infinity, an integer
        beyond 64 bits are refused then, by the name of the column.

        >>> table = Table.of({"name": ["Ada", None], "tags": [["vip", "it"], []]})
        >>> len(table), {key: field.type.value for key, field in table.subject.fields.items()}
        (2, {'name': 'text', 'tags': 'text'})
        """
        if isinstance(data, Table):
            return data if subject is None else cls(data._source, subject)  # noqa: SLF001 - another of its own
        source = frame_source(data)
        return cls(source, subject if subject is not None else source.subject("the frame"))

    @classmethod
    def from_facts(cls, rows: Iterable[Facts], subject: Subject) -> Table:
        """Return the table of records, each by its facts; what they leave out has no value.

        >>> from crmcore.query import Subject
        >>> fields = Table.of({"city": ["Delft"]}).subject.fields
        >>> Table.from_facts([{"city": ("Delft",)}, {}], Subject("contact", fields)).column("city").scalars()
        [('Delft',), ()]
        """
        return cls(FactsSource(list(rows)), subject)

    def __len__(self) -> int:
        return self._source.size

    def column(self, key: str) -> Column:
        """Return the values of a field; raise UnknownColumn where there is none."""
        return self._values(key, self.subject.fields[key].type)

    def _values(self, key: str, type_: FieldType) -> Column:
        return self._once(("values", key), lambda: self._source.column(key, type_))

    def _once(self, key: tuple[str, ...], read: Callable[[], T]) -> T:
        """Return what is read the first time, and kept."""
        if key not in self._kept:
            self._kept[key] = read()
        kept: T = self._kept[key]
        return kept

    def relation(self, key: str) -> tuple[Several, Table]:
        """Return the items of all rows, one after the other, and how they belong to the rows."""
        return self._items(key, self.subject.relations[key])

    def states(self) -> tuple[Several, Table]:
        """Return the earlier states of all rows."""
        try:
            return self._items(PAST, self.subject)
        except UnknownColumn as error:
            raise _no_history(PAST) from error

    def _items(self, key: str, subject: Subject) -> tuple[Several, Table]:
        def read() -> tuple[Several, Table]:
            layout, source = self._source.relation(key)
            return layout, Table(source, subject)

        return self._once(("items", key), read)

    def history(self, key: str) -> Column:
        """Return the instants that say when a row began, or when a state of it ended."""
        try:
            return self._values(key, FieldType.INSTANT)
        except UnknownColumn as error:
            raise _no_history(key) from error

    def words(self) -> Column:
        """Return the words that rows are searched by."""
        try:
            return self._values(WORDS, FieldType.TEXT)
        except UnknownColumn as error:
            raise InputError(
                f"words() asks for the words that records are searched by, and the table has none: there is no column "
                f"{WORDS!r}; ask for a field with has_words()"
            ) from error

    def points(self, latitude: str, longitude: str) -> Points:
        """Return the points of the rows."""
        return self._once(
            ("points", latitude, longitude), lambda: Points(self.column(latitude), self.column(longitude))
        )

    def seeds(self) -> tuple[Flags, NDArray[np.uint64]]:
        """Return which rows have an id, and the 64 bits that stand for it."""
        return self._once(("seeds",), lambda: _seeds(self.column("id")))

    def facts(self, first: int = 0, end: int | None = None) -> Iterator[Facts]:
        """Yield the facts of each row, or of some: what a scoring function is given."""
        end = len(self) if end is None else end
        for start in range(first, end, _PORTION):
            yield from self._source.facts(self, start, min(start + _PORTION, end))


def _no_history(key: str) -> InputError:
    return InputError(
        f"lasting() asks how long something has been so, and the table has no history: there is no column {key!r}"
    )


def _seeds(ids: Column) -> tuple[Flags, NDArray[np.uint64]]:
    if ids.dictionary is None or not all(isinstance(value, str) for value in ids.dictionary.values):
        raise InputError("a sample is drawn by the ids of the rows, which must be texts")
    seeds = np.array([*map(seed_of, ids.dictionary.values), 0], np.uint64)
    return ids.layout.filled(), seeds.take(ids.firsts(), mode="clip")
