"""Scores from what people said of pairs, where nobody knows the truth of the whole table."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.matching.results import Linkage, Pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from crmcore.matching.results import Deduplication

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Decided", "DecisionScores", "Proportion", "decision_scores", "joined_by", "weights_by"]

VERDICTS: Mapping[object, bool | None] = {
    "same": True,
    "same_person_keep_both": True,
    "different": False,
    "unsure": None,
    True: True,
    False: False,
    None: None,
}
"""What people say of two rows, and what that says of their being one person."""


@attrs.frozen(kw_only=True)
class Proportion:
    """A share and the interval in which it lies with 95 % confidence (Wilson, 1927); NaN of nothing.

    Attributes:
        value: the share.
        low, high: ends of the interval; sampling error only, no doubt about how the sample was drawn.
        of: how many were looked at.

    """

    value: float
    low: float
    high: float
    of: int

    @classmethod
    def among(cls, hits: Bools, weight: Floats | None = None, *, confidence: float = 0.95) -> Proportion:
        """Estimate the share of hits; weights count by their effective number, ``sum(w)**2 / sum(w**2)`` (Kish, 1965).

        >>> share = Proportion.among(np.array([True] * 9 + [False]))
        >>> share.value, round(share.low, 2), round(share.high, 2)
        (0.9, 0.6, 0.98)
        """
        if not len(hits):
            return cls(value=float("nan"), low=0.0, high=1.0, of=0)
        weight = np.ones(len(hits)) if weight is None else weight
        value = float(weight[hits].sum() / weight.sum())
        number = float(weight.sum() ** 2 / (weight**2).sum())
        z = NormalDist().inv_cdf((1 + confidence) / 2)
        middle = (value + z * z / (2 * number)) / (1 + z * z / number)
        reach = z / (1 + z * z / number) * sqrt(value * (1 - value) / number + z * z / (4 * number * number))
        return cls(value=value, low=max(0.0, middle - reach), high=min(1.0, middle + reach), of=len(hits))


@attrs.frozen(kw_only=True, eq=False)
class Decided:
    """Pairs of rows of which people said whether they are one person; each pair once.

    Attributes:
        left, right: int64, (pairs,), rows; of one table, left < right.
        same: bool, (pairs,), what was said.
        weight: float64, (pairs,), for how many pairs each stands.
        unsure: how many answers were neither.
        contradicted: how many pairs were said to be both; they are left out.

    """

    left: Int64s
    right: Int64s
    same: Bools
    weight: Floats
    unsure: int = 0
    contradicted: int = 0

    def __len__(self) -> int:
        return len(self.left)

    @classmethod
    def of(cls, decisions: Iterable[Any], *, two_tables: bool = False) -> Decided:
        """Collect decisions: (left, right, verdict) or (left, right, verdict, weight), in any order.

        Args:
            decisions: rows, and a verdict of "same", "different", "unsure", "same_person_keep_both", True, False or
                None. The weight is one over the chance at which the pair was picked to be asked about.
            two_tables: left and right are rows of two tables, so that (3, 5) and (5, 3) are two pairs.

        Raises:
            InputError: a verdict is none of these, a row is no row, or a weight is not positive.

        >>> said = Decided.of([(0, 1, "same"), (1, 0, "same"), (2, 3, "different"), (3, 2, "same"), (0, 2, "unsure")])
        >>> len(said), said.contradicted, said.unsure
        (1, 1, 1)
        """
        found: dict[tuple[int, int], tuple[bool, float] | None] = {}
        unsure = 0
        for decision in decisions:
            left, right, verdict, weight = _read(decision)
            if verdict is None:
                unsure += 1
                continue
            if left == right and not two_tables:
                raise InputError(f"a decision is about two rows, and both are {left}")
            pair = (left, right) if two_tables or left < right else (right, left)
            before = found.get(pair, (verdict, weight))
            found[pair] = (verdict, max(weight, before[1])) if before and before[0] == verdict else None
        kept = sorted((*pair, *said) for pair, said in found.items() if said is not None)
        return cls(
            left=np.array([each[0] for each in kept], np.int64),
            right=np.array([each[1] for each in kept], np.int64),
            same=np.array([each[2] for each in kept], np.bool_),
            weight=np.array([each[3] for each in kept], np.float64),
            unsure=unsure,
            contradicted=len(found) - len(kept),
        )


@attrs.frozen(kw_only=True)
class DecisionScores:
    """How well a result agrees with what people said.

    A pair that people were asked about is seldom a pair taken at random: review asks where the matcher doubts, and then
    these are the scores *of the doubtful pairs*, lower than those of all. With weights, each one over the chance at
    which a pair was picked, they speak of all pairs that might have been picked. Of pairs that nobody could be asked
    about, because no rule found them, they say nothing; so the recall is an upper bound.

    Attributes:
        precision: of the decided pairs that the result joins, the share that people called the same.
        recall: of the pairs that people called the same, the share that the result joins.
        unsure, contradicted: answers that could not be used.
        weighted: the decisions came with different weights.

    """

    precision: Proportion
    recall: Proportion
    unsure: int
    contradicted: int
    weighted: bool


def decision_scores(found: Deduplication | Linkage | ArrayLike, decided: Decided) -> DecisionScores:
    """Score a result, or labels by row, on the pairs that people decided.

    Raises:
        InputError: a decision names a row that is not there.

    >>> said = Decided.of([(0, 1, True), (1, 2, False), (3, 4, True)])
    >>> scores = decision_scores([0, 0, 0, 1, 2], said)
    >>> scores.precision.value, scores.recall.value
    (0.5, 0.5)
    """
    joined = joined_by(found, decided)
    return DecisionScores(
        precision=Proportion.among(decided.same[joined], decided.weight[joined]),
        recall=Proportion.among(joined[decided.same], decided.weight[decided.same]),
        unsure=decided.unsure,
        contradicted=decided.contradicted,
        weighted=len(set(decided.weight.tolist())) > 1,
    )


def joined_by(found: Deduplication | Linkage | ArrayLike, decided: Decided) -> Bools:
    """Tell of each decided pair whether a result, or labels by row, join it; raise InputError for a row that is not."""
    if isinstance(found, Linkage):
        links = set(zip(found.links.left.tolist(), found.links.right.tolist(), strict=True))
        pairs = zip(decided.left.tolist(), decided.right.tolist(), strict=True)
        return np.fromiter((pair in links for pair in pairs), np.bool_, len(decided))
    labels = np.asarray(getattr(found, "cluster_ids", found))
    if len(labels) <= max(decided.left.max(initial=-1), decided.right.max(initial=-1)):
        raise InputError(f"a decision names a row beyond the {len(labels)} rows of the result")
    return np.asarray(labels[decided.left] == labels[decided.right], np.bool_)


def weights_by(found: Deduplication | Linkage | Pairs, decided: Decided) -> Floats:
    """Return the match weights of the decided pairs, candidates or not."""
    if isinstance(found, Pairs):
        raise InputError("decisions may be about any pair; give the result instead of its pairs")
    return found.weigh(decided.left, decided.right)


def _read(decision: Any) -> tuple[int, int, bool | None, float]:
    try:
        left, right, verdict, *more = decision
    except (TypeError, ValueError) as exc:
        raise InputError(f"a decision is (left, right, verdict) or has a weight as well, not {decision!r:.80}") from exc
    for row in (left, right):
        if isinstance(row, bool) or not isinstance(row, int | np.integer) or row < 0:
            raise InputError(f"a decision is about rows, numbered from 0, not {row!r:.50}")
    known = verdict.item() if isinstance(verdict, np.bool_) else verdict
    if not isinstance(known, str | bool | None) or known not in VERDICTS:
        raise InputError(f"a verdict is 'same', 'different' or 'unsure', not {verdict!r:.50}")
    weight = float(more[0]) if more else 1.0
    if len(more) > 1 or not 0 < weight < float("inf"):
        raise InputError(f"a weight is one positive number, not {more!r:.50}")
    return int(left), int(right), VERDICTS[known], weight
