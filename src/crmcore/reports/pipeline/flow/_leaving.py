"""Kernel of the log-rank test: whether as many have left as would have, had they left as others of their age did.

Arrays in, arrays out. In each stratum, and at each age at which somebody left, those at risk on either side are equally
likely to be the ones who leave, if nothing differs; what has left on one side beyond that, over all ages and strata, is
as likely as its variance says (Mantel 1966; Peto and Peto 1972). What strata differ by is no difference of the sides:
a side with more of the slow jobs is not the slower one for that. Neither is a stratum that is on one side alone.

Rows are at risk at the ages ``entry < t <= age``.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Whole = NDArray[np.int64]

__all__ = ["Leaving", "compare_leaving"]


MOST = 1 << 62


@attrs.frozen(kw_only=True)
class Leaving:
    """How many left.

    Attributes:
        left: on the side asked about, at ages that are known of both sides.
        expected: how many would have, as both sides together did.
        error: the standard error of their difference.

    """

    left: int
    expected: float
    error: float

    @property
    def too_few(self) -> float:
        """By how many errors too few left; 0 where nothing tells."""
        return (self.expected - self.left) / self.error if self.error else 0.0


def compare_leaving(
    ages: Whole, has_left: Mask, entries: Whole, *, asked: Mask, stratum: Whole, cluster: Whole
) -> Leaving:
    """Compare the side asked about with the other one.

    Args:
        ages: n; how long each lasted or was seen.
        has_left: n; whether it ended then.
        entries: n; the age from which each was followed, negative for "from the start".
        asked: n; which rows are of the side asked about.
        stratum: n codes; rows are compared within theirs.
        cluster: n codes; rows of one may have left together, so that their number says less than it seems to.

    """
    since, until = _keys(ages, entries, stratum)
    order = np.argsort(until)  # what is sought in order is found much faster
    since, until, has_left, asked = since[order], until[order], has_left[order], asked[order]
    cells = until[has_left]
    cells = cells[np.append(True, cells[1:] != cells[:-1])[: len(cells)]]
    first, last = (np.searchsorted(cells, each, side="right") for each in (since, until))
    cell = last[has_left] - 1
    ended = [np.bincount(cell[asked[has_left] == side], minlength=len(cells)) for side in (True, False)]
    here, there = (_at_risk(cells, since[asked == side], until[asked == side]) for side in (True, False))
    every = here + there  # one at least, as somebody left
    share, both = here / every, ended[0] + ended[1]
    spread = both * share * (1 - share) * (every - both) / np.maximum(every - 1, 1)
    rate = both / every
    pull = np.empty(len(ages))
    for side in (True, False):
        rows = asked == side
        piled = np.concatenate(([0.0], np.cumsum(rate * (side - share))))
        pull[rows] = piled[first[rows]] - piled[last[rows]]
    pull[has_left] += asked[has_left] - share[cell]
    apart = np.bincount(np.unique(cluster[order], return_inverse=True)[1], weights=pull)
    tells = (here > 0) & (there > 0)
    return Leaving(
        left=int(ended[0][tells].sum()),
        expected=float((both * share)[tells].sum()),
        error=sqrt(max(float(spread.sum()), float((apart**2).sum()))),
    )


def _keys(ages: Whole, entries: Whole, stratum: Whole) -> tuple[Whole, Whole]:
    """Return entries and ages with their strata as numbers that rise by both."""
    width = int(ages.max(initial=0)) + 2
    if width * (int(stratum.max(initial=0)) + 1) >= MOST:
        times = np.unique(ages)
        ages, entries = (np.searchsorted(times, each, side="right") for each in (ages, entries))
        width = len(times) + 2
    return stratum * width + np.maximum(entries, -1), stratum * width + ages


def _at_risk(cells: Whole, since: Whole, until: Whole) -> Whole:
    """Return how many are at risk in each cell, which is an age in a stratum; *until* rises."""
    return np.searchsorted(np.sort(since), cells) - np.searchsorted(until, cells)
