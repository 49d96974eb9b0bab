"""Readers of a past state: what the store held after some unit, or what was true by all that is known now.

What the store held is found in one step a record, however often it was changed since: the first change after the unit
keeps what stood before it. Hindsight replays a record's changes in the order in which they came true.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from crmcore.errors import NotFound
from crmcore.model.differing import carried
from crmcore.model.record import Record
from crmcore.ports import Action, Page
from crmcore.query import sort_key
from crmcore.query.words import has_words
from crmcore.storage._cursor import sign, unsign
from crmcore.storage._instants import text_of
from crmcore.storage._reading import PAGE, Judging, Wish, check_start, cut, known_values, line_up
from crmcore.storage._sealing_guard import opened
from crmcore.storage._surroundings import events_in, recorded_states
from crmcore.storage._values import text_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from contextlib import AbstractContextManager
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.query import Asking, Expression, Scalar
    from crmcore.storage._rows import ChangeRow, RecordRow, Tables, UnitRow
    from crmcore.storage._surroundings import State
    from crmcore.storage.codec import Codec

__all__ = ["HeldReader", "HindsightReader"]

R = TypeVar("R", bound=Record)


class PastReader(ABC):
    """What readers of a past state share; they look at every record of a kind to find some of them."""

    def __init__(
        self,
        codec: Codec,
        reading: Callable[..., AbstractContextManager[Tables]],
        check: Callable[[], None],
        asking: Asking,
        now: datetime,
    ) -> None:
        """Read through *reading*; questions that depend on the time are put as of *now*, the instant of the state."""
        self._codec = codec
        self._reading = reading
        self._check = check
        self._asking = asking
        self._now = now

    def get(self, kind: type[R], id: str) -> R:  # noqa: A002 - the field's own name
        """Return the record as it was; raise NotFound where it was not there."""
        if not text_fault(id):
            with self._reading(kind) as tables:
                now = tables.rows(kind.kind, [id])
                row = self._past(tables, kind, now).get(id)
            if row is not None and row.payload is not None:
                return self._codec.decode(kind, row)
        raise NotFound(kind.kind, id)

    def find(
        self,
        kind: type[R],
        where: Expression | None = None,
        *,
        words: str = "",
        order_by: str | Sequence[str] = (),
        limit: int = 100,
        after: str | None = None,
    ) -> Page[R]:
        """Return one page of the records for which *where* was true; looks at every record of the kind."""
        order = line_up(self._codec, kind, order_by, limit)
        wish = Wish.of(self._codec, kind, where, asking=self._asking, now=self._now)
        with self._reading(None) as tables:
            secret = tables.secret()
        said = self._codec.words(kind, words)
        of = (f"{kind.kind} {self._mark}", wish.asked, order, said)
        last = None if after is None else unsign(after, secret, of=of)

        def place(values: Mapping[str, Any], id_: str) -> tuple[Any, ...]:
            return sort_key(order, values, id=id_)

        floor = None if last is None else place(known_values(order, last[0]), last[1])
        matching = []
        for record in self._selected(kind, wish, ""):
            facts = self._codec.facts(record)
            key = place(facts.asked, record.id)
            if (floor is None or floor < key) and (not said or has_words(facts.words, said)):
                matching.append((key, record))
        matching.sort(key=lambda pair: pair[0])
        records = tuple(record for _, record in matching[: limit + 1])
        return cut(self._codec, records, order, limit, lambda last: sign(last, secret, of=of))

    def stream(self, kind: type[R], where: Expression | None = None, *, after: str = "") -> Iterator[R]:
        """Yield all records of the kind for which *where* was true, by id."""
        check_start(kind, after)
        yield from self._selected(kind, Wish.of(self._codec, kind, where, asking=self._asking, now=self._now), after)

    def count(self, kind: type[Record], where: Expression | None = None, *, words: str = "") -> int:
        """Return how many records of the kind there were for which *where* was true; looks at every one."""
        wish = Wish.of(self._codec, kind, where, asking=self._asking, now=self._now)
        said = self._codec.words(kind, words)
        selected = self._selected(kind, wish, "")
        return sum(1 for record in selected if not said or has_words(self._codec.facts(record).words, said))

    def _selected(self, kind: type[R], wish: Wish, after: str) -> Iterator[R]:
        judging = Judging(_PastWorld(self), self._codec, kind, wish.plain)
        for rows in self.pages(kind, after):
            selected = [True] * len(rows) if judging.judge is None else judging.judge(rows)
            for row, is_selected in zip(rows, selected, strict=True):
                self._check()
                if is_selected:
                    yield judging.record(row)

    def pages(self, kind: type[Record], after: str = "") -> Iterator[Sequence[RecordRow]]:
        """Yield the rows of a kind as they were, page by page, by id; nothing is held open between pages."""
        while True:
            with self._reading(kind) as tables:
                rows = tables.page(kind.kind, after, PAGE, removed=True)
                past = self._past(tables, kind, {row.id: row for row in rows})
            if not rows:
                return
            yield [row for _, row in sorted(past.items()) if row is not None and row.payload is not None]
            after = rows[-1].id

    def some(self, kind: type[R], ids: Sequence[str]) -> Sequence[tuple[str, R | None]]:
        """Return the records under those ids as they were, of those that were there."""
        with self._reading(kind) as tables:
            past = self._past(tables, kind, tables.rows(kind.kind, ids))
            there = [row for row in past.values() if row is not None and row.payload is not None]
            return [(row.id, opened(tables, self._codec, kind, row)) for row in there]

    def opened(self, kind: type[R], row: RecordRow) -> R | None:
        """Return the record of a row; None where its key was destroyed."""
        with self._reading(kind) as tables:
            return opened(tables, self._codec, kind, row)

    def events(self, kind: str, ids: Sequence[str]) -> Sequence[Event]:
        """Return what had happened to those records, in the order in which it was recorded."""
        with self._reading(None) as tables:
            return [
                event for unit, event in events_in(tables, self._codec, kind, ids) if self._had_happened(unit, event)
            ]

    def states(self, record: Record) -> Sequence[State]:
        """Return what a record was up to the state, the oldest first."""
        with self._reading(type(record)) as tables:
            return self._states(tables, record)

    @property
    def codec(self) -> Codec:
        """What the rows are read with."""
        return self._codec

    @property
    @abstractmethod
    def _mark(self) -> str:
        """What tells this state from others; its cursors work for it only."""

    @abstractmethod
    def _past(self, tables: Tables, kind: type[Record], now: Mapping[str, RecordRow]) -> Mapping[str, RecordRow | None]:
        """Return the rows as they were, of those that are there now or were."""

    @abstractmethod
    def _had_happened(self, unit: int, event: Event) -> bool:
        """Say whether an event that a unit told belongs to the state."""

    @abstractmethod
    def _states(self, tables: Tables, record: Record) -> Sequence[State]:
        """Return what a record was up to the state, which it is now, the oldest first."""


class _PastWorld:
    """All records as they were; those of a kind are looked through once for each field that leads to them."""

    def __init__(self, reader: PastReader) -> None:
        self._reader = reader
        self._by_value: dict[tuple[type[Record], str], dict[Scalar, list[Record]]] = {}
        self.opened = reader.opened
        self.events = reader.events
        self.states = reader.states

    def others(self, cls: type[Record], key: str, values: AbstractSet[Scalar]) -> Iterable[tuple[str, Record | None]]:
        """Return the ids of the records of a class that had one of the values in a field, and the records."""
        if key == "id":
            return self._reader.some(cls, sorted(map(str, values))) if values else ()
        index = self._index(cls, key)
        return {one.id: one for value in values for one in index.get(value, ())}.items()

    def _index(self, cls: type[Record], key: str) -> Mapping[Scalar, Sequence[Record]]:
        if (cls, key) not in self._by_value:
            index: dict[Any, list[Record]] = {}
            codec = self._reader.codec
            read = codec.askable(cls).reading.readers[key]
            for rows in self._reader.pages(cls):
                for record in filter(None, (self.opened(cls, row) for row in rows)):
                    for value in read(record):
                        index.setdefault(value, []).append(record)
            self._by_value[cls, key] = index
        return self._by_value[cls, key]


class HeldReader(PastReader):
    """What the store held after a unit."""

    def __init__(
        self,
        codec: Codec,
        reading: Callable[..., AbstractContextManager[Tables]],
        check: Callable[[], None],
        asking: Asking,
        now: datetime,
        *,
        unit: int,
    ) -> None:
        super().__init__(codec, reading, check, asking, now)
        self._unit = unit

    @property
    def _mark(self) -> str:
        return f"after {self._unit}"

    def _past(self, tables: Tables, kind: type[Record], now: Mapping[str, RecordRow]) -> Mapping[str, RecordRow | None]:
        return {**now, **tables.before(kind.kind, list(now), self._unit)}

    def _had_happened(self, unit: int, event: Event) -> bool:  # noqa: ARG002 - hindsight asks it
        return unit <= self._unit

    def _states(self, tables: Tables, record: Record) -> Sequence[State]:
        trail = [row for row in tables.trail(record.kind, record.id) if row.unit <= self._unit]
        return recorded_states(tables, self._codec, trail, record)


class HindsightReader(PastReader):
    """What was true at an instant, by all that is known now.

    A change counts from when it came true, value by value (an item of a collection is a value). Where values that were
    never stored together break a law of the record, the fields are as the later of the changes left them. A change
    that came true before its record did has no effect: the record began later, with what it held then. What was
    erased is not there.
    """

    def __init__(
        self,
        codec: Codec,
        reading: Callable[..., AbstractContextManager[Tables]],
        check: Callable[[], None],
        asking: Asking,
        now: datetime,
    ) -> None:
        super().__init__(codec, reading, check, asking, now)
        self._at = text_of(now)

    @property
    def _mark(self) -> str:
        return f"in hindsight at {self._at}"

    def _past(self, tables: Tables, kind: type[Record], now: Mapping[str, RecordRow]) -> Mapping[str, RecordRow | None]:
        return {id_: self._replayed(tables, kind, row) for id_, row in now.items()}

    def _had_happened(self, unit: int, event: Event) -> bool:  # noqa: ARG002 - the other reader asks it
        return event.occurred_at <= self._now

    def _states(self, tables: Tables, record: Record) -> Sequence[State]:
        kind = type(record)
        now = tables.rows(kind.kind, [record.id])[record.id]
        steps, units, _ = self._steps(tables, kind, now)
        states: list[State] = []
        held: Record | None = None
        for row, before, after in steps:
            held = _stepped(held, row, self._decoded(kind, before), self._decoded(kind, after))
            states.append((units[row.unit].occurred_at, held))
        return states

    def _steps(
        self, tables: Tables, kind: type[Record], now: RecordRow
    ) -> tuple[list[Step], Mapping[int, UnitRow], Sequence[ChangeRow]]:
        """Return the changes that had come true, in that order, each with what was before and after it, and all."""
        trail = tables.trail(kind.kind, now.id)
        units = tables.units_at({row.unit for row in trail})
        earlier = [row.replaced(now.salt) for row in trail]
        steps = sorted(
            (
                (row, before, after)
                for row, before, after in zip(trail, earlier, [*earlier[1:], now], strict=True)
                if units[row.unit].occurred_at <= self._at
            ),
            key=lambda step: (units[step[0].unit].occurred_at, step[0].seq),
        )
        return steps, units, trail

    def _replayed(self, tables: Tables, kind: type[Record], now: RecordRow) -> RecordRow | None:
        steps, _, trail = self._steps(tables, kind, now)
        if all(row is early for (row, _, _), early in zip(steps, trail, strict=False)):
            return steps[-1][2] if steps else None  # nothing was back-dated: it is as it was recorded
        held: Record | None = None
        for row, before, after in steps:
            held = _stepped(held, row, self._decoded(kind, before), self._decoded(kind, after))
        if held is None:
            return None
        version = max(row.version for row, _, _ in steps)
        return self._codec.encode(held, version=version)._replace(salt=now.salt)

    def _decoded(self, kind: type[R], row: RecordRow) -> R | None:
        return None if row.payload is None else self._codec.decode(kind, row)


Step = tuple["ChangeRow", "RecordRow", "RecordRow"]


def _stepped(held: Record | None, row: ChangeRow, before: Record | None, after: Record | None) -> Record | None:
    """Return what a record held once one more change had come true."""
    if row.action != Action.CHANGED:
        return after
    if held is None or before is None or after is None:
        return None
    try:
        return carried(held, before, after)
    except ValueError:  # of the fields, such as two primary addresses that were never stored together
        return _with_whole_fields(held, before, after)


def _with_whole_fields(held: Record, before: Record, after: Record) -> Record:
    fields = [field for field in type(after).model_fields if field not in {"id", "version"}]
    changed = {field: getattr(after, field) for field in fields if getattr(before, field) != getattr(after, field)}
    try:
        return held.evolve(**changed)
    except ValueError:  # of the record as a whole
        return after
