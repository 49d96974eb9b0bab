"""When events repeat: by another library's opinion, over changes of the clocks, and under rules meant to hang."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import icalendar
import pytest
import recurring_ical_events
from dateutil.rrule import rrulestr
from hypothesis import assume, given
from hypothesis import strategies as st

from crmcore.hiring.invitations import CalendarLimits, read_calendar
from crmcore.hiring.invitations._recurring import Budget, repeats
from crmcore.hiring.invitations._rule import rule_of
from tests.hiring.invitations.examples import wall

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


@st.composite
def rules(draw):
    """Return a start, and the text of a rule that it is one of the times of, of all the parts that are read alike."""
    start = draw(st.datetimes(wall(2024, 1, 1), wall(2024, 12, 31))).replace(microsecond=0)
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]))

    def some(own: int, low: int, high: int) -> list[int]:
        more = st.lists(st.integers(low, high).filter(lambda each: each not in {0, own}), max_size=3, unique=True)
        return draw(st.one_of(st.just([]), more.map(lambda values: [own, *values])))

    place = draw(st.sampled_from(["", str((start.day - 1) // 7 + 1)])) if frequency == "MONTHLY" else ""
    parts = {
        "BYMONTH": some(start.month, 1, 12),
        "BYMONTHDAY": some(start.day, -31, 31) if frequency != "WEEKLY" else [],
        "BYDAY": [f"{place}{DAYS[each]}" for each in some(start.weekday(), 0, 6)],
        "BYYEARDAY": some(start.timetuple().tm_yday, -366, 366) if frequency == "YEARLY" else [],
        "BYHOUR": some(start.hour, 0, 23),
        "BYMINUTE": some(start.minute, 0, 59),
        "BYSECOND": some(start.second, 0, 59),
    }
    if frequency not in {"HOURLY", "MINUTELY", "SECONDLY"} and any(parts.values()):
        parts["BYSETPOS"] = draw(st.sampled_from([[], [1], [-1, 1], [2, 1]]))
    lines = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 5))}"]
    lines += [f"{name}={','.join(map(str, each))}" for name, each in parts.items() if each]
    lines += draw(st.sampled_from([[], ["WKST=SU"], ["WKST=TH"]]))
    return start, ";".join(lines + draw(st.sampled_from([[], [f"COUNT={draw(st.integers(1, 30))}"]])))


def ours(text: str, start: datetime, first: datetime, last: datetime) -> list[datetime]:
    rule = rule_of(icalendar.vRecur.from_ical(text))
    return list(repeats(start, rule, first=first, last=last, until=None, budget=Budget(300_000)))


@given(rules(), st.integers(0, 400))
def test_another_library_knows_the_same_times(rule, days):
    """Rules of every frequency give the times that dateutil gives, in any window, counted or not."""
    start, text = rule
    often = "MINUTELY" in text or "SECONDLY" in text
    first = start + timedelta(minutes=days) if often else start + timedelta(days=days)
    last = first + (timedelta(minutes=20) if often else timedelta(days=90))
    theirs = rrulestr(text, dtstart=start)
    assume(next(iter(theirs)) == start)  # by BYSETPOS it may be none; RFC 5545 leaves open what it means then

    assert theirs.between(first, last, inc=True) == ours(text, start, first, last)


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12T09:00", ["1997-05-12", "1998-05-11", "1999-05-17"]),
        ("FREQ=YEARLY;BYMONTH=1,2;BYMONTHDAY=-1", "1998-01-31T09:00", ["1998-01-31", "1998-02-28", "1999-01-31"]),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1998-02-13T09:00", ["1998-02-13", "1998-03-13", "1998-11-13"]),
        ("FREQ=MONTHLY;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04T09:00", ["1997-09-04", "1997-10-07", "1997-11-06"]),
        ("FREQ=YEARLY;BYDAY=20MO", "1997-05-19T09:00", ["1997-05-19", "1998-05-18", "1999-05-17"]),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "1996-11-05T09:00",
         ["1996-11-05", "2000-11-07", "2004-11-02"]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05T09:00",
         ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05T09:00",
         ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007-01-15T09:00",
         ["2007-01-15", "2007-01-30", "2007-02-15", "2007-03-15", "2007-03-30"]),
        ("FREQ=YEARLY;INTERVAL=3;COUNT=4;BYYEARDAY=1,100,200", "1997-01-01T09:00",
         ["1997-01-01", "1997-04-10", "1997-07-19", "2000-01-01"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997-09-29T09:00", ["1997-09-29", "1997-10-30", "1997-11-27"]),
        ("FREQ=YEARLY", "2024-02-29T09:00", ["2024-02-29", "2028-02-29", "2032-02-29"]),
        ("FREQ=YEARLY;BYWEEKNO=53", "2020-12-30T09:00", ["2020-12-30", "2026-12-30", "2032-12-29"]),
    ],
)  # fmt: skip
def test_the_examples_of_the_rfc(text, start, expected):
    """The worked examples of RFC 5545, 3.8.5.3, and leap days and weeks, give the days that stand there."""
    begin = datetime.fromisoformat(start)
    found = ours(text, begin, begin, begin + timedelta(days=365 * 13))

    assert expected == [f"{each:%Y-%m-%d}" for each in found[: len(expected)]]
    assert "COUNT" not in text or len(expected) == len(found)


@st.composite
def calendars(draw):
    """Return a calendar of one series, with days left out, added and moved."""
    zone = draw(st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]))
    start = draw(st.datetimes(wall(2026, 1, 5), wall(2026, 3, 1))).replace(second=0, microsecond=0, hour=10)
    minutes = draw(st.integers(1, 600))
    every = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "DAILY;INTERVAL=3"]))
    until = (start + timedelta(days=draw(st.integers(1, 250)), hours=draw(st.integers(-30, 30)))).strftime(
        "%Y%m%dT%H%M%SZ"
    )
    ends = draw(st.sampled_from(["", f";COUNT={draw(st.integers(1, 40))}", f";UNTIL={until}"]))
    occurrence = start + timedelta(days=7 * draw(st.integers(1, 30)))
    left_out = [start + timedelta(days=draw(st.integers(1, 200))) for _ in range(draw(st.integers(0, 3)))]
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z",
        f"DTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}", f"DURATION:PT{minutes}M", f"RRULE:FREQ={every}{ends}",
        *(f"EXDATE;TZID={zone}:{each:%Y%m%dT%H%M%S}" for each in left_out),
        *([f"RDATE;TZID={zone}:{start + timedelta(days=50, hours=3):%Y%m%dT%H%M%S}"] if draw(st.booleans()) else []),
        "END:VEVENT",
    ]  # fmt: skip
    if every not in {"MONTHLY", "DAILY;INTERVAL=3"} and occurrence not in left_out and not ends:
        moved = occurrence + timedelta(hours=draw(st.integers(-9, 9)))
        later = draw(st.sampled_from(["", ";RANGE=THISANDFUTURE"])) if not left_out else ""
        lines += [
            "BEGIN:VEVENT", "UID:1", "DTSTAMP:20260102T000000Z", f"RECURRENCE-ID{later};TZID={zone}:{occurrence:%Y%m%dT%H%M%S}",
            f"DTSTART;TZID={zone}:{moved:%Y%m%dT%H%M%S}", "DURATION:PT20M", "END:VEVENT",
        ]  # fmt: skip
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


@given(calendars(), st.integers(0, 300), st.integers(1, 90))
def test_another_library_knows_the_same_series(text, days, length):
    """Series with times left out, added and moved, over changes of the clocks, are as recurring-ical-events has them."""
    since = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days)
    until = since + timedelta(days=length)
    theirs = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(since, until)
    spans = sorted((each["DTSTART"].dt.astimezone(UTC), each["DTEND"].dt.astimezone(UTC)) for each in theirs)
    busy = read_calendar(text).busy(since=since, until=until)

    assert [] == [*busy.not_read]
    assert sorted(set(spans)) == [(each.start, each.end) for each in busy]


HOSTILE = [
    "FREQ=SECONDLY",
    "FREQ=SECONDLY;INTERVAL=1;COUNT=2000000000",
    "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=MINUTELY;BYHOUR=25",
    "FREQ=MINUTELY;BYMONTHDAY=31;BYMONTH=2;COUNT=2",
    "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=31",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=YEARLY;INTERVAL=2147483647",
    "FREQ=SECONDLY;INTERVAL=2147483647",
    "FREQ=DAILY;COUNT=2147483647",
    "FREQ=WEEKLY;BYDAY=MO,TU;WKST=SU;UNTIL=99991231T235959Z",
    "FREQ=YEARLY;BYYEARDAY=" + ",".join(map(str, range(1, 367))) + ";BYHOUR=" + ",".join(map(str, range(24)))
    + ";BYMINUTE=" + ",".join(map(str, range(60))) + ";BYSECOND=" + ",".join(map(str, range(60))),
    "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),
    "FREQ=SECONDLY;BYSECOND=61",
    "FREQ=DAILY;BYSETPOS=0",
    "FREQ=DAILY;INTERVAL=0",
    "FREQ=DAILY;BYDAY=99MO",
    "FREQ=NEVER",
    "INTERVAL=2",
    "FREQ=DAILY;FREQ=WEEKLY",
    "FREQ=DAILY;EVIL=1",
    ";;;=,",
]  # fmt: skip


@pytest.mark.parametrize("start", ["19000101T000000", "20260101T000000Z", "99991230T000000Z"])
@pytest.mark.parametrize("rule", range(len(HOSTILE)))
def test_a_rule_meant_to_hang_is_left_out_in_time(rule, start):
    """Rules that mean millions of events, or none until the year 9999, take a moment and lose no other event."""
    text = (
        f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:bad\nDTSTART:{start}\nDURATION:PT1S\nRRULE:{HOSTILE[rule]}\nEND:VEVENT\n"
        "BEGIN:VEVENT\nUID:good\nDTSTART:20260310T090000Z\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    began = time.process_time()
    busy = read_calendar(text).busy(since=datetime(2026, 3, 1, tzinfo=UTC), until=datetime(2026, 6, 1, tzinfo=UTC))

    assert time.process_time() - began < 3
    assert 1 == sum(each.uid == "good" for each in busy)
    assert "good" not in {each.uid for each in busy.not_read}


def test_what_repeats_too_often_is_listed():
    """An event of every second is told to be left out; a window of one minute of it can be read."""
    text = "BEGIN:VEVENT\nUID:tick\nDTSTART:20000101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY\nEND:VEVENT\n"
    since = datetime(2026, 3, 1, tzinfo=UTC)
    calendar = read_calendar(text)
    year = calendar.busy(since=since, until=since + timedelta(days=365))
    minute = calendar.busy(since=since, until=since + timedelta(minutes=1))

    assert (0, ["too-many"]) == (len(year), [each.code for each in year.not_read])
    assert ["too-many"] == [each.code for each in minute.not_read], "four days around it are looked at"


def test_all_events_together_have_a_bound():
    """A thousand greedy events take no longer than the steps of a calendar allow, and each that is left out is listed."""
    event = "BEGIN:VEVENT\nUID:{0}\nDTSTART:20000101T000000Z\nDURATION:PT1M\nRRULE:FREQ=MINUTELY\nEND:VEVENT\n"
    text = "".join(event.format(place) for place in range(1_000))
    since = datetime(2026, 3, 1, tzinfo=UTC)
    calendar = read_calendar(text, limits=CalendarLimits(steps=100_000, event_steps=20_000))
    began = time.process_time()
    busy = calendar.busy(since=since, until=since + timedelta(days=30))

    assert time.process_time() - began < 5
    assert 1_000 == len(busy.not_read)
    assert {"too-many"} == {each.code for each in busy.not_read}


def test_a_short_event_of_every_quarter_of_an_hour_is_read():
    """What repeats often, but not too often, is read from long ago on without counting all that came before."""
    text = "BEGIN:VEVENT\nUID:q\nDTSTART:19700101T000000Z\nDURATION:PT5M\nRRULE:FREQ=MINUTELY;INTERVAL=15\nEND:VEVENT\n"
    since = datetime(2026, 3, 1, tzinfo=UTC)
    busy = read_calendar(text).busy(since=since, until=since + timedelta(days=1))

    assert 96 == len(busy)
