"""Scores of many, summed in whole numbers, and the best of them; equals are ordered by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError
from crmcore.model.hiring.screening import FULL, Proposal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcore.hiring.recommending.kernels import Flags, Ints
    from crmcore.model.hiring.screening import ScreeningRules

__all__ = ["UNKNOWN", "UNLIKELY", "Recommendation", "ScoreColumns", "summed"]

UNKNOWN, UNLIKELY = -1, -2
"""Stand in an array of shares for what is not known, and for what is not known and counts nothing."""
PROPOSALS = (Proposal.ADVANCE, Proposal.REVIEW, Proposal.REJECT)


@attrs.frozen(kw_only=True)
class Recommendation:
    """One of the best.

    Attributes:
        id: of the contact, or of the rules where jobs are recommended.
        low, value, high: the score in parts of 10,000; the first and the last are what it is if all that is not known
            is missing, or there.
        proposal: what the rules propose.
        job: of the rules, where jobs are recommended.

    """

    id: str
    low: int
    value: int
    high: int
    proposal: Proposal
    job: str | None = None

    def __str__(self) -> str:
        span = f" ({self.low / 100:.1f} to {self.high / 100:.1f})" if self.low < self.high else ""
        return f"{self.job or self.id}: {self.value / 100:.1f}{span}, {self.proposal.value}"


@attrs.frozen(kw_only=True, repr=False, eq=False)
class ScoreColumns:
    """What was worked out for many; row by row in the order of `ids`.

    Attributes:
        ids: whose.
        low, value, high: in parts of 10,000.
        proposals: 0 to advance, 1 to review, 2 to reject.
        jobs: of each row, where jobs are recommended.

    """

    ids: Sequence[str]
    low: Ints
    value: Ints
    high: Ints
    proposals: NDArray[np.int8]
    order: Ints
    jobs: Sequence[str | None] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        counts = np.bincount(self.proposals, minlength=3).tolist()
        told = ", ".join(f"{count:,} {which.value}" for which, count in zip(PROPOSALS, counts, strict=True))
        return f"<Scores of {len(self):,}: {told}>"

    def proposal(self, row: int) -> Proposal:
        """Return what is proposed for a row."""
        return PROPOSALS[int(self.proposals[row])]

    def top(self, count: int, *, rejected: bool = False) -> tuple[Recommendation, ...]:
        """Return the best, best first; of equal value the one with the higher certain part, then by id.

        Args:
            count: at most so many.
            rejected: whether those count too who are proposed for rejection.

        """
        if count < 0:
            raise InputError(f"the best {count} cannot be had; ask for 0 or more")
        rows = np.arange(len(self)) if rejected else np.flatnonzero(self.proposals < PROPOSALS.index(Proposal.REJECT))
        if 0 < count < len(rows):  # only those that can be among them are put in order
            least = np.partition(self.value[rows], len(rows) - count)[len(rows) - count]
            rows = rows[self.value[rows] >= least]
        best = rows[np.lexsort((self.order[rows], -self.low[rows], -self.value[rows]))][:count]
        return tuple(self._at(row) for row in best.tolist())

    def _at(self, row: int) -> Recommendation:
        low, value, high = int(self.low[row]), int(self.value[row]), int(self.high[row])
        job = self.jobs[row] if self.jobs is not None else None
        return Recommendation(id=self.ids[row], low=low, value=value, high=high, proposal=self.proposal(row), job=job)


def summed(ids: Sequence[str], order: Ints, shares: Sequence[Ints], *, rules: ScreeningRules) -> ScoreColumns:
    """Add up the shares of all criteria, each an array over the rows; less than 0 is not known.

    Weights are at most 1,000, shares 10,000, criteria 200: sums stay below 2**53.
    """
    sure, open_, counted = (np.zeros(len(ids), np.int64) for _ in range(3))
    is_failed, is_open = np.zeros(len(ids), np.bool_), np.zeros(len(ids), np.bool_)
    for criterion, share in zip(rules.criteria, shares, strict=True):
        is_known = share >= 0
        sure += criterion.weight * np.where(is_known, share, 0)
        open_ += criterion.weight * ~is_known
        counted += criterion.weight * (share == UNKNOWN)
        if criterion.is_must:
            is_failed |= is_known & (share < FULL)
            is_open |= ~is_known
    low, high = sure // rules.total, (sure + open_ * FULL) // rules.total
    thresholds = {"advance_at": rules.advance_at, "reject_below": rules.reject_below}
    return ScoreColumns(
        ids=ids,
        low=low,
        value=(sure + counted * rules.unknown_counts) // rules.total,
        high=high,
        proposals=proposals_of(low, high, **thresholds, is_failed=is_failed, is_open=is_open),
        order=order,
    )


def proposals_of(
    low: Ints, high: Ints, *, advance_at: int | Ints, reject_below: int | Ints, is_failed: Flags, is_open: Flags
) -> NDArray[np.int8]:
    """Return what is proposed, as numbers of `PROPOSALS`; see :func:`crmcore.hiring.screening.screener.proposed`."""
    is_rejected = is_failed | (high < reject_below * 100)
    is_sure = ~is_open & (low >= np.maximum(np.asarray(advance_at) * 100, 1))
    return np.where(is_rejected, 2, np.where(is_sure, 0, 1)).astype(np.int8)
