"""Groups that are most surely one person join first, on arrays of many components at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching.clustering.urn import Urn
from crmcore.matching.encoding.order import stable_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.matching.clustering.sizes import SizeLaw
    from crmcore.matching.clustering.urn import Testimony

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Components", "Forest", "join"]

GRAIN = 2.0**-12
"""Bits: scores nearer than that are ties, which the order of rows decides."""
HIGHEST = 2.0**10
"""Bits beyond which no score is told from another."""


@attrs.frozen(kw_only=True, eq=False)
class Components:
    """Some components, one after the other; rows are numbered by their places here.

    Attributes:
        row: int64, (rows,): which row of the table each is, rising within a component.
        first: int64, (rows,): where its component begins.
        size: int64, (rows,): how many rows its component has.
        base: int64, (rows,): where the pairs of its component begin.
        unit: int64, (rows,): the first row of those that are joined beforehand.
        source: int64, (rows,): which of several tables each is of, -1 for none.
        apart: int64, (pairs, 2): rows that must not be joined.

    """

    row: Int64s
    first: Int64s
    size: Int64s
    base: Int64s
    unit: Int64s
    source: Int64s
    apart: Int64s

    def pair(self, one: Int64s, other: Int64s) -> Int64s:
        """Return where pairs of rows of one component stand, one < other."""
        at = one - self.first[one]
        found: Int64s = self.base[one] + at * self.size[one] - at * (at + 1) // 2 + other - one - 1
        return found


@attrs.frozen(eq=False)
class Forest:
    """How rows were joined.

    Attributes:
        group: int64, (rows,): the first row of each one's group.
        weakest: float64, (rows,): the score of the least sure join of its group, in bits; inf for none.

    """

    group: Int64s
    weakest: Floats


class _Groups:
    """Groups of rows while they grow; a group is named by its first row."""

    def __init__(self, parts: Components, testimony: Testimony, law: SizeLaw) -> None:
        rows = len(parts.row)
        self.parts, self.testimony, self.law = parts, testimony, law
        most = int(parts.size.max(initial=1))
        self.urn = Urn.of(testimony.differs, most=most)
        self.group = np.arange(rows)
        self.records = np.ones(rows, np.int64)
        self.known = testimony.known[parts.row]
        self.counts = self.known.astype(np.int64)
        self.copied = np.zeros(self.known.shape)  # of each row: the sum of r with the rows before it in its group
        left, right = _pairs_of(parts)
        said, self.same = testimony.parts(parts.row[left], parts.row[right])
        self.same = np.ascontiguousarray(self.same.T)
        self.ratio = self.urn.ratios(said, self.known[left] & self.known[right])
        self._sort()

    def _sort(self) -> None:
        self.order = stable_order(self.group)
        held = np.bincount(self.group, minlength=len(self.group))
        self.start = np.cumsum(held) - held

    def between(self, a: Int64s, b: Int64s) -> _Between:
        """Look at all pairs of rows between each two groups, the later row of each first."""
        ends = np.stack((a, b), axis=1).ravel()
        others = np.stack((b, a), axis=1).ravel()
        row = self.order[_runs(self.start[ends], self.records[ends])]
        other = np.repeat(others, self.records[ends])
        candidate = np.repeat(np.arange(len(a)), self.records[a] + self.records[b])
        width = self.records[other]
        earlier = self.order[_runs(self.start[other], width)]
        later = np.repeat(row, width)
        kept = earlier < later
        fewer = np.add.reduceat(kept.astype(np.int64), np.cumsum(width) - width)
        some = fewer > 0
        pair = self.parts.pair(earlier[kept], later[kept])
        begin = np.cumsum(fewer[some]) - fewer[some]
        return _Between(row[some], candidate[some], pair, np.add.reduceat(self.ratio[pair], begin, axis=0), begin)

    def scores(self, a: Int64s, b: Int64s) -> Floats:
        """Return what speaks for each two groups being one person, float64, (candidates,), in bits."""
        if not len(a):
            return np.empty(0)
        found = self.between(a, b)
        before = self.urn.theta + self.copied[found.row]
        gained = np.log2((before + found.copied) / before)
        first = np.flatnonzero(np.diff(found.candidate, prepend=-1))
        said = np.add.reduceat(gained, first, axis=0) - self.urn.lost(self.counts[a], self.counts[b])
        same = np.logical_or.reduceat(self.same[found.pair], found.begin[first], axis=0)
        weight = self.testimony.weight(np.ascontiguousarray(said.T), np.ascontiguousarray(same.T))
        return np.where(
            self.may_join(a, b),
            np.round((weight + self.law.bits(self.records[a], self.records[b])) / GRAIN) * GRAIN,
            -np.inf,
        )

    def join(self, a: Int64s, b: Int64s) -> None:
        """Join each two groups, a < b; no group stands in two of them."""
        found = self.between(a, b)
        self.copied[found.row] += found.copied
        self.counts[a] += self.counts[b]
        self.records[a] += self.records[b]
        renamed = np.arange(len(self.group))
        renamed[b] = a
        self.group = renamed[self.group]
        self._sort()

    def may_join(self, a: Int64s, b: Int64s) -> Bools:
        """Tell which two groups nobody wants apart, bool, (candidates,)."""
        ends = np.sort(self.group[self.parts.apart], axis=1)
        allowed: Bools = ~np.isin(a << 32 | b, ends[:, 0] << 32 | ends[:, 1])
        if (self.parts.source >= 0).any():
            allowed &= ~self._share_source(a, b)
        return allowed

    def _share_source(self, a: Int64s, b: Int64s) -> Bools:
        """Tell which two groups both hold a row of one table."""
        number = np.concatenate([np.repeat(np.arange(len(a)), self.records[g]) for g in (a, b)])
        rows = np.concatenate([self.order[_runs(self.start[g], self.records[g])] for g in (a, b)])
        side = np.repeat([0, 1], [int(self.records[g].sum()) for g in (a, b)])
        held = np.unique(np.stack((number, self.parts.source[rows], side))[:, self.parts.source[rows] >= 0], axis=1)
        twice = (held[:2, 1:] == held[:2, :-1]).all(axis=0)
        shared = np.zeros(len(a), bool)
        shared[held[0, 1:][twice]] = True
        return shared


@attrs.frozen(eq=False)
class _Between:
    """The pairs of rows between groups.

    Attributes:
        row: int64, (ends,): rows that have earlier ones in the other group.
        candidate: int64, (ends,): of which two groups, rising.
        pair: int64, (pairs,): the pairs of each of these rows with the earlier ones.
        copied: float64, (ends, features): the sum of their r.
        begin: int64, (ends,): where each row's pairs begin.

    """

    row: Int64s
    candidate: Int64s
    pair: Int64s
    copied: Floats
    begin: Int64s


def join(
    parts: Components, edges: tuple[Int64s, Int64s, Floats], testimony: Testimony, *, law: SizeLaw, least: float
) -> Forest:
    """Join groups of rows while more than *least* bits speak for it; those that are each other's best at once.

    Args:
        parts: the components.
        edges: pairs of rows (a, b), a < b, each once, and their match weights: groups are asked about that an edge
            connects.
        testimony: what pairs say.
        law: how many records people have.
        least: in bits.

    """
    groups = _Groups(parts, testimony, law)
    rows = len(parts.row)
    weakest = np.full(rows, np.inf)
    _join_units(groups)
    a, b, weight = edges
    one = np.ones(1, np.int64)
    score = np.round((weight + law.bits(one, one)) / GRAIN) * GRAIN
    score[~groups.may_join(groups.group[a], groups.group[b])] = -np.inf
    a, b, score = _contracted(groups, a, b, score, groups.records > 1)
    while True:
        first, second, best = _each_others_best(a, b, score, least, rows)
        if not len(first):
            return Forest(groups.group, weakest[groups.group])
        groups.join(first, second)
        weakest[first] = np.minimum(np.minimum(weakest[first], weakest[second]), best)
        touched = np.zeros(rows, bool)
        touched[first] = True
        at_work = np.zeros(rows, bool)
        at_work[parts.first[first]] = True
        alive = at_work[parts.first[a]]
        a, b, score = _contracted(groups, a[alive], b[alive], score[alive], touched)


def _join_units(groups: _Groups) -> None:
    """Join the rows that are one beforehand, one more of each unit at a time."""
    unit = groups.parts.unit
    waiting = np.flatnonzero(unit != np.arange(len(unit)))
    waiting = waiting[np.argsort(unit[waiting], kind="stable")]
    while len(waiting):
        first = np.diff(unit[waiting], prepend=-1) != 0
        groups.join(unit[waiting[first]], waiting[first])
        waiting = waiting[~first]


def _contracted(groups: _Groups, a: Int64s, b: Int64s, score: Floats, touched: Bools) -> tuple[Int64s, Int64s, Floats]:
    """Return the edges between groups, each once, with the scores of those that changed asked for anew."""
    a, b = groups.group[a], groups.group[b]
    between = a != b
    a, b, score = np.minimum(a, b)[between], np.maximum(a, b)[between], score[between]
    packed, first = np.unique(a << 32 | b, return_index=True)
    a, b, score = packed >> 32, packed & 0xFFFFFFFF, score[first]
    anew = np.flatnonzero(touched[a] | touched[b])
    score[anew] = groups.scores(a[anew], b[anew])
    return a, b, score


def _each_others_best(a: Int64s, b: Int64s, score: Floats, least: float, rows: int) -> tuple[Int64s, Int64s, Floats]:
    """Return the edges whose ends have no better one, of equally good ones that to the first row; and their scores.

    One sort does it: of whole numbers made of the end, how far its score is from the highest, and the other end.
    """
    good = score >= least
    a, b, short = a[good], b[good], ((HIGHEST - np.clip(score[good], -HIGHEST, HIGHEST)) / GRAIN).astype(np.int64)
    width = max(int(rows - 1).bit_length(), 1)
    packed = np.concatenate((a << (24 + width) | short << width | b, b << (24 + width) | short << width | a))
    packed.sort()
    ends = packed >> (24 + width)
    packed = packed[np.diff(ends, prepend=-1) != 0]
    ends, others = packed >> (24 + width), packed & ((1 << width) - 1)
    best = np.full(rows, -1)
    best[ends] = others
    mutual = (best[others] == ends) & (ends < others)
    kept = packed[mutual]
    return ends[mutual], others[mutual], HIGHEST - (kept >> width & ((1 << 24) - 1)) * GRAIN


def _pairs_of(parts: Components) -> tuple[Int64s, Int64s]:
    """Return all pairs of rows of each component, in the order of `Components.pair`."""
    rows = np.arange(len(parts.row))
    later = parts.first + parts.size - 1 - rows
    return np.repeat(rows, later), _runs(rows + 1, later)


def _runs(starts: Int64s, sizes: Int64s) -> Int64s:
    """Return start, start + 1, ... of each run, one after the other.

    >>> _runs(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    before = np.cumsum(sizes) - sizes
    found: Int64s = np.arange(int(sizes.sum())) + np.repeat(starts - before, sizes)
    return found
