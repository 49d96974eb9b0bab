"""Places between places: texts that sort as their cards stand on a board, with room for one more between any two.

A rank is read as the digits behind a point, in base 36: between "h" and "i" lies "hi". It never ends in "0", so that
there is always one between it and nothing; putting one card somewhere changes no other card.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from crmcore.errors import InputError

__all__ = ["Rank", "between"]

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

Rank = Annotated[str, Field(pattern=r"^(?:[0-9a-z]*[1-9a-z])?$", max_length=400)]
"""A place on a board; empty where nobody has put it anywhere."""


def between(before: str, after: str) -> str:
    """Return a rank between two; an empty one is the beginning, or the end.

    Raises:
        InputError: the first is not before the second, or one is no rank.

    >>> between("", ""), between("i", ""), between("", "i"), between("h", "i")
    ('i', 'r', '9', 'hi')
    """
    for rank in (before, after):
        if rank.endswith("0") or not set(rank) <= set(DIGITS):
            raise InputError(f"{rank[:40]!r} is no rank: digits and small letters, not ending in 0")
    if after and before >= after:
        raise InputError(f"there is nothing between {before[:40]!r} and {after[:40]!r}: the first is not before it")
    return _between(before, after)


def _between(before: str, after: str) -> str:
    shared = 0
    while shared < len(after) and (before[shared : shared + 1] or "0") == after[shared]:
        shared += 1
    if shared:
        return after[:shared] + _between(before[shared:], after[shared:])
    low = DIGITS.index(before[0]) if before else 0
    high = DIGITS.index(after[0]) if after else len(DIGITS)
    if high - low > 1:
        return DIGITS[(low + high) // 2]
    if len(after) > 1:
        return after[0]
    return DIGITS[low] + _between(before[1:], "")
