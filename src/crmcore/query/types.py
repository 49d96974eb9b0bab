"""What a question needs to know of a field: its key, its type, and whether a record holds several values of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, TypeAlias

__all__ = ["Field", "FieldType", "Scalar"]

Scalar: TypeAlias = str | int | float | bool
"""One known value as questions compare it and as a column of a database holds it."""


class FieldType(StrEnum):
    """How the values of a field compare and what a column of them holds."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    DATE = "date"
    """A partial date."""
    INSTANT = "instant"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    ID = "id"


class Field(Protocol):
    """One field that can be asked about; fields are handed in as a mapping of their keys."""

    @property
    def key(self) -> str:
        """The stable name that expressions use."""
        ...

    @property
    def type(self) -> FieldType:
        """How its values compare."""
        ...

    @property
    def is_multi(self) -> bool:
        """Whether a record may hold several values of it."""
        ...
