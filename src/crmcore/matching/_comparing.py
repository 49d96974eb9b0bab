"""Agreement levels and match weights of many pairs of rows.

What is equal is told by codes, of all comparisons at once; what is not is compared once for each two values; and a pair
that can no longer reach the weight asked for is dropped before the dear comparisons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import attrs
import numpy as np

from crmcore.matching._addresses import NamedAddresses
from crmcore.matching._levels import Comparer
from crmcore.matching._places import Whereabouts
from crmcore.matching._similarity import email
from crmcore.matching._swapped_names import SwappedNames
from crmcore.matching._threads import of_each
from crmcore.matching.relations import Relation, explained, shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from crmcore.matching._features import Feature

    Floats = NDArray[np.float64]
    Int8s = NDArray[np.int8]
    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["Comparers", "Evidence"]

T = TypeVar("T")

THREADS = 2
"""Arrays are worked on outside the interpreter's lock, so two threads keep two cores busy."""
CHUNK = 1 << 17
"""Pairs handled at once, so that what is looked up stays in the processor's cache."""
LEAST_CHUNK = 1 << 13
"""Pairs that are not worth a second thread."""
DEAR = 4.0
"""How many times what it costs to compare other values e-mail addresses take: what they rule out, others should."""
STEP = 2.0**-24
"""Evidence is a whole number of these, in bits: then its sums are exact, in whichever order they are taken."""


def _exact(bits: Floats) -> Floats:
    return np.round(bits / STEP) * STEP


def _all_exact(bits: Sequence[Floats]) -> tuple[Floats, ...]:
    return tuple(map(_exact, bits))


def _one_exact(bits: float) -> float:
    return round(bits / STEP) * STEP


@attrs.frozen(kw_only=True, eq=False)
class Evidence:
    """What each level of each comparison is worth, in bits.

    Attributes:
        bits: for each comparison, float64, (levels,), never falling.
        value_bits: for each comparison, float64, (values,): what sharing that very value is worth.
        prior: log2 of the odds before anything is compared.
        relations: how different people come to share values.

    """

    bits: tuple[Floats, ...] = attrs.field(converter=_all_exact)
    value_bits: tuple[Floats, ...] = attrs.field(converter=_all_exact)
    prior: float = attrs.field(converter=_one_exact)
    relations: tuple[Relation, ...] = ()


@attrs.frozen(eq=False)
class _Pairs:
    """Some pairs of rows as the codes of what they hold.

    Attributes:
        mine, other: int32, (slots of all comparisons, pairs): the first slots of all, then the further ones.
        known, equal: bool, (comparisons, pairs): whether both hold a value, and whether they share one.

    """

    mine: Int32s
    other: Int32s
    known: Bools
    equal: Bools


