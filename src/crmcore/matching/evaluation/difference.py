"""Two results of the same rows beside each other: which pairs one has that the other lacks, and who is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.matching.evaluation._across import pack, pairs_across
from crmcore.matching.evaluation._contingency import both, coded, lined_up, pairs_in, sizes_of
from crmcore.matching.evaluation._truth import truth_of
from crmcore.matching.evaluation.decided import Decided, joined_by
from crmcore.matching.results import Deduplication, Linkage

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Bools = NDArray[np.bool_]
    Int64s = NDArray[np.int64]

__all__ = ["PairList", "ResultDifference", "compare"]


@attrs.frozen(kw_only=True, eq=False)
class PairList:
    """Pairs of rows that one of two results joins.

    Attributes:
        left, right: int64, (pairs,), rows.
        same: bool, (pairs,), which of them are one person; None where no truth was given.

    """

    left: Int64s
    right: Int64s
    same: Bools | None

    def __len__(self) -> int:
        return len(self.left)


@attrs.frozen(kw_only=True, eq=False)
class ResultDifference:
    """What changes from one result to the other; all numbers are of pairs of rows.

    Attributes:
        kept: joined by both.
        gained: joined by the other only.
        lost: joined by the one only.
        gained_right, lost_right: how many of these are one person; None where no truth was given.
        gained_pairs, lost_pairs: the pairs themselves, those of the smallest clusters first, up to the limit.

    """

    kept: int
    gained: int
    lost: int
    gained_right: int | None
    lost_right: int | None
    gained_pairs: PairList
    lost_pairs: PairList

    @property
    def better_by(self) -> int | None:
        """How many pairs more the other has right: true ones gained and false ones lost, less the reverse."""
        if self.gained_right is None or self.lost_right is None:
            return None
        return (2 * self.gained_right - self.gained) - (2 * self.lost_right - self.lost)

    def __str__(self) -> str:
        right = (
            ("", "")
            if self.gained_right is None
            else (f", {self.gained_right:,} right", f", {self.lost_right:,} right")
        )
        return f"{self.kept:,} kept; {self.gained:,} gained{right[0]}; {self.lost:,} lost{right[1]}"


def compare(
    one: Deduplication | Linkage | ArrayLike,
    other: Deduplication | Linkage | ArrayLike,
    truth: ArrayLike | Decided | None = None,
    *,
    right: ArrayLike | None = None,
    limit: int = 1000,
) -> ResultDifference:
    """Compare two results, or two labellings, of the same rows.

    Everything is counted from the sizes of clusters; only what is listed is made. A miss is no pair of either result:
    see `errors`.

    Args:
        one, other: results or labels by row; two linkages are compared by their links.
        truth: one label a row; of two tables, of the left one. Or decisions: then only decided pairs are counted.
        right: one label a row of the right table, where there are two.
        limit: list at most so many pairs gained, and as many lost.

    Raises:
        InputError: they are not of the same rows, or one is a linkage and the other is not.

    >>> changed = compare([0, 0, 1, 1], [0, 0, 0, 1], ["ada", "ada", "ada", "alan"])
    >>> print(changed)
    1 kept; 2 gained, 2 right; 1 lost, 0 right
    >>> changed.gained_pairs.left.tolist(), changed.gained_pairs.right.tolist(), changed.better_by
    ([0, 1], [2, 2], 3)
    """
    if isinstance(one, Linkage) and isinstance(other, Linkage):
        if isinstance(truth, Decided):
            return _on_decided(truth, joined_by(one, truth), joined_by(other, truth), limit)
        return _links_compared(one, other, truth, right, limit)
    if isinstance(one, Linkage) or isinstance(other, Linkage):
        raise InputError("a linkage is compared with a linkage, clusters with clusters")
    if isinstance(truth, Decided):
        return _on_decided(truth, joined_by(one, truth), joined_by(other, truth), limit)
    before, after = lined_up(_labels(one), _labels(other))
    shared = both(before, after)
    person = None if truth is None else lined_up(before, truth)[1]
    kept, kept_right = _pairs(shared, person)
    (claimed, claimed_right), (found, found_right) = _pairs(before, person), _pairs(after, person)
    return ResultDifference(
        kept=kept,
        gained=found - kept,
        lost=claimed - kept,
        gained_right=None if person is None else found_right - kept_right,
        lost_right=None if person is None else claimed_right - kept_right,
        gained_pairs=_listed(after, before, person, limit),
        lost_pairs=_listed(before, after, person, limit),
    )


def _labels(found: Deduplication | ArrayLike) -> ArrayLike:
    return found.cluster_ids if isinstance(found, Deduplication) else found


def _pairs(labels: NDArray[np.generic], person: NDArray[np.generic] | None) -> tuple[int, int]:
    """Count the pairs that labels join, and those of them that are one person; 0 where that is not known."""
    return pairs_in(sizes_of(labels)), 0 if person is None else pairs_in(sizes_of(both(labels, person)))


def _listed(
    joining: NDArray[np.generic], parting: NDArray[np.generic], person: NDArray[np.generic] | None, limit: int
) -> PairList:
    left, right = pairs_across(coded(joining)[0], coded(parting)[0], at_most=limit)
    return PairList(left=left, right=right, same=None if person is None else person[left] == person[right])


def _links_compared(
    one: Linkage, other: Linkage, truth: ArrayLike | None, right: ArrayLike | None, limit: int
) -> ResultDifference:
    before, after = (np.sort(pack(each.links.left, each.links.right)) for each in (one, other))
    lists = []
    for these, those in ((after, before), (before, after)):
        new = these[~np.isin(these, those)]
        rows = new >> 32, new & 0xFFFF_FFFF
        same = None if truth is None else truth_of(one, truth, right).same(*rows)
        lists.append(PairList(left=rows[0], right=rows[1], same=same))
    gained, lost = lists
    return ResultDifference(
        kept=len(after) - len(gained),
        gained=len(gained),
        lost=len(lost),
        gained_right=None if gained.same is None else int(gained.same.sum()),
        lost_right=None if lost.same is None else int(lost.same.sum()),
        gained_pairs=_first(gained, limit),
        lost_pairs=_first(lost, limit),
    )


def _on_decided(decided: Decided, before: Bools, after: Bools, limit: int) -> ResultDifference:
    gained, lost = (
        PairList(left=decided.left[at], right=decided.right[at], same=decided.same[at])
        for at in (after & ~before, before & ~after)
    )
    return ResultDifference(
        kept=int((before & after).sum()),
        gained=len(gained),
        lost=len(lost),
        gained_right=int((after & ~before & decided.same).sum()),
        lost_right=int((before & ~after & decided.same).sum()),
        gained_pairs=_first(gained, limit),
        lost_pairs=_first(lost, limit),
    )


def _first(pairs: PairList, limit: int) -> PairList:
    return PairList(
        left=pairs.left[:limit], right=pairs.right[:limit], same=None if pairs.same is None else pairs.same[:limit]
    )
