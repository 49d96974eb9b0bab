"""Bringing a database of an older crmcore up: all revisions in one transaction, through Alembic's own interface."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from crmcore.errors import InputError
from crmcore.storage._instants import text_of
from crmcore.storage.kinds import model_codec
from crmcore.storage.sql import _postgres, migrations
from crmcore.storage.sql._checking import check_there
from crmcore.storage.sql._database import open_database
from crmcore.storage.sql._preparing import VERSION_TABLE
from crmcore.storage.sql.migrations import Run
from crmcore.storage.sql.projection import Projection
from crmcore.system import SystemClock, system_entropy

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from crmcore.ports import Clock, Entropy, Keyring
    from crmcore.storage.codec import Codec
    from crmcore.storage.sql._preparing import Migrated

__all__ = ["migrate", "run_revisions"]


def migrate(
    where: str | Engine | Connection,
    *,
    codec: Codec | None = None,
    keyring: Keyring | None = None,
    timeout: float = 600.0,
    clock: Clock | None = None,
    entropy: Entropy = system_entropy,
) -> Migrated:
    """Bring a database of any earlier crmcore up to this one, all of it or nothing; an empty one gets its tables.

    Everything happens in one transaction: if it fails or the process is killed, the database is as it was, and the next
    run begins again. Whoever else migrates meanwhile waits, and then finds nothing to do. Stop what still runs on the
    old schema: it could not go on. On a SQLite file it takes up to twice the file's size beside it meanwhile.

    Args:
        where: as for :class:`crmcore.storage.SqlStore`; a host's connection is left with its transaction open.
        codec: the kinds whose tables of searched columns are made where they are missing or have changed.
        keyring: opens what is sealed, where tables of searched columns are filled.
        timeout: seconds to wait for others who write or migrate.
        clock, entropy: where times, salts and secrets come from; the machine's own by default.

    Raises:
        InputError: not such an address, or one of plain memory.
        SchemaMismatch: something else's database, or a newer crmcore's, or a record that cannot be read; as it was.
        Tampered: what was kept is not whole; as it was.
        KeyUnavailable: records are sealed, and the keyring is missing or another one; as it was.
        Taken: two records of one kind claim one value; as it was.
        StoreUnavailable: no such file, it cannot be opened or written, or others held it for too long.

    >>> migrate("sqlite://").version
    3
    """
    if where == "memory:":
        raise InputError("'memory:' begins empty; there is nothing to bring up")
    check_there(where)
    run = Run(at=text_of((clock or SystemClock()).now()), entropy=entropy)
    database = open_database(where, timeout=timeout, durability="full")
    try:
        projection = Projection(codec or model_codec(), keyring=keyring)
        return database.prepare(projection, upgrade=partial(_upgrade, run=run, timeout=timeout))
    finally:
        database.release()


def _upgrade(connection: Connection, version: int, *, run: Run, timeout: float) -> None:
    if connection.dialect.name == "sqlite":
        run_revisions(connection, version, run=run)
        return
    before = _postgres.wait_at_most(connection, timeout)
    run_revisions(connection, version, run=run)
    _postgres.wait_as_before(connection, before)


def run_revisions(connection: Connection, version: int, *, run: Run, to: str = "head") -> None:
    """Run the revisions past a version within the connection's transaction; each moves the version table."""
    scripts = ScriptDirectory(Path(migrations.__file__).parent)
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    below = f"{version:04}" if version else "base"
    for script in reversed(list(scripts.iterate_revisions(to, below))):
        script.module.upgrade(Operations(context), run)
        context.stamp(scripts, script.revision)
