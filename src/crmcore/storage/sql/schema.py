"""The tables that hold what happened and what is, once, for every database; the tenant leads every key.

======== ========================= ========================================================================
table    primary key               holds
======== ========================= ========================================================================
tenant   tenant                    the last numbers given out, the end of the chain, the secret of cursors
unit     tenant, number            each committed unit of work: who, when, why; its hash
record   tenant, kind, id          version, schema version, payload (none: removed), salt of its digests
claim    tenant, kind, rule, value who holds a value that only one may hold
change   tenant, seq               every change of every record, with what stood there before
event    tenant, seq               what happened, numbered in the order of the commits
consumer tenant, consumer          how far a consumer of the outbox has come
delivery tenant, consumer, seq     what a consumer has not settled yet
key      tenant, id                the data keys of sealed records, each wrapped by a key of the keyring
======== ========================= ========================================================================

Beside them stand the tables of :mod:`~crmcore.storage.sql.projection`, with columns for what is searched; they are
made from the payloads and can be made again.

Ids sort by code point everywhere: SQLite does so by itself, PostgreSQL under the collation ``C``. Payloads are text,
not a JSON type: PostgreSQL's would reorder keys and drop the sign of -0.0. Instants are texts of one width in UTC, for
the same reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.util import OrderedSet

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "APPLICATION_ID",
    "SCHEMA_VERSION",
    "change",
    "claim",
    "consumer",
    "delivery",
    "event",
    "key",
    "metadata",
    "order_indexes",
    "ordered",
    "record",
    "shape",
    "tenant",
    "unit",
]

APPLICATION_ID = 0x63726D63
"""What SQLite keeps at byte 68 of a crmcore file: the letters "crmc"."""
SCHEMA_VERSION = 3
"""Rises with every change of these tables; each has a migration."""

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

metadata = MetaData(naming_convention=NAMES)


def ordered(length: int | None = None) -> String:
    """Return a text type that sorts by code point."""
    if length is None:
        return Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    return String(length).with_variant(postgresql.VARCHAR(length, collation="C"), "postgresql")


def order_indexes(tables: Iterable[Table]) -> None:
    """Let the indexes of tables be made in the order of their names, wherever they are made.

    SQLAlchemy keeps them in a set, in which they stand as they lie in memory. Of two that serve a question as well,
    SQLite takes the one that was made last: the same question would be answered by another index from file to file.
    """
    for table in tables:
        table.indexes = OrderedSet(sorted(table.indexes, key=lambda index: str(index.name)))


def _text(name: str, length: int) -> Column[str]:
    return Column(name, ordered(length), nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _tenant() -> Column[str]:
    return _text("tenant", 100)


tenant = Table(
    "crm_tenant",
    metadata,
    _tenant(),
    _number("last_unit"),
    _number("last_change"),
    _number("last_event"),
    _text("recorded_at", 27),
    _text("hash", 64),
    _text("secret", 64),
    PrimaryKeyConstraint("tenant"),
)

unit = Table(
    "crm_unit",
    metadata,
    _tenant(),
    _number("number"),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("key", ordered(200), nullable=True),
    _text("occurred_at", 27),
    _text("recorded_at", 27),
    _text("hash", 64),
    PrimaryKeyConstraint("tenant", "number"),
    UniqueConstraint("tenant", "key"),
    ForeignKeyConstraint(["tenant"], ["crm_tenant.tenant"]),
    Index(None, "tenant", "recorded_at", "number"),
)

record = Table(
    "crm_record",
    metadata,
    _tenant(),
    _text("kind", 100),
    _text("id", 200),
    _number("version"),
    Column("schema_version", Integer, nullable=False),
    Column("payload", Text, nullable=True),
    _text("salt", 32),
    PrimaryKeyConstraint("tenant", "kind", "id"),
    ForeignKeyConstraint(["tenant"], ["crm_tenant.tenant"]),
)

claim = Table(
    "crm_claim",
    metadata,
    _tenant(),
    _text("kind", 100),
    _text("rule", 100),
    _text("value", 500),
    _text("id", 200),
    PrimaryKeyConstraint("tenant", "kind", "rule", "value"),
    ForeignKeyConstraint(["tenant", "kind", "id"], ["crm_record.tenant", "crm_record.kind", "crm_record.id"]),
    Index(None, "tenant", "kind", "id"),
    sqlite_with_rowid=False,
)

change = Table(
    "crm_change",
    metadata,
    _tenant(),
    _number("seq"),
    _number("unit"),
    _text("kind", 100),
    _text("id", 200),
    _number("version"),
    _text("action", 10),
    _text("digest", 64),
    _number("before_version"),
    Column("before_schema", Integer, nullable=False),
    Column("before", Text, nullable=True),
    PrimaryKeyConstraint("tenant", "seq"),
    ForeignKeyConstraint(["tenant", "unit"], ["crm_unit.tenant", "crm_unit.number"]),
    Index(None, "tenant", "kind", "id", "unit", "seq"),
)

event = Table(
    "crm_event",
    metadata,
    _tenant(),
    _number("seq"),
    _number("unit"),
    _text("id", 200),
    _text("type", 100),
    _text("subject_kind", 100),
    _text("subject_id", 200),
    Column("payload", Text, nullable=False),
    _text("salt", 32),
    _text("digest", 64),
    Column("occurred_at", ordered(27), nullable=False, server_default="", info={"is_derived": True}),
    PrimaryKeyConstraint("tenant", "seq"),
    ForeignKeyConstraint(["tenant", "unit"], ["crm_unit.tenant", "crm_unit.number"]),
    UniqueConstraint("tenant", "id"),
    Index(None, "tenant", "subject_kind", "subject_id", "seq"),
    Index("ix_crm_event_by_type", "tenant", "subject_kind", "type", "occurred_at", "subject_id"),
)
"""When an event was true in the world stands beside the payload that tells it, so that it can be asked for."""

consumer = Table(
    "crm_consumer",
    metadata,
    _tenant(),
    _text("consumer", 100),
    _number("position"),
    _number("fence"),
    PrimaryKeyConstraint("tenant", "consumer"),
    ForeignKeyConstraint(["tenant"], ["crm_tenant.tenant"]),
)

delivery = Table(
    "crm_delivery",
    metadata,
    _tenant(),
    _text("consumer", 100),
    _number("seq"),
    _text("subject_kind", 100),
    _text("subject_id", 200),
    _text("state", 10),
    _text("due_at", 27),
    _number("fence"),
    _number("attempts"),
    Column("error", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "consumer", "seq"),
    ForeignKeyConstraint(["tenant", "consumer"], ["crm_consumer.tenant", "crm_consumer.consumer"]),
    ForeignKeyConstraint(["tenant", "seq"], ["crm_event.tenant", "crm_event.seq"]),
    Index("ix_crm_delivery_of_record", "tenant", "consumer", "subject_kind", "subject_id", "state", "seq"),
    Index("ix_crm_delivery_by_time", "tenant", "consumer", "state", "due_at", "seq"),
)

key = Table(
    "crm_key",
    metadata,
    _tenant(),
    _text("id", 32),
    _text("subject_kind", 100),
    _text("subject_id", 200),
    _number("number"),
    _text("wrapped_by", 200),
    Column("wrapped", Text, nullable=True),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "subject_kind", "subject_id", "number"),
    ForeignKeyConstraint(["tenant"], ["crm_tenant.tenant"]),
    Index(None, "tenant", "wrapped_by"),
)
"""Keys of the people that records are about, see :mod:`crmcore.storage.sealing`; without ``wrapped``, a destroyed one.

The tenant's own key, for blind indexes, has no subject kind; its subject id says from which sensitivity on the records
are sealed.
"""

shape = Table(
    "crm_shape",
    metadata,
    _text("kind", 100),
    _text("signature", 64),
    PrimaryKeyConstraint("kind"),
)
"""Which columns the tables of a kind were made with; the one table that belongs to no tenant, and holds no data."""

order_indexes(metadata.tables.values())
