"""What happened in the pipelines of a database, as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.model.hiring import Application, Job, Offer, Opening
from crmcore.model.pipeline import Pipeline
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crmcore.ports import Reader
    from crmcore.query import Expression
    from crmcore.reports.pipeline import StageTable

__all__ = ["stage_table", "table_of"]


def stage_table(reader: Reader, where: Expression | None = None, *, as_known_at: datetime | None = None) -> StageTable:
    """Read the applications for which a question is true, and what belongs to them.

    Args:
        reader: the store.
        where: about applications; all by default.
        as_known_at: what was told later is left out.

    """
    applications = list(reader.stream(Application, where))
    return table_of(reader, applications, is_all=where is None, as_known_at=as_known_at)


def table_of(
    reader: Reader, applications: Sequence[Application], *, is_all: bool = False, as_known_at: datetime | None = None
) -> StageTable:
    """Read what belongs to some applications; *is_all*: whether they are all there are, so that nothing is sought."""
    from crmcore.reports.pipeline import StageTable

    jobs, pipelines = ({getattr(one, name) for one in applications} for name in ("job", "pipeline"))
    of_jobs = None if is_all else F.job.in_(sorted(jobs))
    return StageTable.of(
        applications,
        pipelines=[
            one
            for one in reader.stream(Pipeline, None if is_all else F.id.in_(sorted(pipelines)))
            if one.id in pipelines
        ],
        jobs=[one for one in reader.stream(Job, None if is_all else F.id.in_(sorted(jobs))) if one.id in jobs],
        openings=reader.stream(Opening, of_jobs),
        offers=reader.stream(Offer, of_jobs),
        as_known_at=as_known_at,
    )
