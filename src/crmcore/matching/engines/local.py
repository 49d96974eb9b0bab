"""Runs a match specification in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching._candidates import choose_rules, prospects_of
from crmcore.matching._comparing import Comparers, Evidence
from crmcore.matching._features import Feature, build_features
from crmcore.matching._training import evidence_of, learn_model, training_sessions
from crmcore.matching.blocking import Blocks, candidate_rules, distinct_pairs, keys_of, unpack
from crmcore.matching.relations import learn_rates, relations_among, shared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.blocking import BlockingRule
    from crmcore.matching.scoring import Model
    from crmcore.matching.spec import MatchSpec
    from crmcore.ports import Cell

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]
    Side = NDArray[np.int8] | None
    Progress = Callable[[str, int, int | None], None]

__all__ = ["Evaluated", "Learned", "learn", "run"]

KEPT_WEIGHT = -4.25
"""Match weight in bits (a probability of .05) below which a scored pair is not kept."""
LEAST_PAIRS = 500_000
"""So many pairs may always be compared, however small the table."""
COPIES = 50
"""Rows that are equal in everything compared, beyond which one stands for all of them."""
STEP = 1_000_000
"""Pairs scored between two words of progress."""


@attrs.frozen(kw_only=True, eq=False)
class Learned:
    """A table made ready, and what was learned from it.

    Attributes:
        features: what is compared.
        comparers: the comparisons.
        model: m, u and the prior.
        evidence: the same in bits.
        rules: the blocking rules, best first.

    """

    features: tuple[Feature, ...]
    comparers: Comparers
    model: Model
    evidence: Evidence
    rules: tuple[BlockingRule, ...]

    def weigh(self, left: Int64s, right: Int64s) -> Floats:
        """Return the match weight of each pair of rows, in bits, float64, (pairs,)."""
        return self.comparers.weights(left, right, self.evidence, least=-np.inf)[1]


@attrs.frozen(kw_only=True, eq=False)
class Evaluated:
    """The scored pairs.

    Attributes:
        left, right: int64, (pairs,), rows, left < right, rising.
        weight: float64, (pairs,), match weights in bits.
        compared: how many candidate pairs there were.

    """

    left: Int64s
    right: Int64s
    weight: Floats
    compared: int


def learn(
    columns: Mapping[str, Sequence[Cell]], spec: MatchSpec, *, side: Side = None, progress: Progress
) -> Learned | None:
    """Prepare a table and learn from it; None where no column says anything about who a row is."""
    features = tuple(build_features(columns, spec.roles))
    if not features:
        return None
    rows = len(features[0].data.codes)
    progress("learn", 0, None)
    budget = max(spec.pairs_per_row * rows, LEAST_PAIRS)
    comparers = Comparers(features, expected_pairs=budget)
    prospects = prospects_of(candidate_rules(keys_of(features)), side=side)
    sessions = training_sessions([p.rule for p in prospects], [p.cost for p in prospects], len(features))
    model = learn_model(comparers, [prospects[at].rule for at in sessions], side=side)

    relations = relations_among([feature.role for feature in features], rate=model.prior_weight)

    def score(left: Int64s, right: Int64s) -> Floats:
        _, weight = comparers.weights(left, right, evidence_of(model, features, relations), least=-np.inf)
        return 1 / (1 + np.exp2(-weight))

    choice = choose_rules(prospects, score, budget=budget, few=LEAST_PAIRS)
    for _ in range(2):  # what a shared value is worth depends on how many pairs are one person, and the other way round
        parts, alike = comparers.parts(choice.left, choice.right, evidence_of(model, features, relations))
        by_relation = shared(parts, alike, relations)
        prior, relations = learn_rates(parts.sum(axis=0), by_relation, choice.share, _pairs(rows, side), relations)
        model = attrs.evolve(model, prior=prior)
    return Learned(
        features=features,
        comparers=comparers,
        model=model,
        evidence=evidence_of(model, features, relations),
        rules=tuple(choice.rules),
    )


def _pairs(rows: int, side: Side) -> float:
    """Return how many pairs of rows there are, across if there are two tables; at least 1."""
    return max(int((side == 0).sum()) * int((side == 1).sum()) if side is not None else rows * (rows - 1) / 2, 1)


def run(learned: Learned, *, side: Side = None, progress: Progress) -> Evaluated:
    """Find the candidate pairs, score them, and keep those that may be matches."""
    packed = _candidates(learned, side=side, progress=progress)
    left, right = unpack(packed)
    kept, weights = [np.empty(0, np.int64)], [np.empty(0)]
    for start in range(0, len(packed), STEP):
        progress("compare", start, len(packed))
        part = slice(start, start + STEP)
        at, weight = learned.comparers.weights(left[part], right[part], learned.evidence, least=KEPT_WEIGHT)
        kept.append(at + start)
        weights.append(weight)
    at = np.concatenate(kept)
    return Evaluated(left=left[at], right=right[at], weight=np.concatenate(weights), compared=len(packed))


def _candidates(learned: Learned, *, side: Side, progress: Progress) -> Int64s:
    """Return the distinct pairs that the rules find, packed and rising.

    Of many rows that are equal in everything, one is blocked, and paired with each of its copies.
    """
    rows = np.arange(learned.comparers.rows)
    stand_in = rows if side is not None else learned.comparers.stand_ins(more_than=COPIES)
    copies = np.flatnonzero(stand_in != rows)
    packed, size = stand_in[copies] << 32 | copies, 0
    waiting: list[Int64s] = []
    for done, rule in enumerate(learned.rules):
        progress("block", done, len(learned.rules))
        blocks = Blocks.of(rule.without(copies) if len(copies) else rule)
        for pairs in blocks.pairs(side=side):
            waiting.append(pairs)
            size += len(pairs)
            if size > max(len(packed), STEP):  # each pair is sorted a few times only, and repeats never pile up
                packed, waiting, size = distinct_pairs([packed, *waiting]), [], 0
    return distinct_pairs([packed, *waiting])
