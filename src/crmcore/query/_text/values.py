"""Literals, moments and spans: how values and times are read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.query._text.cursor import CALENDAR, CALENDAR_UNITS, UNIT, UNITS, VALUE
from crmcore.query._text.lexing import Sort
from crmcore.query.moments import Moment, Span, Unit

if TYPE_CHECKING:
    from crmcore.query._text.cursor import Cursor

__all__ = ["period", "sees_period", "span", "value"]

_DAYS = {"today": 0, "tomorrow": 1, "yesterday": -1}
_PLAIN = {Sort.TEXT, Sort.TIME}


def value(cursor: Cursor) -> Any:
    """Read a value: a text, a number, a date, true or false, or a moment."""
    cursor.tried[VALUE] = None
    token = cursor.peek()
    if token.sort in _PLAIN:
        return cursor.take().value
    if cursor.accept("true"):
        return True
    if cursor.accept("false"):
        return False
    if token.word == "-":
        cursor.take()
        return -cursor.expect_sort(Sort.NUMBER).value
    if token.sort is Sort.NUMBER and cursor.peek(1).word not in UNITS:
        is_year = token.end - token.start == len("2026") and token.value.__class__ is int and cursor.asks_for_date()
        return str(cursor.take().value) if is_year else cursor.take().value
    return _zoned(cursor, _moment(cursor), token.start)


def _zoned(cursor: Cursor, moment: Moment, start: int) -> Moment:
    zone = _zone(cursor, moment.zone)
    return cursor.built(partial(attrs.evolve, moment, zone=zone), start)


def _zone(cursor: Cursor, otherwise: str) -> str:
    if cursor.sees("in") and cursor.peek(1).sort is Sort.TEXT:
        cursor.take()
        return cursor.expect_text()
    return otherwise


def _moment(cursor: Cursor) -> Moment:
    start = cursor.peek().start
    if cursor.accept("now"):
        return Moment()
    for word, days in _DAYS.items():
        if cursor.accept(word):
            return Moment(start_of=Unit.DAY, span=Span(days, Unit.DAY))
    if cursor.accept("in"):
        return Moment(span=span(cursor))
    if cursor.accept("start"):
        cursor.expect("of")
        return _start(cursor)
    if cursor.peek().sort is not Sort.NUMBER:
        cursor.fail_here()
    length = span(cursor)
    cursor.expect("ago")
    return cursor.built(lambda: Moment(span=Span(-length.amount, length.unit)), start)


def _start(cursor: Cursor) -> Moment:
    unit = _unit(cursor, what=CALENDAR)
    moment = Moment(start_of=unit, span=Span(0, unit))
    if cursor.accept("+"):
        return attrs.evolve(moment, span=span(cursor))
    if cursor.accept("-"):
        length = span(cursor)
        return attrs.evolve(moment, span=Span(-length.amount, length.unit))
    return moment


def span(cursor: Cursor, *, signed: bool = False) -> Span:
    """Read a length of time, such as ``90 days``."""
    start = cursor.peek().start
    amount = cursor.expect_whole(signed=signed)
    unit = _unit(cursor)
    return cursor.built(lambda: Span(amount, unit), start)


def _unit(cursor: Cursor, *, what: str = UNIT) -> Unit:
    cursor.tried[what] = None
    unit = (UNITS if what == UNIT else CALENDAR_UNITS).get(cursor.peek().word)
    if unit is None:
        cursor.fail_here()
    cursor.take()
    return unit


def sees_period(cursor: Cursor) -> bool:
    """Say whether ``in`` comes next and a period after it."""
    return cursor.sees("in") and cursor.peek(1).word in {"last", "next", "this"}


def period(cursor: Cursor) -> tuple[Moment, Moment, bool]:
    """Read ``last 90 days`` or ``this quarter``; return both ends, and whether the last one is included."""
    start = cursor.peek().start
    if cursor.accept("this"):
        return _calendar(cursor, 0, start)
    plus = 1 if cursor.accept("next") else -1
    if plus == -1:
        cursor.expect("last")
    if not cursor.sees_sort(Sort.NUMBER):
        return _calendar(cursor, plus, start)
    length = span(cursor)
    zone = _zone(cursor, "UTC")
    now = cursor.built(lambda: Moment(zone=zone), start)
    other = attrs.evolve(now, span=Span(plus * length.amount, length.unit))
    return (other, now, True) if plus < 0 else (now, other, True)


def _calendar(cursor: Cursor, plus: int, start: int) -> tuple[Moment, Moment, bool]:
    unit = _unit(cursor, what=CALENDAR)
    zone = _zone(cursor, "UTC")

    def edge(more: int) -> Moment:
        return Moment(start_of=unit, span=Span(more, unit), zone=zone)

    return cursor.built(lambda: (edge(plus), edge(plus + 1), False), start)
