"""Which delimiter, quote and escape a text table uses."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import attrs

from crmcore.integrations.files._records import Dialect, parse, split_lines

if TYPE_CHECKING:
    from crmcore.integrations.files.limits import Limits

__all__ = ["guess_dialect"]

_DELIMITERS = (",", ";", "\t", "|")
_ROWS = 300


def guess_dialect(sample: str, limits: Limits, *, delimiter: str | None = None, prefer: str = ",") -> Dialect:
    r"""Choose the delimiter that cuts the sample's rows into the same number of cells, the more cells the better.

    Where none does, and the first row is one cell by any of them, each line is one cell.

    >>> from crmcore.integrations.files.limits import Limits
    >>> guess_dialect("name;wage\nAda;1,5\nGrace;2,5\n", Limits()).delimiter
    ';'
    """
    lines = split_lines(sample, keep_ends=True)
    if delimiter is not None:
        dialect = Dialect(delimiter=delimiter)
    else:
        scores = {mark: _evenness(lines, Dialect(delimiter=mark), limits) for mark in _DELIMITERS}
        if prefer in scores:
            scores[prefer] *= 1.05
        best = max(scores, key=scores.__getitem__)
        if scores[best] > 0:
            dialect = Dialect(delimiter=best)
        else:
            plain = _widths(lines, Dialect(delimiter=prefer), limits)
            dialect = Dialect(delimiter=prefer if set(plain) <= {0, 1} else "")
    return _with_escape(lines, dialect, limits) if "\\" in sample else dialect


def _widths(lines: list[str], dialect: Dialect, limits: Limits) -> list[int]:
    records = parse(lines, dialect, limits, final=False)
    return [len(row) for row in records.rows[:_ROWS]]


def _evenness(lines: list[str], dialect: Dialect, limits: Limits) -> float:
    """Return 0 where the delimiter makes no table, else more the more even and the wider the table is."""
    widths = [width for width in _widths(lines, dialect, limits) if width]
    if not widths:
        return 0.0
    usual, count = max(Counter(widths).items(), key=lambda pair: (pair[1], pair[0]))
    share = count / len(widths)
    if usual < 2 or (share < 0.5 and widths[0] < 2):
        return 0.0
    return float(share**2 * (1 + (usual - 1) ** 0.5))


def _with_escape(lines: list[str], dialect: Dialect, limits: Limits) -> Dialect:
    r"""Take a backslash for the escape character if that mends rows: some databases write ``\"`` and ``\,``."""
    escaped = attrs.evolve(dialect, escape="\\")
    return escaped if _misfits(lines, escaped, limits) < _misfits(lines, dialect, limits) else dialect


def _misfits(lines: list[str], dialect: Dialect, limits: Limits) -> int:
    """Count the rows that are not as wide as most, and the lines that are no rows."""
    records = parse(lines, dialect, limits, final=False)
    widths = Counter(len(row) for row in records.rows if row)
    return len(records.faults) + widths.total() - max(widths.values(), default=0)
