"""How values belong to rows: at most one to each, or any number, one row after the other.

What is said of values, as an array of flags with one for each, becomes what is said of rows.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags: TypeAlias = NDArray[np.bool_]
    Places: TypeAlias = NDArray[np.intp]

__all__ = ["Layout", "Several", "Single"]

_SPARSE = 8
"""One flag in so many that is set, or fewer: then looking up the rows of those is quicker than counting all."""


class Single:
    """One value a row; where none is known, a filler stands in its place.

    Attributes:
        size: the number of rows.
        known: whether a row has a value; None where all have one.

    """

    def __init__(self, size: int, known: Flags | None = None) -> None:
        self.size = size
        self.known = known if known is None or not known.all() else None

    def filled(self) -> Flags:
        """Return the rows that have a value."""
        return np.ones(self.size, bool) if self.known is None else self.known

    def some(self, flags: Flags) -> Flags:
        """Return the rows of which some value is flagged."""
        return flags if self.known is None else flags & self.known

    def every(self, flags: Flags) -> Flags:
        """Return the rows that have values, all of them flagged."""
        return self.some(flags)

    def values(self, rows: Flags | None) -> tuple[Places, Places]:
        """Return the places of the values of the flagged rows, in order, and the row of each."""
        flags = self.filled() if rows is None else self.some(rows)
        places = np.flatnonzero(flags)
        return places, places

    def alone(self) -> Flags:
        """Return the rows that have exactly one value."""
        return self.filled()


class Several:
    """Any number of values a row.

    Attributes:
        offsets: where the values of each row begin, and at last where they end; one more than there are rows.

    """

    def __init__(self, offsets: Places) -> None:
        self.offsets = offsets
        self.size = len(offsets) - 1

    @classmethod
    def of_counts(cls, counts: Places) -> Several:
        """Return the layout of rows with so many values each."""
        offsets = np.zeros(len(counts) + 1, np.intp)
        np.cumsum(counts, out=offsets[1:])
        return cls(offsets)

    @cached_property
    def counts(self) -> Places:
        """The number of values of each row."""
        return np.diff(self.offsets)

    @cached_property
    def parents(self) -> Places:
        """The row of each value."""
        return np.repeat(np.arange(self.size), self.counts)

    @cached_property
    def _filled(self) -> Flags:
        return self.counts > 0

    def filled(self) -> Flags:
        """Return the rows that have a value."""
        return self._filled

    def some(self, flags: Flags) -> Flags:
        """Return the rows of which some value is flagged."""
        if np.count_nonzero(flags) * _SPARSE >= len(flags):
            return self.count(flags) > 0
        rows = np.zeros(self.size, bool)
        rows[self.parents.take(np.flatnonzero(flags))] = True
        return rows

    def every(self, flags: Flags) -> Flags:
        """Return the rows that have values, all of them flagged."""
        return self._filled & ~self.some(~flags)

    def count(self, flags: Flags) -> NDArray[Any]:
        """Return the number of flagged values of each row."""
        running = np.zeros(len(flags) + 1, np.int32 if len(flags) < 2**31 else np.int64)
        np.cumsum(flags, out=running[1:])
        return np.diff(running.take(self.offsets))

    def values(self, rows: Flags | None) -> tuple[Places, Places]:
        """Return the places of the values of the flagged rows, in order, and the row of each."""
        if rows is None:
            return np.arange(len(self.parents)), self.parents
        places = np.flatnonzero(rows.take(self.parents))
        return places, self.parents.take(places)

    def alone(self) -> Flags:
        """Return the rows that have exactly one value."""
        return np.equal(self.counts, 1)


Layout: TypeAlias = Single | Several
