"""One person, once: whoever they are to us, in whichever of their roles."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field

from crmcore.errors import NotFound
from crmcore.hygiene.partial_date import PartialDate
from crmcore.model import channels, tags
from crmcore.model.attribution import Credits, Origin, Touches
from crmcore.model.career import Education, Employment, Language, Skill
from crmcore.model.channels import Channel, Channels, ChannelStatus, EmailAddress, Link, PhoneNumber, PostalAddress
from crmcore.model.consent import Consent, Consents, DoNotContact
from crmcore.model.custom import CustomValues
from crmcore.model.events import Event
from crmcore.model.external import ExternalIds
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity
from crmcore.model.fields import CONTACT_FIELDS
from crmcore.model.locales import LanguageTag, TimeZone
from crmcore.model.money import SalaryExpectation
from crmcore.model.names import PersonName
from crmcore.model.occasion import Occasion
from crmcore.model.organisation import Affiliation
from crmcore.model.provenance import Provenance, Provenances, united
from crmcore.model.record import Id, Record
from crmcore.model.roles import ContactRole
from crmcore.model.scalars import Distinct, Text, in_key_order, label_key
from crmcore.model.tags import Tags

__all__ = ["KEYED", "SCALARS", "ContactRecord", "ContactRole"]


def _as_set(items: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(sorted(set(items)))


KEYED: tuple[str, ...] = (
    *("emails", "phones", "addresses", "links"),
    *("affiliations", "employments", "educations", "skills", "languages", "external_ids", "consents"),
)
"""The collections whose items have a key; the path of an item is the collection, a slash and the key."""

SCALARS: tuple[str, ...] = (
    *("headline", "born", "birth_place", "gender", "national_id", "salary", "time_zone", "locale"),
    *("owner", "origin", "do_not_contact", "is_private", "linked_user", "created_at"),
)
"""The fields with one value; the path is the field."""

PLURAL = {EmailAddress: "emails", PhoneNumber: "phones", PostalAddress: "addresses", Link: "links"}


class ContactRecord(Record):
    """One person. A change returns the new record, and the event where others need to hear of it.

    >>> ada = ContactRecord(id="c1", name=PersonName(given="Ada", family="Lovelace"))
    >>> ada = ada.add(EmailAddress(raw="Ada@Home.example", normal="ada@home.example"))
    >>> ada = ada.add(EmailAddress(raw="ada@work.example", normal="ada@work.example", is_primary=True))
    >>> [(email.key, email.is_primary) for email in ada.emails]
    [('ada@home.example', False), ('ada@work.example', True)]
    """

    kind: ClassVar[str] = "contact"
    searched: ClassVar[tuple[str, ...]] = (
        *("name.full", "name.preferred", "headline", "emails.normal", "addresses.city"),
        *("affiliations.name", "affiliations.title", "employments.company", "employments.title", "skills.name", "tags"),
    )
    fields: ClassVar[tuple[FieldSpec, ...]] = CONTACT_FIELDS
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="organisations", kind="organisation", here="organisation"),
        RelationSpec(key="candidates", kind="candidate", there="contact"),
        RelationSpec(key="leads", kind="lead", there="contact"),
        RelationSpec(key="applications", kind="application", there="contact"),
        RelationSpec(key="memberships", kind="pool_membership", there="contact"),
        RelationSpec(key="referrals", kind="referral", there="contact"),
        RelationSpec(key="prospects", kind="prospect", there="contact"),
        RelationSpec(key="interviews", kind="interview", there="contact"),
        RelationSpec(key="offers", kind="offer", there="contact"),
        RelationSpec(key="deals", kind="deal", there="contact"),
        RelationSpec(key="notes", kind="note", there="subject"),
        RelationSpec(key="activities", kind="activity", there="subject"),
        RelationSpec(key="tasks", kind="task", there="subject"),
        RelationSpec(key="attachments", kind="attachment", there="subject"),
        RelationSpec(key="source_records", kind="source_record", there="contact"),
    )
    relation_names: ClassVar[Mapping[str, str]] = {"addresses": "location"}
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        "custom": Sensitivity.CONFIDENTIAL,  # which of them are private, only their definitions know
        "provenance": Sensitivity.PERSONAL,  # its paths name items by their values
    }

    name: PersonName = PersonName()
    headline: Text = ""
    born: PartialDate | None = None
    birth_place: Text = ""
    gender: Text = ""
    national_id: Text = ""
    emails: Channels[EmailAddress] = ()
    phones: Channels[PhoneNumber] = ()
    addresses: Channels[PostalAddress] = ()
    links: Channels[Link] = ()
    roles: Annotated[tuple[ContactRole, ...], AfterValidator(_as_set)] = ()
    affiliations: Distinct[Affiliation] = ()
    employments: Distinct[Employment] = ()
    educations: Distinct[Education] = ()
    skills: Distinct[Skill] = ()
    languages: Distinct[Language] = ()
    salary: SalaryExpectation | None = None
    time_zone: TimeZone | None = None
    locale: LanguageTag | None = None
    tags: Tags = ()
    custom: CustomValues = Field(default_factory=dict)
    external_ids: ExternalIds = ()
    owner: Id | None = None
    followers: Annotated[tuple[Id, ...], AfterValidator(_as_set)] = ()
    origin: Origin | None = None
    touches: Touches = ()
    credits: Credits = ()
    consents: Consents = ()
    do_not_contact: DoNotContact | None = None
    is_private: bool = False
    linked_user: Id | None = Field(default=None, description="The user account of this very person, if an employee.")
    created_at: PartialDate | None = Field(default=None, description="When the earliest source says it began.")
    provenance: Provenances = Field(default_factory=dict)

    def identifiers(self) -> Iterator[tuple[str, str]]:
        """Yield what others know the person by: e-mails, phones, external ids, LinkedIn and GitHub handles."""
        yield from (("email", email.key) for email in self.emails)
        yield from (("phone", phone.normal) for phone in self.phones)
        yield from (("external_id", known.key) for known in self.external_ids)
        yield from ((link.site, link.handle or link.key) for link in self.links if link.site in {"linkedin", "github"})

    def values(self) -> Iterator[tuple[str, Any]]:
        """Yield (path, value) for every value that is known; the paths are the keys of `provenance`."""
        for part, text in self.name:
            if text:
                yield f"name.{part}", text
        for field in SCALARS:
            if (value := getattr(self, field)) not in (None, "", False):
                yield field, value
        for field in KEYED:
            yield from ((f"{field}/{item.key}", item) for item in getattr(self, field))
        yield from ((f"tags/{label_key(tag)}", tag) for tag in self.tags)
        yield from ((f"roles/{role}", role) for role in self.roles)
        yield from ((f"custom.{key}", value) for key, value in self.custom.items())

    def why(self, path: str) -> tuple[Provenance, ...]:
        """Return where the value at that path came from; raise NotFound where the record has no such value.

        >>> noted = Provenance(source="card index", line=17)
        >>> ContactRecord(id="c1", headline="Poet").observed(noted).why("headline")[0].line
        17
        """
        if path not in self.provenance and all(path != known for known, _ in self.values()):
            raise NotFound("value", path)
        return self.provenance.get(path, ())

    def observed(self, origin: Provenance) -> Self:
        """Note that this source, too, holds every value that the record has now."""
        known, one = self.provenance, (origin,)
        noted = {path: united(known[path], one) if path in known else one for path, _ in self.values()}
        # Not evolve(): every part has been checked already, and imports come through here once a row.
        return self.model_copy(update={"provenance": in_key_order({**self.provenance, **noted})})

    def add(self, channel: Channel) -> Self:
        """Add an e-mail address, phone, postal address or link; the same one twice changes nothing."""
        field = PLURAL[type(channel)]
        return self.evolve(**{field: channels.added(getattr(self, field), channel)})

    def make_primary(self, channel: Channel) -> Self:
        """Make it the primary one of its kind; the former one stays. One that is new is added."""
        return self.add(channel.model_copy(update={"is_primary": True}))

    def set_status(self, channel: Channel, status: ChannelStatus, *, on: Occasion) -> tuple[Self, Event]:
        """Say that a channel bounced, was opted out of, works again, ...; the one change that may lift a refusal."""
        field = PLURAL[type(channel)]
        held = next((one for one in getattr(self, field) if one.key == channel.key), None)
        if held is None:
            raise NotFound("channel", channel.key)
        new = self.evolve(**{field: channels.replaced(getattr(self, field), held.evolve(status=status))})
        path = f"{field}/{held.key}"
        return new, on.tells(
            "contact.channel_changed", self, path=path, before=held.status.state.value, after=status.state.value
        )

    def tagged(self, *names: str) -> Self:
        """Add tags."""
        return self.evolve(tags=tags.union(self.tags, names))

    def untagged(self, *names: str) -> Self:
        """Take tags away."""
        return self.evolve(tags=tags.without(self.tags, names))

    def retagged(self, names: Iterable[str]) -> Self:
        """Replace all tags."""
        return self.evolve(tags=tuple(names))

    def with_roles(self, *roles: ContactRole) -> Self:
        """Take on more roles; the ones held stay."""
        return self.evolve(roles=(*self.roles, *roles))

    def without_roles(self, *roles: ContactRole) -> Self:
        """Lay down roles."""
        return self.evolve(roles=tuple(role for role in self.roles if role not in roles))

    def assign(self, owner: str | None, *, on: Occasion) -> tuple[Self, Event]:
        """Give the contact to another owner, or to nobody."""
        return self.evolve(owner=owner), on.tells("contact.assigned", self, before=self.owner, after=owner)

    def followed_by(self, *users: str) -> Self:
        """Add followers."""
        return self.evolve(followers=(*self.followers, *users))

    def unfollowed_by(self, *users: str) -> Self:
        """Take followers away."""
        return self.evolve(followers=tuple(user for user in self.followers if user not in users))

    def decide(self, consent: Consent, *, on: Occasion) -> tuple[Self, Event]:
        """Note what the person decided; it replaces an earlier decision on the same, never a later one."""
        held = next((one for one in self.consents if one.key == consent.key), None)
        stands = consent if held is None or consent.decided_at >= held.decided_at else held
        others = tuple(one for one in self.consents if one.key != consent.key)
        event = on.tells("contact.consent_decided", self, key=consent.key, decision=consent.decision.value)
        return self.evolve(consents=(*others, stands)), event

    def leave_alone(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that the person wants no contact at all; the first such wish stays."""
        wish = self.do_not_contact or DoNotContact(since=on.at, reason=on.reason, source=on.actor)
        return self.evolve(do_not_contact=wish), on.tells("contact.do_not_contact_set", self)

    def end_affiliation(self, key: str, *, until: PartialDate | None = None, on: Occasion) -> tuple[Self, Event]:
        """End the link to an organisation; it stays, as a former one."""
        if all(link.key != key for link in self.affiliations):
            raise NotFound("affiliation", key)
        links = tuple(link.end(until) if link.key == key else link for link in self.affiliations)
        return self.evolve(affiliations=links), on.tells("contact.affiliation_ended", self, key=key)
