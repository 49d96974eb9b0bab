"""What became of stays: when the application was elsewhere afterwards, got further, or dropped out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.errors import InputError
from crmcore.model.stage_history import Verb
from crmcore.reports.pipeline._log import NEVER, VERBS, codes_of
from crmcore.reports.pipeline.anchors import Milestone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.reports.pipeline.table import StageTable

    Codes = NDArray[np.int32]
    Instants = NDArray[np.datetime64]
    Mask = NDArray[np.bool_]
    Places = NDArray[np.int16]

__all__ = ["became", "further_of", "furthest_of", "places_of", "unplaced"]

_HIRE, _MOVE = VERBS.index(Verb.HIRE), VERBS.index(Verb.MOVE)
_STEPS_ON = (_HIRE, _MOVE)
_DROPS = codes_of({Verb.REJECT, Verb.WITHDRAW}, VERBS)


def became(table: StageTable, milestone: Milestone) -> Instants:
    """Return when a milestone of stays came for each stay, NaT where it did not."""
    match milestone:
        case Milestone.ENTERED:
            return table.entered_at
        case Milestone.LEFT:
            return table.left_at
        case Milestone.DROPPED_OUT:
            return _where(np.isin(table.left_by, _DROPS), table.left_at)
        case Milestone.EXITED:
            return _where(np.isin(table.left_by, _STEPS_ON), table.left_at)
        case Milestone.EXITED_FORWARD:
            forward = np.append(np.diff(places_of(table)) > 0, False)[: len(table)] & (table.left_by == _MOVE)
            return _where(forward | (table.left_by == _HIRE), table.left_at)
        case Milestone.MOVED_ON:
            following = _elsewhere(table)
        case _:
            following = further_of(table)
    hired = _where(table.left_by == _HIRE, table.left_at)
    if not len(following):
        return hired
    moved = _where(following >= 0, table.entered_at[following])
    return np.fmin(moved, hired)


def places_of(table: StageTable) -> Places:
    """Return the place of each stay's stage in its pipeline.

    Raises:
        InputError: the place of one is not known.

    """
    places = table.place
    if len(places) and places.min() < 0:
        stay = int(np.argmin(places))
        stage = table.stages[table.stage[stay]]
        raise unplaced(stage, table.applications.ids[table.application[stay]])
    return places


def unplaced(stage: str, application: str) -> InputError:
    """Return the error for a stage that has no place."""
    return InputError(
        f"stage {stage!r} of application {application!r} has no place: its pipeline was not given, or has no such "
        "stage; pass pipelines to the table"
    )


def furthest_of(table: StageTable) -> NDArray[np.int64]:
    """Return the place of the furthest stage that each application was in."""
    places, size = places_of(table), len(table.applications)
    if not size:
        return np.zeros(0, dtype=np.int64)
    begins = np.searchsorted(table.application, np.arange(size))
    return np.maximum.reduceat(places, begins).astype(np.int64)


def _where(chosen: Mask, at: Instants) -> Instants:
    found: Instants = np.where(chosen, at, NEVER)
    return found


def _elsewhere(table: StageTable) -> NDArray[np.intp]:
    """Return the next stay of the same application in another stage, -1 where there is none."""
    size = len(table)
    application, stage = table.application, table.stage
    begins = np.concatenate(([True], (application[1:] != application[:-1]) | (stage[1:] != stage[:-1])))[:size]
    starts = np.append(np.flatnonzero(begins), size)
    following = starts[np.cumsum(begins)] if size else starts[:0]
    return _same(application, following)


def further_of(table: StageTable) -> NDArray[np.intp]:
    """Return the next stay of the same application in a later stage, -1 where there is none."""
    places = places_of(table)
    size = len(places)
    following = np.full(size, size, dtype=np.intp)
    for place in np.unique(places)[:-1]:
        later = np.append(np.flatnonzero(places > place), size)
        rows = np.flatnonzero(places == place)
        following[rows] = later[np.searchsorted(later, rows)]
    return _same(table.application, following)


def _same(application: Codes, following: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return rows that follow, -1 where they are of another application or there is none."""
    size = len(application)
    if not size:
        return following
    inside = np.minimum(following, size - 1)
    return np.where((following < size) & (application[inside] == application), inside, -1)
