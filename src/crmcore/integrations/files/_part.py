"""What readers of all formats share: what the caller asked for, and the pieces in which rows come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import attrs

from crmcore.integrations.files.limits import Limits
from crmcore.ports import Cell

if TYPE_CHECKING:
    from crmcore.integrations.files._rejects import RejectLog
    from crmcore.integrations.files.guesses import Guesses, Progress

__all__ = ["Part", "TableReader", "Wishes"]

Part = tuple[list[list[Cell]], Sequence[int]]
"""One list of cells a column, and the 1-based line of each row."""


@attrs.frozen(kw_only=True)
class Wishes:
    """What the caller asked for; None means to guess."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | int | None = None
    header_row: int | None = None
    short_rows: str | None = None
    guarded: bool = True
    limits: Limits = attrs.field(factory=Limits)


class TableReader(Protocol):
    """Reads one file of one format; may be asked for its parts again and again."""

    @property
    def header(self) -> tuple[str, ...]: ...

    @property
    def guesses(self) -> Guesses: ...

    def parts(self, log: RejectLog, progress: Progress) -> Iterator[Part]:
        """Yield the rows in file order."""
        ...
