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

A stage is flagged where the difference is beyond chance (one-sided, at *alpha* for all stages of one question together,
after Holm), where it is worth it, and where enough have gone on from the stage on both sides.

Against its history a stage is compared job by job: a job counts by how much there is of it on both sides, so that none
looks slower for having more of a slow job, and one that is only now open tells nothing. There are two sorts of
evidence, and either will do, each at half of *alpha*:

- the days of those that went on, by Student's t;
- that fewer than usual have left it in any way, by the log-rank test. It sees more, as every end counts. That only
  rejections became slow costs no hire a day, so the days of those that went on have to be longer by their own test as
  well, at *alpha* for the stage.

Where hardly any went on although enough would have as usual, there are no days to compare: it is flagged where those
that left, and those that went on, are both too few by the log-rank test. Errors are those of applications, and of what
was decided of one job in one week, as some decide about many at once: what says less decides.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore._given import one
from crmcore.errors import InputError
from crmcore.reports.pipeline.flow._comparing import Difference, holm, t_quantile
from crmcore.reports.pipeline.flow._judging import WAY, Question, Standstill
from crmcore.reports.pipeline.flow.curves import IntervalEstimate
from crmcore.reports.pipeline.flow.stays import DAY, Stays, ticks_of
from crmcore.reports.pipeline.table import StageTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime


__all__ = ["AGAINST", "Bottleneck", "Bottlenecks", "bottlenecks"]

AGAINST = ("history", "thresholds", "peers")
RECENT = timedelta(days=90)
LEAST = 10
"""So many must have gone on from a stage, on either side, before it is judged."""
MOST_DAYS = 36_600.0


@attrs.frozen(kw_only=True, repr=False)
class Bottleneck:
    """One stage.

    Attributes:
        stage: its key.
        is_flagged: whether it holds hires up.
        saved: days that each hire would be spared if it were as usual, with the interval of the question's level;
            None where there is too little to tell, also where so few go on that it is flagged.
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
    table = one(table, StageTable, "table")
    until = ticks_of(at, name="at")
    begins = ticks_of(since if since is not None else at - RECENT, name="since") - 1
    if against not in AGAINST or (against == "thresholds") == (not thresholds):
        raise InputError(f"against is one of {', '.join(AGAINST)}; thresholds are passed with the second alone")
    if not (0 < alpha < 0.5 and worth >= 0 and least >= 2) or begins + 1 >= until:
        raise InputError("alpha lies between 0 and 0.5, worth is 0 or more, least 2 or more, and since before at")
    if not all(0 < days < MOST_DAYS for days in (thresholds or {}).values()):
        raise InputError("a threshold is a number of days above 0")
    if against == "peers" and jobs is None:
        raise InputError("pass the jobs that are to be compared with their peers")
    if unknown := sorted(set(thresholds or {}).difference(table.stages)):
        raise InputError(f"the table has no stage {unknown[0]!r}; its stages are: {', '.join(table.stages)}")
    stays = Stays.of(table, at=at)
    chosen = stays if jobs is None else stays.of_jobs(jobs)
    question = Question(
        chosen=chosen,
        others=stays if jobs is None else stays.take(~np.isin(stays.job, np.unique(chosen.job))),
        begins=begins,
        against=against,
        thresholds=thresholds or {},
        least=least,
        alpha=alpha,
    )
    codes = chosen.order()
    sizes = {code: question.judged(code) for code in codes}
    told = {code: found for code, found in sizes.items() if not isinstance(found, str)}
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
    found.sort(key=_rank)
    return Bottlenecks(stages=tuple(found), against=against, alpha=alpha)


def _rank(found: Bottleneck) -> tuple[bool, float]:
    """Put first what is flagged; of that, where hardly anybody goes on; then by the days that would be spared."""
    if found.saved.value is None:
        return not found.is_flagged, -np.inf if found.is_flagged else np.inf
    return not found.is_flagged, -found.saved.value


def _visits(stays: Stays) -> dict[int, float]:
    """Return how often a hire passed each stage."""
    hired = np.unique(stays.application[stays.is_last & (stays.exit == 2)])
    if not len(hired):
        return {}
    passed = np.bincount(stays.stage[np.isin(stays.application, hired)])
    return {code: float(number) / len(hired) for code, number in enumerate(passed.tolist())}


def _told(
    question: Question,
    code: int,
    found: Difference | Standstill | str,
    *,
    chance: float | None,
    visits: float,
    alpha: float,
    worth: float,
) -> Bottleneck:
    stays = question.chosen
    here = stays.take((stays.stage == code) & stays.lasts)
    waiting = tuple(stays.applications[who] for who in here.application[np.argsort(here.entered, kind="stable")])
    went_on = int(((stays.stage == code) & (WAY[stays.exit] == 1) & (stays.left > question.begins)).sum())
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
    if isinstance(found, Standstill):
        return attrs.evolve(
            unknown,
            is_flagged=chance <= alpha,
            usual=found.usual / DAY,
            chance=chance,
            reason=_standing(found, chance=chance, alpha=alpha, waiting=len(waiting)),
        )
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


def _standing(found: Standstill, *, chance: float, alpha: float, waiting: int) -> str:
    """Say how few went on."""
    beside = f"{found.went_on:,} went on, where {found.expected:,.1f} or more would have as usual"
    decided = "beyond chance" if chance <= alpha else "within what chance does"
    return f"{beside}, after {found.usual / DAY:,.1f} days; {decided} ({chance:.2g}); {waiting:,} waiting in it"


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
