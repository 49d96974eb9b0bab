"""What a store hands out: pages of records, and who changed what, when and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, Self, TypeVar, overload

import attrs

from crmcore.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.record import Record

__all__ = [
    "Action",
    "Checkpoint",
    "Delivery",
    "Page",
    "RecordVersion",
    "StoreCapability",
    "StoredChange",
    "StoredEvent",
    "StoredUnit",
]

_CHECKPOINT = re.compile(r"0:|([1-9][0-9]{0,18}):([0-9a-f]{64})")

R_co = TypeVar("R_co", bound="Record", covariant=True)


@attrs.frozen
class Page(Sequence[R_co], Generic[R_co]):
    """Some records in order, and where the next ones begin.

    Attributes:
        records: the records of this page.
        next: an opaque cursor for :meth:`Reader.find`, or None at the end. It holds the last record's values of the
            fields that it is ordered by, so treat it as you treat them.

    """

    records: tuple[R_co, ...]
    next: str | None = None

    @overload
    def __getitem__(self, place: int) -> R_co: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[R_co, ...]: ...
    def __getitem__(self, place: int | slice) -> R_co | tuple[R_co, ...]:
        return self.records[place]

    def __len__(self) -> int:
        return len(self.records)


class Action(StrEnum):
    """What one change did to a record."""

    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"
    RESTORED = "restored"


@attrs.frozen(kw_only=True)
class StoredUnit:
    """A committed unit of work: who changed something, when and why.

    Attributes:
        number: its place among the units of the tenant: 1, 2, 3 ... in the order of the commits, without gaps.
        actor, reason, source, key: as they were given when it began; "" and None where nothing was.
        occurred_at: when it was true in the world; before `recorded_at` for a back-dated fact.
        recorded_at: when the store learned of it; never before that of an earlier unit, whatever the clock did.
        hash: the SHA-256 over this unit, all that it wrote, and the hash of the unit before.

    """

    number: int
    actor: str
    reason: str
    source: str
    key: str | None
    occurred_at: datetime
    recorded_at: datetime
    hash: str


@attrs.frozen(kw_only=True)
class StoredChange:
    """That a record was changed; what it became is read from the record, or from its :meth:`History.versions`.

    Attributes:
        seq: its place among the changes of the tenant: 1, 2, 3 ... in the order of the commits, without gaps.
        version: the record's version after it.

    """

    seq: int
    unit: StoredUnit
    kind: str
    id: str
    version: int
    action: Action


@attrs.frozen(kw_only=True)
class RecordVersion(Generic[R_co]):
    """One state of a record.

    Attributes:
        change: what brought it about.
        record: the record as it was then; None where it was removed, or the content was erased since.

    """

    change: StoredChange
    record: R_co | None


@attrs.frozen(kw_only=True)
class StoredEvent:
    """An event as the store keeps it.

    Attributes:
        seq: its place among all events of the tenant: 1, 2, 3 ... in the order of the commits, without gaps.
        unit: the unit of work that told it.
        event: what happened.

    """

    seq: int
    unit: StoredUnit
    event: Event


@attrs.frozen(kw_only=True)
class Checkpoint:
    """How far the chain of units reached, and its hash there; kept elsewhere, it shows a cut tail.

    Attributes:
        unit: the number of the last unit; 0 where there is none.
        hash: that unit's hash; "" where there is none.

    >>> kept = str(Checkpoint(unit=1, hash="ab" * 32))
    >>> Checkpoint.of(kept).unit
    1
    """

    unit: int
    hash: str

    @classmethod
    def of(cls, text: str) -> Self:
        """Read what `str` wrote; raise InputError."""
        if not (found := _CHECKPOINT.fullmatch(text)):
            raise InputError(f"{text[:100]!a} is no checkpoint; one is a number, a colon and 64 hexadecimal digits")
        return cls(unit=int(found[1] or 0), hash=found[2] or "")

    def __str__(self) -> str:
        return f"{self.unit}:{self.hash}"


@attrs.frozen(kw_only=True)
class Delivery:
    """An event handed to one consumer, for a while.

    Attributes:
        consumer: who is to handle it.
        stored: the event.
        attempt: 1 for the first try.
        fence: rises with every lease of the consumer; a late worker's is refused.
        leased_until: until when it is this worker's.

    """

    consumer: str
    stored: StoredEvent
    attempt: int
    fence: int
    leased_until: datetime


class StoreCapability(StrEnum):
    """What a store says that it can do beyond the port; declared, never guessed."""

    DURABLE = "durable"
    """A commit is on the disk when the unit's block is left."""
    SHARED = "shared"
    """Other processes may open the same records."""
    WORD_INDEX = "word_index"
    """Words of texts are found by an index; without one they are looked through."""
