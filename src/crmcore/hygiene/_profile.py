"""Looks at a sample of a column's cells: how many, how different, and of what shapes."""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

import attrs

from crmcore.hygiene._shapes import Shape, shapes_of
from crmcore.hygiene.placeholders import MISSING_MARKERS, is_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["Cell", "CountedCells", "Profile", "is_unique", "profile"]

T = TypeVar("T")
Cell = str | tuple[str, ...] | None
"""One cell of a table: text, several texts, or nothing."""


@attrs.frozen(kw_only=True)
class CountedCells:
    """A column as its different cells and in how many rows each stands.

    Attributes:
        counts: cell -> rows; all cells, or some that were chosen by what they say and not by where they stand.
        total: the number of rows of the whole column.
        unique: whether every row of it has a value of its own.

    """

    counts: Mapping[str, int]
    total: int
    unique: bool


@attrs.frozen(kw_only=True)
class Profile:
    """What a sample of one column shows; shares are of the distinct values.

    Attributes:
        rows: how many rows were looked at.
        filled: how many of them have a value.
        distinct: how many different values those have.
        values: the different values that were looked at closely.
        shapes: the shapes of each of these.
        counts: how many of them have each shape.
        total: the number of rows of the whole column.

    """

    rows: int
    filled: int
    distinct: int
    values: tuple[str, ...]
    shapes: tuple[frozenset[Shape], ...]
    counts: Counter[Shape]
    total: int

    def share(self, shape: Shape) -> float:
        """Return the share of the values that have the shape, 0 to 1."""
        return self.counts[shape] / len(self.values) if self.values else 0.0

    def any_of(self, *shapes: Shape) -> float:
        """Return the share of the values that have at least one of the shapes."""
        if not self.values:
            return 0.0
        wanted = frozenset(shapes)
        return sum(not wanted.isdisjoint(shapes) for shapes in self.shapes) / len(self.values)

    @property
    def is_low(self) -> bool:
        """Few values, each often: a category."""
        return self.distinct <= max(2, min(100, self.filled // 10))

    @property
    def has_one_length(self) -> bool:
        """All values have as many characters."""
        return len({len(value) for value in self.values}) == 1

    @property
    def is_counting(self) -> bool:
        """Whole numbers that leave few gaps, as row numbers do."""
        if not all(value.isdecimal() and len(value) < 18 for value in self.values):
            return False
        numbers = [int(value) for value in self.values]
        return max(numbers) - min(numbers) < 2 * max(self.total, 1)


def profile(cells: Sequence[Cell] | CountedCells, *, sample: int) -> Profile:
    """Look at up to 4 x *sample* different cells, wherever they stand, and at up to *sample* different values there."""
    known = _counted(cells)
    counted: Counter[str] = Counter()
    empty: set[str] = set()
    rows = filled = 0
    for cell in _chosen(known, 4 * sample):
        present, times = False, known[cell]
        for text in _texts(cell):
            if text in counted or (text not in empty and not is_missing(text)):
                counted[text] += times
                present = True
            else:
                empty.add(text)
        rows += times
        filled += times * present
    values = tuple(_chosen(counted, sample))
    shapes = tuple(map(shapes_of, values))
    return Profile(
        rows=rows,
        filled=filled,
        distinct=len(counted),
        values=values,
        shapes=shapes,
        counts=Counter(shape for found in shapes for shape in found),
        total=cells.total if isinstance(cells, CountedCells) else len(cells),
    )


def is_unique(cells: Sequence[Cell] | CountedCells) -> bool:
    """Tell whether every row has a value of its own; stops at the first chunk that shows otherwise."""
    if isinstance(cells, CountedCells):
        return cells.unique
    seen: set[Cell] = set()
    for start in range(0, len(cells), 8192):
        chunk = cells[start : start + 8192]
        seen.update(chunk)
        if len(seen) < start + len(chunk):
            return False
    return _EMPTY_CELLS.isdisjoint(seen)


_EMPTY_CELLS: frozenset[Cell] = frozenset(
    {None, " ", *MISSING_MARKERS, *map(str.upper, MISSING_MARKERS), *map(str.capitalize, MISSING_MARKERS)}
)
"""Markers as they are usually written; a whole column of a million cells cannot be folded to look for others."""


def _counted(cells: Sequence[Any] | CountedCells) -> Counter[Cell]:
    if isinstance(cells, CountedCells):
        return Counter(dict(cells.counts))
    try:
        return Counter(cells)
    except TypeError:  # lists, which have no hash
        return Counter(tuple(cell) if isinstance(cell, list) else cell for cell in cells)


def _chosen(cells: Iterable[T], most: int) -> list[T]:
    """Return at most *most* of the different cells, and in an order, that do not depend on where they stand."""

    def rank(cell: T) -> tuple[int, str]:
        text = repr(cell)
        return crc32(text.encode()), text

    return nsmallest(most, cells, key=rank)


def _texts(cell: Cell) -> Iterator[str]:
    if isinstance(cell, str):
        yield cell.strip()
    elif cell is None:
        yield ""
    elif isinstance(cell, (tuple, list)):
        yield from (str(part).strip() for part in cell)
    else:
        yield str(cell).strip()
