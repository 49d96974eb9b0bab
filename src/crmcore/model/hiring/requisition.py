"""The leave to hire: for how many, where, at what pay, why, and who agreed to it.

*Laws.* What is approved, open, on hold or closed is what was approved: no watched field differs. An edit of one begins
a new version of the approval, and takes the requisition back to those who answer. Seats are opened while it is open,
and never more than its headcount; a seat that was given up makes room for another. A requisition without a headcount
is evergreen.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import attrs
from pydantic import Field, model_validator

from crmcore.errors import IllegalStep, InputError, LawBroken, UnknownField
from crmcore.model.custom import CustomValues
from crmcore.model.external import ExternalIds
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, many, one
from crmcore.model.hiring._requisition_table import (
    PAST,
    REQUISITIONS,
    RequisitionStatus,
    RequisitionStep,
    RequisitionVerb,
)
from crmcore.model.hiring.approval import Approval, ApprovalFlow, ApprovalStatus
from crmcore.model.hiring.job import Band
from crmcore.model.hiring.opening import OpeningStatus
from crmcore.model.machine import in_time
from crmcore.model.record import Id, Record
from crmcore.model.scalars import Instant, LongText, Text, label_key
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.hiring.opening import Opening
    from crmcore.model.occasion import Occasion

__all__ = ["REQUISITIONS", "Requisition", "RequisitionStatus", "RequisitionStep", "RequisitionVerb"]

INTERNAL, CONFIDENTIAL = Sensitivity.INTERNAL, Sensitivity.CONFIDENTIAL


_S, _V = RequisitionStatus, RequisitionVerb

BY_ITSELF = frozenset({_V.DRAFT, _V.SUBMIT, _V.APPROVE, _V.REFUSE, _V.WITHDRAW})
"""What has a method of its own, since the approval takes part."""
AGREED = frozenset({_S.APPROVED, _S.OPEN, _S.ON_HOLD, _S.CLOSED})
TAKEN = frozenset({OpeningStatus.OPEN, OpeningStatus.RESERVED, OpeningStatus.FILLED})
LAWFUL = frozenset({"id", "version", "history", "approval"})
"""Attributes that no edit touches."""


class Requisition(Record):
    """The leave to hire.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.occasion import Occasion
    >>> def by(actor, day):
    ...     return Occasion(event_id=f"e-{day}", at=datetime(2026, 3, day, tzinfo=UTC), actor=actor)
    >>> flow = ApprovalFlow(groups=[{"key": "finance", "approvers": ["ann"]}], watched=["headcount", "band"])
    >>> requisition, _ = Requisition(id="r-1", code="ENG-7", title="Data engineer", headcount=2).draft(on=by("eva", 1))
    >>> requisition, _ = requisition.submit(flow, on=by("eva", 2))
    >>> requisition, told = requisition.approve(on=by("ann", 3))
    >>> requisition, _ = requisition.step("open", on=by("eva", 4))
    >>> requisition.status.value, told.type, requisition.room(())
    ('open', 'requisition.approved', 2)
    >>> requisition, told = requisition.edit(headcount=3, on=by("eva", 5))
    >>> requisition.status.value, told.data, requisition.approval.waiting_for
    ('in_approval', {'changed': ['headcount'], 'asked_again_for': ['headcount'], 'approval': 2}, ('ann',))
    """

    kind: ClassVar[str] = "requisition"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("code", sensitivity=INTERNAL, is_indexed=True),
        one("title", sensitivity=INTERNAL),
        one("status", type=FieldType.CHOICE, options=RequisitionStatus, sensitivity=INTERNAL),
        one("headcount", type=FieldType.INTEGER, sensitivity=INTERNAL),
        one("is_evergreen", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
        one("is_backfill", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
        one("department", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        many("location", "locations", type=FieldType.ID, sensitivity=INTERNAL),
        one("owner", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("hiring_manager", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("opened_at", type=FieldType.INSTANT, sensitivity=INTERNAL),
        many("awaits", "awaits", type=FieldType.ID, sensitivity=INTERNAL),
        many("external_id", "external_ids.key", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    )
    searched: ClassVar[tuple[str, ...]] = ("code", "title")
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="jobs", kind="job", there="requisition"),
        RelationSpec(key="openings", kind="opening", there="requisition"),
        RelationSpec(key="departments", kind="department", here="department"),
        RelationSpec(key="places", kind="location", here="location"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        **dict.fromkeys(("replaces", "fill_began_at", "fill_ended_at", "history"), INTERNAL),
        **dict.fromkeys(("band", "justification", "approval", "custom"), CONFIDENTIAL),
    }

    code: Text = Field(
        default="", description="What the organisation calls it; no two that are not cancelled share it."
    )
    title: Text = Field(min_length=1)
    headcount: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=1, description="For how many; None for as many as come."
    )
    is_backfill: bool = False
    replaces: Id | None = Field(default=None, description="Who leaves, of a backfill.")
    band: Band | None = None
    department: Id | None = None
    locations: tuple[Id, ...] = ()
    justification: LongText = ""
    owner: Id | None = None
    hiring_manager: Id | None = None
    fill_began_at: Instant | None = Field(default=None, description="Overrides where time to fill begins.")
    fill_ended_at: Instant | None = Field(default=None, description="Overrides where time to fill ends.")
    approval: Approval | None = None
    history: Annotated[tuple[RequisitionStep, ...], Field(max_length=10_000)] = ()
    external_ids: ExternalIds = ()
    custom: CustomValues = Field(default_factory=dict)

    @model_validator(mode="after")
    def _obeys_the_laws(self) -> Self:
        if self.history != in_time(self.history):
            raise ValueError("the steps are not in the order in which they occurred")
        if self.replaces is not None and not self.is_backfill:
            raise ValueError("only a backfill replaces somebody")
        if self.fill_began_at and self.fill_ended_at and self.fill_ended_at < self.fill_began_at:
            raise ValueError("time to fill ends before it begins")
        status = self.status
        if status in AGREED and (self.approval is None or not self.approval.is_approved):
            raise ValueError(f"what is {status.value} was approved, and this was not")
        if status is _S.IN_APPROVAL and (self.approval is None or self.approval.status is not ApprovalStatus.WAITING):
            raise ValueError("what is in approval waits for somebody's answer, and this does not")
        if status in AGREED | {_S.IN_APPROVAL} and self.approval and (names := self.approval.edited(self)):
            raise ValueError(f"{', '.join(names)} changed since it was asked about; change it by Requisition.edit")
        return self

    @property
    def status(self) -> RequisitionStatus:
        """How far it is; a draft before anything happened."""
        status: RequisitionStatus | None = None
        for step in self.history:
            status = REQUISITIONS.after(status, step.verb)
        return status or _S.DRAFT

    @property
    def is_evergreen(self) -> bool:
        """Whether it is for as many as come; reports leave it out of time to fill."""
        return self.headcount is None

    @property
    def opened_at(self) -> datetime | None:
        """When it was first opened."""
        return next((step.occurred_at for step in self.history if step.verb is _V.OPEN), None)

    @property
    def awaits(self) -> tuple[str, ...]:
        """Who can answer now."""
        return self.approval.waiting_for if self.approval is not None else ()

    @property
    def close_reason(self) -> str:
        """Why it was closed or cancelled; "" while it is neither."""
        return self.history[-1].reason if self.status in {_S.CLOSED, _S.CANCELLED} else ""

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """Claim the code, until it is cancelled."""
        if self.code and self.status is not _S.CANCELLED:
            yield "requisition code", label_key(self.code)

    def draft(self, *, on: Occasion) -> tuple[Self, Event]:
        """Begin."""
        return self._stepped(_V.DRAFT, on=on)

    def submit(self, flow: ApprovalFlow, *, on: Occasion, outside_band: bool | None = None) -> tuple[Self, Event]:
        """Ask for approval; a flow that asks nobody approves at once.

        Args:
            flow: whom to ask, and which fields are watched from then on; see `ApprovalFlow.resolved`.
            on: when, and by whom.
            outside_band: whether its pay lies outside the band that the organisation has for such work.

        Raises:
            IllegalStep: it is no draft.
            LawBroken, InputError: see `Approval.request`.

        """
        self._check(_V.SUBMIT, on)
        if self.status is not _S.DRAFT:
            raise REQUISITIONS.refusal(self.status, _V.SUBMIT, why="it is no draft; change it by edit")
        asked = self._asked(self, on=on, flow=flow, outside_band=outside_band)
        return self._stepped(_V.SUBMIT, on=on, approval=asked)

    def approve(self, *, on: Occasion, group: str | None = None) -> tuple[Self, Event]:
        """Agree, as `on.actor`; with the last answer that is needed it is approved. Raises as `Approval.approve`."""
        answered = self._waiting(_V.APPROVE).approve(on=on, group=group)
        if answered.is_approved:
            last = answered.current.steps[-1].occurred_at  # an answer told late need not be the last that was given
            then = attrs.evolve(on, at=last, recorded_at=on.recorded_at or on.at)
            return self._stepped(_V.APPROVE, on=then, approval=answered)
        told = on.tells("requisition.answered", self, answer="approve", approval=answered.number)
        return self.evolve(approval=answered), told

    def refuse(self, reason: str, *, on: Occasion, group: str | None = None) -> tuple[Self, Event]:
        """Refuse, as `on.actor`; it is a draft again. Raises as `Approval.refuse`."""
        answered = self._waiting(_V.REFUSE).refuse(reason, on=on, group=group)
        return self._stepped(_V.REFUSE, on=on, approval=answered)

    def withdraw(self, *, on: Occasion) -> tuple[Self, Event]:
        """Give up asking; it is a draft again."""
        return self._stepped(_V.WITHDRAW, on=on, approval=self._waiting(_V.WITHDRAW).withdraw(on=on))

    def step(self, verb: RequisitionVerb | str, *, on: Occasion) -> tuple[Self, Event]:
        """Open it, hold it, resume, close, reopen or cancel it; `on.reason` says why.

        Raises:
            IllegalStep: it cannot happen in this state; with what can.
            InputError: there is no such step, or it has a method of its own.

        """
        if verb not in (others := [each for each in _V if each not in BY_ITSELF]):
            raise InputError(f"a requisition has no step {str(verb)[:50]!r}; it has: {', '.join(others)}")
        verb = RequisitionVerb(verb)
        self._check(verb, on)
        approval = self.approval
        if verb is _V.CANCEL and approval is not None and approval.status is ApprovalStatus.WAITING:
            approval = approval.withdraw(on=on)
        return self._stepped(verb, on=on, approval=approval)

    def edit(
        self,
        *,
        on: Occasion,
        openings: Iterable[Opening] = (),
        flow: ApprovalFlow | None = None,
        outside_band: bool | None = None,
        **changes: Any,
    ) -> tuple[Self, Event]:
        """Change fields; where a watched one is among them, approval is asked for again.

        Args:
            on: when, by whom and why; who edits is then the one who asks.
            openings: its seats, where the headcount is lowered.
            flow: whom to ask now; by default those who were asked before.
            outside_band: see `submit`.
            changes: field -> new value.

        Raises:
            UnknownField: there is no such field.
            InputError: it is not changed by an edit.
            IllegalStep: it is closed, and a watched field is among the changes.
            LawBroken: more seats were opened than the new headcount allows.

        """
        plain = type(self).model_fields.keys() - LAWFUL
        if unknown := sorted(name for name in changes if not hasattr(self, name)):
            raise UnknownField(unknown[0], sorted(plain), of="a requisition")
        if wrong := sorted(changes.keys() - plain):
            raise InputError(f"{wrong[0]!r} of a requisition is not changed by an edit")
        bare = self.evolve(**changes, approval=None, history=())
        changed = [name for name in sorted(changes) if getattr(bare, name) != getattr(self, name)]
        watched = self.approval.edited(bare) if self.approval and self.status in AGREED | {_S.IN_APPROVAL} else ()
        bare.check_seats(openings)
        if not watched:
            new = self.evolve(**changes)
            return new, on.tells("requisition.edited", self, changed=list[Any](changed))
        self._check(_V.SUBMIT, on)
        asked = self._asked(bare, on=on, flow=flow, outside_band=outside_band)
        new, _ = self._stepped(_V.SUBMIT, on=on, approval=asked, **changes)
        facts = {"changed": changed, "asked_again_for": list(watched), "approval": asked.number}
        return new, on.tells("requisition.edited", self, **facts)  # type: ignore[arg-type]

    def seats(self, openings: Iterable[Opening]) -> int:
        """Return how many of those openings are its seats: open, reserved or filled; each counts once."""
        taken = {each.id for each in openings if each.requisition == self.id and each.status in TAKEN}
        return len(taken)

    def room(self, openings: Iterable[Opening]) -> int | None:
        """Return how many more seats may be opened; None for as many as come, 0 while it is not open.

        Args:
            openings: all there are of it; those of others do not count.

        """
        if self.status is not _S.OPEN:
            return 0
        return None if self.headcount is None else max(self.headcount - self.seats(openings), 0)

    def check_room(self, openings: Iterable[Opening], *, more: int = 1) -> None:
        """Refuse to open or reopen more seats than there is room for.

        Raises:
            IllegalStep: it is not open.
            LawBroken: that many would be more than its headcount.

        """
        if self.status is not _S.OPEN:
            allowed = [each.value for each in REQUISITIONS.allowed(self.status if self.history else None)]
            raise IllegalStep("open seats", status=self.status.value, allowed=allowed)
        room = self.room(openings)
        if room is not None and more > room:
            raise LawBroken(
                f"requisition {self.id!r} is for {self.headcount}; it has room for {room} more, not for {more}"
            )

    def open_seat(self, seat: Opening, *, openings: Iterable[Opening], on: Occasion) -> tuple[Opening, Event]:
        """Open a seat by its leave, or reopen one that was given up; it gets the lowest number that is free.

        Two who take the last one at the same time cannot both store it: its number is a unique key.

        Args:
            seat: one that was never opened, or that is closed.
            openings: all there are of it.
            on: when, and by whom.

        Raises:
            IllegalStep: it is not open, or the seat is.
            LawBroken: there is no room, or the seat takes the leave of another requisition.

        """
        if seat.requisition not in {None, self.id}:
            raise LawBroken(f"opening {seat.id!r} takes the leave of requisition {seat.requisition!r}")
        others = [each for each in openings if each.id != seat.id]
        self.check_room(others)
        taken = {each.number for each in others if each.requisition == self.id and each.status in TAKEN}
        number = next(number for number in count(1) if number not in taken)
        numbered = seat.evolve(requisition=self.id, number=number, is_backfill=self.is_backfill or seat.is_backfill)
        return numbered.reopen(on=on) if seat.ledger else numbered.open(on=on)

    def check_seats(self, openings: Iterable[Opening]) -> None:
        """Refuse a headcount that is lower than the seats that were opened, with LawBroken."""
        seats = self.seats(openings)
        if self.headcount is not None and seats > self.headcount:
            raise LawBroken(f"requisition {self.id!r} is for {self.headcount}, and {seats} seats were opened")

    def _waiting(self, verb: RequisitionVerb) -> Approval:
        """Return the approval that waits for an answer."""
        if self.approval is None or self.status is not _S.IN_APPROVAL:
            raise REQUISITIONS.refusal(self.status if self.history else None, verb)
        return self.approval

    def _asked(
        self, of: Requisition, *, on: Occasion, flow: ApprovalFlow | None, outside_band: bool | None
    ) -> Approval:
        if self.approval is None:
            return Approval.request(flow or ApprovalFlow(), of=of, on=on, outside_band=outside_band)
        return self.approval.request_again(of=of, on=on, flow=flow, outside_band=outside_band)

    def _check(self, verb: RequisitionVerb, on: Occasion) -> None:
        """Refuse what cannot happen, before anything else is tried."""
        status: RequisitionStatus | None = None
        for step in in_time((*self.history, RequisitionStep(verb=verb, **on.told()))):
            status = REQUISITIONS.after(status, step.verb)

    def _stepped(self, verb: RequisitionVerb, *, on: Occasion, **changes: Any) -> tuple[Self, Event]:
        self._check(verb, on)
        asked: Approval | None = changes.get("approval", self.approval)
        verbs = [verb]
        if verb is _V.SUBMIT and asked is not None and asked.is_approved:
            verbs.append(_V.APPROVE)  # nobody had to be asked
        history = in_time((*self.history, *(RequisitionStep(verb=each, **on.told()) for each in verbs)))
        told = on.tells(f"requisition.{PAST[verbs[-1]]}", self, approval=asked.number if asked else None)
        return self.evolve(**changes, history=history), told
