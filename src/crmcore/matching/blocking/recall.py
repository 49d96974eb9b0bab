"""How many of the true matches are compared at all: estimated without labels.

Some rows, the seeds, are paired as widely as can be: with all that share any key or two keys with them, under rules
that were not chosen as well, and with the rest of their clusters, which hold rows that share no key by way of others.
Of the matches seen so, each is compared or not.

What is seen nowhere is estimated from how many families of keys agree on each match, as from animals that are caught
once and twice: f1^2 / (2 f2) more than were caught. It is a lower bound where families depend on each other, and they
do: a row that lacks its mailbox often lacks its telephone. The interval says so.

Source: Chao, Nonparametric Estimation of the Number of Classes in a Population, 1984.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.roles import Role
from crmcore.matching.blocking.blocks import splitters_among
from crmcore.matching.blocking.choosing import prospects_of, seeds_for, worth_a_try
from crmcore.matching.blocking.neighbours import NeighbourSearch
from crmcore.matching.blocking.pairs import distinct_pairs, pairs_within, unpack
from crmcore.matching.blocking.rules import candidate_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmcore.matching._features import Feature
    from crmcore.matching.blocking.keys import Key
    from crmcore.matching.blocking.rules import BlockingRule

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]
    Side = NDArray[np.int8] | None

__all__ = ["Estimate", "estimate_recall"]

PAIRS_A_ROW = 60
"""Rules with more pairs than that would take longer than all others, to find what others find, too."""
LARGEST_PERSON = 100
"""Rows of a cluster of which all pairs are looked at; of a larger one, those of its first rows."""
DEVIATIONS = 2.0
"""Standard errors, people being drawn, that the interval is wide to each side, besides what is uncertain in itself."""

_NAMES = frozenset({Role.GIVEN_NAME, Role.FAMILY_NAME, Role.MIDDLE_NAME, Role.PREFERRED_NAME})
_WHEREABOUTS = frozenset(
    {Role.HOUSE_NUMBER, Role.STREET, Role.ADDRESS, Role.CITY, Role.REGION, Role.POSTCODE, Role.BIRTH_PLACE}
)
_WORK = frozenset({Role.COMPANY, Role.JOB_TITLE})


@attrs.frozen(kw_only=True)
class Estimate:
    """A share, and the interval in which it lies most likely.

    Attributes:
        value, low, high: from 0 to 1.

    >>> print(Estimate(value=0.962, low=0.941, high=0.97))
    96.2 % (94.1 to 97.0 %)
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} % ({100 * self.low:.1f} to {100 * self.high:.1f} %)"


def estimate_recall(
    features: Sequence[Feature],
    keys: Sequence[Key],
    rules: Sequence[BlockingRule],
    probability: Callable[[Int64s, Int64s], Floats],
    label: Int64s,
    *,
    side: Side = None,
) -> Estimate:
    """Estimate which share of the true matches the rules compare.

    Args:
        features: what is compared.
        keys: what rows can be blocked by.
        rules: the rules that were chosen.
        probability: from rows left and right to the probability that each pair is a match.
        label: int64, (rows,), the cluster of each row.
        side: int8, (rows,), which of two tables a row is of; only pairs across count.

    Returns:
        the estimate. Its lower end takes every pair between clusters for as likely as its weight says, and reckons with
        what was not seen; its upper end believes the clusters.

    """
    tried = worth_a_try(prospects_of(candidate_rules(keys), side=side), PAIRS_A_ROW * max(len(label), 1))
    if not tried or not rules:
        return Estimate(value=1.0, low=0.0, high=1.0)
    seeds = seeds_for(tried)
    around = NeighbourSearch(splitters=splitters_among(keys), side=side)
    found = [_within_clusters(label, len(seeds), side)]
    for prospect in tried:
        place, mate = around.pairs(around.neighbours(prospect.rule, len(label)), seeds)
        found.append(place << 32 | mate)
    left, right = unpack(distinct_pairs(found))
    same = label[left] == label[right]
    worth = np.where(same, 1.0, probability(left, right))
    seen = worth >= 0.01
    left, right, same, worth = left[seen], right[seen], same[seen], worth[seen]
    compared = np.logical_or.reduce([rule.agrees(left, right) for rule in rules])
    unseen = _unseen(_families(features, keys), left, right, worth)
    return _estimate(label[left], compared, same, worth, unseen)


def _estimate(person: Int64s, compared: Bools, same: Bools, worth: Floats, unseen: float) -> Estimate:
    """Return the share that is compared, of what is in clusters, of what may be a match, and of half of that."""
    if not same.any():
        return Estimate(value=1.0, low=0.0, high=1.0)
    high, error = _share(person[same], compared[same], worth[same])
    inside, outside = float(worth[same].sum()), float(worth[~same].sum())
    compared_inside, compared_outside = (float(worth[kind & compared].sum()) for kind in (same, ~same))
    low = (compared_inside + compared_outside) / (inside + outside + unseen)
    value = (compared_inside + compared_outside / 2) / (inside + (outside + unseen) / 2)
    low, high = min(low, high), max(low, high)
    return Estimate(
        value=float(np.clip(value, low, high)),
        low=max(low - DEVIATIONS * error, 0.0),
        high=min(high + DEVIATIONS * error, 1.0),
    )


def _share(person: Int64s, compared: Bools, worth: Floats) -> tuple[float, float]:
    """Return the share of pairs that are compared and its standard error: people are drawn, not pairs.

    A share of 1 is taken for one of half a pair less, so that a small table is never quite sure.
    """
    total = float(worth.sum())
    share = float(worth[compared].sum()) / total
    each = np.bincount(person, worth * (compared - share))
    least = 0.5 / total
    return share, float(np.sqrt((each**2).sum())) / total + least / DEVIATIONS


def _within_clusters(label: Int64s, seeds: int, side: Side) -> Int64s:
    """Return the pairs of each of the first *seeds* rows with the rest of its cluster, packed, seeds first."""
    order = np.argsort(label, kind="stable")
    starts = np.flatnonzero(np.concatenate(([True], np.diff(label[order]) != 0)))
    sizes = np.minimum(np.diff(np.append(starts, len(order))), LARGEST_PERSON)
    left, right = pairs_within(order, starts, sizes)
    left, right = np.concatenate((left, right)), np.concatenate((right, left))
    wanted = left < seeds
    if side is not None:
        wanted &= side[left] != side[right]
    return left[wanted] << 32 | right[wanted]


def _families(features: Sequence[Feature], keys: Sequence[Key]) -> list[list[Key]]:
    """Group keys by what they are about: those of one family are right or wrong together."""
    families: dict[object, list[Key]] = {}
    for key in keys:
        role = features[min(key.features)].role
        about = next((group for group in (_NAMES, _WHEREABOUTS, _WORK) if role in group), role)
        families.setdefault(about if about is not _NAMES else role, []).append(key)
    return list(families.values())


def _unseen(families: Sequence[Sequence[Key]], left: Int64s, right: Int64s, worth: Floats) -> float:
    """Estimate how many matches are not among the pairs: those on which no family agrees, less those seen anyhow."""
    caught = np.zeros(len(left), np.int64)
    for keys in families:
        caught += np.logical_or.reduce([key.agrees(left, right) for key in keys])
    none, once, twice = np.bincount(np.minimum(caught, 3), worth, 4)[:3]
    return max(float(once**2 / (2 * max(twice, 1.0)) - none), 0.0)
