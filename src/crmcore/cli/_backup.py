"""``crmcore db backup``, ``verify`` and ``restore``: a database in a file, proven, and back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmcore.cli import _options as given
from crmcore.cli._failures import reporting
from crmcore.cli._keys import sealing_of
from crmcore.cli._screen import Screen, plain

if TYPE_CHECKING:
    from crmcore.storage.backup import BackupReport

__all__ = ["backup", "restore", "verify"]

Url = Annotated[str, typer.Argument(metavar="URL", help="The database, such as sqlite:///crm.db.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]
_COPIED = "Copy a SQLite file as it is, with all tenants, instead: the copy is a database itself."
_SINCE = "The checkpoint that an earlier backup or check printed, from where nobody could change it."


def backup(
    url: Url,
    file: File,
    *,
    tenant: Annotated[str, typer.Option(help="Whose records.")] = "default",
    whole_file: Annotated[bool, typer.Option("--whole-file", help=_COPIED)] = False,
    json: given.Json = False,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Write all that a tenant has to one file, while others work; an older file is replaced at the end, or stays.

    The file holds people's data in plain text: keep it as you keep the database. What is sealed stays sealed, so no
    keyring is needed.
    """
    screen = Screen(json=json, quiet=quiet, debug=debug)
    with reporting(screen):
        from crmcore.storage.backup import backup as back_up
        from crmcore.storage.backup import backup_file
        from crmcore.storage.urls import open_store

        _check_there(url)
        if whole_file:
            size = backup_file(url, file)
            screen.say(f"{file}: a sound copy of all tenants, {size:,} bytes")
            screen.document({"command": "db backup", "file": str(file), "bytes": size, "whole_file": True})
            return
        with open_store(url, tenant=tenant) as store:
            report = back_up(store, file)
        _tell(screen, "db backup", report, done="backed up")


def verify(
    file: File,
    *,
    since: Annotated[str | None, typer.Option(metavar="UNIT:HASH", help=_SINCE)] = None,
    keyring: given.Keyring = None,
    json: given.Json = False,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Prove that a backup can be restored, by restoring it beside; exit with 1 if it cannot."""
    screen = Screen(json=json, quiet=quiet, debug=debug)
    checkpoint = _checkpoint(since)
    with reporting(screen):
        from crmcore.storage.backup import verify_backup

        report = verify_backup(file, since=checkpoint, sealing=sealing_of(file, keyring))
        _tell(screen, "db verify", report, done="sound: it was restored, and is the same")


def restore(
    file: File,
    url: Url,
    *,
    tenant: Annotated[str | None, typer.Option(help="Whose records they become; by default as before.")] = None,
    keyring: given.Keyring = None,
    json: given.Json = False,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Fill an empty tenant with a backup, all of it or nothing; a database that is not there is made."""
    screen = Screen(json=json, quiet=quiet, debug=debug)
    with reporting(screen):
        from crmcore.storage.backup import restore as fill

        report = fill(file, url, tenant=tenant, sealing=sealing_of(file, keyring))
        _tell(screen, "db restore", report, done="restored")


def _check_there(url: str) -> None:
    """Refuse a file that is not there: opening it would make it, and its backup would be empty."""
    from crmcore.errors import StoreUnavailable
    from crmcore.storage.urls import is_postgres, sqlite_path

    path = None if url == "memory:" or is_postgres(url) else sqlite_path(url)
    if path is not None and not Path(path).exists():
        raise StoreUnavailable(f"{path}: there is no such database")


def _checkpoint(text: str | None) -> Any:
    if text is None:
        return None
    from crmcore.ports import Checkpoint

    unit, colon, found = text.partition(":")
    if not (colon and unit.isascii() and unit.isdecimal() and found):
        raise typer.BadParameter("write it as it was printed: the number, a colon, the hash", param_hint="--since")
    return Checkpoint(unit=int(unit), hash=found)


def _tell(screen: Screen, command: str, report: "BackupReport", *, done: str) -> None:
    manifest = report.manifest
    records = sum(manifest.records.values())  # removed ones too
    counted = f"{records:,} record{'s' * (records != 1)}, {manifest.rows:,} rows, {report.size:,} bytes"
    screen.say(f"{report.path}: {done}; {counted}")
    screen.say(f"digest {manifest.digest}")
    if manifest.last_unit:
        screen.say(f"checkpoint {manifest.last_unit}:{plain(manifest.last_hash)} (keep it elsewhere)")
    screen.document(
        {
            "command": command,
            "file": str(report.path),
            "bytes": report.size,
            "tenant": manifest.tenant,
            "created_at": manifest.created_at.isoformat(),
            "records": dict(manifest.records),
            "rows": {table: section.rows for table, section in manifest.sections.items()},
            "digest": manifest.digest,
            "checkpoint": {"unit": manifest.last_unit, "hash": manifest.last_hash},
        }
    )
