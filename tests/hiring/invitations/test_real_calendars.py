"""Calendars that real programs, the RFCs and a fuzzer wrote: read without harm, and nothing lost without a word."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from crmcore.errors import UnreadableFile
from crmcore.hiring.invitations import read_calendar, read_reply

SINCE, UNTIL = datetime(1990, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
BEGINS = re.compile(rb"^BEGIN:(VEVENT|VFREEBUSY)[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)

pytestmark = pytest.mark.data


@pytest.fixture
def calendars(data_dir):
    """Return the files by name."""
    files = sorted((data_dir / "ics").glob("*.ics"))
    if not files:
        pytest.skip("needs ics/, which is not in the checkout: set CRMCORE_DATA")
    return {each.stem: each.read_bytes() for each in files}


def test_every_event_of_every_file_is_read_or_listed(calendars):
    """Counted by their BEGIN lines alone, the events and free/busy reports are all there, or among what is not read."""
    for name, octets in calendars.items():
        found = read_calendar(octets, source=name)
        listed = [each for each in found.not_read if each.component in {"VEVENT", "VFREEBUSY"}]

        assert len(BEGINS.findall(octets)) == len(found.events) + len(found.free_busy) + len(listed), name
    assert len(calendars) >= 79


def test_every_file_tells_when_somebody_is_busy(calendars):
    """Forty years of each are expanded; what cannot be is listed by its code."""
    codes: dict[str, int] = {}
    for name, octets in calendars.items():
        found = read_calendar(octets, source=name).busy(since=SINCE, until=UNTIL, zone="Europe/Berlin")
        for each in found.not_read:
            codes[each.code] = codes.get(each.code, 0) + 1

        assert all(each.start < each.end for each in found), name
    assert {"cut-short", "no-start", "stray-end", "unknown-zone", "unreadable-rule", "unreadable-value"} == set(codes)


@pytest.mark.parametrize(
    ("name", "count", "first", "last"),
    [
        ("x_location", 3437, "2016-10-28 12:00", "2029-12-31 13:00"),
        ("event_with_recurrence", 100, "1996-03-31 23:00", "1996-07-08 23:00"),
        ("issue_156_RDATE_with_PERIOD_TZID_khal", 19, "2018-03-27 13:00", "2018-07-31 13:00"),
        ("issue_27_multiple_periods_in_freebusy_one_freebusy", 8, "2012-01-03 09:15", "2012-01-31 09:15"),
        ("issue_237_fail_to_parse_timezone_with_non_ascii_tzid", 1, "2017-05-11 16:30", "2017-05-11 16:30"),
        ("timezone_same_start_and_offset", 1, "2017-02-24 03:00", "2017-02-24 03:00"),
        ("rfc_7265_appendix_example_2_ical", 6, None, None),
        ("broken_dtstart", 0, None, None),
    ],
)
def test_some_files_by_hand(calendars, name, count, first, last):
    """Zones by a number, a Windows name and rules of their own; periods, exceptions and daily series."""
    found = read_calendar(calendars[name]).busy(since=SINCE, until=UNTIL, zone="Europe/Berlin")

    assert count == len(found)
    assert first is None or first == f"{found.times[0].start:%Y-%m-%d %H:%M}"
    assert last is None or last == f"{found.times[-1].start:%Y-%m-%d %H:%M}"


def test_none_of_them_is_an_answer(calendars):
    """Not one is taken for the answer of an attendee: each is refused with an error of ours."""
    taken = []
    for name, octets in calendars.items():
        try:
            taken.append((name, read_reply(octets)))
        except UnreadableFile:
            continue

    assert [] == taken
