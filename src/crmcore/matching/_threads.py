"""Work that two threads share: most of it is done on arrays, outside the interpreter's lock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["THREADS", "of_each"]

THREADS = 2
"""Threads that work at once."""

A = TypeVar("A")
B = TypeVar("B")


def of_each(things: Sequence[A], work: Callable[[A], B], *, threads: int = THREADS) -> list[B]:
    """Return what some work makes of each thing, in their order; two are worked on at once.

    >>> of_each(["ada", "eve"], str.upper)
    ['ADA', 'EVE']
    """
    if len(things) < 2 or threads < 2:
        return [work(thing) for thing in things]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, things))
