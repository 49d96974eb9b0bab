"""How common values are elsewhere counts where the table at hand cannot tell."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from crmcore.errors import InputError
from crmcore.matching import Matcher
from crmcore.matching.frequencies import FEWEST_HOLDERS, ValueFrequencies
from crmcore.testing.sample import generate

SMALL = {
    "first_name": ["Maria", "Maria", "Xanthippe", "Xanthippe", "Paul", "Anna", "Jan", "Eva"],
    "last_name": ["Silva", "Silva", "Quillfeather", "Quillfeather", "Kern", "Berg", "Vos", "Lund"],
    "city": ["Porto"] * 8,
}
CENSUS = {"given_name": {"Maria": 0.06, "Paul": 0.01, "Xanthippe": 1e-6}, "family_name": {"SILVA": 0.09, "Kern": 1e-4}}


def worth(matcher: Matcher, left: int, right: int, comparison: str) -> float:
    """Return what a comparison says of two rows of the small table."""
    pieces = matcher.dedupe(SMALL).explain(left, right).evidence
    return next(piece.match_weight for piece in pieces if piece.comparison == comparison)


@pytest.mark.parametrize("name", ["first_name", "last_name"])
def test_a_census_tells_rare_names_from_common_ones(name: str):
    """Two of each stand in the table; among people at large there are thousands of the one."""
    told, untold = Matcher.fit(SMALL, frequencies=CENSUS), Matcher.fit(SMALL)

    assert abs(worth(untold, 0, 1, name) - worth(untold, 2, 3, name)) < 1
    assert worth(told, 2, 3, name) - worth(told, 0, 1, name) > 3


def test_values_are_told_in_any_spelling():
    """Their normal forms count, and add up."""
    one = Matcher.fit(SMALL, frequencies={"family_name": {"Silva": 0.08}})
    two = Matcher.fit(SMALL, frequencies={"family_name": {"SILVA": 0.05, " silva": 0.03}})

    assert worth(one, 0, 1, "last_name") == pytest.approx(worth(two, 0, 1, "last_name"))


@pytest.mark.parametrize(
    ("frequencies", "reason"),
    [
        ({"given_name": {"Maria": 1.5}}, "share between 0 and 1"),
        ({"given_name": {"Maria": 0.0}}, "share between 0 and 1"),
        ({"given_name": {"Maria": float("nan")}}, "share between 0 and 1"),
        ({"given_name": {"Maria": 0.7, "Anna": 0.6}}, "add up to 1.3"),
        ({"given_name": {}}, "add up to 0"),
        ({"forename": {"Maria": 0.1}}, "'forename'"),
        ({"status": {"new": 0.1}}, "not compared"),
    ],
)
def test_what_are_no_shares_is_refused(frequencies: dict[str, dict[str, float]], reason: str):
    """Counts and percentages are no shares."""
    with pytest.raises(InputError, match=reason):
        Matcher.fit(SMALL, frequencies=frequencies)


def test_what_was_common_in_a_large_table_serves_a_small_one():
    """The matcher knows which names are common where it was fitted; a name that it never saw is rare."""
    table = {name: list(cells) for name, cells in generate(people=2000, seed=31).columns.items()}
    matcher = Matcher.fit(table)
    given = next(each for each in matcher.model.comparisons if each.role == "given_name")
    assert given.frequencies is not None
    common = max(given.frequencies.shares, key=given.frequencies.shares.__getitem__)
    small = {"first_name": [common, common, "Xanthippe", "Xanthippe"], "email": ["a@x.example", None, None, None]}

    result = matcher.dedupe(small)

    def says(left: int, right: int) -> float:
        return next(p.match_weight for p in result.explain(left, right).evidence if p.comparison == given.name)

    assert says(2, 3) - says(0, 1) > 2


def test_only_what_many_hold_is_written_down():
    """Each value in a saved matcher stands in twenty rows at least, and none is a way to reach anybody."""
    table = {name: list(cells) for name, cells in generate(people=1500, seed=32).columns.items()}
    matcher = Matcher.fit(table)

    for each in matcher.model.comparisons:
        if each.frequencies is not None:
            assert each.role not in {
                "email",
                "phone",
                "linkedin",
                "github",
                "url",
                "national_id",
                "date_of_birth",
                "street",
            }
            assert min(each.frequencies.shares.values()) * (each.frequencies.rows + 1) >= FEWEST_HOLDERS - 1e-6


def test_shares_are_those_of_the_values():
    """Each value gets its own share, whatever the order; the others get the rest."""
    table = {"first_name": [name for name, times in Counter(a=3, b=2, c=1).items() for _ in range(times)]}
    prepared = Matcher.fit(table).dedupe(table)._learned
    assert prepared is not None
    data = prepared.features[0].data
    known = ValueFrequencies(rows=10, shares={"b": 0.5, "zz": 0.1}, rest=0.01)

    found = known.of(data)

    assert [0.5 if text == "b" else 0.01 for text in data.values] == found.tolist()
    assert np.all(found > 0)
