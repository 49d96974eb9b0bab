"""From pairs to groups in which all are alike to all."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Int64s = NDArray[np.int64]

__all__ = ["complete_linkage"]


def complete_linkage(rows: int, left: Int64s, right: Int64s) -> Int64s:
    """Join groups as soon as every row of one is paired with every row of the other; label them, int64, (rows,).

    So one row that is alike to two different people does not make them one (Sørensen, 1948). Each pair is looked at
    once, best first; what is counted is how many pairs lie between two groups.

    Args:
        rows: how many there are.
        left, right: int64, (pairs,), each pair once, best first.

    >>> complete_linkage(4, np.array([0, 1, 2]), np.array([1, 2, 3])).tolist()
    [0, 0, 2, 2]
    """
    label = list(range(rows))
    members: dict[int, list[int]] = {}
    between: dict[int, Counter[int]] = {}
    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        a, b = label[one], label[other]
        if a == b:
            continue
        for x, y in ((a, b), (b, a)):
            between.setdefault(x, Counter())[y] += 1
        ours, theirs = members.get(a, [a]), members.get(b, [b])
        if between[a][b] < len(ours) * len(theirs):
            continue
        if (len(ours), b) < (len(theirs), a):  # the smaller group moves
            a, b, ours, theirs = b, a, theirs, ours
        members[a] = ours + theirs
        for row in theirs:
            label[row] = a
        _join(between, a, b)
    labels = np.array(label, np.int64)
    first = np.full(rows, rows, np.int64)
    np.minimum.at(first, labels, np.arange(rows))
    return first[labels]


def _join(between: dict[int, Counter[int]], a: int, b: int) -> None:
    """Count for a what was counted for b."""
    gone = between.pop(b)
    del gone[a], between[a][b]
    for other, times in gone.items():
        between[a][other] += times
        between[other][a] += times
        del between[other][b]
