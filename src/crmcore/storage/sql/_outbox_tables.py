"""One tenant's consumers and deliveries in a SQL database, through one connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BindParameter, bindparam, case, delete, exists, insert, literal, or_, select, update

from crmcore.storage._outbox_rows import AT_ONCE, BEHIND, DEAD, DUE, FREE, ConsumerRow, DeliveryRow
from crmcore.storage._rows import EventRow
from crmcore.storage.sql._statements import EVENT_COLUMNS
from crmcore.storage.sql._tables import WritableSqlTables
from crmcore.storage.sql.schema import consumer, delivery, event, tenant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

__all__ = ["SqlOutboxTables"]

_TENANT: BindParameter[str] = bindparam("tenant")
_mine = (delivery.c.tenant == _TENANT, delivery.c.consumer == bindparam("consumer"))
_rows = select(*(delivery.c[name] for name in DeliveryRow._fields)).where(*_mine)

CONSUMER = select(*(consumer.c[name] for name in ConsumerRow._fields)).where(
    consumer.c.tenant == _TENANT, consumer.c.consumer == bindparam("consumer")
)
HELD_CONSUMER = CONSUMER.with_for_update()
"""Holds the other workers of the consumer off until the transaction ends; units of work need not wait."""
MOVE = (
    update(consumer)
    .where(consumer.c.tenant == bindparam("tenant_"), consumer.c.consumer == bindparam("consumer_"))
    .values(position=bindparam("position"), fence=bindparam("fence"))
)
LAST_EVENT = select(tenant.c.last_event).where(tenant.c.tenant == _TENANT)
DELIVERY = _rows.where(delivery.c.seq == bindparam("seq"))
WAITING = (
    _rows.where(delivery.c.state == DUE, delivery.c.due_at.between(bindparam("since"), bindparam("until")))
    .order_by(delivery.c.due_at, delivery.c.seq)
    .limit(bindparam("limit"))
)
"""In the order of an index that those behind are out of the way of: as many steps as rows, whatever waits."""
ASIDE = (
    _rows.where(delivery.c.state == DEAD, delivery.c.due_at == AT_ONCE, delivery.c.seq > bindparam("after"))
    .order_by(delivery.c.due_at, delivery.c.seq)
    .limit(bindparam("limit"))
)
FIRST = (
    _rows.where(
        delivery.c.subject_kind == bindparam("kind"),
        delivery.c.subject_id == bindparam("id"),
        delivery.c.state == bindparam("state"),
    )
    .order_by(delivery.c.seq)
    .limit(1)
)
_one = (
    delivery.c.tenant == bindparam("tenant_"),
    delivery.c.consumer == bindparam("consumer_"),
    delivery.c.seq == bindparam("seq_"),
)
_CHANGING = ("state", "due_at", "fence", "attempts", "error")
REWRITE = update(delivery).where(*_one).values({name: bindparam(name) for name in _CHANGING})
DROP = delete(delivery).where(*_one)
TOLD_AT = select(*EVENT_COLUMNS).where(event.c.tenant == _TENANT, event.c.seq.in_(bindparam("numbers", expanding=True)))

_earlier, _ahead = event.alias("earlier"), delivery.alias("ahead")
_PULLED = (event.c.tenant == _TENANT, event.c.seq > bindparam("after"), event.c.seq <= bindparam("upto"))
_is_behind = or_(
    exists().where(
        _earlier.c.tenant == event.c.tenant,
        _earlier.c.subject_kind == event.c.subject_kind,
        _earlier.c.subject_id == event.c.subject_id,
        _earlier.c.seq > bindparam("after"),
        _earlier.c.seq < event.c.seq,
    ),
    exists().where(
        _ahead.c.tenant == event.c.tenant,
        _ahead.c.consumer == bindparam("consumer"),
        _ahead.c.subject_kind == event.c.subject_kind,
        _ahead.c.subject_id == event.c.subject_id,
        _ahead.c.state == DUE,
    ),
)
PULL = insert(delivery).from_select(
    ["tenant", *DeliveryRow._fields],
    select(
        event.c.tenant,
        bindparam("consumer", type_=delivery.c.consumer.type),
        event.c.seq,
        event.c.subject_kind,
        event.c.subject_id,
        case((_is_behind, BEHIND), else_=DUE),
        literal(AT_ONCE),
        literal(FREE),
        literal(0),
        literal(""),
    ).where(*_PULLED),
)
"""Fetches a piece of the log without its content; a record has one behind only while one is due."""


class SqlOutboxTables(WritableSqlTables):
    """Reads and writes one tenant's consumers and deliveries, within one transaction."""

    def consumer(self, name: str, *, hold: bool = True) -> ConsumerRow | None:
        """Return how far a consumer has come, and hold off the others that ask to."""
        rows = self._rows(HELD_CONSUMER if hold else CONSUMER, consumer=name)
        return ConsumerRow(*rows[0]) if rows else None

    def found(self, name: str, position: int | None, secret: bytes) -> ConsumerRow:
        """Add a consumer; holding the tenant's row, no other can add it too."""
        last = self.begin(secret).event
        if (known := self.consumer(name)) is not None:
            return known
        row = ConsumerRow(name, last if position is None else position, FREE)
        self._insert(consumer, ConsumerRow._fields, [(self._tenant, *row)])
        return row

    def last_event(self) -> int:
        """Return the number of the last event that is committed."""
        rows = self._rows(LAST_EVENT)
        return int(rows[0][0]) if rows else 0

    def pull(self, consumer: str, after: int, upto: int) -> None:
        """Add deliveries of the events past *after*."""
        self._write(PULL, [{"tenant": self._tenant, "consumer": consumer, "after": after, "upto": upto}])

    def due(self, consumer: str, since: str, until: str, limit: int) -> Sequence[DeliveryRow]:
        """Return the first that are due from *since* to *until*."""
        rows = self._rows(WAITING, consumer=consumer, since=since, until=until, limit=limit)
        return [DeliveryRow(*row) for row in rows]

    def delivery(self, consumer: str, seq: int) -> DeliveryRow | None:
        """Return the delivery of that number."""
        rows = self._rows(DELIVERY, consumer=consumer, seq=seq)
        return DeliveryRow(*rows[0]) if rows else None

    def first(self, consumer: str, kind: str, id: str, state: str) -> DeliveryRow | None:  # noqa: A002 - the field's own
        """Return the first delivery of a record that is in that state."""
        rows = self._rows(FIRST, consumer=consumer, kind=kind, id=id, state=state)
        return DeliveryRow(*rows[0]) if rows else None

    def dead(self, consumer: str, after: int, limit: int) -> Sequence[DeliveryRow]:
        """Return the first that are laid aside, past number *after*."""
        return [DeliveryRow(*row) for row in self._rows(ASIDE, consumer=consumer, after=after, limit=limit)]

    def rewrite(self, rows: Sequence[DeliveryRow]) -> None:
        """Write deliveries over what stands under their numbers."""
        self._write(REWRITE, [{**self._key(row), **{name: getattr(row, name) for name in _CHANGING}} for row in rows])

    def drop(self, row: DeliveryRow) -> None:
        """Take a delivery away."""
        self._write(DROP, [self._key(row)])

    def move(self, row: ConsumerRow) -> None:
        """Write how far a consumer has come."""
        here = {"tenant_": self._tenant, "consumer_": row.consumer}
        self._write(MOVE, [{**here, "position": row.position, "fence": row.fence}])

    def told_at(self, numbers: AbstractSet[int]) -> Mapping[int, EventRow]:
        """Return the events with those numbers."""
        return {row[0]: EventRow(*row) for row in self._among(TOLD_AT, "numbers", sorted(numbers))}

    def _key(self, row: DeliveryRow) -> dict[str, object]:
        return {"tenant_": self._tenant, "consumer_": row.consumer, "seq_": row.seq}
