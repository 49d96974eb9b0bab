"""Finds the pairs that a result gets wrong, packed: rows of a right table follow those of the left one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching.evaluation._across import count_across, pack, pairs_across
from crmcore.matching.evaluation._contingency import both, contingency, is_new, pairs_in
from crmcore.matching.evaluation.decided import joined_by
from crmcore.matching.results import Linkage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.matching.evaluation._truth import Truth
    from crmcore.matching.evaluation.decided import Decided
    from crmcore.matching.results import Deduplication

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["LOW", "Scored", "count_pieces", "decided_wrong", "false_pairs", "missed_pairs", "strongest_of_pieces"]

LOW = 0xFFFF_FFFF
"""The half of a packed pair that holds the second row."""


@attrs.frozen(kw_only=True, eq=False)
class Scored:
    """The scored pairs, packed and rising, with their weights; rows of a right table follow those of the left one."""

    packed: Int64s
    weight: Floats
    left_rows: int

    @classmethod
    def of(cls, result: Deduplication | Linkage) -> Scored:
        left_rows = result._left_rows if isinstance(result, Linkage) else 0  # noqa: SLF001 - a result of this room
        packed = pack(result.pairs.left, result.pairs.right + left_rows)
        order = np.argsort(packed)
        return cls(packed=packed[order], weight=result.pairs.match_weight[order], left_rows=left_rows)

    def weigh(self, result: Deduplication | Linkage, packed: Int64s) -> tuple[Floats, Bools]:
        """Return the weights of any pairs, and which of them were scored."""
        at = np.minimum(np.searchsorted(self.packed, packed), max(len(self.packed) - 1, 0))
        known = self.packed[at] == packed if len(self.packed) else np.zeros(len(packed), np.bool_)
        weight = np.empty(len(packed))
        weight[known] = self.weight[at[known]]
        new = packed[~known]
        weight[~known] = result.weigh(new >> 32, (new & LOW) - self.left_rows)
        return weight, known


def decided_wrong(result: Deduplication | Linkage, decided: Decided, scored: Scored) -> tuple[Int64s, Int64s]:
    """Return the decided pairs that are joined and should not be, and those that should be and are not, packed."""
    joined, packed = joined_by(result, decided), pack(decided.left, decided.right + scored.left_rows)
    return packed[joined & ~decided.same], packed[~joined & decided.same]


def false_pairs(result: Deduplication | Linkage, known: Truth, scored: Scored, at_most: int) -> tuple[Int64s, int]:
    """Return pairs that are joined and should not be, packed, and how many there are in all."""
    if isinstance(result, Linkage):
        links = _links(result, scored)
        wrong = links[~_same(known, links)]
        return wrong, len(wrong)
    listed = scored.packed[_joined(result, scored, scored.packed) & ~_same(known, scored.packed)]
    found = pack(*pairs_across(result.cluster_ids, known.person, at_most=at_most))
    return _distinct(found, listed), count_across(result.cluster_ids, known.person)


def missed_pairs(result: Deduplication | Linkage, known: Truth, scored: Scored, at_most: int) -> tuple[Int64s, int]:
    """Return pairs that should be joined and are not, packed, and how many there are in all."""
    if isinstance(result, Linkage):
        part = (np.arange(len(known.person)) >= scored.left_rows).astype(np.int64)
        total = known.pairs - int(_same(known, _links(result, scored)).sum())
    else:
        part = result.cluster_ids
        total = count_across(known.person, part)
    found = _distinct(pack(*pairs_across(known.person, part, at_most=at_most)), scored.packed)
    return found[_same(known, found) & ~_joined(result, scored, found)], total


def _joined(result: Deduplication | Linkage, scored: Scored, packed: Int64s) -> Bools:
    if isinstance(result, Linkage):
        return np.isin(packed, _links(result, scored))
    return np.asarray(result.cluster_ids[packed >> 32] == result.cluster_ids[packed & LOW], np.bool_)


def _links(result: Linkage, scored: Scored) -> Int64s:
    return np.sort(pack(result.links.left, result.links.right + scored.left_rows))


def _same(known: Truth, packed: Int64s) -> Bools:
    return np.asarray(known.person[packed >> 32] == known.person[packed & LOW], np.bool_)


def _distinct(*packed: Int64s) -> Int64s:
    ordered = np.sort(np.concatenate(packed))
    return ordered[np.flatnonzero(is_new(ordered))]


def count_pieces(result: Deduplication, known: Truth) -> tuple[int, int]:
    """Count the pairs of people within clusters, and the pairs of clusters within people."""
    sizes = contingency(result.cluster_ids, known.person)
    return pairs_in(np.bincount(sizes.of_predicted)), pairs_in(np.bincount(sizes.of_true))


def strongest_of_pieces(
    result: Deduplication, known: Truth, packed: Int64s, *, first: NDArray[np.int8], weight: Floats
) -> Int64s:
    """Return the places of one pair for each two pieces: of the lowest *first*, then of the highest weight.

    A piece is what one cluster holds of one person. Between equal pairs the order of the rows decides.
    """
    piece = both(result.cluster_ids, known.person)
    one, other = piece[packed >> 32], piece[packed & LOW]
    pieces = pack(np.minimum(one, other), np.maximum(one, other))
    order = np.lexsort((packed, -weight, first, pieces))
    return order[np.flatnonzero(is_new(pieces[order]))]
