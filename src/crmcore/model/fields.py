"""The catalogue: each field of a contact once, with its type, its sensitivity, its cleaner and its role.

Queries are checked by it, columns are made from it, masks follow it, columns of files are cleaned by it. Custom fields
become entries like any other.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import UnknownColumn
from crmcore.hygiene.roles import Role
from crmcore.model.attribution import Origin
from crmcore.model.channels import ChannelState
from crmcore.model.consent import Decision
from crmcore.model.custom import CustomField, CustomFieldType, UnknownOption
from crmcore.model.field import FieldSpec, Sensitivity, many, one
from crmcore.model.money import PayPeriod
from crmcore.model.roles import ContactRole
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["CONTACT_FIELDS", "Catalogue", "FieldSpec", "FieldType", "Sensitivity", "catalogue", "spec_of"]


INTERNAL, CONFIDENTIAL, SPECIAL = Sensitivity.INTERNAL, Sensitivity.CONFIDENTIAL, Sensitivity.SPECIAL
DATE, INSTANT, NUMBER, CHOICE = FieldType.DATE, FieldType.INSTANT, FieldType.NUMBER, FieldType.CHOICE

CONTACT_FIELDS: tuple[FieldSpec, ...] = (
    one("id", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    one("full_name", "name.full", role=Role.FULL_NAME, cleaner="names.clean_name"),
    one("given_name", "name.given", role=Role.GIVEN_NAME, is_indexed=True),
    one("middle_name", "name.middle", role=Role.MIDDLE_NAME),
    one("family_name", "name.family", role=Role.FAMILY_NAME, is_indexed=True),
    one("name_prefix", "name.prefix", role=Role.NAME_PREFIX),
    one("name_suffix", "name.suffix", role=Role.NAME_SUFFIX),
    one("preferred_name", "name.preferred", role=Role.PREFERRED_NAME),
    one("headline", role=Role.JOB_TITLE, cleaner="skills.clean_job_title"),
    one("born", role=Role.DATE_OF_BIRTH, cleaner="dates.clean_date", type=DATE, sensitivity=SPECIAL),
    one("birth_place", role=Role.BIRTH_PLACE, sensitivity=SPECIAL),
    one("gender", role=Role.GENDER, sensitivity=SPECIAL),
    one("national_id", role=Role.NATIONAL_ID, sensitivity=SPECIAL),
    many(
        "email", "emails.normal", role=Role.EMAIL, cleaner="emails.clean_email", type=FieldType.EMAIL, is_indexed=True
    ),
    many("email_type", "emails.type", type=CHOICE, sensitivity=INTERNAL),
    many("email_is_primary", "emails.is_primary", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
    many("email_state", "emails.status.state", type=CHOICE, options=ChannelState, sensitivity=INTERNAL),
    many(
        "phone", "phones.normal", role=Role.PHONE, cleaner="phones.clean_phone", type=FieldType.PHONE, is_indexed=True
    ),
    many("phone_state", "phones.status.state", type=CHOICE, options=ChannelState, sensitivity=INTERNAL),
    many("address", "addresses.raw", role=Role.ADDRESS, cleaner="places.clean_street"),
    many("house_number", "addresses.house_number", role=Role.HOUSE_NUMBER),
    many("street", "addresses.street", role=Role.STREET),
    many("city", "addresses.city", role=Role.CITY, is_indexed=True),
    many("region", "addresses.region", role=Role.REGION),
    many("postcode", "addresses.postcode", role=Role.POSTCODE),
    many("country", "addresses.country", role=Role.COUNTRY, cleaner="places.clean_country"),
    many("latitude", "addresses.latitude", type=NUMBER),
    many("longitude", "addresses.longitude", type=NUMBER),
    many("url", "links.normal", role=Role.URL, cleaner="urls.clean_url", type=FieldType.URL),
    many(
        "linkedin", "links.linkedin", role=Role.LINKEDIN, cleaner="urls.clean_url", type=FieldType.URL, is_indexed=True
    ),
    many("github", "links.github", role=Role.GITHUB, cleaner="urls.clean_url", type=FieldType.URL, is_indexed=True),
    many("role", "roles", type=CHOICE, options=ContactRole, sensitivity=INTERNAL),
    many("company", "affiliations.name", role=Role.COMPANY, cleaner="companies.clean_company", sensitivity=INTERNAL),
    many("job_title", "affiliations.title", cleaner="skills.clean_job_title", sensitivity=INTERNAL),
    many("organisation", "affiliations.organisation", type=FieldType.ID, sensitivity=INTERNAL),
    many("affiliation_role", "affiliations.role", sensitivity=INTERNAL),
    many("affiliated_since", "affiliations.since", type=DATE, sensitivity=INTERNAL),
    many("affiliated_until", "affiliations.until", type=DATE, sensitivity=INTERNAL),
    many("affiliation_is_inactive", "affiliations.is_inactive", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
    many("employer", "employments.company"),
    many("employment_title", "employments.title"),
    many("employment_organisation", "employments.organisation", type=FieldType.ID),
    many("employment_started", "employments.started", type=DATE),
    many("employment_ended", "employments.ended", type=DATE),
    many("employment_is_current", "employments.is_current", type=FieldType.BOOLEAN),
    many("education", "educations.institution"),
    many("degree", "educations.degree"),
    many("education_subject", "educations.subject"),
    many("education_started", "educations.started", type=DATE),
    many("education_ended", "educations.ended", type=DATE),
    many("skill", "skills.name", role=Role.SKILLS, cleaner="skills.clean_skills", is_indexed=True),
    many("skill_level", "skills.rank", type=FieldType.INTEGER, item_key="level"),
    many("language", "languages.key", role=Role.LANGUAGES),
    many("language_level", "languages.rank", type=FieldType.INTEGER, item_key="level"),
    one("salary_minimum", "salary.minimum", role=Role.SALARY, type=NUMBER, sensitivity=CONFIDENTIAL),
    one("salary_maximum", "salary.maximum", type=NUMBER, sensitivity=CONFIDENTIAL),
    one("salary_currency", "salary.currency", sensitivity=CONFIDENTIAL),
    one("salary_period", "salary.period", type=CHOICE, options=PayPeriod, sensitivity=CONFIDENTIAL),
    one("time_zone", role=Role.TIME_ZONE),
    one("locale", role=Role.LOCALE),
    many("tag", "tags", role=Role.TAGS, sensitivity=INTERNAL, is_indexed=True),
    many(
        "external_id", "external_ids.key", role=Role.RECORD_ID, type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True
    ),
    one("owner", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    many("follower", "followers", type=FieldType.ID, sensitivity=INTERNAL),
    one("origin", type=CHOICE, options=Origin, sensitivity=INTERNAL),
    many("source", "touches.source", role=Role.SOURCE, sensitivity=INTERNAL),
    many("touched_at", "touches.at", type=INSTANT, sensitivity=INTERNAL),
    many("credited", "credits.id", type=FieldType.ID, sensitivity=INTERNAL),
    many("consent_purpose", "consents.purpose", sensitivity=INTERNAL),
    many("consent_channel", "consents.channel", sensitivity=INTERNAL),
    many("consent_decision", "consents.decision", type=CHOICE, options=Decision, sensitivity=INTERNAL),
    many("consent_decided_at", "consents.decided_at", type=INSTANT, sensitivity=INTERNAL),
    many("consent_expires_at", "consents.expires_at", type=INSTANT, sensitivity=INTERNAL),
    one("do_not_contact_since", "do_not_contact.since", type=INSTANT, sensitivity=INTERNAL),
    one("is_private", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
    one("linked_user", type=FieldType.ID, sensitivity=INTERNAL),
    one("created_at", role=Role.CREATED_AT, cleaner="dates.clean_date", type=DATE, sensitivity=INTERNAL),
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
        more = (spec_of(definition) for definition in definitions if definition.applies_to == "contact")
        return Catalogue({**self.by_key, **{spec.key: spec for spec in more}})


def spec_of(definition: CustomField) -> FieldSpec:
    """Return the entry ``custom.<key>`` of a custom field."""
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
        is_open=definition.unknown_option is UnknownOption.KEEP,
        is_entry=True,
    )


def catalogue(definitions: Iterable[CustomField] = ()) -> Catalogue:
    """Return the catalogue of contacts, with those custom fields.

    >>> catalogue()["email"].path
    'emails.normal'
    """
    return Catalogue({spec.key: spec for spec in CONTACT_FIELDS}).with_custom(definitions)
