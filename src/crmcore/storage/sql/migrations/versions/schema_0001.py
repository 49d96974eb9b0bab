"""The first tables: records by key, units, events."""

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

if TYPE_CHECKING:
    from alembic.operations import Operations

    from crmcore.storage.sql.migrations import Run

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0001"
down_revision = None

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def upgrade(op: Operations, run: Run) -> None:  # noqa: ARG001 - all revisions are called alike
    """Make the tables."""
    metadata.create_all(op.get_bind(), checkfirst=False)


def _ordered(length: int) -> String:
    return String(length).with_variant(postgresql.VARCHAR(length, collation="C"), "postgresql")


def _tenant() -> Column[str]:
    return Column("tenant", _ordered(100), nullable=False)


tenant = Table(
    "crm_tenant",
    metadata,
    _tenant(),
    Column("last_unit", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant"),
)

record = Table(
    "crm_record",
    metadata,
    _tenant(),
    Column("kind", _ordered(100), nullable=False),
    Column("id", _ordered(200), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("payload", Text, nullable=True),
    PrimaryKeyConstraint("tenant", "kind", "id"),
    ForeignKeyConstraint(["tenant"], ["crm_tenant.tenant"]),
)

lookup = Table(
    "crm_lookup",
    metadata,
    _tenant(),
    Column("kind", _ordered(100), nullable=False),
    Column("field", _ordered(100), nullable=False),
    Column("value", _ordered(300), nullable=False),
    Column("id", _ordered(200), nullable=False),
    PrimaryKeyConstraint("tenant", "kind", "field", "value", "id"),
    ForeignKeyConstraint(["tenant", "kind", "id"], ["crm_record.tenant", "crm_record.kind", "crm_record.id"]),
    Index(None, "tenant", "kind", "id"),
    sqlite_with_rowid=False,
)

unit = Table(
    "crm_unit",
    metadata,
    _tenant(),
    Column("number", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "number"),
    ForeignKeyConstraint(["tenant"], ["crm_tenant.tenant"]),
)

event = Table(
    "crm_event",
    metadata,
    _tenant(),
    Column("seq", BigInteger, nullable=False),
    Column("unit", BigInteger, nullable=False),
    Column("id", _ordered(200), nullable=False),
    Column("type", _ordered(100), nullable=False),
    Column("subject_kind", _ordered(100), nullable=False),
    Column("subject_id", _ordered(200), nullable=False),
    Column("payload", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "seq"),
    ForeignKeyConstraint(["tenant", "unit"], ["crm_unit.tenant", "crm_unit.number"]),
    UniqueConstraint("tenant", "id"),
    Index(None, "tenant", "subject_kind", "subject_id", "seq"),
)
