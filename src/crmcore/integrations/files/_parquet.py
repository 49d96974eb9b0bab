"""Reads Parquet through pyarrow, a few thousand rows at a time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.errors import MissingExtra, UnreadableFile
from crmcore.integrations.files._cells import cell_of
from crmcore.integrations.files._encoding import has_surrogates
from crmcore.integrations.files._header import column_names
from crmcore.integrations.files.guesses import Format, Guesses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmcore.integrations.files._bytes import Bytes
    from crmcore.integrations.files._part import Part, Wishes
    from crmcore.integrations.files._rejects import RejectLog
    from crmcore.integrations.files.guesses import Notice, Progress
    from crmcore.integrations.files.limits import Limits
    from crmcore.ports import Cell

__all__ = ["ParquetReader"]

_ROWS = 10_000


@contextmanager
def _arrow(path: object) -> Iterator[Any]:
    """Give the library, and translate whatever it raises about the file."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as exc:
        raise MissingExtra("read Parquet", "arrow") from exc
    try:
        yield pq
    except UnreadableFile:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError, TypeError) as exc:
        reason = str(exc).splitlines()[0] if str(exc) else type(exc).__name__
        raise UnreadableFile(
            path, "broken-parquet", f"the Parquet file is damaged or uses what is not supported: {reason}"
        ) from exc


@attrs.frozen(kw_only=True)
class ParquetReader:
    """One Parquet file and how it is read."""

    source: Bytes
    limits: Limits
    header: tuple[str, ...]
    guesses: Guesses

    @classmethod
    def open(cls, source: Bytes, wishes: Wishes, notices: tuple[Notice, ...]) -> ParquetReader:
        """Read the schema and what the file says of its size."""
        if source.packed:
            raise UnreadableFile(source.path, "not-a-table", "this is Parquet inside a gzip file; unpack it first")
        limits = wishes.limits
        with _arrow(source.path) as pq, pq.ParquetFile(source.path) as file:
            meta = file.metadata
            _check_size(source, meta, limits)
            names, renamed = column_names(_flat_names(file.schema_arrow))
        if not names:
            raise UnreadableFile(source.path, "empty", "the file has no columns")
        if len(names) > limits.columns:
            message = f"the file has {len(names):,} columns, the limit is {limits.columns:,}"
            raise UnreadableFile(source.path, "too-many-columns", message)
        guesses = Guesses(format=Format.PARQUET, notices=(*notices, *renamed))
        return cls(source=source, limits=limits, header=names, guesses=guesses)

    def parts(self, log: RejectLog, progress: Progress) -> Iterator[Part]:
        """Yield the columns of some rows at a time; a row's line is its number."""
        seen = 0
        with _arrow(self.source.path) as pq, pq.ParquetFile(self.source.path, read_dictionary=self._texts()) as file:
            total = max(1, file.metadata.num_rows)
            for batch in file.iter_batches(batch_size=_ROWS):
                columns = [_cells(column) for column in _flat_columns(batch)]
                lines: Sequence[int] = range(seen + 1, seen + 1 + batch.num_rows)
                seen += batch.num_rows
                progress.bytes_read = progress.bytes_total * seen // total
                yield self._sound(columns, lines, log)

    def _texts(self) -> list[str]:
        """Name the columns of plain text: read as dictionaries, each distinct text becomes a Python object once."""
        with _arrow(self.source.path) as pq:
            schema = pq.read_schema(self.source.path)
            return [field.name for field in schema if str(field.type) in {"string", "large_string"}]

    def _sound(self, columns: list[list[Cell]], lines: Sequence[int], log: RejectLog) -> Part:
        """Reject rows with NUL characters or over-long cells."""
        bad: dict[int, tuple[int, str, str]] = {}
        for at, column in enumerate(columns):
            joined = "".join(cell if type(cell) is str else "".join(cell) for cell in column if cell is not None)
            if not ("\0" in joined or len(joined) > self.limits.cell_chars or has_surrogates(joined)):
                continue
            for row, cell in enumerate(column):
                text = "".join(cell or "")
                if "\0" in text or len(text) > self.limits.cell_chars or has_surrogates(text):
                    bad.setdefault(row, (at, "nul" if "\0" in text else "cell-too-long", text))
        if not bad:
            return columns, lines
        for row, (at, code, text) in sorted(bad.items()):
            name = self.header[at]
            what = "a NUL character" if code == "nul" else f"{len(text):,} characters"
            log.add(lines[row], code, f"{name!r} holds {what}", column=name, raw=text)
        kept = [row for row in range(len(lines)) if row not in bad]
        return [[column[row] for row in kept] for column in columns], [lines[row] for row in kept]


def _check_size(source: Bytes, meta: Any, limits: Limits) -> None:
    if meta.num_rows > limits.rows:
        message = (
            f"the file claims {meta.num_rows:,} rows, the limit is {limits.rows:,}; allow more with Limits(rows=...)"
        )
        raise UnreadableFile(source.path, "too-many-rows", message)
    for group in range(meta.num_row_groups):
        if (size := meta.row_group(group).total_byte_size) > limits.unpacked_bytes:
            message = f"a row group unpacks to {size:,} bytes; allow more with Limits(unpacked_bytes=...)"
            raise UnreadableFile(source.path, "unpacks-too-large", message)


def _is_struct(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_struct(kind)) and kind.num_fields > 0


def _flat_names(schema: Any) -> list[str]:
    names: list[str] = []
    for field in schema:
        names += [f"{field.name}.{inner.name}" for inner in field.type] if _is_struct(field.type) else [field.name]
    return names


def _flat_columns(batch: Any) -> list[Any]:
    columns: list[Any] = []
    for column in batch.columns:
        columns += column.flatten() if _is_struct(column.type) else [column]
    return columns


def _cells(column: Any) -> list[Cell]:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        values = [cell_of(value) for value in column.dictionary.to_pylist()]
        return [None if code is None else values[code] for code in column.indices.to_pylist()]
    values = column.to_pylist()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return [value or None for value in values]
    return [cell_of(value) for value in values]
