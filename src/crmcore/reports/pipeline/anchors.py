"""Anchors: the events between which a measure is taken, and which of several counts."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from pydantic import model_validator

from crmcore.model.pipeline import StageCategory
from crmcore.model.record import Value
from crmcore.model.scalars import Slug

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Anchor", "Milestone", "Which"]


class Milestone(StrEnum):
    """Something that happens to a job, an opening, an application, an offer, or in a stay in a stage."""

    JOB_OPENED = "job_opened"
    JOB_ACTIVATED = "job_activated"
    """Opened, resumed or reopened."""
    JOB_CLOSED = "job_closed"
    JOB_FILLED = "job_filled"
    """The last seat was filled: there was one, and no other was free or reserved. It stands while none of the seats
    that were filled then has been freed since; a seat that is opened later does not undo it."""
    JOB_POSTED = "job_posted"
    JOB_APPROVED = "job_approved"
    FILL_BEGAN = "fill_began"
    FILL_ENDED = "fill_ended"
    OPENING_OPENED = "opening_opened"
    OPENING_FILLED = "opening_filled"
    TOUCHED = "touched"
    ADDED = "added"
    APPLIED = "applied"
    STAGE_ENTERED = "stage_entered"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    HIRED = "hired"
    ENDED = "ended"
    """Rejected, withdrawn, hired or transferred."""
    STEPPED = "stepped"
    """Anything happened to the application."""
    STARTED = "started"
    OFFER_DRAFTED = "offer_drafted"
    OFFER_SENT = "offer_sent"
    OFFER_ACCEPTED = "offer_accepted"
    OFFER_DECLINED = "offer_declined"
    OFFER_ANSWERED = "offer_answered"
    """Accepted or declined."""
    ENTERED = "entered"
    """Of a stay: it began."""
    LEFT = "left"
    """Of a stay: it ended."""
    EXITED = "exited"
    """Of a stay: it ended with a step to another stage, or with the hire."""
    EXITED_FORWARD = "exited_forward"
    """Of a stay: it ended with a step to a later stage, or with the hire."""
    MOVED_ON = "moved_on"
    """Of a stay: its application was in another stage afterwards, or was hired from it."""
    ADVANCED = "advanced"
    """Of a stay: its application was in a later stage afterwards, or was hired from it."""
    DROPPED_OUT = "dropped_out"
    """Of a stay: its application was rejected or withdrawn in it."""
    NOW = "now"
    """The instant for which the measure is taken."""


OF_STAYS = frozenset(
    {
        Milestone.ENTERED,
        Milestone.LEFT,
        Milestone.EXITED,
        Milestone.EXITED_FORWARD,
        Milestone.MOVED_ON,
        Milestone.ADVANCED,
        Milestone.DROPPED_OUT,
    }
)
UNDOABLE = frozenset(
    {
        Milestone.HIRED,
        Milestone.REJECTED,
        Milestone.WITHDRAWN,
        Milestone.ENDED,
        Milestone.OFFER_ACCEPTED,
        Milestone.OPENING_FILLED,
        Milestone.JOB_FILLED,
    }
)

WORDS = {
    Milestone.JOB_OPENED: "the job was opened",
    Milestone.JOB_ACTIVATED: "the job was opened, resumed or reopened",
    Milestone.JOB_CLOSED: "the job was closed",
    Milestone.JOB_FILLED: "the last seat of the job was filled",
    Milestone.JOB_POSTED: "the job was posted",
    Milestone.JOB_APPROVED: "the job was approved",
    Milestone.FILL_BEGAN: "the fill of the job is said to have begun",
    Milestone.FILL_ENDED: "the fill of the job is said to have ended",
    Milestone.OPENING_OPENED: "the opening was opened",
    Milestone.OPENING_FILLED: "the opening was filled",
    Milestone.TOUCHED: "the person was in touch",
    Milestone.ADDED: "the person became known",
    Milestone.APPLIED: "the person applied",
    Milestone.STAGE_ENTERED: "a stage was entered",
    Milestone.REJECTED: "the application was rejected",
    Milestone.WITHDRAWN: "the application was withdrawn",
    Milestone.HIRED: "the person was hired",
    Milestone.ENDED: "the application ended",
    Milestone.STEPPED: "something happened to the application",
    Milestone.STARTED: "the person began to work",
    Milestone.OFFER_DRAFTED: "an offer was drafted",
    Milestone.OFFER_SENT: "an offer was sent",
    Milestone.OFFER_ACCEPTED: "an offer was accepted",
    Milestone.OFFER_DECLINED: "an offer was declined",
    Milestone.OFFER_ANSWERED: "an offer was accepted or declined",
    Milestone.ENTERED: "the stage was entered",
    Milestone.LEFT: "the stage was left",
    Milestone.EXITED: "the stage was left for another one, or for the hire",
    Milestone.EXITED_FORWARD: "the stage was left for a later one, or for the hire",
    Milestone.MOVED_ON: "another stage was entered, or the person was hired from it",
    Milestone.ADVANCED: "a later stage was entered, or the person was hired from it",
    Milestone.DROPPED_OUT: "the application was rejected or withdrawn in the stage",
    Milestone.NOW: "the instant of the measure",
}


class Which(StrEnum):
    """Which of several events of one kind counts."""

    FIRST = "first"
    LAST = "last"


class Anchor(Value):
    """One end of what is measured.

    Attributes:
        milestone: what happened.
        which: the first or the last one.
        stage, category: of `Milestone.STAGE_ENTERED`: which stage, by its key or by what it means.
        since: only those at or after the last such event count.
        by: only those at or before the first such event count.
        stands: only one that has not been undone since counts, such as a hire without an unhire.
        otherwise: what counts where there is none.

    >>> print(Anchor(milestone="job_activated", which="last", by="applied", otherwise=Anchor(milestone="job_opened")))
    the last time that the job was opened, resumed or reopened, at or before the first time that the person applied;
    otherwise the first time that the job was opened
    """

    milestone: Milestone
    which: Which = Which.FIRST
    stage: Slug | None = None
    category: StageCategory | None = None
    since: Milestone | None = None
    by: Milestone | None = None
    stands: bool = False
    otherwise: Anchor | None = None

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if (self.milestone is Milestone.STAGE_ENTERED) != ((self.stage is not None) != (self.category is not None)):
            raise ValueError(f"{Milestone.STAGE_ENTERED.value!r} names a stage or a category, and nothing else does")
        if self.stands and self.milestone not in UNDOABLE:
            raise ValueError(f"{self.milestone.value!r} is never undone; leave out stands")
        own = {Milestone.NOW, Milestone.STAGE_ENTERED, *OF_STAYS}
        if (self.since or self.by) and (self.milestone in own or {self.since, self.by} & own):
            raise ValueError("since and by relate milestones of jobs, openings, applications and offers to each other")
        return self

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Show what differs from a plain anchor."""
        return differing(self, super().__repr_args__())

    @property
    def milestones(self) -> tuple[Milestone, ...]:
        """Every milestone that it may be."""
        return (self.milestone, *(self.otherwise.milestones if self.otherwise else ()))

    def __str__(self) -> str:
        """Say it in words."""
        said = WORDS[self.milestone]
        if self.milestone is Milestone.STAGE_ENTERED:
            said = f"stage {self.stage!r} was entered" if self.stage else f"a stage of {self.category} was entered"
        if self.milestone not in {Milestone.NOW, Milestone.APPLIED, *OF_STAYS}:
            said = f"the {self.which.value} time that {said}"
        said += f", at or after the last time that {WORDS[self.since]}" if self.since else ""
        said += f", at or before the first time that {WORDS[self.by]}" if self.by else ""
        said += ", and that stands" if self.stands else ""
        return f"{said}; otherwise {self.otherwise}" if self.otherwise else said


def differing(value: Value, shown: Iterable[tuple[str | None, Any]]) -> Iterable[tuple[str | None, Any]]:
    """Yield of the fields of a value those that are not as by default."""
    fields = type(value).model_fields
    return [(name, held) for name, held in shown if name is None or held != fields[name].default]
