"""From pairs to people: the array kernels give what a loop over sets gives, and decisions are obeyed."""

from itertools import combinations
from math import comb, exp2, inf, lgamma, log, log2, prod

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import ContradictoryDecisions, InputError
from crmcore.matching.clustering import Constraints, cluster, connected_components
from crmcore.matching.clustering.constraints import obeying
from crmcore.matching.clustering.sizes import SizeLaw
from crmcore.matching.clustering.urn import Urn

ROWS = 12
edges = st.lists(st.tuples(st.integers(0, ROWS - 1), st.integers(0, ROWS - 1)), max_size=30)
GRAIN = 2.0**-12


@attrs.frozen(eq=False)
class Said:
    """Testimony that is written down: what each pair says of each feature, and whether the values are the same."""

    bits: np.ndarray  # (features, rows, rows)
    known: np.ndarray  # (rows, features)
    differs: np.ndarray
    prior: float = -6.0

    def parts(self, left, right):
        said = np.where(self.known[left] & self.known[right], self.bits[:, left, right].T, 0.0).T
        return said, said > 0

    def weight(self, parts, same):
        return parts.sum(axis=0) + self.prior - np.where(same, 0.0, np.maximum(parts, 0)).sum(axis=0) / 4

    def weights(self, left, right):
        return self.weight(*self.parts(left, right))


def said(rows, bits, *, differs=-4.0, prior=-6.0):
    """Return testimony in one feature, which all rows have."""
    return Said(np.asarray(bits, float)[None], np.ones((rows, 1), bool), np.array([differs]), prior)


def people(testimony, *, least=0.0, constraints=None):
    """Cluster on the weights of all pairs."""
    rows = len(testimony.known)
    left, right = np.triu_indices(rows, 1)
    return cluster(rows, left, right, testimony.weights(left, right), testimony, least=least, constraints=constraints)


def slow_components(rows, pairs):
    """Join sets, pair by pair; each row is named after the smallest row of its set."""
    parent = {row: row for row in range(rows)}

    def root(row):
        while parent[row] != row:
            row = parent[row]
        return row

    for pair in pairs:
        first, last = sorted(map(root, pair))
        parent[last] = first
    return [root(row) for row in range(rows)]


def slow_evidence(testimony, a, b):
    """Ask the urn, record by record, what speaks for two groups being one person."""

    def drawn(group, feature):
        share = exp2(min(testimony.differs[feature], -0.03))
        theta = share / (1 - share)
        have = [row for row in sorted(group) if testimony.known[row, feature]]
        ratio = [
            [max((1 + theta) * exp2(testimony.bits[feature, i, j]) - theta, 0.0) for j in have[:t]]
            for t, i in enumerate(have)
        ]
        return sum(log2((theta + sum(before)) / (theta + t)) for t, before in enumerate(ratio))

    features = range(testimony.known.shape[1])
    parts = np.array([[drawn(a + b, f) - drawn(a, f) - drawn(b, f)] for f in features])
    same = np.array(
        [
            [any(testimony.known[[i, j], f].all() and testimony.bits[f, i, j] > 0 for i in a for j in b)]
            for f in features
        ]
    )
    return float(testimony.weight(parts, same)[0])


def slow_law(prior, rows, sizes=None):
    """Return what sizes say of two groups, from shares of people by size."""
    usual = 1 + exp2(prior) * (rows - 1) / 2
    found = sizes or []
    mean = (sum(found) + 20 * usual) / (len(found) + 20) if sizes else usual

    def share(n):
        going_on = max(1 - 1 / mean, 1e-6)
        geometric = (1 - going_on) * going_on ** (n - 1)
        if sizes is None:
            return geometric
        people = len(found) + 20
        return (found.count(n) / people + (0.2 + 20 / people) * geometric) / 1.2

    def bits(a, b):
        odds = comb(a + b, a) * share(a + b) / (share(a) * share(b)) / (rows / mean)
        return log2(odds) - prior

    return bits


def slow_people(testimony, least, together=(), apart=(), source=None):
    """Group once with geometric sizes, and again with the sizes that were found."""
    rows, prior = len(testimony.known), testimony.prior
    rest = {"together": together, "apart": apart, "source": source}
    usual = slow_law(prior, rows)
    first = slow_groups(testimony, least, usual, usual(1, 1), **rest)
    sizes = [first.count(label) for label in set(first)]
    return slow_groups(testimony, least, slow_law(prior, rows, sizes), usual(1, 1), **rest)


