"""Probabilities that mean what they say, and what they say of the whole.

The model takes what it compares for independent, within what relations explain, so its weights may be off, and are, by
some bits either way. What people decided can put that right: `Calibration` bends the scale of weights, never their
order. And without any decision, probabilities tell how precise a result is to be expected, within what they are off by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import model_validator

from crmcore.errors import InputError
from crmcore.matching.blocking.recall import Estimate
from crmcore.matching.scoring import probability_of
from crmcore.model.record import Value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Calibration", "precision_estimate"]

EDGES = (-8.0, -5.0, -3.0, -1.5, 0.0, 1.5, 3.0, 5.0, 8.0, 12.0)
"""Weights, in bits, between which decisions are taken together."""
TAKEN_ON_TRUST = 4.0
"""Between two edges, decisions outvote what the model says when there are more than so many."""
DOUBT = 2.5
"""Bits by which weights may be off: on data with known truth, most results were within that of what they said."""


class Calibration(Value):
    """From match weights to weights whose probabilities are what comes true; the weights themselves to begin with.

    Attributes:
        said: weights, in bits, rising.
        true: what they are worth; it never falls. Between two of them lies a straight line, beyond them the last shift.

    >>> Calibration()(np.array([-3.0, 5.0])).tolist()
    [-3.0, 5.0]
    >>> bent = Calibration(said=(0.0, 4.0), true=(-1.0, 2.0))
    >>> bent(np.array([-2.0, 2.0, 10.0])).tolist()
    [-3.0, 0.5, 8.0]
    """

    said: tuple[float, ...] = ()
    true: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _never_falls(self) -> Self:
        if len(self.said) != len(self.true) or np.any(np.diff(self.said) <= 0) or np.any(np.diff(self.true) < 0):
            raise ValueError(
                "a calibration needs as many weights as values, the weights rising, the values not falling"
            )
        return self

    def __call__(self, weight: ArrayLike) -> Floats:
        """Return what weights are worth, in bits, float64, of the shape of *weight*."""
        weight = np.asarray(weight, np.float64)
        if not self.said:
            return weight
        inside = np.interp(weight, self.said, self.true)
        below, above = np.minimum(weight - self.said[0], 0.0), np.maximum(weight - self.said[-1], 0.0)
        worth: Floats = inside + below + above
        return worth

    @classmethod
    def fitted(cls, weight: ArrayLike, same: ArrayLike, *, heavy: ArrayLike | None = None) -> Calibration:
        """Learn it from pairs of which it is known whether they are one person.

        Pairs of about one weight are taken together, with as many more as are taken on trust to be as the model says;
        where that falls as weights rise, neighbours are pooled (isotonic regression, Ayer and others, 1955).

        Args:
            weight: float, (pairs,), match weights in bits.
            same: bool, (pairs,).
            heavy: float, (pairs,), for how many pairs each stands.

        Raises:
            InputError: the arrays do not line up.

        """
        bits, hits = np.asarray(weight, np.float64), np.asarray(same, np.float64)
        number = np.ones(bits.shape) if heavy is None else np.asarray(heavy, np.float64)
        if bits.ndim != 1 or not bits.shape == hits.shape == number.shape:
            raise InputError("each pair has a weight, and it is known of each whether it is one person")
        known = np.isfinite(bits)
        bits, hits, number = bits[known], hits[known], number[known]
        total, right, bits, expected = _sums(bits, number, hits, bits, probability_of(bits))
        trusted: Floats = (right + TAKEN_ON_TRUST * expected / total) / (total + TAKEN_ON_TRUST)
        share = np.clip(_never_falling(trusted, total + TAKEN_ON_TRUST), 1e-9, 1 - 1e-9)
        return cls(said=tuple((bits / total).tolist()), true=tuple((np.log2(share) - np.log2(1 - share)).tolist()))


def precision_estimate(probability: ArrayLike, *, heavy: ArrayLike | None = None, doubt: float = DOUBT) -> Estimate:
    """Estimate, without labels, which share of some links is right.

    The value is the mean probability; the interval is that of weights that are all too high, or too low, by *doubt*
    bits, and of chance on top.

    Args:
        probability: float, (links,), that each is right.
        heavy: float, (links,), how many pairs each stands for.
        doubt: in bits; less, where probabilities were calibrated.

    >>> print(precision_estimate([0.99, 0.97, 0.9999, 0.9]))
    96.5 % (67.7 to 100.0 %)
    """
    likely = np.clip(np.asarray(probability, np.float64), 1e-12, 1 - 1e-12)
    if not len(likely):
        return Estimate(value=1.0, low=0.0, high=1.0)
    number = np.ones(len(likely)) if heavy is None else np.asarray(heavy, np.float64)
    bits = np.log2(likely) - np.log2(1 - likely)
    value, low, high = (_mean(probability_of(bits + off), number) for off in (0.0, -doubt, doubt))
    chance = 1.96 * float(np.sqrt((number**2 * likely * (1 - likely)).sum())) / float(number.sum())
    return Estimate(value=value, low=max(low - chance, 0.0), high=min(high + chance, 1.0))


def _sums(weight: Floats, number: Floats, *parts: Floats) -> tuple[Floats, ...]:
    """Return how many pairs lie between each two edges that have any between them, and the sums of other things."""
    place = np.searchsorted(EDGES, weight)
    sums = [
        np.bincount(place, part * number, len(EDGES) + 1).astype(np.float64) for part in (np.ones(len(weight)), *parts)
    ]
    full = np.flatnonzero(sums[0] > 0)
    return tuple(each[full] for each in sums)


def _mean(values: Floats, number: Floats) -> float:
    return float((values * number).sum() / number.sum())


def _never_falling(share: Floats, number: Floats) -> Floats:
    """Pool neighbours until shares never fall, float64, of the shape of *share*."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(share.tolist(), number.tolist(), strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, n, k), (b, m, j) = blocks[-2:]
            blocks[-2:] = [((a * n + b * m) / (n + m), n + m, k + j)]
    return np.repeat([value for value, _, _ in blocks], [count for _, _, count in blocks])
