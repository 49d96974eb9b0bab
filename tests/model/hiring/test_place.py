"""Departments and locations are trees: circles are refused, and every walk ends."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import InputError, LawBroken
from crmcore.model.channels import PostalAddress
from crmcore.model.hiring import Department, Location
from crmcore.model.hiring.place import ancestors, check_tree, descendants, path, path_name, zone_of
from crmcore.model.occasion import Occasion

ON = Occasion(event_id="e-1", at=datetime(2026, 1, 1, tzinfo=UTC), actor="eva")
IDS = "abcdef"


def departments(**parents: str | None) -> dict[str, Department]:
    """Return departments by id, each with its parent."""
    return {id_: Department(id=id_, name=id_.upper(), parent=parent) for id_, parent in parents.items()}


TREE = departments(a=None, b="a", c="a", d="b", e="d", f=None)


def test_ways_through_a_tree():
    """Up, down, and from the root; neighbours by name."""
    assert ["d", "b", "a"] == [each.id for each in ancestors("e", within=TREE)]
    assert ["b", "d", "e", "c"] == [each.id for each in descendants("a", within=TREE)]
    assert "A / B / D" == path_name("d", within=TREE)
    assert [] == [*ancestors("f", within=TREE), *descendants("f", within=TREE)]
    assert check_tree(TREE.values()) == TREE


def test_a_branch_is_hung_elsewhere():
    """With the event; a root hangs nowhere."""
    moved, told = TREE["d"].under("c", within=TREE, on=ON)

    assert ("c", "department.relocated", {"before": "b", "after": "c"}) == (moved.parent, told.type, told.data)
    assert TREE["d"].under(None, within=TREE, on=ON)[0].parent is None


@pytest.mark.parametrize("parent", ["b", "d", "e"])
def test_nothing_is_hung_below_itself(parent):
    """Neither next to itself nor far below."""
    with pytest.raises(LawBroken, match="department 'b' cannot lie below itself: b -> "):
        TREE["b"].under(parent, within=TREE, on=ON)


def test_a_parent_that_is_not_there_is_named():
    """In every walk."""
    orphan = departments(a="x")

    with pytest.raises(InputError, match="'x', the parent of department 'a', is not in the tree"):
        path("a", within=orphan)
    with pytest.raises(InputError, match="'y' is not in the tree"):
        TREE["a"].under("y", within=TREE, on=ON)
    with pytest.raises(InputError, match="'y' is not in the tree"):
        descendants("y", within=TREE)
    with pytest.raises(InputError, match="is not in the tree"):
        check_tree(orphan.values())
    with pytest.raises(InputError, match="'a' is there twice"):
        check_tree([*TREE.values(), TREE["a"]])


def test_nothing_is_its_own_parent():
    """Not even in JSON."""
    with pytest.raises(ValidationError, match="its own parent"):
        Department(id="a", name="A", parent="a")


@given(st.dictionaries(st.sampled_from(IDS), st.none() | st.sampled_from(IDS), min_size=1))
def test_whatever_the_parents_every_walk_ends(parents):
    """A circle is found exactly where climbing a hundred times does not come to an end, and is named truly."""
    parents = {id_: parent if parent in parents and parent != id_ else None for id_, parent in parents.items()}
    tree = departments(**parents)

    def climbs_for_ever(id_):
        for _ in range(100):
            if id_ is None:
                return False
            id_ = parents[id_]
        return True

    endless = {id_ for id_ in parents if climbs_for_ever(id_)}
    for id_ in parents:
        if id_ not in endless:
            assert id_ == path(id_, within=tree)[-1].id
            below = {each.id for each in descendants(id_, within=tree)}
            assert below == {
                other
                for other in parents.keys() - endless
                if id_ in {each.id for each in ancestors(other, within=tree)}
            }
            continue
        with pytest.raises(LawBroken) as refused:
            path(id_, within=tree)
        way = str(refused.value).rpartition(": ")[2].split(" -> ")
        assert way[0] == way[-1]
        assert all(parents[child] == parent for child, parent in pairwise(way))
    if endless:
        with pytest.raises(LawBroken, match="go in a circle"):
            check_tree(tree.values())
    else:
        assert tree == check_tree(tree.values())


def test_a_deep_tree_is_walked_without_recursion():
    """Ten thousand levels, and each looked at once."""
    deep = [Department(id=str(level), name="D", parent=str(level - 1) if level else None) for level in range(10_000)]
    tree = check_tree(reversed(deep))

    assert 9_999 == len(ancestors("9999", within=tree)) == len(descendants("0", within=tree))


def test_the_circle_of_ten_thousand_is_named_in_short():
    """The error stays readable."""
    ring = {str(at): Department(id=str(at), name="D", parent=str((at + 1) % 10_000)) for at in range(10_000)}

    with pytest.raises(LawBroken, match=r"\.\.\. -> ") as refused:
        path("5", within=ring)
    assert len(str(refused.value)) < 500
    with pytest.raises(LawBroken, match="circle"):
        descendants("5", within=ring)


def test_a_zone_is_that_of_the_nearest_place_that_has_one():
    """And an IANA zone."""
    berlin = Location(id="l-1", name="Berlin", time_zone="Europe/Berlin")
    tree = {"l-1": berlin, "l-2": Location(id="l-2", name="Room 4", parent="l-1")}

    assert "Europe/Berlin" == zone_of("l-2", within=tree)
    assert zone_of("l-3", within={"l-3": Location(id="l-3", name="Somewhere")}) is None
    for wrong in ("Berlin", "CET/../../etc/passwd", "", "posix/Europe/Berlin", "GMT+25"):
        with pytest.raises(ValidationError):
            Location(id="l", name="L", time_zone=wrong)


def test_a_place_is_read_from_its_address():
    """Or from its name."""
    address = PostalAddress.of(city="Utrecht", country="NL")

    assert "Utrecht, NL" == Location(id="l", name="HQ", address=address).place
    assert "HQ" == Location(id="l", name="HQ").place
