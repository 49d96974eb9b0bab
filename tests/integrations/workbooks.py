"""Builds workbooks that no honest program writes, and small ones of the old formats."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import xlsxwriter

SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
ODS_MIME = b"application/vnd.oasis.opendocument.spreadsheet"


def xlsx(path: Path, rows: list[list[object]]) -> Path:
    """Write an ordinary workbook."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("People")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return path


def with_sheet_xml(path: Path, body: str) -> Path:
    """Write a workbook whose sheet has the given rows as XML."""
    xlsx(path, [["name"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = SHEET.format(body).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def ods(path: Path, rows: str) -> Path:
    """Write an ODS file with the given rows as XML."""
    content = (
        '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="People">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", ODS_MIME, zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
            '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>',
        )
    return path


def ods_row(*cells: str, repeat: int = 1, columns: int = 1) -> str:
    """Return one row of texts; the last one is repeated over *columns*."""
    inner = "".join(
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{columns if at == len(cells) - 1 else 1}">'
        f"<text:p>{cell}</text:p></table:table-cell>"
        for at, cell in enumerate(cells)
    )
    return f'<table:table-row table:number-rows-repeated="{repeat}">{inner}</table:table-row>'


def _record(kind: int, payload: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(payload)) + payload


def _bof(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _label(row: int, column: int, text: str) -> bytes:
    return _record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 0) + text.encode("latin-1"))


def xls(path: Path, sheets: list[dict[tuple[int, int], str]], *, name: str = "Workbook") -> Path:
    """Write a workbook of 1997: a compound file (MS-CFB) with one stream of records (MS-XLS)."""
    bodies = [
        _bof(0x0010) + b"".join(_label(row, column, text) for (row, column), text in cells.items()) + _record(0x000A)
        for cells in sheets
    ]
    titles = [f"S{at}".encode() for at in range(len(sheets))]
    start = len(_bof(5)) + sum(4 + 8 + len(title) for title in titles) + 4
    bounds = b""
    for title, body in zip(titles, bodies, strict=True):
        bounds += _record(0x0085, struct.pack("<IHBB", start, 0, len(title), 0) + title)
        start += len(body)
    stream = _bof(5) + bounds + _record(0x000A) + b"".join(bodies)
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    tables = -(-(count + 1 + 128) // 128)
    chain = [0xFFFFFFFD] * tables + [0xFFFFFFFE]
    chain += [*range(tables + 2, tables + 1 + count), 0xFFFFFFFE]
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(tables * 512, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack(f"<{tables}I", *range(tables))
    header = header.ljust(512, b"\xff")
    root = _entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)
    directory = (root + _entry(name, 2, tables + 1, len(stream))).ljust(512, b"\0")
    path.write_bytes(header + fat + directory + stream)
    return path


def _entry(name: str, kind: int, start: int, size: int, *, child: int = 0xFFFFFFFF) -> bytes:
    title = (name + "\0").encode("utf-16-le")
    head = title.ljust(64, b"\0") + struct.pack("<HBBIII", len(title), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return head + bytes(16 + 4 + 16) + struct.pack("<IQ", start, size)
