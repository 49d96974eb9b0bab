"""One schema for SQLite and PostgreSQL, with the tenant in everything."""

from __future__ import annotations

import pytest
from sqlalchemy import ClauseElement, ForeignKeyConstraint, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from crmcore.storage.sql import _statements
from crmcore.storage.sql.schema import metadata

TABLES = list(metadata.tables.values())


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_tenant_leads_every_key_and_index(table: Table) -> None:
    """No primary key, unique rule, index or foreign key goes without it."""
    leads = [next(iter(table.primary_key.columns))]
    leads += [next(iter(index.columns)) for index in table.indexes]
    leads += [
        next(iter(rule.columns))
        for rule in table.constraints
        if isinstance(rule, UniqueConstraint | ForeignKeyConstraint)
    ]
    referred = [rule.elements[0].column for rule in table.constraints if isinstance(rule, ForeignKeyConstraint)]

    assert {"tenant"} == {column.name for column in leads + referred}


def statements() -> dict[str, ClauseElement]:
    """Return every statement that a store sends, by name."""
    named = {
        name: value for name, value in vars(_statements).items() if isinstance(value, ClauseElement) and name.isupper()
    }
    named |= {f"EVERYTHING {name}": value for name, value in _statements.EVERYTHING}
    named |= {f"MAKE_TENANT {name}": _statements.make_tenant(name) for name in ("sqlite", "postgresql")}
    named |= {
        f"told {kind} {one}": _statements.told(kind=kind, one=one)
        for kind, one in ((False, False), (True, False), (True, True))
    }
    return named


@pytest.mark.parametrize("name", statements())
def test_every_statement_names_its_tenant(name: str) -> None:
    """In SQL of both databases, the tenant is a parameter: of the condition, or of the row that goes in."""
    statement = statements()[name]
    dialects = [sqlite.dialect(), postgresql.dialect()]
    if name.startswith("MAKE_TENANT"):
        dialects = [dialect for dialect in dialects if dialect.name in name]
    for dialect in dialects:
        compiled = statement.compile(dialect=dialect)

        assert {"tenant", "tenant_"} & set(compiled.params)


def test_a_statement_without_tenant_is_seen() -> None:
    """The negative control: a select of all rows has no such parameter."""
    assert not {"tenant", "tenant_"} & set(metadata.tables["crm_record"].select().compile().params)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_schema_can_be_written_for_postgresql(table: Table) -> None:
    """Ids sort by code point there too, numbers are wide enough, every constraint has a stable name."""
    ddl = str(CreateTable(table).compile(dialect=postgresql.dialect()))
    indexes = [str(CreateIndex(index).compile(dialect=postgresql.dialect())) for index in table.indexes]

    assert 'tenant VARCHAR(100) COLLATE "C" NOT NULL' in ddl
    assert "WITHOUT ROWID" not in ddl
    assert ddl.count("CONSTRAINT") == ddl.count(" KEY") + ddl.count("UNIQUE")
    assert all(f"ix_{table.name}_tenant" in index for index in indexes)
