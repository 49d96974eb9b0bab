"""Two or more labellings against each other: the sizes of their clusters and of the intersections, by sorting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Int64s = NDArray[np.int64]

__all__ = ["Contingency", "both", "coded", "contingency", "is_new", "lined_up", "pairs_in", "sizes_of"]


@attrs.frozen(kw_only=True)
class Contingency:
    """Sizes of the predicted clusters, of the true ones, and of each non-empty intersection with the two it lies in.

    All are int64. *of_predicted* and *of_true* say for each intersection where in *predicted* and *true* it belongs.
    """

    predicted: Int64s
    true: Int64s
    both: Int64s
    of_predicted: Int64s
    of_true: Int64s

    @property
    def rows(self) -> int:
        """How many rows were labelled."""
        return int(self.both.sum())


def contingency(predicted: ArrayLike, truth: ArrayLike) -> Contingency:
    """Count the rows of each cluster, each person, and each cluster of each person.

    Raises:
        InputError: the two are not one-dimensional or differ in length.

    >>> found = contingency([5, 5, 6], ["a", "b", "b"])
    >>> found.predicted.tolist(), found.true.tolist(), found.both.tolist()
    ([2, 1], [1, 2], [1, 1, 1])
    """
    left, right = lined_up(predicted, truth)
    left_codes, left_sizes = coded(left)
    right_codes, right_sizes = coded(right)
    # Packed into one integer and sorted: numpy.unique of a structured or two-column array is many times slower.
    packed = np.sort(left_codes * max(right_sizes.size, 1) + right_codes)
    starts = _starts(packed)
    of_predicted, of_true = np.divmod(packed[starts], max(right_sizes.size, 1))
    return Contingency(
        predicted=left_sizes,
        true=right_sizes,
        both=np.diff(starts, append=packed.size),
        of_predicted=of_predicted,
        of_true=of_true,
    )


def lined_up(*labellings: ArrayLike) -> tuple[NDArray[np.generic], ...]:
    """Return the labellings as arrays of one label a row; raise InputError where they do not line up."""
    arrays = tuple(np.asarray(labels) for labels in labellings)
    if any(each.ndim != 1 or each.size != arrays[0].size for each in arrays):
        shapes = " and ".join(str(each.shape) for each in arrays)
        raise InputError(f"one label a row is needed on both sides; the shapes are {shapes}")
    return arrays


def coded(labels: NDArray[np.generic]) -> tuple[Int64s, Int64s]:
    """Code the labels 0, 1, 2 ... in sorted order; return the codes of the rows and the sizes of the labels."""
    try:
        order = np.argsort(labels, kind="stable")
    except TypeError as exc:
        raise InputError("labels must be of one sortable type; give rows of unknown people a label each") from exc
    ordered = labels[order]
    starts = _starts(ordered)
    sizes = np.diff(starts, append=labels.size)
    codes = np.empty(labels.size, dtype=np.int64)
    codes[order] = np.repeat(np.arange(starts.size, dtype=np.int64), sizes)
    return codes, sizes


def both(one: NDArray[np.generic], other: NDArray[np.generic]) -> Int64s:
    """Label each row by its two labels together: the intersections of two labellings, int64, (rows,).

    >>> both(np.array([0, 0, 1]), np.array([3, 4, 4])).tolist()
    [0, 1, 2]
    """
    first, _ = coded(one)
    second, sizes = coded(other)
    return coded(first * max(sizes.size, 1) + second)[0]


def sizes_of(labels: NDArray[np.generic]) -> Int64s:
    """Return the sizes of the clusters, in the order of their labels."""
    return coded(labels)[1]


def pairs_in(sizes: Int64s) -> int:
    """Count the pairs of rows within clusters of these sizes.

    >>> pairs_in(np.array([1, 2, 4]))
    7
    """
    return int((sizes * (sizes - 1) // 2).sum())


def is_new(ordered: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Tell of each place of a sorted array whether a new value begins there.

    >>> is_new(np.array([3, 3, 5])).tolist()
    [True, False, True]
    """
    new = np.ones(ordered.size, np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    return new


def _starts(ordered: NDArray[np.generic]) -> Int64s:
    return np.flatnonzero(is_new(ordered)).astype(np.int64)
