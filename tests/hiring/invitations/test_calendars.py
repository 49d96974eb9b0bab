"""When somebody is busy: every way in which calendars say so, and what of them is listed as unread."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError, UnreadableFile
from crmcore.hiring.invitations import BusyKind, CalendarLimits, read_calendar
from tests.hiring.invitations.examples import wall

SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)


def event(*lines: str, uid: str = "1") -> str:
    """Return an event of these lines."""
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT", ""])


def busy(*events: str, zone: str | None = None, owner: str = "", head: str = ""):
    """Return when the owner of a calendar of these events is busy in March and April."""
    text = f"BEGIN:VCALENDAR\r\n{head}{''.join(events)}END:VCALENDAR\r\n"
    return read_calendar(text).busy(since=SINCE, until=UNTIL, zone=zone, owner=owner)


def starts(*events: str, **more: str) -> list[str]:
    found = busy(*events, **more)
    assert found.not_read == (), found.not_read
    return [f"{each.start:%m-%d %H:%M}" for each in found]


def codes(*events: str, **more: str) -> list[str]:
    return [each.code for each in busy(*events, **more).not_read]


NINE = "DTSTART;TZID=Europe/Paris:20260327T090000"


def test_a_weekly_event_keeps_its_time_on_the_wall():
    """On both sides of the change of the clocks it is at nine, and takes the real time that it took at first."""
    found = busy(event(NINE, "DTEND;TZID=Europe/Paris:20260327T110000", "RRULE:FREQ=WEEKLY;COUNT=2"))

    assert ["03-27 08:00", "04-03 07:00"] == [f"{each.start:%m-%d %H:%M}" for each in found]
    assert {timedelta(hours=2)} == {each.end - each.start for each in found}


def test_a_night_over_the_change_takes_an_hour_less():
    """From ten in the evening to six, the night in which clocks go forward, are seven hours; eight by a length."""
    night = "DTSTART;TZID=Europe/Paris:20260328T220000"
    by_end = busy(event(night, "DTEND;TZID=Europe/Paris:20260329T060000"))
    by_length = busy(event(night, "DURATION:PT8H"))
    a_day = busy(event(night, "DURATION:P1D"))

    assert [7, 8, 23] == [
        (each.times[0].end - each.times[0].start) // timedelta(hours=1) for each in (by_end, by_length, a_day)
    ]


def test_whole_days_are_those_of_the_owner():
    """A day without a time is the day on the owner's clock, which may have 23 hours."""
    day = event("DTSTART;VALUE=DATE:20260329")
    paris, india, named = (
        busy(day, zone="Europe/Paris"),
        busy(day, zone="Asia/Kolkata"),
        busy(day, head="X-WR-TIMEZONE:Asia/Kolkata\r\n"),
    )

    assert [(datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))] == list(paris.merged())
    assert [(datetime(2026, 3, 28, 18, 30, tzinfo=UTC), datetime(2026, 3, 29, 18, 30, tzinfo=UTC))] == list(
        india.merged()
    )
    assert india.merged() == named.merged()


def test_several_days_end_before_their_end():
    """The end of whole days is not one of them; they repeat as days."""
    found = busy(
        event("DTSTART;VALUE=DATE:20260327", "DTEND;VALUE=DATE:20260330", "RRULE:FREQ=WEEKLY;COUNT=2"),
        zone="Europe/Paris",
    )

    assert ["03-26 23:00 to 03-29 22:00", "04-02 22:00 to 04-05 22:00"] == [
        f"{each.start:%m-%d %H:%M} to {each.end:%m-%d %H:%M}" for each in found
    ]


def test_a_time_without_a_zone_is_on_the_owners_clock():
    """It is at nine wherever the owner is."""
    nine = event("DTSTART:20260327T090000", "DURATION:PT1H")

    assert (["03-27 08:00"], ["03-27 03:30"], ["03-27 09:00"]) == (
        starts(nine, zone="Europe/Paris"), starts(nine, zone="Asia/Kolkata"), starts(nine)
    )  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "TRANSP:TRANSPARENT",
        "STATUS:CANCELLED",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "ATTENDEE;PARTSTAT=DECLINED:MAILTO:Bo@Example.org",
    ],
)
def test_some_events_take_no_time(line):
    """What is transparent, cancelled, or declined by the owner leaves them free."""
    assert [] == starts(event(NINE, "DURATION:PT1H", line), owner="bo@example.ORG")
    assert ["03-27 08:00"] == starts(
        event(NINE, "DURATION:PT1H", "ATTENDEE;PARTSTAT=DECLINED:mailto:x@y.z"), owner="bo@example.org"
    )


