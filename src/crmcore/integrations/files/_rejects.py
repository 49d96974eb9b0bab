"""The list of rows that were left out, in file order, with a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.errors import UnreadableFile
from crmcore.ports import RowReject

if TYPE_CHECKING:
    from pathlib import Path

    from crmcore.integrations.files.limits import Limits

__all__ = ["RejectLog"]

_RAW_CHARS = 200


def _shown(raw: str) -> str:
    """Cut the text and make it safe to print and to store: lone surrogates and NUL become visible escapes."""
    cut = raw[:_RAW_CHARS].rstrip("\r\n")
    return cut.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")[:_RAW_CHARS]


class RejectLog:
    """Collects rejects; refuses the file when there are too many."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        self.rejects: list[RowReject] = []

    def add(
        self,
        line: int,
        code: str,
        message: str,
        *,
        column: str | None = None,
        raw: str = "",
        whole_row: bool = True,
        row: int | None = None,
    ) -> None:
        """Note one row, or with *whole_row* false one cell of a row, that could not go in."""
        if len(self.rejects) >= self.limits.rejects:
            raise UnreadableFile(
                self.path,
                "too-many-rejects",
                f"more than {self.limits.rejects:,} rows cannot be read, the last of them on line {line} ({code}); "
                "check the guessed delimiter, encoding and header row, or allow more with Limits(rejects=...)",
            )
        self.rejects.append(
            RowReject(
                line=line, column=column, code=code, message=message, raw=_shown(raw), whole_row=whole_row, row=row
            )
        )
