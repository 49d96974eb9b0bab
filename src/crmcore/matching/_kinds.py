"""How the values of each role are compared: their normal form, levels, and how often those come by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.hygiene.roles import Role
from crmcore.matching import _normal, _similarity
from crmcore.matching._skills import overlap
from crmcore.matching.blocking.coarse import AS_IT_IS, HALF, LOCAL_PART, MONTH_AND_DAY, SKELETON, meant_name, prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from crmcore.matching._texts import Texts

__all__ = ["DATE", "EVIDENCE", "GIVEN_NAME", "KINDS", "NAME", "ONE_SET", "WORDS", "Kind"]


@attrs.frozen(kw_only=True)
class Kind:
    """A way to compare values.

    Attributes:
        key: from a text to the normal form that is compared.
        levels: agreement levels of unequal normal forms.
        labels: what each level means, from 0; the last one is equality.
        chance: how often two different people reach each level, roughly, among people at large. It stands in where a
            table is too small to tell; it was not fitted to any.
        differs: at most this share of the records of one person differ in it altogether. People change jobs and
            mailboxes more than names and birthdays; without such a bound a table of relatives would teach that given
            names differ.
        keys: name -> a coarser form of the normal form, for finding candidates; "" is the normal form itself.

    """

    key: Callable[[str], str | None]
    levels: Callable[[Texts, NDArray[np.integer[Any]], NDArray[np.integer[Any]]], NDArray[np.uint8]]
    labels: tuple[str, ...]
    chance: tuple[float, ...]
    differs: float
    keys: Mapping[str, Callable[[str], str | None]]

    @property
    def top(self) -> int:
        """The level of equal values."""
        return len(self.labels) - 1


_NAME_KEYS = {"": AS_IT_IS, "skeleton": SKELETON, "start": prefix(2)}
_FUZZY = ("different", "somewhat alike", "alike", "nearly the same", "the same")

GIVEN_NAME = Kind(
    key=_normal.name_key,
    levels=_similarity.given_name,
    labels=("different", "somewhat alike, or an initial", "alike", "nearly the same, or a nickname", "the same"),
    chance=(0.97, 0.012, 0.004, 0.004, 0.01),
    differs=0.2,
    keys={**_NAME_KEYS, "initial": prefix(1), "meant": meant_name},
)
NAME = Kind(
    key=_normal.name_key,
    levels=_similarity.family_name,
    labels=(*_FUZZY[:3], "nearly the same, or one of two names", "the same"),
    chance=(0.985, 0.008, 0.002, 0.001, 0.004),
    differs=0.2,
    keys=_NAME_KEYS,
)
WORDS = Kind(
    key=_normal.text_key,
    levels=_similarity.words,
    labels=("different", "half of the words alike", "one contains the other", "the same"),
    chance=(0.95, 0.03, 0.01, 0.01),
    differs=0.5,
    keys={"": AS_IT_IS},
)
DATE = Kind(
    key=_normal.date_key,
    levels=_similarity.date,
    labels=(
        "different",
        "the same year",
        "two slips, or day or month differs",
        "one slip, day and month swapped, or one part off by one",
        "the same",
    ),
    chance=(0.95, 0.02, 0.025, 0.0047, 0.0003),
    differs=0.2,
    keys={"": AS_IT_IS, "year": prefix(4), "month and day": MONTH_AND_DAY},
)
EMAIL = Kind(
    key=_normal.email_key,
    levels=_similarity.email,
    labels=("different", "an alike name before the @", "the same name before the @, or a slip", "the same"),
    chance=(0.9997, 0.0001, 0.0001, 0.0001),
    differs=0.7,
    keys={"": AS_IT_IS, "name": LOCAL_PART},
)
PHONE = Kind(
    key=_normal.phone_key,
    levels=_similarity.code,
    labels=("different", "one digit differs", "the same"),
    chance=(0.9998, 0.0001, 0.0001),
    differs=0.7,
    keys={"": AS_IT_IS},
)
CODE = Kind(
    key=_normal.code_key,
    levels=_similarity.code,
    labels=("different", "one sign differs", "the same"),
    chance=(0.998, 0.001, 0.001),
    differs=0.3,
    keys={"": AS_IT_IS},
)
POSTCODE = Kind(
    key=_normal.code_key,
    levels=_similarity.postcode,
    labels=("different", "the same district", "one sign differs", "the same"),
    chance=(0.99, 0.008, 0.001, 0.001),
    differs=0.6,
    keys={"": AS_IT_IS, "district": HALF},
)
PLACE = Kind(
    key=_normal.plain_key,
    levels=_similarity.place,
    labels=("different", "alike", "nearly the same, or contained", "the same"),
    chance=(0.95, 0.01, 0.01, 0.03),
    differs=0.5,
    keys={"": AS_IT_IS},
)
TEXT = Kind(
    key=_normal.text_key,
    levels=_similarity.text,
    labels=("different", "partly alike", "nearly the same, or contained", "the same"),
    chance=(0.96, 0.025, 0.005, 0.01),
    differs=0.7,
    keys={"": AS_IT_IS},
)
COMPANY = attrs.evolve(TEXT, key=_normal.company_key)
EXACT = Kind(
    key=_normal.plain_key,
    levels=_similarity.exact,
    labels=("different", "the same"),
    chance=(0.95, 0.05),
    differs=0.7,
    keys={"": AS_IT_IS},
)
COUNTRY = attrs.evolve(EXACT, key=_normal.country_key, chance=(0.7, 0.3), differs=0.2, keys={})
SKILLS = Kind(
    key=_normal.skills_key,
    levels=overlap,
    labels=("nothing in common", "some in common", "a third in common", "most in common", "the same"),
    chance=(0.85, 0.08, 0.05, 0.015, 0.005),
    differs=0.5,
    keys={"": AS_IT_IS},
)
LINKEDIN = attrs.evolve(EXACT, key=_normal.linkedin_key, chance=(0.9999, 0.0001), differs=0.5)
GITHUB = attrs.evolve(LINKEDIN, key=_normal.github_key)
URL = attrs.evolve(LINKEDIN, key=_normal.url_key)

KINDS: Mapping[Role, Kind] = {
    Role.GIVEN_NAME: GIVEN_NAME,
    Role.FAMILY_NAME: NAME,
    Role.MIDDLE_NAME: WORDS,
    Role.PREFERRED_NAME: GIVEN_NAME,
    Role.EMAIL: EMAIL,
    Role.PHONE: PHONE,
    Role.DATE_OF_BIRTH: DATE,
    Role.BIRTH_PLACE: PLACE,
    Role.NATIONAL_ID: CODE,
    Role.HOUSE_NUMBER: CODE,
    Role.STREET: TEXT,
    Role.ADDRESS: TEXT,
    Role.CITY: PLACE,
    Role.REGION: EXACT,
    Role.POSTCODE: POSTCODE,
    Role.COMPANY: COMPANY,
    Role.JOB_TITLE: TEXT,
    Role.COUNTRY: COUNTRY,
    Role.SKILLS: SKILLS,
    Role.LINKEDIN: LINKEDIN,
    Role.GITHUB: GITHUB,
    Role.URL: URL,
    Role.OTHER_DATE: DATE,
    Role.TEXT: TEXT,
    Role.CATEGORY: EXACT,
}
"""The roles that are evidence, and how they are compared. Gender, status, source and the like are none."""

EVIDENCE = frozenset({*KINDS, Role.FULL_NAME})
"""The roles of columns that are looked at."""

ONE_SET = frozenset({Role.EMAIL, Role.PHONE, Role.COMPANY, Role.LINKEDIN, Role.GITHUB, Role.URL, Role.NATIONAL_ID})
"""Several columns of such a role are one set of values: any of one record's against any of the other's."""
