"""Who is whom: ids of people, the rows of each, and which id a group of rows has."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching.index._growing import Growing
from crmcore.matching.index._hashing import hash_of
from crmcore.matching.index._vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]

__all__ = ["People"]

NOBODY = -1


class People:
    """The people of an index.

    Every row has a home: the person that it was with when it came. A group of rows has the id at which most of them are
    at home; of two groups at home in one place, the larger part has the id, and of equals the one with the smallest
    record key. So an id depends on who is together and where they came from, not on what happened in between: whoever
    is parted again is again who they were.

    Args:
        ids: the people to begin with.
        person: int32, (rows,): which of them each row is with.

    """

    def __init__(self, ids: Sequence[str], person: Int32s) -> None:
        self._ids = Vocabulary(ids)
        self._person, self._home = Growing(person.copy()), Growing(person)
        self._order = np.argsort(person, kind="stable").astype(np.int32)
        self._begin = np.searchsorted(person[self._order], np.arange(len(ids) + 1))
        self._changed: dict[int, set[int]] = {}
        self._at_home: dict[int, set[int]] = {}

    def sizes(self) -> Int64s:
        """Return how many rows each person has who has any, int64, (people,)."""
        person = self._person.held
        found = np.bincount(person[person != NOBODY])
        return found[found > 0]

    def id_of(self, row: int) -> str:
        """Return the id of a row's person."""
        return self._ids.text(int(self._person.held[row]))

    def home(self, row: int) -> int:
        """Return where a row is at home, by number."""
        return int(self._home.held[row])

    def with_row(self, row: int) -> list[int]:
        """Return the rows of a row's person, rising."""
        number = int(self._person.held[row])
        return [] if number == NOBODY else sorted(self._members(number))

    def add(self, row: int, *, home: int = NOBODY) -> None:
        """Add a row that is with nobody yet."""
        while len(self._person) <= row:
            self._person.append(NOBODY)
            self._home.append(NOBODY)
        if home != NOBODY:
            self._settle(row, home)

    def remove(self, row: int, *, comes_back: bool) -> None:
        """Take a row away; one of the table that may come back keeps its home."""
        self._leave(row)
        if not comes_back:
            home = int(self._home.held[row])
            self._at_home.get(home, set()).discard(row)
            self._home.held[row] = NOBODY

    def regroup(
        self, groups: Iterable[Iterable[int]], alive: Bools, smallest: Callable[[int], str]
    ) -> dict[int, tuple[str, str]]:
        """Make each group of rows one person, and see who has which id then.

        Args:
            groups: rows, none in two of them; all rows that were with any of them, or with nobody.
            alive: bool, (rows,): rows that are there.
            smallest: from a row to its smallest record key.

        Returns:
            row -> the id that it had, "" if none, and the one that it has.

        """
        found = self._with_rivals([frozenset(group) for group in groups], alive)
        given = self._assign(found, smallest)
        before = {row: int(self._person.held[row]) for group in found for row in group}
        for group in found:
            for row in group:
                self._leave(row)
        for group, number in given.items():
            members = self._members(number)
            self._changed[number] = members | group
            for row in group:
                self._person.held[row] = number
                if self._home.held[row] == NOBODY:
                    self._settle(row, number)
        return {
            row: ("" if old == NOBODY else self._ids.text(old), self._ids.text(number))
            for group, number in given.items()
            for row in group
            if (old := before[row]) != number
        }

    def _with_rivals(self, groups: list[frozenset[int]], alive: Bools) -> list[frozenset[int]]:
        """Add the people that rows are with which are at home where some of the groups' rows are."""
        seen_homes: set[int] = set()
        seen = {row for group in groups for row in group}
        waiting = list(groups)
        while waiting:
            homes = {int(self._home.held[row]) for row in waiting.pop()} - seen_homes - {NOBODY}
            seen_homes |= homes
            for home in homes:
                for row in self._natives(home):
                    if row not in seen and alive[row] and self._person.held[row] != NOBODY:
                        rival = frozenset(self._members(int(self._person.held[row])))
                        groups.append(rival)
                        waiting.append(rival)
                        seen |= rival
        return groups

    def _assign(self, groups: Sequence[frozenset[int]], smallest: Callable[[int], str]) -> dict[frozenset[int], int]:
        first = {group: min(map(smallest, group)) for group in groups}
        claims = [
            (-count, first[group], self._ids.text(home), home, group)
            for group in groups
            for home, count in Counter(int(self._home.held[row]) for row in group).items()
            if home != NOBODY
        ]
        given: dict[frozenset[int], int] = {}
        taken: set[int] = set()
        for *_, home, group in sorted(claims, key=lambda claim: claim[:3]):
            if group not in given and home not in taken:
                given[group] = home
                taken.add(home)
        for group in sorted(groups, key=first.__getitem__):
            if group not in given:
                given[group] = self._fresh(first[group], taken)
                taken.add(given[group])
        return given

    def _fresh(self, key: str, taken: set[int]) -> int:
        """Return an id made of a record key, at which nobody is at home."""
        made = f"p{hash_of(key):016x}"
        name, number, turn = made, self._ids.number(made), 1
        while number >= 0 and (number in taken or self._members(number) or self._natives(number)):
            turn += 1
            name = f"{made}-{turn}"
            number = self._ids.number(name)
        return self._ids.add(name)

    def _settle(self, row: int, home: int) -> None:
        self._home.held[row] = home
        self._at_home.setdefault(home, set()).add(row)

    def _leave(self, row: int) -> None:
        number = int(self._person.held[row])
        if number != NOBODY:
            members = self._members(number)
            members.discard(row)
            self._changed[number] = members
            self._person.held[row] = NOBODY

    def _members(self, number: int) -> set[int]:
        """Return the rows that are with a person."""
        changed = self._changed.get(number)
        return set(self._of_table(number)) if changed is None else changed

    def _natives(self, number: int) -> set[int]:
        """Return the rows that are at home with a person, removed ones of the table among them."""
        return {*self._of_table(number), *self._at_home.get(number, ())}

    def _of_table(self, number: int) -> list[int]:
        if number + 1 >= len(self._begin):
            return []
        rows: list[int] = self._order[self._begin[number] : self._begin[number + 1]].tolist()
        return rows
