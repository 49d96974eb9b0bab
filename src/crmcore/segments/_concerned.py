"""Whose membership of what a step of the history may change, without asking anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.model.schema import KINDS
from crmcore.model.segment import Cause
from crmcore.query.anchoring import is_anchored
from crmcore.query.rows import BEGAN, PAST
from crmcore.query.types import ACTIVITY
from crmcore.segments._ledger import Why
from crmcore.stored import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from crmcore.model.record import Record
    from crmcore.segments._definitions import Definitions
    from crmcore.segments._feed import Step
    from crmcore.segments.population import Sight, Universe
    from crmcore.stored import StoredChange, StoredEvent

__all__ = ["Concerned"]


class Concerned:
    """Finds the pairs of segment and record that a step may have changed.

    Attributes:
        pairs: (segment, record) -> what brings it about.

    """

    def __init__(
        self, population: Universe, definitions: Definitions, *, before: Sight, after: Sight, at: datetime
    ) -> None:
        """Compare two states of the records.

        Args:
            population, definitions: the records, and what is asked of them.
            before, after: the state before an instant, and at it.
            at: the instant of the judgements that follow.

        """
        self.pairs: dict[tuple[str, str], Why] = {}
        self._population = population
        self._definitions = definitions
        self._index = definitions.index
        self._before = before
        self._after = after
        self._at = at
        self._paths = sorted(definitions.relations)

    def take(self, step: Step, *, is_again: bool) -> None:
        """Take in a step; *is_again*: something of its very instant was taken in, and judged, before."""
        self._changed(step.changes, is_again=is_again)
        self._happened(step.events)

    def _changed(self, changes: Sequence[StoredChange], *, is_again: bool) -> None:
        """Take in changes of the records themselves, and of those that belong to them."""
        kind = self._population.kind.kind
        own = {change.id: change for change in changes if change.kind == kind}
        broken = {change.id for change in changes if change.kind == kind and change.action is Action.RESTORED}
        self._before.load(own)
        self._after.load(own)
        for id_, change in own.items():
            was, is_ = self._before.record(id_), self._after.record(id_)
            keys = self._population.differing(was, is_)
            if id_ in broken:  # it may be as it was, and yet not there since then any more
                keys |= {BEGAN, PAST}
            cause = Cause.REMOVAL if is_ is None else Cause.CHANGE
            if is_again:  # it was judged in a state between the two
                self._add(self._definitions.by_key, (id_,), cause, change)
                continue
            concerned = self._definitions.by_key if "*" in keys else self._index.affected(keys)
            self._add(self._anchored(concerned, was, is_), (id_,), cause, change)
        for change in {(one.kind, one.id): one for one in changes}.values():
            for path in self._leading_to(change.kind):
                owners = self._owners(path, change.kind, change.id, is_again=is_again)
                self._add(self._index.affected({path}), owners, Cause.CHANGE, change)

    def _happened(self, events: Iterable[StoredEvent]) -> None:
        """Take in what happened to the records, and to those that belong to them."""
        kind = self._population.kind.kind
        for stored in events:
            event = stored.event
            if event.subject_kind == kind:
                concerned = self._index.affected(event_types={event.type})
                self._add(concerned, (event.subject_id,), Cause.EVENT, stored)
            for path in self._paths:
                way, _, last = path.rpartition(".")
                if last == ACTIVITY and way and self._population.related(way)[-1].kind == event.subject_kind:
                    owners = self._owners(way, event.subject_kind, event.subject_id, is_again=False)
                    self._add(self._index.affected({path}), owners, Cause.EVENT, stored)

    def _anchored(self, segments: Iterable[str], *states: Record | None) -> list[str]:
        """Return the segments that a record in one of these states may belong to."""
        facts = [self._population.facts(state) for state in states if state is not None]
        by_key = self._definitions.by_key
        return [key for key in segments if is_anchored(by_key[key].anchor, facts)]

    def _leading_to(self, kind: str) -> Iterator[str]:
        for path in self._paths:
            links = self._population.related(path)
            if len(links) == path.count(".") + 1 and links[-1].kind == kind:
                yield path

    def _owners(self, path: str, kind: str, id_: str, *, is_again: bool) -> set[str]:
        cls = KINDS[kind]
        states = [self._before.other(cls, id_), self._after.other(cls, id_)]
        if is_again:
            states += self._after.since_then(cls, id_)
        return self._after.owners(self._population.related(path), [one for one in states if one is not None])

    def _add(self, segments: Iterable[str], ids: Iterable[str], cause: Cause, of: StoredChange | StoredEvent) -> None:
        why = Why(cause=cause, at=self._at, unit=of.unit.number)
        for segment in segments:
            for id_ in ids:
                self.pairs.setdefault((segment, id_), why)
