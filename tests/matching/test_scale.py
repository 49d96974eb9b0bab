"""Weights are bent to what comes true, and tell how right a result is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.matching import dedupe
from crmcore.matching.blocking.pairs import pairs_within
from crmcore.matching.calibration import Calibration, precision_estimate
from crmcore.matching.evaluation.calibration import reliability_of
from crmcore.matching.scoring import probability_of
from crmcore.testing.sample import generate

weights = st.floats(-20, 30)
decided = st.lists(st.tuples(weights, st.booleans()), max_size=60)


@given(decided=decided, asked=st.lists(weights, min_size=2, max_size=20))
def test_no_order_is_changed(decided, asked):
    """Whatever was decided, a pair that weighs more never becomes less likely."""
    fitted = Calibration.fitted([weight for weight, _ in decided], [same for _, same in decided])

    assert (np.diff(fitted(np.sort(asked))) >= -1e-9).all()


@given(decided=decided)
def test_what_was_learned_is_kept_as_numbers(decided):
    """It goes into JSON and comes back as it was."""
    fitted = Calibration.fitted([weight for weight, _ in decided], [same for _, same in decided])

    assert Calibration.model_validate_json(fitted.model_dump_json()) == fitted


def test_weights_that_are_two_bits_too_high_are_put_right():
    """Of pairs whose weights say too much, decisions teach how much; pairs not decided about are right as well."""
    random = np.random.default_rng(3)
    true = random.normal(2.0, 5.0, 40_000)
    same = random.random(len(true)) < probability_of(true)
    said = true + 2.0
    fitted = Calibration.fitted(said[:2_000], same[:2_000])

    before = reliability_of(probability_of(said[2_000:]), same[2_000:]).expected_error
    after = reliability_of(probability_of(fitted(said[2_000:])), same[2_000:]).expected_error

    assert before > 0.08
    assert after < 0.02


def test_few_decisions_change_little():
    """One answer against the model moves it by less than a bit and a half; none moves nothing."""
    fitted = Calibration.fitted([6.0], [False])

    assert 4.0 > fitted(np.array([6.0]))[0] > 1.5
    assert Calibration.fitted([], []) == Calibration()


def test_what_does_not_line_up_is_refused():
    """Weights without answers, and scales that fall, are errors."""
    with pytest.raises(InputError, match="each pair"):
        Calibration.fitted([1.0, 2.0], [True])
    with pytest.raises(ValueError, match="not falling"):
        Calibration(said=(0.0, 1.0), true=(1.0, 0.0))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_share_of_right_links_lies_in_the_interval(seed):
    """Of generated contacts, as many links and pairs within people are right as the estimate allows."""
    sample = generate(people=1_500, seed=seed)
    result = dedupe(sample.columns)
    truth = np.array(sample.truth)
    links = result.pairs.above(result.threshold)
    estimate = precision_estimate(links.probability)
    order = np.argsort(result.cluster_ids, kind="stable")
    sizes = np.bincount(result.cluster_ids)
    left, right = pairs_within(order, np.cumsum(sizes) - sizes, sizes)

    assert estimate.low <= (truth[links.left] == truth[links.right]).mean() <= estimate.high
    assert estimate.low > 0.85
    within = result.precision_estimate()
    assert within.low <= (truth[left] == truth[right]).mean() <= within.high


def test_nothing_tells_nothing():
    """Without links there is no telling."""
    found = precision_estimate([])

    assert (found.low, found.high) == (0.0, 1.0)


def test_pairs_within_people_are_counted_by_how_many_there_are():
    """A large person that is doubtful weighs more than a small one that is sure."""
    sizes = np.array([10, 2])
    left, _ = pairs_within(np.arange(12), np.array([0, 10]), sizes)
    said = np.where(left < 10, 0.6, 0.99)

    assert precision_estimate(said).value == pytest.approx(precision_estimate([0.6, 0.99], heavy=[45, 1]).value)
