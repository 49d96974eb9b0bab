"""One schema for SQLite and PostgreSQL, with the tenant in everything."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import ClauseElement, ForeignKeyConstraint, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from crmcore.query import OrderBy
from crmcore.storage import model_codec
from crmcore.storage._rows import Question
from crmcore.storage.sql import _statements
from crmcore.storage.sql._select import Statements
from crmcore.storage.sql.projection import Projection
from crmcore.storage.sql.schema import metadata, shape
from crmcore.testing._question_draws import Asker, Seeded
from tests.query.agreement import put
from tests.query.people import CODEC, PERSON, SEGMENTS, Person
from tests.query.questions import PLACES, SCORERS

SEARCHED = Projection(model_codec())
TABLES = [table for table in metadata.tables.values() if table is not shape] + list(SEARCHED.metadata.tables.values())


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_tenant_leads_every_key_and_index(table: Table) -> None:
    """No primary key, unique rule, index or foreign key goes without it."""
    # FTS5 refers to rows by a number of its own; the rule below it holds the tenant.
    leads = [] if table.info.get("generated") else [next(iter(table.primary_key.columns))]
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
    for name, made in (("told", _statements.told), ("changes", _statements.changes)):
        for kind, one in ((False, False), (True, False), (True, True)):
            named[f"{name} {kind} {one}"] = made(kind=kind, one=one)
    named |= {f"page {removed}": _statements.page(removed=removed) for removed in (False, True)}
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


READ = re.compile(r'(?:FROM|JOIN) "?[a-z][\w~]*"? (\w+) (?:WHERE|JOIN|ON|ORDER|LIMIT)')


def unheld(sql: str) -> list[str]:
    """Return the rows that a statement reads without holding them to the tenant."""
    return [row for row in READ.findall(sql) if f"{row}.tenant = :tenant" not in sql and row != "r"]


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_every_question_names_its_tenant(dialect: str) -> None:
    """In each statement of a find or a count, every table that it reads is held to the tenant, whatever is asked."""
    draw = Asker(Seeded(7), segments=tuple(SEGMENTS), places=tuple(PLACES), functions=tuple(SCORERS))
    projection, order = Projection(CODEC), (OrderBy("name"), OrderBy("born", descending=True))
    read = 0
    for number in range(400):
        question = Question(put(draw.question(PERSON)), order, ("ada", "love")[: number % 3], None, 10)
        statements = Statements(
            question,
            projection[Person.kind],
            projection,
            dialect=dialect,
            tenant="acme",
            has_word_index=lambda table: table is not None,
        )
        places = [(missing, None) for missing in range(3)] + [(0, (("Ada", None), "c-1")), (2, ((), "c-1"))]
        for asked in (statements.count(), *(statements.page(missing, after, 10) for missing, after in places)):
            read += len(READ.findall(asked.sql))

            assert "acme" == asked.values["tenant"]
            assert [] == unheld(asked.sql)
            assert "JOIN crm_record r ON r.tenant = m.tenant" in asked.sql or asked.sql.startswith("SELECT COUNT")
    assert read > 5_500, "items, events, related records and words were asked for"


def test_a_row_without_tenant_is_seen() -> None:
    """The negative control: a statement within a statement that reads the rows of all tenants."""
    sql = (
        'SELECT m.id FROM "crm_a" m WHERE m.tenant = :tenant AND m.id IN (SELECT c1.id FROM "crm_a__b" c1 WHERE 1 = 1)'
    )

    assert ["c1"] == unheld(sql)


def test_the_one_table_without_tenant_holds_no_data() -> None:
    """It says with which columns the tables were made."""
    assert ["kind", "signature"] == [column.name for column in shape.columns]


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
    assert all(f"ix_{table.name}_" in index for index in indexes)
