"""Instants that are noted of jobs and applications beside their steps, such as when a job was posted."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from crmcore.reports.pipeline._choosing import chosen
from crmcore.reports.pipeline._instants import instant_of

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["APPLICATION_MARKS", "JOB_MARKS", "Mark", "MarkKind"]


class MarkKind(StrEnum):
    """What is noted."""

    POSTED = "posted"
    """A job was shown to the world."""
    APPROVED = "approved"
    """A job, or its requisition, was approved."""
    FILL_BEGAN = "fill_began"
    """Overrides where time to fill a job begins."""
    FILL_ENDED = "fill_ended"
    """Overrides where time to fill a job ends."""
    TOUCHED = "touched"
    """The person of an application was in touch with us."""
    ADDED = "added"
    """The person of an application became known to us."""
    STARTED = "started"
    """The person of an application began, or is to begin, to work; of several, the one told last counts."""


JOB_MARKS = (MarkKind.POSTED, MarkKind.APPROVED, MarkKind.FILL_BEGAN, MarkKind.FILL_ENDED)
"""What is noted of jobs, by code."""
APPLICATION_MARKS = (MarkKind.TOUCHED, MarkKind.ADDED, MarkKind.STARTED)
"""What is noted of applications, by code."""


def _kind(word: MarkKind | str) -> MarkKind:
    return chosen(MarkKind, word, field="kind", of="a mark")


@attrs.frozen
class Mark:
    """One instant that is noted of a job or an application.

    A kind that is none, and a time without a zone, are refused when it is made.

    Attributes:
        kind: what.
        of: the id of the job or the application.
        at: when it was; a day stands for its noon in UTC, which is that day nearly everywhere.
        recorded_at: when we learned of it; by default the same instant.

    >>> from datetime import UTC, datetime
    >>> Mark("posted", "j-1", datetime(2026, 3, 2, tzinfo=UTC)).kind.value
    'posted'
    """

    kind: MarkKind = attrs.field(converter=_kind)
    of: str
    at: datetime
    recorded_at: datetime | None = None

    def __attrs_post_init__(self) -> None:
        instant_of(self.at, name="at")
        if self.recorded_at is not None:
            instant_of(self.recorded_at, name="recorded_at")
