"""The work that somebody is sought for: its state, its team, its pay band and its pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator

from crmcore.errors import InputError, LawBroken
from crmcore.model.custom import CustomValues
from crmcore.model.external import ExternalIds
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, many, one
from crmcore.model.machine import Machine, Told, in_time
from crmcore.model.money import Amount, Currency, Money, PayPeriod
from crmcore.model.record import Id, Record, Value
from crmcore.model.scalars import Instant, LongText, Text
from crmcore.query.moments import in_utc
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion

__all__ = ["JOBS", "Band", "Job", "JobStatus", "JobStep", "JobVerb", "TeamMember", "TeamRole", "team_role"]

INTERNAL = Sensitivity.INTERNAL


class JobStatus(StrEnum):
    """Whether somebody is sought."""

    DRAFT = "draft"
    OPEN = "open"
    ON_HOLD = "on_hold"
    CLOSED = "closed"


class JobVerb(StrEnum):
    """What can happen to a job."""

    DRAFT = "draft"
    OPEN = "open"
    HOLD = "hold"
    RESUME = "resume"
    CLOSE = "close"
    REOPEN = "reopen"


JOBS = Machine(
    {
        None: {JobVerb.DRAFT: JobStatus.DRAFT, JobVerb.OPEN: JobStatus.OPEN},
        JobStatus.DRAFT: {JobVerb.OPEN: JobStatus.OPEN, JobVerb.CLOSE: JobStatus.CLOSED},
        JobStatus.OPEN: {JobVerb.HOLD: JobStatus.ON_HOLD, JobVerb.CLOSE: JobStatus.CLOSED},
        JobStatus.ON_HOLD: {JobVerb.RESUME: JobStatus.OPEN, JobVerb.CLOSE: JobStatus.CLOSED},
        JobStatus.CLOSED: {JobVerb.REOPEN: JobStatus.OPEN},
    }
)
"""What can happen to a job in each state."""


class JobStep(Told):
    """One thing that happened to a job."""

    verb: JobVerb


class TeamRole(StrEnum):
    """What somebody does for a job."""

    HIRING_MANAGER = "hiring_manager"
    RECRUITER = "recruiter"
    COORDINATOR = "coordinator"
    SOURCER = "sourcer"
    INTERVIEWER = "interviewer"
    APPROVER = "approver"


def team_role(role: TeamRole | str) -> TeamRole:
    """Return a role by its word; raise InputError with all roles where there is none."""
    if role not in list(TeamRole):
        raise InputError(f"{str(role)[:50]!r} is no role in a team; the roles are: {', '.join(TeamRole)}")
    return TeamRole(role)


class TeamMember(Value):
    """Somebody in a role for a while; who leaves stays listed, with the day on which they left."""

    user: Id
    role: TeamRole
    since: Instant
    until: Instant | None = None
    is_responsible: bool = Field(default=False, description="Whether new applications are theirs.")

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise ValueError(f"{self.user!r} left as {self.role.value} before they began")
        return self

    def is_active(self, at: datetime) -> bool:
        """Whether they have the role at an instant."""
        at = in_utc(at)
        return self.since <= at and (self.until is None or at < self.until)


class Band(Value):
    """What the work pays, from and to; an offer outside of it needs one more approval.

    >>> band = Band.of("EUR", 60_000, 80_000)
    >>> band.holds(Money(amount=80_000, currency="EUR")), band.holds(Money(amount=80_001, currency="EUR"))
    (True, False)
    """

    currency: Currency
    minimum: Amount = Field(ge=0)
    maximum: Amount = Field(ge=0)
    period: PayPeriod = PayPeriod.YEAR

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"the minimum {self.minimum} is above the maximum {self.maximum}")
        return self

    @classmethod
    def of(
        cls, currency: str, minimum: float | str, maximum: float | str, *, period: PayPeriod = PayPeriod.YEAR
    ) -> Self:
        """Build a band."""
        return cls.model_validate({"currency": currency, "minimum": minimum, "maximum": maximum, "period": period})

    def holds(self, pay: Money, *, period: PayPeriod = PayPeriod.YEAR) -> bool:
        """Whether a pay lies within; another currency or period does not, since nothing is converted here."""
        return (self.currency, self.period) == (pay.currency, period) and self.minimum <= pay.amount <= self.maximum


class Job(Record):
    """The work that somebody is sought for.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.occasion import Occasion
    >>> def on(day):
    ...     return Occasion(event_id=f"e-{day}", at=datetime(2026, 3, day, tzinfo=UTC), actor="eva")
    >>> job, _ = Job(id="j-1", title="Data engineer", pipeline="p-1").step("open", on=on(1))
    >>> job, _ = job.step("hold", on=on(5))
    >>> job, told = job.step("resume", on=on(8))
    >>> job.status.value, job.was(on(6).at).value, job.on_hold(on(1).at, on(20).at).days, told.type
    ('open', 'on_hold', 3, 'job.resumed')
    """

    kind: ClassVar[str] = "job"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("title", sensitivity=INTERNAL),
        one("status", type=FieldType.CHOICE, options=JobStatus, sensitivity=INTERNAL),
        one("department", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        many("location", "locations", type=FieldType.ID, sensitivity=INTERNAL),
        one("pipeline", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        many("requisition", "requisitions", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        many("member", "team.user", type=FieldType.ID, sensitivity=INTERNAL),
        many("member_since", "team.since", type=FieldType.INSTANT, sensitivity=INTERNAL),
        many("member_until", "team.until", type=FieldType.INSTANT, sensitivity=INTERNAL),
        one("is_confidential", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
        one("is_evergreen", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
        one("is_template", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
        one("opened_at", type=FieldType.INSTANT, sensitivity=INTERNAL),
        one("close_reason", sensitivity=INTERNAL),
        many("external_id", "external_ids.key", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    )
    searched: ClassVar[tuple[str, ...]] = ("title",)
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="openings", kind="opening", there="job"),
        RelationSpec(key="applications", kind="application", there="job"),
        RelationSpec(key="offers", kind="offer", there="job"),
        RelationSpec(key="pipelines", kind="pipeline", here="pipeline"),
        RelationSpec(key="requisitions", kind="requisition", here="requisition"),
        RelationSpec(key="postings", kind="posting", there="job"),
        RelationSpec(key="departments", kind="department", here="department"),
        RelationSpec(key="places", kind="location", here="location"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        **dict.fromkeys(("description", "history", "copied_from", "fill_began_at", "fill_ended_at"), INTERNAL),
        "band": Sensitivity.CONFIDENTIAL,
        "custom": Sensitivity.CONFIDENTIAL,
    }

    title: Text = Field(min_length=1)
    pipeline: Id = Field(description="The job's own copy of a pipeline.")
    description: LongText = ""
    department: Id | None = None
    locations: tuple[Id, ...] = ()
    band: Band | None = None
    team: Annotated[tuple[TeamMember, ...], Field(max_length=1_000)] = ()
    requisitions: tuple[Id, ...] = ()
    is_confidential: bool = False
    is_evergreen: bool = Field(default=False, description="Always open, with as many seats as there are hires.")
    is_template: bool = False
    copied_from: Id | None = None
    history: Annotated[tuple[JobStep, ...], Field(max_length=10_000)] = ()
    fill_began_at: Instant | None = Field(default=None, description="Overrides where time to fill begins.")
    fill_ended_at: Instant | None = Field(default=None, description="Overrides where time to fill ends.")
    external_ids: ExternalIds = ()
    custom: CustomValues = Field(default_factory=dict)

    @model_validator(mode="after")
    def _obeys_the_table(self) -> Self:
        if self.history != in_time(self.history):
            raise ValueError("the steps are not in the order in which they occurred")
        for _ in self._states():
            pass
        if self.is_template and self.history:
            raise ValueError("a template is never opened; copy it")
        if self.fill_began_at and self.fill_ended_at and self.fill_ended_at < self.fill_began_at:
            raise ValueError("time to fill ends before it begins")
        return self

    @property
    def status(self) -> JobStatus:
        """Whether somebody is sought now; a draft before anything happened."""
        return [JobStatus.DRAFT, *(status for _, status in self._states())][-1]

    @property
    def opened_at(self) -> datetime | None:
        """When it was first opened."""
        return next((step.occurred_at for step in self.history if step.verb is JobVerb.OPEN), None)

    @property
    def close_reason(self) -> str:
        """Why it was closed; "" while it is not."""
        return self.history[-1].reason if self.status is JobStatus.CLOSED else ""

    def step(self, verb: JobVerb | str, *, on: Occasion) -> tuple[Self, Event]:
        """Open it, hold it, resume, close or reopen it; `on.reason` says why.

        Raises:
            IllegalStep: it cannot happen in this state; with what can.
            LawBroken: it is a template.
            InputError: there is no such step.

        """
        if verb not in list(JobVerb):
            raise InputError(f"a job has no step {str(verb)[:50]!r}; it has: {', '.join(JobVerb)}")
        verb = JobVerb(verb)
        if self.is_template:
            raise LawBroken(f"job {self.id!r} is a template, which is never opened; copy it")
        steps = in_time((*self.history, JobStep(verb=verb, **on.told())))
        status: JobStatus | None = None
        for step in steps:
            status = JOBS.after(status, step.verb)
        return self.evolve(history=steps), on.tells(f"job.{PAST[verb]}", self)

    def copy(  # type: ignore[override]
        self,
        id: str,  # noqa: A002
        *,
        pipeline: str,
        at: datetime,
        title: str | None = None,
        is_template: bool = False,
    ) -> Self:
        """Return a copy that nothing has happened to, with the team of that instant, for a pipeline of its own.

        What is another job's own stays behind: its requisitions, its anchors, its ids in other systems.
        """
        at = in_utc(at)
        team = [member.evolve(since=at, until=None) for member in self.team if member.is_active(at)]
        return self.evolve(
            id=id,
            version=0,
            title=title or self.title,
            pipeline=pipeline,
            team=team,
            is_template=is_template,
            copied_from=self.id,
            history=(),
            requisitions=(),
            external_ids=(),
            fill_began_at=None,
            fill_ended_at=None,
        )

    def is_visible_to(self, user: str, *, at: datetime) -> bool:
        """Whether somebody may know of it: anybody, or of a confidential job who is on its team then.

        The same as a question, which hides rows and their number: `crmcore.model.hiring.confidential.visible`.
        """
        at = in_utc(at)
        return not self.is_confidential or any(each.user == user and each.is_active(at) for each in self.team)

    def was(self, at: datetime) -> JobStatus:
        """Return whether somebody was sought at an instant, as we know it today; a draft before anything happened."""
        at = in_utc(at)
        return [JobStatus.DRAFT, *(status for since, status in self._states() if since <= at)][-1]

    def on_hold(self, since: datetime, until: datetime) -> timedelta:
        """Return how long it was on hold between two instants."""
        since, until = in_utc(since), in_utc(until)
        total, held = timedelta(0), None
        for at, status in [*self._states(), (until, JobStatus.CLOSED)]:
            if held is not None:
                total += max(min(at, until) - max(held, since), timedelta(0))
            held = at if status is JobStatus.ON_HOLD else None
        return total

    def active(self, role: TeamRole | str, *, at: datetime) -> tuple[str, ...]:
        """Return who has a role at an instant."""
        at, role = in_utc(at), team_role(role)
        return tuple(member.user for member in self.team if member.role is role and member.is_active(at))

    def responsible(self, role: TeamRole | str, *, at: datetime) -> str | None:
        """Return whose new applications are in a role at an instant; None where it is nobody's."""
        at, role = in_utc(at), team_role(role)
        theirs = (each.user for each in self.team if each.role is role and each.is_responsible and each.is_active(at))
        return next(theirs, None)

    def join(self, user: str, role: TeamRole | str, *, at: datetime, is_responsible: bool = False) -> Self:
        """Return it with somebody in a role; who has it already keeps it as it is."""
        if user in self.active(role, at=at):
            return self
        member = TeamMember(user=user, role=team_role(role), since=at, is_responsible=is_responsible)
        return self.evolve(team=(*self.team, member))

    def leave(self, user: str, role: TeamRole | str, *, at: datetime) -> Self:
        """Return it with somebody's role ended; they stay listed.

        Raises:
            LawBroken: they do not have the role then.

        """
        role = team_role(role)
        if user not in self.active(role, at=at):
            raise LawBroken(f"{user!r} is no {role.value} of job {self.id!r} at that time")
        team = [
            member.evolve(until=at) if (member.user, member.role) == (user, role) and member.is_active(at) else member
            for member in self.team
        ]
        return self.evolve(team=team)

    def _states(self) -> Iterator[tuple[datetime, JobStatus]]:
        """Yield the state after each step, and since when."""
        status: JobStatus | None = None
        for step in self.history:
            status = JOBS.after(status, step.verb)
            yield step.occurred_at, status


PAST = {
    JobVerb.DRAFT: "drafted",
    JobVerb.OPEN: "opened",
    JobVerb.HOLD: "held",
    JobVerb.RESUME: "resumed",
    JobVerb.CLOSE: "closed",
    JobVerb.REOPEN: "reopened",
}
