"""What attendees answer: read from a calendar object, and noted in the interview that it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import attrs

from crmcore._given import one_or_none
from crmcore.errors import InputError, ReplyRefused, UnreadableFile
from crmcore.hiring.invitations._addresses import mailbox_of
from crmcore.hiring.invitations._blocks import Block, blocks_of
from crmcore.hiring.invitations._escaping import plain
from crmcore.hiring.invitations._events import event_of, text_of
from crmcore.hiring.invitations._library import Unread, component_of, listed, require
from crmcore.hiring.invitations._zones import Stamp, Zones
from crmcore.hiring.invitations.limits import CalendarLimits
from crmcore.hiring.invitations.uids import Side, interview_uid
from crmcore.hiring.invitations.writing import Method
from crmcore.model.hiring.interview import Panelist, Response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcore.model.events import Event
    from crmcore.model.hiring.interview import Interview
    from crmcore.model.occasion import Occasion

__all__ = ["Reply", "ReplyOutcome", "ReplyResult", "apply_reply", "read_reply"]

_METHODS = (Method.REPLY, Method.COUNTER, Method.DECLINECOUNTER)
_ANSWERS = {each.value.upper().replace("_", "-"): each for each in Response}
_COMMENT = 1_000


@attrs.frozen(kw_only=True)
class Reply:
    """What came back from a calendar.

    Attributes:
        method: REPLY, an answer; COUNTER, another time is proposed; DECLINECOUNTER, an organiser declines that.
        uid: by what calendars know what it is about: see `interview_uid`.
        sequence: the version that it answers.
        attendee: the mail address of whoever answers; "" where several are named and it is not said who writes.
        response: the answer; None where none is given, or one that nobody knows.
        stamped: when it was given; None where it does not say.
        delegated_to: who is to come instead.
        delegated_from: for whom they come.
        sent_by: who answered for them, such as an assistant.
        proposal: when they would rather have it begin and end; in UTC.
        comment: what they say of it; one line.

    """

    method: Method
    uid: str
    sequence: int
    attendee: str
    response: Response | None
    stamped: datetime | None
    delegated_to: tuple[str, ...] = ()
    delegated_from: tuple[str, ...] = ()
    sent_by: str = ""
    proposal: tuple[datetime, datetime] | None = None
    comment: str = ""


class ReplyOutcome(StrEnum):
    """What came of an answer."""

    RECORDED = "recorded"
    """It is noted."""
    DELEGATED = "delegated"
    """It is noted that somebody else is to come; whether they are invited is for the organiser to decide."""
    REPEATED = "repeated"
    """It was noted before: the same message came twice."""
    PROPOSED = "proposed"
    """Another time is proposed; nothing is changed."""
    UNANSWERED = "unanswered"
    """It gives no answer that counts as one; nothing is changed."""


@attrs.frozen(kw_only=True)
class ReplyResult:
    """The interview after an answer.

    Attributes:
        outcome: what came of it.
        interview: as it stands now; the very same where nothing is changed.
        event: what tells of the change; None where there is none.
        reply: the answer; its attendee is who gave it, also where only the mail told.

    """

    outcome: ReplyOutcome
    interview: Interview
    event: Event | None
    reply: Reply


def read_reply(data: bytes | str, *, source: str = "reply", limits: CalendarLimits | None = None) -> Reply:
    r"""Read an answer.

    Raises:
        UnreadableFile: it is no calendar object, none of the three methods, about several events or one of a series,
            or does not say who answers what.
        MissingExtra: the extra ``calendar`` is not installed.

    >>> reply = read_reply(
    ...     "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:i-1~candidate\nSEQUENCE:2\nDTSTAMP:20260302T101500Z\n"
    ...     "ATTENDEE;PARTSTAT=TENTATIVE:mailto:ada@example.com\nCOMMENT:If the train runs\nEND:VEVENT\nEND:VCALENDAR\n"
    ... )
    >>> reply.attendee, reply.response.value, reply.sequence, reply.comment
    ('ada@example.com', 'tentative', 2, 'If the train runs')
    """
    require()
    limits = one_or_none(limits, CalendarLimits, "limits") or CalendarLimits()
    blocks, _ = blocks_of(data, source=source, limits=limits)
    calendars = [block for block in blocks if block.name == "VCALENDAR"]
    if len(calendars) != 1 or not calendars[0].is_closed:
        raise UnreadableFile(source, "not-one-calendar", "an answer is one whole calendar object")
    method = _method(calendars[0], source)
    events = [block for block in calendars[0].parts if block.name == "VEVENT"]
    if len(events) != 1:
        raise UnreadableFile(source, "not-one-event", f"an answer is about one event, not {len(events)}")
    zones = {name: part for part in calendars[0].parts for name in part.values("TZID") if part.name == "VTIMEZONE"}
    try:
        return _reply(component_of(events[0]), events[0], method, Zones(zones))
    except Unread as exc:
        raise UnreadableFile(source, exc.code, exc.message) from exc
    except (OverflowError, ValueError, TypeError, AttributeError, LookupError) as exc:
        raise UnreadableFile(source, "unreadable-value", "a value in it cannot be read") from exc


def apply_reply(interview: Interview, reply: Reply, *, on: Occasion, sender: str = "") -> ReplyResult:
    """Note what an attendee answered; nothing but their own answer changes, and the sequence least of all.

    The answer counts from its own stamp, so that of two that overtake each other the later one holds; a stamp that
    lies in the future, by a clock that is wrong, counts as now.

    Args:
        interview: as it stands.
        reply: the answer.
        on: when and from whom we learned of it.
        sender: where the mail says it is from; given, nobody else's answer counts.

    Raises:
        InputError: it is about something else, does not say who answers, or comes from an organiser.
        ReplyRefused: they are not invited in that way; the mail is from somebody else; they answer what has changed
            since, or what we never sent; a later answer of theirs is known; or the interview is not to be held any
            more.

    """
    uid, side = interview_uid(reply.uid)
    if uid != interview.uid:
        raise InputError(f"the answer is about {reply.uid[:100]!r}, not about interview {interview.id!r}")
    if reply.method is Method.DECLINECOUNTER:
        raise InputError("only an organiser declines a proposal, and answers come from attendees")
    who = reply.attendee or (sender if reply.method is Method.COUNTER else "")
    if not who:
        raise InputError("the answer does not say who gives it; give the sender of the mail")
    known = interview.attendee(who) if "@" in who else None
    invited_as = Side.PANEL if isinstance(known, Panelist) else Side.CANDIDATE
    if known is None or invited_as is not side:
        raise _refused(interview, reply, who, "not-invited")
    if sender and sender.casefold() != who.casefold():
        raise _refused(interview, reply, who, "another-sender")
    if reply.method is Method.COUNTER or reply.response in {None, Response.NEEDS_ACTION}:
        return _unchanged(interview, reply, who)
    assert reply.response is not None  # noqa: S101 - or it was unanswered
    at = on.recorded_at or on.at
    at = min(reply.stamped or at, at)
    if reply.sequence == interview.sequence and (known.response, known.responded_at) == (reply.response, at):
        return ReplyResult(outcome=ReplyOutcome.REPEATED, interview=interview, event=None, reply=reply)
    changed, event = interview.responded(who, reply.response, sequence=reply.sequence, at=at, on=on)
    outcome = ReplyOutcome.DELEGATED if reply.response is Response.DELEGATED else ReplyOutcome.RECORDED
    return ReplyResult(outcome=outcome, interview=changed, event=event, reply=reply)


def _unchanged(interview: Interview, reply: Reply, who: str) -> ReplyResult:
    """Return what proposes or leaves open, if it is about the interview as it stands."""
    if reply.sequence != interview.sequence:
        why = "superseded" if reply.sequence < interview.sequence else "never-sent"
        raise _refused(interview, reply, who, why)
    if not interview.is_binding:
        raise _refused(interview, reply, who, "not-awaited")
    outcome = ReplyOutcome.PROPOSED if reply.method is Method.COUNTER and reply.proposal else ReplyOutcome.UNANSWERED
    return ReplyResult(outcome=outcome, interview=interview, event=None, reply=attrs.evolve(reply, attendee=who))


def _refused(interview: Interview, reply: Reply, who: str, why: str) -> ReplyRefused:
    return ReplyRefused(who, interview=interview.id, why=why, sequence=reply.sequence, current=interview.sequence)


def _method(calendar: Block, source: str) -> Method:
    words = [value.upper() for value in calendar.values("METHOD")]
    if len(words) != 1 or words[0] not in set(_METHODS):
        shown = ", ".join(words)[:60] or "no method"
        raise UnreadableFile(source, "another-method", f"it says {shown}; an answer is {', '.join(_METHODS)}")
    return Method(words[0])


def _reply(component: Any, block: Block, method: Method, zones: Zones) -> Reply:
    uid = text_of(component, "UID")
    if not uid:
        raise Unread("no-uid", "it does not say what it is about")
    if "RECURRENCE-ID" in component:
        raise Unread("one-of-a-series", "it is about one event of a series, and interviews are none")
    attendee = _who(listed(component, "ATTENDEE"), method)
    params = {} if attendee is None else attendee.params
    sequence = int(listed(component, "SEQUENCE")[0]) if listed(component, "SEQUENCE") else 0
    if not 0 <= sequence < 2**31:
        raise Unread("unreadable-value", "the sequence is none")
    return Reply(
        method=method,
        uid=uid,
        sequence=sequence,
        attendee="" if attendee is None else _mailbox(attendee),
        response=_ANSWERS.get(str(params.get("PARTSTAT", "")).upper()),
        stamped=_stamped(component),
        delegated_to=_mailboxes(params.get("DELEGATED-TO")),
        delegated_from=_mailboxes(params.get("DELEGATED-FROM")),
        sent_by=next(iter(_mailboxes(params.get("SENT-BY"))), ""),
        proposal=_proposal(block, zones) if method is Method.COUNTER and "DTSTART" in component else None,
        comment=plain(" ".join(map(str, listed(component, "COMMENT"))))[:_COMMENT],
    )


def _who(attendees: Sequence[Any], method: Method) -> Any:
    """Return who answers: the only one, or the one who comes for another who is named beside them (RFC 5546, 4.2.5)."""
    if len(attendees) == 2:
        mine = [each for each in attendees if "DELEGATED-FROM" in each.params]
        theirs = [each for each in attendees if str(each.params.get("PARTSTAT", "")).upper() == "DELEGATED"]
        if len(mine) == len(theirs) == 1 and mine != theirs:
            return mine[0]
    if len(attendees) == 1 and _mailbox(attendees[0]):
        return attendees[0]
    if method is Method.REPLY:
        raise Unread("not-one-attendee", "an answer is of one attendee, who has a mail address")
    return None


def _mailbox(attendee: Any) -> str:
    """Return the mail address of an attendee; a server that has ids of its own gives it beside them (RFC 7986, 6.2)."""
    return mailbox_of(str(attendee)) or next(iter(_mailboxes(attendee.params.get("EMAIL"))), "")


def _mailboxes(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list | tuple) else [] if value is None else [value]
    return tuple(mailbox for each in values if (mailbox := mailbox_of(str(each).strip('"'))))


def _stamped(component: Any) -> datetime | None:
    values = listed(component, "DTSTAMP")
    if not values:
        return None
    stamp = values[0].dt
    if len(values) > 1 or not isinstance(stamp, datetime):
        raise Unread("unreadable-value", "DTSTAMP is one instant")
    return stamp.astimezone(UTC) if stamp.tzinfo else stamp.replace(tzinfo=UTC)


def _proposal(block: Block, zones: Zones) -> tuple[datetime, datetime] | None:
    """Return the time that a COUNTER proposes; None where it is no time of a day, or has no end."""
    event = event_of(block)
    if event.is_all_day or not event.start.zone:
        return None
    start = _instant(event.start, zones)
    end = _instant(event.end, zones) if event.end else start + (event.length.rough() if event.length else timedelta())
    return (start, end) if start < end else None


def _instant(stamp: Stamp, zones: Zones) -> datetime:
    return zones.clock(stamp.zone or "UTC").instant(stamp.local)
