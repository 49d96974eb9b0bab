"""A letter template, and the letters that are made of it."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Self

import attrs
from pydantic import Field, model_validator

from crmcore._messages import offered
from crmcore.errors import InputError
from crmcore.hiring.letters._markup import check_markup, escaped, page_of
from crmcore.hiring.letters._merge import Node, filled, named, parsed, wanted
from crmcore.hiring.letters.formats import ENGLISH, FieldValue, Formats
from crmcore.model.record import Value
from crmcore.model.scalars import LongText, Slug, Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from crmcore.model.contact import ContactRecord
    from crmcore.model.hiring.job import Job
    from crmcore.model.hiring.offer import Offer

__all__ = ["Letter", "LetterTemplate", "offer_fields"]


@attrs.frozen(kw_only=True)
class Letter:
    """A letter that is ready to be sent.

    Attributes:
        subject: one line.
        text, html: the same letter twice, for whoever reads which.
        fields: what stands in it, as it was written.

    """

    subject: str
    text: str
    html: str = attrs.field(repr=False)
    fields: Mapping[str, str] = attrs.field(repr=False)


class LetterTemplate(Value):
    """What a letter is made of; nothing in it is executed, and what a field holds is never read for fields.

    ``{{field}}`` is where a value goes. What stands between ``{{#field}}`` and ``{{/field}}`` is written where the
    field has a value other than no, and between ``{{^field}}`` and ``{{/field}}`` where it has none. Without HTML of
    its own, a letter's HTML is made of its text.

    >>> template = LetterTemplate(
    ...     key="hi", subject="{{title}} at Acme", text="Dear {{name}},{{#bonus}} and {{bonus}}{{/bonus}}",
    ...     optional=["bonus"],
    ... )
    >>> letter = template.write({"title": "Data engineer", "name": "Ada <Lovelace>"})
    >>> letter.subject, letter.text
    ('Data engineer at Acme', 'Dear Ada <Lovelace>,')
    >>> "<p>Dear Ada &lt;Lovelace&gt;,</p>" in letter.html
    True
    >>> template.write({"nam": "Ada", "title": None})
    Traceback (most recent call last):
    crmcore.errors.InputError: letter 'hi' lacks 2 fields: 'title' has no value; 'name' is unknown, did you mean 'nam'?
    """

    key: Slug
    subject: Text = Field(min_length=1)
    text: LongText = Field(min_length=1)
    html: LongText = ""
    optional: tuple[Slug, ...] = Field(default=(), description="Fields that an offer need not have, for sections.")

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        self._parts()
        check_markup(self.html)
        return self

    def _parts(self) -> tuple[tuple[Node, ...], ...]:
        named_parts = (("the subject", self.subject), ("the text", self.text), ("the HTML", self.html))
        return tuple(parsed(text, of=name) for name, text in named_parts)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it names, each once."""
        return tuple(dict.fromkeys(name for part in self._parts() for name in named(part)))

    def missing(self, fields: Mapping[str, FieldValue]) -> tuple[str, ...]:
        """Return the fields that it needs and that are unknown or have no value: all of them at once."""
        return tuple(self._lacks(fields))

    def _lacks(self, fields: Mapping[str, FieldValue]) -> dict[str, str]:
        """Return what is missing, and why; a section's own field may be without a value, but is never unknown."""
        lacks: dict[str, str] = {}
        for part in self._parts():
            for name in wanted(part, lambda name: _has(fields.get(name))):
                if fields.get(name) in (None, ""):
                    lacks[name] = f"{name!r} has no value"
        for name in self.fields:
            if name not in fields and name not in self.optional:
                lacks[name] = f"{name!r} is unknown, {offered(name, tuple(fields))}"
        return {name: lacks[name] for name in self.fields if name in lacks}

    def write(self, fields: Mapping[str, FieldValue], *, formats: Formats = ENGLISH) -> Letter:
        """Return the letter.

        Args:
            fields: name -> value; see :func:`offer_fields`.
            formats: how money, days and numbers are written.

        Raises:
            InputError: fields are missing, all of which are named; or a value is of no type that a letter can hold.

        """
        if lacks := self._lacks(fields):
            count = f"{len(lacks)} fields" if len(lacks) > 1 else "a field"
            raise InputError(f"letter {self.key!r} lacks {count}: {'; '.join(lacks.values())}")
        written = {name: _plain(formats.write(fields.get(name))) for name in self.fields}
        subject, text, markup = self._parts()

        def has(name: str) -> bool:
            return _has(fields.get(name))

        line = " ".join(filled(subject, written, has).split())
        words = filled(text, written, has)
        safe = {name: escaped(value) for name, value in written.items()}
        page = filled(markup, safe, has) if self.html else page_of(words, title=line)
        return Letter(subject=line, text=words, html=page, fields=written)


def _has(value: FieldValue) -> bool:
    return value not in (None, "") and value is not False and getattr(value, "value", None) is not False


def _plain(text: str) -> str:
    """Return a value without control characters, and without those that turn the direction of what follows."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode(errors="replace").decode()
    kept = (each for each in lines if each in "\n\t" or unicodedata.category(each) != "Cc")
    return "".join(each for each in kept if each not in TURNING)


TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def offer_fields(
    offer: Offer,
    contact: ContactRecord,
    *,
    job: Job | None = None,
    today: date | None = None,
    more: Mapping[str, FieldValue] | None = None,
) -> dict[str, FieldValue]:
    """Return what a letter can say of an offer's latest version; what is not known is None.

    Args:
        offer: whose terms they are; each of `OfferTerms.more` is a field by its key.
        contact: whom the letter is for.
        job: the job.
        today: the day on the letter.
        more: what the organisation adds, such as its name and who signs.

    Raises:
        InputError: the contact is not the one of the offer; a term or an addition has the name of a field.

    """
    if contact.id != offer.contact:
        raise InputError(f"offer {offer.id!r} is for contact {offer.contact!r}, not for {contact.id!r}")
    terms, name = offer.terms, contact.name
    fields: dict[str, FieldValue] = {
        "name": name.full,
        "formal_name": name.formal,
        "short_name": name.short,
        "given_name": name.given,
        "family_name": name.family,
        "title": terms.title,
        "job": job.title if job else None,
        "pay": terms.pay,
        "period": terms.period,
        "employment": terms.employment,
        "location": terms.location,
        "starts_on": offer.starts_on,
        "expires_at": offer.expires_at,
        "today": today,
        "version": offer.number,
    }
    for key, value in [*((term.key, term) for term in terms.more), *(more or {}).items()]:
        if key in fields:
            raise InputError(f"a letter has a field {key!r} already; give the term or the addition another key")
        fields[key] = value
    return fields
