"""The milestones that anchors name, as rows of whom they came to and when, and the search for the one that counts."""

from __future__ import annotations

from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import UnknownChoice
from crmcore.model.hiring.job import JobVerb
from crmcore.model.hiring.offer_steps import OfferVerb
from crmcore.model.hiring.opening import SeatVerb
from crmcore.model.stage_history import ENDINGS, Verb
from crmcore.reports.pipeline._log import CATEGORIES, JOB_VERBS, NEVER, OFFER_VERBS, SEAT_VERBS, VERBS, codes_of
from crmcore.reports.pipeline.anchors import Milestone
from crmcore.reports.pipeline.marks import APPLICATION_MARKS, JOB_MARKS, MarkKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.reports.pipeline._log import Log
    from crmcore.reports.pipeline.anchors import Anchor
    from crmcore.reports.pipeline.table import StageTable

    Codes = NDArray[np.int32]
    Instants = NDArray[np.datetime64]
    Mask = NDArray[np.bool_]
    Whole = NDArray[np.int64]

__all__ = ["Events", "Subject", "Timeline", "events_of"]


class Subject(IntEnum):
    """Whom something happens to."""

    JOB = 0
    OPENING = 1
    APPLICATION = 2
    OFFER = 3


_STEPS = {
    Milestone.APPLIED: {Verb.ENTER},
    Milestone.REJECTED: {Verb.REJECT},
    Milestone.WITHDRAWN: {Verb.WITHDRAW},
    Milestone.HIRED: {Verb.HIRE},
    Milestone.ENDED: ENDINGS,
    Milestone.STEPPED: set(Verb),
    Milestone.STAGE_ENTERED: set(Verb) - ENDINGS,
}
_JOB_STEPS = {
    Milestone.JOB_OPENED: {JobVerb.OPEN},
    Milestone.JOB_ACTIVATED: {JobVerb.OPEN, JobVerb.RESUME, JobVerb.REOPEN},
    Milestone.JOB_CLOSED: {JobVerb.CLOSE},
}
_SEATS = {Milestone.OPENING_OPENED: {SeatVerb.OPEN}, Milestone.OPENING_FILLED: {SeatVerb.FILL}}
_OFFERS = {
    Milestone.OFFER_DRAFTED: {OfferVerb.DRAFT, OfferVerb.REVISE},
    Milestone.OFFER_SENT: {OfferVerb.SEND},
    Milestone.OFFER_ACCEPTED: {OfferVerb.ACCEPT},
    Milestone.OFFER_DECLINED: {OfferVerb.DECLINE},
    Milestone.OFFER_ANSWERED: {OfferVerb.ACCEPT, OfferVerb.DECLINE},
}
_JOB_MARKS = {
    Milestone.JOB_POSTED: MarkKind.POSTED,
    Milestone.JOB_APPROVED: MarkKind.APPROVED,
    Milestone.FILL_BEGAN: MarkKind.FILL_BEGAN,
    Milestone.FILL_ENDED: MarkKind.FILL_ENDED,
}
_MARKS = {Milestone.TOUCHED: MarkKind.TOUCHED, Milestone.ADDED: MarkKind.ADDED, Milestone.STARTED: MarkKind.STARTED}


@attrs.frozen(kw_only=True, eq=False)
class Events:
    """Events of one kind, in the order of whom they happened to, then of time."""

    of: Subject
    subject: Codes
    at: Instants

    @classmethod
    def ordered(cls, of: Subject, subject: Codes, at: Instants) -> Events:
        """Put them in order."""
        order = np.lexsort((at, subject))
        return cls(of=of, subject=subject[order], at=at[order])

    def lifted(self, to: Subject, codes: Codes) -> Events:
        """Return them as what happened to something larger, by its code of each; what is of none is left out."""
        subject = codes[self.subject]
        known = subject >= 0
        return Events.ordered(to, subject[known], self.at[known])


