"""Composes the lines of an event: when it is, what is read of it, and who takes part."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crmcore.hiring.invitations._addresses import uri_of
from crmcore.hiring.invitations._escaping import content, joined, plain, text, uri
from crmcore.hiring.invitations._timezones import compact, described
from crmcore.model.hiring.interview import Attendee, Panelist, PanelRole, Response
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcore.model.hiring.interview import Interview

__all__ = ["attendee_line", "composed", "described_by", "times_of"]

_ROLES = {PanelRole.LEAD: "CHAIR", PanelRole.REQUIRED: "REQ-PARTICIPANT", PanelRole.OPTIONAL: "OPT-PARTICIPANT"}


def composed(
    interview: Interview, method: str, uid: str, lines: Sequence[str], *, at: datetime, is_timed: bool
) -> bytes:
    """Return a calendar object of one event; with the rules of its zone where its lines have times in one."""
    start, organiser = interview.start, interview.organiser
    zone = described(start.zone, start.seen_from(start.zone).year) if is_timed and not _in_utc(interview) else ()
    name = {"CN": organiser.name} if plain(organiser.name) else {}
    return joined(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//crmcore//hiring//EN",
            "CALSCALE:GREGORIAN",
            f"METHOD:{method}",
            *zone,
            "BEGIN:VEVENT",
            content("UID", text(uid)),
            f"DTSTAMP:{_zulu(in_utc(at))}",
            f"SEQUENCE:{interview.sequence}",
            content("ORGANIZER", uri_of(organiser.email), name),
            *lines,
            "END:VEVENT",
            "END:VCALENDAR",
        ]
    )


def _in_utc(interview: Interview) -> bool:
    """Whether its times are written in UTC: in a zone, an hour that comes twice would be taken for the first."""
    zone, (start, end) = interview.start.zone, (interview.starts_at, interview.ends_at)
    if zone in {"UTC", "Etc/UTC"}:
        return True
    clock = interview.start.seen_from(zone).tzinfo
    return any(each.astimezone(clock).fold for each in (start, end))


def times_of(interview: Interview) -> list[str]:
    """Return when it begins and ends, on the clock of its zone."""
    zone = interview.start.zone
    times = {"DTSTART": interview.starts_at, "DTEND": interview.ends_at}
    if _in_utc(interview):
        return [f"{name}:{_zulu(each)}" for name, each in times.items()]
    clock = interview.start.seen_from(zone).tzinfo
    return [content(name, compact(each.astimezone(clock)), {"TZID": zone}) for name, each in times.items()]


def _zulu(instant: datetime) -> str:
    return f"{compact(instant.astimezone(UTC))}Z"


def described_by(interview: Interview, title: str, notes: str) -> list[str]:
    """Return title, place and description; a video link also stands where every calendar shows it."""
    link, location, notes = uri(interview.video_link), plain(interview.location), notes.strip()
    if link and location and link not in notes:
        notes = f"{notes}\n\n{link}".strip()
    lines = [content("SUMMARY", text(title))]
    lines += [content("DESCRIPTION", text(notes))] if notes else []
    lines += [content("LOCATION", text(location or link))] if location or link else []
    return lines + ([content("CONFERENCE", link, {"VALUE": "URI", "FEATURE": "VIDEO"})] if link else [])


def attendee_line(attendee: Attendee, *, asks: bool) -> str:
    """Return the line of one attendee, with what they have answered; *asks* for an answer where there is none."""
    role = _ROLES[attendee.role] if isinstance(attendee, Panelist) else "REQ-PARTICIPANT"
    params = {"CUTYPE": "INDIVIDUAL", "ROLE": role}
    if asks:
        params["PARTSTAT"] = attendee.response.value.upper().replace("_", "-")
        params |= {"RSVP": "TRUE"} if attendee.response is Response.NEEDS_ACTION else {}
    params |= {"CN": attendee.name} if plain(attendee.name) else {}
    return content("ATTENDEE", uri_of(attendee.email or ""), params)
