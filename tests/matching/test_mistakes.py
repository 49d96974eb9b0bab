"""The error browser: every error is counted, told its cause, and comes with its evidence."""

from itertools import combinations

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.matching import dedupe, link, pairwise_scores
from crmcore.matching.evaluation import Decided, MistakeCause, errors
from crmcore.matching.results import Deduplication, Pairs
from crmcore.matching.scoring import probability_of
from crmcore.testing.sample import generate

ROWS = 9


@attrs.frozen(kw_only=True, eq=False)
class Weighed(Deduplication):
    """A result whose evidence is a table: what each two rows weigh, in bits."""

    table: np.ndarray

    def weigh(self, left, right):
        """Look the pairs up."""
        return self.table[left, right]


def result_of(labels, table, compared):
    """Make a result of labels, of the weight of each pair, and of the pairs that were compared."""
    left, right = (np.array([pair[side] for pair in compared], np.int64) for side in (0, 1))
    weight = table[left, right]
    pairs = Pairs(left=left, right=right, match_weight=weight, probability=probability_of(weight))
    return Weighed(
        cluster_ids=np.array(labels, np.int64),
        confidence=np.ones(len(labels)),
        pairs=pairs,
        table=table,
        roles=(),
        threshold=0.5,
        compared=len(compared),
        _reading=None,
        _learned=None,
    )


@st.composite
def results(draw):
    """Draw a result and the truth."""
    labels, truth = (draw(st.lists(st.integers(0, 3), min_size=ROWS, max_size=ROWS)) for _ in range(2))
    half = np.array(draw(st.lists(st.integers(-3, 3), min_size=ROWS**2, max_size=ROWS**2)), float).reshape(ROWS, ROWS)
    every = list(combinations(range(ROWS), 2))
    compared = draw(st.lists(st.sampled_from(every), unique=True))
    return labels, truth, half + half.T, sorted(compared)


def slow_cause(joined, same, enough, compared):
    """Say why a pair came out wrong; None if it did not."""
    if joined == same:
        return None
    if joined:
        return MistakeCause.WRONG_PAIR if enough else MistakeCause.WRONG_MERGE
    if not enough:
        return MistakeCause.THRESHOLD
    return MistakeCause.CLUSTERING if compared else MistakeCause.BLOCKING


@given(drawn=results())
def test_equals_judging_each_pair(drawn):
    """Each pair of rows is listed with its cause if it came out wrong, and is not listed if it did not."""
    labels, truth, table, compared = drawn

    found = errors(result_of(labels, table, compared), truth)

    wanted = {}
    for a, b in combinations(range(ROWS), 2):
        cause = slow_cause(labels[a] == labels[b], truth[a] == truth[b], table[a, b] >= 0, (a, b) in compared)
        if cause is not None:
            wanted[a, b] = cause
    got = {(a, b): tuple(MistakeCause)[at] for a, b, at in zip(found.left, found.right, found.cause, strict=True)}
    assert wanted == got
    assert len(wanted) == sum(found.counts.values()) == found.false_matches + found.misses
    assert all(number == list(wanted.values()).count(cause) for cause, number in found.counts.items())


@given(drawn=results(), budget=st.integers(0, 40), seed=st.integers(0, 9))
def test_neither_the_order_of_rows_nor_the_budget_moves_a_total(drawn, budget, seed):
    """Rows shuffled, the counts by cause are the same; with a small budget some causes are open, but none is lost."""
    labels, truth, table, compared = drawn
    new = np.random.default_rng(seed).permutation(ROWS)  # new[i] is the old row at place i
    place = np.argsort(new)
    moved = sorted(tuple(sorted((int(place[a]), int(place[b])))) for a, b in compared)
    shuffled = result_of([labels[at] for at in new], table[np.ix_(new, new)], moved)

    one = errors(result_of(labels, table, compared), truth, weigh_at_most=budget)
    other = errors(shuffled, [truth[at] for at in new], weigh_at_most=budget)
    whole = errors(shuffled, [truth[at] for at in new])

    assert dict(one.counts) == dict(other.counts)
    assert (whole.false_matches, whole.misses) == (one.false_matches, one.misses)
    assert sum(one.counts.values()) == sum(whole.counts.values())


def test_the_worst_come_first():
    """Of joined pairs that scoring called sure the surest, of those below the threshold the most improbable."""
    table = np.array([[0, 9, 2, -1], [9, 0, -5, -2], [2, -5, 0, 3], [-1, -2, 3, 0]], float)
    merged = errors(result_of([0, 0, 0, 0], table, []), [0, 1, 2, 3])
    apart = errors(result_of([0, 1, 2, 3], table, []), [0, 0, 0, 0])

    assert [9, 3, 2] == merged.of(MistakeCause.WRONG_PAIR).match_weight.tolist()
    assert [-5, -2, -1] == merged.of(MistakeCause.WRONG_MERGE).match_weight.tolist()
    assert [9, 3, 2] == apart.of(MistakeCause.BLOCKING).match_weight.tolist()
    assert [-5, -2, -1] == apart.of(MistakeCause.THRESHOLD).match_weight.tolist()
    assert [9, -5] == merged.worst(1).match_weight.tolist()
    assert [9, -5] == errors(result_of([0, 0, 0, 0], table, []), [0, 1, 2, 3], limit=1).match_weight.tolist()


