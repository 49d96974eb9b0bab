"""A unit of work over any tables: guards its use, gathers changes, numbers and hashes what it tells."""

from __future__ import annotations

import os
from contextlib import contextmanager
from threading import get_ident
from typing import TYPE_CHECKING, TypeVar

from crmcore.errors import Conflict, InputError, NotFound, StoreClosed, StoreError, UnitMisuse
from crmcore.model.record import Record
from crmcore.storage._chain import SALT, UnitHash, content_digest
from crmcore.storage._faults import point
from crmcore.storage._pending import Pending, State
from crmcore.storage._reading import counted, fetch, seek, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crmcore.model.events import Event
    from crmcore.ports import Clock, Entropy, Page
    from crmcore.query import Asking, Expression
    from crmcore.storage._rows import EventRow, Head, Tables, UnitRow, WritableTables
    from crmcore.storage.codec import Codec

__all__ = ["Unit"]

R = TypeVar("R", bound=Record)

BATCH = 1000
"""Events that are gathered before they are written."""


class Unit:
    """The one adapter of :class:`crmcore.ports.UnitOfWork`, for every kind of table."""

    def __init__(
        self,
        tables: WritableTables,
        codec: Codec,
        *,
        row: UnitRow,
        head: Head,
        entropy: Entropy,
        clock: Clock,
        asking: Asking,
    ) -> None:
        self._tables = tables
        self._codec = codec
        self._entropy = entropy
        self._clock = clock
        self._asking = asking
        self._row = row
        self._head = head
        self._hash = UnitHash(head.hash)
        self._owner = (os.getpid(), get_ident())
        self._pending = Pending(tables, codec, entropy)
        self._events: dict[str, tuple[Event, EventRow]] = {}
        self._begun = False
        self._ended = False
        self._failure: BaseException | None = None

    @property
    def number(self) -> int:
        """The number that it gets when it is committed."""
        return self._row.number

    def get(self, kind: type[R], id: str) -> R:  # noqa: A002 - the field's own name
        """Return the record as this unit sees it; raise NotFound."""
        with self._working(kind, id):
            record, version = fetch(self._tables, self._codec, kind, id)
            self._pending.saw(kind.kind, id, State(version, live=record is not None))
        if record is None:
            raise NotFound(kind.kind, id)
        return record

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
        """Return one page of the records for which *where* is true, as this unit sees them."""
        with self._asked(kind, where):
            return seek(
                self._tables,
                self._codec,
                kind,
                where,
                self._asking,
                self._clock.now(),
                words=words,
                order_by=order_by,
                limit=limit,
                after=after,
            )

    def stream(self, kind: type[R], where: Expression | None = None, *, after: str = "") -> Iterator[R]:
        """Yield all records of the kind, by id; changes of this unit come if their id is still ahead."""
        now = self._clock.now()
        return walk(
            self._codec, kind, where, self._asking, now, after, lambda: self._asked(kind, where), self._check_usable
        )

    def count(self, kind: type[Record], where: Expression | None = None, *, words: str = "") -> int:
        """Return how many records of the kind there are for which *where* is true, as this unit sees them."""
        with self._asked(kind, where):
            return counted(self._tables, self._codec, kind, where, self._asking, self._clock.now(), words)

    def put(self, record: R) -> R:
        """Write the record over the version that it carries; return it with its new version."""
        self._change(self._pending.put, record)
        return _next(record)

    def remove(self, record: R) -> R:
        """Take the record away; return it with the version that a put needs to bring it back."""
        self._change(self._pending.remove, record)
        return _next(record)

    def emit(self, event: Event) -> None:
        """Tell what happened, in the same commit."""
        self._check_usable()
        row = self._codec.encode_event(event, salt=self._entropy(SALT).hex())
        with self._fatal():
            if (twin := self._events.get(event.id)) is not None:
                raise _told_twice(event, twin[0])
            self._events[event.id] = (event, row)
            if len(self._events) >= BATCH:
                self._tell()

    def finish(self) -> UnitRow | None:
        """Write what is left, and return the unit's row, None where it did nothing; the caller commits.

        A unit that failed before raises its failure again.
        """
        if isinstance(self._failure, StoreError):
            raise self._failure
        self._check_usable()
        self._write()
        self._tell()
        if not self._begun and self._row.key is None:
            return None
        self._begin()
        row = self._row._replace(hash=self._hash.of(self._row))
        self._head = self._head._replace(unit=row.number, recorded_at=row.recorded_at, hash=row.hash)
        point("unit.before_tell")
        self._tables.finish_unit(row, self._head)
        point("unit.after_tell")
        return row

    def end(self) -> None:
        """Refuse any further use."""
        self._ended = True

    def _begin(self) -> None:
        if not self._begun:
            self._tables.begin_unit(self._row)
            self._begun = True

    def _write(self) -> None:
        """Write the gathered changes and their history."""
        if self._pending.is_empty:
            return
        rows = self._pending.flush(unit=self._row.number, first=self._head.change + 1)
        self._begin()
        for row in rows:
            self._hash.add_change(row)
        self._tables.add_changes(rows)
        self._head = self._head._replace(change=self._head.change + len(rows))

    def _tell(self) -> None:
        """Write the gathered events."""
        if not self._events:
            return
        if repeated := self._tables.known_events(list(self._events)):
            twice = next(event for event, _ in self._events.values() if event.id in repeated)
            raise _told_twice(twice, None)
        self._begin()
        rows: list[EventRow] = []
        told = self._codec.sealed_events(self._tables, [row for _, row in self._events.values()])
        for seq, row in enumerate(told, start=self._head.event + 1):
            numbered = row._replace(seq=seq, unit=self._row.number, digest=content_digest(row.salt, row.payload))
            self._hash.add_event(numbered)
            rows.append(numbered)
        self._tables.add_events(rows)
        self._head = self._head._replace(event=self._head.event + len(rows))
        self._events.clear()

    @contextmanager
    def _working(self, kind: type[Record], id_: str | None = None) -> Iterator[None]:
        self._check_usable()
        self._codec.check_kind(kind)
        with self._fatal():
            if id_ is None or self._pending.holds(kind.kind, id_):
                self._write()
            yield

    @contextmanager
    def _asked(self, kind: type[Record], where: Expression | None) -> Iterator[Tables]:
        """Give the tables to a question; events that it may ask for are written before."""
        with self._working(kind):
            if where is not None and self._events:
                self._tell()
            yield self._tables

    def _change(self, gather: Callable[[Record], None], record: Record) -> None:
        self._check_usable()
        try:  # what `_fatal` does; entering it costs as much as gathering
            gather(record)
            if self._pending.is_full:
                self._write()
        except InputError:
            raise
        except BaseException as error:
            self._failure = error
            raise

    @contextmanager
    def _fatal(self) -> Iterator[None]:
        """End the unit on any failure but bad input: what had gathered may be half written, to be undone."""
        try:
            yield
        except InputError:
            raise
        except BaseException as error:
            self._failure = error
            raise

    def _check_usable(self) -> None:
        if self._owner != (os.getpid(), get_ident()):
            raise UnitMisuse("a unit of work belongs to the thread that began it; begin another one here")
        if self._ended:
            raise StoreClosed("this unit of work is over; begin another with store.unit(...)")
        if self._failure is not None:
            raise StoreClosed(
                f"this unit of work failed and is undone; begin another. It failed with: {self._failure!r}"
            ) from self._failure


def _next(record: R) -> R:
    """Return the record with its next version: a copy like pydantic's own, at a third of its price."""
    cls = type(record)
    copy = cls.__new__(cls)
    fill = object.__setattr__
    fill(copy, "__dict__", {**record.__dict__, "version": record.version + 1})
    fill(copy, "__pydantic_fields_set__", {*record.__pydantic_fields_set__, "version"})
    fill(copy, "__pydantic_extra__", record.__pydantic_extra__)
    fill(copy, "__pydantic_private__", record.__pydantic_private__)
    return copy


def _told_twice(event: Event, stored: Event | None) -> Conflict:
    return Conflict(kind="event", id=event.id, expected=0, actual=1, stored=stored, offered=event)