def events_of(table: StageTable, anchor: Anchor) -> Events:
    """Return the events of an anchor's own milestone."""
    milestone = anchor.milestone
    if milestone in _STEPS:
        return _of_steps(table, anchor)
    if milestone in _JOB_STEPS:
        rows = _are(table.jobs.steps, codes_of(_JOB_STEPS[milestone], JOB_VERBS))
        return _picked(Subject.JOB, table.jobs.steps, rows)
    if milestone in _JOB_MARKS:
        return _picked(Subject.JOB, table.jobs.marks, _are(table.jobs.marks, [JOB_MARKS.index(_JOB_MARKS[milestone])]))
    if milestone in _MARKS:
        return _of_marks(table.applications.marks, _MARKS[milestone])
    if milestone in _SEATS:
        entries = table.openings.entries
        rows = _are(entries, codes_of(_SEATS[milestone], SEAT_VERBS))
        return _picked(Subject.OPENING, entries, rows & entries.is_last if anchor.stands else rows)
    if milestone in _OFFERS:
        return _of_offers(table, anchor)
    return _filled(table, stands=anchor.stands)


def _are(log: Log, verbs: list[int]) -> Mask:
    return np.isin(log.verb, verbs)


def _picked(of: Subject, log: Log, rows: Mask) -> Events:
    return Events(of=of, subject=log.subject[rows], at=log.occurred_at[rows])


def _of_steps(table: StageTable, anchor: Anchor) -> Events:
    steps = table.steps
    rows = _are(steps, codes_of(_STEPS[anchor.milestone], VERBS))
    if anchor.stands:
        rows &= steps.is_last
    if anchor.stage is not None:
        rows &= steps.about == _stage_of(table, anchor.stage)
    if anchor.category is not None:
        meant = table.categories[table.applications.pipeline[steps.subject], steps.about]
        rows &= meant == CATEGORIES.index(anchor.category)
    return _picked(Subject.APPLICATION, steps, rows)


def _stage_of(table: StageTable, stage: str) -> int:
    """Return the code of a stage, -1 where nobody was in it.

    Raises:
        UnknownChoice: the pipelines are known, and none has it.

    """
    if stage in table.stages:
        return table.stages.index(stage)
    if (table.places >= 0).any():
        raise UnknownChoice(stage, table.stages, field="stage", of="an anchor")
    return -1


def _of_marks(marks: Log, kind: MarkKind) -> Events:
    rows = np.flatnonzero(_are(marks, [APPLICATION_MARKS.index(kind)]))
    if kind is MarkKind.STARTED:  # the one told last counts
        rows = rows[np.lexsort((marks.occurred_at[rows], marks.recorded_at[rows], marks.subject[rows]))]
        subject = marks.subject[rows]
        rows = rows[np.concatenate((subject[1:] != subject[:-1], [True]))[: len(rows)]]
    return Events(of=Subject.APPLICATION, subject=marks.subject[rows], at=marks.occurred_at[rows])


def _of_offers(table: StageTable, anchor: Anchor) -> Events:
    steps = table.offers.steps
    rows = _are(steps, codes_of(_OFFERS[anchor.milestone], OFFER_VERBS))
    if anchor.stands:
        rows &= table.offers.stands[steps.subject]
    return _picked(Subject.OFFER, steps, rows)


def _filled(table: StageTable, *, stands: bool) -> Events:
    """Return when each job had its last seat filled: one was filled then, and none was left.

    Those that *stand* are those after which none of the seats that were filled then was freed.
    """
    entries = table.openings.entries
    change = np.zeros(len(SEAT_VERBS), dtype=np.int64)
    change[codes_of({SeatVerb.OPEN, SeatVerb.REOPEN, SeatVerb.UNFILL}, SEAT_VERBS)] = 1
    change[codes_of({SeatVerb.FILL, SeatVerb.CLOSE}, SEAT_VERBS)] = -1
    job = table.openings.job[entries.subject]
    order = np.lexsort((entries.occurred_at, job))
    job, at, verb = job[order], entries.occurred_at[order], entries.verb[order]
    left = np.cumsum(change[verb])
    begins = np.flatnonzero(np.concatenate(([True], job[1:] != job[:-1]))[: len(job)])
    left -= np.repeat(left[begins] - change[verb[begins]], np.diff([*begins, len(job)]))
    is_last = np.concatenate(((job[1:] != job[:-1]) | (at[1:] != at[:-1]), [True]))[: len(job)]
    ends = np.flatnonzero(is_last)
    fills = np.cumsum(verb == SEAT_VERBS.index(SeatVerb.FILL))[ends]
    some = np.diff(fills, prepend=0) > 0
    rows = ends[some & (left[ends] == 0)]
    found = Events(of=Subject.JOB, subject=job[rows], at=at[rows])
    return _standing(found, table) if stands else found


