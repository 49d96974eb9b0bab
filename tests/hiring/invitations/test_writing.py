"""Invitations as they are written: what each reads, times in every zone, and hostile texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError, LawBroken
from crmcore.hiring.invitations import (
    Method,
    Side,
    Wording,
    cancellation,
    interview_uid,
    invitation,
    messages_after,
    read_calendar,
    uid_for,
    withdrawals,
)
from crmcore.hiring.invitations._timezones import described
from crmcore.model.hiring.interview import Attendee, Organiser, Panelist
from crmcore.model.hiring.wall_time import WallTime
from tests.hiring.invitations.examples import an_interview, on, wall
from tests.hiring.invitations.itip import instant_of, parsed, violations

PANEL = Wording(title="Interview Ada Lovelace", notes="Doubts about her Java; salary 80k")
CANDIDATE = Wording(notes="Bring a laptop")
TEXTS = st.text(st.characters(exclude_categories=()), max_size=200)


def event_of(message):
    (event,) = parsed(message.ics).parts("VEVENT")
    return event


def test_the_candidate_reads_nothing_of_the_panel():
    """Neither the panel's notes and title nor its addresses, names, or any id of ours stand in what candidates get."""
    for_candidate, for_panel = messages_after(None, an_interview(), at=on().at, candidate=CANDIDATE, panel=PANEL)
    shown = for_candidate.ics.replace(b"\r\n ", b"").decode()
    secret = ["Java", "80k", "Lovelace", "bo@", "cy@", "Bo", "Cy", "u-1", "application-77", "contact-88"]

    assert [] == [each for each in secret if each in shown]
    assert {"Java", "80k", "bo@"} <= {each for each in secret if each in for_panel.ics.replace(b"\r\n ", b"").decode()}
    assert "laptop" not in for_panel.ics.decode()
    assert for_candidate.uid != for_panel.uid


def test_a_uid_is_of_one_side():
    """Names of candidates' events are told from those of panels', and lead back to the interview."""
    assert ("i-1", Side.CANDIDATE) == interview_uid(uid_for("i-1", Side.CANDIDATE))
    assert ("i-1", Side.PANEL) == interview_uid(uid_for("i-1", Side.PANEL))
    with pytest.raises(InputError, match="marks those of candidates"):
        uid_for("i-1~candidate", Side.PANEL)


def test_roles_and_answers_are_shown():
    """The lead chairs, others are required or optional; an answer is shown, and asked for only where there is none."""
    interview, _ = an_interview().responded("bo@example.org", "accepted", sequence=0, at=on(1).at, on=on(1))
    bo, cy = event_of(invitation(interview, side="panel", at=on(1).at)).all("ATTENDEE")

    assert {"CUTYPE": "INDIVIDUAL", "ROLE": "CHAIR", "PARTSTAT": "ACCEPTED", "CN": "Bo"} == bo.params
    assert ("REQ-PARTICIPANT", "NEEDS-ACTION", "TRUE") == (cy.params["ROLE"], cy.params["PARTSTAT"], cy.params["RSVP"])


def test_an_update_keeps_the_uid_and_raises_the_sequence_alone():
    """Another time is the same event with a higher sequence; another title has the same sequence and a later stamp."""
    first = an_interview()
    moved, _ = first.reschedule(WallTime.of(wall(2026, 3, 30, 9), "Europe/Amsterdam"), on=on(1))
    named, _ = moved.retitle("Interview about code", on=on(2))
    shown = [
        event_of(messages_after(before, now, at=on(day).at)[0])
        for day, (before, now) in enumerate([(None, first), (first, moved), (moved, named)])
    ]

    assert [("i-1~candidate", "0"), ("i-1~candidate", "1"), ("i-1~candidate", "1")] == [
        (each.one("UID").value, each.one("SEQUENCE").value) for each in shown
    ]
    assert sorted({each.one("DTSTAMP").value for each in shown}) == [each.one("DTSTAMP").value for each in shown]


