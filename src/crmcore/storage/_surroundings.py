"""What lies outside a record, read for many at a time: the other records, what happened, what it was before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from crmcore.model.record import Record
from crmcore.model.subjects import ACTIVITY_READING
from crmcore.query import In
from crmcore.query.past import past_facts
from crmcore.query.types import ACTIVITY
from crmcore.storage._rows import Question
from crmcore.storage._sealing_guard import opened
from crmcore.storage._told import event_of, units_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from crmcore.model.events import Event
    from crmcore.query import Facts, Scalar
    from crmcore.storage._rows import ChangeRow, RecordRow, Tables
    from crmcore.storage.codec import Codec

__all__ = [
    "HeldSurroundings",
    "LiveWorld",
    "State",
    "World",
    "events_in",
    "recorded_states",
    "since_last_gap",
]

R = TypeVar("R", bound=Record)

AT_ONCE = 1000
"""Related records that are fetched at a time."""

State = tuple[str, "Record | None"]
"""Since when it was so, and what it was; None where it was not there, or nobody can tell any more."""


class World(Protocol):
    """All records of a tenant, as of one moment."""

    def opened(self, cls: type[R], row: RecordRow) -> R | None:
        """Return the record of a row; None where its key was destroyed, and nothing is known of it but its id."""
        ...

    def others(self, cls: type[Record], key: str, values: AbstractSet[Scalar]) -> Iterable[tuple[str, Record | None]]:
        """Return the ids of the records of a class that have one of the values in a field, and the records."""
        ...

    def events(self, kind: str, ids: Sequence[str]) -> Iterable[Event]:
        """Return what happened to those records, in the order in which it was recorded."""
        ...

    def states(self, record: Record) -> Sequence[State]:
        """Return what a record was, the oldest first; the last is what it is."""
        ...


class HeldSurroundings:
    """The surroundings of some records of one world: asked of one of them, it looks them up for all."""

    def __init__(self, world: World, codec: Codec) -> None:
        self._world = world
        self._codec = codec
        self._about: dict[type, dict[str, Record]] = {}
        self._found: dict[tuple[type, str], dict[str, tuple[Facts, ...]]] = {}
        self._states: dict[tuple[type, str], Sequence[State]] = {}
        self.size = 0

    def learn(self, records: Iterable[Record]) -> None:
        """Take in records that may be asked about soon; what surrounds them is looked up together."""
        for record in records:
            self._about.setdefault(type(record), {})[record.id] = record
            self.size += 1

    def items(self, record: Any, relation: str) -> Sequence[Facts]:
        """Return the items of a relation that leads out of the record."""
        cls = type(record)
        found = self._found.setdefault((cls, relation), {})
        if record.id not in found:
            self.learn((record,))
            todo = [one for id_, one in self._about[cls].items() if id_ not in found]
            found.update(self._activity(cls, todo) if relation == ACTIVITY else self._related(cls, relation, todo))
        return found[record.id]

    def past(self, record: Any) -> Sequence[Facts]:
        """Return its earlier states since it is there without a break, newest first."""
        return past_facts(self._codec.askable(type(record)).reading, self._since_when(record))

    def began(self, record: Any) -> tuple[Scalar, ...]:
        """Return the instant since when it is there without a break."""
        return tuple(since for since, _ in self._since_when(record)[:1])

    def _since_when(self, record: Record) -> Sequence[State]:
        place = (type(record), record.id)
        if place not in self._states:
            self._states[place] = since_last_gap(self._world.states(record))
        return self._states[place]

    def _activity(self, cls: type[Record], todo: Sequence[Record]) -> Mapping[str, tuple[Facts, ...]]:
        found: dict[str, list[Facts]] = {record.id: [] for record in todo}
        for event in self._world.events(cls.kind, list(found)):
            found[event.subject_id].append(ACTIVITY_READING(event))
        return {id_: tuple(items) for id_, items in found.items()}

    def _related(self, cls: type[Record], relation: str, todo: Sequence[Record]) -> Mapping[str, tuple[Facts, ...]]:
        askable = self._codec.askable(cls)
        link = askable.related[relation]
        here = {record.id: askable.reading.readers[link.here](record) for record in todo}
        other = self._codec.class_of(link.kind)
        reading = self._codec.askable(other).reading
        there: dict[Scalar, dict[str, Facts]] = {}
        others = self._world.others(other, link.there, {value for values in here.values() for value in values})
        for id_, one in others:
            if one is None:
                there.setdefault(id_, {})[id_] = {"id": (id_,)}
                continue
            self.learn((one,))
            for value in reading.readers[link.there](one):
                there.setdefault(value, {})[id_] = reading(one, self)
        return {id_: _each_once(there.get(value, {}) for value in values) for id_, values in here.items()}


def _each_once(groups: Iterable[Mapping[str, Facts]]) -> tuple[Facts, ...]:
    """Return related records each once, by id."""
    found: dict[str, Facts] = {}
    for group in groups:
        found.update(group)
    return tuple(found[id_] for id_ in sorted(found))


def since_last_gap(states: Sequence[State]) -> Sequence[State]:
    """Return the states since a record is there without a break."""
    gaps = [place for place, (_, was) in enumerate(states) if was is None]
    return states[gaps[-1] + 1 :] if gaps else states


class LiveWorld:
    """What the tables hold now; inside a unit of work, its own changes included."""

    def __init__(self, tables: Tables, codec: Codec) -> None:
        self._tables = tables
        self._codec = codec

    def opened(self, cls: type[R], row: RecordRow) -> R | None:
        """Return the record of a row; None where its key was destroyed."""
        return opened(self._tables, self._codec, cls, row)

    def others(self, cls: type[Record], key: str, values: AbstractSet[Scalar]) -> Iterable[tuple[str, Record | None]]:
        """Yield the ids of the records of a class that have one of the values in a field, and the records."""
        wanted = sorted(values, key=str)
        if not wanted:
            return
        if key == "id":
            rows = self._tables.rows(cls.kind, [str(value) for value in wanted])
            yield from ((row.id, self.opened(cls, row)) for row in rows.values() if row.payload is not None)
            return
        where, after = In(key, wanted, type=self._codec.fields(cls)[key].type), None
        while True:
            found = self._tables.select(cls.kind, Question(where, (), (), after, AT_ONCE))
            yield from ((row.id, self.opened(cls, row)) for row in found)
            if len(found) < AT_ONCE:
                return
            after = ((), found[-1].id)

    def events(self, kind: str, ids: Sequence[str]) -> Iterable[Event]:
        """Return what happened to those records."""
        return [event for _, event in events_in(self._tables, self._codec, kind, ids)]

    def states(self, record: Record) -> Sequence[State]:
        """Return what a record was, by when it was recorded."""
        return recorded_states(self._tables, self._codec, self._tables.trail(record.kind, record.id), record)


def events_in(tables: Tables, codec: Codec, kind: str, ids: Sequence[str]) -> Sequence[tuple[int, Event]]:
    """Return what happened to some records, each with the number of the unit that told it, in order."""
    rows = sorted(tables.about(kind, ids), key=lambda row: row.seq) if ids else []
    units = units_of(tables, rows)
    return [(row.unit, event_of(codec, row, units[row.unit])) for row in rows]


def recorded_states(tables: Tables, codec: Codec, trail: Sequence[ChangeRow], last: Record) -> Sequence[State]:
    """Return the states that changes brought about, by when each was recorded; *last* is the one after them all."""
    units = tables.units_at({row.unit for row in trail})
    cls = type(last)
    states: list[Record | None] = [
        None if row.before is None else opened(tables, codec, cls, row.replaced("")) for row in trail[1:]
    ]
    return [(units[row.unit].recorded_at, was) for row, was in zip(trail, [*states, last], strict=False)]
