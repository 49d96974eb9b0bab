"""A time at which an interview can be held: when it is for everybody, who holds it and where, and why it ranks so."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from crmcore.hiring.slots.ranked import Ranked
from crmcore.model.hiring.wall_time import WallTime
from crmcore.query.moments import zone_named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from crmcore.hiring.slots.explanation import SlotDiagnosis  # noqa: F401 - named in a type

__all__ = ["CANDIDATE", "Slot", "Slots", "Turn"]

CANDIDATE = "candidate"
"""What the candidate is called where users are called by their id."""


@attrs.frozen(kw_only=True)
class Turn:
    """Why a pool sends somebody.

    Attributes:
        user: who is sent.
        pool: by which.
        load: how many interviews count for them so far.

    """

    user: str
    pool: str
    load: int


@attrs.frozen(kw_only=True)
class Slot:
    """One time at which an interview can be held.

    Attributes:
        starts_at, ends_at: in UTC, the end not included.
        panel: who holds it, in the order in which they were asked for.
        optional: who can come as well.
        missing: who is optional, and cannot.
        room: where.
        rank: 1 for the best.
        turns: of the panel, whom a pool sends.
        unusual: minutes of it that lie before 09:00 or after 18:00 on the candidate's clock, where their own hours are
            not known.
        zones: of each, and of the `CANDIDATE`, the zone.

    """

    starts_at: datetime
    ends_at: datetime
    panel: tuple[str, ...]
    optional: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    room: str | None = None
    rank: int = 1
    turns: tuple[Turn, ...] = ()
    unusual: int = 0
    zones: Mapping[str, str] = attrs.field(factory=dict, repr=False, hash=False)

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    @property
    def times(self) -> dict[str, tuple[datetime, datetime]]:
        """From when to when it is, on the clock of each who takes part."""
        people = [*self.panel, *self.optional, *([CANDIDATE] if CANDIDATE in self.zones else [])]
        zones = {who: zone_named(self.zones[who]) for who in people}
        return {who: (self.starts_at.astimezone(zone), self.ends_at.astimezone(zone)) for who, zone in zones.items()}

    @property
    def why(self) -> tuple[str, ...]:
        """What its rank comes from, what counts most first."""
        said = [f"{self.unusual} minutes lie outside 09:00 to 18:00 for the candidate"] if self.unusual else []
        if self.missing:
            said.append(f"{', '.join(self.missing)} cannot come")
        elif self.optional:
            said.append("everybody who is optional can come")
        said += [f"{turn.user} is sent by {turn.pool}, having held {turn.load}" for turn in self.turns]
        return (*said, "the earlier the better")

    def on_clock_of(self, who: str) -> WallTime:
        """Return when it starts as a wall time, for `Interview.schedule`: of a user, the `CANDIDATE`, or a zone."""
        return WallTime.at(self.starts_at, self.zones.get(who, who))

    def __str__(self) -> str:
        clocks = {zone: None for who in self.times if (zone := self.zones[who])}
        shown = ", ".join(f"{self.starts_at.astimezone(zone_named(zone)):%a %d %b %H:%M} {zone}" for zone in clocks)
        where = f" in {self.room}" if self.room else ""
        return f"{shown}: {', '.join(self.panel)}{where}"


@attrs.frozen(eq=False, repr=False)
class Slots(Ranked[Slot, "SlotDiagnosis"]):
    """Slots, the best first; `explain` tells who and what was in the way of how many starts, and of which alone."""

    NAME: ClassVar[str] = "slots"
