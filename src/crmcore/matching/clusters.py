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

__all__ = ["cluster", "connected_components", "evidence_linkage"]

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


def evidence_linkage(evidence: Floats, *, prior: float, least: float) -> Int64s:
    """Group the members of components of one size: the two groups that agree most join first, while it is enough.

    What speaks for two groups being one person is

        prior + sum of e |e| / sum of |e|

    over the evidence e of all pairs between them: a mean in which each pair counts by how much it has to say. So one
    strong pair does not chain two groups that otherwise disagree, and pairs that have nothing to compare keep nobody
    apart. After Sokal and Michener, 1958, whose mean (UPGMA) counts every pair alike.

    Args:
        evidence: float64, (components, members, members), symmetric, in bits, the prior left out; the diagonal is not
            read.
        prior: log2 of the prior odds of one person.
        least: what two groups need to join, in bits.

    Returns:
        the smallest member of each member's group, int64, (components, members).

    >>> e = np.array([[[0, 20, 0, 9], [20, 0, 18, -9], [0, 18, 0, -9], [9, -9, -9, 0]]])
    >>> evidence_linkage(e, prior=-10.0, least=0.0).tolist()
    [[0, 0, 0, 3]]
    """
    count, n, _ = evidence.shape
    weight = np.abs(evidence).astype(float)
    weight[:, range(n), range(n)] = 0.0
    total = evidence * weight
    mean = _mean(total, weight, prior)
    group = np.tile(np.arange(n), (count, 1))
    active = np.arange(count)
    while len(active):
        flat = mean[active].reshape(len(active), -1)
        best = flat.argmax(axis=1)
        most = flat[np.arange(len(active)), best]
        enough = (most >= least) & (most > -np.inf)
        active = active[enough]
        a, b = np.divmod(best[enough], n)
        a, b = np.minimum(a, b), np.maximum(a, b)
        joined = [table[active, a] + table[active, b] for table in (total, weight)]
        for values in joined:
            values[np.arange(len(active)), a] = values[np.arange(len(active)), b] = 0.0
        for table, values, nothing in (
            (total, joined[0], 0.0),
            (weight, joined[1], 0.0),
            (mean, _mean(joined[0], joined[1], prior), -np.inf),
        ):
            table[active, a] = values
            table[active, :, a] = values
            table[active, b] = nothing
            table[active, :, b] = nothing
        renamed = group[active]
        group[active] = np.where(renamed == b[:, None], a[:, None], renamed)
    return group


def _mean(total: Floats, weight: Floats, prior: float) -> Floats:
    """Return prior + total / weight; minus infinity where nothing was compared."""
    return np.where(weight > 0, prior + total / np.where(weight > 0, weight, 1.0), -np.inf)


def cluster(
    rows: int,
    left: Int64s,
    right: Int64s,
    weights: Floats,
    weigh: Callable[[Int64s, Int64s], Floats],
    *,
    prior: float,
    least: float,
) -> Int64s:
    """Group rows into people.

    Pairs of at least *least* bits connect rows. Within each component all pairs are weighed, also those that no
    blocking rule had found, and groups join while their evidence is for one person (0 bits, even odds).

    Args:
        rows: how many there are.
        left, right, weights: the scored pairs.
        weigh: from rows left and right to match weights.
        prior: what of a match weight is no evidence: log2 of the prior odds.
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
            group = evidence_linkage(_within(members, weigh) - prior, prior=prior, least=0.0)
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
    """Connect rows; where a component grows too large, ask for stronger edges within it until it falls apart.

    A row that is left alone on the way follows its strongest edge, which was strong enough to begin with.
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
        # Where no weight tells rows apart, they agree on everything, and are one.
        alike = ~fit & ~can_split[found]
        label[alike] = found[alike]
        left, right, weights = left[kept], right[kept], weights[kept]
    alone = too_large & (np.bincount(label, minlength=rows)[label] == 1)
    return _follow_strongest(label, alone, *edges) if alone.any() else label


def _follow_strongest(label: Int64s, alone: NDArray[np.bool_], left: Int64s, right: Int64s, weights: Floats) -> Int64s:
    """Join each row that is alone with the group at the other end of its strongest edge."""
    ends, others = np.concatenate((left, right)), np.concatenate((right, left))
    theirs = np.flatnonzero(alone[ends])
    order = theirs[np.lexsort((others[theirs], -np.concatenate((weights, weights))[theirs], ends[theirs]))]
    ends, others = ends[order], others[order]
    best = np.concatenate(([True], ends[1:] != ends[:-1]))
    return connected_components(len(label), label[ends[best]], label[others[best]])[label]
