"""Deliveries in memory, sorted so that a claim steps straight to what is due."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from crmcore.storage._outbox_rows import AT_ONCE, BEHIND, DEAD, DUE, FREE, ConsumerRow, DeliveryRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from crmcore.storage._memory_tables import MemoryTables
    from crmcore.storage._rows import EventRow, Head, KeyRow, UnitRow

__all__ = ["MemoryOutbox", "MemoryOutboxTables"]

T = TypeVar("T", int, tuple[str, int])
Place = tuple[str, str, str]


class Deliveries:
    """What one consumer has not settled, by number, by time, and by record."""

    def __init__(self) -> None:
        self.rows: dict[int, DeliveryRow] = {}
        self._by_time: list[tuple[str, int]] = []
        self._dead: list[int] = []
        self._of_record: dict[Place, list[int]] = {}

    def exchange(self, old: DeliveryRow | None, new: DeliveryRow | None) -> None:
        """Put *new* in the place of *old*; may be run again after an interruption, or the other way round."""
        if old is not None:
            self._forget(old)
            if new is None:
                self.rows.pop(old.seq, None)
        if new is not None:
            self._note(new)
            self.rows[new.seq] = new

    def due(self, since: str, until: str, limit: int) -> Sequence[DeliveryRow]:
        """Return the first that are due between two instants."""
        begin = bisect_left(self._by_time, (since, 0))
        chosen = islice(self._by_time, begin, begin + limit)
        return [self.rows[seq] for due_at, seq in chosen if due_at <= until]

    def first(self, kind: str, id_: str, state: str) -> DeliveryRow | None:
        """Return the first of a record in that state."""
        numbers = self._of_record.get((kind, id_, state))
        return self.rows[numbers[0]] if numbers else None

    def dead(self, after: int, limit: int) -> Sequence[DeliveryRow]:
        """Return the first that are laid aside, past number *after*."""
        begin = bisect_right(self._dead, after)
        return [self.rows[seq] for seq in self._dead[begin : begin + limit]]

    def _note(self, row: DeliveryRow) -> None:
        if row.state == DUE:
            _add(self._by_time, (row.due_at, row.seq))
        if row.state == DEAD:
            _add(self._dead, row.seq)
        else:
            _add(self._of_record.setdefault((row.subject_kind, row.subject_id, row.state), []), row.seq)

    def _forget(self, row: DeliveryRow) -> None:
        _take(self._by_time, (row.due_at, row.seq))
        _take(self._dead, row.seq)
        place = (row.subject_kind, row.subject_id, row.state)
        _take(self._of_record.get(place, []), row.seq)
        if not self._of_record.get(place, [0]):
            del self._of_record[place]


class MemoryOutbox:
    """The consumers of one tenant, and what each has not settled."""

    def __init__(self) -> None:
        self.consumers: dict[str, ConsumerRow] = {}
        self.deliveries: dict[str, Deliveries] = {}

    def everything(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Yield (table, row) for all that is kept."""
        names = sorted(self.consumers)
        yield from (("consumer", self.consumers[name]) for name in names)
        for name in names:
            rows = self.deliveries[name].rows
            yield from (("delivery", rows[seq]) for seq in sorted(rows))


