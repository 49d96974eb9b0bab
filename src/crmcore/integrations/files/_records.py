"""From decoded text to records, with the C reader of the standard library, in a way that one bad quote spoils one row.

The reader is strict: an unterminated quote ends in an error sooner or later (text after a closing quote, or the end of
the file). Then only the line where the record began is given up, and reading goes on with the next line.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmcore.integrations.files.limits import Limits

__all__ = ["Dialect", "Fault", "Records", "parse", "split_lines"]

_NO_DELIMITER = "\x1f"
"""Stands for "each line is one cell": the unit separator, which text files do not hold."""


@attrs.frozen(kw_only=True)
class Dialect:
    """How cells are told apart; an empty delimiter means that each line is one cell."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""

    def reader(self, lines: Iterator[str]) -> csv.Reader:  # type: ignore[name-defined,unused-ignore]
        """Return the C reader for it."""
        return csv.reader(
            lines,
            delimiter=self.delimiter or _NO_DELIMITER,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escape or None,
            strict=True,
        )


@attrs.frozen
class Fault:
    """A line that is no record."""

    line: int
    code: str
    raw: str


@attrs.define
class Records:
    """What some lines hold.

    Attributes:
        rows: one list of cells a record; an empty one is a blank line.
        starts: the 0-based line on which each row starts.
        faults: lines that were given up; 0-based.
        used: lines consumed; the rest belongs to a record that goes on behind them.

    """

    rows: list[list[str]]
    starts: Sequence[int]
    faults: list[Fault]
    used: int


def split_lines(text: str, *, keep_ends: bool) -> list[str]:
    """Split at CR LF, LF and CR only; ``str.splitlines`` also splits at characters that cells may hold."""
    if text.count("\r") != text.count("\r\n"):
        return list(io.StringIO(text, newline=""))
    lines = text.split("\n")
    last = lines.pop()
    if keep_ends:
        lines = [line + "\n" for line in lines]
    if last:
        lines.append(last)
    return lines


def parse(lines: list[str], dialect: Dialect, limits: Limits, *, width: int = 0, final: bool) -> Records:
    """Read the records of some lines; unless *final*, a record that is open at the end is left for later.

    *width* is the number of cells that a row should have; it tells a quote that happens to be closed by another row's
    quote from a cell of several lines.
    """
    try:
        rows = list(dialect.reader(iter(lines)))
    except csv.Error:
        return _parse_carefully(lines, dialect, limits, width=width, final=final)
    if len(rows) == len(lines):
        return Records(rows, range(len(lines)), [], len(lines))
    return _parse_carefully(lines, dialect, limits, width=width, final=final)


def _from(lines: list[str], start: int) -> Iterator[str]:
    for at in range(start, len(lines)):
        yield lines[at]


def _parse_carefully(lines: list[str], dialect: Dialect, limits: Limits, *, width: int, final: bool) -> Records:
    """Read record by record, knowing the line of each."""
    rows: list[list[str]] = []
    starts: list[int] = []
    faults: list[Fault] = []
    base = start = 0
    reader = dialect.reader(iter(lines))
    while start < len(lines):
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error:
            end = base + reader.line_num
            if _limit_raised(lines, start, end, limits):
                base, reader = start, dialect.reader(_from(lines, start))
                continue
            if end >= len(lines) and not final and _may_go_on(lines, start, limits):
                return Records(rows, starts, faults, start)
            faults.append(_fault(lines, start, end, limits))
            if end - start > 1:
                base, reader = start + 1, dialect.reader(_from(lines, start + 1))
            start += 1
            continue
        end = base + reader.line_num
        if end - start > 1 and width and len(row) != width and _swallowed(lines[start + 1 : end - 1], dialect, width):
            faults.append(Fault(start, "broken-quotes", lines[start]))
            start += 1
            base, reader = start, dialect.reader(_from(lines, start))
            continue
        rows.append(row)
        starts.append(start)
        start = end
    return Records(rows, starts, faults, len(lines))


def _limit_raised(lines: list[str], start: int, end: int, limits: Limits) -> bool:
    """Raise the C reader's own limit (131,072 characters, one for the whole process) when a cell runs into it.

    It is never lowered again: another thread may be reading too.
    """
    current = csv.field_size_limit()
    if current >= limits.cell_chars or sum(map(len, lines[start:end])) <= current:
        return False
    csv.field_size_limit(limits.cell_chars)
    return True


def _may_go_on(lines: list[str], start: int, limits: Limits) -> bool:
    return sum(map(len, lines[start:])) <= 2 * limits.cell_chars


def _fault(lines: list[str], start: int, end: int, limits: Limits) -> Fault:
    too_long = end - start == 1 and len(lines[start]) > min(limits.cell_chars, csv.field_size_limit())
    return Fault(start, "cell-too-long" if too_long else "broken-quotes", lines[start])


def _swallowed(inner: list[str], dialect: Dialect, width: int) -> bool:
    """Tell whether lines inside a cell are rows themselves, as they are when a quote was left open."""
    reader = dialect.reader(iter(inner[:100]))
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return False
        except csv.Error:
            continue
        if len(row) == width:
            return True
