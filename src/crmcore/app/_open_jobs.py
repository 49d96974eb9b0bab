"""The job that somebody is to be considered for: it is open, or nobody can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.errors import LawBroken
from crmcore.model.hiring import Job, JobStatus
from crmcore.model.pipeline import Pipeline

if TYPE_CHECKING:
    from crmcore.app._work import Work

__all__ = ["open_to_apply"]


def open_to_apply(work: Work, job: Job | str) -> tuple[Job, Pipeline]:
    """Return a job that takes applications as it is now, however old the copy that was handed in, and its pipeline.

    Raises:
        LawBroken: it is not open.

    """
    held = work.unit.get(Job, work.read(Job, job).id)
    if held.status is not JobStatus.OPEN:
        raise LawBroken(f"job {held.id!r} is {held.status.value}; nobody can apply to it")
    return held, work.unit.get(Pipeline, held.pipeline)
