"""Texts by number and numbers by text: those of the table as arrays, those that came later as a dictionary."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching.encoding.strings import ENCODING, Strings, hash64
from crmcore.matching.index._hashing import hash_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Uint64s = NDArray[np.uint64]

__all__ = ["Vocabulary"]


class Vocabulary:
    """Different texts, numbered from 0; a number stays for good.

    A dictionary of a million texts takes two hundred bytes each. Those that are there from the start are kept as their
    bytes, and found by their hashes, sorted.

    Args:
        texts: the texts to begin with, all different.
        hashes: uint64, (texts,), theirs, if they are known.

    >>> names = Vocabulary(["ada", "eve"])
    >>> names.number("eve"), names.number("bob"), names.add("bob"), names.text(2), len(names)
    (1, -1, 2, 'bob', 3)
    """

    def __init__(self, texts: Strings | Sequence[str] = (), hashes: Uint64s | None = None) -> None:
        self._first = texts if isinstance(texts, Strings) else Strings.of(texts)
        keys = hash64(self._first) if hashes is None else hashes
        order = np.argsort(keys).astype(np.int32)
        # Single elements of a memory view come out as Python numbers, several times as fast as those of an array.
        self._order, self._keys = order.data, np.ascontiguousarray(keys[order]).data
        self._data = np.ascontiguousarray(self._first.data).data
        self._offsets = np.ascontiguousarray(self._first.offsets).data
        self._begin = len(self._first)
        self._later: dict[str, int] = {}
        self._texts: list[str] = []

    def __len__(self) -> int:
        return self._begin + len(self._texts)

    def __iter__(self) -> Iterator[str]:
        yield from self._first
        yield from self._texts

    def text(self, number: int) -> str:
        """Return the text of a number."""
        if number >= self._begin:
            return self._texts[number - self._begin]
        return str(self._data[self._offsets[number] : self._offsets[number + 1]], *ENCODING)

    def number(self, text: str, hashed: int | None = None) -> int:
        """Return the number of a text, -1 if it has none.

        Args:
            text: the text.
            hashed: its hash, if it is known.

        """
        hashed = hash_of(text) if hashed is None else hashed
        at = bisect_left(self._keys, hashed)
        while at < self._begin and self._keys[at] == hashed:
            number: int = self._order[at]
            if self.text(number) == text:
                return number
            at += 1
        return self._later.get(text, -1)

    def add(self, text: str, hashed: int | None = None) -> int:
        """Return the number of a text, which gets one if it has none."""
        number = self.number(text, hashed)
        if number < 0:
            number = self._later[text] = len(self)
            self._texts.append(text)
        return number

    def strings(self) -> Strings:
        """Return all texts, by their numbers."""
        return Strings.join([self._first, Strings.of(self._texts)])
