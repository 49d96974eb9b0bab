"""History, keyed units, claims, the outbox: every change is kept, and the history is a chain of hashes.

What schema 1 held stays as it was: records, versions, payloads, units, events. What it did not know is filled in:

- A unit's times are those of the latest of its events, never before the unit that it follows and never after the
  migration. A unit without events has those of the unit before it; where none before it had any, those of the first
  event. Where a tenant has no event at all, they are the time of the migration.
- The history of what stands there begins now: each tenant that has records gets one more unit, by :data:`ACTOR`, with
  one change for each record at its present version; a reading as of an earlier moment finds nothing.
- Every content gets a salt and a digest, and every unit its hash.

Rows are streamed: memory does not grow with the database.
"""

from __future__ import annotations

import hmac
import json
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, MetaData, Table, bindparam, select, update

from crmcore.errors import SchemaMismatch, Tampered
from crmcore.storage.sql._bulk import insert
from crmcore.storage.sql.migrations import _tables_2 as new
from crmcore.storage.sql.migrations.versions import schema_0001 as old

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from alembic.operations import Operations
    from sqlalchemy import Select

    from crmcore.storage.sql.migrations import Run

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0002"
down_revision = "0001"

ACTOR = "crmcore upgrade"
REASON = "schema 1 became schema 2; the history of what stood there begins here"

ASIDE = "crm_1_"
BATCH = 1000
LETTERS = 8 * 1024 * 1024
"""Rows of so many letters are written at once, or fewer than BATCH; one note may have 16 million."""
FETCH = 100
UNITS = 500

_line = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode


def upgrade(op: Operations, run: Run) -> None:
    """Set the old tables aside, make the new ones, move every tenant, drop the old ones."""
    bind = op.get_bind()
    aside = _set_aside(op)
    new.metadata.create_all(bind, checkfirst=False)
    for tenant in bind.execute(select(aside["tenant"].c.tenant).order_by(aside["tenant"].c.tenant)).scalars().all():
        _Move(bind, aside, tenant, run).done()
    for name in ("event", "unit", "record", "tenant"):
        op.drop_table(f"{ASIDE}{name}")


def _set_aside(op: Operations) -> dict[str, Table]:
    """Give the old tables, and what a server names beside them, other names; what can be searched by is made anew."""
    op.drop_table("crm_lookup")
    op.drop_index("ix_crm_event_tenant_subject_kind_subject_id_seq", table_name="crm_event")
    named = [
        ("tenant", "pk_crm_tenant"),
        ("record", "pk_crm_record"),
        ("unit", "pk_crm_unit"),
        ("event", "pk_crm_event"),
    ]
    for name, _ in named:
        op.rename_table(f"crm_{name}", f"{ASIDE}{name}")
    if (
        op.get_bind().dialect.name == "postgresql"
    ):  # where the index of a constraint has a name that nothing else may have
        for _, index in (*named, ("event", "uq_crm_event_tenant_id")):
            op.execute(f'ALTER INDEX "{index}" RENAME TO "{ASIDE}{index}"')
    renamed = MetaData()
    return {
        name: table.to_metadata(renamed, name=f"{ASIDE}{name}")
        for name, table in (("tenant", old.tenant), ("record", old.record), ("unit", old.unit), ("event", old.event))
    }


class _Times(NamedTuple):
    """When a unit's work was done, and when it was recorded."""

    occurred_at: str
    recorded_at: str


