"""Rules are chosen by the people whom they bring together, not by the pairs that they find."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.matching.blocking import BlockingRule, Blocks, Key, candidate_rules
from crmcore.matching.blocking._following import Followed
from crmcore.matching.blocking.choosing import choose_rules, prospects_of
from crmcore.matching.blocking.neighbours import Neighbours, NeighbourSearch

PEOPLE, COPIES = 400, 4


def key_of(values, *, name, feature):
    """Make a key of one whole number a row, -1 for none."""
    values = np.asarray(values)
    numbers = np.random.default_rng(feature).integers(1, 2**64, int(values.max(initial=0)) + 1, dtype=np.uint64)
    return Key(
        features=frozenset({feature}),
        name=name,
        codes=values.astype(np.int32)[:, None],
        forms=np.append(numbers, np.uint64(0)),
    )


def people(seed=0):
    """Return who each of 1,600 rows is, in no order."""
    return np.random.default_rng(seed).permutation(np.repeat(np.arange(PEOPLE), COPIES))


def scored_by(person):
    """Return a score that knows who is who."""
    return lambda left, right: np.where(person[left] == person[right], 0.999, 0.001)


def chosen(keys, person, *, budget=10**9, few=0, side=None):
    """Return the names of the rules that are chosen among single keys and pairs of keys, and the choice."""
    rules = candidate_rules(keys)
    choice = choose_rules(prospects_of(rules, side=side), scored_by(person), side=side, budget=budget, few=few)
    return [rule.name for rule in choice.rules], choice


def test_a_rule_that_connects_nobody_new_is_not_chosen():
    """What a rule finds of whom another has connected already is no gain; alone, it would be chosen."""
    person = people()
    turn = np.arange(len(person)) % 2
    all_rows = key_of(person, name="all rows", feature=0)
    some = key_of(np.where(turn == 0, person // 2, -1), name="some", feature=1)

    assert chosen([all_rows, some], person)[0] == ["all rows"]
    assert chosen([some], person)[0] == ["some"]


def test_a_connection_by_way_of_other_rows_counts():
    """Rows 1-2 and 2-3 of each person are connected: a key of 1-3 finds pairs that no rule found, but nobody new."""
    person = np.repeat(np.arange(PEOPLE), 3)
    place = np.tile(np.arange(3), PEOPLE)
    order = np.random.default_rng(1).permutation(len(person))
    person, place = person[order], place[order]
    first, second, ends = (
        key_of(np.where(np.isin(place, rows), person, -1), name=name, feature=feature)
        for feature, (name, rows) in enumerate({"1-2": (0, 1), "2-3": (1, 2), "1-3": (0, 2)}.items())
    )

    names, _ = chosen([first, second, ends], person)

    assert len(names) == 2


def test_in_a_small_table_what_is_connected_is_found_directly_as_well():
    """Where pairs cost nothing, a group need not hang on one row: up to so few pairs, the third rule is taken, too."""
    person = np.random.default_rng(1).permutation(np.repeat(np.arange(PEOPLE), 3))
    rank = np.empty(len(person), int)
    for each in range(PEOPLE):
        rank[person == each] = range(3)
    keys = [
        key_of(np.where(np.isin(rank, rows), person, -1), name=str(rows), feature=feature)
        for feature, rows in enumerate([(0, 1), (1, 2), (0, 2)])
    ]

    names, _ = chosen(keys, person, few=10**6)

    assert len(names) == 3


def test_in_a_small_table_one_looks_where_no_seed_saw_anything():
    """Of few people who have nothing else in common no seed tells: where pairs cost nothing, the rule is taken."""
    person = people()
    most = key_of(np.where(person < PEOPLE - 1, person, -1), name="most", feature=0)
    last = key_of(np.where(person == PEOPLE - 1, person, -1), name="last", feature=1)
    prospects = prospects_of(candidate_rules([most, last]), side=None)

    def overlooked(left, right):
        return np.where(person[left] == PEOPLE - 1, 0.0, scored_by(person)(left, right))

    names = {
        few: [rule.name for rule in choose_rules(prospects, overlooked, side=None, budget=10**9, few=few).rules]
        for few in (0, 10_000)
    }

    assert names == {0: ["most"], 10_000: ["most", "last"]}


def test_the_budget_is_a_bound():
    """Rules that find more than may be compared are left out, however much they bring."""
    person = people()
    exact, coarse = key_of(person, name="exact", feature=0), key_of(person // 40, name="coarse", feature=1)
    pairs = [Blocks.of(BlockingRule(keys=(key,))).cost for key in (exact, coarse)]

    assert chosen([coarse], person)[0] == ["coarse"]
    assert chosen([coarse], person, budget=pairs[1] - 1)[0] == []
    assert chosen([exact, coarse], person, budget=pairs[0])[0] == ["exact"]


def test_a_rule_that_finds_strangers_only_is_not_chosen():
    """Agreement that says nothing of people is not worth a pair."""
    person = np.arange(1_600)
    person[:10] = person[10:20]
    noise = key_of(np.random.default_rng(3).integers(0, 30, len(person)), name="noise", feature=0)

    assert chosen([noise], person, few=10**6)[0] == []


def test_the_sample_stands_for_all_pairs_of_the_rules():
    """Each sampled pair is found by a rule, comes once, and together they stand for as many as there are."""
    person = people()
    exact, noise = (
        key_of(person, name="exact", feature=0),
        key_of(np.random.default_rng(3).integers(0, 300, len(person)), name="noise", feature=1),
    )
    _, choice = chosen([exact, noise], person)
    pairs = PEOPLE * COPIES * (COPIES - 1) // 2

    assert (choice.left < choice.right).all()
    assert len(set(zip(choice.left.tolist(), choice.right.tolist(), strict=True))) == len(choice.left)
    assert choice.share[person[choice.left] == person[choice.right]].sum() == pytest.approx(pairs)


def test_across_two_tables_only_pairs_across_count():
    """A key that agrees within each table only is worth nothing to a link."""
    person = people()
    side = (np.arange(len(person)) % 2).astype(np.int8)
    within = key_of(person * 2 + side, name="within", feature=0)
    across = key_of(person, name="across", feature=1)

    assert chosen([within, across], person, side=side)[0] == ["across"]
    assert chosen([within], person)[0] == ["within"]


def test_no_rule_is_no_choice():
    """A table without keys has neither rules nor a sample."""
    names, choice = chosen([], people())

    assert names == []
    assert len(choice.left) == len(choice.right) == len(choice.share) == 0


held = st.lists(st.integers(-1, 5), min_size=30, max_size=30)


@settings(max_examples=50)
@given(first=held, second=held, rows=st.lists(st.integers(0, 29), min_size=1, max_size=10, unique=True))
def test_neighbours_of_a_row_are_the_rows_that_agree(first, second, rows):
    """Looked up among the sorted blocks, each row finds all that agree with it, once, and not itself."""
    rule = BlockingRule(
        keys=(key_of(first, name="first", feature=0), key_of(second, name="second", feature=1)),
    )
    asked = np.array(rows)
    place, mate = Neighbours.of(rule, among=30).of_rows(asked, splitters=[], side=None)
    slow = {
        (at, other)
        for at, row in enumerate(rows)
        for other in range(30)
        if other != row and first[row] == first[other] >= 0 and second[row] == second[other] >= 0
    }

    assert slow == set(zip(place.tolist(), mate.tolist(), strict=True))
    assert len(slow) == len(place)


@settings(max_examples=50)
@given(links=held, seeds=st.integers(1, 30))
def test_what_is_followed_is_connected_as_far_as_the_rules_lead(links, seeds):
    """By one rule, two rows are connected if they agree and are one person; strangers never are."""
    person = np.arange(30) // 3
    rule = BlockingRule(keys=(key_of(links, name="links", feature=0),))
    around = NeighbourSearch(splitters=[], side=None)
    followed = Followed(np.arange(seeds), scored_by(person), around)
    followed.by(rule)
    left, right = (ends.ravel() for ends in np.meshgrid(np.arange(seeds), np.arange(30)))
    slow = [
        a == b or (person[a] == person[b] and links[a] == links[b] >= 0)
        for a, b in zip(left.tolist(), right.tolist(), strict=True)
    ]
    connects = followed.connects(left, right)

    assert [known for known, a, b in zip(slow, left, right, strict=True) if a != b or a < seeds] == [
        each for each, a, b in zip(connects.tolist(), left, right, strict=True) if a != b or a < seeds
    ]
