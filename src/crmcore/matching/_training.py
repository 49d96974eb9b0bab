"""Learns a model from a table without labels: u from random pairs of rows, m from blocks that are mostly matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.roles import Role
from crmcore.matching._comparing import Evidence
from crmcore.matching._kinds import KINDS
from crmcore.matching.blocking import Blocks, distinct_pairs, unpack
from crmcore.matching.frequencies import LIKE_ROWS
from crmcore.matching.scoring import Model, estimate_m, patterns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcore.matching._comparing import Comparers
    from crmcore.matching._features import Feature
    from crmcore.matching._kinds import Kind
    from crmcore.matching.blocking import BlockingRule
    from crmcore.matching.frequencies import ValueFrequencies
    from crmcore.matching.relations import Relation

    Floats = NDArray[np.float64]
    Int8s = NDArray[np.int8]
    Int64s = NDArray[np.int64]

__all__ = ["Counted", "chance_levels", "evidence_of", "is_anything", "learn_model", "training_sessions"]

RANDOM_PAIRS = 400_000
SESSION_PAIRS = 150_000
SESSION_BLOCK = 100
SESSIONS = 8
LEAST_PURITY = 0.5
USUAL_PAIRS = 1000
"""So many pairs of a table weigh as much as what is usual among people at large."""
USUAL_ROWS = 100
"""The same for the rows behind the frequency of a value."""
SEED = 1
"""Random pairs are drawn with a fixed seed: the same table gives the same model."""


def training_sessions(rules: Sequence[BlockingRule], cost: Sequence[int], features: int) -> list[int]:
    """Choose rules whose blocks are mostly true matches, so that each feature is left free by several of them.

    A rule's blocks hold true matches and coincidences. Were its keys independent, there would be
    rows^2 / 2 x (the product of their chances of equality) coincidences; rules are ranked by what exceeds that.

    Args:
        rules, cost: candidate rules and the number of pairs of each.
        features: how many features there are.

    Returns:
        positions in *rules*.

    """
    keys = {id(key): key for rule in rules for key in rule.keys}
    chance = {name: key.chance() for name, key in keys.items()}
    purity = [
        _purity(pairs, rule.rows, [chance[id(key)] for key in rule.keys])
        for rule, pairs in zip(rules, cost, strict=True)
    ]
    ranked = sorted(range(len(rules)), key=lambda at: (-purity[at], rules[at].name))
    good = [at for at in ranked if purity[at] > LEAST_PURITY and cost[at] >= 30] or [at for at in ranked if cost[at]][
        :3
    ]
    left_free = np.zeros(features, int)
    chosen: list[int] = []
    for at in good:
        free = np.array([position not in rules[at].features for position in range(features)], bool)
        if len(chosen) < SESSIONS and (len(chosen) < 3 or (left_free[free] < 4).any()):
            chosen.append(at)
            left_free += free
    return chosen


def _purity(pairs: int, rows: int, chances: Sequence[float]) -> float:
    """Return the share of a rule's pairs that are more than coincidence; 0 for rules of one key, which cannot tell."""
    if len(chances) < 2 or not pairs:
        return 0.0
    return float(pairs / (pairs + np.prod(chances) * rows * rows / 2))


