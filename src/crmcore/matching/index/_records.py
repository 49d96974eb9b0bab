"""What the rows of an index hold, as numbers, and how many rows hold each value."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching.encoding.coded import MAX_VALUES_A_CELL, Coded
from crmcore.matching.encoding.strings import hash64
from crmcore.matching.index._growing import Growing
from crmcore.matching.index._hashing import hash_of
from crmcore.matching.index._vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcore.matching.encoding.strings import Strings
    from crmcore.matching.index._schema import Values

    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Codes = tuple[tuple[int, ...], ...]

__all__ = ["Records"]


class Records:
    """Rows, numbered from 0; the number of a row that was removed is not given again.

    Args:
        columns: what the rows hold to begin with, one column a comparison.
        rows: how many there are.

    Attributes:
        vocabularies: the values of each comparison.
        known: how many rows hold any value, of each comparison.

    """

    def __init__(self, columns: Sequence[Coded], rows: int) -> None:
        self.vocabularies = [Vocabulary(column.values, column.keys) for column in columns]
        self.known = [int(column.known.sum()) for column in columns]
        self._counts = [Growing(column.counts().astype(np.int32)) for column in columns]
        self._begin = rows
        beside = [column.codes for column in columns] or [np.empty((rows, 0), np.int32)]
        self._first = _Block(np.ascontiguousarray(np.concatenate(beside, axis=1)), [column.slots for column in columns])
        wide = [MAX_VALUES_A_CELL] * len(columns)
        self._later = _Block(np.empty((0, sum(wide)), np.int32), wide)
        self._alive = Growing(np.ones(rows, bool))
        self._held = rows

    def __len__(self) -> int:
        return len(self._alive)

    @property
    def alive(self) -> NDArray[np.bool_]:
        """bool, (rows,): those that were not removed."""
        return self._alive.held

    @property
    def held(self) -> int:
        """How many rows there are that were not removed."""
        return self._held

    def columns(self, rows: Int64s) -> list[Coded]:
        """Return some rows as columns of a table, in their order: the same whatever came before."""
        found = [np.full((len(rows), MAX_VALUES_A_CELL), -1, np.int32) for _ in self.vocabularies]
        for places, slots in self.slots(rows):
            for column, held in zip(found, slots, strict=True):
                column[places, : len(held)] = held.T
        both = zip(found, self.vocabularies, strict=True)
        return [_recoded(codes, vocabulary.strings()) for codes, vocabulary in both]

    def holders(self, comparison: int) -> tuple[Int32s, Int64s]:
        """Return all rows so far by the value that they hold, int32, and where those of each value begin."""
        packed = []
        for places, held in self.slots(np.arange(len(self))):
            for slot in held[comparison]:
                known = np.flatnonzero(slot >= 0)
                packed.append(slot[known].astype(np.int64) << 32 | places[known])
        pairs = np.sort(np.concatenate(packed))
        begin = np.searchsorted(pairs, np.arange(len(self.vocabularies[comparison]) + 1) << 32)
        return (pairs & 0xFFFFFFFF).astype(np.int32), begin

    def codes(self, row: int) -> Codes:
        """Return the numbers of the values of a row."""
        return self._first.row(row) if row < self._begin else self._later.row(row - self._begin)

    def texts(self, codes: Codes) -> Values:
        """Return the values behind numbers."""
        return tuple(
            tuple([vocabulary.text(code) for code in held])
            for vocabulary, held in zip(self.vocabularies, codes, strict=True)
        )

    def numbers(self, values: Values, hashes: Sequence[Sequence[int]]) -> Codes:
        """Return the numbers of values, -1 for those that no row has had."""
        return tuple(
            tuple([vocabulary.number(text, hashed) for text, hashed in zip(held, own, strict=True)])
            for vocabulary, held, own in zip(self.vocabularies, values, hashes, strict=True)
        )

    def count(self, comparison: int, code: int) -> int:
        """Return how many rows hold a value."""
        return int(self._counts[comparison].held[code])

    def counts(self, comparison: int) -> Int32s:
        """int32, (values,): how many rows hold each value."""
        return self._counts[comparison].held

    def add(self, values: Values, hashes: Sequence[Sequence[int]]) -> int:
        """Add a row, and return its number."""
        codes = []
        for at, (vocabulary, held, own) in enumerate(zip(self.vocabularies, values, hashes, strict=True)):
            codes.append(tuple([vocabulary.add(text, hashed) for text, hashed in zip(held, own, strict=True)]))
            while len(self._counts[at]) < len(vocabulary):
                self._counts[at].append(0)
        self._later.append(codes)
        self._alive.append(True)
        row = len(self) - 1
        self._recount(row, 1)
        return row

    def remove(self, row: int) -> None:
        """Remove a row."""
        self._alive.held[row] = False
        self._recount(row, -1)

    def revive(self, row: int) -> None:
        """Put a row back that was removed."""
        self._alive.held[row] = True
        self._recount(row, 1)

    def _recount(self, row: int, by: int) -> None:
        self._held += by
        for at, held in enumerate(self.codes(row)):
            self.known[at] += by if held else 0
            for code in held:
                self._counts[at].held[code] += by

    def slots(self, rows: Int64s) -> list[tuple[Int64s, list[Int32s]]]:
        """Return the numbers of the values of rows, side by side, for the rows of the table and for later ones.

        Returns:
            places in *rows*; for each comparison, int32, (slots, those rows), -1 where there is none.

        """
        later = rows >= self._begin
        if not later.any():
            return [(np.arange(len(rows)), self._first.slots(rows))]
        places = np.flatnonzero(~later), np.flatnonzero(later)
        return [
            (places[0], self._first.slots(rows[places[0]])),
            (places[1], self._later.slots(rows[places[1]] - self._begin)),
        ]


def _recoded(codes: Int32s, values: Strings) -> Coded:
    """Return a column with those values only that stand in it, the commonest first, and as many slots as it needs."""
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    used = np.flatnonzero(counts)
    keys = hash64(values.take(used))
    order = np.lexsort((keys, -counts[used]))
    rank = np.full(len(values) + 1, -1, np.int32)
    rank[used[order]] = np.arange(len(used), dtype=np.int32)
    slots = max(int((codes >= 0).any(axis=0).sum()), 1)
    return Coded(codes=rank[codes[:, :slots]], values=values.take(used[order]), keys=keys[order])


class _Block:
    """Rows of numbers, those of each comparison in slots of their own."""

    def __init__(self, codes: Int32s, widths: Sequence[int]) -> None:
        self._codes = Growing(codes)
        ends = np.cumsum([0, *widths]).tolist()
        self._spans = list(pairwise(ends))
        self._width = ends[-1]

    def append(self, codes: Sequence[Sequence[int]]) -> None:
        flat = [-1] * self._width
        for held, (begin, _) in zip(codes, self._spans, strict=True):
            flat[begin : begin + len(held)] = held
        self._codes.append(flat)

    def row(self, row: int) -> Codes:
        flat = self._codes.held[row].tolist()
        return tuple(
            [
                ()
                if flat[begin] < 0
                else (flat[begin],)
                if end - begin == 1 or flat[begin + 1] < 0
                else tuple([code for code in flat[begin:end] if code >= 0])
                for begin, end in self._spans
            ]
        )

    def slots(self, rows: Int64s) -> list[Int32s]:
        beside = np.ascontiguousarray(self._codes.held.take(rows, axis=0).T)
        return [beside[begin:end] for begin, end in self._spans]


def hashes_of(values: Values) -> tuple[tuple[int, ...], ...]:
    """Return the hash of each value."""
    return tuple(tuple([hash_of(text) for text in held]) for held in values)
