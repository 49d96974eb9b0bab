"""Chance for the sample: every draw is made from one stream of floats.

Only ``random.Random.random`` is called: its sequence for a seed is the one that Python promises never to change, while
that of ``choice``, ``shuffle`` and the others has changed and may again. So a seed gives the same sample everywhere.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Draw", "Weighted", "zipf"]

T = TypeVar("T")
LETTERS = "ABCDEFGHJKLMNPRSTUWXYZ"


@attrs.frozen
class Weighted(Generic[T]):
    """Items and the running sums of their weights, ready to be drawn from."""

    items: tuple[T, ...]
    sums: tuple[float, ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[T, float]]) -> Weighted[T]:
        """Take (item, weight) pairs."""
        items, weights = zip(*pairs, strict=True)
        return cls(items, tuple(accumulate(weights)))


def zipf(items: Sequence[T], *, exponent: float, offset: float = 2.0) -> Weighted[T]:
    """Weigh items by rank, ``1 / (rank + offset) ** exponent``: few are common, most are rare."""
    return Weighted.of((item, (rank + offset) ** -exponent) for rank, item in enumerate(items))


class Draw:
    """One seeded stream and the ways to draw from it.

    >>> draw = Draw(7)
    >>> draw.pick("abc"), draw.between(1, 6), draw.fill("0## @@")
    ('a', 1, '060 MJ')
    """

    __slots__ = ("random",)

    def __init__(self, seed: int) -> None:
        self.random = Random(seed).random  # noqa: S311 - a reproducible stream is the point

    def chance(self, probability: float) -> bool:
        """Be true with this probability."""
        return self.random() < probability

    def between(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return low + int(self.random() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """Draw one item, all alike."""
        return items[int(self.random() * len(items))]

    def weigh(self, choice: Weighted[T]) -> T:
        """Draw one item by weight."""
        return choice.items[bisect_right(choice.sums, self.random() * choice.sums[-1])]

    def fill(self, pattern: str) -> str:
        """Replace each ``#`` by a digit and each ``@`` by a letter."""
        random = self.random
        return "".join(
            "0123456789"[int(random() * 10)] if mark == "#" else LETTERS[int(random() * 22)] if mark == "@" else mark
            for mark in pattern
        )
