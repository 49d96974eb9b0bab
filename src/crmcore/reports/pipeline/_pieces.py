"""Rows with what a measure needs of them, and how several of them become one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.reports.pipeline._events import Subject
from crmcore.reports.pipeline._log import NEVER
from crmcore.reports.pipeline._populations import looked_at
from crmcore.reports.pipeline._rows import Rows, passed_over
from crmcore.reports.pipeline.anchors import Milestone
from crmcore.reports.pipeline.measure import Quantity, Skips
from crmcore.reports.pipeline.windows import By, WindowRule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.reports.pipeline.measure import Measure

    Instants = NDArray[np.datetime64]
    Mask = NDArray[np.bool_]
    Values = NDArray[np.int64] | NDArray[np.float64]

__all__ = ["Pieces", "by_person", "together"]


@attrs.frozen(kw_only=True, eq=False)
class Pieces:
    """Rows with what a measure needs of them.

    Attributes:
        rows: whom they belong to.
        start, end: their anchors, NaT where there is none.
        closed: when each was over, NaT where it is not.
        values: what each is worth, in units of :func:`units_of`.
        counts: which of them count.
        backwards: which would, if their end did not lie before their start.

    """

    rows: Rows
    start: Instants
    end: Instants
    closed: Instants
    values: Values
    counts: Mask
    backwards: Mask

    def take(self, chosen: NDArray[Any]) -> Pieces:
        """Return some of them."""
        return Pieces(
            rows=self.rows.take(chosen),
            start=self.start[chosen],
            end=self.end[chosen],
            closed=self.closed[chosen],
            values=self.values[chosen],
            counts=self.counts[chosen],
            backwards=self.backwards[chosen],
        )


def together(measure: Measure, pieces: Pieces) -> Pieces:
    """Make one row of all stays of an application in a stage, which stand together; add those that were skipped."""
    if len(pieces.rows):
        pieces = _merged(measure, pieces)
    return _with_skipped(measure, pieces) if measure.skips is Skips.PASSED else pieces


def _merged(measure: Measure, pieces: Pieces) -> Pieces:
    rows = pieces.rows
    pair = rows.application.astype(np.int64) * len(rows.table.stages) + rows.stages
    edges = pair[1:] != pair[:-1]
    begins, last = np.flatnonzero(np.append(True, edges)), np.flatnonzero(np.append(edges, True))
    adds = measure.quantity in {Quantity.DAYS, Quantity.LONGER}
    every = measure.quantity is not Quantity.SHARE and measure.window is not WindowRule.CLIPPED
    counted = np.where(pieces.counts, pieces.values, 0)
    is_open = np.logical_or.reduceat(np.isnat(pieces.closed), begins)
    merged = pieces.take(last)
    return attrs.evolve(
        merged,
        start=pieces.start[begins],
        closed=np.where(is_open, NEVER, merged.closed),
        values=(np.add if adds else np.maximum).reduceat(counted, begins),
        counts=(np.logical_and if every else np.logical_or).reduceat(pieces.counts, begins),
        backwards=np.logical_or.reduceat(pieces.backwards, begins),
    )


def _with_skipped(measure: Measure, pieces: Pieces) -> Pieces:
    skipped, at = passed_over(pieces.rows.table)
    rows, size = pieces.rows, len(skipped)
    went_on = measure.end.milestone in {Milestone.MOVED_ON, Milestone.ADVANCED}
    together = attrs.evolve(
        rows,
        codes={subject: np.append(codes, skipped.codes[subject]) for subject, codes in rows.codes.items()},
        stays=None,
        stage=np.append(rows.stages, skipped.stages),
    )
    return Pieces(
        rows=together,
        start=np.append(pieces.start, at),
        end=np.append(pieces.end, at if went_on else np.full(size, NEVER)),
        closed=np.append(pieces.closed, at),
        values=np.append(pieces.values, np.full(size, went_on)).astype(np.int64),
        counts=np.append(pieces.counts, _looked_at(measure, skipped)),
        backwards=np.append(pieces.backwards, np.zeros(size, dtype=np.bool_)),
    )


def _looked_at(measure: Measure, skipped: Rows) -> Mask:
    found = looked_at(measure, skipped)
    if not measure.categories:
        return found
    meant, names = skipped.keys(By.CATEGORY)
    return found & np.isin(meant, [names.index(category) for category in measure.categories])


def by_person(measure: Measure, pieces: Pieces) -> Pieces:
    """Keep of each person the row that counts and began first; a share counts where any of theirs does."""
    table, rows = pieces.rows.table, np.flatnonzero(pieces.counts)
    person = table.applications.person[pieces.rows.codes[Subject.APPLICATION][rows]]
    order = np.lexsort((pieces.start[rows], person))
    rows, person = rows[order], person[order]
    begins = np.flatnonzero(np.append(True, person[1:] != person[:-1])[: len(rows)])
    kept = pieces.take(np.append(rows[begins], np.flatnonzero(pieces.backwards)))
    if measure.quantity is not Quantity.SHARE or not len(rows):
        return kept
    best = np.maximum.reduceat(pieces.values[rows], begins)
    values = np.concatenate((best, kept.values[len(begins) :])).astype(np.int64)  # shares are whole
    return attrs.evolve(kept, values=values)
