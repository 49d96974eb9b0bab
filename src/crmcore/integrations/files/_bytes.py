"""The bytes of a file, unpacked if it is a gzip file, counted and bounded."""

from __future__ import annotations

import gzip
import io
import stat
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import attrs

from crmcore.errors import UnreadableFile

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from crmcore.integrations.files.guesses import Progress
    from crmcore.integrations.files.limits import Limits

__all__ = ["Bytes", "io_errors"]

_GZIP = b"\x1f\x8b"
_HEAD = 64 * 1024
_HARMLESS = 256 * 1024**2
_RATIO = 300
"""Text packs to a fifth or a twentieth; what packs to less than a three-hundredth is nothing but repetition."""
_BLOCK = 64 * 1024  # larger blocks leave the processor's cache: 1 MiB takes four times as long to parse


@contextmanager
def io_errors(path: object) -> Iterator[None]:
    """Translate failures of the file system and of gzip."""
    try:
        yield
    except UnreadableFile:
        raise
    except FileNotFoundError as exc:
        raise UnreadableFile(path, "missing", "there is no such file") from exc
    except PermissionError as exc:
        raise UnreadableFile(path, "not-readable", "the file may not be read; check its permissions") from exc
    except (gzip.BadGzipFile, EOFError, zlib.error) as exc:
        raise UnreadableFile(path, "broken-data", f"the packed data is damaged or cut off: {exc}") from exc
    except OSError as exc:
        raise UnreadableFile(path, "not-readable", f"the file cannot be read: {exc}") from exc


@attrs.frozen(kw_only=True)
class Bytes:
    """A regular file whose content can be read again and again.

    Attributes:
        path: where it is.
        size: bytes on disk.
        packed: it is a gzip file.
        head: its first bytes, unpacked.

    """

    path: Path
    limits: Limits
    size: int
    packed: bool
    head: bytes

    @classmethod
    def at(cls, path: str | os.PathLike[str], limits: Limits) -> Bytes:
        """Look at the file; refuse what is missing, no regular file, or empty."""
        with io_errors(path):
            try:
                where = Path(path)
                status = where.stat()
            except ValueError as exc:  # a NUL in the name
                raise UnreadableFile(path, "missing", f"there cannot be such a file: {exc}") from exc
            if not stat.S_ISREG(status.st_mode):
                what = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
                raise UnreadableFile(path, "not-a-file", f"this is {what}; give the path of one file")
            with where.open("rb") as stream:
                start = stream.read(_HEAD)
            if not start:
                raise UnreadableFile(path, "empty", "the file is empty")
            packed = start.startswith(_GZIP)
            if packed:
                with gzip.open(where, "rb") as stream:
                    start = stream.read(_HEAD)
                if not start:
                    raise UnreadableFile(path, "empty", "the gzip file holds nothing")
        return cls(path=where, limits=limits, size=status.st_size, packed=packed, head=start)

    def blocks(self, progress: Progress | None = None, *, size: int = _BLOCK) -> Iterator[bytes]:
        """Yield the content in order; a file that unpacks to more than the limit is refused while it does."""
        unpacked = 0
        with io_errors(self.path), self.path.open("rb") as raw:
            stream = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if self.packed else raw
            while block := stream.read(size):
                unpacked += len(block)
                bomb = unpacked > _HARMLESS and unpacked > _RATIO * self.size
                if self.packed and (bomb or unpacked > self.limits.gzip_bytes):
                    raise UnreadableFile(
                        self.path,
                        "unpacks-too-large",
                        f"the file of {self.size:,} bytes unpacks to more than {unpacked - len(block):,} bytes; "
                        "unpack it first if that is meant, or allow more with Limits(gzip_bytes=...)",
                    )
                if progress is not None:
                    progress.bytes_read = raw.tell()
                yield block

    def whole(self, bound: int, code: str, advice: str) -> bytes:
        """Return all of it, if that is not more than *bound* bytes."""
        content = io.BytesIO()
        for block in self.blocks(size=1024 * 1024):
            content.write(block)
            if content.tell() > bound:
                raise UnreadableFile(self.path, code, f"the file holds more than {bound:,} bytes; {advice}")
        return content.getvalue()
