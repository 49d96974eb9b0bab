"""Units and events as the port shows them, out of their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.model.events import Event
from crmcore.ports import StoredUnit
from crmcore.storage._instants import instant_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcore.storage._outbox_rows import OutboxTables
    from crmcore.storage._rows import ChangeRow, EventRow, Tables, UnitRow
    from crmcore.storage.codec import Codec

__all__ = ["event_of", "stored_unit", "units_of"]


def stored_unit(row: UnitRow) -> StoredUnit:
    """Return a unit as the port shows it."""
    return StoredUnit(
        number=row.number,
        actor=row.actor,
        reason=row.reason,
        source=row.source,
        key=row.key,
        occurred_at=instant_of(row.occurred_at),
        recorded_at=instant_of(row.recorded_at),
        hash=row.hash,
    )


def units_of(tables: Tables | OutboxTables, rows: Sequence[ChangeRow] | Sequence[EventRow]) -> Mapping[int, StoredUnit]:
    """Return the units that rows are of, by their numbers."""
    numbers = {row.unit for row in rows}
    return {number: stored_unit(row) for number, row in tables.units_at(numbers).items()} if numbers else {}


def event_of(codec: Codec, row: EventRow, unit: StoredUnit) -> Event:
    """Return an event; of one whose content was erased, what its unit and its place say."""
    if row.payload:
        return codec.decode_event(row.payload)
    return Event(
        id=row.id,
        type=row.type,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        occurred_at=unit.occurred_at,
        recorded_at=unit.recorded_at,
        actor=unit.actor,
    )