def test_a_guest_without_an_address_frees_nobody():
    """That some room or person of no mail address declines is nothing to an owner who is not named."""
    no_address = event(NINE, "DURATION:PT1H", "ATTENDEE;PARTSTAT=DECLINED:urn:uuid:7")
    bare = event(NINE, "DURATION:PT1H", "ATTENDEE;PARTSTAT=DECLINED:bo@example.org")

    assert ["03-27 08:00"] == starts(no_address) == starts(no_address, owner="bo@example.org") == starts(bare)
    assert [] == starts(bare, owner="bo@example.org"), "an address is known without its scheme, too"


def test_a_day_that_ends_as_it_begins_is_a_day():
    """Some programs write the last day where RFC 5545 wants the day after it; that is not taken for no time at all."""
    found = busy(event("DTSTART;VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260310"))

    assert ((datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC)),) == found.merged()


def test_kinds_of_being_busy_are_told_apart():
    """Tentative events and absences count as busy, and say so."""
    lines = [
        "STATUS:CONFIRMED",
        "STATUS:TENTATIVE",
        "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
        "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE",
    ]
    found = busy(*(event(NINE, "DURATION:PT1H", line, uid=str(place)) for place, line in enumerate(lines)))

    assert [BusyKind.BUSY, BusyKind.TENTATIVE, BusyKind.UNAVAILABLE, BusyKind.TENTATIVE] == [
        each.kind for each in sorted(found, key=lambda each: each.uid)
    ]


def test_free_busy_reports_are_read():
    """A server's report lists periods with an end or a length; free ones are left out."""
    found = busy(
        "BEGIN:VFREEBUSY\r\nUID:f\r\nFREEBUSY;FBTYPE=FREE:20260310T080000Z/PT1H\r\n"
        "FREEBUSY:20260311T080000Z/PT1H,20260311T093000Z/20260311T100000Z\r\n"
        "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260312T080000Z/P1D\r\nFREEBUSY;FBTYPE=X-ODD:20260301T080000Z/PT1H\r\nEND:VFREEBUSY\r\n"
    )

    assert [
        ("03-01 08:00", "busy"),
        ("03-11 08:00", "busy"),
        ("03-11 09:30", "busy"),
        ("03-12 08:00", "unavailable"),
    ] == [(f"{each.start:%m-%d %H:%M}", each.kind.value) for each in found]


SERIES = event(NINE, "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=4")


def instead(of: str, *lines: str, more: str = "") -> str:
    return event(f"RECURRENCE-ID{more};TZID=Europe/Paris:{of}", *lines)


def test_one_of_a_series_may_be_moved_or_called_off():
    """An event that stands for one of a series replaces it; called off, it takes it away."""
    moved = instead("20260403T090000", "DTSTART;TZID=Europe/Paris:20260403T150000", "DURATION:PT2H")
    off = instead("20260410T090000", "DTSTART;TZID=Europe/Paris:20260410T090000", "DURATION:PT1H", "STATUS:CANCELLED")

    assert ["03-27 08:00", "04-03 13:00", "04-17 07:00"] == starts(SERIES, moved, off)
    assert ["03-27 08:00", "04-03 13:00", "04-17 07:00"] == starts(off, moved, SERIES)


def test_one_moved_into_the_window_is_found():
    """Both are looked at: when it was to be, and when it is."""
    series = event("DTSTART:20260601T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")
    moved = event("RECURRENCE-ID:20260603T090000Z", "DTSTART:20260401T120000Z", "DURATION:PT1H")

    assert ["04-01 12:00"] == starts(series, moved)


