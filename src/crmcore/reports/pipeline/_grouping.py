"""Kernels that sum up values by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore.reports.pipeline.measure import Statistic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]
    Values = NDArray[np.int64] | NDArray[np.float64]

__all__ = ["combined", "mean_of", "summed_up"]

_SPLIT = 1_000_000
_MOST = 1 << 62


def combined(codes: list[NDArray[Any]], size: int) -> tuple[Whole, NDArray[np.intp]]:
    """Return one number a row for several codes together, from 0, and for each number a row that has it."""
    if not codes:
        return np.zeros(size, dtype=np.int64), np.zeros(min(size, 1), dtype=np.intp)
    total, width = np.zeros(size, dtype=np.int64), 1
    for each in codes:
        more = int(each.max(initial=-1)) + 2
        if width > _MOST // more:
            total = np.unique(total, return_inverse=True)[1]
            width = size
        total, width = total * more + each + 1, width * more
    if width > 4 * size:
        _, rows, group = np.unique(total, return_index=True, return_inverse=True)
        return group, rows
    used = np.bincount(total, minlength=width) > 0
    group = (np.cumsum(used) - 1)[total]
    rows = np.zeros(int(used.sum()), dtype=np.intp)
    rows[group[::-1]] = np.arange(size - 1, -1, -1)  # of several rows the first one is written last
    return group, rows


def summed_up(values: Values, group: Whole, groups: int, statistic: Statistic, percentile: float) -> Floats:
    """Return one number a group; NaN for one without values, but for a total, which is 0.

    Whole numbers are added exactly, in whatever order they stand.

    Args:
        values: by row.
        group: by row, a number from 0.
        groups: how many there are.
        statistic, percentile: how.

    """
    if statistic in {Statistic.MEDIAN, Statistic.PERCENTILE}:
        return _percentile(values, group, groups, 50.0 if statistic is Statistic.MEDIAN else percentile)
    totals = _totals(values, group, groups)
    if statistic is Statistic.TOTAL:
        return totals
    return mean_of(totals, np.bincount(group, minlength=groups))


def mean_of(totals: Floats, counts: Whole) -> Floats:
    """Return totals by counts, NaN where there is nothing."""
    found = np.full(len(totals), np.nan)
    np.divide(totals, counts, out=found, where=counts > 0)
    return found


def _totals(values: Values, group: Whole, groups: int) -> Floats:
    if values.dtype.kind == "f":
        return np.asarray(np.bincount(group, weights=values, minlength=groups), dtype=np.float64)
    large, small = values // _SPLIT, values % _SPLIT  # sums of both are exact in 53 bits
    return np.asarray(
        np.bincount(group, weights=large, minlength=groups) * _SPLIT
        + np.bincount(group, weights=small, minlength=groups)
    )


def _percentile(values: Values, group: Whole, groups: int, percentile: float) -> Floats:
    found = np.full(groups, np.nan)
    counts = np.bincount(group, minlength=groups)
    some = np.flatnonzero(counts)
    if not len(some):
        return found
    ordered = np.sort(values) if groups == 1 else values[np.lexsort((values, group))]
    ends = np.cumsum(counts)[some]
    place = (counts[some] - 1) * (percentile / 100)
    low = np.floor(place).astype(np.int64)
    first = ends - counts[some] + low
    second = np.minimum(first + 1, ends - 1)
    below, above = ordered[first].astype(np.float64), ordered[second].astype(np.float64)
    found[some] = below + (above - below) * (place - low)
    return found