def learn_model(comparers: Comparers, sessions: Sequence[BlockingRule], *, side: NDArray[np.int8] | None) -> Model:
    """Learn m and u of every comparison from the table itself; the prior is a first guess still.

    Each session estimates the comparisons that its rule leaves free; they are averaged by the matches behind them.
    """
    tops = comparers.tops
    u = chance_levels(
        comparers.levels(*random_pairs(comparers.rows, side=side)),
        [feature.kind.chance for feature in comparers.features],
        [_equality_by_chance(feature) for feature in comparers.features],
        distinct=comparers.rows * (comparers.rows - 1) // 2,
    )
    start = [np.append(np.full(top, 0.25 / top), 0.75) for top in tops]
    differs = [feature.kind.differs for feature in comparers.features]
    totals = [2 * guess for guess in start]
    for rule in sessions:
        packed = distinct_pairs([Blocks.of(rule, largest=SESSION_BLOCK).pairs(side=side)])
        left, right = unpack(packed[:: max(len(packed) // SESSION_PAIRS, 1)])
        distinct, counts = patterns_of(comparers.levels(left, right), [top + 1 for top in tops])
        learn = [position for position in range(len(tops)) if position not in rule.features]
        m, support = estimate_m(distinct, counts, u, start=start, learn=learn, differs=differs)
        for position in learn:
            totals[position] += m[position] * min(support[position], SESSION_PAIRS / 3)
    return Model(m=tuple(total / total.sum() for total in totals), u=tuple(u), prior=1 / max(comparers.rows, 2))


def random_pairs(rows: int, *, side: NDArray[np.int8] | None) -> tuple[Int64s, Int64s]:
    """Draw pairs of different rows (of different tables, where there are two), the same ones each time."""
    left, right = np.random.default_rng(SEED).integers(0, max(rows, 1), (2, min(RANDOM_PAIRS, 20 * rows * rows)))
    keep = left != right if side is None else side[left] != side[right]
    return left[keep], right[keep]


def chance_levels(
    levels: Int8s, usual: Sequence[Sequence[float]], equal: Sequence[float], *, distinct: int
) -> list[Floats]:
    """Estimate u of each comparison.

    Args:
        levels: int8, (pairs, comparisons), of random pairs.
        usual: for each comparison, how often its levels come by chance among people at large.
        equal: the exact chance of equality of each comparison, from the frequencies of its values.
        distinct: how many pairs of rows there are; a small table, most of whose pairs may be matches, tells little, and
            leaves more to what is usual.

    Returns:
        for each comparison, float64, (levels,), summing to 1.

    """
    estimates = []
    told = min(distinct, len(levels)) / (min(distinct, len(levels)) + USUAL_PAIRS)
    for column, elsewhere in enumerate(usual):
        top = len(elsewhere) - 1
        seen = np.bincount(levels[levels[:, column] >= 0, column], minlength=top + 1).astype(float)
        below = seen[:top] + 0.5
        here = np.append(below / below.sum() * (1 - equal[column]), equal[column])
        estimates.append(told * here + (1 - told) * np.array(elsewhere))
    return estimates


def _equality_by_chance(feature: Feature) -> float:
    """Return the chance that two random rows with values share one: the sum of n (n - 1) / N (N - 1)."""
    counts = feature.data.counts().astype(float)
    known = float(feature.data.known.sum())
    return float(np.clip((counts * (counts - 1)).sum() / max(known * (known - 1), 1.0), 0.1 / max(known, 1) ** 2, 0.95))


@attrs.frozen(eq=False)
class Counted:
    """How many rows of a table hold any value of a feature, and each value, int64, (values,)."""

    any: int
    each: Int64s


def evidence_of(
    model: Model,
    features: Sequence[Feature],
    relations: tuple[Relation, ...],
    outside: Sequence[ValueFrequencies | None] = (),
    counted: Sequence[Counted] = (),
) -> Evidence:
    """Turn probabilities into bits.

    Sharing value v is worth log2(m / u_v). A third row shares v by chance as often as v stands in rows besides those
    two, less those that are there because they are the same person: u_v = (n_v - 2) / (N - 2) - prior x m, and at
    least half a row's share. In a small table, what is usual among people at large stands beside it: of all values, or,
    where the frequencies of an outside population are known, of each. Of a column that no role fits nobody knows what
    is usual: there, what is common in the table is.
    """
    value_bits = []
    counted = counted or [Counted(int(feature.data.known.sum()), feature.data.counts()) for feature in features]
    for feature, m, elsewhere, rows_with in zip(
        features, model.m, outside or [None] * len(features), counted, strict=True
    ):
        known = max(rows_with.any, 2)
        usual: Floats | float = feature.kind.chance[-1]
        rows = float(USUAL_ROWS)
        if is_anything(feature.role, feature.kind):
            usual = np.maximum(usual, rows_with.each / known)
        if elsewhere is not None:
            usual, rows = elsewhere.of(feature.data), float(min(elsewhere.rows, LIKE_ROWS))
        others = np.maximum(rows_with.each - 2 - model.prior * m[-1] * (known - 2), 0.0)
        chance = (others + rows * usual) / (known - 2 + rows)
        value_bits.append(np.log2(m[-1]) - np.log2(np.maximum(chance, 0.5 / (known + 10 * rows))))
    return Evidence(bits=model.bits(), value_bits=tuple(value_bits), prior=model.prior_weight, relations=relations)


def is_anything(role: Role, kind: Kind) -> bool:
    """Tell whether a column may hold whatever has few values, and nobody said how often two people share one."""
    return role is Role.CATEGORY and kind is KINDS[role]
