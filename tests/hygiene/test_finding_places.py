"""A place is found by a name and a country, without error where there is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.hygiene import Gazetteer, Place, PlaceFinder

CITIES = Gazetteer.built_in()
CAMBRIDGE = Place(names=("Cambridge",), country="GB", latitude=52.2, longitude=0.12, people=146_000)
CAMBRIDGE_US = Place(names=("Cambridge",), country="US", latitude=42.37, longitude=-71.11, people=118_000)
TWO = Gazetteer([CAMBRIDGE_US, CAMBRIDGE])


@pytest.mark.parametrize(
    ("name", "country", "expected"),
    [
        ("Cambridge", "", CAMBRIDGE),
        ("cambridge", "US", CAMBRIDGE_US),
        ("Cambridge", "United States", CAMBRIDGE_US),
        ("Cambridge, US", "", CAMBRIDGE_US),
        ("Cambridge, USA", "us", CAMBRIDGE_US),
        ("Cambridge", " ", CAMBRIDGE),
        ("Cambridge", "NL", None),
        ("Cambridge", "Atlantis", None),
        ("Cambridge, US", "GB", None),
        ("Cambridge, Atlantis", "", None),
        ("Oxford", "", None),
        ("", "", None),
        (", US", "", None),
    ],
)
def test_a_country_tells_which_place_is_meant(name: str, country: str, expected: Place | None) -> None:
    """Without one it is the largest; in a country that has no such place, it is none."""
    assert expected == TWO.find(name, country=country)


@given(st.text(max_size=50), st.text(max_size=20))
def test_no_text_is_an_error(name: str, country: str) -> None:
    """Whatever is asked for, the answer is a place or None."""
    assert isinstance(CITIES.find(name, country=country), Place | None)


def test_a_gazetteer_finds_places_and_a_function_does_not() -> None:
    """The two can be told apart."""
    assert isinstance(CITIES, PlaceFinder)
    assert not isinstance(lambda name: (0.0, 0.0), PlaceFinder)
