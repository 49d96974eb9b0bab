"""Tables that nobody would make on purpose: an answer for every row, soon, and no accident."""

import numpy as np
import pytest

from crmcore.matching import dedupe

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize(
    "table",
    [
        {},
        [],
        {"name": []},
        {"name": ["Ada Lovelace"]},
        {"name": [None]},
        [{"name": "Ada Lovelace", "email": "ada@x.example"}],
    ],
)
def test_no_row_or_one_is_nobody_twice(table):
    """A table with at most one row has one number for it, and no pair."""
    rows = len(table) if isinstance(table, list) else len(next(iter(table.values()), ()))

    result = dedupe(table)

    assert list(range(rows)) == result.cluster_ids.tolist()
    assert len(result.pairs) == 0
    assert len(result.clusters) == rows


@pytest.mark.parametrize("copies", [2, 3, 10, 49])
def test_a_few_equal_rows_and_nothing_else_are_one(copies):
    """Rows that agree on name and e-mail are one person, also where the table holds nobody else."""
    table = {"name": ["Ada Lovelace"] * copies, "email": ["ada@x.example"] * copies}

    assert [0] * copies == dedupe(table).cluster_ids.tolist()
