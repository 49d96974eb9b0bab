"""What attendees answer: every kind of answer, in whatever order and from whomever it comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError, ReplyRefused, UnreadableFile
from crmcore.hiring.invitations import Method, ReplyOutcome, apply_reply, decline_counter, invitation, read_reply
from crmcore.model.hiring.interview import Response
from crmcore.model.hiring.wall_time import WallTime
from tests.hiring.invitations.examples import BEGIN, an_interview, on, wall
from tests.hiring.invitations.itip import parsed, violations
from tests.hiring.invitations.lifecycles import answered

PANEL = invitation(an_interview(), side="panel", at=BEGIN).ics
CANDIDATE = invitation(an_interview(), side="candidate", at=BEGIN).ics


def reply(
    answer: str = "ACCEPTED",
    *,
    who: str = "bo@example.org",
    method: str = "REPLY",
    uid: str = "i-1",
    sequence: int | str = 0,
    at: str = "20260302T120000Z",
    more: str = "",
    params: str = "",
) -> bytes:
    """Return an answer as a calendar program writes it."""
    return (
        f"BEGIN:VCALENDAR\r\nPRODID:-//x//EN\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\n"
        f"ATTENDEE;PARTSTAT={answer}{params}:mailto:{who}\r\nDTSTAMP:{at}\r\nORGANIZER:mailto:eva@example.org\r\n"
        f"UID:{uid}\r\nSEQUENCE:{sequence}\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


def applied(octets: bytes, interview=None, **more):
    return apply_reply(interview or an_interview(), read_reply(octets), on=on(1), **more)


@pytest.mark.parametrize("answer", ["ACCEPTED", "declined", "Tentative"])
def test_an_answer_changes_one_attendee(answer):
    """Only who answers has another answer afterwards, with the instant of its stamp; the sequence is as it was."""
    before = an_interview()
    found = applied(reply(answer, who="BO@example.org"), before)

    assert (ReplyOutcome.RECORDED, "interview.answered") == (found.outcome, found.event.type)
    assert (Response(answer.lower()), datetime(2026, 3, 2, 12, tzinfo=UTC)) == (
        found.interview.panel[0].response, found.interview.panel[0].responded_at
    )  # fmt: skip
    assert before == found.interview.evolve(panel=before.panel)
    assert 0 == found.interview.sequence


def test_another_programs_answer_to_our_invitation_is_taken():
    """What another library makes of our message comes back to the right attendee of the right side."""
    by_panel = applied(answered(PANEL, "cy@example.org", "DECLINED", BEGIN))
    by_candidate = applied(answered(CANDIDATE, "ada@example.com", "ACCEPTED", BEGIN))

    assert Response.DECLINED is by_panel.interview.panel[1].response
    assert Response.ACCEPTED is by_candidate.interview.candidate.response


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (reply(who="eve@example.org"), "not-invited"),
        (reply(who="u-1@example.org"), "not-invited"),
        (reply(uid="i-1~candidate"), "not-invited"),
        (reply(who="ada@example.com"), "not-invited"),
        (reply(sequence=1), "never-sent"),
        (reply(method="COUNTER", who="eve@example.org"), "not-invited"),
        (reply(method="COUNTER", sequence=7), "never-sent"),
    ],
)
def test_an_answer_that_does_not_count_is_refused(octets, why):
    """From who is not invited, or not in that side, or to a version that was never sent; with the word for it."""
    with pytest.raises(ReplyRefused) as refused:
        applied(octets)

    assert why == refused.value.why


def test_an_answer_to_an_older_version_is_refused():
    """Who accepted nine o'clock has not accepted ten."""
    moved, _ = an_interview().reschedule(WallTime.of(wall(2026, 3, 30, 10), "Europe/Amsterdam"), on=on(0.5))
    for octets in (reply(), reply(method="COUNTER"), reply("X-LATER")):
        with pytest.raises(ReplyRefused, match="by now it is in version 1"):
            applied(octets, moved)
    assert Response.ACCEPTED is applied(reply(sequence=1), moved).interview.panel[0].response


