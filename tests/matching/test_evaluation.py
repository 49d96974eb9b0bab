"""The exact evaluator agrees with the definitions, read pair by pair and row by row."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.matching.evaluation import Scores, b_cubed, pairwise_scores

labellings = st.lists(st.tuples(st.integers(-3, 5), st.integers(-3, 5)), max_size=40)


def slow_pairwise(predicted, truth):
    """List every pair of rows and compare the two sets."""
    rows = range(len(truth))
    claimed = {pair for pair in combinations(rows, 2) if predicted[pair[0]] == predicted[pair[1]]}
    true = {pair for pair in combinations(rows, 2) if truth[pair[0]] == truth[pair[1]]}
    return (
        len(claimed & true) / len(claimed) if claimed else 1.0,
        len(claimed & true) / len(true) if true else 1.0,
    )


def slow_b_cubed(predicted, truth):
    """For each row, compare the rows that stand with it with those that should."""
    rows = range(len(truth))
    precision = recall = 0.0
    for row in rows:
        with_it = {other for other in rows if predicted[other] == predicted[row]}
        should = {other for other in rows if truth[other] == truth[row]}
        precision += len(with_it & should) / len(with_it)
        recall += len(with_it & should) / len(should)
    return (precision / len(truth), recall / len(truth)) if truth else (1.0, 1.0)


@pytest.mark.parametrize(("fast", "slow"), [(pairwise_scores, slow_pairwise), (b_cubed, slow_b_cubed)])
@given(rows=labellings)
def test_equals_its_slow_twin(fast, slow, rows):
    """The contingency gives what listing all pairs gives."""
    predicted, truth = [left for left, _ in rows], [right for _, right in rows]

    scores = fast(predicted, truth)

    assert slow(predicted, truth) == pytest.approx((scores.precision, scores.recall))


@pytest.mark.parametrize("score", [pairwise_scores, b_cubed])
@given(rows=labellings)
def test_laws(score, rows):
    """Swapping the sides swaps precision and recall; names of clusters and order of rows do not matter; truth is perfect."""
    predicted = np.array([left for left, _ in rows], dtype=np.int64)
    truth = np.array([right for _, right in rows], dtype=np.int64)
    forward, backward = score(predicted, truth), score(truth, predicted)
    renamed = score(predicted[::-1] * -7 + 1, [f"person {label}" for label in truth[::-1]] if truth.size else truth)

    assert (forward.recall, forward.precision) == pytest.approx((backward.precision, backward.recall))
    assert (forward.precision, forward.recall) == pytest.approx((renamed.precision, renamed.recall))
    assert Scores(precision=1.0, recall=1.0) == score(truth, truth)


def test_a_million_rows_in_one_cluster_do_not_overflow():
    """Half a million million pairs are counted exactly."""
    ones = np.ones(1_000_000, dtype=np.int8)

    assert Scores(precision=1.0, recall=1.0) == pairwise_scores(ones, ones)


def test_f1_is_zero_when_nothing_agrees():
    """No shared pair is an F1 of zero, not a division by zero."""
    scores = pairwise_scores([0, 0, 1, 1], [0, 1, 0, 1])

    assert Scores(precision=0.0, recall=0.0) == scores
    assert scores.f1 == 0.0


@pytest.mark.parametrize("truth", [[1, 2], [[1, 2, 3]], []])
def test_labels_must_line_up(truth):
    """A labelling of other rows is refused with both shapes."""
    with pytest.raises(InputError, match="one label a row"):
        pairwise_scores([1, 2, 3], truth)
