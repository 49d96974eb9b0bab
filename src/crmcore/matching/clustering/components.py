"""Which rows are connected at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["LARGEST_COMPONENT", "components_in_bounds", "connected_components"]

LARGEST_COMPONENT = 512
"""Rows of a component beyond which its weakest edges are cut before it is looked at as a whole."""


def connected_components(rows: int, left: Int64s, right: Int64s) -> Int64s:
    """Label the components of the graph with the edges (left[i], right[i]) by their smallest row, int64, (rows,).

    >>> connected_components(5, np.array([0, 3]), np.array([1, 4])).tolist()
    [0, 0, 2, 3, 3]
    """
    label = np.arange(rows)
    while len(left):
        a, b = label[left], label[right]
        apart = a != b
        left, right, a, b = left[apart], right[apart], a[apart], b[apart]
        np.minimum.at(label, np.maximum(a, b), np.minimum(a, b))
        while not np.array_equal(jumped := label[label], label):
            label = jumped
    return label


def components_in_bounds(rows: int, left: Int64s, right: Int64s, weights: Floats, *, least: float) -> Int64s:
    """Connect rows by edges of at least *least* bits, in components of at most `LARGEST_COMPONENT` rows.

    Where one grows too large, stronger edges are asked for within it until it falls apart. A row that is left alone on
    the way follows its strongest edge, which was strong enough to begin with; and rows that no weight tells apart agree
    on everything, and stay together however many they are.

    Returns:
        the smallest row of each one's component, int64, (rows,).

    """
    label = np.arange(rows)
    strong = weights >= least
    left, right, weights = left[strong], right[strong], weights[strong]
    edges, too_large = (left, right, weights), np.zeros(rows, bool)
    while len(left):
        found = connected_components(rows, left, right)
        size = np.bincount(found, minlength=rows)[found]
        fit = size <= LARGEST_COMPONENT
        label[fit & (size > 1)] = found[fit & (size > 1)]
        too_large |= ~fit
        least += 1.0
        kept = ~fit[left] & (weights >= least)
        can_split = np.zeros(rows, bool)
        can_split[found[left[kept]]] = True
        alike = ~fit & ~can_split[found]
        label[alike] = found[alike]
        left, right, weights = left[kept], right[kept], weights[kept]
    alone = too_large & (np.bincount(label, minlength=rows)[label] == 1)
    return _follow_strongest(label, alone, *edges) if alone.any() else label


def _follow_strongest(label: Int64s, alone: Bools, left: Int64s, right: Int64s, weights: Floats) -> Int64s:
    """Join each row that is alone with the group at the other end of its strongest edge."""
    ends, others = np.concatenate((left, right)), np.concatenate((right, left))
    theirs = np.flatnonzero(alone[ends])
    order = theirs[np.lexsort((others[theirs], -np.concatenate((weights, weights))[theirs], ends[theirs]))]
    ends, others = ends[order], others[order]
    best = np.concatenate(([True], ends[1:] != ends[:-1]))
    return connected_components(len(label), label[ends[best]], label[others[best]])[label]
