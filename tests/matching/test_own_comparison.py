"""Users compare what no role fits, in ten lines: a comparison of their own is learned and counted like any other."""

import numpy as np
import pytest

from crmcore.errors import InputError, UnknownColumn
from crmcore.hygiene.roles import Role
from crmcore.matching._comparing import Comparers
from crmcore.matching._features import build_features
from crmcore.matching.comparison import Comparison

TABLE = {
    "name": ["Ada Lovelace", "Ada Lovelace", "Alan Turing"],
    "badge": ["HR7-12", "hr7 13", None],
    "old_badge": [None, "HR7 12", "IT1-01"],
}
BADGE = Comparison(
    columns="badge",
    level=lambda one, other: int(one[:3] == other[:3]),
    labels=("different", "of one department", "the same"),
    differs=0.1,
)


def compared(comparison, table=TABLE, roles=None):
    """Return the feature of a comparison, and the level of each two rows."""
    features = build_features(table, roles or {}, comparisons=[comparison])
    left, right = np.triu_indices(len(table["badge"]), 1)
    levels = Comparers(features, expected_pairs=100).levels(left, right)
    return features[-1], levels[:, -1].tolist()


def test_values_are_compared_as_the_user_says():
    """Normal forms are made, unequal ones get a level, gaps none; explanations have its name and labels."""
    feature, levels = compared(BADGE)

    assert ("badge", ("badge",)) == (feature.name, feature.columns)
    assert [1, -1, -1] == levels
    assert "of one department" == feature.kind.labels[levels[0]]


def test_several_columns_are_one_set():
    """Any value of one record's is compared with any of the other's, and the likest two count."""
    feature, levels = compared(Comparison(columns=["badge", "old_badge"], level=BADGE.level, labels=BADGE.labels))

    assert ("badge", ("badge", "old_badge"), 2) == (feature.name, feature.columns, feature.data.slots)
    assert [2, 0, 0] == levels[:1] + levels[1:]


def test_without_levels_unequal_is_different():
    """The shortest comparison names a column."""
    assert [0, -1, -1] == compared(Comparison(columns="badge"))[1]


def test_a_column_is_compared_once():
    """What a comparison is of, its role compares no more; the negative control has both columns."""
    table = {"badge": ["a", "b"], "mail": ["a@x.example", "b@x.example"]}
    roles = {"mail": Role.EMAIL, "badge": Role.CATEGORY}
    own = build_features(table, roles, comparisons=[Comparison(columns="badge", name="pass")])

    assert ["mail", "pass"] == [feature.name for feature in own]
    assert ["mail", "badge"] == [feature.name for feature in build_features(table, roles)]


def test_two_values_are_asked_about_in_one_order():
    """However many rows hold them, and whichever comes first: so the answer cannot depend on the order of the rows."""
    asked = []

    def level(one, other):
        asked.append((one, other))
        return 0

    own = Comparison(columns="badge", level=level, labels=("different", "alike", "the same"))
    compared(own, {"badge": ["a", "b", "a", "b", "a", "c"]})

    assert {("a", "b"), ("a", "c"), ("b", "c")} == {*asked}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"columns": ()}, "needs a column"),
        ({"labels": ("the same",)}, "1 labels"),
        ({"labels": ("different", "alike", "the same")}, "two without level="),
        ({"chance": (0.5, 0.4)}, "1 in all"),
        ({"chance": (1.0,)}, "one above 0 for each"),
        ({"chance": (1.0, 0.0)}, "one above 0 for each"),
        ({"differs": 1.0}, "between 0 and 1"),
    ],
)
def test_what_does_not_go_together_is_refused(given, said):
    """The error says which comparison, and what to give."""
    with pytest.raises(InputError, match=said):
        Comparison(**{"columns": "badge", **given})


@pytest.mark.parametrize("level", [2, -1, None, 0.5, "1"])
def test_a_level_that_is_none_is_refused(level):
    """What a function gives that is no level is said with the values that it was given."""
    wrong = Comparison(columns="badge", level=lambda _one, _other: level, labels=("different", "alike", "the same"))

    with pytest.raises(InputError, match="two values of 6 and 6 letters; unequal values have a level from 0 to 1"):
        compared(wrong)


def test_a_column_that_is_not_there_is_refused():
    """The error names it, and what there is."""
    with pytest.raises(UnknownColumn, match=r"badger.*badge"):
        build_features(TABLE, {}, comparisons=[Comparison(columns="badger")])


def test_a_value_that_says_nothing_is_a_gap():
    """An empty normal form is none, and a column of gaps is not compared."""
    own = Comparison(columns="badge", normalise=lambda text: "" if "7" in text else text)

    assert [] == build_features(TABLE, {}, comparisons=[own])
