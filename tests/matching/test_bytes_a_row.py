"""A row costs some numbers in arrays, never Python objects of its own."""

import tracemalloc

import numpy as np
import pyarrow as pa
import pytest

from crmcore.hygiene.roles import Role
from crmcore.matching._features import build_features
from crmcore.matching.encoding.table import read_table

ROWS = 40_000
CELLS = {
    "first": (Role.GIVEN_NAME, ["Ada", "Grace", "Alan", "N", "Jean Luc"]),
    "last": (Role.FAMILY_NAME, ["Lovelace", "Hopper", "Turing", "Becker (geb. Klein)"]),
    "name": (Role.FULL_NAME, ["Ada Lovelace", "Grace Hopper", "x"]),
    "mail": (Role.EMAIL, ["ada@x.example", "g.hopper@y.example", None]),
    "company": (Role.COMPANY, ["Acme Ltd", None, "Oak GmbH & Co. KG"]),
}


@pytest.fixture(scope="module")
def table():
    """Return a table of few different cells in many rows, read already."""
    rows = np.arange(ROWS)
    found = read_table(pa.table({name: pa.array(cells).take(rows % len(cells)) for name, (_, cells) in CELLS.items()}))
    found.read()
    return found


def peak_of(work):
    """Return the most bytes a row that were held at once while something was done."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / ROWS
    finally:
        tracemalloc.stop()


def test_features_of_five_columns_take_arrays_only(table):
    """Names are read, companies and addresses coded, with a few numbers a row at hand."""
    assert peak_of(lambda: build_features(table, {name: role for name, (role, _) in CELLS.items()})) < 150


def test_the_measure_sees_a_text_in_each_cell(table):
    """The negative control: a Python string of each cell is more than that."""
    assert peak_of(lambda: [[f"{cell}." for cell in table[name]] for name in CELLS]) > 150
