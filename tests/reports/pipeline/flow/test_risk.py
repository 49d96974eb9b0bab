"""Kernels of event-history analysis: against slow twins, closed forms, and what must hold of any of them."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.reports.pipeline.flow._means import influences, mean_of_way, restricted_mean
from crmcore.reports.pipeline.flow._risk import count_risks, incidence_of, survival_of

WAYS = 3
SUBJECTS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, WAYS), st.integers(-4, 11)), min_size=1, max_size=40
).map(lambda rows: [(end, way, entry if entry < end else -1) for end, way, entry in rows])


def columns(rows):
    """Return exits, ways and entries."""
    exits, ways, entries = zip(*rows, strict=True)
    return np.array(exits), np.array(ways), np.array(entries)


def risks_of(rows):
    """Count with the kernel."""
    exits, ways, entries = columns(rows)
    return count_risks(exits, ways, among=WAYS, entries=entries)


def twin(rows, way, weights=None):
    """Return by loops, exactly: time -> (share lasting, share ended in the way, hazards of that way and all)."""
    weights = weights or [Fraction(1)] * len(rows)
    lasting, share, found = Fraction(1), Fraction(0), {}
    for time in sorted({end for end, how, _ in rows if how}):
        at_risk = sum(w for w, (end, _, entry) in zip(weights, rows, strict=True) if max(entry, -1) < time <= end)
        ended = [
            sum(w for w, (end, how, _) in zip(weights, rows, strict=True) if end == time and how == k)
            for k in range(WAYS + 1)
        ]
        own, all_ = ended[way] / at_risk, sum(ended[1:]) / at_risk
        share += lasting * own
        found[time] = (lasting, share, own, all_, at_risk)
        lasting *= 1 - all_
    return found


def twin_mean(rows, way, horizon, weights=None):
    """Return the restricted mean of those that end in a way by adding up areas, exactly; None where none do."""
    found = {time: row[1] for time, row in twin(rows, way, weights).items() if time <= horizon}
    reached = max(found.values(), default=Fraction(0))
    if not reached:
        return None
    times = [*found, horizon]
    area = sum((after - before) * found[before] for before, after in pairwise(times))
    return horizon - area / reached


@given(rows=SUBJECTS, way=st.integers(1, WAYS))
def test_shares_are_those_of_the_slow_twin(rows, way) -> None:
    """Survival and incidence equal what loops over subjects and fractions give, with late entries, ties and zeros."""
    risks = risks_of(rows)
    expected = twin(rows, way)

    assert list(expected) == risks.times.tolist()
    assert [row[4] for row in expected.values()] == risks.at_risk.tolist()
    assert incidence_of(risks, way).values == pytest.approx([float(row[1]) for row in expected.values()])
    assert survival_of(risks).values == pytest.approx([float(row[0] * (1 - row[3])) for row in expected.values()])


@given(rows=SUBJECTS)
def test_shares_add_up(rows) -> None:
    """At every time, what lasts and what has ended in each way are the whole."""
    risks = risks_of(rows)
    ended = sum(incidence_of(risks, way).values for way in range(1, WAYS + 1))

    assert survival_of(risks).values + ended == pytest.approx(np.ones(len(risks.times)))


@given(rows=SUBJECTS, way=st.integers(1, WAYS))
def test_covariances_are_those_of_the_slow_twin(rows, way) -> None:
    """Cumulated sums give what the delta method gives term by term, for every pair of times."""
    risks = risks_of(rows)
    found = list(twin(rows, way).values())
    pairs = [(i, j) for i in range(len(found)) for j in range(i, len(found))]
    expected = []
    for i, j in pairs:
        total = 0.0
        for lasting, share, own, all_, at_risk in found[: i + 1]:
            s, f, h, q, y = (float(each) for each in (lasting, share, own, all_, at_risk))
            to_i, to_j = float(found[i][1]) - f, float(found[j][1]) - f
            both = to_i * to_j * q / (1 - q) if q < 1 else 0.0
            total += (s * s * h * (1 - h) - s * h * (to_i + to_j) + both) / y
        expected.append(max(total, 0.0))
    earlier, later = np.array(pairs, dtype=np.intp).reshape(-1, 2).T

    assert incidence_of(risks, way).covariance(earlier, later) == pytest.approx(expected, abs=1e-12)


@given(rows=SUBJECTS)
def test_with_one_way_to_end_the_variance_is_greenwood_s(rows) -> None:
    """The variance for competing ways falls back on the one for a single way."""
    exits, ways, entries = columns(rows)
    risks = count_risks(exits, np.minimum(ways, 1), among=1, entries=entries)

    assert incidence_of(risks, 1).variance == pytest.approx(survival_of(risks).variance, abs=1e-12)


@given(rows=st.lists(st.tuples(st.integers(0, 12), st.integers(1, WAYS)), min_size=1, max_size=40))
def test_where_all_have_ended_everything_is_the_naive_number(rows) -> None:
    """Shares, their variances, and means are those of plain counting."""
    exits, ways = (np.array(column) for column in zip(*rows, strict=True))
    risks = count_risks(exits, ways, among=WAYS)
    shares = np.array([((exits <= time) & (ways == 1)).mean() for time in risks.times])
    horizon = int(exits.max()) + 3

    assert incidence_of(risks, 1).values == pytest.approx(shares)
    assert incidence_of(risks, 1).variance == pytest.approx(shares * (1 - shares) / len(rows), abs=1e-12)
    assert restricted_mean(risks, horizon) == pytest.approx((exits.mean(), exits.var() / len(rows)), abs=1e-9)
    mean = mean_of_way(risks, 1, horizon)
    chosen = exits[ways == 1]
    assert (mean is None) == (not len(chosen))
    if mean is not None:
        assert (mean.value, mean.variance) == pytest.approx((chosen.mean(), chosen.var() / len(chosen)), abs=1e-9)


@given(rows=SUBJECTS, way=st.integers(1, WAYS), horizon=st.integers(0, 15))
def test_a_mean_is_that_of_the_slow_twin(rows, way, horizon) -> None:
    """The mean of those that end in a way, within any horizon, equals the areas added up by fractions."""
    mean = mean_of_way(risks_of(rows), way, horizon)
    expected = twin_mean(rows, way, horizon)

    assert (mean is None) == (expected is None)
    if mean is not None:
        assert mean.value == pytest.approx(float(expected), abs=1e-9)


@settings(max_examples=30)
@given(rows=SUBJECTS, way=st.integers(1, WAYS), horizon=st.integers(1, 15))
def test_an_influence_is_what_a_little_more_of_a_subject_does(rows, way, horizon) -> None:
    """Each subject's part of the error is the derivative of the mean by its weight, worked out by fractions."""
    mean = mean_of_way(risks_of(rows), way, horizon)
    if mean is None:
        return
    exits, ways, entries = columns(rows)
    two = np.select([ways == 0, ways == way], [0, 1], 2)
    little = Fraction(1, 10**6)
    base = twin_mean(rows, way, horizon)
    expected = []
    for place in range(len(rows)):
        weights = [Fraction(1) + (little if at == place else 0) for at in range(len(rows))]
        expected.append(float((twin_mean(rows, way, horizon, weights) - base) / little))
    found = influences(mean, exits, two, entries)
    whole_set_ends = (
        mean.risks.ends.sum(axis=0) == mean.risks.at_risk
    ).any()  # where the hazard has no slope further on
    if not whole_set_ends:
        assert found == pytest.approx(expected, abs=1e-3)
    assert found.sum() == pytest.approx(0.0, abs=1e-6)


