"""Calendar messages as mail, and out of it (iMIP, RFC 6047); nothing is sent or fetched here."""

from __future__ import annotations

from email import policy
from email.errors import HeaderParseError, MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError, UnreadableFile
from crmcore.hiring.invitations._addresses import checked
from crmcore.hiring.invitations._escaping import plain
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import Message

    from crmcore.hiring.invitations.writing import Invitation

__all__ = ["CalendarMail", "calendar_parts", "mail_of"]

_CALENDARS = {"text/calendar", "application/ics"}
_MOST_BYTES = 50 * 1024**2
_MOST_PARTS = 200
_LETTERS = {"utf-16", "iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250", "windows-1251", "windows-1252", "gbk"}
"""Other letters than UTF-8 that mail programs write calendars in."""
_RAISED = (LookupError, ValueError, TypeError, AttributeError, RecursionError, MessageError, AssertionError)


def mail_of(
    invitation: Invitation,
    *,
    to: str,
    text: str,
    at: datetime,
    subject: str = "",
    html: str = "",
    sender: str = "",
    message_id: str = "",
) -> EmailMessage:
    """Return the mail that brings a calendar message to one of its recipients.

    The calendar is an alternative to the text, by which mail programs show "accept" and "decline", and an attached
    file for those that do not. Equal arguments give equal octets.

    Args:
        invitation: what is sent.
        to: the mail address of the recipient.
        text: what people read.
        at: the date of the mail.
        subject: by default the title.
        html: the text again, marked up.
        sender: the mail address that sends it, where it is not the organiser; answers go to the organiser.
        message_id: such as ``<1@example.org>``; by default none, so that the server gives one.

    Raises:
        InputError: the message is not for that recipient, an address cannot be written in a mail, or *at* has no zone.

    """
    at = in_utc(at)
    names = {mailbox.casefold(): (mailbox, name) for mailbox, name in invitation.recipients}
    if to.casefold() not in names:
        raise InputError(f"the message is not for {to[:100]!r}; take one of its recipients")
    organiser = _address(*invitation.organiser)
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = _address(sender, "") if sender else organiser
    if sender:
        mail["Reply-To"] = organiser
    mail["To"] = _address(*names[to.casefold()])
    mail["Subject"] = plain(subject) or invitation.title
    mail["Date"] = format_datetime(in_utc(at))
    if message_id:
        mail["Message-ID"] = plain(message_id)
    mail.set_content(_writable(text))
    if html:
        mail.add_alternative(_writable(html), subtype="html")
    params = {"method": invitation.method.value, "charset": "UTF-8"}
    mail.add_alternative(invitation.ics, maintype="text", subtype="calendar", cte="base64", params=params)
    mail.add_attachment(invitation.ics, maintype="application", subtype="ics", filename="invite.ics")
    _bound(mail, sha256(invitation.ics + to.encode("utf-8", "replace") + text.encode("utf-8", "replace")).hexdigest())
    return mail


@attrs.frozen(kw_only=True)
class CalendarMail:
    """What of a mail concerns calendars.

    Attributes:
        sender: the mail address that it says it is from; only the server knows whether that is so. "" where it has
            none, or several.
        calendars: the calendar objects in it, without repetitions.

    """

    sender: str
    calendars: tuple[bytes, ...]


def calendar_parts(mail: bytes | EmailMessage, *, source: str = "mail") -> CalendarMail:
    """Return the calendar objects of a mail, for `read_reply` or `read_calendar`.

    Raises:
        UnreadableFile: it is no mail, or too large.

    """
    try:
        parsed = _parsed(mail, source)
        found = dict.fromkeys(
            _utf8(part)
            for _, part in zip(range(_MOST_PARTS), parsed.walk(), strict=False)
            if part.get_content_type() in _CALENDARS
        )
        senders = [checked(each.addr_spec) for each in getattr(parsed["From"], "addresses", ())]
    except _RAISED as exc:
        raise UnreadableFile(source, "broken-mail", f"the mail cannot be read: {type(exc).__name__}") from exc
    return CalendarMail(sender=senders[0] if len(senders) == 1 else "", calendars=tuple(each for each in found if each))


def _utf8(part: Message) -> bytes:
    """Return what a part holds; what is no UTF-8, from the letters that the mail says it is written in."""
    octets = bytes(part.get_payload(decode=True) or b"")
    try:
        octets.decode()
    except UnicodeDecodeError:
        letters = part.get_content_charset("")
        return octets.decode(letters, "replace").encode() if letters in _LETTERS else octets
    return octets


def _parsed(mail: bytes | EmailMessage, source: str) -> EmailMessage:
    if isinstance(mail, EmailMessage):
        return mail
    if len(mail) > _MOST_BYTES:
        raise UnreadableFile(source, "too-large", f"the mail has more than {_MOST_BYTES:,} bytes")
    return BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(mail)


def _address(mailbox: str, name: str) -> Address:
    local, _, domain = mailbox.rpartition("@")
    try:  # a domain in other letters goes over the wire in those of RFC 5890
        spec = mailbox if domain.isascii() else f"{local}@{domain.encode('idna').decode()}"
        return Address(display_name=plain(name), addr_spec=spec)
    except (HeaderParseError, ValueError, IndexError, AttributeError) as exc:  # the last: of "0@["
        raise InputError(f"{mailbox[:100]!r} cannot be written as the address of a mail") from exc


def _writable(text: str) -> str:
    """Replace lone surrogates, which no mail can hold."""
    return text.encode("utf-8", "replace").decode()


def _bound(mail: EmailMessage, digest: str) -> None:
    """Set what separates the parts, which the library would draw by lot."""
    for place, part in enumerate(each for each in mail.walk() if each.is_multipart()):
        part.set_boundary(f"=_{digest[:32]}_{place}")
