"""Clusters and people as wholes agree with the definitions, read cluster by cluster."""

from itertools import combinations
from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.matching.evaluation import cluster_scores

labellings = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=25)


def groups(labels):
    """Return the sets of rows that share a label."""
    return {frozenset(row for row in range(len(labels)) if labels[row] == label) for label in labels}


def slow_adjusted_rand(predicted, truth):
    """Count agreeing pairs and subtract what chance gives."""
    pairs = list(combinations(range(len(truth)), 2))
    claimed = sum(predicted[a] == predicted[b] for a, b in pairs)
    true = sum(truth[a] == truth[b] for a, b in pairs)
    agreed = sum(predicted[a] == predicted[b] and truth[a] == truth[b] for a, b in pairs)
    if not pairs or (chance := claimed * true / len(pairs)) == (claimed + true) / 2:
        return 1.0
    return (agreed - chance) / ((claimed + true) / 2 - chance)


def slow_bits(of, given_these):
    """Return the conditional entropy of the first labelling given the second, row by row."""
    rows = range(len(of))
    total = 0.0
    for row in rows:
        mates = [other for other in rows if given_these[other] == given_these[row]]
        total -= log2(sum(of[other] == of[row] for other in mates) / len(mates))
    return total / len(of) if of else 0.0


@given(rows=labellings)
def test_equals_the_definitions(rows):
    """Exact, split and merged, the adjusted Rand index and both entropies are what their definitions say."""
    predicted, truth = [left for left, _ in rows], [right for _, right in rows]

    scores = cluster_scores(predicted, truth)

    clusters, people = groups(predicted), groups(truth)
    assert (len(clusters), len(people)) == (scores.clusters, scores.people)
    assert len(clusters & people) == scores.exact
    assert sum(len({predicted[row] for row in rows}) > 1 for rows in people) == scores.split
    assert sum(len({truth[row] for row in rows}) > 1 for rows in clusters) == scores.merged
    assert slow_adjusted_rand(predicted, truth) == pytest.approx(scores.adjusted_rand)
    assert slow_bits(predicted, truth) == pytest.approx(scores.split_bits)
    assert slow_bits(truth, predicted) == pytest.approx(scores.merge_bits)


@given(rows=labellings)
def test_laws(rows):
    """Truth is perfect; swapping the sides swaps split and merged; the distance of partitions is symmetric."""
    predicted, truth = [left for left, _ in rows], [right for _, right in rows]
    forward, backward, perfect = (
        cluster_scores(*sides) for sides in ((predicted, truth), (truth, predicted), (truth, truth))
    )

    assert (forward.split, forward.merged, forward.exact) == (backward.merged, backward.split, backward.exact)
    assert forward.variation_of_information == pytest.approx(backward.variation_of_information)
    assert (1.0, 0.0, 1.0) == (perfect.adjusted_rand, perfect.variation_of_information, perfect.scores.f1)


def test_a_giant_is_counted_exactly():
    """A million rows of one person, one of them apart: squares of squares of rows do not overflow."""
    predicted = np.zeros(1_000_000, np.int64)
    predicted[7] = 1

    scores = cluster_scores(predicted, np.zeros(1_000_000, np.int64))

    assert (0, 1, 0) == (scores.exact, scores.split, scores.merged)
    assert 0.0 == scores.adjusted_rand


def test_labels_that_cannot_be_sorted_are_refused():
    """None among names is an error that says what to do."""
    with pytest.raises(InputError, match="one sortable type"):
        cluster_scores([0, 1], np.array(["ada", None], object))
