"""Ledgers as columns: one row a step, and the rules of their tables of states judged for all rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import attrs
import numpy as np

from crmcore.model.hiring.job import JOBS, JobVerb
from crmcore.model.hiring.offer_steps import OfferVerb
from crmcore.model.hiring.opening import FREEING, SEATS, TAKING, SeatVerb
from crmcore.model.pipeline import StageCategory
from crmcore.model.stage_history import ENDINGS, STEPS, Status, Verb

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

    from numpy.typing import NDArray

    from crmcore.model.machine import Machine

    Codes = NDArray[np.int32]
    Instants = NDArray[np.datetime64]
    Mask = NDArray[np.bool_]
    Places = NDArray[np.intp]

__all__ = [
    "CATEGORIES",
    "JOB_RULES",
    "JOB_VERBS",
    "NEVER",
    "OFFER_VERBS",
    "SEAT_RULES",
    "SEAT_VERBS",
    "STATUSES",
    "STEP_RULES",
    "VERBS",
    "Log",
    "Rules",
    "codes_of",
]

NEVER = np.datetime64("NaT", "us")

VERBS: tuple[Verb, ...] = tuple(Verb)
"""The verbs of applications by their codes."""
JOB_VERBS: tuple[JobVerb, ...] = tuple(JobVerb)
"""The verbs of jobs by their codes."""
SEAT_VERBS: tuple[SeatVerb, ...] = tuple(SeatVerb)
"""The verbs of openings by their codes."""

CATEGORIES: tuple[StageCategory, ...] = tuple(StageCategory)
"""The categories of stages by their codes."""
STATUSES: tuple[Status, ...] = tuple(Status)
"""Where applications stand, by their codes."""
OFFER_VERBS: tuple[OfferVerb, ...] = tuple(OfferVerb)
"""The verbs of offers by their codes."""

S = TypeVar("S", bound="StrEnum")
V = TypeVar("V", bound="StrEnum")


def codes_of(verbs: Iterable[V], listed: tuple[V, ...]) -> list[int]:
    """Return the codes of some verbs."""
    return sorted(listed.index(verb) for verb in verbs)


@attrs.frozen(kw_only=True, eq=False)
class Log:
    """Steps of subjects of one sort; those of one subject stand together, in the order in which they occurred.

    Attributes:
        subject: int32 codes, rising.
        verb: int8 codes.
        about: int32 codes of what the step names, -1 where it names nothing: a stage, or who holds a seat.
        occurred_at, recorded_at: ``datetime64[us]`` in UTC.

    """

    subject: Codes
    verb: NDArray[np.int8]
    about: Codes
    occurred_at: Instants
    recorded_at: Instants

    @classmethod
    def ordered(
        cls, *, subject: Codes, verb: NDArray[np.int8], about: Codes, occurred_at: Instants, recorded_at: Instants
    ) -> Log:
        """Put rows that stand in any order where they belong."""
        log = cls(subject=subject, verb=verb, about=about, occurred_at=occurred_at, recorded_at=recorded_at)
        if log.size < 2:
            return log
        same = subject[1:] == subject[:-1]
        later = (occurred_at[1:] > occurred_at[:-1]) | (
            (occurred_at[1:] == occurred_at[:-1]) & (recorded_at[1:] >= recorded_at[:-1])
        )
        if np.all((subject[1:] > subject[:-1]) | (same & later)):
            return log
        return log.take(np.lexsort((recorded_at, occurred_at, subject)))

    @property
    def size(self) -> int:
        """How many steps there are."""
        return len(self.subject)

    @property
    def is_first(self) -> Mask:
        """Which rows are the first of their subject."""
        return np.concatenate(([True], self.subject[1:] != self.subject[:-1]))[: self.size]

    @property
    def is_last(self) -> Mask:
        """Which rows are the last of their subject."""
        return np.concatenate((self.subject[1:] != self.subject[:-1], [True]))[: self.size]

    def offsets(self, subjects: int) -> NDArray[np.int64]:
        """Return where each subject's rows begin, and behind the last where they end."""
        return np.searchsorted(self.subject, np.arange(subjects + 1)).astype(np.int64)

    def take(self, rows: Places | Mask) -> Log:
        """Return some of the rows."""
        return Log(
            subject=self.subject[rows],
            verb=self.verb[rows],
            about=self.about[rows],
            occurred_at=self.occurred_at[rows],
            recorded_at=self.recorded_at[rows],
        )

    def recoded(self, codes: Codes) -> Log:
        """Return the rows of subjects that have a new code, which must rise as the old ones do; -1 is none."""
        if not self.size:
            return self
        subject = codes[self.subject]
        return attrs.evolve(self, subject=subject).take(subject >= 0)

    def known(self, at: np.datetime64, rules: Rules | None = None) -> Log:
        """Return what was known at an instant; what needs a step that was told later does not count as known."""
        told = self.take(self.recorded_at <= at)
        return told if rules is None else told.take(~told.after_first(rules.faults(told)))

    def after_first(self, marked: Mask) -> Mask:
        """Return which rows are the first marked one of their subject, or come after it."""
        total = np.cumsum(marked)
        before: NDArray[np.int64] = total - marked
        begun = np.maximum.accumulate(np.where(self.is_first, before, 0)) if self.size else before
        return np.asarray(total > begun)


@attrs.frozen(eq=False)
class Rules:
    """A table of states for codes of verbs; it can be judged row by row, as a verb alone tells the state after it.

    Attributes:
        allowed: row: code of the verb before, counted from 1, 0 where nothing was before; column: code of the verb.
        moving: codes of verbs that must name something else than the step before.
        keeping: codes of verbs that must name the same as the step before, where that one's name lasts.
        lasting: codes of verbs whose name lasts.

    """

    allowed: Mask
    moving: tuple[int, ...] = ()
    keeping: tuple[int, ...] = ()
    lasting: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        machine: Machine[S, V],
        verbs: tuple[V, ...],
        *,
        moving: Iterable[V] = (),
        keeping: Iterable[V] = (),
        lasting: Iterable[V] = (),
    ) -> Rules:
        """Read a table of states."""
        after = {verb: state for way in machine.table.values() for verb, state in way.items()}
        rows = [machine.table[None], *(machine.table[after[verb]] for verb in verbs)]
        allowed = np.array([[verb in row for verb in verbs] for row in rows])
        return cls(allowed, *(tuple(codes_of(some, verbs)) for some in (moving, keeping, lasting)))

    def allowed_after(self, log: Log, row: int) -> Mask:
        """Return which verbs can be in place of the one in a row."""
        return np.asarray(self.allowed[0 if log.is_first[row] else log.verb[row - 1] + 1])

    def faults(self, log: Log) -> Mask:
        """Return which steps cannot follow the one before."""
        if not log.size:
            return np.zeros(0, dtype=np.bool_)
        before = np.roll(log.verb, 1).astype(np.intp) + 1
        before[log.is_first] = 0
        named = np.where(log.is_first | ~np.isin(before - 1, self.lasting), -1, np.roll(log.about, 1))
        faults = ~self.allowed[before, log.verb]
        faults |= np.isin(log.verb, self.moving) & (named == log.about)
        faults |= np.isin(log.verb, self.keeping) & (named >= 0) & (named != log.about)
        return faults


STEP_RULES = Rules.of(STEPS, VERBS, moving=(Verb.MOVE,), keeping=ENDINGS, lasting=VERBS)
JOB_RULES = Rules.of(JOBS, JOB_VERBS)
SEAT_RULES = Rules.of(SEATS, SEAT_VERBS, keeping=TAKING | FREEING, lasting=TAKING)
