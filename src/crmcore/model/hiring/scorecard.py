"""What one interviewer thought: a recommendation, ratings with notes, and answers, in the words as they were asked.

*Laws.* Only who is on the panel has a card of an interview, and only one. It is submitted once, not before the
interview began, and is final then; one that should not count is voided, with a reason, and another may be begun. Who
can still submit sees nobody else's: see :func:`crmcore.model.hiring.feedback.visible_to`.

The table of states::

    (none)       --begin-->     draft
    draft        --write-->     draft
    draft        --submit-->    submitted
    draft        --void-->      void
    submitted    --void-->      void
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator

from crmcore.errors import LawBroken
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, many, one
from crmcore.model.hiring.interview_steps import InterviewStatus
from crmcore.model.machine import Machine, Told
from crmcore.model.record import Id, Record, Value
from crmcore.model.scalars import Distinct, Instant, LongText, Slug, Text
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.hiring.interview import Interview
    from crmcore.model.hiring.kit import Kit
    from crmcore.model.occasion import Occasion

__all__ = [
    "SCORECARDS",
    "AttributeRating",
    "PromptAnswer",
    "Rating",
    "Scorecard",
    "ScorecardStatus",
    "ScorecardStep",
    "ScorecardVerb",
]

INTERNAL, CONFIDENTIAL = Sensitivity.INTERNAL, Sensitivity.CONFIDENTIAL
TAKING_FEEDBACK = frozenset({InterviewStatus.SCHEDULED, InterviewStatus.AWAITING_FEEDBACK})
"""States of an interview in which a card of it can be submitted."""


class Rating(StrEnum):
    """How good, or how much in favour; an overall recommendation takes a side, or is no decision."""

    DEFINITELY_NOT = "definitely_not"
    NO = "no"
    MIXED = "mixed"
    YES = "yes"
    STRONG_YES = "strong_yes"
    NO_DECISION = "no_decision"

    @property
    def score(self) -> int | None:
        """1 to 5; None where nothing was decided, which counts in no mean."""
        return None if self is Rating.NO_DECISION else list(Rating).index(self) + 1


class ScorecardStatus(StrEnum):
    """Where a card stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    VOID = "void"


class ScorecardVerb(StrEnum):
    """What can happen to a card."""

    BEGIN = "begin"
    WRITE = "write"
    SUBMIT = "submit"
    VOID = "void"


SCORECARDS = Machine(
    {
        None: {ScorecardVerb.BEGIN: ScorecardStatus.DRAFT},
        ScorecardStatus.DRAFT: {
            ScorecardVerb.WRITE: ScorecardStatus.DRAFT,
            ScorecardVerb.SUBMIT: ScorecardStatus.SUBMITTED,
            ScorecardVerb.VOID: ScorecardStatus.VOID,
        },
        ScorecardStatus.SUBMITTED: {ScorecardVerb.VOID: ScorecardStatus.VOID},
        ScorecardStatus.VOID: {},
    }
)
"""What can happen to a card in each state; writing leaves no step, as a draft is nobody's business."""


class ScorecardStep(Told):
    """One thing that happened to a card."""

    verb: ScorecardVerb


class AttributeRating(Value):
    """How one attribute was rated, and why."""

    attribute: Slug
    label: Text = Field(default="", description="What the attribute was called then.")
    rating: Rating
    note: LongText = ""

    @property
    def key(self) -> str:
        """What tells the ratings of a card apart."""
        return self.attribute


class PromptAnswer(Value):
    """What was answered to one question of the kit."""

    prompt: Slug
    text: Text = Field(default="", description="The question as it was then.")
    answer: LongText

    @property
    def key(self) -> str:
        """What tells the answers of a card apart."""
        return self.prompt


