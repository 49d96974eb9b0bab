"""Tables in memory that are filled with the rows of another store, before they take the place of empty ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcore.errors import SchemaMismatch
from crmcore.storage._memory_outbox import Deliveries
from crmcore.storage._memory_tables import MemoryTables
from crmcore.storage._outbox_rows import ConsumerRow, DeliveryRow
from crmcore.storage._rows import ChangeRow, Claim, EventRow, KeyRow, UnitRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcore.storage._rows import Change, Head

__all__ = ["LoadedTables"]


class LoadedTables(MemoryTables):
    """Seen by nobody until they are whole."""

    def __init__(self, below: MemoryTables) -> None:
        super().__init__()
        self._below = below

    def begin_load(self, secret: bytes) -> bool:
        """Say whether the committed tables are empty; no unit of work writes meanwhile."""
        self.signs_with = self._below.signs_with or secret
        return self.is_wanted()

    def is_wanted(self) -> bool:
        """Say whether nothing is kept still: a consumer of the outbox may come, who waits for no writer."""
        return next(self._below.everything(), None) is None

    def write(self, changes: Sequence[Change]) -> None:
        """Add records, which come in the order of kind and id, and what they are found by."""
        for change in changes:
            row = change.row
            self.records[row.kind][row.id] = row
            self.order[row.kind].append(row.id)
            if change.facts is not None:
                self.found_by[row.kind][row.id] = change.facts

    def load(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows of any other table, in the order of their keys."""
        for row in rows:
            match table:
                case "unit":
                    self._add_unit(UnitRow(*row))
                case "key":
                    self.add_keys([KeyRow(*row)])
                case "claim":
                    self.claims[Claim(*row[:3])] = row[3]
                case "change":
                    change = ChangeRow(*row)
                    self.change_rows.append(change)
                    self.trails[change.kind, change.id].append(change.seq)
                case "event":
                    event = EventRow(*row)
                    self.event_rows.append(event)
                    self.event_ids.add(event.id)
                    self.told_of[event.subject_kind, event.subject_id].append(event.seq)
                case "consumer":
                    consumer = ConsumerRow(*row)
                    self.outbox.consumers[consumer.consumer] = consumer
                    self.outbox.deliveries[consumer.consumer] = Deliveries()
                case "delivery":
                    self._add_delivery(DeliveryRow(*row))
                case _:
                    raise SchemaMismatch(f"memory has no table {table!a}")

    def finish_unit(self, unit: UnitRow, head: Head) -> None:
        """Do nothing: the rows tell where the numbers end."""

    def _add_delivery(self, row: DeliveryRow) -> None:
        deliveries = self.outbox.deliveries.get(row.consumer)
        if deliveries is None or not 0 < row.seq <= len(self.event_rows):
            raise SchemaMismatch(f"a delivery of event {row.seq} to {row.consumer!a} lacks the event or the consumer")
        deliveries.exchange(None, row)

    def _add_unit(self, unit: UnitRow) -> None:
        self.unit_rows.append(unit)
        if unit.key is not None:
            self.keys[unit.key] = unit.number
