"""Numbers that callers give, such as cursors and limits, and a search among numbers without an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LAST_NUMBER", "first_number", "whole_number"]

LAST_NUMBER = 2**63 - 1
"""The largest number that every database counts to."""


def whole_number(given: object, *, of: str, least: int = 0, most: int = LAST_NUMBER) -> int:
    """Return a number that a caller gave; raise InputError unless it is a whole one from *least* to *most*.

    Databases would round some of the others, read them from text, or fail, each in its own way.

    Args:
        given: anything; True is no number.
        of: what it is, for the message.
        least: the smallest.
        most: the largest.

    >>> whole_number(5, of="a page")
    5
    """
    wanted = f"{of} is a whole number, {least:,} to {most:,}"
    if isinstance(given, bool) or not isinstance(given, int):
        raise InputError(f"{wanted}, not of type {type(given).__name__}")
    if not least <= given <= most:
        raise InputError(f"{wanted}, not {'less' if given < least else 'more'}")
    return given


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
