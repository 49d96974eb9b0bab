"""A store of one's own: all records of one tenant in one JSON file, which is written anew at each commit.

It shows what an adapter of :class:`crmcore.ports.Store` has to do; docs/how-to/store-adapter.md walks through it.
"""

# ruff: noqa: A001, A002, ANN001, ANN201, ANN204, ARG005, D102, D103 - the port says what each verb does, and of which type

from __future__ import annotations

import hashlib
import hmac
import json
import os
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import attrs

from crmcore import errors
from crmcore.model.subjects import ACTIVITY, ACTIVITY_READING
from crmcore.query import FieldType, digest, ordering, scalar_of, sort_key
from crmcore.query.judging import asking
from crmcore.storage.codec import RecordRow
from crmcore.stored import Page, StoredEvent, StoredUnit
from crmcore.system import SystemClock, system_entropy


@attrs.define
class State:
    """Everything that is kept; a unit works on a copy, which takes its place at the commit."""

    secret: str
    records: dict = attrs.Factory(dict)  # "kind id" -> [version, schema version, payload or None]
    claims: dict = attrs.Factory(dict)  # "kind rule value", as JSON -> id
    units: list = attrs.Factory(list)
    events: list = attrs.Factory(list)  # [number of the unit, payload]

    def copy(self) -> State:
        return State(self.secret, dict(self.records), dict(self.claims), list(self.units), list(self.events))


class Beside:
    """What a question may ask beside the record itself: what happened with it, and the records that belong to it."""

    def __init__(self, reader):
        self.reader, self.codec = reader, reader.codec

    def items(self, record, relation):
        if relation == ACTIVITY:
            told = (self.codec.decode_event(payload) for _, payload in self.reader.now().events)
            about = (type(record).kind, record.id)
            return [ACTIVITY_READING(event) for event in told if (event.subject_kind, event.subject_id) == about]
        own = self.codec.askable(type(record))
        link, other = own.related[relation], self.codec.class_of(own.related[relation].kind)
        reading, values = self.codec.askable(other).reading, own.reading.readers[link.here](record)
        return [
            reading(one, self) for one in self.reader.stream(other) if {*reading.readers[link.there](one)} & {*values}
        ]

    def past(self, record):  # noqa: ARG002 - the port's
        raise errors.InputError("this store keeps no history, which tells how long something has been so")

    began = past


class Reader:
    """What the store and a unit have in common: reading some state."""

    codec = clock = None

    def get(self, kind, id):
        row = self.row(kind, id)
        if row is None or row.payload is None:
            raise errors.NotFound(kind.kind, id)
        return self.codec.decode(kind, row)

    def row(self, kind, id):
        self.codec.check_kind(kind)
        kept = self.now().records.get(f"{kind.kind} {id}")
        return None if kept is None else RecordRow(kind.kind, id, *kept, "")

    def find(self, kind, where=None, *, order_by=(), limit=100, after=None):
        state, fields = self.now(), self.codec.fields(kind)
        if type(limit) is not int or not 1 <= limit <= 10_000:
            raise errors.InputError("a page holds a whole number of records, 1 to 10,000")
        order = ordering((order_by,) if isinstance(order_by, str) else order_by, fields, of=kind.kind)
        asked = self.codec.asked(kind, where)
        question = json.dumps([kind.kind, None if asked is None else digest(asked), [str(one) for one in order]])
        floor = None if after is None else self.place(state, question, order, checked_text(after))
        found = []
        for record in self.stream(kind, where):
            key = sort_key(order, self.codec.facts(record).values, id=record.id)
            if floor is None or floor < key:
                found.append((key, record))
        found.sort(key=lambda pair: pair[0])
        page = tuple(record for _, record in found[:limit])
        return Page(page, None if len(found) <= limit else self.cursor(state, question, order, page[-1]))

    def cursor(self, state, question, order, last):
        known = self.codec.facts(last).values
        values = {one.field: known[one.field] for one in order if one.field in known}
        body = json.dumps([values, last.id]).encode().hex()
        return hmac.digest(bytes.fromhex(state.secret), (question + body).encode(), hashlib.sha256).hex() + body

    def place(self, state, question, order, cursor):
        mac, body = cursor[:64], cursor[64:]
        told = hmac.digest(bytes.fromhex(state.secret), (question + body).encode("utf-8", "replace"), hashlib.sha256)
        if mac != told.hex():
            raise errors.InputError("this cursor is not for this question; begin with the first page")
        values, id = json.loads(bytes.fromhex(body))
        return sort_key(order, {key: tuple(known) for key, known in values.items()}, id=id)

    def stream(self, kind, where=None, *, after=""):
        self.codec.check_kind(kind)
        checked_text(after)
        asked = self.codec.asked(kind, where)
        more = {"now": self.clock.now(), "askable": self.codec.askable(kind), "surroundings": Beside(self)}
        wanted = asking(asked, kind, **more) if asked is not None else lambda record: True
        head = f"{kind.kind} "
        while ids := sorted(key for key in self.now().records if key.startswith(head) and key > head + after)[:500]:
            for key in ids:
                row = self.row(kind, key.removeprefix(head))
                if row.payload is not None and wanted(record := self.codec.decode(kind, row)):
                    yield record
            after = ids[-1].removeprefix(head)


