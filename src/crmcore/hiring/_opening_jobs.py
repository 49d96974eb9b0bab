"""Opening a job by a template, and copying one: the job, its own copy of a pipeline, and its seats, together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError, LawBroken
from crmcore.hiring.seating import check_number, opened_seats
from crmcore.model.hiring import Band, Job, Opening, TeamMember, TeamRole
from crmcore.model.hiring.job import team_role
from crmcore.model.pipeline import Pipeline, Purpose

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcore.model.events import Event
    from crmcore.model.hiring.requisition import Requisition
    from crmcore.model.occasion import Occasion
    from crmcore.model.record import Record

    Team = Mapping[TeamRole | str, str | Iterable[str]] | Iterable[TeamMember]

__all__ = ["JobTemplate", "Opened", "copied"]


@attrs.frozen(kw_only=True, repr=False)
class Opened:
    """What one job begins with; put all of it into one unit of work.

    Attributes:
        job: the job, which names the pipeline.
        pipeline: its own copy.
        openings: its seats.
        events: what tells of all this.

    """

    job: Job
    pipeline: Pipeline
    openings: tuple[Opening, ...]
    events: tuple[Event, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        """All of it, each after what it names."""
        return self.pipeline, self.job, *self.openings

    def __repr__(self) -> str:
        stages = len(self.pipeline.in_use)
        return (
            f"<Opened job {self.job.title!r} ({self.job.id}, {self.job.status.value}), pipeline {self.pipeline.id} "
            f"of {stages} stages, {len(self.openings)} openings, {len(self.events)} events>"
        )


@attrs.frozen(kw_only=True)
class JobTemplate:
    """A pipeline, and perhaps a job, to begin others by.

    Attributes:
        pipeline: what each job gets a copy of.
        job: whose text, department, places, band and team each job begins with; None for a blank one.

    """

    pipeline: Pipeline
    job: Job | None = None

    def open(
        self,
        title: str = "",
        *,
        new_id: Callable[[], str],
        on: Occasion,
        openings: int | None = 1,
        band: Band | None = None,
        team: Team = (),
        requisition: Requisition | None = None,
        seats: Iterable[Opening] = (),
        **more: object,
    ) -> Opened:
        """Open a job with its seats.

        Args:
            title: of the job; of the template's job by default.
            new_id: makes ids: of the job, the pipeline and the seats, in this order, then of the events but one.
            on: when, and by whom.
            openings: how many seats; None for an evergreen job, whose seats come with its hires.
            band: what it pays; of the requisition or the template by default.
            team: role -> user or users, or members; they come to those of the template.
            requisition: whose leave the seats take; it has to be open.
            seats: all openings of that requisition that there are.
            more: other fields of the job.

        Raises:
            InputError: a number of seats that is none, or a role that there is not.
            LawBroken: the pipeline is for no jobs; or the requisition has no room, or (IllegalStep) is not open.

        """
        number = _checked(openings)
        if self.pipeline.purpose is not Purpose.HIRING:
            raise LawBroken(f"pipeline {self.pipeline.name!r} is for {self.pipeline.purpose.value}, not for jobs")
        if requisition is not None:
            seats = tuple(seats)
            requisition.check_room(seats, more=number)
            if openings is None and not requisition.is_evergreen:
                raise LawBroken(f"requisition {requisition.id!r} is for {requisition.headcount}; no evergreen job is")
            more = {**_of(requisition), **more}
        more |= {"is_evergreen": openings is None} | ({} if band is None else {"band": band})
        draft, pipeline = self._begun(title, new_id=new_id, on=on, more=more)
        for member in _members(team, on=on):
            draft = draft.join(member.user, member.role, at=on.at, is_responsible=member.is_responsible)
        job, told = draft.step("open", on=on)
        opened = opened_seats(number, job=job, requisition=requisition, known=seats, new_id=new_id, on=on)
        copying = attrs.evolve(on, event_id=new_id()).tells("pipeline.copied", pipeline, template=pipeline.copied_from)
        events = [event.evolve(id=new_id()) for _, event in opened]
        return Opened(
            job=job, pipeline=pipeline, openings=tuple(seat for seat, _ in opened), events=(copying, told, *events)
        )

    def _begun(
        self, title: str, *, new_id: Callable[[], str], on: Occasion, more: Mapping[str, object]
    ) -> tuple[Job, Pipeline]:
        """Return a job to which nothing has happened yet, and its pipeline."""
        id_ = new_id()
        name = title or (self.job.title if self.job else "")
        pipeline = self.pipeline.copy(new_id(), name=f"{self.pipeline.name}: {name}"[:1_000])
        if self.job is None:
            return Job.model_validate({"id": id_, "title": name, "pipeline": pipeline.id, **more}), pipeline
        return self.job.copy(id_, pipeline=pipeline.id, at=on.at, title=name).evolve(**more), pipeline


def copied(job: Job, pipeline: Pipeline, *, new_id: Callable[[], str], on: Occasion, title: str = "") -> Opened:
    """Copy a job as a draft: its text, places, band and team of that instant, and its pipeline as it is now.

    Seats, requisitions and history stay behind; a confidential job has confidential copies.

    Raises:
        InputError: the pipeline is not that of the job.

    """
    if job.pipeline != pipeline.id:
        raise InputError(f"job {job.id!r} goes by pipeline {job.pipeline!r}, not by {pipeline.id!r}")
    name = title or job.title
    copy = pipeline.copy(new_id(), name=pipeline.name)
    drafted, told = job.copy(new_id(), pipeline=copy.id, at=on.at, title=name).step("draft", on=on)
    copying = attrs.evolve(on, event_id=new_id()).tells("pipeline.copied", copy, template=pipeline.id)
    return Opened(job=drafted, pipeline=copy, openings=(), events=(copying, told))


def _checked(openings: int | None) -> int:
    if openings is None:
        return 0
    check_number(openings, least=0, none=", or None for evergreen")
    return openings


def _of(requisition: Requisition) -> dict[str, object]:
    """Return what a job takes over from a requisition."""
    taken: dict[str, object] = {
        "band": requisition.band,
        "department": requisition.department,
        "locations": requisition.locations,
    }
    return {name: value for name, value in taken.items() if value} | {"requisitions": (requisition.id,)}


def _members(team: Team, *, on: Occasion) -> list[TeamMember]:
    """Return the members that a team names, each since that instant."""
    if not isinstance(team, Mapping):
        members: list[object] = [*team]
        if strays := [one for one in members if not isinstance(one, TeamMember)]:
            raise InputError(f"a team maps roles to users, or lists TeamMembers, not {type(strays[0]).__name__}")
        return [one for one in members if isinstance(one, TeamMember)]
    return [
        TeamMember(user=user, role=team_role(role), since=on.at)
        for role, users in team.items()
        for user in ([users] if isinstance(users, str) else users)
    ]
