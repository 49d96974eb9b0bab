"""The rows that the outbox keeps, and the few moves that a kind of table must know.

A consumer has at most one delivery of a record in hand. So each record is a queue of its own, and only the first
of a queue is `DUE`; the rest stand `BEHIND` and cost a claim nothing, however many they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from crmcore.storage._rows import EventRow, Head, KeyRow, UnitRow

__all__ = ["AT_ONCE", "BEHIND", "DEAD", "DUE", "FREE", "ConsumerRow", "DeliveryRow", "OutboxTables"]

DUE = "due"
"""First of its record: to be leased as soon as it is time."""
BEHIND = "behind"
"""An earlier one of the record is not settled yet."""
DEAD = "dead"
"""Laid aside; nobody waits for it."""

AT_ONCE = ""
"""Due whatever the clock says: before every instant."""
FREE = 0
"""The fence of a delivery that no worker holds."""


class ConsumerRow(NamedTuple):
    """How far a consumer has come."""

    consumer: str
    position: int
    """The last event that has a delivery, or had one."""
    fence: int
    """The last number given to a lease."""


class DeliveryRow(NamedTuple):
    """One event that a consumer has not settled."""

    consumer: str
    seq: int
    subject_kind: str
    subject_id: str
    state: str
    due_at: str
    """When it may be leased: at once, at the time of a retry, or when the lease runs out."""
    fence: int
    """Of the lease, run out or not; FREE where nobody has it."""
    attempts: int
    """Leases so far."""
    error: str


class OutboxTables(Protocol):
    """One tenant's events and deliveries, within one transaction."""

    def head_now(self) -> Head | None:
        """Return the last numbers given out; None before the first unit."""
        ...

    def data_keys(self, ids: Sequence[str]) -> Mapping[str, KeyRow]:
        """Return the data keys of those ids."""
        ...

    def tenant_key(self) -> KeyRow | None:
        """Return the tenant's own key; None where its records are not sealed."""
        ...

    def consumer(self, name: str, *, hold: bool = True) -> ConsumerRow | None:
        """Return how far a consumer has come, and hold off the others that ask to; None where it is new."""
        ...

    def found(self, name: str, position: int | None, secret: bytes) -> ConsumerRow:
        """Add a consumer that begins past that event, None: past the last; a new tenant lays down the secret."""
        ...

    def last_event(self) -> int:
        """Return the number of the last event that is committed; 0 where there is none."""
        ...

    def pull(self, consumer: str, after: int, upto: int) -> None:
        """Add deliveries of the events past *after*, due where nothing of the record is due or behind."""
        ...

    def due(self, consumer: str, since: str, until: str, limit: int) -> Sequence[DeliveryRow]:
        """Return the first that are due from *since* to *until*, by time and number."""
        ...

    def delivery(self, consumer: str, seq: int) -> DeliveryRow | None:
        """Return the delivery of that number."""
        ...

    def first(self, consumer: str, kind: str, id: str, state: str) -> DeliveryRow | None:  # noqa: A002 - the field's own
        """Return the first delivery of a record that is in that state."""
        ...

    def dead(self, consumer: str, after: int, limit: int) -> Sequence[DeliveryRow]:
        """Return the first that are laid aside, past number *after*."""
        ...

    def rewrite(self, rows: Sequence[DeliveryRow]) -> None:
        """Write deliveries over what stands under their numbers."""
        ...

    def drop(self, row: DeliveryRow) -> None:
        """Take a delivery away."""
        ...

    def move(self, row: ConsumerRow) -> None:
        """Write how far a consumer has come."""
        ...

    def told_at(self, numbers: AbstractSet[int]) -> Mapping[int, EventRow]:
        """Return the events with those numbers."""
        ...

    def units_at(self, numbers: AbstractSet[int]) -> Mapping[int, UnitRow]:
        """Return the units with those numbers."""
        ...
