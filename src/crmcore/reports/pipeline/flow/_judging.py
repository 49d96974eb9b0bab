"""Whether one stage takes longer than is usual: what is compared with what, and by which test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.reports.pipeline.flow._comparing import (
    Difference,
    Sample,
    above_peers,
    above_sample,
    above_threshold,
    matched,
    t_above,
)
from crmcore.reports.pipeline.flow._leaving import Leaving, compare_leaving
from crmcore.reports.pipeline.flow.stays import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore.reports.pipeline.flow.stays import Stays

__all__ = ["WAY", "Question", "Standstill"]

WAY = np.array([0, 1, 1, 2, 2, 2, 2], dtype=np.int64)
"""By how a stay ended: 0 while it lasts, 1 when it went on, 2 when it did not."""
LEAST_PEERS = 5
WEEK = 7 * DAY
WEEKS = 1_000_000
"""More than there are."""
NORMAL = 1e9
"""Degrees of freedom of Student's t at which it is normal."""


@attrs.frozen(kw_only=True)
class Standstill:
    """A stage from which hardly anybody goes on any more, so that nobody knows how long it takes.

    Attributes:
        went_on: how many did.
        expected: how many would have, as they did before and now together.
        usual: how long it took those that went on before.
        chance: how likely so few, or still fewer, would be if nothing had changed.

    """

    went_on: int
    expected: float
    usual: float
    chance: float


@attrs.frozen(kw_only=True, eq=False)
class Question:
    """What is compared with what.

    Attributes:
        chosen, others: the stays that are asked about, and those that are not.
        begins: the last instant before "now".
        against, thresholds, least, alpha: as they were asked.

    """

    chosen: Stays
    others: Stays
    begins: int
    against: str
    thresholds: Mapping[str, float]
    least: int
    alpha: float

    def judged(self, code: int) -> Difference | Standstill | str:
        """Return the difference of a stage to what is usual, or why it cannot be told."""
        here = self.chosen.take(self.chosen.stage == code)
        now = _sample(here, begins=self.begins)
        if self.against == "history":
            return self._beside_history(*matched(now, _sample(here.cut(self.begins))))
        if now.went_on < self.least:
            return f"only {now.went_on} went on from it now; {self.least} are needed"
        found = self._beside_threshold(code, now) if self.against == "thresholds" else self._beside_peers(code, now)
        return "what is known of it does not tell" if found is None else found

    def _beside_history(self, now: Sample, before: Sample) -> Difference | Standstill | str:
        if before.went_on < self.least:
            return f"only {before.went_on} went on from it before, in jobs that have it now; {self.least} are needed"
        gone = t_above(_left(now, before).too_few, NORMAL)
        if now.went_on < self.least:
            return self._stands_still(now, before, gone)
        found = above_sample(now, before)
        if found is None:
            return "what is known of it does not tell"
        either = min(found.chance, gone) if found.chance <= self.alpha else found.chance
        return attrs.evolve(found, chance=min(2 * either, 1.0))

    def _stands_still(self, now: Sample, before: Sample, gone: float) -> Standstill | str:
        on, usual = _left(now, before, ways=(1,)), before.mean()
        if usual is None or on.expected < self.least:
            return f"only {now.went_on} went on from it now; {self.least} are needed"
        chance = max(gone, t_above(on.too_few, NORMAL))
        return Standstill(went_on=on.left, expected=on.expected, usual=usual.value, chance=min(2 * chance, 1.0))

    def _beside_threshold(self, code: int, now: Sample) -> Difference | str | None:
        days = self.thresholds.get(self.chosen.stages[code])
        return "it has no threshold" if days is None else above_threshold(now, days * DAY)

    def _beside_peers(self, code: int, now: Sample) -> Difference | str | None:
        there = self.others.take(self.others.stage == code)
        peers = [_sample(there.take(there.job == job), begins=self.begins) for job in np.unique(there.job)]
        peers = [peer for peer in peers if peer.went_on >= self.least]
        if len(peers) < LEAST_PEERS:
            return f"only {len(peers)} other jobs have {self.least} that went on from it; {LEAST_PEERS} are needed"
        return above_peers(now, peers)


def _sample(stays: Stays, *, begins: int | None = None) -> Sample:
    """Return stays as they were after an instant; those that had begun count from the age that they had then."""
    until = np.minimum(stays.left, stays.at)
    entries = np.full(len(stays), -1, dtype=np.int64)
    if begins is not None:
        kept = until > begins
        stays, until = stays.take(kept), until[kept]
        entries = np.where(stays.entered < begins, begins - stays.entered, -1)
    ages = until - stays.entered
    order = np.argsort(ages)
    job, application = stays.job[order].astype(np.int64), stays.application[order].astype(np.int64)
    week = until[order] // WEEK % WEEKS
    return Sample(
        ages=ages[order],
        ways=WAY[stays.exit[order]],
        entries=entries[order],
        application=application,
        job=job,
        batch=np.where(stays.lasts[order], -1 - application, job * WEEKS + week),
    )


def _left(now: Sample, before: Sample, *, ways: tuple[int, ...] = (1, 2)) -> Leaving:
    """Compare how many left now with how many did before, job by job."""
    both = {name: np.concatenate((getattr(now, name), getattr(before, name))) for name in ("ways", "ages", "entries")}
    return compare_leaving(
        both["ages"],
        np.isin(both["ways"], ways),
        both["entries"],
        asked=np.arange(len(both["ways"])) < len(now.ways),
        stratum=np.concatenate((now.job, before.job)),
        cluster=np.concatenate((now.batch, before.batch)),
    )
