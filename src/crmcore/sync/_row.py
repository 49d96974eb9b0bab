"""One row becoming a contact: each cell adds what it says, or is refused by itself."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
from pydantic import ValidationError

from crmcore.hygiene.names import NameOrder, clean_name
from crmcore.hygiene.placeholders import is_missing
from crmcore.hygiene.roles import Role
from crmcore.model.attribution import Touch
from crmcore.model.channels import ChannelState, ChannelStatus, PostalAddress
from crmcore.model.consent import DoNotContact
from crmcore.model.contact import ContactRecord
from crmcore.model.external import ExternalId
from crmcore.model.names import PersonName
from crmcore.model.organisation import Affiliation
from crmcore.model.scalars import label_key
from crmcore.sync import _cells as read
from crmcore.sync._cells import _CellRefused
from crmcore.sync._pay import pay_of
from crmcore.sync._refusals import says_no
from crmcore.sync.locating import Locator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from crmcore.ports import Cell

__all__ = ["RowBuilder", "Settings"]

NAME_PARTS = {
    Role.GIVEN_NAME: "given",
    Role.MIDDLE_NAME: "middle",
    Role.FAMILY_NAME: "family",
    Role.NAME_PREFIX: "prefix",
    Role.NAME_SUFFIX: "suffix",
    Role.PREFERRED_NAME: "preferred",
}
PLACE_PARTS = {
    Role.HOUSE_NUMBER: "house_number",
    Role.STREET: "street",
    Role.CITY: "city",
    Role.REGION: "region",
    Role.POSTCODE: "postcode",
    Role.COUNTRY: "country",
}
REACHES = {
    Role.EMAIL: "emails",
    Role.PHONE: "phones",
    Role.URL: "links",
    Role.LINKEDIN: "links",
    Role.GITHUB: "links",
}
LINES = {Role.BIRTH_PLACE: "birth_place", Role.GENDER: "gender", Role.NATIONAL_ID: "national_id"}
KEPT_RAW = frozenset({Role.STATUS, Role.OTHER_DATE, Role.NUMBER, Role.CATEGORY, Role.TEXT, Role.EMPTY, Role.UPDATED_AT})
"""Columns of which the row as it came is all that is kept."""


@attrs.frozen(kw_only=True)
class Settings:
    """How the cells of one source are to be read."""

    system: str
    region: str | None = None
    currency: str | None = None
    name_order: NameOrder = NameOrder.GIVEN_FIRST
    day_first: Mapping[str, bool | None] = attrs.field(factory=dict)
    locator: Locator = attrs.field(factory=Locator)


@attrs.define
class RowBuilder:
    """What one row has said so far.

    Attributes:
        doubtful: paths of values that may be used with a reservation.
        notes: free text for the timeline.
        external_id: how the source itself calls the row.
        refusals: headers of opt-out columns that refuse.

    """

    settings: Settings
    facts: dict[str, Any] = attrs.field(factory=dict)
    name: dict[str, str] = attrs.field(factory=dict)
    place: dict[str, str] = attrs.field(factory=dict)
    full_name: str = ""
    apart: dict[str, str] = attrs.field(factory=dict)
    free_address: str = ""
    companies: list[tuple[str, str]] = attrs.field(factory=list)
    titles: list[str] = attrs.field(factory=list)
    doubtful: set[str] = attrs.field(factory=set)
    notes: list[str] = attrs.field(factory=list)
    external_id: str = ""
    refusals: dict[str, str] = attrs.field(factory=dict)

    def take(self, header: str, role: Role, cell: Cell) -> list[tuple[str, _CellRefused]]:
        """Add what the cell says; return what of it is refused."""
        if cell is None or role in KEPT_RAW:
            return []
        refused: list[tuple[str, _CellRefused]] = []
        for text in read.parts_of(cell, role):
            try:
                self._add(header, role, text)
            except _CellRefused as refusal:
                refused.append((text, refusal))
            except ValidationError as error:
                message = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
                refused.append((text, _CellRefused("not-acceptable", message)))
        return refused

    def _add(self, header: str, role: Role, text: str) -> None:
        if role in NAME_PARTS:
            self._name_part(NAME_PARTS[role], text)
        elif role in PLACE_PARTS:
            self.place.setdefault(PLACE_PARTS[role], read.place_of(text, role=role))
        elif role in LINES:
            self.facts.setdefault(LINES[role], read.text_of(text))
        elif role in REACHES:
            self._reach(role, text)
        else:
            self._add_more(header, role, text)

    def _add_more(self, header: str, role: Role, text: str) -> None:
        match role:
            case Role.RECORD_ID:
                self._record_id(text)
            case Role.FULL_NAME:
                self._full_name(text)
            case Role.DATE_OF_BIRTH:
                self._date("born", header, text)
            case Role.CREATED_AT:
                self._date("created_at", header, text)
            case Role.ADDRESS:
                self.free_address = self.free_address or read.text_of(text)
            case Role.COMPANY:
                self.companies.append(read.company_of(text))
            case Role.JOB_TITLE:
                self.titles.append(read.text_of(text))
            case Role.SKILLS:
                self._keyed("skills", read.skills_of(text))
            case Role.LANGUAGES:
                self._keyed("languages", [read.language_of(text)])
            case Role.SALARY:
                self.facts.setdefault("salary", pay_of(text, currency=self.settings.currency))
            case Role.TIME_ZONE:
                self.facts.setdefault("time_zone", read.checked(read.TIME_ZONE, text))
            case Role.LOCALE:
                self.facts.setdefault("locale", read.checked(read.LANGUAGE_TAG, text))
            case Role.TAGS:
                self.facts.setdefault("tags", []).append(read.text_of(text, longest=200))
            case Role.NOTES:
                self.notes.append(read.long_text_of(text))
            case Role.SOURCE:
                self.facts.setdefault("touches", []).append(Touch(source=read.text_of(text)))
            case Role.OPT_OUT:
                if says_no(text):
                    self.refusals[header] = text[:200]
            case _:
                raise AssertionError(f"no rule says what a column of {role.value} fills")

    def _name_part(self, part: str, text: str) -> None:
        if part in {"given", "family"}:
            read.name_of(text)
            if is_missing(text):  # Mr Null, or nobody
                self.doubtful.add(f"name.{part}")
        self.name.setdefault(part, read.text_of(text))

    def _full_name(self, text: str) -> None:
        value, doubtful = read.name_of(text, order=self.settings.name_order)
        if self.full_name or value is None:
            return
        self.full_name, self.apart = read.text_of(text), attrs.asdict(value)
        if doubtful:
            self.doubtful.update(f"name.{part}" for part in PersonName.model_fields)

    def _reach(self, role: Role, text: str) -> None:
        field = REACHES[role]
        channel, doubtful = read.channel_of(text, role=role, region=self.settings.region)
        if channel is None:
            return
        known = self.facts.setdefault(field, [])
        if all(one.key != channel.key for one in known):
            known.append(channel)
        if doubtful:
            self.doubtful.add(f"{field}/{channel.key}")

    def _date(self, field: str, header: str, text: str) -> None:
        day, doubtful = read.date_of(text, day_first=self.settings.day_first.get(header))
        if day is not None:
            self.facts.setdefault(field, day)
        if doubtful:
            self.doubtful.add(field)

    def _keyed(self, field: str, entries: Sequence[Any]) -> None:
        known = {entry.key: entry for entry in [*reversed(entries), *self.facts.get(field, [])]}
        self.facts[field] = sorted(known.values(), key=lambda entry: entry.key)

    def _record_id(self, text: str) -> None:
        known = ExternalId(system=self.settings.system, id=read.text_of(text))
        self.external_id = self.external_id or known.id
        self.facts.setdefault("external_ids", []).append(known)

    def contact(self, *, id: str, at: datetime | None) -> ContactRecord:  # noqa: A002 - the field's own name
        """Put together what the row has said."""
        facts = {**self.facts, "id": id, "name": self._whole_name(), "headline": self.titles[0] if self.titles else ""}
        facts["affiliations"] = self._affiliations()
        if self.free_address or self.place:
            address = PostalAddress.of(self.free_address, **self.place)
            facts["addresses"] = [self.settings.locator.address(address)]
        for header, word in self.refusals.items():
            self._refuse(facts, header, word, at)
        return ContactRecord.model_validate(facts)

    def _affiliations(self) -> list[Affiliation]:
        links: dict[str, Affiliation] = {}
        for place, (company, normal) in enumerate(self.companies):
            title = self.titles[place] if place < len(self.titles) else ""
            link = Affiliation(name=company, normal=normal, title=title)
            links.setdefault(link.key, link)
        return list(links.values())

    def _refuse(self, facts: dict[str, Any], header: str, word: str, at: datetime | None) -> None:
        """Opt out of the channels that the header names, else of all contact; a refusal is never lost."""
        told = label_key(header)
        fields = [field for field, words in CHANNEL_WORDS.items() if any(one in told for one in words)]
        if not fields or not all(map(facts.get, fields)):
            facts["do_not_contact"] = DoNotContact(since=at, reason=f"{header}: {word}"[:1000])
        status = ChannelStatus(state=ChannelState.OPTED_OUT, reason=f"{header}: {word}"[:1000], since=at)
        for field in fields:
            facts[field] = [channel.model_copy(update={"status": status}) for channel in facts.get(field, ())]

    def _whole_name(self) -> PersonName:
        """Take the columns for parts as they are, and a full name apart where there are none."""
        if self.full_name and not (self.name.get("given") or self.name.get("family")):
            parts = {**{part: _recased(text) for part, text in self.apart.items()}, **self.name}
        else:
            parts = {part: _recased(text) for part, text in self.name.items()}
        if parts.get("given") == parts.get("family") and is_missing(parts.get("given")):
            return PersonName()  # nobody is called Null Null: a program wrote that
        if not any(parts.get(part) for part in ("given", "middle", "family", "preferred", "display")):
            return PersonName()
        return PersonName(**parts, family_first=self.settings.name_order is NameOrder.FAMILY_FIRST)


CHANNEL_WORDS = {
    "emails": ("mail", "unsubscribed", "newsletter", "abgemeldet"),
    "phones": ("call", "phone", "sms", "text", "anruf", "appeler", "llamar", "bellen"),
}
"""What a header says of the channel that it closes."""


@lru_cache(maxsize=20_000)
def _recased(text: str) -> str:
    """Put right a name that is all capitals or all small; leave alone any other."""
    if len(text) < 3 or not (text.isupper() or text.islower()):
        return text
    cleaned = clean_name(f"{text}, {text}").value
    return cleaned.family if cleaned is not None and cleaned.family.casefold() == text.casefold() else text
