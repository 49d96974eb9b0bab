"""What records are called: keys, and the row that each is kept in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching.index._growing import Growing
from crmcore.matching.index._vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Int64s = NDArray[np.int64]

__all__ = ["RecordKeys"]


class RecordKeys:
    """The keys of records; many copies of one record share a row.

    Args:
        keys: one a record, all different.
        place: int64, (records,): the row that each is kept in.
        rows: int64, (rows,): which record is called after each row.

    """

    def __init__(self, keys: Sequence[str], place: Int64s, rows: Int64s) -> None:
        self._keys = Vocabulary(keys)
        self._row = Growing(place.astype(np.int32))
        self._number = Growing(rows.astype(np.int32))
        self._count = len(place)
        self._copies: dict[int, list[int]] = {}
        for number in np.flatnonzero(rows[place] != np.arange(len(place))).tolist():
            self._copies.setdefault(int(place[number]), []).append(number)

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

    def first(self, row: int) -> str:
        """Return the key of a row, or of the first of its copies."""
        return self._keys.text(int(self._number.held[row]))

    def of_row(self, row: int) -> list[str]:
        """Return the keys of all records that are kept in a row."""
        return [self.first(row), *(self._keys.text(number) for number in self._copies.get(row, ()))]

    def smallest(self, row: int) -> str:
        """Return the smallest of them."""
        return min(self.of_row(row)) if row in self._copies else self.first(row)

    def add(self, key: str, row: int) -> None:
        """Call a row, which has no record, by a key."""
        number = self._keys.add(key)
        while len(self._row) <= number:
            self._row.append(-1)
        while len(self._number) <= row:
            self._number.append(-1)
        self._row.held[number] = row
        self._number.held[row] = number
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
            self._number.held[row] = copies.pop(0)
        else:
            copies.remove(number)
        if not copies:
            del self._copies[row]
        return False
