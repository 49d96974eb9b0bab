"""Why one record belongs to a segment, or does not."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from crmcore.model.segment import Segment, SegmentType

if TYPE_CHECKING:
    from datetime import datetime

    from crmcore.model.segment import Standing

__all__ = ["Decided", "Explained", "decided"]


class Decided(StrEnum):
    """What decides about one record."""

    QUESTION = "question"
    """What the segment asks."""
    INCLUDED = "included"
    """It was put in by hand."""
    EXCLUDED = "excluded"
    """It was taken out by hand."""
    LISTED = "listed"
    """A list decides: the segment is manual, or a snapshot."""
    ABSENT = "absent"
    """There is no such record."""


@attrs.frozen(kw_only=True)
class Explained:
    """Why one record belongs to a segment, or does not.

    Attributes:
        segment, record: of what, and who.
        at: as of when.
        is_member: whether it belongs to it at that instant, by the definition as it is now.
        decided: what decides.
        flips_at: when that may change though nothing is changed; None for never.
        standing: the membership as it was last followed, with its cause; None where it never was one.

    """

    segment: str
    record: str
    at: datetime
    is_member: bool
    decided: Decided
    flips_at: datetime | None
    standing: Standing | None


def decided(segment: Segment, record: str, *, is_there: bool) -> Decided:
    """Return what decides about a record."""
    if not is_there:
        return Decided.ABSENT
    if record in segment.excludes:
        return Decided.EXCLUDED
    if segment.type is not SegmentType.DYNAMIC:
        return Decided.LISTED
    return Decided.INCLUDED if record in segment.includes else Decided.QUESTION
