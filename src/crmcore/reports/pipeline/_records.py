"""Applications, jobs, openings, offers and what belongs to them as the columns of a stage table."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, TypeVar

import numpy as np

from crmcore._given import several
from crmcore.errors import InputError
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring import Application, Job, Opening
from crmcore.model.hiring.offer import Offer
from crmcore.model.hiring.posting import Posting
from crmcore.model.hiring.requisition import Requisition
from crmcore.model.pipeline import Pipeline
from crmcore.model.record import Record
from crmcore.reports.pipeline._instants import instants_of
from crmcore.reports.pipeline._log import CATEGORIES, JOB_VERBS, OFFER_VERBS, SEAT_VERBS, VERBS, Log
from crmcore.reports.pipeline._noting import of_contacts, of_jobs, of_offers, of_postings, of_requisitions
from crmcore.reports.pipeline.marks import APPLICATION_MARKS, JOB_MARKS, Mark
from crmcore.reports.pipeline.subjects import Applications, Jobs, Offers, Openings
from crmcore.reports.pipeline.table import StageTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.model.hiring.job import JobStep
    from crmcore.model.hiring.offer_steps import OfferStep
    from crmcore.model.hiring.opening import SeatEntry
    from crmcore.model.stage_history import Step
    from crmcore.reports.pipeline.marks import MarkKind

    Codes = NDArray[np.int32]

__all__ = ["Coding", "grids_of", "marks_of", "once", "table_of"]

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
    offers: Iterable[Offer],
    postings: Iterable[Posting],
    requisitions: Iterable[Requisition],
    contacts: Iterable[ContactRecord],
    marks: Iterable[Mark],
) -> StageTable:
    """Return the columns of records; whatever order they come in, the rows are in the order of their ids."""
    applications, pipelines = once(applications, Application), once(pipelines, Pipeline)
    jobs, openings, offers = once(jobs, Job), once(openings, Opening), once(offers, Offer)
    for records in (applications, jobs, openings, offers):
        records.sort(key=_id)
    ids = Coding(each.id for each in applications)
    job_ids = Coding(job.id for job in jobs)
    stages = Coding(stage.key for pipeline in pipelines for stage in pipeline.stages)
    kinds = Coding(pipeline.id for pipeline in pipelines)
    steps = [step for each in applications for step in each.history.steps]
    counts = [len(each.history.steps) for each in applications]
    log = _log(counts, steps, VERBS, about=stages.of(step.stage for step in steps))
    noted = [
        *several(marks, Mark, "marks"),
        *of_jobs(jobs),
        *of_postings(several(postings, Posting, "postings")),
        *of_requisitions(several(requisitions, Requisition, "requisitions"), jobs),
        *of_contacts(several(contacts, ContactRecord, "contacts"), applications),
        *of_offers(offers),
    ]
    rows = _application_rows(applications, job_ids, kinds, marks_of(noted, ids.codes, APPLICATION_MARKS))
    seats = _openings(openings, job_ids, ids)
    return StageTable(
        steps=log,
        stages=stages.values,
        **grids_of(pipelines, stages.values, kinds.values),
        applications=rows,
        jobs=_jobs(jobs, job_ids, marks_of(noted, job_ids.codes, JOB_MARKS)),
        openings=seats,
        offers=_offers(offers, ids),
    )


def once(records: Iterable[R], kind: type[R]) -> list[R]:
    """Return records as a list; raise InputError where one is of another kind, or given twice."""
    noun = kind.__name__.lower()
    listed = list(several(records, kind, f"{noun}s"))
    if len({each.id for each in listed}) < len(listed):
        seen: set[str] = set()
        twice = next(each.id for each in listed if each.id in seen or seen.add(each.id))  # type: ignore[func-returns-value]
        raise InputError(f"{noun} {twice!r} is given twice; give each once")
    return listed


def _id(record: Record) -> str:
    return record.id


def _log(
    counts: Sequence[int],
    steps: Sequence[Step | JobStep | SeatEntry | OfferStep],
    verbs: Sequence[str],
    *,
    about: Codes | None = None,
) -> Log:
    code = {verb: place for place, verb in enumerate(verbs)}
    return Log(
        subject=np.repeat(np.arange(len(counts), dtype=np.int32), counts),
        verb=np.array([code[step.verb] for step in steps], dtype=np.int8),
        about=np.full(len(steps), -1, dtype=np.int32) if about is None else about,
        occurred_at=instants_of((step.occurred_at for step in steps), name="occurred_at"),
        recorded_at=instants_of((step.recorded_at for step in steps), name="recorded_at"),
    )


def _application_rows(applications: Sequence[Application], jobs: Coding, pipelines: Coding, marks: Log) -> Applications:
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
        marks=marks,
    )


class Grids(TypedDict):
    """What is true of each stage in each pipeline."""

    places: NDArray[np.int16]
    categories: NDArray[np.int8]
    retired: NDArray[np.bool_]


def grids_of(pipelines: Sequence[Pipeline], stages: Sequence[str], kinds: Sequence[str]) -> Grids:
    """Return what is true of each stage in each pipeline, both by their codes."""
    row_of = {kind: row for row, kind in enumerate(kinds)}
    column_of = {stage: column for column, stage in enumerate(stages)}
    places = np.full((len(kinds), len(stages)), -1, dtype=np.int16)
    categories = np.full(places.shape, -1, dtype=np.int8)
    retired = np.zeros(places.shape, dtype=np.bool_)
    for pipeline in pipelines:
        for place, stage in enumerate(pipeline.stages):
            at = row_of[pipeline.id], column_of[stage.key]
            places[at], categories[at], retired[at] = place, CATEGORIES.index(stage.category), stage.is_retired
    return Grids(places=places, categories=categories, retired=retired)


def _jobs(jobs: Sequence[Job], ids: Coding, marks: Log) -> Jobs:
    """Return a row for each job that is known, and for each that only an application, an opening or a mark names."""
    unknown = len(ids.codes) - len(jobs)
    departments = Coding()
    department = departments.of([*(job.department for job in jobs), *[None] * unknown])
    return Jobs(
        ids=ids.values,
        department=department,
        departments=departments.values,
        is_evergreen=np.array([*(job.is_evergreen for job in jobs), *[False] * unknown], dtype=np.bool_),
        steps=_log([len(job.history) for job in jobs], [step for job in jobs for step in job.history], JOB_VERBS),
        marks=marks,
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


def _offers(offers: Sequence[Offer], applications: Coding) -> Offers:
    """Return a row for each version of an offer whose application is known."""
    known = [offer for offer in offers if offer.application in applications.codes]
    versions = [(offer, number) for offer in known for number in range(1, offer.number + 1)]
    steps = [[step for step in offer.history if step.number == number] for offer, number in versions]
    return Offers(
        ids=tuple(offer.id for offer, _ in versions),
        offer=Coding().of(offer.id for offer, _ in versions),
        number=np.array([number for _, number in versions], dtype=np.int32),
        application=np.array([applications.codes[offer.application] for offer, _ in versions], dtype=np.int32),
        steps=_log([len(some) for some in steps], [step for some in steps for step in some], OFFER_VERBS),
    )


def marks_of(marks: Iterable[Mark], ids: Mapping[str, int], kinds: Sequence[MarkKind]) -> Log:
    """Return the marks of some kinds, by the code of each id; those of what is not known are left out."""
    mine = [mark for mark in marks if mark.kind in kinds and mark.of in ids]
    return Log.ordered(
        subject=np.array([ids[mark.of] for mark in mine], dtype=np.int32),
        verb=np.array([kinds.index(mark.kind) for mark in mine], dtype=np.int8),
        about=np.full(len(mine), -1, dtype=np.int32),
        occurred_at=instants_of((mark.at for mark in mine), name="at"),
        recorded_at=instants_of((mark.recorded_at or mark.at for mark in mine), name="recorded_at"),
    )
