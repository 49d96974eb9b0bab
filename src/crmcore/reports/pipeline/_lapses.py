"""Kernels of time that does not count: intervals in which a job was on hold, or an application had ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.model.hiring.job import JobVerb
from crmcore.model.stage_history import Verb
from crmcore.reports.pipeline._log import JOB_VERBS, NEVER, VERBS, codes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.reports.pipeline._log import Log
    from crmcore.reports.pipeline.table import StageTable

    Codes = NDArray[np.int32]
    Instants = NDArray[np.datetime64]
    Mask = NDArray[np.bool_]
    Whole = NDArray[np.int64]

__all__ = ["Lapses", "gaps_of", "holds_of"]


@attrs.frozen(kw_only=True, eq=False)
class Lapses:
    """Intervals by subject; those of one subject stand together in time, and do not overlap.

    Attributes:
        subject: rising codes.
        begins, ends: from when, until when; an interval that lasts ends in NaT.

    """

    subject: Codes
    begins: Instants
    ends: Instants

    def before(self, subject: Codes, at: Instants, *, clock: Whole, begins: Whole, ends: Whole) -> Whole:
        """Return how much of a subject's intervals lies before an instant, on some scale.

        Args:
            subject, at: by row.
            clock: n; the scale at each instant.
            begins, ends: m; the scale at the ends of the intervals; of one that lasts the end is not looked at.

        """
        if not len(self.subject) or not len(subject):
            return np.zeros(len(subject), dtype=np.int64)
        times = np.unique(self.begins)
        width = len(times) + 1
        keys = self.subject.astype(np.int64) * width + np.searchsorted(times, self.begins)
        sought = subject.astype(np.int64) * width
        first = np.searchsorted(keys, sought)
        place = np.searchsorted(keys, sought + np.searchsorted(times, at, side="right")) - 1
        lasts = np.isnat(self.ends)
        whole = np.concatenate(([0], np.cumsum(np.where(lasts, 0, ends - begins))))
        rows = np.flatnonzero((place >= first) & (subject >= 0) & ~np.isnat(at))
        found = np.zeros(len(subject), dtype=np.int64)
        within, now = place[rows], clock[rows]
        ended = np.where(lasts[within] | (self.ends[within] > at[rows]), now, ends[within])
        found[rows] = whole[within] - whole[first[rows]] + ended - begins[within]
        return found


def holds_of(table: StageTable) -> Lapses:
    """Return when jobs were on hold."""
    return _between(table.jobs.steps, codes_of({JobVerb.HOLD}, JOB_VERBS), None)


def gaps_of(table: StageTable) -> Lapses:
    """Return when applications had been rejected or withdrawn, and were taken up again later."""
    return _between(table.steps, codes_of({Verb.REJECT, Verb.WITHDRAW}, VERBS), codes_of({Verb.REOPEN}, VERBS))


def _between(log: Log, begin: list[int], end: list[int] | None) -> Lapses:
    """Return the intervals from some verbs to the next step, where that is of some verbs, or any or none."""
    begun = np.flatnonzero(np.isin(log.verb, begin))
    following = np.minimum(begun + 1, max(log.size - 1, 0))
    follows = ~log.is_last[begun]
    if end is not None:
        kept = follows & np.isin(log.verb[following], end)
        begun, following, follows = begun[kept], following[kept], follows[kept]
    ends = np.where(follows, log.occurred_at[following], NEVER) if len(begun) else log.occurred_at[:0]
    return Lapses(subject=log.subject[begun], begins=log.occurred_at[begun], ends=ends)
