"""Instants as stores keep them: text of one width in UTC, so that the order of the letters is the order of time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from crmcore.query.moments import in_utc

__all__ = ["instant_of", "last_instant", "text_of"]


def text_of(instant: datetime) -> str:
    """Return the text of an aware instant.

    >>> text_of(datetime(2026, 3, 1, 9, tzinfo=UTC))
    '2026-03-01T09:00:00.000000Z'
    """
    return in_utc(instant).isoformat(timespec="microseconds").replace("+00:00", "Z")


def instant_of(text: str) -> datetime:
    """Return the instant of a text.

    >>> instant_of("2026-03-01T09:00:00.000000Z")
    datetime.datetime(2026, 3, 1, 9, 0, tzinfo=datetime.timezone.utc)
    """
    return datetime.fromisoformat(text)


def last_instant(when: date) -> datetime:
    """Return an instant as it is, and of a day its last one in UTC.

    >>> last_instant(date(2026, 3, 1)).isoformat()
    '2026-03-01T23:59:59.999999+00:00'
    """
    if isinstance(when, datetime):
        return when
    return datetime.combine(when, time.max, UTC)
