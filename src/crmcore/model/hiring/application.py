"""One person considered for one job: where they are in the pipeline, how they got there, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import Field, model_validator

from crmcore.errors import IllegalStep
from crmcore.model.attribution import Credits, Origin
from crmcore.model.custom import CustomValues
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.record import Id, Record
from crmcore.model.scalars import Slug, Text
from crmcore.model.stage_history import StageHistory, Status, Step, Verb
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion
    from crmcore.model.pipeline import Entrant, Pipeline

__all__ = ["Application"]

INTERNAL = Sensitivity.INTERNAL


class Application(Record):
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

    kind: ClassVar[str] = "application"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("contact", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("candidate", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("job", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("stage", sensitivity=INTERNAL, is_indexed=True),
        one("status", type=FieldType.CHOICE, options=Status, sensitivity=INTERNAL),
        one("since", "history.since", type=FieldType.INSTANT, sensitivity=INTERNAL),
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
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        "pipeline": INTERNAL,
        "history": Sensitivity.CONFIDENTIAL,
        "credits": INTERNAL,
        "came_from": INTERNAL,
        "went_to": INTERNAL,
        "custom": Sensitivity.CONFIDENTIAL,
    }

    contact: Id
    candidate: Id | None = None
    job: Id
    pipeline: Id
    history: StageHistory
    origin: Origin = Origin.APPLIED
    source: Text = ""
    credits: Credits = ()
    recruiter: Id | None = None
    came_from: Id | None = Field(default=None, description="The application to another job that was transferred here.")
    went_to: Id | None = Field(default=None, description="The application that goes on with this one.")
    custom: CustomValues = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_begun(self) -> Self:
        if not self.history.steps:
            raise ValueError("an application begins with entering a stage; use Application.begin")
        if (self.went_to is not None) != (self.status is Status.TRANSFERRED):
            raise ValueError("an application that was transferred names the one that goes on, and no other does")
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
        **more: object,
    ) -> tuple[Self, Event]:
        """Return a new application in the first stage of the job's pipeline, or in another.

        Raises:
            InputError: there is no such stage.
            IllegalStep: the stage is retired.

        """
        entered = within.stage(stage) if stage else within.first
        if entered.is_retired:
            allowed = [each.key for each in within.in_use]
            raise IllegalStep(f"enter {stage!r}", status=None, allowed=allowed, why="that stage is retired")
        history = StageHistory().with_step(Step(verb=Verb.ENTER, stage=entered.key, **on.told()))
        new = cls.model_validate(
            {"id": id, "contact": contact, "job": job, "pipeline": within.id, "history": history, **more}
        )
        return new, on.tells("application.created", new, contact=contact, job=job, after=entered.key)

    @property
    def status(self) -> Status:
        """Where it stands, apart from the stage."""
        status = self.history.status
        assert status is not None  # noqa: S101 - it has begun
        return status

    @property
    def stage(self) -> str:
        """The stage in which it is, or was when it ended."""
        return self.history.stage

    @property
    def applied_at(self) -> datetime:
        """When it began."""
        return self.history.steps[0].occurred_at

    def about(self) -> tuple[str, str]:
        """Return the contact: what is noted of the application is noted of that person."""
        return "contact", self.contact

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """Claim the job for the person, while it is active."""
        if self.status is Status.ACTIVE:
            yield "active application", f"{self.job} {self.contact}"

    def move(
        self,
        to: str,
        *,
        within: Pipeline,
        on: Occasion,
        expected: str | None = None,
        entrant: Entrant | None = None,
    ) -> tuple[Self, Event]:
        """Take it to another stage.

        Args:
            to: the stage.
            within: the job's pipeline.
            on: when, by whom, and why, which skipping or going back may need.
            expected: the stage in which whoever asks believes it to be.
            entrant: what guards and capacity are judged by; without it they are not looked at.

        Raises:
            InputError: there is no such stage.
            IllegalStep: it has ended, or is not where it was expected, or the pipeline does not allow it; with what it
                allows and why.

        """
        self._check_active(Verb.MOVE)
        self._check_expected(expected)
        direction = within.check_move(self.stage, to, reason=on.reason)
        if entrant is not None:
            within.check_entry(to, entrant)
        return self._stepped(Verb.MOVE, to, on=on, direction=direction.value)

    def advance(
        self, *, within: Pipeline, on: Occasion, expected: str | None = None, entrant: Entrant | None = None
    ) -> tuple[Self, Event]:
        """Take it to the next stage in use; raise IllegalStep in the last one."""
        following = within.next_after(self.stage)
        if following is None:
            where = f"in stage {self.stage!r}"
            raise IllegalStep("advance", status=where, allowed=within.allowed(self.stage), why="it is the last stage")
        return self.move(following.key, within=within, on=on, expected=expected, entrant=entrant)

    def reject(self, reason: str, *, on: Occasion) -> tuple[Self, Event]:
        """Say no to it; it keeps its stage."""
        return self._stepped(Verb.REJECT, self.stage, on=on, reason=reason)

    def withdraw(self, reason: str = "", *, on: Occasion) -> tuple[Self, Event]:
        """Note that the person said no."""
        return self._stepped(Verb.WITHDRAW, self.stage, on=on, reason=reason)

    def reopen(self, *, within: Pipeline, on: Occasion, stage: str | None = None) -> tuple[Self, Event]:
        """Take up again what was rejected or withdrawn, where it ended or in another stage."""
        return self._stepped(Verb.REOPEN, within.stage(stage or self.stage).key, on=on)

    def hire(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that the person is hired; the seat is filled by `Opening.fill`, in the same unit of work."""
        return self._stepped(Verb.HIRE, self.stage, on=on)

    def unhire(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that the hire did not come about after all."""
        return self._stepped(Verb.UNHIRE, self.stage, on=on)

    def transfer(
        self,
        *,
        id: str,  # noqa: A002
        job: str,
        within: Pipeline,
        on: Occasion,
        stage: str | None = None,
    ) -> tuple[Self, Self, Event]:
        """End it here and begin it for another job: return both, and the event.

        Args:
            id: of the new application.
            job: the other job.
            within: that job's pipeline.
            on: when, by whom and why.
            stage: in which it begins there, the first one by default.

        """
        self._check_active(Verb.TRANSFER)
        kept = {
            name: getattr(self, name) for name in ("candidate", "origin", "source", "credits", "recruiter", "custom")
        }
        begun, _ = type(self).begin(
            id=id, contact=self.contact, job=job, within=within, on=on, stage=stage, came_from=self.id, **kept
        )
        history = self.history.with_step(Step(verb=Verb.TRANSFER, stage=self.stage, **on.told()))
        ended = self.evolve(history=history, went_to=id)
        return ended, begun, on.tells("application.transferred", self, to=id, job=job, before=self.stage)

    def _stepped(self, verb: Verb, stage: str, *, on: Occasion, reason: Slug = "", **facts: str) -> tuple[Self, Event]:
        told = {**on.told(), "note": on.reason if reason else ""}
        step = Step(verb=verb, stage=stage, **{**told, "reason": reason or on.reason})
        new = self.evolve(history=self.history.with_step(step))
        event = on.tells(f"application.{PAST[verb]}", self, job=self.job, before=self.stage, after=stage, **facts)
        return new, event

    def _check_active(self, verb: Verb) -> None:
        if self.status is not Status.ACTIVE:
            allowed = [each.value for each in self.history.allowed()]
            raise IllegalStep(verb.value, status=self.status.value, allowed=allowed)

    def _check_expected(self, expected: str | None) -> None:
        if expected is not None and expected != self.stage:
            raise IllegalStep(
                "move",
                status=f"in stage {self.stage!r}",
                allowed=(),
                why=f"it was expected in {expected!r}; read it again",
            )


PAST = {
    Verb.MOVE: "moved",
    Verb.HIRE: "hired",
    Verb.REJECT: "rejected",
    Verb.WITHDRAW: "withdrawn",
    Verb.REOPEN: "reopened",
    Verb.UNHIRE: "unhired",
}
