"""The weight of a pair, comparison by comparison, beside a loop over its values; nothing is lost by stopping early."""

from itertools import product

import numpy as np
import pytest

from crmcore.hygiene.roles import Role
from crmcore.matching import _similarity, dedupe
from crmcore.matching._texts import Texts
from crmcore.matching.relations import explained, shared
from crmcore.testing.sample import generate

PAIRS = 1_500


@pytest.fixture(scope="module")
def learned():
    """Return what was learned from contacts with gaps, sets of values and swapped names."""
    columns = dict(generate(people=250, seed=12).columns)
    return dedupe(columns)._learned


@pytest.fixture(scope="module")
def pairs(learned):
    """Return pairs that the rules found, and as many at random."""
    rng = np.random.default_rng(6)
    left, right = rng.integers(0, learned.comparers.rows, (2, PAIRS))
    close = rng.integers(0, learned.comparers.rows - 3, PAIRS)
    left, right = np.append(left, close), np.append(right, close + rng.integers(1, 4, PAIRS))
    return left[left != right], right[left != right]


def values(feature, row):
    """Return the codes that a row holds."""
    return [code for code in feature.data.codes[row].tolist() if code >= 0]


def swapped(learned, left, right):
    """Say whether given and family name stand in each other's column."""
    names = []
    for row in (left, right):
        held = [
            [feature.data.values.at(code) for code in values(feature, row)[:1]]
            for feature in learned.features
            if feature.role in (Role.GIVEN_NAME, Role.FAMILY_NAME)
        ]
        names.append([name for name in held if name])
    (mine, other) = names
    return len(mine) == len(other) == 2 and mine == other[::-1] and mine != other


def nearly_swapped(learned, left, right):
    """Return the levels of given and family name if those of one row change places, where that is more alike."""
    names = [feature for feature in learned.features if feature.role in (Role.GIVEN_NAME, Role.FAMILY_NAME)]
    held = [[values(feature, row) for feature in names] for row in (left, right)]
    if len(names) < 2 or any(not have for row in held for have in row):
        return None
    if any(set(mine) & set(other) for mine, other in zip(*held, strict=True)) or swapped(learned, left, right):
        return None
    (given, family), (given_there, family_there) = (
        [feature.data.values.at(have[0]) for feature, have in zip(names, row, strict=True)] for row in held
    )
    across = [how_alike(given, family_there), how_alike(given_there, family)]
    begins = given[0] == family_there[0] or given_there[0] == family[0]
    straight = [
        int(learned.comparers.comparers[learned.features.index(feature)].unequal(*(np.array([c]) for c in codes))[0])
        for feature, codes in zip(names, zip(*((have[0] for have in row) for row in held), strict=True), strict=True)
    ]
    long_enough = min(map(len, (given, family, given_there, family_there))) > 1
    if begins and long_enough and min(across) >= 2 and sum(across) - 2 > sum(straight):
        return {feature.role: level - 1 for feature, level in zip(names, across, strict=True)}
    return None


def how_alike(a, b):
    """Return the level of two names, 3 where they are the same."""
    return 3 if a == b else int(_similarity.name(Texts([a, b]), np.array([0]), np.array([1]))[0])


def slow_part(learned, column, left, right):
    """Return what one comparison adds, and its level: the best two of all values that the rows hold."""
    feature, bits = learned.features[column], learned.evidence.bits[column]
    worth, top = learned.evidence.value_bits[column], feature.kind.top
    crossed = feature.role in (Role.GIVEN_NAME, Role.FAMILY_NAME) and swapped(learned, left, right)
    mine, other = values(feature, left), values(feature, right)
    if not mine or not other:
        return 0.0, -1
    if both := set(mine) & set(other):
        return max(worth[code] for code in both), top
    if crossed:
        return bits[top - 1], top - 1
    turned = nearly_swapped(learned, left, right)
    if turned and feature.role in turned:
        return bits[turned[feature.role]], turned[feature.role]
    levels = {
        (a, b): int(learned.comparers.comparers[column].unequal(np.array([a]), np.array([b]))[0])
        for a, b in product(mine, other)
    }
    capped = [min(bits[level], max(min(worth[a], worth[b]), 0.0)) for (a, b), level in levels.items()]
    return max(capped), max(levels.values())


