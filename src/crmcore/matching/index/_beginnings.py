"""Values that begin with what somebody has typed so far, and the rows that hold them."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching.encoding.strings import ENCODING
from crmcore.matching.index._postings import each_once

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.matching.encoding.strings import Strings
    from crmcore.matching.index._records import Records

    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Uint64s = NDArray[np.uint64]

__all__ = ["Beginnings"]

MOST_ROWS = 1000
"""Rows beyond which a beginning says too little for all who bear it to be looked at."""
WORD = 8
"""Bytes that are sorted by at once; values are sorted by two words."""


class Beginnings:
    """The values of one comparison in the order of their letters, and the rows of each; made when first asked for.

    Args:
        records: the rows.
        comparison: which one.

    """

    def __init__(self, records: Records, comparison: int) -> None:
        self._records, self._comparison = records, comparison
        self._vocabulary = records.vocabularies[comparison]
        strings = self._vocabulary.strings()
        self._seen = len(strings)
        first, second = _words(strings)
        order = np.lexsort((second, first))
        self._order, self._first, self._second = order.astype(np.int32), first[order], second[order]
        self._later: list[tuple[str, int]] = []
        self._rows, self._begin = records.holders(comparison)
        self._rows_seen = len(records)
        self._holders: dict[int, list[int]] = {}

    def count(self, codes: Int64s) -> int:
        """Return how many rows hold one of these values."""
        return int(self._records.counts(self._comparison)[codes].sum())

    def rows(self, codes: Int64s) -> Int64s:
        """Return rows that hold one of these values, those of the commonest, if there are very many, int64, rising."""
        self._follow()
        counts = self._records.counts(self._comparison)[codes]  # codes rise: the commonest of the table come first
        codes = codes[: int(np.searchsorted(np.cumsum(counts), MOST_ROWS)) + 1]
        some = codes.tolist()
        of_table = [code for code in some if code < len(self._begin) - 1]
        found = [self._rows[self._begin[code] : self._begin[code + 1]][:MOST_ROWS] for code in of_table]
        later = [row for code in some for row in self._holders.get(code, ())] if self._holders else []
        rows = each_once(np.concatenate([np.array(later, np.int64), *found]))
        held: Int64s = rows[self._records.alive[rows]]
        return held

    def codes(self, beginning: str) -> Int64s:
        """Return the numbers of the values that begin so, int64, rising."""
        self._follow()
        data = beginning.encode(*ENCODING)
        low, high = (int.from_bytes(data[:WORD].ljust(WORD, fill), "big") for fill in (b"\0", b"\xff"))
        first = int(np.searchsorted(self._first, np.uint64(low)))
        last = int(np.searchsorted(self._first, np.uint64(high), side="right"))
        if len(data) > WORD:
            rest = data[WORD : 2 * WORD]
            low, high = (int.from_bytes(rest.ljust(WORD, fill), "big") for fill in (b"\0", b"\xff"))
            within = self._second[first:last]
            last = first + int(np.searchsorted(within, np.uint64(high), side="right"))
            first += int(np.searchsorted(within, np.uint64(low)))
        codes: Int64s = self._order[first:last].astype(np.int64)
        if len(data) > 2 * WORD:
            codes = np.array(
                [code for code in codes.tolist() if self._vocabulary.text(code).startswith(beginning)], np.int64
            )
        at = bisect_left(self._later, (beginning, -1))
        later = []
        while at < len(self._later) and self._later[at][0].startswith(beginning):
            later.append(self._later[at][1])
            at += 1
        return np.sort(np.concatenate((codes, np.array(later, np.int64))))

    def _follow(self) -> None:
        """Enter the values, and the rows, that came since."""
        for number in range(self._seen, len(self._vocabulary)):
            insort(self._later, (self._vocabulary.text(number), number))
        self._seen = len(self._vocabulary)
        for row in range(self._rows_seen, len(self._records)):
            for code in self._records.codes(row)[self._comparison]:
                self._holders.setdefault(code, []).append(row)
        self._rows_seen = len(self._records)


def _words(strings: Strings) -> tuple[Uint64s, Uint64s]:
    """Return the first eight bytes of each text and the next eight, as numbers that rise with the letters, uint64."""
    padded = np.concatenate((strings.data, np.zeros(2 * WORD, np.uint8)))
    words = np.ndarray((len(padded) - WORD + 1,), ">u8", buffer=padded, strides=(1,))
    found = []
    for skipped in (0, WORD):
        left = np.clip(strings.lengths - skipped, 0, WORD).astype(np.uint64)
        word = words[np.minimum(strings.offsets[:-1] + skipped, len(words) - 1)].astype(np.uint64)
        shift = np.uint64(8) * (np.uint64(WORD) - left)
        found.append(np.where(left == 0, np.uint64(0), word >> (shift & np.uint64(63)) << (shift & np.uint64(63))))
    return found[0], found[1]
