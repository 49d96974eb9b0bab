"""What can happen to an interview, and what state follows.

The table of states::

    (none)             --schedule-->    scheduled
    scheduled          --reschedule-->  scheduled            another time: every answer is asked for again
    scheduled          --change-->      scheduled            another place or panel
    scheduled          --edit-->        scheduled            a title, a role: what invalidates no answer
    scheduled          --cancel-->      cancelled
    scheduled          --hold-->        awaiting_feedback    it took place
    scheduled          --miss-->        no_show              the candidate did not come
    no_show            --reschedule-->  scheduled
    no_show            --hold-->        awaiting_feedback    they came after all
    awaiting_feedback  --complete-->    complete
    awaiting_feedback  --miss-->        no_show
    complete           --reopen-->      awaiting_feedback
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from crmcore.model.hiring.wall_time import WallTime
from crmcore.model.machine import Machine, Told

__all__ = ["INTERVIEWS", "RAISING", "InterviewStatus", "InterviewStep", "InterviewVerb"]


class InterviewStatus(StrEnum):
    """Where an interview stands."""

    SCHEDULED = "scheduled"
    AWAITING_FEEDBACK = "awaiting_feedback"
    COMPLETE = "complete"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


class InterviewVerb(StrEnum):
    """What can happen to an interview."""

    SCHEDULE = "schedule"
    RESCHEDULE = "reschedule"
    CHANGE = "change"
    """Another place, or somebody came to the panel or left it."""
    EDIT = "edit"
    """What invalidates no answer, such as the title."""
    CANCEL = "cancel"
    HOLD = "hold"
    MISS = "miss"
    COMPLETE = "complete"
    REOPEN = "reopen"


INTERVIEWS = Machine(
    {
        None: {InterviewVerb.SCHEDULE: InterviewStatus.SCHEDULED},
        InterviewStatus.SCHEDULED: {
            InterviewVerb.RESCHEDULE: InterviewStatus.SCHEDULED,
            InterviewVerb.CHANGE: InterviewStatus.SCHEDULED,
            InterviewVerb.EDIT: InterviewStatus.SCHEDULED,
            InterviewVerb.CANCEL: InterviewStatus.CANCELLED,
            InterviewVerb.HOLD: InterviewStatus.AWAITING_FEEDBACK,
            InterviewVerb.MISS: InterviewStatus.NO_SHOW,
        },
        InterviewStatus.NO_SHOW: {
            InterviewVerb.RESCHEDULE: InterviewStatus.SCHEDULED,
            InterviewVerb.HOLD: InterviewStatus.AWAITING_FEEDBACK,
        },
        InterviewStatus.AWAITING_FEEDBACK: {
            InterviewVerb.COMPLETE: InterviewStatus.COMPLETE,
            InterviewVerb.MISS: InterviewStatus.NO_SHOW,
        },
        InterviewStatus.COMPLETE: {InterviewVerb.REOPEN: InterviewStatus.AWAITING_FEEDBACK},
        InterviewStatus.CANCELLED: {},
    }
)
"""What can happen to an interview in each state."""

RAISING = frozenset({InterviewVerb.RESCHEDULE, InterviewVerb.CHANGE, InterviewVerb.CANCEL})
"""What makes earlier answers worthless, and so raises the sequence."""


class InterviewStep(Told):
    """One thing that happened to an interview."""

    verb: InterviewVerb
    sequence: int = Field(ge=0, le=2**31 - 1, description="What the sequence is afterwards.")
    before: WallTime | None = Field(default=None, description="Of a rescheduling: when it was to be before.")
