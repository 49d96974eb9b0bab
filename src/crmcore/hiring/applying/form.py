"""What came by an application form, and what of it can be used to reach the person and to find them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import attrs

from crmcore._given import several
from crmcore._messages import kind_of
from crmcore.errors import InputError
from crmcore.hygiene.emails import clean_email
from crmcore.hygiene.folding import squeeze
from crmcore.hygiene.names import clean_name
from crmcore.hygiene.phones import clean_phone
from crmcore.hygiene.urls import clean_url
from crmcore.model.attribution import Credit, Origin, origin_of
from crmcore.model.channels import EmailAddress, Link, PhoneNumber
from crmcore.model.consent import Consent
from crmcore.model.contact import ContactRecord
from crmcore.model.names import PersonName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore.hygiene.verdict import Cleaned

__all__ = ["ApplicationForm", "Doubt", "Read", "read_form"]

SHORTEST_PHONE = 7
"""Digits of a number that can find somebody; a shorter one is an extension, or a special service."""
MOST_CHANNELS = 20
LONGEST = 1_000


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    given: object = texts
    held = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (None,)
    if not all(isinstance(text, str) for text in held):
        raise InputError("e-mails, phones and links are lists of texts")
    return held


def _source(source: str) -> str:
    given: object = source
    if not isinstance(given, str) or len(given) > LONGEST:
        raise InputError(f"a source is a text of {LONGEST} characters at most")
    return source


def _revision(revision: int | None) -> int | None:
    if revision is not None and type(revision) is not int:
        raise InputError(f"a revision is a whole number, not {kind_of(revision)}")
    return revision


def _credits(given: Iterable[Credit]) -> tuple[Credit, ...]:
    return several(given, Credit, "credits")


def _consents(given: Iterable[Consent]) -> tuple[Consent, ...]:
    return several(given, Consent, "consents")


@attrs.frozen(kw_only=True)
class ApplicationForm:
    """What came in, as it came.

    Attributes:
        name: as one text, or in parts.
        emails, phones, links: as they were typed.
        region: whose local numbers are meant (ISO 3166), if that is known.
        answers: key of a question -> its answer.
        revision: of the questionnaire that the form showed; None for the current one.
        origin, source, credits: by which road the person came, from where, and who is credited.
        consents: what the person agreed to.

    """

    name: str | PersonName = ""
    emails: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    phones: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    links: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    region: str | None = None
    answers: Mapping[str, object] = attrs.field(factory=dict, repr=False)
    revision: int | None = attrs.field(default=None, converter=_revision)
    origin: Origin = attrs.field(default=Origin.APPLIED, converter=origin_of)
    source: str = attrs.field(default="", converter=_source)
    credits: tuple[Credit, ...] = attrs.field(default=(), converter=_credits)
    consents: tuple[Consent, ...] = attrs.field(default=(), converter=_consents)


@attrs.frozen(kw_only=True)
class Doubt:
    """Something of the form that was not taken, or not used to find the person.

    Attributes:
        field: "name", "email", "phone", "link" or "contact".
        raw: what was typed.
        code: a stable word, such as ``role-address``, ``placeholder`` or ``held-by-many``.
        message: the same for people.

    """

    field: str
    raw: str
    code: str
    message: str


@attrs.frozen(kw_only=True)
class Read:
    """A form once it is read.

    Attributes:
        name: in its parts.
        emails, phones, links: those that can be kept.
        identifiers: (kind, value) by which to look for the person; those of :meth:`ContactRecord.identifiers`.
        doubts: what was not taken, or is not used to find anybody.

    """

    name: PersonName
    emails: tuple[EmailAddress, ...] = ()
    phones: tuple[PhoneNumber, ...] = ()
    links: tuple[Link, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    doubts: tuple[Doubt, ...] = ()

    @property
    def is_nobody(self) -> bool:
        """Whether there is neither a name nor any way to reach the person."""
        return self.name.is_empty and not (self.emails or self.phones or self.links)


def read_form(form: ApplicationForm) -> Read:
    """Clean what came in, and say what of it identifies a person.

    An address of a function ("jobs@") is kept and finds nobody; a stand-in ("none@none.com"), or what is no address at
    all, is not kept.

    Raises:
        InputError: there is more of it than a person has, or the region is none.

    >>> form = ApplicationForm(name="Ada Lovelace", emails=["Ada@Home.dev", "jobs@acme.dev", "none@none.com"])
    >>> read = read_form(form)
    >>> read.name.family, [email.normal for email in read.emails], read.identifiers
    ('Lovelace', ['ada@home.dev', 'jobs@acme.dev'], (('email', 'ada@home.dev'),))
    >>> [doubt.code for doubt in read.doubts]
    ['role-address', 'placeholder']
    """
    for named, given in (("e-mails", form.emails), ("phones", form.phones), ("links", form.links)):
        if len(given) > MOST_CHANNELS:
            raise InputError(f"{len(given)} {named} came with one form; a person has at most {MOST_CHANNELS}")
    doubts: list[Doubt] = []
    kept = Read(
        name=_name(form.name, doubts),
        emails=_distinct(_email(raw, doubts) for raw in form.emails),
        phones=_distinct(_phone(raw, form.region, doubts) for raw in form.phones),
        links=_distinct(_link(raw, doubts) for raw in form.links),
    )
    unfit = {doubt.raw for doubt in doubts}
    as_contact = ContactRecord(
        id="form",
        emails=tuple(each for each in kept.emails if each.raw not in unfit),
        phones=tuple(each for each in kept.phones if each.raw not in unfit),
        links=kept.links,
    )
    return attrs.evolve(kept, identifiers=tuple(as_contact.identifiers()), doubts=tuple(doubts))


def _name(raw: str | PersonName, doubts: list[Doubt]) -> PersonName:
    if isinstance(raw, PersonName):
        return raw
    if not isinstance(raw, str):
        raise InputError(f"a name is a text or a PersonName, not {kind_of(raw)}")
    cleaned = clean_name(raw)
    if cleaned.value is None:
        _doubt(doubts, "name", cleaned)
        return PersonName()
    parts = cleaned.value
    held = {part: getattr(parts, part) for part in ("given", "middle", "family", "prefix", "suffix", "preferred")}
    return PersonName(**held)


def _email(raw: str, doubts: list[Doubt]) -> EmailAddress | None:
    cleaned = clean_email(raw)
    if cleaned.value is None:
        _doubt(doubts, "email", cleaned)
        return None
    if cleaned.value.is_role:
        _doubt(doubts, "email", cleaned)
    return EmailAddress(raw=_shown(raw), normal=cleaned.value.key)


def _phone(raw: str, region: str | None, doubts: list[Doubt]) -> PhoneNumber | None:
    cleaned = clean_phone(raw, region=region)
    if cleaned.value is None:
        _doubt(doubts, "phone", cleaned)
        return None
    value = cleaned.value
    if not value.e164:
        message = "no country is known, so that the number may be another one elsewhere"
        doubts.append(Doubt(field="phone", raw=raw, code="no-country", message=message))
    elif len(value.digits) < SHORTEST_PHONE:
        doubts.append(Doubt(field="phone", raw=raw, code="too-short", message="so short a number is no person's own"))
    return PhoneNumber(
        raw=_shown(raw), normal=value.e164 or value.digits, extension=value.extension, region=value.region
    )


def _link(raw: str, doubts: list[Doubt]) -> Link | None:
    cleaned = clean_url(raw)
    if cleaned.value is None:
        _doubt(doubts, "link", cleaned)
        return None
    value = cleaned.value
    site = value.network.value if value.network else ""
    return Link(raw=_shown(raw), normal=value.key[:LONGEST], site=site, handle=value.profile)


def _doubt(doubts: list[Doubt], field: str, cleaned: Cleaned[Any]) -> None:
    if cleaned.raw.strip():
        reason = cleaned.reasons[0] if cleaned.reasons else None
        code, message = (reason.code, reason.message) if reason else ("missing", "it stands for nothing")
        doubts.append(Doubt(field=field, raw=cleaned.raw, code=code, message=message))


def _shown(raw: str) -> str:
    """Return what was typed, as far as a text can hold it."""
    return squeeze(raw)[:LONGEST]


def _distinct(channels: Iterable[Any]) -> tuple[Any, ...]:
    by_key = {channel.key: channel for channel in reversed([each for each in channels if each is not None])}
    return tuple(reversed(by_key.values()))
