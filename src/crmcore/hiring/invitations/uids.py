"""By what name calendars know an interview: the panel by its own, the candidate by another.

Two parties read different descriptions. Were both sent under one name, a calendar that gets both would show the one
that came last, and so might show the candidate what was written for the panel.
"""

from __future__ import annotations

from enum import StrEnum

from crmcore.errors import InputError

__all__ = ["Audience", "audience_named", "interview_uid", "uid_for"]

_CANDIDATE = "~candidate"


class Audience(StrEnum):
    """For whom an invitation is written."""

    CANDIDATE = "candidate"
    PANEL = "panel"


def audience_named(name: Audience | str) -> Audience:
    """Return the audience of a name; InputError where there is none.

    >>> audience_named("panel")
    <Audience.PANEL: 'panel'>
    """
    try:
        return Audience(name)
    except ValueError as exc:
        raise InputError(f"an invitation is for the candidate or the panel, not for {str(name)[:60]!r}") from exc


def uid_for(uid: str, audience: Audience) -> str:
    """Return the name of an interview in the calendars of an audience.

    >>> uid_for("i-1", Audience.PANEL), uid_for("i-1", Audience.CANDIDATE)
    ('i-1', 'i-1~candidate')
    """
    if uid.endswith(_CANDIDATE):
        raise InputError(f"the uid {uid!r} of an interview ends in {_CANDIDATE!r}, which marks those of candidates")
    return uid + _CANDIDATE if audience is Audience.CANDIDATE else uid


def interview_uid(uid: str) -> tuple[str, Audience]:
    """Return the `uid` of the interview that calendars know by a name, and whose calendars they are.

    >>> interview_uid("i-1~candidate")
    ('i-1', <Audience.CANDIDATE: 'candidate'>)
    """
    if uid.endswith(_CANDIDATE):
        return uid.removesuffix(_CANDIDATE), Audience.CANDIDATE
    return uid, Audience.PANEL
