"""The search for days: each interview by itself, then chains of them, then who holds which."""

from __future__ import annotations

from bisect import bisect_left
from itertools import islice
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hiring.slots._chains import Chains
from crmcore.hiring.slots._ranking import Offers
from crmcore.hiring.slots._staffing import Seat, staffed
from crmcore.hiring.slots.day import Day

if TYPE_CHECKING:
    from crmcore.hiring.slots._asked import Candidate, Window
    from crmcore.hiring.slots._chains import Chain
    from crmcore.hiring.slots._party import Panel, Party

MOST_TRIES = 200
"""Ways to begin at one time for which people are looked for; more would differ in breaks only."""


@attrs.frozen(kw_only=True)
class Programme:
    """The interviews of a day, with when each can be.

    Attributes:
        names: what they are called.
        offers: of each, its possible starts.
        free: of each, which members of its pools can at which start.
        left: of each, how many interviews those who hold only so many have left.

    """

    names: tuple[str, ...]
    offers: tuple[Offers, ...]
    free: tuple[dict[str, list[bool]], ...]
    left: tuple[dict[str, list[int]], ...]

    @classmethod
    def of(cls, parties: dict[str, Party], candidate: Candidate, window: Window) -> Programme:
        """Look for the starts of each."""
        offers = tuple(Offers.of(party, candidate, party.possible(window)) for party in parties.values())
        return cls(names=tuple(parties), offers=offers, free=tuple(map(_free, offers)), left=tuple(map(_left, offers)))

    def days(self, *, breaks: tuple[int, int], is_fixed: bool) -> list[Day]:
        """Return a day for every minute at which one can begin, in order: the one with the earliest starts."""
        chains = Chains(
            starts=tuple(each.minutes for each in self.offers),
            minutes=tuple(each.party.needed.minutes for each in self.offers),
            least=breaks[0],
            most=breaks[1],
            is_fixed=is_fixed,
        )
        found = []
        for minute in chains.begins():
            tried = islice(chains.from_minute(minute), MOST_TRIES)
            day = next((day for chain in tried if (day := self._day(chain)) is not None), None)
            found += [] if day is None else [day]
        return found

    def _day(self, chain: Chain) -> Day | None:
        """Return a day with whoever holds its interviews; None where too few can hold so many."""
        places = [bisect_left(self.offers[number].minutes, minute) for minute, number in chain]
        seats, left = self._seats(chain, places)
        holders = None if left is None else staffed(seats, left)
        if holders is None:
            return None
        slots, at = [], 0
        for (_, number), place in zip(chain, places, strict=True):
            pools = self.offers[number].party.needed.pools
            sent = []
            for pool in pools:
                chosen, at = holders[at : at + pool.take], at + pool.take
                sent.append(sorted((one for one in pool.of if one.user in chosen), key=lambda one: one.turn))
            panel: Panel = self.offers[number].party.panel_of(sent)
            slots.append(self.offers[number].slot(place, panel, rank=1))
        return Day(slots=tuple(slots), rounds=tuple(self.names[number] for _, number in chain))

    def _seats(self, chain: Chain, places: list[int]) -> tuple[list[Seat], dict[str, int] | None]:
        """Return the seats of pools, and how many interviews each has left; None where that is too few for who must."""
        seats: list[Seat] = []
        left: dict[str, int] = {}
        for (_, number), place in zip(chain, places, strict=True):
            for user, each in self.left[number].items():
                left[user] = min(left.get(user, each[place]), each[place])
        for offers in self.offers:
            for diary in offers.party.needed.fixed:
                if diary.user in left:
                    left[diary.user] -= 1
        if any(each < 0 for each in left.values()) or not self._suffice(left):
            return seats, None
        for turn, ((_, number), place) in enumerate(zip(chain, places, strict=True)):
            for pool in self.offers[number].party.needed.pools:
                free = {one.user: one for one in pool.of if self.free[number][one.user][place]}
                seats += [Seat(round=turn, free=free) for _ in range(pool.take)]
        return seats, left

    def _suffice(self, left: dict[str, int]) -> bool:
        """Say whether the pools together have as many interviews left as they are to hold; it is said at once."""
        rounds = len(self.names)
        needed = sum(pool.take for offers in self.offers for pool in offers.party.needed.pools)
        members = {one.user for offers in self.offers for one in offers.party.sending.members}
        return needed <= sum(min(rounds, left.get(user, rounds)) for user in members)


def _free(offers: Offers) -> dict[str, list[bool]]:
    """Return of each member of a pool, and each start, whether they can."""
    members = offers.party.sending.members
    return {one.user: row.tolist() for one, row in zip(members, offers.party.free(members, offers.at), strict=True)}


def _left(offers: Offers) -> dict[str, list[int]]:
    """Return of each who holds only so many interviews, and each start, how many they have left then."""
    found = {}
    for user, time in offers.party.people.items():
        known = [each for each in time.left(offers.at) if each is not None]
        if known:
            found[user] = np.minimum.reduce(known).tolist()
    return found
