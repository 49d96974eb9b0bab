"""Numbers of clusters change with the rows; a person keeps their id as long as most of their records stay together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.matching.encoding.strings import Strings, hash64

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Int64s = NDArray[np.int64]

__all__ = ["person_ids"]


def person_ids(clusters: Int64s, keys: Sequence[str], before: Mapping[str, str]) -> list[str]:
    """Return the id of each row's person.

    A cluster takes over the id that most of its records had; where two claim one id, the one with more of its records
    gets it, and of equals the one with the smallest record key. A cluster without an old id gets one that is made of
    its smallest record key.

    Args:
        clusters: int64, (rows,), numbers from 0.
        keys: one a row, all different.
        before: record key -> the id that its person had.

    >>> import numpy as np
    >>> first = person_ids(np.array([0, 0, 1]), ["a", "b", "c"], {})
    >>> first[0] == first[1] != first[2]
    True
    >>> later = person_ids(np.array([0, 1, 1, 0]), ["d", "c", "x", "b"], dict(zip("abc", first)))
    >>> later[0] == first[1], later[1] == first[2]
    (True, True)
    """
    count = int(clusters.max(initial=-1)) + 1
    smallest = _smallest_keys(clusters, keys, count)
    claims: dict[tuple[int, str], int] = {}
    for cluster, key in zip(clusters.tolist(), keys, strict=True) if before else ():
        if key in before:
            claim = (cluster, before[key])
            claims[claim] = claims.get(claim, 0) + 1
    ids: dict[int, str] = {}
    taken: set[str] = set()
    for cluster, old in sorted(claims, key=lambda claim: (-claims[claim], smallest[claim[0]], claim[1])):
        if cluster not in ids and old not in taken:
            ids[cluster] = old
            taken.add(old)
    taken |= set(before.values())
    made = hash64(Strings.of(smallest)).tolist()
    for cluster in sorted(range(count), key=smallest.__getitem__):
        if cluster not in ids:
            ids[cluster] = _unused(f"p{made[cluster]:016x}", taken)
            taken.add(ids[cluster])
    return [ids[cluster] for cluster in clusters.tolist()]


def _smallest_keys(clusters: Int64s, keys: Sequence[str], count: int) -> list[str]:
    smallest: list[str] = [""] * count
    seen = [False] * count
    for cluster, key in zip(clusters.tolist(), keys, strict=True):
        if not seen[cluster] or key < smallest[cluster]:
            smallest[cluster], seen[cluster] = key, True
    return smallest


def _unused(made: str, taken: set[str]) -> str:
    """Return an id that nobody has had: one that was given away before stays with whom it named."""
    number, free = 1, made
    while free in taken:
        number += 1
        free = f"{made}-{number}"
    return free
