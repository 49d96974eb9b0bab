"""Few values of every type that questions and facts share; among them those that stores have been seen to get wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import product
from typing import TYPE_CHECKING, Any

from crmcore.query.moments import Moment, Span, Unit
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CENTRES", "DAYS_OF_THE_YEAR", "LETTERS", "MOMENTS", "NOWS", "PATTERNS", "POINTS", "RADII", "SPANS",
           "VALUES", "WORDS_ASKED"]  # fmt: skip

NOWS = tuple(
    datetime.fromisoformat(text)
    for text in (
        "2026-03-07T09:00:00+00:00",
        "2026-03-29T00:59:59.999999+00:00",  # clocks in Amsterdam go from 02:00 to 03:00 right after
        "2026-03-29T03:00:00+02:00",
        "2026-10-25T00:30:00+00:00",  # 02:30 in Amsterdam, for the first time
        "2026-10-25T01:30:00+00:00",  # and for the second
        "2024-02-29T12:00:00+00:00",
        "2025-03-01T00:00:00+00:00",
        "2026-12-31T23:30:00+00:00",  # the year after in Amsterdam
        "2026-09-06T04:30:00+00:00",  # in Santiago there was no midnight
        "2026-01-01T00:00:00+14:00",
    )
)
"""Instants of asking: edges of days, years and clocks."""

_TEXTS = ("", "a", "A", "a ", " a", "ä", "a\u0308", "b", "aB", "ß", "SS", "ss", "İ", "ı", "Σς", " ", "%", "_", "\\",
          "\\%", "*", "?", "z'; --", '"', "$1", ":x", "\uffff", "\U0001f600", "田中", "مرحبا", "\u202ea",
          "Ünïcode Wörter", "unicode-worter, b", "O\u2019Neil", "a\nb", "ﬁ")  # fmt: skip

_MICROSECOND = timedelta(microseconds=1)


def _instants() -> list[datetime]:
    """Return instants at, right before and right after where the moments below lie."""
    at = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)]
    for now in (NOWS[0], NOWS[1], NOWS[4], NOWS[7]):
        at += [now - _MICROSECOND, now, now + _MICROSECOND, now - timedelta(days=90), now - timedelta(days=89)]
    at += [
        datetime(2026, 3, 6, 23, tzinfo=UTC),
        datetime(2026, 3, 1, tzinfo=UTC),
        datetime(2026, 2, 28, 23, tzinfo=UTC),
    ]
    return [*at, datetime(2026, 1, 1, tzinfo=UTC), NOWS[0].astimezone(timezone(timedelta(hours=-11, minutes=-30)))]


VALUES: Mapping[str, Sequence[Any]] = {
    FieldType.DATE: (
        "2019", "2019-03", "2019-03-07", date(2020, 2, 29), "2020-02", "2020", "2019-12-31", "2020-01-01", "0001",
        "0001-01", "0001-01-01", "9999", "9999-12", "9999-12-31", "2026", "2026-03", "2026-03-07", "2026-03-29",
        "2025-12-31",
        "2024-02-29",
    ),
    FieldType.INSTANT: tuple(_instants()),
    FieldType.NUMBER: (
        0.0, -0.0, 1, -1.5, 0.1, 0.30000000000000004, 0.3, 5e-324, -5e-324, 2.0**53, 2.0**53 + 2, 1e308, -1e308, 1e16,
    ),
    FieldType.INTEGER: (0, 1, -1, 2, 3.0, 2**53, 2**53 + 1, 2**63 - 1, -(2**63)),
    FieldType.BOOLEAN: (True, False),
    FieldType.ANY: ("", "a", "A", "1", "true", 1, 0, 1.0, -0.0, 0.5, 2**53 + 1, 2**63 - 1, -1e308, True, False),
    FieldType.CHOICE: ("open", "Open", "closed", "ß", "a"),
    FieldType.ID: ("c-1", "c-2", "C-1", "ü", "a"),
    **dict.fromkeys((FieldType.TEXT, FieldType.LONG_TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.URL), _TEXTS),
    "type": ("email.sent", "note", "call"),
    "latitude": (52.0907, 52.3702, 90.0, -90.0, 0.0, -17.7),
    "longitude": (5.1214, 4.8952, 180.0, -180.0, 0.0, 179.99),
}  # fmt: skip
"""Type or key of a field -> values, plain ones first; some not yet in their canonical form."""

LETTERS = ("a", "A", "ä", " b", "ß", "s", "SS", "i", "σσ", "%", "_", "\\", "*", "?", "'", '"', "中", "zhong",
           "wor", "e w",
           "\U0001f600", "o'neil", "fi", "a b", "x" * 600)  # fmt: skip
PATTERNS = (
    "a",
    "*",
    "?",
    "??",
    "a*",
    "*A",
    "*ä*",
    "s?",
    "%",
    "_",
    "*\\*",
    "*w?r*",
    "u*-*b",
    "*?a?*",
    "* *",
    "*e*e*",
    "a**b",
)
WORDS_ASKED = ("a", "b", "Ä", "unicode", "wörter", "Ünïcode Wor", "worter b", "neil", "ss", "tian", "x y")

SPANS = (Span(0, Unit.DAY), Span(1, Unit.SECOND), Span(90, Unit.DAY), Span(1, Unit.MONTH), Span(2, Unit.YEAR))
MOMENTS = (
    Moment(),
    Moment(span=Span(-90, Unit.DAY)),
    Moment(span=Span(-1, Unit.MONTH), zone="Europe/Amsterdam"),
    Moment(span=Span(3, Unit.QUARTER)),
    Moment(span=Span(-2, Unit.WEEK), zone="Asia/Kathmandu"),
    Moment(span=Span(-1_000_000, Unit.YEAR)),
    Moment(span=Span(1_000_000, Unit.DAY), zone="America/Santiago"),
    Moment(span=Span(-3, Unit.HOUR), zone="Europe/Amsterdam"),
    *(
        Moment(start_of=start, span=Span(plus, unit), zone=zone)
        for (start, unit, plus), zone in product(
            (
                (Unit.DAY, Unit.DAY, 0),
                (Unit.DAY, Unit.HOUR, 3),
                (Unit.WEEK, Unit.DAY, -1),
                (Unit.MONTH, Unit.MONTH, 1),
                (Unit.QUARTER, Unit.QUARTER, 0),
                (Unit.YEAR, Unit.YEAR, -1),
            ),
            ("UTC", "Europe/Amsterdam", "America/Santiago", "Pacific/Kiritimati"),
        )
    ),
)
DAYS_OF_THE_YEAR = ("01-01", "02-28", "02-29", "03-01", "03-07", "12-31")

POINTS = ((52.0907, 5.1214), (52.3702, 4.8952), (52.3702, 5.1214), (90.0, 0.0), (-90.0, 180.0), (0.0, 179.99),
          (0.0, -180.0), (-17.7, 179.99), (0.0, 0.0))  # fmt: skip
CENTRES = ((52.0907, 5.1214), (90.0, 12.0), (0.0, 180.0), (-17.7, -179.99), (0.0, 0.0))
RADII = (30, 0.001, 40, 1.5, 2_000, 6_000, 10_100.5, 20_030)
