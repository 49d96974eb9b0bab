"""An error browser as data: every wrong merge and every miss, by cause, worst first, each with its evidence."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.matching.evaluation._truth import truth_of
from crmcore.matching.evaluation._wrong import (
    LOW,
    Scored,
    count_pieces,
    decided_wrong,
    false_pairs,
    missed_pairs,
    strongest_of_pieces,
)
from crmcore.matching.evaluation.decided import Decided
from crmcore.matching.results import Deduplication, Linkage
from crmcore.matching.scoring import probability_of, weight_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from altair import Chart
    from numpy.typing import ArrayLike, NDArray

    from crmcore.matching.evaluation._truth import Truth
    from crmcore.matching.results import Explanation

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Errors", "Mistake", "MistakeCause", "errors"]


class MistakeCause(StrEnum):
    """Why a pair came out wrong, and so what would have to change for it to come out right."""

    WRONG_PAIR = "wrong pair"
    """Joined, though two people: their own evidence reaches the threshold. Scoring would have to change."""
    WRONG_MERGE = "wrong merge"
    """Joined, though two people: their own evidence does not reach it, other rows stand between them."""
    BLOCKING = "missed by blocking"
    """One person, and the evidence reaches the threshold, but no blocking rule brought the two together."""
    THRESHOLD = "below threshold"
    """One person, but the evidence does not reach the threshold, whether the pair was a candidate or not."""
    CLUSTERING = "split by clustering"
    """One person, compared and at the threshold, and parted again; in a linkage, one of them was linked elsewhere."""
    NOT_WEIGHED = "not weighed"
    """More pairs of one cluster or person than were to be looked at: counted, but not one by one."""


HIGHEST_FIRST = frozenset({MistakeCause.WRONG_PAIR, MistakeCause.BLOCKING, MistakeCause.CLUSTERING})
"""Causes of which the surest pairs are the worst; of the others it is the most improbable ones."""
CAUSES = tuple(MistakeCause)
TELLING = np.array([0, 1, 1, 2, 0, 3], np.int8)
"""Which cause tells more of two pieces, 0 the most: that a pair was found at all, before that one was missed."""


@attrs.frozen(kw_only=True)
class Mistake:
    """One pair that came out wrong."""

    left: int
    right: int
    cause: MistakeCause
    probability: float
    explanation: Explanation


@attrs.frozen(kw_only=True, eq=False)
class Errors:
    """Pairs that came out wrong, grouped by cause in the order of `MistakeCause`, the worst of each first.

    Attributes:
        left, right: int64, (pairs,), rows; of a linkage, rows of the left and of the right table.
        cause: int8, (pairs,), positions in ``tuple(Cause)``.
        match_weight: float64, (pairs,), what the model makes of the pair itself, in bits.
        counts: how many there are of each cause, also of those that are not listed; they add up to all errors.
        false_matches: how many pairs were joined though they are two people.
        misses: how many pairs of one person were not joined.

    """

    left: Int64s
    right: Int64s
    cause: NDArray[np.int8]
    match_weight: Floats
    counts: Mapping[MistakeCause, int]
    false_matches: int
    misses: int
    _result: Deduplication | Linkage = attrs.field(repr=False, alias="_result")

    def __len__(self) -> int:
        return len(self.left)

    def __getitem__(self, position: int) -> Mistake:
        """Return one of them with its evidence, which is looked up now."""
        left, right = int(self.left[position]), int(self.right[position])
        return Mistake(
            left=left,
            right=right,
            cause=CAUSES[self.cause[position]],
            probability=float(self.probability[position]),
            explanation=self._result.explain(left, right),
        )

    def __iter__(self) -> Iterator[Mistake]:
        return (self[position] for position in range(len(self)))

    @property
    def probability(self) -> Floats:
        """The match weights as probabilities, float64, (pairs,)."""
        return probability_of(self.match_weight)

    def of(self, cause: MistakeCause) -> Errors:
        """Return those of one cause."""
        return self._take(np.flatnonzero(self.cause == CAUSES.index(cause)))

    def worst(self, number: int) -> Errors:
        """Return at most *number* of each cause."""
        return self._take(_first_of_each(self.cause, number))

    @property
    def columns(self) -> dict[str, NDArray[np.generic]]:
        """The pairs as a mapping of arrays, which every DataFrame constructor takes; causes in words."""
        return {
            "left": self.left,
            "right": self.right,
            "cause": np.array([cause.value for cause in CAUSES])[self.cause],
            "probability": self.probability,
            "match_weight": self.match_weight,
        }

    def plot(self) -> Chart:
        """Draw how many pairs are wrong for each cause.

        Raises:
            MissingExtra: Altair is not installed.

        """
        from crmcore.matching.charts.evaluations import errors_chart

        return errors_chart(self)

    def __str__(self) -> str:
        return "\n".join(f"{number:>9,}  {cause.value}" for cause, number in self.counts.items())

    def _take(self, at: Int64s) -> Errors:
        return attrs.evolve(
            self,
            left=self.left[at],
            right=self.right[at],
            cause=self.cause[at],
            match_weight=self.match_weight[at],
        )


def errors(
    result: Deduplication | Linkage,
    truth: ArrayLike | Decided,
    *,
    right: ArrayLike | None = None,
    by_piece: bool = False,
    limit: int = 1000,
    weigh_at_most: int = 1_000_000,
) -> Errors:
    """Find the pairs that a result gets wrong, and tell why each is wrong.

    Every error is counted. They are listed and weighed one by one for the smallest clusters and people first, as long
    as *weigh_at_most* allows; of a giant cluster only the scored pairs are, and the rest counts as not weighed.

    Args:
        result: what `dedupe` or `link` answered.
        truth: one label a row; of two tables, of the left one. Or decisions: then only decided pairs are errors.
        right: one label a row of the right table, where there are two.
        by_piece: count and list each two pieces of a person, and each two people of a cluster, once, by the pair that
            says most: what somebody would have to join, or part. A person in two pieces of ten rows is one error then,
            and not a hundred.
        limit: list at most so many of each cause, the worst.
        weigh_at_most: false matches, and as many misses, that are looked at one by one.

    Raises:
        InputError: the labels do not fit the rows, or there are no pieces: links and decisions have none.

    >>> from crmcore.matching import dedupe
    >>> people = {"name": ["Ada Lovelace", "Lovelace, Ada", "Alan Turing"], "email": ["ada@example.org"] * 2 + [None]}
    >>> found = errors(dedupe(people), ["ada", "another ada", "alan"])
    >>> found.counts[MistakeCause.WRONG_PAIR], found[0].left, found[0].right, found[0].explanation.evidence[0].agreement
    (1, 0, 1, 'the same')
    """
    scored, known = Scored.of(result), None
    if isinstance(truth, Decided):
        false, missed = decided_wrong(result, truth, scored)
        false_total, missed_total = len(false), len(missed)
    else:
        known = truth_of(result, truth, right)
        false, false_total = false_pairs(result, known, scored, weigh_at_most)
        missed, missed_total = missed_pairs(result, known, scored, weigh_at_most)
    weight_of_false, _ = scored.weigh(result, false)
    weight_of_missed, compared = scored.weigh(result, missed)
    least = weight_of(result.threshold) - 1e-9  # probabilities and bits round differently
    cause = np.concatenate((_why_joined(weight_of_false >= least), _why_missed(weight_of_missed >= least, compared)))
    packed, weight = np.concatenate((false, missed)), np.concatenate((weight_of_false, weight_of_missed))
    if by_piece:
        false_total, missed_total, at = _by_piece(result, known, packed, cause, weight)
        packed, weight, cause = packed[at], weight[at], cause[at]
    number = np.bincount(cause, minlength=len(CAUSES))
    number[CAUSES.index(MistakeCause.NOT_WEIGHED)] = false_total + missed_total - len(packed)
    surest = np.isin(cause, [CAUSES.index(each) for each in HIGHEST_FIRST])
    order = np.lexsort((packed, np.where(surest, -weight, weight), cause))
    order = order[_first_of_each(cause[order], limit)]
    return Errors(
        left=packed[order] >> 32,
        right=(packed[order] & LOW) - scored.left_rows,
        cause=cause[order],
        match_weight=weight[order],
        counts=dict(zip(CAUSES, number.tolist(), strict=True)),
        false_matches=false_total,
        misses=missed_total,
        _result=result,
    )


def _by_piece(
    result: Deduplication | Linkage, known: Truth | None, packed: Int64s, cause: NDArray[np.int8], weight: Floats
) -> tuple[int, int, Int64s]:
    """Return how many pieces are wrongly joined, how many wrongly apart, and the places of the pairs that say most."""
    if known is None or isinstance(result, Linkage):
        raise InputError("pieces are of clusters that labels judge; leave by_piece out for links and decisions")
    return (
        *count_pieces(result, known),
        strongest_of_pieces(result, known, packed, first=TELLING[cause], weight=weight),
    )


def _why_joined(enough: Bools) -> NDArray[np.int8]:
    return np.where(enough, *_positions(MistakeCause.WRONG_PAIR, MistakeCause.WRONG_MERGE)).astype(np.int8)


def _why_missed(enough: Bools, compared: Bools) -> NDArray[np.int8]:
    clustering, blocking, threshold = _positions(MistakeCause.CLUSTERING, MistakeCause.BLOCKING, MistakeCause.THRESHOLD)
    return np.where(enough, np.where(compared, clustering, blocking), threshold).astype(np.int8)


def _positions(*causes: MistakeCause) -> tuple[int, ...]:
    return tuple(CAUSES.index(cause) for cause in causes)


def _first_of_each(cause: NDArray[np.int8], number: int) -> Int64s:
    """Return the places of the first *number* of each cause, in an array that is sorted by cause."""
    rank = np.arange(len(cause)) - np.searchsorted(cause, cause)
    return np.flatnonzero(rank < number).astype(np.int64)
