"""The kinds that the store suite keeps, and short ways to make them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, JsonValue

from crmcore.model.events import Event
from crmcore.model.record import Record
from crmcore.storage.codec import Codec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.ports import Store

__all__ = ["Card", "Memo", "card", "told", "write"]

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Card(Record):
    """A person's card, as small as shows every law."""

    kind: ClassVar[str] = "suite_card"

    name: str = ""
    emails: tuple[str, ...] = ()
    note: str = ""
    rating: float | None = None
    seen: datetime | None = None
    extra: dict[str, JsonValue] = Field(default_factory=dict)

    def lookup_keys(self) -> Iterator[tuple[str, str]]:
        """Yield each address, and the name."""
        for email in self.emails:
            yield "email", email
        if self.name:
            yield "name", self.name


class Memo(Record):
    """A second kind, so that kinds can be told apart."""

    kind: ClassVar[str] = "suite_memo"

    text: str = ""


SUITE_CODEC = Codec([Card, Memo])


def card(id: str, name: str = "", *emails: str) -> Card:  # noqa: A002 - the field's own name
    """Return a new card."""
    return Card(id=id, name=name, emails=emails)


def write(store: Store, *records: Record) -> list[Record]:
    """Put the records in one unit of work; return them as stored."""
    with store.unit(actor="suite") as unit:
        return [unit.put(record) for record in records]


def told(id: str, subject: Record, kind: str = "suite.changed") -> Event:  # noqa: A002 - the field's own name
    """Return an event about a record."""
    return Event(
        id=id,
        type=kind,
        subject_kind=subject.kind,
        subject_id=subject.id,
        occurred_at=NOON,
        recorded_at=NOON,
        actor="suite",
        data={"seen": subject.version},
    )
