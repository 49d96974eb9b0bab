"""Databases of every earlier release are brought up with nothing lost, and older ones are left alone until then."""

# ruff: noqa: S608 - the names are those of our own tables

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from crmcore.errors import NotFound, SchemaMismatch, SchemaOutdated, StoreUnavailable, Tampered
from crmcore.model.contact import ContactRecord
from crmcore.model.schema import KINDS
from crmcore.query import F
from crmcore.storage import SqlStore, logical_digest
from crmcore.storage.sql import check, migrate
from crmcore.storage.sql.schema import SCHEMA_VERSION, metadata
from crmcore.testing import ManualClock
from tests.golden.stores import RELEASED, content, load_postgres, load_sqlite, made_by_revisions

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
Old = Callable[[int], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Old:
    """Return what makes a database as an earlier release left it."""
    if request.param == "sqlite":
        return lambda version: load_sqlite(version, tmp_path / "crm.db")
    url = request.getfixturevalue("postgres_url")
    return lambda version: load_postgres(version, url, tmp_path)


def files(folder: Path) -> dict[str, str]:
    """Return every file of a folder with the hash of its bytes."""
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def holds(stored: Any, told: Any) -> bool:
    """Say whether what is stored says all that was told; a later release may know more fields."""
    if isinstance(told, dict) and isinstance(stored, dict):
        return all(key in stored and holds(stored[key], value) for key, value in told.items())
    if isinstance(told, list) and isinstance(stored, list):
        return len(told) == len(stored) and all(map(holds, stored, told))
    return bool(stored == told)


def edited(path: Path, *statements: str) -> str:
    """Change a file behind our back; return its address."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return f"sqlite:///{path}"


@pytest.mark.parametrize("version", RELEASED)
def test_every_release_comes_up_whole(old: Old, version: int) -> None:
    """Each record, removal and event of each tenant answers as it did; the history verifies; a second run does nothing."""
    url = old(version)
    done = migrate(url, clock=ManualClock(NOW))
    told, digests = content(version), {}
    for tenant, records in told["records"].items():
        with SqlStore(url, tenant=tenant) as store:
            for kind, id_, at, payload in records:
                if payload is None:
                    with pytest.raises(NotFound):
                        store.get(KINDS[kind], id_)
                    continue
                record = store.get(KINDS[kind], id_)

                assert at == record.version
                assert holds(record.model_dump(mode="json"), payload)
                assert [record] == list(store.find(KINDS[kind], F.id == id_))
            there = sum(payload is not None for _, _, _, payload in records)

            assert there == sum(len(list(store.stream(KINDS[kind]))) for kind in KINDS)
            events = [event.event.model_dump(mode="json") for event in store.history.events()]

            assert holds(events, told["events"][tenant])
            assert store.history.verify().unit == sum(1 for _ in store.history.units())
            digests[tenant] = logical_digest(store)

    assert (version, SCHEMA_VERSION) == (done.before, done.version)
    assert () == migrate(url).kinds
    for tenant, digest in digests.items():
        with SqlStore(url, tenant=tenant) as store:
            assert digest == logical_digest(store)


def test_history_begins_at_the_migration(old: Old) -> None:
    """Schema 1 kept none: one more unit tells of each record at its version; what was before is not there as of then."""
    url = old(1)
    migrate(url, clock=ManualClock(NOW))
    with SqlStore(url, tenant="acme") as store:
        *_, last = store.history.units()
        changes = list(store.history.changes())
        (version,) = store.history.versions(ContactRecord, "id-000001")

        assert ("crmcore upgrade", NOW, 4) == (last.actor, last.recorded_at, last.number)
        assert {"created", "removed"} == {change.action.value for change in changes}
        assert [4] * 12 == [change.unit.number for change in changes]
        assert store.get(ContactRecord, "id-000001") == version.record
        with pytest.raises(NotFound):
            store.history.as_of(datetime(2026, 11, 22, tzinfo=UTC)).get(ContactRecord, "id-000001")
        assert store.history.as_of(NOW).get(ContactRecord, "id-000001").version == 2


def test_old_units_are_dated_by_their_events(old: Old) -> None:
    """A unit has the time of its last event, never before the unit that it follows; without one, that of the unit before."""
    url = old(1)
    migrate(url, clock=ManualClock(NOW))
    with SqlStore(url, tenant="acme") as store:
        times = [unit.recorded_at for unit in store.history.units()]
    with SqlStore(url, tenant="other") as store:
        unknown = [unit.recorded_at for unit in store.history.units()]

    assert [datetime(2026, 11, 1, 9, tzinfo=UTC)] * 3 + [NOW] == times
    assert [NOW, NOW] == unknown


def test_a_migrated_store_goes_on(old: Old) -> None:
    """It takes changes, its history grows by them and verifies, cursors work, and the search finds what is new."""
    url = old(1)
    migrate(url, clock=ManualClock(NOW))
    with SqlStore(url, tenant="acme") as store:
        page = store.find(ContactRecord, limit=1)
        with store.unit(actor="ada", key="k") as unit:
            unit.put(unit.get(ContactRecord, "id-000001").evolve(birth_place="New York"))

        assert ["id-000003"] == [one.id for one in store.find(ContactRecord, limit=1, after=page.next)]
        assert 5 == store.history.verify().unit
        assert [2, 3] == [found.change.version for found in store.history.versions(ContactRecord, "id-000001")]
        assert ["id-000001"] == [one.id for one in store.find(ContactRecord, F.email == "grace@navy.example")]


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_an_older_file_is_refused_and_left_alone(tmp_path: Path, journal: str) -> None:
    """Opening says what to do next; looking says which version it is; not a byte changes, no log is left."""
    url = load_sqlite(1, tmp_path / "crm.db", journal=journal)
    before = files(tmp_path)
    with pytest.raises(SchemaOutdated, match=r"schema 1.*crmcore db upgrade"):
        SqlStore(url)

    assert (1, False) == (check(url).version, check(url).is_current)
    assert before == files(tmp_path)


def test_an_older_server_is_refused_and_left_alone(postgres_url: str, tmp_path: Path) -> None:
    """The same in PostgreSQL: no table comes or goes."""
    url = load_postgres(1, postgres_url, tmp_path)
    before = shape_of(url)
    with pytest.raises(SchemaOutdated, match="crmcore db upgrade"):
        SqlStore(url)

    assert before == shape_of(url)


def test_a_newer_database_is_not_touched(tmp_path: Path) -> None:
    """Whether the header says so or the version table only: it is refused, and stays as it is."""
    SqlStore(f"sqlite:///{tmp_path / 'crm.db'}").close()
    for statement in ("UPDATE crm_alembic SET version_num = '0099'", "PRAGMA user_version=99"):
        url = edited(tmp_path / "crm.db", statement)
        before = files(tmp_path)
        for use in (migrate, SqlStore, check):
            with pytest.raises(SchemaMismatch, match=r"newer crmcore \(schema 99.*upgrade crmcore"):
                use(url)

            assert before == files(tmp_path)


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        ("DELETE FROM crm_unit WHERE tenant = 'acme' AND number = 3", Tampered),
        ("DELETE FROM crm_event WHERE tenant = 'acme' AND seq = 2", Tampered),
        ("UPDATE crm_event SET payload = '{' WHERE seq = 2", SchemaMismatch),
        ("UPDATE crm_record SET payload = '{\"odd\":1}' WHERE id = 'n-1'", SchemaMismatch),
        ("UPDATE crm_record SET schema_version = 99 WHERE id = 'n-1'", SchemaMismatch),
    ],
)
def test_what_is_not_whole_is_not_brought_up(tmp_path: Path, damage: str, error: type[Exception]) -> None:
    """A missing unit or event, or a record that nobody can read, is told, and the old tables stand as they stood."""
    load_sqlite(1, tmp_path / "crm.db", journal="delete")
    url = edited(tmp_path / "crm.db", "PRAGMA foreign_keys=OFF", "DELETE FROM crm_unit WHERE number > 3", damage)
    if "number = 3" in damage:
        edited(tmp_path / "crm.db", "INSERT INTO crm_unit VALUES ('acme', 4, 'ada', '')")
    before = files(tmp_path)
    with pytest.raises(error):
        migrate(url)

    assert before == files(tmp_path)


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-11-01T09:00:00.5+02:00"]
)
def test_odd_times_of_events_come_up(tmp_path: Path, at: str) -> None:
    """An event dated at the end of the years does not date the units after it; what is outside them in UTC is unknown."""
    load_sqlite(1, tmp_path / "crm.db")
    told = f"json_set(payload, '$.recorded_at', '{at}', '$.occurred_at', '{at}')"
    url = edited(tmp_path / "crm.db", f"UPDATE crm_event SET payload = {told} WHERE seq IN (1, 2)")
    migrate(url, clock=ManualClock(NOW))
    with SqlStore(url, tenant="acme") as store:
        assert all(unit.occurred_at <= unit.recorded_at <= NOW for unit in store.history.units())
        assert 4 == store.history.verify().unit


def test_many_units_and_events_come_up(tmp_path: Path) -> None:
    """More units than a page and more events in one than a batch keep their order; the chain is whole."""
    load_sqlite(1, tmp_path / "crm.db")
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) "
    told = """json_object('id', 'm-' || i, 'type', 'card.made', 'subject_kind', 'contact', 'subject_id', 'c-1', 'actor', 'a',
        'occurred_at', '2026-11-02T09:00:00Z', 'recorded_at', '2026-11-02T09:00:00Z')"""
    url = edited(
        tmp_path / "crm.db",
        numbers.format(1300) + "INSERT INTO crm_unit SELECT 'other', 1 + i, 'a', '' FROM n",
        numbers.format(2500)
        + f"""INSERT INTO crm_event SELECT 'other', i, CASE WHEN i > 2200 THEN 900 ELSE 7 END, 'm-' || i, 'card.made',
        'contact', 'c-1', {told} FROM n""",
    )
    migrate(url, clock=ManualClock(NOW))
    with SqlStore(url, tenant="other") as store:
        assert 1302 == store.history.verify().unit
        assert [(seq, 900 if seq > 2200 else 7) for seq in range(1, 2501)] == [
            (event.seq, event.unit.number) for event in store.history.events()
        ]


def test_a_host_may_migrate_in_its_own_transaction(old: Old) -> None:
    """What the host does not commit is as it was; what it commits is there, with the host's own row."""
    url = old(1)
    engine = create_engine(url)
    with engine.connect() as connection:
        migrate(connection)
        connection.rollback()
    with pytest.raises(SchemaOutdated):
        SqlStore(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE host (id INTEGER)")
        migrate(connection)
    with SqlStore(engine, tenant="acme") as store, engine.connect() as connection:
        assert 4 == store.history.verify().unit
        assert [] == connection.execute(text("SELECT * FROM host")).all()
    engine.dispose()


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """Upgrading or checking what does not exist says so."""
    for use in (migrate, check):
        with pytest.raises(StoreUnavailable, match="there is no such file"):
            use(f"sqlite:///{tmp_path / 'crm.db'}")

    assert [] == list(tmp_path.iterdir())


def test_an_empty_database_gets_its_tables(postgres_url: str) -> None:
    """Nothing was there before; a store opens on it at once."""
    done = migrate(postgres_url)

    assert (0, SCHEMA_VERSION) == (done.before, done.version)
    with SqlStore(postgres_url) as store:
        assert 0 == store.history.verify().unit


def shape_of(url: str) -> dict[str, Any]:
    """Return everything that a database knows about our tables, as it says it itself."""
    engine = create_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            asked = ["SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY name"]
        else:
            asked = [
                (
                    "SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length, is_nullable,"
                    " column_default, collation_name FROM information_schema.columns"
                    " WHERE table_schema = 'public' ORDER BY 1, 3"
                ),
                (
                    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
                    " WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1, 2"
                ),
                "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
            ]
        found: dict[str, Any] = {statement: connection.execute(text(statement)).all() for statement in asked}
        if engine.dialect.name == "sqlite":
            columns = "SELECT m.name, p.* FROM sqlite_schema m, pragma_table_xinfo(m.name) p ORDER BY m.name, p.cid"
            # A column that was added stands after the constraints in the text, and is the last one all the same.
            found = {
                asked[0]: [
                    (*row[:3], sorted(part.strip(" \n\t()") for part in row[3].split(","))) for row in found[asked[0]]
                ],
                columns: connection.execute(text(columns)).all(),
            }
    engine.dispose()
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def two_empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Lend two empty databases."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'one.db'}", f"sqlite:///{tmp_path / 'other.db'}"
        return
    with request.getfixturevalue("postgres_server").database() as other:
        yield request.getfixturevalue("postgres_url"), other


def test_the_revisions_make_the_present_schema(two_empty: tuple[str, str]) -> None:
    """Tables, columns, collations, constraints and indexes are the same as those of a new database."""
    one, other = two_empty
    made_by_revisions(one, SCHEMA_VERSION)
    engine = create_engine(other)
    with engine.begin() as connection:
        metadata.create_all(connection)
        connection.exec_driver_sql("CREATE TABLE host (id INTEGER)")
    engine.dispose()
    made, meant = shape_of(one), shape_of(other)
    ours = {
        statement: [row for row in rows if row[0] != "crm_alembic" and row[-2] != "crm_alembic"]
        for statement, rows in made.items()
    }
    theirs = {
        statement: [row for row in rows if row[0] != "host" and row[-2] != "host"] for statement, rows in meant.items()
    }

    assert theirs == ours
    assert ours != meant, "the comparison sees a table more"
