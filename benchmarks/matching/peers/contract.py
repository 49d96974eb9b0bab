"""What every peer's script does alike: read the job, read the table, keep the time, write the answer.

Knows nothing of crmcore. A job names a data set, its file, for a linkage the file of the right table, and a folder for
the answers: ``labels-<threshold>.npy`` (one integer a row, in the order of the file) or ``links-<threshold>.npy`` (rows
of the left and of the right table), and ``answer.json``.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from time import perf_counter

import numpy as np

__all__ = ["Job"]

Columns = dict[str, list[str | None]]


class Job:
    """One job, and the clock that runs over it."""

    def __init__(self, started: float) -> None:
        told = json.loads(Path(sys.argv[1]).read_text())
        self.dataset, self.mode, self.ignore = told["dataset"], told["mode"], told["ignore"]
        self.folder, self.path = Path(told["folder"]), Path(told["path"])
        self.right = Path(told["right"]) if told["right"] else None
        self.seconds: dict[str, float] = {}
        self.found: dict[str, np.ndarray] = {}
        self._last = started

    def lap(self, phase: str) -> None:
        """Note the seconds since the last time under this name."""
        now = perf_counter()
        self.seconds[phase] = self.seconds.get(phase, 0.0) + now - self._last
        self._last = now

    def tables(self) -> list[Columns]:
        """Read the table, or both: every column as text without blanks around it, None where nothing stands."""
        tables = []
        for path in filter(None, (self.path, self.right)):
            columns = _read(path)
            tables.append({name: cells for name, cells in columns.items() if name not in self.ignore})
        return tables

    def truth(self) -> np.ndarray:
        """Read who is who: for supervised peers only."""
        return np.load(self.folder / "truth.npy")

    def labels(self, threshold: object, clusters: list, rows: int) -> None:
        """Keep clusters, given as lists of rows; a row that is in none stands alone."""
        labels = np.arange(rows) + len(clusters)
        for at, members in enumerate(clusters):
            labels[list(members)] = at
        np.save(self.folder / f"labels-{threshold}.npy", labels.astype(np.int64))
        self.found[str(threshold)] = labels

    def links(self, threshold: object, pairs: list) -> None:
        """Keep pairs of a left and a right row."""
        links = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
        np.save(self.folder / f"links-{threshold}.npy", links)
        self.found[str(threshold)] = links

    def done(self, version: str) -> None:
        """Write the answer."""
        kind = "labels" if self.right is None else "links"
        answer = {"seconds": self.seconds, "thresholds": list(self.found), "kind": kind, "version": version}
        (self.folder / "answer.json").write_text(json.dumps(answer))


def _read(path: Path) -> Columns:
    if path.suffix == ".parquet":
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
        return {name: [_text(cell) for cell in table[name].to_pylist()] for name in table.column_names}
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return {title.strip(): [row[at].strip() or None for row in rows] for at, title in enumerate(header)}


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell).strip() or None
