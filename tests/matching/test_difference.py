"""Two results beside each other: exact counts, a bounded list."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.matching import link
from crmcore.matching.evaluation import Decided, compare

rows = st.lists(st.tuples(*[st.integers(0, 3)] * 3), max_size=20)


def joined(labels):
    """Return the pairs of rows with one label."""
    return {pair for pair in combinations(range(len(labels)), 2) if labels[pair[0]] == labels[pair[1]]}


def listed(pairs):
    """Return listed pairs as a set."""
    return set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))


@given(labels=rows)
def test_equals_sets_of_pairs(labels):
    """Kept, gained and lost, and who was right, are what sets of all pairs say."""
    one, other, truth = ([row[side] for row in labels] for side in range(3))
    before, after, true = joined(one), joined(other), joined(truth)

    found = compare(one, other, truth)

    assert (len(before & after), len(after - before), len(before - after)) == (found.kept, found.gained, found.lost)
    assert (len((after - before) & true), len((before - after) & true)) == (found.gained_right, found.lost_right)
    assert (after - before, before - after) == (listed(found.gained_pairs), listed(found.lost_pairs))
    assert [pair in true for pair in sorted(after - before)] == found.gained_pairs.same.tolist()
    wrong_before, wrong_after = len(before ^ true), len(after ^ true)
    assert wrong_before - wrong_after == found.better_by


def test_without_truth_nobody_is_right():
    """Pairs are counted all the same."""
    found = compare([0, 0, 1], [0, 1, 1])

    assert (0, 1, 1, None, None) == (found.kept, found.gained, found.lost, found.gained_right, found.better_by)
    assert "0 kept; 1 gained; 1 lost" == str(found)


def test_a_giant_is_counted_and_not_listed():
    """A hundred thousand copies of one person, found by one and not by the other."""
    copies = 100_000
    found = compare(np.arange(copies), np.zeros(copies, np.int64), np.zeros(copies, np.int64))

    assert copies * (copies - 1) // 2 == found.gained == found.gained_right
    assert 0 == len(found.gained_pairs)


def test_linkages_are_compared_by_their_links():
    """One-to-one takes away the second link of a row, and is right if that row is another person."""
    ours = {"name": ["Ada Lovelace", "Lovelace, Ada"], "email": ["ada@example.org"] * 2}
    theirs = {"name": ["Ada Lovelace"], "email": ["ada@example.org"]}
    all_links, best = link(ours, theirs), link(ours, theirs, one_to_one=True)

    found = compare(all_links, best, ["ada", "another"], right=["ada"])

    assert (1, 0, 1, 0, 1) == (found.kept, found.gained, found.lost, found.lost_right, found.better_by)
    with pytest.raises(InputError, match="with a linkage"):
        compare(best, [0, 1])


@given(labels=rows, said=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans())))
def test_by_decisions_only_decided_pairs_count(labels, said):
    """Kept, gained and lost are those of the decided pairs, and people say who is right."""
    one, other = ([row[side] for row in [*labels, *[(0, 0, 0)] * 6]] for side in range(2))
    decided = Decided.of([(a, b, verdict) for a, b, verdict in said if a != b])
    pairs = dict(
        zip(zip(decided.left.tolist(), decided.right.tolist(), strict=True), decided.same.tolist(), strict=True)
    )
    before, after = joined(one) & set(pairs), joined(other) & set(pairs)

    found = compare(one, other, decided)

    assert (len(before & after), len(after - before), len(before - after)) == (found.kept, found.gained, found.lost)
    assert sum(pairs[pair] for pair in after - before) == found.gained_right
    assert before - after == listed(found.lost_pairs)
