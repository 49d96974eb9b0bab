"""Which pairs are worth comparing: rules over coded keys.

A blocking key is a whole number a row; rows that share it form a block, and all pairs within a block are candidates.
Blocks are found by sorting integers. A block that is too large is left to rules that add a second key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.roles import Role
from crmcore.matching._encoding import recode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from crmcore.matching._features import Feature

    Bools = NDArray[np.bool_]
    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Side = NDArray[np.int8] | None

__all__ = ["BlockingRule", "Blocks", "Key", "candidate_rules", "distinct_pairs", "keys_of", "unpack"]

LARGEST_BLOCK = 400
"""Rows of a block beyond which its pairs cost more than they can yield; another rule has to split it."""
CHUNK = 2_000_000


@attrs.frozen(kw_only=True, eq=False)
class Key:
    """One number a row and slot.

    Attributes:
        features: positions of the features that agree where the key does, more or less.
        name: such as "surname" or "surname skeleton".
        codes: int32, (rows, slots); -1 where nothing stands.
        size: how many different codes there are.

    """

    features: frozenset[int]
    name: str
    codes: Int32s
    size: int


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

    def on(self, rows: Int64s) -> BlockingRule:
        """Return the same rule for some rows only."""
        return BlockingRule(keys=tuple(attrs.evolve(key, codes=key.codes[rows]) for key in self.keys))

    def codes(self, rows: slice | Int64s = slice(None)) -> Int64s:
        """Return the blocks of each row under every combination of its values, int64, (rows, combinations), or -1."""
        blocks = self.keys[0].codes[rows].astype(np.int64)
        for key in self.keys[1:]:
            codes = key.codes[rows]
            slots = [(mine, other) for mine in range(blocks.shape[1]) for other in range(codes.shape[1])]
            combined = np.empty((len(codes), len(slots)), np.int64)
            for at, (mine, other) in enumerate(slots):
                first, second = blocks[:, mine], codes[:, other]
                combined[:, at] = np.where((first < 0) | (second < 0), -1, first * key.size + second)
            blocks = combined
        return blocks


def keys_of(features: Sequence[Feature]) -> list[Key]:
    """Derive every blocking key of every feature, once a distinct value."""
    keys = []
    for position, feature in enumerate(features):
        values = list(feature.data.values)
        for variant, coarsen in feature.kind.keys.items():
            normal = [coarsen(value) for value in values]
            table, coarse = recode(np.arange(len(normal), dtype=np.int32), normal)
            codes = np.concatenate((table, np.full(1, -1, np.int32)))[feature.data.codes]
            name = f"{feature.name} {variant}".strip()
            keys.append(Key(features=frozenset({position}), name=name, codes=codes, size=len(coarse)))
    return [key for key in [*keys, *_names_in_any_order(features)] if key.size]


def _names_in_any_order(features: Sequence[Feature]) -> list[Key]:
    """Given and family name as a set, so that swapped names meet."""
    at = {feature.role: position for position, feature in enumerate(features)}
    if not {Role.GIVEN_NAME, Role.FAMILY_NAME} <= set(at):
        return []
    given, family = (features[at[role]].data for role in (Role.GIVEN_NAME, Role.FAMILY_NAME))
    number: dict[str, int] = {}
    tables = [[number.setdefault(value, len(number)) for value in data.values] + [-1] for data in (given, family)]
    first, second = (np.array(table)[data.codes[:, 0]] for table, data in zip(tables, (given, family), strict=True))
    both = np.minimum(first, second) * len(number) + np.maximum(first, second)
    both[(first < 0) | (second < 0)] = -1
    distinct, place = np.unique(both, return_inverse=True)
    codes = np.asarray(place - int(distinct[:1].sum() < 0), np.int32)
    positions = frozenset({at[Role.GIVEN_NAME], at[Role.FAMILY_NAME]})
    return [Key(features=positions, name="names in any order", codes=codes[:, None], size=len(distinct))]


def candidate_rules(keys: Sequence[Key]) -> list[BlockingRule]:
    """Every single key, and every two keys of different features."""
    doubles = [
        (first, second)
        for at, first in enumerate(keys)
        for second in keys[at + 1 :]
        if not first.features & second.features
    ]
    return [BlockingRule(keys=chosen) for chosen in [*((key,) for key in keys), *doubles]]


@attrs.frozen(kw_only=True, eq=False)
class Blocks:
    """The blocks of one rule over one table.

    Attributes:
        rule: the rule.
        rows: int64, the rows of all blocks, block after block.
        starts, sizes: int64, (blocks,), where each block begins in `rows` and how many rows it has; two or more.
        codes: int64, (blocks,), what the rows agree on; rising.
        largest: blocks with more rows yield no pairs.

    """

    rule: BlockingRule
    rows: Int64s
    starts: Int64s
    sizes: Int64s
    codes: Int64s
    largest: int

    @classmethod
    def of(cls, rule: BlockingRule, *, largest: int = LARGEST_BLOCK) -> Blocks:
        """Find the blocks by sorting."""
        codes = rule.codes()
        row, slot = np.nonzero(codes >= 0)
        codes = codes[row, slot]
        order = np.argsort(codes, kind="stable")
        codes, row = codes[order], row[order]
        starts = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1]))) if len(codes) else codes
        sizes = np.diff(np.append(starts, len(codes)))
        starts, sizes = starts[sizes > 1], sizes[sizes > 1]
        return cls(rule=rule, rows=row, starts=starts, sizes=sizes, codes=codes[starts], largest=largest)

    @property
    def cost(self) -> int:
        """How many pairs it yields."""
        sizes = self.sizes[self.sizes <= self.largest]
        return int((sizes * (sizes - 1) // 2).sum())

    @property
    def passed_over(self) -> Int64s:
        """int64: what the rows of blocks that are too large agree on, rising."""
        return self.codes[self.sizes > self.largest]

    def pairs(self, *, side: Side = None, chunk: int = CHUNK) -> Iterator[Int64s]:
        """Yield the pairs as left << 32 | right with left < right, about *chunk* at a time; a pair may come twice.

        Args:
            side: int8, (rows,), which of two tables a row is of; only pairs across are yielded.
            chunk: pairs a yield, unless one block alone has more.

        """
        fit = self.sizes <= self.largest
        starts, sizes = self.starts[fit], self.sizes[fit]
        cost = np.cumsum(sizes * (sizes - 1) // 2)
        at = 0
        while at < len(sizes):
            until = max(int(np.searchsorted(cost, (cost[at - 1] if at else 0) + chunk)), at + 1)
            left, right = pairs_within(self.rows, starts[at:until], sizes[at:until])
            keep = left != right if side is None else side[left] != side[right]
            yield (np.minimum(left, right) << 32 | np.maximum(left, right))[keep]
            at = until


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
    ordered = np.sort(np.concatenate([np.empty(0, np.int64), *packed]))
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if len(ordered) else ordered


def unpack(packed: Int64s) -> tuple[Int64s, Int64s]:
    """Return (left, right) rows of packed pairs."""
    return packed >> 32, packed & 0xFFFFFFFF
