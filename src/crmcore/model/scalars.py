"""Texts and instants that survive a round trip through JSON unchanged.

Every text has a length limit: that keeps one broken cell from filling a store, and makes pydantic refuse lone
surrogates, which no UTF-8 file or database could hold.
"""

from datetime import UTC, datetime
from typing import Annotated, Protocol, TypeVar

from pydantic import AfterValidator, AwareDatetime, Field

__all__ = ["Distinct", "Instant", "LongText", "Slug", "Text", "in_key_order", "label_key"]

V = TypeVar("V")


class HasKey(Protocol):
    """An entry of a collection that its key tells from the others."""

    @property
    def key(self) -> str:
        """What tells it apart."""
        ...


K = TypeVar("K", bound=HasKey)


def _distinct(entries: tuple[K, ...]) -> tuple[K, ...]:
    keys = [entry.key for entry in entries]
    if len(set(keys)) < len(keys):
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise ValueError(f"listed twice: {', '.join(twice)}")
    return entries


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the instant lies outside the years 1 to 9999 once it is in UTC") from error


def in_key_order(mapping: dict[str, V]) -> dict[str, V]:
    """Return the same mapping in the order of its keys, so that equal mappings have equal bytes."""
    return dict(sorted(mapping.items()))


def label_key(text: str) -> str:
    """Return the key under which two spellings of a label are the same: case and runs of blanks do not count.

    >>> label_key("  Data   SCIENCE ")
    'data science'
    """
    return " ".join(text.casefold().split())


Text = Annotated[str, Field(max_length=1_000)]
"""A line of text; empty where nothing is known."""

LongText = Annotated[str, Field(max_length=1_000_000)]
"""A text of any usual length, such as a note or a summary."""

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*$", max_length=64)]
"""A stable lower-case name, such as ``on-hold`` or ``shoe_size``."""

Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A point in time, kept in UTC."""

Distinct = Annotated[tuple[K, ...], AfterValidator(_distinct)]
"""Entries in the order given, no two with one key."""
