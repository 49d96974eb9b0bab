"""The kernels that group and sum up are what plain loops say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.reports.pipeline._grouping import combined, summed_up
from crmcore.reports.pipeline.measure import Statistic

ROWS = st.integers(0, 25).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(-1, 3) | st.integers(-1, 2**20), min_size=size, max_size=size), min_size=1, max_size=4
    )
)


@given(ROWS)
def test_codes_together_are_numbered_in_their_order(codes: list[list[int]]) -> None:
    """Each combination has a number, in the order of the codes, and the first row that has it is given."""
    rows = list(zip(*codes, strict=True))
    group, first = combined([np.array(each, dtype=np.int32) for each in codes], len(rows))
    distinct = sorted(set(rows))

    assert [distinct.index(row) for row in rows] == group.tolist()
    assert [rows.index(row) for row in distinct] == first.tolist()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**55), 2**55)), max_size=30), st.floats(0, 100))
def test_percentiles_are_those_of_numpy(drawn: list[tuple[int, int]], percentile: float) -> None:
    """By group, between two values in proportion."""
    group = np.array([each for each, _ in drawn], dtype=np.int64)
    values = np.array([value for _, value in drawn], dtype=np.int64)
    found = summed_up(values, group, 4, Statistic.PERCENTILE, percentile)

    for number in range(4):
        mine = values[group == number]
        if not len(mine):
            assert np.isnan(found[number])
        else:
            near = 1e-14 * float(np.abs(mine).max())  # the two round in their own ways
            assert pytest.approx(np.percentile(mine, percentile), rel=1e-12, abs=near) == found[number]


@given(st.lists(st.integers(-(2**52), 2**52), max_size=30), st.randoms())
def test_whole_numbers_add_up_in_any_order(values: list[int], draw: object) -> None:
    """Shuffled rows give the same sum, to the last bit."""
    shuffled = list(values)
    draw.shuffle(shuffled)
    sums = [
        summed_up(np.array(each, dtype=np.int64), np.zeros(len(each), dtype=np.int64), 1, Statistic.TOTAL, 50)[0]
        for each in (values, shuffled)
    ]

    assert sums[0] == sums[1] == pytest.approx(sum(values))
