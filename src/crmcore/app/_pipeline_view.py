"""The pipeline of one job: who stands where, what it came to, what holds it up, what may come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.app._board import board_of
from crmcore.app._pipeline_page import page_of
from crmcore.app._seats import seats_of
from crmcore.app._stage_table import stage_table, table_of
from crmcore.errors import InputError
from crmcore.model.hiring import Application, Opening, OpeningStatus
from crmcore.query import F
from crmcore.query.moments import utc_or_none
from crmcore.reports import render_pipeline_report

if TYPE_CHECKING:
    from datetime import datetime

    from crmcore.app._board import Board
    from crmcore.model.hiring import Job
    from crmcore.model.pipeline import Pipeline
    from crmcore.ports import Clock, Store
    from crmcore.reports.pipeline import Figure, Measure, StageTable, Window
    from crmcore.reports.pipeline.flow import Bottlenecks, Forecast
    from crmcore.reports.pipeline.funnel import Funnel, FunnelMode

__all__ = ["PipelineView"]


@attrs.frozen(kw_only=True)
class PipelineView:
    """What one asks about one job's pipeline; each answer is read anew."""

    job: Job
    pipeline: Pipeline
    store: Store
    clock: Clock

    def table(self, *, as_known_at: datetime | None = None) -> StageTable:
        """Return what happened in this job as columns, for measures; *as_known_at*: what was told later is left out."""
        return table_of(self.store, self.applications(), jobs=[self.job], as_known_at=as_known_at)

    def funnel(self, mode: FunnelMode | str = "cohort", *, within: Window | None = None, **more: Any) -> Funnel:
        """Count the stages of the job, see :func:`crmcore.reports.pipeline.funnel.funnel`.

        Args:
            mode: `cohort`: what became of those who applied; `activity`: what happened; `snapshot`: who is where now.
            within: the time that a cohort or an activity is of; all by default.
            more: `at`, now by default; `by`, what to break it down by; `per`.

        """
        from crmcore.reports.pipeline.funnel import funnel

        at = more.pop("at", self.clock.now())
        return funnel(self.table(), mode=mode, within=within, at=at, **more)

    def measure(self, measure: Measure, *, within: Window | None = None, at: datetime | None = None) -> Figure:
        """Take a measure of the job, such as one of :mod:`crmcore.reports.pipeline.presets`, as of now by default."""
        if not hasattr(measure, "over"):
            raise InputError(f"a measure is one of crmcore.reports.pipeline.presets, not {type(measure).__name__}")
        return measure.over(self.table(), within=within, at=utc_or_none(at) or self.clock.now())

    def bottlenecks(self, *, against: str = "history", **more: Any) -> Bottlenecks:
        """Return which stages hold hires up, see :func:`crmcore.reports.pipeline.flow.bottlenecks`.

        Args:
            against: what is usual: the job's own `history`; its `peers`, all other jobs; or `thresholds`, by default
                the days after which the stages say that something is due.
            more: `since`, `alpha`, `worth`, `least`, `thresholds`, `at`.

        Raises:
            InputError: no stage says when it is due, and no thresholds are passed.

        """
        from crmcore.reports.pipeline.flow import bottlenecks

        if against == "thresholds" and "thresholds" not in more:
            own = {stage.key: float(stage.ages_after) for stage in self.pipeline.in_use if stage.ages_after}
            if not own:
                raise InputError(f"no stage of pipeline {self.pipeline.id!r} says when it is due; pass thresholds")
            more["thresholds"] = own
        table = stage_table(self.store) if against == "peers" else self.table()
        jobs = [self.job.id] if against == "peers" else None
        return bottlenecks(table, at=more.pop("at", self.clock.now()), against=against, jobs=jobs, **more)

    def forecast(self, *, by: datetime, **more: Any) -> Forecast:
        """Foretell the hires of the job by a day, learning from all jobs, see :mod:`crmcore.reports.pipeline.flow`.

        No more are foretold than seats are free, of a job that has any and is not evergreen.

        Raises:
            InputError: no application has ended yet, so that there is nothing to learn from.

        """
        from crmcore.reports.pipeline.flow import forecast

        openings = self.openings()
        free = sum(seat.status in {OpeningStatus.OPEN, OpeningStatus.RESERVED} for seat in openings)
        seats = {self.job.id: free} if openings and not self.job.is_evergreen else {}
        at = more.pop("at", self.clock.now())
        return forecast(stage_table(self.store), at=at, by=by, jobs=[self.job.id], seats=seats, **more)

    def applications(self) -> tuple[Application, ...]:
        """Return all applications to the job, ended ones too, by id."""
        return tuple(self.store.stream(Application, F.job == self.job.id))

    def openings(self) -> tuple[Opening, ...]:
        """Return the seats of the job, in the order in which they were opened first."""
        return seats_of(self.store, self.job.id)

    def board(self) -> Board:
        """Return who stands where now, and for how long."""
        return self._board(self.applications(), at=self.clock.now())

    def report(self) -> str:
        """Return the pipeline as one self-contained HTML page.

        Raises:
            MissingExtra: jinja2 is not installed.

        """
        from crmcore.reports.pipeline.flow import bottlenecks

        applications, now = self.applications(), self.clock.now()
        table = table_of(self.store, applications, jobs=[self.job])
        page = page_of(
            job=self.job,
            pipeline=self.pipeline,
            applications=applications,
            openings=self.openings(),
            board=self._board(applications, at=now),
            table=table,
            at=now,
            slow=bottlenecks(table, at=now) if applications else None,
        )
        return render_pipeline_report(page)

    def _board(self, applications: tuple[Application, ...], *, at: datetime) -> Board:
        return board_of(self.store, applications, within=self.pipeline, at=at)
