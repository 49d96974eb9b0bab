"""Places are found by any of their names; files of GeoNames are read, and refused by line where they are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.errors import InputError, UnreadableFile
from crmcore.hygiene import Gazetteer, Place
from crmcore.hygiene._tables import read_rows
from crmcore.query.spheres import distance_km

CITIES = Gazetteer.built_in()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Utrecht", (52.09, 5.12)),
        ("  UTRECHT ", (52.09, 5.12)),
        ("Den Haag", (52.08, 4.31)),
        ("'s-Gravenhage", (52.08, 4.31)),
        ("Köln", (50.94, 6.96)),
        ("Koeln", (50.94, 6.96)),
        ("Cologne, Germany", (50.94, 6.96)),
        ("Cologne, DE", (50.94, 6.96)),
        ("Łódź", (51.76, 19.46)),
        ("São Paulo", (-23.55, -46.63)),
        ("Αθήνα", (37.98, 23.73)),
    ],
)
def test_a_city_is_found_by_its_names(name: str, expected: tuple[float, float]) -> None:
    """Case, accents, script, language and a country behind a comma do not matter."""
    assert expected == CITIES(name)


@pytest.mark.parametrize(("name", "hint"), [("Utrect", "utrecht"), ("", "no place"), ("Utrecht, FR", "no place")])
def test_an_unknown_place_is_met_with_the_nearest(name: str, hint: str) -> None:
    """A slip of the pen is told; so is a country where there is no such city."""
    with pytest.raises(InputError, match=hint):
        CITIES(name)


def test_of_two_places_of_one_name_the_larger_is_meant() -> None:
    """A country tells which, where it is the other."""
    here = Place(names=("Springfield",), country="US", latitude=39.8, longitude=-89.6, people=114_000)
    there = Place(names=("Springfield",), country="NZ", latitude=-43.3, longitude=171.9, people=400)
    where = Gazetteer([there, here])

    assert [(39.8, -89.6), (-43.3, 171.9)] == [where("springfield"), where("Springfield, NZ")]
    assert 2 == len(where)


def test_the_cities_that_come_along_lie_where_their_neighbours_are() -> None:
    """Known distances between them hold within three kilometres; no name stands twice in one country."""
    known = {
        ("Utrecht", "Amsterdam"): 35,
        ("Paris", "London"): 344,
        ("Berlin", "Munich"): 504,
        ("Vienna", "Bratislava"): 55,
        ("Copenhagen", "Malmo"): 28,
        ("New York", "Boston"): 306,
        ("Madrid", "Barcelona"): 505,
        ("Tokyo", "Osaka"): 396,
    }
    names = [(name, row[1]) for row in read_rows("cities") for name in row[0].split("; ")]

    assert all(abs(distance_km(CITIES(one), CITIES(other)) - km) < 3 for (one, other), km in known.items())
    assert len(names) == len(set(names))


def test_a_file_of_geonames_is_read(tmp_path: Path) -> None:
    """Each line is a place, under its name, its ASCII name and its other names."""
    line = "2745912\tUtrecht\tUtrecht\tUtreht,乌得勒支\t52.09083\t5.12222\tP\tPPLA\tNL\t\t09\t0344\t\t\t290529\t\t10\tEurope/Amsterdam\t2023-09-08"
    (tmp_path / "cities.txt").write_text(line + "\n", encoding="utf-8")

    where = Gazetteer.from_geonames(tmp_path / "cities.txt")

    assert (52.09083, 5.12222) == where("乌得勒支") == where("Utrecht, Netherlands")


@pytest.mark.parametrize("text", ["Utrecht,NL", "\t".join(["x"] * 19), "\t".join(["1"] * 4 + ["99"] * 15)])
def test_what_is_no_file_of_geonames_is_refused(tmp_path: Path, text: str) -> None:
    """Other cells, letters for numbers, and degrees that there are not; so is a file that is not there."""
    (tmp_path / "cities.txt").write_text(text, encoding="utf-8")
    for name in ("cities.txt", "none.txt"):
        with pytest.raises(UnreadableFile):
            Gazetteer.from_geonames(tmp_path / name)
