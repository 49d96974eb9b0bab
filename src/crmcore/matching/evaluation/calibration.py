"""Do probabilities mean what they say? Of the pairs at 0.9, nine in ten should be one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.matching.evaluation._contingency import lined_up
from crmcore.matching.evaluation._truth import pairs_of, truth_of
from crmcore.matching.evaluation.decided import Decided, Proportion, weights_by
from crmcore.matching.scoring import probability_of

if TYPE_CHECKING:
    from altair import LayerChart
    from numpy.typing import ArrayLike, NDArray

    from crmcore.matching.results import Deduplication, Linkage, Pairs

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["Reliability", "reliability", "reliability_of"]


@attrs.frozen(kw_only=True, eq=False)
class Reliability:
    """Pairs by what was said of them; the arrays are (bins,), from low to high probability.

    Attributes:
        edges: float64, (bins + 1,), the ends of the bins.
        pairs: float64, how many pairs fall into each, or what they weigh.
        said: float64, their mean probability; NaN where the bin is empty.
        true: float64, the share of them that is one person; NaN likewise.
        low, high: float64, the 95 % interval of *true*.
        brier: mean of ``(probability - truth) ** 2`` over all pairs (Brier, 1950).

    """

    edges: Floats
    pairs: Floats
    said: Floats
    true: Floats
    low: Floats
    high: Floats
    brier: float

    @property
    def expected_error(self) -> float:
        """Expected calibration error, ``sum(pairs * |said - true|) / sum(pairs)`` (Naeini et al., 2015)."""
        full = self.pairs > 0
        gaps = np.abs(self.said - self.true)[full]
        return float((self.pairs[full] * gaps).sum() / self.pairs.sum()) if full.any() else 0.0

    @property
    def largest_error(self) -> float:
        """Maximum calibration error, the widest ``|said - true|`` of a bin."""
        gaps = np.abs(self.said - self.true)[self.pairs > 0]
        return float(gaps.max(initial=0.0))

    @property
    def columns(self) -> dict[str, Floats]:
        """The bins as a mapping of arrays, which every DataFrame constructor takes."""
        return {
            "from": self.edges[:-1],
            "to": self.edges[1:],
            "pairs": self.pairs,
            "said": self.said,
            "true": self.true,
            "low": self.low,
            "high": self.high,
        }

    def plot(self) -> LayerChart:
        """Draw the share that is true against the probability that was said, with intervals.

        Raises:
            MissingExtra: Altair is not installed.

        """
        from crmcore.matching.charts.evaluations import reliability_chart

        return reliability_chart(self)


def reliability(
    found: Deduplication | Linkage | Pairs,
    truth: ArrayLike | Decided,
    *,
    right: ArrayLike | None = None,
    bins: int = 10,
) -> Reliability:
    """Compare probabilities with truth, over the scored pairs or over those that people decided.

    Args:
        found: a result, or its pairs; with decisions, a result, for these may be about any pairs.
        truth: one label a row, or decisions.
        right: one label a row of the right table, where there are two.
        bins: how many bins of equal width.

    Raises:
        InputError: the labels do not fit the rows.

    """
    if isinstance(truth, Decided):
        probability = probability_of(weights_by(found, truth))
        return reliability_of(probability, truth.same, weight=truth.weight, bins=bins)
    known, pairs = truth_of(found, truth, right), pairs_of(found)
    return reliability_of(pairs.probability, known.same(pairs.left, pairs.right), bins=bins)


def reliability_of(
    probability: ArrayLike, same: ArrayLike, *, weight: ArrayLike | None = None, bins: int = 10
) -> Reliability:
    """Compare any probabilities with what is true, in bins of equal width; the last one holds 1 as well.

    Args:
        probability: float, (pairs,), from 0 to 1.
        same: bool, (pairs,).
        weight: float, (pairs,), for how many pairs each stands.
        bins: how many bins.

    Raises:
        InputError: the arrays do not line up, a probability is none, or there are no bins.

    >>> found = reliability_of([0.9, 0.9, 0.9, 0.9, 0.1], [True, True, True, False, False])
    >>> found.pairs[[1, 9]].tolist(), found.true[[1, 9]].tolist()
    ([1.0, 4.0], [0.0, 0.75])
    >>> round(found.expected_error, 3)
    0.14
    """
    said, true = (np.asarray(each, np.float64) for each in lined_up(probability, same))
    heavy = np.ones(len(said)) if weight is None else np.asarray(lined_up(said, weight)[1], np.float64)
    if bins < 1 or not ((said >= 0) & (said <= 1)).all():
        raise InputError("probabilities from 0 to 1 are compared with truth, in one bin or more")
    place = np.minimum((said * bins).astype(np.int64), bins - 1)
    pairs = np.bincount(place, heavy, bins).astype(np.float64)  # whole numbers where there are no pairs
    shares = [Proportion.among(true[place == each] > 0, heavy[place == each]) for each in range(bins)]
    with np.errstate(invalid="ignore"):  # 0 / 0 where a bin is empty
        mean = np.bincount(place, heavy * said, bins) / pairs
    return Reliability(
        edges=np.arange(bins + 1) / bins,
        pairs=pairs,
        said=mean,
        true=np.array([share.value for share in shares]),
        low=np.array([share.low for share in shares]),
        high=np.array([share.high for share in shares]),
        brier=float((heavy * (said - true) ** 2).sum() / heavy.sum()) if len(said) else 0.0,
    )
