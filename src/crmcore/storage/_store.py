"""A store over any tables: one tenant, one unit of work at a time for each thread, clear errors on misuse."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from contextlib import contextmanager
from threading import get_ident
from typing import TYPE_CHECKING, Self, TypeVar

from crmcore.errors import AlreadyDone, InputError, NotFound, StoreClosed, UnitMisuse
from crmcore.model.record import Record
from crmcore.query import Asking
from crmcore.storage._faults import point
from crmcore.storage._history import TenantHistory
from crmcore.storage._instants import text_of
from crmcore.storage._loading import fill
from crmcore.storage._outbox import TenantOutbox
from crmcore.storage._reading import counted, fetch, seek, walk
from crmcore.storage._rows import UnitRow
from crmcore.storage._sealing_guard import guarded
from crmcore.storage._told import stored_unit
from crmcore.storage._unit import Unit
from crmcore.storage._values import text_fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from crmcore.ports import Clock, Entropy, Page, UnitOfWork
    from crmcore.query import Expression
    from crmcore.storage._outbox_rows import OutboxTables
    from crmcore.storage._rows import Head, LoadableTables, Tables, WritableTables
    from crmcore.storage.codec import Codec
    from crmcore.storage.sealing import Sealing

__all__ = ["TenantStore"]

R = TypeVar("R", bound=Record)

LONGEST_KEY = 200
SECRET = 32
"""Random bytes that a tenant's cursors are signed with."""

_TENANT = re.compile(r"[\x21-\x7e]{1,100}")


