"""How an interview of a stage is to be held: who by, for how long, what to ask, and what to rate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field

from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, many, one
from crmcore.model.hiring.attendee import PanelRole
from crmcore.model.record import Id, Record, Value
from crmcore.model.scalars import Distinct, LongText, Slug, Text
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion

__all__ = ["Attribute", "InterviewDefinition", "Interviewer", "Kit", "Prompt"]

INTERNAL = Sensitivity.INTERNAL


class Attribute(Value):
    """What a candidate is rated by, such as a skill; its key stays when its words change."""

    key: Slug
    label: Text = Field(min_length=1)
    group: Text = Field(default="", description="Under which heading it stands, such as Skills.")
    help: Text = Field(default="", description="What a good and a bad rating mean.")


class Prompt(Value):
    """A question that the interviewer asks."""

    key: Slug
    text: Text = Field(min_length=1)


class Kit(Value):
    """What an interviewer has before them."""

    instructions: LongText = ""
    prompts: Annotated[Distinct[Prompt], Field(max_length=200)] = ()
    attributes: Annotated[Distinct[Attribute], Field(max_length=200)] = ()


class Interviewer(Value):
    """Who usually holds it."""

    user: Id
    role: PanelRole = PanelRole.REQUIRED

    @property
    def key(self) -> str:
        """What tells them apart."""
        return self.user


class InterviewDefinition(Record):
    """One interview as a stage of a job plans it; each time it is scheduled makes an `Interview` of its own.

    What was scheduled, and what was answered and rated, does not change with it: a scorecard keeps the words by which
    it was filled in.

    >>> definition = InterviewDefinition(
    ...     id="d-1",
    ...     job="j-1",
    ...     stage="onsite",
    ...     title="System design",
    ...     minutes=60,
    ...     kit=Kit(prompts=[Prompt(key="cache", text="Why?")], attributes=[Attribute(key="depth", label="Depth")]),
    ...     interviewers=[Interviewer(user="u-1", role="lead")],
    ... )
    >>> definition.feedback_within
    datetime.timedelta(days=1)
    """

    kind: ClassVar[str] = "interview_definition"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("job", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("stage", sensitivity=INTERNAL, is_indexed=True),
        one("title", sensitivity=INTERNAL),
        one("minutes", type=FieldType.NUMBER, sensitivity=INTERNAL),
        one("is_template", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
        many("interviewer", "interviewers.user", type=FieldType.ID, sensitivity=INTERNAL, item_key="user"),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="jobs", kind="job", here="job"),
        RelationSpec(key="interviews", kind="interview", there="definition"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = dict.fromkeys(
        ("kit", "feedback_hours", "is_schedulable", "copied_from", "is_retired", "interviewers"), INTERNAL
    )

    job: Id | None = Field(default=None, description="None for a template.")
    stage: Slug
    title: Text = Field(min_length=1)
    minutes: int = Field(default=45, ge=1, le=10_080)
    kit: Kit = Field(default_factory=Kit)
    interviewers: Annotated[Distinct[Interviewer], Field(max_length=100)] = ()
    feedback_hours: int = Field(default=24, ge=1, le=8_760, description="Hours after the end until feedback is due.")
    is_schedulable: bool = Field(default=True, description="Whether it has a time, unlike work that is taken home.")
    is_retired: bool = False
    copied_from: Id | None = None

    @property
    def is_template(self) -> bool:
        """Whether it belongs to no job."""
        return self.job is None

    @property
    def feedback_within(self) -> timedelta:
        """How long after the end feedback is due."""
        return timedelta(hours=self.feedback_hours)

    def copy_for(self, job: str, *, id: str, on: Occasion) -> tuple[Self, Event]:  # noqa: A002
        """Return a job's own copy, which no longer changes with this one."""
        new = self.evolve(id=id, version=0, job=job, copied_from=self.id)
        return new, on.tells("interview_definition.copied", new, copied_from=self.id)

    def revise(self, *, on: Occasion, **changes: object) -> tuple[Self, Event]:
        """Return it with other fields, and the event that names them."""
        new = self.evolve(**changes)
        revised = sorted(name for name in changes if getattr(new, name) != getattr(self, name))
        return new, on.tells("interview_definition.revised", new, fields=[*revised])