def test_all_that_follow_may_be_moved():
    """A change of one and all that follow moves them by as much, and gives them its length."""
    later = instead(
        "20260403T090000", "DTSTART;TZID=Europe/Paris:20260403T103000", "DURATION:PT15M", more=";RANGE=THISANDFUTURE"
    )
    found = busy(SERIES, later)

    assert ["03-27 08:00", "04-03 08:30", "04-10 08:30", "04-17 08:30"] == [
        f"{each.start:%m-%d %H:%M}" for each in found
    ]
    assert [60, 15, 15, 15] == [(each.end - each.start) // timedelta(minutes=1) for each in found]


def test_a_higher_sequence_wins_and_the_other_is_listed():
    """Of two versions of one event in a file the later counts; the superseded one is not lost without a word."""
    old, new = (
        event(NINE, "DURATION:PT1H", "SEQUENCE:1"),
        event("DTSTART:20260401T090000Z", "DURATION:PT1H", "SEQUENCE:2"),
    )

    assert ["superseded"] == codes(new, old)
    assert ["04-01 09:00"] == [f"{each.start:%m-%d %H:%M}" for each in busy(old, new)]


def test_a_series_called_off_takes_its_changes_with_it():
    """Where the whole is cancelled by a later version, what was once moved is cancelled too."""
    moved = instead("20260403T090000", "DTSTART;TZID=Europe/Paris:20260403T150000", "DURATION:PT2H")
    off = event(NINE, "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=4", "STATUS:CANCELLED", "SEQUENCE:3")

    assert [] == starts(off, moved)
    assert [] == starts(SERIES, head="METHOD:CANCEL\r\n")


@pytest.mark.parametrize(
    "line",
    [
        "EXDATE;TZID=Europe/Paris:20260403T090000",
        "EXDATE:20260403T070000Z",
        "EXDATE:20260403T090000",
        "EXDATE;VALUE=DATE:20260403",
        "EXRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;UNTIL=20260404T000000Z\r\nRDATE:20260327T080000Z",
    ],
)
def test_days_left_out_are_read_however_they_are_written(line):
    """With the zone, in UTC, without a zone, as a day, or by a rule."""
    found = starts(event(NINE, "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3", line))

    assert "04-10 07:00" in found
    assert "04-03 07:00" not in found or line.startswith("EXRULE")


def test_times_may_be_added():
    """With a zone, as a day at the time of the series, or as a period of its own length."""
    found = busy(
        event(
            NINE,
            "DURATION:PT1H",
            "RDATE:20260401T100000Z",
            "RDATE;VALUE=PERIOD:20260402T100000Z/PT3H,20260403T100000Z/20260403T103000Z",
        )
    )

    assert [60, 60, 180, 30] == [(each.end - each.start) // timedelta(minutes=1) for each in found]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("W. Europe Standard Time", "08:00"),
        ("/mozilla.org/20050126_1/Europe/Paris", "08:00"),
        ("/freeassociation.sourceforge.net/America/Indiana/Knox", "14:00"),
        ('"Europe/Paris"', "08:00"),
        ("UTC", "09:00"),
    ],
)
def test_a_zone_is_known_by_many_names(zone, expected):
    """As IANA has it, as Windows has it, or at the end of a path."""
    assert [f"03-27 {expected}"] == starts(event(f"DTSTART;TZID={zone}:20260327T090000", "DURATION:PT1H"))


OWN_ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n"
    "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)


def test_a_zone_that_only_the_calendar_knows_is_read_from_it():
    """Its own rules count, over the change; without them the event is listed."""
    series = event("DTSTART;TZID=Ours:20260327T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2")

    assert ["03-27 08:00", "04-03 07:00"] == starts(OWN_ZONE, series)
    assert ["unknown-zone"] == codes(series)
    assert ["unreadable-zone"] == codes(OWN_ZONE.replace("TZOFFSETTO", "X-TO"), series)


@pytest.mark.parametrize("hour", [0, 1, 2, 3])
@pytest.mark.parametrize("day", ["20260329", "20261025"])
def test_an_own_zone_skips_and_repeats_as_the_known_one(day, hour):
    """In the hour that never comes, and in the one that comes twice, the calendar's rules give what IANA's give."""
    text = (
        "BEGIN:VCALENDAR\r\n{0}"
        + event(f"DTSTART;TZID={{1}}:{day}T{hour:02}3000", "DURATION:PT1H")
        + "END:VCALENDAR\r\n"
    )
    found = [
        read_calendar(text.format(zones, name)).busy(since=SINCE, until=datetime(2027, 1, 1, tzinfo=UTC)).merged()
        for zones, name in ((OWN_ZONE, "Ours"), ("", "Europe/Berlin"))
    ]

    assert found[0] == found[1] != ()