def test_an_answer_sends_nothing():
    """Where only somebody answered, or nothing happened, there is nothing to send."""
    before = an_interview()
    after, _ = before.responded("bo@example.org", "declined", sequence=0, at=on(1).at, on=on(1))

    assert () == messages_after(before, after, at=on(1).at)
    assert () == messages_after(before, before, at=on(1).at)


def test_what_takes_place_sends_nothing():
    """An interview that was held, missed or is complete is in every calendar already."""
    before = an_interview()
    held, _ = before.hold(on=on(30))

    assert () == messages_after(before, held, at=on(30).at)
    with pytest.raises(LawBroken, match="only one that is scheduled"):
        invitation(held, side="panel", at=on(30).at)


def test_who_leaves_is_told_alone():
    """Who is not in the panel any more gets a cancellation of their own; nobody else stands in it."""
    before = an_interview()
    after, _ = before.with_panel(before.panel[:1], on=on(1))
    messages = messages_after(before, after, at=on(1).at, panel=PANEL, comment="Bo does it alone")
    (gone,) = [each for each in messages if each.method is Method.CANCEL]

    assert (("cy@example.org", "Cy"),) == gone.recipients
    assert ["mailto:cy@example.org"] == [each.value for each in event_of(gone).all("ATTENDEE")]
    assert [] == event_of(gone).all("STATUS")
    assert "1" == event_of(gone).one("SEQUENCE").value
    assert {"bo@example.org", "ada@example.com"} == {
        each.recipients[0][0] for each in messages if each.method is Method.REQUEST
    }


def test_a_changed_address_moves_the_event():
    """The calendar at the old address is told that it is off, the one at the new address is invited."""
    before = an_interview()
    bo = before.panel[0].evolve(email="bo@new.example.org")
    after, _ = before.with_panel([bo, before.panel[1]], on=on(1))
    messages = messages_after(before, after, at=on(1).at)

    assert [("CANCEL", ["bo@example.org"]), ("REQUEST", ["bo@new.example.org", "cy@example.org"])] == [
        (each.method.value, [mailbox for mailbox, _ in each.recipients]) for each in messages if each.side is Side.PANEL
    ]


def test_a_cancelled_interview_is_cancelled_for_both():
    """Each side gets one cancellation of the whole, under its own name, with a higher sequence."""
    before = an_interview()
    after, _ = before.cancel(on=on(1))
    messages = messages_after(before, after, at=on(1).at, comment="The job is filled")

    assert [("i-1~candidate", "CANCELLED", "1"), ("i-1", "CANCELLED", "1")] == [
        (each.uid, event_of(each).one("STATUS").value, event_of(each).one("SEQUENCE").value) for each in messages
    ]
    assert [] == [fault for each in messages for fault in violations(each.ics, ends_all=True)]
    assert () == messages_after(after, after, at=on(2).at)


def test_what_cannot_be_sent_is_refused():
    """Inviting to what is cancelled, cancelling what is not, uninviting who is invited, or writing to nobody."""
    interview = an_interview()
    cancelled, _ = interview.cancel(on=on(1))
    unknown = an_interview(candidate=Attendee(name="Ada"))

    with pytest.raises(LawBroken, match="is cancelled; only"):
        invitation(cancelled, side="panel", at=on().at)
    with pytest.raises(LawBroken, match="call `cancel` on it first"):
        cancellation(interview, side="panel", at=on().at)
    with pytest.raises(LawBroken, match="is still invited"):
        withdrawals(interview, [interview.panel[0]], at=on().at)
    with pytest.raises(InputError, match="the candidate of interview 'i-1' has no mail address"):
        invitation(unknown, side="candidate", at=on().at)
    with pytest.raises(InputError, match="for the candidate or the panel, not for 'everybody'"):
        invitation(interview, side="everybody", at=on().at)
    with pytest.raises(InputError, match="not the same interview"):
        messages_after(an_interview(uid="other"), interview, at=on().at)
    with pytest.raises(InputError):
        invitation(interview, side="panel", at=wall(2026, 3, 1))
    assert 1 == len(messages_after(None, unknown, at=on().at)), "the panel is invited nevertheless"


