"""Somebody whom we would like to apply, on the way through a pipeline of prospects, before there is an application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import Field, model_validator

from crmcore.model.attribution import Credits, Origin
from crmcore.model.custom import CustomValues
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.hiring.application import Application
from crmcore.model.pipeline import Purpose
from crmcore.model.record import Id
from crmcore.model.scalars import Text
from crmcore.model.stage_history import Status, Step, Verb
from crmcore.model.staged import STAGED_FIELDS, STAGED_SENSITIVITIES, Staged
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion
    from crmcore.model.pipeline import Entrant, Pipeline

__all__ = ["Prospect"]

INTERNAL = Sensitivity.INTERNAL


class Prospect(Staged):
    """One contact who is courted: for a talent pool, for a job, or in general.

    Nobody has applied, so that none of it counts as an application; `convert` ends it and begins one.
    """

    PURPOSE: ClassVar[Purpose] = Purpose.PROSPECTS
    kind: ClassVar[str] = "prospect"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("contact", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("job", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("pool", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        *STAGED_FIELDS,
        one("origin", type=FieldType.CHOICE, options=Origin, sensitivity=INTERNAL),
        one("source", sensitivity=INTERNAL),
        one("owner", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("went_to", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="contacts", kind="contact", here="contact"),
        RelationSpec(key="jobs", kind="job", here="job"),
        RelationSpec(key="applications", kind="application", here="went_to"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        **STAGED_SENSITIVITIES,
        "credits": INTERNAL,
        "custom": Sensitivity.CONFIDENTIAL,
    }
    PAST: ClassVar[Mapping[Verb, str]] = {**Staged.PAST, Verb.TRANSFER: "converted"}

    contact: Id
    job: Id | None = Field(default=None, description="For which we think of them, if it is one.")
    pool: Id | None = Field(default=None, description="The talent pool that they are courted for, if any.")
    origin: Origin = Origin.SOURCED
    source: Text = ""
    credits: Credits = ()
    owner: Id | None = None
    went_to: Id | None = Field(default=None, description="The application that came of it.")
    custom: CustomValues = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_what_came_of_it(self) -> Self:
        if (self.went_to is not None) != (self.status is Status.TRANSFERRED):
            raise ValueError("a prospect that was converted names the application, and no other does")
        return self

    @classmethod
    def begin(
        cls,
        *,
        id: str,  # noqa: A002
        contact: str,
        within: Pipeline,
        on: Occasion,
        stage: str | None = None,
        entrant: Entrant | None = None,
        **more: object,
    ) -> tuple[Self, Event]:
        """Return a new prospect in the first stage of a pipeline, or in another.

        Where a stage is named, *entrant* is judged by its guards and capacity; the first one takes in everybody.

        Raises:
            InputError: there is no such stage.
            IllegalStep: the stage is retired, or does not let it in.
            LawBroken: other things go through that pipeline.

        """
        history = cls._entered(within, stage, on, entrant)
        new = cls.model_validate({"id": id, "contact": contact, "pipeline": within.id, "history": history, **more})
        return new, on.tells("prospect.created", new, after=new.stage)

    def about(self) -> tuple[str, str]:
        """Return the contact: what is noted of the prospect is noted of that person."""
        return "contact", self.contact

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """Claim the person for the pipeline, while it is active: nobody is courted twice at a time."""
        if self.status is Status.ACTIVE:
            yield "active prospect", f"{self.pipeline} {self.contact}"

    def convert(
        self,
        *,
        id: str,  # noqa: A002
        job: str,
        within: Pipeline,
        on: Occasion,
        stage: str | None = None,
        entrant: Entrant | None = None,
        candidate: str | None = None,
    ) -> tuple[Self, Application, Event]:
        """Make an application of it: return both, and the event.

        Args:
            id: of the application.
            job: which they apply for.
            within: that job's pipeline.
            on: when, by whom and why.
            stage: in which it begins there, the first one by default.
            entrant: what guards and capacity of a stage that is named are judged by.
            candidate: what the person is as a candidate.

        """
        then = self._active_then(Verb.TRANSFER, on=on)
        kept = {name: getattr(self, name) for name in ("origin", "source", "credits")}
        begun, _ = Application.begin(
            id=id,
            contact=self.contact,
            job=job,
            within=within,
            on=on,
            stage=stage,
            entrant=entrant,
            candidate=candidate,
            **kept,
        )
        history = self.history.with_step(Step(verb=Verb.TRANSFER, stage=then.stage, **on.told()))
        ended = self.evolve(history=history, went_to=id)
        return ended, begun, on.tells("prospect.converted", self, to=id, to_job=job, before=then.stage)
