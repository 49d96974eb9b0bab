"""Applications, pipelines, jobs and openings as the columns of a stage table."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from crmcore.errors import InputError
from crmcore.model.record import Record
from crmcore.reports.pipeline._instants import instants_of
from crmcore.reports.pipeline._log import JOB_VERBS, NEVER, SEAT_VERBS, VERBS, Log
from crmcore.reports.pipeline.table import CATEGORIES, Applications, Jobs, Openings, StageTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from enum import StrEnum

    from numpy.typing import NDArray

    from crmcore.model.hiring import Application, Job, Opening
    from crmcore.model.hiring.job import JobStep
    from crmcore.model.hiring.opening import SeatEntry
    from crmcore.model.pipeline import Pipeline
    from crmcore.model.stage_history import Step

    Codes = NDArray[np.int32]

__all__ = ["Coding", "table_of"]

R = TypeVar("R", bound=Record)


class Coding:
    """Gives each text a code, in the order in which it first comes."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        """Begin with the codes of some."""
        self.codes: dict[str, int] = {}
        self.of(values)

    def of(self, values: Iterable[str | None]) -> Codes:
        """Return the codes of texts, -1 for None and the empty one."""
        codes = self.codes
        return np.array([codes.setdefault(text, len(codes)) if text else -1 for text in values], dtype=np.int32)

    @property
    def values(self) -> tuple[str, ...]:
        """The texts by their codes."""
        return tuple(self.codes)


def table_of(
    applications: Iterable[Application],
    *,
    pipelines: Iterable[Pipeline],
    jobs: Iterable[Job],
    openings: Iterable[Opening],
) -> StageTable:
    """Return the columns of records."""
    applications, pipelines = _once(applications, "application"), _once(pipelines, "pipeline")
    jobs, openings = _once(jobs, "job"), _once(openings, "opening")
    ids = Coding(each.id for each in applications)
    job_ids = Coding(job.id for job in jobs)
    stages = Coding(stage.key for pipeline in pipelines for stage in pipeline.stages)
    kinds = Coding(pipeline.id for pipeline in pipelines)
    steps = [step for each in applications for step in each.history.steps]
    log = _log(
        [len(each.history.steps) for each in applications], steps, VERBS, about=stages.of(step.stage for step in steps)
    )
    rows = _application_rows(applications, job_ids, kinds)
    seats = _openings(openings, job_ids, ids)
    places, categories = _grids(pipelines, stages, kinds)
    return StageTable(
        steps=log,
        stages=stages.values,
        places=places,
        categories=categories,
        applications=rows,
        jobs=_jobs(jobs, job_ids.values),
        openings=seats,
    )


def _once(records: Iterable[R], noun: str) -> list[R]:
    listed = list(records)
    if len({each.id for each in listed}) < len(listed):
        ids = [each.id for each in listed]
        twice = next(id for id in ids if ids.count(id) > 1)  # noqa: A001
        raise InputError(f"{noun} {twice!r} is given twice; give each once")
    return listed


def _log(
    counts: Sequence[int], steps: Sequence[Step | JobStep | SeatEntry], verbs: Sequence[StrEnum], *, about: Codes
) -> Log:
    code = {verb: place for place, verb in enumerate(verbs)}
    return Log(
        subject=np.repeat(np.arange(len(counts), dtype=np.int32), counts),
        verb=np.array([code[step.verb] for step in steps], dtype=np.int8),
        about=about,
        occurred_at=instants_of((step.occurred_at for step in steps), name="occurred_at"),
        recorded_at=instants_of((step.recorded_at for step in steps), name="recorded_at"),
    )


def _application_rows(applications: Sequence[Application], jobs: Coding, pipelines: Coding) -> Applications:
    persons, sources, recruiters = Coding(), Coding(), Coding()
    return Applications(
        ids=tuple(each.id for each in applications),
        person=persons.of(each.contact for each in applications),
        persons=persons.values,
        job=jobs.of(each.job for each in applications),
        pipeline=pipelines.of(each.pipeline for each in applications),
        source=sources.of(each.source for each in applications),
        sources=sources.values,
        recruiter=recruiters.of(each.recruiter for each in applications),
        recruiters=recruiters.values,
        touched_at=np.full(len(applications), NEVER),
    )


def _grids(pipelines: Sequence[Pipeline], stages: Coding, kinds: Coding) -> tuple[NDArray[np.int16], NDArray[np.int8]]:
    """Return the place and the category of each stage in each pipeline."""
    places = np.full((len(kinds.codes), len(stages.codes)), -1, dtype=np.int16)
    categories = np.full(places.shape, -1, dtype=np.int8)
    for row, pipeline in enumerate(pipelines):
        for place, stage in enumerate(pipeline.stages):
            places[row, stages.codes[stage.key]] = place
            categories[row, stages.codes[stage.key]] = CATEGORIES.index(stage.category)
    return places, categories


def _jobs(jobs: Sequence[Job], ids: tuple[str, ...]) -> Jobs:
    """Return a row for each job that is known, and for each that only an application names."""
    unknown = len(ids) - len(jobs)
    departments = Coding()
    department = departments.of([*(job.department for job in jobs), *[None] * unknown])
    steps = [step for job in jobs for step in job.history]
    return Jobs(
        ids=ids,
        department=department,
        departments=departments.values,
        is_evergreen=np.array([*(job.is_evergreen for job in jobs), *[False] * unknown], dtype=np.bool_),
        posted_at=np.full(len(ids), NEVER),
        steps=_log([len(job.history) for job in jobs], steps, JOB_VERBS, about=np.full(len(steps), -1, dtype=np.int32)),
    )


def _openings(openings: Sequence[Opening], jobs: Coding, applications: Coding) -> Openings:
    entries = [entry for opening in openings for entry in opening.ledger]
    known = applications.codes
    about = np.array([known.get(entry.application or "", -1) for entry in entries], dtype=np.int32)
    return Openings(
        ids=tuple(opening.id for opening in openings),
        job=jobs.of(opening.job for opening in openings),
        entries=_log([len(opening.ledger) for opening in openings], entries, SEAT_VERBS, about=about),
    )
