"""Who is alike: exactly the pairs that brute force finds, in bounded memory, and refused where nothing can be compared."""

import random
import tracemalloc

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from crmcore.errors import EncodingsDiffer, InputError
from crmcore.matching.clk import Clks, Schema, Secret, _join, dedupe, encode, link
from crmcore.matching.clk._grouping import complete_linkage
from crmcore.matching.clk._join import Filters, Line, pairs_across, pairs_within
from crmcore.testing.sample import generate

SECRET = Secret(bytes(range(32)))
SCHEMA = Schema.contacts()


def clks(bits, *, schema=SCHEMA, check="0" * 16, name="r"):
    """Return encodings of given bits, as many as they are."""
    handles = tuple(f"{name}{at:07}" for at in range(len(bits)))
    return Clks(schema=schema, check=check, handles=handles, bits=np.asarray(bits, np.uint8))


def drawn(rows, *, seed=0, fill=0.5, alike=0.0, width=1024):
    """Return random filters, a share of which is nearly equal to an earlier one."""
    rng = np.random.default_rng(seed)
    bits = rng.random((rows, width)) < fill
    for row in np.flatnonzero(rng.random(rows) < alike)[1:].tolist():
        bits[row] = bits[rng.integers(0, row)] ^ (rng.random(width) < rng.choice([0.0, 0.05, 0.1, 0.2]))
    return np.packbits(bits, axis=1)


def twin(left, right, line):
    """Return (left, right) -> score of every pair at or above the line, the slow way."""
    found = {}
    for i, a in enumerate(np.unpackbits(left, axis=1)):
        for j, b in enumerate(np.unpackbits(right, axis=1)):
            if a.any() and b.any():
                score = line.score(np.array([int((a & b).sum())]), np.array([int(a.sum()) + int(b.sum())]))[0]
                if score >= line.threshold:
                    found[i, j] = score
    return found


def found_by(left, right, line):
    """Return the same as the room finds it, by rows."""
    a, b = Filters.of(left), Filters.of(right)
    pairs = zip(*(side.tolist() for side in pairs_across(a, b, line, most=10**6)), strict=True)
    scores = {(i, j): score for i, j, score in pairs}
    return {
        (r, s): scores[i, j]
        for r, i in enumerate(a.group.tolist())
        for s, j in enumerate(b.group.tolist())
        if (i, j) in scores
    }


@given(
    left=arrays.arrays(np.uint8, st.tuples(st.integers(0, 12), st.just(8))),
    right=arrays.arrays(np.uint8, st.tuples(st.integers(0, 12), st.just(8))),
    threshold=st.floats(0.05, 1),
    turned=st.sampled_from([0.0, 0.01, 0.1, 0.3]),
)
def test_the_join_finds_what_brute_force_finds(left, right, threshold, turned):
    """Any filters, any threshold, with and without noise: the same pairs, the same scores."""
    line = Line(threshold=threshold, width=64, turned=turned)

    assert twin(left, right, line) == found_by(left, right, line)


@pytest.mark.parametrize("threshold", [0.5, 0.65, 0.8, 0.95, 1.0])
@pytest.mark.parametrize("fill", [0.1, 0.5, 0.9])
def test_the_join_is_exact_over_many_blocks(threshold, fill, monkeypatch):
    """With blocks of a few filters, so that lengths, halves and borders all matter."""
    monkeypatch.setattr(_join, "LEFT", 7)
    monkeypatch.setattr(_join, "RIGHT", 16)
    monkeypatch.setattr(_join, "COUNTED", 5)
    left, right = drawn(60, seed=1, fill=fill, alike=0.5), drawn(50, seed=2, fill=fill)
    right[:20] = left[:20]
    line = Line(threshold=threshold, width=1024)

    assert twin(left, right, line) == found_by(left, right, line)


def test_the_measure_sees_a_pair_that_is_lost(monkeypatch):
    """The negative control: with too tight a bound on what may be added, pairs are missing."""
    left = drawn(60, seed=1, alike=0.8)
    line = Line(threshold=0.8, width=1024)
    monkeypatch.setattr(_join, "SLACK", -60.0)

    assert len(found_by(left, left, line)) < len(twin(left, left, line))


@given(arrays.arrays(np.uint8, st.tuples(st.integers(0, 14), st.just(8))), st.floats(0.2, 1))
def test_within_one_party_each_pair_comes_once(bits, threshold):
    """Different filters only, each pair once."""
    line, filters = Line(threshold=threshold, width=64), Filters.of(bits)
    left, right, score = pairs_within(filters, line, most=10**6)

    expected = {pair: value for pair, value in twin(filters.bits, filters.bits, line).items() if pair[0] < pair[1]}
    got = {(a, b): s for a, b, s in zip(left.tolist(), right.tolist(), score.tolist(), strict=True)}
    assert (expected, len(expected)) == (got, len(left))


