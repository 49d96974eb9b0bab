"""How a measure is taken: rows, anchors, who counts, the window, the value of each row, and the sum of it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore._given import one
from crmcore.errors import InputError
from crmcore.model.stage_history import Status
from crmcore.reports.pipeline._choosing import window_of
from crmcore.reports.pipeline._clock import on_scale, units_of_a_day
from crmcore.reports.pipeline._describing import counted_days
from crmcore.reports.pipeline._events import Subject
from crmcore.reports.pipeline._grouping import combined, mean_of, summed_up
from crmcore.reports.pipeline._instants import instant_of
from crmcore.reports.pipeline._lapses import gaps_of, holds_of
from crmcore.reports.pipeline._log import NEVER, STATUSES
from crmcore.reports.pipeline._pieces import Pieces, by_person, together
from crmcore.reports.pipeline._populations import looked_at, open_seats
from crmcore.reports.pipeline._rows import Rows, rows_of
from crmcore.reports.pipeline._stays import furthest_of
from crmcore.reports.pipeline.figures import Breakdown, Figure
from crmcore.reports.pipeline.measure import ENDING, Quantity, Reentry, UnitOfAnalysis
from crmcore.reports.pipeline.table import StageTable
from crmcore.reports.pipeline.windows import WindowRule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from crmcore.reports.pipeline.measure import Measure
    from crmcore.reports.pipeline.windows import By, Window

    Codes = NDArray[np.int32]
    Instants = NDArray[np.datetime64]
    Mask = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Values = NDArray[np.int64] | NDArray[np.float64]

__all__ = ["breakdown_of", "figure_of"]


def figure_of(measure: Measure, table: StageTable, *, within: Window | None, at: datetime | None) -> Figure:
    """Take a measure of everything."""
    return breakdown_of(measure, table, groups=(), within=within, at=at).figures[0]


def breakdown_of(
    measure: Measure, table: StageTable, *, groups: Sequence[By], within: Window | None, at: datetime | None
) -> Breakdown:
    """Take a measure of each group that has rows; of everything as one group, where none are asked for."""
    table, window = one(table, StageTable, "table"), window_of(within)
    per = _per(measure, window)
    now = None if at is None else instant_of(at, name="at")
    if now is None and measure.asks_for_now:
        raise InputError(f"measure {measure.key!r} counts what is open; pass at, the instant for which it is taken")
    pieces = _counted(measure, table if at is None else table.as_of(at), window, now)
    keys = [pieces.rows.keys(by) for by in groups]
    group, first = combined([codes for codes, _ in keys], len(pieces.rows))
    size = len(first) if groups else 1
    values = _numbers(measure, pieces, group, size) / (units_of(measure) * per)
    labels = [tuple(_named(codes[row], names) for codes, names in keys) for row in first] if groups else [()]
    counts = np.bincount(group[pieces.counts], minlength=size)
    backwards = np.bincount(group[pieces.backwards], minlength=size)
    return Breakdown(
        measure=measure,
        groups=tuple(groups),
        figures=tuple(
            Figure(
                measure=measure,
                window=window,
                at=at,
                group=tuple(zip(groups, label, strict=True)),
                value=_rounded(value, measure.decimals),
                count=int(count),
                backwards=int(wrong),
                source=(pieces, group, place),
            )
            for place, (label, value, count, wrong) in enumerate(zip(labels, values, counts, backwards, strict=True))
            if count or wrong or not groups
        ),
    )


def units_of(measure: Measure) -> int:
    """Return how many units of a row's value make one of the figure's."""
    return units_of_a_day(measure.calendar) if measure.quantity is Quantity.DAYS else 1


def _named(code: int, names: Sequence[str]) -> str | None:
    return None if code < 0 else names[code]


def _rounded(value: float, decimals: int | None) -> float | None:
    if np.isnan(value):
        return None
    return float(value) if decimals is None else round(float(value), decimals)


def _per(measure: Measure, window: Window) -> float:
    """Return through what the number is divided: 1, or the length of the window."""
    if measure.per_days is None:
        return 1.0
    if window.since is None or window.until is None:
        raise InputError(
            f"measure {measure.key!r} is per {counted_days(measure.per_days)}; pass within with both its ends"
        )
    ends = np.array([instant_of(each, name="within") for each in (window.since, window.until)])
    since, until = on_scale(ends, measure.calendar)
    days = (until - since) / units_of_a_day(measure.calendar)
    if not days:
        raise InputError(f"the window {window} has no {measure.calendar.describe()}; give a longer one")
    return float(days) / measure.per_days


def _numbers(measure: Measure, pieces: Pieces, group: NDArray[np.int64], size: int) -> Floats:
    """Return the number of each group; with `within`, the mean of those of its parts."""
    values, group = pieces.values[pieces.counts], group[pieces.counts]
    if measure.within is None:
        return summed_up(values, group, size, measure.statistic, measure.percentile)
    codes, _ = pieces.rows.keys(measure.within)
    parts, first = combined([group, codes[pieces.counts]], len(values))
    numbers = summed_up(values, parts, len(first), measure.statistic, measure.percentile)
    sums = np.asarray(np.bincount(group[first], weights=numbers, minlength=size), dtype=np.float64)
    counts = np.bincount(group[first], minlength=size)
    return mean_of(sums, counts)


def _counted(measure: Measure, table: StageTable, window: Window, now: np.datetime64 | None) -> Pieces:
    """Return the rows of a measure in a window, with their values."""
    rows = rows_of(measure, table)
    start, end = rows.at(measure.start, now), rows.at(measure.end, now)
    counts = looked_at(measure, rows) & ~np.isnat(start)
    if measure.quantity in ENDING:
        counts &= ~np.isnat(end)
    backwards = counts & (end < start) & (measure.quantity in {Quantity.DAYS, Quantity.LONGER})
    counts &= ~backwards
    if measure.window is WindowRule.CLIPPED:
        start, end, inside = _clipped(start, end, window)
        counts &= inside
    values = _values(measure, rows, start, end, counts)
    closed = end if measure.quantity in ENDING else _closed(rows)
    pieces = Pieces(rows=rows, start=start, end=end, closed=closed, values=values, counts=counts, backwards=backwards)
    if measure.reentry is Reentry.TOGETHER:
        pieces = together(measure, pieces)
    if measure.quantity is Quantity.LONGER:
        limit = measure.longer_than * units_of_a_day(measure.calendar)
        pieces = attrs.evolve(pieces, values=(pieces.values > limit).astype(np.int64))
    if measure.window is not WindowRule.CLIPPED:
        inside = _inside(measure, pieces, window)
        pieces = attrs.evolve(pieces, counts=pieces.counts & inside, backwards=pieces.backwards & inside)
    return by_person(measure, pieces) if measure.unit is UnitOfAnalysis.PERSON else pieces


def _values(measure: Measure, rows: Rows, start: Instants, end: Instants, counts: Mask) -> Values:
    match measure.quantity:
        case Quantity.DAYS | Quantity.LONGER:
            return _lasted(measure, rows, start, end, counts)
        case Quantity.SHARE:
            return (~np.isnat(end)).astype(np.int64)
        case Quantity.TRAVELLED:
            return _travelled(rows)
        case Quantity.SEATS_LEFT:
            return _seats_left(rows.table)
        case Quantity.ROWS:
            return np.ones(len(rows), dtype=np.int64)


def _lasted(measure: Measure, rows: Rows, start: Instants, end: Instants, counts: Mask) -> NDArray[np.int64]:
    """Return the time from start to end on the calendar's scale, without what does not count; 0 where none counts."""
    chosen = np.flatnonzero(counts)
    begins, ends = start[chosen], end[chosen]
    table, calendar = rows.table, measure.calendar
    job = rows.codes[Subject.JOB][chosen]
    holds = holds_of(table) if measure.leaves_out_holds else None

    def clock(at: Instants, of: Codes) -> NDArray[np.int64]:
        """Return the scale at instants of jobs, which stands still while they are on hold."""
        scale = on_scale(at, calendar)
        if holds is None:
            return scale
        bounds = on_scale(holds.begins, calendar), on_scale(holds.ends, calendar)
        return scale - holds.before(of, at, clock=scale, begins=bounds[0], ends=bounds[1])

    first, last = clock(begins, job), clock(ends, job)
    lasted = last - first
    if measure.leaves_out_gaps:
        gaps, of = gaps_of(table), rows.application[chosen]
        jobs = table.applications.job[gaps.subject]
        bounds = clock(gaps.begins, jobs), clock(gaps.ends, jobs)
        lasted -= gaps.before(of, ends, clock=last, begins=bounds[0], ends=bounds[1])
        lasted += gaps.before(of, begins, clock=first, begins=bounds[0], ends=bounds[1])
    found = np.zeros(len(rows), dtype=np.int64)
    found[chosen] = lasted
    return found


