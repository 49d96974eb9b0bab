"""Who may know of a confidential job: a question that hides its rows, and so their number too.

It is the same for the job and for what belongs to it. Filter by it before anything is counted; a user who may see all
jobs is simply not filtered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.errors import InputError
from crmcore.query import F
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from datetime import datetime

    from crmcore.query import Expression

__all__ = ["OF_JOBS", "visible"]

OF_JOBS = ("application", "opening", "posting")
"""Kinds that belong to one job, and are hidden with it."""


def visible(user: str, *, at: datetime, of: str = "job") -> Expression:
    """Return what is true of the records that a user may know of at an instant.

    What belongs to a job that is not there is hidden. A requisition is hidden if one of its jobs is.

    Args:
        user: who looks.
        at: when; who has left the team by then sees it no more.
        of: the kind that is looked at: ``job``, one of `OF_JOBS`, or ``requisition``.

    Raises:
        InputError: another kind, or an instant without a time zone.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.hiring import Job
    >>> from crmcore.query import checked, printed
    >>> asked = checked(visible("ann", at=datetime(2026, 3, 1, tzinfo=UTC)), Job.askable().subject)
    >>> print(printed(asked))
    is_confidential == false or team has (user == "ann" and since <= 2026-03-01... and (until is missing or ...))
    """
    at = in_utc(at)
    is_there = (F.user == user) & (F.since <= at) & (F.until.is_missing() | (F.until > at))
    seen = (F.is_confidential == False) | F.team.any(is_there)  # noqa: E712 - a question, no comparison
    if of == "job":
        return seen
    if of in OF_JOBS:
        return F.jobs.any(seen)
    if of == "requisition":
        return F.jobs.all(seen)
    raise InputError(f"{of!r} is hidden with no job; pass job, requisition, {', '.join(OF_JOBS)}")
