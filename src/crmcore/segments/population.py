"""The records of one kind, as segments see them: as facts, now or as they were, with all that belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from crmcore.errors import InputError, NotFound
from crmcore.model.record import Record
from crmcore.model.schema import KINDS
from crmcore.model.subjects import ACTIVITY_READING, Subjects
from crmcore.query import F, scalar_of
from crmcore.query.moments import utc_or_none
from crmcore.query.past import past_facts
from crmcore.query.types import ACTIVITY, FieldType
from crmcore.query.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from crmcore.model.field import RelationSpec
    from crmcore.ports import Reader, Store
    from crmcore.query.reading import RecordFacts
    from crmcore.query.types import Facts, Scalar, Subject

__all__ = ["Sight", "Universe"]

R = TypeVar("R", bound=Record)

PAGE = 1_000
ALL = "*"


class Universe:
    """The records of one kind in one store.

    Attributes:
        kind: their class.
        subjects: what can be asked of every kind.

    """

    def __init__(self, store: Store, kind: type[Record], *, subjects: Subjects | None = None) -> None:
        """Look at the records of a store; custom fields are those that it holds now."""
        self.kind = kind
        self.subjects = subjects or Subjects()
        self._store = store
        self._keys_by_root: dict[str, frozenset[str]] | None = None

    @property
    def subject(self) -> Subject:
        """What can be asked about them."""
        return self.subjects[self.kind].subject

    def sight(self, at: datetime | None = None) -> Sight:
        """Return what there is to see, as it was stored at an instant; None for now."""
        at = utc_or_none(at)
        reader = self._store if at is None else self._store.history.as_of(at)
        return Sight(self._store, reader, at, self.subjects, self.kind)

    def facts(self, record: Record) -> Facts:
        """Return the facts of a record alone, without what lies outside it."""
        return self.subjects[self.kind].reading(record)

    def related(self, path: str) -> tuple[RelationSpec, ...]:
        """Return the relations that a path such as ``candidates.notes`` goes by; the activity ends it and is none."""
        found, cls = [], self.kind
        for name in path.split("."):
            link = self.subjects[cls].related.get(name)
            if link is None:
                break
            found.append(link)
            cls = KINDS[link.kind]
        return tuple(found)

    def differing(self, before: Record | None, after: Record | None) -> frozenset[str]:
        """Return the keys of the fields and relations in which two states of a record differ; "*" where one is none."""
        if before is None or after is None:
            return frozenset() if before is after else frozenset({ALL})
        old, new = before.__dict__, after.__dict__
        by_root = self._by_root()
        roots = [root for root in by_root if old[root] != new[root]]
        reading = self.subjects[self.kind].reading
        keys = {
            key
            for root in roots
            for key in by_root[root]
            if key not in self.subject.fields or reading.readers[key](before) != reading.readers[key](after)
        }
        links = self.subjects[self.kind].related.values()
        return frozenset(keys).union(link.key for link in links if link.here in keys)

    def _by_root(self) -> dict[str, frozenset[str]]:
        """Return, for every attribute, the keys that are read off it."""
        if self._keys_by_root is None:
            askable = self.subjects[self.kind]
            found: dict[str, set[str]] = {}
            for key, field in askable.subject.fields.items():
                found.setdefault(field.path.partition(".")[0], set()).add(key)  # type: ignore[attr-defined]
            for relation, root in askable.items.items():
                found.setdefault(root, set()).add(relation)
            for path in self.kind.searched:
                found.setdefault(path.partition(".")[0], set()).add(WORDS)
            found.pop("id", None)
            self._keys_by_root = {root: frozenset(keys) for root, keys in found.items()}
        return self._keys_by_root


class Sight:
    """One state of a store, seen from the records of one kind; what was read once is not read again."""

    def __init__(
        self, store: Store, reader: Reader, at: datetime | None, subjects: Subjects, kind: type[Record]
    ) -> None:
        self._store = store
        self._reader = reader
        self._at = at
        self._subjects = subjects
        self.kind = kind
        self._records: dict[str, Record | None] = {}
        self._around = Around(store, reader, at, subjects, kind)

    def load(self, ids: Iterable[str]) -> None:
        """Read records that will be asked for."""
        wanted = [id_ for id_ in dict.fromkeys(ids) if id_ not in self._records]
        if self._at is not None:  # a past state finds by looking at every record; it gets in one step
            for id_ in wanted:
                try:
                    self._records[id_] = self._reader.get(self.kind, id_)
                except NotFound:
                    self._records[id_] = None
        else:
            self._records.update(dict.fromkeys(wanted))
            for start in range(0, len(wanted), PAGE):
                page = wanted[start : start + PAGE]
                self.know(self._reader.find(self.kind, F.id.in_(page), limit=PAGE))
        self._around.expect(record for id_ in wanted if (record := self._records[id_]) is not None)

    def know(self, records: Iterable[Record]) -> None:
        """Take in records that were read already."""
        for record in records:
            self._records[record.id] = record
            self._around.expect((record,))

    def record(self, id: str) -> Record | None:  # noqa: A002 - the field's own name
        """Return the record, or None where there is none."""
        if id not in self._records:
            self.load((id,))
        return self._records[id]

    def facts(self, id: str) -> RecordFacts | None:  # noqa: A002 - the field's own name
        """Return the facts of the record; None where there is none."""
        record = self.record(id)
        return None if record is None else self._subjects[self.kind].reading(record, self._around)

    def other(self, kind: type[R], id: str) -> R | None:  # noqa: A002 - the field's own name
        """Return a record of another kind, or None where there is none."""
        try:
            return self._reader.get(kind, id)
        except NotFound:
            return None

    def since_then(self, kind: type[R], id: str) -> list[R]:  # noqa: A002 - the field's own name
        """Return the states of a record of another kind that were recorded last, all of one instant."""
        versions = self._store.history.versions(kind, id)
        last = versions[-1].change.unit.recorded_at if versions else None
        return [one.record for one in versions if one.record is not None and one.change.unit.recorded_at == last]

    def owners(self, links: Sequence[RelationSpec], records: Collection[Record]) -> set[str]:
        """Return the ids of those that other records belong to, by the relations that lead from the one to the others.

        Args:
            links: from these records to the others.
            records: of the others.

        """
        *before, link = links
        reading = self._subjects[KINDS[link.kind]].reading
        values = {value for record in records for value in reading(record).get(link.there, ())}
        if not before and link.here == "id":
            return {str(value) for value in values}
        parent = KINDS[before[-1].kind] if before else self.kind
        parents = list(self._reader.stream(parent, F[link.here].in_(sorted(values)))) if values else []
        return self.owners(before, parents) if before else {one.id for one in parents}


class Around:
    """What lies outside the records of one kind: those of other kinds, what happened, and earlier states.

    Asked for one record, it reads for all that are expected: a page costs as many questions as one record.
    """

    def __init__(
        self, store: Store, reader: Reader, at: datetime | None, subjects: Subjects, kind: type[Record]
    ) -> None:
        self._store = store
        self._reader = reader
        self._at = at
        self._subjects = subjects
        self._kind = kind
        self._expected: dict[str, Record] = {}
        self._items: dict[str, dict[str, list[Facts]]] = {}
        self._others: dict[str, Around] = {}

    def expect(self, records: Iterable[Record]) -> None:
        """Prepare to be asked about these."""
        for record in records:
            self._expected[record.id] = record

    def items(self, record: Any, relation: str) -> Sequence[Facts]:
        """Return the items of a relation that leads out of the record."""
        held = self._items.setdefault(relation, {})
        if record.id not in held:
            self._expected.setdefault(record.id, record)
            if relation == ACTIVITY:
                held[record.id] = [ACTIVITY_READING(event) for event in self._events(record.id)]
            else:
                held |= self._read(relation, [one for id_, one in self._expected.items() if id_ not in held])
        return held[record.id]

    def past(self, record: Any) -> Sequence[Facts]:
        """Return the earlier states since it is there without a break, newest first."""
        return past_facts(self._subjects[self._kind].reading, self._states(record.id))

    def began(self, record: Any) -> tuple[Scalar, ...]:
        """Return since when it is there without a break."""
        return tuple(since for since, _ in self._states(record.id)[:1])

    def _states(self, id_: str) -> list[tuple[str, Record]]:
        """Return what the record was since it is there without a break, oldest first, each with since when."""
        states: list[tuple[str, Record]] = []
        for version in self._store.history.versions(self._kind, id_):
            recorded_at = version.change.unit.recorded_at
            if self._at is not None and recorded_at > self._at:
                break
            if version.record is None:  # it was removed, or nobody can tell any more
                states.clear()
            else:
                states.append((_text(recorded_at), version.record))
        return states

    def _events(self, id_: str) -> Iterator[Any]:
        for stored in self._store.history.events(self._kind, id_):
            if self._at is not None and stored.unit.recorded_at > self._at:
                return
            yield stored.event

    def _read(self, relation: str, records: Sequence[Record]) -> dict[str, list[Facts]]:
        """Return the related records of each, in the order of their ids."""
        askable = self._subjects[self._kind]
        if relation not in askable.related:
            raise InputError(f"{self._kind.kind} records have no relation {relation!r}")
        link = askable.related[relation]
        other = KINDS[link.kind]
        here = {record.id: askable.reading(record).get(link.here, ()) for record in records}
        values = sorted({value for known in here.values() for value in known})
        around = self._others.setdefault(relation, Around(self._store, self._reader, self._at, self._subjects, other))
        reading = self._subjects[other].reading
        by_value: dict[Scalar, list[Record]] = {}
        for start in range(0, len(values), PAGE):
            found = list(self._reader.stream(other, F[link.there].in_(values[start : start + PAGE])))
            around.expect(found)
            for one in found:
                for value in set(reading(one).get(link.there, ())):
                    by_value.setdefault(value, []).append(one)
        return {id_: [reading(one, around) for one in _each_once(by_value, known)] for id_, known in here.items()}


def _each_once(by_value: Mapping[Scalar, Sequence[Record]], values: Iterable[Scalar]) -> list[Record]:
    found = {one.id: one for value in values for one in by_value.get(value, ())}
    return [found[id_] for id_ in sorted(found)]


def _text(instant: datetime) -> str:
    return str(scalar_of(instant, FieldType.INSTANT, field="recorded_at"))
