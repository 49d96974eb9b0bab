"""Decisions of screening, as they are logged: proposed by rules, confirmed, overruled or contested by people.

A decision keeps the version of the rules, the digest of what was seen and each finding with its evidence. A machine
never turns anybody down: by default its rejection is a proposal until a person has confirmed it (GDPR, article 22).

The table of a decision::

    (none)      --propose-->   proposed       a person has to look at it
    (none)      --settle-->    settled        the policy lets it stand by itself
    proposed    --confirm-->   confirmed
    proposed    --overrule-->  overruled      with another outcome, and why
    proposed    --drop-->      dropped        such as when new inputs were screened instead
    settled     --contest-->   proposed       the person wants somebody to look at it
    confirmed   --contest-->   proposed
    overruled   --contest-->   proposed
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, JsonValue, model_validator

from crmcore.errors import IllegalStep, LawBroken
from crmcore.model._chosen import chosen
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.hiring.screening import HumanReview, Parts, Proposal
from crmcore.model.machine import Machine, Told, in_time
from crmcore.model.record import Id, Record, Value
from crmcore.model.scalars import Instant, Slug, Text
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.hiring.screening import ScreeningRules
    from crmcore.model.occasion import Occasion

__all__ = ["DECISIONS", "DecisionStatus", "DecisionStep", "DecisionVerb", "LoggedFinding", "ScreeningDecision"]

INTERNAL, CONFIDENTIAL = Sensitivity.INTERNAL, Sensitivity.CONFIDENTIAL
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class DecisionStatus(StrEnum):
    """Whether a proposal holds."""

    PROPOSED = "proposed"
    SETTLED = "settled"
    CONFIRMED = "confirmed"
    OVERRULED = "overruled"
    DROPPED = "dropped"


class DecisionVerb(StrEnum):
    """What can happen to a decision."""

    PROPOSE = "propose"
    SETTLE = "settle"
    CONFIRM = "confirm"
    OVERRULE = "overrule"
    DROP = "drop"
    CONTEST = "contest"


CONTESTED = {DecisionVerb.CONTEST: DecisionStatus.PROPOSED}
DECISIONS = Machine(
    {
        None: {DecisionVerb.PROPOSE: DecisionStatus.PROPOSED, DecisionVerb.SETTLE: DecisionStatus.SETTLED},
        DecisionStatus.PROPOSED: {
            DecisionVerb.CONFIRM: DecisionStatus.CONFIRMED,
            DecisionVerb.OVERRULE: DecisionStatus.OVERRULED,
            DecisionVerb.DROP: DecisionStatus.DROPPED,
        },
        DecisionStatus.SETTLED: CONTESTED,
        DecisionStatus.CONFIRMED: CONTESTED,
        DecisionStatus.OVERRULED: CONTESTED,
        DecisionStatus.DROPPED: {},
    }
)
"""What can happen to a decision in each state."""


class DecisionStep(Told):
    """One thing that happened to a decision, and the outcome that it stands for."""

    verb: DecisionVerb
    outcome: Proposal


class LoggedFinding(Value):
    """What one criterion gave, as it was logged."""

    criterion: Slug
    weight: int
    is_must: bool
    share: Parts | None = Field(description="Parts of 10,000; None where it was not known.")
    evidence: tuple[Text, ...] = Field(default=(), description="What was seen, with the field.")


class ScreeningDecision(Record):
    """What the rules said of one application, by which version of them and on which inputs, and what a person said.

    Make one by `crmcore.hiring.screening.decided`.
    """

    kind: ClassVar[str] = "screening_decision"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("application", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("contact", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("job", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("rules", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("rules_digest", sensitivity=INTERNAL),
        one("proposal", type=FieldType.CHOICE, options=Proposal, sensitivity=INTERNAL),
        one("outcome", type=FieldType.CHOICE, options=Proposal, sensitivity=INTERNAL),
        one("status", type=FieldType.CHOICE, options=DecisionStatus, sensitivity=INTERNAL),
        one("at", type=FieldType.INSTANT, sensitivity=INTERNAL),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="contacts", kind="contact", here="contact"),
        RelationSpec(key="applications", kind="application", here="application"),
        RelationSpec(key="jobs", kind="job", here="job"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        **dict.fromkeys(("rules_version", "inputs_digest", "human_review", "made_by"), INTERNAL),
        **dict.fromkeys(("findings", "low", "high", "value", "inputs", "history"), CONFIDENTIAL),
    }

    application: Id
    contact: Id
    job: Id
    rules: Id
    rules_version: int = Field(ge=0)
    rules_digest: Digest
    inputs_digest: Digest
    inputs: dict[str, JsonValue] | None = Field(default=None, description="What was seen, where the rules log it.")
    at: Instant = Field(description="As of when the applicant was judged.")
    made_by: Text = Field(
        min_length=1, description="Who or what applied the rules; nobody confirms their own proposal."
    )
    low: Annotated[int, Field(ge=0)] = Field(description="Parts of 10,000, if all that is unknown is missing.")
    value: Annotated[int, Field(ge=0)]
    high: Annotated[int, Field(ge=0)] = Field(description="Parts of 10,000, if all that is unknown is there.")
    proposal: Proposal
    human_review: HumanReview
    findings: tuple[LoggedFinding, ...]
    history: Annotated[tuple[DecisionStep, ...], Field(min_length=1, max_length=1_000)]

    @model_validator(mode="after")
    def _obeys_the_table(self) -> Self:
        if self.history != in_time(self.history):
            raise ValueError("the steps are not in the order in which they occurred")
        for _ in self._states():
            pass
        return self

    @property
    def status(self) -> DecisionStatus:
        """Whether it holds."""
        return [*self._states()][-1]

    @property
    def outcome(self) -> Proposal | None:
        """What holds now; None where a person has still to look at it, or it was dropped."""
        waits = self.status in {DecisionStatus.PROPOSED, DecisionStatus.DROPPED}
        return None if waits else self.history[-1].outcome

    @property
    def decided_at(self) -> datetime | None:
        """Since when it holds."""
        return None if self.outcome is None else self.history[-1].occurred_at

    def about(self) -> tuple[str, str]:
        """Return the contact: what is noted of the decision is noted of that person."""
        return "contact", self.contact

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """Claim the application while somebody has to look at it: there is one open proposal at a time."""
        if self.status is DecisionStatus.PROPOSED:
            yield "open screening", self.application

    def confirm(self, *, on: Occasion) -> tuple[Self, Event]:
        """Let a person agree; the outcome is what the proposal was.

        Raises:
            LawBroken: whoever proposed it confirms it.
            IllegalStep: nobody has to look at it.

        """
        return self._reviewed(DecisionVerb.CONFIRM, self.history[-1].outcome, on=on)

    def overrule(self, outcome: Proposal | str, *, on: Occasion) -> tuple[Self, Event]:
        """Let a person decide otherwise; `on.reason` says why.

        Raises:
            LawBroken: it is what was proposed, or "review", or there is no reason.
            InputError: there is no such outcome.

        """
        outcome = chosen(Proposal, outcome, what="outcome")
        if outcome in {Proposal.REVIEW, self.history[-1].outcome}:
            raise LawBroken(f"to overrule {self.history[-1].outcome.value!r} is to decide otherwise; pass the outcome")
        if not on.reason.strip():
            raise LawBroken("overruling a proposal needs a reason; pass it in the occasion")
        return self._reviewed(DecisionVerb.OVERRULE, outcome, on=on)

    def contest(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that the person wants somebody to look at it, who may confirm it again or overrule it."""
        return self._stepped(DecisionVerb.CONTEST, self.history[-1].outcome, on=on)

    def drop(self, *, on: Occasion) -> tuple[Self, Event]:
        """Take a proposal back, such as when new inputs are screened."""
        return self._stepped(DecisionVerb.DROP, self.history[-1].outcome, on=on)

    def _reviewed(self, verb: DecisionVerb, outcome: Proposal, *, on: Occasion) -> tuple[Self, Event]:
        if on.actor == self.made_by:
            raise LawBroken(f"{on.actor!r} proposed it; another, who is a person, {verb.value}s it")
        if outcome is Proposal.REVIEW:
            raise LawBroken("a review ends with advancing or rejecting; overrule it with one of them")
        return self._stepped(verb, outcome, on=on)

    def _stepped(self, verb: DecisionVerb, outcome: Proposal, *, on: Occasion) -> tuple[Self, Event]:
        DECISIONS.after(self.status, verb)
        if on.at < self.history[-1].occurred_at:
            raise IllegalStep(verb.value, status=self.status.value, allowed=(), why="it would be before the last step")
        new = self.evolve(history=(*self.history, DecisionStep(verb=verb, outcome=outcome, **on.told())))
        event = on.tells(f"screening.{PAST[verb]}", new, outcome=outcome.value)
        return new, event

    def _states(self) -> Iterator[DecisionStatus]:
        status: DecisionStatus | None = None
        for step in self.history:
            status = DECISIONS.after(status, step.verb)
            yield status

    @classmethod
    def begin(
        cls,
        *,
        id: str,  # noqa: A002
        contact: str,
        rules: ScreeningRules,
        inputs: Mapping[str, JsonValue],
        inputs_digest: str,
        proposal: Proposal,
        findings: Iterable[LoggedFinding],
        on: Occasion,
        **more: object,
    ) -> tuple[Self, Event]:
        """Log what the rules say: as a proposal, or settled where the policy lets it stand."""
        asks = rules.human_review.asks_for(proposal)
        verb = DecisionVerb.PROPOSE if asks else DecisionVerb.SETTLE
        new = cls.model_validate(
            {
                "id": id,
                "contact": contact,
                "rules": rules.id,
                "rules_version": rules.version,
                "rules_digest": rules.digest,
                "inputs_digest": inputs_digest,
                "inputs": inputs if rules.logs_inputs else None,
                "at": on.at,
                "made_by": on.actor,
                "proposal": proposal,
                "human_review": rules.human_review,
                "findings": tuple(findings),
                "history": (DecisionStep(verb=verb, outcome=proposal, **on.told()),),
                **more,
            }
        )
        event = on.tells(f"screening.{PAST[verb]}", new, outcome=proposal.value)
        return new, event


PAST = {
    DecisionVerb.PROPOSE: "proposed",
    DecisionVerb.SETTLE: "settled",
    DecisionVerb.CONFIRM: "confirmed",
    DecisionVerb.OVERRULE: "overruled",
    DecisionVerb.DROP: "dropped",
    DecisionVerb.CONTEST: "contested",
}
