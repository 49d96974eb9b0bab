"""The plan of an application: every record and event to be written at once, or why there is none."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from crmcore.errors import InputError, NotFound
from crmcore.hiring.applying.form import ApplicationForm, Doubt, Read, read_form
from crmcore.hiring.applying.identity import Ambiguous, Claim, Found, Guards, who
from crmcore.hiring.applying.reapplying import Barred, Reapplying
from crmcore.hiring.knocking_out import KnockedOut, knocked_out
from crmcore.model.candidate import Candidate
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring.answers import AnswerFault, AnswerSheet, answered
from crmcore.model.hiring.application import Application
from crmcore.model.hiring.job import JobStatus
from crmcore.model.hiring.questions import Effect
from crmcore.model.provenance import Provenance
from crmcore.model.roles import ContactRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from crmcore.model.events import Event
    from crmcore.model.hiring.job import Job
    from crmcore.model.hiring.questions import Questionnaire
    from crmcore.model.occasion import Occasion
    from crmcore.model.pipeline import Pipeline
    from crmcore.model.record import Record

__all__ = ["NEW", "Applied", "Known", "Refused", "apply"]


class _New(Enum):
    NEW = "new"


NEW: Final = _New.NEW
"""Somebody whom nobody has stored: what to say of an ambiguous form that is from none of those it may be from."""


def _all(records: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(records)


KNOCKED_OUT = "knocked-out"
"""The reason of a rejection by a rule that may not be named."""


@attrs.frozen(kw_only=True)
class Known:
    """What a store knows that bears on a form; look for it by :attr:`~crmcore.hiring.applying.Read.identifiers`.

    Attributes:
        contacts: those that hold one of the identifiers.
        candidates: what these are as candidates.
        applications: all that these have made.
        holders: (kind, value) -> how many contacts hold an identifier, where more do than were handed in.

    """

    contacts: tuple[ContactRecord, ...] = attrs.field(default=(), converter=_all)
    candidates: tuple[Candidate, ...] = attrs.field(default=(), converter=_all)
    applications: tuple[Application, ...] = attrs.field(default=(), converter=_all)
    holders: Mapping[tuple[str, str], int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Refused:
    """Why a form makes no application; nothing is to be written.

    Attributes:
        code: "nobody", "job-not-open", "answers", or the rule of :class:`Barred`.
        why: as a sentence.
        faults: what is wrong with the answers.
        barred: what bars it.
        doubts: what was noticed of the form.

    """

    code: str
    why: str
    faults: tuple[AnswerFault, ...] = ()
    barred: Barred | None = None
    doubts: tuple[Doubt, ...] = ()


@attrs.frozen(kw_only=True)
class Applied:
    """What is to be written, all in one unit of work.

    Attributes:
        contact, candidate, application: as they will be.
        is_new_contact, is_new_candidate: whether they were not known.
        events: what tells of it, in order.
        claim: what led to a contact who was known.
        others: contacts that are perhaps the same person, stored twice.
        knocked_out: what the knock-out rules say; None where nothing was asked.
        outdated: keys of questions that were answered in words that are not asked any more.
        doubts: what of the form was not taken, or not used to find the person.

    """

    contact: ContactRecord
    candidate: Candidate
    application: Application
    is_new_contact: bool
    is_new_candidate: bool
    events: tuple[Event, ...]
    claim: Claim | None = None
    others: tuple[str, ...] = ()
    knocked_out: KnockedOut | None = None
    outdated: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        """The records to be stored."""
        return self.contact, self.candidate, self.application


def apply(
    form: ApplicationForm,
    *,
    job: Job,
    within: Pipeline,
    on: Occasion,
    new_id: Callable[[], str],
    known: Known | None = None,
    questionnaire: Questionnaire | None = None,
    contact: str | Literal[_New.NEW] | None = None,
    rules: Reapplying | None = None,
    guards: Guards | None = None,
) -> Applied | Ambiguous | Refused:
    """Work out what an application form leads to.

    A person who is known keeps what is known of them: the form adds ways to reach them, and a name only where there was
    none. Between reading and writing somebody else may have stored the same person; who writes the plan states the
    versions that were read, and the keys of an active application and of its seat do the rest.

    Args:
        form: what came in.
        job: which is applied for; it has to be open.
        within: its pipeline.
        on: when and by whom; events other than the application's own get ids of *new_id*.
        new_id: makes ids.
        known: what the store knows.
        questionnaire: what the form asked.
        contact: who it is, where somebody has decided: an id among those known, or `NEW`.
        rules: who may apply again.
        guards: which identifiers tell of nobody.

    Raises:
        InputError: the form cannot be read at all, or the pipeline is not the job's.
        NotFound: the contact that was decided on is not among those known, or the form's revision is none.

    >>> from datetime import UTC, datetime
    >>> from itertools import count
    >>> from crmcore.model.hiring import Job
    >>> from crmcore.model.occasion import Occasion
    >>> from crmcore.model.pipeline import Pipeline, Stage
    >>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="careers page")
    >>> pipeline = Pipeline(id="p-1", name="Any", stages=[Stage(key="applied", label="New", category="application")])
    >>> job, _ = Job(id="j-1", title="Engineer", pipeline="p-1").step("open", on=on)
    >>> numbers = count(1)
    >>> form = ApplicationForm(name="Ada Lovelace", emails=["ada@home.dev"], source="careers page")
    >>> plan = apply(form, job=job, within=pipeline, on=on, new_id=lambda: f"n-{next(numbers)}")
    >>> [record.kind for record in plan.records], [event.type for event in plan.events]
    (['contact', 'candidate', 'application'], ['contact.created', 'candidate.created', 'application.created'])
    >>> known = Known(contacts=[plan.contact], candidates=[plan.candidate], applications=[plan.application])
    >>> print(apply(form, job=job, within=pipeline, on=on, new_id=lambda: "n", known=known).why)
    there is an active application to this job
    """
    if job.pipeline != within.id:
        raise InputError(f"job {job.id!r} goes by pipeline {job.pipeline!r}, not by {within.id!r}")
    known = known or Known()
    read = read_form(form)
    if job.status is not JobStatus.OPEN:
        return Refused(code="job-not-open", why=f"job {job.id!r} is {job.status.value}; nobody can apply")
    if read.is_nobody:
        return Refused(code="nobody", why="there is neither a name nor a way to reach the person", doubts=read.doubts)
    sheet = AnswerSheet() if questionnaire is None else answered(questionnaire, form.answers, revision=form.revision)
    if sheet.faults:
        why = "; ".join(fault.message for fault in sheet.faults)
        return Refused(code="answers", why=why, faults=sheet.faults, doubts=read.doubts)
    found = _decided(contact, known) or who(read, known.contacts, holders=known.holders, guards=guards)
    if isinstance(found, Ambiguous):
        return found
    earlier = [each for each in known.applications if found.contact and each.contact == found.contact.id]
    if barred := (rules or Reapplying()).bars(earlier, job=job.id, at=on.at):
        return Refused(code=barred.rule, why=barred.why, barred=barred, doubts=read.doubts)
    return _Planner(form=form, read=read, sheet=sheet, found=found, on=on, new_id=new_id).plan(
        job, within, known, questionnaire
    )


def _decided(contact: str | Literal[_New.NEW] | None, known: Known) -> Found | None:
    if contact is None:
        return None
    if contact is NEW:
        return Found(contact=None)
    for each in known.contacts:
        if each.id == contact:
            return Found(contact=each)
    raise NotFound("contact", str(contact))


@attrs.define(kw_only=True)
class _Planner:
    """Makes the records and events of one plan, in their order."""

    form: ApplicationForm
    read: Read
    sheet: AnswerSheet
    found: Found
    on: Occasion
    new_id: Callable[[], str]
    events: list[Event] = attrs.field(factory=list)

    def plan(self, job: Job, within: Pipeline, known: Known, questionnaire: Questionnaire | None) -> Applied:
        contact = self.contact()
        candidate, is_new_candidate = self.candidate(contact, known)
        application = self.application(contact, candidate, job, within)
        judged = None
        if questionnaire is not None:
            judged = knocked_out(questionnaire, self.sheet.together, at=self.on.at)
            application = self.judged(application, judged)
        return Applied(
            contact=contact,
            candidate=candidate,
            application=application,
            is_new_contact=self.found.contact is None,
            is_new_candidate=is_new_candidate,
            events=tuple(self.events),
            claim=self.found.claim,
            others=self.found.others,
            knocked_out=judged,
            outdated=self.sheet.outdated,
            doubts=(*self.read.doubts, *self.found.doubts),
        )

    def contact(self) -> ContactRecord:
        told = Provenance(source=self.form.source or "application form", observed_at=self.on.at)
        said = ContactRecord(
            id="form", name=self.read.name, emails=self.read.emails, phones=self.read.phones, links=self.read.links
        )
        before = self.found.contact or ContactRecord(
            id=self.new_id(), origin=self.form.origin, credits=self.form.credits
        )
        after = before if not before.name.is_empty else before.evolve(name=said.name)
        for channel in (*said.emails, *said.phones, *said.links):
            after = after.add(channel.evolve(is_primary=False))
        after = after.with_roles(ContactRole.CANDIDATE)
        noted = {path for path, _ in said.values()}
        provenance = {
            path: (*after.provenance.get(path, ()), told)
            for path, _ in after.values()
            if path in noted and (not path.startswith("name.") or after.name == said.name)
        }
        after = after.evolve(provenance={**after.provenance, **provenance})
        if self.found.contact is None:
            self.events.append(self.next().tells("contact.created", after))
        elif after != before:
            self.events.append(self.next().tells("contact.applied", after, source=self.form.source))
        for consent in self.form.consents:
            after, event = after.decide(consent, on=self.next())
            self.events.append(event)
        return after

    def candidate(self, contact: ContactRecord, known: Known) -> tuple[Candidate, bool]:
        for held in sorted(known.candidates, key=lambda each: each.id):
            if held.contact == contact.id:
                return held, False
        made = Candidate(id=self.new_id(), contact=contact.id)
        self.events.append(self.next().tells("candidate.created", made))
        return made, True

    def application(self, contact: ContactRecord, candidate: Candidate, job: Job, within: Pipeline) -> Application:
        made, event = Application.begin(
            id=self.new_id(),
            contact=contact.id,
            job=job.id,
            within=within,
            on=self.on,
            candidate=candidate.id,
            origin=self.form.origin,
            source=self.form.source,
            credits=self.form.credits,
            answers=self.sheet.answers,
            private_answers=self.sheet.private,
        )
        self.events.append(event)
        return made

    def judged(self, application: Application, judged: KnockedOut) -> Application:
        """Reject what a rule rejects by itself; what is for somebody to look at is told only.

        A rule about a private question is not named: whoever sees the rejection would know what was answered.
        """
        if not judged.out:
            return application
        self.events.append(self.next().tells("application.knocked_out", application, **judged.told()))
        rejecting = [finding for finding in judged.out if finding.effect is Effect.REJECT]
        if not rejecting:
            return application
        rule = next((finding for finding in rejecting if not finding.is_private), None)
        key, why = (rule.rule, rule.reason) if rule else (KNOCKED_OUT, "")
        rejected, event = application.reject(key, on=attrs.evolve(self.next(), reason=why))
        self.events.append(event)
        return rejected

    def next(self) -> Occasion:
        """Return the same occasion with an event id of its own."""
        return attrs.evolve(self.on, event_id=self.new_id())