def test_an_answer_to_what_is_cancelled_is_refused():
    """The sequence rose with the cancellation; and one of that version is not awaited either."""
    cancelled, _ = an_interview().cancel(on=on(0.5))
    whys = []
    for sequence in (0, 1):
        for method in ("REPLY", "COUNTER"):
            with pytest.raises(ReplyRefused) as refused:
                applied(reply(sequence=sequence, method=method), cancelled)
            whys.append(refused.value.why)

    assert ["superseded", "superseded", "not-awaited", "not-awaited"] == whys


def test_of_two_answers_the_later_holds_whichever_comes_first():
    """An answer that was overtaken by a later one is refused; the same one twice changes nothing and is no fault."""
    early, late = reply("ACCEPTED", at="20260302T100000Z"), reply("DECLINED", at="20260302T110000Z")
    first = applied(late).interview
    again = applied(late, first)

    assert (ReplyOutcome.REPEATED, None) == (again.outcome, again.event)
    assert again.interview is first
    with pytest.raises(ReplyRefused) as refused:
        applied(early, first)
    assert "out-of-order" == refused.value.why
    assert Response.DECLINED is applied(late, applied(early).interview).interview.panel[0].response


def test_a_stamp_from_the_future_does_not_shut_the_door():
    """A clock that is wrong by years counts as now, so that the next answer is still later."""
    first = applied(reply("ACCEPTED", at="99990101T000000Z")).interview
    later = apply_reply(first, read_reply(reply("DECLINED", at="20260305T000000Z")), on=on(5))

    assert on(1).at == first.panel[0].responded_at
    assert Response.DECLINED is later.interview.panel[0].response


def test_a_delegate_is_named_and_not_invited():
    """Who sends another is noted as delegating; the other counts only once the organiser has invited them."""
    sends = read_reply(reply("DELEGATED", params=';DELEGATED-TO="mailto:zoe@example.org"'))
    found = apply_reply(an_interview(), sends, on=on(1))
    theirs = reply(who="zoe@example.org", params=';DELEGATED-FROM="mailto:bo@example.org"').replace(
        b"UID:", b'ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:zoe@example.org":mailto:bo@example.org\r\nUID:', 1
    )

    assert (ReplyOutcome.DELEGATED, ("zoe@example.org",)) == (found.outcome, found.reply.delegated_to)
    assert Response.DELEGATED is found.interview.panel[0].response
    assert ("zoe@example.org", ("bo@example.org",)) == (read_reply(theirs).attendee, read_reply(theirs).delegated_from)
    with pytest.raises(ReplyRefused, match=r"'zoe@example.org' is not invited"):
        applied(theirs, found.interview)


def test_another_time_is_proposed_and_nothing_changed():
    """A COUNTER tells when they would rather meet, in UTC; the interview stays as it is."""
    octets = reply(
        "TENTATIVE",
        method="COUNTER",
        more="DTSTART;TZID=Europe/Amsterdam:20260330T100000\r\nDTEND;TZID=Europe/Amsterdam:20260330T104500\r\nCOMMENT:Monday?\r\n",
    )
    before = an_interview()
    found = applied(octets, before)

    assert (ReplyOutcome.PROPOSED, None, "Monday?") == (found.outcome, found.event, found.reply.comment)
    assert (datetime(2026, 3, 30, 8, tzinfo=UTC), datetime(2026, 3, 30, 8, 45, tzinfo=UTC)) == found.reply.proposal
    assert before is found.interview


def test_a_proposal_that_lists_everybody_needs_the_sender():
    """A COUNTER may list all attendees; then who proposes is known by the mail alone."""
    octets = reply(
        method="COUNTER", more="DTSTART:20260330T100000Z\r\nDURATION:PT1H\r\nATTENDEE:mailto:cy@example.org\r\n"
    )

    assert "" == read_reply(octets).attendee
    assert ReplyOutcome.PROPOSED is applied(octets, sender="cy@example.org").outcome
    with pytest.raises(InputError, match="give the sender"):
        applied(octets)


