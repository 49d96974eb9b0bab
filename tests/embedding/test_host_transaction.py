"""A store in a transaction of its host: the host commits, or undoes, what our units wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, Integer, String, create_engine, exc, inspect, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from crmcore import CRM, Conflict, NotFound
from crmcore.errors import InputError, StoreClosed, StoreError, StoreUnavailable, UnitMisuse
from crmcore.model.organisation import Organisation
from crmcore.storage import SqlStore
from tests.embedding.hosts import (
    POSTGRES,
    SQLITE,
    acme,
    count_orders,
    count_up,
    host,
    in_threads,
    names,
    order_notes,
    orders,
    sqlite_url,
)
from tests.postgres import Postgres


def test_the_hosts_rows_and_our_records_are_committed_together(transactional: Engine) -> None:
    """Nobody else sees either before the host commits; then everybody sees both."""
    with transactional.connect() as connection:
        crm = CRM.open(connection)
        with crm.unit(actor="ada") as unit:
            unit.put(acme())
        connection.execute(orders.insert().values(note="first"))
        if transactional.dialect.name == "postgresql":
            assert ([], []) == (names(transactional), order_notes(transactional))
        connection.commit()

    assert (["Acme Ltd"], ["first"]) == (names(transactional), order_notes(transactional))


@pytest.mark.parametrize("host_first", [True, False])
def test_the_hosts_rollback_takes_ours_away(transactional: Engine, *, host_first: bool) -> None:
    """Also where our unit is the first thing in the transaction, so that its savepoint is the outermost."""
    with transactional.connect() as connection:
        crm = CRM.open(connection)
        if host_first:
            connection.execute(orders.insert().values(note="never"))
        with crm.unit(actor="ada") as unit:
            unit.put(acme())
        assert "Acme Ltd" == crm.get(Organisation, "org-1").name
        connection.rollback()
        with pytest.raises(NotFound):
            crm.get(Organisation, "org-1")
        assert [] == list(crm.store.history.units())
        with crm.unit(actor="ada") as unit:
            unit.put(acme("Second try"))
        connection.commit()

    assert (["Second try"], []) == (names(transactional), order_notes(transactional))


def test_a_savepoint_alone_would_not_do(tmp_path: Path) -> None:
    """The control: left to its driver, SQLite commits at the end of an outermost savepoint, and no rollback helps."""
    with host(create_engine, sqlite_url(tmp_path)) as engine:
        with engine.connect() as connection:
            with connection.begin_nested():
                connection.exec_driver_sql("SELECT 1")
                connection.exec_driver_sql("SAVEPOINT inner_one")
                connection.exec_driver_sql("RELEASE inner_one")
                cursor = connection.connection.cursor()
                cursor.execute("REPLACE INTO shop_order (id, note) VALUES (1, 'kept')")
            begun = connection.connection.dbapi_connection.in_transaction  # type: ignore[union-attr]
            connection.rollback()

        assert (False, ["kept"]) == (begun, order_notes(engine))


def test_a_failed_unit_undoes_itself_only(transactional: Engine) -> None:
    """The host may catch the failure, go on in its transaction, and begin another unit in it."""
    with transactional.connect() as connection:
        crm = CRM.open(connection)
        connection.execute(orders.insert().values(note="before"))
        with crm.unit(actor="ada") as unit:
            stored = unit.put(acme())
        with pytest.raises(Conflict), crm.unit(actor="ada") as unit:  # noqa: PT012 - both puts are the point
            unit.put(Organisation(id="org-2", name="Half"))
            unit.put(stored.evolve(version=9))
        connection.execute(orders.insert().values(note="after"))
        with crm.unit(actor="ada") as unit:
            unit.put(stored.evolve(name="Acme Group"))
        connection.commit()

    assert (["Acme Group"], ["before", "after"]) == (names(transactional), order_notes(transactional))
    with SqlStore(transactional) as store:
        assert 2 == store.history.verify().unit


class Base(DeclarativeBase):
    """The host's own models."""


class Invoice(Base):
    """A row that the host keeps by its ORM."""

    __tablename__ = "shop_order"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    note: Mapped[str] = mapped_column(String(200))


