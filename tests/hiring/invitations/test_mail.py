"""Calendar messages as mail: their parts, hostile headers, and the way back."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmcore.errors import InputError, UnreadableFile
from crmcore.hiring.invitations import Wording, calendar_parts, invitation, mail_of, messages_after, read_reply
from crmcore.model.hiring.interview import Attendee, Organiser
from tests.hiring.invitations.examples import BEGIN, an_interview, on
from tests.hiring.invitations.lifecycles import answered

INVITATION = invitation(an_interview(), side="candidate", at=BEGIN)


def read(mail: EmailMessage) -> EmailMessage:
    """Return the mail as another program reads its octets."""
    return BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(mail.as_bytes())


def test_a_mail_has_the_calendar_as_an_alternative_and_attached():
    """Programs show "accept" for the alternative, with the method in its type, and the file for the rest."""
    mail = read(mail_of(INVITATION, to="ada@example.com", text="Dear Ada", html="<p>Dear Ada</p>", at=BEGIN))
    parts = [each for each in mail.walk() if not each.is_multipart()]
    (calendar,) = [each for each in parts if each.get_content_type() == "text/calendar"]

    assert ["text/plain", "text/html", "text/calendar", "application/ics"] == [
        each.get_content_type() for each in parts
    ]
    assert ["multipart/mixed", "multipart/alternative"] == [
        each.get_content_type() for each in mail.walk() if each.is_multipart()
    ]
    assert ("REQUEST", "utf-8") == (calendar.get_param("method"), calendar.get_content_charset())
    assert "text/calendar; method=REQUEST; charset=UTF-8" == INVITATION.content_type
    assert [INVITATION.ics] * 2 == [bytes(each.get_payload(decode=True)) for each in parts[2:]]
    assert ("invite.ics", "attachment") == (parts[3].get_filename(), parts[3].get_content_disposition())
    assert ("Ada <ada@example.com>", "Eva <eva@example.org>", "Technical interview", "Mon, 02 Mar 2026 09:00:00 +0000") == (
        mail["To"], mail["From"], mail["Subject"], mail["Date"]
    )  # fmt: skip


def test_a_cancellation_says_so_in_its_type():
    """The method of the part is that of the object in it; RFC 6047 has both agree."""
    message = messages_after(an_interview(), an_interview().cancel(on=on(1))[0], at=on(1).at)[0]
    mail = read(mail_of(message, to="ADA@example.com", text="It is off", at=on(1).at, sender="jobs@example.org"))
    (calendar,) = [each for each in mail.walk() if each.get_content_type() == "text/calendar"]

    assert "CANCEL" == calendar.get_param("method")
    assert ("jobs@example.org", "Eva <eva@example.org>") == (mail["From"], mail["Reply-To"])


def test_equal_arguments_give_equal_octets():
    """Not even the boundaries are drawn by lot."""
    octets = [mail_of(INVITATION, to="ada@example.com", text="Dear Ada", at=BEGIN).as_bytes() for _ in range(2)]

    assert octets[0] == octets[1]


def test_nobody_gets_what_is_for_another():
    """A panel member is not sent the candidate's message, whatever the caller mixes up."""
    with pytest.raises(InputError, match=r"not for 'bo@example.org'"):
        mail_of(INVITATION, to="bo@example.org", text="", at=BEGIN)


@given(*[st.text(st.characters(exclude_categories=()), max_size=80)] * 4)
def test_no_text_becomes_a_header(name, title, subject, text):
    """Line breaks and whatever else in names, titles and texts add neither a header nor a recipient."""
    name = name.encode("utf-8", "replace").decode()
    interview = an_interview(
        candidate=Attendee(email="ada@example.com", name=name), organiser=Organiser(email="eva@example.org", name=name)
    )
    message = invitation(interview, side="candidate", at=BEGIN, wording=Wording(title=title))
    mail = read(mail_of(message, to="ada@example.com", subject=subject, text=text, at=BEGIN))

    assert {"From", "To", "Subject", "Date", "MIME-Version", "Content-Type"} == set(mail.keys())
    assert ["ada@example.com"] == [each.addr_spec for each in mail["To"].addresses]
    assert ["eva@example.org"] == [each.addr_spec for each in mail["From"].addresses]
    assert message.ics in calendar_parts(mail).calendars


