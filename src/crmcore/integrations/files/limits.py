"""How much a file may ask of the machine before it is refused."""

from __future__ import annotations

import attrs

__all__ = ["Limits"]


def _positive(_: object, attribute: attrs.Attribute[int], value: int) -> None:
    if value < 1:
        raise ValueError(f"{attribute.name} must be at least 1, not {value}")


def _limit(default: int) -> int:
    return attrs.field(default=default, validator=_positive)


@attrs.frozen(kw_only=True)
class Limits:
    """Bounds on what is read; each is far above honest files and far below what hurts.

    Attributes:
        cell_chars: characters of one cell; a longer one rejects its row.
        line_chars: characters of one line of a text file; a longer one means that the file has no lines.
        columns: columns of a table.
        rows: rows of a table.
        sheet_cells: width times height of the used area of a spreadsheet, which has to fit in memory.
        unpacked_bytes: bytes that a workbook, or a row group of Parquet, may unpack to in memory.
        gzip_bytes: bytes that a gzip file may unpack to; they are streamed.
        document_bytes: bytes of a JSON document, which has to fit in memory; JSON Lines have no such bound.
        rejects: rows left out; more of them mean that the file is not the table that it was taken for.

    >>> Limits(cell_chars=50_000).cell_chars
    50000
    """

    cell_chars: int = _limit(1_000_000)
    line_chars: int = _limit(16_000_000)
    columns: int = _limit(20_000)
    rows: int = _limit(50_000_000)
    sheet_cells: int = _limit(30_000_000)
    unpacked_bytes: int = _limit(1536 * 1024**2)
    gzip_bytes: int = _limit(64 * 1024**3)
    document_bytes: int = _limit(256 * 1024**2)
    rejects: int = _limit(100_000)
