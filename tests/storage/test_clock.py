"""Time and ids by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from crmcore.testing import ManualClock, SequenceIds


def test_a_clock_stands_still_until_moved() -> None:
    """Two readings are equal; it goes back as well as on."""
    clock = ManualClock()
    first = clock.now()

    assert first == clock.now()
    assert first - timedelta(hours=3) == clock.advance(hours=-3)


def test_a_clock_tells_utc() -> None:
    """It may be set in any zone, never without one."""
    clock = ManualClock(datetime(2026, 7, 1, 14, tzinfo=timezone(timedelta(hours=2))))

    assert "2026-07-01T12:00:00+00:00" == clock.now().isoformat()
    assert UTC is clock.now().tzinfo
    with pytest.raises(ValueError, match="has no time zone"):
        clock.set(datetime(2026, 7, 1))  # noqa: DTZ001 - the naive time is the point


def test_ids_sort_as_they_were_made() -> None:
    """Two sequences count by themselves."""
    one, two = SequenceIds("a"), SequenceIds("a")
    made = [one() for _ in range(120)]

    assert sorted(made) == made
    assert made[0] == two()
