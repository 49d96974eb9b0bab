"""Who is who, of one table or of two, as one whole number a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.matching.evaluation._contingency import coded, lined_up, pairs_in
from crmcore.matching.results import Deduplication, Linkage, Pairs

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Bools = NDArray[np.bool_]
    Int64s = NDArray[np.int64]

__all__ = ["Truth", "pairs_of", "truth_of"]


@attrs.frozen(kw_only=True, eq=False)
class Truth:
    """Who each row is.

    Attributes:
        person: int64, (rows,), one code a row; the rows of a right table follow those of the left one.
        left_rows: how many rows the left table has; None where there is one table.
        pairs: how many pairs of rows are the same person, across the tables if there are two.

    """

    person: Int64s
    left_rows: int | None
    pairs: int

    def stacked(self, right: Int64s) -> Int64s:
        """Return the places in *person* of the right rows of pairs."""
        return right if self.left_rows is None else right + self.left_rows

    def same(self, left: Int64s, right: Int64s) -> Bools:
        """Tell of each pair of rows whether it is one person."""
        return np.asarray(self.person[left] == self.person[self.stacked(right)], np.bool_)


def truth_of(found: object, truth: ArrayLike, right: ArrayLike | None) -> Truth:
    """Read the true labels and check that they fit what was found.

    Raises:
        InputError: labels are missing, superfluous, or of another number of rows.

    """
    if isinstance(found, Linkage) and right is None:
        raise InputError("a linkage has two tables; give the labels of the right one with right=")
    if isinstance(found, Deduplication) and right is not None:
        raise InputError("a deduplication has one table; leave right= out")
    (labels,) = lined_up(truth)
    if right is None:
        person, sizes = coded(labels)
        known = Truth(person=person, left_rows=None, pairs=pairs_in(sizes))
    else:
        (other,) = lined_up(right)
        known = _across(labels, other)
    _check_rows(found, known)
    return known


def pairs_of(found: Deduplication | Linkage | Pairs) -> Pairs:
    """Return the scored pairs of a result, or the pairs themselves."""
    return found if isinstance(found, Pairs) else found.pairs


def _across(left: NDArray[np.generic], right: NDArray[np.generic]) -> Truth:
    person, sizes = coded(np.concatenate((left, right)))
    on_left = np.bincount(person[: left.size], minlength=sizes.size)
    return Truth(person=person, left_rows=left.size, pairs=int((on_left * (sizes - on_left)).sum()))


def _check_rows(found: object, known: Truth) -> None:
    rows = len(known.person)
    if isinstance(found, Deduplication) and len(found.cluster_ids) != rows:
        raise InputError(f"one label a row is needed; there are {len(found.cluster_ids)} rows and {rows} labels")
    if isinstance(found, Deduplication | Linkage | Pairs):
        pairs, left_rows = pairs_of(found), rows if known.left_rows is None else known.left_rows
        highest = int(known.stacked(pairs.right).max(initial=-1))
        if int(pairs.left.max(initial=-1)) >= left_rows or highest >= rows:
            raise InputError(f"some pairs name rows beyond the {rows} labels; every row needs one")
