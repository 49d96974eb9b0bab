"""Events can be asked for by when they were true: their date stands beside their payload, which tells it.

An event whose content was erased gets the date of its unit. Nothing else changes; what records are searched by is made
anew after the revisions anyway.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, String, bindparam, select, update
from sqlalchemy.dialects import postgresql

from crmcore.errors import SchemaMismatch
from crmcore.storage.sql.migrations import _tables_3 as new

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alembic.operations import Operations
    from sqlalchemy import Connection

    from crmcore.storage.sql.migrations import Run

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0003"
down_revision = "0002"

FIRST, LAST = "0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"
BATCH = 500
"""Events that are dated at a time."""


def upgrade(op: Operations, run: Run) -> None:  # noqa: ARG001 - what every revision takes
    """Add the column, fill it from the payloads of all tenants, and make its index."""
    text = String(27).with_variant(postgresql.VARCHAR(27, collation="C"), "postgresql")
    op.add_column("crm_event", Column("occurred_at", text, nullable=False, server_default=""))
    bind = op.get_bind()
    for tenant in bind.execute(select(new.tenant.c.tenant).order_by(new.tenant.c.tenant)).scalars().all():
        for rows in _pages(bind, tenant):
            _date(bind, tenant, rows)
    op.create_index(
        "ix_crm_event_by_type", "crm_event", ["tenant", "subject_kind", "type", "occurred_at", "subject_id"]
    )


def _pages(bind: Connection, tenant: str) -> Iterator[Sequence[Any]]:
    """Yield number, id and payload of a tenant's events, and when their units were true, some at a time."""
    event, unit = new.event, new.unit
    asked = (
        select(event.c.seq, event.c.id, event.c.payload, unit.c.occurred_at)
        .join(unit, (unit.c.tenant == event.c.tenant) & (unit.c.number == event.c.unit))
        .where(event.c.tenant == bindparam("tenant"), event.c.seq > bindparam("after"))
        .order_by(event.c.seq)
        .limit(BATCH)
    )
    after = 0
    while rows := bind.execute(asked, {"tenant": tenant, "after": after}).fetchall():
        yield rows
        after = rows[-1].seq


def _date(bind: Connection, tenant: str, rows: Sequence[Any]) -> None:
    event = new.event
    statement = (
        update(event)
        .where(event.c.tenant == bindparam("tenant_"), event.c.seq == bindparam("seq_"))
        .values(occurred_at=bindparam("at"))
    )
    dated = [
        {"tenant_": tenant, "seq_": row.seq, "at": _told(row.id, row.payload) if row.payload else row.occurred_at}
        for row in rows
    ]
    bind.execute(statement, dated)


def _told(id_: str, payload: str) -> str:
    try:
        told = datetime.fromisoformat(json.loads(payload)["occurred_at"])
    except (ValueError, KeyError, TypeError) as error:
        raise SchemaMismatch(
            f"event {id_!r} does not say when it was true ({type(error).__name__}); restore a backup"
        ) from error
    try:
        return told.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    except OverflowError:  # in the first or the last hours that there are, and beyond them in UTC
        return FIRST if told.year == 1 else LAST
