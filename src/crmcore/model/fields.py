"""The catalogue: each field of a contact once, with its type, its sensitivity, its cleaner and its role.

Queries are checked by it, columns are made from it, masks follow it, columns of files are cleaned by it. Custom fields
become entries like any other.
"""

from __future__ import annotations

from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import UnknownColumn
from crmcore.hygiene.roles import Role
from crmcore.model.custom import CustomField, CustomFieldType
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["CONTACT_FIELDS", "Catalogue", "FieldSpec", "FieldType", "Sensitivity", "catalogue"]


class Sensitivity(StrEnum):
    """Who may see a field, before any rule of the host."""

    INTERNAL = "internal"
    """Says nothing of the person by itself, such as the owner."""
    PERSONAL = "personal"
    CONFIDENTIAL = "confidential"
    """Pay, notes, private custom fields: hidden unless granted."""
    SPECIAL = "special"
    """Identity numbers and what the law guards more than the rest."""


@attrs.frozen(kw_only=True)
class FieldSpec:
    """One entry of the catalogue.

    Attributes:
        key: the stable name that queries and mappings use.
        path: attributes from the record to the value; of a collection, the attribute of each item.
        type: how values compare.
        sensitivity: who may see it.
        cleaner: ``module.function`` within `crmcore.hygiene`, or empty where text is taken as it is.
        role: what a column of a file that holds it is called in `crmcore.hygiene.roles`, if any.
        is_indexed: whether storage keeps a lookup key for it.
        is_multi: whether a record holds several.
        options: the words that a choice allows; empty means any.

    """

    key: str
    path: str
    type: FieldType = FieldType.TEXT
    sensitivity: Sensitivity = Sensitivity.PERSONAL
    cleaner: str = ""
    role: Role | None = None
    is_indexed: bool = False
    is_multi: bool = False
    options: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        """The attribute of the record under which the value stands."""
        return self.path.partition(".")[0]


def _one(key: str, path: str = "", *, role: Role | None = None, cleaner: str = "", **more: object) -> FieldSpec:
    return FieldSpec(key=key, path=path or key, role=role, cleaner=cleaner, **more)  # type: ignore[arg-type]


def _many(key: str, path: str, *, role: Role | None = None, cleaner: str = "", **more: object) -> FieldSpec:
    return _one(key, path, role=role, cleaner=cleaner, is_multi=True, **more)


INTERNAL, CONFIDENTIAL, SPECIAL = Sensitivity.INTERNAL, Sensitivity.CONFIDENTIAL, Sensitivity.SPECIAL
DATE, INSTANT, NUMBER, CHOICE = FieldType.DATE, FieldType.INSTANT, FieldType.NUMBER, FieldType.CHOICE

