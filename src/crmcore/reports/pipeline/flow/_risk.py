"""Kernels of event-history analysis: how long things last when some have not ended yet and may end in several ways.

Arrays in, arrays out; time is in whole numbers of any one unit. At a time ``t`` the subjects at risk are those with
``entry < t <= exit``; ``d_c`` of the ``Y`` at risk end in way ``c``; the hazard of a way is ``d_c / Y``, and that of
all ways is ``h``. Ends at one time come before the subjects that are only seen until then leave.

Sources: Kaplan and Meier 1958 and Greenwood 1926 for survival; Aalen and Johansen 1978 for incidence, with the
variance by the delta method on multinomial hazards, which is Greenwood's where there is one way to end and the binomial
one where all have ended.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

__all__ = ["Incidence", "Risks", "Survival", "count_risks", "followed_risks", "incidence_of", "survival_of", "unbroken"]


@attrs.frozen(kw_only=True, eq=False)
class Risks:
    """What happened at each time at which something ended.

    Attributes:
        times: m distinct times, rising.
        at_risk: m; how many were at risk.
        ends: ways by m; how many ended in each way.
        longest: the longest time that anything was followed, 0 without subjects.
        subjects: how many there are.

    """

    times: Whole
    at_risk: Whole
    ends: Whole
    longest: int
    subjects: int

    @property
    def hazards(self) -> Floats:
        """The share of those at risk that ended in each way, ways by m."""
        shares: Floats = self.ends / self.at_risk
        return shares

    def until(self, horizon: int) -> Risks:
        """Return what happened up to a time."""
        kept = int(np.searchsorted(self.times, horizon, side="right"))
        return attrs.evolve(
            self,
            times=self.times[:kept],
            at_risk=self.at_risk[:kept],
            ends=self.ends[:, :kept],
            longest=min(self.longest, horizon),
        )


def count_risks(
    exits: Whole,
    ways: NDArray[np.integer],
    *,
    among: int,
    entries: Whole | None = None,
    weights: Whole | None = None,
) -> Risks:
    """Count who is at risk and who ends, at each time at which something ends; n log n, by sorting alone.

    Args:
        exits: n times at which subjects ended, or until which they were followed, in whole units.
        ways: n numbers of how they ended, 1 to *among*; 0 where they had not.
        among: how many ways there are.
        entries: n times from which subjects were followed; negative for "from the start", which is the default.
        weights: n whole numbers, as how many each counts; 1 by default.

    Raises:
        InputError: the arrays differ in length, a time is negative, or a way is none.

    """
    _check(exits, ways, among, entries)
    if weights is not None:
        return _count_weighted(exits, ways, weights, among=among, entries=entries)
    packed = np.sort(exits * (among + 1) + ways)  # values sort several times faster than their order is found
    time = packed // (among + 1)
    way = packed - time * (among + 1)
    told = np.flatnonzero(way)
    times, slot = _numbered(time[told])
    counts = np.bincount(way[told] * len(times) + slot, minlength=(among + 1) * len(times))
    at_risk = len(time) - np.searchsorted(time, times, side="left")
    if entries is not None:
        late = np.sort(entries[entries >= 0])
        at_risk = at_risk - (len(late) - np.searchsorted(late, times, side="left"))
    return Risks(
        times=times,
        at_risk=at_risk.astype(np.int64),
        ends=counts.reshape(among + 1, len(times))[1:].astype(np.int64),
        longest=int(time[-1]) if len(time) else 0,
        subjects=len(time),
    )


def _count_weighted(
    exits: Whole, ways: NDArray[np.integer], weights: Whole, *, among: int, entries: Whole | None
) -> Risks:
    order = np.argsort(exits, kind="stable")
    time, way, weight = exits[order], ways[order], weights[order]
    told = np.flatnonzero(way)
    times, slot = _numbered(time[told])
    ends = np.bincount(way[told] * len(times) + slot, weights=weight[told], minlength=(among + 1) * len(times))
    at_risk = _weight_from(time, weight, times)
    if entries is not None:
        late = entries >= 0
        entered = np.argsort(entries[late], kind="stable")
        at_risk = at_risk - _weight_from(entries[late][entered], weights[late][entered], times)
    return Risks(
        times=times,
        at_risk=at_risk,
        ends=np.rint(ends).astype(np.int64).reshape(among + 1, len(times))[1:],
        longest=int(time[-1]) if len(time) else 0,
        subjects=len(time),
    )


def _weight_from(ordered: Whole, weights: Whole, times: Whole) -> Whole:
    """Return the weight of what lies at or after each time."""
    before = np.concatenate(([0], np.cumsum(weights)))
    return np.asarray(before[-1] - before[np.searchsorted(ordered, times, side="left")])


def followed_risks(
    exits: Whole,
    ways: NDArray[np.integer],
    *,
    among: int,
    entries: Whole | None = None,
    weights: Whole | None = None,
) -> tuple[Risks, bool]:
    """Count as `count_risks`, up to the age that can be told of; and return whether any are older than that.

    Where all at risk end at that age, although others were followed later, it is left out as well: it would say that
    none gets older.
    """
    risks = count_risks(exits, ways, among=among, entries=entries, weights=weights)
    until = risks.longest if entries is None else unbroken(exits, entries)
    if until >= risks.longest:
        return risks, False
    cut = risks.until(until)
    emptied = len(cut.times) and cut.ends[:, -1].sum() == cut.at_risk[-1]
    return (cut.until(int(cut.times[-1]) - 1) if emptied else cut), True


def unbroken(exits: Whole, entries: Whole) -> int:
    """Return the age until which somebody was at risk at every age; the arrays are those of `count_risks`.

    Past it nothing can be told, as what happens at the ages that nobody was followed at is not known; and at it, all
    that were at risk may have ended, although others were not seen before they were older.
    """
    starts = np.maximum(entries, 0)
    order = np.argsort(starts, kind="stable")
    reached = np.concatenate(([0], np.maximum.accumulate(exits[order])))
    gaps = np.append(starts[order] >= np.maximum(reached[:-1], 1), True)
    return int(reached[np.argmax(gaps)])


def _numbered(ordered: Whole) -> tuple[Whole, Whole]:
    """Return the distinct ones of rising numbers, and which of them each is."""
    first = np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(ordered)]
    return ordered[first], np.cumsum(first) - 1


def _check(exits: Whole, ways: NDArray[np.integer], among: int, entries: Whole | None) -> None:
    if not len(exits) == len(ways) == (len(exits) if entries is None else len(entries)):
        raise InputError("times, ways and entries differ in length; give one of each for a subject")
    if not len(exits):
        return
    if not 0 <= exits.min() <= exits.max() < 2**62 // (among + 1):
        raise InputError("a time is negative or beyond counting; times are counted from the beginning of each subject")
    if ways.min() < 0 or ways.max() > among:
        raise InputError(f"a way to end is a number from 1 to {among}, or 0 for what has not ended")
    if entries is not None and not (entries < exits)[entries >= 0].all():
        raise InputError("a subject enters when or after it ends; leave it out, as it was never followed")


@attrs.frozen(kw_only=True, eq=False)
class Survival:
    """Of the product-limit estimate, m each: its value from each time on, and the sum of Greenwood's terms."""

    values: Floats
    terms: Floats

    @property
    def variance(self) -> Floats:
        """Greenwood's variance of each value."""
        found: Floats = self.values**2 * self.terms
        return found


