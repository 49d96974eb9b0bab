"""Moments as Python names them: now, so long ago or ahead, the start of a stretch of the calendar."""

from __future__ import annotations

import attrs

from crmcore.errors import InputError
from crmcore.query.moments import Moment, Span, Unit

__all__ = ["ago", "ahead", "before", "forth", "now", "span_of", "start_of"]


def span_of(spans: dict[str, int]) -> Span:
    """Read ``days=90``."""
    if len(spans) != 1:
        raise InputError("a length of time is one of seconds, minutes, hours, days, weeks, months, quarters, years")
    ((name, amount),) = spans.items()
    return Span(amount, name.removesuffix("s"))


def now() -> Moment:
    """Return the instant of asking."""
    return Moment()


def ago(*, zone: str = "UTC", **span: int) -> Moment:
    """Return the moment so long before asking: ``ago(days=90)``."""
    return attrs.evolve(before(span_of(span)), zone=zone)


def before(length: Span) -> Moment:
    """Return the moment so long before asking."""
    return Moment(span=Span(-length.amount, length.unit))


def forth(spans: dict[str, int]) -> Span:
    """Read how far to look back or ahead."""
    length = span_of(spans)
    if length.amount < 0:
        raise InputError("a time to look back or ahead is not negative: no range would be that long")
    return length


def ahead(*, zone: str = "UTC", **span: int) -> Moment:
    """Return the moment so long after asking: ``ahead(months=1)``."""
    return Moment(span=span_of(span), zone=zone)


def start_of(unit: str, *, plus: int = 0, zone: str = "UTC") -> Moment:
    """Return the start of the day, week, month, quarter or year of asking, or of one that comes so many later.

    >>> start_of("quarter", plus=-1, zone="Europe/Amsterdam")  # of the last quarter
    Moment(span=Span(amount=-1, unit=<Unit.QUARTER: 'quarter'>), start_of=<Unit.QUARTER: 'quarter'>,
           zone='Europe/Amsterdam')
    """
    return Moment(span=Span(plus, unit), start_of=Unit(unit), zone=zone)
