"""Invitations to an interview, their updates and their cancellations (iTIP, RFC 5546).

A calendar keeps the message with the highest SEQUENCE, and of equal ones the one with the later DTSTAMP. So both come
from the record and its caller: the sequence is the interview's, which rises with what makes an answer worthless and
never with an answer; the stamp is handed in.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from crmcore._given import several
from crmcore.errors import InputError, LawBroken
from crmcore.hiring.invitations._composing import attendee_line, composed, described_by, times_of
from crmcore.hiring.invitations._escaping import content, plain, text
from crmcore.hiring.invitations.uids import Side, interview_uid, side_named, uid_for
from crmcore.model.hiring.interview import Attendee, InterviewStatus, Panelist
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from crmcore.hiring.invitations.replies import Reply
    from crmcore.model.hiring.interview import Interview

__all__ = [
    "Invitation",
    "Method",
    "Wording",
    "cancellation",
    "decline_counter",
    "invitation",
    "messages_after",
    "withdrawals",
]


class Method(StrEnum):
    """What a calendar message asks for (RFC 5546, 1.4)."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    REPLY = "REPLY"
    ADD = "ADD"
    CANCEL = "CANCEL"
    REFRESH = "REFRESH"
    COUNTER = "COUNTER"
    DECLINECOUNTER = "DECLINECOUNTER"


@attrs.frozen(kw_only=True)
class Wording:
    """What one side reads.

    Attributes:
        title: what stands in the calendar; by default the title of the interview.
        notes: the description; plain text.

    """

    title: str = ""
    notes: str = ""


@attrs.frozen(kw_only=True)
class Invitation:
    """A calendar message, ready to be sent to each of its recipients.

    Attributes:
        method: REQUEST, CANCEL or DECLINECOUNTER.
        side: for whom it is written.
        uid: by what calendars know the interview.
        sequence: its version.
        organiser: who invites.
        recipients: whom it is for; each has a mail address.
        title: what stands in the calendar.
        ics: the calendar object, UTF-8 with CRLF.

    """

    method: Method
    side: Side
    uid: str
    sequence: int
    organiser: tuple[str, str] = attrs.field(repr=False)
    recipients: tuple[tuple[str, str], ...] = attrs.field(repr=lambda each: f"<{len(each)}>")
    title: str = attrs.field(repr=False)
    ics: bytes = attrs.field(repr=False)

    @property
    def content_type(self) -> str:
        """The type of its part of a mail (RFC 6047), such as ``text/calendar; method=REQUEST; charset=UTF-8``."""
        return f"text/calendar; method={self.method.value}; charset=UTF-8"

    def __str__(self) -> str:
        return self.ics.decode()


def invitation(interview: Interview, *, side: Side | str, at: datetime, wording: Wording | None = None) -> Invitation:
    r"""Return the invitation of the candidate, or of the panel; also as an update, after the interview was changed.

    Each side is told the time, the place and what *wording* says, and nothing else: neither the application nor
    the other side. The panel's is marked as private, so that colleagues see of it only that somebody is busy.

    Args:
        interview: as it stands.
        side: for whom.
        at: when it is written; later than any before it.
        wording: what they read.

    Raises:
        LawBroken: it is not scheduled.
        InputError: nobody of them has a mail address, there is no such side, or *at* has no time zone.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model import Occasion
    >>> from crmcore.model.hiring.interview import Interview
    >>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 2, 9, tzinfo=UTC), actor="eva")
    >>> interview, _ = Interview.schedule(
    ...     id="i-1",
    ...     application="a-1",
    ...     contact="c-1",
    ...     title="Technical interview",
    ...     start={"local": "2026-03-27T14:30", "zone": "Europe/Amsterdam", "utc_offset": 3600},
    ...     minutes=45,
    ...     organiser={"email": "eva@example.org"},
    ...     candidate={"email": "ada@example.com", "name": "Ada"},
    ...     panel=[{"user": "u-1", "email": "bo@example.org"}],
    ...     on=on,
    ... )
    >>> message = invitation(interview, side="candidate", at=on.at, wording=Wording(notes="Bring a laptop."))
    >>> message
    Invitation(method=<Method.REQUEST: 'REQUEST'>, side=<Side.CANDIDATE: 'candidate'>, uid='i-1~candidate', ...
    >>> message.content_type
    'text/calendar; method=REQUEST; charset=UTF-8'
    >>> shown = str(message).replace("\r\n ", "").splitlines()
    >>> print(*shown[shown.index("BEGIN:VEVENT") :], sep="\n")
    BEGIN:VEVENT
    UID:i-1~candidate
    DTSTAMP:20260302T090000Z
    SEQUENCE:0
    ORGANIZER:mailto:eva@example.org
    DTSTART;TZID=Europe/Amsterdam:20260327T143000
    DTEND;TZID=Europe/Amsterdam:20260327T151500
    SUMMARY:Technical interview
    DESCRIPTION:Bring a laptop.
    STATUS:CONFIRMED
    TRANSP:OPAQUE
    ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Ada:mailto:ada@example.com
    END:VEVENT
    END:VCALENDAR
    """
    at, side, wording = in_utc(at), side_named(side), wording or Wording()
    if interview.status is not InterviewStatus.SCHEDULED:
        raise LawBroken(f"interview {interview.id!r} is {interview.status.value}; only one that is scheduled invites")
    invited = _invited(interview, side)
    title = _title(interview, wording)
    lines = times_of(interview) + described_by(interview, title, wording.notes)
    lines += ["STATUS:CONFIRMED", "TRANSP:OPAQUE"]
    lines += ["CLASS:PRIVATE"] if side is Side.PANEL else []
    lines += [attendee_line(each, asks=True) for each in invited]
    return _message(Method.REQUEST, interview, side, invited, lines, at=at, title=title)


