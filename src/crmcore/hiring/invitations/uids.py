"""By what name calendars know an interview: the panel by its own, the candidate by another.

Two parties read different descriptions. Were both sent under one name, a calendar that gets both would show the one
that came last, and so might show the candidate what was written for the panel.
"""

from __future__ import annotations

from enum import StrEnum

from crmcore._given import one
from crmcore.errors import InputError

__all__ = ["Side", "interview_uid", "side_named", "uid_for"]

_CANDIDATE = "~candidate"


class Side(StrEnum):
    """For whom an invitation is written."""

    CANDIDATE = "candidate"
    PANEL = "panel"


def side_named(name: Side | str) -> Side:
    """Return the side of a name; InputError where there is none.

    >>> side_named("panel")
    <Side.PANEL: 'panel'>
    """
    try:
        return Side(name)
    except ValueError as exc:
        raise InputError(f"an invitation is for the candidate or the panel, not for {str(name)[:60]!r}") from exc


def uid_for(uid: str, side: Side) -> str:
    """Return the name of an interview in the calendars of a side.

    >>> uid_for("i-1", Side.PANEL), uid_for("i-1", Side.CANDIDATE)
    ('i-1', 'i-1~candidate')
    """
    uid = one(uid, str, "uid")
    if uid.endswith(_CANDIDATE):
        raise InputError(f"the uid {uid!r} of an interview ends in {_CANDIDATE!r}, which marks those of candidates")
    return uid + _CANDIDATE if side is Side.CANDIDATE else uid


def interview_uid(uid: str) -> tuple[str, Side]:
    """Return the `uid` of the interview that calendars know by a name, and whose calendars they are.

    >>> interview_uid("i-1~candidate")
    ('i-1', <Side.CANDIDATE: 'candidate'>)
    """
    uid = one(uid, str, "uid")
    if uid.endswith(_CANDIDATE):
        return uid.removesuffix(_CANDIDATE), Side.CANDIDATE
    return uid, Side.PANEL
