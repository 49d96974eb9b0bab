"""Organisations, and the link between a person and one of them, which has attributes of its own."""

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import Field, model_validator

from crmcore.hygiene.partial_date import PartialDate
from crmcore.model.channels import Channels, EmailAddress, Link, PhoneNumber, PostalAddress
from crmcore.model.custom import CustomValues
from crmcore.model.external import ExternalIds
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, many, one
from crmcore.model.provenance import Provenances
from crmcore.model.record import Id, Record, Value
from crmcore.model.scalars import Text, label_key
from crmcore.model.tags import Tags
from crmcore.query.types import FieldType

__all__ = ["Affiliation", "Organisation"]


class Affiliation(Value):
    """The link from a person to an organisation; when the employment ends, the link stays and is inactive.

    `organisation` is the id of an Organisation; a link that an import made may have only the name.
    """

    organisation: Id | None = None
    name: Text = ""
    normal: Text = Field(default="", description="The name without legal form, as comparison uses it.")
    role: Text = Field(default="", description="What the person is there for us, such as hiring manager.")
    title: Text = Field(default="", description="The job title, as written.")
    department: Text = ""
    since: PartialDate | None = None
    until: PartialDate | None = None
    is_inactive: bool = False

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if self.organisation is None and not self.name:
            raise ValueError("a link to an organisation needs its id or its name")
        if self.since and self.until and self.until.before(self.since):
            raise ValueError(f"it ended in {self.until}, before it began in {self.since}")
        return self

    @property
    def key(self) -> str:
        """The organisation, and the role where there is one."""
        whom = self.organisation or self.normal or label_key(self.name)
        return f"{whom}#{label_key(self.role)}" if self.role else whom

    def end(self, until: PartialDate | None = None) -> Self:
        """Keep the link as a former one."""
        return self.evolve(until=until or self.until, is_inactive=True)


class Organisation(Record):
    """A company, an agency, a school; anything with people in it."""

    kind: ClassVar[str] = "organisation"
    searched: ClassVar[tuple[str, ...]] = ("name", "domains", "industry", "tags")
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("name", sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("company", "key", sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("parent", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("industry", sensitivity=Sensitivity.INTERNAL),
        one("owner", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL),
        one("is_client", type=FieldType.BOOLEAN, sensitivity=Sensitivity.INTERNAL),
        many("domain", "domains", sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        many("tag", "tags", sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        many("email", "emails.normal", type=FieldType.EMAIL, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        many("phone", "phones.normal", type=FieldType.PHONE, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        many("city", "addresses.city", sensitivity=Sensitivity.INTERNAL),
        many("latitude", "addresses.latitude", type=FieldType.NUMBER, sensitivity=Sensitivity.INTERNAL),
        many("longitude", "addresses.longitude", type=FieldType.NUMBER, sensitivity=Sensitivity.INTERNAL),
        many("country", "addresses.country", sensitivity=Sensitivity.INTERNAL),
        many("external_id", "external_ids.key", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="people", kind="contact", there="organisation"),
        RelationSpec(key="parents", kind="organisation", here="parent"),
        RelationSpec(key="subsidiaries", kind="organisation", there="parent"),
    )
    relation_names: ClassVar[Mapping[str, str]] = {"addresses": "location"}
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        "normal": Sensitivity.INTERNAL,
        "legal_form": Sensitivity.INTERNAL,
        "links": Sensitivity.INTERNAL,
        "custom": Sensitivity.CONFIDENTIAL,
        "provenance": Sensitivity.INTERNAL,
    }

    name: Text = Field(min_length=1)
    normal: Text = ""
    legal_form: Text = ""
    parent: Id | None = None
    domains: tuple[Text, ...] = ()
    industry: Text = ""
    emails: Channels[EmailAddress] = ()
    phones: Channels[PhoneNumber] = ()
    addresses: Channels[PostalAddress] = ()
    links: Channels[Link] = ()
    tags: Tags = ()
    custom: CustomValues = Field(default_factory=dict)
    external_ids: ExternalIds = ()
    owner: Id | None = None
    is_client: bool = False
    provenance: Provenances = Field(default_factory=dict)

    @property
    def key(self) -> str:
        """What two spellings of one company have in common: the name without its legal form."""
        return self.normal or label_key(self.name)
