"""What a store knows that bears on screening: whom, by which rules, with which fields, and what was said before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from crmcore.app._work import stored
from crmcore.errors import InputError, LawBroken
from crmcore.hiring.moving import Item, Outcome
from crmcore.hiring.screening import Applicant, DecisionStatus, Screener, answer_fields
from crmcore.model.candidate import Candidate
from crmcore.model.contact import ContactRecord
from crmcore.model.custom import CustomField
from crmcore.model.hiring import Questionnaire, ScreeningDecision, ScreeningRules
from crmcore.model.hiring.screening_decision import DecisionVerb
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from crmcore.app._work import Work
    from crmcore.model.hiring import Application
    from crmcore.ports import Reader

__all__ = ["applicant_of", "definitions", "last_of_each", "latest", "rules_of", "screened"]

SAID = ("rules_digest", "inputs_digest", "proposal", "low", "value", "high", "findings")
"""Attributes in which a decision differs from another that says something else, or says it of something else."""


def applicant_of(reader: Reader, contact: ContactRecord | str, application: Application | None = None) -> Applicant:
    """Return what screening may see of a stored contact, as a candidate and by an application too."""
    who = stored(reader, ContactRecord, contact)
    return Applicant.of(who, _candidate_of(reader, who.id, application), application)


def _candidate_of(reader: Reader, contact: str, application: Application | None) -> Candidate | None:
    if application is not None and application.candidate is not None:
        return reader.get(Candidate, application.candidate)
    return next(reader.stream(Candidate, F.contact == contact), None)


@overload
def rules_of(reader: Reader, job: str) -> ScreeningRules: ...
@overload
def rules_of(reader: Reader, job: str, *, must_be: Literal[False]) -> ScreeningRules | None: ...
def rules_of(reader: Reader, job: str, *, must_be: bool = True) -> ScreeningRules | None:
    """Return the rules of a job that are not in the archive; None where there are none and none must be.

    Raises:
        InputError: it has none, or several.

    """
    held = [each for each in reader.stream(ScreeningRules, F.job == job) if not each.is_archived]
    if len(held) > 1:
        told = ", ".join(repr(each.id) for each in held[:5])
        raise InputError(f"job {job!r} has several screening rules: {told}; pass one, or archive the others")
    if not held and must_be:
        raise InputError(f"job {job!r} has no screening rules; say what it asks by set_screening_rules")
    return held[0] if held else None


def definitions(reader: Reader, jobs: Iterable[str], given: Sequence[CustomField]) -> tuple[CustomField, ...]:
    """Return the custom fields that rules may name: those given, those stored, and the answers asked for by jobs."""
    asked = reader.stream(Questionnaire, F.job.in_(sorted(jobs)))
    answers = answer_fields(question for each in asked for question in each.questions)
    known = (*given, *reader.stream(CustomField), *answers)
    return tuple({(field.applies_to, field.key): field for field in reversed(known)}.values())


def latest(reader: Reader, application: str) -> ScreeningDecision | None:
    """Return the last decision on an application that was not dropped, else the last one, if there is any."""
    return next(iter(last_of_each(reader.stream(ScreeningDecision, F.application == application))), None)


def last_of_each(decisions: Iterable[ScreeningDecision]) -> tuple[ScreeningDecision, ...]:
    """Return the same of each application, in the order of their ids."""
    last: dict[str, ScreeningDecision] = {}
    for one in sorted(decisions, key=_place):
        last[one.application] = one
    return tuple(last[application] for application in sorted(last))


def _place(decision: ScreeningDecision) -> tuple[bool, datetime, str]:
    return decision.status is not DecisionStatus.DROPPED, decision.history[0].occurred_at, decision.id


def screened(work: Work, application: Application, screener: Screener) -> Item[ScreeningDecision]:
    """Screen an application; return the decision, not written yet, or the last one where it says the same.

    A proposal that waits is dropped, in the unit.

    Raises:
        LawBroken: it was contested, so that a person has to look first.

    """
    who = applicant_of(work.unit, application.contact, application)
    made, told = screener.decided(application, who, id=work.new_id(), on=work.next())
    last = latest(work.unit, application.id)
    if last is not None and last.status is not DecisionStatus.DROPPED:
        if all(getattr(last, name) == getattr(made, name) for name in SAID):
            return Item(
                id=application.id, outcome=Outcome.REPEATED, before=last, why="it was screened, to the same end"
            )
        if last.status is DecisionStatus.PROPOSED:
            if last.history[-1].verb is DecisionVerb.CONTEST:
                raise LawBroken(f"decision {last.id!r} was contested; a person looks at it before it is screened anew")
            work.told(last.drop(on=work.next()))
    return Item(id=application.id, outcome=Outcome.DONE, before=last, after=made, event=told)