FAULTS = {
    "no-start": ["DURATION:PT1H"],
    "two-ends": [NINE, "DURATION:PT1H", "DTEND:20260327T100000Z"],
    "said-twice": [NINE, NINE],
    "ends-before-it-begins": [NINE, "DTEND:20260327T070000Z"],
    "day-and-time": [NINE, "DTEND;VALUE=DATE:20260328"],
    "unreadable-value": ["DTSTART:20260230T090000"],
    "unreadable-rule": [NINE, "RRULE:RSCALE=HEBREW;FREQ=YEARLY"],
    "unknown-zone": ["DTSTART;TZID=Mars/Phobos:20260327T090000", "DURATION:PT1H"],
    "out-of-range": ["DTSTART:99991231T235900Z", "DURATION:P9D", "RRULE:FREQ=DAILY"],
}
MORE_FAULTS = [
    ["DTSTART;TZID=" + "a" * 5_000 + ":20260327T090000"],
    ["DTSTART;TZID=../../etc/passwd:20260327T090000", "DURATION:PT1H"],
    ["DTSTART;TZID=:20260327T090000\x00"],
    [NINE, "DURATION:-PT1H"],
    [NINE, "DURATION:PT"],
    [NINE, "DURATION:P99999999999D"],
    [NINE, "SEQUENCE:abc"],
    [NINE, "SEQUENCE:" + "9" * 5_000],
    [NINE, "EXDATE:x"],
    [NINE, "RDATE:20260327T0900"],
    [NINE, "RECURRENCE-ID:x"],
    [NINE, "DTEND"],
    ["DTSTART;VALUE=DATE:00000000"],
    ["DTSTART:2026-03-27T09:00:00Z"],
]


@pytest.mark.parametrize("code", FAULTS)
def test_what_cannot_be_read_is_listed(code):
    """An event with a fault is listed with its line, its name and a stable word; others are read nevertheless."""
    good = event(NINE, "DURATION:PT1H", uid="good")
    until = datetime(9999, 12, 31, tzinfo=UTC) if code == "out-of-range" else UNTIL
    calendar = read_calendar(f"BEGIN:VCALENDAR\n{good}{event(*FAULTS[code], uid='bad')}END:VCALENDAR")
    found = calendar.busy(since=SINCE, until=until)

    assert [(7, "VEVENT", "bad", code)] == [(each.line, each.component, each.uid, each.code) for each in found.not_read]
    assert ["good"] == [each.uid for each in found]


@pytest.mark.parametrize("lines", MORE_FAULTS, ids=range(len(MORE_FAULTS)))
def test_hostile_values_are_listed(lines):
    """Zones that are paths or endless, lengths below nothing, numbers of a thousand digits: listed, never raised."""
    found = busy(event(*lines), event(NINE, "DURATION:PT1H", uid="good"))

    assert (1, ["good"]) == (len(found.not_read), [each.uid for each in found])
    assert len(found.not_read[0].message) < 400


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"name,email\nAda,ada@example.com\n", "not-a-calendar"),
        (b"%PDF-1.7 \x00\xff", "not-a-calendar"),
        (b"BEGIN:VCALENDAR\n" * 20, "too-deep"),
        (b"BEGIN:A\nEND:A\n" * 1_001, "too-many"),
        (b"BEGIN:VCALENDAR\n" + b"X" * 100_001, "too-large"),
    ],
)
def test_what_is_no_calendar_is_refused(data, code):
    """Nothing, something else, nested without end, or too much: an error that says which."""
    with pytest.raises(UnreadableFile) as refused:
        read_calendar(data, source="bo.ics", limits=CalendarLimits(components=1_000, document_bytes=100_000))

    assert (code, "bo.ics") == (refused.value.code, refused.value.path)


def test_a_calendar_that_is_cut_short_says_so():
    """An event that is not ended is not trusted, and that more may be missing is told."""
    whole = f"BEGIN:VCALENDAR\n{event(NINE, 'DURATION:PT1H')}{event(NINE, 'DURATION:PT1H', uid='2')}END:VCALENDAR\n"
    for length in range(20, len(whole) - 14):
        found = read_calendar(whole[:length])
        assert "cut-short" in {each.code for each in found.not_read}, whole[:length]
        assert len(found.events) + sum(each.component == "VEVENT" for each in found.not_read) == whole[:length].count(
            "BEGIN:VEVENT"
        )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
