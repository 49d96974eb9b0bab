"""What stands in several columns of one address counts once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.hygiene.roles import Role
from crmcore.matching._places import Whereabouts

ROLES = [Role.CITY, Role.POSTCODE, Role.EMAIL, Role.STREET, Role.REGION, Role.BIRTH_PLACE]


@given(bits=st.lists(st.tuples(*[st.floats(-15, 15, allow_subnormal=False)] * len(ROLES)), min_size=1, max_size=9))
def test_an_address_speaks_once(bits):
    """One disagreement and one implied agreement are left of each pair, the strongest; nothing else changes."""
    parts = np.array(bits).T

    once = Whereabouts.among(ROLES).count_once(parts)

    address, nested = [0, 1, 3, 4], [0, 1, 4]
    assert once[[2, 5]].tolist() == parts[[2, 5]].tolist()
    assert ((once == parts) | (once == 0)).all()
    assert np.minimum(once[address], 0).sum(axis=0).tolist() == pytest.approx(
        np.minimum(parts[address], 0).min(axis=0).tolist()
    )
    assert np.maximum(once[nested], 0).sum(axis=0).tolist() == pytest.approx(
        np.maximum(parts[nested], 0).max(axis=0).tolist()
    )
    assert np.maximum(once[3], 0).tolist() == np.maximum(parts[3], 0).tolist()


def test_one_column_is_no_address_in_parts():
    """With a single column there is nothing to count twice; a birth place is not where somebody lives."""
    assert Whereabouts.among([Role.CITY, Role.EMAIL, Role.BIRTH_PLACE]) is None


def test_an_address_without_places_within_places_has_an_answer():
    """House number and street: a contradiction counts once, and what agrees is left."""
    once = Whereabouts.among([Role.HOUSE_NUMBER, Role.STREET]).count_once(np.array([[-4.0, 3.0], [-2.0, 5.0]]))

    assert [[-4.0, 3.0], [0.0, 5.0]] == once.tolist()


def test_a_job_speaks_against_one_person_once():
    """Who changes jobs has another employer and another title; that both are the same is more than either."""
    once = Whereabouts.among([Role.JOB_TITLE, Role.EMAIL, Role.COMPANY, Role.CITY]).count_once(
        np.array([[-2.0, 3.0, 3.0], [-1.0, -1.0, -1.0], [-3.0, 5.0, -2.0], [-4.0, -4.0, 0.0]])
    )

    assert [[0.0, 3.0, 3.0], [-1.0, -1.0, -1.0], [-3.0, 5.0, -2.0], [-4.0, -4.0, 0.0]] == once.tolist()