def test_a_proposal_that_lists_all_attendees_can_be_declined():
    """What was applied knows who proposed, so that they can be told no."""
    octets = reply(
        method="COUNTER", more="DTSTART:20260330T100000Z\r\nDURATION:PT1H\r\nATTENDEE:mailto:cy@example.org\r\n"
    )
    found = applied(octets, sender="Bo@example.org")
    message = decline_counter(found.interview, found.reply, at=on(1).at)

    assert "Bo@example.org" == found.reply.attendee
    assert ["bo@example.org"] == [mailbox for mailbox, _ in message.recipients]


@pytest.mark.parametrize("named", ["urn:uuid:0a1b", "/aMTM3/principal/", "invalid:nomail"])
def test_an_attendee_whom_a_server_names_in_its_own_way_is_known_by_the_address_beside_it(named):
    """As calendar servers write it; without an address beside it nobody has answered."""
    octets = reply(params=';CN="Bo, HR";EMAIL="bo@example.org"').replace(b"mailto:bo@example.org", named.encode())

    assert ReplyOutcome.RECORDED is applied(octets).outcome
    with pytest.raises(UnreadableFile, match="mail address"):
        read_reply(octets.replace(b"EMAIL", b"X-MAIL"))


def test_a_proposal_is_declined_to_who_made_it():
    """The message has the name and version of what was proposed for, and nothing that RFC 5546 forbids there."""
    counter = read_reply(
        reply("TENTATIVE", method="COUNTER", who="CY@example.org", more="DTSTART:20260330T100000Z\r\n")
    )
    message = decline_counter(an_interview(), counter, at=on(1).at, comment="The room is taken")
    (event,) = parsed(message.ics).parts("VEVENT")

    assert [] == violations(message.ics)
    assert ("i-1", 0, (("cy@example.org", "Cy"),)) == (message.uid, message.sequence, message.recipients)
    assert {"UID", "DTSTAMP", "SEQUENCE", "ORGANIZER", "COMMENT"} == {each.name for each in event.properties}
    assert (
        Method.DECLINECOUNTER is read_reply(message.ics.replace(b"COMMENT", b"ATTENDEE:mailto:x@y.z\r\nCOMMENT")).method
    )
    for octets in (reply(), reply(method="COUNTER", who="eve@example.org"), reply(method="COUNTER", uid="i-2")):
        with pytest.raises(InputError, match="no proposal for interview 'i-1'"):
            decline_counter(an_interview(), read_reply(octets), at=on(1).at)


@pytest.mark.parametrize("answer", ["NEEDS-ACTION", "X-LATER", "COMPLETED"])
def test_what_is_no_answer_changes_nothing(answer):
    """RFC 5545 has an unknown answer mean that none is given."""
    before = an_interview()

    assert (ReplyOutcome.UNANSWERED, before) == (
        applied(reply(answer), before).outcome,
        applied(reply(answer), before).interview,
    )


def test_nobody_answers_for_another_where_the_sender_is_given():
    """With the sender of the mail at hand, an answer in another's name is refused; without the check it would count."""
    assert ReplyOutcome.RECORDED is applied(reply(), sender="Bo@Example.org").outcome
    with pytest.raises(ReplyRefused, match="the mail is from somebody else") as refused:
        applied(reply(), sender="eve@example.org")
    assert "another-sender" == refused.value.why
    assert ReplyOutcome.RECORDED is applied(reply()).outcome


