"""Reads workbooks (XLSX, XLS, ODS) through calamine, once they have been found harmless."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.errors import MissingExtra, UnreadableFile
from crmcore.integrations.files._biff import check_xls
from crmcore.integrations.files._cells import cell_of
from crmcore.integrations.files._header import find_heading
from crmcore.integrations.files._sheet_errors import errors_of
from crmcore.integrations.files._tabulate import Tabulator
from crmcore.integrations.files._zipguard import check_ods, check_xlsx, grid_too_large
from crmcore.integrations.files.guesses import Format, Guesses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmcore.integrations.files._bytes import Bytes
    from crmcore.integrations.files._part import Part, Wishes
    from crmcore.integrations.files._rejects import RejectLog
    from crmcore.integrations.files.guesses import Notice, Progress
    from crmcore.integrations.files.limits import Limits

__all__ = ["SheetReader"]

_ROWS = 2_000
_LOOKED_AT = 100


@contextmanager
def _calamine(path: object) -> Iterator[Any]:
    """Give the library, and translate whatever it raises; a Rust panic is a BaseException of its own kind."""
    try:
        import python_calamine
    except ImportError as exc:
        raise MissingExtra("read workbooks", "sheets") from exc
    try:
        yield python_calamine
    except UnreadableFile:
        raise
    except python_calamine.PasswordError as exc:
        raise UnreadableFile(path, "encrypted", "the workbook is encrypted; save it without a password") from exc
    except (python_calamine.CalamineError, OSError, ValueError, OverflowError) as exc:
        raise UnreadableFile(path, "broken-workbook", f"the workbook is damaged: {exc}") from exc
    except BaseException as exc:
        if type(exc).__name__ != "PanicException":
            raise
        raise UnreadableFile(path, "broken-workbook", f"the workbook is damaged: {exc}") from exc


@attrs.frozen(kw_only=True)
class SheetReader:
    """One sheet of a workbook and how it is read."""

    source: Bytes
    limits: Limits
    header: tuple[str, ...]
    data_row: int
    errors: dict[int, list[tuple[int, str]]]
    guesses: Guesses
    kept: list[Any] = attrs.field(repr=False, eq=False)
    """The sheet as it was loaded to be looked at, for the first pass; loading it is most of the work."""

    @classmethod
    def open(cls, source: Bytes, kind: Format, wishes: Wishes, notices: tuple[Notice, ...]) -> SheetReader:
        """Check what the workbook asks of the machine, then find the sheet and its header."""
        if source.packed:
            raise UnreadableFile(source.path, "not-a-table", "this is a workbook inside a gzip file; unpack it first")
        limits = wishes.limits
        failed: dict[str, dict[str, str]] = {}
        if kind is Format.XLSX:
            failed = check_xlsx(source.path, limits)
        elif kind is Format.ODS:
            check_ods(source.path, limits)
        else:
            content = source.whole(limits.unpacked_bytes, "unpacks-too-large", "save it as XLSX or CSV")
            check_xls(source.path, limits, content)
        with _opened(source) as book:
            sheet = _choose(source, book, wishes.sheet)
            name = str(sheet.name)
            width = sheet.width
            if sheet.total_height * width > limits.sheet_cells:
                raise grid_too_large(source.path, sheet.total_height, width, limits)
            filled = _filled_rows(sheet, _LOOKED_AT)
            origin = (sheet.start or (0, 0))[1]
            sheets = tuple(book.sheet_names)
        if not filled:
            among = ", ".join(map(repr, sheets))
            raise UnreadableFile(source.path, "empty", f"the sheet {name!r} is empty; the sheets are {among}")
        given = _given_row(source, [at for at, _ in filled], wishes.header_row)
        heading = find_heading([_trim(row) for _, row in filled], given=given, at_least=width)
        if len(heading.names) > limits.columns:
            message = f"the sheet has {len(heading.names):,} columns, the limit is {limits.columns:,}"
            raise UnreadableFile(source.path, "too-many-columns", message)
        header_at = -1 if heading.row is None else filled[heading.row][0]
        guesses = Guesses(
            format=kind, header_row=header_at + 1, sheet=name, sheets=sheets, notices=(*notices, *heading.notices)
        )
        return cls(
            source=source,
            limits=limits,
            header=heading.names,
            data_row=header_at + 1,
            errors=errors_of(source.path, name, origin, failed) if failed else {},
            guesses=guesses,
            kept=[sheet],
        )

    def parts(self, log: RejectLog, progress: Progress) -> Iterator[Part]:
        """Yield the columns of some rows at a time; rows without any value are no rows."""
        table = Tabulator(self.header, log, self.limits, pad=True, guarded=False)
        sheet = self._sheet()
        total = max(1, sheet.total_height)
        rows: list[list[str]] = []
        lines: list[int] = []
        for at, row in enumerate(sheet.iter_rows()):
            if at < self.data_row or row.count("") == len(row):
                continue
            rows.append([value if type(value) is str else _text(value) for value in row])
            lines.append(at + 1)
            if len(rows) >= _ROWS:
                progress.bytes_read = progress.bytes_total * at // total
                yield self._tabulated(rows, lines, table)
                rows, lines = [], []
        if rows:
            yield self._tabulated(rows, lines, table)

    def _sheet(self) -> Any:
        if self.kept:
            return self.kept.pop()
        with _opened(self.source) as book:
            return book.get_sheet_by_name(self.guesses.sheet)

    def _tabulated(self, rows: list[list[str]], lines: list[int], table: Tabulator) -> Part:
        if self.errors:
            self._note_errors(lines, table.log)
        return table.columns(rows, lines, "\n".join(map("".join, rows)))

    def _note_errors(self, lines: list[int], log: RejectLog) -> None:
        """Tell of cells that hold an error such as #N/A: the row goes in, the cell is empty."""
        for line in lines:
            for at, value in self.errors.get(line, ()):
                if at < len(self.header):
                    message = f"the cell holds the spreadsheet's error {value}; it is read as empty"
                    log.add(line, "sheet-error", message, column=self.header[at], raw=value, whole_row=False)