def cancellation(
    interview: Interview,
    *,
    side: Side | str,
    at: datetime,
    wording: Wording | None = None,
    comment: str = "",
) -> Invitation:
    """Return the message that takes a cancelled interview out of the calendars of a side.

    Args:
        interview: as it stands: cancelled.
        side: for whom.
        at: when it is written.
        wording: the title; notes are not repeated.
        comment: what to say of it, to this side.

    Raises:
        LawBroken: it is not cancelled.
        InputError: nobody of them has a mail address, there is no such side, or *at* has no time zone.

    """
    at, side, wording = in_utc(at), side_named(side), wording or Wording()
    if interview.status is not InterviewStatus.CANCELLED:
        raise LawBroken(f"interview {interview.id!r} is {interview.status.value}; call `cancel` on it first")
    invited = _invited(interview, side)
    title = _title(interview, wording)
    lines = _ended(interview, title, comment)
    lines += ["STATUS:CANCELLED", *(attendee_line(each, asks=False) for each in invited)]
    return _message(Method.CANCEL, interview, side, invited, lines, at=at, title=title)


def withdrawals(
    interview: Interview,
    removed: Iterable[Attendee],
    *,
    at: datetime,
    wording: Wording | None = None,
    comment: str = "",
) -> tuple[Invitation, ...]:
    """Return one message for each who is not invited any more; the interview goes on without them.

    Args:
        interview: as it stands, without them; its sequence has risen since they were invited.
        removed: who left; those without a mail address were never invited by mail.
        at: when it is written.
        wording: the title.
        comment: what to say of it.

    Raises:
        LawBroken: somebody of them is still invited.
        InputError: *at* has no time zone.

    """
    at = in_utc(at)
    removed = several(removed, Attendee, "removed")
    wording = wording or Wording()
    messages: list[Invitation] = []
    for each in removed:
        side = Side.PANEL if isinstance(each, Panelist) else Side.CANDIDATE
        if each.email is None:
            continue
        if interview.status is not InterviewStatus.CANCELLED and interview.attendee(each.email) is not None:
            raise LawBroken(f"{each.email!r} is still invited to interview {interview.id!r}")
        title = _title(interview, wording)
        lines = [*_ended(interview, title, comment), attendee_line(each, asks=False)]
        messages.append(_message(Method.CANCEL, interview, side, [each], lines, at=at, title=title))
    return tuple(messages)