def checked_text(given):
    """Return a cursor or an id as it was given; refuse what no text of a record can be."""
    if not isinstance(given, str) or "\0" in given or given.encode("utf-8", "replace").decode() != given:
        raise errors.InputError("a cursor or an id is a text, without NUL and without half a character")
    return given


class JsonStore(Reader):
    """One tenant's records in one file, for one thread of one process."""

    capabilities = frozenset()

    def __init__(self, path, *, codec, tenant="default", clock=None):
        self.path, self.codec, self.tenant, self.clock = Path(path), codec, tenant, clock or SystemClock()
        self.state = State(system_entropy(32).hex())
        if self.path.exists():
            self.state = State(**json.loads(self.path.read_text("utf-8")))
        self.unit_open = self.closed = False

    def now(self):
        if self.closed:
            raise errors.StoreClosed("this store is closed; open it again")
        if self.unit_open:
            raise errors.UnitMisuse("a unit of work is open; read through it")
        return self.state

    @property
    def history(self):
        return History(self)

    @contextmanager
    def unit(self, *, actor, reason="", source="", key=None, occurred_at=None):
        state = self.now().copy()
        for word, text in {"actor": actor, "reason": reason, "source": source, "key": key or ""}.items():
            scalar_of(text, FieldType.TEXT, field=word)
        if not actor or (key is not None and not 1 <= len(key) <= 200):
            raise errors.InputError("a unit of work has an actor, and a key of 1 to 200 letters if any")
        for row in state.units:
            if key is not None and row["key"] == key:
                raise errors.AlreadyDone(stored_unit(row))
        unit = Unit(self, state, self.dated(actor, reason, source, key, occurred_at))
        self.unit_open = True
        try:
            yield unit
            unit.finish()
            if len(state.units) > len(self.state.units):
                self.write(state)
        finally:
            unit.over = errors.StoreClosed("this unit of work is over; begin another")
            self.unit_open = False

    def dated(self, actor, reason, source, key, occurred_at):
        now = self.clock.now()
        if occurred_at is not None and (occurred_at.tzinfo is None or occurred_at > now):
            raise errors.InputError("a unit tells what has happened: an aware instant, now or before")
        last = datetime.fromisoformat(self.state.units[-1]["recorded_at"]) if self.state.units else now
        return {
            "number": len(self.state.units) + 1, "actor": actor, "reason": reason, "source": source, "key": key,
            "occurred_at": (occurred_at or now).isoformat(), "recorded_at": max(now, last).isoformat(), "hash": "",
        }  # fmt: skip

    def write(self, state):
        """Replace the file in one step: a killed process leaves the old one or the new one."""
        fresh = self.path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(attrs.asdict(state), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        self.state = state

    def close(self):
        if self.unit_open:
            raise errors.UnitMisuse("a unit of work is open; leave its block first")
        self.closed = True


class Unit(Reader):
    """One unit of work on a copy of the state."""

    def __init__(self, store, state, row):
        self.codec, self.clock, self.state, self.told = store.codec, store.clock, state, row
        self.over = self.failure = None
        self.touched = row["key"] is not None

    @property
    def number(self):
        return self.told["number"]

    def now(self):
        if self.over or self.failure:
            raise self.over or errors.StoreClosed(f"this unit of work failed: {self.failure!r}")
        return self.state

    def put(self, record):
        row = self.codec.encode(record, version=record.version + 1)
        return self.written(record, row, self.codec.claims(record))

    def remove(self, record):
        self.codec.check_kind(type(record))
        return self.written(record, RecordRow(type(record).kind, record.id, record.version + 1, 1, None, ""), ())

    def written(self, record, row, claims):
        standing = self.row(type(record), record.id)
        held = {claim for claim, id in self.state.claims.items() if (json.loads(claim)[0], id) == (row.kind, row.id)}
        wanted = {json.dumps(claim): claim.rule for claim in claims}
        taken = [claim for claim in wanted if self.state.claims.get(claim, record.id) != record.id]
        gone = standing is None or standing.payload is None
        if row.payload is None and gone:
            self.fail(errors.NotFound(row.kind, row.id))
        if record.version != (standing.version if standing else 0):
            self.fail(errors.Conflict(
                kind=row.kind, id=row.id, expected=record.version, actual=standing.version if standing else 0,
                stored=None if gone else self.codec.decode(type(record), standing),
                offered=None if row.payload is None else record,
            ))  # fmt: skip
        if taken:
            self.fail(errors.Taken(kind=row.kind, id=row.id, rule=wanted[taken[0]], holder=self.state.claims[taken[0]]))
        for claim in held - wanted.keys():
            del self.state.claims[claim]
        self.state.claims.update(dict.fromkeys(wanted, record.id))
        self.state.records[f"{row.kind} {row.id}"] = [row.version, row.schema_version, row.payload]
        self.touched = True
        return record.model_copy(update={"version": row.version})

    def emit(self, event):
        self.now()
        payload = self.codec.encode_event(event, salt="").payload
        if any(json.loads(told)["id"] == event.id for _, told in self.state.events):
            self.fail(errors.Conflict(kind="event", id=event.id, expected=0, actual=1, stored=None, offered=event))
        self.state.events.append([self.told["number"], payload])
        self.touched = True

    def fail(self, error):
        self.failure = error
        raise error

    def finish(self):
        if self.failure:
            raise self.failure
        if self.touched:
            self.state.units.append(self.told)


class History:
    """The units and the events; what records were before is not kept."""

    def __init__(self, store):
        self.store = store

    def units(self, *, after=0):
        yield from (stored_unit(row) for row in self.store.now().units[max(after, 0) :])

    def events(self, kind=None, id=None, *, after=0):
        state = self.store.now()
        if kind is None and id is not None:
            raise errors.InputError("an id alone names no record; give its kind too")
        for seq, (unit, payload) in enumerate(state.events, start=1):
            event = self.store.codec.decode_event(payload)
            if seq > after and (kind is None or event.subject_kind == kind.kind) and id in {None, event.subject_id}:
                yield StoredEvent(seq=seq, unit=stored_unit(state.units[unit - 1]), event=event)


def stored_unit(row):
    times = {name: datetime.fromisoformat(row[name]) for name in ("occurred_at", "recorded_at")}
    return StoredUnit(**{**row, **times})
