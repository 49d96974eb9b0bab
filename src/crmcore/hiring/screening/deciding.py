"""From what the rules say to a decision that is logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.hiring.screening.screener import Screener

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcore.hiring.screening.applicant import Applicant
    from crmcore.model.custom import CustomField
    from crmcore.model.events import Event
    from crmcore.model.hiring.application import Application
    from crmcore.model.hiring.screening import ScreeningRules
    from crmcore.model.hiring.screening_decision import ScreeningDecision
    from crmcore.model.occasion import Occasion

__all__ = ["decided"]


def decided(
    application: Application,
    applicant: Applicant,
    *,
    rules: ScreeningRules,
    id: str,  # noqa: A002
    on: Occasion,
    custom_fields: Iterable[CustomField] = (),
) -> tuple[ScreeningDecision, Event]:
    """Screen one application and log the decision: a proposal where a person has to look, else settled at once.

    To screen many, make one :class:`Screener` and call its `decided`: the rules are made ready once.

    Args:
        application: what is decided about.
        applicant: what may be seen of its person.
        rules: of its job, or of none.
        id: of the decision.
        on: when, and who or what applies the rules; the applicant is judged as of then.
        custom_fields: the definitions that questions may name.

    Raises:
        InputError: the applicant is another person, or the rules are of another job.
        LawBroken: the rules ask for what the law protects.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model import ContactRecord, Occasion, Skill
    >>> from crmcore.model.hiring import Application
    >>> from crmcore.hiring.screening.applicant import Applicant
    >>> from crmcore.model.hiring.criteria import SkillCriterion
    >>> from crmcore.model.hiring.screening import ScreeningRules
    >>> from crmcore.model.pipeline import Pipeline, Stage
    >>> def on(actor, reason=""):
    ...     return Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor=actor, reason=reason)
    >>> stages = [Stage(key="applied", label="Applied", category="application")]
    >>> pipeline = Pipeline(id="p-1", name="Engineering", stages=stages)
    >>> application, _ = Application.begin(id="a-1", contact="c-1", job="j-1", within=pipeline, on=on("careers page"))
    >>> sql = SkillCriterion(key="sql", name="SQL", level="expert", importance="must")
    >>> rules = ScreeningRules(id="r-1", name="Engineer", criteria=[sql])
    >>> who = Applicant.of(ContactRecord(id="c-1", skills=(Skill(name="sql", level="beginner"),)))
    >>> decision, told = decided(application, who, rules=rules, id="d-1", on=on("screening"))
    >>> told.type, decision.proposal.value, decision.status.value, decision.outcome
    ('screening.proposed', 'reject', 'proposed', None)
    >>> decision.confirm(on=on("screening"))
    Traceback (most recent call last):
    crmcore.errors.LawBroken: 'screening' proposed it; another, who is a person, confirms it
    >>> decision, told = decision.overrule("advance", on=on("eva", "she wrote our warehouse"))
    >>> told.type, decision.outcome.value
    ('screening.overruled', 'advance')
    """
    screener = Screener(rules, at=on.at, custom_fields=custom_fields)
    return screener.decided(application, applicant, id=id, on=on)
