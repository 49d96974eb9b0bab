"""A file is replaced as a whole or not at all."""

from __future__ import annotations

import itertools
import os
import shutil
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from crmcore.errors import UnwritableFile

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["replacing"]


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a path beside the target to write to; on success it takes the target's place, on failure it goes.

    The content is on disk before the name changes, so that a crash leaves the old file or the new one.
    """
    try:
        target = Path(path).resolve()
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            raise UnwritableFile(path, "not-a-file", "this is no regular file; give the path of a file")
        draft = _fresh(target)
    except (OSError, ValueError, RuntimeError) as exc:
        if isinstance(exc, UnwritableFile):
            raise
        raise UnwritableFile(path, "not-writable", f"the file cannot be written: {exc}") from exc
    try:
        yield draft
        _settle(draft, target)
    except UnwritableFile:
        raise
    except OSError as exc:
        raise UnwritableFile(path, "not-writable", f"the file cannot be written: {exc}") from exc
    finally:
        draft.unlink(missing_ok=True)


def _fresh(target: Path) -> Path:
    """Create an empty file that nobody else has, with the rights that a new file gets here."""
    for attempt in itertools.count():
        draft = target.with_name(f".{target.name[:200]}.{os.getpid()}-{attempt}.tmp")
        try:
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except FileExistsError:
            continue
        return draft
    raise AssertionError  # itertools.count() does not end


def _settle(draft: Path, target: Path) -> None:
    if target.exists():
        shutil.copymode(target, draft)
    with draft.open("rb+") as stream:
        os.fsync(stream.fileno())
    draft.replace(target)
    if os.name == "posix":
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
