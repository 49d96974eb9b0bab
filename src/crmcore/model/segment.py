"""Segments: who belongs to one by what it asks, by hand, or once and for all; and who has belonged to it since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypedDict, Unpack

from pydantic import AfterValidator, Field, model_validator

from crmcore.model.field import FieldSpec, Sensitivity, one
from crmcore.model.form import Form
from crmcore.model.record import Id, Record
from crmcore.model.scalars import Instant, LongText, Slug, Text
from crmcore.query.form import from_json
from crmcore.query.tree import And, Expression, In, Not, Or
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Cause", "Segment", "SegmentBuild", "SegmentType", "SegmentWatermark", "Standing", "standing_id"]

INTERNAL = Sensitivity.INTERNAL
LONGEST_ID = 200
MOST_LISTED = 100_000
"""Records that one segment may list by their ids; an expression lists no more values either."""


class SegmentType(StrEnum):
    """What decides who belongs to a segment."""

    DYNAMIC = "dynamic"
    """What it asks, at any time."""
    MANUAL = "manual"
    """People, who put records in and take them out."""
    SNAPSHOT = "snapshot"
    """What it asked at one instant; the records that were found then are listed."""


class Cause(StrEnum):
    """Why a record entered a segment, or left it."""

    CHANGE = "change"
    """It was changed, or something that is asked about together with it."""
    EVENT = "event"
    """Something happened to it."""
    TIMER = "timer"
    """Time went by."""
    DEFINITION = "definition"
    """The segment was changed, put in by hand and taken out by hand included."""
    REMOVAL = "removal"
    """The record was taken away."""
    ENDED = "ended"
    """The segment was put into the archive, or taken away."""


def _as_ids(ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(ids)))


Listed = Annotated[tuple[Id, ...], Field(max_length=MOST_LISTED), AfterValidator(_as_ids)]


class _Given(TypedDict, total=False):
    """What a segment is made of, as checkers of types see it."""

    id: str
    version: int
    name: str
    of: str
    type: SegmentType | str
    where: Expression | Mapping[str, Any] | None
    includes: Iterable[str]
    excludes: Iterable[str]
    description: str
    owner: str | None
    purpose: str
    logs_criteria: bool
    taken_at: datetime | None
    is_archived: bool


class Segment(Record):
    """Some records of one kind, by what they are or by hand.

    `includes` and `excludes` win over what it asks, and stay whatever becomes of the expression; who is in both is out.
    Each change is a new version, and the store keeps the earlier ones.

    >>> from crmcore.query import F
    >>> segment = Segment(key="utrecht", where=F.city == "Utrecht").including("c-7").excluding("c-9")
    >>> segment.where
    {'version': 1, 'where': {'op': 'eq', 'field': 'city', 'value': 'Utrecht'}}
    >>> segment.asks
    And(parts=(Or(parts=(Compare(field='city', op=<Op.EQ: 'eq'>, value='Utrecht'),
                         In(field='id', values=('c-7',), folds=False))),
               Not(part=In(field='id', values=('c-9',), folds=False))))
    """

    kind: ClassVar[str] = "segment"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("name", sensitivity=INTERNAL),
        one("of", type=FieldType.CHOICE, is_small=True, sensitivity=INTERNAL),
        one("type", type=FieldType.CHOICE, options=SegmentType, sensitivity=INTERNAL),
        one("owner", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("is_archived", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        "where": Sensitivity.CONFIDENTIAL,  # its values may be of the strictest fields
        "includes": INTERNAL,
        "excludes": INTERNAL,
        "description": INTERNAL,
        "purpose": INTERNAL,
        "logs_criteria": INTERNAL,
        "taken_at": INTERNAL,
    }

    id: Slug = Field(description="The key of the segment.")
    name: Text = ""
    of: str = Field(default="contact", pattern=r"^[a-z][a-z0-9_.]{0,99}$", description="The kind of its records.")
    type: SegmentType = SegmentType.DYNAMIC
    where: Form = Field(default=None, description="What it asks, as crmcore.query.to_json writes it.")
    includes: Listed = ()
    excludes: Listed = ()
    description: LongText = ""
    owner: Id | None = None
    purpose: Text = Field(default="", description="What it is used for, such as a requisition.")
    logs_criteria: bool = Field(default=False, description="Whether each search by it is written down.")
    taken_at: Instant | None = Field(default=None, description="When a snapshot was taken.")
    is_archived: bool = False

    if TYPE_CHECKING:  # the key is no field, so what pydantic derives from the fields does not know it

        def __init__(self, *, key: str = ..., **more: Unpack[_Given]) -> None: ...

    @model_validator(mode="before")
    @classmethod
    def _named_by_key(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and "key" in data and "id" not in data:
            return {**{name: value for name, value in data.items() if name != "key"}, "id": data["key"]}
        return data

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.type is SegmentType.DYNAMIC and self.where is None:
            raise ValueError("a dynamic segment asks something: give it a 'where', or type='manual'")
        if self.type is SegmentType.MANUAL and self.where is not None:
            raise ValueError("a manual segment asks nothing: list its records in 'includes'")
        if (self.taken_at is not None) is not (self.type is SegmentType.SNAPSHOT):
            raise ValueError("a snapshot says when it was taken, and nothing else does")
        return self

    @property
    def key(self) -> str:
        """The name that expressions use."""
        return self.id

    @property
    def expression(self) -> Expression | None:
        """What it asks by itself, or asked when the snapshot was taken; None of a manual one."""
        return None if self.where is None else from_json(self.where)

    @property
    def asks(self) -> Expression:
        """What tells its members from others: the expression, and what was put in and taken out by hand."""
        own = self.expression if self.type is SegmentType.DYNAMIC else None
        listed = In("id", self.includes)
        within: Expression = listed if own is None else own if not self.includes else Or((own, listed))
        return within if not self.excludes else And((within, Not(In("id", self.excludes))))

    def asking(self, where: Expression) -> Self:
        """Return the segment with another question; what was put in and taken out by hand stays."""
        return self.evolve(where=where, type=SegmentType.DYNAMIC, taken_at=None)

    def including(self, *ids: str) -> Self:
        """Put records in, whatever it asks."""
        return self.evolve(includes=(*self.includes, *ids), excludes=_without(self.excludes, ids))

    def excluding(self, *ids: str) -> Self:
        """Take records out, whatever it asks."""
        return self.evolve(excludes=(*self.excludes, *ids), includes=_without(self.includes, ids))

    def leaving_to_itself(self, *ids: str) -> Self:
        """Neither put these in nor take them out: what it asks decides again."""
        return self.evolve(includes=_without(self.includes, ids), excludes=_without(self.excludes, ids))

    def as_manual(self, members: Iterable[str]) -> Self:
        """Return it with those members, to be changed by hand from now on."""
        return self.evolve(type=SegmentType.MANUAL, where=None, includes=tuple(members), excludes=(), taken_at=None)

    def as_snapshot(self, members: Iterable[str], *, at: Instant) -> Self:
        """Return it with those members for ever, and what it asked when they were found."""
        return self.evolve(type=SegmentType.SNAPSHOT, includes=tuple(members), excludes=(), taken_at=at)


def _without(ids: tuple[str, ...], gone: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(ids).difference(gone)))


def standing_id(segment: str, record: str) -> str:
    """Return under which id it stands whether the record belongs to the segment.

    >>> standing_id("utrecht", "c-7")
    'utrecht/c-7'
    """
    plain = f"{segment}/{record}"
    return plain if len(plain) <= LONGEST_ID else f"{segment}/{sha256(record.encode()).hexdigest()}"


class Standing(Record):
    """Whether one record belongs to one segment, since when and why; its versions are the history of it."""

    kind: ClassVar[str] = "standing"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("segment", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("record", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("of", type=FieldType.ID, sensitivity=INTERNAL),
        one("is_member", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
        one("since", type=FieldType.INSTANT, sensitivity=INTERNAL),
        one("flips_at", type=FieldType.INSTANT, sensitivity=INTERNAL, is_indexed=True),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        "cause": INTERNAL,
        "unit": INTERNAL,
        "segment_version": INTERNAL,
    }

    segment: Slug
    record: Id
    of: str = Field(description="The kind of the record.")
    is_member: bool
    since: Instant = Field(description="When it became so, in the world.")
    cause: Cause
    unit: int | None = Field(default=None, description="The number of the unit of work that made it so.")
    segment_version: int = Field(ge=0, description="The version of the segment by which it was judged.")
    flips_at: Instant | None = Field(
        default=None, description="When the answer may change though nothing is changed; None for never."
    )

    def about(self) -> tuple[str, str]:
        """Return the record: what is known of its segments is known of it."""
        return self.of, self.record


class SegmentBuild(Record):
    """How far the standings of one segment follow its definition; its id is the segment's."""

    kind: ClassVar[str] = "segment_build"
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = dict.fromkeys(
        ("definition", "segment_version", "phase", "after", "at"), INTERNAL
    )

    definition: Text = Field(description="The digest of what it asks, inner segments included.")
    segment_version: int = Field(ge=0)
    phase: str = Field(pattern="^(?:entering|leaving|built|ending|ended)$")
    after: str = Field(default="", max_length=LONGEST_ID, description="The last id that was judged.")
    at: Instant = Field(description="When the latest step was taken.")


class SegmentWatermark(Record):
    """How far memberships follow the history of the records."""

    kind: ClassVar[str] = "segment_watermark"
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = dict.fromkeys(("change", "event", "unit", "at"), INTERNAL)

    change: int = Field(default=0, ge=0, description="The number of the last change that was taken in.")
    event: int = Field(default=0, ge=0)
    unit: int = Field(default=0, ge=0)
    at: Instant = Field(description="Memberships are as of this instant.")
