"""How long stays and applications last, counting those that still do: beside the number that leaves them out.

The usual number is a mean over what has ended. It leaves out what is still going on, which are the long ones first, so
it is too low, and the more so the faster a pipeline grows. Here what lasts counts for as long as it has been seen, and
what ends it (advanced, rejected, withdrawn) are competing risks, not one another's censoring. Where all has ended,
both numbers are the same. The law that this leans on: what is still going on will end as others of its age did.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.reports.pipeline.flow._means import mean_of_way, restricted_mean
from crmcore.reports.pipeline.flow._risk import followed_risks, incidence_of, survival_of
from crmcore.reports.pipeline.flow.curves import IncidenceCurve, IntervalEstimate, curve_of, normal_quantile
from crmcore.reports.pipeline.flow.stays import DAY, Stays, ticks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from crmcore.reports.pipeline.flow._risk import Risks
    from crmcore.reports.pipeline.table import StageTable

    Whole = NDArray[np.int64]

__all__ = ["Durations", "Naive", "Passage", "time_in_stage", "time_to_hire"]

STAGE_WAYS = ("advanced", "returned", "rejected", "withdrawn", "transferred")
_STAGE_WAY = np.array([0, 1, 1, 2, 3, 4, 5], dtype=np.int64)
HIRE_WAYS = ("hired", "rejected", "withdrawn", "transferred")
_HIRE_WAY = np.array([0, 0, 1, 0, 2, 3, 4], dtype=np.int64)

MOST_DAYS = 4_000_000.0
"""More than there are from year 1 to 9999."""


@attrs.frozen(kw_only=True)
class Naive:
    """What is usually shown: over those that have ended, as if there were no others.

    Attributes:
        count: how many have ended.
        mean, median: in days; None where none has.

    """

    count: int
    mean: float | None
    median: float | None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Passage:
    """Those that end in one way.

    Attributes:
        way: "advanced", say.
        incidence: the share of all that has ended in this way by each age.
        among: the same as a share of those that end in this way within what was seen.
        mean: days until it, for those that end in this way within what was seen.
        naive: over those that have.

    """

    way: str
    incidence: IncidenceCurve
    among: IncidenceCurve
    mean: IntervalEstimate
    naive: Naive

    @property
    def median(self) -> IntervalEstimate:
        """Days by which half of those that end in this way have."""
        return self.among.reaches(0.5)

    def __repr__(self) -> str:
        return f"<Passage: {self.way}, {self.incidence!r}, mean {self.mean} days>"


@attrs.frozen(kw_only=True, eq=False, repr=False, slots=False)
class Durations:
    """How long one thing lasts, and how it ends.

    Attributes:
        of: what: the key of a stage, or "application".
        count: how many were seen.
        lasting: how many of them still go on.
        ended: how many ended in each way.
        level: of the intervals.

    """

    of: str
    count: int
    lasting: int
    ended: Mapping[str, int]
    level: float
    _risks: Risks = attrs.field(alias="risks")
    _ages: Whole = attrs.field(alias="ages")
    _ways: NDArray[np.integer] = attrs.field(alias="ways")
    _is_broken: bool = attrs.field(alias="is_broken", default=False)

    def __repr__(self) -> str:
        return f"<Durations of {self.of!r}: {self.count:,} seen, {self.lasting:,} lasting, median {self.median} days>"

    @cached_property
    def leaving(self) -> IncidenceCurve:
        """The share that has left, in any way, by each age: one minus the Kaplan-Meier estimate, Greenwood's error."""
        found = survival_of(self._risks)
        return curve_of(
            self._risks.times / DAY, 1 - found.values, found.variance, followed=self.followed, level=self.level
        )

    @property
    def followed(self) -> float:
        """The longest that anything was seen, in days, if somebody was at every age before; else until then."""
        return self._risks.longest / DAY

    @property
    def median(self) -> IntervalEstimate:
        """Days by which half have left."""
        return self.leaving.reaches(0.5)

    def quantile(self, share: float) -> IntervalEstimate:
        """Return the days by which a share has left."""
        return self.leaving.reaches(share)

    def mean(self, *, within: float | None = None) -> IntervalEstimate:
        """Return the mean days until leaving, in any way; what lasts longer than *within* days counts as so many.

        By default *within* is the longest that was seen, so that it is the plain mean where all have left.

        Raises:
            InputError: *within* is no number of days above 0.

        """
        if within is not None and not 0 < within < MOST_DAYS:
            raise InputError(f"within is a number of days above 0; {within} is none")
        horizon = self._risks.longest if within is None else round(within * DAY)
        if not self.count or horizon > self._risks.longest or (self._is_broken and not len(self._risks.times)):
            return IntervalEstimate(value=None, low=None, high=None)
        value, variance = restricted_mean(self._risks, horizon)
        return _around(value / DAY, variance**0.5 / DAY, level=self.level)

    @property
    def naive(self) -> Naive:
        """What is usually shown: over all that have left."""
        return _naive(self._ages[self._ways > 0])

    def passage(self, way: str) -> Passage:
        """Return what is known of those that end in one way; raise InputError for a way that is none."""
        if way not in self.ended:
            raise InputError(f"{way!r} is no way to end; the ways are: {', '.join(self.ended)}")
        number = list(self.ended).index(way) + 1
        found = incidence_of(self._risks, number)
        steps = np.flatnonzero(self._risks.ends[number - 1])
        days, shares = self._risks.times[steps] / DAY, found.values[steps]
        curve = curve_of(days, shares, found.covariance(steps, steps), followed=self.followed, level=self.level)
        last = steps[-1:]
        total = float(shares[-1]) if len(steps) else 1.0
        among = shares / total
        at_end = np.broadcast_to(last, steps.shape)
        spread = (
            found.covariance(steps, steps)
            + among**2 * found.covariance(at_end, at_end)
            - 2 * among * found.covariance(steps, at_end)
        ) / total**2
        return Passage(
            way=way,
            incidence=curve,
            among=curve_of(days, among, np.maximum(spread, 0.0), followed=self.followed, level=self.level),
            mean=self._mean_of(number),
            naive=_naive(self._ages[self._ways == number]),
        )

    def _mean_of(self, number: int) -> IntervalEstimate:
        mean = mean_of_way(self._risks, number, self._risks.longest)
        if mean is None:
            return IntervalEstimate(value=None, low=None, high=None)
        return _around(mean.value / DAY, mean.variance**0.5 / DAY, level=self.level)

    def describe(self) -> str:
        """Say in words what the numbers are."""
        shown = [f"{self.of}: {self.count:,} seen, {self.lasting:,} of them not ended"]
        shown += [f"{number:,} {way}" for way, number in self.ended.items() if number]
        counted = f"median {self.median} days until leaving, counting those not ended (Kaplan-Meier, {self.level:.0%})"
        naive = "none has left" if self.naive.median is None else f"of those that left alone: {self.naive.median:,.1f}"
        gap = f"; nobody was followed just past {self.followed:,.1f} days, so that no more is told" * self._is_broken
        return f"{', '.join(shown)}; {counted}; {naive}{gap}"


