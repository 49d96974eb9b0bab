"""Moments told from the time of asking. About two seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.query import Moment, Span, Unit

ZONES = ("UTC", "Europe/Amsterdam", "America/Santiago", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe")
INSTANTS = st.datetimes(datetime(2012, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants them without


def moments() -> st.SearchStrategy[Moment]:
    """Return moments of every form."""
    return st.builds(
        Moment,
        span=st.builds(Span, st.integers(-30, 30), st.sampled_from(Unit)),
        start_of=st.sampled_from([None, "day", "week", "month", "quarter", "year"]),
        zone=st.sampled_from(ZONES),
    )


@given(moments(), INSTANTS, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_a_moment_never_goes_back(moment, now, wait):
    """So whatever time alone changes, changes once for each value, and does not come and go."""
    assert moment.instant(now) <= moment.instant(now + wait)
    assert moment.day(now) <= moment.day(now + wait)


@pytest.mark.parametrize(
    ("now", "amount", "expected"),
    [
        ("2026-01-28T23:00", 1, "2026-02-28T23:00:00"),
        ("2026-01-29T01:00", 1, "2026-02-28T23:59:59.999999"),
        ("2026-01-31T23:00", 1, "2026-02-28T23:59:59.999999"),
        ("2026-02-01T00:00", 1, "2026-03-01T00:00:00"),
        ("2026-03-31T10:00", -1, "2026-02-28T23:59:59.999999"),
        ("2024-02-29T10:00", 12, "2025-02-28T23:59:59.999999"),
    ],
)
def test_a_day_that_the_month_lacks_is_the_end_of_its_last_day(now, amount, expected):
    """A month later than the 29th of January is not earlier than a month later than the 28th."""
    found = Moment(span=Span(amount, "month")).instant(datetime.fromisoformat(f"{now}+00:00"))

    assert f"{expected}+00:00" == found.isoformat()


def test_a_month_after_the_start_of_a_day_is_the_start_of_a_day():
    """The start of 31 January and a month later is the start of the last day of February."""
    moment = Moment(start_of="day", span=Span(1, "month"), zone="Europe/Amsterdam")

    assert "2026-02-27T23:00:00+00:00" == moment.instant(datetime(2026, 1, 31, 12, tzinfo=UTC)).isoformat()
