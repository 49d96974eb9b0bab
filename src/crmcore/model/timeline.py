"""What happened with a contact, in one order, and only as much of it as a viewer may see."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self

import attrs
from pydantic import AfterValidator, Field

from crmcore.errors import LawBroken
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, many, one
from crmcore.model.record import Id, Record
from crmcore.model.scalars import Instant, LongText, Text
from crmcore.query.moments import in_utc
from crmcore.query.types import FieldType

__all__ = ["Activity", "ActivityType", "Note", "Task", "Timeline", "Viewer", "Visibility"]


class Visibility(StrEnum):
    """Who may see an entry."""

    PUBLIC = "public"
    """Everyone who may see the contact."""
    PRIVATE = "private"
    """The author, the people named in `shared_with`, and administrators."""
    ADMIN_ONLY = "admin_only"


@attrs.frozen(kw_only=True)
class Viewer:
    """Who looks."""

    id: str
    is_admin: bool = False


ENTRY_FIELDS = (
    many("subject", "subjects", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
    one("at", type=FieldType.INSTANT, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
    one("author", sensitivity=Sensitivity.INTERNAL),
    one("visibility", type=FieldType.CHOICE, options=Visibility, sensitivity=Sensitivity.INTERNAL),
)
"""What every entry of a timeline can be asked by."""


class Entry(Record):
    """Something that stands in a timeline."""

    relations: ClassVar[tuple[RelationSpec, ...]] = (RelationSpec(key="contacts", kind="contact", here="subject"),)
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        "body": Sensitivity.CONFIDENTIAL,
        "shared_with": Sensitivity.INTERNAL,
    }

    subjects: Annotated[tuple[Id, ...], Field(min_length=1), AfterValidator(lambda ids: tuple(sorted(set(ids))))]
    at: Instant
    author: Text
    body: LongText = ""
    visibility: Visibility = Visibility.PUBLIC
    shared_with: tuple[Id, ...] = ()

    def about(self) -> tuple[str, str]:
        """Return the contact that it is about; one about several stands for itself."""
        return ("contact", self.subjects[0]) if len(self.subjects) == 1 else super().about()

    def visible_to(self, viewer: Viewer) -> bool:
        """Whether that viewer may see it."""
        if viewer.is_admin or self.visibility is Visibility.PUBLIC:
            return True
        return self.visibility is Visibility.PRIVATE and viewer.id in {self.author, *self.shared_with}


class Note(Entry):
    """What somebody wrote down."""

    kind: ClassVar[str] = "note"
    searched: ClassVar[tuple[str, ...]] = ("body",)
    fields: ClassVar[tuple[FieldSpec, ...]] = ENTRY_FIELDS


class ActivityType(StrEnum):
    """What kind of thing happened."""

    EMAIL = "email"
    CALL = "call"
    MEETING = "meeting"
    MESSAGE = "message"
    SYSTEM = "system"


class Activity(Entry):
    """Something that was done: an e-mail, a call, a meeting, or a step of the system itself."""

    kind: ClassVar[str] = "activity"
    searched: ClassVar[tuple[str, ...]] = ("title", "body")
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        *ENTRY_FIELDS,
        one("type", type=FieldType.CHOICE, options=ActivityType, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("thread", sensitivity=Sensitivity.INTERNAL),
        one("is_inbound", type=FieldType.BOOLEAN, sensitivity=Sensitivity.INTERNAL),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {**Entry.sensitivities, "title": Sensitivity.CONFIDENTIAL}

    type: ActivityType
    title: Text = ""
    is_inbound: bool | None = None
    thread: Text = ""


class Task(Entry):
    """Something to do."""

    kind: ClassVar[str] = "task"
    searched: ClassVar[tuple[str, ...]] = ("title", "body")
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        *ENTRY_FIELDS,
        one("due_at", type=FieldType.INSTANT, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("assignee", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("completed_at", type=FieldType.INSTANT, sensitivity=Sensitivity.INTERNAL),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {**Entry.sensitivities, "title": Sensitivity.CONFIDENTIAL}

    title: Text = Field(min_length=1)
    due_at: Instant | None = None
    assignee: Id | None = None
    completed_at: Instant | None = None

    def complete(self, at: datetime) -> Self:
        """Tick it off; it cannot be done before it was set, and a second tick changes nothing."""
        at = in_utc(at)
        if at < self.at:
            raise LawBroken(f"task {self.id!r} was set at {self.at.isoformat()}, it cannot be done before that")
        return self if self.completed_at is not None else self.evolve(completed_at=at)

    def is_overdue(self, at: datetime) -> bool:
        """Whether it should have been done by that instant and is not."""
        at = in_utc(at)
        return self.completed_at is None and self.due_at is not None and self.due_at < at


def _order(entry: Entry) -> tuple[datetime, str, str]:
    return entry.at, entry.kind, entry.id


@attrs.frozen
class Timeline:
    """Entries in the order of their instants; equal instants by kind, then id. Each entry stands in it once."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Self:
        """Put them in order; of two versions of one entry the later one stays."""
        latest: dict[tuple[str, str], Entry] = {}
        for entry in entries:
            known = latest.get((entry.kind, entry.id), entry)
            latest[entry.kind, entry.id] = entry if entry.version >= known.version else known
        return cls(tuple(sorted(latest.values(), key=_order)))

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __add__(self, other: "Timeline") -> "Timeline":
        """Merge two; no entry is lost."""
        return Timeline.of((*self.entries, *other.entries))

    def seen_by(self, viewer: Viewer) -> Self:
        """Return what that viewer may see; hidden entries are neither in it nor in its length."""
        return type(self)(tuple(entry for entry in self.entries if entry.visible_to(viewer)))
