"""What is certain of dates that are known in part.

A partial date is some day of its year or month. Every comparison comes down to two certainties about the first day *w*
that a boundary leaves out: all its days lie **before** *w*, or all lie **from** *w* on. Of a date that straddles *w*
neither is true. Both can be told from the ISO texts alone, so a column or an index of them is enough.
"""

from __future__ import annotations

from datetime import date, timedelta

import attrs

__all__ = ["Boundary", "first_day", "next_day"]


@attrs.frozen
class Boundary:
    """A day that divides time: dates lie before it or from it on, or straddle it.

    Attributes:
        day: the first day that is not before; "YYYY-MM-DD", or "~" for the end of all time.

    >>> new_year = Boundary("2020-01-01")
    >>> [new_year.is_after(text) for text in ("2019", "2019-12-31", "2020")]
    [True, True, False]
    >>> june = Boundary("2019-06-01")
    >>> june.is_after("2019"), june.is_reached_by("2019"), june.is_reached_by("2019-06")
    (False, False, True)
    """

    day: str
    least: str = attrs.field(init=False)
    """The least text of a date that lies from the day on: a date reaches the boundary where its text is not less."""
    straddling: tuple[str, ...] = attrs.field(init=False)
    """The texts that are less than the day, and yet do not lie before it."""

    def __attrs_post_init__(self) -> None:
        least = self.day
        while least.endswith("-01"):
            least = least[:-3]
        object.__setattr__(self, "least", least)
        straddling = () if self.day == "~" else tuple(self.day[:length] for length in (4, 7))
        object.__setattr__(self, "straddling", straddling)

    def is_after(self, text: str) -> bool:
        """Say whether every day of the date lies before."""
        return text < self.day and text not in self.straddling

    def is_reached_by(self, text: str) -> bool:
        """Say whether every day of the date lies from the day on."""
        return text >= self.least


def first_day(text: str) -> str:
    """Return the first day of a partial date.

    >>> first_day("2019-03")
    '2019-03-01'
    """
    return text + "-01-01"[: 10 - len(text)]


def next_day(text: str) -> str:
    """Return the first day after a partial date; "~" after the end of the year 9999.

    >>> next_day("2019"), next_day("2020-02"), next_day("2020-02-28"), next_day("9999-12")
    ('2020-01-01', '2020-03-01', '2020-02-29', '~')
    """
    year, month, day = (int(text[start:stop] or 0) for start, stop in ((0, 4), (5, 7), (8, 10)))
    if day:
        last = date(year, month, day)
        return "~" if last == date.max else (last + timedelta(days=1)).isoformat()
    year, month = (year + 1, 1) if month in {0, 12} else (year, month + 1)
    return f"{year:04}-{month:02}-01" if year <= date.max.year else "~"
