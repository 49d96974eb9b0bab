"""The people of the sample, as they truly are: names, homes, jobs, addresses, each from a point in time on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import attrs

from crmcore.testing._sample_errors import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcore.testing._sample_draw import Draw
    from crmcore.testing._sample_tables import Country, Culture, Occupation

__all__ = ["Company", "Home", "Job", "Person", "Spell", "as_of", "company_slug", "surname_of", "town_of"]

T = TypeVar("T")
_BETWEEN = ("", "", "el", "en", "er", "in", "is", "an", "al")
Spell = tuple[float, T]  # the year from which a value holds, as a number such as 2019.25


@attrs.frozen
class Company:
    """An employer; ``mailbox`` is how it writes its people's addresses."""

    name: str
    form: str
    domain: str
    mailbox: int


@attrs.frozen
class Home:
    """Where people live together; the fixed line belongs to the home, not to a person."""

    street: str
    city: str
    postcode: str
    landline: str


@attrs.frozen
class Job:
    """One stint at one employer."""

    company: Company
    title: str
    email: str


@attrs.frozen(kw_only=True)
class Person:
    """One person. The lists of spells are in the order of time and never empty, except the jobs'."""

    number: int
    country: Country
    culture: str
    given: str
    short_forms: tuple[str, ...]
    middle: str
    suffix: str
    surnames: tuple[Spell[str], ...]
    born: str
    occupation: Occupation
    since: float
    homes: tuple[Spell[Home], ...]
    jobs: tuple[Spell[Job], ...]
    emails: tuple[Spell[str], ...]
    mobiles: tuple[Spell[str], ...]
    shared_email: str
    linkedin: str
    github: str
    skills: tuple[str, ...]
    opted_out: float


def as_of(spells: Sequence[Spell[T]], year: float) -> int:
    """Find the position of the value that holds in a year (the first, before any)."""
    at = len(spells) - 1
    while at > 0 and spells[at][0] > year:
        at -= 1
    return at


def surname_of(draw: Draw, culture: Culture, *, name: str) -> str:
    """Draw a surname: a common one by rank, or a rare one composed of parts; in Spain and Brazil often two."""
    if name == "spanish" or (name == "portuguese" and draw.chance(0.5)):
        return f"{_one_surname(draw, culture)} {_one_surname(draw, culture)}"
    if draw.chance(0.02):
        return f"{_one_surname(draw, culture)}-{_one_surname(draw, culture)}"
    return _one_surname(draw, culture)


def _one_surname(draw: Draw, culture: Culture) -> str:
    if draw.chance(culture.rare):
        return draw.pick(culture.heads) + draw.pick(_BETWEEN) + draw.pick(culture.tails)
    return draw.weigh(culture.surnames)


def town_of(draw: Draw, country: Country) -> str:
    """Compose the name of a small town, or take a city where towns are not named so."""
    if country.towns is None:
        return draw.weigh(country.cities).name
    return draw.pick(country.towns.heads) + draw.pick(country.towns.tails)


def company_slug(name: str) -> str:
    """Write a name as a host would be called."""
    return "".join(letter for letter in plain(name, german=True).lower() if letter.isalnum())
