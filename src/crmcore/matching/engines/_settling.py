"""How many pairs of a table are one person, and how many are related in other ways: each table has its own answer.

What an agreement is worth among people goes from one table to the next; how often people stand in a table twice does
not. So a model that comes from elsewhere is settled in: of the pairs that its rules find here, a sample tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching.blocking import CandidatePairs, splitters_among, unpack
from crmcore.matching.encoding.strings import mixed
from crmcore.matching.relations import learn_rates, shared

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmcore.matching._comparing import Comparers, Evidence
    from crmcore.matching.engines.local import Learned, Prepared
    from crmcore.matching.relations import Relation

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Sample", "fingerprint", "pairs_of", "rates", "sampled"]

SAMPLED = 20_000
"""Pairs from which rates are learned, about, if there are so many."""
ROUNDS = 2
"""What a shared value is worth depends on how many pairs are one person, and the other way round."""


@attrs.frozen(kw_only=True, eq=False)
class Sample:
    """Some candidate pairs that stand for all.

    Attributes:
        left, right: int64, (sampled,), rows.
        share: float64, (sampled,), how many candidate pairs each stands for.

    """

    left: Int64s
    right: Int64s
    share: Floats


def sampled(learned: Learned) -> Sample:
    """Take some of the pairs that the rules find, by a hash: which, does not depend on the order of anything."""
    candidates = CandidatePairs.of(
        learned.rules, memory=learned.memory, splitters=splitters_among(learned.keys), side=learned.side
    )
    part = min(SAMPLED / max(candidates.most, 1), 1.0)
    below = np.uint64(min(int(part * 2**64), 2**64 - 1))
    taken = [np.empty(0, np.int64), *(pairs[mixed(pairs.astype(np.uint64)) <= below] for pairs in candidates)]
    left, right = unpack(np.concatenate(taken))
    return Sample(left=left, right=right, share=np.full(len(left), 1 / part))


def rates(
    comparers: Comparers,
    evidence: Callable[[float, tuple[Relation, ...]], Evidence],
    sample: Sample,
    *,
    prior: float,
    relations: tuple[Relation, ...],
    pairs: float,
) -> tuple[float, tuple[Relation, ...]]:
    """Learn how many pairs are one person, and how many are in each relation.

    Args:
        comparers: the comparisons.
        evidence: from a prior and relations to what agreements are worth.
        sample: candidate pairs.
        prior, relations: to begin with.
        pairs: how many pairs of rows there are.

    Returns:
        the prior, and the relations with their rates.

    """
    for _ in range(ROUNDS):
        parts, alike = comparers.parts(sample.left, sample.right, evidence(prior, relations))
        by_relation = shared(parts, alike, relations)
        prior, relations = learn_rates(parts.sum(axis=0), by_relation, sample.share, pairs, relations)
    return prior, relations


def pairs_of(prepared: Prepared) -> float:
    """Return how many pairs of rows there are, across if there are two tables; at least 1."""
    rows, side = len(prepared.rows), prepared.side
    return max(int((side == 0).sum()) * int((side == 1).sum()) if side is not None else rows * (rows - 1) / 2, 1)


def fingerprint(prepared: Prepared) -> str:
    """Return what tells this table from others: a number made of all values and how many rows hold each."""
    total = np.array([len(prepared.place)], np.uint64)
    for feature in prepared.features:
        counts = feature.data.counts().astype(np.uint64)
        total = mixed(total + (mixed(feature.data.keys) * counts).sum(dtype=np.uint64))
    return f"{int(total[0]):016x}"
