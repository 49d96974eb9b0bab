"""Pipelines that never were, with the truth about them: for tests, examples and benchmarks of measures.

Applications arrive as a Poisson stream with a pattern of the week, job by job; a stay lasts as its stage's law says
(gamma, Weibull or lognormal of a mean, or fixed), and goes on, back, or ends by the stage's chances. Jobs may differ
in speed and in how picky they are, ends may wait for office days, and a stage may be made slow from a day on, or for
some jobs. All lives are told to their end: cut the table to an instant to see what was known then.

The same arguments give the same table with the same version of numpy.

>>> from crmcore.testing.pipelines import simulate
>>> made = simulate(jobs=2, days=60, per_week=5.0, seed=1)
>>> made.table
<StageTable: 175 stays in 5 stages, 92 applications of 92 persons to 2 jobs...>
>>> round(made.hire_probability, 4), made.mean_days("screen")
(0.0475, 6.0)
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.model.hiring import Application
from crmcore.model.pipeline import Pipeline, Stage, StageCategory
from crmcore.model.stage_history import StageHistory, Step
from crmcore.reports.pipeline._instants import instant_of
from crmcore.reports.pipeline._log import VERBS, Log
from crmcore.reports.pipeline.table import StageTable
from crmcore.testing._pipeline_draw import Draws, Lives, arrivals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["STAGES", "SimulatedPipelines", "Slowing", "StageLaw", "simulate"]

LAWS = ("gamma", "weibull", "lognormal", "fixed")
WAYS = ("any", "on", "off")
BEGINS = datetime(2025, 1, 6, tzinfo=UTC)
"""A Monday."""


@attrs.frozen(kw_only=True)
class StageLaw:
    """How stays in one stage last and end; what neither goes on, nor back, nor withdraws is rejected.

    Attributes:
        key: of the stage.
        days: the mean of what goes on.
        advance: the share that goes on; from the last stage, is hired.
        withdraw, back: shares that withdraw, and that go back to the stage before.
        law, shape: "gamma", "weibull", "lognormal" (the shape is its sigma) or "fixed".
        ending: by how much rejecting and withdrawing take longer than going on.
        category: of the stage.

    """

    key: str
    days: float
    advance: float
    withdraw: float = 0.05
    back: float = 0.0
    law: str = "gamma"
    shape: float = 1.5
    ending: float = 1.0
    category: StageCategory = StageCategory.INTERVIEW

    def __attrs_post_init__(self) -> None:
        shares = (self.advance, self.withdraw, self.back)
        if min(shares) < 0 or sum(shares) > 1 + 1e-12:
            raise InputError(f"the shares of stage {self.key!r} are negative or add up to more than 1")
        if self.law not in LAWS or min(self.days, self.shape, self.ending) <= 0:
            raise InputError(f"stage {self.key!r} has a law of {', '.join(LAWS)}, and days, shape and ending above 0")


@attrs.frozen(kw_only=True)
class Slowing:
    """A stage that takes longer than its law says.

    Attributes:
        stage: its key.
        factor: how many times as long.
        from_day: for stays that begin on that day or later.
        jobs: numbers of the jobs for which it does; by default all.
        way: "any"; or "on", only those that go on or back; or "off", only those that are rejected or withdraw.

    """

    stage: str
    factor: float
    from_day: float = 0.0
    jobs: tuple[int, ...] | None = None
    way: str = "any"

    def __attrs_post_init__(self) -> None:
        if self.way not in WAYS or not self.factor > 0:
            raise InputError(f"stage {self.stage!r} is slowed by a factor above 0, for one of: {', '.join(WAYS)}")


STAGES = (
    StageLaw(key="applied", days=4.0, advance=0.4, category=StageCategory.APPLICATION),
    StageLaw(key="screen", days=6.0, advance=0.5, ending=0.8, category=StageCategory.SCREENING),
    StageLaw(key="interview", days=10.0, advance=0.55, withdraw=0.1, law="weibull", shape=1.3),
    StageLaw(key="panel", days=8.0, advance=0.6, back=0.05, law="lognormal", shape=0.7, ending=1.3),
    StageLaw(key="offer", days=5.0, advance=0.7, withdraw=0.2, category=StageCategory.OFFER),
)
"""A usual pipeline: about one application in twenty ends with a hire, after some five weeks."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class SimulatedPipelines:
    """What was drawn, and the truth that it was drawn from.

    Attributes:
        table: all stays, told to their end.
        laws, slowings: of the stages.
        begins, ends: when applications arrive; the lives of the last ones go on after it.
        speed: of each job.

    """

    table: StageTable
    laws: tuple[StageLaw, ...]
    slowings: tuple[Slowing, ...]
    begins: datetime
    ends: datetime
    speed: NDArray[np.float64]
    _lives: Lives = attrs.field(alias="lives")

    def __repr__(self) -> str:
        return f"<SimulatedPipelines: {self.table!r}>"

    def mean_days(self, stage: str) -> float:
        """Return the true mean of the days in a stage of what goes on from it, where nothing makes it slow.

        Raises:
            InputError: there is no such stage.

        """
        days = {law.key: law.days for law in self.laws}
        if stage not in days:
            raise InputError(f"there is no stage {stage!r}; the stages are: {', '.join(days)}")
        return days[stage]

    @property
    def hire_probability(self) -> float:
        """The true chance that an application ends with a hire, of a job that leans neither way."""
        count = len(self.laws)
        moves = np.zeros((count, count))
        for place, law in enumerate(self.laws):
            if place + 1 < count:
                moves[place, place + 1] = law.advance
            if place:
                moves[place, place - 1] = law.back
        hired = np.zeros(count)
        hired[-1] = self.laws[-1].advance
        return float(np.linalg.solve(np.eye(count) - moves, hired)[0])

    def day(self, number: float) -> datetime:
        """Return the instant of a day, counted from the beginning."""
        return self.begins + timedelta(days=number)

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline that the applications went through."""
        return _pipeline(self.laws)

    def applications(self) -> list[Application]:
        """Return the applications as records, of which a table is made as of any others; slow for many."""
        lives = self._lives
        steps: list[list[Step]] = [[] for _ in self.table.applications.ids]
        for who, verb, stage, at in zip(
            lives.application.tolist(),
            lives.verb.tolist(),
            lives.stage.tolist(),
            _ticks(lives.day).tolist(),
            strict=True,
        ):
            when = self.begins + timedelta(microseconds=at)
            told = {"occurred_at": when, "recorded_at": when, "by": "simulated"}
            steps[who].append(Step(verb=VERBS[verb], stage=self.laws[stage].key, **told))
        rows = self.table.applications
        return [
            Application(
                id=id_, contact=rows.persons[who], job=self.table.jobs.ids[rows.job[who]], pipeline="pipeline-0",
                history=StageHistory.of(steps[who]),
            )
            for who, id_ in enumerate(rows.ids)
        ]  # fmt: skip


def simulate(
    *,
    jobs: int = 10,
    days: float = 365.0,
    per_week: float = 5.0,
    open_days: float | None = None,
    stages: Sequence[StageLaw] = STAGES,
    slowings: Sequence[Slowing] = (),
    speed_spread: float = 0.0,
    lean_spread: float = 0.0,
    week: Sequence[float] = (5.0, 5.0, 4.0, 4.0, 3.0, 1.0, 1.0),
    office_days: bool = False,
    begins: datetime = BEGINS,
    seed: int = 0,
) -> SimulatedPipelines:
    """Draw the lives of applications to some jobs.

    Args:
        jobs: how many.
        days: for how long applications arrive.
        per_week: how many arrive for one job while it is open, in the mean.
        open_days: for how long a job is open, from a random day on; by default all the time.
        stages: their laws, in order.
        slowings: stages that take longer.
        speed_spread: by how much jobs differ in speed: the standard deviation of the logarithm; the mean speed is 1.
        lean_spread: by how much they differ in the log odds of going on.
        week: how many arrive on Monday to Sunday, as weights.
        office_days: whether stays end on Monday to Friday only.
        begins: the first instant.
        seed: another gives other lives.

    Raises:
        InputError: a number is out of bounds, a slow stage is none, or the first instant has no zone.

    """
    instant_of(begins, name="begins")
    keys = [law.key for law in stages]
    if (
        jobs < 0
        or days < 0
        or per_week < 0
        or min(speed_spread, lean_spread, open_days or 0) < 0
        or not stages
        or stages[0].back
    ):
        raise InputError("numbers are 0 or more, and there is a first stage, from which nothing goes back")
    if len(week) != 7 or min(week) < 0 or not sum(week):
        raise InputError("a week has seven weights, 0 or more, and not all 0")
    if unknown := [slowing.stage for slowing in slowings if slowing.stage not in keys]:
        raise InputError(f"there is no stage {unknown[0]!r}; the stages are: {', '.join(keys)}")
    rng = np.random.default_rng(seed)
    speed = rng.lognormal(-(speed_spread**2) / 2, speed_spread, jobs)
    draws = Draws(
        laws=stages,
        slowings=slowings,
        speed=speed,
        lean=rng.normal(0.0, lean_spread, jobs),
        office_days=office_days,
        weekday=begins.weekday(),
    )
    job, day = arrivals(jobs, days, per_week=per_week, week=week, weekday=begins.weekday(), rng=rng)
    if open_days is not None:
        opened = rng.uniform(-open_days, days, jobs)[job]
        is_open = (day >= opened) & (day < opened + open_days)
        job, day = job[is_open], day[is_open]
    lives = draws.lives(job, day, rng=rng)
    return SimulatedPipelines(
        table=_table(lives, job, _pipeline(stages), jobs=jobs, begins=begins),
        laws=tuple(stages),
        slowings=tuple(slowings),
        begins=begins,
        ends=begins + timedelta(days=days),
        speed=speed,
        lives=lives,
    )


def _ticks(day: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(day * 86_400_000_000).astype(np.int64)


def _table(lives: Lives, job: NDArray[np.intp], pipeline: Pipeline, *, jobs: int, begins: datetime) -> StageTable:
    """Put columns into the table of a pipeline that nothing has gone through yet."""
    at = np.datetime64(begins.astimezone(UTC).replace(tzinfo=None), "us") + _ticks(lives.day).astype("timedelta64[us]")
    empty = StageTable.of([], pipelines=[pipeline])
    codes = np.array([empty.stages.index(stage.key) for stage in pipeline.stages], dtype=np.int32)
    log = Log.ordered(
        subject=lives.application.astype(np.int32),
        verb=lives.verb,
        about=codes[lives.stage],
        occurred_at=at,
        recorded_at=at,
    )
    count = len(job)
    unknown = np.full(count, -1, dtype=np.int32)
    return attrs.evolve(
        empty,
        steps=log,
        applications=attrs.evolve(
            empty.applications,
            ids=tuple(f"application-{number:07d}" for number in range(count)),
            person=np.arange(count, dtype=np.int32),
            persons=tuple(f"contact-{number:07d}" for number in range(count)),
            job=job.astype(np.int32),
            pipeline=np.zeros(count, dtype=np.int32),
            source=unknown,
            recruiter=unknown,
        ),
        jobs=attrs.evolve(
            empty.jobs,
            ids=tuple(f"job-{number}" for number in range(jobs)),
            department=np.full(jobs, -1, dtype=np.int32),
            is_evergreen=np.zeros(jobs, dtype=np.bool_),
        ),
    )


def _pipeline(laws: Sequence[StageLaw]) -> Pipeline:
    stages = tuple(Stage(key=law.key, label=law.key.title(), category=law.category) for law in laws)
    return Pipeline(id="pipeline-0", name="Simulated", stages=stages)
