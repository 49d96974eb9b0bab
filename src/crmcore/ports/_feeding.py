"""The socket for rows from outside, and what it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Batch", "Cell", "RowReject", "Source"]

Cell = str | tuple[str, ...] | None
"""One cell of a table: text, several texts, or nothing."""


@attrs.frozen(kw_only=True)
class RowReject:
    """One row, or one cell of a row, that could not go in, and why.

    Attributes:
        line: 1-based line of the file (row of the sheet) where the row starts.
        column: the header of the column at fault, or None where it is the row as a whole.
        code: a stable word for the cause, such as ``too-many-cells``.
        message: the cause and what to do, as a sentence.
        raw: what stood there, cut to 200 characters.
        whole_row: whether the whole row is left out, or the cell only; a fault of one cell may cost the row.
        row: the 0-based number of a row that is left out, where lines do not tell (several objects on one line).
        source: what provenance calls the file or system; "" where there is only one.

    """

    line: int
    column: str | None
    code: str
    message: str
    raw: str = ""
    whole_row: bool = attrs.field(default=attrs.Factory(lambda self: self.column is None, takes_self=True))
    row: int | None = None
    source: str = ""


@attrs.frozen(kw_only=True)
class Batch:
    """Some consecutive rows of a source, column by column.

    Attributes:
        columns: header -> one cell a row; None where the cell is empty; a tuple where a cell holds several values.
        lines: the 1-based line of the file on which each row starts.

    """

    columns: Mapping[str, Sequence[Cell]]
    lines: Sequence[int]


class Source(Protocol):
    """Rows from outside: a file, an export, another system."""

    @property
    def name(self) -> str:
        """What provenance calls it, such as a file's name."""
        ...

    @property
    def header(self) -> tuple[str, ...]:
        """Column names, unique, in the order of the source."""
        ...

    def batches(self, size: int = 10_000) -> Iterator[Batch]:
        """Yield the rows in order, *size* at a time; may be called again to start over."""
        ...

    @property
    def rejects(self) -> Sequence[RowReject]:
        """Rows that were left out by the latest pass so far."""
        ...
