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
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmcore.matching._comparing import Comparers, Evidence
    from crmcore.matching.encoding.coded import Coded
    from crmcore.matching.engines.local import Learned, Prepared
    from crmcore.matching.relations import Relation

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = [
    "Sample",
    "content",
    "fingerprint",
    "fingerprint_of",
    "in_sample",
    "pairs_of",
    "rates",
    "sampled",
    "sampled_share",
]

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
    part = sampled_share(candidates.most)
    taken = [np.empty(0, np.int64), *(pairs[in_sample(pairs, part)] for pairs in candidates)]
    left, right = unpack(np.concatenate(taken))
    return Sample(left=left, right=right, share=np.full(len(left), 1 / part))


def sampled_share(most: int) -> float:
    """Return the share of so many candidate pairs that is taken."""
    return min(SAMPLED / max(most, 1), 1.0)


def in_sample(packed: Int64s, share: float) -> NDArray[np.bool_]:
    """Say of pairs, left << 32 | right, whether they are taken, bool, (pairs,)."""
    taken: NDArray[np.bool_] = mixed(packed.astype(np.uint64)) <= np.uint64(min(int(share * 2**64), 2**64 - 1))
    return taken


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
    held = [feature.data for feature in prepared.features]
    return fingerprint_of(len(prepared.place), [content(data, data.counts()) for data in held])


def content(data: Coded, counts: Int64s) -> int:
    """Return a number below 2^64 made of the values of a feature and how many rows hold each; it adds up over rows."""
    return int((mixed(data.keys) * counts.astype(np.uint64)).sum(dtype=np.uint64))


def fingerprint_of(rows: int, contents: Sequence[int]) -> str:
    """Return what tells a table of so many rows, and of features of such content, from others."""
    total = np.array([rows], np.uint64)
    for each in contents:
        total = mixed(total + np.uint64(each))
    return f"{int(total[0]):016x}"
