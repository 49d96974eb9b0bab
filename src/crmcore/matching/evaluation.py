"""How good are the clusters? Pairwise and B-cubed scores, exact, from the contingency of two labellings.

A labelling is one label a row. Two rows are a pair when their labels are equal. Nothing here lists pairs: all is
counted from the sizes of the predicted clusters, the true ones and their intersections, so a million rows
take about a second.

>>> pairwise_scores([0, 0, 1, 1], [7, 7, 7, 9])
Scores(precision=0.5, recall=0.3333333333333333, f1=0.4)
>>> b_cubed([0, 0, 1, 1], [7, 7, 7, 9])
Scores(precision=0.75, recall=0.6666666666666666, f1=0.7058823529411765)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

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
    sizes = _contingency(predicted, truth)
    agreed = _pairs(sizes.both)
    claimed, true = _pairs(sizes.predicted), _pairs(sizes.true)
    return Scores(precision=agreed / claimed if claimed else 1.0, recall=agreed / true if true else 1.0)


def b_cubed(predicted: ArrayLike, truth: ArrayLike) -> Scores:
    """Score each row by the company it keeps, then average over the rows (Bagga and Baldwin, 1998).

    ``precision = sum(n_ij ** 2 / p_i) / n`` and ``recall = sum(n_ij ** 2 / t_j) / n``. A row counts once however large
    its cluster is, so people with one row matter too. Arguments and errors are those of `pairwise_scores`.
    """
    sizes = _contingency(predicted, truth)
    rows = int(sizes.both.sum())
    if not rows:
        return Scores(precision=1.0, recall=1.0)
    square = sizes.both.astype(np.float64) ** 2
    return Scores(
        precision=float((square / sizes.predicted[sizes.of_predicted]).sum() / rows),
        recall=float((square / sizes.true[sizes.of_true]).sum() / rows),
    )


@attrs.frozen(kw_only=True)
class _Contingency:
    """Sizes of the predicted clusters, of the true ones, and of each non-empty intersection with the two it lies in."""

    predicted: NDArray[np.int64]
    true: NDArray[np.int64]
    both: NDArray[np.int64]
    of_predicted: NDArray[np.int64]
    of_true: NDArray[np.int64]


def _contingency(predicted: ArrayLike, truth: ArrayLike) -> _Contingency:
    left, right = np.asarray(predicted), np.asarray(truth)
    if left.ndim != 1 or right.ndim != 1 or left.size != right.size:
        raise InputError(f"one label a row is needed on both sides; the shapes are {left.shape} and {right.shape}")
    left_codes, left_sizes = _codes(left)
    right_codes, right_sizes = _codes(right)
    # Packed into one integer and sorted: numpy.unique of a structured or two-column array is many times slower.
    packed = np.sort(left_codes * max(right_sizes.size, 1) + right_codes)
    starts = _starts(packed)
    of_predicted, of_true = np.divmod(packed[starts], max(right_sizes.size, 1))
    return _Contingency(
        predicted=left_sizes,
        true=right_sizes,
        both=np.diff(starts, append=packed.size),
        of_predicted=of_predicted,
        of_true=of_true,
    )


def _codes(labels: NDArray[np.generic]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Code the labels 0, 1, 2 ... in sorted order; return the codes of the rows and the sizes of the labels."""
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    starts = _starts(ordered)
    sizes = np.diff(starts, append=labels.size)
    codes = np.empty(labels.size, dtype=np.int64)
    codes[order] = np.repeat(np.arange(starts.size, dtype=np.int64), sizes)
    return codes, sizes


def _starts(ordered: NDArray[np.generic]) -> NDArray[np.int64]:
    """Find the positions at which a new value begins in a sorted array."""
    if not ordered.size:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1]))).astype(np.int64)


def _pairs(sizes: NDArray[np.int64]) -> int:
    return int((sizes * (sizes - 1) // 2).sum())
