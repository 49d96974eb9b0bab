"""Lists pairs of rows that one labelling joins and another parts: exactly, and never more than was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching.evaluation._contingency import is_new

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Int64s = NDArray[np.int64]

__all__ = ["count_across", "pack", "pairs_across"]


def count_across(group: Int64s, part: Int64s) -> int:
    """Count the pairs of rows that *group* joins and *part* parts; nothing is listed.

    >>> count_across(np.array([0, 0, 0, 1]), np.array([5, 5, 6, 6]))
    2
    """
    _, ends, group_ends, _ = _ordered(group, part)
    return int((group_ends - ends).sum())


def pairs_across(group: Int64s, part: Int64s, *, at_most: int) -> tuple[Int64s, Int64s]:
    """List the pairs of rows that *group* joins and *part* parts, smallest groups first, whole groups only.

    Groups with as many pairs are listed all or none, so the order of the rows decides nothing. Memory is some 40 bytes
    for each pair that may be listed.

    Args:
        group, part: int64, (rows,).
        at_most: pairs.

    Returns:
        left and right, int64, (pairs,), left < right, rising.

    >>> left, right = pairs_across(np.array([0, 0, 0, 1]), np.array([5, 5, 6, 6]), at_most=10)
    >>> left.tolist(), right.tolist()
    ([0, 1], [2, 2])
    >>> len(pairs_across(np.array([0, 0, 0, 1]), np.array([5, 5, 6, 6]), at_most=1)[0])
    0
    """
    order, ends, group_ends, group_of = _ordered(group, part)
    mates = group_ends - ends
    cost = np.bincount(group_of, mates).astype(np.int64) if len(order) else np.empty(0, np.int64)
    rising = np.sort(cost)
    total = np.cumsum(rising)
    # The first group too many, and all of its size with it, stay out.
    over = int(np.searchsorted(total, at_most, side="right"))
    listed = cost < rising[over] if over < len(rising) else np.ones(len(cost), np.bool_)
    at = np.flatnonzero(listed[group_of] & (mates > 0)) if len(order) else np.empty(0, np.int64)
    each = np.repeat(at, mates[at])
    step = np.arange(len(each)) - np.repeat(np.cumsum(mates[at]) - mates[at], mates[at])
    one, other = order[each], order[ends[each] + step]
    packed = np.sort(pack(np.minimum(one, other), np.maximum(one, other)))
    return packed >> 32, packed & 0xFFFF_FFFF


def pack(left: Int64s, right: Int64s) -> Int64s:
    """Pack pairs of rows into one number each, which sort as (left, right)."""
    return left << 32 | right


def _ordered(group: Int64s, part: Int64s) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    """Sort the rows by group and part; return them, where each one's part and group end, and which group it is of."""
    order = np.lexsort((part, group))
    groups, parts = group[order], part[order]
    new_group = is_new(groups)
    new_part = new_group | is_new(parts)
    group_of = np.cumsum(new_group) - 1
    return order, _ends(new_part), _ends(new_group), group_of


def _ends(new: NDArray[np.generic]) -> Int64s:
    """Return for each place where the run that it lies in ends, given where runs begin."""
    starts = np.flatnonzero(new)
    sizes = np.diff(starts, append=new.size)
    return np.repeat(starts + sizes, sizes)
