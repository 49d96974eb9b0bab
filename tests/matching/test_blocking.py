"""Blocking keys find exactly the pairs that agree on them, and no block that is too large."""

from collections import Counter
from itertools import combinations, product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crmcore.hygiene.roles import Role
from crmcore.matching._features import build_features
from crmcore.matching.blocking import (
    BlockingRule,
    Blocks,
    Key,
    candidate_rules,
    distinct_pairs,
    keys_of,
    pairs_within,
    unpack,
)

ROWS = 14
SIZE = 4


@st.composite
def keys(draw, *, feature=0):
    """Draw a key with up to three values a row, none of them twice, some rows without any."""
    slots = draw(st.integers(1, 3))
    rows = []
    for _ in range(ROWS):
        held = draw(st.lists(st.integers(0, SIZE - 1), max_size=slots, unique=True))
        rows.append(held + [-1] * (slots - len(held)))
    return Key(features=frozenset({feature}), name=f"key {feature}", codes=np.array(rows, np.int32), size=SIZE)


rules = st.builds(
    lambda first, second: BlockingRule(keys=tuple(key for key in (first, second) if key is not None)),
    keys(feature=0),
    st.none() | keys(feature=1),
)


def held(rule, row):
    """Return every combination of values that the row holds, one of each key."""
    return set(product(*([code for code in key.codes[row].tolist() if code >= 0] for key in rule.keys)))


def slow_blocks(rule, largest):
    """Return the pairs of rows of each combination of values that not too many rows hold."""
    count = Counter(block for row in range(ROWS) for block in held(rule, row))
    fit = {block for block, rows in count.items() if rows <= largest}
    return [
        (a, b) for block in fit for a, b in combinations([row for row in range(ROWS) if block in held(rule, row)], 2)
    ]


def listed(packed):
    """Return packed pairs as tuples."""
    left, right = unpack(packed)
    return list(zip(left.tolist(), right.tolist(), strict=True))


@given(rule=rules, largest=st.integers(2, ROWS), chunk=st.integers(1, 60))
def test_blocks_equal_comparing_every_key_of_every_two_rows(rule, largest, chunk):
    """Multi-valued, missing and oversized keys included, the sort finds what the loop finds; the cost says how many."""
    blocks = Blocks.of(rule, largest=largest)
    found = [pair for part in blocks.pairs(chunk=chunk) for pair in listed(part)]

    assert Counter(slow_blocks(rule, largest)) == Counter(found)
    assert blocks.cost == len(found)


@given(rule=rules, side=st.lists(st.integers(0, 1), min_size=ROWS, max_size=ROWS))
def test_only_pairs_across_are_found_when_there_are_two_sides(rule, side):
    """With a side for each row, pairs within a table are not candidates."""
    found = {pair for part in Blocks.of(rule).pairs(side=np.array(side, np.int8)) for pair in listed(part)}

    assert {(a, b) for a, b in slow_blocks(rule, ROWS) if side[a] != side[b]} == found


@given(rule=rules, largest=st.integers(2, ROWS))
def test_passed_over_names_the_blocks_that_are_too_large(rule, largest):
    """The codes of oversized blocks are those that too many rows hold."""
    blocks = Blocks.of(rule, largest=largest)
    count = Counter(code for row in rule.codes().tolist() for code in row if code >= 0)

    assert sorted(code for code, rows in count.items() if rows > largest) == blocks.passed_over.tolist()


@given(rule=rules, rows=st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=20))
def test_a_rule_on_some_rows_has_their_codes(rule, rows):
    """A rule over a sample is the rule of those rows."""
    chosen = np.array(rows, np.int64)

    assert rule.codes()[chosen].tolist() == rule.on(chosen).codes().tolist() == rule.codes(chosen).tolist()


@given(runs=st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=7), max_size=6))
def test_pairs_within_equals_combinations(runs):
    """All pairs of each run, in the order of itertools.combinations."""
    rows = np.array([row for run in runs for row in run], np.int64)
    sizes = np.array([len(run) for run in runs], np.int64)

    left, right = pairs_within(rows, np.cumsum(sizes) - sizes, sizes)

    assert [pair for run in runs for pair in combinations(run, 2)] == list(
        zip(left.tolist(), right.tolist(), strict=True)
    )


@given(
    parts=st.lists(st.lists(st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1)), max_size=9), max_size=4)
)
def test_distinct_pairs_is_the_sorted_set(parts):
    """Packed pairs come back once each, rising, with both rows as they were."""
    packed = [np.array([a << 32 | b for a, b in part], np.int64) for part in parts]

    assert sorted({pair for part in parts for pair in part}) == listed(distinct_pairs(packed))


def people():
    """Make the features of a small table with names, a multi-valued e-mail column and gaps."""
    table = {
        "first": ["Ada", "Lovelace", "Grace", None, "Ada"],
        "last": ["Lovelace", "Ada", "Hopper", "Hopper", "Lovelase"],
        "mail": [
            ("ada@x.example", "countess@y.example"),
            None,
            "office@navy.example",
            "office@z.example",
            "countess@y.example",
        ],
    }
    return build_features(table, {"first": Role.GIVEN_NAME, "last": Role.FAMILY_NAME, "mail": Role.EMAIL})


def test_keys_agree_where_the_coarser_forms_do():
    """Two rows share the code of a key exactly if they share the coarser form of a value."""
    features = people()
    for key in keys_of(features):
        if key.name == "names in any order":
            continue
        (position,) = key.features
        feature = features[position]
        coarsen = feature.kind.keys[key.name.removeprefix(feature.name).strip()]
        forms = [
            {coarsen(feature.data.values.at(code)) for code in row if code >= 0} - {None} for row in feature.data.codes
        ]
        codes = [{code for code in row if code >= 0} for row in key.codes.tolist()]

        assert [[bool(a & b) for b in forms] for a in forms] == [[bool(a & b) for b in codes] for a in codes]


def test_names_in_any_order_meet():
    """A row with its names swapped shares a key with the row that has them right; a lone name shares it with nobody."""
    (key,) = (key for key in keys_of(people()) if key.name == "names in any order")
    codes = key.codes[:, 0].tolist()

    assert codes[0] == codes[1]
    assert codes[3] == -1
    assert len({codes[0], codes[2], codes[4]}) == 3


def test_rules_are_single_keys_and_two_of_different_features():
    """No rule asks twice about one feature."""
    found = keys_of(people())
    chosen = candidate_rules(found)

    assert {(key.name,) for key in found} == {
        tuple(k.name for k in rule.keys) for rule in chosen if len(rule.keys) == 1
    }
    assert {frozenset((a.name, b.name)) for a, b in combinations(found, 2) if not a.features & b.features} == {
        frozenset(k.name for k in rule.keys) for rule in chosen if len(rule.keys) == 2
    }


def test_no_row_and_no_value_is_no_pair():
    """An empty table and a key that nobody has yield nothing."""
    for codes in (np.empty((0, 1), np.int32), np.full((5, 2), -1, np.int32)):
        blocks = Blocks.of(BlockingRule(keys=(Key(features=frozenset({0}), name="key", codes=codes, size=1),)))

        assert [] == [pair for part in blocks.pairs() for pair in listed(part)]
