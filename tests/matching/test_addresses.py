"""Addresses that are alike because names are: they count for nothing, and the very address does as ever."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.hygiene.roles import Role
from crmcore.matching import dedupe
from crmcore.matching._addresses import NamedAddresses
from crmcore.testing.sample import generate

LEVELS = [np.array([-4.0, 9.0]), np.array([-4.0, 9.0]), np.array([-2.0, 8.0, 12.0, 15.0])]


@given(
    given=st.floats(-6, 12),
    family=st.floats(-6, 12),
    email=st.sampled_from([-2.0, 0.0, 3.0, 8.0, 12.0, 15.0]),
    same=...,
)
def test_only_mere_likeness_beside_like_names_is_told(given: float, family: float, email: float, same: bool):
    """A different name, a missing one, a slip of the address and the very address leave what the address says."""
    names = NamedAddresses(given=0, family=1, email=2)
    found = names.told_by_names(np.array([[given], [family], [email]]), np.array([[False], [False], [same]]), LEVELS)

    assert found.tolist() == [given > 0 and family > 0 and 0 < email <= 8 and not same]


@pytest.mark.parametrize("missing", [Role.GIVEN_NAME, Role.FAMILY_NAME, Role.EMAIL])
def test_without_names_or_addresses_there_is_nothing_to_tell(missing):
    """A table that lacks one of the three is judged as ever."""
    roles = [role for role in (Role.GIVEN_NAME, Role.FAMILY_NAME, Role.EMAIL) if role is not missing]

    assert NamedAddresses.among(roles) is None


def test_namesakes_with_like_addresses_stay_apart_and_slips_do_not_matter():
    """anna.keller@ and anna_keller7@ are two addresses of two people; a slip of one of them is one address."""
    sample = generate(people=300, seed=3).columns
    columns = {name: list(sample[name]) for name in ("first_name", "last_name", "email", "city")}
    people = [("anna.keller@gomail.example",), ("annakeller7@webpost.example",), ("anna.kelller@gomail.example",)]
    for name, values in columns.items():
        values += [
            {"first_name": "Anna", "last_name": "Keller", "email": email, "city": None}[name] for (email,) in people
        ]
    result = dedupe(columns)
    at = len(columns["city"]) - 3
    said = {
        other: next(piece for piece in result.explain(at, at + other).evidence if piece.comparison == "email")
        for other in (1, 2)
    }

    assert said[1].match_weight == 0
    assert said[2].match_weight > 5