@example("0@[")
@given(st.from_regex(r"[^\s@\x00-\x1f\x7f]{1,20}@[^\s@\x00-\x1f\x7f]{1,20}", fullmatch=True))
def test_an_address_that_no_mail_can_hold_is_refused(mailbox):
    """Every address is written so that it is read back, or refused with an error of ours."""
    interview = an_interview(candidate=Attendee(email=mailbox))
    message = invitation(interview, side="candidate", at=BEGIN)
    try:
        mail = mail_of(message, to=mailbox, text="", at=BEGIN)
    except InputError:
        return

    assert 1 == len(mail["To"].addresses)


def test_an_answer_is_found_in_a_mail():
    """The calendar object is found once, though it stands in two parts, and the sender beside it."""
    octets = answered(INVITATION.ics, "ada@example.com", "ACCEPTED", BEGIN)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "Ada <ada@example.com>",
        "eva@example.org",
        "Accepted: Technical interview",
    )
    mail.set_content("Ada has accepted")
    mail.add_alternative(octets, maintype="text", subtype="calendar", params={"method": "REPLY"})
    mail.add_attachment(octets, maintype="application", subtype="ics", filename="reply.ics")
    found = calendar_parts(mail.as_bytes())

    assert ("ada@example.com", 1) == (found.sender, len(found.calendars))
    assert "ada@example.com" == read_reply(found.calendars[0]).attendee


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"From: a@example.org, b@example.org\r\n\r\nhello",
        b"From: \xff\xfe\r\nContent-Type: text/calendar; charset=nonsense\r\n\r\n\xff\xff",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x",
        b"Content-Type: text/calendar\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b"From: <<>>@@\r\nContent-Type: ;;;\r\n\r\n",
    ],
)
def test_a_broken_mail_does_no_harm(octets):
    """Senders that are none, or several, are told as none; parts that cannot be decoded give what there is."""
    found = calendar_parts(octets)

    assert "" == found.sender
    assert len(found.calendars) <= 1


def test_a_mail_nested_without_end_is_refused_or_read():
    """A thousand parts within each other end in a result, or in an error of ours."""
    octets = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (each, each) for each in range(3_000)
    )
    try:
        assert () == calendar_parts(octets).calendars
    except UnreadableFile as refused:
        assert refused.code == "broken-mail"  # noqa: PT017 - it may, and then with this word


def test_a_domain_in_other_letters_goes_over_the_wire_in_its_ascii_form():
    """An encoded word may stand in a name, and never in an address (RFC 2047, 5)."""
    mailbox = "ada@müller.example"
    before = an_interview()
    message = invitation(before.evolve(candidate=before.candidate.evolve(email=mailbox)), side="candidate", at=on(1).at)
    mail = mail_of(message, to=mailbox, text="x", at=on(1).at)

    assert b"ada@xn--mller-kva.example" in mail.as_bytes().split(b"Subject")[0]


@pytest.mark.parametrize(("letters", "shown"), [("iso-8859-1", "Grüße"), ("windows-1252", "Grüße"), ("x-none", "Gr")])
def test_an_answer_in_other_letters_is_read(letters, shown):
    """As the part says; letters that nobody knows cost no more than themselves."""
    octets = (
        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:i-1\r\nATTENDEE;PARTSTAT=DECLINED:mailto:bo@example.org"
        "\r\nCOMMENT:Grüße\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode("iso-8859-1")
    head = f"From: bo@example.org\r\nContent-Type: text/calendar; method=REPLY; charset={letters}\r\n"
    (found,) = calendar_parts(f"{head}Content-Transfer-Encoding: 8bit\r\n\r\n".encode() + octets).calendars

    assert read_reply(found).comment.startswith(shown)
    assert "bo@example.org" == read_reply(found).attendee
