"""Distinct values made ready for comparing: bounds on their likeness that cost a few operations on whole numbers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Codes = NDArray[np.integer[Any]]
    Int32s = NDArray[np.int32]
    Uint64s = NDArray[np.uint64]

__all__ = ["Texts"]

T = TypeVar("T")

WIDTH = 32
"""Characters that the bag of letters is made from; what is beyond may be any, which keeps the bound true."""
BLOCK = 50_000


def _bit_tables() -> tuple[Uint64s, Uint64s]:
    """Return the bit for the first and for a further occurrence of each ASCII character."""
    first, further = np.full(129, 1 << 62, np.uint64), np.full(129, 1 << 62, np.uint64)
    first[0] = further[0] = 0
    for at in range(26):
        first[ord("a") + at], further[ord("a") + at] = 1 << at, 1 << (26 + at)
    for digit in range(10):
        first[ord("0") + digit] = further[ord("0") + digit] = 1 << (52 + digit)
    return first, further


_FIRST, _FURTHER = _bit_tables()


class Texts:
    """Distinct normal forms, with bounds that rule out most unlike pairs before any string is looked at."""

    def __init__(self, values: Sequence[str]) -> None:
        self.values = values
        self.objects = np.array(values, dtype=object)
        self.length = np.fromiter(map(len, values), np.int32, len(values))
        self._bags = np.zeros(len(values), np.uint64)
        self.start = np.zeros(len(values), np.uint32)
        for begin in range(0, len(values), BLOCK):
            part = slice(begin, begin + BLOCK)
            characters = _characters(values[part])
            self.start[part] = characters[:, 0]
            self._bags[part] = _bags(characters)
        self._derived: dict[str, Any] = {}
        self._beyond = np.maximum(self.length - WIDTH, 0)
        self._unseen = self.length - np.bitwise_count(self._bags).astype(np.int32)

    def __len__(self) -> int:
        return len(self.values)

    def derived(self, name: str, derive: Callable[[Sequence[str]], T]) -> T:
        """Return what *derive* makes of the values, made once."""
        if name not in self._derived:
            self._derived[name] = derive(self.values)
        made: T = self._derived[name]
        return made

    def common_letters(self, a: Codes, b: Codes) -> Int32s:
        """Return an upper bound on the number of characters that two values have in common, int32, (pairs,)."""
        shared = np.bitwise_count(self._bags[a] & self._bags[b]).astype(np.int32)
        # What is seen of one value may be among what is beyond the width of the other.
        unseen = np.minimum(self._unseen[a] + self._beyond[b], self._unseen[b] + self._beyond[a])
        bound: Int32s = shared + unseen
        return bound

    def may_share_words(self, a: Codes, b: Codes) -> Bools:
        """Whether the words of one value may all stand in the other, bool, (pairs,)."""
        mine, other = self._words[a], self._words[b]
        both = mine & other
        contained: Bools = (both == mine) | (both == other)
        return contained

    @cached_property
    def _words(self) -> Uint64s:
        def mark(value: str) -> int:
            marks = 0
            for word in value.split():
                marks |= 1 << (crc32(word.encode()) & 63)
            return marks

        return np.fromiter(map(mark, self.values), np.uint64, len(self.values))

    @cached_property
    def signs(self) -> NDArray[np.uint8]:
        """The first 16 characters of each value as bytes, uint8, (values, 16); 0 behind the end."""
        out = np.zeros((len(self.values), 16), np.uint8)
        for begin in range(0, len(self.values), BLOCK):
            out[begin : begin + BLOCK] = np.minimum(_characters(self.values[begin : begin + BLOCK])[:, :16], 255)
        return out

    def slips(self, a: Codes, b: Codes) -> NDArray[np.uint8]:
        """Count the differing places of values of one length up to 16, neighbours that are swapped as one; else 255."""
        mine, other = self.signs[a], self.signs[b]
        differ = mine != other
        count: NDArray[np.uint8] = differ.sum(axis=1, dtype=np.uint8)
        two = np.flatnonzero(count == 2)
        place = differ[two].argmax(axis=1)
        swapped = np.zeros(len(two), bool)
        inner = place < 15
        rows, at = two[inner], place[inner]
        swapped[inner] = (mine[rows, at] == other[rows, at + 1]) & (mine[rows, at + 1] == other[rows, at])
        count[two[swapped]] = 1
        count[(self.length[a] != self.length[b]) | (self.length[a] > 16)] = 255
        return count


def _characters(values: Sequence[str]) -> NDArray[np.uint32]:
    """Return the first characters of each value as code points, uint32, (values, WIDTH)."""
    return np.array(values, dtype=f"U{WIDTH}").view(np.uint32).reshape(len(values), WIDTH)


def _bags(characters: NDArray[np.uint32]) -> Uint64s:
    bags = np.zeros(len(characters), np.uint64)
    for column in np.minimum(characters, 128).T:
        bit = _FIRST[column]
        bags |= np.where(bags & bit, _FURTHER[column], bit)
    return bags