def slow_groups(testimony, least, law, gained, *, together, apart, source):
    """Join groups that are each other's best, and begin again, until no two are good enough."""
    rows = len(testimony.known)
    left, right = np.triu_indices(rows, 1)
    weight = dict(zip(zip(left.tolist(), right.tolist(), strict=True), testimony.weights(left, right), strict=True))
    connects = [pair for pair in weight if weight[pair] >= least - gained]
    component = slow_components(rows, [*connects, *together])
    units = slow_components(rows, together)
    held = [(component[row], source[row]) for row in range(rows) if source and source[row] >= 0]
    touched = {component[row] for pair in [*together, *apart] for row in pair}
    touched |= {label for label, of in held if held.count((label, of)) > 1}
    for label in set(component) - touched:
        inside = list(combinations([row for row in range(rows) if component[row] == label], 2))
        if all(pair in connects and weight[pair] + law(1, 1) >= least for pair in inside):
            units = [label if component[row] == label else unit for row, unit in enumerate(units)]
    groups = [[row for row in range(rows) if units[row] == unit] for unit in sorted(set(units))]
    forbidden = {frozenset((units[a], units[b])) for a, b in apart}

    def score(a, b):
        linked = any((min(i, j), max(i, j)) in connects for i in a for j in b)
        clash = any(frozenset((units[i], units[j])) in forbidden for i in a for j in b)
        twice = {source[i] for i in a} & {source[j] for j in b} - {-1} if source else set()
        if not linked or clash or twice or component[a[0]] != component[b[0]]:
            return -inf
        pair = min(a[0], b[0]), max(a[0], b[0])
        said = weight[pair] if len(a) == len(b) == 1 else slow_evidence(testimony, a, b)
        return round((said + law(len(a), len(b))) / GRAIN) * GRAIN

    while True:
        scores = {(at, to): score(groups[at], groups[to]) for at, to in combinations(range(len(groups)), 2)}
        best = {}
        for (at, to), found in sorted(scores.items()):
            for one, other in ((at, to), (to, at)):
                if found >= least and (one not in best or (-found, other) < (-best[one][0], best[one][1])):
                    best[one] = found, other
        joined = [(at, best[at][1]) for at in best if best[best[at][1]][1] == at and at < best[at][1]]
        if not joined:
            named = {row: group[0] for group in groups for row in group}
            return [named[row] for row in range(rows)]
        gone = {to for _, to in joined}
        merged = {at: sorted(groups[at] + groups[to]) for at, to in joined}
        groups = [merged.get(at, group) for at, group in enumerate(groups) if at not in gone]


@st.composite
def what_is_said(draw, *, most):
    """Draw what pairs say, in halves of a bit, so that ties are common."""
    rows, features = draw(st.integers(1, most)), draw(st.integers(1, 3))
    half_bits = st.integers(-8, 24).map(lambda halves: halves / 2)
    bits = np.zeros((features, rows, rows))
    for feature in range(features):
        for a, b in combinations(range(rows), 2):
            bits[feature, a, b] = bits[feature, b, a] = draw(half_bits)
    known = np.array(draw(st.lists(st.booleans(), min_size=rows * features, max_size=rows * features)), bool)
    return Said(bits, known.reshape(rows, features) | (features == 1), np.full(features, -4.0))


@st.composite
def decided(draw, *, most):
    """Draw testimony and decisions about it that do not contradict each other, with or without sources."""
    testimony = draw(what_is_said(most=most))
    rows = len(testimony.known)
    row = st.integers(0, rows - 1)
    pairs = st.lists(st.tuples(row, row).filter(lambda pair: pair[0] != pair[1]), max_size=4)
    together, apart = (draw(pairs) if rows > 1 else [] for _ in range(2))
    units = slow_components(rows, together)
    apart = [(a, b) for a, b in apart if units[a] != units[b]]
    source = draw(st.none() | st.lists(st.integers(-1, 3), min_size=rows, max_size=rows))
    return testimony, together, apart, source


@given(pairs=edges)
def test_components_equal_a_union_find(pairs):
    """Every row is labelled by the smallest row that it can be reached from."""
    left, right = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))

    labels = connected_components(ROWS, left, right)

    assert slow_components(ROWS, pairs) == labels.tolist()