class TenantStore(ABC):
    """What MemoryStore and SqlStore share: everything but the tables."""

    def __init__(
        self,
        *,
        tenant: str,
        codec: Codec,
        clock: Clock,
        entropy: Entropy,
        sealing: Sealing | None = None,
        asking: Asking | None = None,
    ) -> None:
        if not _TENANT.fullmatch(tenant):
            raise InputError(f"a tenant is named by 1 to 100 printable ASCII characters without blanks, not {tenant!a}")
        self._tenant = tenant
        self._seals, self._codec = guarded(sealing, tenant=tenant, codec=codec, entropy=entropy)
        self._clock = clock
        self._entropy = entropy
        self._asking = asking or Asking()
        self._process = os.getpid()
        self._units: set[int] = set()
        self._closed = False

    @property
    def tenant(self) -> str:
        """The tenant that this store was opened for."""
        return self._tenant

    @property
    def codec(self) -> Codec:
        """Which kinds it keeps, and how they are written down."""
        return self._codec

    @property
    def history(self) -> TenantHistory:
        """What was, who changed it and why."""
        return TenantHistory(self._codec, self._reader, self._check_open, self._asking)

    @property
    def outbox(self) -> TenantOutbox:
        """The events that wait for consumers."""
        return TenantOutbox(self._codec, self._clock, self._entropy, self._outbox_tables, self._check_idle)

    def get(self, kind: type[R], id: str) -> R:  # noqa: A002 - the field's own name
        """Return the record; raise NotFound."""
        with self._reader(kind) as tables:
            record, _ = fetch(tables, self._codec, kind, id)
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
        """Return one page of the records for which *where* is true."""
        with self._reader(kind) as tables:
            return seek(
                tables,
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
        """Yield all records of the kind for which *where* is true, by id; nothing is held open between pages."""
        now = self._clock.now()
        return walk(self._codec, kind, where, self._asking, now, after, lambda: self._reader(kind), self._check_open)

    def count(self, kind: type[Record], where: Expression | None = None, *, words: str = "") -> int:
        """Return how many records of the kind there are for which *where* is true, and that have the words."""
        with self._reader(kind) as tables:
            return counted(tables, self._codec, kind, where, self._asking, self._clock.now(), words)

    @contextmanager
    def unit(
        self,
        *,
        actor: str,
        reason: str = "",
        source: str = "",
        key: str | None = None,
        occurred_at: datetime | None = None,
    ) -> Iterator[UnitOfWork]:
        """Begin a unit of work; leaving the block commits it, an exception undoes it."""
        self._check_idle("begin a unit of work")
        _check_words(actor=actor, reason=reason, source=source, key=key)
        happened = None if occurred_at is None else text_of(occurred_at)
        owner = get_ident()
        self._units.add(owner)
        try:
            with self._writing() as tables:
                head = tables.begin(self._entropy(SECRET))
                tables = self._seals.within(tables, head)  # noqa: PLW2901 - the same, seen through the guard
                if key is not None and (done := tables.unit_with_key(key)) is not None:
                    raise AlreadyDone(stored_unit(done))
                row = self._begun(head, UnitRow(head.unit + 1, actor, reason, source, key, happened or "", "", ""))
                unit = Unit(
                    tables,
                    self._codec,
                    row=row,
                    head=head,
                    entropy=self._entropy,
                    clock=self._clock,
                    asking=self._asking,
                )
                point("unit.begun")
                try:
                    yield unit
                    unit.finish()
                finally:
                    unit.end()
                point("unit.before_commit")
            point("unit.after_commit")
        finally:
            self._units.discard(owner)

    def _begun(self, head: Head, row: UnitRow) -> UnitRow:
        """Date a unit: never before the one that it follows, whatever the clock did."""
        now = text_of(self._clock.now())
        if row.occurred_at > now:
            raise InputError(f"{row.occurred_at} is still to come; a unit tells what has happened, now or before")
        return row._replace(occurred_at=row.occurred_at or now, recorded_at=max(now, head.recorded_at))

    def close(self) -> None:
        """Release what the store holds; a second call does nothing."""
        if self._closed:
            return
        if self._units and self._process == os.getpid():
            raise UnitMisuse("a unit of work is open; leave its block, then close the store")
        self._closed = True
        self._release()

    def state(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Yield (table, row) for all that is kept, in one fixed order, as of one moment.

        Tables are named ``unit``, ``record``, ``claim``, ``change``, ``event``, ``consumer`` and ``delivery``; the
        tenant is left out, so that equal states of two tenants are equal. Read it to its end: some stores hold a
        snapshot meanwhile.
        """
        with self._reader(None, snapshot=True) as tables:
            yield from tables.everything()

    def load(self, state: Iterable[tuple[str, tuple[object, ...]]]) -> str:
        """Fill this store, which keeps nothing yet, with the state of another; return its logical digest.

        All of it comes in, in one transaction, or nothing; memory does not grow with it.

        Raises:
            NotEmpty: something is kept here already; nothing was touched.
            SchemaMismatch: a kind that the codec does not know, or a newer one.

        """
        self._check_idle("fill the store")
        owner = get_ident()
        self._units.add(owner)
        try:
            with self._loading() as tables:
                secret = self._entropy(SECRET)
                digest = fill(self._seals.loading(tables), state, codec=self._codec, secret=secret, tenant=self._tenant)
            point("load.after_commit")
        finally:
            self._units.discard(owner)
        return digest

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _reader(self, kind: type[Record] | None, *, snapshot: bool = False) -> Iterator[Tables]:
        self._check_idle("read the store")
        if kind is not None:
            self._codec.check_kind(kind)
        with self._reading(snapshot=snapshot) as tables:
            yield self._seals.over(tables)

    @contextmanager
    def _outbox_tables(self, *, writes: bool) -> Iterator[OutboxTables]:
        with self._delivering(writes=writes) as tables:
            yield self._seals.over(tables)

    def _check_open(self) -> None:
        if self._process != os.getpid():
            raise UnitMisuse("this store was opened by another process; open it again in this one")
        if self._closed:
            raise StoreClosed("this store is closed; open it again")

    def _check_idle(self, wish: str) -> None:
        self._check_open()
        if get_ident() in self._units:
            raise UnitMisuse(f"cannot {wish} inside a unit of work of the same thread; use that unit")

    @abstractmethod
    def _reading(self, *, snapshot: bool) -> AbstractContextManager[Tables]:
        """Give the tables as they are committed; with *snapshot*, all as of one moment."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[WritableTables]:
        """Give the tables to one writer; commit them when the block ends well, else undo."""

    @abstractmethod
    def _loading(self) -> AbstractContextManager[LoadableTables]:
        """Give the tables of an empty tenant to be filled; commit them when the block ends well, else undo."""

    @abstractmethod
    def _delivering(self, *, writes: bool) -> AbstractContextManager[OutboxTables]:
        """Give the tables of the outbox in a short transaction; commit it when the block ends well, else undo."""

    @abstractmethod
    def _release(self) -> None:
        """Let go of connections or memory."""


def _check_words(*, actor: str, reason: str, source: str, key: str | None) -> None:
    for word, value in (("actor", actor), ("reason", reason), ("source", source), ("key", key or "")):
        if fault := text_fault(value):
            raise InputError(f"the {word} of a unit of work: {fault}")
    if not actor:
        raise InputError("a unit of work says who acts: give an actor")
    if key is not None and not 1 <= len(key) <= LONGEST_KEY:
        raise InputError(f"an idempotency key has 1 to {LONGEST_KEY} letters, not {len(key)}")
