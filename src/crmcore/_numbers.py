"""A search among numbers without an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["first_number"]


def first_number(holds: Callable[[int], bool]) -> int:
    """Return the smallest number from 0 on for which it holds; it goes on holding from there.

    Asks about twice as often as the number has binary digits.

    >>> first_number(lambda number: number * number >= 1_000_000)
    1000
    """
    high = 1
    while not holds(high - 1):
        high *= 2
    low, high = high // 2, high - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
