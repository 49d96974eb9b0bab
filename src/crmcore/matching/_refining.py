"""Corrects the worth of comparisons by what people decided, as far as they decided enough to tell."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["refine"]

SPREAD = 0.5
"""Standard deviation of the factor by which a comparison's worth is expected to be off, around 1."""
SHIFT_SPREAD = 2.0
"""The same of the prior odds, in bits, around 0."""
LEAST_FACTOR = 0.1
"""A comparison that speaks for one person never comes to speak against."""
ROUNDS = 100


def refine(evidence: Floats, offset: Floats, same: Bools) -> tuple[Floats, float]:
    """Return the factor of each comparison, float64, (comparisons,), and what to add to each weight, in bits.

    They maximise the posterior of a logistic regression whose weight of a pair is
    ``offset + shift + sum(factor * evidence)``, with normal priors around what was learned without labels: few
    decisions move little. Which pairs were asked about may depend on their weights, as in `review`, and does no harm.

    Args:
        evidence: float64, (decisions, comparisons), in bits, before any correction.
        offset: float64, (decisions,), the rest of the weight, in bits.
        same: bool, (decisions,), what was decided.

    >>> evidence, same = np.array([[4.0, 0.0], [4.0, 6.0]] * 50), np.array([False, True] * 50)
    >>> factors, shift = refine(evidence, np.full(100, -2.0), same)
    >>> bool(factors[0] < 1 < factors[1])
    True
    """
    columns = np.column_stack((evidence, np.ones(len(evidence)))) * log(2)
    usual = np.append(np.ones(evidence.shape[1]), 0.0)
    precision = np.append(np.full(evidence.shape[1], SPREAD**-2), SHIFT_SPREAD**-2)
    least = np.append(np.full(evidence.shape[1], LEAST_FACTOR), -np.inf)
    found = usual.copy()

    def loss(at: Floats) -> float:
        logit = offset * log(2) + columns @ at
        surprise = np.logaddexp(0.0, np.where(same, -logit, logit)).sum()
        return float(surprise + (precision * (at - usual) ** 2).sum() / 2)

    now = loss(found)
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(offset * log(2) + columns @ found, -500, 500)))
        slope = columns.T @ (chance - same) + precision * (found - usual)
        free = ~((found <= least) & (slope > 0))
        curve = (columns.T * (chance * (1 - chance))) @ columns + np.diag(precision)
        step = np.zeros(len(found))
        step[free] = np.linalg.solve(curve[np.ix_(free, free)], slope[free])
        size, best = 1.0, now
        while size > 1e-6 and (best := loss(np.maximum(found - size * step, least))) > now:
            size /= 2
        if now - best < 1e-9:
            break
        found, now = np.maximum(found - size * step, least), best
    return found[:-1], float(found[-1])
