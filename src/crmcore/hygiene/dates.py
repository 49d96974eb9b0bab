"""Dates as people and programs write them, with what is ambiguous said so."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

import attrs

from crmcore.hygiene._tables import read_rows
from crmcore.hygiene.cleaning import found, invalid, missing
from crmcore.hygiene.folding import fold
from crmcore.hygiene.partial_date import PartialDate
from crmcore.hygiene.placeholders import is_missing
from crmcore.hygiene.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcore.hygiene.verdict import Cleaned

__all__ = ["PartialDate", "clean_date", "guess_day_first"]

_LONGEST = 80
_TIME = re.compile(
    r"[t ,]{1,2}\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)? ?(?:[ap]\.?m\.?)? ?(?:z|utc|gmt|[+-]\d{2}:?\d{2})?$"
)
_THREE = re.compile(r"(\d{1,4})([-/. ])(\d{1,2})\2(\d{1,4})\.?")
_YEAR_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_ABOUT = re.compile(r"(?:c\.|ca\.?|circa|about|approx\.?|around|~|um|etwa|vers|hacia|rond) ?|\?$")
_WORD = re.compile(r"[a-z]+|\d+")
_DEFAULTS = frozenset(
    ("1900-01-01", "1901-01-01", "1970-01-01", "1899-12-30", "1899-12-31", "9999-12-31", "2099-12-31")
)
_EXCEL_FIRST_DAY = date(1899, 12, 30)
_EXCEL_LAST_SERIAL = 2958465
_NEWEST_PLAUSIBLE = 2200


@attrs.frozen
class _Reading:
    """Parts that were read, and the doubts about them."""

    year: int
    month: int | None = None
    day: int | None = None
    doubts: tuple[Reason, ...] = ()


def clean_date(
    raw: str | None,
    *,
    day_first: bool | None = None,
    century_pivot: int = 30,
    excel_serial: bool = False,
) -> Cleaned[PartialDate]:
    """Read one date, no more precisely than it was written.

    Read are ISO dates with or without a time, 19560409, year and month, a year alone, numbers with slashes, dots or
    dashes, and month names in English, German, French, Spanish, Dutch, Italian, Portuguese and Polish.

    Args:
        raw: the text.
        day_first: how to read 03/04/2019. None: such a date is doubtful and only its year is kept; with dots the day is
            first, as wherever dots are used. See :func:`guess_day_first` for a column.
        century_pivot: two-digit years up to it are 20xx, later ones 19xx; such a date is always doubtful.
        excel_serial: read a bare number as a day of a spreadsheet's calendar (43531 is 2019-03-07).

    >>> print(clean_date("7. März 2019").value, clean_date("03/2019").value, clean_date("19560409").value)
    2019-03-07 2019-03 1956-04-09
    >>> ambiguous = clean_date("03/04/2019")
    >>> print(ambiguous.value, ambiguous.verdict, ambiguous.reasons[0].code)
    2019 doubtful day-month-ambiguous
    """
    raw = raw or ""
    if is_missing(raw):
        return missing(raw)
    if len(raw.strip()) > _LONGEST:
        return invalid(raw, "too-long", f"a date has no more than {_LONGEST} characters")
    text = fold(raw)
    if text in _words("open"):
        return missing(raw, "open-ended", "it goes on; there is no date yet")
    if excel_serial and re.fullmatch(r"\d{1,7}(?:\.\d+)?", text):
        return _serial(raw, text)
    dated = _TIME.sub("", text)
    remarks = (Reason("time-dropped", "the time of day was left out"),) if dated != text else ()
    about = _ABOUT.sub("", dated)
    if not re.sub(r"[-/. 0]", "", about):
        return missing(raw, "zero-date", "a date of zeros stands for a missing value")
    reading = _read_numbers(about, day_first=day_first, pivot=century_pivot) or _read_words(about, pivot=century_pivot)
    if reading is None:
        return invalid(raw, "not-a-date", "no date can be read from it")
    if about != dated:
        reading = attrs.evolve(reading, doubts=(*reading.doubts, Reason("about", "the date is only approximate")))
    return _judge(raw, reading, remarks)


def guess_day_first(values: Iterable[str | None]) -> bool | None:
    """Tell from a column's dates whether the day is written first; None where they do not show it.

    Only a number over 12 shows it. Where both orders are shown, the one shown at least ten times as often wins.

    >>> guess_day_first(["03/04/2019", "25/12/2018"]), guess_day_first(["12/25/2018"]), guess_day_first(["03/04/2019"])
    (True, False, None)
    """
    day_first = month_first = 0
    for value in values:
        if value is None or len(value) > _LONGEST:
            continue
        match = _THREE.match(_TIME.sub("", fold(value)))
        if match and len(match[1]) <= 2:
            first, second = int(match[1]), int(match[3])
            day_first += 12 < first <= 31 and second <= 12
            month_first += 12 < second <= 31 and first <= 12
    if day_first >= 10 * month_first and day_first:
        return True
    return False if month_first >= 10 * day_first and month_first else None


def _serial(raw: str, text: str) -> Cleaned[PartialDate]:
    serial = int(float(text))
    if not 1 <= serial <= _EXCEL_LAST_SERIAL:
        return invalid(raw, "not-a-date", "no day of a spreadsheet has this number")
    # Day 60 is 29 February 1900, which never was; the days before it are one later than the sum.
    day = _EXCEL_FIRST_DAY + timedelta(days=serial + (serial < 60))
    remark = Reason("excel-serial", "read as the number of a day in a spreadsheet")
    return _judge(raw, _Reading(day.year, day.month, day.day), (remark,))


def _read_numbers(text: str, *, day_first: bool | None, pivot: int) -> _Reading | None:
    if match := _THREE.fullmatch(text):
        first, mark, second, third = match[1], match[2], int(match[3]), match[4]
        if len(first) == 4 and len(third) <= 2:
            return _Reading(int(first), second or None, int(third) or None)
        if len(first) <= 2 and len(third) in (2, 4):
            year, doubts = _century(third, pivot)
            order = True if day_first is None and mark == "." else day_first
            return _in_order(year, int(first), second, day_first=order, doubts=doubts)
        return None
    if match := _YEAR_MONTH.fullmatch(text):
        return _Reading(int(match[1] or match[4]), int(match[2] or match[3]) or None)
    if re.fullmatch(r"\d{4}", text):
        return _Reading(int(text))
    if match := _COMPACT.fullmatch(text):
        doubts = () if match[3] else (Reason("compact-month", "six digits were read as year and month"),)
        return _Reading(int(match[1]), int(match[2]) or None, int(match[3] or 0) or None, doubts)
    return None


def _in_order(year: int, first: int, second: int, *, day_first: bool | None, doubts: tuple[Reason, ...]) -> _Reading:
    if first == second or (day_first is not None and (second if day_first else first) <= 12):
        day, month = (first, second) if day_first or day_first is None else (second, first)
        return _Reading(year, month, day, doubts)
    if first > 12 or second > 12:
        day, month = (first, second) if first > 12 else (second, first)
        swapped = day_first is not None
        reason = Reason("day-month-swapped", "day and month stand the other way round than said")
        return _Reading(year, month, day, (reason, *doubts) if swapped else doubts)
    message = f"either {year:04}-{second:02}-{first:02} or {year:04}-{first:02}-{second:02}; say which with day_first"
    return _Reading(year, None, None, (Reason("day-month-ambiguous", message), *doubts))


def _read_words(text: str, *, pivot: int) -> _Reading | None:
    words = [word for word in _WORD.findall(text) if word not in _words("filler")]
    months = [month for word in words if (month := _months().get(word))]
    numbers = [word for word in words if word.isdigit()]
    if len(months) != 1 or len(words) != len(numbers) + 1 or not 1 <= len(numbers) <= 2:
        return None
    if len(numbers) == 1:
        year, doubts = _century(numbers[0], pivot) if len(numbers[0]) in (2, 4) else (None, ())
        return _Reading(year, months[0], None, doubts) if year is not None else None
    day, written = numbers if len(numbers[0]) <= 2 else (numbers[1], numbers[0])
    if len(day) > 2 or len(written) not in (2, 4):
        return None
    year, doubts = _century(written, pivot)
    return _Reading(year, months[0], int(day), doubts)


def _century(digits: str, pivot: int) -> tuple[int, tuple[Reason, ...]]:
    if len(digits) != 2:
        return int(digits), ()
    year = int(digits) + (2000 if int(digits) <= pivot else 1900)
    return year, (Reason("century-assumed", f"a year of two digits was read as {year}"),)


def _judge(raw: str, reading: _Reading, remarks: tuple[Reason, ...]) -> Cleaned[PartialDate]:
    day = reading.day if reading.month else None
    try:
        value = PartialDate(reading.year, reading.month, day)
    except ValueError:
        return invalid(raw, "no-such-day", "the calendar has no such day")
    if value.year < 1000:
        return invalid(raw, "implausible-year", "a year has four digits")
    doubts = list(reading.doubts)
    if str(value) in _DEFAULTS:
        doubts.append(Reason("default-date", "programs write this date where they have none"))
    elif value.year > _NEWEST_PLAUSIBLE:
        doubts.append(Reason("implausible-year", f"the year is after {_NEWEST_PLAUSIBLE}"))
    return found(raw, value, doubts=doubts, remarks=remarks)


@cache
def _months() -> dict[str, int]:
    rows = read_rows("date_words")
    return {name: int(number) for number, names in rows if number.isdigit() for name in names.split("; ")}


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(
        word for row_kind, words in read_rows("date_words") if row_kind == kind for word in words.split("; ")
    )