def slow_whereabouts(features, parts):
    """Count once what speaks against one address or one job, and what one part of it implies of another."""
    at = {feature.role: column for column, feature in enumerate(features)}
    address = [at[role] for role in (Role.HOUSE_NUMBER, Role.STREET, Role.ADDRESS, *NESTED) if role in at]
    job = [at[role] for role in (Role.COMPANY, Role.JOB_TITLE) if role in at]
    for group, told in ((address, -1), (job, -1), ([at[role] for role in NESTED if role in at], 1)):
        spoken = sorted((column for column in group if told * parts[column] > 0), key=lambda c: -told * parts[c])
        for column in spoken[1:]:
            parts[column] = 0.0
    return parts


NESTED = (Role.CITY, Role.POSTCODE, Role.REGION, Role.COUNTRY)


def test_parts_and_levels_equal_a_loop_over_values(learned, pairs):
    """Shared values are worth what is rare about them, likeness no more than sharing the commoner value, gaps nothing."""
    left, right = pairs
    parts, alike = learned.comparers.parts(left, right, learned.evidence)
    levels = learned.comparers.levels(left, right)

    for at, pair in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        slow = [slow_part(learned, column, *pair) for column in range(len(learned.features))]

        assert slow_whereabouts(learned.features, [part for part, _ in slow]) == pytest.approx(parts[:, at].tolist())
        assert [level for _, level in slow] == levels[at].tolist()
    equal = levels.T == np.array(learned.comparers.tops)[:, None]
    assert not alike[equal].any()


def test_weights_are_prior_and_parts_less_what_relations_explain(learned, pairs):
    """The fast path sums up what the parts say."""
    parts, alike = learned.comparers.parts(*pairs, learned.evidence)
    relations = learned.evidence.relations
    expected = learned.evidence.prior + parts.sum(axis=0) - explained(shared(parts, alike, relations), relations)

    assert expected.tolist() == pytest.approx(learned.weigh(*pairs).tolist())


@pytest.mark.parametrize("least", [-20.0, -4.25, 0.0, 12.5])
def test_stopping_early_loses_no_pair(learned, pairs, least):
    """Pairs that are dropped on the way would not have reached the weight; the others have the same weight as without."""
    everything = learned.weigh(*pairs)
    at, weights = learned.comparers.weights(*pairs, learned.evidence, least=least)

    assert 0 < len(at) < len(everything)
    assert (
        set(np.flatnonzero(everything > least + 1e-9))
        <= set(at.tolist())
        <= set(np.flatnonzero(everything > least - 1e-9))
    )
    assert everything[at].tolist() == pytest.approx(weights.tolist())


def test_left_and_right_may_change_places(learned, pairs):
    """Evidence is symmetric."""
    left, right = pairs

    assert learned.weigh(left, right).tolist() == pytest.approx(learned.weigh(right, left).tolist())


def test_names_swapped_with_a_slip_are_among_what_is_compared():
    """Begum, Yasmyne is Yasmin Begum; Begum, Thomas is not, and neither are two people with the same initials."""
    names = [("Yasmin", "Begum"), ("Begum", "Yasmyne"), ("Begum", "Thomas"), ("Bea", "Yardley")]
    rows = [{"first_name": first, "last_name": last, "city": "Leeds"} for first, last in names * 3]
    comparers = dedupe(rows)._learned
    levels = comparers.comparers.levels(comparers.place[[0, 0, 0]], comparers.place[[1, 2, 3]])

    assert levels[:, :2].tolist() == [[1, 2], [0, 0], [0, 0]]
