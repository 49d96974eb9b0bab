"""Which rows may be one person: pairs that speak for it strongly enough to be looked at together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching.index._postings import each_once

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Int64s = NDArray[np.int64]

__all__ = ["Edges"]


class Edges:
    """Pairs of rows: those of the batch run as arrays, later ones as sets.

    Args:
        rows: how many rows the table has.
        left, right: int64, (pairs,), rows of it.

    >>> edges = Edges(3, np.array([0]), np.array([1]))
    >>> edges.add(3, [0])
    >>> edges.of(0), edges.of_table(0), edges.of(2)
    ([1, 3], [1], [])
    """

    def __init__(self, rows: int, left: Int64s, right: Int64s) -> None:
        ends = np.concatenate((left, right))
        order = np.argsort(ends, kind="stable")
        self._others = np.concatenate((right, left))[order].astype(np.int32)
        self._begin = np.searchsorted(ends[order], np.arange(rows + 1))
        self.rows = rows
        self._later: dict[int, set[int]] = {}

    def of_table(self, row: int) -> list[int]:
        """Return the rows of the table that a row of it is connected to from the start."""
        if row >= self.rows:
            return []
        others: list[int] = self._others[self._begin[row] : self._begin[row + 1]].tolist()
        return others

    def of(self, row: int) -> list[int]:
        """Return all rows that a row is connected to."""
        later = self._later.get(row)
        return self.of_table(row) if later is None else [*self.of_table(row), *sorted(later)]

    def pairs(self, number: Int64s) -> tuple[Int64s, Int64s]:
        """Return all pairs of rows that are there, by new numbers, each once and rising.

        Args:
            number: int64, (rows,): the new number of each row, -1 for those that are gone.

        """
        own = np.repeat(np.arange(self.rows), np.diff(self._begin))
        ends = np.stack((own, self._others.astype(np.int64)))
        later = [(row, other) for row, others in self._later.items() for other in others]
        ends = np.concatenate((ends, np.array(later, np.int64).reshape(-1, 2).T), axis=1)
        ends = number[ends]
        ends = ends[:, (ends[0] < ends[1]) & (ends[0] >= 0)]
        packed = each_once(ends[0] << 32 | ends[1])
        return packed >> 32, packed & 0xFFFFFFFF

    def add(self, row: int, others: Iterable[int]) -> None:
        """Connect a row."""
        for other in others:
            self._later.setdefault(row, set()).add(other)
            self._later.setdefault(other, set()).add(row)

    def remove(self, row: int) -> None:
        """Take away what a row was connected to since the start."""
        for other in self._later.pop(row, set()):
            held = self._later[other]
            held.discard(row)
            if not held:
                del self._later[other]
