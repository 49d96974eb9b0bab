"""From columns with roles to the features that are compared."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.hygiene.dates import guess_day_first
from crmcore.hygiene.roles import Role
from crmcore.matching import _normal, _similarity
from crmcore.matching._employers import employers_by_domain
from crmcore.matching._encoding import encode
from crmcore.matching._name_columns import (
    NAME_ROLES,
    first_texts,
    further_names,
    handles_in,
    local_name,
    names_as_written,
    with_full_name,
)
from crmcore.matching._name_units import read_names
from crmcore.matching._sharing import POINTS, shared_values, without_values
from crmcore.matching._skills import overlap
from crmcore.matching.blocking.coarse import AS_IT_IS, HALF, LOCAL_PART, MONTH_AND_DAY, SKELETON, prefix
from crmcore.matching.encoding.coded import code, without_repeats
from crmcore.matching.encoding.columns import Column, raw_of
from crmcore.matching.encoding.normal import normaliser_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.matching._name_units import NameCounts
    from crmcore.matching._texts import Texts
    from crmcore.matching.encoding.coded import Coded
    from crmcore.matching.encoding.strings import Strings
    from crmcore.ports import Cell

__all__ = [
    "EVIDENCE",
    "KINDS",
    "NAME_ROLES",
    "ONE_SET",
    "Feature",
    "Kind",
    "Told",
    "build_features",
    "day_first_in",
    "first_texts",
    "local_name",
    "names_as_written",
    "read_features",
    "with_full_name",
]


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
    keys=_NAME_KEYS,
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


@attrs.frozen(kw_only=True)
class Feature:
    """One comparison, made ready.

    Attributes:
        name: what explanations call it: the header, or the role where it comes from several columns.
        role: what it means.
        columns: the headers that it is made of.
        kind: how its values are compared.
        data: its values, coded; the commonest value has code 0.

    """

    name: str
    role: Role
    columns: tuple[str, ...]
    kind: Kind
    data: Coded

    def on(self, rows: NDArray[np.int64]) -> Feature:
        """Return the same feature for some rows only."""
        return attrs.evolve(self, data=self.data.on(rows))


def build_features(columns: Mapping[str, Sequence[Cell]], roles: Mapping[str, Role]) -> list[Feature]:
    """Make one feature of each column whose role is evidence, names as given, family and other names."""
    features = _with_employers(_without_shared(read_features(columns, roles)))
    return [feature for feature in features if feature.data.known.any()]


@attrs.frozen(kw_only=True)
class Told:
    """What a whole table tells of how to read some of its rows.

    Attributes:
        names: from words to how often each stands as given and as family name.
        full_name: the column of full names that is read, if there is one.
        day_first: columns of dates that are compared together -> whether the day stands before the month.

    """

    names: Callable[[Strings], NameCounts]
    full_name: str | None
    day_first: Mapping[tuple[str, ...], bool | None]


def read_features(
    columns: Mapping[str, Sequence[Cell]], roles: Mapping[str, Role], *, told: Told | None = None
) -> list[Feature]:
    """Make the features, before it is known which values nobody owns, and whose employer a domain tells.

    Args:
        columns: the table, or some rows of it.
        roles: what its columns hold.
        told: what the whole table tells, if these are some rows.

    """
    by_role: dict[Role, list[str]] = {}
    for header, role in roles.items():
        if role is not Role.FULL_NAME or told is None or header == told.full_name:
            by_role.setdefault(role, []).append(header)
    features = _names(columns, by_role, told)
    for role, kind in KINDS.items():
        if role in NAME_ROLES:
            continue
        headers = by_role.get(role, [])
        groups = [tuple(headers)] if role in ONE_SET and headers else [(header,) for header in headers]
        features += [_feature(role, group, kind, columns, told) for group in groups]
    return features


def _with_employers(features: Sequence[Feature]) -> list[Feature]:
    """Add, to the companies of each row, those that its e-mail addresses tell."""
    by_role = {feature.role: feature for feature in features}
    companies, emails = by_role.get(Role.COMPANY), by_role.get(Role.EMAIL)
    if companies is None or emails is None:
        return list(features)
    told = employers_by_domain(emails.data, companies.data)
    if not (told >= 0).any():
        return list(features)
    both = attrs.evolve(
        companies,
        columns=(*companies.columns, *emails.columns),
        data=attrs.evolve(companies.data, codes=without_repeats(np.concatenate([companies.data.codes, told], axis=1))),
    )
    return [both if feature is companies else feature for feature in features]


def _without_shared(features: Sequence[Feature]) -> list[Feature]:
    """Take out the contact points that are nobody's own."""
    surnames = next((feature.data for feature in features if feature.role is Role.FAMILY_NAME), None)
    return [
        feature
        if surnames is None or feature.role not in POINTS
        else attrs.evolve(
            feature,
            data=without_values(feature.data, shared_values(feature.data, surnames)),
        )
        for feature in features
    ]


def _feature(
    role: Role, headers: tuple[str, ...], kind: Kind, columns: Mapping[str, Sequence[Cell]], told: Told | None
) -> Feature:
    cells = [columns[header] for header in headers]
    key = kind.key
    if kind is DATE:
        key = partial(_normal.date_key, day_first=day_first_in(cells) if told is None else told.day_first[headers])
    data = encode(cells, key)
    return Feature(
        name=headers[0] if len(headers) == 1 else role.value, role=role, columns=headers, kind=kind, data=data
    )


def day_first_in(columns: Sequence[Sequence[Cell]]) -> bool | None:
    """Tell from the values themselves whether 03/04/2019 is in April, if they tell it."""
    return guess_day_first(text for cells in columns for text in raw_of(cells).values)


def _names(
    columns: Mapping[str, Sequence[Cell]], by_role: Mapping[Role, list[str]], told: Told | None
) -> list[Feature]:
    """Read given, other and family names from all columns of names together; see `read_names`."""
    given, family, other, full = (by_role.get(role, []) for role in NAME_ROLES)
    headers = [*given, *family, *full, *other]
    if not headers:
        return []
    firsts, lasts, others = names_as_written(columns, by_role)
    units = read_names(
        firsts,
        lasts,
        others if other or full else None,
        handles=handles_in(columns, by_role),
        told=None if told is None else told.names,
    )
    read = (
        (Role.GIVEN_NAME, GIVEN_NAME, given, ("given",)),
        (Role.FAMILY_NAME, NAME, family, ("family", "born")),
        (Role.MIDDLE_NAME, WORDS, other, ("other",)),
    )
    nothing = Column.gaps(len(columns[headers[0]])).raw
    return [
        Feature(
            name=own[0] if own else role.value,
            role=role,
            columns=tuple(own or full or headers),
            kind=kind,
            data=code(
                [*filter(None, map(units.column, parts)), *further_names(own, columns)] or [nothing],
                normaliser_of(kind.key),
            ),
        )
        for role, kind, own, parts in read
    ]
