"""Chooses blocking rules by what a sample of their pairs is worth under the learned model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching.blocking import LARGEST_BLOCK, Blocks, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.blocking import BlockingRule

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]
    Side = NDArray[np.int8] | None

__all__ = ["Choice", "Prospect", "choose_rules", "prospects_of"]

SAMPLED_ROWS = 100_000
"""Rows on which rules are tried; in a larger table they stand for all."""
SAMPLE = 800
"""Pairs of each rule that are scored to know what it yields."""
LEAST_YIELD = 1 / 200
"""Expected true matches a new pair below which a rule is not worth its cost."""
CHEAP_YIELD = 1 / 2000
"""The same as long as few pairs are compared in all."""
SORTING = 0.2
"""What finding the blocks of a rule costs for each row of the table, in compared pairs."""


@attrs.frozen(kw_only=True, eq=False)
class Prospect:
    """A rule that was tried on a sample of rows.

    Attributes:
        rule: the rule, over the whole table.
        cost: estimated number of its pairs in the whole table.
        pairs: int64, some of those, packed, by rows of the whole table.

    """

    rule: BlockingRule
    cost: int
    pairs: Int64s


@attrs.frozen(kw_only=True, eq=False)
class Choice:
    """Which rules, and a sample of the pairs that they find together.

    Attributes:
        rules: best first.
        left, right: int64, (sampled,), rows.
        share: float64, (sampled,), how many candidate pairs each stands for.

    """

    rules: list[BlockingRule]
    left: Int64s
    right: Int64s
    share: Floats


def prospects_of(rules: Sequence[BlockingRule], *, side: Side) -> list[Prospect]:
    """Try each rule on a sample of rows; rules without any pair are left out."""
    if not rules:
        return []
    rows = rules[0].rows
    sampled = np.linspace(0, rows - 1, min(rows, SAMPLED_ROWS), dtype=np.int64)
    ratio = rows / max(len(sampled), 1)
    largest = max(int(LARGEST_BLOCK / ratio), 2)
    found = (_prospect(rule, sampled, largest=largest, ratio=ratio, side=side) for rule in rules)
    return [prospect for prospect in found if len(prospect.pairs)]


def _prospect(rule: BlockingRule, rows: Int64s, *, largest: int, ratio: float, side: Side) -> Prospect:
    blocks = Blocks.of(rule.on(rows), largest=largest)
    step = max(-(-blocks.cost // SAMPLE), 1)
    own_side = None if side is None else side[rows]
    left, right = unpack(np.sort(blocks.pairs(side=own_side))[::step])
    return Prospect(
        rule=rule,
        cost=int(blocks.cost * ratio * ratio),
        pairs=rows[left] << 32 | rows[right],
    )


def choose_rules(
    prospects: Sequence[Prospect], score: Callable[[Int64s, Int64s], Floats], *, budget: int, few: int
) -> Choice:
    """Pick rules greedily by expected new matches for what they cost, within the budget.

    Args:
        prospects: the rules.
        score: from rows left and right to the probability that each pair is a match.
        budget: pairs in all; those that several rules find count each time.
        few: pairs that cost next to nothing; within them, rules of less yield are taken, too.

    """
    prospects = [prospect for prospect in prospects if prospect.cost <= budget]
    if not prospects:
        return Choice(rules=[], left=np.empty(0, np.int64), right=np.empty(0, np.int64), share=np.empty(0))
    sizes = np.array([len(prospect.pairs) for prospect in prospects])
    left, right = unpack(np.concatenate([prospect.pairs for prospect in prospects]))
    owner = np.repeat(np.arange(len(prospects)), sizes)
    each = (np.array([prospect.cost for prospect in prospects]) / sizes)[owner]
    worth = score(left, right) * each
    found_by = [_finds(prospect, left, right) for prospect in prospects]
    fresh = np.ones(len(left), bool)
    overhead = SORTING * prospects[0].rule.rows
    taken = np.zeros(len(left), bool)
    chosen: list[BlockingRule] = []
    left_over, spent = set(range(len(prospects))), 0
    while left_over:
        gain = np.bincount(owner[fresh], worth[fresh], len(prospects))
        rate = gain / (np.bincount(owner[fresh], each[fresh], len(prospects)) + overhead)
        best = max(sorted(left_over), key=lambda at: rate[at])
        left_over.remove(best)
        cost = prospects[best].cost
        if rate[best] < CHEAP_YIELD:
            break
        if spent + cost > budget or (spent + cost > few and rate[best] < LEAST_YIELD):
            continue
        spent += cost
        chosen.append(prospects[best].rule)
        taken |= fresh & (owner == best)
        fresh &= ~found_by[best]
    return Choice(rules=chosen, left=left[taken], right=right[taken], share=each[taken])


def _finds(prospect: Prospect, left: Int64s, right: Int64s) -> Bools:
    """Whether the rule's keys agree on each pair, bool, (pairs,)."""
    return prospect.rule.agrees(left, right)