@pytest.mark.parametrize("keeps", [True, False])
def test_an_orm_session_and_our_units_share_a_transaction(transactional: Engine, *, keeps: bool) -> None:
    """What the session commits or rolls back is its objects and our records."""
    with Session(transactional) as session:
        session.add(Invoice(note="by the ORM"))
        crm = CRM.open(session.connection())
        with crm.unit(actor="ada") as unit:
            unit.put(acme())
        session.add(Invoice(note="later"))
        if keeps:
            session.commit()
        else:
            session.rollback()
        with pytest.raises(StoreClosed):
            crm.get(Organisation, "org-1")  # the connection went back to the pool with its transaction

    expected = (["Acme Ltd"], ["by the ORM", "later"]) if keeps else ([], [])
    assert expected == (names(transactional), order_notes(transactional))


@pytest.mark.parametrize("make", [SQLITE["sqlite, begun by the driver"], SQLITE["sqlite, begun by a listener"]])
def test_new_tables_are_made_in_the_hosts_transaction(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """They are gone when it is undone: no half of them ever stays."""
    engine = make(sqlite_url(tmp_path))
    with engine.connect() as connection:
        CRM.open(connection)
        assert inspect(connection).has_table("crm_record")
        connection.rollback()

    assert [] == inspect(engine).get_table_names()
    engine.dispose()


def test_new_tables_are_made_in_the_hosts_transaction_on_a_server(postgres_url: str) -> None:
    """They are gone when it is undone, on PostgreSQL too."""
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        CRM.open(connection)
        connection.rollback()

    assert [] == inspect(engine).get_table_names()
    engine.dispose()


def test_hosts_in_threads_lose_no_update(transactional: Engine) -> None:
    """Each counts up in transactions of its own, and runs again the one that was refused; every step is there."""
    with SqlStore(transactional) as store, store.unit(actor="ada") as unit:
        unit.put(acme("0"))

    def work(_: int) -> None:
        done = 0
        while done < 10:
            try:
                with transactional.begin() as connection:
                    count_up(SqlStore(connection, timeout=30))
                    connection.execute(orders.insert().values(note="one"))
            except StoreUnavailable:
                continue
            done += 1

    assert [] == in_threads(4, work)
    assert (["40"], ["one"] * 40) == (names(transactional), order_notes(transactional))


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_transaction_that_has_seen_an_older_state_is_refused(level: str, postgres_url: str) -> None:
    """A unit in a snapshot from before another's commit would write over it; it is told to run again."""
    with host(create_engine, postgres_url) as engine, SqlStore(engine) as store:
        with store.unit(actor="ada") as unit:
            unit.put(acme("0"))
        with engine.connect().execution_options(isolation_level=level) as connection:
            count_orders(connection)
            count_up(store)
            with pytest.raises(StoreUnavailable, match="undo this one, and run it again"):
                count_up(SqlStore(connection))
            connection.rollback()
            count_up(SqlStore(connection))
            connection.commit()

        assert ["2"] == names(engine)


def test_a_sqlite_transaction_that_has_seen_an_older_state_is_refused(tmp_path: Path) -> None:
    """The same in a file with a log, where a reader may go on in the past."""
    with host(SQLITE["sqlite, begun by a listener"], sqlite_url(tmp_path)) as engine, SqlStore(engine) as store:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        with store.unit(actor="ada") as unit:
            unit.put(acme("0"))
        with engine.connect() as connection:
            count_orders(connection)
            count_up(store)
            with pytest.raises(StoreUnavailable, match="undo this one, and run it again"):
                count_up(SqlStore(connection))
            connection.rollback()
            count_up(SqlStore(connection))
            connection.commit()

        assert ["2"] == names(engine)


def test_a_host_that_ends_its_transaction_within_a_unit_is_told(transactional: Engine) -> None:
    """A unit whose savepoint is gone never says that it was kept."""
    with transactional.connect() as connection:
        crm = CRM.open(connection)
        with pytest.raises(StoreError), crm.unit(actor="ada") as unit:  # noqa: PT012
            unit.put(acme())
            unit.find(Organisation)
            connection.rollback()
        connection.rollback()

    assert [] == names(transactional)


def test_a_savepoint_of_the_hosts_within_a_unit_is_not_taken_for_ours(transactional: Engine) -> None:
    """One that is ended inside the unit is part of it; one that is left open costs the unit, and nothing else."""
    with transactional.connect() as connection:
        crm = CRM.open(connection)
        with crm.unit(actor="ada") as unit:
            unit.put(acme())
            with connection.begin_nested():
                connection.execute(orders.insert().values(note="inner"))
        with pytest.raises(UnitMisuse, match="inside the unit"), crm.unit(actor="ada") as unit:  # noqa: PT012
            unit.put(Organisation(id="org-2", name="Half"))
            connection.begin_nested()
            connection.execute(orders.insert().values(note="half"))
        assert not connection.in_nested_transaction()
        connection.commit()

    assert (["Acme Ltd"], ["inner"]) == (names(transactional), order_notes(transactional))


def test_the_hosts_waiting_time_is_as_it_was(postgres_url: str) -> None:
    """The time that a unit waits for others is not left on the host's transaction, kept or undone."""
    with host(create_engine, postgres_url) as engine, engine.connect() as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '77s'")
        store = SqlStore(connection, timeout=1)
        with store.unit(actor="ada") as unit:
            unit.put(acme())
        kept = connection.exec_driver_sql("SHOW lock_timeout").scalar_one()
        with pytest.raises(ZeroDivisionError), store.unit(actor="ada"):
            raise ZeroDivisionError

        assert ("77s", "77s") == (kept, connection.exec_driver_sql("SHOW lock_timeout").scalar_one())


def test_a_connection_that_commits_each_statement_is_refused(postgres_url: str, tmp_path: Path) -> None:
    """In autocommit there is no transaction to take part in."""
    for url in (postgres_url, sqlite_url(tmp_path)):
        with (
            host(create_engine, url) as engine,
            engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
            pytest.raises(InputError, match="AUTOCOMMIT"),
        ):
            CRM.open(connection)


def test_a_connection_cut_within_a_unit_costs_the_whole_transaction(
    postgres_server: Postgres, postgres_url: str
) -> None:
    """The failure is told as one of the store, and the host cannot commit the rest."""
    with host(POSTGRES["postgres"], postgres_url) as engine:
        with engine.connect() as connection:
            connection.execute(orders.insert().values(note="before"))
            crm = CRM.open(connection)
            with pytest.raises(StoreUnavailable), crm.unit(actor="ada") as unit:  # noqa: PT012
                unit.put(acme())
                postgres_server.kill_backends(str(engine.url.database))
            with pytest.raises((exc.InvalidRequestError, exc.OperationalError)):
                connection.execute(orders.insert().values(note="after"))
            connection.rollback()

        assert ([], []) == (names(engine), order_notes(engine))


def test_a_full_disk_within_a_unit_leaves_no_half_of_the_hosts_transaction(tmp_path: Path) -> None:
    """SQLite may undo the whole transaction; then the host cannot commit what comes after without what came before."""
    with host(create_engine, sqlite_url(tmp_path)) as engine:
        with engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.execute(orders.insert().values(note="before"))
            crm = CRM.open(connection)
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
            with pytest.raises(StoreUnavailable, match="full"), crm.unit(actor="ada") as unit:  # noqa: PT012
                for number in range(1_000):
                    unit.put(Organisation(id=f"org-{number}", name="Acme"))
            with pytest.raises(exc.PendingRollbackError):
                connection.execute(orders.insert().values(note="after"))
            connection.rollback()
            connection.execute(orders.insert().values(note="again"))
            connection.commit()

        assert ([], ["again"]) == (names(engine), order_notes(engine))


def test_a_closed_connection_is_told(tmp_path: Path) -> None:
    """A store whose connection the host has closed says so."""
    with host(create_engine, sqlite_url(tmp_path)) as engine:
        with engine.connect() as connection:
            crm = CRM.open(connection)

        with pytest.raises(StoreClosed):
            crm.get(Organisation, "org-1")
        with pytest.raises(StoreClosed), crm.unit(actor="ada"):
            pass
        with engine.connect() as connection:
            assert [] == list(connection.scalars(select(orders.c.id)))