def _standing(filled: Events, table: StageTable) -> Events:
    """Return the fills of jobs that lie in no interval from the fill of a seat to its being freed."""
    entries = table.openings.entries
    freed = np.flatnonzero(_are(entries, codes_of({SeatVerb.UNFILL}, SEAT_VERBS)))
    if not len(freed) or not len(filled.subject):
        return filled
    job = table.openings.job[entries.subject[freed]]
    begun, over = (  # a seat is filled by the entry before the one that frees it
        np.sort(_ranked(filled, job, entries.occurred_at[rows])) for rows in (freed - 1, freed)
    )
    own = _ranked(filled, filled.subject, filled.at)
    undone = np.searchsorted(begun, own, side="right") > np.searchsorted(over, own, side="right")
    return Events(of=filled.of, subject=filled.subject[~undone], at=filled.at[~undone])


def _ranked(events: Events, subject: Codes, at: Instants) -> Whole:
    """Return subjects and instants as numbers that compare with those of events as they do themselves."""
    times = np.unique(events.at)
    return subject.astype(np.int64) * (len(times) + 1) + np.searchsorted(times, at, side="left")


class Timeline:
    """Finds, among events, the first at or after an instant, and the last at or before one, for many rows at once."""

    def __init__(self, events: Events) -> None:
        """Take events in the order of their subjects, then of time."""
        self._events = events

    def first(self, subject: Codes, since: Instants | None = None) -> Instants:
        """Return the first event of each row's subject, at or after an instant where there is one; else NaT."""
        events = self._events.subject
        if since is None:
            return self._of_each(subject, np.append(True, events[1:] != events[:-1])[: len(events)])
        keys, times, width = self._keys
        sought = subject.astype(np.int64) * width + np.searchsorted(times, since, side="left")
        return self._found(subject, since, np.searchsorted(keys, sought))

    def last(self, subject: Codes, by: Instants | None = None) -> Instants:
        """Return the last event of each row's subject, at or before an instant where there is one; else NaT."""
        events = self._events.subject
        if by is None:
            return self._of_each(subject, np.append(events[1:] != events[:-1], True)[: len(events)])
        keys, times, width = self._keys
        sought = subject.astype(np.int64) * width + np.searchsorted(times, by, side="right")
        return self._found(subject, by, np.searchsorted(keys, sought) - 1)

    @cached_property
    def _keys(self) -> tuple[Whole, Instants, int]:
        """Subject and instant of each event as one rising number, the distinct instants, and how many there can be."""
        times = np.unique(self._events.at)
        width = len(times) + 1
        return self._events.subject.astype(np.int64) * width + np.searchsorted(times, self._events.at), times, width

    def _of_each(self, subject: Codes, chosen: Mask) -> Instants:
        """Return one chosen event of each subject."""
        events = self._events
        size = max(int(subject.max(initial=-1)), int(events.subject.max(initial=-1))) + 2
        at = np.full(size, NEVER)  # the last place stands for nobody, whose code is -1
        known = chosen & (events.subject >= 0)
        at[events.subject[known]] = events.at[known]
        return at[subject]

    def _found(self, subject: Codes, limit: Instants, place: Whole) -> Instants:
        found = np.full(len(subject), NEVER)
        inside = (place >= 0) & (place < len(self._events.subject)) & (subject >= 0) & ~np.isnat(limit)
        rows = np.flatnonzero(inside)
        rows = rows[self._events.subject[place[rows]] == subject[rows]]
        found[rows] = self._events.at[place[rows]]
        return found
