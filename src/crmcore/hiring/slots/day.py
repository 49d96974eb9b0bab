"""Several interviews of one candidate in a row, each by its own panel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import attrs

from crmcore._given import several
from crmcore.errors import InputError
from crmcore.hiring.slots._asked import Candidate, check_breaks, check_limit, check_types, needed, window
from crmcore.hiring.slots.explanation import SlotDiagnosis
from crmcore.hiring.slots.hours import zone_name
from crmcore.hiring.slots.ranked import Ranked

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmcore.hiring.slots.diary import Diary, Interval, Pool, Room
    from crmcore.hiring.slots.hours import WorkingHours
    from crmcore.hiring.slots.slot import Slot

__all__ = ["Day", "Days", "Round", "find_days"]

MOST_ROUNDS = 8


@attrs.frozen(kw_only=True)
class Round:
    """One interview of a day.

    Attributes:
        name: what it is called.
        minutes: how long it lasts.
        panel: who holds it, and pools of whom so many do.
        optional: who comes if they can.

    """

    name: str
    minutes: int
    panel: tuple[Diary | Pool, ...] = attrs.field(converter=tuple)
    optional: tuple[Diary, ...] = attrs.field(default=(), converter=tuple)


@attrs.frozen(kw_only=True)
class Day:
    """Interviews one after the other.

    Attributes:
        slots: of each, in the order of time.
        rounds: what each is called.
        rank: 1 for the best.

    """

    slots: tuple[Slot, ...]
    rounds: tuple[str, ...]
    rank: int = 1

    @property
    def starts_at(self) -> datetime:
        """When the first begins."""
        return self.slots[0].starts_at

    @property
    def ends_at(self) -> datetime:
        """When the last ends."""
        return self.slots[-1].ends_at

    @property
    def waiting(self) -> int:
        """The minutes of all breaks."""
        return int((self.ends_at - self.starts_at) / timedelta(minutes=1)) - sum(slot.minutes for slot in self.slots)

    @property
    def why(self) -> tuple[str, ...]:
        """What its rank comes from, what counts most first."""
        said = [f"{minutes} minutes lie outside 09:00 to 18:00 for the candidate"] if (minutes := self.unusual) else []
        said += [f"{self.missing} who are optional cannot come"] if self.missing else []
        return (*said, f"{self.waiting} minutes of breaks", "the earlier the better")

    @property
    def unusual(self) -> int:
        """Minutes of it that lie outside of a usual day of the candidate."""
        return sum(slot.unusual for slot in self.slots)

    @property
    def missing(self) -> int:
        """How many of those who are optional cannot come, over all interviews."""
        return sum(len(slot.missing) for slot in self.slots)

    def __str__(self) -> str:
        return "\n".join(f"{name}: {slot}" for name, slot in zip(self.rounds, self.slots, strict=True))


@attrs.frozen(eq=False, repr=False)
class Days(Ranked[Day, Mapping[str, SlotDiagnosis]]):
    """Days, the best first; `explain` tells of each interview by itself who and what was in the way."""

    NAME: ClassVar[str] = "days"


def find_days(
    *,
    rounds: Iterable[Round],
    within: tuple[datetime, datetime],
    breaks: tuple[int, int] = (0, 60),
    in_any_order: bool = False,
    candidate_zone: str | None = None,
    candidate_hours: WorkingHours | None = None,
    candidate_busy: Iterable[Interval] = (),
    rooms: Iterable[Room] | None = None,
    every: int = 15,
    grid_zone: str | None = None,
    now: datetime | None = None,
    notice: timedelta = timedelta(0),
    advance: timedelta | None = None,
    limit: int | None = None,
) -> Days:
    """Find days on which a candidate can have several interviews in a row, the best first.

    Each interview is where `find_slots` would have it, and begins after a break that is neither too short nor too long.
    For every time at which a day can begin there is one: that with the earliest starts. Nobody holds two interviews at
    once, nor more in all than they have left on that day, or in that week. What somebody wants free before and after
    an interview is kept from their appointments, and not from the other interviews of the day; that is what breaks are
    for. Days with the fewest minutes outside of a usual day of the candidate come first; of these, those at which most
    of the optional can come; of these, those with the shortest breaks; of these, the earliest.

    Args:
        rounds: the interviews; at most 8.
        within: from when to when they have to lie.
        breaks: minutes that lie between two at least, and at most.
        in_any_order: whether they may be held in another order than that given.
        candidate_zone: as for `find_slots`, like all that follow.
        candidate_hours: when the candidate can.
        candidate_busy: when the candidate cannot.
        rooms: where they can be; each takes the smallest that is free.
        every: minutes between two starts, counted from midnight.
        grid_zone: on whose clock; by default that of the first of the first panel.
        now: from when notice and advance count.
        notice: how long ahead each has to be at least.
        advance: how far ahead each may begin at most.
        limit: how many are wanted; all by default.

    Raises:
        InputError: as for `find_slots`; or no interview, too many, two with one name, or two diaries of one person.

    >>> from datetime import UTC, datetime
    >>> from crmcore.hiring.slots import Diary, WorkingHours
    >>> hours = WorkingHours.of("Europe/Amsterdam", "mon-fri 09:00-17:00")
    >>> bo, cy = Diary(user="bo", hours=hours), Diary(user="cy", hours=hours)
    >>> monday = datetime(2026, 3, 30, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)
    >>> rounds = [Round(name="Design", minutes=60, panel=[bo]), Round(name="Code", minutes=90, panel=[cy])]
    >>> days = find_days(rounds=rounds, within=monday, breaks=(15, 30))
    >>> print(days[0])
    Design: Mon 30 Mar 09:00 Europe/Amsterdam: bo
    Code: Mon 30 Mar 10:15 Europe/Amsterdam: cy
    >>> days[0].waiting, len(days)
    (15, 22)
    """
    rounds = several(rounds, Round, "rounds")
    from crmcore.hiring.slots._days import Programme  # arrays, on use
    from crmcore.hiring.slots._explaining import explained
    from crmcore.hiring.slots._party import Party

    asked = tuple(rounds)
    _check(asked)
    places = None if rooms is None else tuple(rooms)
    wanted = {
        each.name: needed(each.panel, minutes=each.minutes, optional=each.optional, rooms=places) for each in asked
    }
    check_limit(limit)
    check_breaks(breaks)
    candidate = Candidate.of(candidate_zone, candidate_hours, candidate_busy)
    clock = zone_name(grid_zone) if grid_zone is not None else wanted[asked[0].name].first_zone
    span = window(within, every=every, zone=clock, now=now, notice=notice, advance=advance)
    parties = {name: Party.of(each, candidate, span) for name, each in wanted.items()}
    found = Programme.of(parties, candidate, span).days(breaks=breaks, is_fixed=not in_any_order)
    found.sort(key=lambda day: (day.unusual, day.missing, day.waiting, day.starts_at))
    ranked = tuple(_ranked(day, rank) for rank, day in enumerate(found[:limit], start=1))
    return Days(ranked, lambda: {name: explained(party, span) for name, party in parties.items()})


def _ranked(day: Day, rank: int) -> Day:
    return attrs.evolve(day, rank=rank, slots=tuple(attrs.evolve(slot, rank=rank) for slot in day.slots))


def _check(rounds: tuple[Round, ...]) -> None:
    check_types("a day is of rounds", rounds, Round)
    names = [each.name for each in rounds]
    if not 1 <= len(rounds) <= MOST_ROUNDS:
        raise InputError(f"a day has 1 to {MOST_ROUNDS} interviews, not {len(rounds)}")
    if len(set(names)) < len(names):
        raise InputError("two interviews of a day have one name")
    known: dict[str, Diary] = {}
    for each in rounds:
        wanted = needed(each.panel, minutes=each.minutes, optional=each.optional, rooms=None)
        for user, diary in wanted.everybody.items():
            if known.setdefault(user, diary) != diary:
                raise InputError(f"two interviews have different diaries of {user!r}")
