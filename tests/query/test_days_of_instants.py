"""A day that an instant is compared with: it has a whole day of instants, and is hardly ever the first of them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from crmcore.errors import InputError
from crmcore.model import ContactRecord
from crmcore.query import F, ago, checked, holds, now, parsed, resolved, start_of

CONTACT = ContactRecord.askable().subject
NOW = datetime(2026, 3, 7, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("touched_at = today", "touched_at in this day"),
        ("touched_at == yesterday", "touched_at in last day"),
        ("touched_at != tomorrow", "touched_at in next day"),
        ("touched_at = start of month", "touched_at in this month"),
        ("touched_at = start of week + 3 days", "between .* and before"),
        ("touched_at in (today, yesterday)", "touched_at in this day"),
        ("touched_at between yesterday and today", "between yesterday and before tomorrow"),
        ("touched_at not between yesterday and tomorrow", "between yesterday and before start of day . 2 days"),
        ("last at of activity = today", "last at of activity in this day\n"),
        ("activity has (at between 2026-01-01T00:00Z and yesterday)", "between 2026-01-01T00:00:00.000000Z and before today"),
        ("touched_at = 2026-03-07", "between 2026-03-07T00:00Z and before 2026-03-08T00:00Z"),
        ("touched_at >= 2026-03", "between 2026-03-01T00:00Z and before 2026-04-01T00:00Z"),
        ("touched_at between 2025-02 and 2026-03-07", "between 2025-02-01T00:00Z and before 2025-03-01T00:00Z"),
    ],
)  # fmt: skip
def test_a_day_is_not_compared_with_an_instant(text, hint):
    """It would quietly find nobody; what to write instead is told, and the caret shows where."""
    with pytest.raises(InputError, match=hint) as fault:
        parsed(text, CONTACT)

    assert "^^" in fault.value.__notes__[-1]


@pytest.mark.parametrize(
    ("question", "hint"),
    [
        (F.touched_at == start_of("day"), r'F\.touched_at\.in_this\("day"\)'),
        (F.touched_at == start_of("day", plus=-1, zone="Europe/Amsterdam"), r'in_this\("day", plus=-1, zone="Europe/Amsterdam"\)'),
        (F.touched_at.is_(start_of("quarter")), r'in_this\("quarter"\)'),
        (F.touched_at.in_([start_of("day"), now()]), r'in_this\("day"\)'),
        (F.touched_at.between(ago(days=3), start_of("day")), "before tomorrow"),
        (F.touched_at == date(2026, 3, 7), "2026-03-08T00:00Z"),
        (F.touched_at.in_([date(2026, 12, 31)]), "2027-01-01T00:00Z"),
        (F.touched_at == date(9999, 12, 31), "a datetime with a time zone"),
    ],
)  # fmt: skip
def test_in_python_neither(question, hint):
    """Of start_of() and of dates."""
    with pytest.raises(InputError, match=hint):
        checked(question, CONTACT)


@pytest.mark.parametrize("text", [
    "touched_at in this day", "touched_at in last day", "touched_at between yesterday and before tomorrow",
    "touched_at >= today", "touched_at < tomorrow", "touched_at between start of month and now", "born = today",
    "born between yesterday and today", "touched_at between 2026-03-07T00:00Z and before 2026-03-08T00:00Z",
])  # fmt: skip
def test_what_is_told_can_be_asked(text):
    """A period is; so is from and up to a day; and days are days where dates are compared."""
    parsed(text, CONTACT)


def test_the_whole_day_is_found():
    """From its first instant up to its last."""
    facts = {"touched_at": ("2026-03-07T00:00:00.000000Z",)}
    for text in ("touched_at in this day", "touched_at between yesterday and before tomorrow"):
        assert holds(resolved(parsed(text, CONTACT), NOW), facts) is True
