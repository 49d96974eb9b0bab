"""Who and what an interview needs: over all starts of the grid at once, of each who has a say a mask."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hiring.slots._minutes import minute_after, minute_of, on_clock
from crmcore.hiring.slots._people import any_of, nothing, time_of, time_without_caps
from crmcore.hiring.slots._sending import Sending
from crmcore.hiring.slots.diary import Diary
from crmcore.hiring.slots.slot import CANDIDATE, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from crmcore.hiring.slots._asked import Candidate, Needed, Window
    from crmcore.hiring.slots._minutes import Mask, Minutes
    from crmcore.hiring.slots._people import Reasons, Time
    from crmcore.hiring.slots.diary import Pool, Room

    Panel = tuple[tuple[str, ...], tuple[Turn, ...]]
    Requirement = tuple[str, Callable[[Minutes], Reasons]]

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

    def possible(self, window: Window) -> Minutes:
        """Return the starts of a window that nobody is against."""
        at = grid(window, self.needed.minutes)
        soon, late = timely(window, at)
        at = at[~(soon | late)]
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

    def panels(self, at: Minutes) -> list[Panel]:
        """Return who holds it at each start."""
        members, pools = self.sending.members, self.needed.pools
        if not pools:
            return [self.panel_of([])] * len(at)
        sent, which = self._seated(at)
        panels = [
            self.panel_of([[members[place] for place in each] for each in seated] if seated else [[] for _ in pools])
            for seated in sent
        ]
        return [panels[place] for place in which]

    def panel_of(self, sent: list[list[Diary]]) -> Panel:
        """Return who holds it, in the order in which they were asked for, and whom pools send."""
        asked = [[each] if isinstance(each, Diary) else sent[each] for each in self.needed.order]
        named = [(pool.name, members) for pool, members in zip(self.needed.pools, sent, strict=True)]
        return (
            tuple(member.user for members in asked for member in members),
            tuple(Turn(user=one.user, pool=name, load=one.load) for name, members in named for one in members),
        )

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
