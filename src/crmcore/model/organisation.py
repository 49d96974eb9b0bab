"""Organisations, and the link between a person and one of them, which has attributes of its own."""

from collections.abc import Iterator
from typing import ClassVar, Self

from pydantic import Field, model_validator

from crmcore.hygiene.partial_date import PartialDate
from crmcore.model.channels import Channels, EmailAddress, Link, PhoneNumber, PostalAddress
from crmcore.model.custom import CustomValues
from crmcore.model.external import ExternalIds
from crmcore.model.provenance import Provenances
from crmcore.model.record import Id, Record, Value
from crmcore.model.scalars import Text, label_key
from crmcore.model.tags import Tags

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

    def lookup_keys(self) -> Iterator[tuple[str, str]]:
        """Yield the name without legal form, the domains and the external ids."""
        yield "company", self.normal or label_key(self.name)
        yield from (("domain", domain.lower()) for domain in self.domains)
        yield from (("external_id", known.key) for known in self.external_ids)
