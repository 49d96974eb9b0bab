"""The one canonical form of a value, for facts and for questions alike, so that comparing is comparing scalars.

=======================================  =========================================================================
type of the field                        scalar
=======================================  =========================================================================
text, long_text, email, phone, url, id   the text as it is; nothing is folded or trimmed
choice                                   the text of the option; a member of a StrEnum becomes its value
date                                     ISO text as precise as it is known: "2019", "2019-03" or "2019-03-07"
instant                                  "YYYY-MM-DDTHH:MM:SS.ffffffZ", always in UTC and of one width
number                                   an IEEE double; zero has no sign
integer                                  an int within 64 bits
boolean                                  a bool
any                                      a text, a bool, an int within 64 bits, or any other number as a double
=======================================  =========================================================================

Text in code-point order is therefore also the order of time; a partial date stands before the more precise ones that
begin with it.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from crmcore._messages import kind_of
from crmcore.errors import InputError
from crmcore.query.types import FieldType, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LARGEST_INTEGER", "SMALLEST_INTEGER", "scalar_of"]

SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**63 - 1

_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)


def scalar_of(value: object, type: FieldType, *, field: str) -> Scalar:  # noqa: A002 - the field's own name
    """Return the canonical scalar of a value; the scalar of a scalar is itself.

    Raises:
        InputError: the value is none of that type, or one that not every database can hold; names the field and the
            type of the value, never the value, which may be personal.

    >>> scalar_of(datetime(2026, 3, 7, 9, tzinfo=UTC), FieldType.INSTANT, field="touched_at")
    '2026-03-07T09:00:00.000000Z'
    >>> scalar_of(Decimal("4.50"), FieldType.NUMBER, field="rate")
    4.5
    >>> scalar_of(True, FieldType.NUMBER, field="rate")
    Traceback (most recent call last):
        ...
    crmcore.errors.InputError: field 'rate' is of type number, which a bool is not; pass a finite number
    """
    convert, wanted = _CONVERTERS[type]
    try:
        scalar = convert(value)
    except (ValueError, OverflowError) as fault:
        raise InputError(f"field {field!r} is of type {type}: {fault}; pass {wanted}") from fault
    if scalar is None:
        raise InputError(f"field {field!r} is of type {type}, which {kind_of(value)} is not; pass {wanted}")
    return scalar


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    text = str.__str__(value)  # of a StrEnum, its value
    if not (text.isascii() and "\0" not in text) and (found := _UNKEEPABLE.search(text)):
        what = "a NUL character" if found[0] == "\0" else "half a character (a lone surrogate)"
        raise ValueError(f"the text holds {what}")
    return text


def _date(value: Any) -> str | None:
    if isinstance(value, datetime):
        return None  # its day depends on a time zone
    if isinstance(value, str):
        text = str.__str__(value)
        if not _DATE.fullmatch(text):
            raise ValueError("the text is no date")
        year, month, day = (int(text[start:stop] or 1) for start, stop in ((0, 4), (5, 7), (8, 10)))
        date(year, month, day)
        return text
    try:
        parts = (value.year, value.month, value.day)  # of a date, or of one as far as it is known
    except AttributeError:
        return None
    known = [part for part in parts if isinstance(part, int)]
    return _date("-".join(f"{part:0{width}}" for part, width in zip(known, (4, 2, 2), strict=False)))


def _instant(value: object) -> str | None:
    if isinstance(value, str):
        text = str.__str__(value)
        if not _INSTANT.fullmatch(text):
            raise ValueError("the text is no instant")
        value = datetime.fromisoformat(text)
    if not isinstance(value, datetime):
        return None
    if value.utcoffset() is None:
        raise ValueError("the datetime has no time zone")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (Real, Decimal)):
        return None
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("the number is not finite, or too large for a double")
    return number + 0.0  # takes the sign off a zero


def _integer(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (Integral, float, Decimal)):
        return None
    if not math.isfinite(value):  # before int(), which would write out all the digits of Decimal("1e999999999")
        raise ValueError("the number is not finite")
    whole = int(value)
    if whole != value:
        raise ValueError("the number is not whole")
    if not SMALLEST_INTEGER <= whole <= LARGEST_INTEGER:
        raise ValueError("the number goes beyond 64 bits")
    return whole


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _any(value: object) -> Scalar | None:
    match value:
        case bool():
            return value
        case str():
            return _text(value)
        case int():
            return _integer(value)
        case _:
            return _number(value)


_A_TEXT = (_text, "a text that any database can hold")
_CONVERTERS: dict[FieldType, tuple[Callable[[object], Scalar | None], str]] = {
    FieldType.TEXT: _A_TEXT,
    FieldType.LONG_TEXT: _A_TEXT,
    FieldType.EMAIL: _A_TEXT,
    FieldType.PHONE: _A_TEXT,
    FieldType.URL: _A_TEXT,
    FieldType.CHOICE: _A_TEXT,
    FieldType.ID: _A_TEXT,
    FieldType.DATE: (_date, "a date, a partial date, or text such as '2019', '2019-03' or '2019-03-07'"),
    FieldType.INSTANT: (_instant, "a datetime with a time zone, or text such as '2026-03-07T09:00:00Z'"),
    FieldType.NUMBER: (_number, "a finite number"),
    FieldType.INTEGER: (_integer, "a whole number within 64 bits"),
    FieldType.BOOLEAN: (_boolean, "True or False"),
    FieldType.ANY: (_any, "a text, a finite number, True or False"),
}
