"""Who is asked for approval, in which order, what can happen then, and one thing that did."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, JsonValue, model_validator

from crmcore.errors import InputError, LawBroken
from crmcore.model.hiring.job import TeamRole, team_role
from crmcore.model.machine import Machine, Told
from crmcore.model.record import Id, Value
from crmcore.model.scalars import Distinct, Slug, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from crmcore.model.hiring.job import Job

__all__ = [
    "ANSWERS",
    "APPROVALS",
    "ApprovalFlow",
    "ApprovalGroup",
    "ApprovalStatus",
    "ApprovalStep",
    "ApprovalVerb",
]


class ApprovalVerb(StrEnum):
    """What can happen to an approval."""

    REQUEST = "request"
    APPROVE = "approve"
    COMPLETE = "complete"
    """Follows from the answers, and is never told."""
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class ApprovalStatus(StrEnum):
    """What became of asking."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


APPROVALS = Machine(
    {
        None: {ApprovalVerb.REQUEST: ApprovalStatus.WAITING},
        ApprovalStatus.WAITING: {
            ApprovalVerb.APPROVE: ApprovalStatus.WAITING,
            ApprovalVerb.COMPLETE: ApprovalStatus.APPROVED,
            ApprovalVerb.REFUSE: ApprovalStatus.REFUSED,
            ApprovalVerb.WITHDRAW: ApprovalStatus.WITHDRAWN,
            ApprovalVerb.REQUEST: ApprovalStatus.WAITING,
        },
        ApprovalStatus.APPROVED: {ApprovalVerb.REQUEST: ApprovalStatus.WAITING},
        ApprovalStatus.REFUSED: {ApprovalVerb.REQUEST: ApprovalStatus.WAITING},
        ApprovalStatus.WITHDRAWN: {ApprovalVerb.REQUEST: ApprovalStatus.WAITING},
    }
)
"""What can happen to an approval in each state."""

ANSWERS = frozenset({ApprovalVerb.APPROVE, ApprovalVerb.REFUSE})


class ApprovalGroup(Value):
    """Some people, of whom so many must agree.

    >>> ApprovalGroup(key="finance", approvers=("ann", "bob"), quorum=3)
    Traceback (most recent call last):
    pydantic_core._pydantic_core.ValidationError: 1 validation error for ApprovalGroup
      Value error, group 'finance' needs 3 approvals from 2 people...
    """

    key: Slug
    label: Text = ""
    approvers: Annotated[tuple[Id, ...], Field(max_length=1_000)] = ()
    roles: tuple[TeamRole, ...] = Field(default=(), description="Whoever of the job's team has one when it is asked.")
    quorum: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="How many must agree; all, where it is not said."
    )
    only_outside_band: bool = Field(default=False, description="Asked only where the pay lies outside the band.")

    @model_validator(mode="after")
    def _can_agree(self) -> Self:
        if len(set(self.approvers)) < len(self.approvers):
            raise ValueError(f"group {self.key!r} names somebody twice")
        if not self.approvers and not self.roles:
            raise ValueError(f"group {self.key!r} names nobody; pass approvers or roles")
        if self.quorum is not None and not self.roles and self.quorum > len(self.approvers):
            raise ValueError(f"group {self.key!r} needs {self.quorum} approvals from {len(self.approvers)} people")
        return self


class ApprovalFlow(Value):
    """Who is asked, in which order, and what must not change afterwards; one without groups asks nobody.

    >>> lead, cfo = {"key": "lead", "roles": ["hiring_manager"]}, {"key": "cfo", "approvers": ["carl"]}
    >>> [group.key for group in ApprovalFlow(groups=[lead, cfo], watched=["headcount"]).groups]
    ['lead', 'cfo']
    """

    groups: Annotated[Distinct[ApprovalGroup], Field(max_length=100)] = ()
    watched: tuple[Slug, ...] = Field(default=(), description="Fields whose edit makes a new version.")
    is_parallel: bool = Field(default=False, description="All groups are asked at once, not one after the other.")
    may_approve_own: bool = Field(default=False, description="Whoever asks may answer too.")

    def resolved(self, job: Job, *, at: datetime) -> Self:
        """Return it with the roles of the groups replaced by those of the job's team who have them at an instant.

        Raises:
            LawBroken: nobody, or too few, have the roles of a group.

        """
        return self.filled({role: job.active(role, at=at) for group in self.groups for role in group.roles})

    def filled(self, people: Mapping[TeamRole | str, Iterable[str]]) -> Self:
        """Return it with the roles of the groups replaced by people, as where there is no job yet; raise as `resolved`.

        >>> flow = ApprovalFlow(groups=[{"key": "lead", "roles": ["hiring_manager"]}])
        >>> flow.filled({"hiring_manager": ["ann"]}).groups[0].approvers
        ('ann',)
        """
        known = {team_role(role): tuple(users) for role, users in people.items()}
        return self.evolve(groups=[_filled(group, known) for group in self.groups])

    def terms_of(self, of: Value) -> dict[str, JsonValue]:
        """Return the values of the watched fields, as they are written to JSON.

        Raises:
            InputError: it has no such field.

        """
        if unknown := sorted(set(self.watched) - set(type(of).model_fields)):
            raise InputError(f"a {type(of).__name__} has no field {unknown[0]!r} to watch")
        dumped = of.model_dump(mode="json", include=set(self.watched))
        return {name: dumped[name] for name in sorted(self.watched)}


class ApprovalStep(Told):
    """One thing that happened; an answer names the group that it counts for, and `by` is who gave it."""

    verb: ApprovalVerb
    group: Slug | None = None

    @model_validator(mode="after")
    def _is_told(self) -> Self:
        if self.verb is ApprovalVerb.COMPLETE:
            raise ValueError("completion follows from the answers and is not told")
        if (self.group is not None) != (self.verb in ANSWERS):
            raise ValueError(f"a step {self.verb.value!r} names {'a' if self.group is None else 'no'} group")
        return self


def _filled(group: ApprovalGroup, people: Mapping[TeamRole, tuple[str, ...]]) -> ApprovalGroup:
    found = [user for role in group.roles for user in people.get(role, ())]
    approvers = tuple(dict.fromkeys((*group.approvers, *found)))
    if len(approvers) < (group.quorum or 1):
        roles = ", ".join(role.value for role in group.roles)
        raise LawBroken(
            f"group {group.key!r} needs {group.quorum or 1} people, and has {len(approvers)}"
            f"{f', those who are {roles} among them' if roles else ''}"
        )
    return group.evolve(approvers=approvers, roles=())