@contextmanager
def _opened(source: Bytes) -> Iterator[Any]:
    with _calamine(source.path) as calamine:
        book = calamine.load_workbook(str(source.path))
        try:
            yield book
        finally:
            book.close()


def _choose(source: Bytes, book: Any, wish: str | int | None) -> Any:
    """Return the sheet: as wished, else the first visible one that holds something."""
    names: list[str] = list(book.sheet_names)
    if not names:
        raise UnreadableFile(source.path, "empty", "the workbook has no sheets")
    if isinstance(wish, int) and 0 <= wish < len(names):
        wish = names[wish]
    if wish is not None and wish not in names:
        among = ", ".join(map(repr, names))
        raise UnreadableFile(source.path, "no-such-sheet", f"there is no sheet {wish!r}; the sheets are {among}")
    visible = [each.name for each in book.sheets_metadata if _is_visible(each)] or names
    for name in [wish] if wish is not None else visible:
        sheet = book.get_sheet_by_name(name)
        if sheet.end is not None:
            return sheet
    return book.get_sheet_by_name(visible[0] if wish is None else wish)


def _is_visible(sheet: Any) -> bool:
    return str(sheet.visible).endswith(".Visible") and str(sheet.typ).endswith("WorkSheet")


def _filled_rows(sheet: Any, most: int) -> list[tuple[int, list[str]]]:
    """Return the first rows that hold something, with their 0-based position."""
    filled: list[tuple[int, list[str]]] = []
    for at, row in enumerate(sheet.iter_rows()):
        if row.count("") < len(row):
            filled.append((at, [_text(value) for value in row]))
            if len(filled) >= most:
                break
    return filled


def _text(value: Any) -> str:
    cell = cell_of(value)
    return cell if isinstance(cell, str) else ""


def _trim(row: list[str]) -> list[str]:
    width = len(row)
    while width > 1 and not row[width - 1].strip():
        width -= 1
    return row[:width]


def _given_row(source: Bytes, filled: Sequence[int], line: int | None) -> int | None:
    if line is None:
        return None
    if line == 0:
        return -1
    if line - 1 not in filled:
        raise UnreadableFile(source.path, "no-such-header", f"row {line} is empty, or not among the first {_LOOKED_AT}")
    return filled.index(line - 1)
