"""Spans, days of the year and places as questions name them, held against what they may be."""

from __future__ import annotations

import math

from crmcore.errors import InputError
from crmcore.query.moments import Moment, Span, Unit
from crmcore.query.scalars import scalar_of
from crmcore.query.types import FieldType

__all__ = ["month_and_day", "place_of", "span_of"]


def span_of(span: object) -> Span | str:
    """Return a length of time, or since when; refuse what is neither."""
    if isinstance(span, str):
        return str(scalar_of(span, FieldType.INSTANT, field="since"))
    if not isinstance(span, Span) or span.amount < 0:
        raise InputError("how long something has been so is a Span, and not a negative one")
    return span


def month_and_day(day: object) -> Moment | str:
    """Return a day of any year, or a moment that is one; refuse what is neither."""
    if isinstance(day, Moment):
        if day.span.unit in {Unit.SECOND, Unit.MINUTE, Unit.HOUR} and day.span.amount:
            raise InputError("anniversaries are asked for by days")
        return day
    text = scalar_of(f"2000-{day}", FieldType.DATE, field="anniversary")
    if len(str(text)) != len("2000-02-29"):
        raise InputError("an anniversary is a month and a day, such as '02-29'")
    return str(text)[5:]


def place_of(of: object) -> tuple[float, float] | str:
    """Return the name of a place, or its degrees; refuse what is neither."""
    if isinstance(of, str):
        name = str(scalar_of(of, FieldType.TEXT, field="place")).strip()
        if not name:
            raise InputError("the name of a place is needed, or its latitude and longitude")
        return name
    try:
        latitude, longitude = (float(scalar_of(degree, FieldType.NUMBER, field="place")) for degree in of)  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise InputError("a place is a name, or its latitude and longitude in degrees") from error
    if not (abs(latitude) <= 90 and abs(longitude) <= 180 and math.isfinite(latitude + longitude)):
        raise InputError("a latitude lies between -90 and 90 degrees, a longitude between -180 and 180")
    return latitude, longitude
