"""What was: the history of one tenant, over any tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from crmcore._numbers import whole_number
from crmcore.errors import InputError
from crmcore.model.record import Record
from crmcore.ports import Action, Checkpoint, RecordVersion, StoredChange, StoredEvent, StoredUnit
from crmcore.storage._as_of import HeldReader, HindsightReader
from crmcore.storage._instants import text_of
from crmcore.storage._reading import PAGE
from crmcore.storage._told import event_of, stored_unit, units_of
from crmcore.storage._values import text_fault
from crmcore.storage._verifying import verified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from crmcore.ports import Reader
    from crmcore.query import Asking
    from crmcore.storage._rows import ChangeRow, EventRow, RecordRow, Tables, UnitRow
    from crmcore.storage.codec import Codec

__all__ = ["TenantHistory", "stored_event"]

R = TypeVar("R", bound=Record)
Row = TypeVar("Row", "ChangeRow", "EventRow")


def stored_event(codec: Codec, row: EventRow, unit: StoredUnit) -> StoredEvent:
    """Return an event as the port shows it."""
    return StoredEvent(seq=row.seq, unit=unit, event=event_of(codec, row, unit))


class TenantHistory:
    """The one adapter of :class:`crmcore.ports.History`."""

    def __init__(
        self,
        codec: Codec,
        reading: Callable[..., AbstractContextManager[Tables]],
        check: Callable[[], None],
        asking: Asking,
    ) -> None:
        """Read through *reading*, which gives committed tables; *check* raises when the store is closed."""
        self._asking = asking
        self._codec = codec
        self._reading = reading
        self._check = check

    def units(self, *, after: int = 0) -> Iterator[StoredUnit]:
        """Yield the committed units of work past number *after*, in order."""
        after = _place(after)
        while rows := self._page(after):
            for row in rows:
                self._check()
                yield stored_unit(row)
            after = rows[-1].number

    def changes(
        self,
        kind: type[Record] | None = None,
        id: str | None = None,  # noqa: A002 - the field's own name
        *,
        after: int = 0,
    ) -> Iterator[StoredChange]:
        """Yield the changes past number *after*, in order: all, those of a kind, or those of one record."""
        wanted, after = self._wanted(kind, id), _place(after)

        def ask(tables: Tables, last: int) -> Sequence[ChangeRow]:
            return () if wanted is None else tables.changes(last, PAGE, *wanted)

        for row, unit in self._told(ask, after):
            yield _change(row, unit)

    def events(
        self,
        kind: type[Record] | None = None,
        id: str | None = None,  # noqa: A002 - the field's own name
        *,
        after: int = 0,
    ) -> Iterator[StoredEvent]:
        """Yield what happened, in order, past number *after*: all of it, that of a kind, or that of one record."""
        wanted, after = self._wanted(kind, id), _place(after)

        def ask(tables: Tables, last: int) -> Sequence[EventRow]:
            return () if wanted is None else tables.told(last, PAGE, *wanted)

        for row, unit in self._told(ask, after):
            yield stored_event(self._codec, row, unit)

    def versions(self, kind: type[R], id: str) -> Sequence[RecordVersion[R]]:  # noqa: A002 - the field's own name
        """Return every state of a record that was recorded, oldest first."""
        self._codec.check_kind(kind)
        if text_fault(id):
            return ()
        with self._reading(kind, snapshot=True) as tables:
            trail = tables.trail(kind.kind, id)
            now = tables.rows(kind.kind, [id]).get(id)
            units = units_of(tables, trail)
        states = [*(row.replaced("") for row in trail[1:]), now]
        return tuple(
            RecordVersion(change=_change(row, units[row.unit]), record=self._decoded(kind, state))
            for row, state in zip(trail, states, strict=False)
        )

    def as_of(self, instant: datetime, *, in_hindsight: bool = False) -> Reader:
        """Return a reader of the state at an instant."""
        at = text_of(instant)
        if in_hindsight:
            return HindsightReader(self._codec, self._reading, self._check, self._asking, instant)
        with self._reading(None) as tables:
            unit = tables.last_unit(at)
        return HeldReader(self._codec, self._reading, self._check, self._asking, instant, unit=unit)

    def verify(self, *, since: Checkpoint | None = None) -> Checkpoint:
        """Check every hash from the first unit to the last."""
        with self._reading(None, snapshot=True) as tables:
            return verified(tables, since)

    def _decoded(self, kind: type[R], row: RecordRow | None) -> R | None:
        return None if row is None or row.payload is None else self._codec.decode(kind, row)

    def _wanted(self, kind: type[Record] | None, id_: str | None) -> tuple[str | None, str | None] | None:
        """Return what to ask for, or None where nothing can match."""
        if kind is None and id_ is not None:
            raise InputError("an id alone names no record; give its kind too")
        if kind is not None:
            self._codec.check_kind(kind)
        return None if id_ is not None and text_fault(id_) else (None if kind is None else kind.kind, id_)

    def _page(self, after: int) -> Sequence[UnitRow]:
        with self._reading(None) as tables:
            return tables.units(after, PAGE)

    def _told(self, ask: Callable[[Tables, int], Sequence[Row]], after: int) -> Iterator[tuple[Row, StoredUnit]]:
        """Yield the rows past a number, each with its unit; page by page, so that nothing is held open in between."""
        while True:
            with self._reading(None) as tables:
                rows = ask(tables, after)
                told = units_of(tables, rows)
            if not rows:
                return
            for row in rows:
                self._check()
                yield row, told[row.unit]
            after = rows[-1].seq


def _place(after: int) -> int:
    return whole_number(after, of="a place in the history")


def _change(row: ChangeRow, unit: StoredUnit) -> StoredChange:
    return StoredChange(
        seq=row.seq, unit=unit, kind=row.kind, id=row.id, version=row.version, action=Action(row.action)
    )
