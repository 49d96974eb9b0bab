"""Measures in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.reports.pipeline.measure import (
    ENDING,
    Measure,
    Population,
    Quantity,
    Reentry,
    Skips,
    Statistic,
    UnitOfAnalysis,
)
from crmcore.reports.pipeline.windows import WindowRule

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["counted_days", "described"]

POPULATIONS = {
    Population.ALL: "all {}",
    Population.ACTIVE: "{}, only of active applications",
    Population.CLOSED: "{}, only of applications that have ended",
    Population.HIRED: "{}, only of who is hired and was not unhired",
    Population.ACCEPTED: "{}, only where an offer was accepted and stands",
    Population.OPEN: "{}, only those that last",
    Population.LATEST: "the latest version of each offer",
    Population.RESOLVED: "versions of offers that were accepted, declined, rescinded or reneged",
    Population.LATEST_RESOLVED: "the latest version of each offer, where it was accepted or declined",
}
UNITS = {
    UnitOfAnalysis.APPLICATION: "applications",
    UnitOfAnalysis.PERSON: "persons, by the application that began first",
    UnitOfAnalysis.OPENING: "openings",
    UnitOfAnalysis.JOB: "jobs",
    UnitOfAnalysis.OFFER: "versions of offers",
    UnitOfAnalysis.STAY: "stays in stages",
}
WINDOWS = {
    WindowRule.BY_START: "a row belongs to a window when it starts in it",
    WindowRule.BY_END: "a row belongs to a window when it ends in it",
    WindowRule.CLIPPED: "a row belongs to a window while it lasts, and is cut to it",
}
OVER = {
    UnitOfAnalysis.APPLICATION: "its application ended",
    UnitOfAnalysis.PERSON: "its application ended",
    UnitOfAnalysis.OPENING: "the application that holds it ended",
    UnitOfAnalysis.OFFER: "the last step of its version was",
    UnitOfAnalysis.STAY: "its stay was left",
}
REENTRIES = {
    Reentry.EACH: "each stay counts by itself",
    Reentry.FIRST: "of several stays in a stage the first counts",
    Reentry.LAST: "of several stays in a stage the last counts",
    Reentry.TOGETHER: "several stays in a stage count as one",
}


def described(measure: Measure) -> str:
    """Return the rule of a measure in words."""
    return " ".join(f"{said[:1].upper()}{said[1:]}." for said in _sentences(measure))


def _sentences(measure: Measure) -> Iterator[str]:
    yield _quantity(measure)
    if measure.after:
        yield f"after {measure.after}"
    yield f"over {_population(measure)}"
    if measure.unit is UnitOfAnalysis.STAY:
        yield _stays(measure)
    yield _window(measure)
    left_out = [
        what
        for is_out, what in (
            (measure.leaves_out_holds, "days on which the job was on hold"),
            (measure.leaves_out_gaps, "days between a rejection or withdrawal and its reopening"),
            (measure.leaves_out_evergreen, "jobs that are always open"),
        )
        if is_out
    ]
    if left_out:
        yield f"left out are {' and '.join(left_out)}"
    if measure.decimals is not None:
        yield f"rounded to {measure.decimals} decimal{'s' if measure.decimals != 1 else ''}"


def _window(measure: Measure) -> str:
    """Return which rows belong to a window; what counts with or without an end is over when its record is."""
    if measure.window is not WindowRule.BY_END or measure.quantity in ENDING:
        return WINDOWS[measure.window]
    if measure.unit is UnitOfAnalysis.JOB:
        return "no row belongs to a window, as a job is never over"
    return f"a row belongs to a window when {OVER[measure.unit]} in it"


def _quantity(measure: Measure) -> str:
    per = f"; per {counted_days(measure.per_days)} of the window" if measure.per_days else ""
    return f"{_aggregate(measure)}{_what(measure)}{per}"


def counted_days(days: float) -> str:
    """Return for how many days a rate is, in words."""
    return "day" if days == 1 else f"{days:g} days"


def _what(measure: Measure) -> str:
    ends = f"from: {measure.start}; to: {measure.end}"
    match measure.quantity:
        case Quantity.DAYS:
            return f"{measure.calendar.describe()}, {ends}"
        case Quantity.SHARE if measure.statistic is Statistic.TOTAL:
            return (
                f"the number of rows with an end among those with a start; start: {measure.start}; end: {measure.end}"
            )
        case Quantity.SHARE:
            return f"the share of rows with an end among those with a start; start: {measure.start}; end: {measure.end}"
        case Quantity.LONGER:
            return f"the share of rows with more than {measure.longer_than:g} {measure.calendar.describe()}, {ends}"
        case Quantity.TRAVELLED:
            return "how much of its pipeline an application came through at most, 1 when hired"
        case Quantity.ROWS:
            return f"the number of rows with both a start and an end; start: {measure.start}; end: {measure.end}"
        case Quantity.SEATS_LEFT:
            return "openings of a job that are not closed, less those who are hired and not unhired"


def _aggregate(measure: Measure) -> str:
    if measure.quantity in {Quantity.SHARE, Quantity.LONGER, Quantity.ROWS} and measure.within is None:
        return ""
    said = {
        Statistic.MEAN: "mean",
        Statistic.MEDIAN: "median",
        Statistic.PERCENTILE: f"percentile {measure.percentile:g}",
        Statistic.TOTAL: "total",
    }[measure.statistic]
    return f"mean over each {measure.within.value} of the {said}: " if measure.within else f"{said}: "


def _population(measure: Measure) -> str:
    return POPULATIONS[measure.population].format(UNITS[measure.unit])


def _stays(measure: Measure) -> str:
    said = REENTRIES[measure.reentry]
    if measure.skips is Skips.PASSED:
        said += "; a stage that was jumped over counts as passed"
    if measure.categories:
        said += f"; only stages of {', '.join(measure.categories)}"
    return said
