"""What records are called: keys, and the row that each is kept in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching.encoding.strings import Strings, hash64
from crmcore.matching.index._growing import Growing
from crmcore.matching.index._hashing import hash_of
from crmcore.matching.index._vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Int64s = NDArray[np.int64]
    Uint32s = NDArray[np.uint32]

__all__ = ["RecordKeys"]

HALF = 32
"""Bits of a key's hash that rows of equal weight are told apart by."""


class RecordKeys:
    """The keys of records; many copies of one record share a row.

    Args:
        keys: one a record, all different.
        place: int64, (records,): the row that each is kept in.
        rows: int64, (rows,): which record is called after each row.

    """

    def __init__(self, keys: Sequence[str], place: Int64s, rows: Int64s) -> None:
        texts = Strings.of(list(keys))
        hashes = hash64(texts)
        self._keys = Vocabulary(texts, hashes)
        self._row = Growing(place.astype(np.int32))
        self._number = Growing(rows.astype(np.int32))
        self._count = len(place)
        self._copies: dict[int, list[int]] = {}
        for number in np.flatnonzero(rows[place] != np.arange(len(place))).tolist():
            self._copies.setdefault(int(place[number]), []).append(number)
        for row, others in self._copies.items():
            self._number.held[row], *self._copies[row] = sorted([int(rows[row]), *others], key=self._keys.text)
        self._lots = Growing((hashes[self._number.held] >> np.uint64(HALF)).astype(np.uint32))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Yield each key and its row."""
        for number, row in enumerate(self._row.held.tolist()):
            if row >= 0:
                yield self._keys.text(number), row

    def row(self, key: str) -> int:
        """Return the row of a record, -1 if there is no such record."""
        number = self._keys.number(key)
        return -1 if number < 0 else int(self._row.held[number])

    def copied(self, row: int) -> bool:
        """Tell whether several records are kept in a row."""
        return row in self._copies

    def first(self, row: int, *, but: str | None = None) -> str:
        """Return the key of a row, or the smallest of those of its copies, *but* one if there are others."""
        first = self._first(row)
        return self._keys.text(self._copies[row][0]) if first == but and row in self._copies else first

    def _first(self, row: int) -> str:
        return self._keys.text(int(self._number.held[row]))

    def of_row(self, row: int) -> list[str]:
        """Return the keys of all records that are kept in a row."""
        return [self._first(row), *(self._keys.text(number) for number in self._copies.get(row, ()))]

    def lots(self, rows: Int64s) -> Uint32s:
        """Return what decides between rows that are as good as each other: it follows from the key, uint32, (rows,)."""
        found: Uint32s = self._lots.held[rows]
        return found

    def add(self, key: str, row: int) -> None:
        """Call a row, which has no record, by a key."""
        number = self._keys.add(key)
        while len(self._row) <= number:
            self._row.append(-1)
        while len(self._number) <= row:
            self._number.append(-1)
            self._lots.append(0)
        self._row.held[number] = row
        self._called(row, number)
        self._count += 1

    def remove(self, key: str) -> bool:
        """Take a key away; return whether its row has no record left."""
        number = self._keys.number(key)
        row = int(self._row.held[number])
        self._row.held[number] = -1
        self._count -= 1
        copies = self._copies.get(row)
        if copies is None:
            return True
        if int(self._number.held[row]) == number:
            self._called(row, copies.pop(0))
        else:
            copies.remove(number)
        if not copies:
            del self._copies[row]
        return False

    def _called(self, row: int, number: int) -> None:
        self._number.held[row] = number
        self._lots.held[row] = hash_of(self._keys.text(number)) >> HALF