class Comparers:
    """All comparisons of a table."""

    def __init__(self, features: Sequence[Feature], *, expected_pairs: int) -> None:
        self.features = tuple(features)
        self.comparers = [Comparer(feature, expected_pairs=expected_pairs) for feature in features]
        codes = [feature.data.codes for feature in features]
        further = np.cumsum([len(codes), *(held.shape[1] - 1 for held in codes)]).tolist()
        self._slots = [[at, *range(*further[at : at + 2])] for at in range(len(codes))]
        # One row's codes lie side by side: a pair costs two reads of memory, whatever the number of features.
        beside = [held[:, :1] for held in codes] + [held[:, 1:] for held in codes]
        self._codes = np.ascontiguousarray(np.concatenate(beside, axis=1))
        self._swap = SwappedNames.of(self.features, expected_pairs=expected_pairs)
        roles = [feature.role for feature in features]
        self._whereabouts, self._addresses = Whereabouts.among(roles), NamedAddresses.among(roles)

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
        _in_chunks(len(left), lambda part: self._levels_into(out[part], self._pairs(left[part], right[part])))
        return out

    def _levels_into(self, out: Int8s, pairs: _Pairs) -> None:
        for column, comparer in enumerate(self.comparers):
            best = pairs.known[column].astype(np.int8) - np.int8(1)
            best[pairs.equal[column]] = comparer.kind.top
            rows = np.flatnonzero(pairs.known[column] & ~pairs.equal[column])
            likest = np.zeros(len(rows), np.uint8)
            for at, a, b in self._unequal(column, pairs, rows):
                likest[at] = np.maximum(likest[at], comparer.unequal(a, b))
            best[rows] = likest
            out[:, column] = best
        if self._swap is not None:
            swapped = self._swap.find(pairs.mine, pairs.other)
            for column in (self._swap.given, self._swap.family):
                out[swapped, column] = self.comparers[column].kind.top - 1
            unequal = pairs.known & ~pairs.equal
            unequal[:, swapped] = False
            for column, rows, levels in self._nearly_swapped(pairs, unequal):
                out[rows, column] = levels

    def parts(
        self, left: Int64s, right: Int64s, evidence: Evidence, *, count_once: bool = True
    ) -> tuple[Floats, Floats]:
        """Return the evidence of each comparison, and what of it is mere likeness, (comparisons, pairs), in bits.

        A shared value is worth what is rare about it; else the level counts, but for no more than sharing the commoner
        of the two values would; a missing side adds nothing, and what belongs to one address counts once, if asked for.
        """
        parts = np.zeros((len(self.features), len(left)))
        alike = np.zeros_like(parts)

        def fill(part: slice) -> None:
            pairs = self._pairs(left[part], right[part])
            bound, open_ = self._bounds(pairs, evidence)
            for column in range(len(self.features)):
                rows = np.flatnonzero(open_[column])
                bound[column, rows] -= self._shortfall(column, pairs, rows, evidence)
            if count_once:
                bound = self._once(bound, ~open_, evidence)
            parts[:, part], alike[:, part] = bound, np.where(open_, bound, 0.0)

        _in_chunks(len(left), fill)
        return parts, alike

    def sum_up(self, parts: Floats, same: Bools, evidence: Evidence) -> Floats:
        """Return the match weights of evidence that one address may have said twice, float64, (pairs,), in bits.

        Args:
            parts: float64, (comparisons, pairs): see `parts`.
            same: bool, (comparisons, pairs), whether the very value is shared.
            evidence: what agreements are worth.

        """
        once = self._once(parts, same, evidence)
        by_relation = shared(once, np.where(same, 0.0, once), evidence.relations)
        weights: Floats = once.sum(axis=0) + evidence.prior - explained(by_relation, evidence.relations)
        return weights

    def _once(self, parts: Floats, same: Bools, evidence: Evidence) -> Floats:
        """Return the evidence with what is said twice counted once, float64, of the shape of *parts*."""
        once = parts.copy() if self._whereabouts is None else self._whereabouts.count_once(parts)
        if self._addresses is not None:
            once[self._addresses.email, self._addresses.told_by_names(once, same, evidence.bits)] = 0.0
        return once

    def weights(self, left: Int64s, right: Int64s, evidence: Evidence, *, least: float) -> tuple[Int64s, Floats]:
        """Return the positions of the pairs whose match weight is at least *least*, and those weights.

        Args:
            left, right: int64, (pairs,), rows.
            evidence: what agreements are worth.
            least: lower weights are not wanted; -inf for all.

        Returns:
            positions, int64, (kept,), rising; weights in bits, float64, (kept,): see `relations` for the formula.

        """

        def weigh(part: slice) -> tuple[Int64s, Floats]:
            at, weight = self._weights_of(self._pairs(left[part], right[part]), evidence, least)
            return at + part.start, weight

        found = [(np.empty(0, np.int64), np.empty(0)), *_in_chunks(len(left), weigh)]
        kept, weights = zip(*found, strict=True)
        return np.concatenate(kept), np.concatenate(weights)

    def _pairs(self, left: Int64s, right: Int64s) -> _Pairs:
        mine, other = (np.ascontiguousarray(self._codes.take(rows, axis=0).T) for rows in (left, right))
        first = slice(0, len(self.features))
        known = (mine[first] | other[first]) >= 0  # no code is less than -1, and values stand to the left
        equal = (mine[first] == other[first]) & known
        for column, slots in enumerate(self._slots):
            for a, b in _crossed(slots):
                equal[column] |= (mine[a] == other[b]) & (mine[a] >= 0)
        return _Pairs(mine, other, known, equal)

    def _weights_of(self, pairs: _Pairs, evidence: Evidence, least: float) -> tuple[Int64s, Floats]:
        """Begin with what each pair could reach at best, then take away what each comparison falls short."""
        parts, open_ = self._bounds(pairs, evidence)
        total = parts.sum(axis=0)
        total += evidence.prior
        alive = np.flatnonzero(total >= least)
        gaps = [part[-2] - part[0] for part in evidence.bits]
        of_address = self._whereabouts.parts if self._whereabouts is not None else ()
        for column in of_address:  # first, because what counts once is known only when all of it is
            rows = alive.compress(open_[column].take(alive))
            parts[column][rows] -= self._shortfall(column, pairs, rows, evidence)
        if self._whereabouts is not None:
            whereabouts = self._whereabouts.once(np.stack([parts[column].take(alive) for column in of_address]))
            for column, part in zip(of_address, whereabouts, strict=True):
                parts[column][alive] = part
            total[alive] = parts.take(alive, axis=1).sum(axis=0) + evidence.prior
            alive = alive.compress(total.take(alive) >= least)
        dear = [DEAR if feature.kind.levels is email else 1.0 for feature in self.features]
        for column in sorted(set(range(len(gaps))) - set(of_address), key=lambda at: -gaps[at] / dear[at]):
            rows = alive.compress(open_[column].take(alive))
            if len(rows):
                missed = self._shortfall(column, pairs, rows, evidence)
                parts[column][rows] -= missed
                total[rows] -= missed
                alive = alive.compress(total.take(alive) >= least)
        parts, open_, total = parts.take(alive, axis=1), open_.take(alive, axis=1), total.take(alive)
        if self._addresses is not None:
            told = self._addresses.told_by_names(parts, ~open_, evidence.bits)
            total[told] -= parts[self._addresses.email, told]
            parts[self._addresses.email, told] = 0.0
        by_relation = shared(parts, np.where(open_, parts, 0.0), evidence.relations)
        weights = total - explained(by_relation, evidence.relations)
        enough = np.flatnonzero(weights >= least)
        return alive.take(enough), weights.take(enough)

    def _bounds(self, pairs: _Pairs, evidence: Evidence) -> tuple[Floats, Bools]:
        """Return the most that each comparison can add, (comparisons, pairs), and whether it is open still."""
        open_ = pairs.known & ~pairs.equal
        parts = np.zeros(open_.shape)
        np.copyto(parts, np.array([bits[-2] for bits in evidence.bits])[:, None], where=open_)
        for column, slots in enumerate(self._slots):
            rows, worth = np.flatnonzero(pairs.equal[column]), evidence.value_bits[column]
            a = pairs.mine[column].take(rows)
            best = worth.take(a)
            if len(slots) > 1:
                best[a != pairs.other[column].take(rows)] = -np.inf
            for one, two in _crossed(slots):
                a = pairs.mine[one].take(rows)
                shared_one = np.flatnonzero((a == pairs.other[two].take(rows)) & (a >= 0))
                best[shared_one] = np.maximum(best.take(shared_one), worth.take(a.take(shared_one)))
            parts[column][rows] = best
        if self._swap is not None:
            # Swapped names are nearly the same, which is what unequal values were given at best.
            swapped = self._swap.find(pairs.mine, pairs.other)
            open_[self._swap.given, swapped] = open_[self._swap.family, swapped] = False
            for column, rows, levels in self._nearly_swapped(pairs, open_):
                parts[column][rows] = evidence.bits[column].take(levels)
                open_[column][rows] = False
        return parts, open_

    def _nearly_swapped(self, pairs: _Pairs, unequal: Bools) -> Iterator[tuple[int, Int64s, NDArray[np.uint8]]]:
        """Yield, for given and family names, pairs whose names are swapped with a slip, and the levels they reach."""
        if self._swap is None:
            return
        both = self._swap.given, self._swap.family
        rows = np.flatnonzero(unequal[both[0]] & unequal[both[1]])
        rows, *across = self._swap.nearly(pairs.mine, pairs.other, rows)
        as_they_stand = [
            self.comparers[column].unequal(pairs.mine[column].take(rows), pairs.other[column].take(rows))
            for column in both
        ]
        turned = np.flatnonzero(across[0] + across[1] > as_they_stand[0] + as_they_stand[1])
        for column, levels in zip(both, across, strict=True):
            yield column, rows[turned], levels[turned]

    def _shortfall(self, column: int, pairs: _Pairs, rows: Int64s, evidence: Evidence) -> Floats:
        """Return by how much the comparison falls short of its best, for pairs that share no value."""
        bits, worth = evidence.bits[column], evidence.value_bits[column]
        best = np.full(len(rows), -np.inf)
        for at, a, b in self._unequal(column, pairs, rows):
            gained = bits.take(self.comparers[column].unequal(a, b))
            good = np.flatnonzero(gained > 0)
            ceiling = np.minimum(worth.take(a.take(good)), worth.take(b.take(good)))
            gained[good] = np.minimum(gained[good], np.maximum(ceiling, 0.0))
            best[at] = np.maximum(best[at], gained)
        missed: Floats = bits[-2] - best
        return missed

    def _unequal(self, column: int, pairs: _Pairs, rows: Int64s) -> Iterator[tuple[slice | Int64s, Int32s, Int32s]]:
        """Yield, for every two slots, the positions in *rows* of the pairs that hold values there, and those values."""
        yield slice(None), pairs.mine[column].take(rows), pairs.other[column].take(rows)
        for one, two in _crossed(self._slots[column]):
            a, b = pairs.mine[one].take(rows), pairs.other[two].take(rows)
            at = np.flatnonzero((a | b) >= 0)
            yield at, a.take(at), b.take(at)


def _in_chunks(pairs: int, work: Callable[[slice], T]) -> list[T]:
    """Do some work on all of so many pairs, a piece at a time and two at once; return what comes of each, in order."""
    size = min(max(-(-pairs // THREADS), LEAST_CHUNK), CHUNK)
    parts = [slice(start, min(start + size, pairs)) for start in range(0, pairs, size)]
    return of_each(parts, work, threads=THREADS)


def _crossed(slots: Sequence[int]) -> list[tuple[int, int]]:
    """Return every two slots but the first with the first."""
    return [(one, two) for one in slots for two in slots][1:]
