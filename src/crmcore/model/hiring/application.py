"""One person considered for one job: where they are in the pipeline, how they got there, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, JsonValue, model_validator

from crmcore.errors import InputError, LawBroken
from crmcore.model.attribution import Credit, Credits, Origin, origin_of
from crmcore.model.custom import CustomValues
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.hiring.answers import Answers
from crmcore.model.machine import Told
from crmcore.model.pipeline import Purpose
from crmcore.model.record import Id
from crmcore.model.scalars import Text
from crmcore.model.stage_history import Status, Step, Verb
from crmcore.model.staged import STAGED_FIELDS, STAGED_SENSITIVITIES, Staged
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion
    from crmcore.model.pipeline import Entrant, Pipeline

__all__ = ["Application", "Sourced"]

INTERNAL = Sensitivity.INTERNAL


class Sourced(Told):
    """Where an application came from, as somebody said it."""

    origin: Origin
    source: Text = ""
    credits: Credits = ()

    @property
    def said(self) -> tuple[Origin, str, tuple[Credit, ...]]:
        """What was said, without when and by whom."""
        return self.origin, self.source, self.credits

    def facts(self) -> dict[str, JsonValue]:
        """Return what an event tells of it."""
        return self.model_dump(mode="json", include={"origin", "source", "credits"})


class Application(Staged):
    """One person considered for one job.

    A person may apply to many jobs, and to one again after the first time has ended; at one time only one application
    to a job is active.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.occasion import Occasion
    >>> from crmcore.model.pipeline import Pipeline, Stage
    >>> def on(day):
    ...     return Occasion(event_id=f"e-{day}", at=datetime(2026, 3, day, tzinfo=UTC), actor="eva")
    >>> stages = [Stage(key=key, label=key.title(), category="interview") for key in ("applied", "screen", "onsite")]
    >>> pipeline = Pipeline(id="p-1", name="Engineering", stages=stages)
    >>> application, _ = Application.begin(id="a-1", contact="c-1", job="j-1", within=pipeline, on=on(1))
    >>> application, told = application.move("screen", within=pipeline, on=on(4))
    >>> told.data["before"], told.data["after"]
    ('applied', 'screen')
    >>> application, _ = application.reject("skills", on=on(9))
    >>> application.status.value, application.stage, [stay.stage for stay in application.history.stays]
    ('rejected', 'screen', ['applied', 'screen'])
    >>> application.move("onsite", within=pipeline, on=on(10))
    Traceback (most recent call last):
    crmcore.errors.IllegalStep: what is rejected cannot move; it can: reopen
    """

    PURPOSE: ClassVar[Purpose] = Purpose.HIRING
    kind: ClassVar[str] = "application"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("contact", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("candidate", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("job", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        *STAGED_FIELDS,
        one("applied_at", type=FieldType.INSTANT, sensitivity=INTERNAL),
        one("origin", type=FieldType.CHOICE, options=Origin, sensitivity=INTERNAL),
        one("source", sensitivity=INTERNAL),
        one("recruiter", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="contacts", kind="contact", here="contact"),
        RelationSpec(key="candidates", kind="candidate", here="candidate"),
        RelationSpec(key="jobs", kind="job", here="job"),
        RelationSpec(key="openings", kind="opening", there="holder"),
        RelationSpec(key="offers", kind="offer", there="application"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        **STAGED_SENSITIVITIES,
        "credits": INTERNAL,
        "sources": INTERNAL,
        "came_from": INTERNAL,
        "went_to": INTERNAL,
        "answers": Sensitivity.CONFIDENTIAL,
        "private_answers": Sensitivity.SPECIAL,
        "custom": Sensitivity.CONFIDENTIAL,
    }
    PAST: ClassVar[Mapping[Verb, str]] = {**Staged.PAST, Verb.HIRE: "hired", Verb.UNHIRE: "unhired"}

    contact: Id
    candidate: Id | None = None
    job: Id
    origin: Origin = Origin.APPLIED
    source: Text = ""
    credits: Credits = ()
    sources: Annotated[tuple[Sourced, ...], Field(max_length=1_000)] = Field(
        default=(), description="What was said of where it came from, once that was changed; the last is what holds."
    )
    recruiter: Id | None = None
    came_from: Id | None = Field(default=None, description="The application to another job that was transferred here.")
    went_to: Id | None = Field(default=None, description="The application that goes on with this one.")
    answers: Answers = Field(default=(), description="What the person answered, with the questions as they were asked.")
    private_answers: Answers = Field(
        default=(), repr=False, description="The same, to questions whose answers few may see."
    )
    custom: CustomValues = Field(default_factory=dict)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.went_to is not None) != (self.status is Status.TRANSFERRED):
            raise ValueError("an application that was transferred names the one that goes on, and no other does")
        for private, answers in ((False, self.answers), (True, self.private_answers)):
            if any(answer.asked.is_private is not private for answer in answers):
                raise ValueError("answers to private questions are private answers, and others are not")
        if self.sources and self.sources[-1].said != (self.origin, self.source, self.credits):
            raise ValueError("the last of the sources is what holds; use Application.change_source")
        return self

    @classmethod
    def begin(
        cls,
        *,
        id: str,  # noqa: A002
        contact: str,
        job: str,
        within: Pipeline,
        on: Occasion,
        stage: str | None = None,
        entrant: Entrant | None = None,
        **more: object,
    ) -> tuple[Self, Event]:
        """Return a new application in the first stage of the job's pipeline, or in another.

        Where a stage is named, *entrant* is judged by its guards and capacity; the first one takes in everybody.

        Raises:
            InputError: there is no such stage.
            IllegalStep: the stage is retired, or does not let it in.
            LawBroken: other things go through that pipeline.

        """
        history = cls._entered(within, stage, on, entrant)
        new = cls.model_validate(
            {"id": id, "contact": contact, "job": job, "pipeline": within.id, "history": history, **more}
        )
        return new, on.tells("application.created", new, after=new.stage)

    @property
    def applied_at(self) -> datetime:
        """When it began."""
        return self.began_at

    def about(self) -> tuple[str, str]:
        """Return the contact: what is noted of the application is noted of that person."""
        return "contact", self.contact

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """Claim the job for the person, while it is active."""
        if self.status is Status.ACTIVE:
            yield "active application", f"{self.job} {self.contact}"

    def hire(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that the person is hired; the seat is filled by `Opening.fill`, in the same unit of work."""
        return self._ended(Verb.HIRE, on=on)

    def unhire(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that the hire did not come about after all."""
        return self._ended(Verb.UNHIRE, on=on)

    def transfer(
        self,
        *,
        id: str,  # noqa: A002
        job: str,
        within: Pipeline,
        on: Occasion,
        stage: str | None = None,
        entrant: Entrant | None = None,
    ) -> tuple[Self, Self, Event]:
        """End it here and begin it for another job: return both, and the event.

        Args:
            id: of the new application.
            job: the other job.
            within: that job's pipeline.
            on: when, by whom and why.
            stage: in which it begins there, the first one by default.
            entrant: what guards and capacity of a stage that is named are judged by.

        Raises:
            InputError: the id is its own; there is no such stage.
            IllegalStep: it has ended; or the stage is retired, or does not let it in.
            LawBroken: it is for that job already; or other things go through that pipeline.

        """
        if id == self.id:
            raise InputError(f"application {id!r} cannot go on as itself; a transfer begins another")
        if job == self.job:
            raise LawBroken(f"application {self.id!r} is for job {job!r} already; move it")
        then = self._active_then(Verb.TRANSFER, on=on)
        kept = {name: getattr(self, name) for name in KEPT}
        begun, _ = type(self).begin(
            id=id,
            contact=self.contact,
            job=job,
            within=within,
            on=on,
            stage=stage,
            entrant=entrant,
            came_from=self.id,
            **kept,
        )
        history = self.history.with_step(Step(verb=Verb.TRANSFER, stage=then.stage, **on.told()))
        ended = self.evolve(history=history, went_to=id)
        return ended, begun, on.tells("application.transferred", self, to=id, to_job=job, before=then.stage)

    def change_source(
        self,
        source: str,
        *,
        on: Occasion,
        origin: Origin | str | None = None,
        credits: tuple[Credit, ...] = (),  # noqa: A002 - the field's own name
    ) -> tuple[Self, Event]:
        """Say that it came from elsewhere than was believed; what was said before stays, and is never changed.

        Raises:
            LawBroken: that is what holds already.
            InputError: there is no such origin.

        """
        told = _told(self.history.steps[0])
        first = Sourced.model_validate({**told, "origin": self.origin, "source": self.source, "credits": self.credits})
        before = self.sources or (first,)
        said = Sourced(**on.told(), origin=origin_of(origin or self.origin), source=source, credits=credits)
        if said.said == before[-1].said:
            raise LawBroken(f"application {self.id!r} has that source already")
        new = self.evolve(origin=said.origin, source=source, credits=said.credits, sources=(*before, said))
        return new, on.tells("application.source_changed", self, before=before[-1].facts(), after=said.facts())


KEPT = ("candidate", "origin", "source", "credits", "sources", "recruiter", "answers", "private_answers", "custom")
"""What goes along to another job; who applied answered for this one, and need not do so again."""


def _told(step: Told) -> dict[str, object]:
    return {name: getattr(step, name) for name in Told.model_fields}
