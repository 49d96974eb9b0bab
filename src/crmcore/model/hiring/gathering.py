"""Gatherings: career fairs, campus days, meet-ups; whom we met there, and what it cost.

That somebody was met is a touch of the contact, whose link is the gathering's id: it is counted with all other ways by
which people come to us, and kept when contacts are merged.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import Field, model_validator

from crmcore.model.attribution import Origin, Touch
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.money import Money
from crmcore.model.record import Id, Record
from crmcore.model.scalars import Instant, Text
from crmcore.query.moments import utc_or_none
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from datetime import datetime

    from crmcore.model.contact import ContactRecord
    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion

__all__ = ["Gathering", "GatheringType"]

INTERNAL = Sensitivity.INTERNAL


class GatheringType(StrEnum):
    """What kind of gathering it is."""

    CAMPUS = "campus"
    FAIR = "fair"
    MEETUP = "meetup"
    CONFERENCE = "conference"
    OPEN_DAY = "open_day"
    WEBINAR = "webinar"


class Gathering(Record):
    """One occasion on which we meet people.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model import ContactRecord, Occasion
    >>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva")
    >>> day = Gathering(id="g-1", name="Delft career day", type="campus", starts=on.at, university="o-delft")
    >>> ada, told = day.met(ContactRecord(id="c-7"), on=on)
    >>> ada.touches[0].source, ada.touches[0].medium, ada.origin.value, told.type
    ('Delft career day', 'campus', 'university', 'gathering.met')
    """

    kind: ClassVar[str] = "gathering"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("name", sensitivity=INTERNAL),
        one("type", type=FieldType.CHOICE, options=GatheringType, sensitivity=INTERNAL),
        one("starts", type=FieldType.INSTANT, sensitivity=INTERNAL),
        one("ends", type=FieldType.INSTANT, sensitivity=INTERNAL),
        one("university", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("owner", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    )
    searched: ClassVar[tuple[str, ...]] = ("name",)
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="universities", kind="organisation", here="university"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = dict.fromkeys(("place", "cost", "campaign"), INTERNAL)

    name: Text = Field(min_length=1)
    type: GatheringType
    starts: Instant
    ends: Instant | None = None
    place: Text = ""
    university: Id | None = Field(default=None, description="The organisation at which it is.")
    owner: Id | None = None
    campaign: Text = ""
    cost: Money | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends is not None and self.ends < self.starts:
            raise ValueError(f"gathering {self.id!r} ends before it starts")
        return self

    @property
    def origin(self) -> Origin:
        """By which road people come in whom we first meet there."""
        return Origin.UNIVERSITY if self.type is GatheringType.CAMPUS else Origin.EVENT

    def touch(self, at: datetime | None = None) -> Touch:
        """Return the touch of somebody whom we met there."""
        at = utc_or_none(at)
        return Touch(
            source=self.name, at=at or self.starts, medium=self.type.value, campaign=self.campaign, link=self.id
        )

    def met(self, contact: ContactRecord, *, on: Occasion) -> tuple[ContactRecord, Event]:
        """Note that somebody was met there; who came to us by no other road came by this. Twice changes nothing."""
        touches = (*contact.touches, self.touch(on.at))
        known = any(touch.link == self.id for touch in contact.touches)
        new = contact.evolve(touches=contact.touches if known else touches, origin=contact.origin or self.origin)
        return new, on.tells("gathering.met", contact, gathering=self.id, type=self.type.value)
