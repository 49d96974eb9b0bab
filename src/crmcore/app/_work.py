"""One unit of work on hiring: what it reads, writes and tells, on one occasion."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import attrs

from crmcore.model.occasion import Occasion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.record import Record
    from crmcore.ports import Clock, NewId, Store, UnitOfWork

__all__ = ["Work", "at_work"]

R = TypeVar("R", bound="Record")


@attrs.frozen(kw_only=True, eq=False)
class Work:
    """A unit of work, and the occasion on which it happens."""

    unit: UnitOfWork
    on: Occasion
    new_id: NewId

    def read(self, kind: type[R], one: R | str) -> R:
        """Return the record as it was handed in, so that an old copy is refused when it is put, or as it is stored."""
        return self.unit.get(kind, one) if isinstance(one, str) else one

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


@contextmanager
def at_work(
    store: Store, *, clock: Clock, new_id: NewId, actor: str, reason: str = "", at: datetime | None = None
) -> Iterator[Work]:
    """Begin a unit of work by *actor*; *at*: when it happened, where that is not now."""
    now = clock.now()
    on = Occasion(event_id=new_id(), at=at or now, actor=actor, recorded_at=now, reason=reason)
    with store.unit(actor=actor, reason=reason, occurred_at=at) as unit:
        yield Work(unit=unit, on=on, new_id=new_id)
