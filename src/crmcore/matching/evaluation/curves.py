"""What another threshold would have given: precision, recall and F1 at every probability, by sorting once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.matching.clustering.components import connected_components
from crmcore.matching.evaluation._contingency import is_new
from crmcore.matching.evaluation._truth import pairs_of, truth_of
from crmcore.matching.evaluation.decided import Decided, weights_by
from crmcore.matching.evaluation.scores import Scores, b_cubed, pairwise_scores
from crmcore.matching.scoring import probability_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from altair import HConcatChart
    from numpy.typing import ArrayLike, NDArray

    from crmcore.matching.results import Deduplication, Linkage, Pairs

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["ClosurePoint", "Curve", "closure_curve", "curve"]

THRESHOLDS = (0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


@attrs.frozen(kw_only=True, eq=False)
class Curve:
    """Scores of the pairs at or above each threshold, from the strictest to the loosest.

    All arrays are (points,), a point for each different weight. No row order, and no order of equal pairs, moves any.

    Attributes:
        threshold: float64, falling probabilities.
        match_weight: float64, the same in bits; tells apart what all rounds to a probability of 1.
        claimed: int64, how many pairs are at or above; of decisions float64, what they weigh.
        right: how many of those are one person.
        true: how many pairs are one person in all, whether they were compared or not.

    """

    threshold: Floats
    match_weight: Floats
    claimed: NDArray[Any]
    right: NDArray[Any]
    true: float

    @cached_property
    def precision(self) -> Floats:
        """Share of the claimed pairs that are one person."""
        return np.asarray(self.right / self.claimed, np.float64)

    @cached_property
    def recall(self) -> Floats:
        """Share of the true pairs that are claimed."""
        return np.asarray(self.right / self.true if self.true else np.ones(len(self.right)), np.float64)

    @cached_property
    def f1(self) -> Floats:
        """Harmonic mean of both: ``2 right / (claimed + true)``."""
        return np.asarray(2 * self.right / (self.claimed + self.true), np.float64)

    @property
    def best(self) -> float:
        """The threshold of the highest F1; the strictest of equals. 1 where no pair was scored.

        Chosen with the truth in sight, so what it promises is an upper bound.
        """
        return float(self.threshold[self.f1.argmax()]) if len(self.f1) else 1.0

    @property
    def average_precision(self) -> float:
        """Area below precision over recall, as steps: ``sum((recall_i - recall_(i-1)) * precision_i)``."""
        return float((np.diff(self.recall, prepend=0.0) * self.precision).sum()) if self.true else 1.0

    def at(self, threshold: float) -> Scores:
        """Return the scores of all pairs of at least this probability."""
        point = int(np.searchsorted(-self.threshold, -threshold, side="right")) - 1
        if point < 0:
            return Scores(precision=1.0, recall=0.0 if self.true else 1.0)
        return Scores(precision=float(self.precision[point]), recall=float(self.recall[point]))

    def thinned(self, points: int = 200) -> Curve:
        """Return at most about *points* points, evenly spread over the claims, for drawing."""
        if points < 2:
            raise InputError(f"a curve is drawn from at least 2 points, not {points}")
        if len(self.threshold) <= points:
            return self
        wanted = np.linspace(self.claimed[0], self.claimed[-1], points)
        at = np.unique(np.searchsorted(self.claimed, wanted))
        return attrs.evolve(
            self,
            threshold=self.threshold[at],
            match_weight=self.match_weight[at],
            claimed=self.claimed[at],
            right=self.right[at],
        )

    @property
    def columns(self) -> dict[str, NDArray[np.generic]]:
        """The curve as a mapping of arrays, which every DataFrame constructor takes."""
        return {
            "threshold": self.threshold,
            "match_weight": self.match_weight,
            "claimed": self.claimed,
            "right": self.right,
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
        }

    def plot(self) -> HConcatChart:
        """Draw precision, recall and F1 over the threshold, and precision over recall.

        Raises:
            MissingExtra: Altair is not installed.

        """
        from crmcore.matching.charts.evaluations import curve_chart

        return curve_chart(self)


def curve(
    found: Deduplication | Linkage | Pairs, truth: ArrayLike | Decided, *, right: ArrayLike | None = None
) -> Curve:
    """Score the scored pairs at every threshold; what no rule found counts as missed.

    It judges pairs, before they are made clusters: see `closure_curve` for those. With decisions it judges the pairs
    that people decided, by what these weigh, whether a rule found them or not.

    Args:
        found: a result, or its pairs; with decisions, a result.
        truth: one label a row; of two tables, of the left one. Or decisions.
        right: one label a row of the right table, where there are two.

    Raises:
        InputError: the labels do not fit the rows.

    >>> from crmcore.matching.results import Pairs
    >>> weight = np.array([3.0, 1.0, 1.0])
    >>> pairs = Pairs(
    ...     left=np.array([0, 0, 2]), right=np.array([1, 2, 3]), match_weight=weight, probability=1 / (1 + 2**-weight)
    ... )
    >>> found = curve(pairs, ["ada", "ada", "alan", "alan"])
    >>> found.claimed.tolist(), found.precision.round(2).tolist(), found.recall.tolist()
    ([1, 3], [1.0, 0.67], [0.5, 1.0])
    >>> found.at(0.8)
    Scores(precision=1.0, recall=0.5, f1=0.6666666666666666)
    """
    if isinstance(truth, Decided):
        weight = weights_by(found, truth)
        return _points(weight, truth.same, truth.weight, true=float(truth.weight[truth.same].sum()))
    known, pairs = truth_of(found, truth, right), pairs_of(found)
    same = known.same(pairs.left, pairs.right)
    return _points(pairs.match_weight, same, np.ones(len(same), np.int64), true=known.pairs)


def _points(weight: Floats, same: Bools, heavy: NDArray[Any], *, true: float) -> Curve:
    """Sort once and count; *heavy* is for how many pairs each stands."""
    order = np.lexsort((heavy, same, -weight)) if heavy.dtype.kind == "f" else np.argsort(-weight)
    falling, heavy = weight[order], heavy[order]
    last = np.flatnonzero(is_new(falling[::-1])[::-1]).astype(np.int64)
    return Curve(
        threshold=probability_of(falling[last]),
        match_weight=falling[last],
        claimed=np.cumsum(heavy)[last],
        right=np.cumsum(heavy * same[order])[last],
        true=true,
    )


@attrs.frozen(kw_only=True)
class ClosurePoint:
    """Scores of the transitive closure of all pairs at or above one threshold."""

    threshold: float
    clusters: int
    pairwise: Scores
    b_cubed: Scores


def closure_curve(
    found: Deduplication | Pairs, truth: ArrayLike, *, thresholds: Sequence[float] = THRESHOLDS
) -> tuple[ClosurePoint, ...]:
    """Score what plain transitive closure would make of the pairs, from the strictest threshold to the loosest.

    This is how most tools cluster; next to the scores of `cluster_ids` it tells what clustering adds. Each threshold
    goes on from the clusters of the one before, and costs one sort of the rows.

    Raises:
        InputError: the labels do not fit the rows.

    >>> from crmcore.matching.results import Pairs
    >>> rows, weight = np.array([0, 1]), np.array([4.0, 1.0])
    >>> pairs = Pairs(left=rows, right=rows + 1, match_weight=weight, probability=1 / (1 + 2**-weight))
    >>> [(point.clusters, point.b_cubed.f1) for point in closure_curve(pairs, [0, 0, 1], thresholds=[0.5, 0.9])]
    [(2, 1.0), (1, 0.7142857142857143)]
    """
    known, pairs = truth_of(found, truth, None), pairs_of(found)
    label = np.arange(len(known.person))
    points, above = [], np.inf
    for threshold in sorted(set(thresholds), reverse=True):
        new = (pairs.probability >= threshold) & (pairs.probability < above)
        label = connected_components(len(label), label[pairs.left[new]], label[pairs.right[new]])[label]
        above = threshold
        points.append(
            ClosurePoint(
                threshold=threshold,
                clusters=int((label == np.arange(len(label))).sum()),
                pairwise=pairwise_scores(label, known.person),
                b_cubed=b_cubed(label, known.person),
            )
        )
    return tuple(points)
