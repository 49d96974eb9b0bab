r"""WHO IS INVITED, AND WHEN THEY ARE FREE: interviews as calendars know them (iCalendar, RFC 5545; iTIP, RFC 5546).

*Writing.* `messages_after` gives all that has to be sent once an interview was scheduled, changed or cancelled; it is
made of `invitation`, `cancellation` and `withdrawals`. The candidate and the panel get messages of their own, under
names of their own (`uid_for`). `mail_of` puts one into a mail. This needs no extra.

*Reading.* `read_reply` and `apply_reply` take an attendee's answer into the interview; `calendar_parts` finds it in a
mail. `read_calendar` tells when somebody is busy. This needs the extra ``calendar``; what is hostile, is bounded
(`CalendarLimits`); what cannot be read, is listed (`NotRead`).

*Laws.* The uid of an interview never changes; its sequence rises with what makes an answer worthless, and never with an
answer. An answer changes nothing but itself. No clock is read and no id made: equal arguments give equal octets.

>>> from datetime import UTC, datetime
>>> calendar = read_calendar("BEGIN:VEVENT\nDTSTART:20260327T090000Z\nDURATION:PT1H\nEND:VEVENT")
>>> calendar.busy(since=datetime(2026, 3, 27, tzinfo=UTC), until=datetime(2026, 3, 28, tzinfo=UTC)).times
(Busy(2026-03-27 09:00 to 2026-03-27 10:00 UTC, busy),)
"""

from __future__ import annotations

from crmcore.hiring.invitations._events import BusyKind, CalendarEvent, FreeBusy
from crmcore.hiring.invitations.calendars import Busy, BusyTimes, ICalendar, NotRead, read_calendar
from crmcore.hiring.invitations.limits import CalendarLimits
from crmcore.hiring.invitations.mail import CalendarMail, calendar_parts, mail_of
from crmcore.hiring.invitations.replies import Reply, ReplyOutcome, ReplyResult, apply_reply, read_reply
from crmcore.hiring.invitations.uids import Side, interview_uid, uid_for
from crmcore.hiring.invitations.writing import (
    Invitation,
    Method,
    Wording,
    cancellation,
    decline_counter,
    invitation,
    messages_after,
    withdrawals,
)

__all__ = [
    "Busy",
    "BusyKind",
    "BusyTimes",
    "CalendarEvent",
    "CalendarLimits",
    "CalendarMail",
    "FreeBusy",
    "ICalendar",
    "Invitation",
    "Method",
    "NotRead",
    "Reply",
    "ReplyOutcome",
    "ReplyResult",
    "Side",
    "Wording",
    "apply_reply",
    "calendar_parts",
    "cancellation",
    "decline_counter",
    "interview_uid",
    "invitation",
    "mail_of",
    "messages_after",
    "read_calendar",
    "read_reply",
    "uid_for",
    "withdrawals",
]