def test_the_score_is_that_of_sets():
    """Without noise it is the Dice coefficient, and which side is left does not matter."""
    left, right = drawn(30, seed=3, alike=0.3), drawn(30, seed=4)
    right[:5] = left[:5]
    one, other = link(clks(left), clks(right), threshold=0.4), link(clks(right), clks(left), threshold=0.4)

    a, b = (np.unpackbits(bits, axis=1).astype(int) for bits in (left, right))
    expected = 2 * (a[one.left] & b[one.right]).sum(axis=1) / (a[one.left].sum(axis=1) + b[one.right].sum(axis=1))
    assert expected.tolist() == one.score.tolist()
    assert sorted(zip(one.left, one.right, one.score, strict=True)) == sorted(
        zip(other.right, other.left, other.score, strict=True)
    )


def test_noise_is_taken_off_the_score():
    """Filters of like people score as they would without noise, on average; nobody has to move the threshold."""
    sample = generate(people=300, seed=1)
    table = {**sample.columns, "key": [f"k{at}" for at in range(len(sample.truth))]}
    rows = list(range(300))
    plain = encode(table, schema=SCHEMA, secret=SECRET)
    noisy = SCHEMA.evolve(epsilon=2.0)
    one, two = (encode(table, schema=noisy, secret=SECRET, entropy=random.Random(seed).randbytes) for seed in (1, 2))
    line = Line(threshold=0.8, width=1024, turned=noisy.turned)

    def scores(a, b, line):
        a, b = np.unpackbits(a.bits[rows], axis=1), np.unpackbits(b.bits[rows[::-1]], axis=1)
        return line.score((a & b).sum(axis=1, dtype=np.int64), a.sum(axis=1, dtype=np.int64) + b.sum(axis=1))

    clear = encode(
        table, schema=noisy, secret=SECRET, handles="key", entropy=lambda size: b"\xff" * size
    )  # turns nothing over
    exact = scores(clear, clear, Line(threshold=0.8, width=1024))
    known = exact > 0
    assert plain.left_out == one.left_out
    assert abs((scores(one, two, line) - exact)[known].mean()) < 0.01
    assert (scores(one, two, Line(threshold=0.8, width=1024)) - exact)[known].mean() < -0.005


# Links


def test_links_come_best_first_with_handles():
    """What the parties are told is their handles and how alike they are."""
    left, right = drawn(20, seed=5), drawn(20, seed=6)
    right[3], right[9] = left[7], left[1]
    links = link(clks(left, name="a"), clks(right, name="b"))

    assert [("a0000001", "b0000009"), ("a0000007", "b0000003")] == links.handles
    assert {"left": ["a0000001", "a0000007"], "right": ["b0000009", "b0000003"]} == {
        name: values for name, values in links.columns.items() if name != "score"
    }
    assert [1.0, 1.0] == links.columns["score"].tolist()


@given(seed=st.integers(0, 1000))
@settings(max_examples=30)
def test_one_to_one_takes_the_best_that_is_left(seed):
    """The slow twin of a greedy matching, ties by handle; the order of rows does not matter."""
    rng = np.random.default_rng(seed)
    left, right = (drawn(25, seed=seed + at, alike=0.9, width=64) for at in (0, 1))
    right[:10] = left[:10]
    schema = SCHEMA.evolve(length=256, folds=2, fields=tuple(field.evolve(bits=50) for field in SCHEMA.fields))
    ours, theirs = clks(left, schema=schema, name="a"), clks(right, schema=schema, name="b")
    every = sorted(
        zip(-link(ours, theirs, threshold=0.6).score, link(ours, theirs, threshold=0.6).handles, strict=True)
    )

    taken, expected = set(), []
    for _, (a, b) in every:
        if not taken & {a, b}:
            taken |= {a, b}
            expected.append((a, b))
    order = rng.permutation(25)
    shuffled = attrs.evolve(ours, bits=ours.bits[order], handles=tuple(ours.handles[at] for at in order))
    assert expected == link(shuffled, theirs, threshold=0.6, one_to_one=True).handles


def test_rows_of_equal_filters_are_all_linked():
    """One filter is compared once, and each row of it is told."""
    one = drawn(1, seed=8)
    ours, theirs = clks(np.repeat(one, 3, axis=0)), clks(np.repeat(one, 2, axis=0))

    assert 6 == len(link(ours, theirs))
    assert [(0, 0), (1, 1)] == list(
        zip(*(side.tolist() for side in attrs.astuple(link(ours, theirs, one_to_one=True))[:2]), strict=True)
    )


def test_rows_without_a_filter_link_to_nobody():
    """Two rows with too little are not alike because of it."""
    nothing = clks(np.zeros((3, 128)))

    assert 0 == len(link(nothing, nothing, threshold=0.01))
    assert [0, 1, 2] == dedupe(nothing).cluster_ids.tolist()


