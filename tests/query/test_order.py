"""The order of the selected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError, UnknownField
from crmcore.query import OrderBy, ordering, sort_key
from tests.query.questions import FIELDS, facts

SINGLE = sorted(key for key, field in FIELDS.items() if not field.is_multi)
ORDERS = st.lists(
    st.builds(OrderBy, st.sampled_from(SINGLE), st.booleans()), max_size=5, unique_by=lambda one: one.field
)


def in_order(people, *keys):
    """Return the ids of the people, sorted."""
    order = ordering(keys, FIELDS, of="contact")
    return sorted(people, key=lambda who: sort_key(order, people[who], id=who))


def slowly(people, order):
    """Sort by the last key first, and once for known and missing: what a stable sort makes easy to believe."""
    ids = sorted(people)
    for one in reversed(order):
        known = [who for who in ids if people[who].get(one.field)]
        missing = [who for who in ids if not people[who].get(one.field)]
        ids = sorted(known, key=lambda who: people[who][one.field][0], reverse=one.descending) + missing
    return ids


@given(st.dictionaries(st.text(max_size=2), facts(), max_size=8), ORDERS)
def test_the_key_sorts_as_the_slow_twin_does(people, order):
    """Any keys, in any directions, over known and missing values."""
    assert slowly(people, order) == sorted(people, key=lambda who: sort_key(order, people[who], id=who))


def test_missing_values_come_last_in_either_direction():
    """Nobody has to page through the unknown to reach the known."""
    people = {"a": {}, "b": {"salary": (1.0,)}, "c": {"salary": (2.0,)}, "d": {"salary": ()}}

    assert ["b", "c", "a", "d"] == in_order(people, "salary")
    assert ["c", "b", "a", "d"] == in_order(people, "-salary")


def test_ties_come_by_ascending_id():
    """Also where the order descends."""
    people = {"b": {"name": ("x",)}, "a": {"name": ("x",)}, "c": {"name": ("y",)}}

    assert ["c", "a", "b"] == in_order(people, "-name")
    assert ["a", "b", "c"] == in_order(people)


@given(st.builds(OrderBy, st.sampled_from(SINGLE), st.booleans()))
def test_a_key_is_read_as_it_is_written(one):
    """parse(str(key)) is the key."""
    assert one == OrderBy.parse(str(one))


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (["email"], "several values"),
        (["-email"], "several values"),
        (["name", "-name"], "twice"),
        (["id", "name", "note", "born", "salary", "private"], "at most 5"),
        ("name", r"put the text in \[\]"),
        ([""], "names a field"),
        (["-"], "names a field"),
        ([7], "not an int"),
    ],
)
def test_what_is_no_order_is_refused(keys, why):
    """InputError says what is wrong with it."""
    with pytest.raises(InputError, match=why):
        ordering(keys, FIELDS, of="contact")


def test_an_unknown_key_is_met_with_the_nearest_names():
    """As in a question."""
    with pytest.raises(UnknownField, match="did you mean 'salary'"):
        ordering(["-salery"], FIELDS, of="contact")
