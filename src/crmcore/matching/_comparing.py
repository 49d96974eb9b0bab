"""Agreement levels and match weights of many pairs of rows.

Values that repeat are looked up, values that do not are compared, and a pair that can no longer reach the weight asked
for is dropped before the dear comparisons.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.roles import Role
from crmcore.matching import _similarity
from crmcore.matching._places import Whereabouts
from crmcore.matching._texts import Texts
from crmcore.matching.relations import Relation, explained, shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcore.matching._features import Feature

    Floats = NDArray[np.float64]
    Int8s = NDArray[np.int8]
    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["Comparer", "Comparers", "Evidence"]

LARGEST_GRID = 3000
"""Commonest values of a feature whose pairs are all compared in advance: at most 9 MB and about half a second."""
THREADS = 2
"""Arrays are worked on outside the interpreter's lock, so two threads keep two cores busy."""
CHUNK = 1 << 16
"""Pairs handled at once, so that what is looked up stays in the processor's cache."""


@attrs.frozen(kw_only=True, eq=False)
class Evidence:
    """What each level of each comparison is worth, in bits.

    Attributes:
        bits: for each comparison, float64, (levels,), never falling.
        value_bits: for each comparison, float64, (values,): what sharing that very value is worth.
        prior: log2 of the odds before anything is compared.
        relations: how different people come to share values.

    """

    bits: tuple[Floats, ...]
    value_bits: tuple[Floats, ...]
    prior: float
    relations: tuple[Relation, ...] = ()


class Comparer:
    """Compares coded values of one feature; the pairs of its commonest values are looked up."""

    def __init__(self, feature: Feature, *, expected_pairs: int) -> None:
        self.kind = feature.kind
        self._texts = Texts(list(feature.data.values))
        common = int(min(len(self._texts), LARGEST_GRID, np.sqrt(expected_pairs) / 2))
        self._grid = _similarity.grid(self._texts, common, self.kind.levels)

    def unequal(self, a: Int32s, b: Int32s) -> NDArray[np.uint8]:
        """Return the level of each pair of codes, uint8, (pairs,); the codes are known and differ."""
        common = np.maximum(a, b) < len(self._grid)
        levels = np.zeros(len(a), np.uint8)
        levels[common] = self._grid[a[common], b[common]]
        rare = np.flatnonzero(~common)
        if len(rare):
            levels[rare] = self.kind.levels(self._texts, a[rare], b[rare])
        return levels


