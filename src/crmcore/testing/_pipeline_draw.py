"""Chance for simulated pipelines: when applications arrive, how long stays last, and how they end, as columns."""

from __future__ import annotations

from math import gamma
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.model.stage_history import Verb
from crmcore.reports.pipeline.table import VERBS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcore.testing.pipelines import Slowing, StageLaw

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]

__all__ = ["Draws", "Lives", "arrivals", "lasting"]

MOST_STAYS = 500
"""Of one application, after which it is rejected; no sensible law of a pipeline comes near."""
ENTER, MOVE, HIRE, REJECT, WITHDRAW = (
    VERBS.index(verb) for verb in (Verb.ENTER, Verb.MOVE, Verb.HIRE, Verb.REJECT, Verb.WITHDRAW)
)


@attrs.frozen(kw_only=True, eq=False)
class Lives:
    """One row a step of an application, days counted from the beginning; those of one application stand together."""

    application: Places
    verb: NDArray[np.int8]
    stage: Places
    day: Floats


@attrs.frozen(kw_only=True, eq=False)
class Draws:
    """What the lives of applications are drawn from.

    Attributes:
        laws: of the stages, in order.
        slowings: what makes stages slower than their laws say.
        speed: of each job; days are multiplied by it.
        lean: of each job; what is added to the log odds of going on.
        office_days: whether stays end on Monday to Friday only.
        weekday: that day 0 is, Monday being 0.

    """

    laws: Sequence[StageLaw]
    slowings: Sequence[Slowing]
    speed: Floats
    lean: Floats
    office_days: bool
    weekday: int

    def lives(self, job: Places, day: Floats, *, rng: np.random.Generator) -> Lives:
        """Draw all that happens to applications that arrive to jobs on days."""
        who, stage = np.arange(len(job)), np.zeros(len(job), dtype=np.intp)
        steps = [(who, np.full(len(job), ENTER, dtype=np.int8), stage, day)]
        for turn in range(MOST_STAYS):
            if not len(who):
                break
            verb, after = self._ends(stage, job[who], rng=rng, is_final=turn == MOST_STAYS - 1)
            day = day + self._lasts(stage, verb, job[who], day, rng=rng)
            steps.append((who, verb, after, day))
            goes_on = verb == MOVE
            who, stage, day = who[goes_on], after[goes_on], day[goes_on]
        columns = [np.concatenate(column) for column in zip(*steps, strict=True)]
        order = np.argsort(columns[0], kind="stable")
        application, verb, stage, day = (column[order] for column in columns)
        return Lives(application=application, verb=verb, stage=stage, day=day)

    def _ends(
        self, stage: Places, job: Places, *, rng: np.random.Generator, is_final: bool
    ) -> tuple[NDArray[np.int8], Places]:
        """Draw how stays end, and in which stage that leaves them."""
        advance, back, withdraw = (
            np.array([getattr(law, name) for law in self.laws])[stage] for name in ("advance", "back", "withdraw")
        )
        odds = np.divide(advance, 1 - advance, out=np.full(len(stage), 1e12), where=advance < 1) * np.exp(
            self.lean[job]
        )
        on = odds / (1 + odds)
        rest = np.divide(1 - on, 1 - advance, out=np.zeros(len(stage)), where=advance < 1)
        chance = rng.random(len(stage))
        goes_on, goes_back = chance < on, (chance >= on) & (chance < on + back * rest)
        withdraws = ~goes_on & ~goes_back & (chance < on + (back + withdraw) * rest)
        verb = np.where(goes_on | goes_back, MOVE, np.where(withdraws, WITHDRAW, REJECT)).astype(np.int8)
        verb[goes_on & (stage == len(self.laws) - 1)] = HIRE
        if is_final:
            verb[verb == MOVE] = REJECT
        moved = verb == MOVE
        return verb, stage + np.where(moved & goes_on, 1, 0) - np.where(moved & goes_back, 1, 0)

    def _lasts(
        self, stage: Places, verb: NDArray[np.int8], job: Places, day: Floats, *, rng: np.random.Generator
    ) -> Floats:
        """Draw how many days stays last."""
        found = np.zeros(len(stage))
        for place, law in enumerate(self.laws):
            here = np.flatnonzero(stage == place)
            found[here] = lasting(law.law, law.shape, len(here), rng=rng) * law.days
            ending = np.isin(verb[here], (REJECT, WITHDRAW))
            found[here[ending]] *= law.ending
        found *= self.speed[job]
        for slowing in self.slowings:
            slow = (stage == self._place(slowing.stage)) & (day >= slowing.from_day)
            if slowing.jobs is not None:
                slow &= np.isin(job, slowing.jobs)
            if slowing.way != "any":
                slow &= np.isin(verb, (REJECT, WITHDRAW)) == (slowing.way == "off")
            found[slow] *= slowing.factor
        return self._to_office(day, found, rng=rng) if self.office_days else found

    def _place(self, key: str) -> int:
        return [law.key for law in self.laws].index(key)

    def _to_office(self, day: Floats, lasts: Floats, *, rng: np.random.Generator) -> Floats:
        """Put off ends that fall on a weekend to some hour of the Monday."""
        ends = day + lasts
        weekday = (np.floor(ends) + self.weekday) % 7
        monday = np.floor(ends) + 7 - weekday + rng.uniform(1 / 3, 3 / 4, len(ends))
        return np.where(weekday >= 5, monday, ends) - day


def lasting(law: str, shape: float, number: int, *, rng: np.random.Generator) -> Floats:
    """Draw durations of mean 1 from one family of laws; of a lognormal the shape is the sigma."""
    if law == "gamma":
        return rng.gamma(shape, 1 / shape, number)
    if law == "weibull":
        return rng.weibull(shape, number) / gamma(1 + 1 / shape)
    if law == "lognormal":
        return rng.lognormal(-(shape**2) / 2, shape, number)
    return np.ones(number)


def arrivals(
    jobs: int, days: float, *, per_week: float, week: Sequence[float], weekday: int, rng: np.random.Generator
) -> tuple[Places, Floats]:
    """Draw a job and a day for each application: a Poisson number for each job and day, by a pattern of the week."""
    whole = int(np.ceil(days))
    pattern = np.array(week, dtype=np.float64)
    rates = per_week * (pattern / pattern.sum())[(np.arange(whole) + weekday) % 7]
    counts = rng.poisson(np.broadcast_to(rates, (jobs, whole)))
    job = np.repeat(np.repeat(np.arange(jobs), whole), counts.ravel())
    day = np.repeat(np.tile(np.arange(whole, dtype=np.float64), jobs), counts.ravel()) + rng.random(counts.sum())
    kept = day < days
    order = np.argsort(day[kept], kind="stable")
    return job[kept][order], day[kept][order]