def time_in_stage(
    table: StageTable,
    *,
    at: datetime,
    since: datetime | None = None,
    jobs: Iterable[str] | None = None,
    level: float = 0.95,
) -> dict[str, Durations]:
    """Return how long stays in each stage last, in the order of the pipeline.

    Args:
        table: the stays.
        at: until when; what had not ended then lasts, what happened later has not happened.
        since: count only what happened from then on. A stay that had begun before counts from the age that it had,
            so that the window favours neither long nor short ones (left truncation). Where nobody was followed at
            some age within it, nothing is told past that age: means are of what is within it.
        jobs: ids; only these.
        level: of the intervals.

    Raises:
        InputError: an instant has no zone, *since* is not before *at*, or a job is none of the table's.

    >>> from crmcore.testing.pipelines import simulate
    >>> made = simulate(jobs=5, days=200, seed=2)
    >>> found = time_in_stage(made.table, at=made.day(40))
    >>> list(found), found["interview"].naive.mean < found["interview"].mean().value
    (['applied', 'screen', 'interview', 'panel', 'offer'], True)
    """
    stays = Stays.of(table, at=at, jobs=jobs)
    window = _window(at, since)
    by_stage = np.argsort(stays.stage, kind="stable")
    bounds = np.searchsorted(stays.stage[by_stage], np.arange(len(stays.stages) + 1))
    found = {}
    for code in stays.order():
        rows = by_stage[bounds[code] : bounds[code + 1]]
        found[stays.stages[code]] = durations(
            stays.stages[code],
            stays.entered[rows],
            np.minimum(stays.left[rows], stays.at),
            _STAGE_WAY[stays.exit[rows]],
            names=STAGE_WAYS,
            since=window,
            level=level,
        )
    return found


