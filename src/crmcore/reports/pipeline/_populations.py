"""Who is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.model.hiring.offer_steps import OfferVerb
from crmcore.model.hiring.opening import SeatVerb
from crmcore.model.stage_history import Status
from crmcore.reports.pipeline._events import Subject
from crmcore.reports.pipeline._log import OFFER_VERBS, SEAT_VERBS, STATUSES, codes_of
from crmcore.reports.pipeline.measure import Population

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.reports.pipeline._rows import Rows
    from crmcore.reports.pipeline.measure import Measure
    from crmcore.reports.pipeline.table import StageTable

    Codes = NDArray[np.int32]
    Mask = NDArray[np.bool_]

__all__ = ["looked_at", "open_seats"]

_ANSWERED = codes_of({OfferVerb.ACCEPT, OfferVerb.DECLINE}, OFFER_VERBS)
_RESOLVED = codes_of({OfferVerb.ACCEPT, OfferVerb.DECLINE, OfferVerb.RESCIND, OfferVerb.RENEGE}, OFFER_VERBS)


def looked_at(measure: Measure, rows: Rows) -> Mask:
    """Return which rows a measure looks at at all."""
    found = _belongs(measure.population, rows)
    if measure.leaves_out_evergreen:
        found = found & ~np.isin(rows.codes[Subject.JOB], np.flatnonzero(rows.table.jobs.is_evergreen))
    return found


def _belongs(population: Population, rows: Rows) -> Mask:
    """Return which rows belong to a population."""
    table = rows.table
    match population:
        case Population.ALL:
            return np.ones(len(rows), dtype=np.bool_)
        case Population.ACTIVE:
            return _stands(rows, Status.ACTIVE)
        case Population.CLOSED:
            return ~_stands(rows, Status.ACTIVE)
        case Population.OPEN:
            return np.zeros(len(rows), dtype=np.bool_) if rows.stays is None else np.isnat(table.left_at[rows.stays])
        case Population.HIRED:
            return _stands(rows, Status.HIRED)
        case Population.ACCEPTED:
            accepted = np.zeros(len(table.applications), dtype=np.bool_)
            accepted[table.offers.application[table.offers.stands]] = True
            return accepted[rows.application]
    offers, offer = table.offers, rows.codes[Subject.OFFER]
    match population:
        case Population.LATEST:
            return offers.is_latest[offer]
        case Population.RESOLVED:
            return np.isin(offers.last, _RESOLVED)[offer]
        case _:
            return (offers.is_latest & np.isin(offers.last, _ANSWERED))[offer]


def open_seats(table: StageTable) -> Codes:
    """Return the job of each opening that was opened and is not closed."""
    entries = table.openings.entries
    last = entries.take(entries.is_last)
    return np.asarray(table.openings.job[last.subject[last.verb != SEAT_VERBS.index(SeatVerb.CLOSE)]])


def _stands(rows: Rows, status: Status) -> Mask:
    return np.asarray(rows.table.status[rows.application] == STATUSES.index(status))
