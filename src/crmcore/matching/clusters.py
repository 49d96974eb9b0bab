"""From pairs to people: groups whose members agree with each other on the whole, not just one with the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching.blocking import pairs_within

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["average_linkage", "cluster", "connected_components"]

LARGEST_COMPONENT = 512
"""Rows of a component beyond which its weakest edges are cut before it is looked at as a whole."""
CELLS = 4_000_000
"""Weights held at once while components are looked at."""


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


def average_linkage(weights: Floats, *, least: float) -> Int64s:
    """Group the members of components of one size: the two groups that agree most on average join, while it is enough.

    The average runs over all pairs between two groups, so one strong pair does not chain two groups that otherwise
    disagree. Source: Sokal and Michener, 1958 (UPGMA).

    Args:
        weights: float64, (components, members, members), symmetric match weights in bits; the diagonal is not read.
        least: average weight that two groups need to join.

    Returns:
        the smallest member of each member's group, int64, (components, members).

    >>> w = np.array([[[0, 9, -1], [9, 0, -6], [-1, -6, 0]]])
    >>> average_linkage(w, least=0.0).tolist()
    [[0, 0, 2]]
    """
    count, n, _ = weights.shape
    total = weights.astype(float)
    total[:, range(n), range(n)] = -np.inf
    size = np.ones((count, n))
    group = np.tile(np.arange(n), (count, 1))
    mean = total.copy()
    active = np.arange(count)
    while len(active):
        flat = mean[active].reshape(len(active), -1)
        best = flat.argmax(axis=1)
        most = flat[np.arange(len(active)), best]
        enough = (most >= least) & (most > -np.inf)
        active = active[enough]
        a, b = np.divmod(best[enough], n)
        a, b = np.minimum(a, b), np.maximum(a, b)
        joined = total[active, a] + total[active, b]
        joined[np.arange(len(active)), a] = -np.inf
        size[active, a] += size[active, b]
        average = joined / (size[active, a][:, None] * size[active])
        for table, values in ((total, joined), (mean, average)):
            table[active, a] = values
            table[active, :, a] = values
            table[active, b] = -np.inf
            table[active, :, b] = -np.inf
        renamed = group[active]
        group[active] = np.where(renamed == b[:, None], a[:, None], renamed)
    return group


def cluster(
    rows: int,
    left: Int64s,
    right: Int64s,
    weights: Floats,
    weigh: Callable[[Int64s, Int64s], Floats],
    *,
    least: float,
) -> Int64s:
    """Group rows into people.

    Pairs of at least *least* bits connect rows. Within each component all pairs are weighed, also those that no
    blocking rule had found, and groups join while their average evidence is for one person (0 bits, even odds).

    Args:
        rows: how many there are.
        left, right, weights: the scored pairs.
        weigh: from rows left and right to match weights.
        least: match weight, in bits, of a pair that connects.

    Returns:
        one label a row, int64, (rows,): the smallest row of its group.

    """
    label = _components_in_bounds(rows, left, right, weights, least)
    order = np.argsort(label, kind="stable")
    starts = np.flatnonzero(np.concatenate(([True], np.diff(label[order]) != 0))) if rows else order
    sizes = np.diff(np.append(starts, rows))
    for size in np.unique(sizes[(sizes > 2) & (sizes <= LARGEST_COMPONENT)]).tolist():
        same = starts[sizes == size]
        step = max(CELLS // size**2, 1)
        for begin in range(0, len(same), step):
            members = order[same[begin : begin + step, None] + np.arange(size)]
            group = average_linkage(_within(members, weigh), least=0.0)
            label[members] = np.take_along_axis(members, group, axis=1)
    return label


def _within(members: Int64s, weigh: Callable[[Int64s, Int64s], Floats]) -> Floats:
    """Weigh all pairs within each row of *members*, float64, (components, size, size)."""
    count, size = members.shape
    left, right = pairs_within(members.ravel(), np.arange(count) * size, np.full(count, size))
    upper = np.triu_indices(size, 1)
    table = np.zeros((count, size, size))
    table[:, upper[0], upper[1]] = weigh(left, right).reshape(count, -1)
    return table + table.transpose(0, 2, 1)


def _components_in_bounds(rows: int, left: Int64s, right: Int64s, weights: Floats, least: float) -> Int64s:
    """Connect rows; where a component grows too large, ask for stronger edges within it until it falls apart."""
    label = np.arange(rows)
    strong = weights >= least
    left, right, weights = left[strong], right[strong], weights[strong]
    while len(left):
        found = connected_components(rows, left, right)
        size = np.bincount(found, minlength=rows)[found]
        fit = size <= LARGEST_COMPONENT
        label[fit & (size > 1)] = found[fit & (size > 1)]
        too_large = ~fit[left]
        least += 1.0
        kept = too_large & (weights >= least)
        can_split = np.zeros(rows, bool)
        can_split[found[left[kept]]] = True
        # Where no weight tells rows apart, they agree on everything, and are one.
        alike = ~fit & ~can_split[found]
        label[alike] = found[alike]
        left, right, weights = left[kept], right[kept], weights[kept]
    return label
