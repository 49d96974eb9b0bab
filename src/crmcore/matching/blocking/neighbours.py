"""The neighbours of a few rows: what a rule would pair them with, without pairing all the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching.blocking.blocks import LARGEST_BLOCK, SPLITTERS, row_bits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcore.matching.blocking.keys import Key
    from crmcore.matching.blocking.rules import BlockingRule

    Bools = NDArray[np.bool_]
    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Side = NDArray[np.int8] | None
    Uint64s = NDArray[np.uint64]

__all__ = ["NeighbourSearch", "Neighbours"]

MOST = 200_000
"""Rows of large blocks that are looked at in one go; what is beyond counts for nothing."""


@attrs.frozen(kw_only=True, eq=False)
class Neighbours:
    """The blocks of a rule among the first so many rows, as sorted numbers.

    Attributes:
        rule: the rule.
        among: how many rows are looked through.
        packed: uint64, (places,), blocks and rows, rising.

    """

    rule: BlockingRule
    among: int
    packed: Uint64s

    @classmethod
    def of(cls, rule: BlockingRule, *, among: int) -> Neighbours:
        """Sort the blocks of the first *among* rows."""
        rows, numbers = rule.first(among).held()
        mask = np.uint64((1 << row_bits(rule.rows)) - 1)
        return cls(rule=rule, among=among, packed=np.sort((numbers & ~mask) | rows.astype(np.uint64)))

    def of_rows(self, rows: Int64s, *, splitters: Sequence[Key], side: Side) -> tuple[Int64s, Int64s]:
        """Return the pairs of these rows with those looked through, places in *rows* and rows, int64, each once.

        Args:
            rows: int64, rows of the table.
            splitters: keys of which one has to agree, besides the rule, in blocks that are too large.
            side: int8, (rows of the table,), which of two tables a row is of.

        """
        place, numbers = self.rule.on(rows).held()
        mask = np.uint64((1 << row_bits(self.rule.rows)) - 1)
        begin = np.searchsorted(self.packed, numbers & ~mask)
        count = np.searchsorted(self.packed, numbers | mask, side="right") - begin
        largest = max(LARGEST_BLOCK * self.among // max(self.rule.rows, 1), 2)
        fit = count <= largest
        over = np.flatnonzero(~fit)
        over = over[np.cumsum(count[over]) <= MOST]
        found = [
            self._members(place[at], begin[at], count[at], mask) for at in (np.flatnonzero(fit & (count > 0)), over)
        ]
        if len(over):
            mine, other = found[1]
            further = [key for key in splitters if not key.features & self.rule.features][:SPLITTERS]
            agreed = np.zeros(len(mine), bool)
            for key in further:
                agreed |= key.agrees(rows[mine], other)
            found[1] = mine[agreed], other[agreed]
        own, mate = (np.concatenate(part) for part in zip(*found, strict=True))
        wanted = rows[own] != mate if side is None else side[rows[own]] != side[mate]
        packed = np.sort(own[wanted] << 32 | mate[wanted])
        packed = packed[np.concatenate(([True], packed[1:] != packed[:-1]))] if len(packed) else packed
        return packed >> 32, packed & 0xFFFFFFFF

    def _members(self, place: Int32s, begin: Int64s, count: Int64s, mask: np.uint64) -> tuple[Int64s, Int64s]:
        at = np.repeat(begin - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))
        return np.repeat(place.astype(np.int64), count), (self.packed[at] & mask).astype(np.int64)


@attrs.frozen(kw_only=True, eq=False)
class NeighbourSearch:
    """How neighbours are looked for.

    Attributes:
        splitters: keys of which one has to agree, besides a rule, in blocks that are too large.
        side: int8, (rows,), which of two tables a row is of, or None.

    """

    splitters: Sequence[Key]
    side: Side

    def neighbours(self, rule: BlockingRule, rows: int) -> Neighbours:
        """Sort the blocks of the first so many rows, or of all."""
        return Neighbours.of(rule, among=min(rule.rows, rows))

    def pairs(self, neighbours: Neighbours, rows: Int64s) -> tuple[Int64s, Int64s]:
        """Return the pairs of *rows*: see `Neighbours.of_rows`."""
        return neighbours.of_rows(rows, splitters=self.splitters, side=self.side)
