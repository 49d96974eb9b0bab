"""A file that is replaced as a whole or not at all, whatever fails meanwhile."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from crmcore.errors import CrmcoreError, UnwritableFile
from crmcore.storage._faults import point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Disk", "replacing"]


class Disk:
    """What a file system is asked for; a test hands in one that fails."""

    def sync(self, descriptor: int) -> None:
        """Return when a file, or the names in a folder, are on the disk."""
        os.fsync(descriptor)

    def replace(self, draft: Path, target: Path) -> None:
        """Give the draft the name of the target, in one step."""
        draft.replace(target)


@contextmanager
def replacing(
    path: str | os.PathLike[str], *, checked: Callable[[Path], None], disk: Disk | None = None
) -> Iterator[Path]:
    """Give a file beside the target to write to, which only its owner may read; *checked*, it takes the target's place.

    Its content is on the disk before it gets the name, and the name before this returns: so a crash leaves the old
    file or the new one, and a failure leaves the old one.

    Raises:
        UnwritableFile: the disk is full, a folder that is not there, no right to write.

    """
    disk = disk or Disk()
    with _told(path):
        target = Path(path).resolve()
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            raise UnwritableFile(path, "not-a-file", "this is no regular file; give the path of a file")
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".tmp", dir=target.parent)
        os.close(handle)
    draft = Path(name)
    try:
        with _told(path):
            yield draft
            checked(draft)
            with draft.open("rb+") as stream:
                disk.sync(stream.fileno())
            point("backup.before_replace")
            disk.replace(draft, target)
        with _told(path, "it is there, but a power cut may take it away"):
            _sync_folder(disk, target.parent)
        point("backup.after_replace")
    finally:
        draft.unlink(missing_ok=True)


def _sync_folder(disk: Disk, folder: Path) -> None:
    if os.name != "posix":
        return  # a folder cannot be opened there, and a new name is on the disk with its file
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        disk.sync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(path: str | os.PathLike[str], so: str = "what stood there before is untouched") -> Iterator[None]:
    """Raise our error for the system's; a store's own failure, an OSError too, stays what it is."""
    try:
        yield
    except CrmcoreError:
        raise
    except (OSError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise UnwritableFile(path, "not-writable", f"it cannot be written ({cause}); {so}") from error