def test_under_censoring_estimates_are_true_on_average_and_so_are_their_errors() -> None:
    """Of samples with late entries and censoring, means average to the truth, and variances to what they spread by."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(400):
        times, ways = rng.gamma(2, 5, 200), rng.integers(1, 3, 200)
        times = np.where(ways == 2, times / 2, times)
        seen, entries = rng.random(200) * 40, np.where(rng.random(200) < 0.3, rng.random(200) * 5, -1e-6)
        kept = entries < np.minimum(times, seen)
        exits = (np.minimum(times, seen)[kept] * 1e6).astype(np.int64) + 1
        late = np.floor(entries[kept] * 1e6).astype(np.int64)
        way = np.where(times <= seen, ways, 0)[kept]
        mean = mean_of_way(count_risks(exits, way, among=2, entries=late), 1, 25_000_000)
        assert mean is not None
        found.append((mean.value / 1e6, mean.variance / 1e12, (influences(mean, exits, way, late) ** 2).sum() / 1e12))
    means, variances, squares = (np.array(column) for column in zip(*found, strict=True))
    everything = rng.gamma(2, 5, 400_000)

    assert means.mean() == pytest.approx(everything[everything <= 25].mean(), abs=0.1)
    assert variances.mean() == pytest.approx(means.var(), rel=0.2)
    assert squares.mean() == pytest.approx(variances.mean(), rel=0.02)


@pytest.mark.parametrize(
    ("exits", "ways", "entries"),
    [
        ([1, 2], [1], None),
        ([-1], [1], None),
        ([1], [9], None),
        ([1], [-1], None),
        ([2], [1], [2]),
        ([2**62], [1], None),
    ],
)
def test_columns_that_cannot_be_are_refused(exits, ways, entries) -> None:
    """Unequal lengths, negative or boundless times, unknown ways, and entries after the end are told."""
    late = None if entries is None else np.array(entries)

    with pytest.raises(InputError):
        count_risks(np.array(exits), np.array(ways), among=2, entries=late)


def test_nothing_gives_nothing() -> None:
    """Without subjects there are no times, and no mean."""
    none = np.zeros(0, dtype=np.int64)
    risks = count_risks(none, none, among=2, entries=none)

    assert (0, 0, 0) == (len(risks.times), risks.subjects, risks.longest)
    assert mean_of_way(risks, 1, 10) is None
    assert (10.0, 0.0) == restricted_mean(risks, 10)
