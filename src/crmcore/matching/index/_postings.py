"""Which rows are in which block of a rule: sorted numbers for the rows of the table, a dictionary for later ones."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching.blocking import LARGEST_BLOCK
from crmcore.matching.index._hashing import WORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.blocking import BlockingRule, Key

    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Uint64s = NDArray[np.uint64]
    Further = Callable[[int], Sequence[Sequence[int]]]

__all__ = ["Postings", "each_once", "rows_of"]

HALF = 32
"""Bits of a block's number that are kept, beside the row's. Of a million rows, one in four thousand finds a row by
mistake, which is weighed like any other."""
LOW = (1 << HALF) - 1
MOST_LATER = 20_000
"""Later entries that are kept in a dictionary before they are sorted into an array of their own."""


class Postings:
    """The blocks of one rule.

    A block of more than `LARGEST_BLOCK` rows is split by what else its rows have, as the batch run splits it: its rows
    are entered once more under the sum of its number and that of each further key.

    Args:
        packed: uint64, the upper halves of numbers of blocks, and rows, rising.
        split: the upper halves of the numbers of blocks that are split.

    """

    def __init__(self, packed: Uint64s | None = None, split: set[int] | None = None) -> None:
        self._runs = [_Run(np.empty(0, np.uint64) if packed is None else packed)]
        self._split = set() if split is None else split
        self._later: dict[int, list[int]] = {}
        self._entries = 0

    @classmethod
    def of(cls, rule: BlockingRule, splitters: Sequence[Key]) -> Postings:
        """Enter the rows of a table."""
        rows, numbers = rule.held()
        found, large = [_packed(rows, numbers)], set[int]()
        _split(rows, numbers, splitters, found, large)
        return cls(_distinct(np.concatenate(found)), large)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return sum(run.packed.nbytes for run in self._runs)

    def enter(self, number: int, row: int, further: Further, start: int = 0) -> None:
        """Enter a row under a number, and under what splits the block.

        Args:
            number: the block.
            row: the row.
            further: from a row to its numbers under each of the keys that split blocks.
            start: the first of these keys that has not split this block yet.

        """
        self._add(number, row)
        if number >> HALF in self._split:
            self._enter_parts(number, row, further, start)
        elif self.count(number) > 2 * LARGEST_BLOCK and start < len(further(row)):
            self._split.add(number >> HALF)
            for each in rows_of(self.entries(number)).tolist():
                self._enter_parts(number, each, further, start)

    def _enter_parts(self, number: int, row: int, further: Further, start: int) -> None:
        for at, numbers in enumerate(further(row)[start:], start + 1):
            for own in numbers:
                self.enter(number + own & WORD, row, further, at)

    def drop(self, number: int, row: int, further: Further, start: int = 0) -> None:
        """Take a row out, if it came later; entries of arrays are left to whoever asks."""
        rows = self._later.get(number >> HALF)
        if rows is not None and row in rows:
            rows.remove(row)
            self._entries -= 1
            if not rows:
                del self._later[number >> HALF]
        if number >> HALF in self._split:
            for at, numbers in enumerate(further(row)[start:], start + 1):
                for own in numbers:
                    self.drop(number + own & WORD, row, further, at)

    def blocks(self, number: int, further: Sequence[Sequence[int]]) -> Iterator[int]:
        """Yield the blocks whose rows are worth a look: the one of a number, or its parts if it is too large.

        Args:
            number: the block that a record is in.
            further: the record's numbers under each of the keys that split blocks.

        """
        if number >> HALF not in self._split:
            yield number
            return
        for at, numbers in enumerate(further):
            for own in numbers:
                yield from self.blocks(number + own & WORD, further[at + 1 :])

    def _add(self, number: int, row: int) -> None:
        self._later.setdefault(number >> HALF, []).append(row)
        self._entries += 1
        if self._entries > MOST_LATER:
            self._sort_in()

    def count(self, number: int) -> int:
        """Return how many rows a block has."""
        high = number >> HALF
        sorted_in = (run.places(high) for run in self._runs)
        return sum(last - first for first, last in sorted_in) + len(self._later.get(high, ()))

    def entries(self, number: int, *, most: int | None = None) -> list[Uint64s]:
        """Return what stands in a block, or *most* of it at most, as arrays; see `rows_of`."""
        high = number >> HALF
        found = []
        for run in self._runs:
            first, last = run.places(high)
            if last > first:
                found.append(run.packed[first:last][:most])
        later = self._later.get(high)
        if later:
            found.append(np.array(later if most is None else later[-most:], np.uint64))
        return found

    def _sort_in(self) -> None:
        """Sort later entries into an array, and arrays of like size into one, so that there are always few."""
        pairs = ((high << HALF | row) for high, rows in self._later.items() for row in rows)
        packed = np.sort(np.fromiter(pairs, np.uint64, self._entries))
        self._later.clear()
        self._entries = 0
        while len(self._runs) > 1 and len(self._runs[-1].packed) < 2 * len(packed):
            packed = np.sort(np.concatenate((self._runs.pop().packed, packed)))
        self._runs.append(_Run(packed))


def rows_of(entries: Sequence[Uint64s]) -> Int64s:
    """Return the rows of some entries, int64, each once and rising."""
    if not entries:
        return np.empty(0, np.int64)
    return each_once((np.concatenate(entries) & np.uint64(LOW)).view(np.int64))


def each_once(rows: Int64s) -> Int64s:
    """Sort rows, or other numbers, in place, and return each once: in half the time that `numpy.unique` takes."""
    rows.sort()
    return rows[np.concatenate(([True], rows[1:] != rows[:-1]))] if len(rows) else rows


class _Run:
    """Sorted entries, looked into through a memory view: single elements come out of it several times as fast."""

    def __init__(self, packed: Uint64s) -> None:
        self.packed = packed
        self._view = memoryview(packed.data)

    def places(self, high: int) -> tuple[int, int]:
        """Return where the entries of a block begin and end."""
        view = self._view
        first = bisect_left(view, high << HALF)
        if first == len(view) or view[first] >> HALF != high:
            return first, first
        near = min(first + 8, len(view))
        if near == len(view) or view[near] >> HALF != high:
            return first, bisect_left(view, high + 1 << HALF, first, near)
        return first, bisect_left(view, high + 1 << HALF, near)


def _packed(rows: Int32s, numbers: Uint64s) -> Uint64s:
    packed: Uint64s = (numbers & ~np.uint64(LOW)) | rows.astype(np.uint64)
    return packed


def _distinct(packed: Uint64s) -> Uint64s:
    packed = np.sort(packed)
    return packed[np.concatenate(([True], packed[1:] != packed[:-1]))] if len(packed) else packed


def _split(rows: Int32s, numbers: Uint64s, splitters: Sequence[Key], found: list[Uint64s], split: set[int]) -> None:
    """Enter the rows of blocks that are too large under further numbers as well."""
    if not splitters:
        return
    rows, numbers = _too_large(rows, numbers, split)
    for at, key in enumerate(splitters) if len(rows) else ():
        own = key.numbers(rows)
        place, slot = np.nonzero(own)
        further = numbers[place] + own[place, slot]
        found.append(_packed(rows[place], further))
        _split(rows[place], further, splitters[at + 1 :], found, split)


def _too_large(rows: Int32s, numbers: Uint64s, split: set[int]) -> tuple[Int32s, Uint64s]:
    """Return what stands in blocks of too many rows, whose numbers are noted."""
    blocks = _distinct(_packed(rows, numbers)) >> np.uint64(HALF)
    begins = np.flatnonzero(np.concatenate((np.ones(min(len(blocks), 1), bool), blocks[1:] != blocks[:-1])))
    sizes = np.diff(np.append(begins, len(blocks)))
    large = blocks[begins[sizes > LARGEST_BLOCK]]
    split |= set(large.tolist())
    at = np.flatnonzero(np.isin(numbers >> np.uint64(HALF), large)) if len(large) else np.empty(0, np.int64)
    return rows[at], numbers[at]
