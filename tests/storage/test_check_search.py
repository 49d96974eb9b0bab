"""``check`` makes what records are found by again from their payloads, and tells where it is not what stands there."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine

from crmcore.integrations.keys import LocalKeyring
from crmcore.model.candidate import Candidate
from crmcore.model.channels import EmailAddress
from crmcore.model.contact import ContactRecord
from crmcore.model.names import PersonName
from crmcore.storage import SqlStore
from crmcore.storage.sealing import Sealing
from crmcore.storage.sql import check


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database with some people of two tenants."""
    where: str = (
        f"sqlite:///{tmp_path / 'crm.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    )
    for tenant in ("acme", "zeta"):
        with SqlStore(where, tenant=tenant) as store, store.unit(actor="ada") as unit:
            unit.put(Candidate(id="k-1", contact="p-1"))
            for number in range(520 if tenant == "acme" else 3):
                email = f"p{number}@x.example"
                unit.put(
                    ContactRecord(
                        id=f"p-{number:04}",
                        name=PersonName(given="Ada", family=f"Lovelace {number}"),
                        headline="Analyst",
                        emails=(EmailAddress(raw=email, normal=email),),
                    )
                )
            unit.remove(unit.put(ContactRecord(id="gone", headline="Gone")))
    return where


def alter(url: str, statement: str) -> None:
    """Do what no store does."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


EDITS = {
    "a column that no index holds": (
        "UPDATE crm_contact SET headline = 'Analyft' WHERE id = 'p-0507' AND tenant = 'acme'",
        "contact 'p-0507' is not found by the columns of crm_contact as it holds it",
    ),
    "a value that is missing": (
        "UPDATE crm_contact SET headline = NULL WHERE id = 'p-0002' AND tenant = 'zeta'",
        "contact 'p-0002'",
    ),
    "an item with another value": (
        "UPDATE crm_contact__emails SET email = 'x' WHERE id = 'p-0519' AND tenant = 'acme'",
        "contact 'p-0519' is not found by the columns of crm_contact__emails",
    ),
    "an item that is gone": ("DELETE FROM crm_contact__emails WHERE id = 'p-0001'", "contact 'p-0001'"),
    "an item of a later place": ("UPDATE crm_contact__emails SET item = 1 WHERE id = 'p-0001'", "contact 'p-0001'"),
    "a record that is gone": ("DELETE FROM crm_contact WHERE id = 'p-0500'", "contact 'p-0500'"),
    "a removed record among the others": (
        "INSERT INTO crm_contact (tenant, id) VALUES ('zeta', 'p-0000a')",
        "contact 'p-0000a' is found by the columns of crm_contact, and not there",
    ),
    "a removed record past the others": (
        "INSERT INTO crm_contact (tenant, id) VALUES ('zeta', 'q')",
        "contact 'q' is found by the columns of crm_contact, and not there",
    ),
    "other words": (
        """UPDATE crm_contact___words SET "~words" = ' eve ' WHERE id = 'p-0001' AND tenant = 'acme'""",
        "contact 'p-0001' is not found by its words",
    ),
}


def test_what_a_store_wrote_is_sound(url: str) -> None:
    """Nothing is told of a database that nobody touched."""
    found = check(url)

    assert ((), True) == (found.search_faults, found.is_sound)


@pytest.mark.parametrize("name", EDITS)
def test_a_search_column_that_contradicts_its_record_is_told(url: str, name: str) -> None:
    """Changed, missing and superfluous rows are told by the record, although every history verifies."""
    statement, told = EDITS[name]
    alter(url, statement)
    found = check(url)

    assert told in found.search_faults[0]
    assert (True, False) == (found.is_whole, found.is_sound)


def test_a_word_index_that_contradicts_its_table_is_told(url: str) -> None:
    """SQLite's own check does not compare the two; what is looked up by a word is compared with who has it."""
    if not url.startswith("sqlite"):
        pytest.skip("PostgreSQL makes the lexemes by itself")
    alter(url, """INSERT INTO crm_contact___words_fts (rowid, "~words") VALUES (7, 'eve')""")

    assert ("the word index of contact records is not what their words are",) == check(url).search_faults


def test_sealed_records_are_compared_with_the_keyring_only(url: str, tmp_path: Path) -> None:
    """Their blind indexes are made again; without the keys they are passed over, because nobody can make them."""
    ring = LocalKeyring.create(tmp_path / "keys.json")
    with SqlStore(url, tenant="seal", sealing=Sealing(ring)) as store, store.unit(actor="ada") as unit:
        unit.put(ContactRecord(id="c1", national_id="AL-1815"))

    assert check(url, keyring=ring).is_sound
    alter(url, "UPDATE crm_contact SET national_id = 'AL-1815' WHERE tenant = 'seal'")

    assert check(url).is_sound
    assert ("tenant 'seal': contact 'c1' is not found by the columns of crm_contact as it holds it",) == check(
        url, keyring=ring
    ).search_faults
