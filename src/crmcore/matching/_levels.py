"""The level of two values, worked out once for each two values, however many pairs of rows hold them.

What has been asked for is kept in a table of fixed size, in the place that the two values' codes hash to; whoever comes
later to a place takes it. So memory is bounded, a look-up is one read, and what it says never depends on what else was
asked for: a level that was lost is only worked out again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching._texts import Texts
from crmcore.matching.encoding.strings import GOLDEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmcore.matching._features import Feature

    Int32s = NDArray[np.int32]
    Levels = NDArray[np.uint8]

__all__ = ["Comparer", "LevelCache"]

LEVEL_BITS = 4
CODE_BITS = 30
"""A pair and its level fit one word: two codes below 2^30, and a level below 16."""
SMALLEST, LARGEST = 10, 19
"""Powers of two of the pairs that are kept for a feature: at most 4 MB."""


class LevelCache:
    """The levels of pairs of codes that have been asked for.

    Args:
        places: how many pairs may be kept; taken up to a power of two.

    """

    def __init__(self, places: int) -> None:
        power = min(max(int(places).bit_length(), SMALLEST), LARGEST)
        self._held = np.zeros(1 << power, np.uint64)
        self._shift = np.uint64(64 - power)

    def levels(self, a: Int32s, b: Int32s, compare: Callable[[Int32s, Int32s], Levels]) -> Levels:
        """Return the level of each pair of codes, uint8, (pairs,), by *compare* for those that are not known yet.

        Args:
            a, b: the codes, pairwise different.
            compare: from codes a < b to levels.

        """
        low, high = np.minimum(a, b), np.maximum(a, b)
        name = low.astype(np.uint64)
        name <<= np.uint64(CODE_BITS)
        name |= high.astype(np.uint64)
        name <<= np.uint64(LEVEL_BITS)
        place = ((name * np.uint64(GOLDEN)) >> self._shift).astype(np.intp)
        held = self._held.take(place)
        held ^= name
        levels = held.astype(np.uint8)
        unknown = np.flatnonzero(held >= np.uint64(1 << LEVEL_BITS))
        if len(unknown):
            found = compare(low.take(unknown), high.take(unknown))
            levels[unknown] = found
            self._held[place.take(unknown)] = name.take(unknown) | found
        return levels


class Comparer:
    """Compares coded values of one feature."""

    def __init__(self, feature: Feature, *, expected_pairs: int) -> None:
        self.kind = feature.kind
        self._texts = Texts(feature.data.values)
        self._known = LevelCache(expected_pairs)

    def unequal(self, a: Int32s, b: Int32s) -> Levels:
        """Return the level of each pair of codes, uint8, (pairs,); the codes are known and differ."""
        if self.kind.top == 1:
            return np.zeros(len(a), np.uint8)
        return self._known.levels(a, b, self._compare)

    def _compare(self, a: Int32s, b: Int32s) -> Levels:
        return self.kind.levels(self._texts.ready(a, b), a, b)