def test_an_answer_about_something_else_is_refused():
    """Another uid, or an organiser's message, is no answer to this interview."""
    with pytest.raises(InputError, match="not about interview 'i-1'"):
        applied(reply(uid="i-2"))
    with pytest.raises(InputError, match="only an organiser"):
        applied(reply(method="DECLINECOUNTER"))


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (reply(method="REQUEST"), "another-method"),
        (reply(method="CANCEL"), "another-method"),
        (reply().replace(b"METHOD:REPLY\r\n", b""), "another-method"),
        (reply().replace(b"METHOD", b"METHOD:COUNTER\r\nMETHOD"), "another-method"),
        (reply().replace(b"UID:i-1\r\n", b""), "no-uid"),
        (reply(uid=""), "no-uid"),
        (reply().replace(b"ATTENDEE", b"X-NOBODY"), "not-one-attendee"),
        (reply(more="ATTENDEE:mailto:cy@example.org\r\n"), "not-one-attendee"),
        (reply(who="").replace(b"mailto:", b"urn:uuid:7"), "not-one-attendee"),
        (reply(more="RECURRENCE-ID:20260327T133000Z\r\n"), "one-of-a-series"),
        (reply(sequence=-1), "unreadable-value"),
        (reply(sequence=2**31), "unreadable-value"),
        (reply(sequence="x"), "unreadable-value"),
        (reply(sequence="9" * 5_000), "unreadable-value"),
        (reply(at="yesterday"), "unreadable-value"),
        (reply(at="20260302"), "unreadable-value"),
        (reply().replace(b"VEVENT", b"VTODO"), "not-one-event"),
        (reply().replace(b"END:VCALENDAR", b"BEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR"), "not-one-event"),
        (reply() * 2, "not-one-calendar"),
        (reply()[:150], "not-one-calendar"),
        (b"Sure, see you then!", "not-a-calendar"),
        (b"", "empty"),
    ],
)
def test_what_is_no_answer_at_all_is_refused(octets, code):
    """Another method, several events, no name, nobody who answers, cut short: an error with a stable word."""
    with pytest.raises(UnreadableFile) as refused:
        read_reply(octets, source="reply.ics")

    assert (code, "reply.ics") == (refused.value.code, refused.value.path)


def test_every_cut_of_an_answer_is_refused():
    """An answer that lost its end is never taken for one."""
    whole = reply()
    for length in range(len(whole) - 3):
        with pytest.raises(UnreadableFile):
            read_reply(whole[:length])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ACCEPTED", "DECLINED", "TENTATIVE"]), st.integers(0, 59), st.sampled_from(["bo", "cy"])
        ),
        max_size=8,
    )
)
def test_in_any_order_the_latest_answers_hold(answers):
    """However mail is delayed and doubled, each attendee ends with the answer that they gave last."""
    given_once = list({(minute, who): (answer, minute, who) for answer, minute, who in answers}.values())

    def outcome(order):
        interview = an_interview()
        for answer, minute, who in order:
            try:
                interview = applied(
                    reply(answer, who=f"{who}@example.org", at=f"20260302T12{minute:02}00Z"), interview
                ).interview
            except ReplyRefused as refused:
                assert refused.why == "out-of-order"  # noqa: PT017 - it may, and then for this reason
        return interview

    last = {who: answer for answer, _, who in sorted(given_once, key=lambda each: each[1])}

    assert outcome(given_once) == outcome([*reversed(given_once), *given_once])
    assert last == {
        each.email[:2]: each.response.value.upper()
        for each in outcome(given_once).panel
        if each.responded_at is not None
    }


@given(st.binary(max_size=300), st.integers(0, 200))
def test_no_octets_do_harm(noise, place):
    """Octets put anywhere into an answer give an answer or an error of ours."""
    octets = reply()[:place] + noise + reply()[place:]
    try:
        found = read_reply(octets)
    except UnreadableFile:
        return

    assert found.method in {Method.REPLY, Method.COUNTER, Method.DECLINECOUNTER}
    assert found.uid


def test_a_comment_is_one_line_of_what_can_be_seen():
    """Several comments are joined; line breaks, control characters and more than a thousand letters are left out."""
    found = read_reply(reply(more=f"COMMENT:Late\\nby\x07 train\r\nCOMMENT:{'x' * 5_000}\r\n"))

    assert found.comment.startswith("Late by train xxx")
    assert 1_000 == len(found.comment)


def test_an_answer_without_a_stamp_counts_from_when_it_is_learned_of():
    """RFC 5546 asks for a stamp; one that lacks it is taken nevertheless."""
    found = applied(reply().replace(b"DTSTAMP:20260302T120000Z\r\n", b""))

    assert (on(1).at, timedelta(days=1)) == (found.interview.panel[0].responded_at, on(1).at - BEGIN)
