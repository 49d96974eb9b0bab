"""Every fixed statement that a store sends, built once: values are parameters, names come from the schema."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, Insert, Select, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from crmcore.storage._rows import ChangeRow, EventRow, KeyRow, RecordRow, UnitRow
from crmcore.storage.sql.schema import change, claim, consumer, delivery, event, key, record, tenant, unit

_MINE: BindParameter[str] = bindparam("tenant")
RECORD_COLUMNS = [record.c[name] for name in RecordRow._fields]
UNIT_COLUMNS = [unit.c[name] for name in UnitRow._fields]
CHANGE_COLUMNS = [change.c[name] for name in ChangeRow._fields]
EVENT_COLUMNS = [event.c[name] for name in EventRow._fields]

KEY_COLUMNS = [key.c[name] for name in KeyRow._fields]

_in_kind = (record.c.tenant == _MINE, record.c.kind == bindparam("kind"))

_POINT = (
    "SELECT kind, id, version, schema_version, payload, salt FROM crm_record "
    "WHERE tenant = {0} AND kind = {0} AND id = {0}"
)
POINT = {"sqlite": _POINT.format("?"), "postgresql": _POINT.format("%s")}
"""One record, as plain text for the driver: the most frequent question, and SQLAlchemy takes longer than SQLite."""
SEVERAL = {
    "sqlite": POINT["sqlite"].replace("id = ?", "id IN (SELECT value FROM json_each(?))"),
    "postgresql": POINT["postgresql"].replace("id = %s", "id = ANY(%s)"),
}
"""Some records, their ids as one parameter: a parameter each takes SQLAlchemy longer than both databases."""

_page = (
    select(*RECORD_COLUMNS)
    .where(*_in_kind, record.c.id > bindparam("after"))
    .order_by(record.c.id)
    .limit(bindparam("limit"))
)


def page(*, removed: bool) -> Select[Any]:
    """Return the statement for a page of records by id, with tombstones or without."""
    return _page if removed else _page.where(record.c.payload.is_not(None))


UPDATE_RECORD = (
    update(record)
    .where(
        record.c.tenant == bindparam("tenant_"), record.c.kind == bindparam("kind_"), record.c.id == bindparam("id_")
    )
    .values(version=bindparam("version"), schema_version=bindparam("schema_version"), payload=bindparam("payload"))
)

HOLDERS = select(claim.c.kind, claim.c.rule, claim.c.value, claim.c.id).where(
    claim.c.tenant == _MINE, claim.c.kind == bindparam("kind"), claim.c.value.in_(bindparam("values", expanding=True))
)
HELD = select(claim.c.kind, claim.c.rule, claim.c.value, claim.c.id).where(
    claim.c.tenant == _MINE, claim.c.kind == bindparam("kind"), claim.c.id.in_(bindparam("ids", expanding=True))
)
RELEASE = delete(claim).where(
    claim.c.tenant == bindparam("tenant_"),
    claim.c.kind == bindparam("kind_"),
    claim.c.rule == bindparam("rule_"),
    claim.c.value == bindparam("value_"),
)

TRAIL = (
    select(*CHANGE_COLUMNS)
    .where(change.c.tenant == _MINE, change.c.kind == bindparam("kind"), change.c.id == bindparam("id"))
    .order_by(change.c.unit, change.c.seq)
)
"""In the order of the index: asked for in that of seq alone, SQLite reads the changes of the whole tenant."""
_later = change.alias("later")
BEFORE = select(*CHANGE_COLUMNS).where(
    change.c.tenant == _MINE,
    change.c.kind == bindparam("kind"),
    change.c.id.in_(bindparam("ids", expanding=True)),
    change.c.seq
    == select(_later.c.seq)
    .where(
        _later.c.tenant == change.c.tenant,
        _later.c.kind == change.c.kind,
        _later.c.id == change.c.id,
        _later.c.unit > bindparam("unit"),
    )
    .order_by(_later.c.unit, _later.c.seq)
    .limit(1)
    .scalar_subquery(),
)
"""The first change of each record past a unit: one step in the index, however often it was changed since."""

_changes = (
    select(*CHANGE_COLUMNS)
    .where(change.c.tenant == _MINE, change.c.seq > bindparam("after"))
    .order_by(change.c.seq)
    .limit(bindparam("limit"))
)
_changes_of_kind = _changes.where(change.c.kind == bindparam("kind"))
_changes_of_one = (
    select(*CHANGE_COLUMNS)
    .where(change.c.tenant == _MINE, change.c.kind == bindparam("kind"), change.c.id == bindparam("id"))
    .where(change.c.seq + 0 > bindparam("after"))  # no bare column, or SQLite reads the whole tenant past that number
    .order_by(change.c.unit, change.c.seq)
    .limit(bindparam("limit"))
)

_told = (
    select(*EVENT_COLUMNS)
    .where(event.c.tenant == _MINE, event.c.seq > bindparam("after"))
    .order_by(event.c.seq)
    .limit(bindparam("limit"))
)
_told_of_kind = _told.where(event.c.subject_kind == bindparam("kind"))
ABOUT = (
    select(*EVENT_COLUMNS)
    .where(
        event.c.tenant == _MINE,
        event.c.subject_kind == bindparam("kind"),
        event.c.subject_id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(event.c.subject_id, event.c.seq)
)
_told_of_one = _told_of_kind.where(event.c.subject_id == bindparam("id"))


def changes(*, kind: bool, one: bool) -> Select[Any]:
    """Return the statement for changes: all, those of a kind, or those of one record."""
    return _changes_of_one if one else _changes_of_kind if kind else _changes


def told(*, kind: bool, one: bool) -> Select[Any]:
    """Return the statement for events: all, those of a kind, or those of one record."""
    return _told_of_one if one else _told_of_kind if kind else _told


DATES = (
    select(event.c.unit, event.c.id, event.c.payload, event.c.occurred_at)
    .where(event.c.tenant == _MINE)
    .order_by(event.c.seq)
)
"""What tells when each event was true, and what is said of it."""

UNITS = (
    select(*UNIT_COLUMNS)
    .where(unit.c.tenant == _MINE, unit.c.number > bindparam("after"))
    .order_by(unit.c.number)
    .limit(bindparam("limit"))
)
UNITS_AT = select(*UNIT_COLUMNS).where(unit.c.tenant == _MINE, unit.c.number.in_(bindparam("numbers", expanding=True)))
UNIT_WITH_KEY = select(*UNIT_COLUMNS).where(unit.c.tenant == _MINE, unit.c.key == bindparam("key"))
LAST_UNIT = (
    select(unit.c.number)
    .where(unit.c.tenant == _MINE, unit.c.recorded_at <= bindparam("recorded_at"))
    .order_by(unit.c.recorded_at.desc(), unit.c.number.desc())
    .limit(1)
)
KEYS = select(*KEY_COLUMNS).where(key.c.tenant == _MINE, key.c.id.in_(bindparam("ids", expanding=True)))
_KEY_POINT = f"SELECT {', '.join(KeyRow._fields)} FROM crm_key WHERE tenant = {{0}} AND id = {{0}}"  # noqa: S608 - names
KEY_POINT = {"sqlite": _KEY_POINT.format("?"), "postgresql": _KEY_POINT.format("%s")}
"""One data key, as plain text for the driver."""
TENANT_KEY = (
    select(*KEY_COLUMNS).where(key.c.tenant == _MINE, key.c.subject_kind == "").order_by(key.c.number.desc()).limit(1)
)
CURRENT_KEYS = (
    select(*KEY_COLUMNS)
    .where(
        key.c.tenant == _MINE,
        key.c.subject_kind == bindparam("kind"),
        key.c.subject_id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(key.c.number)
)

HASH_UNIT = (
    update(unit)
    .where(unit.c.tenant == bindparam("tenant_"), unit.c.number == bindparam("number_"))
    .values(hash=bindparam("hash"))
)
KNOWN_EVENTS = select(event.c.id).where(event.c.tenant == _MINE, event.c.id.in_(bindparam("ids", expanding=True)))

_first_kind = select(record.c.kind).where(record.c.tenant == _MINE).order_by(record.c.kind).limit(1)
NEXT_KIND = _first_kind.where(record.c.kind > bindparam("after"))

HEAD = select(
    tenant.c.last_unit, tenant.c.last_change, tenant.c.last_event, tenant.c.recorded_at, tenant.c.hash, tenant.c.secret
).where(tenant.c.tenant == _MINE)
LOCKED_HEAD = HEAD.with_for_update()
"""Holds every other unit of the tenant off until this one ends; SQLite has one writer anyway."""
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
    .values(
        last_unit=bindparam("unit"),
        last_change=bindparam("change"),
        last_event=bindparam("event"),
        recorded_at=bindparam("recorded_at"),
        hash=bindparam("hash"),
    )
)

EVERYTHING = (
    ("unit", select(*UNIT_COLUMNS).where(unit.c.tenant == _MINE).order_by(unit.c.number)),
    ("key", select(*KEY_COLUMNS).where(key.c.tenant == _MINE).order_by(key.c.id)),
    ("record", select(*RECORD_COLUMNS).where(record.c.tenant == _MINE).order_by(record.c.kind, record.c.id)),
    (
        "claim",
        select(claim.c.kind, claim.c.rule, claim.c.value, claim.c.id)
        .where(claim.c.tenant == _MINE)
        .order_by(claim.c.kind, claim.c.rule, claim.c.value),
    ),
    ("change", select(*CHANGE_COLUMNS).where(change.c.tenant == _MINE).order_by(change.c.seq)),
    ("event", select(*EVENT_COLUMNS).where(event.c.tenant == _MINE).order_by(event.c.seq)),
    (
        "consumer",
        select(consumer.c.consumer, consumer.c.position, consumer.c.fence)
        .where(consumer.c.tenant == _MINE)
        .order_by(consumer.c.consumer),
    ),
    (
        "delivery",
        select(*(column for column in delivery.c if column.name != "tenant"))
        .where(delivery.c.tenant == _MINE)
        .order_by(delivery.c.consumer, delivery.c.seq),
    ),
)
"""The whole state, in the order in which the digest reads it."""
