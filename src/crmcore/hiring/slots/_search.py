"""The search: all starts of the grid at once, as arrays, and of each who has a say a mask over them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hiring.slots._clock import EPOCH
from crmcore.hiring.slots._minutes import minute_after, minute_of, on_clock
from crmcore.hiring.slots._people import any_of, nothing, time_of, time_without_caps
from crmcore.hiring.slots._sending import Sending
from crmcore.hiring.slots.diary import Diary
from crmcore.hiring.slots.explanation import Blocker, Explanation, NearMiss
from crmcore.hiring.slots.slot import CANDIDATE, Slot, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from crmcore.hiring.slots._asked import Candidate, Needed, Window
    from crmcore.hiring.slots._minutes import Mask, Minutes
    from crmcore.hiring.slots._people import Reasons, Time
    from crmcore.hiring.slots.diary import Pool, Room

    Requirement = tuple[str, Callable[[Minutes], Reasons]]

USUAL_DAY = 9 * 60, 18 * 60
NEAR_MISSES = 5
TOO_FEW, NO_ROOM = "too few free", "none free"
THE_POOLS, THE_ROOMS = "the pools together", "the rooms"


def grid(window: Window, minutes: int) -> Minutes:
    """Return every start that lies on the grid and in the window, whatever notice and advance say."""
    first, last = minute_after(window.start), minute_of(window.end) - minutes
    every = np.arange(first, max(last + 1, first), dtype=np.int64)
    found: Minutes = every[on_clock(window.zone, every) % 1440 % window.every == 0]
    return found


def timely(window: Window, at: Minutes) -> tuple[Mask, Mask]:
    """Say of each start whether it is too soon, and whether it is too far ahead."""
    soon = nothing(len(at)) if window.soonest is None else at < minute_after(window.soonest)
    late = nothing(len(at)) if window.latest is None else at > minute_of(window.latest)
    return soon, late


@attrs.frozen(kw_only=True)
class Party:
    """Everybody and everything that one interview needs, with their time.

    Attributes:
        needed: whom, for how long, in which rooms.
        people: of whoever may come, their time.
        sending: whom pools send.
        candidate: the candidate's.
        rooms: of each room that is large enough, the smallest first.

    """

    needed: Needed
    people: Mapping[str, Time]
    sending: Sending
    candidate: Time
    rooms: tuple[tuple[Room, Time], ...] | None

    @classmethod
    def of(cls, needed: Needed, candidate: Candidate, window: Window) -> Party:
        """Put together everybody's time."""
        first, last = minute_of(window.start), minute_after(window.end)
        rooms = None if needed.rooms is None else [room for room in needed.rooms if room.capacity >= needed.heads]
        return cls(
            needed=needed,
            people={user: time_of(diary, first, last) for user, diary in needed.everybody.items()},
            sending=Sending.of(needed.pools),
            candidate=time_without_caps(candidate.hours, candidate.busy, first, last),
            rooms=rooms
            if rooms is None
            else tuple((room, time_without_caps(room.hours, room.busy, first, last)) for room in rooms),
        )

    def requirements(self) -> Iterator[Requirement]:
        """Yield who has a say, and what tells why they are against which starts."""
        yield CANDIDATE, partial(self.candidate.against, minutes=self.needed.minutes)
        for diary in self.needed.fixed:
            yield diary.user, partial(self.people[diary.user].against, minutes=self.needed.minutes)
        for pool in self.needed.pools:
            yield pool.name, partial(self._too_few, pool)
        if self.sending.is_shared:
            yield THE_POOLS, self._too_few_together
        if self.rooms is not None:
            yield THE_ROOMS, self._no_room

    def possible(self, at: Minutes) -> Minutes:
        """Return the starts that nobody is against."""
        for _, against in self.requirements():
            at = at[~any_of(against(at), len(at))]
        return at

    def free(self, diaries: tuple[Diary, ...], at: Minutes) -> Mask:
        """Say of each person and each start whether they can: one row a person."""
        rows = [self.people[diary.user].free(at, self.needed.minutes) for diary in diaries]
        return np.array(rows, dtype=np.bool_).reshape(len(rows), len(at))

    def room_at(self, at: Minutes) -> list[str | None]:
        """Return the smallest room that is free at each start."""
        if not self.rooms:
            return [None] * len(at)
        free = np.array([time.free(at, self.needed.minutes) for _, time in self.rooms])
        return [self.rooms[place][0].id for place in free.argmax(axis=0)]

    def sent_at(self, at: Minutes) -> list[list[list[Diary]]]:
        """Return whom each pool sends at each start."""
        members = self.sending.members
        if not members:
            return [[]] * len(at)
        sent, which = self._seated(at)
        people = [[[members[place] for place in each] for each in seated or ()] for seated in sent]
        return [people[place] for place in which]

    def _seated(self, at: Minutes) -> tuple[list[list[list[int]] | None], list[int]]:
        """Return whom pools send, once for each set of people that is free at some start, and which set that is."""
        free = self.free(self.sending.members, at)
        packed = np.ascontiguousarray(np.packbits(free, axis=0).T)
        places: dict[bytes, int] = {}
        sent: list[list[list[int]] | None] = []
        which = []
        for start, pattern in enumerate(packed):
            key = pattern.tobytes()
            if key not in places:
                places[key] = len(sent)
                sent.append(self.sending.sent(np.nonzero(free[:, start])[0].tolist()))
            which.append(places[key])
        return sent, which

    def _too_few(self, pool: Pool, at: Minutes) -> Reasons:
        return {TOO_FEW: self.free(pool.of, at).sum(axis=0) < pool.take}

    def _too_few_together(self, at: Minutes) -> Reasons:
        sent, which = self._seated(at)
        return {TOO_FEW: np.array([sent[place] is None for place in which], dtype=np.bool_)}

    def _no_room(self, at: Minutes) -> Reasons:
        against = ~nothing(len(at))
        for _, time in self.rooms or ():
            against &= ~time.free(at, self.needed.minutes)
        return {NO_ROOM: against}


