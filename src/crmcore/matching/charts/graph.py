"""One cluster as a graph: where its rows stand, which ties to draw, and which of them are bridges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["ClusterGraph", "Tie", "cluster_graph"]

MOST_ROWS = 60
"""Of a larger cluster, the rows that are tied most weakly are drawn."""
MOST_TIES = 300
"""Beyond those that hold the rows together, the strongest are drawn."""
LEAST_BITS = -4.25
"""Ties below (a probability of .05) are not drawn, unless nothing better holds the rows together."""
NEAR, FAR = 30.0, -10.0
"""Bits from which two rows stand as close, or as far apart, as can be."""
ROUNDS = 200


@attrs.frozen(kw_only=True)
class Tie:
    """What speaks for two rows of a cluster being one person.

    Attributes:
        left, right: rows.
        bits: the match weight.
        kind: "strong" from the threshold on; "bridge" where nothing else holds its two sides together; else "weak".

    """

    left: int
    right: int
    bits: float
    kind: str


@attrs.frozen(kw_only=True, eq=False)
class ClusterGraph:
    """Rows as points, ties as lines.

    Attributes:
        rows: int64, (rows,), those that are drawn.
        place: float64, (rows, 2), where they stand, from -1 to 1.
        ties: those that are drawn, the weakest first.
        size: how many rows the cluster has.

    """

    rows: Int64s
    place: Floats
    ties: tuple[Tie, ...]
    size: int


def cluster_graph(rows: Int64s, weigh: Callable[[Int64s, Int64s], Floats], *, least: float) -> ClusterGraph:
    """Lay out a cluster.

    The best tie that leads to each row is always drawn (a maximum spanning tree), so the picture hangs together. What
    is strongly tied stands close by: places minimise the stress of distances that fall with the weight (Kruskal, 1964),
    from a circle, by majorisation (de Leeuw, 1977).

    Args:
        rows: its rows.
        weigh: the match weights of pairs of rows, in bits.
        least: the threshold, in bits.

    """
    drawn = _weakest(rows, weigh)
    left, right = np.triu_indices(len(drawn), 1)
    bits = np.asarray(weigh(drawn[left], drawn[right]), np.float64)
    tree = _spanning(len(drawn), left, right, bits)
    strong = bits >= least
    bridge = tree & _alone(len(drawn), left, right, strong, tree)
    extra = np.flatnonzero(~tree & (bits >= LEAST_BITS))
    kept = np.union1d(np.flatnonzero(tree), extra[np.argsort(-bits[extra], kind="stable")][:MOST_TIES])
    kept = kept[np.lexsort((kept, bits[kept]))]
    return ClusterGraph(
        rows=drawn,
        place=_places(len(drawn), left, right, bits),
        ties=tuple(
            Tie(
                left=int(drawn[left[at]]),
                right=int(drawn[right[at]]),
                bits=float(bits[at]),
                kind="bridge" if bridge[at] else "strong" if strong[at] else "weak",
            )
            for at in kept.tolist()
        ),
        size=len(rows),
    )


def _weakest(rows: Int64s, weigh: Callable[[Int64s, Int64s], Floats]) -> Int64s:
    """Return all rows, or of many those that agree least with the first one."""
    if len(rows) <= MOST_ROWS:
        return rows
    others = rows[1:]
    bits = weigh(np.full(len(others), rows[0]), others)
    return np.sort(np.append(others[np.argsort(bits, kind="stable")[: MOST_ROWS - 1]], rows[0]))


def _spanning(rows: int, left: Int64s, right: Int64s, bits: Floats) -> Bools:
    """Tell which pairs are in the tree of the strongest ties (Kruskal, 1956)."""
    group = list(range(rows))
    chosen = np.zeros(len(bits), bool)
    for at in np.argsort(-bits, kind="stable").tolist():
        one, other = group[left[at]], group[right[at]]
        if one != other:
            chosen[at] = True
            group = [one if each == other else each for each in group]
    return chosen


def _alone(rows: int, left: Int64s, right: Int64s, strong: Bools, tree: Bools) -> Bools:
    """Tell which ties of the tree alone hold their two sides together, as far as strong ties do.

    A row that hangs on by one strong tie is no bridge: of those there are many, and they are sound.
    """
    alone = np.zeros(len(left), bool)
    for at in np.flatnonzero(tree).tolist():
        held = np.zeros((rows, rows), bool)
        rest = np.flatnonzero(strong)
        rest = rest[rest != at]
        held[left[rest], right[rest]] = held[right[rest], left[rest]] = True
        one, other = _reached(held, left[at]), _reached(held, right[at])
        alone[at] = not one[right[at]] and (min(one.sum(), other.sum()) > 1 or not strong[at])
    return alone


def _reached(held: Bools, start: int) -> Bools:
    """Tell which rows hang together with one of them, itself among them."""
    reached = np.zeros(len(held), bool)
    reached[start] = True
    while True:
        further = reached | held[reached].any(axis=0)
        if (further == reached).all():
            return reached
        reached = further


def _places(rows: int, left: Int64s, right: Int64s, bits: Floats) -> Floats:
    """Return float64, (rows, 2): points whose distances fit the weights, centred, within -1 and 1."""
    turn = 2 * np.pi * np.arange(rows) / max(rows, 1)
    at = np.stack((np.cos(turn), np.sin(turn)), axis=1)
    if rows < 3:
        return at * (rows > 1)
    wanted = np.zeros((rows, rows))
    wanted[left, right] = 0.6 + 1.4 * (1 - np.clip((bits - FAR) / (NEAR - FAR), 0, 1))
    wanted += wanted.T
    for _ in range(ROUNDS):  # Guttman's transform, all pairs of one weight
        apart = np.linalg.norm(at[:, None] - at[None], axis=2)
        ratio = np.divide(wanted, apart, out=np.zeros_like(apart), where=apart > 1e-9)
        at = (ratio.sum(axis=1)[:, None] * at - ratio @ at) / rows
    at -= at.mean(axis=0)
    return np.round(at / max(float(np.abs(at).max()), 1e-9), 4)