class _Move:
    """Brings what one tenant has into the new tables."""

    def __init__(self, bind: Connection, aside: dict[str, Table], tenant: str, run: Run) -> None:
        self._bind = bind
        self._aside = aside
        self._tenant = tenant
        self._run = run
        self._hash = ""
        self._units = self._events = self._changes = 0
        self._times = _Times("", "")

    def done(self) -> None:
        """Move everything, in the order in which rows refer to each other."""
        blank = (self._tenant, 0, 0, 0, "", "", self._run.salt(32))
        self._insert(new.tenant, [blank])
        with closing(self._streamed(self._mine("event").order_by("seq"))) as self._told:
            self._next: Any = next(self._told, None)
            self._times = self._first_times()
            self._move_units()
        if self._bind.execute(self._mine("record").limit(1)).first() is not None:
            self._begin_history()
        head = {"last_unit": self._units, "last_change": self._changes, "last_event": self._events}
        self._bind.execute(
            update(new.tenant).where(new.tenant.c.tenant == self._tenant),
            {**head, "recorded_at": self._times.recorded_at if self._units else "", "hash": self._hash},
        )

    def _move_units(self) -> None:
        """Copy the units with their events; a unit's hash is known once its events are."""
        after = 0
        while page := self._bind.execute(self._page(after)).all():
            after = page[-1].number
            self._insert(new.unit, [(self._tenant, *row, "", None, "", "", "") for row in page])
            finished = [self._finished(*row) for row in page]
            self._bind.execute(
                update(new.unit)
                .where(new.unit.c.tenant == bindparam("of"), new.unit.c.number == bindparam("n"))
                .values({name: bindparam(f"new_{name}") for name in ("occurred_at", "recorded_at", "hash")}),
                finished,
            )
        if self._next is not None:
            raise Tampered(self._units + 1, "it is missing, what it wrote is not")

    def _finished(self, number: int, actor: str, reason: str) -> dict[str, Any]:
        """Move the events of one unit; return what its row lacks."""
        if number != self._units + 1:
            raise Tampered(self._units + 1, "it is missing")
        events, times = sha256(), [self._times]

        def rows() -> Iterator[tuple[Any, ...]]:
            while (event := self._next) is not None and event.unit == number:
                times.append(_times_of(event))
                salt = self._run.salt(16)
                digest = _digest(salt, 0, event.payload)
                if event.seq != self._events + 1:
                    raise Tampered(number, f"event {self._events + 1} is missing")
                self._events = event.seq
                told = [event.seq, event.id, event.type, event.subject_kind, event.subject_id]
                events.update(_line([*told, digest]).encode("ascii"))
                yield (self._tenant, event.seq, number, *told[1:], event.payload, salt, digest)
                self._next = next(self._told, None)

        self._copy(new.event, rows(), payload=7)
        self._times = self._bounded(times)
        self._units = number
        self._hash = self._chained([number, actor, reason, "", None, *self._times], sha256(), events)
        return {"of": self._tenant, "n": number, "new_hash": self._hash} | {
            f"new_{name}": value for name, value in self._times._asdict().items()
        }

    def _begin_history(self) -> None:
        """Write a change for each record, as one unit."""
        number, now = self._units + 1, max(self._run.at, self._times.recorded_at)
        self._insert(new.unit, [(self._tenant, number, ACTOR, REASON, "", None, now, now, "")])
        changes = sha256()
        history: list[tuple[Any, ...]] = []

        def rows() -> Iterator[tuple[Any, ...]]:
            for row in records:
                salt, action = self._run.salt(16), "removed" if row.payload is None else "created"
                digest = _digest(salt, row.schema_version, row.payload or "")
                self._changes += 1
                told = [self._changes, row.kind, row.id, row.version, action, digest]
                changes.update(_line(told).encode("ascii"))
                history.append((self._tenant, self._changes, number, *told[1:], 0, 0, None))
                yield (*row, salt)

        def flush() -> None:
            self._insert(new.change, history)
            history.clear()

        with closing(self._streamed(self._mine("record").order_by("kind", "id"))) as records:
            self._copy(new.record, rows(), payload=5, then=flush)
        self._units = number
        self._times = _Times(now, now)
        self._hash = self._chained([number, ACTOR, REASON, "", None, now, now], changes, sha256())
        place = (new.unit.c.tenant == self._tenant, new.unit.c.number == number)
        self._bind.execute(update(new.unit).where(*place), {"hash": self._hash})

    def _first_times(self) -> _Times:
        """Return what units before the first event are dated with."""
        if self._next is None:
            return _Times(self._run.at, self._run.at)
        return self._bounded([_times_of(self._next)])

    def _bounded(self, times: list[_Times]) -> _Times:
        """Return the latest of the times, none later than the migration, nothing done after it was recorded."""
        recorded = min(max(time.recorded_at for time in times), self._run.at)
        known = [time.occurred_at for time in times[1:] or times if time.occurred_at]
        return _Times(min(max(known, default=recorded), recorded), recorded)

    def _chained(self, unit: list[Any], changes: Any, events: Any) -> str:
        content = [self._hash, *unit, changes.hexdigest(), events.hexdigest()]
        return sha256(_line(content).encode("ascii")).hexdigest()

    def _mine(self, name: str) -> Select[Any]:
        table = self._aside[name]
        return select(table).where(table.c.tenant == self._tenant)

    def _page(self, after: int) -> Select[Any]:
        columns = self._aside["unit"].c
        mine = (columns.tenant == self._tenant, columns.number > after)
        return select(columns.number, columns.actor, columns.reason).where(*mine).order_by(columns.number).limit(UNITS)

    def _streamed(self, statement: Select[Any]) -> Generator[Any, None, None]:
        """Yield rows as they are read; close it, because a server keeps a cursor for it."""
        with self._bind.execute(statement, execution_options={"yield_per": FETCH}) as rows:
            yield from rows

    def _copy(self, table: Table, rows: Iterable[tuple[Any, ...]], *, payload: int, then: Any = None) -> None:
        """Write rows as they come; the payload stands at that place in each."""
        batch: list[tuple[Any, ...]] = []
        letters = 0
        for row in rows:
            batch.append(row)
            letters += len(row[payload] or "")
            if len(batch) >= BATCH or letters >= LETTERS:
                self._flush(table, batch, then)
                letters = 0
        self._flush(table, batch, then)

    def _flush(self, table: Table, batch: list[tuple[Any, ...]], then: Any) -> None:
        self._insert(table, batch)
        batch.clear()
        if then is not None:
            then()

    def _insert(self, table: Table, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            insert(self._bind, table, tuple(column.name for column in table.columns), rows)


def _digest(salt: str, schema_version: int, payload: str) -> str:
    return hmac.digest(bytes.fromhex(salt), f"{schema_version} {payload}".encode(), "sha256").hex()


def _times_of(event: Any) -> _Times:
    """Return an event's times; one that lies outside the years 1 to 9999 in UTC is unknown."""
    try:
        content = json.loads(event.payload)
        return _Times(_in_utc(content["occurred_at"]), _in_utc(content["recorded_at"]))
    except (ValueError, KeyError, TypeError) as error:
        raise SchemaMismatch(f"event {event.id!r} as stored cannot be read; compare with a backup") from error


def _in_utc(instant: str) -> str:
    try:
        moment = datetime.fromisoformat(instant).astimezone(UTC)
    except OverflowError:
        return ""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
