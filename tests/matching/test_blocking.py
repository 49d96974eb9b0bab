"""Blocking keys find exactly the pairs that agree on them, and a block that is too large is split."""

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
    splitters_among,
    unpack,
)

ROWS = 14
SIZE = 4


def key_of(rows, *, feature=0):
    """Make a key of lists of values, each value with a number of its own."""
    slots = max([len(row) for row in rows], default=1) or 1
    codes = np.array([row + [-1] * (slots - len(row)) for row in rows], np.int32).reshape(len(rows), slots)
    numbers = np.random.default_rng(feature).integers(1, 2**64, SIZE, dtype=np.uint64)
    return Key(
        features=frozenset({feature}), name=f"key {feature}", codes=codes, forms=np.append(numbers, np.uint64(0))
    )


def keys(*, feature=0):
    """Draw a key with up to three values a row, none of them twice, some rows without any."""
    held = st.lists(st.integers(0, SIZE - 1), max_size=3, unique=True)
    return st.lists(held, min_size=ROWS, max_size=ROWS).map(lambda rows: key_of(rows, feature=feature))


rules = st.builds(
    lambda first, second: BlockingRule(keys=tuple(key for key in (first, second) if key is not None)),
    keys(feature=0),
    st.none() | keys(feature=1),
)


def held(rule, row):
    """Return every combination of values that the row holds, one of each key."""
    return set(product(*([code for code in key.codes[row].tolist() if code >= 0] for key in rule.keys)))


def slow_blocks(rule):
    """Return the rows of each combination of values."""
    return {
        block: [row for row in range(ROWS) if block in held(rule, row)]
        for block in {block for row in range(ROWS) for block in held(rule, row)}
    }


def slow_pairs(rule, largest):
    """Return the pairs of rows of each combination of values that not too many rows hold."""
    return [pair for rows in slow_blocks(rule).values() if len(rows) <= largest for pair in combinations(rows, 2)]


def listed(packed):
    """Return packed pairs as tuples."""
    left, right = unpack(packed)
    return list(zip(left.tolist(), right.tolist(), strict=True))


@given(rule=rules, largest=st.integers(2, ROWS))
def test_blocks_equal_comparing_every_key_of_every_two_rows(rule, largest):
    """Multi-valued, missing and oversized keys included, the sort finds what the loop finds; the cost says how many."""
    blocks = Blocks.of(rule, largest=largest)
    found = listed(blocks.pairs())

    assert Counter(slow_pairs(rule, largest)) == Counter(found)
    assert blocks.cost == len(found)


@given(rule=rules, side=st.lists(st.integers(0, 1), min_size=ROWS, max_size=ROWS))
def test_only_pairs_across_are_found_when_there_are_two_sides(rule, side):
    """With a side for each row, pairs within a table are not candidates."""
    found = set(listed(Blocks.of(rule).pairs(side=np.array(side, np.int8))))

    assert {(a, b) for a, b in slow_pairs(rule, ROWS) if side[a] != side[b]} == found


@given(rule=rules, splitter=keys(feature=2), first=st.integers(0, ROWS), count=st.integers(0, ROWS))
def test_pairs_of_a_range_are_those_whose_left_row_is_in_it(rule, splitter, first, count):
    """Rising blocks and windows alike can be asked for a range of left rows."""
    blocks = Blocks.of(rule, largest=3, splitters=[splitter])
    some = Counter(listed(blocks.pairs(first=first, last=first + count)))

    assert Counter(pair for pair in listed(blocks.pairs()) if first <= pair[0] < first + count) == some


@given(rule=rules, splitter=keys(feature=2), largest=st.integers(2, 6))
def test_what_is_too_large_is_split_by_a_further_key(rule, splitter, largest):
    """Of a large block the pairs that share a further value are found, if that is not too common; nothing else new."""
    found = set(listed(Blocks.of(rule, largest=largest, splitters=[splitter]).pairs()))
    both = BlockingRule(keys=(*rule.keys, splitter))

    assert set(slow_pairs(rule, largest)) | set(slow_pairs(both, largest)) <= found
    assert found <= set(slow_pairs(rule, ROWS))


@given(rule=rules, largest=st.integers(2, 6))
def test_every_row_of_a_block_too_large_has_a_neighbour(rule, largest):
    """What cannot be split is looked at through a window: no block is passed over."""
    found = {row for pair in listed(Blocks.of(rule, largest=largest, splitters=[]).pairs()) for row in pair}

    assert {row for rows in slow_blocks(rule).values() if len(rows) > 1 for row in rows} == found