class Comparers:
    """All comparisons of a table."""

    def __init__(self, features: Sequence[Feature], *, expected_pairs: int) -> None:
        self.features = tuple(features)
        self.comparers = [Comparer(feature, expected_pairs=expected_pairs) for feature in features]
        widths = [feature.data.slots for feature in features]
        ends = np.cumsum(widths).tolist()
        self._slots = [range(end - width, end) for end, width in zip(ends, widths, strict=True)]
        # One row's codes lie side by side: a pair costs two reads of memory, whatever the number of features.
        self._codes = np.ascontiguousarray(np.concatenate([feature.data.codes for feature in features], axis=1))
        self._swap = _SwappedNames.of(self.features, self._slots)
        self._whereabouts = Whereabouts.among([feature.role for feature in features])

    @property
    def tops(self) -> list[int]:
        """The level of equality of each comparison."""
        return [feature.kind.top for feature in self.features]

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return len(self._codes)

    def levels(self, left: Int64s, right: Int64s) -> Int8s:
        """Return the agreement levels, int8, (pairs, comparisons); -1 where a side has no value.

        Of several values a side, the two that are most alike count.
        """
        out = np.empty((len(left), len(self.features)), np.int8, order="F")
        for start in range(0, len(left), CHUNK):
            part = slice(start, start + CHUNK)
            mine, other = self._codes[left[part]], self._codes[right[part]]
            for column in range(len(self.features)):
                out[part, column] = self._levels_of(column, mine, other)
            if self._swap is not None:
                self._swap.raise_levels(out[part], mine, other, self.tops)
        return out

    def _levels_of(self, column: int, mine: Int32s, other: Int32s) -> Int8s:
        top = self.features[column].kind.top
        best = np.full(len(mine), -1, np.int8)
        for a, b in self._slot_pairs(column, mine, other):
            known = (a >= 0) & (b >= 0)
            equal = known & (a == b)
            best[equal] = top
            rows = np.flatnonzero(known & (best < top))
            best[rows] = np.maximum(best[rows], self.comparers[column].unequal(a[rows], b[rows]).astype(np.int8))
        return best

    def _slot_pairs(self, column: int, mine: Int32s, other: Int32s) -> list[tuple[Int32s, Int32s]]:
        return [(mine[:, i], other[:, j]) for i in self._slots[column] for j in self._slots[column]]

    def parts(self, left: Int64s, right: Int64s, evidence: Evidence) -> tuple[Floats, Floats]:
        """Return the evidence of each comparison, and what of it is mere likeness, (comparisons, pairs), in bits.

        A shared value is worth what is rare about it; else the level counts, but for no more than sharing the commoner
        of the two values would; a missing side adds nothing, and what belongs to one address counts once.
        """
        parts = np.zeros((len(self.features), len(left)))
        alike = np.zeros_like(parts)
        for start in range(0, len(left), CHUNK):
            part = slice(start, start + CHUNK)
            mine, other = self._codes[left[part]], self._codes[right[part]]
            bound, open_ = self._bounds(mine, other, evidence)
            for column in range(len(self.features)):
                rows = np.flatnonzero(open_[column])
                bound[column, rows] -= self._shortfall(column, mine[rows], other[rows], evidence)
            if self._whereabouts is not None:
                bound = self._whereabouts.count_once(bound)
            parts[:, part], alike[:, part] = bound, np.where(open_, bound, 0.0)
        return parts, alike

    def weights(self, left: Int64s, right: Int64s, evidence: Evidence, *, least: float) -> tuple[Int64s, Floats]:
        """Return the positions of the pairs whose match weight is at least *least*, and those weights.

        Args:
            left, right: int64, (pairs,), rows.
            evidence: what agreements are worth.
            least: lower weights are not wanted; -inf for all.

        Returns:
            positions, int64, (kept,), rising; weights in bits, float64, (kept,): see `relations` for the formula.

        """

        def weigh(start: int) -> tuple[Int64s, Floats]:
            mine, other = self._codes[left[start : start + CHUNK]], self._codes[right[start : start + CHUNK]]
            at, weight = self._weights_of_chunk(mine, other, evidence, least)
            return at + start, weight

        starts = range(0, len(left), CHUNK)
        if len(starts) < THREADS:
            found = [weigh(start) for start in starts]
        else:
            with ThreadPoolExecutor(THREADS) as pool:
                found = list(pool.map(weigh, starts))
        kept, weights = zip(*found, strict=True) if found else ((np.empty(0, np.int64),), (np.empty(0),))
        return np.concatenate(kept), np.concatenate(weights)

    def _weights_of_chunk(self, mine: Int32s, other: Int32s, evidence: Evidence, least: float) -> tuple[Int64s, Floats]:
        """Begin with what each pair could reach at best, then take away what each comparison falls short."""
        parts, open_ = self._bounds(mine, other, evidence)
        total = parts.sum(axis=0) + evidence.prior
        alive = np.flatnonzero(total >= least)
        gaps = [part[-2] - part[0] for part in evidence.bits]
        of_address = self._whereabouts.address if self._whereabouts is not None else ()
        for column in of_address:  # first, because what counts once is known only when all of it is
            rows = alive[open_[column, alive]]
            parts[column, rows] -= self._shortfall(column, mine[rows], other[rows], evidence)
        if self._whereabouts is not None:
            whereabouts = np.ix_(np.array(of_address), alive)
            parts[whereabouts] = self._whereabouts.once(parts[whereabouts])
            total[alive] = parts[:, alive].sum(axis=0) + evidence.prior
            alive = alive[total[alive] >= least]
        for column in sorted(set(range(len(gaps))) - set(of_address), key=lambda at: -gaps[at]):
            rows = alive[open_[column, alive]]
            if len(rows):
                missed = self._shortfall(column, mine[rows], other[rows], evidence)
                parts[column, rows] -= missed
                total[rows] -= missed
                alive = alive[total[alive] >= least]
        parts = parts[:, alive]
        by_relation = shared(parts, np.where(open_[:, alive], parts, 0.0), evidence.relations)
        weights = total[alive] - explained(by_relation, evidence.relations)
        enough = weights >= least
        return alive[enough], weights[enough]

    def _bounds(self, mine: Int32s, other: Int32s, evidence: Evidence) -> tuple[Floats, Bools]:
        """Return the most that each comparison can add, (comparisons, pairs), and whether it is open still."""
        parts = np.empty((len(self.features), len(mine)))
        open_ = np.empty(parts.shape, bool)
        for column in range(len(self.features)):
            parts[column], open_[column] = self._at_best(column, mine, other, evidence)
        if self._swap is not None:
            # Swapped names are nearly the same, which is what unequal values were given at best.
            swapped = self._swap.find(mine, other)
            open_[self._swap.given, swapped] = open_[self._swap.family, swapped] = False
        return parts, open_

    def _at_best(self, column: int, mine: Int32s, other: Int32s, evidence: Evidence) -> tuple[Floats, Bools]:
        """Return the most that the comparison can add to each pair, and whether it is open still."""
        best = np.full(len(mine), -np.inf)
        known = np.zeros(len(mine), bool)
        worth = np.append(evidence.value_bits[column], -np.inf)
        for a, b in self._slot_pairs(column, mine, other):
            known |= (a >= 0) & (b >= 0)
            shared = np.flatnonzero((a == b) & (a >= 0))
            best[shared] = np.maximum(best[shared], worth[a[shared]])
        unequal = known & (best == -np.inf)
        best[unequal] = evidence.bits[column][-2]
        best[~known] = 0.0
        return best, unequal

    def _shortfall(self, column: int, mine: Int32s, other: Int32s, evidence: Evidence) -> Floats:
        """Return by how much the comparison falls short of its best, for pairs that share no value."""
        bits = evidence.bits[column]
        worth = np.append(evidence.value_bits[column], np.inf)
        best = np.full(len(mine), -np.inf)
        for a, b in self._slot_pairs(column, mine, other):
            rows = np.flatnonzero((a >= 0) & (b >= 0))
            a_known, b_known = a[rows], b[rows]
            gained = bits[self.comparers[column].unequal(a_known, b_known)]
            ceiling = np.maximum(np.minimum(worth[a_known], worth[b_known]), 0.0)
            best[rows] = np.maximum(best[rows], np.minimum(gained, ceiling))
        missed: Floats = bits[-2] - best
        return missed


