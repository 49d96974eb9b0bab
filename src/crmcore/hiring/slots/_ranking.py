"""Slots out of starts, the best first."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hiring.slots._clock import EPOCH
from crmcore.hiring.slots._minutes import on_clock
from crmcore.hiring.slots.slot import CANDIDATE, Slot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore.hiring.slots._asked import Candidate
    from crmcore.hiring.slots._minutes import Mask, Minutes
    from crmcore.hiring.slots._party import Panel, Party
    from crmcore.hiring.slots.diary import Diary

USUAL_DAY = 9 * 60, 18 * 60


@attrs.frozen(kw_only=True)
class Offers:
    """What there is to say of possible starts, in order, beside who of the pools is sent.

    Attributes:
        party: who and what is needed.
        at: the starts.
        unusual: of each, the minutes that lie outside of a usual day of the candidate.
        can_come: of each who is optional, and each start, whether they can come.
        rooms: of each, the room.
        zones: the zone of everybody.

    """

    party: Party
    at: Minutes
    unusual: Minutes
    can_come: Mask
    rooms: list[str | None]
    zones: Mapping[str, str]

    @classmethod
    def of(cls, party: Party, candidate: Candidate, at: Minutes) -> Offers:
        """Work it out."""
        zones = {user: diary.hours.zone for user, diary in party.needed.everybody.items()}
        return cls(
            party=party,
            at=at,
            unusual=_unusual(candidate, at, party.needed.minutes),
            can_come=party.free(party.needed.optional, at),
            rooms=party.room_at(at),
            zones=zones | ({CANDIDATE: candidate.zone} if candidate.zone else {}),
        )

    @cached_property
    def minutes(self) -> list[int]:
        """The starts, as numbers."""
        return [int(minute) for minute in self.at]

    @property
    def missing(self) -> Minutes:
        """How many of those who are optional cannot come to each."""
        found: Minutes = (~self.can_come).sum(axis=0)
        return found

    def slot(self, place: int, panel: Panel, *, rank: int) -> Slot:
        """Return the slot of one start."""
        optional, minutes = self.party.needed.optional, self.party.needed.minutes
        starts_at = EPOCH + timedelta(minutes=self.minutes[place])
        come, miss = _split(optional, self.can_come[:, place]) if optional else ((), ())
        return Slot(
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            panel=panel[0],
            optional=come,
            missing=miss,
            room=self.rooms[place],
            rank=rank,
            turns=panel[1],
            unusual=int(self.unusual[place]),
            zones=self.zones,
        )


def best(party: Party, candidate: Candidate, at: Minutes, *, limit: int | None) -> tuple[Slot, ...]:
    """Return the slots of possible starts, the best first.

    Those that lie least outside of a usual day of the candidate come first; of these, those at which most of the
    optional can come; of these, the earliest.
    """
    offers = Offers.of(party, candidate, at)
    order = np.lexsort((at, offers.missing, offers.unusual))[:limit]
    chosen = np.sort(order)  # what looks at clocks wants starts in order
    panels = dict(zip(chosen.tolist(), party.panels(at[chosen]), strict=True))
    return tuple(offers.slot(place, panels[place], rank=rank) for rank, place in enumerate(order.tolist(), start=1))


def _split(optional: tuple[Diary, ...], can_come: Mask) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who can come, and who cannot."""
    answers = list(zip(optional, can_come.tolist(), strict=True))
    return tuple(one.user for one, comes in answers if comes), tuple(one.user for one, comes in answers if not comes)


def _unusual(candidate: Candidate, at: Minutes, minutes: int) -> Minutes:
    """Return how many minutes of each lie outside of a usual day, on the candidate's clock as it is at the start."""
    if candidate.zone is None or candidate.hours is not None:
        return np.zeros(len(at), dtype=np.int64)
    begins, ends = USUAL_DAY
    start = on_clock(candidate.zone, at) % 1440
    inside = np.minimum(start + minutes, ends) - np.maximum(start, begins)
    outside: Minutes = minutes - np.clip(inside, 0, minutes)
    return outside
