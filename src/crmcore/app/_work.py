"""One unit of work on hiring: what it reads, writes and tells, on one occasion."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import attrs
from pydantic import ValidationError

from crmcore.errors import Conflict, InputError
from crmcore.model.occasion import Occasion
from crmcore.query.moments import utc_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.record import Record
    from crmcore.ports import Clock, NewId, Reader, Store, UnitOfWork

__all__ = ["Work", "Working", "as_input", "read", "stored"]

R = TypeVar("R", bound="Record")


@attrs.frozen(kw_only=True, eq=False)
class Work:
    """A unit of work, and the occasion on which it happens."""

    unit: UnitOfWork
    on: Occasion
    new_id: NewId

    def read(self, kind: type[R], one: R | str) -> R:
        """Return the record as it was handed in, so that an old copy is refused when it is put, or as it is stored."""
        return read(self.unit, kind, one)

    def latest(self, kind: type[R], one: R | str) -> R:
        """Return the record that is to be changed; an old copy is refused before anything is concluded from it.

        Raises:
            Conflict: it was changed since it was read.
            NotFound: it is not there any more.

        """
        held = self.read(kind, one)
        if held is one and held.version:
            now = self.unit.get(kind, held.id)
            if now.version != held.version:
                raise Conflict(
                    kind=kind.kind,
                    id=held.id,
                    expected=held.version,
                    actual=now.version,
                    stored=now,
                    offered=held,
                )
        return held

    def told(self, changed: tuple[R, Event]) -> R:
        """Write a change and tell of it."""
        record, event = changed
        self.unit.emit(event)
        return self.unit.put(record)

    def all_told(self, changed: Iterable[Record], events: Iterable[Event]) -> None:
        """Write several changes and tell of them."""
        for record in changed:
            self.unit.put(record)
        for event in events:
            self.unit.emit(event)

    def next(self) -> Occasion:
        """Return the occasion for one more event."""
        return attrs.evolve(self.on, event_id=self.new_id())


def read(reader: Reader, kind: type[R], one: R | str) -> R:
    """Return a record that was handed in, or the stored one of its id.

    Raises:
        InputError: it is neither a record of that kind nor an id.
        NotFound: nothing of that kind has the id.

    """
    if isinstance(one, str):
        return reader.get(kind, one)
    if not isinstance(one, kind):
        raise InputError(f"{kind.kind}: pass one as it was read, or its id, not {type(one).__name__}")
    return one


def stored(reader: Reader, kind: type[R], one: R | str) -> R:
    """Return a record as it is stored now, however old the copy that was handed in; raise as `read` does."""
    return reader.get(kind, one if isinstance(one, str) else read(reader, kind, one).id)


@attrs.frozen(kw_only=True, eq=False)
class Working:
    """What the database and the views of its records have in common: the ports by which they work."""

    store: Store
    clock: Clock
    new_id: NewId

    def _when(self, at: datetime | None) -> datetime:
        """Return the instant that is meant: now where none is given; InputError for what is none."""
        return utc_or_none(at) or self.clock.now()

    @contextmanager
    def _work(self, actor: str, reason: str = "", at: datetime | None = None) -> Iterator[Work]:
        """Begin a unit of work by *actor*; *at*: when it happened, where that is not now.

        Raises:
            InputError: the actor, the reason or the instant is none; or what the verb was given makes no record.

        """
        for name, text in (("actor", actor), ("reason", reason)):
            if not isinstance(text, str):
                raise InputError(f"{name} is a text, not {type(text).__name__}")
        at = utc_or_none(at)
        now = self.clock.now()
        on = Occasion(event_id=self.new_id(), at=at or now, actor=actor, recorded_at=now, reason=reason)
        with as_input(), self.store.unit(actor=actor, reason=reason, occurred_at=at) as unit:
            yield Work(unit=unit, on=on, new_id=self.new_id)


@contextmanager
def as_input() -> Iterator[None]:
    """Let what makes no record be InputError, with the fields that are wrong, never with what was in them."""
    try:
        yield
    except ValidationError as error:
        raise InputError(_told(error)) from error


def _told(error: ValidationError) -> str:
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    told = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'all of it'}: {fault['msg']}" for fault in faults)
    return f"{error.title} cannot be so: {told}"
