"""Scores from what people said of pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.matching import link
from crmcore.matching.evaluation import Decided, decision_scores

two = st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from(["same", "different", "unsure"]))
said = st.lists(two.filter(lambda each: each[0] != each[1]))


@given(decisions=said, seed=st.integers(0, 5))
def test_the_order_and_the_direction_of_answers_do_not_matter(decisions, seed):
    """Answers shuffled and turned round are the same decisions."""
    order = np.random.default_rng(seed).permutation(len(decisions))
    turned = [(decisions[at][1], decisions[at][0], decisions[at][2]) for at in order]

    one, other = Decided.of(decisions), Decided.of(turned)

    assert [one.left.tolist(), one.right.tolist(), one.same.tolist()] == [
        other.left.tolist(),
        other.right.tolist(),
        other.same.tolist(),
    ]
    assert (one.unsure, one.contradicted) == (other.unsure, other.contradicted)


def test_keeping_both_records_is_still_the_same_person():
    """Whoever says that a person may stay twice has said that it is one person."""
    assert [True] == Decided.of([(0, 1, "same_person_keep_both")]).same.tolist()


def test_a_pair_that_was_said_to_be_both_counts_for_neither():
    """However often it is said again, a contradiction stays one."""
    decided = Decided.of([(0, 1, True), (1, 0, False), (0, 1, True), (2, 3, True)])

    assert (1, 1) == (len(decided), decided.contradicted)


def test_weights_make_a_biased_sample_speak_of_all():
    """Half of the doubtful pairs and a tenth of the sure ones were asked about; weights of 2 and 10 undo that."""
    draw = np.random.default_rng(1)
    sure, right = draw.random(20_000) < 0.7, draw.random(20_000)
    same = np.where(sure, right < 0.98, right < 0.5)
    asked = np.flatnonzero(draw.random(20_000) < np.where(sure, 0.1, 0.5))
    weight = np.where(sure, 10.0, 2.0)
    labels = np.repeat(np.arange(20_000), 2)
    rows = [(int(2 * at), int(2 * at + 1), bool(same[at])) for at in asked]

    plain = decision_scores(labels, Decided.of(rows))
    weighed = decision_scores(labels, Decided.of([(*row, weight[at]) for row, at in zip(rows, asked, strict=True)]))

    assert weighed.weighted
    assert weighed.precision.low <= same.mean() <= weighed.precision.high
    assert plain.precision.high < same.mean()


def test_of_a_linkage_the_links_are_judged():
    """Rows of two tables are told apart by their side."""
    ours = {"name": ["Ada Lovelace", "Alan Turing"], "email": ["ada@example.org", "alan@example.org"]}
    theirs = {"name": ["Turing, Alan"], "email": ["alan@example.org"]}

    scores = decision_scores(link(ours, theirs), Decided.of([(1, 0, True), (0, 0, False)], two_tables=True))

    assert (1.0, 1.0) == (scores.precision.value, scores.recall.value)


def test_of_no_decisions_nothing_is_known():
    """The share of nothing is no number, anywhere between none and all."""
    scores = decision_scores([0, 0], Decided.of([]))

    assert np.isnan(scores.precision.value)
    assert (0.0, 1.0, 0) == (scores.recall.low, scores.recall.high, scores.recall.of)


@pytest.mark.parametrize(
    ("decision", "match"),
    [
        ((0, 1, "perhaps"), "a verdict is"),
        ((0, 1, 1), "a verdict is"),
        ((0, -1, True), "about rows"),
        (("a", "b", True), "about rows"),
        ((0, 1), "left, right, verdict"),
        (7, "left, right, verdict"),
        ((0, 1, True, 0), "positive number"),
        ((0, 1, True, 1, 1), "positive number"),
    ],
)
def test_what_is_no_decision_is_refused(decision, match):
    """Each refusal says what a decision looks like."""
    with pytest.raises(InputError, match=match):
        Decided.of([decision])


def test_a_decision_on_a_row_that_is_not_there_is_refused():
    """Labels of three rows know no row 3."""
    with pytest.raises(InputError, match="beyond the 3 rows"):
        decision_scores([0, 0, 1], Decided.of([(0, 3, True)]))


def test_a_row_is_no_pair():
    """Of one table, a row and itself is no decision; of two tables, it is."""
    with pytest.raises(InputError, match="both are 3"):
        Decided.of([(3, 3, "same")])

    assert len(Decided.of([(3, 3, "same")], two_tables=True)) == 1
