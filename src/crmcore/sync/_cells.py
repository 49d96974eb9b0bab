"""Reads one cell into a value of the model, or refuses it with a code and a sentence."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from crmcore.hygiene.companies import clean_company
from crmcore.hygiene.dates import clean_date
from crmcore.hygiene.emails import clean_email
from crmcore.hygiene.folding import fold
from crmcore.hygiene.names import NameOrder, clean_name
from crmcore.hygiene.phones import PhoneKind, clean_phone
from crmcore.hygiene.placeholders import SURNAME_MARKERS, is_missing
from crmcore.hygiene.places import clean_country, clean_place
from crmcore.hygiene.roles import Role
from crmcore.hygiene.skills import clean_skills
from crmcore.hygiene.urls import Network, clean_url
from crmcore.hygiene.verdict import Verdict
from crmcore.model.career import Language, LanguageLevel, Skill
from crmcore.model.channels import EmailAddress, Link, PhoneNumber
from crmcore.model.locales import LanguageTag, TimeZone
from crmcore.model.scalars import label_key

if TYPE_CHECKING:
    from crmcore.hygiene.names import NameParts
    from crmcore.hygiene.partial_date import PartialDate
    from crmcore.hygiene.verdict import Cleaned
    from crmcore.ports import Cell

__all__ = [
    "LANGUAGE_TAG",
    "TIME_ZONE",
    "accepted",
    "channel_of",
    "checked",
    "company_of",
    "date_of",
    "email_of",
    "instant_of",
    "language_of",
    "link_of",
    "long_text_of",
    "name_of",
    "parts_of",
    "phone_of",
    "place_of",
    "skills_of",
    "text_of",
]

T = TypeVar("T")

LONGEST = 1_000
"""As long as a line of the model may be."""

SEPARATORS = {
    Role.EMAIL: re.compile(r"[;|\n]|,(?=[^,]*@)|(?<=[\w>])\s+(?=[^\s@]+@)"),
    Role.PHONE: re.compile(r"[;|\n]|\s/\s"),
    Role.URL: re.compile(r"[|\n]|;\s|[\s,]+(?=https?://|www\.)"),
    Role.TAGS: re.compile(r"[;,|\n]"),
    Role.LANGUAGES: re.compile(r"[;,|\n/]"),
}
"""What stands between several values in one cell."""

NAMES = frozenset({Role.FULL_NAME, Role.GIVEN_NAME, Role.FAMILY_NAME})
"""Columns in which "Null" or "Na" may be a name: hygiene decides, not the marker."""

PHONE_TYPES = {PhoneKind.MOBILE: "mobile"}
NETWORKS = {Role.LINKEDIN: Network.LINKEDIN, Role.GITHUB: Network.GITHUB}
LEVEL = re.compile(r"\s*[(:\-\u2013]\s*(?P<level>[ABC][12]|native)\b.*$", re.IGNORECASE)
TIME_ZONE, LANGUAGE_TAG = TypeAdapter(TimeZone), TypeAdapter(LanguageTag)


class _CellRefused(ValueError):
    """A cell that cannot be used; it never leaves this room, but becomes a RowReject."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


@lru_cache(maxsize=100_000)
def parts_of(cell: Cell, role: Role) -> tuple[str, ...]:
    """Return the single values of a cell; blanks and markers such as "n/a" are none, but Mr Null is somebody."""
    if cell is None:
        return ()
    texts = [cell] if isinstance(cell, str) else list(cell)
    if (separator := SEPARATORS.get(role)) is not None:
        texts = [part for text in texts for part in separator.split(text)]
    if role is Role.OPT_OUT:  # an "x" ticks a box; elsewhere it stands for nothing
        return tuple(text.strip() for text in texts if text.strip())
    kept = SURNAME_MARKERS if role in NAMES else frozenset()
    return tuple(text.strip() for text in texts if not is_missing(text) or fold(text.strip()) in kept)


def accepted(cleaned: Cleaned[T]) -> tuple[T | None, bool]:
    """Return the value and whether it is doubtful; None where nothing is there."""
    if cleaned.verdict is Verdict.INVALID:
        reason = cleaned.reasons[0] if cleaned.reasons else None
        raise _CellRefused(reason.code if reason else "invalid", reason.message if reason else "it cannot be used")
    return cleaned.value, cleaned.verdict is Verdict.DOUBTFUL


def text_of(raw: str, *, longest: int = LONGEST) -> str:
    """Return a line of text with single blanks."""
    return " ".join(long_text_of(raw, longest=longest).split())


