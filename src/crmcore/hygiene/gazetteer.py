"""Where places are: latitude and longitude by name.

Some 280 cities come with crmcore, enough to ask for people "within 30 km of Utrecht". A host that needs villages reads
a file of GeoNames or hands in whatever answers like a :class:`Gazetteer`: a function from a name to a point.

>>> where = Gazetteer.built_in()
>>> where("Utrecht"), where("münchen"), where("Reading, GB")
((52.09, 5.12), (48.14, 11.58), (51.45, -0.97))
>>> where.find("Utrecht", country="Nederland").latitude, where.find("Utrecht", country="FR")
(52.09, None)
"""

from __future__ import annotations

import csv
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

import attrs

from crmcore.errors import InputError, UnreadableFile
from crmcore.hygiene._tables import read_rows
from crmcore.hygiene.folding import fold
from crmcore.hygiene.places import clean_country

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike

__all__ = ["Gazetteer", "Place", "PlaceFinder"]

Point = tuple[float, float]
K = TypeVar("K")

NORTH, EAST = 90.0, 180.0
GEONAMES_CELLS = 19


@attrs.frozen(kw_only=True)
class Place:
    """One place.

    Attributes:
        names: what it is called, in whatever languages.
        country: ISO 3166-1 alpha-2.
        latitude, longitude: degrees.
        people: how many live there, roughly; of places of one name the largest is meant.

    """

    names: tuple[str, ...]
    country: str
    latitude: float
    longitude: float
    people: int = 0

    def __attrs_post_init__(self) -> None:
        if not (abs(self.latitude) <= NORTH and abs(self.longitude) <= EAST):  # so for nan
            raise InputError(f"{self.names[:1]} lies at no latitude and longitude that there are")


@runtime_checkable
class PlaceFinder(Protocol):
    """Finds the place that a name and a country mean, as a :class:`Gazetteer` does."""

    def find(self, name: str, /, *, country: str = "") -> Place | None:
        """Return the place, or None where it is not known, or not in that country; *country* is a code or a name."""
        ...


class Gazetteer:
    """Finds places by their names, whatever the case, accents and script; see :class:`crmcore.query.Places`."""

    def __init__(self, places: Iterable[Place]) -> None:
        """Learn the places; of several of one name, the one with the most people is meant where no country is given."""
        self._by_name: dict[str, Place] = {}
        self._by_country: dict[tuple[str, str], Place] = {}
        for place in places:
            for name in {fold(name) for name in place.names} - {""}:
                _keep_larger(self._by_name, name, place)
                _keep_larger(self._by_country, (name, place.country), place)

    @classmethod
    def built_in(cls) -> Gazetteer:
        """Return the cities that come with crmcore, to about a kilometre."""
        return cls(_built_in())

    @classmethod
    def from_geonames(cls, path: str | PathLike[str]) -> Gazetteer:
        """Read a file of places in the form in which GeoNames gives them out, such as ``cities500.txt``.

        Raises:
            UnreadableFile: there is no such file, or it is of another form; names the line.

        """
        return cls(_geonames(path))

    def __call__(self, name: str) -> Point:
        """Return the latitude and longitude of a place: "Utrecht", or "Cambridge, GB" to say which.

        Raises:
            InputError: it is not known; offers the nearest names.

        """
        found = self.find(name)
        if found is None:
            near = get_close_matches(fold(name)[:60], self._by_name, n=3)
            hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
            raise InputError(f"no place called {name[:60]!r} is known{hint}")
        return found.latitude, found.longitude

    def find(self, name: str, /, *, country: str = "") -> Place | None:
        """Return the place of that name, or None where none is known.

        Args:
            name: "Utrecht", or "Cambridge, GB" to say which.
            country: its code or its name; where neither says one, the place with the most people is meant. A place in
                another country is none, and so is one in a country that there is not.

        """
        if not country.strip():
            return self._by_name.get(fold(name)) or self._told_by_tail(name)
        code = _code(country)
        found = self._by_country.get((fold(name), code))
        if found is None and (told := self._told_by_tail(name)) is not None and told.country == code:
            return told
        return found

    def _told_by_tail(self, name: str) -> Place | None:
        """Find "Cambridge, GB"."""
        town, comma, country = name.rpartition(",")
        return self._by_country.get((fold(town), _code(country))) if comma else None

    def __len__(self) -> int:
        return len(set(map(id, self._by_country.values())))


def _code(country: str) -> str:
    """Return the code of a country; of what is none, a text that is no code."""
    return str(clean_country(country).value or "")


def _keep_larger(places: dict[K, Place], name: K, place: Place) -> None:
    if name not in places or places[name].people < place.people:
        places[name] = place


def _built_in() -> Iterator[Place]:
    for names, country, latitude, longitude, thousands in read_rows("cities"):
        yield Place(
            names=tuple(names.split("; ")),
            country=country,
            latitude=float(latitude),
            longitude=float(longitude),
            people=int(thousands) * 1000,
        )


def _geonames(path: str | PathLike[str]) -> Iterator[Place]:
    """Yield the places of a file: names, degrees, country, people."""
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            for line, cells in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), start=1):
                if len(cells) != GEONAMES_CELLS:
                    raise UnreadableFile(
                        path, "not-geonames", f"line {line} has {len(cells)} cells, not {GEONAMES_CELLS}"
                    )
                names = (cells[1], cells[2], *filter(None, cells[3].split(",")))
                yield Place(
                    names=names,
                    country=cells[8],
                    latitude=float(cells[4]),
                    longitude=float(cells[5]),
                    people=int(cells[14] or 0),
                )
    except (OSError, ValueError, csv.Error) as error:
        if isinstance(error, UnreadableFile):
            raise
        raise UnreadableFile(path, "not-geonames", f"no file of places as GeoNames gives them out ({error})") from error
