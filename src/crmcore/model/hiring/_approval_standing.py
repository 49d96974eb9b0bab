"""Where a version of an approval stands after some of its steps: whose turn it is, and why an answer does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.errors import LawBroken
from crmcore.model.hiring._approval_flow import ANSWERS, APPROVALS, ApprovalStatus, ApprovalVerb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcore.model.hiring._approval_flow import ApprovalFlow, ApprovalGroup, ApprovalStep

__all__ = ["ApprovalStanding", "check_people", "replayed"]


@attrs.define(kw_only=True)
class ApprovalStanding:
    """Where a version stands after some of its steps."""

    groups: tuple[ApprovalGroup, ...]
    flow: ApprovalFlow
    asked_by: str = ""
    status: ApprovalStatus | None = None
    agreed: dict[str, set[str]] = attrs.Factory(dict)

    def people(self, group: ApprovalGroup) -> tuple[str, ...]:
        """Return who of a group may answer."""
        return _people(group, self.flow, self.asked_by)

    def is_done(self, group: ApprovalGroup) -> bool:
        return len(self.agreed.get(group.key, ())) >= (group.quorum or len(self.people(group)))

    @property
    def turn(self) -> tuple[ApprovalGroup, ...]:
        """The groups whose turn it is."""
        if self.status is not ApprovalStatus.WAITING:
            return ()
        open_ = tuple(group for group in self.groups if not self.is_done(group))
        return open_ if self.flow.is_parallel else open_[:1]

    def who(self) -> tuple[str, ...]:
        """Return who can answer now, each once, in the order of the groups."""
        found = [person for group in self.turn for person in self.people(group) if self._is_awaited(person, group)]
        return tuple(dict.fromkeys(found))

    def group_of(self, person: str) -> str | None:
        """Return the first group that waits for a person."""
        waiting = (group.key for group in self.turn if person in self.people(group) and self._is_awaited(person, group))
        return next(waiting, None)

    def _is_awaited(self, person: str, group: ApprovalGroup) -> bool:
        return person not in self.agreed.get(group.key, ())

    def step(self, step: ApprovalStep) -> None:
        """Take one step; refuse what breaks a law."""
        if step.verb in ANSWERS and self.status is ApprovalStatus.WAITING and (why := self._fault(step)):
            raise APPROVALS.refusal(self.status, step.verb, why=f"{why}; it waits for: {', '.join(self.who())}")
        self.status = APPROVALS.after(self.status, step.verb)
        if step.verb is ApprovalVerb.REQUEST:
            self.asked_by = step.by
        if step.verb is ApprovalVerb.APPROVE and step.group is not None:
            self.agreed.setdefault(step.group, set()).add(step.by)
        if self.status is ApprovalStatus.WAITING and not self.turn:
            self.status = APPROVALS.after(self.status, ApprovalVerb.COMPLETE)

    def _fault(self, step: ApprovalStep) -> str:
        """Return why an answer does not count, or ""."""
        group = next((each for each in self.groups if each.key == step.group), None)
        if group is None:
            return f"there is no group {step.group!r}"
        if step.by == self.asked_by and not self.flow.may_approve_own:
            return f"{step.by!r} asked for it, and may not answer"
        if step.by in self.agreed.get(group.key, ()):
            return f"{step.by!r} has approved already"
        if group not in self.turn or step.by not in self.people(group):
            return f"it is not the turn of {step.by!r}"
        return ""


def _people(group: ApprovalGroup, flow: ApprovalFlow, asked_by: str) -> tuple[str, ...]:
    return tuple(person for person in group.approvers if person != asked_by or flow.may_approve_own)


def replayed(groups: tuple[ApprovalGroup, ...], flow: ApprovalFlow, steps: Iterable[ApprovalStep]) -> ApprovalStanding:
    """Return where a version stands after the steps; raise what breaks a law."""
    standing = ApprovalStanding(groups=groups, flow=flow)
    for step in steps:
        standing.step(step)
    return standing


def check_people(groups: Iterable[ApprovalGroup], flow: ApprovalFlow, asked_by: str) -> None:
    """Refuse a version that could never be approved."""
    for group in groups:
        if group.roles:
            raise LawBroken(f"the roles of group {group.key!r} are not resolved; use ApprovalFlow.resolved or filled")
        if len(people := _people(group, flow, asked_by)) < (group.quorum or 1):
            raise LawBroken(
                f"group {group.key!r} could never approve: beside {asked_by!r}, who asks, it has {len(people)} people, "
                f"and {group.quorum or 1} must agree"
            )
