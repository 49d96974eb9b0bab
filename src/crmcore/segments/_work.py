"""What one step of following consists of: the next change of the records, or the timers that are due before it."""

from __future__ import annotations

from datetime import timedelta
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

import attrs

from crmcore.model.segment import Cause, SegmentWatermark, Standing
from crmcore.query import F
from crmcore.query.types import ACTIVITY
from crmcore.segments._books import Ahead, Reached
from crmcore.segments._concerned import Concerned
from crmcore.segments._feed import STEP, Step, steps
from crmcore.segments._ledger import Ledger, Why

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from crmcore.ports import Store
    from crmcore.segments._definitions import Definitions
    from crmcore.segments.population import Sight, Universe

__all__ = ["Timed", "Work"]

TICK = timedelta(microseconds=1)
MOST_FLIPS = 2_000
"""Timers of one step, those included that are set meanwhile."""


@attrs.frozen(kw_only=True)
class Timed:
    """Timers that were due.

    Attributes:
        until: the instant of the last one.

    """

    until: datetime
    ledger: Ledger


class Work:
    """What is to be done, by the definitions as they are now."""

    def __init__(self, store: Store, population: Universe, definitions: Definitions, live: AbstractSet[str]) -> None:
        """Work for the segments that are *live*: those whose standings follow their definitions."""
        self._store = store
        self._history = store.history
        self._population = population
        self._definitions = definitions
        self._live = live
        links = (link for path in definitions.relations for link in population.related(path))
        self._kinds = {population.kind.kind, *(link.kind for link in links)}
        ways = (path.rpartition(".") for path in definitions.relations)
        self._nested = {population.related(way)[-1].kind for way, _, last in ways if way and last == ACTIVITY}

    def ahead(self, watermark: SegmentWatermark) -> Ahead:
        """Return what is still to be taken in, and whether that is all."""
        reached = Reached(
            watermark=watermark, change=watermark.change, event=watermark.event, unit=watermark.unit, count=0
        )
        while True:
            step = None
            for one in steps(self._history, change=reached.change, event=reached.event):
                if self._concerns(one):
                    step = one
                    break
                reached = reached.past(one)
            if step is not None and not step.is_last:
                return Ahead(reached=reached, step=step, last=None)
            end = reached if step is None else reached.past(step)
            last = max((unit.number for unit in self._history.units(after=end.unit)), default=end.unit)
            if next(steps(self._history, change=end.change, event=end.event), None) is None:
                return Ahead(reached=reached, step=step, last=last)
            if step is not None:  # something was committed meanwhile
                return Ahead(reached=reached, step=attrs.evolve(step, is_last=False), last=None)

    def changes(self, step: Step, *, at: datetime, is_again: bool, is_live: bool) -> Ledger:
        """Judge whom a step concerns.

        Args:
            step: what is to be taken in.
            at: the instant of the judgements.
            is_again: whether something of its very instant was taken in before.
            is_live: whether the records may be read as they are, where nothing comes after it; else as they were.

        """
        after = self._population.sight(None if step.is_last and is_live else step.at)
        before = self._population.sight(step.at - TICK)
        found = Concerned(self._population, self._definitions, before=before, after=after, at=at)
        found.take(step, is_again=is_again)
        return self.judged(found, after)

    def judged(self, found: Concerned, sight: Sight) -> Ledger:
        """Judge the pairs that were found."""
        ledger = Ledger(self._store)
        pairs = {pair: why for pair, why in found.pairs.items() if pair[0] in self._live}
        ledger.load(pairs)
        sight.load(record for _, record in pairs)
        for (segment, record), why in sorted(pairs.items(), key=lambda pair: (pair[0][1], pair[0][0])):
            self._judge(ledger, sight, segment, record, why)
        return ledger

    def first_due(self) -> datetime | None:
        """Return when the next timer is due; None where there is none."""
        asks = F.flips_at.is_known() & (F.of == self._population.kind.kind)
        first = self._store.find(Standing, asks, order_by="flips_at", limit=1)
        return first[0].flips_at if first else None

    def timers(self, *, before: datetime | None, now: datetime, as_of: datetime | None) -> Timed | None:
        """Judge whom time may have moved before an instant, or until now; in the order of the instants.

        Args:
            before: the instant of what is to be taken in next; None where that is nothing.
            now: the present instant.
            as_of: the records are read as they were then; None for as they are.

        """
        last = now if before is None else before - TICK
        asks = (F.flips_at <= last) & (F.of == self._population.kind.kind)
        due = self._store.find(Standing, asks, order_by="flips_at", limit=STEP)
        if not due:
            return None
        ledger = Ledger(self._store)
        ledger.know(due)
        sight = self._population.sight(as_of)
        sight.load(standing.record for standing in due)
        waiting = [(standing.flips_at, standing.record, standing.segment) for standing in due if standing.flips_at]
        horizon = waiting[-1][0] if due.next is not None else last
        heapify(waiting)
        at = waiting[0][0]
        for _ in range(MOST_FLIPS):
            if not waiting or waiting[0][0] > horizon:
                break
            at, record, segment = heappop(waiting)
            if segment not in self._live:  # it is judged anew before it is followed again
                ledger.stopped(segment, record)
                continue
            self._judge(ledger, sight, segment, record, Why(cause=Cause.TIMER, at=at))
            standing = ledger.standing(segment, record)
            if standing is not None and standing.flips_at is not None:
                heappush(waiting, (standing.flips_at, record, segment))
        return Timed(until=at, ledger=ledger)

    def _judge(self, ledger: Ledger, sight: Sight, segment: str, record: str, why: Why) -> None:
        definition = self._definitions.by_key[segment]
        is_member, flips_at = definition.judged(sight.facts(record), why.at)
        ledger.judged(definition, record, is_member=is_member, flips_at=flips_at, why=why)

    def _concerns(self, step: Step) -> bool:
        if not self._live:
            return False
        if any(change.kind in self._kinds for change in step.changes):
            return True
        return any(
            stored.event.subject_kind in self._nested
            or self._definitions.index.affected(event_types={stored.event.type})
            for stored in step.events
        )
