"""Approval: ordered groups of people who must agree, to one version of something at a time.

A flow says who is asked; an approval is what became of asking, and is kept inside what needs it, such as a requisition
or an offer. Each version remembers the terms that were asked about: the values of the watched fields. Once one of them
is edited, a new version begins with nobody's answer; the answers to the old one stay in the history.

*Laws.* An answer is given in its group's turn, by somebody of the group, once. Whoever asked does not answer, unless
the flow says so. One refusal ends a version. A version that could never be approved, for want of people, is not begun.
Versions follow each other in time. Somebody in two groups answers in each, in its turn.

The table of states::

    (none)      --request-->    waiting
    waiting     --approve-->    waiting
    waiting     --complete-->   approved    by itself, with the last answer that is needed, or where none is
    waiting     --refuse-->     refused
    waiting     --withdraw-->   withdrawn   whoever asked gives up
    (any)       --request-->    waiting     a new version
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

import attrs
from pydantic import Field, JsonValue, model_validator

from crmcore.errors import IllegalStep, InputError, LawBroken
from crmcore.model.hiring._approval_flow import (
    ANSWERS,
    APPROVALS,
    ApprovalFlow,
    ApprovalGroup,
    ApprovalStatus,
    ApprovalStep,
    ApprovalVerb,
)
from crmcore.model.hiring._approval_standing import ApprovalStanding, check_people, replayed
from crmcore.model.machine import in_time
from crmcore.model.record import Value

if TYPE_CHECKING:
    from datetime import datetime

    from crmcore.model.occasion import Occasion

__all__ = [
    "APPROVALS",
    "Approval",
    "ApprovalFlow",
    "ApprovalGroup",
    "ApprovalStatus",
    "ApprovalStep",
    "ApprovalVerb",
    "ApprovalVersion",
]


class ApprovalVersion(Value):
    """One version: whom was asked about what, and the answers; it begins with the request."""

    flow: ApprovalFlow
    outside_band: bool = Field(default=False, description="Whether the groups were asked that are asked only then.")
    terms: dict[str, JsonValue] = Field(default_factory=dict, description="The watched fields as they were.")
    steps: Annotated[tuple[ApprovalStep, ...], Field(min_length=1, max_length=10_000)]

    @model_validator(mode="after")
    def _obeys_the_laws(self) -> Self:
        if self.steps != in_time(self.steps):
            raise ValueError("the steps are not in the order in which they occurred")
        if [step.verb for step in self.steps].count(ApprovalVerb.REQUEST) != 1:
            raise ValueError("a version begins with its request, and has no other")
        check_people(self.groups, self.flow, self.asked_by)
        replayed(self.groups, self.flow, self.steps)
        return self

    @property
    def groups(self) -> tuple[ApprovalGroup, ...]:
        """The groups that were asked."""
        return tuple(group for group in self.flow.groups if self.outside_band or not group.only_outside_band)

    @property
    def asked_by(self) -> str:
        """Who asked."""
        return self.steps[0].by

    @property
    def asked_at(self) -> datetime:
        """When it was asked."""
        return self.steps[0].occurred_at

    @property
    def answers(self) -> tuple[ApprovalStep, ...]:
        """What was answered."""
        return tuple(step for step in self.steps if step.verb in ANSWERS)


class Approval(Value):
    """What became of asking for approval, version by version.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.money import Money
    >>> from crmcore.model.occasion import Occasion
    >>> def by(actor, day):
    ...     return Occasion(event_id=f"e-{day}", at=datetime(2026, 3, day, tzinfo=UTC), actor=actor)
    >>> lead = {"key": "lead", "approvers": ["ann"]}
    >>> finance = {"key": "finance", "approvers": ["bob", "cy"], "quorum": 1}
    >>> flow = ApprovalFlow(groups=[lead, finance], watched=["amount"])
    >>> approval = Approval.request(flow, of=Money(amount=70_000, currency="EUR"), on=by("eva", 1))
    >>> approval.waiting_for
    ('ann',)
    >>> approval.approve(on=by("bob", 2))
    Traceback (most recent call last):
    crmcore.errors.IllegalStep: what is waiting cannot approve: it is not the turn of 'bob'; it waits for: ann
    >>> approval = approval.approve(on=by("ann", 2)).approve(on=by("bob", 3))
    >>> approval.is_approved, approval.covers(Money(amount=70_000, currency="EUR"))
    (True, True)
    >>> dearer = Money(amount=75_000, currency="EUR")
    >>> approval.edited(dearer)
    ('amount',)
    >>> approval = approval.request_again(of=dearer, on=by("eva", 4))
    >>> approval.number, approval.waiting_for, [answer.by for answer in approval.versions[0].answers]
    (2, ('ann',), ['ann', 'bob'])
    """

    versions: Annotated[tuple[ApprovalVersion, ...], Field(min_length=1, max_length=1_000)]

    @model_validator(mode="after")
    def _versions_follow_each_other(self) -> Self:
        for before, after in zip(self.versions, self.versions[1:], strict=False):
            _check_follows(before, after.asked_at)
        return self

    @classmethod
    def request(cls, flow: ApprovalFlow, *, of: Value, on: Occasion, outside_band: bool | None = None) -> Self:
        """Ask for the first time.

        Args:
            flow: whom to ask; its roles are resolved.
            of: what needs approval; its watched fields are remembered.
            on: when, and by whom.
            outside_band: whether the pay lies outside the band; needed where that makes a difference.

        Raises:
            LawBroken: a group could never agree: too few people beside the one who asks; or its roles are not resolved.
            InputError: a watched field that there is not; it is not said whether the pay lies outside the band.

        """
        return cls(versions=(_begun(flow, of=of, on=on, outside_band=outside_band),))

    def request_again(
        self, *, of: Value, on: Occasion, flow: ApprovalFlow | None = None, outside_band: bool | None = None
    ) -> Self:
        """Ask anew, about what has been edited: a version with nobody's answer, by the same flow or another.

        The same flow has the people whom its roles meant then; resolve the roles again, and pass it, if others have
        them now.

        Raises:
            LawBroken, InputError: as in `request`; or it would begin before the last thing that happened.

        """
        _check_follows(self.versions[-1], on.at)
        begun = _begun(flow or self.current.flow, of=of, on=on, outside_band=outside_band)
        return self.evolve(versions=(*self.versions, begun))

    @property
    def current(self) -> ApprovalVersion:
        """The version that counts."""
        return self.versions[-1]

    @property
    def number(self) -> int:
        """The number of the version that counts, from 1."""
        return len(self.versions)

    @property
    def status(self) -> ApprovalStatus:
        """What became of the version that counts."""
        status = self._now.status
        assert status is not None  # noqa: S101 - a version begins with its request
        return status

    @property
    def is_approved(self) -> bool:
        """Whether all who had to agree did."""
        return self.status is ApprovalStatus.APPROVED

    @property
    def waiting_groups(self) -> tuple[str, ...]:
        """The keys of the groups whose turn it is."""
        return tuple(group.key for group in self._now.turn)

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """Who can answer now."""
        return self._now.who()

    def covers(self, of: Value) -> bool:
        """Whether this is what was approved: all agreed, and no watched field has changed."""
        return self.is_approved and not self.edited(of)

    def edited(self, of: Value) -> tuple[str, ...]:
        """Return the watched fields that are no longer what was asked about."""
        terms = self.current.flow.terms_of(of)
        return tuple(name for name, value in terms.items() if value != self.current.terms.get(name))

    def approve(self, *, on: Occasion, group: str | None = None) -> Self:
        """Agree, as `on.actor`.

        Args:
            on: when, and by whom.
            group: for which group, where several wait for the same person; the first of them by default.

        Raises:
            IllegalStep: it waits for nobody, or not for them; with whom it waits for.

        """
        return self._answered(ApprovalVerb.APPROVE, group=group, on=on)

    def refuse(self, reason: str, *, on: Occasion, group: str | None = None) -> Self:
        """Refuse, as `on.actor`; it ends the version.

        Raises:
            LawBroken: no reason is given.
            IllegalStep: it waits for nobody, or not for them; with whom it waits for.

        """
        if not reason.strip():
            raise LawBroken("a refusal says why; pass a reason")
        return self._answered(ApprovalVerb.REFUSE, group=group, on=attrs.evolve(on, reason=reason))

    def withdraw(self, *, on: Occasion) -> Self:
        """Give up asking; `on.reason` says why."""
        return self._stepped(ApprovalStep(verb=ApprovalVerb.WITHDRAW, **on.told()))

    @property
    def _now(self) -> ApprovalStanding:
        return replayed(self.current.groups, self.current.flow, self.current.steps)

    def _answered(self, verb: ApprovalVerb, *, group: str | None, on: Occasion) -> Self:
        known = [step for step in self.current.steps if step.occurred_at <= on.at]
        before = replayed(self.current.groups, self.current.flow, known)
        counted = group or before.group_of(on.actor) or next((each.key for each in before.turn), None)
        if counted is None:
            raise APPROVALS.refusal(before.status, verb)
        return self._stepped(ApprovalStep(verb=verb, group=counted, **on.told()))

    def _stepped(self, step: ApprovalStep) -> Self:
        steps = in_time((*self.current.steps, step))
        replayed(
            self.current.groups, self.current.flow, steps
        )  # before the value is made, so that the error is its own
        return self.evolve(versions=(*self.versions[:-1], self.current.evolve(steps=steps)))


def _begun(flow: ApprovalFlow, *, of: Value, on: Occasion, outside_band: bool | None) -> ApprovalVersion:
    if outside_band is None and any(group.only_outside_band for group in flow.groups):
        raise InputError("a group is asked only outside the band; say outside_band=True or False")
    step = ApprovalStep(verb=ApprovalVerb.REQUEST, **on.told())
    groups = [group for group in flow.groups if outside_band or not group.only_outside_band]
    check_people(groups, flow, on.actor)
    return ApprovalVersion(flow=flow, outside_band=bool(outside_band), terms=flow.terms_of(of), steps=(step,))


def _check_follows(before: ApprovalVersion, at: datetime) -> None:
    last = before.steps[-1].occurred_at
    if at < last:
        raise IllegalStep(
            "request", status="answered", allowed=(), why=f"the last thing that happened was at {last.isoformat()}"
        )