@pytest.mark.parametrize(("left", "right"), [(0, 0), (0, 5), (5, 0), (1, 1)])
def test_empty_and_single_rows_are_no_special_case(left, right):
    """Nothing in, nothing out."""
    assert 0 == len(link(clks(drawn(left, seed=1)), clks(drawn(right, seed=2)), one_to_one=True))
    assert list(range(left)) == dedupe(clks(drawn(left, seed=1))).cluster_ids.tolist()


@pytest.mark.parametrize("threshold", [0, -1, 1.01, float("nan")])
def test_a_threshold_is_a_coefficient(threshold):
    """Above 0 and at most 1."""
    with pytest.raises(InputError):
        link(clks(drawn(2)), clks(drawn(2)), threshold=threshold)


def test_another_schema_or_secret_is_refused():
    """A typed error says which of the two it is, and shows neither."""
    ours, theirs = clks(drawn(2)), clks(drawn(2), check="1" * 16)
    other = clks(drawn(2), schema=SCHEMA.evolve(least=0.6))

    with pytest.raises(EncodingsDiffer) as secret:
        link(ours, theirs)
    with pytest.raises(EncodingsDiffer) as schema:
        link(ours, other)
    assert ("secret", "schema") == (secret.value.what, schema.value.what)
    assert SCHEMA.fingerprint in str(schema.value)


def test_parties_with_different_secrets_are_told():
    """End to end: the check value of the files tells before anything is compared."""
    rows = {"name": ["Ada Lovelace"], "email": ["ada@example.org"]}
    ours, theirs = (encode(rows, schema=SCHEMA, secret=Secret(bytes(range(at, at + 32)))) for at in (0, 1))

    with pytest.raises(EncodingsDiffer):
        link(ours, theirs)


def test_too_many_pairs_are_a_named_error():
    """Whether many rows are equal or the threshold is too low: never an allocation without bound."""
    many = clks(np.repeat(drawn(1), 100_000, axis=0))

    with pytest.raises(InputError, match="10,000,000,000 pairs"):
        link(many, many)
    with pytest.raises(InputError, match="more than 500 pairs"):
        link(clks(drawn(100)), clks(drawn(100)), threshold=0.1, most_pairs=500)


def test_many_copies_are_one_group():
    """A hundred thousand equal rows are one filter."""
    found = dedupe(clks(np.concatenate([np.repeat(drawn(1), 100_000, axis=0), drawn(1, seed=9)])))

    assert {0: 100_000, 1: 1} == dict(zip(*np.unique(found.cluster_ids, return_counts=True), strict=True))
    assert 0 == len(found.pairs)


def test_memory_does_not_go_with_the_product():
    """6,000 by 6,000 filters are 36 million pairs; single-precision sums of all of them would be 144 MB."""
    ours, theirs = clks(drawn(6_000, seed=1)), clks(drawn(6_000, seed=2))
    tracemalloc.start()
    link(ours, theirs)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 80_000_000


# Groups


def test_a_chain_is_no_group():
    """A row between two people does not make them one: in a group all are alike to all."""
    rng = np.random.default_rng(0)
    first = rng.random(1024) < 0.5
    second, third = first.copy(), first.copy()
    second[:150] ^= True
    third[:330] ^= True
    found = dedupe(clks(np.packbits([first, second, third], axis=1)))

    assert 2 == len(found.pairs)
    assert [0, 0, 1] == found.cluster_ids.tolist()


@given(
    st.integers(2, 9).flatmap(
        lambda n: st.tuples(
            st.just(n), st.permutations([(a, b) for a in range(n) for b in range(a)]), st.integers(0, 36)
        )
    )
)
def test_groups_are_as_complete_linkage_makes_them(drawn_pairs):
    """The slow twin: after each pair, two groups all of whose pairs were seen become one."""
    rows, pairs, kept = drawn_pairs
    groups, seen = [{row} for row in range(rows)], set()
    for a, b in pairs[:kept]:
        seen |= {(a, b), (b, a)}
        one, other = (next(group for group in groups if row in group) for row in (a, b))
        if one is not other and all((x, y) in seen for x in one for y in other):
            groups = [group for group in groups if group is not one and group is not other] + [one | other]

    ends = np.array(pairs[:kept], np.int64).reshape(-1, 2)
    expected = [min(next(group for group in groups if row in group)) for row in range(rows)]
    assert expected == complete_linkage(rows, ends[:, 0], ends[:, 1]).tolist()


def test_duplicates_of_the_sample_are_found():
    """Groups have rows of one person nearly always."""
    sample = generate(people=800, seed=0)
    found = dedupe(encode(sample.columns, schema=SCHEMA, secret=SECRET))
    people = np.asarray(sample.truth)

    same = people[found.pairs.left] == people[found.pairs.right]
    assert same.mean() > 0.9
    assert len(set(found.cluster_ids.tolist())) < len(people) * 0.85