def test_a_giant_block_costs_no_more_than_its_rows():
    """100,000 rows that agree on everything asked are not paired each with each."""
    same = key_of([[0]] * 100_000)

    assert Blocks.of(BlockingRule(keys=(same,)), splitters=[key_of([[1]] * 100_000, feature=1)]).cost < 1_000_000
    assert Blocks.of(BlockingRule(keys=(same,)), largest=2_000).cost == 0


def test_rows_in_a_window_stand_by_what_else_they_have():
    """Neighbours in a block that cannot be split are those that share a further value, wherever they stand."""
    rows = 60
    twins = [[row % 4] for row in range(rows)]
    blocks = Blocks.of(BlockingRule(keys=(key_of([[0]] * rows),)), largest=10, splitters=[key_of(twins, feature=1)])
    alike = [a % 4 == b % 4 for a, b in listed(blocks.pairs())]

    assert sum(alike) / len(alike) > 0.8


@given(rule=rules, rows=st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=20))
def test_a_rule_on_some_rows_has_their_numbers(rule, rows):
    """A rule over a sample is the rule of those rows."""
    chosen = np.array(rows, np.int64)
    own = Counter(zip(*(part.tolist() for part in rule.on(chosen).held()), strict=True))
    by_row = [Counter() for _ in range(ROWS)]
    for row, number in zip(*(part.tolist() for part in rule.held()), strict=True):
        by_row[row][number] += 1

    assert {(at, n): count for at, row in enumerate(rows) for n, count in by_row[row].items()} == own


@given(rule=rules)
def test_agreement_of_a_pair_is_having_a_block_in_common(rule):
    """What is asked of one pair is what the blocks say of all."""
    pairs = list(combinations(range(ROWS), 2))
    agrees = rule.agrees(*np.array(pairs, np.int64).T)

    assert set(slow_pairs(rule, ROWS)) == {pair for pair, agreed in zip(pairs, agrees.tolist(), strict=True) if agreed}


@given(key=keys())
def test_the_chance_of_a_key_is_that_of_two_rows_drawn(key):
    """It counts the rows of each value."""
    held_by = Counter(code for row in key.codes.tolist() for code in row if code >= 0)

    assert np.isclose(sum(n * (n - 1) for n in held_by.values()) / ROWS**2, key.chance())


@given(key=keys())
def test_numbers_that_meet_count_as_one(key):
    """Two values with one coarser form are one in the chance of a key."""
    merged = Key(
        features=key.features, name=key.name, codes=key.codes[:, :1], forms=np.array([7, 7, 9, 0, 0], np.uint64)
    )
    coarse = Counter({0: "a", 1: "a", 2: "b"}.get(code) for code in merged.codes[:, 0].tolist())

    assert np.isclose((coarse["a"] * (coarse["a"] - 1) + coarse["b"] * (coarse["b"] - 1)) / ROWS**2, merged.chance())


def test_the_most_telling_key_splits_first():
    """Many different values tell more than few, and values that are mostly missing tell little."""
    rare = key_of([[row % 4] for row in range(20)], feature=1)
    common = key_of([[row % 2] for row in range(20)], feature=2)
    missing = key_of([[row % 4] if row < 4 else [] for row in range(20)], feature=3)

    assert ["key 1", "key 2", "key 3"] == [key.name for key in splitters_among([missing, common, rare])]


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
    """Two rows share the number of a key exactly if they share the coarser form of a value."""
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
        numbers = [{number for number in row if number} for row in key.numbers().tolist()]

        assert [[bool(a & b) for b in forms] for a in forms] == [[bool(a & b) for b in numbers] for a in numbers]


def test_names_in_any_order_meet():
    """A row with its names swapped shares a key with the row that has them right; a lone name shares it with nobody."""
    (key,) = (key for key in keys_of(people()) if key.name == "names in any order")
    numbers = key.numbers()[:, 0].tolist()

    assert numbers[0] == numbers[1]
    assert numbers[3] == 0
    assert len({numbers[0], numbers[2], numbers[4]}) == 3


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
    for key in (key_of([]), key_of([[]] * 5)):
        assert [] == listed(Blocks.of(BlockingRule(keys=(key,)), splitters=[]).pairs())
