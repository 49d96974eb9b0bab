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
from crmcore.hygiene._states import FEDERAL, state_of_geonames, states_called
from crmcore.hygiene._tables import read_rows
from crmcore.hygiene.folding import fold
from crmcore.hygiene.places import clean_country

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike

__all__ = ["Gazetteer", "Place", "PlaceFinder"]

Point = tuple[float, float]
K = TypeVar("K")

States = tuple[tuple[str, str], ...]

NOWHERE = "-"
"""The code of no country."""
NORTH, EAST = 90.0, 180.0
GEONAMES_CELLS = 19


@attrs.frozen(kw_only=True)
class Place:
    """One place.

    Attributes:
        names: what it is called, in whatever languages.
        country: ISO 3166-1 alpha-2.
        latitude, longitude: degrees.
        state: of the United States, Canada and Australia, the second half of its code by ISO 3166-2, such as "OR".
        people: how many live there, roughly; of places of one name the largest is meant.

    """

    names: tuple[str, ...]
    country: str
    latitude: float
    longitude: float
    state: str = ""
    people: int = 0

    def __attrs_post_init__(self) -> None:
        if not (abs(self.latitude) <= NORTH and abs(self.longitude) <= EAST):  # so for nan
            raise InputError(f"{self.names[:1]} lies at no latitude and longitude that there are")


@runtime_checkable
class PlaceFinder(Protocol):
    """Finds the place that an address means, as a :class:`Gazetteer` does."""

    def find(self, name: str, /, *, country: str = "", state: str = "") -> Place | None:
        """Return the place; None where it is not known, or not there. Country and state are codes or names."""
        ...


class Gazetteer:
    """Finds places by their names, whatever the case, accents and script; see :class:`crmcore.query.Places`."""

    def __init__(self, places: Iterable[Place]) -> None:
        """Learn the places; of several of one name, the one with the most people is meant where no country is given."""
        self._by_name: dict[str, Place] = {}
        self._by_country: dict[tuple[str, str], Place] = {}
        self._by_state: dict[tuple[str, str, str], Place] = {}
        for place in places:
            for name in {fold(name) for name in place.names} - {""}:
                _keep_larger(self._by_name, name, place)
                _keep_larger(self._by_country, (name, place.country), place)
                if place.country in FEDERAL:
                    _keep_larger(self._by_state, (name, place.country, place.state), place)

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
        """Return the latitude and longitude of a place: "Utrecht", or "Cambridge, GB" or "Portland, OR" to say which.

        Raises:
            InputError: it is not known; offers the nearest names.

        """
        found = self.find(name)
        if found is None:
            near = get_close_matches(fold(name)[:60], self._by_name, n=3)
            hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
            raise InputError(f"no place called {name[:60]!r} is known{hint}")
        return found.latitude, found.longitude

    def find(self, name: str, /, *, country: str = "", state: str = "") -> Place | None:
        """Return the place of that name, or None where none is known there.

        Args:
            name: "Utrecht", or "Cambridge, GB" or "Portland, OR" to say which.
            country: its code or its name; where neither says one, the place with the most people is meant. A place in
                another country is none, and so is one in a country that there is not.
            state: of the United States, Canada or Australia, code or name: a place in another state is none. Any other
                text, and with a country any state that is not one of its, says nothing.

        """
        code = (_code(country) or NOWHERE) if country.strip() else None
        found = self._there(fold(name), code, _states(state, code))
        town, comma, tail = name.rpartition(",")
        if found is not None or not comma:
            return found
        said, inside = _code(tail), _states(tail, code)
        if said and code in {None, said}:
            found = self._there(fold(town), said, _states(state, said))
        if found is None and inside:  # "MA" is Morocco, too
            found = self._there(fold(town), code, inside)
        return found

    def _there(self, name: str, code: str | None, states: States) -> Place | None:
        if states:
            found = [place for one in states if (place := self._in_state(name, *one)) is not None]
            return max(found, key=lambda place: place.people, default=None)
        return self._by_name.get(name) if code is None else self._by_country.get((name, code))

    def _in_state(self, name: str, country: str, state: str) -> Place | None:
        """Find a place in a state, or one of which only the country is told."""
        return self._by_state.get((name, country, state)) or self._by_state.get((name, country, ""))

    def __len__(self) -> int:
        return len({id(place) for place in (*self._by_country.values(), *self._by_state.values())})


def _code(country: str) -> str:
    """Return the code of a country; empty for what is none."""
    return str(clean_country(country).value or "")


def _states(state: str, code: str | None) -> States:
    """Return the states that are called so, of one country if that is known."""
    return tuple(one for one in states_called(state) if code in {None, one[0]})


def _keep_larger(places: dict[K, Place], name: K, place: Place) -> None:
    if name not in places or places[name].people < place.people:
        places[name] = place


def _built_in() -> Iterator[Place]:
    for names, code, latitude, longitude, thousands in read_rows("cities"):
        country, _, state = code.partition("-")
        yield Place(
            names=tuple(names.split("; ")),
            country=country,
            state=state,
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
                    state=state_of_geonames(cells[8], cells[10]),
                    latitude=float(cells[4]),
                    longitude=float(cells[5]),
                    people=int(cells[14] or 0),
                )
    except (OSError, ValueError, csv.Error) as error:
        if isinstance(error, UnreadableFile):
            raise
        raise UnreadableFile(path, "not-geonames", f"no file of places as GeoNames gives them out ({error})") from error
