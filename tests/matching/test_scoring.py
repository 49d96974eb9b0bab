"""The model: patterns, weights and what is learned without labels, beside plain counting and planted truth."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching.scoring import Model, estimate_m, patterns_of


@st.composite
def graded(draw):
    """Draw the number of levels of some comparisons and the levels of some pairs, -1 where missing."""
    radix = draw(st.lists(st.integers(2, 5), min_size=1, max_size=5))
    pair = st.tuples(*(st.integers(-1, size - 1) for size in radix))
    levels = draw(st.lists(pair, max_size=40))
    return np.array(levels, np.int8).reshape(len(levels), len(radix)), radix


@given(graded())
def test_patterns_equal_a_counter(table):
    """Each distinct row stands once, in rising order, with the number of pairs that show it."""
    levels, radix = table

    distinct, counts = patterns_of(levels, radix)

    assert sorted(Counter(map(tuple, levels.tolist())).items()) == list(
        zip(map(tuple, distinct.tolist()), counts.tolist(), strict=True)
    )


@pytest.mark.parametrize("comparisons", [3, 27, 28, 60])
def test_patterns_of_many_comparisons(comparisons):
    """A table with very many columns has its patterns counted as rightly as a narrow one."""
    levels = np.random.default_rng(0).integers(-1, 4, (50, comparisons)).astype(np.int8)
    levels = np.vstack([levels, levels[:20]])

    distinct, counts = patterns_of(levels, [4] * comparisons)

    assert Counter(map(tuple, levels.tolist())) == dict(
        zip(map(tuple, distinct.tolist()), counts.tolist(), strict=True)
    )


shares = st.lists(st.floats(1e-6, 1), min_size=2, max_size=5).map(lambda raw: np.array(raw) / np.sum(raw))


@given(m=shares, u=shares)
def test_bits_never_fall_as_agreement_rises(m, u):
    """More agreement is never less evidence; the best level is worth at least its own log2(m / u)."""
    size = min(len(m), len(u))
    m, u = m[:size] / m[:size].sum(), u[:size] / u[:size].sum()

    (bits,) = Model(m=(m,), u=(u,), prior=0.01).bits()

    assert (np.diff(bits) >= 0).all()
    assert bits[-1] >= np.log2(m[-1] / u[-1]) - 1e-9
    assert bits[0] == pytest.approx(np.log2(m[0] / u[0]))


def test_the_prior_weight_is_the_log_of_the_odds():
    """One in a thousand and one is a weight of -log2(1000) bits."""
    assert Model(m=(), u=(), prior=1 / 1001).prior_weight == pytest.approx(-np.log2(1000))


M = [np.array([0.02, 0.08, 0.9]), np.array([0.1, 0.9]), np.array([0.05, 0.15, 0.8])]
U = [np.array([0.95, 0.04, 0.01]), np.array([0.8, 0.2]), np.array([0.9, 0.08, 0.02])]
START = [np.append(np.full(len(m) - 1, 0.25 / (len(m) - 1)), 0.75) for m in M]


def simulated(pairs=60_000, share=0.3, missing=0.2):
    """Draw the levels of pairs of which a share is true, each comparison on its own, some values missing."""
    rng = np.random.default_rng(11)
    true = rng.random(pairs) < share
    levels = np.empty((pairs, len(M)), np.int8)
    for column, (m, u) in enumerate(zip(M, U, strict=True)):
        levels[:, column] = np.where(true, rng.choice(len(m), pairs, p=m), rng.choice(len(u), pairs, p=u))
    levels[rng.random(levels.shape) < missing] = -1
    return levels


def learned(levels, learn=(0, 1, 2)):
    """Estimate m from the patterns of simulated levels, without their truth."""
    distinct, counts = patterns_of(levels, [len(m) for m in M])
    return estimate_m(distinct, counts, U, start=START, learn=learn)


def test_m_is_recovered_from_simulated_pairs():
    """Without labels, and with a fifth of the values missing, the planted m comes back."""
    m, support = learned(simulated())

    for planted, found in zip(M, m, strict=True):
        assert found.tolist() == pytest.approx(planted.tolist(), abs=0.02)
        assert found.sum() == pytest.approx(1)
    assert support.tolist() == pytest.approx([60_000 * 0.3 * 0.8] * 3, rel=0.05)


def test_u_is_never_moved_and_neither_are_comparisons_outside_the_lesson():
    """Learning two comparisons leaves u, the start, and the m of the third as they were."""
    u_before, start_before = [part.copy() for part in U], [part.copy() for part in START]
    m, support = learned(simulated(pairs=2_000), learn=[0, 2])

    assert all(np.array_equal(a, b) for a, b in zip(U, u_before, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(START, start_before, strict=True))
    assert m[1].tolist() == START[1].tolist()
    assert support[1] == 0


def test_m_stays_inside_zero_and_one_where_a_level_is_never_seen():
    """A level that no pair shows keeps a small m, so that no weight is infinite."""
    distinct, counts = np.array([[1, 1, 2]], np.int8), np.array([500])
    m, _ = estimate_m(distinct, counts, U, start=START, learn=[0, 1, 2])

    assert all((part > 0).all() and (part < 1).all() for part in m)
