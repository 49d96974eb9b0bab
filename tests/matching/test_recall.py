"""The share of true matches that is compared is told without labels, and with an interval that holds it."""

import numpy as np
import pytest

from crmcore.hygiene.roles import Role
from crmcore.matching import dedupe
from crmcore.matching._features import build_features
from crmcore.matching.blocking import BlockingRule, Key
from crmcore.matching.blocking.recall import Estimate, estimate_recall
from crmcore.testing.sample import generate

ROWS, COPIES = 600, 3


def features_of_three_roles():
    """Return features of different roles, which tell the families of keys apart."""
    table = {
        "mail": ["ada@x.example", "eve@x.example"],
        "number": ["4711-22", "4711-33"],
        "employer": ["Navy", "Library"],
    }
    return build_features(table, {"mail": Role.EMAIL, "number": Role.NATIONAL_ID, "employer": Role.COMPANY})


def key_of(person, known, *, feature):
    """Make a key on which the rows of one person agree where it is known."""
    numbers = np.random.default_rng(feature).integers(1, 2**64, int(person.max()) + 1, dtype=np.uint64)
    codes = np.where(known, person, -1).astype(np.int32)[:, None]
    return Key(
        features=frozenset({feature}), name=f"key {feature}", codes=codes, forms=np.append(numbers, np.uint64(0))
    )


def made(*, known, seed):
    """Return who rows are, and three keys, each known in a share of the rows, by chance."""
    random = np.random.default_rng(seed)
    person = random.permutation(np.repeat(np.arange(ROWS // COPIES), COPIES))
    return person, [key_of(person, random.random(ROWS) < known, feature=feature) for feature in range(3)]


def true_recall(person, rules):
    """Return the share of pairs of one person on which a rule agrees."""
    left, right = np.triu_indices(len(person), 1)
    same = person[left] == person[right]
    found = np.logical_or.reduce([rule.agrees(left[same], right[same]) for rule in rules])
    return found.mean()


def joined(person, rules):
    """Return the clusters that the rules leave: rows of one person that they connect, by way of others as well."""
    label = np.arange(len(person))
    left, right = np.triu_indices(len(person), 1)
    same = person[left] == person[right]
    left, right = left[same], right[same]
    found = np.logical_or.reduce([rule.agrees(left, right) for rule in rules])
    for _ in range(COPIES):
        for a, b in zip(left[found].tolist(), right[found].tolist(), strict=True):
            label[a] = label[b] = min(label[a], label[b])
    return label


def estimated(person, keys, rules, label, *, side=None):
    """Return the estimate, where the probability is right."""

    def probability(left, right):
        return np.where(person[left] == person[right], 0.999, 0.001)

    return estimate_recall(features_of_three_roles(), keys, rules, probability, label, side=side)


@pytest.mark.parametrize(("known", "widest"), [(0.5, 0.75), (0.7, 0.35), (0.9, 0.15)])
@pytest.mark.parametrize("seed", range(4))
def test_the_interval_holds_the_truth_where_families_are_independent(known, widest, seed):
    """Rows that share no key are reckoned with, although nobody has seen them."""
    person, keys = made(known=known, seed=seed)
    rules = [BlockingRule(keys=(key,)) for key in keys[:2]]
    estimate = estimated(person, keys, rules, joined(person, rules))

    assert estimate.low <= true_recall(person, rules) <= estimate.high
    assert estimate.high - estimate.low < widest


def test_rules_that_find_all_are_told_so():
    """Where every match shares the key that is asked, the estimate is one, and all but sure of it."""
    person, keys = made(known=1.0, seed=1)
    estimate = estimated(person, keys, [BlockingRule(keys=(keys[0],))], person)

    assert estimate.value == pytest.approx(1.0, abs=1e-3)
    assert estimate.low > 0.99


def test_rules_that_find_half_are_told_so():
    """Matches that other keys find count as missed."""
    person, keys = made(known=0.7, seed=2)
    rules = [BlockingRule(keys=(keys[0],))]
    estimate = estimated(person, keys, rules, person)

    assert estimate.low <= true_recall(person, rules) <= estimate.high
    assert estimate.value == pytest.approx(0.49, abs=0.1)


def test_across_two_tables_only_pairs_across_count():
    """A rule that finds nobody across has no recall, whatever it finds within a table."""
    person, keys = made(known=1.0, seed=3)
    side = (np.arange(ROWS) % 2).astype(np.int8)
    within = key_of(person * 2 + side, np.ones(ROWS, bool), feature=1)
    estimate = estimated(person, [keys[0], within], [BlockingRule(keys=(within,))], person, side=side)

    assert estimate.value == pytest.approx(0.0, abs=1e-3)


def test_nothing_known_is_nothing_told():
    """Without rules, and where no two rows are one person, anything may be."""
    person, keys = made(known=1.0, seed=4)
    anything = Estimate(value=1.0, low=0.0, high=1.0)

    assert estimated(person, keys, [], person) == anything
    assert estimated(np.arange(ROWS), keys[:1], [BlockingRule(keys=(keys[0],))], np.arange(ROWS)) == anything
    assert dedupe({"name": ["Ada"]}).blocking_recall == anything


def test_the_recall_of_the_sample_is_in_the_interval():
    """Generated contacts, whose families of keys depend on each other: at least 3 of 3 intervals hold the truth."""
    inside = []
    for seed in (101, 102, 103):
        sample = generate(people=500, seed=seed)
        result = dedupe(sample.columns)
        learned = result._learned
        truth = true_recall(np.array(sample.truth)[learned.rows], learned.rules)
        inside.append(result.blocking_recall.low <= truth <= result.blocking_recall.high)

    assert inside == [True] * 3


def test_an_estimate_reads_as_percentages():
    """The value, then the interval."""
    assert str(Estimate(value=0.5, low=0.25, high=0.75)) == "50.0 % (25.0 to 75.0 %)"
