"""Opens a file as a table: :func:`open_table` streams, :func:`read_columns` takes all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import attrs

from crmcore.errors import InputError, UnreadableFile
from crmcore.integrations.files._bytes import Bytes
from crmcore.integrations.files._delimited import DelimitedReader
from crmcore.integrations.files._detect import detect, suffix_notice
from crmcore.integrations.files._encoding import check_encoding, decoded, decoding, guess_encoding
from crmcore.integrations.files._json import JsonReader
from crmcore.integrations.files._part import TableReader, Wishes
from crmcore.integrations.files._rejects import RejectLog
from crmcore.integrations.files.guesses import Format, Guesses, Progress
from crmcore.integrations.files.limits import Limits
from crmcore.ports import Batch

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from crmcore.integrations.files._part import Part
    from crmcore.ports import Cell, RowReject

__all__ = ["FileSource", "TableRead", "open_table", "read_columns"]

ShortRows = Literal["reject", "pad"]


@attrs.define(kw_only=True)
class FileSource:
    """One table in a file; a :class:`crmcore.ports.Source`.

    Attributes:
        guesses: how the file is read, and what the user should know about it.
        progress: how far the latest pass has come.

    """

    _source: Bytes
    _reader: TableReader
    _limits: Limits
    _log: RejectLog
    progress: Progress

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return self._source.path.name

    @property
    def header(self) -> tuple[str, ...]:
        """Column names, unique, in the order of the file."""
        return self._reader.header

    @property
    def guesses(self) -> Guesses:
        """How the file is read."""
        return self._reader.guesses

    @property
    def rejects(self) -> Sequence[RowReject]:
        """Rows and cells that were left out by the latest pass so far, in file order."""
        return tuple(self._log.rejects)

    def batches(self, size: int = 10_000) -> Iterator[Batch]:
        """Yield the rows in order, *size* at a time; may be called again to start over."""
        if size < 1:
            raise InputError(f"a batch holds at least one row, not {size}")
        columns: list[list[Cell]] = [[] for _ in self.header]
        lines: list[int] = []
        for more, their_lines in self._parts():
            for column, cells in zip(columns, more, strict=True):
                column.extend(cells)
            lines += their_lines
            at = 0
            while len(lines) - at >= size:
                yield self._batch([column[at : at + size] for column in columns], lines[at : at + size])
                at += size
            if at:
                columns = [column[at:] for column in columns]
                lines = lines[at:]
        if lines:
            yield self._batch(columns, lines)

    def _batch(self, columns: list[list[Cell]], lines: list[int]) -> Batch:
        return Batch(columns=dict(zip(self.header, columns, strict=True)), lines=lines)

    def _parts(self) -> Iterator[Part]:
        """Start a pass: nothing rejected, nothing read; refuse a table that never ends."""
        log = self._log = RejectLog(self._source.path, self._limits)
        progress = self.progress = Progress(bytes_total=self._source.size)
        with decoding(self._source.path):
            for columns, lines in self._reader.parts(log, progress):
                progress.rows += len(lines)
                if progress.rows > self._limits.rows:
                    raise UnreadableFile(
                        self._source.path,
                        "too-many-rows",
                        f"the table has more than {self._limits.rows:,} rows; split it, or allow more with "
                        "Limits(rows=...)",
                    )
                yield columns, lines
        progress.bytes_read = progress.bytes_total


def open_table(
    path: str | os.PathLike[str],
    *,
    format: Format | str | None = None,  # noqa: A002 - the word of the field
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | int | None = None,
    header_row: int | None = None,
    short_rows: ShortRows | None = None,
    guarded: bool = True,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> FileSource:
    r"""Open a file as a table; whatever is not given is guessed from the content and told in ``.guesses``.

    Args:
        path: CSV and its kin (gzip too), JSON Lines, JSON, XLSX, XLS, ODS or Parquet.
        format: one of :class:`Format`, if the content could be taken for another.
        encoding: of a text file, as Python names it.
        delimiter: of CSV; the empty text makes each line one cell.
        sheet: of a workbook, by name or 0-based position; the first visible one with content if not given.
        header_row: 1-based line of the header; 0 if there is none.
        short_rows: whether rows that end early are rejected or filled up with empty cells.
        guarded: take off the apostrophe that :func:`write_table` puts before formulas in CSV.
        limits: how much the file may ask of the machine.

    Raises:
        UnreadableFile: the file as a whole cannot be read.
        MissingExtra: the format needs an extra that is not installed.

    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "people.csv")
    >>> _ = path.write_text("name;email\nAda;ada@example.org\nGrace\n")
    >>> table = open_table(path)
    >>> table.guesses.delimiter, table.header
    (';', ('name', 'email'))
    >>> [dict(batch.columns) for batch in table.batches()]
    [{'name': ['Ada'], 'email': ['ada@example.org']}]
    >>> [(reject.line, reject.column, reject.code) for reject in table.rejects]
    [(3, 'email', 'too-few-cells')]
    >>> folder.cleanup()
    """
    _check_wishes(path, delimiter, short_rows, header_row)
    wishes = Wishes(
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        header_row=header_row,
        short_rows=short_rows,
        guarded=guarded,
        limits=limits,
    )
    source = Bytes.at(path, limits)
    with decoding(path):
        reader = _reader(source, wishes, _format(path, format))
    return FileSource(
        source=source,
        reader=reader,
        limits=limits,
        log=RejectLog(source.path, limits),
        progress=Progress(bytes_total=source.size),
    )


def _format(path: object, given: Format | str | None) -> Format | None:
    if given is None:
        return None
    try:
        found = Format(str(given).lower())
    except ValueError as exc:
        known = ", ".join(repr(each.value) for each in Format)
        raise UnreadableFile(path, "unknown-format", f"there is no format {given!r}; the formats are {known}") from exc
    return Format.CSV if found is Format.TSV else found


def _check_wishes(path: object, delimiter: str | None, short_rows: str | None, header_row: int | None) -> None:
    if delimiter is not None and (len(delimiter) > 1 or delimiter in {'"', "\n", "\r", "\0"}):
        raise UnreadableFile(
            path, "bad-delimiter", f"a delimiter is one character and no quote or line end, not {delimiter!r}"
        )
    if short_rows not in {None, "reject", "pad"}:
        raise UnreadableFile(path, "bad-option", f"short_rows is 'reject' or 'pad', not {short_rows!r}")
    if header_row is not None and header_row < 0:
        raise UnreadableFile(path, "bad-option", f"header_row is a line, or 0 for no header, not {header_row}")


def _reader(source: Bytes, wishes: Wishes, wanted: Format | None) -> TableReader:
    if wanted in {None, Format.XLSX, Format.XLS, Format.ODS, Format.PARQUET}:
        found = detect(source, is_text=wishes.encoding is not None)
        if wanted is not None and found is not wanted:
            message = f"the content is no {wanted.value.upper()}; leave the format out to have it found"
            raise UnreadableFile(source.path, f"not-{wanted.value}", message)
        if found is Format.PARQUET:
            from crmcore.integrations.files._parquet import ParquetReader

            return ParquetReader.open(source, wishes, suffix_notice(source, found))
        if found is not Format.CSV:
            from crmcore.integrations.files._sheets import SheetReader

            return SheetReader.open(source, found, wishes, suffix_notice(source, found))
    encoding = check_encoding(source, wishes.encoding) if wishes.encoding else guess_encoding(source)
    if wanted is None:
        wanted = detect(source, "".join(decoded([source.head], encoding.codec)), is_text=True)
    notices = suffix_notice(source, wanted)
    if wanted is Format.CSV:
        return DelimitedReader.open(source, encoding, wishes, notices)
    return JsonReader.open(source, encoding, wanted, wishes, notices)


class TableRead(NamedTuple):
    """A whole table in memory.

    Attributes:
        columns: header -> one cell a row.
        lines: the 1-based line on which each row starts.
        rejects: rows and cells that were left out, in file order.

    """

    columns: dict[str, list[Cell]]
    lines: list[int]
    rejects: tuple[RowReject, ...]


def read_columns(
    path: str | os.PathLike[str],
    *,
    format: Format | str | None = None,  # noqa: A002 - the word of the field
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | int | None = None,
    header_row: int | None = None,
    short_rows: ShortRows | None = None,
    guarded: bool = True,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> TableRead:
    """Read a whole file into columns; takes what :func:`open_table` takes.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "people.jsonl")
    ...     _ = path.write_text('{"name": "Ada", "phones": ["+44 20 7946 0000", "+44 20 7946 0001"]}')
    ...     read_columns(path).columns
    {'name': ['Ada'], 'phones': [('+44 20 7946 0000', '+44 20 7946 0001')]}
    """
    table = open_table(
        path,
        format=format,
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        header_row=header_row,
        short_rows=short_rows,
        guarded=guarded,
        limits=limits,
    )
    columns: list[list[Cell]] = [[] for _ in table.header]
    lines: list[int] = []
    for more, their_lines in table._parts():  # noqa: SLF001 - its own module
        for column, cells in zip(columns, more, strict=True):
            column.extend(cells)
        lines += their_lines
    return TableRead(dict(zip(table.header, columns, strict=True)), lines, tuple(table.rejects))
