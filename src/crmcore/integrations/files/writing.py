"""Writes a table to a file: :func:`write_table`."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from crmcore._replacing import replacing
from crmcore.errors import InputError, UnwritableFile
from crmcore.integrations.files._encoding import has_surrogates
from crmcore.integrations.files._writers import WRITERS, Outlet
from crmcore.integrations.files.guesses import Format

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

    from crmcore.integrations.files._writers import Value

__all__ = ["format_to_write", "write_table"]

_ROWS = 2_000
_SUFFIXES = {
    ".csv": Format.CSV,
    ".txt": Format.CSV,
    ".tsv": Format.TSV,
    ".tab": Format.TSV,
    ".xlsx": Format.XLSX,
    ".json": Format.JSON,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".parquet": Format.PARQUET,
}


def write_table(
    path: str | os.PathLike[str],
    data: Mapping[str, Sequence[Value]] | Iterable[Sequence[Value]],
    *,
    header: Sequence[str] | None = None,
    format: Format | str | None = None,  # noqa: A002 - the word of the field
    delimiter: str | None = None,
    bom: bool = False,
    guard: bool = True,
) -> None:
    r"""Write columns, or rows under a *header*; the file is replaced as a whole or not at all.

    Whole numbers and fractions may stand among the cells. In CSV and TSV they are text like all else, the empty text is
    the same as no value, and several values of one cell are joined by ``"; "``; JSON and Parquet keep them apart.

    Args:
        path: its suffix says the format, unless *format* does; ``.csv.gz`` is packed as well.
        data: name -> cells, all equally many; or rows, taken one at a time, so that any number may come.
        header: the names, for rows.
        format: CSV, TSV, XLSX, JSON, JSON Lines or Parquet.
        delimiter: for CSV.
        bom: begin a text file with a byte order mark, by which Excel knows that it is UTF-8.
        guard: put an apostrophe before what a spreadsheet would run as a formula (CSV and TSV only; in XLSX texts are
            texts). Reading takes it off again.

    Raises:
        UnwritableFile: the place cannot be written to, or a value cannot be held: NUL and lone surrogates nowhere,
            more than 32,767 characters not in XLSX; `row` and `column` say where.
        MissingExtra: the format needs an extra that is not installed.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "clusters.csv")
    ...     write_table(path, enumerate([7, 7, 9]), header=["row", "cluster"])
    ...     path.read_text().splitlines()
    ['row,cluster', '0,7', '1,7', '2,9']
    """
    names, rows = _as_rows(data, header)
    _check_names(path, names)
    found = format_to_write(path, format=format)
    outlet = Outlet(
        names=names,
        delimiter=delimiter or ("\t" if found is Format.TSV else ","),
        bom=bom,
        guard=guard,
        packed=Path(path).suffix.lower() == ".gz",
    )
    if len(outlet.delimiter) != 1 or outlet.delimiter in {'"', "\n", "\r", "\0"}:
        raise InputError(f"a delimiter is one character and no quote or line end, not {delimiter!r}")
    with replacing(path) as draft:
        WRITERS[found](draft, outlet, _chunks(path, names, rows), path)


def _as_rows(
    data: Mapping[str, Sequence[Value]] | Iterable[Sequence[Value]], header: Sequence[str] | None
) -> tuple[tuple[str, ...], Iterator[Sequence[Value]]]:
    if isinstance(data, Mapping):
        if header is not None:
            raise InputError("columns bring their names along; header= is for rows")
        lengths = {name: len(column) for name, column in data.items()}
        if len(set(lengths.values())) > 1:
            raise InputError(f"columns must be equally long, not {lengths}")
        return tuple(data), zip(*data.values(), strict=True)
    if header is None:
        raise InputError("rows need header=, the names of their columns")
    return tuple(header), iter(data)


def _check_names(path: object, names: Sequence[str]) -> None:
    if not names:
        raise InputError("a table has at least one column")
    if len(set(names)) < len(names) or not all(name.strip() for name in names):
        raise InputError(f"column names must be texts that are not empty and not repeated, not {list(names)}")
    for name in names:
        if "\0" in name or has_surrogates(name):
            message = f"the column name {name!a} holds a NUL or half a character"
            raise UnwritableFile(path, "bad-text", message, column=name)


def format_to_write(
    path: str | os.PathLike[str],
    *,
    format: Format | str | None = None,  # noqa: A002 - the word of the field
) -> Format:
    """Tell in which format :func:`write_table` would write there: the one that is named, or that of the suffix.

    Raises:
        UnwritableFile: no such format is written.

    >>> format_to_write("people.csv.gz").value
    'csv'
    """
    where = Path(path)
    suffix = where.with_suffix("").suffix if where.suffix.lower() == ".gz" else where.suffix
    wish = _SUFFIXES.get(suffix.lower(), "") if format is None else str(format).lower()
    known = ", ".join(each.value for each in WRITERS)
    try:
        found = Format(wish)
    except ValueError as exc:
        raise UnwritableFile(path, "unknown-format", f"no format is known for it; the formats are {known}") from exc
    if found not in WRITERS:
        raise UnwritableFile(path, "unknown-format", f"{found.value} is only read; the formats to write are {known}")
    return found


def _chunks(path: object, names: tuple[str, ...], rows: Iterator[Sequence[Value]]) -> Iterator[list[Sequence[Value]]]:
    """Yield rows some at a time, once every cell is known to be text that can be written."""
    first = 0
    while chunk := list(itertools.islice(rows, _ROWS)):
        for at, row in enumerate(chunk, first):
            if len(row) != len(names):
                message = f"row {at} has {len(row)} cells, the header {len(names)}"
                raise UnwritableFile(path, "wrong-width", message, row=at)
        text = "".join([_text(cell) for row in chunk for cell in row])
        if "\0" in text or has_surrogates(text):
            _raise_bad(path, names, chunk, first)
        yield chunk
        first += len(chunk)


def _text(cell: Value) -> str:
    if type(cell) is str:
        return cell
    return "".join(cell) if isinstance(cell, tuple) else ""


def _raise_bad(path: object, names: tuple[str, ...], chunk: list[Sequence[Value]], first: int) -> None:
    for at, row in enumerate(chunk, first):
        for name, cell in zip(names, row, strict=True):
            text = _text(cell)
            if "\0" in text or has_surrogates(text):
                message = f"row {at}, column {name!r} holds a NUL or half a character, which no text file can hold"
                raise UnwritableFile(path, "bad-text", message, row=at, column=name)
