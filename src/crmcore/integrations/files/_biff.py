"""Looks through an old workbook (XLS) before the real reader does: to learn how large a grid each sheet is.

An XLS file is a small file system (MS-CFB) with one stream of records (MS-XLS). The reader keeps a full grid for every
sheet as it opens the file, so many small sheets that each fill their last cell would ask for gigabytes.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from crmcore.errors import UnreadableFile
from crmcore.integrations.files._zipguard import grid_too_large

if TYPE_CHECKING:
    from pathlib import Path

    from crmcore.integrations.files.limits import Limits

__all__ = ["check_xls"]

_END = 0xFFFFFFFA  # this and above are no sectors
_BOF = 0x0809
_CELLS = frozenset(
    {
        0x0006,
        0x0201,
        0x0203,
        0x0204,
        0x0205,
        0x027E,
        0x00D6,
        0x00FD,
        0x00BD,
        0x00BE,
        0x0001,
        0x0002,
        0x0003,
        0x0004,
        0x0005,
    }
)
_MULTIPLE = frozenset({0x00BD, 0x00BE})


def check_xls(path: Path, limits: Limits, content: bytes) -> None:
    """Refuse a file that is encrypted, is no workbook, or whose sheets span too many cells in all."""
    try:
        names = _Container(content)
        if names.has("EncryptedPackage"):
            raise UnreadableFile(path, "encrypted", "the workbook is encrypted; save it without a password")
        stream = names.stream("Workbook") or names.stream("Book")
    except (struct.error, IndexError, ValueError) as exc:
        if isinstance(exc, UnreadableFile):
            raise
        raise UnreadableFile(path, "broken-workbook", f"the workbook is damaged: {exc}") from exc
    if not stream:
        raise UnreadableFile(path, "not-a-workbook", "this is an Office file, but holds no workbook")
    _check_grids(path, stream, limits)


def _check_grids(path: Path, stream: bytes, limits: Limits) -> None:
    at = total = rows = columns = 0
    while at + 4 <= len(stream):
        record, size = struct.unpack_from("<HH", stream, at)
        if record & 0xFF == _BOF & 0xFF and record >> 8 in {0, 2, 4, 8}:
            total += rows * columns
            rows = columns = 0
        elif record in _CELLS and size >= 4:
            row, column = struct.unpack_from("<HH", stream, at + 4) if at + 8 <= len(stream) else (0, 0)
            if record in _MULTIPLE and at + 4 + size <= len(stream):
                (column,) = struct.unpack_from("<H", stream, at + 2 + size)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
        if total + rows * columns > limits.sheet_cells:
            raise grid_too_large(path, rows, columns, limits)
        at += 4 + size


class _Container:
    """The streams of a compound file (MS-CFB), read with every chain bounded by the number of sectors."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if not 7 <= shift <= 16 or not 2 <= mini_shift <= shift:
            raise ValueError("its sectors have an impossible size")
        self.size, self.mini_size = 1 << shift, 1 << mini_shift
        (first_directory,) = struct.unpack_from("<I", content, 48)
        (self.cutoff, first_mini) = struct.unpack_from("<II", content, 56)
        self.most = len(content) // self.size + 1
        self.fat = self._fat()
        self.mini_fat = self._numbers(self._chain(first_mini))
        self.entries = self._entries(self._chain(first_directory))
        self.mini = b""
        if root := self.entries.get("Root Entry"):
            self.mini = self._chain(root[0])

    def has(self, name: str) -> bool:
        return name in self.entries

    def stream(self, name: str) -> bytes:
        """Return the content of a stream; nothing if there is none."""
        if name not in self.entries:
            return b""
        start, size = self.entries[name]
        if size >= self.cutoff:
            return self._chain(start)[:size]
        parts = []
        for _ in range(len(self.mini_fat)):
            if start >= len(self.mini_fat):
                break
            parts.append(self.mini[start * self.mini_size : (start + 1) * self.mini_size])
            start = self.mini_fat[start]
        return b"".join(parts)[:size]

    def _sector(self, number: int) -> bytes:
        return self.content[(number + 1) * self.size : (number + 2) * self.size]

    def _numbers(self, data: bytes) -> list[int]:
        return [number for (number,) in struct.iter_unpack("<I", data[: len(data) // 4 * 4])]

    def _fat(self) -> list[int]:
        """Follow the table of tables: 109 entries in the header, the rest in a chain."""
        tables = [*struct.unpack_from("<109I", self.content, 76)]
        (following,) = struct.unpack_from("<I", self.content, 68)
        for _ in range(self.most):
            if following >= _END:
                break
            *more, following = self._numbers(self._sector(following)) or [_END]
            tables += more
        fat: list[int] = []
        for table in tables[: self.most]:
            if table < _END:
                fat += self._numbers(self._sector(table))
        return fat

    def _chain(self, start: int) -> bytes:
        parts = []
        for _ in range(self.most):
            if start >= len(self.fat):
                break
            parts.append(self._sector(start))
            start = self.fat[start]
        return b"".join(parts)

    def _entries(self, directory: bytes) -> dict[str, tuple[int, int]]:
        entries: dict[str, tuple[int, int]] = {}
        for at in range(0, len(directory) - 127, 128):
            (length,) = struct.unpack_from("<H", directory, at + 64)
            name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
            start, size = struct.unpack_from("<II", directory, at + 116)
            entries.setdefault(name, (start, size))
        return entries
