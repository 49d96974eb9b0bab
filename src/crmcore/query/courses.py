"""How an outcome goes on while nothing but time changes: what it is now, and each instant at which it is another."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, TypeAlias

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

__all__ = ["Course", "TruthValue", "all_of", "any_of", "earlier", "steps"]

TruthValue: TypeAlias = bool | None
"""True, False, or None for what is not known."""


@attrs.frozen
class Course:
    """An outcome from now on.

    Attributes:
        first: what it is now.
        changes: when it becomes what, in order; each is another outcome than the one before.
        until: how far that is told; None for ever.

    >>> from datetime import UTC, datetime
    >>> new_year = datetime(2027, 1, 1, tzinfo=UTC)
    >>> course = Course(False, ((new_year, True),))
    >>> course.at(datetime(2026, 12, 31, tzinfo=UTC)), course.at(new_year)
    (False, True)
    """

    first: TruthValue
    changes: tuple[tuple[datetime, TruthValue], ...] = ()
    until: datetime | None = None

    def at(self, instant: datetime) -> TruthValue:
        """Return the outcome at an instant from now on."""
        place = bisect_right(self.changes, instant, key=lambda change: change[0])
        return self.changes[place - 1][1] if place else self.first

    @property
    def is_settled(self) -> bool:
        """Whether it is the same for ever."""
        return not self.changes and self.until is None

    def turned(self) -> Course:
        """Return the course of the negation."""
        return Course(_not(self.first), tuple((at, _not(to)) for at, to in self.changes), self.until)

    def selecting(self) -> Course:
        """Return the course of whether it is true; what is not known is as good as false."""
        return steps([(None, self.first is True), *((at, to is True) for at, to in self.changes)], until=self.until)


def _not(outcome: TruthValue) -> TruthValue:
    return None if outcome is None else not outcome


def steps(outcomes: Sequence[tuple[datetime | None, TruthValue]], *, until: datetime | None = None) -> Course:
    """Return the course of outcomes that may repeat; the first one has no instant. What comes after *until* is cut."""
    changes = []
    last = outcomes[0][1]
    for at, outcome in outcomes[1:]:
        if outcome is not last and at is not None and (until is None or at <= until):
            changes.append((at, outcome))
            last = outcome
    return Course(outcomes[0][1], tuple(changes), until)


def all_of(courses: Iterable[Course]) -> Course:
    """Return the course of an And."""
    return _joined(courses, decisive=False)


def any_of(courses: Iterable[Course]) -> Course:
    """Return the course of an Or."""
    return _joined(courses, decisive=True)


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return how far both are told."""
    return other if one is None else one if other is None else min(one, other)


def _joined(courses: Iterable[Course], *, decisive: bool) -> Course:
    """Join by counting how many parts are true, false and unknown from change to change."""
    counts: dict[TruthValue, int] = {True: 0, False: 0, None: 0}
    moving: list[Course] = []
    until: datetime | None = None
    for course in courses:
        if course.first is decisive and course.is_settled:
            return course
        counts[course.first] += 1
        until = earlier(until, course.until)
        if course.changes:
            moving.append(course)

    def outcome() -> TruthValue:
        return decisive if counts[decisive] else None if counts[None] else not decisive

    outcomes: list[tuple[datetime | None, TruthValue]] = [(None, outcome())]
    now = [course.first for course in moving]
    events = sorted(
        ((at, place, to) for place, course in enumerate(moving) for at, to in course.changes),
        key=lambda event: event[:2],
    )
    for number, (at, place, to) in enumerate(events, start=1):
        counts[now[place]] -= 1
        counts[to] += 1
        now[place] = to
        if number == len(events) or events[number][0] != at:  # all that happens at once is one change
            outcomes.append((at, outcome()))
    return steps(outcomes, until=until)
