"""The kinds that the store suite keeps, and short ways to make them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, JsonValue

from crmcore.model.events import Event
from crmcore.model.field import FieldSpec, many, one
from crmcore.model.record import Record, Value
from crmcore.query import FieldType
from crmcore.storage.codec import Codec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.ports import Store

__all__ = ["SUITE_CODEC", "Card", "CardSkill", "Memo", "Seat", "card", "told", "write"]

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class CardSkill(Value):
    """One item of a collection, with two fields that can be asked about."""

    name: str = ""
    level: int | None = None


class Card(Record):
    """A person's card, as small as shows every law."""

    kind: ClassVar[str] = "suite_card"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("name", is_indexed=True),
        one("rating", type=FieldType.NUMBER),
        one("seen", type=FieldType.INSTANT, is_indexed=True),
        one("age", type=FieldType.INTEGER),
        one("is_open", type=FieldType.BOOLEAN),
        one("born", type=FieldType.DATE),
        one("state", type=FieldType.CHOICE, is_indexed=True),
        many("email", "emails", is_indexed=True),
        many("skill", "skills.name", is_indexed=True),
        many("level", "skills.level", type=FieldType.INTEGER),
    )

    name: str = ""
    emails: tuple[str, ...] = ()
    note: str = ""
    rating: float | None = None
    seen: datetime | None = None
    age: int | None = None
    is_open: bool | None = None
    born: str = ""
    state: str = ""
    skills: tuple[CardSkill, ...] = ()
    extra: dict[str, JsonValue] = Field(default_factory=dict)


class Seat(Record):
    """Something that one person may hold at a time."""

    kind: ClassVar[str] = "suite_seat"
    fields: ClassVar[tuple[FieldSpec, ...]] = (one("number", type=FieldType.INTEGER), one("person"))

    number: int
    person: str = ""

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """Yield the seat while somebody sits there, and the person."""
        if self.person:
            yield "taken seat", str(self.number)
            yield "seated person", self.person


class Memo(Record):
    """A second kind, so that kinds can be told apart: something told of somebody, such as an activity."""

    kind: ClassVar[str] = "suite_memo"
    fields: ClassVar[tuple[FieldSpec, ...]] = (one("subject", type=FieldType.ID, is_indexed=True),)

    text: str = ""
    subject: str = ""


SUITE_CODEC = Codec([Card, Memo, Seat])


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
