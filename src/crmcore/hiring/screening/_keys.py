"""What spellings of one skill, town or country have in common; both forms of screening compare by these."""

from __future__ import annotations

from functools import cache, lru_cache

from crmcore.hiring.screening.experience import words_of
from crmcore.hygiene.folding import fold
from crmcore.hygiene.gazetteer import Gazetteer
from crmcore.hygiene.places import clean_country
from crmcore.hygiene.skills import clean_skill

__all__ = ["city_key", "country_key", "skill_key"]


@lru_cache(maxsize=65_536)
def skill_key(name: str) -> str:
    """Return what spellings and usual short names of one skill have in common.

    >>> skill_key("JS") == skill_key("javascript"), skill_key("Machine-Learning"), skill_key("C") == skill_key("C++")
    (True, 'machine learning', False)
    """
    usual = clean_skill(name).value or name
    return words_of(usual) or fold(usual)


@lru_cache(maxsize=16_384)
def city_key(name: str) -> str:
    """Return what the names of one town have in common, as far as it is known; else the folded name.

    >>> city_key("Den Haag") == city_key("The Hague"), city_key("Muenchen") == city_key("München"), city_key("Ede")
    (True, True, 'ede')
    """
    place = _places().find(fold(name)) if name else None
    return fold(name) if place is None else fold(place.names[0])


@cache
def _places() -> Gazetteer:
    return Gazetteer.built_in()


@lru_cache(maxsize=4_096)
def country_key(name: str) -> str:
    """Return what names and codes of one country have in common; of what is none that is known, the folded text.

    >>> country_key("Nederland"), country_key("NL"), country_key("Utopia")
    ('nl', 'nl', 'utopia')
    """
    country = clean_country(name).value
    return fold(name) if country is None else country.alpha2.lower()
