"""When somebody can be interviewed or interview: hours on the clock of their zone, day by day.

*The rule where clocks change.* Somebody is at work when the clock on their wall shows that they are. Of hours that the
clock skips nothing is left; what it shows twice is worked twice, each time as far as the clock says: from 01:00 to
02:30, on a night on which 02:00 to 03:00 comes twice, is from 01:00 to the first 02:30, and again from the second
02:00 to the second 02:30.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Self

import attrs

from crmcore._given import one, several
from crmcore._messages import kind_of
from crmcore.errors import InputError
from crmcore.query.moments import zone_named

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Stretch", "WorkingHours"]

Stretch = tuple[int, int]
"""From which minute of the day to which, the latter not included; 1440 is the end of the day."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_DAY: tuple[Stretch, ...] = ((0, 1440),)
_LINE = re.compile(rf"(?P<first>{'|'.join(DAYS)})(?:-(?P<last>{'|'.join(DAYS)}))? +(?P<stretches>\S.*)")
_STRETCH = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")


def zone_name(name: object) -> str:
    """Return the name of a zone; raise InputError where there is none such."""
    if not isinstance(name, str):
        raise InputError(f"a time zone is given by its IANA name, not as {kind_of(name)}")
    zone_named(name)
    return name


def _copied(exceptions: Mapping[date, tuple[Stretch, ...]]) -> dict[date, tuple[Stretch, ...]]:
    given = one(exceptions, Mapping, "exceptions")  # type: ignore[type-abstract]
    return {_day(day): stretches for day, stretches in given.items()}


@attrs.frozen(kw_only=True)
class WorkingHours:
    """Hours on the clock of a zone.

    Attributes:
        zone: its IANA name.
        weekly: of each day from Monday to Sunday, when.
        exceptions: of single days, when instead; they go before `weekly` and `holidays`.
        holidays: days without hours.

    >>> hours = WorkingHours.of("Europe/Amsterdam", "mon-thu 09:00-12:30 13:00-17:00", "fri 09:00-12:00")
    >>> hours.on(date(2026, 3, 27)), hours.on(date(2026, 3, 28))
    (((540, 720),), ())
    >>> WorkingHours.of("Europe/Amsterdam", "mon 17:00-09:00")
    Traceback (most recent call last):
    crmcore.errors.InputError: '17:00-09:00' ends before it starts; hours across midnight are written as two, ...
    """

    zone: str = attrs.field(converter=zone_name)
    weekly: tuple[tuple[Stretch, ...], ...]
    exceptions: Mapping[date, tuple[Stretch, ...]] = attrs.field(factory=dict, converter=_copied, hash=False)
    holidays: frozenset[date] = frozenset()

    @classmethod
    def of(
        cls,
        zone: str,
        *lines: str,
        exceptions: Mapping[date, str] | None = None,
        holidays: Iterable[date] = (),
    ) -> Self:
        """Read hours as people write them.

        Args:
            zone: the IANA name.
            lines: such as ``mon-fri 09:00-12:30 13:00-17:00`` or ``sat 10:00-12:00``; a day that several name has the
                hours of all of them, one that none names has none. The end of a day is ``24:00``.
            exceptions: day -> its hours instead, such as ``10:00-12:00``, or ``""`` for none.
            holidays: days without hours, unless an exception says otherwise.

        Raises:
            InputError: a line that reads otherwise, hours that end before they start, or no such zone.

        """
        weekly: list[tuple[Stretch, ...]] = [()] * 7
        for line in lines:
            found = _LINE.fullmatch(line.strip().lower())
            if found is None:
                raise InputError(f"{line[:80]!r} does not read like 'mon-fri 09:00-12:30 13:00-17:00'")
            first = DAYS.index(found["first"])
            last = DAYS.index(found["last"]) if found["last"] else first
            for day in range(first, last + 1 if last >= first else last + 8):
                weekly[day % 7] = (*weekly[day % 7], *_stretches(found["stretches"]))
        instead = one(exceptions or {}, Mapping, "exceptions")  # type: ignore[type-abstract]
        return cls(
            zone=zone,
            weekly=tuple(weekly),
            exceptions={_day(day): _stretches(text) for day, text in instead.items()},
            holidays=frozenset(map(_day, several(holidays, date, "holidays"))),
        )

    @classmethod
    def always(cls, zone: str) -> Self:
        """Return all hours of all days."""
        return cls(zone=zone, weekly=(WHOLE_DAY,) * 7)

    def on(self, day: date) -> tuple[Stretch, ...]:
        """Return the hours of one day."""
        if _day(day) in self.exceptions:
            return self.exceptions[day]
        return () if day in self.holidays else self.weekly[day.weekday()]

    def __attrs_post_init__(self) -> None:
        if len(self.weekly) != 7:
            raise InputError(f"hours are given for the 7 days of a week, not for {len(self.weekly)}")
        for stretches in (*self.weekly, *self.exceptions.values()):
            for stretch in stretches:
                _check(stretch)


def _check(stretch: Stretch) -> None:
    start, end = stretch
    if start.__class__ is not int or end.__class__ is not int:
        raise InputError("hours are pairs of minutes of the day")
    if not 0 <= start < end <= 1440:
        raise InputError(
            f"'{_clock(start)}-{_clock(end)}' ends before it starts; "
            "hours across midnight are written as two, up to 24:00 and from 00:00"
        )


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _day(day: object) -> date:
    if not isinstance(day, date) or isinstance(day, datetime):
        raise InputError(f"a day is a date, not {kind_of(day)}")
    return day


def _stretches(text: str) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    for part in text.replace(",", " ").split():
        match = _STRETCH.fullmatch(part)
        if match is None:
            raise InputError(f"{part[:40]!r} does not read like '09:00-12:30'")
        hour, minute, until, past = map(int, match.groups())
        if max(minute, past) > 59 or (until, past) > (24, 0):
            raise InputError(f"{part!r} is on no clock")
        stretch = hour * 60 + minute, until * 60 + past
        _check(stretch)
        found.append(stretch)
    return tuple(sorted(found))
