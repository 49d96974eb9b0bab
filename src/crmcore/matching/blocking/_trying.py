"""Tries rules on a few rows: what each would pair them with, and what of that is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching._threads import of_each
from crmcore.matching.blocking.pairs import distinct_pairs, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.blocking.neighbours import NeighbourSearch
    from crmcore.matching.blocking.rules import BlockingRule

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]
    Score = Callable[[Int64s, Int64s], Floats]

__all__ = ["LIKELY", "SORTING", "TRIED_ROWS", "Trial"]

TRIED_ROWS = 100_000
"""Rows among which each rule looks for neighbours of the seeds; in a larger table they stand for all."""
LIKELY = 0.01
"""Probability from which a pair counts for what a rule finds."""
SORTING = 0.2
"""What finding the blocks of a rule costs for each row of the table, in compared pairs."""
SAMPLE = 20_000
"""Pairs that are handed on to learn from, about, if there are so many."""


@attrs.frozen(kw_only=True)
class Offer:
    """What a rule brings still.

    Attributes:
        rule: its position.
        gain: rows that find somebody by it, halved: two rows are one pair.
        new: pairs that it has and no rule before it.

    """

    rule: int
    gain: float
    new: float


class Trial:
    """What each rule would pair the seeds with, and what of that is new still."""

    def __init__(self, rules: Sequence[BlockingRule], seeds: Int64s, score: Score, around: NeighbourSearch) -> None:
        rows = rules[0].rows

        def packed_pairs(rule: BlockingRule) -> Int64s:
            place, mate = around.pairs(around.neighbours(rule, TRIED_ROWS), seeds)
            return place << 32 | mate

        found = of_each(rules, packed_pairs)
        pairs = distinct_pairs(found)
        seed, mate = unpack(pairs)
        worth = score(seeds[seed], mate)
        likely = np.flatnonzero(worth >= LIKELY)
        number = np.full(len(pairs), -1, np.int32)
        number[likely] = np.arange(len(likely))
        self._own = of_each(found, lambda packed: np.searchsorted(pairs, packed).astype(np.int32))
        self._all_likely = [own[own >= 0] for own in (number[all_own] for all_own in self._own)]
        self._likely = list(self._all_likely)
        self._place, self._is_likely, self._all_ends, self._seeds = likely, worth >= LIKELY, (seed, mate), len(seeds)
        self._ends = seeds[seed[likely]], mate[likely]
        self._seed, self._missed = seed[likely], np.log1p(-np.minimum(worth[likely], 1 - 1e-12))
        self._found, self._open = np.zeros(len(pairs), bool), np.ones(len(likely), bool)
        self._new = np.array([len(own) for own in self._own])
        self._each = rows * rows / (2 * len(seeds) * min(rows, TRIED_ROWS))
        self._rows = rows

    def best(self) -> Offer:
        """Return what the rule that brings most for what it costs has to offer."""
        most, best = 0.0, Offer(rule=0, gain=0.0, new=0.0)
        for at, likely in enumerate(self._likely):
            if not len(likely):
                continue
            missed = np.bincount(self._seed[likely], self._missed[likely])
            gain = float(-np.expm1(missed).sum()) * self._each / 2
            new = float(self._new[at] * self._each)
            rate = gain / (new + SORTING * self._rows)
            if rate > most:
                most, best = rate, Offer(rule=at, gain=gain, new=new)
        return best

    def at_most(self) -> Floats:
        """Return what each rule could find directly and no rule taken does, float64, (rules,), one seed not seen added.

        In pairs of the whole table.
        """
        missing = [np.count_nonzero(~self._found[self._place[likely]]) for likely in self._all_likely]
        return (np.array(missing, float) + 1) * self._each

    def sample(self, *, least: float) -> tuple[Int64s, Int64s, Floats]:
        """Return pairs that rules find, chosen or not, and how many pairs of the table each stands for.

        What is learned from them is what people have in common who are not one person; rules that find hardly anybody
        would add strangers only.

        Args:
            least: rows that find somebody, for each new pair, up to which a rule counts.

        """
        self._open = ~self._found[self._place]
        self._likely = [likely[self._open[likely]] for likely in self._all_likely]
        while (best := self.best()).gain:
            self.settle(best.rule, taken=best.gain >= least * best.new)
        left, right = self._all_ends
        once = self._found & ((right >= self._seeds) | (left < right))  # a pair of two seeds comes from both its ends
        share = np.zeros(len(left))
        for kind in (self._is_likely, ~self._is_likely):
            own = np.flatnonzero(kind & once)
            step = max(2 * len(own) // SAMPLE, 1)
            share[own[::step]] = step * self._each
        share[right < self._seeds] *= 2
        at = np.flatnonzero(share)
        return np.minimum(left[at], right[at]), np.maximum(left[at], right[at]), share[at]

    def settle(self, rule: int, *, taken: bool, connected: Callable[[Int64s, Int64s], Bools] | None = None) -> None:
        """Strike out a rule that was the best, and if it was taken, what it found and what it connects."""
        if taken:
            self._found[self._own[rule]] = True
            self._open[self._likely[rule]] = False
            still = np.flatnonzero(self._open)
            if connected is not None:
                self._open[still] = ~connected(self._ends[0][still], self._ends[1][still])
            else:
                self._open[still] = ~self._found[self._place[still]]
            self._likely = [likely[self._open[likely]] for likely in self._likely]
            self._new = np.array([len(own) - np.count_nonzero(self._found[own]) for own in self._own])
        self._likely[rule] = np.empty(0, np.int32)