def _travelled(rows: Rows) -> Floats:
    """Return how much of its pipeline each application came through at most."""
    table = rows.table
    furthest = furthest_of(table)
    stages = (table.places >= 0).sum(axis=1)
    share = furthest / stages[table.applications.pipeline] if len(furthest) else furthest.astype(np.float64)
    hired = table.status == STATUSES.index(Status.HIRED)
    return np.asarray(np.where(hired, 1.0, share)[rows.application])


def _seats_left(table: StageTable) -> NDArray[np.int64]:
    """Return how many openings of each job are not closed, less its hires."""
    size = len(table.jobs)
    hired = table.applications.job[table.status == STATUSES.index(Status.HIRED)]
    left = np.bincount(open_seats(table), minlength=size) - np.bincount(hired[hired >= 0], minlength=size)
    return np.asarray(left, dtype=np.int64)


def _clipped(start: Instants, end: Instants, window: Window) -> tuple[Instants, Instants, Mask]:
    """Return starts and ends cut to a window, and which rows are under way in it."""
    inside = ~np.isnat(start) & ~np.isnat(end)
    if window.since is not None:
        since = instant_of(window.since, name="within")
        inside &= end >= since
        start = np.maximum(start, since)
    if window.until is not None:
        until = instant_of(window.until, name="within")
        inside &= start < until
        end = np.minimum(end, until)
    return start, end, inside


def _inside(measure: Measure, pieces: Pieces, window: Window) -> Mask:
    """Return which rows start, or are over, in a window."""
    at = pieces.closed if measure.window is WindowRule.BY_END else pieces.start
    inside = np.ones(len(at), dtype=np.bool_)
    if window.since is not None:
        inside &= at >= instant_of(window.since, name="within")
    if window.until is not None:
        inside &= at < instant_of(window.until, name="within")
    return inside


def _closed(rows: Rows) -> Instants:
    """Return when each row was over: a stay left, an offer stepped last, an application ended."""
    table, codes = rows.table, rows.codes
    if rows.stays is not None:
        return table.left_at[rows.stays]
    if Subject.OFFER in codes:
        steps = table.offers.steps
        return steps.occurred_at[steps.is_last][codes[Subject.OFFER]]
    if Subject.APPLICATION not in codes:
        return np.full(len(rows), NEVER)
    found = np.full(len(rows), NEVER)
    known = np.flatnonzero(rows.application >= 0)
    found[known] = table.ended_at[rows.application[known]]
    return found