def long_text_of(raw: str, *, longest: int = 1_000_000) -> str:
    """Return the text as it is, if there is room for it."""
    if len(raw) > longest:
        raise _CellRefused("too-long", f"it has {len(raw):,} characters; at most {longest:,} go into one field")
    return raw


def channel_of(raw: str, *, role: Role, region: str | None) -> tuple[EmailAddress | PhoneNumber | Link | None, bool]:
    """Read a way to reach the person, and say whether it is doubtful; None where nothing is there."""
    if role is Role.EMAIL:
        return email_of(raw)
    return phone_of(raw, region=region) if role is Role.PHONE else link_of(raw, role=role)


@lru_cache(maxsize=20_000)
def email_of(raw: str) -> tuple[EmailAddress | None, bool]:
    """Read an e-mail address."""
    value, doubtful = accepted(clean_email(raw))
    return (EmailAddress(raw=text_of(raw), normal=value.key) if value else None), doubtful


@lru_cache(maxsize=20_000)
def phone_of(raw: str, *, region: str | None) -> tuple[PhoneNumber | None, bool]:
    """Read a telephone number; where no region is known, it keeps its digits."""
    value, doubtful = accepted(clean_phone(raw, region=region))
    if value is None:
        return None, doubtful
    phone = PhoneNumber(
        raw=text_of(raw),
        normal=value.e164 or value.digits,
        extension=value.extension,
        region=value.region,
        type=PHONE_TYPES.get(value.kind, "other"),
    )
    return phone, doubtful


@lru_cache(maxsize=20_000)
def link_of(raw: str, *, role: Role) -> tuple[Link | None, bool]:
    """Read a web address, or the handle that a column of one network holds."""
    value, doubtful = accepted(clean_url(raw, network=NETWORKS.get(role)))
    if value is None:
        return None, doubtful
    site = value.network.value if value.network else ""
    return Link(raw=text_of(raw), normal=value.key, site=site, handle=value.profile), doubtful


@lru_cache(maxsize=20_000)
def date_of(raw: str, *, day_first: bool | None) -> tuple[PartialDate | None, bool]:
    """Read a date, no more precisely than it was written."""
    return accepted(clean_date(raw, day_first=day_first))


def instant_of(raw: str, *, day_first: bool | None) -> datetime | None:
    """Read a point in time; without a zone it is taken as UTC, without a time as the beginning of the day."""
    try:
        at = datetime.fromisoformat(raw.strip())
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # not ISO 8601, or beyond the calendar once in UTC: read as a date instead
        day, _ = date_of(raw, day_first=day_first)
        return datetime.combine(day.earliest, time(), UTC) if day else None


def language_of(raw: str) -> Language:
    """Read a language with its level: "German (C1)", "fr", "Spanish - native"."""
    found = LEVEL.search(raw)
    level = LanguageLevel(found["level"].lower()) if found else None
    name = text_of(raw[: found.start()] if found else raw)
    try:
        return Language(tag=name, name=name, level=level) if len(name) in {2, 5} else Language(name=name, level=level)
    except ValidationError:  # two or five letters that are no tag, such as "Dutch"
        return Language(name=name, level=level)


def checked(adapter: TypeAdapter[Any], raw: str) -> str:
    """Read a time zone or a language tag."""
    try:
        return str(adapter.validate_python(raw.strip()))
    except ValidationError as error:
        raise _CellRefused("unknown", str(error.errors()[0]["msg"]).removeprefix("Value error, ")) from error


@lru_cache(maxsize=20_000)
def skills_of(raw: str) -> tuple[Skill, ...]:
    """Read the skills of a cell, by their usual names."""
    names = [value for skill in clean_skills(raw) if (value := accepted(skill)[0])]
    return tuple(Skill(name=name, raw=name) for name in names)


@lru_cache(maxsize=20_000)
def name_of(raw: str, *, order: NameOrder = NameOrder.GIVEN_FIRST) -> tuple[NameParts | None, bool]:
    """Take a name apart."""
    return accepted(clean_name(raw, order=order))


@lru_cache(maxsize=20_000)
def company_of(raw: str) -> tuple[str, str]:
    """Read a company: its name as written, and the form by which company names compare."""
    value, _ = accepted(clean_company(raw))
    name = text_of(raw)
    return name, (value.key if value else "") or label_key(name)


@lru_cache(maxsize=20_000)
def place_of(raw: str, *, role: Role) -> str:
    """Read one part of an address; a country becomes its ISO code where it is known."""
    text = text_of(raw)
    if role is Role.COUNTRY:
        return str(clean_country(text).value or text)
    if role in {Role.CITY, Role.REGION}:
        return accepted(clean_place(text))[0] or text
    return text
