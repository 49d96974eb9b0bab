"""Whom a job suits, and which jobs suit somebody: stored records, read into columns and scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.app._known_applicant import definitions_of_each
from crmcore.hiring.screening import Applicant
from crmcore.model.candidate import Candidate
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring import Application, Job, JobStatus, ScreeningRules
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crmcore.hiring.recommending import Recommendation
    from crmcore.model.custom import CustomField
    from crmcore.ports import Reader
    from crmcore.query import Expression

__all__ = ["best_jobs", "best_people"]


def best_people(
    reader: Reader,
    job: str,
    rules: ScreeningRules,
    *,
    limit: int,
    among: Expression | None,
    at: datetime,
    custom_fields: Sequence[CustomField],
) -> tuple[Recommendation, ...]:
    """Return who suits a job best, of those who may be asked and have not applied to it."""
    from crmcore.hiring.recommending import ApplicantColumns  # it takes numpy

    known = {each.contact for each in reader.stream(Application, F.job == job)}
    candidates = {each.contact: each for each in reader.stream(Candidate)}
    people = [
        Applicant.of(who, candidates.get(who.id))
        for who in reader.stream(ContactRecord, among)
        if who.id not in known and who.do_not_contact is None and who.linked_user is None
    ]
    return ApplicantColumns(people, custom_fields=custom_fields).scores(rules, at=at).top(limit)


def best_jobs(
    reader: Reader,
    who: Applicant,
    *,
    limit: int,
    among: Expression | None,
    at: datetime,
    custom_fields: Sequence[CustomField],
) -> tuple[Recommendation, ...]:
    """Return which open jobs suit somebody best, of those to which they have not applied.

    Two jobs may ask questions of one key and of different types; so jobs that ask other questions are scored apart.
    """
    from crmcore.hiring.recommending import RuleColumns  # it takes numpy

    known = {each.job for each in reader.stream(Application, F.contact == who.id)}
    is_open = F.status == JobStatus.OPEN.value
    jobs = {each.id for each in reader.stream(Job, is_open if among is None else is_open & among)} - known
    fields = definitions_of_each(reader, jobs, custom_fields)
    groups: dict[tuple[CustomField, ...], list[ScreeningRules]] = {}
    for rules in reader.stream(ScreeningRules):
        if rules.job in jobs and not rules.is_archived:
            groups.setdefault(fields[rules.job], []).append(rules)
    best = [
        one
        for known_fields, of_group in groups.items()
        for one in RuleColumns(of_group, at=at, custom_fields=known_fields).scores(who).top(limit)
    ]
    return tuple(sorted(best, key=lambda one: (-one.value, -one.low, one.id))[:limit])
