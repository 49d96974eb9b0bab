"""Screening rules: what a job asks, what each of it weighs, and who has to look before anybody is turned down.

They are versioned by their content: `digest` is the same for rules that decide the same. No criterion may ask for what
the law protects. A machine turns nobody down by itself, unless the policy states the ground on which it may.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from crmcore._messages import kind_of
from crmcore.errors import InputError, LawBroken
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.hiring.criteria import Criterion, PayCriterion, QuestionCriterion, ScreeningCriterion
from crmcore.model.hiring.protected import check_unprotected
from crmcore.model.record import Id, Record, Value
from crmcore.model.scalars import Distinct, Text
from crmcore.query.dependencies import dependencies
from crmcore.query.types import ACTIVITY, FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcore.model.custom import CustomField
    from crmcore.model.hiring.job import Job

__all__ = ["FULL", "HumanReview", "Parts", "Proposal", "ScreeningRules"]

INTERNAL, CONFIDENTIAL = Sensitivity.INTERNAL, Sensitivity.CONFIDENTIAL
FULL = 10_000
"""A criterion that is met counts so many parts of its weight; whole numbers, so that every sum is exact."""

Parts = Annotated[int, Field(ge=0, le=FULL)]
Percent = Annotated[int, Field(ge=0, le=100)]


DECIDES = {"criteria", "advance_at", "reject_below", "unknown_counts", "human_review"}


class Proposal(StrEnum):
    """What the rules propose."""

    ADVANCE = "advance"
    REVIEW = "review"
    """A person has to look: something that decides is not known."""
    REJECT = "reject"


class HumanReview(Value):
    """Which outcomes a person has to confirm before they hold.

    >>> HumanReview().asks_for(Proposal.REJECT), HumanReview().asks_for(Proposal.ADVANCE)
    (True, False)
    """

    of: tuple[Proposal, ...] = (Proposal.REJECT, Proposal.REVIEW)
    ground: Text = Field(
        default="", description="Why the law lets a rejection stand by itself, such as explicit consent; art. 22 (2)."
    )

    @model_validator(mode="after")
    def _a_rejection_by_itself_has_a_ground(self) -> Self:
        if Proposal.REVIEW not in self.of:
            raise ValueError("what is to be reviewed is reviewed by a person; list it in 'of'")
        if Proposal.REJECT not in self.of and not self.ground.strip():
            raise ValueError("a rejection that no person confirms needs the ground on which the law allows it")
        return self

    def asks_for(self, proposal: Proposal) -> bool:
        """Whether a person has to confirm such an outcome."""
        return proposal in self.of


class ScreeningRules(Record):
    """What a job asks, what each of it weighs, and from when on somebody is proposed for the next stage.

    >>> from crmcore.model.hiring.criteria import SkillCriterion
    >>> python = SkillCriterion(key="python", name="python", importance="must")
    >>> rules = ScreeningRules(id="r-1", name="Data engineer", criteria=(python,))
    >>> rules.digest == rules.evolve(id="r-2", name="Other").digest, rules.digest == rules.evolve(advance_at=70).digest
    (True, False)
    """

    kind: ClassVar[str] = "screening_rules"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("job", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("name", sensitivity=INTERNAL),
        one("is_archived", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="jobs", kind="job", here="job"),
        RelationSpec(key="screening_decisions", kind="screening_decision", there="rules"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        "criteria": CONFIDENTIAL,
        **dict.fromkeys(("advance_at", "reject_below", "unknown_counts", "human_review", "logs_inputs"), INTERNAL),
    }

    name: Text = Field(min_length=1)
    job: Id | None = Field(default=None, description="None for a template.")
    criteria: Annotated[Distinct[ScreeningCriterion], Field(min_length=1, max_length=200)]
    advance_at: Percent = Field(
        default=50,
        description="Proposed for advancing from so many per cent on that are certain, if every must-have is.",
    )
    reject_below: Percent = Field(default=0, description="Proposed for rejection where no more can be reached.")
    unknown_counts: Parts = Field(
        default=FULL // 2, description="What counts in the rank of a weight that is not known."
    )
    human_review: HumanReview = HumanReview()
    logs_inputs: bool = Field(default=True, description="Whether a decision keeps what it was based on, for replay.")
    is_archived: bool = False

    @model_validator(mode="after")
    def _thresholds_in_order(self) -> Self:
        if self.reject_below > self.advance_at:
            raise ValueError(
                f"reject_below {self.reject_below} lies above advance_at {self.advance_at}; pass a higher advance_at"
            )
        return self

    @classmethod
    def for_job(
        cls,
        job: Job,
        *criteria: Any,
        id: str,  # noqa: A002
        **more: object,
    ) -> Self:
        """Return rules for a job: the criteria, and the pay by its band where none of them asks for pay.

        Raises:
            InputError: something else stands among the criteria, such as a list of them.
            LawBroken: a criterion asks for what the law protects.

        """
        if wrong := [one for one in criteria if not isinstance(one, Criterion | Mapping)]:
            raise InputError(f"criteria: pass one after the other, such as a SkillCriterion, not {kind_of(wrong[0])}")
        asked = tuple(criteria)
        if job.band is not None and not any(isinstance(one, PayCriterion) for one in asked):
            asked += (PayCriterion(key="pay", label="Pay", band=job.band),)
        rules = cls.model_validate({"id": id, "name": job.title, "job": job.id, "criteria": asked, **more})
        rules.check_unprotected()
        return rules

    @property
    def digest(self) -> str:
        """The SHA-256 of all that decides: equal rules have one, whatever they are called and whose they are."""
        decides = self.model_dump(mode="json", include=DECIDES)
        return sha256(json.dumps(decides, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    @property
    def total(self) -> int:
        """The sum of the weights."""
        return sum(criterion.weight for criterion in self.criteria)

    def check_unprotected(self, custom_fields: Iterable[CustomField] = ()) -> None:
        """Refuse rules that ask for what the law protects; whoever screens by them asks for this first.

        Args:
            custom_fields: the definitions that questions may name, so that their labels are looked at, too.

        Raises:
            LawBroken: with the criterion and the field.

        """
        labels: dict[str, list[str]] = {}
        for definition in custom_fields:
            labels.setdefault(f"custom.{definition.key}", []).append(definition.label)
        for criterion in self.criteria:
            if isinstance(criterion, QuestionCriterion):
                asked = dependencies(criterion.asks)
                check_unprotected(asked.paths(), criterion=criterion.key, labels=labels)
                if asked.segments or asked.scorers or asked.on_history or ACTIVITY in asked.relations:
                    raise LawBroken(
                        f"criterion {criterion.key!r} asks for a segment, a score, the history or the activity, by way "
                        "of which it could use what the law protects; ask for the fields of the applicant themselves"
                    )

    def with_criterion(self, criterion: Any) -> Self:
        """Return rules with one more criterion, or with that of the same key changed."""
        kept = [criterion if one.key == criterion.key else one for one in self.criteria]
        return self.evolve(criteria=kept if criterion in kept else (*kept, criterion))
