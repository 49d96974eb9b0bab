"""Arrays in, arrays out: spans that are united person by person, distances, and marks of whole rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from crmcore.query.spheres import EARTH_KM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Flags", "Ints", "covered", "distances_km", "marked"]

Ints: TypeAlias = "NDArray[np.int64]"
Flags: TypeAlias = "NDArray[np.bool_]"

_APART = 10_000_000
"""More than any ordinal of a day, so that the spans of two persons never meet."""


def covered(persons: Ints, begins: Ints, ends: Ints, *, size: int) -> Ints:
    """Return for each person how many days lie in some of their spans.

    Args:
        persons: whose each span is, from 0 to before *size*; shape (spans,), as the next two.
        begins, ends: first day, and the day after the last one, as ordinals; a span may be empty.
        size: how many persons there are.

    Returns:
        Shape (size,). Spans are sorted by person and begin; each adds what lies beyond all before it: O(n log n).

    >>> who, begin, end = np.array([0, 0, 2]), np.array([10, 15, 5]), np.array([20, 30, 6])
    >>> covered(who, begin, end, size=3).tolist()
    [20, 0, 1]

    """
    if not len(persons):
        return np.zeros(size, np.int64)
    order = np.lexsort((begins, persons))
    who, begin, end = persons[order], begins[order], ends[order]
    reached = np.maximum.accumulate(end + who * _APART) - who * _APART
    before = np.concatenate(([0], reached[:-1]))
    is_first = np.concatenate(([True], who[1:] != who[:-1]))
    from_ = np.where(is_first, begin, np.maximum(begin, before))
    days = np.maximum(end - from_, 0)
    return np.bincount(who, weights=days, minlength=size).astype(np.int64)  # exact: far below 2**53


def distances_km(
    latitudes: NDArray[np.float64], longitudes: NDArray[np.float64], of: tuple[float, float]
) -> NDArray[np.float64]:
    """Return the kilometres from each point, in degrees, to one; the haversine formula, NaN where there is no point.

    >>> distances_km(np.array([52.0907]), np.array([5.1214]), (52.3702, 4.8952)).round().tolist()
    [35.0]
    """
    latitude, other = np.radians(latitudes), float(np.radians(of[0]))
    across = np.sin((other - latitude) / 2)
    along = np.sin(np.radians(of[1] - longitudes) / 2)
    half_chord = across * across + np.cos(latitude) * np.cos(other) * along * along
    distances: NDArray[np.float64] = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half_chord, 0.0, 1.0)))
    return distances


def marked(rows: Ints, size: int) -> Flags:
    """Return a flag for each of *size* rows: whether it is among *rows*.

    >>> marked(np.array([0, 2, 2]), 4).tolist()
    [True, False, True, False]
    """
    flags = np.zeros(size, np.bool_)
    flags[rows] = True
    return flags
