"""Reads CSV and its kin, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.errors import UnreadableFile
from crmcore.integrations.files._dialect import guess_dialect
from crmcore.integrations.files._encoding import decoded, has_surrogates
from crmcore.integrations.files._header import find_heading
from crmcore.integrations.files._records import parse, split_lines
from crmcore.integrations.files._tabulate import Tabulator
from crmcore.integrations.files.guesses import Format, Guesses, Notice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmcore.integrations.files._bytes import Bytes
    from crmcore.integrations.files._encoding import Encoding
    from crmcore.integrations.files._header import Heading
    from crmcore.integrations.files._part import Part, Wishes
    from crmcore.integrations.files._records import Dialect, Records
    from crmcore.integrations.files._rejects import RejectLog
    from crmcore.integrations.files.guesses import Progress
    from crmcore.integrations.files.limits import Limits

__all__ = ["DelimitedReader"]

_SAMPLE = 128 * 1024
_ROWS = 300
_FAULTS = {
    "broken-quotes": "a quote is opened and not closed, or text follows a closing quote; this line is left out and "
    "reading goes on with the next",
    "cell-too-long": "a cell is longer than the limit; raise it with Limits(cell_chars=...) if that is meant",
}


@attrs.frozen(kw_only=True)
class DelimitedReader:
    """One text table and how it is read."""

    source: Bytes
    limits: Limits
    encoding: Encoding
    dialect: Dialect
    header: tuple[str, ...]
    data_line: int
    guarded: bool
    guesses: Guesses

    @classmethod
    def open(cls, source: Bytes, encoding: Encoding, wishes: Wishes, notices: tuple[Notice, ...]) -> DelimitedReader:
        """Look at the beginning and settle what was not asked for."""
        limits = wishes.limits
        sample, whole = _sample(source, encoding, limits)
        prefer = "\t" if source.path.suffix.lower() in {".tsv", ".tab"} else ","
        dialect = guess_dialect(sample, limits, delimiter=wishes.delimiter, prefer=prefer)
        lines = split_lines(sample, keep_ends=True)
        records = parse(lines, dialect, limits, final=whole)
        if not records.rows:
            records = parse(lines, dialect, limits, final=True)
        found = [(start, row) for start, row in zip(records.starts, records.rows, strict=True) if row][:_ROWS]
        if not found or (whole and not any(cell.strip() for _, row in found for cell in row)):
            raise UnreadableFile(source.path, "empty", "the file holds no rows, only blank or broken lines")
        starts, rows = [start for start, _ in found], [row for _, row in found]
        heading = find_heading(rows, given=_row_at(source, starts, wishes.header_row))
        at = heading.row
        first = starts[at or 0]
        _check_header(source, heading, limits, _broken_before(records, first, dialect, len(heading.names)))
        data_line = 1 if at is None else _line_after(records, starts[at])
        ragged = _ragged(rows[0 if at is None else at + 1 :], len(heading.names))
        pad = wishes.short_rows == "pad" or (wishes.short_rows is None and ragged)
        said = (*notices, *heading.notices)
        if pad and ragged:
            said += (Notice("short-rows", "many rows end early; the cells that they leave out are read as empty"),)
        guesses = Guesses(
            format=Format.CSV,
            encoding=encoding.codec,
            confidence=encoding.confidence,
            delimiter=dialect.delimiter,
            quote=dialect.quote,
            escape=dialect.escape,
            header_row=0 if at is None else starts[at] + 1,
            short_rows="pad" if pad else "reject",
            notices=said,
        )
        return cls(
            source=source,
            limits=limits,
            encoding=encoding,
            dialect=dialect,
            header=heading.names,
            data_line=data_line,
            guarded=wishes.guarded,
            guesses=guesses,
        )

    def parts(self, log: RejectLog, progress: Progress) -> Iterator[Part]:
        """Yield the columns of some rows at a time, with the line of each row."""
        pad = self.guesses.short_rows == "pad"
        table = Tabulator(self.header, log, self.limits, pad=pad, guarded=self.guarded)
        carry, line = "", 1
        for text in decoded(self.source.blocks(progress), self.encoding.codec):
            whole, rest = _cut(carry + text)
            if len(rest) > self.limits.line_chars:
                raise _line_too_long(self.source, line + whole.count("\n"), self.limits)
            lines = self._lines(whole)
            records = parse(lines, self.dialect, self.limits, width=len(self.header), final=False)
            yield self._tabulated(records, line, whole, table)
            carry = "".join(lines[records.used :]) + rest
            line += records.used
        if carry:
            records = parse(self._lines(carry), self.dialect, self.limits, width=len(self.header), final=True)
            yield self._tabulated(records, line, carry, table)

    def _lines(self, text: str) -> list[str]:
        multiline = self.dialect.quote in text or bool(self.dialect.escape)
        return split_lines(text, keep_ends=multiline)

    def _tabulated(self, records: Records, line: int, text: str, table: Tabulator) -> Part:
        """Put rows and faults into the table's columns and rejects, leaving out what stands above the data."""
        rows = records.rows
        lines: Sequence[int] = _shifted(records.starts, line)
        if line < self.data_line:
            skip = sum(start < self.data_line for start in lines)
            rows, lines = rows[skip:], lines[skip:]
        known = len(table.log.rejects)
        for fault in records.faults:
            if line + fault.line >= self.data_line:
                table.log.add(line + fault.line, fault.code, _FAULTS[fault.code], raw=fault.raw)
        columns, kept = table.columns(rows, lines, text)
        table.log.rejects[known:] = sorted(table.log.rejects[known:], key=lambda reject: reject.line)
        return columns, kept


