"""A time as people agree on it: what the clock on the wall of a place shows, and what instant that is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, NaiveDatetime

from crmcore.errors import InputError
from crmcore.model.locales import TimeZone
from crmcore.model.record import Value
from crmcore.query.moments import in_utc, zone_named

__all__ = ["WallTime"]

MOST_SECONDS = 26 * 3600
"""No clock has ever been further from UTC than a day and an hour or so."""


def _on_the_minute(local: datetime) -> datetime:
    if local.second or local.microsecond:
        raise ValueError(f"{local.isoformat()} is not on a whole minute")
    if not 2 <= local.year <= 9998:
        raise ValueError("the time lies outside the years 2 to 9998")
    return local.replace(fold=0)


class WallTime(Value):
    """A date and time on the clock of a zone, with the offset from UTC that it had when it was agreed.

    The wall time is what was agreed. Where a government changes the rules of the zone afterwards, the clock still
    shows the same at the start, and it is the instant that differs: `instant` is worked out anew whenever it is read,
    and `has_shifted` tells that invitations should be sent again. Of an hour that comes twice, the offset says which.

    >>> start = WallTime.of(datetime(2026, 3, 27, 14, 30), "Europe/Amsterdam")
    >>> start.instant.isoformat(), start.has_shifted
    ('2026-03-27T13:30:00+00:00', False)
    >>> WallTime.of(datetime(2026, 3, 29, 2, 30), "Europe/Amsterdam")
    Traceback (most recent call last):
    crmcore.errors.InputError: the clocks of Europe/Amsterdam never show 2026-03-29 02:30: they go forward then; ...
    >>> WallTime.of(datetime(2026, 10, 25, 2, 30), "Europe/Amsterdam", fold=1).instant.isoformat()
    '2026-10-25T01:30:00+00:00'
    """

    local: Annotated[NaiveDatetime, AfterValidator(_on_the_minute)]
    zone: TimeZone
    utc_offset: int = Field(ge=-MOST_SECONDS, le=MOST_SECONDS, description="Seconds east of UTC when it was agreed.")

    @classmethod
    def of(cls, local: datetime, zone: str, *, fold: Literal[0, 1] | None = None) -> Self:
        """Agree on a wall time.

        Args:
            local: date and time without a time zone, on a whole minute.
            zone: the IANA name of the zone.
            fold: of a time that the clock shows twice, 0 for the first and 1 for the second; elsewhere it says nothing.

        Raises:
            InputError: the clock never shows it; it shows it twice, and `fold` does not say which; it has a time zone
                of its own; or there is no such zone.

        """
        if fold not in {None, 0, 1}:
            raise InputError(f"fold is 0 or 1, not {fold!r}")
        local = _agreeable(local)
        first, second = _offsets(local, zone)
        shown = f"{local:%Y-%m-%d %H:%M}"
        if first < second:
            after = local + second - first
            told = f"{after:%H:%M}" if after.date() == local.date() else f"{after:%Y-%m-%d %H:%M}"
            raise InputError(
                f"the clocks of {zone} never show {shown}: they go forward then; take {told} or an earlier time"
            )
        if first > second and fold is None:
            raise InputError(f"the clocks of {zone} show {shown} twice; say fold=0 for the first, fold=1 for the other")
        offset = second if fold else first
        return cls(local=local, zone=zone, utc_offset=int(offset.total_seconds()))

    @classmethod
    def at(cls, instant: datetime, zone: str) -> Self:
        """Return what the clocks of a zone show at an instant.

        Raises:
            InputError: the instant has no time zone or is not on a whole minute, or there is no such zone.

        """
        shown = in_utc(instant).astimezone(zone_named(zone))
        return cls.of(shown.replace(tzinfo=None), zone, fold=1 if shown.fold else 0)

    @property
    def instant(self) -> datetime:
        """The instant in UTC, by the rules of the zone as they are known today.

        Where they make the clock skip the time that was agreed, it is as much later as the clock skips.
        """
        return (self.local - self._offset_now()).replace(tzinfo=UTC)

    @property
    def fold(self) -> Literal[0, 1]:
        """Which of two it is where the clock shows the time twice: 0 the first, 1 the second; elsewhere 0."""
        first, second = _offsets(self.local, self.zone)
        return 1 if first > second and self._offset_now() == second else 0

    @property
    def has_shifted(self) -> bool:
        """Whether the rules of the zone have changed since it was agreed, so that the instant is another one."""
        return self._offset_now() != timedelta(seconds=self.utc_offset)

    def seen_from(self, zone: str) -> datetime:
        """Return the instant on the clock of a zone."""
        return self.instant.astimezone(zone_named(zone))

    def __str__(self) -> str:
        return f"{self.local:%Y-%m-%d %H:%M} {self.zone}"

    def _offset_now(self) -> timedelta:
        first, second = _offsets(self.local, self.zone)
        agreed = timedelta(seconds=self.utc_offset)
        return agreed if agreed == second and first > second else first


def _agreeable(local: object) -> datetime:
    if not isinstance(local, datetime) or local.tzinfo is not None:
        raise InputError("a wall time is a datetime without a time zone; the zone is given beside it")
    try:
        return _on_the_minute(local)
    except ValueError as error:
        raise InputError(str(error)) from error


def _offsets(local: datetime, zone: str) -> tuple[timedelta, timedelta]:
    """Return the offsets before and after a change of the clock; equal where there is none.

    The first is less where the clock skips the time, and more where it shows it twice.
    """
    there = zone_named(zone)
    first = local.replace(tzinfo=there, fold=0).utcoffset()
    second = local.replace(tzinfo=there, fold=1).utcoffset()
    assert first is not None  # noqa: S101 - of a zone with rules
    assert second is not None  # noqa: S101
    return first, second