def test_a_video_link_is_where_calendars_show_it():
    """Without a place it is the place; with one it follows the notes; a calendar that knows conferences gets it too."""
    link = "https://meet.example.org/x;y,z?a=1"
    online = event_of(invitation(an_interview(video_link=link), side="candidate", at=on().at))
    both = event_of(
        invitation(an_interview(video_link=link, location="Room 7"), side="candidate", at=on().at, wording=CANDIDATE)
    )

    assert (link, link) == (online.one("LOCATION").text(), online.one("CONFERENCE").value)
    assert ("Room 7", f"Bring a laptop\n\n{link}") == (both.one("LOCATION").text(), both.one("DESCRIPTION").text())


def test_equal_arguments_give_equal_octets():
    """No clock and no chance: the same interview is written in the same octets."""
    first, second = (invitation(an_interview(), side="panel", at=on().at, wording=PANEL).ics for _ in range(2))

    assert first == second


@given(name=TEXTS, notes=TEXTS, title=TEXTS, place=TEXTS, comment=TEXTS)
def test_no_text_becomes_a_property(name, notes, title, place, comment):
    """Whatever people call themselves and write, a message has the properties that it was meant to have, and no more."""
    shown = {"name": name.encode("utf-8", "replace").decode()}
    interview = an_interview(
        candidate=Attendee(email="ada@example.com", **shown),
        organiser=Organiser(email="eva@example.org", **shown),
        panel=[Panelist(user="u-1", email="bo@example.org", **shown)],
        location=place.encode("utf-8", "replace").decode(),
    )
    wording = Wording(title=title, notes=notes)
    plain = an_interview(panel=[Panelist(user="u-1", email="bo@example.org")])
    expected = [each.name for each in event_of(invitation(plain, side="panel", at=on().at)).properties]
    message = invitation(interview, side="panel", at=on().at, wording=wording)
    cancelled = cancellation(interview.cancel(on=on(1))[0], side="panel", at=on(1).at, comment=comment)
    names = [each.name for each in event_of(message).properties if each.name not in {"DESCRIPTION", "LOCATION"}]

    assert [] == violations(message.ics) + violations(cancelled.ics, ends_all=True)
    assert expected == names
    assert ["mailto:bo@example.org"] == [each.value for each in event_of(message).all("ATTENDEE")]
    assert [["UID", "DTSTAMP", "SEQUENCE", "ORGANIZER"]] == [names[:4]]


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300))
def test_a_text_is_read_back_as_it_was(notes):
    """Backslashes, commas, semicolons and letters of several octets survive folding and escaping."""
    notes = notes.translate({0x2028: " ", 0x2029: " "}).strip()
    message = invitation(an_interview(), side="panel", at=on().at, wording=Wording(notes=notes))
    by_library = icalendar.Calendar.from_ical(message.ics).walk("VEVENT")[0]
    found = event_of(message).all("DESCRIPTION")

    assert notes == (found[0].text() if found else "")
    assert notes.replace("\\n", "\n") == str(by_library.get("DESCRIPTION", "")).replace("\\n", "\n")


@given(st.from_regex(r"[^\s@\x00-\x1f\x7f]{1,40}@[^\s@\x00-\x1f\x7f]{1,40}", fullmatch=True))
def test_an_address_is_read_back_as_it_was(mailbox):
    """Every address that an attendee may have is one URI, from which another program gets it back."""
    from crmcore.hiring.invitations._addresses import mailbox_of

    interview = an_interview(candidate=Attendee(email=mailbox.encode("utf-8", "replace").decode()))
    message = invitation(interview, side="candidate", at=on().at)
    value = event_of(message).one("ATTENDEE").value

    assert [] == violations(message.ics)
    assert interview.candidate.email == mailbox_of(value) or not interview.candidate.email.isprintable()


