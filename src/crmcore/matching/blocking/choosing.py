"""Chooses blocking rules by what they bring together for what they cost.

What counts is people, not pairs: a rule that finds a true match of two rows which other rules connect already, be it by
way of further rows, has found nothing. So a few rows, the seeds, are followed. What each rule would pair them with is
weighed; what the rules chosen so far connect them with, step by step and in the whole table, is known, and what a
further rule would add to that is its gain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching._threads import of_each
from crmcore.matching.blocking._following import Followed
from crmcore.matching.blocking._trying import LIKELY, SORTING, TRIED_ROWS, Trial
from crmcore.matching.blocking.blocks import LARGEST_BLOCK, Blocks, splitters_among
from crmcore.matching.blocking.neighbours import NeighbourSearch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.blocking.keys import Key
    from crmcore.matching.blocking.rules import BlockingRule

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]
    Side = NDArray[np.int8] | None
    Score = Callable[[Int64s, Int64s], Floats]

__all__ = ["LIKELY", "ChosenRules", "RuleCost", "choose_rules", "prospects_of", "seeds_for", "worth_a_try"]

SAMPLED_ROWS = 50_000
"""Rows on which the cost of rules is estimated: the first, for the order of rows says nothing of them."""
TRIED_PAIRS = 500_000
"""So many pairs are looked at for the sake of the choice: the fewer seeds, the more neighbours rows have."""
LEAST_YIELD = 1 / 500
"""Rows that find somebody, for each new pair, below which a rule is not worth its cost."""
CHEAP_YIELD = 1 / 2000
"""The same as long as few pairs are compared in all."""
UNASKED = 0.5
"""Share of so few pairs that is compared by rules of which no more is known than that they are cheap."""
CHEAP_KEY = 1.0
"""Pairs a row, up to which a rule is cheap: nothing is asked besides a single key, and a small table affords it."""


@attrs.frozen(kw_only=True, eq=False)
class RuleCost:
    """A rule and about how many pairs it has in the whole table, those of blocks that are too large left out."""

    rule: BlockingRule
    cost: int


@attrs.frozen(kw_only=True, eq=False)
class ChosenRules:
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


def prospects_of(rules: Sequence[BlockingRule], *, side: Side) -> list[RuleCost]:
    """Try each rule on a sample of rows; rules without any pair are left out."""
    costs = of_each(rules, lambda rule: _cost(rule, side))
    return [RuleCost(rule=rule, cost=cost) for rule, cost in zip(rules, costs, strict=True) if cost]


def _cost(rule: BlockingRule, side: Side) -> int:
    rows = min(rule.rows, SAMPLED_ROWS)
    ratio = rule.rows / max(rows, 1)
    blocks = Blocks.of(rule.first(rows), largest=max(int(LARGEST_BLOCK / ratio), 2))
    pairs = blocks.cost if side is None else len(blocks.pairs(side=side))
    return int(pairs * ratio * ratio)


def choose_rules(prospects: Sequence[RuleCost], score: Score, *, side: Side, budget: int, few: int) -> ChosenRules:
    """Pick rules greedily by the rows that find somebody new for what they cost, within the budget.

    Args:
        prospects: the rules.
        score: from rows left and right to the probability that each pair is a match; less than `LIKELY` may be 0.
        side: int8, (rows,), which of two tables a row is of, or None.
        budget: pairs in all.
        few: pairs that cost next to nothing; within them, rules of less yield are taken, too.

    """
    prospects = worth_a_try(prospects, budget)
    if not prospects:
        return ChosenRules(rules=[], left=np.empty(0, np.int64), right=np.empty(0, np.int64), share=np.empty(0))
    rules = [prospect.rule for prospect in prospects]
    splitters = _splitters(rules)
    around = NeighbourSearch(splitters=splitters, side=side)
    seeds = seeds_for(prospects)
    trial, followed = Trial(rules, seeds, score, around), Followed(seeds, score, around)
    chosen: list[int] = []
    spent = 0.0
    while (best := trial.best()).gain:
        fits = spent + best.new <= budget and best.gain >= LEAST_YIELD * (best.new + SORTING * rules[0].rows)
        if fits:
            spent += best.new
            chosen.append(best.rule)
            followed.by(rules[best.rule])
        trial.settle(best.rule, taken=fits, connected=followed.connects)
    if spent < few:
        chosen += _further(prospects, chosen, trial, score, around, few=few, spent=spent)
        chosen += _cheapest(prospects, chosen, most=few * UNASKED)
    left, right, share = trial.sample(least=CHEAP_YIELD)
    kept = _within([prospects[at] for at in chosen], splitters, budget)
    return ChosenRules(rules=kept, left=left, right=right, share=share)


def seeds_for(prospects: Sequence[RuleCost]) -> Int64s:
    """Return as many of the first rows as may be followed, the fewer, the more pairs the rules have."""
    rows = prospects[0].rule.rows
    looked_through = min(rows, TRIED_ROWS) / rows
    pairs_a_seed = 2 * sum(prospect.cost for prospect in prospects) / rows * looked_through
    return np.arange(min(rows, max(int(TRIED_PAIRS / pairs_a_seed), 1)), dtype=np.int64)


def _further(
    prospects: Sequence[RuleCost],
    chosen: Sequence[int],
    trial: Trial,
    score: Score,
    around: NeighbourSearch,
    *,
    few: int,
    spent: float,
) -> list[int]:
    """Return rules that find directly what is connected only by way of other rows, or by nothing yet.

    They are for small tables, where pairs cost nothing. What few seeds did not see may still be there: the rules that
    are cheap enough for the least that could have been overlooked are tried once more, on more rows.
    """
    possible = trial.at_most()
    further = [
        at
        for at, prospect in enumerate(prospects)
        if at not in chosen and prospect.cost <= few - spent and possible[at] >= CHEAP_YIELD * prospect.cost
    ]
    if not further:
        return []
    tried = [*chosen, *further]
    again = Trial([prospects[at].rule for at in tried], seeds_for([prospects[at] for at in tried]), score, around)
    for at in range(len(chosen)):
        again.settle(at, taken=True)
    found = []
    while (best := again.best()).gain:
        fits = spent + best.new <= few and best.gain >= CHEAP_YIELD * best.new
        if fits:
            spent += best.new
            found.append(tried[best.rule])
        again.settle(best.rule, taken=fits)
    return found


def _cheapest(prospects: Sequence[RuleCost], chosen: Sequence[int], *, most: float) -> list[int]:
    """Return the cheap rules that are left, up to so many pairs; a part of what is compared anyhow is none.

    A few seeds tell what a rule finds, and what none of them saw may be there all the same: in a small table, one
    looks.
    """
    compared = [{key.name for key in prospects[at].rule.keys} for at in chosen]
    found = []
    for at in sorted(range(len(prospects)), key=lambda at: (prospects[at].cost, prospects[at].rule.name)):
        keys = {key.name for key in prospects[at].rule.keys}
        if any(others <= keys for others in compared):
            continue
        most -= prospects[at].cost
        if most < 0 or prospects[at].cost > prospects[at].rule.rows * CHEAP_KEY:
            break
        compared.append(keys)
        found.append(at)
    return found


def _within(chosen: Sequence[RuleCost], splitters: Sequence[Key], budget: int) -> list[BlockingRule]:
    """Leave out the last rules, if all that they find is more than may be: what was spent is an estimate."""
    rules = [prospect.rule for prospect in chosen]
    if 2 * sum(prospect.cost for prospect in chosen) <= budget:
        return rules
    spent = np.cumsum([Blocks.of(rule, splitters=splitters).cost for rule in rules])
    return rules[: int(np.searchsorted(spent, budget, side="right"))]


def worth_a_try(prospects: Sequence[RuleCost], budget: int) -> list[RuleCost]:
    """Leave out what is too dear, and what finds a part of what a single key finds that is cheap already."""
    cheap = {
        prospect.rule.keys[0].name
        for prospect in prospects
        if len(prospect.rule.keys) == 1 and prospect.cost <= prospect.rule.rows * CHEAP_KEY
    }
    return [
        prospect
        for prospect in prospects
        if prospect.cost <= budget
        and (len(prospect.rule.keys) == 1 or not cheap & {key.name for key in prospect.rule.keys})
    ]


def _splitters(rules: Sequence[BlockingRule]) -> list[Key]:
    return splitters_among(list({key.name: key for rule in rules for key in rule.keys}.values()))
