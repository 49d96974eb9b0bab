"""How much each agreement says: the Fellegi-Sunter model, estimated without labels.

For every comparison c and agreement level k there are two probabilities: m, that two records of the same person reach
the level, and u, that two records of different people do. The match weight of a pair is

    w = log2(prior odds) + sum over c of log2(m[c, k_c] / u[c, k_c])   bits,

and a missing value adds nothing. u comes from random pairs of rows, m from expectation maximisation over the agreement
patterns of candidate pairs. At the level of equality u is the frequency of that very value, so that a rare
surname says more than a common one.

Source: Fellegi and Sunter, A Theory for Record Linkage, JASA 1969; Winkler, Using the EM Algorithm, 1988.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Int8s = NDArray[np.int8]
    Int64s = NDArray[np.int64]

__all__ = ["Model", "estimate_m", "patterns_of", "probability_of", "weight_of"]


def probability_of(weight: Floats) -> Floats:
    """Return the probability behind match weights in bits.

    >>> probability_of(np.array([0.0, 2.0])).tolist()
    [0.5, 0.8]
    """
    return 1 / (1 + np.exp2(-np.clip(weight, -500, 500)))


def weight_of(probability: float) -> float:
    """Return the match weight behind a probability: log2 of its odds, in bits.

    >>> weight_of(0.5)
    0.0
    """
    return float(np.log2(probability) - np.log2(1 - probability))


@attrs.frozen(kw_only=True, eq=False)
class Model:
    """What was learned.

    Attributes:
        m: for each comparison, float64, (levels,): shares of true matches by level.
        u: the same for pairs of different people.
        prior: probability that two random rows are the same person.

    """

    m: tuple[Floats, ...]
    u: tuple[Floats, ...]
    prior: float

    @property
    def prior_weight(self) -> float:
        """log2 of the prior odds, in bits."""
        return weight_of(self.prior)

    def bits(self) -> tuple[Floats, ...]:
        """log2(m / u) of each comparison's levels, never falling as agreement rises."""
        return tuple(np.maximum.accumulate(np.log2(m) - np.log2(u)) for m, u in zip(self.m, self.u, strict=True))


def patterns_of(levels: Int8s, radix: Sequence[int]) -> tuple[Int8s, Int64s]:
    """Count the distinct rows of *levels*.

    Args:
        levels: int8, (pairs, comparisons); -1 where missing.
        radix: the number of levels of each comparison.

    Returns:
        The distinct rows, int8, (patterns, comparisons), and how often each stands, int64, (patterns,).

    >>> distinct, counts = patterns_of(np.array([[1, 0], [1, 0], [-1, 1]], np.int8), [2, 2])
    >>> distinct.tolist(), counts.tolist()
    ([[-1, 1], [1, 0]], [1, 2])
    """
    if prod(size + 1 for size in radix) > np.iinfo(np.int64).max:  # some thirty comparisons do not fit one number
        return np.unique(levels, axis=0, return_counts=True)
    packed = np.zeros(len(levels), np.int64)
    for column, size in enumerate(radix):
        packed *= size + 1
        packed += levels[:, column] + 1
    packed.sort()
    first = (
        np.flatnonzero(np.concatenate(([True], packed[1:] != packed[:-1]))) if len(packed) else np.empty(0, np.int64)
    )
    counts = np.diff(np.append(first, len(packed)))
    rest = packed[first]
    distinct = np.empty((len(first), len(radix)), np.int8)
    for column in range(len(radix) - 1, -1, -1):
        rest, digit = np.divmod(rest, radix[column] + 1)
        distinct[:, column] = digit - 1
    return distinct, counts


def estimate_m(
    distinct: Int8s,
    counts: Int64s,
    u: Sequence[Floats],
    *,
    start: Sequence[Floats],
    learn: Iterable[int],
    differs: Sequence[float] | None = None,
    rounds: int = 60,
) -> tuple[list[Floats], Floats]:
    """Estimate m of the comparisons *learn* by expectation maximisation over agreement patterns, u held fixed.

    Args:
        distinct: int8, (patterns, comparisons).
        counts: int64, (patterns,).
        u: u of all comparisons.
        start: m to begin with.
        learn: positions of the comparisons to use; others do not count as evidence here.
        differs: for each comparison, the most that m of level 0 may become.
        rounds: at most so many; ends when nothing moves by 1e-4.

    Returns:
        m of all comparisons, and the expected number of true matches with a value, float64, (comparisons,).

    """
    m = [part.copy() for part in start]
    used = sorted(learn)
    share = 0.2
    total = counts.sum()
    support = np.zeros(len(u))
    for _ in range(rounds):
        odds = np.full(len(counts), np.log(share) - np.log1p(-share))
        for c in used:
            odds += np.append(np.log(m[c]) - np.log(u[c]), 0.0)[distinct[:, c]]
        matches = counts / (1 + np.exp(-odds))
        moved = 0.0
        for c in used:
            known = distinct[:, c] >= 0
            seen = np.bincount(distinct[known, c], weights=matches[known], minlength=len(m[c]))
            support[c] = seen.sum()
            new = (seen + start[c] * 2) / (seen.sum() + 2)
            if differs is not None and new[0] > differs[c]:
                new[1:] *= (1 - differs[c]) / (1 - new[0])
                new[0] = differs[c]
            moved = max(moved, float(np.abs(new - m[c]).max()))
            m[c] = new
        share = float(np.clip(matches.sum() / total, 1e-6, 0.999))
        if moved < 1e-4:
            break
    return m, support
