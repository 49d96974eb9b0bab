"""Whom pools send: those whose turn it is, also where somebody is a member of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmcore.hiring.slots.diary import Diary, Pool


@attrs.frozen(kw_only=True)
class Sending:
    """The members of pools, each once, in the order of their turns, and where they can sit.

    Attributes:
        members: who.
        seats: of each seat, the number of the pool that fills it.
        may_sit: of each member, the seats that they can fill.
        is_shared: whether somebody is a member of two pools.

    """

    members: tuple[Diary, ...]
    seats: tuple[int, ...]
    may_sit: tuple[tuple[int, ...], ...]
    is_shared: bool

    @classmethod
    def of(cls, pools: Sequence[Pool]) -> Sending:
        """Put the members of pools in order."""
        everybody = [member for pool in pools for member in pool.of]
        members = sorted({member.user: member for member in everybody}.values(), key=lambda member: member.turn)
        inside = [{member.user for member in pool.of} for pool in pools]
        seats = [number for number, pool in enumerate(pools) for _ in range(pool.take)]
        return cls(
            members=tuple(members),
            seats=tuple(seats),
            may_sit=tuple(
                tuple(seat for seat, number in enumerate(seats) if member.user in inside[number]) for member in members
            ),
            is_shared=len(members) < len(everybody),
        )

    def sent(self, free: Iterable[int]) -> list[list[int]] | None:
        """Return whom each pool sends, of those members who are free; None where they cannot all send enough.

        The sets of people that can be seated together are those of a transversal matroid. Taking people in the order of
        their turns, whenever they and those taken before can be seated, therefore gives those whose turns come first;
        to seat one more, others may have to change seats, which is the search for an augmenting path.
        """
        sitting: dict[int, int] = {}

        def seat(member: int, tried: set[int]) -> bool:
            for place in self.may_sit[member]:
                if place not in tried:
                    tried.add(place)
                    if place not in sitting or seat(sitting[place], tried):
                        sitting[place] = member
                        return True
            return False

        for member in free:
            if len(sitting) == len(self.seats):
                break
            seat(member, set())
        if len(sitting) < len(self.seats):
            return None
        found: list[list[int]] = [[] for _ in range(max(self.seats, default=-1) + 1)]
        for place, member in sitting.items():
            found[self.seats[place]].append(member)
        return [sorted(members) for members in found]