def test_a_hundred_thousand_copies_are_counted_not_listed():
    """One giant cluster of two people, and a giant person in two clusters: all pairs are counted in a moment."""
    copies = 100_000
    halves, whole = np.arange(copies) % 2, np.zeros(copies, np.int64)
    table = np.zeros((1, 1))

    merged, split = errors(result_of(whole, table, []), halves), errors(result_of(halves, table, []), whole)

    assert (copies // 2) ** 2 == merged.false_matches == merged.counts[MistakeCause.NOT_WEIGHED]
    assert (copies // 2) ** 2 == split.misses == split.counts[MistakeCause.NOT_WEIGHED]
    assert 0 == len(merged) == len(split)


def test_of_a_real_result():
    """The totals are those of the pairwise scores, and the evidence adds up to the weight that is listed."""
    sample = generate(people=600, seed=3)
    result = dedupe(sample.columns)
    scores = pairwise_scores(result.cluster_ids, sample.truth)

    found = errors(result, sample.truth)

    sizes = np.bincount(np.unique(sample.truth, return_inverse=True)[1])
    true = int((sizes * (sizes - 1) // 2).sum())
    assert scores.recall == pytest.approx(1 - found.misses / true)
    agreed = true - found.misses
    assert scores.precision == pytest.approx(agreed / (agreed + found.false_matches))
    assert found.counts[MistakeCause.NOT_WEIGHED] == 0
    worst = found.worst(1)
    assert len(worst) > 1
    for position, mistake in enumerate(worst):
        assert mistake.explanation.match_weight == pytest.approx(worst.match_weight[position], abs=1e-3)
    assert f"{found.counts[MistakeCause.THRESHOLD]:,}  below threshold" in str(found)


def test_of_a_linkage():
    """A wrong link is a wrong pair; a row that was linked to somebody better was parted by one-to-one."""
    ours = {"name": ["Ada Lovelace", "Lovelace, Ada", "Alan Turing"], "email": ["ada@example.org"] * 2 + [None]}
    theirs = {"name": ["Ada Lovelace", "Grace Hopper"], "email": ["ada@example.org", "grace@example.org"]}
    best = link(ours, theirs, one_to_one=True)

    right = errors(best, ["ada", "ada", "alan"], right=["ada", "alan"])
    wrong = errors(best, ["zoe", "zoe", "alan"], right=["ada", "grace"])

    assert (0, 2) == (right.false_matches, right.misses)
    assert {MistakeCause.CLUSTERING: 1, MistakeCause.THRESHOLD: 1} == {
        cause: n for cause, n in right.counts.items() if n
    }
    assert [(2, 1)] == [(each.left, each.right) for each in right.of(MistakeCause.THRESHOLD)]
    assert (1, 1) == (wrong.false_matches, wrong.counts[MistakeCause.WRONG_PAIR])


def test_where_nothing_was_learned_every_miss_is_below_the_threshold():
    """A table without a column that says who a row is has no evidence to browse."""
    found = errors(dedupe({"tag": ["x", "x"]}), [0, 0])

    assert {MistakeCause.THRESHOLD: 1} == {cause: number for cause, number in found.counts.items() if number}
    assert [-np.inf] == found.match_weight.tolist()


@given(drawn=results(), said=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.booleans())))
def test_by_decisions_only_decided_pairs_are_errors(drawn, said):
    """What people said stands for the truth, of the pairs that they were asked about."""
    labels, _, table, compared = drawn
    decided = Decided.of([(a, b, verdict) for a, b, verdict in said if a != b])

    found = errors(result_of(labels, table, compared), decided)

    wrong = set()
    for a, b, same in zip(decided.left.tolist(), decided.right.tolist(), decided.same.tolist(), strict=True):
        cause = slow_cause(labels[a] == labels[b], same, table[a, b] >= 0, (a, b) in compared)
        wrong |= {(a, b, cause)} if cause else set()
    got = zip(found.left.tolist(), found.right.tolist(), found.cause, strict=True)
    assert wrong == {(a, b, tuple(MistakeCause)[at]) for a, b, at in got}
    assert len(wrong) == found.false_matches + found.misses


@given(drawn=results(), budget=st.sampled_from([0, 5, 1000]))
def test_by_piece_two_pieces_count_once(drawn, budget):
    """Each two pieces of a person, and each two people of a cluster, are one error, with the pair that says most."""
    labels, truth, table, compared = drawn
    result = result_of(labels, table, compared)

    found = errors(result, truth, by_piece=True, weigh_at_most=budget)

    strongest = {}
    for a, b in combinations(range(ROWS), 2):
        enough, seen = table[a, b] >= 0, (a, b) in compared
        cause = slow_cause(labels[a] == labels[b], truth[a] == truth[b], enough, seen)
        if cause is not None:
            pieces = frozenset([(labels[a], truth[a]), (labels[b], truth[b])])
            telling = (
                cause in (MistakeCause.WRONG_PAIR, MistakeCause.CLUSTERING),
                cause is MistakeCause.BLOCKING,
                table[a, b],
            )
            strongest[pieces] = max(strongest.get(pieces, (telling, cause)), (telling, cause))
    joined = sum(len({label for label, _ in pieces}) == 1 for pieces in strongest)
    assert (joined, len(strongest) - joined) == (found.false_matches, found.misses)
    assert len(strongest) == sum(found.counts.values())
    if budget == 1000:
        assert sorted(cause for _, cause in strongest.values()) == sorted(tuple(MistakeCause)[at] for at in found.cause)
        assert sorted(telling[2] for telling, _ in strongest.values()) == sorted(found.match_weight.tolist())


def test_links_and_decisions_have_no_pieces():
    """The refusal says what to leave out."""
    with pytest.raises(InputError, match="leave by_piece out"):
        errors(result_of([0, 0], np.zeros((2, 2)), []), Decided.of([(0, 1, True)]), by_piece=True)
