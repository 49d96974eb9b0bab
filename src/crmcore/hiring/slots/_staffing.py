"""Who holds the interviews of one day, where somebody may hold several, but no more than they have left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from crmcore.hiring.slots.diary import Diary


@attrs.frozen(kw_only=True)
class Seat:
    """One place in a pool's part of one interview.

    Attributes:
        round: the interview.
        free: who of the pool can hold it, by user.

    """

    round: int
    free: dict[str, Diary]


def staffed(seats: list[Seat], left: dict[str, int]) -> list[str] | None:
    """Return who takes each seat; None where they cannot all be taken.

    Nobody takes two seats of one interview, nor more in all than they have left. Seat by seat, whose turn it is comes
    first, with what they take that day counted; where that leaves a later seat empty, people change seats. A flow of
    as many units as there are seats, from seats over (person, interview) to persons: each search below is for a path
    that adds one.

    Args:
        seats: in the order of the interviews.
        left: how many each may hold; who is not named holds as many as are asked.

    """
    taken: dict[int, str] = {}

    def held(user: str) -> list[int]:
        return [seat for seat, holder in taken.items() if holder == user]

    def turn(user: str, place: int) -> tuple[float, str]:
        diary = seats[place].free[user]
        return (diary.load + len(held(user)) + 1) / diary.weight, user

    def fill(place: int, tried: set[tuple[str, int]]) -> bool:
        now = seats[place].round
        for user in sorted(seats[place].free, key=lambda one: turn(one, place)):
            if (user, now) not in tried:
                tried.add((user, now))
                if is_free(user, now, tried):
                    taken[place] = user
                    return True
        return False

    def is_free(user: str, now: int, tried: set[tuple[str, int]]) -> bool:
        """Say whether somebody has no seat of that interview, and one left; or has one that another can take."""
        theirs = held(user)
        if beside := [seat for seat in theirs if seats[seat].round == now]:
            return fill(beside[0], tried)
        if len(theirs) < left.get(user, len(seats)):
            return True
        for seat in theirs:
            passed = user, seats[seat].round
            if passed not in tried:
                tried.add(passed)
                if fill(seat, tried):
                    return True
        return False

    if not all(fill(place, set()) for place in range(len(seats))):
        return None
    return [taken[place] for place in range(len(seats))]
