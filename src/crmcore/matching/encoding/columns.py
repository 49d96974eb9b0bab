"""One column of a table, of which nothing is read before it is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING, cast, overload

import numpy as np

from crmcore.hygiene.columns import CountedCells
from crmcore.hygiene.placeholders import MISSING_MARKERS
from crmcore.matching.encoding.cells import cell_of
from crmcore.matching.encoding.coded import MAX_VALUES_A_CELL, Raw
from crmcore.matching.encoding.strings import Strings, hash64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from crmcore.ports import Cell

    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]

__all__ = ["Column", "raw_of", "raw_of_values"]

LOOKED_AT = 4000
"""Different cells of a column from which its role is guessed."""
_MARKERS = [*MISSING_MARKERS, *map(str.upper, MISSING_MARKERS), *map(str.capitalize, MISSING_MARKERS), " "]


class Column(Sequence["Cell"]):
    """One cell a row, read when somebody asks.

    Args:
        rows: how many there are.
        read: gives the column as codes and the different texts that came.
        peek: gives one cell without reading the column; without it, what was read is kept.
        cells: all cells, where they are Python objects anyway.

    >>> column = Column.of(["Ada", None, ("Eve", "Bob")])
    >>> column[2], column.raw.codes.tolist(), list(column.raw.values)
    (('Eve', 'Bob'), [[0, -1], [-1, -1], [1, 2]], ['Ada', 'Eve', 'Bob'])
    """

    def __init__(
        self,
        rows: int,
        read: Callable[[], Raw],
        *,
        peek: Callable[[int], object] | None = None,
        cells: Sequence[Cell] | None = None,
    ) -> None:
        self._rows, self._read, self._peek, self._cells = rows, read, peek, cells
        self._raw: Raw | None = None

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> Column:
        """Hold cells."""
        return cls(len(cells), lambda: _raw_of_cells(cells), peek=cells.__getitem__, cells=cells)

    @classmethod
    def gaps(cls, rows: int) -> Column:
        """Hold nothing in every row."""
        return cls(rows, lambda: Raw(codes=np.full((rows, 1), -1, np.int32), values=Strings.of([])))

    @property
    def raw(self) -> Raw:
        """The column as codes, and the different texts."""
        if self._raw is None:
            self._raw = self._read()
        return self._raw

    def forget(self) -> None:
        """Give up what was read, if single cells can be had without."""
        if self._peek is not None:
            self._raw = None

    def __len__(self) -> int:
        return self._rows

    @overload
    def __getitem__(self, row: int) -> Cell: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[Cell]: ...
    def __getitem__(self, row: int | slice) -> Cell | Sequence[Cell]:
        if isinstance(row, slice):
            return list(self)[row] if self._cells is None else self._cells[row]
        if self._peek is not None:
            return cell_of(self._peek(row))
        texts = tuple(self.raw.values.at(code) for code in self.raw.codes[row].tolist() if code >= 0)
        return texts if len(texts) > 1 else texts[0] if texts else None

    def __iter__(self) -> Iterator[Cell]:
        if self._cells is not None:
            return iter(self._cells)
        if self.raw.codes.shape[1] > 1:
            return (self[row] for row in range(self._rows))
        texts = [*self.raw.values, None]
        return map(texts.__getitem__, self.raw.codes[:, 0].tolist())

    def under(self, other: Column) -> Column:
        """Return the column that has the rows of *other* first and then these."""

        def read() -> Raw:
            above, below = other.raw, self.raw
            other.forget()
            self.forget()
            codes = np.full((len(other) + len(self), max(above.codes.shape[1], below.codes.shape[1])), -1, np.int32)
            codes[: len(other), : above.codes.shape[1]] = above.codes
            shifted = np.where(below.codes < 0, np.int32(-1), below.codes + np.int32(len(above.values)))
            codes[len(other) :, : below.codes.shape[1]] = shifted
            return Raw(codes=codes, values=Strings.join([above.values, below.values]))

        def peek(row: int) -> Cell:
            return other[row] if row < len(other) else self[row - len(other)]

        return Column(len(other) + len(self), read, peek=peek)

    def counted(self) -> CountedCells | Sequence[Cell]:
        """Return the different cells and their counts, or those of some thousand, chosen by what they say."""
        raw = self.raw
        if raw.codes.shape[1] > 1:
            return self
        counts = raw.counts()
        seen = np.flatnonzero(counts)
        chosen = seen[_sampled(raw.values if len(seen) == len(counts) else raw.values.take(seen))]
        found: dict[str, int] = {}
        for text, times in zip(raw.values.take(chosen), counts[chosen].tolist(), strict=True):
            found[text] = found.get(text, 0) + times
        return CountedCells(counts=found, total=self._rows, unique=len(seen) == self._rows and _all_differ(raw.values))


def _sampled(values: Strings) -> Int64s:
    """Choose some thousand texts by what they say, int64, (chosen,): those of the smallest hashes."""
    if len(values) <= LOOKED_AT:
        return np.arange(len(values))
    tails = values.tails()
    likely = np.flatnonzero(tails <= np.partition(tails, LOOKED_AT)[LOOKED_AT])
    hashes = hash64(values.take(likely))
    return likely[np.argpartition(hashes, LOOKED_AT)[:LOOKED_AT]]


def _all_differ(values: Strings) -> bool:
    hashes = np.sort(hash64(values))
    return not (hashes[1:] == hashes[:-1]).any() and not np.isin(hash64(Strings.of(_MARKERS)), hashes).any()


def raw_of(cells: Sequence[Cell]) -> Raw:
    """Return a column, or a list of cells, as codes and the different texts."""
    return cells.raw if isinstance(cells, Column) else _raw_of_cells(cells)


def raw_of_values(codes: Int32s, values: Sequence[object]) -> Raw | None:
    """Return codes of values of any kind as codes of texts; None where a value is several texts.

    Args:
        codes: int32, (rows,), -1 where nothing stands.
        values: what they lead to.

    """
    cells = [cell_of(value) for value in values]
    if any(isinstance(cell, tuple) for cell in cells):
        return None
    place = np.arange(len(cells) + 1, dtype=np.int32)
    place[[at for at, cell in enumerate(cells) if cell is None]] = -1
    place[-1] = -1
    return Raw(
        codes=place[codes][:, None], values=Strings.of([cell if isinstance(cell, str) else "" for cell in cells])
    )


def _raw_of_cells(cells: Sequence[Cell]) -> Raw:
    slots = _slots(cells)
    index: defaultdict[str | None, int] = defaultdict(count().__next__, {None: -1})
    codes = np.empty((len(cells), len(slots)), np.int32)
    for at, slot in enumerate(slots):
        codes[:, at] = np.fromiter(map(index.__getitem__, slot), np.int32, len(slot))
    del index[None]
    return Raw(codes=codes, values=Strings.of(cast("list[str]", list(index))))


def _slots(column: Sequence[Cell]) -> list[Sequence[str | None]]:
    """Split a column of cells into columns of single texts."""
    if tuple not in set(map(type, column)):
        return [cast("Sequence[str | None]", column)]
    widest = max(len(cell) for cell in column if isinstance(cell, tuple))
    wide = [cell if isinstance(cell, tuple) else (cell,) for cell in column]
    return [
        [cell[slot] if slot < len(cell) else None for cell in wide]
        for slot in range(max(min(widest, MAX_VALUES_A_CELL), 1))
    ]
