"""Windows: the time that a number is about, and the groups that it is broken down by."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from crmcore.model.record import Value
from crmcore.model.scalars import Instant

__all__ = ["By", "Window", "WindowRule"]


class WindowRule(StrEnum):
    """Which rows belong to a window."""

    BY_START = "by_start"
    """Those that start in it, whenever they end: a cohort."""
    BY_END = "by_end"
    """Those that end in it, whenever they started: an activity."""
    CLIPPED = "clipped"
    """Those that are under way in it at all; what lies outside of it is cut off."""


class By(StrEnum):
    """What a number is broken down by."""

    JOB = "job"
    STAGE = "stage"
    CATEGORY = "category"
    SOURCE = "source"
    RECRUITER = "recruiter"
    DEPARTMENT = "department"
    PERSON = "person"


class Window(Value):
    """From when to when; the end is not part of it, and either may be open.

    >>> from datetime import UTC, datetime
    >>> str(Window(since=datetime(2026, 3, 1, tzinfo=UTC), until=datetime(2026, 4, 1, tzinfo=UTC)))
    '2026-03-01T00:00:00+00:00 until 2026-04-01T00:00:00+00:00'
    """

    since: Instant | None = None
    until: Instant | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError(f"the window ends, {self.until.isoformat()}, before it begins, {self.since.isoformat()}")
        return self

    def __str__(self) -> str:
        """Say it in words."""
        since = f"{self.since.isoformat()} " if self.since else ""
        return f"{since}until {self.until.isoformat()}" if self.until else f"{since}on" if since else "all time"
