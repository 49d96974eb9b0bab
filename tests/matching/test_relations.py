"""What relatives, colleagues and namesakes share: formula beside a plain sum of powers, rates beside planted ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.hygiene.roles import Role
from crmcore.matching.relations import RELATIONS, Relation, explained, learn_rates, relations_among, shared

in_bits = st.floats(-60, 60)
relations_with_rates = st.lists(st.floats(-30, 0), max_size=4).map(
    lambda rates: [Relation(name=f"kind {at}", roles=frozenset(), rate=rate) for at, rate in enumerate(rates)]
)


@given(relations=relations_with_rates, pairs=st.integers(0, 5), data=st.data())
def test_explained_equals_a_plain_sum_of_powers(relations, pairs, data):
    """The stable form gives log2(1 + sum of 2^(rate + bits))."""
    table = np.array([[data.draw(in_bits) for _ in range(pairs)] for _ in relations]).reshape(len(relations), pairs)

    found = explained(table, relations)

    expected = [
        np.log2(1 + sum(2 ** (relation.rate + row[pair]) for relation, row in zip(relations, table, strict=True)))
        for pair in range(pairs)
    ]
    assert found.tolist() == pytest.approx(expected, abs=1e-9)


@given(bits=st.lists(in_bits, min_size=1, max_size=5), more=st.floats(0, 40), rate=st.floats(-30, 0))
def test_explained_is_never_negative_and_never_falls(bits, more, rate):
    """A relation can only take evidence away, and the more the more it explains; one that never holds takes nothing."""
    relation = Relation(name="siblings", roles=frozenset(), rate=rate)
    row = np.array([bits])
    never = Relation(name="never", roles=frozenset())

    assert (explained(row, [relation]) >= 0).all()
    assert (explained(row + more, [relation]) >= explained(row, [relation])).all()
    assert explained(np.vstack([row, row]), [relation, never]).tolist() == explained(row, [relation]).tolist()


@given(seed=st.integers(0, 50), pairs=st.integers(0, 6))
def test_shared_equals_a_plain_sum(seed, pairs):
    """A relation explains the evidence of its own features, and of the others that which is mere likeness."""
    rng = np.random.default_rng(seed)
    parts, alike = rng.normal(size=(2, 4, pairs))
    relations = [
        Relation(name="a", roles=frozenset(), features=(0, 2)),
        Relation(name="b", roles=frozenset(), features=(1,), likeness=(3,)),
    ]

    found = shared(parts, alike, relations)

    assert found.shape == (2, pairs)
    for pair in range(pairs):
        assert found[0, pair] == pytest.approx(parts[0, pair] + parts[2, pair])
        assert found[1, pair] == pytest.approx(parts[1, pair] + max(alike[3, pair], 0))


def test_namesakes_with_different_addresses_are_namesakes_all_the_same():
    """That addresses differ speaks against one person, and not against namesakes, who need not have like ones."""
    namesakes = Relation(name="namesakes", roles=frozenset(), features=(0,), likeness=(1,), rate=-18.0)
    parts = np.array([[20.0, 20.0], [0.0, -3.0]])

    unknown, different = explained(shared(parts, parts * [[0], [1]], [namesakes]), [namesakes]).tolist()

    assert unknown == different


def test_no_relation_explains_nothing():
    """Without relations there is a row for none of them, and nothing is explained."""
    assert shared(np.ones((2, 3)), np.ones((2, 3)), []).shape == (0, 3)
    assert explained(np.empty((0, 3)), []).tolist() == [0.0, 0.0, 0.0]


def test_relations_are_told_only_where_something_is_left_to_tell_by():
    """A relation that would explain every column, or none, is left out; the others know the positions of their columns."""
    roles = [Role.FAMILY_NAME, Role.EMAIL, Role.CITY, Role.GIVEN_NAME]
    found = {relation.name: relation for relation in relations_among(roles, rate=-9.0)}

    assert found["of one household"].features == (0, 2)
    assert found["namesakes"].features == (0, 3)
    assert found["namesakes"].likeness == (1,)
    assert {relation.rate for relation in found.values()} == {-9.0}
    assert relations_among([Role.GIVEN_NAME, Role.FAMILY_NAME], rate=-9.0)[-1].name != "namesakes"
    assert relations_among([Role.TEXT], rate=-9.0) == ()
    assert len({relation.name for relation in RELATIONS}) == len(RELATIONS)


def simulated(counts, *, features=4):
    """Draw the evidence of people, relatives who share two of four features, and strangers; m is .9, u is .02."""
    rng = np.random.default_rng(3)
    chance = {"person": [0.9] * features, "relatives": [0.9, 0.9, 0.02, 0.02], "strangers": [0.02] * features}
    agree = np.vstack([rng.random((size, features)) < chance[kind] for kind, size in counts.items()])
    return np.where(agree, np.log2(0.9 / 0.02), np.log2(0.1 / 0.98)).T


def test_rates_are_recovered_from_simulated_pairs():
    """Without labels, the shares of people and of relatives among all pairs come back."""
    counts = {"person": 3_000, "relatives": 6_000, "strangers": 91_000}
    parts = simulated(counts)
    family = [Relation(name="relatives", roles=frozenset(), features=(0, 1), rate=-5.0)]

    share, (relatives,) = learn_rates(
        parts.sum(axis=0), shared(parts, np.zeros_like(parts), family), np.ones(100_000), 100_000.0, family
    )

    assert share == pytest.approx(0.03, rel=0.1)
    assert 2**relatives.rate == pytest.approx(0.06, rel=0.1)


def test_a_relation_that_a_table_does_not_hold_gets_hardly_any_rate():
    """The negative control: where nobody is related, relatives are rare, and as many people are found."""
    parts = simulated({"person": 3_000, "strangers": 97_000})
    family = [Relation(name="relatives", roles=frozenset(), features=(0, 1), rate=-5.0)]

    share, (relatives,) = learn_rates(
        parts.sum(axis=0), shared(parts, np.zeros_like(parts), family), np.ones(100_000), 100_000.0, family
    )

    assert share == pytest.approx(0.03, rel=0.1)
    assert 2**relatives.rate < 0.003


def test_sampled_pairs_stand_for_all():
    """Half of the pairs, each counted twice, teach the same rates."""
    parts = simulated({"person": 3_000, "relatives": 6_000, "strangers": 91_000})
    family = [Relation(name="relatives", roles=frozenset(), features=(0, 1), rate=-5.0)]

    def rates(half, weight):
        kept = parts[:, ::half]
        by_relation = shared(kept, np.zeros_like(kept), family)
        share, (relatives,) = learn_rates(kept.sum(axis=0), by_relation, np.full(kept.shape[1], weight), 1e5, family)
        return [share, 2**relatives.rate]

    assert rates(1, 1.0) == pytest.approx(rates(2, 2.0), rel=0.1)
