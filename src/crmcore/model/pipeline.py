"""Pipelines: ordered stages as a table, and which steps from one to another they allow.

A pipeline is a template, or the copy that one job, deal type or talent pool has of it. A copy is changed without
touching the template, and a template without touching its copies. A stage is never taken out, only retired: histories
name it. Reports count by a stage's category, and over several pipelines by its key; labels are for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

import attrs
from pydantic import Field, model_validator

from crmcore.errors import IllegalStep, InputError
from crmcore.model.field import FieldSpec, Sensitivity, one
from crmcore.model.form import Form
from crmcore.model.record import Id, Record, Value
from crmcore.model.scalars import Distinct, Slug, Text
from crmcore.query.form import from_json
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from crmcore.query.tree import Expression

__all__ = ["Direction", "Entrant", "Guard", "Pipeline", "Policy", "Purpose", "Stage", "StageCategory"]

INTERNAL = Sensitivity.INTERNAL


class Purpose(StrEnum):
    """What goes through a pipeline."""

    HIRING = "hiring"
    PROSPECTS = "prospects"
    DEALS = "deals"


class StageCategory(StrEnum):
    """What a stage means, whatever it is called."""

    PROSPECT = "prospect"
    APPLICATION = "application"
    SCREENING = "screening"
    ASSESSMENT = "assessment"
    INTERVIEW = "interview"
    REFERENCE = "reference"
    OFFER = "offer"
    ONBOARDING = "onboarding"
    QUALIFICATION = "qualification"
    PROPOSAL = "proposal"
    NEGOTIATION = "negotiation"


class Policy(StrEnum):
    """Whether a way is open."""

    ALLOWED = "allowed"
    NEEDS_REASON = "needs_reason"
    FORBIDDEN = "forbidden"


class Direction(StrEnum):
    """Where a step leads."""

    NEXT = "next"
    SKIP = "skip"
    """Past a stage that is in use."""
    RETURN = "return"


class Guard(Value):
    """What must hold before a stage is entered, and the sentence that tells whoever it keeps out.

    `where` is a question about the application, and about what belongs to it, such as its scorecards and offers.
    """

    key: Slug
    reason: Text = Field(min_length=1, description="What is missing, as a sentence without its full stop.")
    where: Form

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.where is None:
            raise ValueError("a guard asks something; pass where")
        return self

    @property
    def asks(self) -> Expression:
        """The question."""
        return from_json(self.where)


class Stage(Value):
    """One stage: its key stays, its label may change."""

    key: Slug
    label: Text = Field(min_length=1)
    category: StageCategory
    capacity: Annotated[int, Field(ge=1)] | None = Field(default=None, description="How many may be in it at once.")
    ages_after: Annotated[int, Field(ge=1, le=36_500)] | None = Field(default=None, description="Days until it is due.")
    stale_after: Annotated[int, Field(ge=1, le=36_500)] | None = Field(default=None, description="Days until it rots.")
    guards: Distinct[Guard] = ()
    is_retired: bool = False

    @model_validator(mode="after")
    def _ages_before_it_is_stale(self) -> Self:
        if self.ages_after and self.stale_after and self.stale_after < self.ages_after:
            raise ValueError(f"stage {self.key!r} is stale after {self.stale_after} days, before {self.ages_after}")
        return self


@attrs.frozen(kw_only=True)
class Entrant:
    """Who wants to enter a stage, as far as guards and capacity ask.

    Attributes:
        holds: tells whether a question is true of it; None, for unknown, keeps it out as well.
        inside: how many are in the stage already.

    """

    holds: Callable[[Expression], bool | None]
    inside: int = 0


class Pipeline(Record):
    """Ordered stages, and the policy of steps between them.

    >>> stages = [Stage(key=key, label=key.title(), category="screening") for key in ("applied", "screen", "onsite")]
    >>> pipeline = Pipeline(id="p-1", name="Engineering", stages=stages, skips="forbidden")
    >>> pipeline.first.key, pipeline.allowed("applied"), pipeline.allowed("onsite")
    ('applied', ('screen',), ('applied', 'screen'))
    >>> pipeline.check_move("applied", "onsite")
    Traceback (most recent call last):
    crmcore.errors.IllegalStep: what is in stage 'applied' cannot move to 'onsite': stages may not be skipped; ...
    """

    kind: ClassVar[str] = "pipeline"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("name", sensitivity=INTERNAL),
        one("purpose", type=FieldType.CHOICE, options=Purpose, sensitivity=INTERNAL),
        one("is_template", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
        one("copied_from", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = dict.fromkeys(
        ("stages", "skips", "returns", "is_archived"), INTERNAL
    )

    name: Text = Field(min_length=1)
    purpose: Purpose = Purpose.HIRING
    stages: Annotated[Distinct[Stage], Field(min_length=1, max_length=200)]
    skips: Policy = Policy.ALLOWED
    returns: Policy = Policy.ALLOWED
    is_template: bool = False
    copied_from: Id | None = None
    is_archived: bool = False

    @model_validator(mode="after")
    def _has_a_stage_in_use(self) -> Self:
        if all(stage.is_retired for stage in self.stages):
            raise ValueError("all stages are retired; at least one has to be in use")
        return self

    @property
    def in_use(self) -> tuple[Stage, ...]:
        """The stages that can be entered."""
        return tuple(stage for stage in self.stages if not stage.is_retired)

    @property
    def first(self) -> Stage:
        """The stage in which everything begins unless told otherwise."""
        return self.in_use[0]

    def stage(self, key: str) -> Stage:
        """Return one stage, retired or not.

        Raises:
            InputError: there is none of that key.

        """
        for stage in self.stages:
            if stage.key == key:
                return stage
        raise InputError(f"pipeline {self.name!r} has no stage {key!r}; its stages are: {_listed(self.stages)}")

    def place(self, key: str) -> int:
        """Return the number of a stage, counted from 0, retired ones included."""
        return self.stages.index(self.stage(key))

    def next_after(self, key: str) -> Stage | None:
        """Return the next stage in use, None after the last."""
        after = self.stages[self.place(key) + 1 :]
        return next((stage for stage in after if not stage.is_retired), None)

    def following(self, key: str) -> Stage:
        """Return the next stage in use, for what advances; raise IllegalStep after the last."""
        following = self.next_after(key)
        if following is None:
            raise IllegalStep("advance", status=_where(key), allowed=self.allowed(key), why="it is the last stage")
        return following

    def direction(self, before: str, after: str) -> Direction:
        """Return where the step between two stages leads."""
        if self.place(after) < self.place(before):
            return Direction.RETURN
        following = self.next_after(before)
        return Direction.NEXT if following is None or following.key == after else Direction.SKIP

    def allowed(self, key: str) -> tuple[str, ...]:
        """Return the keys of the stages that can be moved to from a stage, with or without a reason."""
        return tuple(
            stage.key
            for stage in self.in_use
            if stage.key != key and self._policy(self.direction(key, stage.key)) is not Policy.FORBIDDEN
        )

    def check_move(self, before: str, after: str, *, reason: str = "") -> Direction:
        """Refuse a move that the pipeline does not allow; return where it leads.

        Raises:
            InputError: there is no such stage.
            IllegalStep: the stage is the same, or retired, or the way to it is closed, or needs a reason.

        """
        direction = self.direction(before, after)
        policy = self._policy(direction)
        if before == after:
            why = "it is there already"
        elif self.stage(after).is_retired:
            why = "that stage is retired"
        elif policy is Policy.FORBIDDEN:
            why = "stages may not be skipped" if direction is Direction.SKIP else "it may not go back"
        elif policy is Policy.NEEDS_REASON and not reason.strip():
            what = "skipping a stage" if direction is Direction.SKIP else "going back"
            raise IllegalStep(
                f"move to {after!r}", status=_where(before), allowed=(), why=f"{what} needs a reason; pass reason"
            )
        else:
            return direction
        allowed = self.allowed(before)
        can = f"it can move to: {', '.join(allowed)}" if allowed else "it can move nowhere"
        raise IllegalStep(f"move to {after!r}", status=_where(before), allowed=allowed, why=f"{why}; {can}")

    def refusals(self, stage: str, entrant: Entrant) -> tuple[str, ...]:
        """Return the reasons for which a stage may not be entered, none where it may."""
        held = self.stage(stage)
        reasons = [guard.reason for guard in held.guards if not entrant.holds(guard.asks)]
        if held.capacity is not None and entrant.inside >= held.capacity:
            reasons.append(f"the stage is full: {entrant.inside} of {held.capacity} are in it")
        return tuple(reasons)

    def check_entry(self, stage: str, entrant: Entrant, *, instead: Iterable[str] = ()) -> None:
        """Refuse who does not pass the guards of a stage, or finds it full.

        Args:
            stage: which.
            entrant: who.
            instead: the stages that could be tried instead, for the error.

        Raises:
            InputError: there is no such stage.
            IllegalStep: with the reasons.

        """
        if reasons := self.refusals(stage, entrant):
            others = tuple(instead)
            if others:
                reasons = (*reasons, f"other stages are: {', '.join(others)}")
            raise IllegalStep(f"enter {stage!r}", status="outside", allowed=others, why="; ".join(reasons))

    def check_beginning(self, stage: str, entrant: Entrant) -> None:
        """Refuse who is to begin in a stage that somebody named, as `check_entry` does; say that the first is open."""
        first = self.first.key
        self.check_entry(stage, entrant, instead=() if stage == first else (first,))

    def copy(self, id: str, *, name: str | None = None) -> Self:  # type: ignore[override]  # noqa: A002
        """Return a copy for one job, which goes its own way from then on; retired stages stay behind."""
        return self.evolve(
            id=id, version=0, name=name or self.name, stages=self.in_use, is_template=False, copied_from=self.id
        )

    def with_stage(self, stage: Stage, *, after: str | None = None) -> Self:
        """Return it with one more stage, at the end or after another; or with a stage changed that has the same key.

        Raises:
            InputError: it is to come after one that is not there, or after itself.

        """
        if stage.key == after:
            raise InputError(
                f"stage {after!r} cannot come after itself; name another, or none to leave it in its place"
            )
        if stage.key in {each.key for each in self.stages} and after is None:
            return self.evolve(stages=tuple(stage if each.key == stage.key else each for each in self.stages))
        others = [each for each in self.stages if each.key != stage.key]
        at = len(others) if after is None else [each.key for each in others].index(self.stage(after).key) + 1
        return self.evolve(stages=(*others[:at], stage, *others[at:]))

    def retire(self, key: str) -> Self:
        """Return it with a stage that nothing enters any more; what is in it stays until it is moved."""
        return self.with_stage(self.stage(key).evolve(is_retired=True))

    def diagram(self) -> str:
        """Return the stages and the ways between neighbours as a Mermaid diagram."""
        lines = [f'    {stage.key.replace("-", "_")}["{_shown(stage)}"]' for stage in self.in_use]
        for stage in self.in_use:
            following = self.next_after(stage.key)
            if following is not None:
                lines.append(f"    {stage.key.replace('-', '_')} --> {following.key.replace('-', '_')}")
        return "\n".join(["flowchart LR", *lines])

    def _policy(self, direction: Direction) -> Policy:
        return {Direction.SKIP: self.skips, Direction.RETURN: self.returns}.get(direction, Policy.ALLOWED)


def _listed(stages: tuple[Stage, ...]) -> str:
    return ", ".join(repr(stage.key) for stage in stages)


def _where(stage: str) -> str:
    return f"in stage {stage!r}"


def _shown(stage: Stage) -> str:
    return stage.label.replace('"', "#quot;").replace("\n", " ")
