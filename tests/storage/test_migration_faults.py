"""A migration that fails, is killed, or meets others leaves the database before it or after it, never between."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from crmcore.errors import CrmcoreError, SchemaOutdated
from crmcore.model.schema import KINDS
from crmcore.storage import Codec, SqlStore
from crmcore.storage.sql import _preparing, check, migrate
from crmcore.storage.sql._migrating import run_revisions
from crmcore.storage.sql.migrations import Run
from tests.golden.stores import load_postgres, load_sqlite
from tests.postgres import Postgres

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork to kill a process at a statement")

FEW = Codec([KINDS["note"]])
"""One kind with tables of its own is enough to be killed in; it keeps the number of statements low."""
EVERY = 3
"""Statements from one kill to the next; in SQLite, exceptions are raised at every single one."""


class Stopped(Exception):
    """What a fault raises."""


@contextmanager
def at_statement(number: int, fault: Callable[[], None]) -> Iterator[list[str]]:
    """Let *fault* happen before the statement of that number; yield those that were sent."""
    seen: list[str] = []

    def tick(statement: str) -> None:
        seen.append(statement)
        if len(seen) == number:
            fault()

    def sent(*given: object) -> None:
        tick(str(given[2]))

    def ended(*_: object) -> None:
        tick("COMMIT")

    event.listen(Engine, "before_cursor_execute", sent)
    if fault is die:  # SQLAlchemy does not expect an exception there
        event.listen(Engine, "commit", ended)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", sent)
        if fault is die:
            event.remove(Engine, "commit", ended)


def stop() -> None:
    """Raise an exception."""
    raise Stopped


def die() -> None:
    """Kill this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def whole(url: str) -> None:
    """Migrate as users do."""
    migrate(url, codec=FEW)


def careless(url: str) -> None:
    """Run the same revisions with nothing around them, so that each statement is a commit of its own."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        _preparing.stamp(connection, 1)
        run_revisions(connection, 1, run=Run(at="2026-11-23T09:00:00.000000Z", entropy=bytes))
    engine.dispose()


def killed(url: str, number: int, work: Callable[[str], None]) -> bool:
    """Migrate in a child that dies before a statement; say whether it did (False: there were fewer)."""
    child = os.fork()
    if child == 0:
        try:
            with at_statement(number, die):
                work(url)
        except BaseException:  # noqa: BLE001 - the child must not return into the test run
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def state(url: str) -> str:
    """Say where a database stands: old, new, or between."""
    try:
        found = check(url, codec=FEW)
        if found.version == 1:
            return "old" if contents(url) == OLD else "between"
        with SqlStore(url, tenant="acme", codec=FEW) as store:
            return "new" if found.is_whole and store.history.verify().unit == 4 else "between"
    except (CrmcoreError, SQLAlchemyError):
        return "between"


def contents(url: str) -> dict[str, int]:
    """Count the rows of each table of schema 1."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() for table in OLD}  # noqa: S608
    engine.dispose()
    return found


OLD = {"crm_event": 4, "crm_lookup": 21, "crm_record": 13, "crm_tenant": 2, "crm_unit": 4}


def test_an_exception_at_any_statement_changes_nothing(tmp_path: Path) -> None:
    """In SQLite: version and content are as before, and the next run succeeds."""
    master = tmp_path / "master.db"
    load_sqlite(1, master)
    found: Counter[str] = Counter()
    for number in range(1, 10_000):
        path = tmp_path / "crm.db"
        shutil.copy(master, path)
        url = f"sqlite:///{path}"
        with at_statement(number, stop) as seen, suppress(Stopped):
            migrate(url, codec=FEW)
        found[state(url)] += 1
        if len(seen) < number:
            break
        if number % 10 == 0:
            migrate(url, codec=FEW)

            assert "new" == state(url)
        for rest in tmp_path.glob("crm.db*"):
            rest.unlink()

    assert {"old", "new"} == set(found)
    assert 60 < found["old"]
    assert found["new"] < 8, "only what follows the commit comes too late"


def test_an_exception_at_any_statement_changes_nothing_on_a_server(postgres_url: str, tmp_path: Path) -> None:
    """The same in PostgreSQL, at every fourth statement."""
    load_postgres(1, postgres_url, tmp_path)
    before, number = 0, -3
    while True:
        number += 4
        with at_statement(number, stop) as seen, suppress(Stopped):
            migrate(postgres_url, codec=FEW)
        if (now := state(postgres_url)) != "old":
            break
        before += 1

    assert "new" == now
    assert len(seen) - 8 <= 4 * before
    assert 15 < before


def outcomes(
    make: Callable[[], str], *, every: int, work: Callable[[str], None] = whole, until: str = ""
) -> Counter[str]:
    """Kill a migration at every so many statements, each of a new old database; count what was found, and found again."""
    found: Counter[str] = Counter()
    number = 1
    while True:
        url = make()
        died = killed(url, number, work)
        now = state(url)
        found[now] += 1
        if now == until or not died:
            return found
        if now != "between":
            migrate(url, codec=FEW)

            assert "new" == state(url)
        number += every


