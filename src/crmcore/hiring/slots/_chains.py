"""Interviews one after the other: which can follow which, with a break that is neither too short nor too long."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

    Chain = tuple[tuple[int, int], ...]


@attrs.frozen(kw_only=True)
class Chains:
    """The interviews of a day, when each can begin, and what may lie between two.

    Attributes:
        starts: of each interview, the minutes at which it can begin, in order.
        minutes: how long each lasts.
        least, most: minutes of a break.
        is_fixed: whether they follow each other in the order given.

    """

    starts: tuple[list[int], ...]
    minutes: tuple[int, ...]
    least: int
    most: int
    is_fixed: bool
    _dead: set[tuple[int, int]] = attrs.field(factory=set, init=False)

    def begins(self) -> list[int]:
        """Return every minute at which a day can begin, as far as its first interview goes."""
        first = self.starts[:1] if self.is_fixed else self.starts
        return sorted({minute for starts in first for minute in starts})

    def from_minute(self, minute: int) -> Iterator[Chain]:
        """Yield (minute, interview) of each in the order of time, the one with the earliest starts first."""
        everything = (1 << len(self.starts)) - 1
        for number in self._next(everything):
            place = bisect_left(self.starts[number], minute)
            if place < len(self.starts[number]) and self.starts[number][place] == minute:
                for rest in self._rest(everything & ~(1 << number), minute + self.minutes[number]):
                    yield ((minute, number), *rest)

    def _next(self, remaining: int) -> list[int]:
        numbers = [number for number in range(len(self.starts)) if remaining >> number & 1]
        return numbers[:1] if self.is_fixed else numbers

    def _rest(self, remaining: int, end: int) -> Iterator[Chain]:
        """Yield what can follow; that nothing can is remembered."""
        if not remaining:
            yield ()
            return
        if (remaining, end) in self._dead:
            return
        is_dead = True
        for minute, number in self._following(remaining, end):
            for rest in self._rest(remaining & ~(1 << number), minute + self.minutes[number]):
                is_dead = False
                yield ((minute, number), *rest)
        if is_dead:
            self._dead.add((remaining, end))

    def _following(self, remaining: int, end: int) -> list[tuple[int, int]]:
        found = []
        for number in self._next(remaining):
            starts = self.starts[number]
            first, last = bisect_left(starts, end + self.least), bisect_right(starts, end + self.most)
            found += [(minute, number) for minute in starts[first:last]]
        return sorted(found)
