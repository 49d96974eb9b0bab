"""Whether what is under way, what comes and how long it lasts fit together: Little's law.

In a steady state, what is under way on average is what comes in a day times the days that it lasts (Little 1961). Where
the ratio is far from 1 the pipeline is filling or draining, or times are wrong: those of the ended alone are too short.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.reports.pipeline.flow.stays import DAY, Stays, ticks_of
from crmcore.reports.pipeline.flow.times import durations

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from numpy.typing import NDArray

    from crmcore.reports.pipeline.table import StageTable

    Whole = NDArray[np.int64]

__all__ = ["Steadiness", "steadiness"]


@attrs.frozen(kw_only=True)
class Steadiness:
    """What a window saw of applications, or of stays in one stage.

    Attributes:
        under_way: how many were, on average over the window.
        arrivals: how many began in a day.
        lasts: days that one lasts, counting those not ended; None where nothing was followed.
        naive: the same of the ended alone.
        began, ended: how many did within the window.

    """

    under_way: float
    arrivals: float
    lasts: float | None
    naive: float | None
    began: int
    ended: int

    @property
    def ratio(self) -> float | None:
        """What was under way for each that ought to have been; 1 in a steady state."""
        return None if not self.lasts or not self.arrivals else self.under_way / (self.arrivals * self.lasts)

    @property
    def naive_ratio(self) -> float | None:
        """The same with the days of the ended alone."""
        return None if not self.naive or not self.arrivals else self.under_way / (self.arrivals * self.naive)


def steadiness(
    table: StageTable, *, since: datetime, at: datetime, stage: str | None = None, jobs: Iterable[str] | None = None
) -> Steadiness:
    """Hold what was under way within a window against what came and how long it lasts.

    Args:
        table: the stays.
        since, at: the window.
        stage: the key of one stage; by default applications as a whole.
        jobs: ids; only these.

    Raises:
        InputError: an instant has no zone, they are not in order, or a stage or job is none of the table's.

    >>> from crmcore.testing.pipelines import simulate
    >>> made = simulate(jobs=20, days=300, seed=2)
    >>> round(steadiness(made.table, since=made.day(100), at=made.ends).ratio, 1)
    1.0
    """
    begins = ticks_of(since, name="since")
    stays = Stays.of(table, at=at, jobs=jobs)
    if begins >= stays.at:
        raise InputError("since is not before at; a window begins before it ends")
    begun, until, ended = _lives(stays, stage)
    span = (stays.at - begins) / DAY
    inside = np.maximum(until - np.maximum(begun, begins), 0)
    began = int((begun >= begins).sum())
    found = durations("", begun, until, ended.astype(np.int64), names=("ended",), since=begins - 1)
    return Steadiness(
        under_way=float(inside.sum()) / DAY / span,
        arrivals=began / span,
        lasts=found.mean().value,
        naive=found.naive.mean,
        began=began,
        ended=int((ended & (until >= begins)).sum()),
    )


def _lives(stays: Stays, stage: str | None) -> tuple[Whole, Whole, NDArray[np.bool_]]:
    """Return when each began, until when it was seen, and whether it had ended."""
    until = np.minimum(stays.left, stays.at)
    if stage is None:
        return stays.entered[stays.is_first], until[stays.is_last], ~stays.lasts[stays.is_last]
    if stage not in stays.stages:
        raise InputError(f"the table has no stage {stage!r}; its stages are: {', '.join(stays.stages)}")
    rows = stays.stage == stays.stages.index(stage)
    return stays.entered[rows], until[rows], ~stays.lasts[rows]