class Scorecard(Record):
    """What one interviewer thought of one interview.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.hiring.interview import Attendee, Interview, Organiser, Panelist
    >>> from crmcore.model.hiring.wall_time import WallTime
    >>> from crmcore.model.occasion import Occasion
    >>> def on(day, hour=12):
    ...     return Occasion(event_id="e-1", at=datetime(2026, 3, day, hour, tzinfo=UTC), actor="u-1")
    >>> interview, _ = Interview.schedule(
    ...     id="i-1",
    ...     application="a-1",
    ...     contact="c-1",
    ...     title="Design",
    ...     start=WallTime.at(on(9).at, "Asia/Tokyo"),
    ...     minutes=60,
    ...     organiser=Organiser(email="eva@example.org"),
    ...     candidate=Attendee(),
    ...     panel=[Panelist(user="u-1")],
    ...     on=on(2),
    ... )
    >>> card, _ = Scorecard.begin(id="s-1", interview=interview, interviewer="u-1", on=on(8))
    >>> card = card.write(overall="yes", ratings=[AttributeRating(attribute="depth", rating="strong_yes")])
    >>> card.submit(interview, on=on(8))
    Traceback (most recent call last):
    crmcore.errors.IllegalStep: what is draft cannot submit: interview 'i-1' begins at 2026-03-09 21:00 Asia/Tokyo only
    >>> card, told = card.submit(interview, on=on(9, 14))
    >>> card.status.value, card.submitted_at.hour, told.type
    ('submitted', 14, 'scorecard.submitted')
    """

    kind: ClassVar[str] = "scorecard"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("interview", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("application", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("contact", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("interviewer", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("status", type=FieldType.CHOICE, options=ScorecardStatus, sensitivity=INTERNAL),
        one("overall", type=FieldType.CHOICE, options=Rating, sensitivity=CONFIDENTIAL),
        one("interviewed_at", type=FieldType.INSTANT, sensitivity=INTERNAL),
        one("submitted_at", type=FieldType.INSTANT, sensitivity=INTERNAL),
        many("attribute", "ratings.attribute", sensitivity=CONFIDENTIAL),
        many("rating", "ratings.rating", type=FieldType.CHOICE, options=Rating, sensitivity=CONFIDENTIAL),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="interviews", kind="interview", here="interview"),
        RelationSpec(key="applications", kind="application", here="application"),
        RelationSpec(key="contacts", kind="contact", here="contact"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        "ratings": CONFIDENTIAL,
        "answers": CONFIDENTIAL,
        "notes": CONFIDENTIAL,
        "history": INTERNAL,
    }

    interview: Id
    application: Id
    contact: Id = Field(description="Who was interviewed.")
    interviewer: Id = Field(description="Whose card it is, whoever submits it.")
    interviewed_at: Instant | None = Field(default=None, description="When the interview began, once it is submitted.")
    overall: Rating | None = None
    ratings: Annotated[Distinct[AttributeRating], Field(max_length=200)] = ()
    answers: Annotated[Distinct[PromptAnswer], Field(max_length=200)] = ()
    notes: LongText = ""
    history: Annotated[tuple[ScorecardStep, ...], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _obeys_the_table(self) -> Self:
        for _ in _states(self.history):
            pass
        if self.overall is Rating.MIXED:
            raise ValueError("an overall recommendation takes a side, or is no_decision")
        if self.submitted_at is not None and (self.overall is None or self.interviewed_at is None):
            raise ValueError("what is submitted recommends something, and says when the interview was")
        return self

    @classmethod
    def begin(
        cls,
        *,
        id: str,  # noqa: A002
        interview: Interview,
        interviewer: str,
        on: Occasion,
    ) -> tuple[Self, Event]:
        """Return an empty draft; it may be begun before the interview.

        Raises:
            LawBroken: they are not on the panel, or the interview takes no feedback.

        """
        _check_assigned(interview, interviewer)
        history = (ScorecardStep(verb=ScorecardVerb.BEGIN, **on.told()),)
        told = {"interview": interview.id, "application": interview.application, "contact": interview.contact}
        new = cls.model_validate({"id": id, "interviewer": interviewer, "history": history, **told})
        return new, on.tells("scorecard.begun", new, interviewer=interviewer)

    @property
    def status(self) -> ScorecardStatus:
        """Where it stands."""
        return list(_states(self.history))[-1]

    @property
    def submitted(self) -> ScorecardStep | None:
        """When and by whom it was submitted; None for a draft."""
        return next((step for step in self.history if step.verb is ScorecardVerb.SUBMIT), None)

    @property
    def submitted_at(self) -> datetime | None:
        """When it was submitted."""
        return self.submitted.occurred_at if self.submitted else None

    @property
    def submitted_by(self) -> str | None:
        """Who submitted it: usually the interviewer, else somebody on their behalf."""
        return self.submitted.by if self.submitted else None

    @property
    def counts(self) -> bool:
        """Whether it is submitted, and not void."""
        return self.status is ScorecardStatus.SUBMITTED

    def about(self) -> tuple[str, str]:
        """Return who was interviewed."""
        return "contact", self.contact

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """Claim the interviewer's place at the interview, unless it is void: each has one card."""
        if self.status is not ScorecardStatus.VOID:
            yield "scorecard of interviewer", f"{self.interview} {self.interviewer}"

    def write(
        self,
        *,
        overall: Rating | str | None = None,
        ratings: Iterable[AttributeRating] | None = None,
        answers: Iterable[PromptAnswer] | None = None,
        notes: str | None = None,
        kit: Kit | None = None,
    ) -> Self:
        """Return the draft with what is given in place of what it said.

        Args:
            overall: the recommendation.
            ratings: of attributes.
            answers: to questions.
            notes: whatever else there is to say.
            kit: from which ratings and answers take the words of their attributes and questions; they may be about
                what the kit does not have, as it may have had it when the interview was held.

        Raises:
            IllegalStep: it is submitted, or void.

        """
        SCORECARDS.after(self.status, ScorecardVerb.WRITE)
        given = {"overall": overall, "notes": notes}
        if ratings is not None:
            given["ratings"] = tuple(_labelled(each, kit) for each in ratings)  # type: ignore[assignment]
        if answers is not None:
            given["answers"] = tuple(_worded(each, kit) for each in answers)  # type: ignore[assignment]
        return self.evolve(**{name: value for name, value in given.items() if value is not None})

    def submit(self, interview: Interview, *, on: Occasion) -> tuple[Self, Event]:
        """Hand it in, for good.

        Raises:
            IllegalStep: it was submitted before, or is void, or the interview has not begun.
            LawBroken: it is of another interview; they are no longer on the panel; the interview takes no feedback; or
                it recommends nothing.

        """
        SCORECARDS.after(self.status, ScorecardVerb.SUBMIT)
        if interview.id != self.interview:
            raise LawBroken(f"scorecard {self.id!r} is of interview {self.interview!r}, not of {interview.id!r}")
        _check_assigned(interview, self.interviewer)
        if on.at < interview.starts_at:
            why = f"interview {interview.id!r} begins at {interview.start} only"
            raise SCORECARDS.refusal(self.status, ScorecardVerb.SUBMIT, why=why)
        if self.overall is None:
            raise LawBroken(f"scorecard {self.id!r} recommends nothing; say no_decision if there is none")
        new = self._stepped(ScorecardVerb.SUBMIT, on=on, interviewed_at=interview.starts_at)
        return new, on.tells("scorecard.submitted", new, interviewer=self.interviewer)

    def void(self, *, on: Occasion) -> tuple[Self, Event]:
        """Have it count no more; `on.reason` says why, and it is kept.

        Raises:
            IllegalStep: it is void already.
            LawBroken: no reason is given for one that was submitted.

        """
        if self.counts and not on.reason:
            raise LawBroken(f"scorecard {self.id!r} was submitted; it is made void for a reason")
        new = self._stepped(ScorecardVerb.VOID, on=on)
        return new, on.tells("scorecard.voided", new, interviewer=self.interviewer)

    def _stepped(self, verb: ScorecardVerb, *, on: Occasion, **changes: object) -> Self:
        SCORECARDS.after(self.status, verb)
        return self.evolve(history=(*self.history, ScorecardStep(verb=verb, **on.told())), **changes)


def _states(history: Iterable[ScorecardStep]) -> Iterator[ScorecardStatus]:
    status: ScorecardStatus | None = None
    for step in history:
        status = SCORECARDS.after(status, step.verb)
        yield status


def _check_assigned(interview: Interview, interviewer: str) -> None:
    if interviewer not in {each.user for each in interview.panel}:
        raise LawBroken(f"{interviewer!r} is not on the panel of interview {interview.id!r}")
    if interview.status not in TAKING_FEEDBACK:
        raise LawBroken(f"interview {interview.id!r} is {interview.status.value} and takes no feedback")


def _labelled(rating: AttributeRating, kit: Kit | None) -> AttributeRating:
    known = {each.key: each.label for each in kit.attributes} if kit else {}
    return rating.evolve(label=known[rating.attribute]) if rating.attribute in known else rating


def _worded(answer: PromptAnswer, kit: Kit | None) -> PromptAnswer:
    known = {each.key: each.text for each in kit.prompts} if kit else {}
    return answer.evolve(text=known[answer.prompt]) if answer.prompt in known else answer
