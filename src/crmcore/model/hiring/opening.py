"""One seat of a job, as a ledger: who holds it, who held it, and how it came to be free again."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator

from crmcore.errors import LawBroken
from crmcore.model.external import ExternalIds
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, many, one
from crmcore.model.machine import Machine, Told, in_time
from crmcore.model.record import Id, Record
from crmcore.model.scalars import Text
from crmcore.query.moments import in_utc
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from pydantic import JsonValue

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion

__all__ = ["SEATS", "Opening", "OpeningStatus", "SeatEntry", "SeatVerb"]

INTERNAL = Sensitivity.INTERNAL


class OpeningStatus(StrEnum):
    """What a seat is."""

    OPEN = "open"
    RESERVED = "reserved"
    """Somebody has an offer for it."""
    FILLED = "filled"
    CLOSED = "closed"


class SeatVerb(StrEnum):
    """What can happen to a seat."""

    OPEN = "open"
    RESERVE = "reserve"
    RELEASE = "release"
    """The offer was declined, rescinded, or ran out: reverses a reservation."""
    FILL = "fill"
    UNFILL = "unfill"
    """The hire did not come about after all: reverses a filling."""
    CLOSE = "close"
    REOPEN = "reopen"


SEATS = Machine(
    {
        None: {SeatVerb.OPEN: OpeningStatus.OPEN},
        OpeningStatus.OPEN: {
            SeatVerb.RESERVE: OpeningStatus.RESERVED,
            SeatVerb.FILL: OpeningStatus.FILLED,
            SeatVerb.CLOSE: OpeningStatus.CLOSED,
        },
        OpeningStatus.RESERVED: {SeatVerb.RELEASE: OpeningStatus.OPEN, SeatVerb.FILL: OpeningStatus.FILLED},
        OpeningStatus.FILLED: {SeatVerb.UNFILL: OpeningStatus.OPEN},
        OpeningStatus.CLOSED: {SeatVerb.REOPEN: OpeningStatus.OPEN},
    }
)
"""What can happen to a seat in each state."""

TAKING = frozenset({SeatVerb.RESERVE, SeatVerb.FILL})
FREEING = frozenset({SeatVerb.RELEASE, SeatVerb.UNFILL})


class SeatEntry(Told):
    """One entry of a seat's ledger; those that take or free it name the application."""

    verb: SeatVerb
    application: Id | None = None
    with_job: bool = Field(default=False, description="Whether it was closed because its job was.")

    @model_validator(mode="after")
    def _names_whom_it_is_about(self) -> Self:
        if (self.application is not None) != (self.verb in TAKING | FREEING):
            raise ValueError(
                f"an entry {self.verb.value!r} names {'an' if self.application is None else 'no'} application"
            )
        if self.with_job and self.verb is not SeatVerb.CLOSE:
            raise ValueError(f"an entry {self.verb.value!r} does not come with the job's closing")
        return self