@given(pairs=edges, seed=st.integers(0, 99))
def test_components_ignore_order_and_direction(pairs, seed):
    """The same edges in another order, turned round and said twice, give the same labels."""
    order = np.random.default_rng(seed).permutation(len(pairs))
    left, right = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    again = connected_components(ROWS, np.append(right[order], left), np.append(left[order], right))

    assert connected_components(ROWS, left, right).tolist() == again.tolist()


def test_a_long_chain_is_one_component():
    """A hundred thousand rows, each joined with the next in any order, are one component, and soon."""
    order = np.random.default_rng(0).permutation(99_999)

    labels = connected_components(100_000, order + 1, order)

    assert not labels.any()


@given(
    values=st.lists(st.integers(0, 3), min_size=2, max_size=9),
    split=st.integers(1, 8),
    share=st.floats(0.02, 0.9),
)
def test_of_equal_or_different_values_the_urn_is_the_closed_form(values, split, share):
    """Where values are equal or not, the ratio is that of Polya's urn, in which the order of rows does not stand.

    The probability of a sample is the product of gamma(n_v + theta p_v) / gamma(theta p_v) over its values, by (theta)_n.
    """
    chance, split = 0.01, min(split, len(values) - 1)
    theta = share / (1 - share)

    def sample(held):
        counts = [held.count(value) for value in set(held)]
        rising = prod(theta + t for t in range(len(held)))
        return sum(lgamma(n + theta * chance) - lgamma(theta * chance) for n in counts) - log(rising)

    expected = (sample(values) - sample(values[:split]) - sample(values[split:])) / log(2)
    same = np.array(values)[:, None] == np.array(values)
    agrees = log2((1 / chance + theta) / (1 + theta))  # r = 1 / chance
    testimony = said(len(values), np.where(same, agrees, log2(share)), differs=log2(share), prior=0.0)
    rows = list(range(len(values)))
    found = slow_evidence(testimony, rows[:split], rows[split:])

    assert found == pytest.approx(expected, abs=1e-6)


@given(bits=st.floats(-3.9, 30))
def test_two_single_records_are_worth_what_the_pair_is(bits):
    """A group of one and a group of one are a pair."""
    urn = Urn.of(np.array([-4.0]), most=2)
    ratio = urn.ratios(np.array([[bits]]), np.ones((1, 1), bool))
    gained = np.log2((urn.theta + ratio) / urn.theta) - urn.lost(np.array([[1]]), np.array([[1]]))

    assert gained.tolist() == [[pytest.approx(bits, abs=1e-9)]]


@given(testimony=what_is_said(most=7), least=st.integers(-3, 6))
def test_people_equal_those_of_the_naive_loop(testimony, least):
    """Ties and missing values included, the arrays join what the loop joins."""
    expected = slow_people(testimony, float(least))

    assert expected == people(testimony, least=float(least)).labels.tolist()


@given(case=decided(most=9), least=st.integers(-3, 6))
def test_people_under_constraints_equal_those_of_the_naive_loop(case, least):
    """With rows joined and kept apart beforehand, and with sources, the arrays still do as the loop does."""
    testimony, together, apart, source = case
    constraints = Constraints(
        together=together, apart=apart, source=None if source is None else np.array(source, np.int64)
    )
    by_loop = np.array(slow_people(testimony, float(least), together, apart, source))

    assert (
        obeying(by_loop, constraints).tolist()
        == people(testimony, least=least, constraints=constraints).labels.tolist()
    )


@given(case=decided(most=12))
def test_all_decisions_are_obeyed(case):
    """Whatever the evidence: who was joined is together, who was parted is apart, and no source holds anybody twice."""
    testimony, together, apart, source = case
    sources = None if source is None else np.array(source, np.int64)
    constraints = Constraints(together=together[:1], keep_both=together[1:], apart=apart, source=sources)
    label = people(testimony, constraints=constraints).labels.tolist()
    units = slow_components(len(label), together)

    assert all(label[a] == label[b] for a, b in together)
    assert all(label[a] != label[b] for a, b in apart)
    assert source is None or all(
        label[a] != label[b] or units[a] == units[b] or source[a] != source[b] or source[a] < 0
        for a, b in combinations(range(len(label)), 2)
    )


def test_without_constraints_the_same_rows_are_joined():
    """The control: what constraints keep apart, evidence would join."""
    testimony = said(3, np.full((3, 3), 20.0))

    assert people(testimony).labels.tolist() == [0, 0, 0]
    assert people(testimony, constraints=Constraints(apart=[(0, 2)])).labels.tolist() == [0, 0, 2]
    assert people(testimony, constraints=Constraints(source=np.array([5, 5, 6]))).labels.tolist() == [0, 1, 0]


