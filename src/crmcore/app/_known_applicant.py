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
    from crmcore.model.hiring import Application, Question
    from crmcore.ports import Reader

__all__ = [
    "applicant_of",
    "applicants_of",
    "definitions",
    "definitions_of_each",
    "last_of_each",
    "latest",
    "rules_of",
    "screened",
]

SAID = ("rules_digest", "inputs_digest", "proposal", "low", "value", "high", "findings")
"""Attributes in which a decision differs from another that says something else, or says it of something else."""


def applicant_of(reader: Reader, contact: ContactRecord | str, application: Application | None = None) -> Applicant:
    """Return what screening may see of a stored contact, as a candidate and by an application too."""
    who = stored(reader, ContactRecord, contact)
    return Applicant.of(who, _candidate_of(reader, who.id, application), application)


def applicants_of(reader: Reader, applications: Iterable[Application]) -> dict[str, Applicant]:
    """Return the same for each of several applications, by its id, read at once; without those whom nobody knows."""
    held = tuple(applications)
    contacts = sorted({each.contact for each in held})
    people = {each.id: each for each in reader.stream(ContactRecord, F.id.in_(contacts))} if contacts else {}
    named = F.id.in_(sorted({each.candidate for each in held if each.candidate is not None}))
    theirs = {each.id: each for each in reader.stream(Candidate, named | F.contact.in_(contacts))} if contacts else {}
    first = {each.contact: each for _, each in sorted(theirs.items(), reverse=True)}
    return {
        each.id: Applicant.of(
            people[each.contact],
            first.get(each.contact) if each.candidate is None else theirs.get(each.candidate),
            each,
        )
        for each in held
        if each.contact in people and (each.candidate is None or each.candidate in theirs)
    }


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


def definitions(reader: Reader, job: str, given: Sequence[CustomField]) -> tuple[CustomField, ...]:
    """Return the custom fields that rules may name: those given, those stored, and the answers that a job asks for."""
    return definitions_of_each(reader, [job], given)[job]


def definitions_of_each(
    reader: Reader, jobs: Iterable[str], given: Sequence[CustomField]
) -> dict[str, tuple[CustomField, ...]]:
    """Return the same for each of several jobs, by their ids, read at once."""
    questions: dict[str, list[Question]] = {job: [] for job in sorted(jobs)}
    for each in reader.stream(Questionnaire, F.job.in_(list(questions))) if questions else ():
        if each.job is not None:
            questions[each.job] += each.questions
    fixed = (*given, *reader.stream(CustomField))
    return {
        job: tuple({(one.applies_to, one.key): one for one in reversed((*fixed, *answer_fields(asked)))}.values())
        for job, asked in questions.items()
    }


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


def screened(
    work: Work, application: Application, screener: Screener, *, who: Applicant, last: ScreeningDecision | None
) -> Item[ScreeningDecision]:
    """Screen an application; return the decision, not written yet, or the last one where it says the same.

    A proposal that waits is dropped, in the unit.

    Args:
        work: the unit.
        application: which.
        screener: the rules.
        who: what the rules see.
        last: the last decision on it, if there is any.

    Raises:
        LawBroken: it was contested, so that a person has to look first.

    """
    made, told = screener.decided(application, who, id=work.new_id(), on=work.next())
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
