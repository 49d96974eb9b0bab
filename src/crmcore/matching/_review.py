"""Which pairs to ask people about: those whose answer would change most, and teach most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.matching.pairs import Pairs

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]
    Int8s = NDArray[np.int8]

__all__ = ["by_effect", "spread_out"]


def by_effect(pairs: Pairs, clusters: Int64s) -> tuple[Int64s, Floats]:
    """Return the positions of the pairs most worth asking about, best first, and what asking is worth.

    An answer is worth its surprise, the entropy of the probability in bits, times one plus the log2 of how many pairs
    of rows it is expected to join or part. One question is asked between two clusters, and one within a cluster.

    Args:
        pairs: scored pairs.
        clusters: int64, (rows,), as they are now.

    """
    left, right = clusters[pairs.left], clusters[pairs.right]
    sizes = np.bincount(clusters, minlength=1)
    p = np.clip(pairs.probability, 1e-12, 1 - 1e-12)
    surprise = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    changed = np.where(left == right, (1 - p) * (sizes[left] - 1), p * sizes[left] * sizes[right])
    worth = surprise * (1 + np.log2(1 + changed))
    order = np.lexsort((pairs.right, pairs.left, -worth))
    between = np.minimum(left, right)[order] << 32 | np.maximum(left, right)[order]
    _, first = np.unique(between, return_index=True)
    best = order[np.sort(first)]
    return best, worth[best]


def spread_out(worth: Floats, levels: Int8s) -> Int64s:
    """Return positions, best first, where the n-th pair of one agreement pattern is worth an n-th: it teaches less.

    Args:
        worth: float64, (pairs,), falling.
        levels: int8, (pairs, comparisons), agreement levels.

    >>> spread_out(np.array([1.0, 0.9, 0.8]), np.array([[1, 2], [1, 2], [0, 2]], np.int8)).tolist()
    [0, 2, 1]
    """
    _, pattern = np.unique(levels, axis=0, return_inverse=True)
    pattern = pattern.ravel()
    order = np.argsort(pattern, kind="stable")
    starts = np.flatnonzero(np.concatenate((np.ones(min(len(order), 1), bool), np.diff(pattern[order]) != 0)))
    nth = np.empty(len(order), np.int64)
    nth[order] = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    return np.argsort(-worth / (1 + nth), kind="stable")
