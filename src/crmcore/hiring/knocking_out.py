"""Which knock-out rules an application meets, and by which of its answers.

A rule is true, false, or unknown of the answers; what is unknown knocks nobody out, and is said to be unknown. The
rules are those of the questionnaire as it is handed in, which is named with its revision, so that the outcome can be
worked out again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore._given import one, several
from crmcore.model.hiring.answers import Answer
from crmcore.model.hiring.questions import FIELD_TYPES, Effect, Questionnaire
from crmcore.query.checking import checked, fields_of
from crmcore.query.explaining import explained
from crmcore.query.moments import in_utc
from crmcore.query.scalars import scalar_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from crmcore.model.hiring.questions import KnockOut
    from crmcore.query.types import Facts, Field

__all__ = ["KnockedOut", "RuleFinding", "knocked_out"]


@attrs.frozen(kw_only=True)
class RuleFinding:
    """What one rule says.

    Attributes:
        rule: its key.
        reason: what it finds, in its own words.
        effect: what follows where it is true.
        outcome: whether it is true; None where that is not known.
        evidence: the answers that decide it, whatever the others are.
        unanswered: keys of the questions that it asks about and that were not answered.
        is_private: whether it asks about a private question; its very name may tell what was answered.

    """

    rule: str
    reason: str
    effect: Effect
    outcome: bool | None
    evidence: tuple[Answer, ...] = attrs.field(default=(), repr=False)
    unanswered: tuple[str, ...] = ()
    is_private: bool = False

    def __str__(self) -> str:
        """Return the rule and why, in one line; answers to private questions are left out."""
        said = [f"{each.asked.text} {each.shown}" for each in self.evidence if not each.asked.is_private]
        outcome = {True: "out", False: "passed", None: "unknown"}[self.outcome]
        missing = f"; not answered: {', '.join(self.unanswered)}" if self.outcome is None else ""
        return f"{self.rule}: {outcome}{': ' + self.reason if self.outcome else ''}" + (
            f" ({'; '.join(said)})" if said else missing
        )


@attrs.frozen(kw_only=True)
class KnockedOut:
    """What all rules say of one set of answers.

    Attributes:
        questionnaire, revision: whose rules.
        at: the instant by which rules that ask for time were judged.
        findings: what each rule says, in their order.

    """

    questionnaire: str
    revision: int
    at: datetime
    findings: tuple[RuleFinding, ...] = ()

    @property
    def out(self) -> tuple[RuleFinding, ...]:
        """The rules that knock it out."""
        return tuple(finding for finding in self.findings if finding.outcome is True)

    @property
    def effect(self) -> Effect | None:
        """What follows: the strictest of what the rules say that knock it out; None where none does."""
        effects = {finding.effect for finding in self.out}
        return next((effect for effect in (Effect.REJECT, Effect.REVIEW) if effect in effects), None)

    def told(self) -> dict[str, Any]:
        """Return what an event may tell: which rules of which revision, never an answer.

        Of rules about private questions it tells how many there are: their names are answers.
        """
        return {
            "questionnaire": self.questionnaire,
            "revision": self.revision,
            "rules": [finding.rule for finding in self.out if not finding.is_private],
            "private": sum(finding.is_private for finding in self.out),
            "unknown": [each.rule for each in self.findings if each.outcome is None and not each.is_private],
            "effect": self.effect.value if self.effect else None,
        }


def knocked_out(questionnaire: Questionnaire, answers: Iterable[Answer], *, at: datetime) -> KnockedOut:
    """Judge answers by the knock-out rules of a questionnaire.

    Answers to another questionnaire are not looked at. An answer given to an earlier wording counts: a question keeps
    its type, and its options keep their keys.

    Raises:
        InputError: the instant has no time zone.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.hiring import KnockOut, Question, Questionnaire
    >>> from crmcore.model.hiring.answers import answered
    >>> from crmcore.query import F
    >>> form = Questionnaire(id="q-1").asking(Question(key="years", text="How many years?", type="number"))
    >>> form = form.knocking_out(KnockOut(key="junior", reason="fewer than two years", where=F.years < 2))
    >>> found = knocked_out(form, answered(form, {"years": 1}).answers, at=datetime(2026, 3, 1, tzinfo=UTC))
    >>> print(found.effect, found.out[0])
    review junior: out: fewer than two years (How many years? 1)
    >>> knocked_out(form, (), at=datetime(2026, 3, 1, tzinfo=UTC)).findings[0].outcome is None
    True
    """
    at = in_utc(at)
    questionnaire = one(questionnaire, Questionnaire, "questionnaire")
    answers = several(answers, Answer, "answers")
    by_key = {answer.key: answer for answer in answers if answer.asked.questionnaire == questionnaire.id}
    fields = questionnaire.fields_of_answers
    facts = {key: _scalars(answer) for key, answer in by_key.items() if key in fields}
    private = {question.key for question in questionnaire.questions if question.is_private}
    private |= {key for key, answer in by_key.items() if answer.asked.is_private}
    found = (_finding(rule, fields, facts, by_key, at=at) for rule in questionnaire.knock_outs)
    findings = tuple(
        attrs.evolve(each, is_private=not private.isdisjoint(fields_of(rule.asks)))
        for each, rule in zip(found, questionnaire.knock_outs, strict=True)
    )
    return KnockedOut(questionnaire=questionnaire.id, revision=questionnaire.revision, at=at, findings=findings)


def _scalars(answer: Answer) -> tuple[Any, ...]:
    held = answer.read
    several = held if isinstance(held, tuple) else (held,)
    type_ = FIELD_TYPES[answer.asked.type]
    return tuple(
        scalar_of(str(one) if answer.asked.type == "date" else one, type_, field=answer.key) for one in several
    )


def _finding(
    rule: KnockOut, fields: Mapping[str, Field], facts: Facts, by_key: Mapping[str, Answer], *, at: datetime
) -> RuleFinding:
    proof = explained(checked(rule.asks, fields, of="the answers"), facts, at)
    decided = {key for leaf in proof.reasons() for key in fields_of(leaf.asked)}
    asked = sorted(fields_of(rule.asks))
    return RuleFinding(
        rule=rule.key,
        reason=rule.reason,
        effect=rule.effect,
        outcome=proof.outcome,
        evidence=tuple(by_key[key] for key in asked if key in decided and key in by_key),
        unanswered=tuple(key for key in asked if key not in by_key),
    )