@attrs.frozen(kw_only=True, eq=False)
class _SwappedNames:
    """Finds pairs where one row's given name is the other's family name, and the other way round.

    Attributes:
        given, family: positions of the two comparisons.
        given_slot, family_slot: where their codes stand.
        as_given: int32, (family values + 1,), the given-name code of each family name, -2 where there is none.

    """

    given: int
    family: int
    given_slot: int
    family_slot: int
    as_given: Int32s

    @classmethod
    def of(cls, features: Sequence[Feature], slots: Sequence[range]) -> _SwappedNames | None:
        """Return the finder, or None where the table lacks either name."""
        at = {feature.role: position for position, feature in enumerate(features)}
        given, family = at.get(Role.GIVEN_NAME), at.get(Role.FAMILY_NAME)
        if given is None or family is None:
            return None
        code = {value: number for number, value in enumerate(features[given].data.values)}
        as_given = np.array([code.get(value, -2) for value in features[family].data.values] + [-2], np.int32)
        return cls(
            given=given, family=family, given_slot=slots[given][0], family_slot=slots[family][0], as_given=as_given
        )

    def find(self, mine: Int32s, other: Int32s) -> Bools:
        """Return whether the names of each pair are swapped, bool, (pairs,)."""
        given_mine, given_other = mine[:, self.given_slot], other[:, self.given_slot]
        family_mine, family_other = mine[:, self.family_slot], other[:, self.family_slot]
        crossed = (self.as_given[family_mine] == given_other) & (self.as_given[family_other] == given_mine)
        swapped: Bools = crossed & (family_mine != family_other)
        return swapped

    def raise_levels(self, levels: Int8s, mine: Int32s, other: Int32s, tops: Sequence[int]) -> None:
        """Count swapped names as nearly the same."""
        swapped = self.find(mine, other)
        for column in (self.given, self.family):
            levels[swapped, column] = tops[column] - 1