def best(party: Party, candidate: Candidate, at: Minutes, *, limit: int | None) -> tuple[Slot, ...]:
    """Return the slots of some starts, the best first.

    Those that lie least outside of a usual day of the candidate come first; of these, those at which most of the
    optional can come; of these, the earliest.
    """
    needed = party.needed
    unusual = _unusual(candidate, at, needed.minutes)
    can_come = party.free(needed.optional, at)
    order = np.lexsort((at, (~can_come).sum(axis=0), unusual))[:limit]
    at, unusual, can_come = at[order], unusual[order], can_come[:, order]
    sorting = np.argsort(at, kind="stable")  # what looks at clocks wants starts in order
    back = np.argsort(sorting, kind="stable")
    rooms, chosen = party.room_at(at[sorting]), party.sent_at(at[sorting])
    zones = {user: diary.hours.zone for user, diary in needed.everybody.items()}
    zones |= {CANDIDATE: candidate.zone} if candidate.zone else {}
    length = timedelta(minutes=needed.minutes)
    found = []
    for place, (minute, outside) in enumerate(zip(at.tolist(), unusual.tolist(), strict=True)):
        starts_at = EPOCH + timedelta(minutes=minute)
        there = can_come[:, place]
        sent_now = chosen[back[place]]
        found.append(
            Slot(
                starts_at=starts_at,
                ends_at=starts_at + length,
                panel=_panel(needed, sent_now),
                optional=tuple(each.user for each, comes in zip(needed.optional, there, strict=True) if comes),
                missing=tuple(each.user for each, comes in zip(needed.optional, there, strict=True) if not comes),
                room=rooms[back[place]],
                rank=place + 1,
                turns=_turns(needed, sent_now),
                unusual=outside,
                zones=zones,
            )
        )
    return tuple(found)


def _panel(needed: Needed, chosen: list[list[Diary]]) -> tuple[str, ...]:
    asked = [[each] if isinstance(each, Diary) else chosen[each] for each in needed.order]
    return tuple(member.user for members in asked for member in members)


def _turns(needed: Needed, chosen: list[list[Diary]]) -> tuple[Turn, ...]:
    return tuple(
        Turn(user=member.user, pool=pool.name, load=member.load)
        for pool, members in zip(needed.pools, chosen, strict=True)
        for member in members
    )


def _unusual(candidate: Candidate, at: Minutes, minutes: int) -> Minutes:
    """Return how many minutes of each lie outside of a usual day, on the candidate's clock as it is at the start."""
    if candidate.zone is None or candidate.hours is not None:
        return np.zeros(len(at), dtype=np.int64)
    begins, ends = USUAL_DAY
    start = on_clock(candidate.zone, at) % 1440
    inside = np.minimum(start + minutes, ends) - np.maximum(start, begins)
    outside: Minutes = minutes - np.clip(inside, 0, minutes)
    return outside


def explained(party: Party, window: Window) -> Explanation:
    """Tell who and what was in the way."""
    every = grid(window, party.needed.minutes)
    soon, late = timely(window, every)
    at = every[~(soon | late)]
    said = [(who, against(at)) for who, against in party.requirements()]
    against = np.array([any_of(reasons, len(at)) for _, reasons in said], dtype=np.bool_).reshape(len(said), len(at))
    how_many = against.sum(axis=0)
    blockers = [
        Blocker(
            who=who,
            starts=int(mask.sum()),
            alone=int((mask & (how_many == 1)).sum()),
            reasons={reason: int(each.sum()) for reason, each in reasons.items()},
        )
        for (who, reasons), mask in zip(said, against, strict=True)
        if mask.any()
    ]
    nearest = [
        place for place in np.lexsort((at, how_many))[: NEAR_MISSES + int((how_many == 0).sum())] if how_many[place]
    ]
    return Explanation(
        considered=len(at),
        too_soon=int(soon.sum()),
        too_late=int(late.sum()),
        possible=int((how_many == 0).sum()),
        blockers=tuple(sorted(blockers, key=lambda each: (-each.alone, -each.starts))),
        near_misses=tuple(_near_miss(int(at[place]), place, said) for place in nearest[:NEAR_MISSES]),
    )


def _near_miss(minute: int, place: int, said: list[tuple[str, Reasons]]) -> NearMiss:
    reasons = {who: tuple(reason for reason, mask in each.items() if mask[place]) for who, each in said}
    return NearMiss(starts_at=EPOCH + timedelta(minutes=minute), who={who: why for who, why in reasons.items() if why})
