"""Skills as sets: how much of what two records list is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore.matching.encoding.normal._bytes import Tokens
from crmcore.matching.encoding.strings import hash64

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.matching._texts import Texts
    from crmcore.matching.encoding.strings import Strings

    Codes = NDArray[np.integer[Any]]
    Levels = NDArray[np.uint8]

__all__ = ["overlap"]

MOST = 12
"""Skills of a record that are looked at, the first in the order of the alphabet."""


def overlap(texts: Texts, a: Codes, b: Codes) -> Levels:
    """Levels of sets, by what both hold of what either holds. 3: two thirds; 2: a third; 1: less; 0: nothing."""
    kinds: list[tuple[type, tuple[int, ...]]] = [(np.uint64, (MOST,)), (np.int32, ()), (np.uint64, ())]
    held, count, marks = texts.facet("words by hash", _by_hash, kinds).of(a, b)
    levels = np.zeros(len(a), np.uint8)
    rows = np.flatnonzero(marks.take(a) & marks.take(b))
    a, b = a.take(rows), b.take(rows)
    mine, other = held.take(a, axis=0), held.take(b, axis=0)
    wide = int(count.take(b).max(initial=0))
    common = np.zeros(len(a), np.int32)
    for at in range(int(count.take(a).max(initial=0))):
        word = mine[:, at]
        common += (word > 0) & (other[:, :wide] == word[:, None]).any(axis=1)
    either = count.take(a) + count.take(b) - common
    levels[rows] = (common > 0) * (1 + (3 * common >= either) + (3 * common >= 2 * either).astype(np.uint8))
    return levels


def _by_hash(some: Strings) -> tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.uint64]]:
    """Return the hashes of the words of each value, 0 where there are no more; how many; and a bit of 64 for each."""
    tokens = Tokens.of(some)
    place = np.arange(len(tokens.owner)) - np.searchsorted(tokens.owner, tokens.owner)
    kept = place < MOST
    held = np.zeros((len(some), MOST), np.uint64)
    held[tokens.owner[kept], place[kept]] = np.maximum(hash64(tokens.words)[kept], 1)
    count = np.minimum(np.bincount(tokens.owner, minlength=len(some)), MOST).astype(np.int32)
    bits = np.where(held > 0, np.uint64(1) << (held & np.uint64(63)), np.uint64(0))
    return held, count, np.bitwise_or.reduce(bits, axis=1)
