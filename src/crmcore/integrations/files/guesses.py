"""What was guessed about a file, to be shown to the user and overridden."""

from __future__ import annotations

from enum import StrEnum

import attrs

__all__ = ["Format", "Guesses", "Notice", "Progress"]


class Format(StrEnum):
    """The kinds of file that are read or written."""

    CSV = "csv"
    """Text with a delimiter, whichever it is."""
    TSV = "tsv"
    """CSV whose delimiter is the tab; only for writing, reading says CSV and names the delimiter."""
    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    PARQUET = "parquet"
    JSON = "json"
    """One document: an array of objects, or an object with one such array."""
    JSONL = "jsonl"
    """One object a line."""


@attrs.frozen
class Notice:
    """Something about the file as a whole that the user should know, though nothing was lost.

    Attributes:
        code: a stable word, such as ``duplicate-header``.
        message: the same for people, as a sentence.

    """

    code: str
    message: str


@attrs.frozen(kw_only=True)
class Guesses:
    """How the file is being read; what was not given to :func:`open_table` was guessed from the content.

    Attributes:
        format: found by content, not by the file's name.
        encoding: of text files; None for the others.
        confidence: of the encoding, from 0 to 1; 1 when it was given or a byte order mark tells it.
        delimiter: of CSV; the empty text where each line is one cell.
        quote: of CSV.
        escape: of CSV: a backslash where quotes inside a cell are written with one, else the empty text.
        header_row: the 1-based line of the header; 0 where there is none and columns are numbered; None where the
            format names the columns itself.
        short_rows: ``reject`` or ``pad``: what happens to rows that end early.
        sheet: of a workbook, the one that is read.
        sheets: of a workbook, all of them.
        notices: what the user should know.

    """

    format: Format
    encoding: str | None = None
    confidence: float = 1.0
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    header_row: int | None = None
    short_rows: str = "reject"
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def manner(self) -> str:
        """How the file is read, in a few words.

        >>> Guesses(format=Format.CSV, encoding="utf-8", delimiter=";").manner
        "CSV, utf-8, delimiter ';'"
        """
        said = [self.format.value.upper()]
        if self.encoding:
            said.append(self.encoding)
        if self.delimiter:
            said.append(f"delimiter {self.delimiter!r}")
        if self.sheet:
            said.append(f"sheet '{self.sheet}'")
        return ", ".join(said)


@attrs.define(kw_only=True)
class Progress:
    """How far the latest pass has come; the one thing here that changes while one looks at it.

    Attributes:
        rows: rows that went in so far.
        bytes_read: bytes of the file consumed so far.
        bytes_total: size of the file.

    """

    bytes_total: int
    bytes_read: int = 0
    rows: int = 0

    @property
    def fraction(self) -> float:
        """Share of the file that is behind us, from 0 to 1."""
        return min(1.0, self.bytes_read / self.bytes_total) if self.bytes_total else 1.0
