"""What happened to one application, deal or prospect in its pipeline: steps as told, and the stays that follow.

Steps are kept, stays are derived. A step has two times: when it occurred in the world, and when we learned of it. One
that is told late is put where it occurred, and the stays come out as if it had been told in time; `as_known` shows
what was known at an earlier instant. Laws: steps are in the order in which they occurred; of those of one instant, in
the order in which they were told. Between entering and an ending stays touch each other; ended, there is none until it
is opened again. What the table does not list is refused, with what it lists.

The table of states::

    (none)       --enter-->     active
    active       --move-->      active          to another stage
    active       --hire-->      hired           for a deal: won
    active       --reject-->    rejected        we said no; for a deal: lost
    active       --withdraw-->  withdrawn       they said no
    active       --transfer-->  transferred     it goes on elsewhere, as another record
    rejected     --reopen-->    active          in the stage where it ended, or in another
    withdrawn    --reopen-->    active
    hired        --unhire-->    active
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Self

import attrs
from pydantic import Field, model_validator

from crmcore._given import several
from crmcore.model.machine import Machine, Told, in_time
from crmcore.model.record import Value
from crmcore.model.scalars import Slug
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta

    from crmcore.errors import IllegalStep

__all__ = ["STEPS", "StageHistory", "Status", "Stay", "Step", "Verb"]

MOST_STEPS = 10_000
"""Steps of one history; more is a loop between two systems, not a pipeline."""


class Verb(StrEnum):
    """What can happen."""

    ENTER = "enter"
    MOVE = "move"
    HIRE = "hire"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    TRANSFER = "transfer"
    REOPEN = "reopen"
    UNHIRE = "unhire"


class Status(StrEnum):
    """Where it stands, apart from the stage: an ended one keeps the stage in which it ended."""

    ACTIVE = "active"
    HIRED = "hired"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    TRANSFERRED = "transferred"


STEPS = Machine(
    {
        None: {Verb.ENTER: Status.ACTIVE},
        Status.ACTIVE: {
            Verb.MOVE: Status.ACTIVE,
            Verb.HIRE: Status.HIRED,
            Verb.REJECT: Status.REJECTED,
            Verb.WITHDRAW: Status.WITHDRAWN,
            Verb.TRANSFER: Status.TRANSFERRED,
        },
        Status.REJECTED: {Verb.REOPEN: Status.ACTIVE},
        Status.WITHDRAWN: {Verb.REOPEN: Status.ACTIVE},
        Status.HIRED: {Verb.UNHIRE: Status.ACTIVE},
        Status.TRANSFERRED: {},
    }
)
"""What can happen to one of each status; before the first step there is none."""


class Step(Told):
    """One thing that happened: what, in or to which stage, when, by whom, and why."""

    verb: Verb
    stage: Slug = Field(description="Where it is afterwards; of an ending, where it was.")


@attrs.frozen(kw_only=True)
class Stay:
    """One stay in one stage.

    Attributes:
        stage: which.
        entered_at, left_at: from when to when, the latter not included; None while it lasts.
        came_by, left_by: the steps that began and ended it.

    """

    stage: str
    entered_at: datetime
    left_at: datetime | None
    came_by: Step
    left_by: Step | None

    def lasted(self, at: datetime) -> timedelta:
        """Return how long it has lasted at that instant, or did in all; nothing before it began."""
        at = in_utc(at)
        until = at if self.left_at is None else min(self.left_at, at)
        return max(until, self.entered_at) - self.entered_at


class StageHistory(Value):
    """The steps of one history, in the order in which they occurred.

    >>> from datetime import UTC, datetime
    >>> def step(verb, stage, day):
    ...     at = datetime(2026, 3, day, tzinfo=UTC)
    ...     return Step(verb=verb, stage=stage, occurred_at=at, recorded_at=at, by="eva")
    >>> history = StageHistory().with_step(step("enter", "applied", 1)).with_step(step("move", "screen", 5))
    >>> history = history.with_step(step("reject", "screen", 9))
    >>> history.status.value, history.stage, [(stay.stage, stay.left_at.day) for stay in history.stays]
    ('rejected', 'screen', [('applied', 5), ('screen', 9)])
    >>> history.with_step(step("hire", "screen", 10))
    Traceback (most recent call last):
    crmcore.errors.IllegalStep: what is rejected cannot hire; it can: reopen
    """

    steps: tuple[Step, ...] = Field(default=(), max_length=MOST_STEPS)

    @model_validator(mode="after")
    def _obeys_the_table(self) -> Self:
        if self.steps != in_time(self.steps):
            raise ValueError("the steps are not in the order in which they occurred")
        _check(self.steps)
        return self

    @classmethod
    def of(cls, steps: Iterable[Step]) -> Self:
        """Put steps in the order in which they occurred, in whatever order they came.

        Raises:
            IllegalStep: one cannot follow those before it.

        """
        steps = several(steps, Step, "steps")
        ordered = in_time(steps)
        _check(ordered)
        return cls(steps=ordered)

    @property
    def status(self) -> Status | None:
        """Where it stands; None before the first step."""
        status: Status | None = None
        for step in self.steps:
            status = STEPS.after(status, step.verb)
        return status

    @property
    def stage(self) -> str:
        """The stage in which it is, or was when it ended; "" before the first step."""
        return self.steps[-1].stage if self.steps else ""

    @property
    def since(self) -> datetime | None:
        """Since when it is in this stage; of what has ended, since when it had been there."""
        return self.stays[-1].entered_at if self.steps else None

    @property
    def stays(self) -> tuple[Stay, ...]:
        """The stays in stages, one after the other."""
        found: list[Stay] = []
        begun: Step | None = None
        for step in self.steps:
            if begun is not None:
                found.append(_stay(begun, step))
            begun = None if step.verb in ENDINGS else step
        return (*found, _stay(begun, None)) if begun is not None else tuple(found)

    def allowed(self) -> tuple[Verb, ...]:
        """Return what can happen now."""
        return STEPS.allowed(self.status)

    def with_step(self, step: Step) -> Self:
        """Put a step where it occurred; after all that occurred then or before, if we learned of it later.

        Raises:
            IllegalStep: it cannot follow what was before, or what was after cannot follow it.

        """
        return self.of((*self.steps, step))

    def as_known(self, at: datetime) -> Self:
        """Return what was known of it at that instant, whatever we have learned since.

        Where a step had been told before one that it needs, as in an import from elsewhere, that one and all after it
        do not count as known.
        """
        at = in_utc(at)
        known = tuple(step for step in self.steps if step.recorded_at <= at)
        return self.of(known[: next((place for place, _ in _faults(known)), len(known))])

    def until(self, at: datetime) -> Self:
        """Return what had occurred at that instant, whenever we learned of it."""
        at = in_utc(at)
        return type(self)(steps=tuple(step for step in self.steps if step.occurred_at <= at))

    def has_reached(self, stage: str) -> bool:
        """Whether it has ever been in a stage."""
        return any(step.stage == stage for step in self.steps)


ENDINGS = frozenset({Verb.HIRE, Verb.REJECT, Verb.WITHDRAW, Verb.TRANSFER})


def _stay(begun: Step, ended: Step | None) -> Stay:
    return Stay(
        stage=begun.stage,
        entered_at=begun.occurred_at,
        left_at=ended.occurred_at if ended else None,
        came_by=begun,
        left_by=ended,
    )


def _check(steps: Iterable[Step]) -> None:
    for _, fault in _faults(steps):
        raise fault


def _faults(steps: Iterable[Step]) -> Iterator[tuple[int, IllegalStep]]:
    """Yield the place of the first step that cannot be, and why; nothing where all can."""
    status: Status | None = None
    stage = ""
    for place, step in enumerate(steps):
        if step.verb not in STEPS.allowed(status):
            yield place, STEPS.refusal(status, step.verb)
            return
        if why := _fault(step, stage):
            yield place, STEPS.refusal(status, step.verb, why=why)
            return
        status, stage = STEPS.after(status, step.verb), step.stage


def _fault(step: Step, stage: str) -> str:
    """Return why a step does not fit the stage before it, or ""."""
    if step.verb is Verb.MOVE and step.stage == stage:
        return f"it is in stage {stage!r} already"
    if step.verb in ENDINGS and step.stage != stage:
        return f"it was in stage {stage!r} then, not in {step.stage!r}"
    return ""
