"""From pairs to people: the array kernels give what a loop over sets gives."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching.clusters import cluster, connected_components, evidence_linkage

ROWS = 12
edges = st.lists(st.tuples(st.integers(0, ROWS - 1), st.integers(0, ROWS - 1)), max_size=30)
bits = st.integers(-8, 8)


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


def slow_linkage(evidence, prior, least):
    """Look at every two groups, join those for which most speaks, and begin again."""

    def speaks(a, b):
        found = [evidence[i][j] for i in a for j in b]
        size = sum(abs(e) for e in found)
        return prior + sum(e * abs(e) for e in found) / size if size else -np.inf

    groups = [[member] for member in range(len(evidence))]
    while len(groups) > 1:
        most, a, b = max(((speaks(a, b), a, b) for a, b in combinations(groups, 2)), key=lambda found: found[0])
        if most < least or most == -np.inf:
            break
        groups = sorted([group for group in groups if group not in (a, b)] + [sorted(a + b)])
    named = {member: group[0] for group in groups for member in group}
    return [named[member] for member in range(len(evidence))]


@st.composite
def symmetric(draw, most=6):
    """Draw the weights of all pairs of a few members, in whole bits, so that ties are common."""
    members = draw(st.integers(1, most))
    table = np.zeros((members, members))
    for a, b in combinations(range(members), 2):
        table[a, b] = table[b, a] = draw(bits)
    return table


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


@given(evidence=symmetric(), prior=st.integers(-9, 0), least=st.integers(-4, 4))
def test_evidence_linkage_equals_the_naive_loop(evidence, prior, least):
    """Whole bits, ties and pairs without evidence included, the arrays join what the loop joins, in the same order."""
    group = evidence_linkage(evidence[None], prior=float(prior), least=float(least))

    assert [slow_linkage(evidence, prior, least)] == group.tolist()


@given(
    several=st.integers(2, 5).flatmap(
        lambda n: st.lists(symmetric(most=n).filter(lambda w: len(w) == n), min_size=2, max_size=5)
    )
)
def test_evidence_linkage_of_several_components_is_that_of_each(several):
    """Components that are handled together do not touch each other."""
    together = evidence_linkage(np.stack(several), prior=-2.0, least=0.0)
    alone = [evidence_linkage(evidence[None], prior=-2.0, least=0.0)[0].tolist() for evidence in several]

    assert alone == together.tolist()


def test_evidence_linkage_leaves_its_argument_alone():
    """The evidence that was handed over is as it was."""
    evidence = np.array([[[0.0, 3.0], [3.0, 0.0]]])
    evidence_linkage(evidence, prior=0.0, least=0.0)

    assert evidence.tolist() == [[[0.0, 3.0], [3.0, 0.0]]]


@pytest.mark.timeout(10)
@pytest.mark.parametrize("bits", [5.0, 0.0])
def test_evidence_linkage_ends_without_a_limit(bits):
    """Minus infinity as the limit joins whatever has anything to say, and ends."""
    expected = [0, 0, 0] if bits else [0, 1, 2]

    assert expected == evidence_linkage(np.full((1, 3, 3), bits), prior=-9.0, least=-np.inf)[0].tolist()


def test_pairs_with_nothing_to_compare_keep_nobody_apart():
    """Two records that share no known column are one person when a third one speaks for both."""
    evidence = np.array([[[0, 20, 0], [20, 0, 18], [0, 18, 0]]])

    assert [[0, 0, 0]] == evidence_linkage(evidence, prior=-10.0, least=0.0).tolist()


def test_one_strong_pair_does_not_chain_groups_that_disagree():
    """Two groups of three that contradict each other in eight pairs are not joined by the ninth."""
    evidence = np.where(np.arange(6)[:, None] // 3 == np.arange(6) // 3, 20.0, -12.0)
    evidence[2, 3] = evidence[3, 2] = 18.0

    assert [[0, 0, 0, 3, 3, 3]] == evidence_linkage(evidence[None], prior=-10.0, least=0.0).tolist()


def test_no_component_is_no_group():
    """Nothing in, nothing out."""
    assert evidence_linkage(np.empty((0, 3, 3)), prior=0.0, least=0.0).shape == (0, 3)


@given(weights=symmetric(most=9), least=st.integers(0, 4))
def test_cluster_weighs_all_pairs_of_a_component(weights, least):
    """Strong pairs connect; within what they connect, all pairs speak, also those that were not among the pairs."""
    rows = len(weights)
    left, right = np.triu_indices(rows, 1)
    strong = [(a, b) for a, b in zip(left.tolist(), right.tolist(), strict=True) if weights[a, b] >= least]
    expected = list(range(rows))
    for root in set(labels := slow_components(rows, strong)):
        members = [row for row in range(rows) if labels[row] == root]
        inner = weights[np.ix_(members, members)]
        group = slow_linkage(inner + 3, -3, 0.0) if len(members) > 2 else [0] * len(members)
        for member, first in zip(members, group, strict=True):
            expected[member] = members[first]

    labels = cluster(
        rows, left, right, weights[left, right], lambda a, b: weights[a, b], prior=-3.0, least=float(least)
    )

    assert expected == labels.tolist()


def star(centre, size):
    """Pair the first of *size* rows with each of the others."""
    return np.full(size - 1, centre), np.arange(centre + 1, centre + size)


def test_rows_that_no_weight_tells_apart_are_one():
    """A component beyond all bounds whose edges all weigh the same is one person, whatever stands beside it."""
    (a, b), (c, d) = star(0, 2000), star(2000, 2000)
    left, right = np.append(a, c), np.append(b, d)
    weights = np.append(np.full(1999, 20.0), np.full(1999, 40.0))

    labels = cluster(4000, left, right, weights, lambda a, _b: np.full(len(a), 20.0), prior=-10.0, least=2.0)

    assert np.repeat([0, 2000], 2000).tolist() == labels.tolist()


def test_a_stronger_edge_does_not_scatter_rows_that_no_weight_tells_apart():
    """Two thousand equal rows stay together although two further rows that hang on agree even more with each other."""
    left, right = star(0, 2000)
    left, right = np.append(left, [0, 2000]), np.append(right, [2000, 2001])
    weights = np.append(np.full(1999, 20.0), [20.0, 60.0])

    labels = cluster(2002, left, right, weights, lambda a, _b: np.full(len(a), 20.0), prior=-10.0, least=2.0)

    assert labels[:2000].max() == 0


def test_a_component_beyond_all_bounds_falls_apart_at_its_weakest_edges():
    """Two dense groups that one weak edge joins are two people again once they are too many to be weighed together."""
    cliques = [(start + np.array(np.triu_indices(300, 1))) for start in (0, 300)]
    left, right = (np.concatenate([cliques[0][side], cliques[1][side], [299 + side]]) for side in (0, 1))
    weights = np.append(np.full(len(left) - 1, 30.0), 5.0)

    labels = cluster(
        600, left, right, weights, lambda a, b: np.where((a < 300) == (b < 300), 30.0, -30.0), prior=-10.0, least=2.0
    )

    assert np.repeat([0, 300], 300).tolist() == labels.tolist()