def test_encodings_and_line_ends_do_not_matter(encoding, ends):
    """A folded line, in any usual encoding, with any line ends, is read."""
    text = f"BEGIN:VCALENDAR\nX-WR-CALNAME:Büro\n{event('DTSTART;TZID=Europe/Pa', ' ris:20260327T090000', 'DURATION:PT1H')}END:VCALENDAR\n"
    octets = text.replace("\r\n", "\n").replace("\n", ends).encode(encoding)
    found = read_calendar(octets).busy(since=SINCE, until=UNTIL)

    assert ((datetime(2026, 3, 27, 8, tzinfo=UTC), datetime(2026, 3, 27, 9, tzinfo=UTC)),) == found.merged()


def test_what_a_calendar_holds_is_shown():
    """Its events, what else is in it, and what is not read, are counted; an event shows when and whether it repeats."""
    text = f"BEGIN:VCALENDAR\r\n{event(NINE, 'RRULE:FREQ=DAILY')}{event()}BEGIN:VTODO\r\nEND:VTODO\r\n{OWN_ZONE}END:VCALENDAR\r\n"
    found = read_calendar(text)

    assert "Calendar(1 events, 1 not read, 1 VTIMEZONE, 1 VTODO)" == repr(found)
    assert "CalendarEvent(line 2, '1', 2026-03-27 09:00:00 Europe/Paris, repeating)" == repr(found.events[0])
    assert "BusyTimes(0 times, 1 events not read)" == repr(found.busy(since=SINCE, until=UNTIL))
    assert {"VTODO": 1, "VTIMEZONE": 1} == found.others


