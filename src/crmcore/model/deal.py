"""A client's order that we hope to win, on its way through the same kind of pipeline as an application."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import Field, model_validator

from crmcore.hygiene.partial_date import PartialDate
from crmcore.model.custom import CustomValues
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.money import Money
from crmcore.model.pipeline import Purpose
from crmcore.model.record import Id
from crmcore.model.scalars import Text
from crmcore.model.stage_history import Status, Verb
from crmcore.model.staged import STAGED_FIELDS, STAGED_SENSITIVITIES, Staged
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion
    from crmcore.model.pipeline import Entrant, Pipeline

__all__ = ["Deal", "DealOutcome"]

INTERNAL = Sensitivity.INTERNAL


class DealOutcome(StrEnum):
    """How a deal stands, in the words of deals."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    """We or they chose otherwise; the reason says which."""
    WITHDRAWN = "withdrawn"
    """The client wants nothing any more."""


OUTCOMES: dict[Status, DealOutcome] = {
    Status.ACTIVE: DealOutcome.OPEN,
    Status.HIRED: DealOutcome.WON,
    Status.REJECTED: DealOutcome.LOST,
    Status.WITHDRAWN: DealOutcome.WITHDRAWN,
}


class Deal(Staged):
    """One order, or one assignment to fill a job, that a client may give us.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.occasion import Occasion
    >>> from crmcore.model.pipeline import Pipeline, Stage
    >>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva")
    >>> stages = [Stage(key=key, label=key.title(), category="proposal") for key in ("briefing", "proposal")]
    >>> pipeline = Pipeline(id="p-1", name="Clients", purpose="deals", stages=stages)
    >>> deal, _ = Deal.begin(id="d-1", name="Ten nurses", organisation="o-1", within=pipeline, on=on)
    >>> deal, told = deal.win(on=on)
    >>> deal.outcome.value, deal.stage, told.type
    ('won', 'briefing', 'deal.won')
    """

    PURPOSE: ClassVar[Purpose] = Purpose.DEALS
    kind: ClassVar[str] = "deal"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("name", sensitivity=INTERNAL),
        one("organisation", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("contact", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("job", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        *STAGED_FIELDS,
        one("outcome", type=FieldType.CHOICE, options=DealOutcome, sensitivity=INTERNAL),
        one("value", "value.amount", type=FieldType.NUMBER, sensitivity=Sensitivity.CONFIDENTIAL),
        one("currency", "value.currency", sensitivity=Sensitivity.CONFIDENTIAL),
        one("closes_on", type=FieldType.DATE, sensitivity=INTERNAL),
        one("owner", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="organisations", kind="organisation", here="organisation"),
        RelationSpec(key="contacts", kind="contact", here="contact"),
        RelationSpec(key="jobs", kind="job", here="job"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {**STAGED_SENSITIVITIES, "custom": Sensitivity.CONFIDENTIAL}
    PAST: ClassVar[Mapping[Verb, str]] = {
        **Staged.PAST,
        Verb.HIRE: "won",
        Verb.UNHIRE: "win_undone",
        Verb.REJECT: "lost",
    }

    name: Text = Field(min_length=1)
    organisation: Id | None = None
    contact: Id | None = Field(default=None, description="With whom we speak of it.")
    job: Id | None = Field(default=None, description="The job that it is about, of an assignment to fill one.")
    value: Money | None = None
    closes_on: PartialDate | None = Field(default=None, description="When we expect a decision.")
    owner: Id | None = None
    custom: CustomValues = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_an_outcome(self) -> Self:
        if self.status not in OUTCOMES:
            raise ValueError("a deal is not transferred; it is lost, and another begins")
        return self

    @classmethod
    def begin(
        cls,
        *,
        id: str,  # noqa: A002
        name: str,
        within: Pipeline,
        on: Occasion,
        stage: str | None = None,
        entrant: Entrant | None = None,
        **more: object,
    ) -> tuple[Self, Event]:
        """Return a new deal in the first stage of a pipeline, or in another.

        Where a stage is named, *entrant* is judged by its guards and capacity; the first one takes in everybody.

        Raises:
            InputError: there is no such stage.
            IllegalStep: the stage is retired, or does not let it in.
            LawBroken: other things go through that pipeline.

        """
        history = cls._entered(within, stage, on, entrant)
        new = cls.model_validate({"id": id, "name": name, "pipeline": within.id, "history": history, **more})
        return new, on.tells("deal.created", new, after=new.stage)

    @property
    def outcome(self) -> DealOutcome:
        """How it stands."""
        return OUTCOMES[self.status]

    def win(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that we have it."""
        return self._ended(Verb.HIRE, on=on)

    def undo_win(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that it did not come about after all."""
        return self._ended(Verb.UNHIRE, on=on)

    def lose(self, reason: str, *, on: Occasion) -> tuple[Self, Event]:
        """Note that we do not get it; it keeps its stage. Raises as `reject` does."""
        return self.reject(reason, on=on)

    def about(self) -> tuple[str, str]:
        """Return the contact, if any: what is noted of the deal is noted of that person."""
        return super().about() if self.contact is None else ("contact", self.contact)
