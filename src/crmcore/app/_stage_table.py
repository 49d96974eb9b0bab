"""What happened in the pipelines of a database, as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.model.hiring import Application, Job, Offer, Opening
from crmcore.model.pipeline import Pipeline
from crmcore.query import F

if TYPE_CHECKING:
    from datetime import datetime

    from crmcore.ports import Reader
    from crmcore.query import Expression
    from crmcore.reports.pipeline import StageTable

__all__ = ["stage_table"]


def stage_table(reader: Reader, where: Expression | None = None, *, as_known_at: datetime | None = None) -> StageTable:
    """Read the applications for which a question is true, and what belongs to them.

    Args:
        reader: the store.
        where: about applications; all by default.
        as_known_at: what was told later is left out.

    """
    from crmcore.reports.pipeline import StageTable

    applications = list(reader.stream(Application, where))
    jobs, pipelines = ({getattr(one, name) for one in applications} for name in ("job", "pipeline"))
    belongs = None if where is None else F.job.in_(sorted(jobs))
    return StageTable.of(
        applications,
        pipelines=[one for one in reader.stream(Pipeline) if one.id in pipelines],
        jobs=[one for one in reader.stream(Job) if one.id in jobs],
        openings=reader.stream(Opening, belongs),
        offers=reader.stream(Offer, belongs),
        as_known_at=as_known_at,
    )
