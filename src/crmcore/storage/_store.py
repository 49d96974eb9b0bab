"""A store over any tables: one tenant, one unit of work at a time for each thread, clear errors on misuse."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from contextlib import contextmanager
from threading import get_ident
from typing import TYPE_CHECKING, Self, TypeVar

from crmcore.errors import InputError, NotFound, StoreClosed, UnitMisuse
from crmcore.model.record import Record
from crmcore.ports import StoredEvent
from crmcore.storage._reading import PAGE, fetch, lookup, walk
from crmcore.storage._unit import Unit
from crmcore.storage._values import text_fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from crmcore.ports import UnitOfWork
    from crmcore.storage._rows import RecordRow, Tables, ToldRow, WritableTables
    from crmcore.storage.codec import Codec

__all__ = ["TenantStore"]

R = TypeVar("R", bound=Record)

_TENANT = re.compile(r"[\x21-\x7e]{1,100}")


class TenantStore(ABC):
    """What MemoryStore and SqlStore share: everything but the tables."""

    def __init__(self, *, tenant: str, codec: Codec) -> None:
        if not _TENANT.fullmatch(tenant):
            raise InputError(f"a tenant is named by 1 to 100 printable ASCII characters without blanks, not {tenant!a}")
        self._tenant = tenant
        self._codec = codec
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

    def get(self, kind: type[R], id: str) -> R:  # noqa: A002 - the field's own name
        """Return the record; raise NotFound."""
        with self._reader(kind) as tables:
            record, _ = fetch(tables, self._codec, kind, id)
        if record is None:
            raise NotFound(kind.kind, id)
        return record

    def find(self, kind: type[R], field: str, value: str) -> Sequence[R]:
        """Return the records with the lookup key (*field*, *value*), by id."""
        with self._reader(kind) as tables:
            return lookup(tables, self._codec, kind, field, value)

    def stream(self, kind: type[R], *, after: str = "") -> Iterator[R]:
        """Yield all records of the kind past *after*, by id; between pages of 500 nothing is held open."""

        def page(last: str) -> Sequence[RecordRow]:
            with self._reader(kind) as tables:
                return tables.page(kind.kind, last, PAGE)

        return walk(self._codec, kind, after, page, self._check_open)

    def events(
        self,
        kind: type[Record] | None = None,
        id: str | None = None,  # noqa: A002 - the field's own name
        *,
        after: int = 0,
    ) -> Iterator[StoredEvent]:
        """Yield what happened, in order, past number *after*: all of it, that of a kind, or that of one record."""
        if kind is None and id is not None:
            raise InputError("an id alone names no record; give events() its kind too")
        if id is not None and text_fault(id):
            return
        while rows := self._told(after, kind, id):
            for row in rows:
                self._check_open()
                event = self._codec.decode_event(row.payload)
                yield StoredEvent(seq=row.seq, unit=row.unit, actor=row.actor, reason=row.reason, event=event)
            after = rows[-1].seq

    def _told(self, after: int, kind: type[Record] | None, id_: str | None) -> Sequence[ToldRow]:
        with self._reader(kind) as tables:
            return tables.told(after, PAGE, None if kind is None else kind.kind, id_)

    @contextmanager
    def unit(self, *, actor: str, reason: str = "") -> Iterator[UnitOfWork]:
        """Begin a unit of work; leaving the block commits it, an exception undoes it."""
        self._check_idle("begin a unit of work")
        for word, value in (("actor", actor), ("reason", reason)):
            if fault := text_fault(value):
                raise InputError(f"the {word} of a unit of work: {fault}")
        if not actor:
            raise InputError("a unit of work says who acts: give an actor")
        owner = get_ident()
        self._units.add(owner)
        try:
            with self._writing() as tables:
                unit = Unit(tables, self._codec, actor=actor, reason=reason)
                try:
                    yield unit
                    unit.finish()
                finally:
                    unit.end()
        finally:
            self._units.discard(owner)

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

        Tables are named ``record``, ``key``, ``unit`` and ``event``; the tenant is left out, so that equal states of
        two tenants are equal. Read it to its end: some stores hold a snapshot meanwhile.
        """
        with self._reader(None, snapshot=True) as tables:
            yield from tables.everything()

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
            yield tables

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
        """Give the tables to one unit of work; commit them when the block ends well, else undo."""

    @abstractmethod
    def _release(self) -> None:
        """Let go of connections or memory."""