def copied(master: Path, folder: Path) -> str:
    """Return the address of a new copy of the file."""
    for rest in folder.glob("crm.db*"):
        rest.unlink()
    shutil.copy(master, folder / "crm.db")
    return f"sqlite:///{folder / 'crm.db'}"


def test_a_killed_migration_leaves_before_or_after(tmp_path: Path) -> None:
    """SIGKILL before a statement, SQLite: the old database or the new one, and the next run succeeds."""
    load_sqlite(1, tmp_path / "master.db")
    found = outcomes(partial(copied, tmp_path / "master.db", tmp_path), every=EVERY)

    assert {"old", "new"} == set(found)
    assert 60 / EVERY < found["old"]


def test_a_killed_migration_leaves_before_or_after_on_a_server(postgres_server: Postgres, tmp_path: Path) -> None:
    """SIGKILL before a statement, PostgreSQL: the old database or the new one, and the next run succeeds."""
    made: list[str] = []

    def make() -> str:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(postgres_server.create_database())
        return load_postgres(1, postgres_server.url(made[-1]), folder)

    try:
        found = outcomes(make, every=4 * EVERY)
    finally:
        for name in made:
            postgres_server.drop_database(name)

    assert {"old", "new"} == set(found)
    assert 5 < found["old"]


def test_the_harness_sees_a_migration_in_many_commits(tmp_path: Path) -> None:
    """The negative control: without the transaction around it all, kills leave the database between."""
    load_sqlite(1, tmp_path / "master.db")
    make = partial(copied, tmp_path / "master.db", tmp_path)
    found = outcomes(make, every=9, work=careless, until="between")

    assert 0 < found["between"]


def together(count: int, work: Callable[[], object]) -> list[int]:
    """Do the work in as many processes, released at one moment; return their exit codes."""
    gate_read, gate_write = os.pipe()
    children = []
    for _ in range(count):
        child = os.fork()
        if child == 0:
            os.close(gate_write)
            os.read(gate_read, 1)
            try:
                work()
            except BaseException:  # noqa: BLE001 - the child must not return into the test run
                os._exit(1)
            os._exit(0)
        children.append(child)
    os.close(gate_read)
    os.close(gate_write)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_eight_at_once_migrate_once(where: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """One migrates, seven wait and find it done; one row says the version, and the history tells of one upgrade."""
    if where == "sqlite":
        url = load_sqlite(1, tmp_path / "crm.db")
    else:
        url = load_postgres(1, request.getfixturevalue("postgres_url"), tmp_path)
    told = os.open(tmp_path / "told", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def work() -> None:
        os.write(told, b"%d" % migrate(url).before)
        with SqlStore(url, tenant="acme") as store:
            store.history.verify()

    assert [0] * 8 == together(8, work)
    assert b"13333333" == bytes(sorted((tmp_path / "told").read_bytes()))
    engine = create_engine(url)
    with engine.connect() as connection:
        assert [("0003",)] == connection.execute(_preparing.versions.select()).all()
    engine.dispose()
    with SqlStore(url, tenant="acme") as store:
        assert ["import", "ada", "bob", "crmcore upgrade"] == [unit.actor for unit in store.history.units()]


def test_a_version_that_only_the_log_knows_is_known(tmp_path: Path) -> None:
    """A process that is killed after the migration leaves it in the log beside the file; opening finds it there."""
    url = load_sqlite(1, tmp_path / "crm.db")
    child = os.fork()
    if child == 0:
        try:
            holder = sqlite3.connect(tmp_path / "crm.db")  # keeps the log from being taken in at the end
            holder.execute("SELECT count(*) FROM crm_tenant").fetchone()
            migrate(url)
            die()
        finally:
            os._exit(1)
    os.waitpid(child, 0)

    assert 1 == int.from_bytes((tmp_path / "crm.db").read_bytes()[60:64], "big")
    with SqlStore(url, tenant="acme") as store:
        assert 4 == store.history.verify().unit
    with closing(sqlite3.connect(tmp_path / "crm.db")) as connection:
        assert (3,) == connection.execute("PRAGMA user_version").fetchone()


def test_others_wait_no_longer_than_they_are_told(tmp_path: Path) -> None:
    """While another holds the file, a migration gives up after its timeout, with nothing done."""
    url = load_sqlite(1, tmp_path / "crm.db")
    with closing(sqlite3.connect(tmp_path / "crm.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CrmcoreError, match="another writer held it for too long"):
            migrate(url, timeout=0.1)
        other.execute("ROLLBACK")
    with pytest.raises(SchemaOutdated):
        SqlStore(url)
