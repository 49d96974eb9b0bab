"""Looks through a zipped workbook before the real reader does, and counts what it would ask of the machine.

The reader holds the used area of a sheet as a full grid, and an allocation that fails ends the process; a file of a few
kilobytes may claim the last cell of a million rows, or unpack to gigabytes. So every member is unpacked here first,
block by block, with what really comes out counted, not what the directory says.
"""

from __future__ import annotations

import re
import zipfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING
from xml.parsers import expat

import attrs

from crmcore.errors import UnreadableFile
from crmcore.integrations.files._bytes import io_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crmcore.integrations.files.limits import Limits

__all__ = ["check_ods", "check_xlsx", "grid_too_large"]

_BLOCK = 256 * 1024
_LONGEST_TAG = 1024
_COLUMN = re.compile(rb"""\br\s*=\s*["']\s*\$?([A-Za-z]{1,8})\$?[0-9]""")
_ROW = re.compile(rb"""\br\s*=\s*["']\s*\$?[A-Za-z]{0,8}\$?([0-9]{1,10})["']""")
_MEMBERS = 10_000
_HARMLESS = 64 * 1024**2
_RATIO = 300
"""Sheets pack to a tenth or a fiftieth; what packs to less than a three-hundredth holds nothing but repetition."""


_ERROR_CELL = re.compile(
    rb"""<(?:\w+:)?c\s(?=[^>]{0,200}\br\s*=\s*["']([A-Z]{1,3}[0-9]{1,7})["'])(?=[^>]{0,200}\bt\s*=\s*["']e["'])[^>]*>"""
    rb"""(?:(?!</(?:\w+:)?c>).){0,800}?<(?:\w+:)?v>(\#[^<]{1,20})<""",
    re.DOTALL,
)


def check_xlsx(path: Path, limits: Limits) -> dict[str, dict[str, str]]:
    """Refuse an XLSX file that unpacks to too much, or has a sheet that spans too many cells.

    Returns the cells that hold an error such as #N/A, which the real reader passes over: part -> reference -> error.
    """
    failed: dict[str, dict[str, str]] = {}
    with _zip_errors(path):
        for name, blocks in _members(path, limits):
            if errors := _check_references(path, blocks, limits):
                failed[name] = errors
    return failed


@contextmanager
def _zip_errors(path: Path) -> Iterator[None]:
    """Translate whatever the archive's reader says of a damaged file."""
    try:
        with io_errors(path):
            yield
    except UnreadableFile:
        raise
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, expat.ExpatError) as exc:
        raise UnreadableFile(path, "broken-workbook", f"the workbook is damaged: {exc}") from exc


def _check_references(path: Path, blocks: Iterator[bytes], limits: Limits) -> dict[str, str]:
    rows = columns = 0
    errors: dict[str, str] = {}
    tail = b""
    letters: set[bytes] = set()
    for block in blocks:
        window = tail + block
        found = set(_COLUMN.findall(window)) - letters
        letters |= found
        columns = max([columns, *map(_position, found)])
        rows = max([rows, *map(int, _ROW.findall(window))])
        if columns * rows > limits.sheet_cells:
            raise grid_too_large(path, rows, columns, limits)
        if (b't="e"' in window or b"t='e'" in window) and len(errors) < limits.rejects:
            errors.update(
                (cell.decode(), value.decode("utf-8", "replace")) for cell, value in _ERROR_CELL.findall(window)
            )
        tail = window[-_LONGEST_TAG:]
    return errors


def _position(letters: bytes) -> int:
    """Return the number of a column: A is 1, XFD 16,384."""
    number = 0
    for code in letters.upper():
        number = number * 26 + code - 64
    return number


def grid_too_large(path: Path, rows: int, columns: int, limits: Limits) -> UnreadableFile:
    """Return the error for a sheet that is too large."""
    return UnreadableFile(
        path,
        "sheet-too-large",
        f"a sheet spans {rows:,} rows by {columns:,} columns, more than {limits.sheet_cells:,} cells; delete the "
        "empty rows and columns around the table, save it as CSV, or allow more with Limits(sheet_cells=...)",
    )


def _members(path: Path, limits: Limits) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield each member's name and blocks; whatever the consumer leaves unread is counted all the same."""
    unpacked = 0
    size = path.stat().st_size

    def counted(stream: IO[bytes]) -> Iterator[bytes]:
        nonlocal unpacked
        while block := stream.read(_BLOCK):
            unpacked += len(block)
            if unpacked > limits.unpacked_bytes or (unpacked > _HARMLESS and unpacked > _RATIO * size):
                message = f"the workbook of {size:,} bytes unpacks to more than {unpacked - 1:,} bytes"
                raise UnreadableFile(path, "unpacks-too-large", message)
            yield block

    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > _MEMBERS:
            raise UnreadableFile(path, "broken-workbook", f"the workbook has {len(members):,} parts; no honest one has")
        for member in members:
            if member.flag_bits & 1:
                raise UnreadableFile(path, "encrypted", "the workbook is encrypted; save it without a password")
            with archive.open(member) as stream:
                blocks = counted(stream)
                yield member.filename, blocks
                for _ in blocks:
                    pass


@attrs.define
class _Extent:
    """How far the cells with content of one ODS table reach, repetitions counted."""

    row: int = 0
    column: int = 0
    last_row: int = 0
    last_column: int = 0
    repeat_rows: int = 1
    repeat_columns: int = 1
    filled: bool = False


class _OdsScan:
    """Follows the tables of an ODS file; ``number-rows-repeated`` is where a small file claims a large grid."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        self.extent = _Extent()
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.in_cell = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        extent = self.extent
        if name == "table:table":
            self.extent = _Extent()
        elif name == "table:table-row":
            extent.repeat_rows = _repeats(attributes.get("table:number-rows-repeated"))
            extent.column, extent.filled = 0, False
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            extent.repeat_columns = _repeats(attributes.get("table:number-columns-repeated"))
            self.in_cell = True
            if any(key.startswith(("office:", "calcext:", "table:formula")) for key in attributes):
                self.text(name)

    def text(self, _: str) -> None:
        if self.in_cell:
            extent = self.extent
            extent.filled = True
            extent.last_column = max(extent.last_column, extent.column + extent.repeat_columns)

    def end(self, name: str) -> None:
        extent = self.extent
        if name in {"table:table-cell", "table:covered-table-cell"}:
            self.in_cell = False
            extent.column += extent.repeat_columns
        elif name == "table:table-row":
            extent.row += extent.repeat_rows
            if extent.filled:
                extent.last_row = extent.row
            if extent.last_row * extent.last_column > self.limits.sheet_cells:
                raise grid_too_large(self.path, extent.last_row, extent.last_column, self.limits)


def _repeats(text: str | None) -> int:
    return min(int(text), 1 << 40) if text and text.isascii() and text.isdigit() and len(text) < 15 else 1


def check_ods(path: Path, limits: Limits) -> None:
    """Refuse an ODS file that unpacks to too much, or has a sheet whose filled cells span too much."""
    with _zip_errors(path):
        for name, blocks in _members(path, limits):
            if name != "content.xml":
                continue
            scan = _OdsScan(path, limits)
            for block in blocks:
                scan.parser.Parse(block)
            scan.parser.Parse(b"", True)  # noqa: FBT003 - expat takes it by position
