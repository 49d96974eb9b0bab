"""How well people are found again by their filters, in data with known truth, at the defaults."""

import csv

import pytest

from crmcore.matching.clk import Schema, Secret, encode, link

SECRET = Secret(bytes(range(32)))


def read(path):
    """Read a file of Febrl as columns; skip where it is absent."""
    if not path.exists():
        pytest.skip(f"needs {path.name}, which is not in the checkout: set CRMCORE_DATA")
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, skipinitialspace=True)
    return {name: [row[at] or None for row in rows] for at, name in enumerate(header)}


FLOORS = [
    ({}, 0.99, 0.94),
    ({"salt": "birth_year"}, 0.99, 0.87),
    ({"epsilon": 3.0}, 0.98, 0.93),
    ({"folds": 1}, 0.99, 0.67),
]


@pytest.mark.data
@pytest.mark.parametrize(("hardened", "precision", "recall"), FLOORS, ids=[str(floor[0]) for floor in FLOORS])
def test_two_published_tables_are_linked(data_dir, hardened, precision, recall):
    """Febrl's 5,000 people in two tables: nearly no link is wrong, and what hardening costs is as the page says."""
    tables = [read(data_dir / "people" / f"febrl_dataset4{part}.csv") for part in "ab"]
    schema = Schema.people().evolve(**hardened)

    links = link(*(encode(table, schema=schema, secret=SECRET, handles="rec_id") for table in tables))

    true = sum(a.split("-")[1] == b.split("-")[1] for a, b in links.handles)
    assert true / len(links) >= precision
    assert true / 5_000 >= recall
