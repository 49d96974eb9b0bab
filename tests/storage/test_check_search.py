"""``check`` makes what records are found by again from their payloads, and tells where it is not what stands there."""

from __future__ import annotations

from datetime import UTC, datetime
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
from tests.faults.workload import told


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

    assert ((), True) == (found.faults, found.is_sound)


@pytest.mark.parametrize("name", EDITS)
def test_a_search_column_that_contradicts_its_record_is_told(url: str, name: str) -> None:
    """Changed, missing and superfluous rows are told by the record, although every history verifies."""
    statement, told = EDITS[name]
    alter(url, statement)
    found = check(url)

    assert told in found.faults[0]
    assert (True, False) == (found.is_whole, found.is_sound)


def test_a_word_index_that_contradicts_its_table_is_told(url: str) -> None:
    """SQLite's own check does not compare the two; what is looked up by a word is compared with who has it."""
    if not url.startswith("sqlite"):
        pytest.skip("PostgreSQL makes the lexemes by itself")
    alter(url, """INSERT INTO crm_contact___words_fts (rowid, "~words") VALUES (7, 'eve')""")

    assert ("the word index of contact records is not what their words are",) == check(url).faults


WAITING = {
    "no such state": ("UPDATE crm_delivery SET state = 'dud' WHERE seq = 2", "event 2 to 'mailer': it is in no state"),
    "behind nothing": (
        "UPDATE crm_delivery SET state = 'behind' WHERE seq = 2",
        "event 2 to 'mailer': it waits for one",
    ),
    "two at a time": (
        "UPDATE crm_delivery SET state = 'due' WHERE seq = 3",
        "'mailer': another one of its record is due",
    ),
    "another record": (
        "UPDATE crm_delivery SET subject_id = 'c-9' WHERE seq = 2",
        "event 2 to 'mailer': it is of another",
    ),
    "no time": (
        "UPDATE crm_delivery SET due_at = '2026-13-01' WHERE seq = 2",
        "event 2 to 'mailer': it is due at no time",
    ),
    "no lease": ("UPDATE crm_delivery SET fence = 9 WHERE seq = 2", "event 2 to 'mailer': its lease was never given"),
    "not there yet": ("UPDATE crm_consumer SET position = 1", "event 2 to 'mailer': the consumer has not come to it"),
    "past the end": ("UPDATE crm_consumer SET position = 99", "the consumer 'mailer' stands at no event"),
}


@pytest.mark.parametrize("name", WAITING)
def test_an_outbox_that_no_store_wrote_is_told(url: str, name: str) -> None:
    """What would never be handed out, or to nobody, is told; a sound one is not: settled, retried, dead and waiting."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with SqlStore(url, tenant="acme") as store:
        with store.unit(actor="ada") as unit:
            for seq, id_ in enumerate(("p-0001", "p-0002", "p-0002", "p-0003", "p-0004"), start=1):
                unit.emit(told(f"e-{seq}", unit.get(ContactRecord, id_)))
        settled, retried, laid, _ = store.outbox.claim("mailer")
        store.outbox.settle(settled)
        store.outbox.retry(retried, error="busy", at=now)
        store.outbox.retry(laid, error="gone", at=None)
    assert check(url).is_sound
    statement, fault = WAITING[name]
    alter(url, statement)

    assert fault in check(url).faults[0]


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
    ).faults