CONTACT_FIELDS: tuple[FieldSpec, ...] = (
    _one("id", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    _one("full_name", "name.full", role=Role.FULL_NAME, cleaner="names.clean_name"),
    _one("given_name", "name.given", role=Role.GIVEN_NAME),
    _one("middle_name", "name.middle", role=Role.MIDDLE_NAME),
    _one("family_name", "name.family", role=Role.FAMILY_NAME),
    _one("name_prefix", "name.prefix", role=Role.NAME_PREFIX),
    _one("name_suffix", "name.suffix", role=Role.NAME_SUFFIX),
    _one("preferred_name", "name.preferred", role=Role.PREFERRED_NAME),
    _one("headline", role=Role.JOB_TITLE, cleaner="skills.clean_job_title"),
    _one("born", role=Role.DATE_OF_BIRTH, cleaner="dates.clean_date", type=DATE, sensitivity=SPECIAL),
    _one("birth_place", role=Role.BIRTH_PLACE, sensitivity=SPECIAL),
    _one("gender", role=Role.GENDER, sensitivity=SPECIAL),
    _one("national_id", role=Role.NATIONAL_ID, sensitivity=SPECIAL),
    _many(
        "email", "emails.normal", role=Role.EMAIL, cleaner="emails.clean_email", type=FieldType.EMAIL, is_indexed=True
    ),
    _many("email_state", "emails.status.state", type=CHOICE, sensitivity=INTERNAL),
    _many(
        "phone", "phones.normal", role=Role.PHONE, cleaner="phones.clean_phone", type=FieldType.PHONE, is_indexed=True
    ),
    _many("phone_state", "phones.status.state", type=CHOICE, sensitivity=INTERNAL),
    _many("address", "addresses.raw", role=Role.ADDRESS, cleaner="places.clean_street"),
    _many("house_number", "addresses.house_number", role=Role.HOUSE_NUMBER),
    _many("street", "addresses.street", role=Role.STREET),
    _many("city", "addresses.city", role=Role.CITY),
    _many("region", "addresses.region", role=Role.REGION),
    _many("postcode", "addresses.postcode", role=Role.POSTCODE),
    _many("country", "addresses.country", role=Role.COUNTRY, cleaner="places.clean_country"),
    _many("url", "links.normal", role=Role.URL, cleaner="urls.clean_url", type=FieldType.URL),
    _many(
        "linkedin", "links.handle", role=Role.LINKEDIN, cleaner="urls.clean_url", type=FieldType.URL, is_indexed=True
    ),
    _many("github", "links.handle", role=Role.GITHUB, cleaner="urls.clean_url", type=FieldType.URL, is_indexed=True),
    _many("role", "roles", type=CHOICE, sensitivity=INTERNAL),
    _many("company", "affiliations.name", role=Role.COMPANY, cleaner="companies.clean_company", sensitivity=INTERNAL),
    _many("job_title", "affiliations.title", cleaner="skills.clean_job_title", sensitivity=INTERNAL),
    _many("organisation", "affiliations.organisation", type=FieldType.ID, sensitivity=INTERNAL),
    _many("employer", "employments.company"),
    _many("education", "educations.institution"),
    _many("skill", "skills.name", role=Role.SKILLS, cleaner="skills.clean_skills"),
    _many("language", "languages.key", role=Role.LANGUAGES),
    _one("salary_minimum", "salary.minimum", role=Role.SALARY, type=NUMBER, sensitivity=CONFIDENTIAL),
    _one("salary_maximum", "salary.maximum", type=NUMBER, sensitivity=CONFIDENTIAL),
    _one("salary_currency", "salary.currency", sensitivity=CONFIDENTIAL),
    _one("salary_period", "salary.period", type=CHOICE, sensitivity=CONFIDENTIAL),
    _one("time_zone", role=Role.TIME_ZONE),
    _one("locale", role=Role.LOCALE),
    _many("tag", "tags", role=Role.TAGS, sensitivity=INTERNAL),
    _many(
        "external_id", "external_ids.key", role=Role.RECORD_ID, type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True
    ),
    _one("owner", type=FieldType.ID, sensitivity=INTERNAL),
    _many("follower", "followers", type=FieldType.ID, sensitivity=INTERNAL),
    _one("origin", type=CHOICE, sensitivity=INTERNAL),
    _many("source", "touches.source", role=Role.SOURCE, sensitivity=INTERNAL),
    _many("touched_at", "touches.at", type=INSTANT, sensitivity=INTERNAL),
    _many("credited", "credits.id", type=FieldType.ID, sensitivity=INTERNAL),
    _many("consent_purpose", "consents.purpose", sensitivity=INTERNAL),
    _many("consent_decision", "consents.decision", type=CHOICE, sensitivity=INTERNAL),
    _one("do_not_contact_since", "do_not_contact.since", type=INSTANT, sensitivity=INTERNAL),
    _one("is_private", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
    _one("linked_user", type=FieldType.ID, sensitivity=INTERNAL),
    _one("created_at", role=Role.CREATED_AT, cleaner="dates.clean_date", type=DATE, sensitivity=INTERNAL),
)
"""Every field of a ContactRecord, in the order in which forms and exports show them."""

CUSTOM_TYPES: dict[CustomFieldType, tuple[FieldType, str]] = {
    CustomFieldType.TEXT: (FieldType.TEXT, ""),
    CustomFieldType.LONG_TEXT: (FieldType.LONG_TEXT, ""),
    CustomFieldType.NUMBER: (FieldType.NUMBER, ""),
    CustomFieldType.INTEGER: (FieldType.INTEGER, ""),
    CustomFieldType.BOOLEAN: (FieldType.BOOLEAN, ""),
    CustomFieldType.DATE: (FieldType.DATE, "dates.clean_date"),
    CustomFieldType.CHOICE: (FieldType.CHOICE, ""),
    CustomFieldType.CHOICES: (FieldType.CHOICE, ""),
    CustomFieldType.EMAIL: (FieldType.EMAIL, "emails.clean_email"),
    CustomFieldType.PHONE: (FieldType.PHONE, "phones.clean_phone"),
    CustomFieldType.URL: (FieldType.URL, "urls.clean_url"),
    CustomFieldType.USER: (FieldType.ID, ""),
}


@attrs.frozen
class Catalogue:
    """Fields under their keys; asking for one that is not there offers the nearest."""

    by_key: dict[str, FieldSpec]

    def __getitem__(self, key: str) -> FieldSpec:
        try:
            return self.by_key[key]
        except KeyError:
            near = get_close_matches(key, self.by_key, n=3)
            raise UnknownColumn(key, near or self.by_key) from None

    def __contains__(self, key: object) -> bool:
        return key in self.by_key

    def __iter__(self) -> Iterator[FieldSpec]:
        return iter(self.by_key.values())

    def __len__(self) -> int:
        return len(self.by_key)

    def for_role(self, role: Role) -> FieldSpec | None:
        """Return the field that a column of that role fills, if any."""
        return next((spec for spec in self.by_key.values() if spec.role is role), None)

    def with_custom(self, definitions: Iterable[CustomField]) -> Catalogue:
        """Add the custom fields of contacts as entries ``custom.<key>``."""
        more = {spec.key: spec for spec in map(_spec_of, definitions) if spec is not None}
        return Catalogue({**self.by_key, **more})


def _spec_of(definition: CustomField) -> FieldSpec | None:
    if definition.applies_to != "contact":
        return None
    type_, cleaner = CUSTOM_TYPES[definition.type]
    path = f"custom.{definition.key}"
    return FieldSpec(
        key=path,
        path=path,
        type=type_,
        sensitivity=Sensitivity.CONFIDENTIAL if definition.is_private else Sensitivity.PERSONAL,
        cleaner=cleaner,
        is_indexed=definition.is_indexed,
        is_multi=definition.type is CustomFieldType.CHOICES,
        options=tuple(option.key for option in definition.options),
    )


def catalogue(definitions: Iterable[CustomField] = ()) -> Catalogue:
    """Return the catalogue of contacts, with those custom fields.

    >>> catalogue()["email"].path
    'emails.normal'
    """
    return Catalogue({spec.key: spec for spec in CONTACT_FIELDS}).with_custom(definitions)
