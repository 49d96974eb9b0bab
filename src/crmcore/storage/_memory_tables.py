"""Tables in memory: the committed ones, and a unit's draft over them that readers do not see."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import ChainMap, defaultdict
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from crmcore.query import compiled, sort_key
from crmcore.query.anchoring import anchor_of
from crmcore.query.words import has_words
from crmcore.storage._dividing import told_part
from crmcore.storage._memory_outbox import MemoryOutbox
from crmcore.storage._reading import known_values
from crmcore.storage._rows import Head

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping, Sequence
    from collections.abc import Set as AbstractSet

    from crmcore.query import Expression
    from crmcore.storage._facts import Facts
    from crmcore.storage._rows import Change, ChangeRow, Claim, EventRow, Judge, KeyRow, Question, RecordRow, UnitRow

__all__ = ["Draft", "MemoryTables"]

LEAST, MOST = 100, 8_000
"""Rows that are judged at a time: first few, because a page may need no more, then more and more."""
FEW = 32
"""Ids that are inserted one by one; above, sorting anew is cheaper."""

Place = tuple[str, str]
Row = TypeVar("Row")


class MemoryTables:
    """The committed rows of one tenant."""

    def __init__(self) -> None:
        self.records: dict[str, MutableMapping[str, RecordRow]] = defaultdict(dict)
        self.found_by: dict[str, MutableMapping[str, Facts]] = defaultdict(dict)
        self.order: dict[str, list[str]] = defaultdict(list)
        self.claims: MutableMapping[Claim, str] = {}
        self.unit_rows: list[UnitRow] = []
        self.change_rows: list[ChangeRow] = []
        self.event_rows: list[EventRow] = []
        self.trails: dict[Place, list[int]] = defaultdict(list)
        self.event_ids: set[str] = set()
        self.told_of: dict[Place, list[int]] = defaultdict(list)
        self.keys: dict[str, int] = {}
        self.key_rows: MutableMapping[str, KeyRow] = {}
        self.latest_keys: MutableMapping[Place, str] = {}
        self.signs_with = b""
        self.outbox = MemoryOutbox()

    def rows(self, kind: str, ids: Sequence[str]) -> Mapping[str, RecordRow]:
        """Return the rows under those ids, removed or not."""
        rows = self.records.get(kind, {})
        return {id_: rows[id_] for id_ in ids if id_ in rows}

    def page(self, kind: str, after: str, limit: int, *, removed: bool = False) -> Sequence[RecordRow]:
        """Return the first rows past *after*, by id."""
        return list(islice((row for row in self._ahead(kind, after) if removed or row.payload is not None), limit))

    def select(self, kind: str, question: Question) -> Sequence[RecordRow]:
        """Return the rows that a question asks for, in its order."""
        found_by = self.found_by.get(kind, {})
        some = next(iter(found_by.values()), None)
        if some is None:
            return []
        told, is_all = (None, True) if question.where is None else told_part(question.where, some.keys)
        rows = self._in_order(kind, question, told)
        return list(islice(rows if is_all else _judged(rows, question.judge), question.limit))

    def _in_order(self, kind: str, question: Question, told: Expression | None) -> Iterator[RecordRow]:
        """Yield the rows of which what their facts tell is true, in the order of the question."""
        where, said = None if told is None else compiled(told), question.words
        found_by = self.found_by[kind]
        rows = (
            (row, facts)
            for row in self._candidates(
                kind, told, after="" if question.order or question.after is None else question.after[1]
            )
            if row.payload is not None
            for facts in (found_by[row.id],)
            if (where is None or where(facts.asked)) and (not said or has_words(facts.words, said))
        )
        if not question.order:
            return (row for row, _ in rows)
        places = [(sort_key(question.order, facts.asked, id=row.id), row) for row, facts in rows]
        if question.after is not None:
            values, last = question.after
            floor = sort_key(question.order, known_values(question.order, values), id=last)
            places = [place for place in places if floor < place[0]]
        places.sort(key=lambda place: place[0])
        return (row for _, row in places)

    def _candidates(self, kind: str, told: Expression | None, *, after: str) -> Iterator[RecordRow]:
        """Yield the rows past *after* among which those are that a question asks for, by id."""
        anchor = None if told is None else anchor_of(told, fields={"id"})
        if anchor is None:
            return self._ahead(kind, after)
        rows = self.records.get(kind, {})
        return (rows[id_] for id_ in sorted(map(str, anchor.get("id", ()))) if id_ > after and id_ in rows)

    def count(self, kind: str, question: Question) -> int:
        """Return how many rows a question asks for."""
        return len(self.select(kind, question._replace(order=(), after=None, limit=len(self.records.get(kind, ())))))

    def about(self, kind: str, ids: Sequence[str]) -> Sequence[EventRow]:
        """Return all events about those records."""
        return [self.event_rows[seq - 1] for id_ in ids for seq in self.told_of.get((kind, id_), ())]

    def _ahead(self, kind: str, after: str) -> Iterator[RecordRow]:
        """Yield the rows past *after*, removed or not, by id."""
        ids, rows = self.order.get(kind, []), self.records.get(kind, {})
        for place in range(bisect_right(ids, after), len(ids)):
            yield rows[ids[place]]

    def trail(self, kind: str, id: str) -> Sequence[ChangeRow]:  # noqa: A002 - the field's own name
        """Return all changes of one record, in order."""
        return [self.change_rows[seq - 1] for seq in self.trails.get((kind, id), ())]

    def before(self, kind: str, ids: Sequence[str], unit: int) -> Mapping[str, RecordRow]:
        """Return what stood under those ids after that unit, for those that were changed since."""
        past: dict[str, RecordRow] = {}
        for id_ in ids:
            trail = self.trails.get((kind, id_), [])
            at = bisect_right(trail, unit, key=lambda seq: self.change_rows[seq - 1].unit)
            if at < len(trail):
                past[id_] = self.change_rows[trail[at] - 1].replaced(self.records[kind][id_].salt)
        return past

    def changes(self, after: int, limit: int, kind: str | None, id: str | None) -> Sequence[ChangeRow]:  # noqa: A002
        """Return the first changes past number *after*, of that record where one is given."""
        if kind and id:
            return [self.change_rows[seq - 1] for seq in _past(self.trails.get((kind, id), []), after, limit)]
        rows = _from(self.change_rows, after)
        return list(islice((r for r in rows if (kind or r.kind) == r.kind and (id or r.id) == r.id), limit))

    def told(self, after: int, limit: int, kind: str | None, id: str | None) -> Sequence[EventRow]:  # noqa: A002
        """Return the first events past number *after*, of that subject where one is given."""
        if kind and id:
            return [self.event_rows[seq - 1] for seq in _past(self.told_of.get((kind, id), []), after, limit)]
        rows = _from(self.event_rows, after)
        return list(
            islice(
                (
                    r
                    for r in rows
                    if (kind or r.subject_kind) == r.subject_kind and (id or r.subject_id) == r.subject_id
                ),
                limit,
            )
        )

    def units(self, after: int, limit: int) -> Sequence[UnitRow]:
        """Return the first units past number *after*."""
        return self.unit_rows[max(after, 0) : max(after, 0) + limit]

    def units_at(self, numbers: AbstractSet[int]) -> Mapping[int, UnitRow]:
        """Return the units with those numbers."""
        return {number: self.unit_rows[number - 1] for number in numbers}

    def unit_with_key(self, key: str) -> UnitRow | None:
        """Return the unit with that idempotency key."""
        number = self.keys.get(key)
        return None if number is None else self.unit_rows[number - 1]

    def last_unit(self, recorded_at: str) -> int:
        """Return the number of the last unit that was recorded at that instant or before."""
        return bisect_right(self.unit_rows, recorded_at, key=lambda unit: unit.recorded_at)

    def kinds(self) -> Sequence[str]:
        """Return the kinds of which there is or was a record, sorted."""
        return sorted(kind for kind, rows in self.records.items() if rows)

    def head_now(self) -> Head | None:
        """Return the last numbers given out; None before the first unit."""
        if not self.unit_rows:
            return None
        last = self.unit_rows[-1]
        return Head(last.number, len(self.change_rows), len(self.event_rows), last.recorded_at, last.hash)

    def secret(self) -> bytes:
        """Return the tenant's secret."""
        return self.signs_with

    def data_keys(self, ids: Sequence[str]) -> Mapping[str, KeyRow]:
        """Return the data keys of those ids."""
        return {id_: self.key_rows[id_] for id_ in ids if id_ in self.key_rows}

    def tenant_key(self) -> KeyRow | None:
        """Return the tenant's own key."""
        return next((self.key_rows[id_] for (kind, _), id_ in self.latest_keys.items() if not kind), None)

    def add_keys(self, rows: Sequence[KeyRow]) -> None:
        """Add data keys."""
        for row in rows:
            self.key_rows[row.id] = row
            self.latest_keys[row.subject_kind, row.subject_id] = row.id

    def check_sound(self) -> None:
        """Memory has nothing beside the rows that could contradict them."""

    def everything(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Yield (table, row) for all that is kept."""
        yield from (("unit", row) for row in self.unit_rows)
        yield from (("key", self.key_rows[id_]) for id_ in sorted(self.key_rows))
        for kind in sorted(self.records):
            yield from (("record", self.records[kind][id_]) for id_ in self.order[kind])
        yield from (("claim", (*claim, self.claims[claim])) for claim in sorted(self.claims))
        yield from (("change", row) for row in self.change_rows)
        yield from (("event", row) for row in self.event_rows)
        yield from self.outbox.everything()


def _past(numbers: Sequence[int], after: int, limit: int) -> Sequence[int]:
    """Return the first of rising numbers past *after*."""
    start = bisect_right(numbers, after)
    return numbers[start : start + limit]


def _from(rows: Sequence[Row], after: int) -> Iterator[Row]:
    """Yield the rows past number *after*; the first row has number 1."""
    return (rows[place] for place in range(max(after, 0), len(rows)))


class Draft(MemoryTables):
    """What one unit of work has written so far, seen over the committed rows."""

    def __init__(self, below: MemoryTables) -> None:
        super().__init__()
        self._below = below
        self.signs_with = below.signs_with
        self.key_rows = ChainMap({}, below.key_rows)
        self.latest_keys = ChainMap({}, below.latest_keys)
        self.new_keys: list[KeyRow] = []
        self.unit: UnitRow | None = None
        self.released: set[Claim] = set()
        for kind, rows in below.records.items():
            self.records[kind] = ChainMap({}, rows)
            self.found_by[kind] = ChainMap({}, below.found_by[kind])

    def _ahead(self, kind: str, after: str) -> Iterator[RecordRow]:
        own = self.order.get(kind, [])
        mine = set(own)
        kept = (row.id for row in self._below._ahead(kind, after) if row.id not in mine)  # noqa: SLF001 - its own kind
        rows = self.records.get(kind, {})
        return (rows[id_] for id_ in merge(kept, own[bisect_right(own, after) :]))

    def about(self, kind: str, ids: Sequence[str]) -> Sequence[EventRow]:
        """Return all events about those records, this unit's last."""
        wanted = set(ids)
        own = [row for row in self.event_rows if row.subject_kind == kind and row.subject_id in wanted]
        return [*self._below.about(kind, ids), *own]

    def trail(self, kind: str, id: str) -> Sequence[ChangeRow]:  # noqa: A002 - the field's own name
        """Return all changes of one record, this unit's last."""
        own = [row for row in self.change_rows if (row.kind, row.id) == (kind, id)]
        return [*self._below.trail(kind, id), *own]

    def units_at(self, numbers: AbstractSet[int]) -> Mapping[int, UnitRow]:
        """Return the units with those numbers, which may be this one."""
        own = {} if self.unit is None or self.unit.number not in numbers else {self.unit.number: self.unit}
        return {**self._below.units_at(numbers - own.keys()), **own}

    def begin(self, secret: bytes) -> Head:
        """Return the last numbers given out; the store lets one unit write at a time."""
        self.signs_with = self._below.signs_with or secret
        return self._below.head_now() or Head(0, 0, 0, "", "")

    def unit_with_key(self, key: str) -> UnitRow | None:
        """Return the unit with that idempotency key."""
        return self._below.unit_with_key(key)

    def write(self, changes: Sequence[Change]) -> None:
        """Write the rows, what they are found by, and their claims."""
        for change in changes:
            row = change.row
            self.records[row.kind][row.id] = row
            if change.facts is not None:
                self.found_by[row.kind][row.id] = change.facts
            for claim in change.released:
                self.claims.pop(claim, None)
                self.released.add(claim)
        for change in changes:
            for claim in change.taken:
                self.claims[claim] = change.row.id
                self.released.discard(claim)
        for kind in {change.row.kind for change in changes}:
            self.order[kind] = _merged(
                self.order[kind], [change.row.id for change in changes if change.row.kind == kind]
            )

    def holders(self, claims: AbstractSet[Claim]) -> Mapping[Claim, str]:
        """Return who holds those claims."""
        below = {c: i for c, i in self._below.claims.items() if c in claims and c not in self.released}
        return {**below, **{claim: id_ for claim, id_ in self.claims.items() if claim in claims}}

    def held(self, kind: str, ids: Sequence[str]) -> Mapping[str, tuple[Claim, ...]]:
        """Return the claims that those records hold."""
        wanted, held = set(ids), defaultdict(list)
        below = {c: i for c, i in self._below.claims.items() if c not in self.released}
        for claim, id_ in {**below, **self.claims}.items():
            if claim.kind == kind and id_ in wanted:
                held[id_].append(claim)
        return {id_: tuple(sorted(claims)) for id_, claims in held.items()}

    def current_keys(self, subjects: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], KeyRow]:
        """Return the latest data key of each subject that has one."""
        return {who: self.key_rows[self.latest_keys[who]] for who in subjects if who in self.latest_keys}

    def add_keys(self, rows: Sequence[KeyRow]) -> None:
        """Add data keys."""
        super().add_keys(rows)
        self.new_keys.extend(rows)

    def known_events(self, ids: Sequence[str]) -> AbstractSet[str]:
        """Return those event ids that are stored already."""
        return {id_ for id_ in ids if id_ in self.event_ids or id_ in self._below.event_ids}

    def begin_unit(self, unit: UnitRow) -> None:
        """Add the unit."""
        self.unit = unit

    def add_changes(self, rows: Sequence[ChangeRow]) -> None:
        """Add to the history."""
        self.change_rows.extend(rows)

    def add_events(self, rows: Sequence[EventRow]) -> None:
        """Add what happened."""
        self.event_rows.extend(rows)
        self.event_ids.update(row.id for row in rows)

    def finish_unit(self, unit: UnitRow, head: Head) -> None:  # noqa: ARG002 - counted
        """Write the unit's hash."""
        self.unit = unit

    def publish(self) -> None:
        """Make it all the committed state, at once for readers that share the store's gate.

        May be run again after an interruption: each step does nothing where it was done before.
        """
        below = self._below
        if self.unit is None:
            return
        below.signs_with = self.signs_with
        below.add_keys(self.new_keys)
        for kind, ids in self.order.items():
            below.order[kind] = _merged(below.order[kind], ids)
            for id_ in ids:
                row = below.records[kind][id_] = self.records[kind][id_]
                if row.payload is None:
                    below.found_by[kind].pop(id_, None)
                else:
                    below.found_by[kind][id_] = self.found_by[kind][id_]
        for claim in self.released:
            below.claims.pop(claim, None)
        below.claims.update(self.claims)
        below.event_ids.update(self.event_ids)
        below.event_rows[self.event_rows[0].seq - 1 if self.event_rows else len(below.event_rows) :] = self.event_rows
        first = self.change_rows[0].seq - 1 if self.change_rows else len(below.change_rows)
        below.change_rows[first:] = self.change_rows
        for event in self.event_rows:
            told = below.told_of[event.subject_kind, event.subject_id]
            if not told or told[-1] < event.seq:
                told.append(event.seq)
        for change in self.change_rows:
            trail = below.trails[change.kind, change.id]
            if not trail or trail[-1] < change.seq:
                trail.append(change.seq)
        if self.unit.key is not None:
            below.keys[self.unit.key] = self.unit.number
        below.unit_rows[self.unit.number - 1 :] = [self.unit]


def _judged(rows: Iterator[RecordRow], judge: Judge | None) -> Iterator[RecordRow]:
    """Yield the rows that are selected by what does not stand in their facts."""
    if judge is None:
        raise TypeError("the facts of records do not tell what is asked, and nobody judges")
    many = LEAST
    while batch := list(islice(rows, many)):
        yield from (row for row, is_selected in zip(batch, judge(batch), strict=True) if is_selected)
        many = min(2 * many, MOST)


def _merged(ids: list[str], more: list[str]) -> list[str]:
    """Return the ids in order, each once; few are inserted in place, many make a new list."""
    fresh = [id_ for id_ in dict.fromkeys(more) if (at := bisect_left(ids, id_)) == len(ids) or ids[at] != id_]
    if len(fresh) > FEW:
        return sorted(ids + fresh)
    for id_ in fresh:
        insort(ids, id_)
    return ids
