"""What the charts of a result count: a few rows, however many pairs there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.matching.charts._drawing import words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.matching.engines.local import Learned
    from crmcore.matching.results import Deduplication, Linkage
    from crmcore.ports import Cell

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Pattern", "Patterns", "by_rule", "cells", "histogram", "members", "patterns", "self_weights", "sizes"]

LOOKED = 200_000
"""Of more pairs or rows, so many are looked at, evenly spread."""
POINTS = 200
MOST_BINS = 60
MOST_SIZES = 12
MOST_CELLS = 3000
"""Levels that a chart of patterns shows in all."""
SHOWN_COLUMNS = 8


def histogram(weights: Floats) -> list[tuple[float, float, int]]:
    """Count match weights in bins of 1, 2, 5 or more whole bits: (from, to, how many).

    >>> histogram(np.array([0.5, 0.7, 1.5]))
    [(0.0, 1.0, 2), (1.0, 2.0, 1)]
    """
    weights = weights[np.isfinite(weights)]
    if not len(weights):
        return []
    low, high = np.floor(weights.min()), np.floor(weights.max()) + 1
    width = next(
        step
        for power in range(9)
        for step in (10**power, 2 * 10**power, 5 * 10**power)
        if (high - low) / step <= MOST_BINS
    )
    first = int(low // width)
    counts = np.bincount((weights // width).astype(np.int64) - first)
    return [(float(at * width), float((at + 1) * width), int(number)) for at, number in enumerate(counts, first)]


def by_rule(result: Deduplication | Linkage) -> tuple[list[tuple[str, float, float]], int]:
    """Return the expected matches that each rule finds first, and finds again, and how many pairs were looked at."""
    learned = result._learned  # noqa: SLF001 - the room's own
    if learned is None:
        return [], 0
    left, right, probability = _spread(result, learned)
    before = np.zeros(len(left), bool)
    share = len(result.pairs) / max(len(left), 1)
    found = []
    for rule in learned.rules:
        agrees = rule.agrees(left, right)
        new = float(probability[agrees & ~before].sum()) * share
        found.append((rule.name, new, float(probability[agrees & before].sum()) * share))
        before |= agrees
    return found, len(left)


@attrs.frozen(kw_only=True)
class Pattern:
    """Levels that come together.

    Attributes:
        levels: what each comparison says, in words.
        agreement: the same from 0, different, to 1, the same; None where it is not known.
        pairs: how many pairs have them.
        bits: their mean match weight.

    """

    levels: tuple[str, ...]
    agreement: tuple[float | None, ...]
    pairs: int
    bits: float


@attrs.frozen(kw_only=True)
class Patterns:
    """The most frequent patterns of some comparisons.

    Attributes:
        names: the comparisons.
        shown: the most frequent patterns, the most frequent first.
        different: how many there are in all.
        covered: how many pairs have those that are shown.
        looked: how many pairs were looked at.

    """

    names: tuple[str, ...]
    shown: tuple[Pattern, ...]
    different: int
    covered: int
    looked: int


def patterns(result: Deduplication | Linkage, most: int) -> Patterns:
    """Count which levels come together among the scored pairs."""
    learned = result._learned  # noqa: SLF001 - the room's own
    if learned is None or not len(result.pairs):
        return Patterns(names=(), shown=(), different=0, covered=0, looked=0)
    left, right, probability = _spread(result, learned)
    levels = learned.comparers.levels(left, right)
    radix = [len(feature.kind.labels) for feature in learned.features]
    distinct, of, counts = np.unique(levels, axis=0, return_inverse=True, return_counts=True)
    weight = np.log2(probability) - np.log2(np.maximum(1 - probability, 2.0**-60))
    mean = np.bincount(of.ravel(), weight, len(counts)) / counts
    most = min(most, max(MOST_CELLS // len(radix), 1))
    chosen = sorted(range(len(counts)), key=lambda at: (-counts[at], distinct[at].tolist()))[:most]
    return Patterns(
        names=tuple(feature.name for feature in learned.features),
        shown=tuple(
            Pattern(
                levels=tuple(
                    "not known" if level < 0 else feature.kind.labels[level]
                    for feature, level in zip(learned.features, distinct[at].tolist(), strict=True)
                ),
                agreement=tuple(
                    None if level < 0 else level / (size - 1)
                    for size, level in zip(radix, distinct[at].tolist(), strict=True)
                ),
                pairs=int(counts[at]),
                bits=float(mean[at]),
            )
            for at in chosen
        ),
        different=len(counts),
        covered=int(counts[chosen].sum()),
        looked=len(left),
    )


def members(result: Deduplication, number: int) -> Int64s:
    """Return the rows of a cluster; raise InputError if there is none of that number."""
    clusters = int(result.cluster_ids.max(initial=-1)) + 1
    if not 0 <= number < clusters:
        raise InputError(f"there is no cluster {number}; clusters run from 0 to {clusters - 1}")
    return np.flatnonzero(result.cluster_ids == number)


def cells(result: Deduplication, rows: Int64s) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    """Return the first columns that hold something in any of some rows, and for each row position -> text.

    Positions stand for the columns in the rows, since Vega reads "a.b" and "a[0]" in the name of a field as paths.
    """
    table = result._reading.table  # noqa: SLF001 - the room's own
    names = [guess.column for guess in result.roles if any(table[guess.column][row] for row in rows.tolist())]
    names = names[:SHOWN_COLUMNS]
    held = [{str(at): _text(table[name][row]) for at, name in enumerate(names)} for row in rows.tolist()]
    return tuple(map(words, names)), held


def _text(cell: Cell) -> str:
    return words("; ".join(cell) if isinstance(cell, tuple) else cell or "")


def sizes(result: Deduplication) -> list[tuple[str, int]]:
    """Return how many people have 1, 2, ... and `MOST_SIZES` rows or more, up to the largest."""
    of_each = np.bincount(np.minimum(np.bincount(result.cluster_ids), MOST_SIZES))
    return [(f"{at} or more" if at == MOST_SIZES else str(at), int(n)) for at, n in enumerate(of_each) if at]


def self_weights(result: Deduplication, least: float) -> tuple[list[tuple[float, float]], int, int]:
    """Weigh rows with copies of themselves.

    Returns:
        (bits, share of rows below) points, rising; how many rows were looked at; how many of them stay below *least*.

    """
    rows = np.arange(len(result.cluster_ids))
    rows = rows[:: max(-(-len(rows) // LOOKED), 1)]
    bits = np.sort(result.weigh(rows, rows))
    bits = bits[np.isfinite(bits)]
    if not len(bits):
        return [], len(rows), len(rows)
    at = np.linspace(min(bits[0], least) - 1, bits[-1] + 1, POINTS)
    below = np.searchsorted(bits, at) / len(bits)
    points = [(float(x), float(share)) for x, share in zip(at, below, strict=True)]
    return points, len(rows), int(np.searchsorted(bits, least))


def _spread(result: Deduplication | Linkage, learned: Learned) -> tuple[Int64s, Int64s, Floats]:
    """Return the places of the scored pairs, or of some of them, evenly spread, and their probabilities."""
    pairs = result.pairs.take(np.arange(0, len(result.pairs), max(-(-len(result.pairs) // LOOKED), 1)))
    shift = 0 if hasattr(result, "cluster_ids") else result._reading.parts[0].rows  # noqa: SLF001
    place = learned.place
    return place[pairs.left], place[pairs.right + shift], pairs.probability
