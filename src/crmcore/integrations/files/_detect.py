"""Which format a file has, by its content; its name only breaks ties."""

from __future__ import annotations

import json
import re
import zipfile
from typing import TYPE_CHECKING

from crmcore.errors import UnreadableFile
from crmcore.integrations.files._bytes import io_errors
from crmcore.integrations.files._encoding import wide_encoding
from crmcore.integrations.files.guesses import Format, Notice

if TYPE_CHECKING:
    from crmcore.integrations.files._bytes import Bytes

__all__ = ["detect", "suffix_notice"]

_FOREIGN = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"Rar!", "an archive"),
    (b"7z\xbc\xaf\x27\x1c", "an archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"{\\rtf", "an RTF document"),
    (b"\x7fELF", "a program"),
)
_HTML = re.compile(rb"\s*(?:<!doctype html|<html|<table|<\?xml)", re.IGNORECASE)
_ARRAY = re.compile(r"\s*\[\s*[\[{\]]")
_OBJECT = re.compile(r'\s*\{\s*["}]')
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_CONTROLS = [bytes([code]) for code in range(1, 32) if code not in {9, 10, 11, 12, 13, 26, 27, 28, 29, 30, 31}]


def detect(source: Bytes, head: str | None = None, *, is_text: bool = False) -> Format:
    """Name the format; *head* is the first text once the encoding is known, without it only binary formats are told.

    That it is text is not doubted where the caller named an encoding.

    Raises:
        UnreadableFile: the content is something that holds no table.

    """
    start = source.head
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _inside_zip(source)
    if start.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return Format.XLS
    if start.startswith(b"PAR1"):
        return Format.PARQUET
    for magic, what in _FOREIGN:
        if start.startswith(magic):
            raise UnreadableFile(source.path, "not-a-table", f"this is {what}, not a table")
    if _HTML.match(start.removeprefix(_BOMS[0])):
        raise UnreadableFile(
            source.path,
            "not-a-table",
            "this is HTML or XML, not a table; open it in a spreadsheet and save it as XLSX or CSV",
        )
    if not is_text and _is_binary(start):
        raise UnreadableFile(source.path, "not-a-table", "this is neither text nor a workbook nor Parquet")
    return Format.CSV if head is None else _text_format(head, source.path.suffix.lower())


def _text_format(head: str, suffix: str) -> Format:
    """Tell JSON by how it begins, and JSON Lines by a first line that is an object with something behind it."""
    start = head.lstrip()[:1]
    named = suffix in {".json", ".jsonl", ".ndjson"} and start in {"[", "{"}
    if not named and not _ARRAY.match(head) and not _OBJECT.match(head):
        return Format.CSV
    if start == "[":
        return Format.JSON
    first, _, rest = head.strip().partition("\n")
    if suffix in {".jsonl", ".ndjson"}:
        return Format.JSONL
    return Format.JSONL if rest.strip() and _is_object(first) else Format.JSON


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _inside_zip(source: Bytes) -> Format:
    if source.packed:
        raise UnreadableFile(source.path, "not-a-table", "this is a workbook inside a gzip file; unpack it first")
    try:
        with io_errors(source.path), zipfile.ZipFile(source.path) as archive:
            names = set(archive.namelist())
            kind = archive.open("mimetype").read(100) if "mimetype" in names else b""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, KeyError) as exc:
        raise UnreadableFile(
            source.path, "broken-workbook", f"the file begins like a workbook, but is damaged: {exc}"
        ) from exc
    if "xl/workbook.bin" in names:
        raise UnreadableFile(source.path, "not-a-table", "binary workbooks (XLSB) are not read; save it as XLSX")
    if any(name.lower().startswith("xl/") for name in names):
        return Format.XLSX
    if b"opendocument.spreadsheet" in kind:
        return Format.ODS
    raise UnreadableFile(
        source.path, "not-a-workbook", "this is a ZIP archive, but no workbook; give one of the files in it"
    )


def _is_binary(start: bytes) -> bool:
    """Tell text from the rest: in UTF-16 and UTF-32 NUL bytes come in a pattern, elsewhere text has hardly any."""
    if start.startswith(_BOMS) or wide_encoding(start):
        return False
    controls = sum(map(start.count, _CONTROLS))
    return controls > max(8, 0.05 * len(start)) or start.count(0) > max(8, 0.3 * len(start))


def suffix_notice(source: Bytes, found: Format) -> tuple[Notice, ...]:
    """Say so when the name promises another format than the content has."""
    named = source.path.suffix.lower().lstrip(".")
    binary = {"xlsx": Format.XLSX, "xls": Format.XLS, "ods": Format.ODS, "parquet": Format.PARQUET}
    text = {"csv": Format.CSV, "tsv": Format.CSV, "txt": Format.CSV, "json": Format.JSON, "jsonl": Format.JSONL}
    promised = {**binary, **text}.get(named)
    if promised is None or promised is found or {promised, found} == {Format.JSON, Format.JSONL}:
        return ()
    return (
        Notice(
            "other-format", f"the name ends in .{named}, but the content is {found.value.upper()} and is read as such"
        ),
    )