def decline_counter(interview: Interview, counter: Reply, *, at: datetime, comment: str = "") -> Invitation:
    """Return the message that says no to another time that an attendee proposed; to say yes, reschedule.

    Args:
        interview: as it stands.
        counter: the proposal, as `apply_reply` accepted it.
        at: when it is written.
        comment: what to say of it.

    Raises:
        InputError: it is no proposal for this interview from who is invited, or *at* has no time zone.

    """
    at = in_utc(at)
    uid, side = interview_uid(counter.uid)
    invited = _mailboxes(interview, side).get(counter.attendee.casefold())
    if counter.method is not Method.COUNTER or uid != interview.uid or invited is None:
        raise InputError(f"that is no proposal for interview {interview.id!r} from somebody who is invited")
    lines = [content("COMMENT", text(comment))] if comment else []
    return _message(Method.DECLINECOUNTER, interview, side, [invited], lines, at=at, title=plain(interview.title))


def messages_after(
    before: Interview | None,
    now: Interview,
    *,
    at: datetime,
    candidate: Wording | None = None,
    panel: Wording | None = None,
    comment: str = "",
) -> tuple[Invitation, ...]:
    """Return all that has to be sent after an interview was scheduled, changed or cancelled.

    Whoever left is told so; whoever is invited gets the interview as it stands, where anything changed that they see,
    or its sequence rose, since an answer to an older one would be refused. An answer alone sends nothing.

    Args:
        before: as it was when messages were last sent; None where none were.
        now: as it stands.
        at: when they are written.
        candidate: what the candidate reads.
        panel: what the panel reads.
        comment: what to say of a cancellation.

    Raises:
        InputError: they are not the same interview, or *at* has no time zone.

    """
    at = in_utc(at)
    if before is not None and before.uid != now.uid:
        raise InputError(f"{before.uid!r} and {now.uid!r} are not the same interview")
    wordings = {Side.CANDIDATE: candidate or Wording(), Side.PANEL: panel or Wording()}
    messages: list[Invitation] = []
    for side, wording in wordings.items():
        old = {} if before is None or not before.is_binding else _mailboxes(before, side)
        new = _mailboxes(now, side)
        gone = [each for mailbox, each in old.items() if mailbox not in new]
        if now.status in {InterviewStatus.SCHEDULED, InterviewStatus.CANCELLED}:
            messages += withdrawals(now, gone, at=at, wording=wording, comment=comment)
        if now.status is InterviewStatus.SCHEDULED and new and (before is None or _shows(before) != _shows(now)):
            messages.append(invitation(now, side=side, at=at, wording=wording))
        elif now.status is InterviewStatus.CANCELLED and set(old) & set(new):
            messages.append(cancellation(now, side=side, at=at, wording=wording, comment=comment))
    return tuple(messages)


def _mailboxes(interview: Interview, side: Side) -> dict[str, Attendee]:
    people: Sequence[Attendee] = [interview.candidate] if side is Side.CANDIDATE else interview.panel
    return {each.email.casefold(): each for each in people if each.email}


def _invited(interview: Interview, side: Side) -> list[Attendee]:
    invited = list(_mailboxes(interview, side).values())
    if not invited:
        who = "the candidate" if side is Side.CANDIDATE else "the panel"
        raise InputError(f"nobody to send to: {who} of interview {interview.id!r} has no mail address")
    return invited


def _shows(interview: Interview) -> tuple[object, ...]:
    """Return what calendars show of an interview: all but the answers."""
    people = [(each.email, each.name, getattr(each, "role", None)) for each in interview.attendees]
    when = (interview.status, interview.sequence, interview.starts_at, interview.start, interview.minutes)
    return (*when, interview.title, interview.location, interview.video_link, interview.organiser, people)


def _title(interview: Interview, wording: Wording) -> str:
    return plain(wording.title) or plain(interview.title)


def _ended(interview: Interview, title: str, comment: str) -> list[str]:
    """Return what a cancellation says of the event, so that people recognise it."""
    lines = [*times_of(interview), content("SUMMARY", text(title))]
    return lines + ([content("COMMENT", text(comment))] if comment else [])


def _message(
    method: Method,
    interview: Interview,
    side: Side,
    invited: Sequence[Attendee],
    lines: Sequence[str],
    *,
    at: datetime,
    title: str,
) -> Invitation:
    uid, organiser = uid_for(interview.uid, side), interview.organiser
    is_timed = method is not Method.DECLINECOUNTER
    return Invitation(
        method=method,
        side=side,
        uid=uid,
        sequence=interview.sequence,
        organiser=(organiser.email, organiser.name),
        recipients=tuple((each.email or "", each.name) for each in invited),
        title=title,
        ics=composed(interview, method.value, uid, lines, at=at, is_timed=is_timed),
    )
