"""Every statement that a store sends, built once: values are parameters, names come from the schema."""

from __future__ import annotations

from sqlalchemy import Insert, Select, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from crmcore.storage.sql.schema import event, lookup, record, tenant, unit

_record_columns = (record.c.kind, record.c.id, record.c.version, record.c.schema_version, record.c.payload)
_told_columns = (event.c.seq, event.c.unit, unit.c.actor, unit.c.reason, event.c.payload)
_in_kind = (record.c.tenant == bindparam("tenant"), record.c.kind == bindparam("kind"))
_at_id = (record.c.tenant == bindparam("tenant_"), record.c.kind == bindparam("kind_"), record.c.id == bindparam("id_"))

RECORD = select(*_record_columns).where(*_in_kind, record.c.id == bindparam("id"))

STATES = select(record.c.id, record.c.version, record.c.payload.is_not(None)).where(
    *_in_kind, record.c.id.in_(bindparam("ids", expanding=True))
)
LOCKED_STATES = STATES.with_for_update()
"""Inside a unit of work: on a server, nobody else changes these rows before the unit ends; SQLite has one writer."""

FOUND = (
    select(*_record_columns)
    .join(
        lookup,
        (lookup.c.tenant == record.c.tenant) & (lookup.c.kind == record.c.kind) & (lookup.c.id == record.c.id),
    )
    .where(
        lookup.c.tenant == bindparam("tenant"),
        lookup.c.kind == bindparam("kind"),
        lookup.c.field == bindparam("field"),
        lookup.c.value == bindparam("value"),
    )
    .order_by(record.c.id)
)

PAGE = (
    select(*_record_columns)
    .where(*_in_kind, record.c.id > bindparam("after"), record.c.payload.is_not(None))
    .order_by(record.c.id)
    .limit(bindparam("limit"))
)

INSERT_RECORD = record.insert()
UPDATE_RECORD = (
    update(record)
    .where(*_at_id)
    .values(version=bindparam("version"), schema_version=bindparam("schema_version"), payload=bindparam("payload"))
)
INSERT_LOOKUP = lookup.insert()
DELETE_LOOKUP = delete(lookup).where(
    lookup.c.tenant == bindparam("tenant_"), lookup.c.kind == bindparam("kind_"), lookup.c.id == bindparam("id_")
)

INSERT_UNIT = unit.insert()
INSERT_EVENT = event.insert()
KNOWN_EVENTS = select(event.c.id).where(
    event.c.tenant == bindparam("tenant"), event.c.id.in_(bindparam("ids", expanding=True))
)

HEAD = select(tenant.c.last_unit, tenant.c.last_seq).where(tenant.c.tenant == bindparam("tenant"))
LOCKED_HEAD = HEAD.with_for_update()
_MAKE_TENANT: dict[str, Insert] = {
    "sqlite": sqlite.insert(tenant).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(tenant).on_conflict_do_nothing(),
}
"""The only upsert: two first units of a tenant may race on a server."""


def make_tenant(dialect: str) -> Insert:
    """Return the statement that adds a tenant's row unless it is there."""
    return _MAKE_TENANT[dialect]


MOVE_HEAD = (
    update(tenant)
    .where(tenant.c.tenant == bindparam("tenant_"))
    .values(last_unit=bindparam("last_unit"), last_seq=bindparam("last_seq"))
)

_told = (
    select(*_told_columns)
    .join(unit, (unit.c.tenant == event.c.tenant) & (unit.c.number == event.c.unit))
    .where(event.c.tenant == bindparam("tenant"), event.c.seq > bindparam("after"))
    .order_by(event.c.seq)
    .limit(bindparam("limit"))
)
_told_of_kind = _told.where(event.c.subject_kind == bindparam("kind"))
_told_of_one = _told_of_kind.where(event.c.subject_id == bindparam("id"))


def told(*, kind: bool, one: bool) -> Select[tuple[int, int, str, str, str]]:
    """Return the statement for events: all, those of a kind, or those of one record."""
    return _told_of_one if one else _told_of_kind if kind else _told


EVERYTHING = (
    (
        "record",
        select(*_record_columns).where(record.c.tenant == bindparam("tenant")).order_by(record.c.kind, record.c.id),
    ),
    (
        "key",
        select(lookup.c.kind, lookup.c.id, lookup.c.field, lookup.c.value)
        .where(lookup.c.tenant == bindparam("tenant"))
        .order_by(lookup.c.kind, lookup.c.id, lookup.c.field, lookup.c.value),
    ),
    (
        "unit",
        select(unit.c.number, unit.c.actor, unit.c.reason)
        .where(unit.c.tenant == bindparam("tenant"))
        .order_by(unit.c.number),
    ),
    (
        "event",
        select(
            event.c.seq,
            event.c.unit,
            event.c.id,
            event.c.type,
            event.c.subject_kind,
            event.c.subject_id,
            event.c.payload,
        )
        .where(event.c.tenant == bindparam("tenant"))
        .order_by(event.c.seq),
    ),
)
"""The whole state, in the order in which the digest reads it."""
