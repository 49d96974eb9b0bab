"""The pipeline of one job as it is now: who stands where, for how long, and the page that shows it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import attrs

from crmcore.model.contact import ContactRecord
from crmcore.model.hiring import Application, Opening, OpeningStatus
from crmcore.model.stage_history import Status
from crmcore.query import F
from crmcore.reports import BoardCard, BoardColumn, Count, PipelineReport, Seats, render_pipeline_report

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmcore.model.hiring import Job
    from crmcore.model.pipeline import Pipeline, Stage
    from crmcore.ports import Clock, Store

__all__ = ["Board", "Lane", "PipelineView", "Place"]


@attrs.frozen(kw_only=True)
class Place:
    """One application on the board.

    Attributes:
        application, contact: which, and whose; the contact is None where it is not there any more.
        days: full days in the stage.
        state: "" while it is fresh, else `due` or `stale`, by the stage's own thresholds.

    """

    application: Application
    contact: ContactRecord | None
    days: int
    state: str

    @property
    def title(self) -> str:
        """Whose it is, as people call them; the id of a person who is gone or has no name."""
        return (self.contact.name.full if self.contact else "") or self.application.contact


@attrs.frozen(kw_only=True)
class Lane:
    """One stage and the active applications in it, who has been there longest first."""

    stage: Stage
    places: tuple[Place, ...]

    def __len__(self) -> int:
        return len(self.places)


@attrs.frozen(kw_only=True)
class Board:
    """All stages in use, in order, and retired ones that somebody is still in."""

    at: datetime
    lanes: tuple[Lane, ...]

    def __str__(self) -> str:
        return "\n".join(
            f"{lane.stage.label} ({len(lane)}): {', '.join(place.title for place in lane.places) or 'nobody'}"
            for lane in self.lanes
        )


@attrs.frozen(kw_only=True)
class PipelineView:
    """What one asks about one job's pipeline; each answer is read anew."""

    job: Job
    pipeline: Pipeline
    store: Store
    clock: Clock

    def applications(self) -> tuple[Application, ...]:
        """Return all applications to the job, ended ones too, by id."""
        return tuple(self.store.stream(Application, F.job == self.job.id))

    def openings(self) -> tuple[Opening, ...]:
        """Return the seats of the job, by id."""
        return tuple(self.store.stream(Opening, F.job == self.job.id))

    def board(self) -> Board:
        """Return who stands where now, and for how long."""
        return self._board(self.applications())

    def report(self) -> str:
        """Return the pipeline as one self-contained HTML page.

        Raises:
            MissingExtra: jinja2 is not installed.

        """
        applications = self.applications()
        board, ended = self._board(applications), Counter(one.status for one in applications)
        return render_pipeline_report(
            PipelineReport(
                name=self.job.title,
                at=f"{board.at.day} {board.at:%B %Y, %H:%M %Z}",
                active=ended[Status.ACTIVE],
                columns=tuple(_column(lane) for lane in board.lanes),
                seats=_seats(self.openings()),
                ended=tuple(
                    Count(label=status.value, count=ended[status])
                    for status in (Status.REJECTED, Status.WITHDRAWN, Status.TRANSFERRED)
                    if ended[status]
                ),
            )
        )

    def _board(self, applications: Iterable[Application]) -> Board:
        now = self.clock.now()
        active = [one for one in applications if one.status is Status.ACTIVE]
        people = {one.id: one for one in self.store.stream(ContactRecord, F.id.in_([one.contact for one in active]))}
        lanes = []
        for stage in self.pipeline.stages:
            inside = sorted((one for one in active if one.stage == stage.key), key=_waiting)
            if inside or not stage.is_retired:
                lanes.append(Lane(stage=stage, places=tuple(_place(one, stage, people, now) for one in inside)))
        return Board(at=now, lanes=tuple(lanes))


def _waiting(application: Application) -> tuple[datetime, str]:
    since = application.history.since
    assert since is not None  # noqa: S101 - it has begun
    return since, application.id


def _place(application: Application, stage: Stage, people: dict[str, ContactRecord], now: datetime) -> Place:
    days = max((now - _waiting(application)[0]).days, 0)
    return Place(
        application=application,
        contact=people.get(application.contact),
        days=days,
        state=_state(stage, days),
    )


def _state(stage: Stage, days: int) -> str:
    if stage.stale_after is not None and days >= stage.stale_after:
        return "stale"
    return "due" if stage.ages_after is not None and days >= stage.ages_after else ""


def _column(lane: Lane) -> BoardColumn:
    return BoardColumn(
        label=lane.stage.label,
        category=lane.stage.category.value,
        count=len(lane),
        capacity=lane.stage.capacity,
        cards=tuple(
            BoardCard(title=place.title, days=place.days, state=place.state, note=place.application.source)
            for place in lane.places
        ),
    )


def _seats(openings: Iterable[Opening]) -> Seats:
    found = Counter(opening.status for opening in openings)
    return Seats(
        open=found[OpeningStatus.OPEN],
        reserved=found[OpeningStatus.RESERVED],
        filled=found[OpeningStatus.FILLED],
        closed=found[OpeningStatus.CLOSED],
    )
