"""Precision, recall and F1 of clusters, over pairs and over rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching.evaluation._contingency import contingency, pairs_in

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Scores", "b_cubed", "pairwise_scores"]


@attrs.frozen(kw_only=True)
class Scores:
    """Precision, recall and their harmonic mean, each from 0 to 1.

    Where nothing was claimed the precision is 1 (no claim was wrong); where nothing was to be found the recall is 1.
    """

    precision: float
    recall: float
    f1: float = attrs.field(init=False)

    @f1.default
    def _harmonic_mean(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def pairwise_scores(predicted: ArrayLike, truth: ArrayLike) -> Scores:
    """Compare every pair that the clusters claim with every pair that is true.

    ``precision = sum(C(n_ij, 2)) / sum(C(p_i, 2))`` and ``recall = sum(C(n_ij, 2)) / sum(C(t_j, 2))``, with
    ``p_i`` and ``t_j`` the sizes of the predicted and true clusters, ``n_ij`` those of their intersections. Large ones
    weigh much.

    Args:
        predicted: n labels of any one sortable type (integers are fastest), in row order.
        truth: n labels, in the same row order.

    Raises:
        InputError: the two are not one-dimensional or differ in length.

    """
    sizes = contingency(predicted, truth)
    agreed = pairs_in(sizes.both)
    claimed, true = pairs_in(sizes.predicted), pairs_in(sizes.true)
    return Scores(precision=agreed / claimed if claimed else 1.0, recall=agreed / true if true else 1.0)


def b_cubed(predicted: ArrayLike, truth: ArrayLike) -> Scores:
    """Score each row by the company it keeps, then average over the rows (Bagga and Baldwin, 1998).

    ``precision = sum(n_ij ** 2 / p_i) / n`` and ``recall = sum(n_ij ** 2 / t_j) / n``. A row counts once however large
    its cluster is, so people with one row matter too. Arguments and errors are those of `pairwise_scores`.
    """
    sizes = contingency(predicted, truth)
    rows = int(sizes.both.sum())
    if not rows:
        return Scores(precision=1.0, recall=1.0)
    square = sizes.both.astype(np.float64) ** 2
    return Scores(
        precision=float((square / sizes.predicted[sizes.of_predicted]).sum() / rows),
        recall=float((square / sizes.true[sizes.of_true]).sum() / rows),
    )