class MemoryOutboxTables:
    """Moves of one transaction, which others do not see before its end; :meth:`undo` takes them back."""

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables
        self._outbox = tables.outbox
        self._before: dict[str, ConsumerRow | None] = {}
        self._exchanged: list[tuple[str, DeliveryRow | None, DeliveryRow | None]] = []

    def undo(self) -> None:
        """Take back every move, the last one first; may be run again after an interruption."""
        for name, old, new in reversed(self._exchanged):
            if name in self._outbox.deliveries:
                self._outbox.deliveries[name].exchange(new, old)
        for name, row in self._before.items():
            if row is None:
                self._outbox.consumers.pop(name, None)
                self._outbox.deliveries.pop(name, None)
            else:
                self._outbox.consumers[name] = row

    def head_now(self) -> Head | None:
        """Return the last numbers given out."""
        return self._tables.head_now()

    def data_keys(self, ids: Sequence[str]) -> Mapping[str, KeyRow]:
        """Return the data keys of those ids."""
        return self._tables.data_keys(ids)

    def tenant_key(self) -> KeyRow | None:
        """Return the tenant's own key."""
        return self._tables.tenant_key()

    def consumer(self, name: str, *, hold: bool = True) -> ConsumerRow | None:  # noqa: ARG002 - the gate always does
        """Return how far a consumer has come."""
        return self._outbox.consumers.get(name)

    def found(self, name: str, position: int | None, secret: bytes) -> ConsumerRow:  # noqa: ARG002 - a unit lays it down
        """Add a consumer."""
        row = ConsumerRow(name, self.last_event() if position is None else position, FREE)
        self._before[name] = None
        self._outbox.deliveries[name] = Deliveries()
        self._outbox.consumers[name] = row
        return row

    def last_event(self) -> int:
        """Return the number of the last event that is committed."""
        return len(self._tables.event_rows)

    def pull(self, consumer: str, after: int, upto: int) -> None:
        """Add deliveries of the events past *after*."""
        deliveries = self._outbox.deliveries[consumer]
        for event in self._tables.event_rows[after:upto]:
            kind, id_ = event.subject_kind, event.subject_id
            # A record has one behind only while one is due.
            state = DUE if deliveries.first(kind, id_, DUE) is None else BEHIND
            self._exchange(consumer, None, DeliveryRow(consumer, event.seq, kind, id_, state, AT_ONCE, FREE, 0, ""))

    def due(self, consumer: str, since: str, until: str, limit: int) -> Sequence[DeliveryRow]:
        """Return the first that are due from *since* to *until*."""
        return self._outbox.deliveries[consumer].due(since, until, limit)

    def delivery(self, consumer: str, seq: int) -> DeliveryRow | None:
        """Return the delivery of that number."""
        return self._outbox.deliveries[consumer].rows.get(seq)

    def first(self, consumer: str, kind: str, id: str, state: str) -> DeliveryRow | None:  # noqa: A002 - the field's own
        """Return the first delivery of a record that is in that state."""
        return self._outbox.deliveries[consumer].first(kind, id, state)

    def dead(self, consumer: str, after: int, limit: int) -> Sequence[DeliveryRow]:
        """Return the first that are laid aside, past number *after*."""
        deliveries = self._outbox.deliveries.get(consumer)
        return [] if deliveries is None else deliveries.dead(after, limit)

    def rewrite(self, rows: Sequence[DeliveryRow]) -> None:
        """Write deliveries over what stands under their numbers."""
        for row in rows:
            self._exchange(row.consumer, self.delivery(row.consumer, row.seq), row)

    def drop(self, row: DeliveryRow) -> None:
        """Take a delivery away."""
        self._exchange(row.consumer, row, None)

    def move(self, row: ConsumerRow) -> None:
        """Write how far a consumer has come."""
        self._before.setdefault(row.consumer, self._outbox.consumers[row.consumer])
        self._outbox.consumers[row.consumer] = row

    def told_at(self, numbers: AbstractSet[int]) -> Mapping[int, EventRow]:
        """Return the events with those numbers."""
        return {number: self._tables.event_rows[number - 1] for number in numbers}

    def units_at(self, numbers: AbstractSet[int]) -> Mapping[int, UnitRow]:
        """Return the units with those numbers."""
        return self._tables.units_at(numbers)

    def _exchange(self, consumer: str, old: DeliveryRow | None, new: DeliveryRow | None) -> None:
        self._exchanged.append((consumer, old, new))
        self._outbox.deliveries[consumer].exchange(old, new)


def _add(numbers: list[T], number: T) -> None:
    at = bisect_left(numbers, number)
    if at == len(numbers) or numbers[at] != number:
        numbers.insert(at, number)


def _take(numbers: list[T], number: T) -> None:
    at = bisect_left(numbers, number)
    if at < len(numbers) and numbers[at] == number:
        del numbers[at]
