"""From which likeness on two rows are one person: told by the files themselves, without labels.

Within a file in which everybody stands once, all pairs that are alike are of different people, relatives and namesakes
among them. So what share of such pairs reaches a threshold is counted there, and as many pairs are alike by chance
across two files. Let n rows have F such pairs, spread over the rows as they come; let B of the rows have a partner at
the threshold, and a share u of them no true one. Then the best partner is a wrong one of

    W = u n (1 - e^(-F / n))    with    u = 1 - (B - W) / n

rows, and W / B of the best partners are wrong; beyond one such pair a row nothing can be told. Where few pairs are
counted, their number is continued from where they are many: its logarithm falls ever more steeply, so a straight line
errs on the safe side.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.matching.clk._join import Filters, Line, pairs_across
from crmcore.matching.clk.linking import check_comparable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.matching.clk.encodings import Clks

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Suggestion", "suggest_threshold"]

HIGHEST, LOWEST, STEP = 0.95, 0.5, 0.01
STRIDE = 0.05
"""How much further down each look goes."""
ENOUGH, MANY = 100, 10_000
"""Pairs alike by chance, from which their number is believed; and from which no more are looked for."""
BACK = 0.03
"""Over how much of the scale the slope of their number is measured."""
MOST_PAIRS = 50_000_000
"""Pairs of the sample beyond which something else is wrong: each look finds some hundred times as many as the last."""
SEED = 0


@attrs.frozen(kw_only=True)
class Suggestion:
    """A threshold, and what may be expected of it.

    Attributes:
        threshold: Dice coefficient from which to link.
        precision: share of the links that is expected to be right, where each row is linked to its best partner.
        rows: share of the left rows that have a partner.

    """

    threshold: float
    precision: float
    rows: float


def suggest_threshold(left: Clks, right: Clks, *, precision: float = 0.99, sample: int = 2_000) -> Suggestion:
    """Return the lowest threshold whose links are expected to be right often enough, with ``one_to_one=True``.

    Where none is, it is the one of which most may be expected; `Suggestion.precision` says how much.

    How alike two different people can be hangs on the fields, on how full they are, and on how many rows there are; how
    many of the links are wrong, also on how few people both parties know. The usual 0.8 knows nothing of this.

    Args:
        left, right: encodings in which each person stands once, and relatives as often as across them. Who stands
            twice is taken for two who are alike, and the threshold comes out higher than it need be.
        precision: what share of the links is to be right.
        sample: how many different filters of each party are looked at, chosen by chance, always the same ones.

    Raises:
        EncodingsDiffer: they were made by another schema, or with another secret.
        InputError: the precision is not between 0 and 1, or there are fewer than a hundred rows to tell from.

    """
    check_comparable(left, right)
    if not 0 < precision < 1:
        raise InputError(f"precision is a share between 0 and 1, not {precision!r}")
    ours, theirs = Filters.of(left.bits), Filters.of(right.bits)
    if min(len(ours), len(theirs)) < ENOUGH:
        raise InputError(
            f"{min(len(ours), len(theirs))} different rows are too few to tell from, {ENOUGH} are needed on each side; "
            "link from 0.8 on, as most do"
        )
    some = _sampled(ours, sample)
    at, best, chance = _counts(some, ours, theirs, sample, width=left.schema.width, turned=left.schema.turned)
    usable = np.flatnonzero((best > 0) & (chance <= len(some)))
    expected = {place: _precision(best[place], chance[place], len(some)) for place in usable.tolist()}
    good = [place for place, share in expected.items() if share >= precision]
    chosen = max(good) if good else max(expected, key=lambda place: (expected[place], place), default=0)
    return Suggestion(
        threshold=float(at[chosen]), precision=expected.get(chosen, 1.0), rows=float(best[chosen]) / len(some)
    )


def _sampled(filters: Filters, sample: int) -> Filters:
    """Return some of the filters, in their order; `group` says which they are."""
    chosen = np.sort(np.random.default_rng(SEED).permutation(len(filters))[:sample])
    return Filters(filters.bits[chosen], filters.set_bits[chosen], chosen)


def _counts(
    some: Filters, ours: Filters, theirs: Filters, sample: int, *, width: int, turned: float
) -> tuple[Floats, Int64s, Floats]:
    """Return falling thresholds, how many rows have a partner at each, and how many pairs are alike by chance."""
    others = _sampled(theirs, sample)
    low = HIGHEST
    while True:
        line = Line(threshold=low, width=width, turned=turned)
        within = np.concatenate([_within(some, ours, line), _within(others, theirs, line)])
        if len(within) >= MANY or low - STRIDE < LOWEST:
            break
        low = round(low - STRIDE, 2)
    at = np.round(np.arange(HIGHEST, low - STEP / 2, -STEP), 2)
    row, _, score = pairs_across(some, theirs, line, most=MOST_PAIRS)
    top = np.zeros(len(some))
    np.maximum.at(top, row, score)
    best = (top[:, None] >= at).sum(axis=0)
    pairs = len(some) * (len(ours) - 1) + len(others) * (len(theirs) - 1)
    share = len(some) * len(theirs) / pairs
    chance = _continued(at, (within[:, None] >= at).sum(axis=0))
    return at, best, share * chance


def _within(some: Filters, every: Filters, line: Line) -> Floats:
    """Return the scores at or above the line of pairs within one party, without those of a row with itself."""
    left, right, score = pairs_across(some, every, line, most=MOST_PAIRS)
    others: Floats = score[some.group[left] != right]
    return others


def _continued(at: Floats, counted: Int64s) -> Floats:
    """Return how many pairs are alike by chance, continued to where they are few."""
    times: Floats = counted.astype(float)
    enough = np.flatnonzero(counted >= ENOUGH)
    back = round(BACK / STEP)
    if not len(enough) or enough[0] + back >= len(at):
        return times
    start = int(enough[0])
    slope = math.log(times[start + back] / times[start]) / BACK
    times[:start] = np.maximum(times[:start], times[start] * np.exp(-slope * (at[:start] - at[start])))
    return times


def _precision(best: float, chance: float, rows: int) -> float:
    """Return what share of the best partners is right; see the module."""
    wrong = 0.0
    struck = -math.expm1(-chance / rows)
    for _ in range(100):
        without = 1 - (best - wrong) / rows
        wrong = (wrong + min(without * rows * struck, best)) / 2
    return float(1 - wrong / best)
