"""Whom pools send: those whose turn it is, also where somebody is a member of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmcore.hiring.slots.diary import Diary, Pool


def sent(pools: Sequence[Pool], free: Iterable[str]) -> list[list[Diary]] | None:
    """Return whom each pool sends, of those who are free; None where they cannot all send enough.

    The sets of people that can fill seats together are those of a transversal matroid. Taking people in the order of
    their turns, whenever they and those taken before can be seated, therefore gives those whose turns come first; to
    seat one more, others may have to change seats, which is the search for an augmenting path.
    """
    at_hand = frozenset(free)
    seats = [number for number, pool in enumerate(pools) for _ in range(pool.take)]
    people = {member.user: member for pool in pools for member in pool.of if member.user in at_hand}
    may_sit = {user: [seat for seat, number in enumerate(seats) if people[user] in pools[number].of] for user in people}
    sitting: dict[int, str] = {}

    def seat(user: str, tried: set[int]) -> bool:
        for place in may_sit[user]:
            if place not in tried:
                tried.add(place)
                if place not in sitting or seat(sitting[place], tried):
                    sitting[place] = user
                    return True
        return False

    for user in sorted(people, key=lambda one: people[one].turn):
        if len(sitting) == len(seats):
            break
        seat(user, set())
    if len(sitting) < len(seats):
        return None
    found: list[list[Diary]] = [[] for _ in pools]
    for place, user in sitting.items():
        found[seats[place]].append(people[user])
    return [sorted(members, key=lambda member: member.turn) for members in found]


def share_members(pools: Sequence[Pool]) -> bool:
    """Say whether somebody is a member of two pools."""
    members = [member.user for pool in pools for member in pool.of]
    return len(set(members)) < len(members)
