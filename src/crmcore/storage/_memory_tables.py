"""Tables in memory: the committed ones, and a unit's draft over them that readers do not see."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING

from crmcore.storage._rows import Head, State, ToldRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmcore.storage._rows import Change, EventRow, RecordRow, UnitRow

__all__ = ["Draft", "MemoryTables"]

FEW = 32
"""Ids that are inserted one by one; above, sorting anew is cheaper."""

Place = tuple[str, str]
Key = tuple[str, str, str]


class MemoryTables:
    """The committed rows of one tenant."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, RecordRow]] = defaultdict(dict)
        self.order: dict[str, list[str]] = defaultdict(list)
        self.keys: dict[Place, tuple[Place, ...]] = {}
        self.index: dict[Key, set[str]] = defaultdict(set)
        self.units: list[UnitRow] = []
        self.events: list[EventRow] = []
        self.event_ids: set[str] = set()

    def states(self, kind: str, ids: Sequence[str]) -> Mapping[str, State]:
        """Return what stands under those ids."""
        rows = (self.row(kind, id_) for id_ in ids)
        return {row.id: State(row.version, row.payload is not None) for row in rows if row is not None}

    def row(self, kind: str, id: str) -> RecordRow | None:  # noqa: A002 - the field's own name
        """Return the row, removed or not."""
        return self.rows.get(kind, {}).get(id)

    def found(self, kind: str, field: str, value: str) -> Sequence[RecordRow]:
        """Return the rows with that lookup key, by id."""
        return [self.rows[kind][id_] for id_ in sorted(self.index.get((kind, field, value), ()))]

    def page(self, kind: str, after: str, limit: int) -> Sequence[RecordRow]:
        """Return the first rows past *after* that are not removed."""
        return list(islice((row for row in self.ahead(kind, after) if row.payload is not None), limit))

    def ahead(self, kind: str, after: str) -> Iterator[RecordRow]:
        """Yield the rows past *after*, removed or not, by id."""
        ids, rows = self.order.get(kind, []), self.rows.get(kind, {})
        for place in range(bisect_right(ids, after), len(ids)):
            yield rows[ids[place]]

    def told(self, after: int, limit: int, kind: str | None, id: str | None) -> Sequence[ToldRow]:  # noqa: A002
        """Return the first events past number *after*, of that subject where one is given."""
        wanted = (
            event
            for event in islice(self.events, max(after, 0), None)
            if (kind is None or event.subject_kind == kind) and (id is None or event.subject_id == id)
        )
        return [self._as_told(event) for event in islice(wanted, limit)]

    def _as_told(self, event: EventRow) -> ToldRow:
        unit = self.units[event.unit - 1]
        return ToldRow(event.seq, event.unit, unit.actor, unit.reason, event.payload)

    def everything(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Yield (table, row) for all that is kept."""
        for kind in sorted(self.rows):
            yield from (("record", self.rows[kind][id_]) for id_ in self.order[kind])
        for place in sorted(self.keys):
            yield from (("key", (*place, *key)) for key in self.keys[place])
        yield from (("unit", row) for row in self.units)
        yield from (("event", row) for row in self.events)


class Draft(MemoryTables):
    """What one unit of work has written so far, seen over the committed rows."""

    def __init__(self, below: MemoryTables) -> None:
        super().__init__()
        self._below = below

    def row(self, kind: str, id: str) -> RecordRow | None:  # noqa: A002 - the field's own name
        """Return the row as the unit sees it."""
        own = self.rows.get(kind, {}).get(id)
        return self._below.row(kind, id) if own is None else own

    def found(self, kind: str, field: str, value: str) -> Sequence[RecordRow]:
        """Return the rows with that lookup key, by id, the unit's own in place of the committed."""
        own = self.rows.get(kind, {})
        kept = [row for row in self._below.found(kind, field, value) if row.id not in own]
        return sorted([*kept, *super().found(kind, field, value)], key=lambda row: row.id)

    def ahead(self, kind: str, after: str) -> Iterator[RecordRow]:
        """Yield the rows past *after*, the unit's own in place of the committed."""
        own = self.rows.get(kind, {})
        kept = (row for row in self._below.ahead(kind, after) if row.id not in own)
        return merge(kept, super().ahead(kind, after), key=lambda row: row.id)

    def write(self, changes: Sequence[Change], before: Mapping[Place, State]) -> None:  # noqa: ARG002 - the port's
        """Write the rows and their keys."""
        for change in changes:
            _lay(self, change.row, change.keys)
        for kind in {change.row.kind for change in changes}:
            self.order[kind] = _merged(
                self.order[kind], [change.row.id for change in changes if change.row.kind == kind]
            )

    def known_events(self, ids: Sequence[str]) -> set[str]:
        """Return those event ids that are stored already."""
        return {id_ for id_ in ids if id_ in self.event_ids or id_ in self._below.event_ids}

    def head(self) -> Head:
        """Return the last numbers given out; the store lets one unit write at a time."""
        return Head(len(self._below.units), len(self._below.events))

    def append(self, unit: UnitRow | None, events: Sequence[EventRow], head: Head) -> None:  # noqa: ARG002 - counted
        """Add the unit and its events."""
        if unit is not None:
            self.units.append(unit)
        self.events.extend(events)
        self.event_ids.update(event.id for event in events)

    def publish(self) -> None:
        """Make it all the committed state, at once for readers that share the store's gate.

        May be run again after an interruption: each step does nothing where it was done before.
        """
        below = self._below
        for kind, rows in self.rows.items():
            below.order[kind] = _merged(below.order[kind], self.order[kind])
            for id_, row in rows.items():
                _lay(below, row, self.keys.get((kind, id_), ()))
        below.event_ids.update(self.event_ids)
        if self.units:
            below.events[self.events[0].seq - 1 if self.events else len(below.events) :] = self.events
            below.units[self.units[0].number - 1 :] = self.units


def _merged(ids: list[str], more: list[str]) -> list[str]:
    """Return the ids in order, each once; few are inserted in place, many make a new list."""
    fresh = [id_ for id_ in more if (at := bisect_left(ids, id_)) == len(ids) or ids[at] != id_]
    if len(fresh) > FEW:
        return sorted(ids + fresh)
    for id_ in fresh:
        insort(ids, id_)
    return ids


def _lay(tables: MemoryTables, row: RecordRow, keys: tuple[Place, ...]) -> None:
    """Write one row, and exchange its lookup keys; what was there before is forgotten last."""
    place = (row.kind, row.id)
    for field, value in set(tables.keys.get(place, ())).difference(keys):
        ids = tables.index[row.kind, field, value]
        ids.discard(row.id)
        if not ids:
            del tables.index[row.kind, field, value]
    for field, value in keys:
        tables.index[row.kind, field, value].add(row.id)
    tables.rows[row.kind][row.id] = row
    tables.keys[place] = keys
