"""Which clusters a person should look at, out of very many."""

from __future__ import annotations

from enum import StrEnum
from heapq import nsmallest
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["ClusterFacts", "Look", "choose_clusters", "worth_a_look"]


class Look(StrEnum):
    """Why a cluster is worth a look."""

    WEAKEST = "weakest link"
    """Only one doubtful pair holds it together: it may be two people."""
    CONFLICT = "conflicting values"
    """Its rows contradict each other where a person has one value only."""
    LARGEST = "most rows"
    """Very many rows: one person, or a shared address that glued several together."""


@attrs.frozen(kw_only=True)
class ClusterFacts:
    """What choosing needs to know of a cluster: *key*, *size*, *weakest* link (0 to 1), number of *conflicts*."""

    key: int
    size: int
    weakest: float | None = None
    conflicts: int = 0


def worth_a_look(clusters: Iterable[ClusterFacts], *, each: int = 5) -> dict[Look, tuple[int, ...]]:
    """Return, for each reason, the keys of at most *each* clusters, most telling first; ties go by key.

    >>> small = ClusterFacts(key=0, size=2, weakest=0.99)
    >>> doubtful = ClusterFacts(key=1, size=3, weakest=0.91, conflicts=1)
    >>> worth_a_look([small, doubtful], each=1)[Look.WEAKEST]
    (1,)
    """
    several = [cluster for cluster in clusters if cluster.size > 1]
    return {look: tuple(c.key for c in nsmallest(each, filter(fits, several), key=rank)) for look, fits, rank in _RANKS}


def choose_clusters(clusters: Iterable[ClusterFacts], *, limit: int = 200, each: int = 5) -> tuple[int, ...]:
    """Return the keys of at most *limit* clusters to show: those worth a look first, then the least certain ones.

    >>> choose_clusters([ClusterFacts(key=k, size=2, weakest=1 - k / 10) for k in range(4)], limit=3, each=1)
    (3, 2, 1)
    """
    several: Sequence[ClusterFacts] = [cluster for cluster in clusters if cluster.size > 1]
    looks = [key for keys in worth_a_look(several, each=each).values() for key in keys]
    rest = [c.key for c in nsmallest(limit + len(looks), several, key=_weakest_first)]
    return tuple(dict.fromkeys([*looks, *rest]))[:limit]


def _weakest_first(cluster: ClusterFacts) -> tuple[float, int, int]:
    return (1.0 if cluster.weakest is None else cluster.weakest, -cluster.size, cluster.key)


def _conflicts_first(cluster: ClusterFacts) -> tuple[int, int, int]:
    return (-cluster.conflicts, -cluster.size, cluster.key)


def _largest_first(cluster: ClusterFacts) -> tuple[int, int]:
    return (-cluster.size, cluster.key)


_RANKS: tuple[tuple[Look, Callable[[ClusterFacts], bool], Callable[[ClusterFacts], tuple[float, ...]]], ...] = (
    (Look.WEAKEST, lambda cluster: cluster.weakest is not None, _weakest_first),
    (Look.CONFLICT, lambda cluster: cluster.conflicts > 0, _conflicts_first),
    (Look.LARGEST, lambda cluster: cluster.size > 2, _largest_first),  # two rows are the rule, not a sight
)
