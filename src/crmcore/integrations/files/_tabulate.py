"""From rows of text to columns of cells: widths, broken characters, the guard, and empty cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.integrations.files._encoding import bad_byte, has_surrogates
from crmcore.integrations.files._guard import may_be_guarded, unguard_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from crmcore.integrations.files._rejects import RejectLog
    from crmcore.integrations.files.limits import Limits
    from crmcore.ports import Cell

__all__ = ["Intern", "Tabulator"]

_TRIED = 4_096
_MOST = 50_000


class Intern(dict[str, str | None]):
    """Maps equal texts to one object, and the empty text to None; cities and surnames then cost memory once."""

    def __init__(self) -> None:
        super().__init__({"": None})
        self._seen = 0
        self._pays = True

    def __missing__(self, text: str) -> str:
        self[text] = text
        return text

    def cells(self, texts: Sequence[str]) -> list[Cell]:
        """Return the cells of one column; a column that hardly repeats itself is not worth the look-ups."""
        if not self._pays:
            return [text or None for text in texts]
        if len(self) > _MOST:
            return list(map(self.get, texts, texts))
        cells: list[Cell] = list(map(self.__getitem__, texts))
        self._seen += len(texts)
        if self._seen >= _TRIED and len(self) > self._seen // 2:
            self._pays = False
            self.clear()
        return cells


class Tabulator:
    """Turns rows into columns, and rows that do not fit into rejects."""

    def __init__(self, header: Sequence[str], log: RejectLog, limits: Limits, *, pad: bool, guarded: bool) -> None:
        self.header = header
        self.width = len(header)
        self.log = log
        self.limits = limits
        self.pad = pad
        self.guarded = guarded
        self.interns = [Intern() for _ in header]

    def columns(self, rows: list[list[str]], lines: Sequence[int], text: str) -> tuple[list[list[Cell]], Sequence[int]]:
        """Return one list a column and the lines of the rows that went in; *text* is what the rows were made of."""
        lengths = set(map(len, rows))
        if lengths and lengths != {self.width}:
            rows, lines = self._kept(rows, lines, self._fitted)
        if "\0" in text or has_surrogates(text):
            rows, lines = self._kept(rows, lines, self._sound)
        if len(text) > self.limits.cell_chars:
            rows, lines = self._kept(rows, lines, self._short)
        if not rows:
            return [[] for _ in self.header], []
        columns: Iterable[Sequence[str]] = zip(*rows, strict=True)
        if self.guarded and may_be_guarded(text):
            columns = map(unguard_cells, columns)
        return [intern.cells(column) for intern, column in zip(self.interns, columns, strict=True)], lines

    def _kept(
        self, rows: list[list[str]], lines: Sequence[int], check: Callable[[list[str], int], list[str] | None]
    ) -> tuple[list[list[str]], list[int]]:
        kept = [(fit, line) for row, line in zip(rows, lines, strict=True) if (fit := check(row, line)) is not None]
        return [row for row, _ in kept], [line for _, line in kept]

    def _fitted(self, row: list[str], line: int) -> list[str] | None:
        """Blank lines go; empty cells beyond the header go; other rows of another width are rejected."""
        surplus = len(row) - self.width
        if surplus == 0:
            return row
        if not row:
            return None
        if surplus < 0:
            return self._lengthened(row, line)
        extra = [cell for cell in row[self.width :] if cell.strip()]
        if not extra:
            return row[: self.width]
        message = (
            f"the row has {len(row)} cells, the header {self.width}; the first one too many holds {extra[0][:50]!r}"
        )
        self.log.add(line, "too-many-cells", message, raw=" | ".join(row))
        return None

    def _lengthened(self, row: list[str], line: int) -> list[str] | None:
        if self.pad:
            return row + [""] * (self.width - len(row))
        missing = self.header[len(row)]
        message = f"the row has {len(row)} cells, the header {self.width}; {missing!r} and what follows are missing"
        self.log.add(line, "too-few-cells", message, column=missing, raw=" | ".join(row))
        return None

    def _sound(self, row: list[str], line: int) -> list[str] | None:
        for name, cell in zip(self.header, row, strict=True):
            if "\0" in cell:
                self.log.add(line, "nul", f"{name!r} holds a NUL character", column=name, raw=cell)
                return None
            if has_surrogates(cell):
                byte = bad_byte(cell)
                what = (
                    "half a character" if byte is None else f"the byte 0x{byte:02X}, which the encoding does not know"
                )
                self.log.add(line, "undecodable", f"{name!r} holds {what}", column=name, raw=cell)
                return None
        return row

    def _short(self, row: list[str], line: int) -> list[str] | None:
        for name, cell in zip(self.header, row, strict=True):
            if len(cell) > self.limits.cell_chars:
                message = f"{name!r} holds {len(cell):,} characters, the limit is {self.limits.cell_chars:,}"
                self.log.add(line, "cell-too-long", message, column=name, raw=cell)
                return None
        return row
