"""How days are counted: as time that passed, as dates of a zone, or as working days."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from crmcore.model.record import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Calendar", "DayCount"]

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class DayCount(StrEnum):
    """What a day is."""

    ELAPSED = "elapsed"
    """24 hours that passed; there are halves of it."""
    DATES = "dates"
    """One date of the zone to the next: from Monday evening to Tuesday morning is a day."""
    BUSINESS = "business"
    """As dates, but for those on which nobody works: the first day counts, the last one does not."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError) as exc:  # not known, or no name at all
        raise ValueError(f"there is no time zone {name!r:.80}; give one of IANA's, such as Europe/Berlin") from exc
    return name


def _days_off(days: Iterable[date]) -> tuple[date, ...]:
    return tuple(sorted(set(days)))


def _each_once(days: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(days)))


Weekday = Annotated[int, Field(ge=0, le=6)]
"""A day of the week, from Monday, 0."""


class Calendar(Value):
    """How days are counted.

    >>> Calendar().describe()
    'days of 24 hours'
    >>> Calendar.business("Europe/Berlin", holidays=[date(2026, 5, 1)]).describe()
    'business days in Europe/Berlin, without Saturday, Sunday and 1 holiday'
    """

    counts: DayCount = DayCount.ELAPSED
    zone: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_zone)] = "UTC"
    weekend: Annotated[tuple[Weekday, ...], AfterValidator(_each_once)] = (5, 6)
    holidays: Annotated[tuple[date, ...], Field(max_length=10_000), AfterValidator(_days_off)] = ()

    @model_validator(mode="after")
    def _somebody_works(self) -> Self:
        if len(self.weekend) == len(DAYS):
            raise ValueError("the weekend takes the whole week; leave a day on which somebody works")
        return self

    @classmethod
    def dates(cls, zone: str = "UTC") -> Self:
        """Count dates of a zone."""
        return cls(counts=DayCount.DATES, zone=zone)

    @classmethod
    def business(cls, zone: str = "UTC", *, holidays: Iterable[date] = (), weekend: Iterable[int] = (5, 6)) -> Self:
        """Count working days of a zone; days of the week are counted from Monday, 0."""
        return cls(counts=DayCount.BUSINESS, zone=zone, holidays=tuple(holidays), weekend=tuple(weekend))

    def describe(self) -> str:
        """Say it in words."""
        match self.counts:
            case DayCount.ELAPSED:
                return "days of 24 hours"
            case DayCount.DATES:
                return f"dates in {self.zone}"
            case DayCount.BUSINESS:
                off = [DAYS[day] for day in self.weekend]
                off += [f"{number} holiday" + "s" * (number > 1)] if (number := len(self.holidays)) else []
                *others, last = off or [""]
                but = f", without {', '.join(others)}{' and ' if others else ''}{last}" if off else ""
                return f"business days in {self.zone}{but}"
