"""Every interleaving of two sessions' steps at one database, after PostgreSQL's own isolation tester.

A session is a list of steps; an interleaving is one order of the steps of both. A step that would wait for the other
session gives up after a moment, and one that is refused ends its attempt; once the other session is through, such a
session is begun again from the start, alone, as a user would do. An invariant is looked at after every step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import combinations
from typing import Any

import attrs

from crmcore.errors import Conflict, StoreUnavailable, Taken
from crmcore.ports import Store, UnitOfWork

__all__ = ["Session", "Step", "begin", "commit", "interleavings", "play"]


@attrs.define
class Session:
    """One user at the database, between two steps."""

    name: str
    store: Store
    at: str
    """What sets apart the records of this interleaving from those of all others."""
    seen: dict[str, Any] = attrs.field(factory=dict)
    _open: AbstractContextManager[UnitOfWork] | None = None
    _unit: UnitOfWork | None = None

    @property
    def unit(self) -> UnitOfWork:
        """The unit of work that it is in."""
        assert self._unit is not None, "begin first"
        return self._unit

    def begin(self) -> None:
        """Begin a unit of work."""
        opening = self.store.unit(actor=self.name)
        self._unit = opening.__enter__()
        self._open = opening

    def end(self, error: BaseException | None = None) -> None:
        """Leave the unit, well or with an error."""
        opening, self._open, self._unit = self._open, None, None
        if opening is not None and not opening.__exit__(type(error) if error else None, error, None) and error:
            raise error

    def forget(self, error: BaseException) -> None:
        """Give the attempt up."""
        try:
            self.end(error)
        except type(error):
            self.seen.clear()


Step = Callable[[Session], None]


def begin(session: Session) -> None:
    """Begin a unit of work."""
    session.begin()


def commit(session: Session) -> None:
    """Commit it."""
    session.end()


def interleavings(first: int, second: int) -> Iterator[tuple[int, ...]]:
    """Yield every order of so many steps of session 0 and of session 1.

    >>> list(interleavings(2, 1))
    [(0, 0, 1), (0, 1, 0), (1, 0, 0)]
    """
    for places in combinations(range(first + second), first):
        yield tuple(0 if place in places else 1 for place in range(first + second))


def play(
    order: Sequence[int], sessions: Sequence[Session], steps: Sequence[Sequence[Step]], look: Callable[[], None]
) -> Counter[str]:
    """Play one interleaving; return how often a step was refused, by the error's name."""
    ahead = [list(own) for own in steps]
    refused: Counter[str] = Counter()
    again: list[int] = []
    for number in order:
        if not ahead[number]:
            continue
        try:
            ahead[number].pop(0)(sessions[number])
        except (Conflict, StoreUnavailable, Taken) as error:
            refused[type(error).__name__] += 1
            sessions[number].forget(error)
            ahead[number].clear()
            if not isinstance(error, Taken):
                again.append(number)
        look()
    for number in again:
        try:
            for step in steps[number]:
                step(sessions[number])
                look()
        except Taken as error:
            refused["Taken"] += 1
            sessions[number].forget(error)
    return refused
