"""Follows what rules connect a few rows with, by way of any rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.blocking.neighbours import Neighbours, NeighbourSearch
    from crmcore.matching.blocking.rules import BlockingRule

    Bools = NDArray[np.bool_]
    Int64s = NDArray[np.int64]
    Score = Callable[[Int64s, Int64s], NDArray[np.float64]]

__all__ = ["Followed"]

FOLLOWED_ROWS = 2_000_000
"""Rows among which rules look for what they connect the seeds with; in a larger table they stand for all."""
CONNECTS = 0.8
"""Probability from which a pair connects two rows."""


class Followed:
    """What the chosen rules connect the seeds with, by way of any rows."""

    def __init__(self, seeds: Int64s, score: Score, around: NeighbourSearch) -> None:
        self._score, self._around = score, around
        self._rules: list[Neighbours] = []
        self._known = seeds
        self._label = np.arange(len(seeds))

    def by(self, rule: BlockingRule) -> None:
        """Follow a further rule: from every row that is known, and from those that it leads to once more."""
        self._rules.append(self._around.neighbours(rule, FOLLOWED_ROWS))
        before = self._known
        self._connect(before, self._rules[-1:])
        self._connect(np.setdiff1d(self._known, before, assume_unique=True), self._rules)

    def _connect(self, rows: Int64s, rules: Sequence[Neighbours]) -> None:
        found = [self._around.pairs(rule, rows) for rule in rules]
        left, right = (np.concatenate(ends) for ends in zip(*found, strict=True))
        left = rows[left]
        unsure = ~self.connects(left, right)
        left, right = left[unsure], right[unsure]
        strong = self._score(left, right) >= CONNECTS
        left, right = left[strong], right[strong]
        known = np.union1d(self._known, right)
        label = np.searchsorted(known, self._known)[self._label]  # the place of the row that each group is called by
        grown = np.arange(len(known))
        grown[np.searchsorted(known, self._known)] = label
        self._label = _joined(grown, np.searchsorted(known, left), np.searchsorted(known, right))
        self._known = known

    def connects(self, left: Int64s, right: Int64s) -> Bools:
        """Say of each pair of rows whether it is connected, bool, (pairs,)."""
        a, b = (np.minimum(np.searchsorted(self._known, rows), len(self._known) - 1) for rows in (left, right))
        known = (self._known[a] == left) & (self._known[b] == right)
        connected: Bools = known & (self._label[a] == self._label[b])
        return connected


def _joined(label: Int64s, left: Int64s, right: Int64s) -> Int64s:
    """Join the groups at the two ends of each edge; a group is called by its first member."""
    while len(left):
        a, b = label[left], label[right]
        np.minimum.at(label, np.maximum(a, b), np.minimum(a, b))
        while not np.array_equal(jumped := label[label], label):
            label = jumped
        apart = label[left] != label[right]
        left, right = left[apart], right[apart]
    return label
