"""The data sets of the comparison: where each lies, what must not be looked at, and who is who."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["PUBLISHED", "DataSet", "blinded", "contacts", "named", "shuffled"]

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ("historical_50k", "febrl1", "febrl2", "febrl3", "febrl4", "fake_1000")


@attrs.frozen(kw_only=True)
class DataSet:
    """One file with truth, or two that are to be linked; ``model`` is the name of the peers' settings for it.

    The truth of two tables is one array, the left rows first.
    """

    name: str
    model: str
    path: Path
    ignore: tuple[str, ...]
    ids: tuple[str, ...] = ()
    truth: Callable[[], NDArray[np.int64]]
    right: Path | None = None

    @property
    def missing(self) -> str:
        """Say why the data set cannot be used here; empty when it can."""
        absent = [path for path in (self.path, self.right) if path and not path.exists()]
        return f"{absent[0]} is absent; set CRMCORE_DATA to the folder that has people/" if absent else ""

    def header(self) -> list[str]:
        """Read the names of the columns."""
        if self.path.suffix == ".parquet":
            import pyarrow.parquet

            return pyarrow.parquet.read_schema(self.path).names
        with self.path.open(encoding="utf-8", newline="") as file:
            return [title.strip() for title in next(csv.reader(file))]

    def column(self, name: str) -> list[str | None]:
        """Read one column as text."""
        if self.path.suffix == ".parquet":
            import pyarrow.parquet

            return pyarrow.parquet.read_table(self.path, columns=[name])[name].to_pylist()
        with self.path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        at = [title.strip() for title in header].index(name)
        return [row[at].strip() or None for row in rows]


def named(name: str) -> DataSet:
    """Find one of the published data sets."""
    people = Path(os.environ.get("CRMCORE_DATA", ROOT.parent / "shared" / "data")) / "people"
    sets = {
        "historical_50k": DataSet(
            name="historical_50k",
            model="historical_50k",
            path=people / "historical_50k.parquet",
            ignore=("cluster",),
            ids=("unique_id",),
            truth=lambda: _codes(sets["historical_50k"].column("cluster")),
        ),
        **{f"febrl{number}": _febrl(f"febrl{number}", people / f"febrl_dataset{number}.csv") for number in (1, 2, 3)},
        "febrl4": _febrl("febrl4", people / "febrl_dataset4a.csv", people / "febrl_dataset4b.csv"),
        "fake_1000": DataSet(
            name="fake_1000",
            model="fake_1000",
            path=people / "fake_1000.csv",
            ignore=("cluster",),
            ids=("unique_id",),
            truth=lambda: _codes(sets["fake_1000"].column("cluster")),
        ),
    }
    return sets[name]


def _febrl(name: str, *paths: Path) -> DataSet:
    """Describe a set of Febrl: rec-12-org and rec-12-dup-0 are one person."""
    tables = [DataSet(name=name, model=name, path=path, ignore=(), truth=_nobody) for path in paths]
    return DataSet(
        name=name,
        model=name,
        path=paths[0],
        right=paths[1] if len(paths) > 1 else None,
        ignore=("rec_id",),
        truth=lambda: _codes([each and each.split("-")[1] for table in tables for each in table.column("rec_id")]),
    )


def _nobody() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


def contacts(people: int, *, seed: int = 0) -> DataSet:
    """Write the generated recruiting contacts, once for a number of people and a seed."""
    from crmcore.testing.sample import truth_path, write_sample

    folder = ROOT / ".benchmarks"
    folder.mkdir(exist_ok=True)
    path = folder / f"contacts-{people}-{seed}.csv"
    write_sample(path, people=people, seed=seed, truth=True)
    return DataSet(
        name=f"contacts ({people:,} people)",
        model="contacts",
        path=path,
        ignore=(),
        truth=lambda: np.loadtxt(truth_path(path), delimiter=",", skiprows=1, dtype=np.int64)[:, 1],
    )


def blinded(dataset: DataSet, *, folder: Path = ROOT / ".benchmarks", seed: int = 1) -> DataSet:
    """Copy a data set with its rows shuffled and its ids and truth taken out: the control for leaks by either."""
    order = np.random.default_rng(seed).permutation(dataset.truth().size)
    copy = _copied(dataset, order, folder / f"{dataset.model}-blinded.csv", hidden={*dataset.ignore, *dataset.ids})
    return attrs.evolve(copy, name=f"{dataset.name}, shuffled, without ids", ignore=(), ids=())


def shuffled(
    dataset: DataSet, *, folder: Path = ROOT / ".benchmarks", seed: int = 1
) -> tuple[DataSet, NDArray[np.int64]]:
    """Copy a data set with its rows shuffled and nothing else; also return the old row at each place."""
    order = np.random.default_rng(seed).permutation(dataset.truth().size)
    copy = _copied(dataset, order, folder / f"{dataset.model}-shuffled.csv", hidden=set())
    return attrs.evolve(copy, name=f"{dataset.name}, shuffled"), order


def _copied(dataset: DataSet, order: NDArray[np.int64], path: Path, *, hidden: set[str]) -> DataSet:
    names = [name for name in dataset.header() if name not in hidden]
    columns = [dataset.column(name) for name in names]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file).writerow
        write(names)
        for row in order:
            write([column[row] for column in columns])
    return attrs.evolve(dataset, path=path, truth=lambda: dataset.truth()[order])


def _codes(labels: list[str | None]) -> NDArray[np.int64]:
    codes: dict[str | None, int] = {}
    return np.array([codes.setdefault(label, len(codes)) for label in labels], dtype=np.int64)
