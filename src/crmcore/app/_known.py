"""What a store knows that bears on an application form, and what of a plan has to be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.app._work import read
from crmcore.errors import InputError
from crmcore.hiring.applying import Known
from crmcore.model.candidate import Candidate
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring import Application, Questionnaire
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcore.hiring.applying import ApplicationForm, Applied
    from crmcore.model.hiring import Job
    from crmcore.model.record import Record
    from crmcore.ports import Reader

__all__ = ["as_stored", "changed_of", "known_of", "questionnaire_of"]

MOST_HOLDERS = 20
"""Contacts of one identifier that are read; one that more of them hold tells of nobody."""


def known_of(reader: Reader, identifiers: Iterable[tuple[str, str]], contact: str | None) -> Known:
    """Read who holds the identifiers, what they are as candidates, and to what they have applied.

    Args:
        reader: the store, or the unit of work.
        identifiers: (kind, value), as :meth:`ContactRecord.identifiers` yields them.
        contact: the id of somebody whom the form is said to be from.

    """
    contacts: dict[str, ContactRecord] = {}
    holders: dict[tuple[str, str], int] = {}
    for kind, value in identifiers:
        held = F[kind] == value
        found = reader.find(ContactRecord, held, limit=MOST_HOLDERS)
        contacts |= {each.id: each for each in found}
        if found.next is not None:
            holders[kind, value] = reader.count(ContactRecord, held)
    if contact is not None and contact not in contacts:
        contacts[contact] = reader.get(ContactRecord, contact)
    ids = sorted(contacts)
    theirs = F.contact.in_(ids)
    candidates: list[Candidate] = list(reader.stream(Candidate, theirs)) if ids else []
    applications: list[Application] = list(reader.stream(Application, theirs)) if ids else []
    return Known(contacts=[*contacts.values()], candidates=candidates, applications=applications, holders=holders)


def questionnaire_of(
    reader: Reader, form: ApplicationForm, job: Job, asked: Questionnaire | str | None
) -> Questionnaire | None:
    """Return what a form asked: what is said, else the one questionnaire of the job that is of no posting alone.

    Raises:
        InputError: the job has several, or it has none and the form has answers.

    """
    if asked is not None:
        return read(reader, Questionnaire, asked)
    of_job = [each for each in reader.stream(Questionnaire, F.job == job.id) if each.posting is None]
    if len(of_job) > 1:
        told = ", ".join(repr(each.id) for each in of_job[:5])
        raise InputError(f"job {job.id!r} has several questionnaires: {told}; pass the one that was answered")
    if not of_job and form.answers:
        raise InputError(f"the form has answers, and job {job.id!r} no questionnaire; pass the one that was answered")
    return of_job[0] if of_job else None


def changed_of(plan: Applied, known: Known) -> list[Record]:
    """Return the records of a plan that are not stored as they are."""
    stored = {(each.kind, each.id): each for each in (*known.contacts, *known.candidates)}
    return [record for record in plan.records if stored.get((record.kind, record.id)) != record]


def as_stored(plan: Applied, reader: Reader) -> Applied:
    """Return a plan that was written, with the versions that its records have now."""
    return attrs.evolve(
        plan,
        contact=reader.get(ContactRecord, plan.contact.id),
        candidate=reader.get(Candidate, plan.candidate.id),
        application=reader.get(Application, plan.application.id),
    )
