"""The page that shows the pipeline of one job."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crmcore.model.hiring import OpeningStatus
from crmcore.model.stage_history import Status
from crmcore.reports import BoardCard, BoardColumn, Count, Fact, FunnelRow, PipelineReport, Seats, SlowStage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmcore.app._board import Board, Lane
    from crmcore.model.hiring import Application, Job, Opening
    from crmcore.model.pipeline import Pipeline
    from crmcore.reports.pipeline import StageTable
    from crmcore.reports.pipeline.flow import Bottlenecks, Durations

__all__ = ["page_of"]

FACTS = (
    Fact(label="Reached", value="of all who applied, each counted once in a stage, whatever became of them"),
    Fact(label="Went on", value="of those who reached the stage, the share that came to a later one or was hired"),
    Fact(label="Days", value="by then half have left the stage; who is still in it counts as waiting (Kaplan-Meier)"),
)


def page_of(
    *,
    job: Job,
    pipeline: Pipeline,
    applications: tuple[Application, ...],
    openings: Iterable[Opening],
    board: Board,
    table: StageTable,
    at: datetime,
    slow: Bottlenecks | None,
) -> PipelineReport:
    """Return what the page shows.

    Args:
        job, pipeline, applications, openings: the records.
        board: who stands where.
        table: the applications as columns.
        at: the instant that it shows.
        slow: which stages hold hires up; None where nothing can be told of that.

    """
    ended, labels = Counter(one.status for one in applications), {stage.key: stage.label for stage in pipeline.stages}
    flagged = [one for one in slow.stages if one.is_flagged] if slow else []
    return PipelineReport(
        name=job.title,
        at=f"{board.at.day} {board.at:%B %Y, %H:%M %Z}",
        active=ended[Status.ACTIVE],
        columns=tuple(_column(lane) for lane in board.lanes),
        seats=_seats(openings),
        ended=tuple(
            Count(label=status.value, count=ended[status])
            for status in (Status.REJECTED, Status.WITHDRAWN, Status.TRANSFERRED)
            if ended[status]
        ),
        funnel=_funnel(table, labels, at=at) if applications else (),
        slow=tuple(
            SlowStage(label=labels.get(one.stage, one.stage), days=one.saved.value, reason=one.reason)
            for one in flagged
        ),
        facts=FACTS if applications else (),
    )


def _funnel(table: StageTable, labels: dict[str, str], *, at: datetime) -> tuple[FunnelRow, ...]:
    """Return how far people came, and the usual days in each stage."""
    from crmcore.reports.pipeline.flow import time_in_stage
    from crmcore.reports.pipeline.funnel import funnel

    lasting = time_in_stage(table, at=at)
    return tuple(
        FunnelRow(
            label=labels.get(row.stage, row.stage),
            reached=row.entered,
            began=len(table.applications.ids),
            passed=row.passed if row.left else None,
            days=_median(lasting.get(row.stage)),
        )
        for row in funnel(table, mode="cohort", at=at)
        if row.entered
    )


def _median(lasting: Durations | None) -> float | None:
    return None if lasting is None else lasting.median.value


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