def _shifted(starts: Sequence[int], line: int) -> Sequence[int]:
    if isinstance(starts, range):
        return range(starts.start + line, starts.stop + line)
    return [start + line for start in starts]


def _cut(text: str) -> tuple[str, str]:
    """Split behind the last whole line; a CR at the very end may be half of CR LF."""
    at = text.rfind("\n") + 1 or text.rfind("\r", 0, len(text) - 1) + 1
    return text[:at], text[at:]


def _sample(source: Bytes, encoding: Encoding, limits: Limits) -> tuple[str, bool]:
    """Return the first whole lines, and whether they are all there are."""
    sample = ""
    for text in decoded(source.blocks(), encoding.codec):
        sample += text
        if len(sample) >= _SAMPLE and _cut(sample)[0]:
            return _cut(sample)[0], False
        if len(sample) > limits.line_chars:
            raise _line_too_long(source, 1, limits)
    return sample, True


def _line_too_long(source: Bytes, line: int, limits: Limits) -> UnreadableFile:
    message = f"line {line} is longer than {limits.line_chars:,} characters; this is hardly a table"
    return UnreadableFile(source.path, "line-too-long", message)


def _row_at(source: Bytes, starts: Sequence[int], line: int | None) -> int | None:
    """Turn the header's line, as the caller gave it, into the index of a row; 0 means no header."""
    if line is None:
        return None
    if line == 0:
        return -1
    if line - 1 not in starts:
        raise UnreadableFile(
            source.path, "no-such-header", f"no row begins on line {line} within the first {len(starts)} rows"
        )
    return starts.index(line - 1)


def _broken_before(records: Records, first: int, dialect: Dialect, width: int) -> list[int]:
    """Return the lines above the first row that are broken and have as many delimiters as a header needs."""
    needed = max(1, width - 1)
    lines = [fault.line for fault in records.faults if fault.raw.count(dialect.delimiter or '"') >= needed]
    return [line + 1 for line in lines if line < first]


def _check_header(source: Bytes, heading: Heading, limits: Limits, broken: Sequence[int]) -> None:
    if broken:
        message = f"the header on line {broken[0]} has a quote that is not closed; mend it, or give header_row="
        raise UnreadableFile(source.path, "broken-header", message)
    if len(heading.names) > limits.columns:
        message = f"the header has {len(heading.names):,} columns, the limit is {limits.columns:,}"
        raise UnreadableFile(source.path, "too-many-columns", message)
    for position, name in enumerate(heading.names, 1):
        if "\0" in name or has_surrogates(name):
            message = f"the name of column {position} holds a NUL or bytes that the encoding does not know"
            raise UnreadableFile(source.path, "broken-header", message)


def _line_after(records: Records, start: int) -> int:
    """Return the 1-based line on which the row after the one at *start* begins, or would begin."""
    at = list(records.starts).index(start)
    return records.starts[at + 1] + 1 if at + 1 < len(records.starts) else records.used + 1


def _ragged(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Tell whether leaving out trailing empty cells is this file's habit: it takes many short rows to say so."""
    short = sum(len(row) < width for row in rows)
    return len(rows) >= 20 and short >= 0.2 * len(rows)
