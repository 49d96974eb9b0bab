"""A test that somebody else's system gives an applicant: that it was sent, and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator

from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.machine import Machine, Told, in_time
from crmcore.model.money import Amount
from crmcore.model.record import Id, Record, Value
from crmcore.model.scalars import Instant, LongText, Text
from crmcore.query.moments import in_utc
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.hiring.application import Application
    from crmcore.model.occasion import Occasion

__all__ = ["ASSESSMENTS", "Assessment", "AssessmentResult", "AssessmentStatus", "AssessmentStep", "AssessmentVerb"]

INTERNAL = Sensitivity.INTERNAL


class AssessmentStatus(StrEnum):
    """How far it is."""

    ORDERED = "ordered"
    SENT = "sent"
    STARTED = "started"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class AssessmentVerb(StrEnum):
    """What can happen to it."""

    ORDER = "order"
    SEND = "send"
    START = "start"
    COMPLETE = "complete"
    EXPIRE = "expire"
    CANCEL = "cancel"


UNDER_WAY = {
    AssessmentVerb.COMPLETE: AssessmentStatus.COMPLETED,
    AssessmentVerb.EXPIRE: AssessmentStatus.EXPIRED,
    AssessmentVerb.CANCEL: AssessmentStatus.CANCELLED,
}
ASSESSMENTS = Machine(
    {
        None: {AssessmentVerb.ORDER: AssessmentStatus.ORDERED},
        AssessmentStatus.ORDERED: {
            AssessmentVerb.SEND: AssessmentStatus.SENT,
            AssessmentVerb.CANCEL: AssessmentStatus.CANCELLED,
        },
        AssessmentStatus.SENT: {AssessmentVerb.START: AssessmentStatus.STARTED, **UNDER_WAY},
        AssessmentStatus.STARTED: UNDER_WAY,
        AssessmentStatus.COMPLETED: {},
        AssessmentStatus.EXPIRED: {
            AssessmentVerb.COMPLETE: AssessmentStatus.COMPLETED,
            AssessmentVerb.SEND: AssessmentStatus.SENT,
        },
        AssessmentStatus.CANCELLED: {},
    }
)
"""What can happen in each state. A result that comes after the time ran out counts; not every system tells a start."""


class AssessmentStep(Told):
    """One thing that happened to it."""

    verb: AssessmentVerb


class AssessmentResult(Value):
    """What came back."""

    score: Amount | None = None
    maximum: Amount | None = Field(default=None, gt=0)
    has_passed: bool | None = Field(default=None, description="As the provider judges; it decides nothing here.")
    summary: LongText = ""
    report: Text = Field(default="", description="Where the provider shows it in full.")

    @model_validator(mode="after")
    def _is_within_its_scale(self) -> Self:
        if self.score is not None and self.maximum is not None and not 0 <= self.score <= self.maximum:
            raise ValueError(f"the score {self.score} is not between 0 and the maximum {self.maximum}")
        return self


class Assessment(Record):
    """One test of one applicant.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.hiring import Application
    >>> from crmcore.model.occasion import Occasion
    >>> from crmcore.model.pipeline import Pipeline, Stage
    >>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva")
    >>> pipeline = Pipeline(id="p-1", name="Any", stages=[Stage(key="test", label="Test", category="assessment")])
    >>> ada, _ = Application.begin(id="a-1", contact="c-1", job="j-1", within=pipeline, on=on)
    >>> test, _ = Assessment.order(id="t-1", application=ada, provider="codetest", test="sql", on=on)
    >>> test, _ = test.sent("ref-7", on=on)
    >>> test, told = test.completed(AssessmentResult(score=8, maximum=10), on=on)
    >>> test.status.value, told.type, test.result.score
    ('completed', 'assessment.completed', Decimal('8'))
    >>> test.cancelled(on=on)
    Traceback (most recent call last):
    crmcore.errors.IllegalStep: what is completed cannot cancel; it can: nothing more
    """

    kind: ClassVar[str] = "assessment"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("application", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("contact", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("provider", sensitivity=INTERNAL),
        one("test", sensitivity=INTERNAL),
        one("reference", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("status", type=FieldType.CHOICE, options=AssessmentStatus, sensitivity=INTERNAL),
        one("due_at", type=FieldType.INSTANT, sensitivity=INTERNAL),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="applications", kind="application", here="application"),
        RelationSpec(key="contacts", kind="contact", here="contact"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {"history": INTERNAL, "result": Sensitivity.CONFIDENTIAL}

    application: Id
    contact: Id
    provider: Text = Field(min_length=1)
    test: Text = Field(min_length=1, description="Which of the provider's tests.")
    reference: Id | None = Field(default=None, description="What the provider calls this one.")
    due_at: Instant | None = None
    history: Annotated[tuple[AssessmentStep, ...], Field(max_length=1_000)]
    result: AssessmentResult | None = None

    @model_validator(mode="after")
    def _obeys_the_table(self) -> Self:
        if self.history != in_time(self.history) or not self.history:
            raise ValueError("the steps are in the order in which they occurred, and begin with ordering it")
        if (self.result is not None) != (self.status is AssessmentStatus.COMPLETED):
            raise ValueError("a completed assessment has a result, and no other has")
        return self

    @classmethod
    def order(
        cls,
        *,
        id: str,  # noqa: A002
        application: Application,
        provider: str,
        test: str,
        on: Occasion,
        **more: object,
    ) -> tuple[Self, Event]:
        """Return a new one that the provider has yet to send."""
        given = {"id": id, "application": application.id, "contact": application.contact, "provider": provider}
        history = (AssessmentStep(verb=AssessmentVerb.ORDER, **on.told()),)
        new = cls.model_validate({**given, "test": test, "history": history, **more})
        return new, on.tells("assessment.ordered", new, test=test)

    @property
    def status(self) -> AssessmentStatus:
        """How far it is."""
        status: AssessmentStatus | None = None
        for step in self.history:
            status = ASSESSMENTS.after(status, step.verb)
        assert status is not None  # noqa: S101 - it was ordered
        return status

    def about(self) -> tuple[str, str]:
        """Return the contact: what is noted of the assessment is noted of that person."""
        return "contact", self.contact

    def is_overdue(self, at: datetime) -> bool:
        """Whether it should have come back by an instant, and has not."""
        at = in_utc(at)
        open_ = {AssessmentStatus.SENT, AssessmentStatus.STARTED}
        return self.due_at is not None and at >= self.due_at and self.status in open_

    def sent(self, reference: str, *, on: Occasion) -> tuple[Self, Event]:
        """Note that the provider sent it, and what it calls it."""
        return self._stepped(AssessmentVerb.SEND, on=on, reference=reference)

    def started(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that the applicant began."""
        return self._stepped(AssessmentVerb.START, on=on)

    def completed(self, result: AssessmentResult, *, on: Occasion) -> tuple[Self, Event]:
        """Note what came back; the event tells that it did, and nothing of it."""
        return self._stepped(AssessmentVerb.COMPLETE, on=on, result=result)

    def expired(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that the time ran out."""
        return self._stepped(AssessmentVerb.EXPIRE, on=on)

    def cancelled(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that it is not wanted any more; `on.reason` says why."""
        return self._stepped(AssessmentVerb.CANCEL, on=on)

    def _stepped(self, verb: AssessmentVerb, *, on: Occasion, **changes: object) -> tuple[Self, Event]:
        history = in_time((*self.history, AssessmentStep(verb=verb, **on.told())))
        status: AssessmentStatus | None = None
        for step in history:  # before the record is made, so that the error is its own
            status = ASSESSMENTS.after(status, step.verb)
        assert status is not None  # noqa: S101 - it was ordered
        new = self.evolve(history=history, **changes)
        return new, on.tells(f"assessment.{PAST[verb]}", self)


PAST = {
    AssessmentVerb.SEND: "sent",
    AssessmentVerb.START: "started",
    AssessmentVerb.COMPLETE: "completed",
    AssessmentVerb.EXPIRE: "expired",
    AssessmentVerb.CANCEL: "cancelled",
}
