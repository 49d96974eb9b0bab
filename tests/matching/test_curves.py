"""A curve says at every threshold what judging the pairs above it one by one says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.matching import b_cubed, dedupe, link, pairwise_scores
from crmcore.matching.evaluation import Decided, closure_curve, curve
from crmcore.matching.results import Pairs

ROWS = 8
scored = st.dictionaries(
    st.tuples(st.integers(0, ROWS - 1), st.integers(0, ROWS - 1)).filter(lambda pair: pair[0] < pair[1]),
    st.integers(-4, 6),
    max_size=15,
)
people = st.lists(st.integers(0, 3), min_size=ROWS, max_size=ROWS)


def as_pairs(weights):
    """Return pairs of rows with these match weights."""
    weight = np.array(list(weights.values()), np.float64)
    left, right = (np.array([pair[side] for pair in weights], np.int64) for side in (0, 1))
    return Pairs(left=left, right=right, match_weight=weight, probability=1 / (1 + 2**-weight))


def closure(rows, edges):
    """Merge labels edge by edge, the slow and plain way."""
    label = list(range(rows))
    for a, b in edges:
        label = [label[a] if each == label[b] else each for each in label]
    return label


@given(weights=scored, truth=people)
def test_equals_counting_at_each_threshold(weights, truth):
    """Claims, hits and scores are those of the pairs at or above, and there is a point for each different weight."""
    found = curve(as_pairs(weights), truth)
    true = sum(truth[a] == truth[b] for a in range(ROWS) for b in range(a + 1, ROWS))

    assert sorted(set(weights.values()), reverse=True) == found.match_weight.tolist()
    assert true == found.true
    for point, least in enumerate(found.match_weight):
        above = [pair for pair, weight in weights.items() if weight >= least]
        hits = sum(truth[a] == truth[b] for a, b in above)
        assert (len(above), hits) == (found.claimed[point], found.right[point])
        at = found.at(found.threshold[point])
        assert (found.precision[point], found.recall[point]) == (at.precision, at.recall)
        assert at.f1 == pytest.approx(found.f1[point])


@given(weights=scored, truth=people, seed=st.integers(0, 9))
def test_the_order_of_pairs_does_not_matter(weights, truth, seed):
    """Pairs in another order, also those of equal weight, give the same curve to the last bit."""
    order = np.random.default_rng(seed).permutation(len(weights))

    one, other = curve(as_pairs(weights), truth), curve(as_pairs(weights).take(order), truth)

    assert all(np.array_equal(one.columns[name], other.columns[name]) for name in one.columns)
    assert one.average_precision == other.average_precision


@given(weights=scored, truth=people)
def test_closure_equals_its_slow_twin(weights, truth):
    """At each threshold the clusters are what hangs together, and are scored as clusters are."""
    thresholds = (0.05, 0.5, 0.9)

    points = closure_curve(as_pairs(weights), truth, thresholds=thresholds)

    assert sorted(thresholds, reverse=True) == [point.threshold for point in points]
    for point in points:
        labels = closure(ROWS, [pair for pair, weight in weights.items() if 1 / (1 + 2**-weight) >= point.threshold])
        assert len(set(labels)) == point.clusters
        assert pairwise_scores(labels, truth) == point.pairwise
        assert b_cubed(labels, truth).f1 == pytest.approx(point.b_cubed.f1)


def test_nothing_scored_is_a_curve_without_points():
    """Where no pair was scored nothing was claimed, so nothing is wrong, and what was to be found was missed."""
    found = curve(as_pairs({}), [0] * ROWS)

    assert (1.0, 0.0) == (found.at(0.5).precision, found.at(0.5).recall)
    assert (1.0, 0.0) == (found.best, found.average_precision)


def test_thinning_keeps_the_ends():
    """A thinned curve has about as many points as asked for, first and last among them, and every one is of the curve."""
    weights = {(a, b): a * 100 + b for a in range(50) for b in range(a + 1, 60)}
    whole = curve(as_pairs(weights), [0] * 60)

    thin = whole.thinned(20)

    assert len(thin.threshold) <= 20
    assert (whole.claimed[0], whole.claimed[-1]) == (thin.claimed[0], thin.claimed[-1])
    assert set(thin.match_weight.tolist()) <= set(whole.match_weight.tolist())


def test_two_tables_have_two_lists_of_labels():
    """Pairs of a linkage are true across the tables only; leaving a list out says which."""
    ours = {"name": ["Ada Lovelace", "Alan Turing"], "email": ["ada@example.org", "alan@example.org"]}
    theirs = {"name": ["Turing, Alan"], "email": ["alan@example.org"]}
    found = link(ours, theirs)

    assert 1 == curve(found, ["ada", "alan"], right=["alan"]).true
    with pytest.raises(InputError, match="right="):
        curve(found, ["ada", "alan"])
    with pytest.raises(InputError, match="beyond the 2 labels"):
        curve(found, ["ada"], right=["alan"])


def test_labels_of_other_rows_are_refused():
    """One label too few is an error, not a shifted curve."""
    result = dedupe({"name": ["Ada Lovelace", "Ada Lovelace"], "email": ["ada@example.org"] * 2})

    with pytest.raises(InputError, match="2 rows and 1 labels"):
        curve(result, [0])


def test_of_decisions_the_decided_pairs_are_judged_by_what_they_weigh():
    """A pair that stands for three counts as three, also one that no rule found; pairs alone cannot tell their weight."""
    people = {"name": ["Ada Lovelace", "Lovelace, Ada", "Alan Turing"], "email": ["ada@example.org"] * 2 + [None]}
    result = dedupe(people)
    said = Decided.of([(0, 1, True, 3.0), (0, 2, True, 1.0), (1, 2, False, 1.0)])

    found = curve(result, said)

    assert (4.0, 5.0, 4.0) == (found.true, found.claimed[-1], found.right[-1])
    assert (1.0, 0.75) == (found.precision[0], found.recall[0])
    with pytest.raises(InputError, match="give the result"):
        curve(result.pairs, said)
