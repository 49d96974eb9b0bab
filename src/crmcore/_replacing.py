"""A file that is replaced as a whole or not at all, whatever fails meanwhile."""

from __future__ import annotations

import itertools
import os
import shutil
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from crmcore.errors import CrmcoreError, UnwritableFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Disk", "replacing", "sync_folder"]

LONGEST_STEM = 100
"""Bytes of the target's name in that of the draft, which most file systems end at 255."""


class Disk:
    """What a file system is asked for; a test hands in one that fails."""

    def sync(self, descriptor: int) -> None:
        """Return when a file, or the names in a folder, are on the disk."""
        os.fsync(descriptor)

    def replace(self, draft: Path, target: Path) -> None:
        """Give the draft the name of the target, in one step."""
        draft.replace(target)


def _unchecked(draft: Path) -> None:
    """Take it as it was written."""


@contextmanager
def replacing(
    path: str | os.PathLike[str],
    *,
    private: bool = False,
    checked: Callable[[Path], None] = _unchecked,
    disk: Disk | None = None,
) -> Iterator[Path]:
    """Give a file beside the target to write to; *checked*, it takes the target's place.

    Its content is on the disk before it gets the name, and the name before this returns: so a crash leaves the old
    file or the new one, and a failure leaves the old one.

    Args:
        path: the target.
        private: whether only its owner may read it, from its first byte on; otherwise it has the rights of the file
            whose place it takes, or those that a new file gets.
        checked: raises where the draft is not what it should be.
        disk: the machine's own by default.

    Raises:
        UnwritableFile: the disk is full, a folder that is not there, no right to write.

    """
    disk = disk or Disk()
    with _told(path):
        target = _target(path)
        draft = _fresh(target, 0o600 if private else 0o666)
    try:
        with _told(path):
            yield draft
            checked(draft)
            if not private and target.exists():
                shutil.copymode(target, draft)
            with draft.open("rb+") as stream:
                disk.sync(stream.fileno())
            disk.replace(draft, target)
        with _told(path, "it is there, but a power cut may take it away"):
            sync_folder(target.parent, disk=disk)
    finally:
        draft.unlink(missing_ok=True)


def sync_folder(folder: Path, *, disk: Disk | None = None) -> None:
    """Return when the names in a folder are on the disk."""
    if os.name != "posix":
        return  # a folder cannot be opened there, and a new name is on the disk with its file
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        (disk or Disk()).sync(descriptor)
    finally:
        os.close(descriptor)


def _target(path: str | os.PathLike[str]) -> Path:
    """Return the file itself, where the path is a link to it."""
    try:
        target = Path(path).resolve()
        if target.is_symlink() or (target.exists() and not stat.S_ISREG(target.stat().st_mode)):
            raise UnwritableFile(path, "not-a-file", "this is no regular file; give the path of a file")
    except (ValueError, RuntimeError) as error:  # a NUL; before Python 3.13, a link to itself
        raise UnwritableFile(path, "not-writable", f"it is the path of no file ({error})") from error
    return target


def _fresh(target: Path, rights: int) -> Path:
    """Create an empty file that nobody else has."""
    stem = os.fsencode(target.name)[:LONGEST_STEM].decode("utf-8", "ignore")
    for attempt in itertools.count():
        draft = target.with_name(f".{stem}.{os.getpid()}-{attempt}.tmp")
        try:
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, rights))
        except FileExistsError:
            continue
        return draft
    raise AssertionError  # itertools.count() does not end


@contextmanager
def _told(path: str | os.PathLike[str], so: str = "what stood there before is untouched") -> Iterator[None]:
    """Raise our error for the system's; one of ours that is an OSError too stays what it is."""
    try:
        yield
    except CrmcoreError:
        raise
    except OSError as error:
        raise UnwritableFile(path, "not-writable", f"it cannot be written ({error.strerror or error}); {so}") from error
