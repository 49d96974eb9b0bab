"""Backups: the whole state of one tenant in one file, proven when it is made and when it is restored.

    backup(store, path)        write one, from any store, while others write
    read_manifest(path)        say what a file holds, once its bytes are checked
    sealed_from(path)          say whether it needs a keyring, and of which sensitivity
    verify_backup(path)        prove that it can be restored, by restoring it beside
    restore(path, where)       fill an empty tenant with it
    copy(source, target)       the same from store to store, without a file
    backup_file(where, path)   copy a SQLite file with all tenants, for whoever runs the database

A backup is JSON Lines with a manifest, see :class:`BackupManifest`. It holds people's data in plain text, so only its
owner may read the file; it does not hold the secret that signs cursors. Its hashes detect damage, not malice: keep the
checkpoint of the report elsewhere, and give it to :func:`verify_backup`.

>>> import tempfile, pathlib
>>> from crmcore.model.organisation import Organisation
>>> from crmcore.storage import MemoryStore, logical_digest
>>> store, other = MemoryStore(), MemoryStore()
>>> with store.unit(actor="ada") as unit:
...     _ = unit.put(Organisation(id="org-1", name="Acme"))
>>> with tempfile.TemporaryDirectory() as folder:
...     report = backup(store, pathlib.Path(folder, "crm.backup"))
...     restored = restore(report.path, other)
>>> logical_digest(other) == logical_digest(store) == report.manifest.digest
True
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import attrs

from crmcore.errors import BackupDamaged, InputError, UnwritableFile
from crmcore.ports import Checkpoint
from crmcore.storage._backup_reading import BackupReader
from crmcore.storage._backup_writing import write_backup
from crmcore.storage._manifest import BackupManifest, Section
from crmcore.storage._replacing import replacing
from crmcore.storage.digest import Stateful, logical_digest
from crmcore.storage.kinds import model_codec
from crmcore.storage.urls import is_postgres, open_store, sqlite_path
from crmcore.system import SystemClock

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from crmcore.model.field import Sensitivity
    from crmcore.ports import Clock
    from crmcore.storage._store import TenantStore
    from crmcore.storage.codec import Codec
    from crmcore.storage.sealing import Sealing

    AnyPath = str | os.PathLike[str]

__all__ = [
    "BackupManifest",
    "BackupReport",
    "Section",
    "TenantState",
    "backup",
    "backup_file",
    "copy",
    "read_manifest",
    "restore",
    "sealed_from",
    "verify_backup",
]

IN_MEMORY = 100_000
"""Rows up to which a backup is restored in memory to verify it; more go into a file that is removed afterwards."""

SQLITE = b"SQLite format 3\0"


@runtime_checkable
class TenantState(Stateful, Protocol):
    """A store that can be backed up."""

    @property
    def tenant(self) -> str:
        """Whose records it keeps."""
        ...


@attrs.frozen(kw_only=True)
class BackupReport:
    """What a backup holds.

    Attributes:
        path: the file.
        size: its bytes.
        manifest: what it says of itself.

    """

    path: Path
    size: int
    manifest: BackupManifest

    @property
    def checkpoint(self) -> Checkpoint:
        """Where the chain of its history ends: kept elsewhere, it tells a forged backup from this one."""
        return Checkpoint(unit=self.manifest.last_unit, hash=self.manifest.last_hash)


def backup(store: TenantState, path: AnyPath, *, clock: Clock | None = None) -> BackupReport:
    """Write the whole state of a store, as of one moment, to a file; others may write meanwhile.

    The file is read back and checked, then takes the place of an older one at once: a failure, a full disk or a kill
    leaves the older one. Memory does not grow with the store.

    Args:
        store: any store of ours, or another that has ``state()`` and ``tenant``.
        path: where to; only its owner may read the file.
        clock: dates the backup; the machine's own by default.

    Raises:
        UnwritableFile: a full disk, a folder that is not there, no right to write.
        StoreError: the store cannot be read.

    """
    _refuse_database(Path(path))
    created_at = (clock or SystemClock()).now()
    reports: list[BackupReport] = []

    def read_back(draft: Path) -> None:
        with BackupReader(draft) as reader:
            reports.append(BackupReport(path=Path(path), size=reader.size, manifest=reader.manifest))

    with replacing(path, checked=read_back) as draft, draft.open("wb") as out:
        write_backup(out, store.state(), tenant=store.tenant, created_at=created_at)
    return reports[0]


def read_manifest(path: AnyPath, *, codec: Codec | None = None) -> BackupManifest:
    """Check the bytes of a backup, and that the codec knows all of its kinds; return what it says of itself.

    Raises:
        UnreadableFile, BackupDamaged, SchemaMismatch: as :func:`verify_backup`.

    """
    with BackupReader(path) as reader:
        reader.check_kinds(model_codec() if codec is None else codec)
        return reader.manifest


def sealed_from(path: AnyPath) -> Sensitivity | None:
    """Say from which sensitivity on a backup is sealed, which its :class:`Sealing` must name; None where it is not.

    Raises:
        UnreadableFile, BackupDamaged, SchemaMismatch: as :func:`verify_backup`.

    """
    with BackupReader(path) as reader:
        return reader.sealed_from()


def verify_backup(
    path: AnyPath,
    *,
    codec: Codec | None = None,
    since: Checkpoint | None = None,
    sealing: Sealing | None = None,
    folder: AnyPath | None = None,
) -> BackupReport:
    """Prove that a backup can be restored, by restoring it: its bytes, every row, its digest and its history.

    Args:
        path: the file.
        codec: the kinds that it holds; by default all of crmcore.model.
        since: the checkpoint of this backup, or of an earlier one, from where nobody could change it.
        sealing: what opens sealed records; a backup of them holds their keys wrapped, and no keyring.
        folder: where to put a large one meanwhile; by default the system's folder for temporary files.

    Raises:
        UnreadableFile: it cannot be read.
        BackupDamaged: altered, cut short, or none of ours.
        SchemaMismatch: a newer crmcore wrote it, or it holds a kind that the codec does not know.
        Tampered: its history is not what was written.

    """
    with BackupReader(path) as reader, _beside(reader.manifest, codec, sealing, folder) as store:
        reader.check_kinds(store.codec)
        store.load(reader.rows())
        if logical_digest(store) != reader.manifest.digest:
            raise BackupDamaged(path, "restored, it does not have the digest that it tells")
        report = BackupReport(path=Path(path), size=reader.size, manifest=reader.manifest)
        if store.history.verify(since=since) != report.checkpoint:
            raise BackupDamaged(path, "restored, its history does not end where it tells")
    return report


def restore(
    path: AnyPath,
    where: str | TenantStore,
    *,
    tenant: str | None = None,
    codec: Codec | None = None,
    sealing: Sealing | None = None,
) -> BackupReport:
    """Fill an empty tenant with a backup: all of it in one transaction, or nothing; then just run it again.

    Afterwards the digest, the history, as-of reads and what consumers of the outbox have settled are as they were.
    Cursors of pages that were handed out before are not: their secret is no part of a backup. Memory does not grow with
    the backup.

    Args:
        path: the file.
        where: a store, or the address of a database, see :func:`crmcore.storage.open_store`.
        tenant: whose records they become, where an address is given; by default of the tenant that was backed up.
            Sealed records are bound to their tenant.
        codec: the kinds, where an address is given; by default all of crmcore.model.
        sealing: what opens sealed records, where an address is given.

    Raises:
        UnreadableFile, BackupDamaged, SchemaMismatch: as :func:`verify_backup`, before the target is touched.
        NotEmpty: something is kept there already; nothing was touched.
        StoreError: the target failed; it is empty still.

    """
    if where == "memory:":
        raise InputError("what is restored into 'memory:' would be gone at once; give a MemoryStore that you keep")
    with BackupReader(path) as reader:
        if isinstance(where, str):
            reader.check_kinds(model_codec() if codec is None else codec)
            tenant = tenant or reader.manifest.tenant
            with open_store(where, tenant=tenant, codec=codec, sealing=sealing) as store:
                store.load(reader.rows())
        elif (tenant, codec, sealing) != (None, None, None):
            raise InputError("a store has its tenant, codec and sealing already; give them with an address only")
        else:
            reader.check_kinds(where.codec)
            where.load(reader.rows())
        return BackupReport(path=Path(path), size=reader.size, manifest=reader.manifest)


def copy(source: Stateful, target: TenantStore) -> str:
    """Fill an empty store with all that another holds, and return the digest that both have.

    All of it comes in, in one transaction, or nothing; the source may be written meanwhile.

    Raises:
        NotEmpty: the target keeps something already; nothing was touched.
        SchemaMismatch: the source holds a kind that the codec of the target does not know.

    >>> from crmcore.storage import MemoryStore
    >>> copy(MemoryStore(), MemoryStore()) == logical_digest(MemoryStore())
    True
    """
    return target.load(source.state())


def backup_file(where: str | Path, path: AnyPath, *, timeout: float = 5.0) -> int:
    """Copy a SQLite database with all its tenants, as of one moment, while others write; return the bytes.

    This is for whoever runs the database; the copy is a database itself, which can be opened in its place.

    Args:
        where: ``sqlite:///crm.db``, or the path of the file.
        path: where to; it is replaced at once, after the copy was checked.
        timeout: seconds to wait for a lock, where the file is not in WAL mode.

    Raises:
        InputError: an address of no file; a PostgreSQL server has its own ``pg_basebackup`` and ``pg_dump``.
        StoreUnavailable: there is no such database, or it is damaged.
        UnwritableFile: the copy cannot be written, or would take the place of a database in use.

    """
    source = where if isinstance(where, Path) else _file_of(where)
    from crmcore.storage.sql._sqlite_copy import copy_file

    return copy_file(source, Path(path), timeout=timeout)


def _refuse_database(path: Path) -> None:
    """Refuse to write a backup over a database: a slip of the pen would cost what it was to save."""
    try:
        with path.open("rb") as file:
            is_database = file.read(len(SQLITE)) == SQLITE
    except (OSError, ValueError):
        return  # not there, or not to be read: writing will tell
    if is_database:
        raise UnwritableFile(path, "a-database", "a SQLite database stands there; name another file for the backup")


def _file_of(url: str) -> Path:
    if is_postgres(url):
        raise InputError(
            "a PostgreSQL server is copied by its own pg_basebackup or pg_dump; back up tenants by backup()"
        )
    named = None if url == "memory:" else sqlite_path(url)
    if named is None:
        raise InputError("a database in memory has no file to copy; back up its tenants by backup()")
    return Path(named)


@contextmanager
def _beside(
    manifest: BackupManifest, codec: Codec | None, sealing: Sealing | None, folder: AnyPath | None
) -> Iterator[TenantStore]:
    """Give an empty store that is gone afterwards."""
    if manifest.rows <= IN_MEMORY or find_spec("sqlalchemy") is None:
        with open_store("memory:", tenant=manifest.tenant, codec=codec, sealing=sealing) as store:
            yield store
        return
    with tempfile.TemporaryDirectory(prefix="crmcore-verify-", dir=folder) as scratch:
        url = f"sqlite:///{Path(scratch).absolute() / 'crm.db'}"
        with open_store(url, tenant=manifest.tenant, codec=codec, durability="relaxed", sealing=sealing) as store:
            yield store
