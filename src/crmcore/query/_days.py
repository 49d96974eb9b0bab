"""Days that instants are compared with: a day is a whole stretch of instants, and next to none is the first of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError
from crmcore.query.dates import first_day, next_day
from crmcore.query.moments import Moment, Span, Unit
from crmcore.query.scalars import scalar_of
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcore.query.tree import Between, Term

__all__ = ["demand_instants", "demand_open_end", "whole_day_said"]


def demand_instants(values: Iterable[object], term: Term) -> None:
    """Refuse to hold an instant for equal to the start of a day, week, month, quarter or year."""
    for value in values:
        if isinstance(value, Moment) and value.start_of is not None:
            raise InputError(f"next to no instant is the very start of a {value.start_of}; {_hint(value, term)}")


def _hint(moment: Moment, term: Term) -> str:
    """Return how to ask for the whole period that begins at a moment."""
    from crmcore.query._text.printing import written  # of which only those who are refused have need
    from crmcore.query.tree import Between

    span, unit = moment.span, moment.start_of
    if span.amount and span.unit is not unit:
        return "ask for a range: between ... and before ..."
    after = attrs.evolve(moment, span=Span(span.amount + 1, unit))
    whole = f"for all of the {unit} say {written(Between(term, moment, after, includes_last=False))}"
    if not isinstance(term, str):
        return whole
    more = f", plus={span.amount}" if span.amount else ""
    zone = "" if moment.zone == "UTC" else f', zone="{moment.zone}"'
    asked = f"F.{term}" if term.isidentifier() else f"F[{term!r}]"
    return f'{whole}, or {asked}.in_this("{unit}"{more}{zone})'


def demand_open_end(node: Between) -> None:
    """Refuse a range of instants up to a day, which would end as that day begins."""
    last = node.last
    if not (isinstance(last, Moment) and node.includes_last and last.start_of is Unit.DAY):
        return
    if last.span.amount and last.span.unit is not Unit.DAY:
        return
    from crmcore.query._text.printing import written

    after = attrs.evolve(last, span=Span(last.span.amount + 1, Unit.DAY))
    said = written(attrs.evolve(node, last=after, includes_last=False))
    raise InputError(f"a range of instants up to a day ends as the day begins; to have all of it, say {said}")


def whole_day_said(value: object) -> str:
    """Return how all instants of a day, month or year are asked for; "" where the value is none."""
    if isinstance(value, datetime) or not isinstance(value, str | date):
        return ""
    try:
        day = str(scalar_of(value, FieldType.DATE, field="day"))
    except InputError:
        return ""
    first, after = first_day(day), next_day(day)
    if after == "~":  # there is none
        return ""
    length = {4: "year", 7: "month"}.get(len(day), "day")
    return f"; for all of the {length} say between {first}T00:00Z and before {after}T00:00Z"
