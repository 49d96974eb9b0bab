"""Runs a match specification in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching._candidates import choose_rules, prospects_of
from crmcore.matching._comparing import Comparers, Evidence
from crmcore.matching._encoding import stand_ins
from crmcore.matching._features import Feature, build_features
from crmcore.matching._training import evidence_of, learn_model, training_sessions
from crmcore.matching.blocking import Blocks, candidate_rules, distinct_pairs, keys_of, unpack
from crmcore.matching.clusters import cluster
from crmcore.matching.relations import learn_rates, relations_among, shared
from crmcore.matching.scoring import probability_of

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

__all__ = ["Evaluated", "Learned", "group", "learn", "run"]

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

    Of many rows that are equal in everything compared, one stands for all: thousands of copies of one person would
    otherwise look like something that everybody shares.

    Attributes:
        rows: int64, the rows of the table that stand for themselves, rising; the arrays below speak of these only.
        place: int64, (rows of the table,), where in `rows` the row stands that stands for it.
        features: what is compared.
        comparers: the comparisons.
        model: m, u and the prior.
        evidence: the same in bits.
        rules: the blocking rules, best first.

    """

    rows: Int64s
    place: Int64s
    features: tuple[Feature, ...]
    comparers: Comparers
    model: Model
    evidence: Evidence
    rules: tuple[BlockingRule, ...]

    def weigh(self, left: Int64s, right: Int64s) -> Floats:
        """Return the match weight of each pair of places, in bits, float64, (pairs,)."""
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
    found = build_features(columns, spec.roles)
    if not found:
        return None
    kept, place = _distinct_rows(found) if side is None else (np.arange(len(side)),) * 2
    features = tuple(feature.on(kept) for feature in found)
    rows = len(kept)
    progress("learn", 0, None)
    budget = max(spec.pairs_per_row * rows, LEAST_PAIRS)
    comparers = Comparers(features, expected_pairs=budget // 5)  # rules seldom use up what they may
    prospects = prospects_of(candidate_rules(keys_of(features)), side=side)
    sessions = training_sessions([p.rule for p in prospects], [p.cost for p in prospects], len(features))
    model = learn_model(comparers, [prospects[at].rule for at in sessions], side=side)

    relations = relations_among([feature.role for feature in features], rate=model.prior_weight)

    def score(left: Int64s, right: Int64s) -> Floats:
        _, weight = comparers.weights(left, right, evidence_of(model, features, relations), least=-np.inf)
        return probability_of(weight)

    choice = choose_rules(prospects, score, budget=budget, few=LEAST_PAIRS)
    for _ in range(2):  # what a shared value is worth depends on how many pairs are one person, and the other way round
        parts, alike = comparers.parts(choice.left, choice.right, evidence_of(model, features, relations))
        by_relation = shared(parts, alike, relations)
        prior, relations = learn_rates(parts.sum(axis=0), by_relation, choice.share, _pairs(rows, side), relations)
        model = attrs.evolve(model, prior=prior)
    return Learned(
        rows=kept,
        place=place,
        features=features,
        comparers=comparers,
        model=model,
        evidence=evidence_of(model, features, relations),
        rules=tuple(choice.rules),
    )


def _pairs(rows: int, side: Side) -> float:
    """Return how many pairs of rows there are, across if there are two tables; at least 1."""
    return max(int((side == 0).sum()) * int((side == 1).sum()) if side is not None else rows * (rows - 1) / 2, 1)


def _distinct_rows(features: Sequence[Feature]) -> tuple[Int64s, Int64s]:
    """Return the rows that stand for themselves, and for each row of the table which of them stands for it."""
    stand_in = stand_ins(np.concatenate([feature.data.codes for feature in features], axis=1), more_than=COPIES)
    return np.unique(stand_in, return_inverse=True)


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
    copies = np.flatnonzero(learned.rows[learned.place] != np.arange(len(learned.place)))
    originals = learned.rows[learned.place[copies]]
    weights.append(learned.weigh(learned.place[copies], learned.place[copies]))
    left = np.concatenate((learned.rows[left[at]], originals))
    right = np.concatenate((learned.rows[right[at]], copies))
    order = np.lexsort((right, left)) if len(copies) else slice(None)
    return Evaluated(
        left=left[order], right=right[order], weight=np.concatenate(weights)[order], compared=len(packed) + len(copies)
    )


def group(learned: Learned, found: Evaluated, *, least: float) -> Int64s:
    """Return one label a row of the table, int64, (rows,): the smallest row of its group."""
    left, right = learned.place[found.left], learned.place[found.right]
    copied = left == right
    between, strong = ~copied, copied & (found.weight >= least)
    grouped = cluster(
        len(learned.rows),
        left[between],
        right[between],
        found.weight[between],
        learned.weigh,
        prior=learned.evidence.prior,
        least=least,
    )
    label = np.arange(len(learned.place))
    label[learned.rows] = learned.rows[grouped]
    label[found.right[strong]] = label[found.left[strong]]
    return label


def _candidates(learned: Learned, *, side: Side, progress: Progress) -> Int64s:
    """Return the distinct pairs of places that the rules find, packed and rising."""
    packed, size = np.empty(0, np.int64), 0
    waiting: list[Int64s] = []
    for done, rule in enumerate(learned.rules):
        progress("block", done, len(learned.rules))
        for pairs in Blocks.of(rule).pairs(side=side):
            waiting.append(pairs)
            size += len(pairs)
            if size > max(len(packed), STEP):  # each pair is sorted a few times only, and repeats never pile up
                packed, waiting, size = distinct_pairs([packed, *waiting]), [], 0
    return distinct_pairs([packed, *waiting])
