"""A file of a store, replaced as a whole or not at all; a test may let it fail right before and after."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import crmcore._replacing as files
from crmcore._replacing import Disk
from crmcore.storage._faults import point

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["replacing"]


class _Pointed(Disk):
    """Any disk, with the fault point before the file gets its name."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def sync(self, descriptor: int) -> None:
        self._disk.sync(descriptor)

    def replace(self, draft: Path, target: Path) -> None:
        point("backup.before_replace")
        self._disk.replace(draft, target)


@contextmanager
def replacing(
    path: str | os.PathLike[str], *, checked: Callable[[Path], None], disk: Disk | None = None
) -> Iterator[Path]:
    """Give a file beside the target to write to, which only its owner may read; see :mod:`crmcore._replacing`."""
    with files.replacing(path, private=True, checked=checked, disk=_Pointed(disk or Disk())) as draft:
        yield draft
    point("backup.after_replace")
