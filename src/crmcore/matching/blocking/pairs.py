"""Candidate pairs: all that the rules find, each once, in pieces that fit the memory."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching._threads import THREADS, of_each
from crmcore.matching.blocking.blocks import Blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.blocking.keys import Key
    from crmcore.matching.blocking.rules import BlockingRule
    from crmcore.matching.working_memory import WorkingMemory

    Int64s = NDArray[np.int64]
    Side = NDArray[np.int8] | None

__all__ = ["CandidatePairs", "distinct_pairs", "pairs_within", "unpack"]

BYTES_A_PAIR = 48
"""What a candidate pair takes while a piece is sorted, and while it is handed out."""
BYTES_A_ROW = 112
"""What a row takes at most while the blocks of a rule are found."""
PIECE = 1 << 21
"""Pairs of a piece, however much memory there is: larger ones are not done sooner."""


@attrs.frozen(kw_only=True, eq=False)
class CandidatePairs:
    """The pairs that any of some rules finds, as a stream.

    A piece holds the pairs whose left rows are in some range, from all rules: so no pair comes again in a later piece,
    and what has come need not be remembered. The pairs and their order do not depend on the size of the pieces.

    Attributes:
        rules: the rules.
        splitters: keys that split blocks which are too large.
        side: int8, (rows,), which of two tables a row is of; only pairs across are candidates.
        ends: int64, (pieces,), the row before which the left rows of each piece end, rising.
        most: how many pairs there are at most: those that several rules find count each time.

    """

    rules: tuple[BlockingRule, ...]
    splitters: tuple[Key, ...]
    side: Side
    ends: Int64s
    most: int
    _kept: tuple[Blocks | None, ...]

    @classmethod
    def of(
        cls, rules: Sequence[BlockingRule], *, memory: WorkingMemory, splitters: Sequence[Key] = (), side: Side = None
    ) -> CandidatePairs:
        """Find the blocks; those that do not fit into half of the memory are found again for each piece.

        Where two rules at once might take more than the memory, there is one at a time.
        """
        rows = rules[0].rows if rules else 0
        at_once = THREADS if THREADS * BYTES_A_ROW * rows <= memory.bytes else 1
        reached = np.zeros(rows, np.int64)
        kept: list[Blocks | None] = []
        free = memory.bytes // 2
        for first in range(0, len(rules), at_once):
            for blocks in of_each(rules[first : first + at_once], lambda rule: Blocks.of(rule, splitters=splitters)):
                reached += blocks.reached(rows)
                kept.append(blocks if blocks.nbytes <= free else None)
                free -= blocks.nbytes if kept[-1] is not None else 0
        before = np.cumsum(reached)
        return cls(
            rules=tuple(rules),
            splitters=tuple(splitters),
            side=side,
            ends=_ends(before, min(memory.pieces_of(2 * BYTES_A_PAIR), PIECE)),
            most=int(before[-1]) if rows else 0,
            kept=tuple(kept),
        )

    def __iter__(self) -> Iterator[Int64s]:
        """Yield the pairs as left << 32 | right, left < right, each once and rising."""
        first = 0
        for last in self.ends.tolist():
            piece = partial(self._pairs_of, first=first, last=last)
            yield distinct_pairs(of_each(range(len(self.rules)), piece))
            first = last

    def _pairs_of(self, at: int, *, first: int, last: int) -> Int64s:
        """Return the pairs that one rule finds whose left rows are from *first* until before *last*."""
        blocks = self._kept[at]
        found = Blocks.of(self.rules[at], splitters=self.splitters) if blocks is None else blocks
        return found.pairs(side=self.side, first=first, last=last)


def _ends(before: Int64s, most: int) -> Int64s:
    """Return where to cut rows so that no piece has more than *most* pairs, unless one row alone has.

    >>> _ends(np.array([3, 4, 9, 10]), 5).tolist()
    [2, 3, 4]
    """
    ends = [0]
    while ends[-1] < len(before):
        done = int(before[ends[-1] - 1]) if ends[-1] else 0
        ends.append(max(int(np.searchsorted(before, done + most, side="right")), ends[-1] + 1))
    return np.array(ends[1:], np.int64)


def pairs_within(rows: Int64s, starts: Int64s, sizes: Int64s) -> tuple[Int64s, Int64s]:
    """Return all pairs within each run of *rows*, by arithmetic instead of a loop.

    >>> left, right = pairs_within(np.array([7, 8, 9, 4, 5]), np.array([0, 3]), np.array([3, 2]))
    >>> list(zip(left.tolist(), right.tolist()))
    [(7, 8), (7, 9), (8, 9), (4, 5)]
    """
    place = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    later = np.repeat(sizes, sizes) - 1 - place
    position = np.repeat(starts, sizes) + place
    left = np.repeat(position, later)
    right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(later) - later, later)
    return rows[left], rows[right]


def distinct_pairs(packed: Sequence[Int64s]) -> Int64s:
    """Sort packed pairs and drop repeats: sorting beats hashing here many times over."""
    ordered = np.concatenate([np.empty(0, np.int64), *packed])
    ordered.sort()
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if len(ordered) else ordered


def unpack(packed: Int64s) -> tuple[Int64s, Int64s]:
    """Return (left, right) rows of packed pairs."""
    return packed >> 32, packed & 0xFFFFFFFF
