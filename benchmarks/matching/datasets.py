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

__all__ = ["DataSet", "blinded", "contacts", "named"]

ROOT = Path(__file__).resolve().parents[2]


@attrs.frozen(kw_only=True)
class DataSet:
    """One file with truth; ``model`` is the name of the peer's settings for it."""

    name: str
    model: str
    path: Path
    ignore: tuple[str, ...]
    ids: tuple[str, ...] = ()
    truth: Callable[[], NDArray[np.int64]]
    email: str | None = None
    names: tuple[str, str] | None = None

    @property
    def missing(self) -> str:
        """Say why the data set cannot be used here; empty when it can."""
        return "" if self.path.exists() else f"{self.path} is absent; set CRMCORE_DATA to the folder that has people/"

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
            names=("first_name", "surname"),
        ),
        "febrl3": DataSet(
            name="febrl3",
            model="febrl3",
            path=people / "febrl_dataset3.csv",
            ignore=("rec_id",),
            truth=lambda: _codes([name and name.split("-")[1] for name in sets["febrl3"].column("rec_id")]),
            names=("given_name", "surname"),
        ),
        "fake_1000": DataSet(
            name="fake_1000",
            model="fake_1000",
            path=people / "fake_1000.csv",
            ignore=("cluster",),
            ids=("unique_id",),
            truth=lambda: _codes(sets["fake_1000"].column("cluster")),
            email="email",
            names=("first_name", "surname"),
        ),
    }
    return sets[name]


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
        email="email",
        names=("first_name", "last_name"),
    )


def blinded(dataset: DataSet, *, folder: Path = ROOT / ".benchmarks", seed: int = 1) -> DataSet:
    """Copy a data set with its rows shuffled and its ids and truth taken out: the control for leaks by either."""
    order = np.random.default_rng(seed).permutation(dataset.truth().size)
    hidden = {*dataset.ignore, *dataset.ids}
    names = [name for name in dataset.header() if name not in hidden]
    columns = [dataset.column(name) for name in names]
    path = folder / f"{dataset.model}-blinded.csv"
    folder.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file).writerow
        write(names)
        for row in order:
            write([column[row] for column in columns])
    return attrs.evolve(
        dataset,
        name=f"{dataset.name}, shuffled, without ids",
        path=path,
        ignore=(),
        ids=(),
        truth=lambda: dataset.truth()[order],
        email=None,
        names=None,
    )


def _codes(labels: list[str | None]) -> NDArray[np.int64]:
    codes: dict[str | None, int] = {}
    return np.array([codes.setdefault(label, len(codes)) for label in labels], dtype=np.int64)