def test_a_contradiction_names_the_rows_that_lead_to_it():
    """A is B, B is C, and A is not C: the error tells the chain."""
    constraints = Constraints(together=[(4, 1), (1, 2), (2, 3)], keep_both=[(3, 0)], apart=[(0, 4)])
    with pytest.raises(ContradictoryDecisions) as raised:
        constraints.units(6)

    assert raised.value.chain == ("row 0", "row 3", "row 2", "row 1", "row 4")


@pytest.mark.parametrize("wrong", [{"apart": [(0, 9)]}, {"together": [(-1, 2)]}, {"source": np.array([1, 2])}])
def test_decisions_about_rows_that_are_not_there_are_refused(wrong):
    """Rows beyond the table, and sources of other rows, are errors that say so."""
    with pytest.raises(InputError, match="3 rows"):
        Constraints(**wrong).units(3)


@given(case=decided(most=8), copies=st.integers(2, 4))
def test_decisions_about_copies_are_obeyed_by_rows(case, copies):
    """Rows that one row stands for may be decided about one by one: what that row cannot obey, the rows do."""
    testimony, together, apart, source = case
    rows = len(testimony.known)
    place = np.arange(rows).repeat(copies)
    constraints = Constraints(
        together=[(a * copies, b * copies) for a, b in together],
        apart=[(a * copies + 1, b * copies + 1) for a, b in [*apart, *together]] + [(0, 1)],
        source=None if source is None else np.array(source, np.int64).repeat(copies),
    )
    label = obeying(people(testimony, constraints=constraints.at(place)).labels[place], constraints).tolist()

    assert all(label[a] == label[b] for a, b in constraints.together.tolist())
    assert all(label[a] != label[b] for a, b in constraints.apart.tolist())


def test_rows_that_obey_keep_their_labels():
    """Only groups that hold what must not be together are touched."""
    constraints = Constraints(apart=[(0, 1), (4, 5)], source=np.array([1, 2, 1, 1, -1, -1]))

    assert obeying(np.array([9, 9, 9, 9, 3, 4]), constraints).tolist() == [9, 10, 10, 11, 3, 4]


def test_pairs_with_nothing_to_compare_keep_nobody_apart():
    """Two records that share no known feature are one person when a third one speaks for both."""
    testimony = Said(np.full((2, 3, 3), 12.0), np.array([[1, 0], [1, 1], [0, 1]], bool), np.full(2, -4.0))

    assert people(testimony).labels.tolist() == [0, 0, 0]


def groups_of_three(bridge):
    """Return testimony of two features: two groups agree within, disagree between, but for what one pair says."""
    group = np.arange(6) // 3
    bits = np.where(group[:, None] == group, 14.0, -4.0) * np.ones((2, 1, 1))
    bits[1, 2, 3] = bits[1, 3, 2] = bridge
    return Said(bits, np.ones((6, 2), bool), np.full(2, -4.0), prior=-3.0)


def test_one_strong_pair_does_not_chain_groups_that_disagree():
    """Two groups of three that contradict each other in eight pairs are not joined by the ninth, though it would do alone."""
    testimony = groups_of_three(bridge=12.0)
    pair = testimony.weights(np.array([2]), np.array([3]))[0]

    assert pair > 0
    assert people(testimony).labels.tolist() == [0, 0, 0, 3, 3, 3]


def test_what_all_share_counts_once_for_groups():
    """A name that three and three records share is worth little more than one that two records share."""
    testimony = said(6, np.full((6, 6), 10.0), prior=0.0)

    assert 0 < slow_evidence(testimony, [0, 1, 2], [3, 4, 5]) - slow_evidence(testimony, [0], [1]) < 0.4


def test_confidence_is_that_of_the_least_sure_join():
    """A person of sure joins is sure, one with a doubtful join is as doubtful as that, and one row alone is one person."""
    bits = np.full((4, 4), -4.0)
    bits[0, 1] = bits[1, 0] = 20.0
    bits[0, 2] = bits[2, 0] = bits[1, 2] = bits[2, 1] = 8.0
    found = people(said(4, bits, prior=-5.0))

    assert found.labels.tolist() == [0, 0, 0, 3]
    assert 0.9 < found.confidence[0] == found.confidence[1] == found.confidence[2] < 0.999
    assert found.confidence[3] == 1


