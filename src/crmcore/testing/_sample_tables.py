"""The facts that the sample is made from: names, places, employers, as tab-separated tables beside this module.

The tables were written for crmcore. Within a culture the common names stand first; the sample weighs them by rank.
Surnames have a second, long tail that is composed of parts, since no list of a few hundred names repeats as rarely as
real ones.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib.resources import files

import attrs

from crmcore.testing._sample_draw import Weighted, zipf

__all__ = ["City", "Country", "Culture", "Occupation", "Tables", "tables"]


@attrs.frozen(kw_only=True)
class Culture:
    """How people of one culture are called: given names by sex, with their short forms, and surnames."""

    given: dict[str, Weighted[tuple[str, tuple[str, ...]]]]
    surnames: Weighted[str]
    heads: tuple[str, ...]
    tails: tuple[str, ...]
    rare: float


@attrs.frozen(kw_only=True)
class City:
    """A city with the patterns of its fixed lines and postcodes (``#`` digit, ``@`` letter)."""

    name: str
    landlines: tuple[str, ...]
    postcodes: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Country:
    """A country: its dialling habits, its streets, its cities, and who lives there."""

    code: str
    name: str
    dial: str
    trunk: str
    mobiles: tuple[str, ...]
    groups: tuple[tuple[int, ...], ...]
    streets: tuple[str, ...]
    number_first: bool
    towns: Culture | None
    cities: Weighted[City]
    cultures: Weighted[str]
    legal_forms: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Occupation:
    """A family of jobs with its titles and skills, common ones first."""

    family: str
    titles: Weighted[str]
    skills: Weighted[str]


@attrs.frozen(kw_only=True)
class Tables:
    """All that the sample knows of the world."""

    cultures: dict[str, Culture]
    countries: Weighted[Country]
    occupations: Weighted[Occupation]
    company_words: tuple[str, ...]
    company_fields: tuple[str, ...]
    agency_words: tuple[str, ...]


# The share of people whose surname is none of the common ones. The hundred commonest cover nearly all of China, half
# of Spain and a quarter of England or Germany; seven, three and one in a hundred bear the commonest one.
_RARE = {
    "chinese": 0.03,
    "indian": 0.4,
    "arabic": 0.4,
    "portuguese": 0.4,
    "spanish": 0.45,
    "nordic": 0.5,
    "turkish": 0.5,
}


@cache
def tables() -> Tables:
    """Read the tables once."""
    cultures = _cultures()
    companies = {row["kind"]: tuple(row["values"].split("|")) for row in _read("companies")}
    return Tables(
        cultures=cultures,
        countries=_countries(cultures, companies),
        occupations=Weighted.of(
            (
                Occupation(
                    family=row["family"],
                    titles=zipf(row["titles"].split("|"), exponent=0.7),
                    skills=zipf(row["skills"].split("|"), exponent=0.7),
                ),
                float(row["weight"]),
            )
            for row in _read("occupations")
        ),
        company_words=companies["word"],
        company_fields=companies["field"],
        agency_words=companies["agency"],
    )


def _read(name: str) -> list[dict[str, str]]:
    text = files("crmcore.testing").joinpath("data", f"{name}.tsv").read_text(encoding="utf-8")
    header, *lines = (line.split("\t") for line in text.splitlines())
    return [dict(zip(header, line, strict=True)) for line in lines]


def _cultures() -> dict[str, Culture]:
    given: dict[str, dict[str, list[tuple[str, tuple[str, ...]]]]] = defaultdict(lambda: defaultdict(list))
    surnames: dict[str, list[str]] = defaultdict(list)
    parts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in _read("given_names"):
        given[row["culture"]][row["sex"]].append((row["name"], tuple(filter(None, row["short_forms"].split("|")))))
    for row in _read("surnames"):
        surnames[row["culture"]].append(row["name"])
    for row in _read("surname_parts"):
        parts[row["culture"], row["place"]].append(row["part"])
    return {
        culture: Culture(
            given={sex: zipf(names, exponent=0.6, offset=8) for sex, names in by_sex.items()},
            surnames=zipf(surnames[culture], exponent=0.8, offset=6),
            heads=tuple(parts[culture, "head"]),
            tails=tuple(parts[culture, "tail"]),
            rare=_RARE.get(culture, 0.65),
        )
        for culture, by_sex in given.items()
    }


def _countries(cultures: dict[str, Culture], companies: dict[str, tuple[str, ...]]) -> Weighted[Country]:
    cities: dict[str, list[tuple[City, float]]] = defaultdict(list)
    for row in _read("cities"):
        city = City(
            name=row["city"],
            landlines=tuple(row["landlines"].split("|")),
            postcodes=tuple(row["postcodes"].split("|")),
        )
        cities[row["country"]].append((city, float(row["weight"])))
    streets: dict[str, list[str]] = defaultdict(list)
    number_first: dict[str, bool] = {}
    for row in _read("streets"):
        streets[row["streets"]].append(row["name"])
        number_first[row["streets"]] = row["order"] == "number-first"
    return Weighted.of(
        (
            Country(
                code=row["code"],
                name=row["name"],
                dial=row["dial"],
                trunk=row["trunk"],
                mobiles=tuple(filter(None, row["mobiles"].split("|"))),
                groups=tuple(tuple(int(size) for size in style.split()) for style in row["groups"].split("|")),
                streets=tuple(streets[row["streets"]]),
                number_first=number_first[row["streets"]],
                towns=cultures.get(row["towns"]),
                cities=Weighted.of(cities[row["code"]]),
                cultures=Weighted.of(
                    (culture, float(weight))
                    for culture, _, weight in (part.partition(":") for part in row["cultures"].split())
                ),
                legal_forms=companies[f"form:{row['code']}"],
            ),
            float(row["weight"]),
        )
        for row in _read("countries")
    )
