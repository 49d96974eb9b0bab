"""Applications of a database, from applying to the end: each verb is one unit of work, with its events, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.app._ending import write_end
from crmcore.app._entering import entrant_of, taken_in
from crmcore.app._known import as_stored, changed_of, known_of, questionnaire_of
from crmcore.app._open_jobs import open_to_apply
from crmcore.app._opening_jobs import OpeningJobs
from crmcore.errors import InputError, LawBroken
from crmcore.hiring.applying import NEW, ApplicationForm, Applied, read_form
from crmcore.hiring.applying import apply as planned
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring import Application, Job, JobStatus
from crmcore.model.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from crmcore.hiring.applying import Ambiguous, Reapplying, Refused
    from crmcore.model.events import Event
    from crmcore.model.hiring import Questionnaire
    from crmcore.model.occasion import Occasion

__all__ = ["Moving"]


@attrs.frozen(kw_only=True, eq=False)
class Moving(OpeningJobs):
    """The part of :class:`~crmcore.app.CRM` that takes people through pipelines.

    A record may be handed in as it was read, or as its id. As it was read, it is refused with Conflict where somebody
    else has changed it since; by its id, it is read anew, and so is what a verb does not change, such as the job that
    somebody applies to.

    Who enters a stage by somebody's choice passes its guards and finds room in it, whichever verb it is; both are asked
    of what is so now, also where it is told late. Who applies without a stage being named is taken into the first one
    even where it is full: nobody's application is lost. What undoes a hire puts the person back to where they were.

    Every verb takes `actor`, who does it; `reason`, why; and `at`, when it happened, where that is not now: what is
    told late is put where it occurred. What cannot be done raises IllegalStep with what can.
    """

    def receive(
        self,
        form: ApplicationForm,
        job: Job | str,
        *,
        actor: str,
        contact: ContactRecord | str | None = None,
        is_new: bool = False,
        questionnaire: Questionnaire | str | None = None,
        rules: Reapplying | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> Applied | Ambiguous | Refused:
        """Take in an application form: find who it is, and write person and application, or neither.

        Args:
            form: what came in, as it came.
            job: which is applied for.
            actor, reason, at: see the class.
            contact: who it is, where somebody has decided.
            is_new: whether somebody has decided that it is nobody who is known.
            questionnaire: what the form asked; by default the questionnaire of the job, if one is stored.
            rules: who may apply again, and when.

        Returns:
            Applied, and it is written; Ambiguous, where it may be from several people, and somebody has to say who it
            is; or Refused, with the reasons. Of the latter two nothing is written.

        Raises:
            InputError: there are answers, and nothing says what was asked; it is said to be somebody, and somebody new.

        """
        if not isinstance(form, ApplicationForm):
            raise InputError(f"a form is an ApplicationForm, not {type(form).__name__}")
        if contact is not None and is_new:
            raise InputError("it is either the contact that you name, or somebody new")
        with self._work(actor, reason, at) as work:
            wanted = work.unit.get(Job, work.read(Job, job).id)
            person = None if contact is None else work.read(ContactRecord, contact).id
            known = known_of(work.unit, read_form(form).identifiers, person)
            plan = planned(
                form,
                job=wanted,
                within=work.unit.get(Pipeline, wanted.pipeline),
                on=work.on,
                new_id=self.new_id,
                known=known,
                questionnaire=questionnaire_of(work.unit, form, wanted, questionnaire),
                contact=NEW if is_new else person,
                rules=rules,
            )
            if not isinstance(plan, Applied):
                return plan
            work.all_told(changed_of(plan, known), plan.events)
            return as_stored(plan, work.unit)

    def apply(
        self,
        contact: ContactRecord | str,
        job: Job | str,
        *,
        actor: str,
        stage: str | None = None,
        reason: str = "",
        at: datetime | None = None,
        **more: Any,
    ) -> Application:
        """Let a person be considered for a job; a person who is not stored yet is stored in the same unit.

        Args:
            contact: who.
            job: for what.
            actor, reason, at: see the class.
            stage: in which it begins; by default the first one, which takes in everybody. Who is to begin in a stage
                that is named is judged by its guards and its room, as who is moved there.
            more: other fields of :class:`~crmcore.model.hiring.Application`, such as `origin`, `source` or `credits`.

        Raises:
            NotFound: nobody has that id.
            LawBroken: the job is not open; or (IllegalStep) the stage does not let them in.
            Taken: the person's application to this job is active already.

        """
        if given := {"id", "pipeline", "history", "version"} & more.keys():
            raise InputError(f"{', '.join(sorted(given))}: an application gets that by itself")
        with self._work(actor, reason, at) as work:
            wanted, within = open_to_apply(work, job)
            person = work.read(ContactRecord, contact)
            if not person.version:
                work.told((person, work.next().tells("contact.created", person)))
            elif person is contact:
                work.unit.get(ContactRecord, person.id)
            begun = Application.begin(
                id=self.new_id(), contact=person.id, job=wanted.id, within=within, on=work.on, stage=stage, **more
            )
            return taken_in(work, *begun, within=within, stage=stage)

    def move(
        self,
        application: Application | str,
        to: str,
        *,
        actor: str,
        expected: str | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> Application:
        """Take an application to another stage, if its guards let it in and there is room.

        Args:
            application: which.
            to: the stage.
            actor, reason, at: see the class; skipping a stage or going back may need a reason.
            expected: the stage in which whoever asks believes it to be.

        Raises:
            IllegalStep: it has ended, or is elsewhere, or may not go there; with what is allowed and why.

        """
        with self._work(actor, reason, at) as work:
            held = work.latest(Application, application)
            within = work.unit.get(Pipeline, held.pipeline)
            entrant = entrant_of(work.unit, held, to)
            return work.told(held.move(to, within=within, on=work.on, expected=expected, entrant=entrant))

    def advance(
        self,
        application: Application | str,
        *,
        actor: str,
        expected: str | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> Application:
        """Take an application to the next stage in use, see :meth:`move`."""
        with self._work(actor, reason, at) as work:
            held = work.latest(Application, application)
            within = work.unit.get(Pipeline, held.pipeline)
            following = within.next_after(held.stage_at(work.on.at))
            entrant = entrant_of(work.unit, held, following.key) if following else None
            return work.told(held.advance(within=within, on=work.on, expected=expected, entrant=entrant))

    def reject(
        self, application: Application | str, reason: str, *, actor: str, note: str = "", at: datetime | None = None
    ) -> Application:
        """Say no to an application, which keeps its stage; *reason* is a key, *note* is told in words.

        Its offer ends with it. Interviews stay: see :meth:`interviews_of`; the event names those that are to be held.

        Raises:
            InputError: no reason is given.
            IllegalStep: it has ended.

        """
        return self._stepped(application, lambda held, on: held.reject(reason, on=on), actor, note, at)

    def withdraw(
        self,
        application: Application | str,
        reason: str = "",
        *,
        actor: str,
        note: str = "",
        at: datetime | None = None,
    ) -> Application:
        """Note that the person said no."""
        return self._stepped(application, lambda held, on: held.withdraw(reason, on=on), actor, note, at)

    def reopen(
        self,
        application: Application | str,
        *,
        actor: str,
        stage: str | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> Application:
        """Take up again what was rejected or withdrawn, in the stage where it ended or in another.

        Raises:
            IllegalStep: it has not ended so; or the guards of the stage do not let it in, or it is full: name another.

        """
        with self._work(actor, reason, at) as work:
            held = work.latest(Application, application)
            within = work.unit.get(Pipeline, held.pipeline)
            to = stage or held.stage_at(work.on.at)
            entrant = entrant_of(work.unit, held, to)
            return work.told(held.reopen(within=within, on=work.on, stage=to, entrant=entrant))

    def transfer(
        self,
        application: Application | str,
        job: Job | str,
        *,
        actor: str,
        stage: str | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> Application:
        """End an application here and go on with it for another job; return the one that goes on.

        Args:
            application: which.
            job: the other job.
            actor, reason, at: see the class.
            stage: in which it goes on there, as for :meth:`apply`.

        Raises:
            LawBroken: it is for that job already, or the job is not open; or (IllegalStep) it has ended, or the stage
                does not let it in.

        """
        with self._work(actor, reason, at) as work:
            wanted = work.unit.get(Job, work.read(Job, job).id)
            held = work.latest(Application, application)
            if wanted.id == held.job:
                raise LawBroken(f"application {held.id!r} is for job {wanted.id!r} already; move it")
            if wanted.status is not JobStatus.OPEN:
                raise LawBroken(f"job {wanted.id!r} is {wanted.status.value}; nobody can be transferred to it")
            within = work.unit.get(Pipeline, wanted.pipeline)
            ended, begun, event = held.transfer(id=self.new_id(), job=wanted.id, within=within, on=work.on, stage=stage)
            write_end(work, (ended, event))
            return taken_in(work, begun, within=within, stage=stage)

    def _stepped(
        self,
        application: Application | str,
        step: Callable[[Application, Occasion], tuple[Application, Event]],
        actor: str,
        note: str,
        at: datetime | None,
    ) -> Application:
        with self._work(actor, note, at) as work:
            return write_end(work, step(work.latest(Application, application), work.on))
