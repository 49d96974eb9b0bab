"""Tables of steps, or of stays, as the columns of a stage table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore._given import several
from crmcore.errors import InputError
from crmcore.model.pipeline import Pipeline
from crmcore.model.stage_history import ENDINGS, Verb
from crmcore.reports.pipeline._log import (
    JOB_RULES,
    JOB_VERBS,
    OFFER_VERBS,
    SEAT_RULES,
    SEAT_VERBS,
    STEP_RULES,
    VERBS,
    Log,
    codes_of,
)
from crmcore.reports.pipeline._reading import Columns, Keys
from crmcore.reports.pipeline._records import grids_of, marks_of, once
from crmcore.reports.pipeline.marks import APPLICATION_MARKS, JOB_MARKS, Mark
from crmcore.reports.pipeline.subjects import Applications, Jobs, Offers, Openings
from crmcore.reports.pipeline.table import StageTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from enum import StrEnum

    from numpy.typing import NDArray

    from crmcore.reports.pipeline._log import Rules

    Codes = NDArray[np.int32]
    Instants = NDArray[np.datetime64]

__all__ = ["Tables", "table_of_columns"]

_ENTER, _MOVE, _REOPEN = (VERBS.index(verb) for verb in (Verb.ENTER, Verb.MOVE, Verb.REOPEN))
_ENDINGS = codes_of(ENDINGS, VERBS)
_NONE: dict[str, list[Any]] = {"job": [], "opening": [], "offer": [], "number": [], "application": [], "verb": []}
_NOTHING = {**_NONE, "occurred_at": []}


@attrs.frozen(kw_only=True)
class Tables:
    """What :meth:`StageTable.from_columns` takes, None for what there is not."""

    steps: object
    applications: object = None
    jobs: object = None
    job_steps: object = None
    seat_entries: object = None
    offer_steps: object = None


def table_of_columns(tables: Tables, *, pipelines: Iterable[Pipeline], marks: Iterable[Mark]) -> StageTable:
    """Return the columns of tables."""
    told = Columns(tables.steps, of="steps")
    about = told if tables.applications is None else Columns(tables.applications, of="applications")
    works = Columns(_NONE if tables.jobs is None else tables.jobs, of="jobs")
    work_steps = Columns(_NOTHING if tables.job_steps is None else tables.job_steps, of="job_steps")
    seats = Columns(_NOTHING if tables.seat_entries is None else tables.seat_entries, of="seat_entries")
    offered = Columns(_NOTHING if tables.offer_steps is None else tables.offer_steps, of="offer_steps")
    listed, noted = once(pipelines, Pipeline), several(marks, Mark, "marks")
    ids = Keys([told.needed("application")])
    jobs = Keys([table.texts("job") for table in (about, works, work_steps, seats)])
    stages = Keys([told.texts("stage")], first=[stage.key for pipeline in listed for stage in pipeline.stages])
    kinds = Keys([about.texts("pipeline")], first=[pipeline.id for pipeline in listed] or [""])
    steps = _steps(told, ids.codes(told.needed("application")), stages)
    _check(steps, STEP_RULES, ids, VERBS, "application")
    by_id = {key: code for code, key in enumerate(ids.values)}
    job_by_id = {key: code for code, key in enumerate(jobs.values)}
    return StageTable(
        steps=steps,
        stages=stages.values,
        **grids_of(listed, stages.values, kinds.values),
        applications=_applications(about, ids, jobs, kinds, marks_of(noted, by_id, APPLICATION_MARKS)),
        jobs=_jobs(works, work_steps, jobs, marks_of(noted, job_by_id, JOB_MARKS)),
        openings=_openings(seats, jobs, ids),
        offers=_offers(offered, ids),
    )


def _steps(told: Columns, application: Codes, stages: Keys) -> Log:
    stage = stages.codes(told.needed("stage"))
    if "entered_at" in told:
        return _steps_of_stays(told, application, stage)
    return _log(told, application, VERBS, about=stage)


def _log(told: Columns, subject: Codes, verbs: Sequence[StrEnum], *, about: Codes | None = None) -> Log:
    """Return a table of steps as a log."""
    told.needed("verb")
    occurred_at = told.instants("occurred_at")
    if np.isnat(occurred_at).any():
        raise InputError(f"{told.of}: column 'occurred_at' has no value in row {int(np.argmax(np.isnat(occurred_at)))}")
    return Log.ordered(
        subject=subject,
        verb=told.verbs("verb", verbs),
        about=np.full(len(subject), -1, dtype=np.int32) if about is None else about,
        occurred_at=occurred_at,
        recorded_at=told.instants("recorded_at", or_else=occurred_at),
    )


def _steps_of_stays(told: Columns, application: Codes, stage: Codes) -> Log:
    """Return the steps that began and ended stays: what is not said follows from the stays before and after."""
    entered, left = told.instants("entered_at"), told.instants("left_at")
    if np.isnat(entered).any():
        raise InputError(f"{told.of}: column 'entered_at' has no value in row {int(np.argmax(np.isnat(entered)))}")
    came, gone = told.verbs("came_by", VERBS), told.verbs("left_by", VERBS)
    known = told.instants("entered_recorded_at", or_else=entered)
    gone_known = told.instants("left_recorded_at", or_else=left)
    order = np.lexsort((left, entered, application))
    application, stage = application[order], stage[order]
    entered, left, known, gone_known = entered[order], left[order], known[order], gone_known[order]
    came, gone = came[order], gone[order]
    size = len(order)
    same = application[1:] == application[:-1]
    goes_on = np.append(same & (left[:-1] == entered[1:]), False)[:size]
    is_first, follows = np.append(True, ~same)[:size], np.append(False, goes_on[:-1])[:size]
    was_over = np.isin(np.append(-1, gone[:-1])[:size], _ENDINGS)
    follows_from = np.where(is_first, _ENTER, np.where(follows & ~was_over, _MOVE, _REOPEN))
    ends = ~np.isnat(left) & (~goes_on | np.isin(gone, _ENDINGS))
    if (silent := ends & ~np.isin(gone, _ENDINGS)).any():
        raise InputError(
            f"{told.of}: the stay in row {int(order[np.argmax(silent)])} ends, and no other begins then; say in column "
            f"'left_by' how it ended: {', '.join(sorted(ENDINGS))}"
        )
    return Log.ordered(
        subject=np.append(application, application[ends]),
        verb=np.append(np.where(came >= 0, came, follows_from), gone[ends]).astype(np.int8),
        about=np.append(stage, stage[ends]),
        occurred_at=np.append(entered, left[ends]),
        recorded_at=np.append(known, gone_known[ends]),
    )


def _check(log: Log, rules: Rules, ids: Keys, verbs: Sequence[StrEnum], noun: str) -> None:
    faults = rules.faults(log)
    if not faults.any():
        return
    row = int(np.argmax(faults))
    before = "nothing was before" if log.is_first[row] else f"{verbs[log.verb[row - 1]].value!r} was before"
    allowed = [verb.value for verb, can in zip(verbs, rules.allowed_after(log, row), strict=True) if can]
    step = f"step {verbs[log.verb[row]].value!r} at {log.occurred_at[row]}"
    can = f"there can be: {', '.join(allowed) or 'nothing more'}"
    raise InputError(f"{noun} {ids.values[log.subject[row]]!r}: {step} cannot be, with what it names: {before}; {can}")


def _applications(about: Columns, ids: Keys, jobs: Keys, kinds: Keys, marks: Log) -> Applications:
    """Return a row for each application that has steps: what its first row says."""
    own = ids.codes(about.needed("application"))
    first = np.full(len(ids.values), -1, dtype=np.int64)
    rows = np.flatnonzero(own >= 0)[::-1]
    first[own[rows]] = rows
    if (first < 0).any():
        raise InputError(f"application {ids.values[int(np.argmin(first))]!r} has steps, but no row; give it one")
    sources, recruiters = (Keys([about.texts(name)]) for name in ("source", "recruiter"))
    person = about.texts("person" if "person" in about else "application")  # whose is not told, is somebody's own
    persons = Keys([person])
    pipeline = kinds.codes(about.texts("pipeline"))[first]
    return Applications(
        ids=ids.values,
        person=persons.codes(person)[first],
        persons=persons.values,
        job=jobs.codes(about.texts("job"))[first],
        pipeline=np.where(pipeline < 0, 0, pipeline).astype(np.int32),
        source=sources.codes(about.texts("source"))[first],
        sources=sources.values,
        recruiter=recruiters.codes(about.texts("recruiter"))[first],
        recruiters=recruiters.values,
        marks=marks,
    )


def _jobs(works: Columns, steps: Columns, jobs: Keys, marks: Log) -> Jobs:
    own = jobs.codes(works.needed("job"))
    departments = Keys([works.texts("department")])
    department = np.full(len(jobs.values), -1, dtype=np.int32)
    department[own] = departments.codes(works.texts("department"))
    is_evergreen = np.zeros(len(jobs.values), dtype=np.bool_)
    is_evergreen[own] = works.booleans("is_evergreen")
    log = _log(steps, jobs.codes(steps.needed("job")), JOB_VERBS)
    _check(log, JOB_RULES, jobs, JOB_VERBS, "job")
    return Jobs(
        ids=jobs.values,
        department=department,
        departments=departments.values,
        is_evergreen=is_evergreen,
        steps=log,
        marks=marks,
    )


def _openings(seats: Columns, jobs: Keys, ids: Keys) -> Openings:
    openings = Keys([seats.needed("opening")])
    subject = openings.codes(seats.needed("opening"))
    log = _log(seats, subject, SEAT_VERBS, about=ids.codes(seats.texts("application")))
    _check(log, SEAT_RULES, openings, SEAT_VERBS, "opening")
    job = np.full(len(openings.values), -1, dtype=np.int32)
    job[subject] = jobs.codes(seats.needed("job"))
    return Openings(ids=openings.values, job=job, entries=log)


def _offers(offered: Columns, ids: Keys) -> Offers:
    """Return a row for each version of an offer whose application is known."""
    offers = Keys([offered.needed("offer")])
    offer, application = offers.codes(offered.needed("offer")), ids.codes(offered.needed("application"))
    number = np.array([int(each) for each in offered.needed("number")] if "number" in offered else [1] * len(offer))
    pair = offer.astype(np.int64) * (int(number.max(initial=0)) + 1) + number
    distinct, first, version = np.unique(pair, return_index=True, return_inverse=True)
    log = _log(offered, version.astype(np.int32), OFFER_VERBS)
    rows = Offers(
        ids=tuple(offers.values[code] for code in offer[first]),
        offer=offer[first],
        number=number[first].astype(np.int32),
        application=application[first],
        steps=log,
    )
    kept = application[first] >= 0
    codes = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
    return rows.take(kept, codes, np.arange(len(ids.values), dtype=np.int32)) if len(distinct) else rows