def test_nobody_is_nobody():
    """Nothing in, nothing out."""
    none = np.empty(0, np.int64)
    found = cluster(0, none, none, np.empty(0), said(0, np.empty((0, 0))), least=0.0)

    assert found.labels.tolist() == []


@given(shares=st.lists(st.integers(1, 6), min_size=1, max_size=60), a=st.integers(1, 5), b=st.integers(1, 5))
def test_what_sizes_say_is_the_odds_of_the_two_ways_to_part_the_records(shares, a, b):
    """The law in logarithms is the law as it is written, for sizes that were found and for geometric ones."""
    rows = sum(shares)
    laws = (
        (SizeLaw.found(np.array(shares), -8.0, rows=rows, most=12), slow_law(-8.0, rows, shares)),
        (SizeLaw.geometric(-8.0, rows=rows, most=12), slow_law(-8.0, rows)),
    )
    for law, expected in laws:
        assert law.bits(np.array([a]), np.array([b]))[0] == pytest.approx(expected(a, b))


def test_where_people_have_many_records_two_groups_need_less_to_join():
    """Of people with one record nearly all, a second needs more than where everybody has six."""
    one = np.ones(1, np.int64)
    single, six = (
        SizeLaw.found(np.array(sizes), -12.0, rows=1200, most=20).bits(one, one)[0]
        for sizes in ([1] * 1190 + [5, 5], [6] * 200)
    )

    assert single < 0 < six


def star(centre, size):
    """Pair the first of *size* rows with each of the others."""
    return np.full(size - 1, centre), np.arange(centre + 1, centre + size)


def of_weight(rows, weigh):
    """Return testimony of one feature whose pairs have these weights."""

    class Weighed(Said):
        def parts(self, left, right):
            parts = np.asarray(weigh(left, right), float)[None] - self.prior
            return parts, parts > 1e9

        def weight(self, parts, same):
            return parts.sum(axis=0) + self.prior

    return Weighed(np.zeros((1, 1, 1)), np.ones((rows, 1), bool), np.array([-4.0]), -10.0)


def test_rows_that_no_weight_tells_apart_are_one():
    """A component beyond all bounds whose edges all weigh the same is one person, whatever stands beside it."""
    (a, b), (c, d) = star(0, 2000), star(2000, 2000)
    left, right = np.append(a, c), np.append(b, d)
    weights = np.append(np.full(1999, 20.0), np.full(1999, 40.0))
    testimony = of_weight(4000, lambda a, _b: np.full(len(a), 20.0))

    labels = cluster(4000, left, right, weights, testimony, least=2.0).labels

    assert np.repeat([0, 2000], 2000).tolist() == labels.tolist()


def test_decisions_part_even_rows_that_no_weight_tells_apart():
    """Of two thousand equal rows, the one that somebody parted is apart, and what was joined to it is with it."""
    left, right = star(0, 2000)
    testimony = of_weight(2000, lambda a, _b: np.full(len(a), 20.0))
    constraints = Constraints(apart=[(0, 7)], together=[(7, 1500)])

    labels = cluster(2000, left, right, np.full(1999, 20.0), testimony, least=2.0, constraints=constraints).labels

    assert np.flatnonzero(labels != labels[0]).tolist() == [7, 1500]


def test_a_stronger_edge_does_not_scatter_rows_that_no_weight_tells_apart():
    """Two thousand equal rows stay together although two further rows that hang on agree even more with each other."""
    left, right = star(0, 2000)
    left, right = np.append(left, [0, 2000]), np.append(right, [2000, 2001])
    weights = np.append(np.full(1999, 20.0), [20.0, 60.0])
    testimony = of_weight(2002, lambda a, _b: np.full(len(a), 20.0))

    labels = cluster(2002, left, right, weights, testimony, least=2.0).labels

    assert labels[:2000].max() == 0


def test_a_component_beyond_all_bounds_falls_apart_at_its_weakest_edges():
    """Two dense groups that one weak edge joins are two people again once they are too many to be weighed together."""
    cliques = [(start + np.array(np.triu_indices(300, 1))) for start in (0, 300)]
    left, right = (np.concatenate([cliques[0][side], cliques[1][side], [299 + side]]) for side in (0, 1))
    weights = np.append(np.full(len(left) - 1, 30.0), 5.0)
    testimony = of_weight(600, lambda a, b: np.where((a < 300) == (b < 300), 30.0, -30.0))

    labels = cluster(600, left, right, weights, testimony, least=2.0).labels

    assert np.repeat([0, 300], 300).tolist() == labels.tolist()
