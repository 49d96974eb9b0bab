"""What leads from one to another by way of pairs that belong together."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["beside", "shortest_chain"]

T = TypeVar("T", int, tuple[int, str])


def beside(pairs: Iterable[tuple[T, T]]) -> dict[T, list[T]]:
    """Return what stands in a pair with each, in order."""
    found: dict[T, set[T]] = {}
    for one, other in pairs:
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {one: sorted(others) for one, others in found.items()}


def shortest_chain(neighbours: Mapping[T, Sequence[T]], start: T, end: T) -> list[T]:
    """Return the shortest chain from one to the other, both included; [] if there is none.

    >>> shortest_chain(beside([(1, 2), (2, 3), (3, 4), (2, 4)]), 1, 4)
    [1, 2, 4]
    """
    came_from, waiting = {start: start}, deque([start])
    while waiting and end not in came_from:
        here = waiting.popleft()
        for there in neighbours.get(here, ()):
            if there not in came_from:
                came_from[there] = here
                waiting.append(there)
    if end not in came_from:
        return []
    chain = [end]
    while chain[-1] != start:
        chain.append(came_from[chain[-1]])
    return chain[::-1]
