"""A contact whom we hope to win: status, fit, follow-up, and how it ended."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self

from pydantic import Field, model_validator

from crmcore.errors import LawBroken
from crmcore.model.candidate import Candidate
from crmcore.model.custom import CustomValues
from crmcore.model.events import Event
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.occasion import Occasion
from crmcore.model.qualification import Qualification
from crmcore.model.record import Id, Record, Value
from crmcore.model.scalars import Instant, Slug, Text
from crmcore.query.moments import in_utc
from crmcore.query.types import FieldType

__all__ = ["Conversion", "Lead", "LeadCategory", "LeadStatus"]


class LeadCategory(StrEnum):
    """What a status means; reports count by this, never by the label."""

    OPEN = "open"
    ONGOING = "ongoing"
    ON_HOLD = "on_hold"
    WON = "won"
    LOST = "lost"


class LeadStatus(Value):
    """A status with the label that the users gave it."""

    key: Slug
    label: Text = Field(min_length=1)
    category: LeadCategory


NEW = LeadStatus(key="new", label="New", category=LeadCategory.OPEN)


class Conversion(Value):
    """What became of a lead, and when: the link back that is never removed."""

    candidate: Id
    at: Instant


class Lead(Record):
    """One attempt to win one contact."""

    kind: ClassVar[str] = "lead"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("contact", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("candidate", "conversion.candidate", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("status", "status.key", sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one(
            "category", "status.category", type=FieldType.CHOICE, options=LeadCategory, sensitivity=Sensitivity.INTERNAL
        ),
        one("owner", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("snoozed_until", type=FieldType.INSTANT, sensitivity=Sensitivity.INTERNAL),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="contacts", kind="contact", here="contact"),
        RelationSpec(key="candidates", kind="candidate", here="candidate"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        "qualification": Sensitivity.CONFIDENTIAL,
        "loss_reason": Sensitivity.CONFIDENTIAL,
        "custom": Sensitivity.CONFIDENTIAL,
    }

    contact: Id
    status: LeadStatus = NEW
    qualification: Qualification = Qualification()
    loss_reason: Text = ""
    snoozed_until: Instant | None = None
    owner: Id | None = None
    conversion: Conversion | None = None
    custom: CustomValues = Field(default_factory=dict)

    @model_validator(mode="after")
    def _a_loss_has_a_reason(self) -> Self:
        if self.status.category is LeadCategory.LOST and not self.loss_reason.strip():
            raise ValueError("a lost lead needs a reason; pass loss_reason")
        if self.status.category is not LeadCategory.LOST and self.loss_reason:
            raise ValueError(f"a loss reason does not belong to a lead that is {self.status.category.value}")
        return self

    def about(self) -> tuple[str, str]:
        """Return the contact: what is noted of the lead is noted of that person."""
        return "contact", self.contact

    def move(self, to: LeadStatus, *, loss_reason: str = "", on: Occasion) -> tuple[Self, Event]:
        """Give it another status; a lost one needs a reason, a converted one stays won."""
        if self.conversion is not None and to.category is not LeadCategory.WON:
            raise LawBroken(f"lead {self.id!r} became candidate {self.conversion.candidate!r}; it stays won")
        new = self.evolve(status=to, loss_reason=loss_reason, snoozed_until=None)
        event = on.tells("lead.moved", self, before=self.status.key, after=to.key, loss_reason=loss_reason)
        return new, event

    def snooze(self, until: datetime) -> Self:
        """Put it aside until that instant."""
        return self.evolve(snoozed_until=in_utc(until))

    def is_due(self, at: datetime) -> bool:
        """Whether it is still to be won, and not put aside at that instant."""
        at = in_utc(at)
        if self.status.category in {LeadCategory.WON, LeadCategory.LOST}:
            return False
        return self.snoozed_until is None or self.snoozed_until <= at

    def convert(
        self, *, candidate_id: str, to: LeadStatus, on: Occasion
    ) -> tuple[Self, Candidate | None, Event | None]:
        """Make a candidate of it.

        A second call changes nothing and yields neither candidate nor event: the first candidate's id stands in
        `conversion`.
        """
        if self.conversion is not None:
            return self, None, None
        if to.category is not LeadCategory.WON:
            raise LawBroken(f"converting wins the lead; the status {to.key!r} is {to.category.value}")
        candidate = Candidate(id=candidate_id, contact=self.contact, from_lead=self.id, recruiter=self.owner)
        new = self.evolve(
            status=to, loss_reason="", snoozed_until=None, conversion=Conversion(candidate=candidate_id, at=on.at)
        )
        return new, candidate, on.tells("lead.converted", self, candidate=candidate_id)
