"""What happened in the pipelines of a database, as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.model.contact import ContactRecord
from crmcore.model.hiring import Application, Job, Offer, Opening
from crmcore.model.hiring.posting import Posting
from crmcore.model.hiring.requisition import Requisition
from crmcore.model.pipeline import Pipeline
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from crmcore.ports import Reader
    from crmcore.query import Expression
    from crmcore.reports.pipeline import StageTable

__all__ = ["stage_table", "table_of"]


def stage_table(reader: Reader, where: Expression | None = None, *, as_known_at: datetime | None = None) -> StageTable:
    """Read the applications for which a question is true, and what belongs to them.

    Args:
        reader: the store.
        where: about applications; by default all, and all jobs, also those that nobody has applied to.
        as_known_at: what was told later is left out.

    """
    applications = list(reader.stream(Application, where))
    jobs = list(reader.stream(Job, None if where is None else _among({one.job for one in applications})))
    return table_of(reader, applications, jobs=jobs, as_known_at=as_known_at)


def table_of(
    reader: Reader, applications: Sequence[Application], *, jobs: Collection[Job], as_known_at: datetime | None = None
) -> StageTable:
    """Read what belongs to some applications and jobs."""
    from crmcore.reports.pipeline import StageTable

    of_jobs = F.job.in_(sorted(job.id for job in jobs))
    pipelines = {one.pipeline for one in applications} | {job.pipeline for job in jobs}
    return StageTable.of(
        applications,
        pipelines=reader.stream(Pipeline, _among(pipelines)),
        jobs=jobs,
        openings=reader.stream(Opening, of_jobs),
        offers=reader.stream(Offer, of_jobs),
        postings=reader.stream(Posting, of_jobs),
        requisitions=reader.stream(Requisition, _among({id_ for job in jobs for id_ in job.requisitions})),
        contacts=reader.stream(ContactRecord, _among({one.contact for one in applications})),
        as_known_at=as_known_at,
    )


def _among(ids: set[str]) -> Expression:
    return F.id.in_(sorted(ids))
