"""What goes into a filter, and how: the schema that both parties must use, as data."""

from __future__ import annotations

import hashlib
import json
import math
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field as Setting
from pydantic import ValidationError, model_validator

from crmcore.errors import InputError
from crmcore.hygiene.roles import Role
from crmcore.model.record import Value

__all__ = ["EncodedField", "Schema", "TokenKind"]

FEWEST_FIELDS = 3
"""Filters of one or two fields repeat, and how often each does tells whose name it is (Christen et al., 2018)."""
WORDS = 1 << 16
"""Chances are told in parts of this."""


class TokenKind(StrEnum):
    """How a value becomes tokens, each of which sets bits."""

    NAME = "name"
    """Without titles, case and accents; bigrams of each word, its ends marked: ``_a ad da a_``."""
    TEXT = "text"
    """Words without case and accents, in any order; bigrams of each, as of names."""
    DATE = "date"
    """Each digit of the year, month and day with its place: a slip costs one of eight."""
    CODE = "code"
    """Each letter and digit with its place: postcodes, house numbers, identifiers."""
    PHONE = "phone"
    """Bigrams of the national number, its ends marked."""
    EMAIL = "email"
    """Bigrams of what stands before the @, its ends marked, and what stands behind it as one token."""
    EXACT = "exact"
    """The whole value as one token: it agrees or it does not."""


class EncodedField(Value):
    """One field of a schema.

    Attributes:
        role: which columns it is taken from.
        kind: how a value becomes tokens.
        bits: how many positions a value draws, whatever its length: the field's weight. Each of its tokens draws an
            equal share. Several values of a row share them.

    """

    role: Role
    kind: TokenKind
    bits: Annotated[int, Setting(ge=10, le=1000)]


class Schema(Value):
    """How rows become filters; what one party made can be compared with what another made by the same schema.

    Attributes:
        version: of the method; another one gives other filters.
        length: bits of a filter before it is folded, a power of two.
        fields: what goes in; three at least, each role once.
        salt: ``"birth_year"`` makes filters of people born in different years unlike in everything, so that nobody
            can count bits over all rows. Whose year of birth is mistaken is not found any more.
        folds: how often the right half of a filter is folded onto the left one by exclusive or (Schnell and Borgs,
            2016): what is left is half as long, and less of it tells.
        epsilon: randomised response (BLIP; Alaggan, Gambs and Kermarrec, 2012): each bit is turned over with the
            chance 1 / (1 + e^epsilon). One bit is differentially private by epsilon, a row by epsilon times the bits
            in which it may differ; None turns none.
        least: share of the bits whose fields a row must have, or it is left out: a filter of one field is easily
            guessed, and is equal to that of everybody else who has nothing but this.

    """

    version: Literal[1] = 1
    length: Annotated[int, Setting(ge=256, le=4096)] = 1024
    fields: tuple[EncodedField, ...]
    salt: Literal["birth_year"] | None = None
    folds: Annotated[int, Setting(ge=0, le=2)] = 0
    epsilon: Annotated[float, Setting(ge=0.5, le=10)] | None = None
    least: Annotated[float, Setting(ge=0.3, le=1)] = 0.5

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.length & (self.length - 1):
            raise InputError(f"length is a power of two, such as 1024, not {self.length}")
        roles = [field.role for field in self.fields]
        if len(set(roles)) < FEWEST_FIELDS:
            raise InputError(
                f"a schema has {FEWEST_FIELDS} fields at least: filters of fewer repeat and can be guessed"
            )
        if len(set(roles)) < len(roles):
            raise InputError("a role stands twice among the fields")
        if self.fill > 0.8:
            raise InputError(f"the fields would set {self.fill:.0%} of the bits; take fewer bits, or a greater length")
        return self

    @classmethod
    def people(cls) -> Self:
        """Return the schema for people with a date of birth and an address.

        The weights are those of anonlink's tutorial, 200 bits for names and dates and 100 for parts of addresses; the
        length of 1024 and the filters about half full are what Schnell, Bachteler and Reiher (2011) and anonlink's
        notes advise.

        >>> round(Schema.people().fill, 2)
        0.62
        """
        return cls(
            fields=(
                *_names(),
                EncodedField(role=Role.DATE_OF_BIRTH, kind=TokenKind.DATE, bits=200),
                EncodedField(role=Role.HOUSE_NUMBER, kind=TokenKind.CODE, bits=100),
                EncodedField(role=Role.STREET, kind=TokenKind.TEXT, bits=100),
                EncodedField(role=Role.CITY, kind=TokenKind.TEXT, bits=100),
                EncodedField(role=Role.POSTCODE, kind=TokenKind.CODE, bits=100),
            )
        )

    @classmethod
    def contacts(cls) -> Self:
        """Return the schema for recruiting contacts: names, e-mail addresses, telephone numbers and the city."""
        return cls(
            fields=(
                *_names(),
                EncodedField(role=Role.EMAIL, kind=TokenKind.EMAIL, bits=200),
                EncodedField(role=Role.PHONE, kind=TokenKind.PHONE, bits=200),
                EncodedField(role=Role.CITY, kind=TokenKind.TEXT, bits=100),
            )
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what :meth:`to_json` wrote; raise InputError where it is something else."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
            raise InputError(f"this is no schema of encodings: {faults}") from error

    def to_json(self) -> str:
        """Return it as text, which the other party reads: nothing in it is secret.

        >>> Schema.from_json(Schema.people().to_json()) == Schema.people()
        True
        """
        return json.dumps(self.model_dump(mode="json"), indent=2)

    @property
    def width(self) -> int:
        """Bits of a filter, folded."""
        return self.length >> self.folds

    @property
    def fill(self) -> float:
        """Share of the bits that a row with every field sets, before folding; about a half is best."""
        return 1 - math.exp(-sum(field.bits for field in self.fields) / self.length)

    @property
    def turned(self) -> float:
        """Chance that a bit is turned over, in whole parts of 65,536; 0 without `epsilon`."""
        return 0.0 if self.epsilon is None else round(WORDS / (1 + math.exp(self.epsilon))) / WORDS

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits by which two schemas are told apart."""
        told = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def _names() -> tuple[EncodedField, EncodedField]:
    return (
        EncodedField(role=Role.GIVEN_NAME, kind=TokenKind.NAME, bits=200),
        EncodedField(role=Role.FAMILY_NAME, kind=TokenKind.NAME, bits=200),
    )
