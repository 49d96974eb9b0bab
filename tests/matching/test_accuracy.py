"""How well people are found again in data with known truth, with nothing said but which column not to look at."""

import csv
from collections import Counter

import pytest

from crmcore.matching import b_cubed, dedupe, link, pairwise_scores
from crmcore.testing.sample import generate


def table_of(path):
    """Read a file of people as columns; skip where it is absent."""
    if not path.exists():
        pytest.skip(f"needs {path.name}, which is not in the checkout: set CRMCORE_DATA")
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return pq.read_table(path).to_pydict()
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, skipinitialspace=True)
    return {name: [row[at] or None for row in rows] for at, name in enumerate(header)}


def person_of(rec_id):
    """Return the person that a Febrl record is about: rec-12-org and rec-12-dup-0 are 12."""
    return rec_id.split("-")[1]


FLOORS = [
    ("historical_50k.parquet", "cluster", 0.85),
    ("febrl_dataset1.csv", "rec_id", 0.99),
    ("febrl_dataset2.csv", "rec_id", 0.98),
    ("febrl_dataset3.csv", "rec_id", 0.991),
    ("fake_1000.csv", "cluster", 0.80),
]


@pytest.mark.data
@pytest.mark.parametrize(("file", "truth", "least"), FLOORS, ids=[file for file, _, _ in FLOORS])
def test_published_data(data_dir, file, truth, least):
    """Pairwise F1 does not fall below what was reached before, with `ignore` and nothing else."""
    table = table_of(data_dir / "people" / file)
    known = [person_of(value) if truth == "rec_id" else value for value in table[truth]]

    scores = pairwise_scores(dedupe(table, ignore=[truth]).cluster_ids, known)

    assert scores.f1 >= least


@pytest.mark.data
def test_two_published_tables_are_linked(data_dir):
    """Of Febrl's 5,000 people in two tables nearly all are linked, one to one, and nearly no link is wrong."""
    left, right = (table_of(data_dir / "people" / f"febrl_dataset4{part}.csv") for part in "ab")

    links = link(left, right, ignore=["rec_id"], one_to_one=True).links

    true = sum(
        person_of(left["rec_id"][a]) == person_of(right["rec_id"][b])
        for a, b in zip(links.left.tolist(), links.right.tolist(), strict=True)
    )
    assert true / len(links) >= 0.99
    assert true / 5_000 >= 0.98


def test_the_sample():
    """Recruiting contacts with relatives, namesakes and agencies: pairs and rows are both found well."""
    sample = generate(people=3_000, seed=0)

    ids = dedupe(sample.columns).cluster_ids

    assert pairwise_scores(ids, sample.truth).f1 >= 0.80
    assert b_cubed(ids, sample.truth).f1 >= 0.85


def merged(table, **wishes):
    """Return the share of rows that were taken for another row's person."""
    sizes = Counter(dedupe(table, **wishes).cluster_ids.tolist())
    return sum(size for size in sizes.values() if size > 1) / sum(sizes.values())


def test_a_sample_without_doubles_stays_as_it_is():
    """Where every row is another person, relatives and namesakes among them, few are taken for somebody else."""
    sample = generate(people=3_000, seed=4)
    first = list({person: row for row, person in reversed(list(enumerate(sample.truth)))}.values())

    share = merged({name: [cells[row] for row in first] for name, cells in sample.columns.items()})

    assert share <= 0.05


@pytest.mark.data
def test_published_data_without_doubles_stays_as_it_is(data_dir):
    """Of Febrl's 2,000 originals hardly any is taken for another one."""
    table = table_of(data_dir / "people" / "febrl_dataset3.csv")
    kept = [row for row, name in enumerate(table["rec_id"]) if name.endswith("org")]

    share = merged({name: [cells[row] for row in kept] for name, cells in table.items()}, ignore=["rec_id"])

    assert share <= 0.005
