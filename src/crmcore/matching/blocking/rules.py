"""Blocking rules: which keys have to agree at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcore.matching.blocking.keys import Key

    Bools = NDArray[np.bool_]
    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Uint64s = NDArray[np.uint64]

__all__ = ["BlockingRule", "candidate_rules"]


@attrs.frozen(kw_only=True, eq=False)
class BlockingRule:
    """Rows that agree on all these keys are candidates."""

    keys: tuple[Key, ...]

    @property
    def name(self) -> str:
        """The keys' names, joined."""
        return " + ".join(key.name for key in self.keys)

    @property
    def features(self) -> frozenset[int]:
        """Positions of the features that agree within a block, more or less."""
        return frozenset().union(*(key.features for key in self.keys))

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.keys[0].codes)

    def on(self, rows: Int64s) -> BlockingRule:
        """Return the same rule for some rows only."""
        return BlockingRule(keys=tuple(key.on(rows) for key in self.keys))

    def first(self, rows: int) -> BlockingRule:
        """Return the same rule for the first so many rows only, without copying anything."""
        return BlockingRule(keys=tuple(attrs.evolve(key, codes=key.codes[:rows]) for key in self.keys))

    def held(self) -> tuple[Int32s, Uint64s]:
        """Return every block that a row is in, int32 rows and uint64 blocks, (held,).

        The number of a block is the sum of those of the values that agree: keys are stirred, each in its own way.
        """
        first, *others = self.keys
        found = [_known(np.arange(len(codes), dtype=np.int32), first.forms[codes]) for codes in first.codes.T]
        for key in others:
            found = [_known(rows, key.forms[codes[rows]], numbers) for rows, numbers in found for codes in key.codes.T]
        rows, numbers = zip(*found, strict=True)
        return np.concatenate(rows), np.concatenate(numbers)

    def agrees(self, left: Int64s, right: Int64s) -> Bools:
        """Say of each pair of rows whether it agrees on all keys, bool, (pairs,)."""
        agrees: Bools = np.logical_and.reduce([key.agrees(left, right) for key in self.keys])
        return agrees


def _known(rows: Int32s, own: Uint64s, numbers: Uint64s | None = None) -> tuple[Int32s, Uint64s]:
    """Keep the rows that have a number of their own, and add it."""
    known = own != 0
    return rows[known], own[known] if numbers is None else numbers[known] + own[known]


def candidate_rules(keys: Sequence[Key]) -> list[BlockingRule]:
    """Every single key, and every two keys of different features."""
    doubles = [
        (first, second)
        for at, first in enumerate(keys)
        for second in keys[at + 1 :]
        if not first.features & second.features
    ]
    return [BlockingRule(keys=chosen) for chosen in [*((key,) for key in keys), *doubles]]
