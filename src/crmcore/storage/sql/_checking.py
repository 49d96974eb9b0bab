"""Looking at a database without touching it: its version, what is out of date, whether each history is whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from sqlalchemy import select

from crmcore.errors import InputError, SchemaMismatch, StoreUnavailable, Tampered
from crmcore.storage._verifying import verified
from crmcore.storage.kinds import model_codec
from crmcore.storage.sql._database import open_database
from crmcore.storage.sql._errors import translated
from crmcore.storage.sql._preparing import version_of
from crmcore.storage.sql._searched import search_fault, word_index_fault
from crmcore.storage.sql._shapes import Shapes
from crmcore.storage.sql._tables import SqlTables
from crmcore.storage.sql._waiting import outbox_fault
from crmcore.storage.sql.projection import Projection
from crmcore.storage.sql.schema import SCHEMA_VERSION, tenant
from crmcore.storage.urls import is_postgres, sqlite_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine

    from crmcore.ports import Checkpoint, Keyring
    from crmcore.storage.codec import Codec

__all__ = ["Checked", "check", "check_there"]


@attrs.frozen(kw_only=True)
class Checked:
    """What was found in a database.

    Attributes:
        version: the version of its schema.
        wanted: the one that this crmcore writes.
        outdated: kinds whose tables of searched columns have another shape than the catalogue has now.
        tenants: tenant -> where its history ends, or how it is not what was written; empty for an older schema.
        faults: what else is damaged, in words: the first record of each kind and tenant that is not found by what it
            holds, and the first delivery in each outbox that can never have been written.

    """

    version: int
    wanted: int
    outdated: tuple[str, ...]
    tenants: Mapping[str, Checkpoint | Tampered]
    faults: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether a store can be opened on it."""
        return self.version == self.wanted and not self.outdated

    @property
    def is_whole(self) -> bool:
        """Whether the history of every tenant is what was written."""
        return not any(isinstance(found, Tampered) for found in self.tenants.values())

    @property
    def is_sound(self) -> bool:
        """Whether a store can be opened on it, all histories are whole, and nothing else is damaged."""
        return self.is_current and self.is_whole and not self.faults


def check(
    where: str | Engine | Connection,
    *,
    codec: Codec | None = None,
    keyring: Keyring | None = None,
    timeout: float = 5.0,
) -> Checked:
    """Say which version a database has, what is out of date, and whether all in it is whole; change nothing.

    Args:
        where: as for :class:`crmcore.storage.SqlStore`.
        codec: the kinds whose tables are looked at; by default all of crmcore.model.
        keyring: opens the records of sealed tenants; without it, what they are searched by is passed over.
        timeout: seconds to wait for a connection.

    Raises:
        InputError: not such an address, or one of memory.
        SchemaMismatch: nothing of crmcore is there, or it is of a newer one.
        StoreUnavailable: it cannot be opened.

    """
    if isinstance(where, str) and _file_of(where) is None and not is_postgres(where):
        raise InputError(f"{where!r} is memory, which begins empty; there is nothing to check")
    check_there(where)
    database = open_database(where, timeout=timeout, durability="full")
    projection = Projection(codec or model_codec(), keyring=keyring)
    try:
        with database.reading(snapshot=True) as connection, translated(database.name):
            version = version_of(connection, database.name, alone=isinstance(where, str))
            if version == 0:
                raise SchemaMismatch(f"{database.name}: it is empty; opening a store makes the tables")
            if version < SCHEMA_VERSION:
                return Checked(version=version, wanted=SCHEMA_VERSION, outdated=(), tenants={})
            shapes = Shapes(connection, projection)
            outdated = sorted(tables.kind for tables in shapes.changed)
            names = connection.execute(select(tenant.c.tenant).order_by(tenant.c.tenant)).scalars().all()
            ends = {name: _end(connection, name, database.name, projection) for name in names}
            whole = [name for name, end in ends.items() if not isinstance(end, Tampered)]
            return Checked(
                version=version,
                wanted=SCHEMA_VERSION,
                outdated=tuple(outdated),
                tenants=ends,
                faults=tuple(_faults(connection, projection, shapes, tenants=whole, where=database.name)),
            )
    finally:
        database.release()


def check_there(where: str | Engine | Connection) -> None:
    """Refuse the address of a file that is not there: looking at it would make it."""
    path = _file_of(where) if isinstance(where, str) else None
    if path is not None and not Path(path).exists():
        raise StoreUnavailable(f"{path}: there is no such file; opening a store makes one")


def _file_of(url: str) -> str | None:
    return None if url == "memory:" or is_postgres(url) else sqlite_path(url)


def _end(connection: Connection, name: str, where: str, projection: Projection) -> Checkpoint | Tampered:
    try:
        return verified(SqlTables(connection, tenant=name, where=where, projection=projection), None)
    except Tampered as found:
        return found


def _faults(
    connection: Connection, projection: Projection, shapes: Shapes, *, tenants: Sequence[str], where: str
) -> Iterator[str]:
    other = {tables.kind for tables in (*shapes.missing, *shapes.changed)}
    for tables in projection:
        if tables.kind in other:
            continue
        for name in tenants:
            if fault := search_fault(connection, projection, tables, tenant=name, where=where):
                yield f"tenant {name!r}: {fault}"
        if fault := word_index_fault(connection, tables, where=where):
            yield fault
    for name in tenants:
        if fault := outbox_fault(connection, of=name, where=where):
            yield f"tenant {name!r}: {fault}"
