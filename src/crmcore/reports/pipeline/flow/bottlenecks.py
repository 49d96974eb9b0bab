"""Which stages hold hires up? By the days that each hire would be spared, and only where chance does not explain it.

What is compared is how long a stage takes *those that go on from it*, counting those that are still in it: a slow no
costs no hire a day. What would be spared is the difference to what is usual, times how often a hire passes the stage.

What is usual is one of three:

history
  The stage's own time before. Each day of a stay counts for the time in which it fell, so that a stage that has become
  slow shows at once, not when the slow ones have left it.
thresholds
  Days that somebody has promised.
peers
  The same stage of other jobs, and how those differ among themselves.

A stage is flagged where the difference is beyond chance (one-sided, by Student's t, at *alpha* for all stages of one
question together, after Holm), where it is worth it, and where enough have gone on from the stage on both sides.
Errors are those of applications and, where jobs may differ, those of jobs: what says less decides. Where few jobs are
open now and others were before, hardly anything can then be told; ask about each job by itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.reports.pipeline.flow._comparing import (
    Difference,
    Sample,
    above_peers,
    above_sample,
    above_threshold,
    holm,
    t_quantile,
)
from crmcore.reports.pipeline.flow.curves import IntervalEstimate
from crmcore.reports.pipeline.flow.stays import DAY, Stays, ticks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from crmcore.reports.pipeline.table import StageTable

__all__ = ["AGAINST", "Bottleneck", "Bottlenecks", "bottlenecks"]

AGAINST = ("history", "thresholds", "peers")
RECENT = timedelta(days=90)
LEAST = 20
"""So many must have gone on from a stage, on either side, before it is judged."""
LEAST_PEERS = 5
MOST_DAYS = 36_600.0
_WAY = np.array([0, 1, 1, 2, 2, 2, 2], dtype=np.int64)


@attrs.frozen(kw_only=True, repr=False)
class Bottleneck:
    """One stage.

    Attributes:
        stage: its key.
        is_flagged: whether it holds hires up.
        saved: days that each hire would be spared if it were as usual, with the interval of the question's level;
            None where there is too little to tell.
        now, usual: days that it takes those that go on from it.
        visits: how often a hire passes it.
        chance: how likely such a difference is without a cause, for all stages together; None where not judged.
        went_on: how many went on from it now.
        reason: all that in words.
        waiting: ids of the applications that are in it, the one that has been there for longest first.

    """

    stage: str
    is_flagged: bool
    saved: IntervalEstimate
    now: float | None
    usual: float | None
    visits: float
    chance: float | None
    went_on: int
    reason: str
    waiting: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<Bottleneck {'!' if self.is_flagged else '-'} {self.stage!r}: {self.reason}>"


@attrs.frozen(kw_only=True, repr=False)
class Bottlenecks:
    """The stages of a question, those first that hold hires up most.

    Attributes:
        stages: all of them.
        against: what is usual: one of ``AGAINST``.
        alpha: how often any stage at all is flagged where none is slow, at most.

    """

    stages: tuple[Bottleneck, ...]
    against: str
    alpha: float

    @property
    def flagged(self) -> tuple[Bottleneck, ...]:
        """Those that hold hires up, beyond chance."""
        return tuple(each for each in self.stages if each.is_flagged)

    def __iter__(self) -> Iterator[Bottleneck]:
        return iter(self.stages)

    def __len__(self) -> int:
        return len(self.stages)

    def __repr__(self) -> str:
        named = ", ".join(repr(each.stage) for each in self.flagged) or "none"
        return f"<Bottlenecks against {self.against}: {named} of {len(self.stages)} stages>"

    def describe(self) -> str:
        """Say in words what was found, a line a stage."""
        return "\n".join(f"{each.stage}: {each.reason}" for each in self.stages)


def bottlenecks(
    table: StageTable,
    *,
    at: datetime,
    since: datetime | None = None,
    against: str = "history",
    thresholds: Mapping[str, float] | None = None,
    jobs: Iterable[str] | None = None,
    alpha: float = 0.05,
    worth: float = 1.0,
    least: int = LEAST,
) -> Bottlenecks:
    """Rank stages by the days that each hire would be spared if they were as usual.

    Args:
        table: the stays.
        at: until when; what happened later has not happened.
        since: when "now" begins; by default 90 days before.
        against: "history", "thresholds" or "peers".
        thresholds: of the last but one: days by the key of the stage, such as its `ages_after`; stages without one are
            not judged.
        jobs: ids; only these. Against peers, they are compared with all others.
        alpha: how often any stage may be flagged where none is slow.
        worth: days; what would spare a hire less is not flagged.
        least: how many must have gone on from a stage, on either side.

    Raises:
        InputError: an instant has no zone, *since* is not before *at*, there are no thresholds or jobs to go by, a
            threshold is of a stage that is none, or a number is out of bounds.

    >>> from crmcore.testing.pipelines import Slowing, simulate
    >>> slow = Slowing(stage="screen", factor=2.5, from_day=110)
    >>> made = simulate(jobs=4, days=200, per_week=20.0, seed=2, slowings=[slow])
    >>> found = bottlenecks(made.table, at=made.ends)
    >>> found, found.stages[0].saved.low > 0
    (<Bottlenecks against history: 'screen' of 5 stages>, True)
    """
    until = ticks_of(at, name="at")
    begins = ticks_of(since if since is not None else at - RECENT, name="since")
    if against not in AGAINST or (against == "thresholds") == (not thresholds):
        raise InputError(f"against is one of {', '.join(AGAINST)}; thresholds are passed with the second alone")
    if not (0 < alpha < 0.5 and worth >= 0 and least >= 2) or begins >= until:
        raise InputError("alpha lies between 0 and 0.5, worth is 0 or more, least 2 or more, and since before at")
    if not all(0 < days < MOST_DAYS for days in (thresholds or {}).values()):
        raise InputError("a threshold is a number of days above 0")
    if against == "peers" and jobs is None:
        raise InputError("pass the jobs that are to be compared with their peers")
    if unknown := sorted(set(thresholds or {}).difference(table.stages)):
        raise InputError(f"the table has no stage {unknown[0]!r}; its stages are: {', '.join(table.stages)}")
    stays = Stays.of(table, at=at)
    chosen = stays if jobs is None else stays.of_jobs(jobs)
    question = _Question(
        chosen=chosen,
        others=stays if jobs is None else stays.take(~np.isin(stays.job, np.unique(chosen.job))),
        begins=begins,
        against=against,
        thresholds=thresholds or {},
        least=least,
    )
    codes = chosen.order()
    sizes = {code: question.judged(code) for code in codes}
    told = {code: found for code, found in sizes.items() if isinstance(found, Difference)}
    chances = dict(zip(told, holm([found.chance for found in told.values()]), strict=True))
    visits = _visits(chosen)
    found = [
        _told(
            question,
            code,
            sizes[code],
            chance=chances.get(code),
            visits=visits.get(code, 1.0),
            alpha=alpha,
            worth=worth,
        )
        for code in codes
    ]
    found.sort(key=lambda each: (not each.is_flagged, -(each.saved.value if each.saved.value is not None else -1e300)))
    return Bottlenecks(stages=tuple(found), against=against, alpha=alpha)


@attrs.frozen(kw_only=True, eq=False)
class _Question:
    """What is compared with what."""

    chosen: Stays
    others: Stays
    begins: int
    against: str
    thresholds: Mapping[str, float]
    least: int

    def judged(self, code: int) -> Difference | str:
        """Return the difference of a stage to what is usual, or why it cannot be told."""
        here = self.chosen.take(self.chosen.stage == code)
        now = _sample(here, begins=self.begins)
        if now.went_on < self.least:
            return f"only {now.went_on} went on from it now; {self.least} are needed"
        found = self._beside(code, here, now)
        if found is None:
            return "what is known of it does not tell"
        return found

    def _beside(self, code: int, here: Stays, now: Sample) -> Difference | str | None:
        if self.against == "thresholds":
            days = self.thresholds.get(self.chosen.stages[code])
            return "it has no threshold" if days is None else above_threshold(now, days * DAY)
        if self.against == "history":
            before = _sample(here.cut(self.begins - 1))
            if before.went_on < self.least:
                return f"only {before.went_on} went on from it before; {self.least} are needed"
            return above_sample(now, before)
        there = self.others.take(self.others.stage == code)
        peers = [_sample(there.take(there.job == job), begins=self.begins) for job in np.unique(there.job)]
        peers = [peer for peer in peers if peer.went_on >= self.least]
        if len(peers) < LEAST_PEERS:
            return f"only {len(peers)} other jobs have {self.least} that went on from it; {LEAST_PEERS} are needed"
        return above_peers(now, peers)


def _sample(stays: Stays, *, begins: int | None = None) -> Sample:
    """Return stays as they were from an instant on; those that had begun count from the age that they had then."""
    until = np.minimum(stays.left, stays.at)
    entries = np.full(len(stays), -1, dtype=np.int64)
    if begins is not None:
        kept = until > begins
        stays, until = stays.take(kept), until[kept]
        entries = np.where(stays.entered < begins, begins - stays.entered, -1)
    ages = until - stays.entered
    order = np.argsort(ages)
    return Sample(
        ages=ages[order],
        ways=_WAY[stays.exit[order]],
        entries=entries[order],
        application=stays.application[order].astype(np.int64),
        job=stays.job[order].astype(np.int64),
    )


def _visits(stays: Stays) -> dict[int, float]:
    """Return how often a hire passed each stage."""
    hired = np.unique(stays.application[stays.is_last & (stays.exit == 2)])
    if not len(hired):
        return {}
    passed = np.bincount(stays.stage[np.isin(stays.application, hired)])
    return {code: float(number) / len(hired) for code, number in enumerate(passed.tolist())}


def _told(
    question: _Question,
    code: int,
    found: Difference | str,
    *,
    chance: float | None,
    visits: float,
    alpha: float,
    worth: float,
) -> Bottleneck:
    stays = question.chosen
    here = stays.take((stays.stage == code) & stays.lasts)
    waiting = tuple(stays.applications[who] for who in here.application[np.argsort(here.entered, kind="stable")])
    went_on = int(((stays.stage == code) & (_WAY[stays.exit] == 1) & (stays.left > question.begins)).sum())
    unknown = Bottleneck(
        stage=stays.stages[code],
        is_flagged=False,
        saved=IntervalEstimate(value=None, low=None, high=None),
        now=None,
        usual=None,
        visits=visits,
        chance=None,
        went_on=went_on,
        reason=str(found),
        waiting=waiting,
    )
    if isinstance(found, str) or chance is None:
        return unknown
    reach = t_quantile(alpha / 2, found.freedom) * found.error
    parts = [(found.now - found.usual + side) * visits / DAY for side in (0.0, -reach, reach)]
    saved = IntervalEstimate(value=parts[0], low=parts[1], high=parts[2])
    is_flagged = chance <= alpha and parts[0] >= worth
    return attrs.evolve(
        unknown,
        is_flagged=is_flagged,
        saved=saved,
        now=found.now / DAY,
        usual=found.usual / DAY,
        chance=chance,
        reason=_reason(found, saved, chance=chance, alpha=alpha, unjudged=unknown, is_flagged=is_flagged),
    )


def _reason(
    found: Difference, saved: IntervalEstimate, *, chance: float, alpha: float, unjudged: Bottleneck, is_flagged: bool
) -> str:
    """Say what was found, and what decided."""
    times = f"{found.now / DAY:,.1f} days for those that went on, {found.usual / DAY:,.1f} are usual"
    spared = f"a hire passes it {unjudged.visits:,.2f} times and would be spared {saved} days"
    if is_flagged:
        decided = f"beyond chance ({chance:.2g})"
    elif chance <= alpha:
        decided = "beyond chance, but too little to be worth it"
    else:
        decided = f"within what chance does ({chance:.2g})"
    return f"{times}; {spared}; {decided}; {len(unjudged.waiting):,} waiting in it"
