"""Where the header is, and column names that are unique and never empty."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import attrs

from crmcore.integrations.files.guesses import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Heading", "column_names", "find_heading"]

_PREAMBLE_ROWS = 20
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@attrs.frozen(kw_only=True)
class Heading:
    """The header of a table whose columns are named by one of its rows.

    Attributes:
        row: its index among the rows that were looked at; None where the table has no header.
        names: one unique name a column.
        notices: what was changed or assumed.

    """

    row: int | None
    names: tuple[str, ...]
    notices: tuple[Notice, ...]


def column_names(cells: Sequence[str]) -> tuple[tuple[str, ...], tuple[Notice, ...]]:
    """Make names out of header cells: blanks around them go, empty ones are numbered, repeated ones are counted.

    >>> column_names(["Email", "", " Email "])[0]
    ('Email', 'column_2', 'Email_2')
    """
    wanted = [_one_line(cell) or f"column_{position}" for position, cell in enumerate(cells, 1)]
    taken = set(wanted)
    names: list[str] = []
    seen: Counter[str] = Counter()
    for name in wanted:
        seen[name] += 1
        unique = name
        while seen[name] > 1 and unique in taken:
            unique = f"{name}_{seen[name]}"
            seen[name] += unique in taken
        taken.add(unique)
        names.append(unique)
    return tuple(names), tuple(_naming_notices(cells, wanted, names))


def _one_line(cell: str) -> str:
    return " ".join(cell.split()) if "\n" in cell or "\r" in cell else cell.strip()


def _naming_notices(cells: Sequence[str], wanted: Sequence[str], names: Sequence[str]) -> list[Notice]:
    notices = []
    if empty := [name for cell, name in zip(cells, names, strict=True) if not cell.strip()]:
        notices.append(Notice("empty-header", f"columns without a name are called {_listed(empty)}"))
    if renamed := [new for old, new in zip(wanted, names, strict=True) if old != new]:
        notices.append(
            Notice("duplicate-header", f"columns whose name stood there before are called {_listed(renamed)}")
        )
    return notices


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(repr(name) for name in names[:10]) + more


def find_heading(rows: Sequence[Sequence[str]], *, given: int | None = None, at_least: int = 0) -> Heading:
    """Find the header among the first rows; *given* is its index, or -1 for a table without one.

    The table is known to have *at_least* so many columns.

    Titles above the table are rows with few filled cells before a row that is about as wide as the rest. A table has no
    header when its first row holds an e-mail address where the second one does.
    """
    width = _usual_width(rows)
    if given is not None:
        at = given if given >= 0 else None
    else:
        at = _skip_titles(rows, width)
        if _is_data(rows, at):
            at = None
    notices: list[Notice] = []
    if at is None:
        notices.append(Notice("no-header", "the first row holds data, so the columns are numbered"))
        names = tuple(f"column_{position}" for position in range(1, max(width, at_least) + 1))
        return Heading(row=None, names=names, notices=tuple(notices))
    if at and given is None:
        titles = "; ".join(" ".join(" ".join(row).split())[:80] for row in rows[:at])
        notices.append(Notice("preamble", f"{at} row{'s' if at > 1 else ''} above the header left out: {titles}"))
    cells = list(rows[at])
    below = rows[at + 1 :]
    while len(cells) > 1 and not cells[-1].strip() and not any(len(row) >= len(cells) for row in below):
        cells.pop()
    wider = sum(len(row) > len(cells) and any(row[len(cells) :]) for row in below)
    if below and wider >= 0.8 * len(below):
        cells += [""] * (width - len(cells))
    cells += [""] * (at_least - len(cells))
    names, renamed = column_names(cells)
    return Heading(row=at, names=names, notices=(*notices, *renamed))


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    """Return the most frequent number of cells; of equally frequent ones, the largest."""
    widths = Counter(len(row) for row in rows if row)
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _skip_titles(rows: Sequence[Sequence[str]], width: int) -> int:
    if width < 2:
        return 0
    for at, row in enumerate(rows[:_PREAMBLE_ROWS]):
        filled = sum(bool(cell.strip()) for cell in row)
        title = filled <= width / 2 if len(row) < width else filled <= 1 < width - 1 or not filled
        if not title:
            return at
    return 0


def _is_data(rows: Sequence[Sequence[str]], at: int) -> bool:
    if len(rows) < at + 2:
        return False
    return any(
        _EMAIL.fullmatch(above.strip()) and _EMAIL.fullmatch(below.strip())
        for above, below in zip(rows[at], rows[at + 1], strict=False)
        if len(above) < 320 and len(below) < 320
    )
