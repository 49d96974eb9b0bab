"""One writer a format: each takes chunks of checked rows and fills the draft of a file."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import attrs

from crmcore.errors import MissingExtra, UnwritableFile
from crmcore.integrations.files._cells import cell_of
from crmcore.integrations.files._guard import FIRST, guard
from crmcore.integrations.files.guesses import Format
from crmcore.ports import Cell

__all__ = ["WRITERS", "Outlet", "Value"]

Value = Cell | int | float
"""What may stand in a cell that is written."""
Chunks = Iterator[list[Sequence[Value]]]
Writer = Callable[[Path, "Outlet", Chunks, object], None]

_XLSX_ROWS = 1_048_576
_XLSX_COLUMNS = 16_384
_XLSX_CHARS = 32_767
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@attrs.frozen(kw_only=True)
class Outlet:
    """How the table is to look in the file."""

    names: tuple[str, ...]
    delimiter: str
    bom: bool
    guard: bool
    packed: bool


@contextmanager
def _text_file(draft: Path, outlet: Outlet) -> Iterator[IO[str]]:
    encoding = "utf-8-sig" if outlet.bom else "utf-8"
    with draft.open("wb") as raw:
        if not outlet.packed:
            with io.TextIOWrapper(raw, encoding=encoding, newline="", write_through=False) as stream:
                yield stream
            return
        with (
            gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed,
            io.TextIOWrapper(packed, encoding=encoding, newline="") as stream,
        ):
            yield stream


def _flat(cell: Value) -> str:
    """Return the text of a cell where a cell is one text."""
    if cell is None:
        return ""
    if isinstance(cell, tuple):
        return "; ".join(cell)
    return cell if isinstance(cell, str) else cell_of(cell) or ""  # type: ignore[return-value]


def _guarded(cells: Sequence[Value]) -> list[str]:
    texts = [cell if type(cell) is str else _flat(cell) for cell in cells]
    return [guard(text) if text[:1] in FIRST else text for text in texts]


def _plain(cells: Sequence[Value]) -> list[str]:
    return [cell if type(cell) is str else _flat(cell) for cell in cells]


def _write_csv(draft: Path, outlet: Outlet, chunks: Chunks, _: object) -> None:
    """Write CSV as RFC 4180 has it: CR LF, and quotes where needed."""
    texts = _guarded if outlet.guard else _plain
    with _text_file(draft, outlet) as stream:
        writer = csv.writer(stream, delimiter=outlet.delimiter, lineterminator="\r\n")
        writer.writerow(texts(outlet.names))
        for chunk in chunks:
            writer.writerows(map(texts, chunk))


def _as_json(names: tuple[str, ...], row: Sequence[Value]) -> str:
    record = {name: cell_of(cell) if isinstance(cell, float) else cell for name, cell in zip(names, row, strict=True)}
    return json.dumps(record, ensure_ascii=False)


def _write_jsonl(draft: Path, outlet: Outlet, chunks: Chunks, _: object) -> None:
    with _text_file(draft, outlet) as stream:
        for chunk in chunks:
            stream.writelines(_as_json(outlet.names, row) + "\n" for row in chunk)


def _write_json(draft: Path, outlet: Outlet, chunks: Chunks, _: object) -> None:
    with _text_file(draft, outlet) as stream:
        stream.write("[")
        comma = "\n"
        for chunk in chunks:
            for row in chunk:
                stream.write(comma + _as_json(outlet.names, row))
                comma = ",\n"
        stream.write("\n]\n")


def _write_xlsx(draft: Path, outlet: Outlet, chunks: Chunks, path: object) -> None:
    """Write one sheet, row by row, texts as texts; control characters are escaped as the format has it."""
    try:
        import xlsxwriter
        from xlsxwriter.exceptions import XlsxWriterException
    except ImportError as exc:
        raise MissingExtra("write workbooks", "sheets") from exc
    if len(outlet.names) > _XLSX_COLUMNS:
        raise UnwritableFile(path, "too-many-columns", f"a sheet holds {_XLSX_COLUMNS:,} columns; write CSV instead")
    book = xlsxwriter.Workbook(str(draft), {"constant_memory": True, "in_memory": False})
    book.set_properties({"created": _EPOCH.replace(tzinfo=None)})  # same table, same bytes
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    try:
        _write_row(sheet, 0, outlet.names, outlet, path)
        at = 0
        for chunk in chunks:
            for row in chunk:
                at += 1
                if at >= _XLSX_ROWS:
                    message = f"a sheet holds {_XLSX_ROWS - 1:,} rows below its header; write CSV instead"
                    raise UnwritableFile(path, "too-many-rows", message, row=at - 1)
                _write_row(sheet, at, row, outlet, path)
    finally:
        try:
            book.close()
        except XlsxWriterException as exc:
            raise UnwritableFile(path, "not-writable", f"the workbook cannot be written: {exc}") from exc


def _write_row(sheet: Any, at: int, row: Sequence[Value], outlet: Outlet, path: object) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, (int, float)) and not isinstance(cell, bool) and abs(cell) < 2**53:
            sheet.write_number(at, column, cell)
            continue
        text = _flat(cell)
        if len(text) > _XLSX_CHARS // 2 and len(text.encode("utf-16-le")) > 2 * _XLSX_CHARS:
            name = outlet.names[column]
            message = (
                f"row {at - 1}, column {name!r} holds {len(text):,} characters; a cell of XLSX holds {_XLSX_CHARS:,}"
            )
            raise UnwritableFile(path, "cell-too-long", message, row=at - 1 if at else None, column=name)
        if "\ufffe" in text or "\uffff" in text:
            name = outlet.names[column]
            message = f"row {at - 1}, column {name!r} holds U+FFFE or U+FFFF, which no cell of XLSX can hold"
            raise UnwritableFile(path, "bad-text", message, row=at - 1 if at else None, column=name)
        if text:
            sheet.write_string(at, column, text)


def _write_parquet(draft: Path, outlet: Outlet, chunks: Chunks, _: object) -> None:
    """Write texts, and lists of texts where the first rows hold several values in a cell."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as exc:
        raise MissingExtra("write Parquet", "arrow") from exc
    first = next(chunks, [])
    columns = list(zip(*first, strict=True)) or [()] * len(outlet.names)
    several = [any(isinstance(cell, tuple) for cell in column) for column in columns]
    kinds = [pa.list_(pa.string()) if many else pa.string() for many in several]
    schema = pa.schema(list(zip(outlet.names, kinds, strict=True)))
    with pq.ParquetWriter(draft, schema) as writer:
        while first:
            cells = [
                [_listed(cell) if many else _flat(cell) or None for cell in column]
                for many, column in zip(several, zip(*first, strict=True), strict=True)
            ]
            arrays = [pa.array(column, kind) for column, kind in zip(cells, kinds, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            first = next(chunks, [])


def _listed(cell: Value) -> list[str] | None:
    if cell is None:
        return None
    return list(cell) if isinstance(cell, tuple) else [_flat(cell)]


WRITERS: dict[Format, Writer] = {
    Format.CSV: _write_csv,
    Format.TSV: _write_csv,
    Format.XLSX: _write_xlsx,
    Format.JSON: _write_json,
    Format.JSONL: _write_jsonl,
    Format.PARQUET: _write_parquet,
}
