"""The blocks of a rule: rows that agree on its keys, found by sorting whole numbers once.

A block that is too large is split by what else its rows have, the most telling key first, and what cannot be split is
looked at through a window that moves along its rows in the order of those keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.blocking.keys import Key
    from crmcore.matching.blocking.rules import BlockingRule

    Bools = NDArray[np.bool_]
    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Side = NDArray[np.int8] | None
    Uint64s = NDArray[np.uint64]

__all__ = ["LARGEST_BLOCK", "Blocks", "row_bits", "splitters_among"]

LARGEST_BLOCK = 400
"""Rows of a block beyond which its pairs cost more than they can yield, so that it is split."""
WINDOW = 5
"""Rows after it with which a row of a block that cannot be split is paired."""
SPLITTERS = 3
"""Keys by which a block that is too large is split."""


def splitters_among(keys: Sequence[Key], *, telling: Mapping[str, float] | None = None) -> list[Key]:
    """Return the keys by which a block that is too large is best split, the most telling first.

    A key tells a row apart by the bits of its chance of equality, where it is known; one key a feature.

    Args:
        keys: the keys.
        telling: name -> how many bits each tells, if these rows are too few to say.

    """
    told = {key.name: key.telling() for key in keys} if telling is None else telling
    best: dict[frozenset[int], Key] = {}
    for key in sorted(keys, key=lambda key: (-told[key.name], key.name)):
        best.setdefault(key.features, key)
    return list(best.values())


def row_bits(rows: int) -> int:
    """Return how many bits the number of a row takes."""
    return max(rows - 1, 1).bit_length()


@attrs.frozen(kw_only=True, eq=False)
class Blocks:
    """The blocks of one rule over one table.

    Attributes:
        rows: int32, (places,), rows, block after block.
        reach: int32, (places,), how many of the places after it each is paired with.
        windows: from this place on, blocks stand forwards and backwards; of the two pairs of two rows the one whose
            left row is the smaller counts. Before it, the rows of a block rise.

    """

    rows: Int32s
    reach: Int32s
    windows: int

    @classmethod
    def of(cls, rule: BlockingRule, *, largest: int = LARGEST_BLOCK, splitters: Sequence[Key] | None = None) -> Blocks:
        """Find the blocks by sorting.

        Args:
            rule: what rows have to agree on.
            largest: rows of a block beyond which it is split.
            splitters: keys to split by, the most telling first; those of features that the rule asks already are
                passed over. None to drop what is too large.

        """
        rows, numbers = rule.held()
        bits = row_bits(rule.rows)
        keys = [] if splitters is None else [key for key in splitters if not key.features & rule.features]
        small, large = _blocks(rows, numbers, bits, largest)
        found = [small]
        windows: list[tuple[Int32s, Int32s]] = []
        if splitters is not None and len(large[0]):
            found += _split(*large, bits, largest, keys[:SPLITTERS])
            windows = [_window(*large, keys[:SPLITTERS])]
        parts = [*found, *windows]
        return cls(
            rows=np.concatenate([part[0] for part in parts]),
            reach=np.concatenate([part[1] for part in parts]),
            windows=sum(len(part[0]) for part in found),
        )

    @property
    def cost(self) -> int:
        """How many pairs it yields; a pair may count more than once."""
        both_ways = int(self.reach[self.windows :].sum())
        return int(self.reach[: self.windows].sum()) + both_ways // 2

    @property
    def nbytes(self) -> int:
        """Bytes that are held."""
        return self.rows.nbytes + self.reach.nbytes

    def reached(self, rows: int) -> Int64s:
        """Return for each row how many pairs it is the left one of, or may be, int64, (rows,)."""
        return np.bincount(self.rows, self.reach, rows).astype(np.int64)

    def pairs(self, *, side: Side = None, first: int = 0, last: int | None = None) -> Int64s:
        """Return the pairs as left << 32 | right with left < right; a pair may come twice.

        Args:
            side: int8, (rows,), which of two tables a row is of; only pairs across are returned.
            first, last: only pairs whose left row is one from *first* until before *last*.

        """
        chosen = self.reach > 0
        if first:
            chosen &= self.rows >= first
        if last is not None:
            chosen &= self.rows < last
        at = np.flatnonzero(chosen).astype(np.int32)
        reach = self.reach[at]
        out = np.empty(int(reach.sum()), np.int64)
        filled = 0
        left, lag = self.rows[at].astype(np.int64) << 32, 1
        while len(at):  # one turn for each distance within a block: nothing is repeated
            pairs = left | self.rows[at + lag]
            if at[-1] >= self.windows or side is not None:
                pairs = self._wanted(pairs, side)
            out[filled : filled + len(pairs)] = pairs
            filled += len(pairs)
            further = reach > lag
            at, reach, left = at[further], reach[further], left[further]
            lag += 1
        return out[:filled]

    def _wanted(self, pairs: Int64s, side: Side) -> Int64s:
        left, right = pairs >> 32, pairs & 0xFFFFFFFF
        wanted = left < right
        if side is not None:
            wanted &= side[left] != side[right]
        return pairs[wanted]


def _blocks(
    rows: Int32s, numbers: Uint64s, bits: int, largest: int
) -> tuple[tuple[Int32s, Int32s], tuple[Int32s, Uint64s]]:
    """Sort rows into blocks; return (rows, reach) of those that fit, and (rows, blocks) of those that do not.

    What a number has in the place of the row's bits is lost; with forty bits left, a million rows meet once in two by
    mistake, and such a pair is weighed like any other.
    """
    mask = np.uint64((1 << bits) - 1)
    packed = np.sort((numbers & ~mask) | rows.astype(np.uint64))
    if len(packed):
        packed = packed[np.concatenate(([True], packed[1:] != packed[:-1]))]  # a row meets itself under two values
    numbers, rows = packed & ~mask, (packed & mask).astype(np.int32)
    begins = np.concatenate((np.ones(min(len(rows), 1), bool), numbers[1:] != numbers[:-1]))
    starts = np.flatnonzero(begins)
    sizes = np.diff(np.append(starts, len(rows)))
    size = np.repeat(sizes.astype(np.int32), sizes)
    after = size - 1 - (np.arange(len(rows)) - np.repeat(starts, sizes)).astype(np.int32)
    fit, over = (size > 1) & (size <= largest), size > largest
    return (rows[fit], after[fit]), (rows[over], numbers[over])


def _split(
    rows: Int32s, numbers: Uint64s, bits: int, largest: int, splitters: Sequence[Key]
) -> list[tuple[Int32s, Int32s]]:
    """Split blocks by each key in turn; what is too large even so, by the keys after it."""
    found = []
    for at, key in enumerate(splitters):
        own = key.numbers(rows)
        place, slot = np.nonzero(own)
        small, large = _blocks(rows[place], numbers[place] + own[place, slot], bits, largest)
        found.append(small)
        if len(large[0]):
            found += _split(*large, bits, largest, splitters[at + 1 :])
    return found


def _window(rows: Int32s, numbers: Uint64s, splitters: Sequence[Key]) -> tuple[Int32s, Int32s]:
    """Pair each row with its neighbours in the order of the keys, forwards and backwards; see `Blocks.windows`."""
    order = np.lexsort((rows, *(key.forms[key.codes[rows, 0]] for key in reversed(splitters)), numbers))
    rows, numbers = rows[order], numbers[order]
    forwards, backwards = _reach(numbers), _reach(numbers[::-1])
    return np.concatenate((rows, rows[::-1])), np.concatenate((forwards, backwards))


def _reach(numbers: Uint64s) -> Int32s:
    """Return how many of the next few places are of the same block, int32, (places,)."""
    reach = np.zeros(len(numbers), np.int32)
    for lag in range(1, min(WINDOW, len(numbers) - 1) + 1):
        reach[:-lag] += numbers[lag:] == numbers[:-lag]
    return reach