def time_to_hire(
    table: StageTable,
    *,
    at: datetime,
    since: datetime | None = None,
    jobs: Iterable[str] | None = None,
    level: float = 0.95,
) -> Durations:
    """Return how long applications last, from the application to its end, and of them those that end with a hire.

    An application stands as it stood at *at*: an end that was undone by then is none. `passage("hired")` has the time
    to hire. The arguments are those of `time_in_stage`.
    """
    stays = Stays.of(table, at=at, jobs=jobs)
    last = stays.is_last
    return durations(
        "application",
        stays.entered[stays.is_first],
        np.minimum(stays.left[last], stays.at),
        _HIRE_WAY[stays.exit[last]],
        names=HIRE_WAYS,
        since=_window(at, since),
        level=level,
    )


def durations(
    of: str,
    begun: Whole,
    until: Whole,
    ways: Whole,
    *,
    names: Sequence[str],
    since: int | None = None,
    level: float = 0.95,
) -> Durations:
    """Return how long something lasts, from plain columns.

    Args:
        of: what.
        begun, until: n instants in microseconds; until when each was seen, or ended.
        ways: n numbers of how each ended, from 1; 0 where it had not.
        names: of the ways.
        since: what had ended by then is left out, and what had begun counts from its age.
        level: of the intervals.

    """
    normal_quantile(level)
    entries = None
    if since is not None:
        kept = until > since
        begun, until, ways = begun[kept], until[kept], ways[kept]
        entries = np.where(begun < since, since - begun, -1)
    ages = until - begun
    counts = np.bincount(ways, minlength=len(names) + 1)
    risks, is_broken = followed_risks(ages, ways, among=len(names), entries=entries)
    return Durations(
        of=of,
        count=len(ages),
        lasting=int(counts[0]),
        ended={name: int(number) for name, number in zip(names, counts[1:], strict=True)},
        level=level,
        risks=risks,
        ages=ages,
        ways=ways,
        is_broken=is_broken,
    )


def _window(at: datetime, since: datetime | None) -> int | None:
    """Return the last instant before a window."""
    if since is None:
        return None
    begins = ticks_of(since, name="since")
    if begins >= ticks_of(at, name="at"):
        raise InputError("since is not before at; a window begins before it ends")
    return begins - 1  # what happens at its beginning is of the window


def _naive(ages: Whole) -> Naive:
    if not len(ages):
        return Naive(count=0, mean=None, median=None)
    return Naive(count=len(ages), mean=float(ages.mean()) / DAY, median=float(np.median(ages)) / DAY)


def _around(value: float, error: float, *, level: float) -> IntervalEstimate:
    """Put an interval around a mean: normal on the scale of its logarithm; none where there is nothing to vary."""
    if not (value > 0 and error > 0):
        return IntervalEstimate(value=value, low=None, high=None)
    reach = float(np.exp(min(normal_quantile(level) * error / value, 700.0)))
    return IntervalEstimate(value=value, low=value / reach, high=value * reach)
