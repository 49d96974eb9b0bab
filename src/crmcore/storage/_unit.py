"""A unit of work over any tables: guards its use, gathers changes, numbers events."""

from __future__ import annotations

import os
from contextlib import contextmanager
from threading import get_ident
from typing import TYPE_CHECKING, TypeVar

from crmcore.errors import Conflict, InputError, NotFound, StoreClosed, StoreError, UnitMisuse
from crmcore.model.record import Record
from crmcore.storage._pending import Pending
from crmcore.storage._reading import PAGE, fetch, lookup, walk
from crmcore.storage._rows import Head, State, UnitRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmcore.model.events import Event
    from crmcore.storage._rows import EventRow, RecordRow, WritableTables
    from crmcore.storage.codec import Codec

__all__ = ["Unit"]

R = TypeVar("R", bound=Record)

BATCH = 1000
"""Events that are gathered before they are written."""


class Unit:
    """The one adapter of :class:`crmcore.ports.UnitOfWork`, for every kind of table."""

    def __init__(self, tables: WritableTables, codec: Codec, *, actor: str, reason: str) -> None:
        self._tables = tables
        self._codec = codec
        self._actor = actor
        self._reason = reason
        self._owner = (os.getpid(), get_ident())
        self._pending = Pending(tables, codec)
        self._events: dict[str, tuple[Event, EventRow]] = {}
        self._head: Head | None = None
        self._ended = False
        self._failure: BaseException | None = None

    def get(self, kind: type[R], id: str) -> R:  # noqa: A002 - the field's own name
        """Return the record as this unit sees it; raise NotFound."""
        with self._working(kind, id):
            record, version = fetch(self._tables, self._codec, kind, id)
            self._pending.saw(kind.kind, id, State(version, live=record is not None))
        if record is None:
            raise NotFound(kind.kind, id)
        return record

    def find(self, kind: type[R], field: str, value: str) -> Sequence[R]:
        """Return the records with the lookup key, by id."""
        with self._working(kind):
            return lookup(self._tables, self._codec, kind, field, value)

    def stream(self, kind: type[R], *, after: str = "") -> Iterator[R]:
        """Yield all records of the kind past *after*, by id; changes of this unit come if their id is still ahead."""

        def page(last: str) -> Sequence[RecordRow]:
            with self._working(kind):
                return self._tables.page(kind.kind, last, PAGE)

        return walk(self._codec, kind, after, page, self._check_usable)

    def put(self, record: R) -> R:
        """Write the record over the version that it carries; return it with its new version."""
        self._check_usable()
        with self._fatal():
            self._pending.put(record)
        return record.model_copy(update={"version": record.version + 1})

    def remove(self, record: R) -> R:
        """Take the record away; return it with the version that a put needs to bring it back."""
        self._check_usable()
        with self._fatal():
            self._pending.remove(record)
        return record.model_copy(update={"version": record.version + 1})

    def emit(self, event: Event) -> None:
        """Tell what happened, in the same commit."""
        self._check_usable()
        row = self._codec.encode_event(event, seq=0, unit=0)
        with self._fatal():
            if (twin := self._events.get(event.id)) is not None:
                raise _told_twice(event, twin[0])
            self._events[event.id] = (event, row)
            if len(self._events) >= BATCH:
                self._tell()

    def finish(self) -> None:
        """Write what is left; the caller commits. A unit that failed before raises its failure again."""
        if isinstance(self._failure, StoreError):
            raise self._failure
        self._check_usable()
        self._pending.flush()
        if self._events or (self._pending.touched and self._head is None):
            self._tell()

    def end(self) -> None:
        """Refuse any further use."""
        self._ended = True

    def _tell(self) -> None:
        if repeated := self._tables.known_events(list(self._events)):
            twice = next(event for event, _ in self._events.values() if event.id in repeated)
            raise _told_twice(twice, None)
        first = self._head is None
        head = self._tables.head() if self._head is None else self._head
        number = head.unit + 1 if first else head.unit
        rows = [
            row._replace(seq=seq, unit=number) for seq, (_, row) in enumerate(self._events.values(), start=head.seq + 1)
        ]
        self._head = Head(number, head.seq + len(rows))
        self._tables.append(UnitRow(number, self._actor, self._reason) if first else None, rows, self._head)
        self._events.clear()

    @contextmanager
    def _working(self, kind: type[Record], id_: str | None = None) -> Iterator[None]:
        self._check_usable()
        self._codec.check_kind(kind)
        with self._fatal():
            if id_ is None or self._pending.holds(kind.kind, id_):
                self._pending.flush()
            yield

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


def _told_twice(event: Event, stored: Event | None) -> Conflict:
    return Conflict(kind="event", id=event.id, expected=0, actual=1, stored=stored, offered=event)