def test_hundreds_of_guests_do_not_slow_it_down():
    """Of guests, only those who declined are looked at; a component with more properties than any has is listed."""
    guests = [f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{place}@example.org" for place in range(9_000)]
    began = time.process_time()
    found = busy(event(NINE, "DURATION:PT1H", *guests), event(NINE, *guests, *guests, uid="2"))

    assert time.process_time() - began < 2
    assert (1, ["too-long"]) == (len(found), [each.code for each in found.not_read])
    assert ["too-long"] == codes(event(NINE, "EXDATE:" + "20260327T090000Z," * 10_000))


def test_a_calendar_of_an_unknown_zone_is_read_in_utc_and_says_so():
    """The zone that it names for times without one is nobody's: they are read in UTC, which is listed."""
    found = busy(event("DTSTART:20260327T090000", "DURATION:PT1H"), head="X-WR-TIMEZONE:Mars/Phobos\r\n")

    assert (["unknown-zone"], 9) == ([each.code for each in found.not_read], found.times[0].start.hour)


MANY = {
    "changes of one series": SERIES + "".join(
        instead("20260403T090000", f"DTSTART:202604{place % 28 + 1:02}T{place % 24:02}0000Z", f"SEQUENCE:{place}", more=";RANGE=THISANDFUTURE")
        for place in range(4_000)
    ),
    "changes that each hold from then on": event(NINE, "RRULE:FREQ=MINUTELY", "DURATION:PT1M") + "".join(
        event(f"RECURRENCE-ID;RANGE=THISANDFUTURE:20260401T{place // 60:02}{place % 60:02}00Z", "DTSTART:20260401T000000Z", "DURATION:PT1M")
        for place in range(1_440)
    ),
    "events of one name": event(NINE, "DURATION:PT1H") * 4_000,
    "unknown zones": "".join(event(f"DTSTART;TZID=Z{place}:20260327T090000", uid=str(place)) for place in range(4_000)),
    "zones that cannot be read": "BEGIN:VTIMEZONE\r\nTZID:Ours\r\n" + "BEGIN:STANDARD\r\nEND:STANDARD\r\n" * 3_000
    + "END:VTIMEZONE\r\n" + event("DTSTART;TZID=Ours:20260327T090000") * 1_000,
    "zones of endless rules": "".join(
        OWN_ZONE.replace("Ours", f"Z{place}").replace("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "FREQ=SECONDLY")
        + event(f"DTSTART;TZID=Z{place}:20260327T090000", uid=str(place))
        for place in range(500)
    ),
    "ends": "END:A\r\n" * 10_000,
}  # fmt: skip


@pytest.mark.parametrize("what", MANY)
def test_many_of_anything_take_no_square(what):
    """Thousands of changes, names, zones or ends, each of which could be looked at for each other, take seconds."""
    began = time.process_time()
    busy(MANY[what])

    assert time.process_time() - began < 6


def test_times_that_touch_are_one_span():
    """Merged spans neither overlap nor touch; the times themselves stay apart."""
    text = [
        event(f"DTSTART:20260310T{hour:02}0000Z", f"DURATION:PT{length}H", uid=str(hour))
        for hour, length in ((9, 2), (10, 1), (11, 1), (14, 1))
    ]

    assert 4 == len(busy(*text))
    assert [(9, 12), (14, 15)] == [(start.hour, end.hour) for start, end in busy(*text).merged()]


def test_the_window_is_half_open():
    """What ends as it begins, or begins as it ends, is not in it; what lasts through it is."""
    calendar = read_calendar(event("DTSTART:20260310T090000Z", "DURATION:PT3H"))
    hours = [datetime(2026, 3, 10, hour, tzinfo=UTC) for hour in (8, 9, 10, 11, 12, 13)]

    assert [0, 1, 1, 1, 0] == [len(calendar.busy(since=since, until=until)) for since, until in pairwise(hours)]


def test_what_is_asked_wrongly_is_refused():
    """A window without a zone, turned round, or on an unknown clock."""
    calendar = read_calendar(event(NINE))

    with pytest.raises(InputError):
        calendar.busy(since=wall(2026, 3, 1), until=UNTIL)
    with pytest.raises(InputError, match="ends before it begins"):
        calendar.busy(since=UNTIL, until=SINCE)
    with pytest.raises(InputError, match="Mars/Phobos"):
        calendar.busy(since=SINCE, until=UNTIL, zone="Mars/Phobos")


LINES = st.sampled_from(
    [NINE, "DTSTART:20260327T090000Z", "DTEND:20260327T100000Z", "RRULE:FREQ=DAILY", "BEGIN:VEVENT", "END:VEVENT", "UID:1",
     "BEGIN:VCALENDAR", "END:VCALENDAR", "RECURRENCE-ID:20260327T090000Z", "EXDATE:", "RDATE;VALUE=PERIOD:a/b", "BEGIN:VTIMEZONE",
     "TZID:Ours", "BEGIN:STANDARD", "TZOFFSETTO:+9900", "FREEBUSY:1/2", "BEGIN:VFREEBUSY", "END:VFREEBUSY", "STATUS:CANCELLED", "BEGIN:"]
)  # fmt: skip


@given(st.lists(st.one_of(LINES, st.text(max_size=30)), max_size=30), st.booleans())
def test_no_text_does_harm(lines, begins):
    """Whatever a file holds, it is read, with what is unread listed, or refused as a whole with an error of ours."""
    text = "\n".join((["BEGIN:VEVENT"] if begins else []) + lines)
    try:
        calendar = read_calendar(text)
    except UnreadableFile:
        return
    found = calendar.busy(since=SINCE, until=UNTIL)

    assert all(each.start < each.end and each.start.tzinfo is UTC for each in found)
    assert len(calendar.events) + len(calendar.free_busy) + len(found.not_read) >= begins


def test_a_long_line_of_folds_is_read_in_time():
    """A description of a megabyte, folded into single letters, and a megabyte of bare line ends, take no square."""
    began = time.process_time()
    read_calendar(event(NINE, "DESCRIPTION:" + "\r\n x" * 300_000))
    read_calendar(event(NINE, "\n" * 1_000_000))

    assert time.process_time() - began < 5


WITHOUT = """
import sys
sys.modules["icalendar"] = None  # what an import of something that is not installed comes to
from crmcore.errors import MissingExtra
from crmcore.hiring.invitations import invitation, read_calendar, read_reply
from tests.hiring.invitations.examples import an_interview, on, wall
print(len(invitation(an_interview(), side="panel", at=on().at).recipients))
for read in (read_calendar, read_reply):
    try:
        read("BEGIN:VCALENDAR")
    except MissingExtra as error:
        print(error)
"""


def test_without_the_extra_invitations_are_written_and_reading_names_it():
    """Only what reads needs the library; it says so with the command; importing the room loads none of it."""
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, encoding="utf-8", check=True)
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, crmcore.hiring.invitations; print({'icalendar', 'numpy'} & set(sys.modules))",
        ],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    assert [
        "2",
        *["to read calendars, install the extra: pip install 'crmcore[calendar]'"] * 2,
    ] == done.stdout.splitlines()
    assert "set()" == loaded.stdout.strip()