class Opening(Record):
    """One seat.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.occasion import Occasion
    >>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva")
    >>> seat, _ = Opening(id="o-1", job="j-1").open(on=on)
    >>> seat, _ = seat.reserve("a-1", on=on)
    >>> seat.fill("a-2", on=on)
    Traceback (most recent call last):
    crmcore.errors.LawBroken: opening 'o-1' is reserved for application 'a-1'; release it before 'a-2' can have it
    >>> seat, told = seat.fill("a-1", on=on)
    >>> seat.status.value, seat.holder, told.type
    ('filled', 'a-1', 'opening.filled')
    """

    kind: ClassVar[str] = "opening"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("job", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("status", type=FieldType.CHOICE, options=OpeningStatus, sensitivity=INTERNAL),
        one("holder", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("requisition", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("number", type=FieldType.INTEGER, sensitivity=INTERNAL),
        one("is_backfill", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
        one("opened_at", type=FieldType.INSTANT, sensitivity=INTERNAL),
        one("closed_at", type=FieldType.INSTANT, sensitivity=INTERNAL),
        one("close_reason", sensitivity=INTERNAL),
        many("external_id", "external_ids.key", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="jobs", kind="job", here="job"),
        RelationSpec(key="applications", kind="application", here="holder"),
        RelationSpec(key="offers", kind="offer", there="opening"),
        RelationSpec(key="requisitions", kind="requisition", here="requisition"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {"label": INTERNAL, "ledger": INTERNAL, "replaces": INTERNAL}

    job: Id
    label: Text = Field(default="", description="What the organisation calls the seat, such as a position number.")
    requisition: Id | None = None
    number: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Of the requisition's seats; no two that are not closed share it."
    )
    is_backfill: bool = False
    replaces: Id | None = Field(default=None, description="Whose seat it was, of a backfill.")
    external_ids: ExternalIds = ()
    ledger: Annotated[tuple[SeatEntry, ...], Field(max_length=10_000)] = ()

    @model_validator(mode="after")
    def _ledger_adds_up(self) -> Self:
        if self.ledger != in_time(self.ledger):
            raise ValueError("the entries are not in the order in which they occurred")
        for _ in _states(self.ledger, self.id):
            pass
        return self

    @property
    def status(self) -> OpeningStatus | None:
        """What the seat is now; None before it was opened."""
        return _status(self.ledger)

    @property
    def holder(self) -> str | None:
        """The application that it is reserved for, or filled by."""
        return _holder(self.ledger)

    @property
    def opened_at(self) -> datetime | None:
        """When it was first opened."""
        return self.ledger[0].occurred_at if self.ledger else None

    @property
    def closed_at(self) -> datetime | None:
        """When it was given up; None while it is not."""
        return self.ledger[-1].occurred_at if self.status is OpeningStatus.CLOSED else None

    @property
    def close_reason(self) -> str:
        """Why it was given up; "" while it is not."""
        return self.ledger[-1].reason if self.status is OpeningStatus.CLOSED else ""

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """Claim the application that holds it, which has one seat at most; and its number among the requisition's."""
        if self.requisition is not None and self.number is not None and self.status is not OpeningStatus.CLOSED:
            yield "seat of requisition", f"{self.requisition} {self.number}"
        if self.holder is not None:
            yield "seat of application", self.holder

    def open(self, *, on: Occasion) -> tuple[Self, Event]:
        """Begin the ledger."""
        return self._entered(SeatVerb.OPEN, on=on)

    def reserve(self, application: str, *, on: Occasion) -> tuple[Self, Event]:
        """Keep it for an application that has an offer."""
        return self._entered(SeatVerb.RESERVE, application, on=on)

    def release(self, *, on: Occasion) -> tuple[Self, Event]:
        """Free it from a reservation."""
        return self._freed(SeatVerb.RELEASE, on=on)

    def fill(self, application: str, *, on: Occasion) -> tuple[Self, Event]:
        """Give it to who is hired.

        Raises:
            LawBroken: somebody else has it.

        """
        return self._entered(SeatVerb.FILL, application, on=on)

    def unfill(self, *, on: Occasion) -> tuple[Self, Event]:
        """Free it from a hire that did not come about."""
        return self._freed(SeatVerb.UNFILL, on=on)

    def close(self, *, on: Occasion, with_job: bool = False) -> tuple[Self, Event]:
        """Give it up, alone or with its job; `on.reason` says why. A seat that somebody holds is freed first."""
        return self._entered(SeatVerb.CLOSE, on=on, with_job=with_job)

    def reopen(self, *, on: Occasion) -> tuple[Self, Event]:
        """Take it up again."""
        return self._entered(SeatVerb.REOPEN, on=on)

    def was(self, at: datetime) -> OpeningStatus | None:
        """Return what the seat was at an instant, as we know it today."""
        at = in_utc(at)
        return _status(entry for entry in self.ledger if entry.occurred_at <= at)

    def _freed(self, verb: SeatVerb, *, on: Occasion) -> tuple[Self, Event]:
        """Free it from who held it at that time."""
        before = [entry for entry in self.ledger if entry.occurred_at <= on.at]
        holder = _holder(before)
        if holder is None:
            raise SEATS.refusal(_status(before), verb)
        return self._entered(verb, holder, on=on)

    def _entered(
        self, verb: SeatVerb, application: str | None = None, *, on: Occasion, with_job: bool = False
    ) -> tuple[Self, Event]:
        entry = SeatEntry(verb=verb, application=application, with_job=with_job, **on.told())
        ledger = in_time((*self.ledger, entry))
        for _ in _states(ledger, self.id):  # before the record is made, so that the error is its own
            pass
        new = self.evolve(ledger=ledger)
        facts: dict[str, JsonValue] = {} if application is None else {"application": application}
        if verb is SeatVerb.CLOSE:
            facts["with_job"] = with_job
        return new, on.tells(f"opening.{PAST[verb]}", self, **facts)


PAST = {
    SeatVerb.OPEN: "opened",
    SeatVerb.RESERVE: "reserved",
    SeatVerb.RELEASE: "released",
    SeatVerb.FILL: "filled",
    SeatVerb.UNFILL: "unfilled",
    SeatVerb.CLOSE: "closed",
    SeatVerb.REOPEN: "reopened",
}


def _status(ledger: Iterable[SeatEntry]) -> OpeningStatus | None:
    status: OpeningStatus | None = None
    for entry in ledger:
        status = SEATS.after(status, entry.verb)
    return status


def _holder(ledger: Sequence[SeatEntry]) -> str | None:
    return ledger[-1].application if ledger and ledger[-1].verb in TAKING else None


def _states(ledger: Iterable[SeatEntry], opening: str) -> Iterator[OpeningStatus]:
    """Yield the state after each entry; refuse what the table does not list, and a seat given to two."""
    status: OpeningStatus | None = None
    holder: str | None = None
    for entry in ledger:
        if holder is not None and entry.application is not None and entry.application != holder:
            held = "reserved for" if status is OpeningStatus.RESERVED else "filled by"
            free = "release" if status is OpeningStatus.RESERVED else "unfill"
            raise LawBroken(
                f"opening {opening!r} is {held} application {holder!r}; "
                f"{free} it before {entry.application!r} can have it"
            )
        status = SEATS.after(status, entry.verb)
        holder = entry.application if entry.verb in TAKING else None
        yield status
