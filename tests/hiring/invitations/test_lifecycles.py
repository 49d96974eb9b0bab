"""Random lives of interviews: every message passes a strict parser, another library, and the tables of RFC 5546."""

from __future__ import annotations

import attrs
import pytest

from crmcore.hiring.invitations import Method, invitation, messages_after
from tests.hiring.invitations import lifecycles
from tests.hiring.invitations.examples import an_interview, on
from tests.hiring.invitations.itip import violations
from tests.hiring.invitations.lifecycles import answered, lived


@pytest.mark.parametrize("block", range(10))
def test_no_life_breaks_a_law(block):
    """Scheduled, moved, answered, handed to others and cancelled at random, no message breaks a law of RFC 5546."""
    lives = [lived(seed) for seed in range(30 * block, 30 * (block + 1))]

    assert [] == [(seed, life.broken) for seed, life in enumerate(lives, start=30 * block) if life.broken]


def test_lives_hold_what_they_are_to_test():
    """Among the lives above there is every method, and there are answers that are refused."""
    sent = sum((lived(seed).sent for seed in range(40)), start=lived(40).sent)

    assert {"REQUEST", "REPLY", "CANCEL", "DECLINECOUNTER", "refused"} == set(sent)
    assert min(sent.values()) >= 3


REQUEST = invitation(an_interview(), side="panel", at=on().at).ics
CANCEL = messages_after(an_interview(), an_interview().cancel(on=on(1))[0], at=on(1).at)[1].ics
REPLY = answered(REQUEST, "bo@example.org", "ACCEPTED", on(1).at)


def line(octets: bytes, begin: bytes) -> bytes:
    """Return the first line that begins so."""
    return next(each for each in octets.split(b"\r\n") if each.startswith(begin)) + b"\r\n"


def without(octets: bytes, begin: bytes) -> bytes:
    return octets.replace(line(octets, begin), b"", 1)


def twice(octets: bytes, begin: bytes) -> bytes:
    found = line(octets, begin)
    return octets.replace(found, found * 2, 1)


BROKEN = {
    "no stamp": without(REQUEST, b"DTSTAMP"),
    "no uid": without(REQUEST, b"UID"),
    "two uids": twice(REQUEST, b"UID"),
    "no organiser": without(REQUEST, b"ORGANIZER"),
    "no start": without(REQUEST, b"DTSTART;"),
    "two starts": twice(REQUEST, b"DTSTART;"),
    "no title": without(REQUEST, b"SUMMARY"),
    "two sequences": twice(REQUEST, b"SEQUENCE"),
    "no method": without(REQUEST, b"METHOD"),
    "a length beside an end": REQUEST.replace(b"SUMMARY", b"DURATION:PT1H\r\nSUMMARY", 1),
    "cancelled by a request": REQUEST.replace(b"CONFIRMED", b"CANCELLED", 1),
    "a request status": REQUEST.replace(b"SUMMARY", b"REQUEST-STATUS:2.0;ok\r\nSUMMARY", 1),
    "no zone": REQUEST.replace(b"VTIMEZONE", b"X-OTHER").replace(b"TZID:Eu", b"X-ZONE:Eu"),
    "a local stamp": REQUEST.replace(b"T090000Z", b"T090000", 1),
    "an event of another uid": REQUEST.replace(
        b"END:VCALENDAR", b"BEGIN:VEVENT\r\nUID:other\r\nEND:VEVENT\r\nEND:VCALENDAR"
    ),
    "a task beside it": REQUEST.replace(b"END:VCALENDAR", b"BEGIN:VTODO\r\nUID:i-1\r\nEND:VTODO\r\nEND:VCALENDAR"),
    "line feeds alone": REQUEST.replace(b"\r\n", b"\n"),
    "a line too long": REQUEST.replace(b"SUMMARY:", b"SUMMARY:" + b"x" * 80, 1),
    "a letter split": REQUEST.replace(b"SUMMARY:", "SUMMARY:ü".encode()[:-1] + b"\r\n \xbc", 1),
    "no end": REQUEST.removesuffix(b"END:VCALENDAR\r\n"),
    "a property made up": REQUEST.replace(b"SUMMARY", b"NONSENSE:1\r\nSUMMARY", 1),
    "a quote left open": REQUEST.replace(b"CN=Bo", b'CN="Bo', 1),
    "a cancellation without a sequence": without(CANCEL, b"SEQUENCE"),
    "a cancellation of nobody": CANCEL.replace(b"ATTENDEE", b"X-NOBODY"),
    "a cancellation of all without a status": without(CANCEL, b"STATUS"),
    "an answer of two": REPLY.replace(b"UID", b"ATTENDEE:mailto:x@example.org\r\nUID", 1),
    "an answer of nobody": REPLY.replace(b"ATTENDEE", b"X-NOBODY"),
    "an answer to nobody": REPLY.replace(b"ORGANIZER", b"X-NOBODY"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_the_check_sees_each_fault(fault):
    """The check that all lives pass is not blind: it finds each of these faults, put into a message that has none."""
    assert [] == violations(REQUEST) + violations(CANCEL, ends_all=True) + violations(REPLY)
    assert violations(BROKEN[fault], ends_all=True) != []


def stuck(messages):
    """Return messages as some products send them: the sequence never rises."""
    return tuple(
        attrs.evolve(each, sequence=0, ics=each.ics.replace(b"SEQUENCE:%d" % each.sequence, b"SEQUENCE:0"))
        for each in messages
    )


def untold(messages):
    """Return messages without those for who left, who keep the interview in their calendar."""
    return tuple(each for each in messages if each.method is not Method.CANCEL or b"STATUS" in each.ics)


def told_all(messages):
    """Return messages that show the candidate what the panel reads."""
    return tuple(
        attrs.evolve(each, ics=each.ics.replace(b"bring your laptop", b"ask about the gap in 2019"))
        for each in messages
    )


@pytest.mark.parametrize("fault", [stuck, untold, told_all])
def test_lives_under_a_fault_break(fault, monkeypatch):
    """Were the sequence stuck, who leaves not told, or the panel's notes shown, the lives above would break."""
    monkeypatch.setattr(lifecycles, "messages_after", lambda *given, **more: fault(messages_after(*given, **more)))

    assert any(lived(seed).broken for seed in range(10))


def test_who_alone_leaves_is_not_told_that_all_is_cancelled():
    """A cancellation for one who leaves has no status, and the check finds one that has, or that lacks it for all."""
    now = an_interview().with_panel(an_interview().panel[:1], on=on(1))[0]
    message = messages_after(an_interview(), now, at=on(1).at)[1]

    assert [] == violations(message.ics, ends_all=False)
    assert ["STATUS: not of those who are uninvited"] == violations(CANCEL, ends_all=False)
