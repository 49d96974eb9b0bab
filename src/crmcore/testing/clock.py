"""A clock that one moves by hand, and ids in sequence: the ports of time and identity for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from crmcore.query.moments import in_utc

__all__ = ["ManualClock", "SequenceIds"]


class ManualClock:
    """A :class:`crmcore.ports.Clock` that stands still until it is moved.

    >>> clock = ManualClock()
    >>> clock.now().isoformat()
    '2026-01-01T09:00:00+00:00'
    >>> clock.advance(days=1, minutes=30).isoformat()
    '2026-01-02T09:30:00+00:00'
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, 9, tzinfo=UTC)) -> None:
        """Stand at *start*, which is aware."""
        self._now = in_utc(start)

    def now(self) -> datetime:
        """Return the instant at which it stands, in UTC."""
        return self._now

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """Move on, or back with negative amounts; return the new instant."""
        return self.set(self._now + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds))

    def set(self, instant: datetime) -> datetime:
        """Jump to an aware instant; return it."""
        self._now = in_utc(instant)
        return self._now


class SequenceIds:
    """A :class:`crmcore.ports.NewId` that counts.

    >>> new_id = SequenceIds("contact")
    >>> new_id(), new_id()
    ('contact-000001', 'contact-000002')
    """

    def __init__(self, prefix: str = "id") -> None:
        """Begin at 1, after *prefix* and a hyphen."""
        self._prefix = prefix
        self._numbers = count(1)

    def __call__(self) -> str:
        """Return the next id; they sort in the order in which they were made, up to a million."""
        return f"{self._prefix}-{next(self._numbers):06}"
