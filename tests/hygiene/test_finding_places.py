"""A place is found by a name and a country, without error where there is none."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.hygiene import Gazetteer, Place, PlaceFinder
from crmcore.hygiene._states import FEDERAL
from crmcore.hygiene._tables import read_rows

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


PORTLAND = Place(names=("Portland",), country="US", state="OR", latitude=45.52, longitude=-122.68, people=635_000)
PORTLAND_ME = Place(names=("Portland",), country="US", state="ME", latitude=43.66, longitude=-70.26, people=68_000)
PORTLAND_AU = Place(names=("Portland",), country="AU", state="VIC", latitude=-38.34, longitude=141.6, people=10_000)
PARIS = Place(names=("Paris",), country="FR", latitude=48.86, longitude=2.35, people=2_100_000)
MILAN = Place(names=("Milano", "Milan"), country="IT", latitude=45.46, longitude=9.19, people=1_400_000)
BARE = Place(names=("Salem",), country="US", latitude=44.94, longitude=-123.03, people=175_000)
STATES = Gazetteer([PORTLAND_ME, PORTLAND, PORTLAND_AU, PARIS, MILAN, BARE, CAMBRIDGE])


@pytest.mark.parametrize(
    ("name", "country", "state", "expected"),
    [
        ("Portland", "US", "ME", PORTLAND_ME),
        ("Portland", "", "maine", PORTLAND_ME),
        ("Portland", "", "Victoria", PORTLAND_AU),
        ("Portland", "US", "", PORTLAND),
        ("Portland", "US", "Bay Area", PORTLAND),
        ("Portland", "US", "TX", None),
        ("Portland", "AU", "ME", PORTLAND_AU),
        ("Portland, ME", "", "", PORTLAND_ME),
        ("Portland, Maine", "US", "", PORTLAND_ME),
        ("Portland, US", "", "ME", PORTLAND_ME),
        ("Portland, ME", "GB", "", None),
        ("Paris", "", "TX", None),
        ("Paris, TX", "", "", None),
        ("Paris", "", "Île-de-France", PARIS),
        ("Cambridge", "", "MA", None),
        ("Cambridge, MA", "", "", None),
        ("Milano", "", "MI", None),
        ("Milano", "IT", "MI", MILAN),
        ("Salem", "", "Ore", BARE),
        ("Salem", "", "OR", BARE),
    ],
)
def test_a_state_tells_cities_of_one_name_apart(name: str, country: str, state: str, expected: Place | None) -> None:
    """Paris in Texas is not in France; what is no state, or none of the country, says nothing."""
    assert expected == STATES.find(name, country=country, state=state)
    assert 7 == len(STATES)


def test_the_states_are_those_of_their_countries() -> None:
    """Each city that comes along lies in a state that there is, in the three countries, and in none elsewhere."""
    states = {row[0] for row in read_rows("states")}
    told = [row[1] for row in read_rows("cities")]

    assert {"US": 51, "CA": 13, "AU": 8} == Counter(code[:2] for code in states)
    assert {code for code in told if "-" in code} <= states
    assert {code[:2] for code in states} == FEDERAL
    assert FEDERAL.isdisjoint(told)
    assert CITIES("Vancouver, BC") == CITIES("Vancouver, CA") == CITIES("Vancouver, British Columbia")
    assert CITIES("San Francisco, CA") == CITIES("San Francisco") == CITIES("San Francisco, Calif.")


def test_a_file_of_geonames_tells_states(tmp_path: Path) -> None:
    """By letters for the United States, by numbers for others."""
    lines = [
        "\t".join(
            ["1", "London", "London", "", "42.98", "-81.23", "P", "PPL", "CA", "", "08", *[""] * 3, "400000", *[""] * 4]
        ),
        "\t".join(
            ["2", "Paris", "Paris", "", "33.66", "-95.56", "P", "PPL", "US", "", "TX", *[""] * 3, "25000", *[""] * 4]
        ),
    ]
    (tmp_path / "cities.txt").write_text("\n".join(lines), encoding="utf-8")
    where = Gazetteer.from_geonames(tmp_path / "cities.txt")
    found = [where.find("London", state="Ontario"), where.find("Paris", state="TX"), where.find("Paris", state="ME")]

    assert ["ON", "TX", None] == [place and place.state for place in found]


@given(st.text(max_size=50), st.text(max_size=20), st.text(max_size=20))
def test_no_text_is_an_error(name: str, country: str, state: str) -> None:
    """Whatever is asked for, the answer is a place or None."""
    assert isinstance(CITIES.find(name, country=country, state=state), Place | None)


def test_a_gazetteer_finds_places_and_a_function_does_not() -> None:
    """The two can be told apart."""
    assert isinstance(CITIES, PlaceFinder)
    assert not isinstance(lambda name: (0.0, 0.0), PlaceFinder)
