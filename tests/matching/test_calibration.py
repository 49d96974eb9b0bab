"""Reliability bins: what was said against what is true."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.matching import dedupe
from crmcore.matching.evaluation import Decided, Proportion, reliability, reliability_of

judged = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40)


@given(pairs=judged, bins=st.integers(1, 12))
def test_equals_its_slow_twin(pairs, bins):
    """Every pair is in one bin, and the expected error is the mean gap, weighed by pairs."""
    found = reliability_of([said for said, _ in pairs], [true for _, true in pairs], bins=bins)

    gap = 0.0
    for place in range(bins):
        inside = [pair for pair in pairs if min(int(pair[0] * bins), bins - 1) == place]
        assert len(inside) == found.pairs[place]
        if inside:
            said, true = (sum(side) / len(inside) for side in zip(*inside, strict=True))
            assert (said, true) == pytest.approx((found.said[place], found.true[place]))
            assert found.low[place] - 1e-9 <= true <= found.high[place] + 1e-9
            gap += len(inside) * abs(said - true)
    assert found.expected_error == pytest.approx(gap / len(pairs) if pairs else 0.0)
    assert found.expected_error <= found.largest_error + 1e-9


def test_a_doubled_weight_is_a_doubled_pair():
    """A pair of weight two counts as two pairs."""
    doubled = reliability_of([0.2, 0.9, 0.9], [False, True, False], weight=[1, 2, 1])
    twice = reliability_of([0.2, 0.9, 0.9, 0.9], [False, True, True, False])

    assert (doubled.expected_error, doubled.brier) == pytest.approx((twice.expected_error, twice.brier))


def test_honest_probabilities_have_little_error_and_boastful_ones_much():
    """Pairs drawn at their probability are calibrated; the same pairs called certain are not."""
    draw = np.random.default_rng(5)
    said = draw.random(20_000)
    true = draw.random(20_000) < said

    assert reliability_of(said, true).expected_error < 0.02
    assert reliability_of(np.ones(20_000), true).expected_error == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("said", "bins"), [([1.5], 10), ([float("nan")], 10), ([0.5], 0)])
def test_what_is_no_probability_is_refused(said, bins):
    """Above one, not a number, or no bins."""
    with pytest.raises(InputError, match="from 0 to 1"):
        reliability_of(said, [True], bins=bins)


def test_of_a_result_by_labels_and_by_decisions():
    """Labels judge the scored pairs, decisions the decided ones, whether those were candidates or not."""
    people = {"name": ["Ada Lovelace", "Lovelace, Ada", "Alan Turing"], "email": ["ada@example.org"] * 2 + [None]}
    result = dedupe(people)
    said = Decided.of([(0, 1, "same"), (0, 2, "different")])

    assert len(result.pairs) == reliability(result, [0, 0, 1]).pairs.sum()
    assert 2 == reliability(result, said).pairs.sum()
    with pytest.raises(InputError, match="give the result"):
        reliability(result.pairs, said)


def test_the_interval_of_a_share_covers_it_as_often_as_it_says():
    """Of many samples of 60, about 95 in 100 intervals hold the share that they were drawn from."""
    draw = np.random.default_rng(3)
    covered = 0
    for _ in range(400):
        share = Proportion.among(draw.random(60) < 0.9)
        covered += share.low <= 0.9 <= share.high

    assert 0.92 <= covered / 400 <= 0.98