def test_the_second_of_two_equal_hours_is_written_in_utc():
    """In a zone a calendar would take 02:30 for the first of the two, and be an hour early."""
    first, second = (
        event_of(
            invitation(
                an_interview(start=WallTime.of(wall(2026, 10, 25, 2, 30), "Europe/Amsterdam", fold=fold), minutes=15),
                side="panel",
                at=on().at,
            )
        )
        for fold in (0, 1)
    )

    assert {"TZID": "Europe/Amsterdam"} == first.one("DTSTART").params
    assert ("20261025T013000Z", "20261025T014500Z") == (second.one("DTSTART").value, second.one("DTEND").value)


def test_an_interview_takes_as_long_while_clocks_are_changed():
    """From half past one, two hours over the change in spring end at half past four on the wall."""
    start = WallTime.of(wall(2026, 3, 29, 1, 30), "Europe/Amsterdam")
    event = event_of(invitation(an_interview(start=start, minutes=120), side="panel", at=on().at))

    assert ("20260329T013000", "20260329T043000") == (event.one("DTSTART").value, event.one("DTEND").value)


@pytest.mark.parametrize("start", range(0, 600, 60))
def test_a_described_zone_gives_the_same_instants(start):
    """Of every zone there is, the description that is sent gives, read alone, the offsets that Python knows."""
    zones = sorted(available_timezones() - {"localtime"})[start : start + 60]
    alike = {described(zone, 2026)[2:]: zone for zone in zones}  # many are one zone under two names
    for zone in alike.values():
        lines = "\r\n".join(described(zone, 2026)).replace(f"TZID:{zone}", "TZID:Private")
        known = ZoneInfo(zone)
        instants = [
            datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=days, hours=days % 24) for days in range(0, 365, 6)
        ]
        walls = [each.astimezone(known) for each in instants]
        events = "".join(
            f"BEGIN:VEVENT\r\nUID:{place}\r\nDTSTART;TZID=Private:{wall:%Y%m%dT%H%M%S}\r\nDURATION:PT1M\r\nEND:VEVENT\r\n"
            for place, wall in enumerate(walls)
            if not wall.fold
        )
        calendar = read_calendar(f"BEGIN:VCALENDAR\r\n{lines}\r\n{events}END:VCALENDAR\r\n")
        busy = calendar.busy(since=datetime(2025, 12, 1, tzinfo=UTC), until=datetime(2027, 2, 1, tzinfo=UTC))

        assert () == busy.not_read, zone
        assert [each for each, wall in zip(instants, walls, strict=True) if not wall.fold] == [
            each.start for each in busy
        ], zone


def test_a_rule_is_written_where_there_is_one():
    """A zone whose clocks change by one rule is described by it; one whose changes follow the moon has them listed."""
    amsterdam, casablanca, kolkata = (
        described(zone, 2026) for zone in ("Europe/Amsterdam", "Africa/Casablanca", "Asia/Kolkata")
    )

    assert [
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    ] == [each for each in amsterdam if each.startswith("RRULE")]
    assert not any(each.startswith("RRULE") for each in casablanca)
    assert casablanca.count("BEGIN:STANDARD") + casablanca.count("BEGIN:DAYLIGHT") >= 5
    assert 1 == kolkata.count("BEGIN:STANDARD")


@given(
    st.datetimes(wall(1990, 1, 1), wall(2060, 1, 1)),
    st.sampled_from(["Europe/Dublin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tehran"]),
)
def test_another_library_reads_the_same_instant(local, zone):
    """Whatever the year, the strict parser and another library come to the instant of the record."""
    start = WallTime.at(local.replace(second=0, microsecond=0, tzinfo=UTC), zone)
    message = invitation(an_interview(start=start), side="candidate", at=on().at)
    event = icalendar.Calendar.from_ical(message.ics).walk("VEVENT")[0]

    assert start.instant == event["DTSTART"].dt.astimezone(UTC)
    assert start.instant == instant_of(event_of(message), "DTSTART").astimezone(UTC)
    assert [] == violations(message.ics)