def survival_of(risks: Risks) -> Survival:
    """Return the share that lasts longer than each time: ``S(t) = prod(1 - h)``, with ``sum(d / (Y (Y - d)))``.

    Where all at risk end at once the estimate is 0 and the last term is left out, as it has no bound.
    """
    ended = risks.ends.sum(axis=0)
    left = risks.at_risk - ended
    values = np.cumprod(left / risks.at_risk)
    terms = np.divide(ended, risks.at_risk * left.astype(np.float64), out=np.zeros(len(ended)), where=left > 0)
    return Survival(values=values, terms=np.cumsum(terms))


@attrs.frozen(kw_only=True, eq=False, slots=False)
class Incidence:
    """The share that has ended in one way by each time, m each, and how sure that is.

    Attributes:
        values: ``F(t) = sum(S(t-) h_c)``.
        lasting: ``S(t-)``, the share that lasts until just before each time.
        risks: what it was worked out from.
        way: the number of the way.

    """

    values: Floats
    lasting: Floats
    risks: Risks
    way: int

    @property
    def variance(self) -> Floats:
        """The variance of each value."""
        every = np.arange(len(self.values))
        return self.covariance(every, every)

    def covariance(self, earlier: Whole, later: Whole) -> Floats:
        """Return the covariance of values at the numbers of two times, the first not after the second.

        With ``F`` and ``G`` the values there and ``f`` the value at the time ``u`` that is summed over, it is
        ``sum((S^2 h_c (1 - h_c) - S h_c (F - f) - S h_c (G - f) + (F - f) (G - f) h / (1 - h)) / Y)`` over ``u``
        up to the earlier time.
        """
        own, crossed, crossed_f, both, both_f, both_ff = (each[earlier] for each in self._sums)
        before, after = self.values[earlier], self.values[later]
        found = own - (before + after) * crossed + 2 * crossed_f
        found += before * after * both - (before + after) * both_f + both_ff
        return np.maximum(found, 0.0)

    @cached_property
    def _sums(self) -> tuple[Floats, ...]:
        ended, at_risk = self.risks.ends.sum(axis=0), self.risks.at_risk.astype(np.float64)
        own = self.risks.ends[self.way - 1] / at_risk
        crossed = self.lasting * own / at_risk
        left = at_risk - ended
        both = np.divide(ended, left * at_risk, out=np.zeros(len(ended)), where=left > 0)
        values = self.values
        terms = (
            self.lasting * crossed * (1 - own), crossed, crossed * values, both, both * values, both * values**2
        )  # fmt: skip
        return tuple(np.cumsum(term) for term in terms)


def incidence_of(risks: Risks, way: int) -> Incidence:
    """Return the share that has ended in one way by each time, whatever else may end it first."""
    lasting = np.concatenate(([1.0], survival_of(risks).values[:-1]))[: len(risks.times)]
    values = np.cumsum(lasting * (risks.ends[way - 1] / risks.at_risk))
    return Incidence(values=values, lasting=lasting, risks=risks, way=way)
