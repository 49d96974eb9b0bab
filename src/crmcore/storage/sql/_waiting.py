"""Whether the books of the outbox can be right: no digest speaks of them, but they must fit the events."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from sqlalchemy import and_, select, type_coerce
from sqlalchemy.types import NULLTYPE

from crmcore.storage._instants import instant_of, text_of
from crmcore.storage._layout import row_fault
from crmcore.storage._outbox_rows import AT_ONCE, BEHIND, DEAD, DUE, ConsumerRow, DeliveryRow
from crmcore.storage.sql._errors import translated
from crmcore.storage.sql.schema import consumer, delivery, event, tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

__all__ = ["outbox_fault"]

CONSUMERS = select(
    tenant.c.last_event, *(type_coerce(consumer.c[name], NULLTYPE) for name in ConsumerRow._fields)
).join_from(consumer, tenant, consumer.c.tenant == tenant.c.tenant)
DELIVERIES = (
    select(
        consumer.c.position,
        consumer.c.fence,
        event.c.subject_kind,
        event.c.subject_id,
        *(type_coerce(delivery.c[name], NULLTYPE) for name in DeliveryRow._fields),
    )
    .select_from(delivery)
    .outerjoin(consumer, and_(consumer.c.tenant == delivery.c.tenant, consumer.c.consumer == delivery.c.consumer))
    .outerjoin(event, and_(event.c.tenant == delivery.c.tenant, event.c.seq == delivery.c.seq))
    .order_by(delivery.c.consumer, delivery.c.subject_kind, delivery.c.subject_id, delivery.c.seq)
)
OF_RECORD = attrgetter("consumer", "subject_kind", "subject_id")


def outbox_fault(connection: Connection, *, of: str, where: str) -> str:
    """Say what in the outbox of a tenant can never have been written; "" where nothing is.

    A delivery that is gone, or counts other attempts, cannot be told: that is how it looks after it was settled.
    """
    with translated(where):
        for last, *values in connection.execute(CONSUMERS.where(consumer.c.tenant == of)):
            row = ConsumerRow(*values)
            if row_fault("consumer", row) or not 0 <= row.position <= last or row.fence < 0:
                return f"the consumer {row.consumer!a} stands at no event"
        asked = DELIVERIES.where(delivery.c.tenant == of)
        with connection.execute(asked, execution_options={"stream_results": True}) as result:
            for _, queue in groupby(_checked(tuple(row) for row in result), lambda found: OF_RECORD(found[0])):
                rows = list(queue)
                told = next((found for found in rows if found[1]), (rows[0][0], _queue_fault([row for row, _ in rows])))
                if told[1]:
                    return f"the delivery of event {told[0].seq} to {told[0].consumer!a}: {told[1]}"
    return ""


def _checked(found: Iterator[tuple[object, ...]]) -> Iterator[tuple[DeliveryRow, str]]:
    for position, fence, kind, id_, *values in found:
        row = DeliveryRow(*values)  # type: ignore[arg-type] # the types are what is checked next
        yield row, row_fault("delivery", row) or _fault(row, (kind, id_), position, fence)


def _fault(row: DeliveryRow, subject: tuple[object, object], position: object, fence: object) -> str:
    if subject != (row.subject_kind, row.subject_id):
        return "it is of another record than the event"
    if row.state not in {DUE, BEHIND, DEAD}:
        return "it is in no state that there is"
    if not isinstance(position, int) or not isinstance(fence, int) or not row.seq <= position:
        return "the consumer has not come to it"
    if not 0 <= row.fence <= fence or row.attempts < 0:
        return "its lease was never given"
    return "" if row.due_at == AT_ONCE or _is_instant(row.due_at) else "it is due at no time"


def _queue_fault(rows: list[DeliveryRow]) -> str:
    """Say why the deliveries of one record would never be handed out, or two at a time."""
    states = [row.state for row in rows]
    due = states.count(DUE)
    if due > 1:
        return "another one of its record is due, too"
    return "" if due or BEHIND not in states else "it waits for one that is not there"


def _is_instant(text: str) -> bool:
    try:
        return text_of(instant_of(text)) == text
    except ValueError:
        return False
