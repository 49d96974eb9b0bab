"""Who is double in one file: read, guess, match, put together, report."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.errors import UnknownColumn
from crmcore.integrations.files import open_table, write_table
from crmcore.matching import DEFAULT_THRESHOLD, dedupe
from crmcore.sync.rows import golden_rows
from crmcore.sync.survivorship import Precedence
from crmcore.system import SystemClock

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.hygiene.columns import RoleGuess
    from crmcore.hygiene.roles import Role
    from crmcore.integrations.files import FileSource, Guesses
    from crmcore.matching import Deduplication
    from crmcore.ports import Cell, Clock, RowReject

    Progress = Callable[[str, int, int | None], None]

__all__ = ["DedupeRun", "dedupe_file", "read_batches", "silent"]


def silent(_phase: str, _done: int, _total: int | None) -> None:
    """Nobody watches."""


@attrs.frozen(kw_only=True, eq=False)
class DedupeRun:
    """One file, deduplicated.

    Attributes:
        name: the file.
        table: header -> one cell a row, as it was read.
        lines: the 1-based line of the file on which each row starts.
        rejects: rows and cells that were left out, in file order.
        result: who is the same, and why.
        guesses: how the file was read.
        id_column: the column that names a row, or None.
        ignored: columns that were not compared at the user's wish.
        region: where phone numbers without country code are from, for judging them.
        seconds: how long it took.
        precedence: which value of a person survives.

    """

    name: str
    table: Mapping[str, Sequence[Cell]]
    lines: Sequence[int]
    rejects: tuple[RowReject, ...]
    result: Deduplication
    guesses: Guesses
    id_column: str | None
    ignored: tuple[str, ...]
    region: str | None
    seconds: float
    precedence: Precedence = attrs.field(factory=Precedence)

    @property
    def rows(self) -> int:
        """How many rows went in."""
        return len(self.lines)

    @property
    def clusters(self) -> int:
        """How many people they are."""
        return int(self.result.cluster_ids.max()) + 1 if self.rows else 0

    @property
    def duplicates(self) -> int:
        """How many rows repeat somebody who is already there."""
        return self.rows - self.clusters

    @property
    def roles(self) -> tuple[RoleGuess, ...]:
        """What each column was taken for."""
        return self.result.roles

    @property
    def row_numbers(self) -> NDArray[np.int64]:
        """The 0-based number of each row in the file, int64, (rows,); rejected rows are counted, too."""
        left_out = [reject for reject in self.rejects if reject.whole_row]
        counted = [reject.row for reject in left_out if reject.row is not None]
        if counted:
            return np.setdiff1d(np.arange(self.rows + len(left_out)), counted)
        lines = sorted(reject.line for reject in left_out)
        return np.arange(self.rows) + np.searchsorted(lines, self.lines)

    def write_clusters(self, path: str | os.PathLike[str]) -> None:
        """Write ``row`` (0-based) and ``cluster``, and the id column as ``id`` where one was named."""
        columns: dict[str, Sequence[Any]] = {
            "row": self.row_numbers.tolist(),
            "cluster": self.result.cluster_ids.tolist(),
        }
        if self.id_column is not None:
            columns["id"] = self.table[self.id_column]
        write_table(path, columns)

    def write_golden(self, path: str | os.PathLike[str]) -> None:
        """Write one row a person, put together from theirs."""
        write_table(path, self.golden())

    def golden(self) -> dict[str, list[Any]]:
        """Return one row a person: the columns of the input, what else they had, ``cluster`` and ``rows``."""
        roles: dict[str, Role] = {guess.column: guess.role for guess in self.roles}
        return golden_rows(
            self.table, self.result.cluster_ids.tolist(), roles=roles, precedence=self.precedence, region=self.region
        )

    def write_report(self, path: str | os.PathLike[str]) -> None:
        """Write the evidence as one self-contained page."""
        from crmcore.app._dedupe_view import view_of
        from crmcore.reports import render_dedupe_report

        Path(path).write_text(render_dedupe_report(view_of(self)), encoding="utf-8", newline="\n")

    def to_json(self) -> dict[str, Any]:
        """Return the figures of the run with stable keys."""
        sizes = Counter(np.bincount(self.result.cluster_ids).tolist()) if self.rows else {}
        return {
            "file": self.name,
            "rows": self.rows,
            "people": self.clusters,
            "duplicates": self.duplicates,
            "threshold": self.result.threshold,
            "compared_pairs": self.result.compared,
            "seconds": round(self.seconds, 3),
            "cluster_sizes": {str(size): count for size, count in sorted(sizes.items())},
            "columns": [
                {"column": one.column, "role": one.role.value, "confidence": one.confidence, "why": one.why}
                for one in self.roles
            ],
            "rejects": [attrs.asdict(reject) for reject in self.rejects],
        }


def dedupe_file(
    path: str | os.PathLike[str],
    *,
    ignore: Iterable[str] = (),
    columns: Mapping[str, Role | str] | None = None,
    threshold: float | None = None,
    id_column: str | None = None,
    region: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | int | None = None,
    progress: Progress | None = None,
    clock: Clock = SystemClock(),  # noqa: B008 - frozen
) -> DedupeRun:
    """Find the people that a file holds more than once.

    Args:
        path: CSV, XLSX, JSON, JSON Lines or Parquet.
        ignore: columns that are not compared.
        columns: column -> role, where the guess would be wrong.
        threshold: probability from which a pair connects two rows.
        id_column: the column that names a row; it is not compared, but reported.
        region: ISO code of the country of phone numbers that name none, for judging them.
        encoding, delimiter, sheet: how to read the file, where the guess would be wrong.
        progress: called with (phase, done, total or None).
        clock: tells how long it took.

    Raises:
        UnreadableFile: the file cannot be read as a table.
        UnknownColumn: a column that is named is not there.

    """
    tell = progress or silent
    started = clock.now()
    source = open_table(path, encoding=encoding, delimiter=delimiter, sheet=sheet)
    ignored = (ignore,) if isinstance(ignore, str) else tuple(ignore)
    for named in (*ignored, *(columns or ()), *([] if id_column is None else [id_column])):
        if named not in source.header:
            raise UnknownColumn(named, source.header)
    table, lines = read_batches(source, tell)
    unseen = {*ignored, *([] if id_column is None else [id_column])}
    told = {name: role for name, role in (columns or {}).items() if name not in unseen}
    result = dedupe(
        table,
        ignore=unseen,
        columns=told,
        threshold=DEFAULT_THRESHOLD if threshold is None else threshold,
        progress=tell,
    )
    return DedupeRun(
        name=source.name,
        table=table,
        lines=lines,
        rejects=tuple(source.rejects),
        result=result,
        guesses=source.guesses,
        id_column=id_column,
        ignored=ignored,
        region=region,
        seconds=(clock.now() - started).total_seconds(),
    )


def read_batches(source: FileSource, tell: Progress) -> tuple[dict[str, list[Cell]], list[int]]:
    """Read a whole source, telling how far it has come; return its columns and lines."""
    table: dict[str, list[Cell]] = {name: [] for name in source.header}
    lines: list[int] = []
    for batch in source.batches(50_000):
        for name, cells in batch.columns.items():
            table[name] += cells
        lines += batch.lines
        tell("read", source.progress.bytes_read, source.progress.bytes_total)
    return table, lines
