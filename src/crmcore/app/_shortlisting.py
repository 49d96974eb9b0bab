"""Screening what is stored: applications by the rules of their job, and who suits a job that they have not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from crmcore.app._each import done_for_each
from crmcore.app._edits import check_given
from crmcore.app._fitting import best_jobs, best_people
from crmcore.app._hiring import Hiring
from crmcore.app._known_applicant import (
    applicant_of,
    applicants_of,
    definitions,
    last_of_each,
    latest,
    rules_of,
    screened,
)
from crmcore.app._screening_view import ScreeningView
from crmcore.app._work import read, stored
from crmcore.errors import NotFound
from crmcore.hiring.screening import Screener, replay
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring import Application, Job, ScreeningDecision, ScreeningRules
from crmcore.model.stage_history import Status
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from crmcore.app._work import Work
    from crmcore.hiring.moving import Bulk, Item
    from crmcore.hiring.recommending import Recommendation
    from crmcore.hiring.screening import Replay
    from crmcore.hiring.screening import Screening as Screened
    from crmcore.query import Expression

__all__ = ["Shortlisting"]

T = TypeVar("T")


@attrs.frozen(kw_only=True, eq=False)
class Shortlisting(Hiring):
    """The part of :class:`~crmcore.app.CRM` that screens.

    Rules are those that are stored for the job, unless others are handed in; questions may name the custom fields that
    the database was opened with, those that are stored, and the answers to the job's questionnaires.
    """

    def set_screening_rules(
        self, job: Job | str, *criteria: Any, actor: str, reason: str = "", **more: Any
    ) -> ScreeningRules:
        """Say what a job asks: in place of its rules so far, which stay in their history.

        Args:
            job: whose rules.
            criteria: see :mod:`crmcore.hiring.screening`; the pay comes from the job's band.
            actor, reason: see the class.
            more: other fields of :class:`~crmcore.hiring.screening.ScreeningRules`, such as `advance_at`.

        Raises:
            LawBroken: a criterion asks for what the law protects.
            InputError: the job has several rules; archive all but one. A question names a field, or an answer, that
                there is not (UnknownField), or cannot be asked so.

        """
        check_given(ScreeningRules, more, itself={"job", "criteria"})
        with self._work(actor, reason) as work:
            wanted = stored(work.unit, Job, job)
            held = rules_of(work.unit, wanted.id, must_be=False)
            id_, version = (self.new_id(), 0) if held is None else (held.id, held.version)
            rules = ScreeningRules.for_job(wanted, *criteria, id=id_, **{**more, "version": version})
            fields = definitions(work.unit, wanted.id, self.custom_fields)
            rules.check_unprotected(fields)
            Screener(rules, at=work.on.at, custom_fields=fields)  # what cannot screen is not stored
            told = work.on.tells("screening.rules_set", rules, digest=rules.digest)
            return work.told((rules, told))

    def screen(
        self,
        application: Application | str,
        rules: ScreeningRules | str | None = None,
        *,
        actor: str = "screening",
        reason: str = "",
        at: datetime | None = None,
    ) -> ScreeningView:
        """Hold an application against the rules of its job, and log the decision with its event.

        Where it says what the last one said, by the same rules on the same inputs, nothing is logged. Otherwise a
        proposal that waits for a person is dropped for the new one.

        Args:
            application: which.
            rules: others than those of the job.
            actor, reason, at: see the class; whoever screens does not confirm.

        Raises:
            InputError: the job has no rules, or several.
            LawBroken: the last decision was contested, so that a person has to look first.

        """
        with self._work(actor, reason, at) as work:
            held = stored(work.unit, Application, application)
            by = rules_of(work.unit, held.job) if rules is None else work.read(ScreeningRules, rules)
            fields = definitions(work.unit, held.job, self.custom_fields)
            screener = Screener(by, at=work.on.at, custom_fields=fields)
            who = applicant_of(work.unit, held.contact, held)
            item = screened(work, held, screener, who=who, last=latest(work.unit, held.id))
            known = item.after or item.before
            assert known is not None  # noqa: S101 - it was screened, now or before
            if item.after is not None and item.event is not None:
                work.told((item.after, item.event))
        return self.screening(known.id)

    def screen_all(
        self,
        job: Job | str,
        rules: ScreeningRules | str | None = None,
        *,
        actor: str = "screening",
        reason: str = "",
        at: datetime | None = None,
    ) -> Bulk[ScreeningDecision]:
        """Screen the active applications of a job, as :meth:`screen` does with one; what is refused stops no other.

        The result has what became of each, and prints as a summary; what was screened before, and says the same, is
        `repeated`.
        """
        with self._work(actor, reason, at) as work:
            wanted = stored(work.unit, Job, job)
            by = rules_of(work.unit, wanted.id) if rules is None else work.read(ScreeningRules, rules)
            fields = definitions(work.unit, wanted.id, self.custom_fields)
            is_active = (F.job == wanted.id) & (F.status == Status.ACTIVE.value)
            known = {each.id: each for each in work.unit.stream(Application, is_active)}
            screener = Screener(by, at=work.on.at, custom_fields=fields)
            return done_for_each(work, known, _screened_each(work, known, screener))

    def screening(self, decision: ScreeningDecision | str) -> ScreeningView:
        """Return the view of a decision; raise NotFound."""
        held = self.store.get(ScreeningDecision, read(self.store, ScreeningDecision, decision).id)
        return ScreeningView(id=held.id, store=self.store, clock=self.clock, new_id=self.new_id)

    def screening_of(self, application: Application | str) -> ScreeningView | None:
        """Return the view of the last decision on an application, if it was screened."""
        held = latest(self.store, read(self.store, Application, application).id)
        return None if held is None else self.screening(held.id)

    def replay_screening(
        self,
        job: Job | str,
        rules: ScreeningRules,
        *,
        check: Callable[..., T] | None = None,
        at: datetime | None = None,
    ) -> Replay[T]:
        """Apply other rules to what was decided of a job, and tell who would be told otherwise and why.

        Nothing is stored, the rules neither.

        Args:
            job: whose decisions; of each application the last.
            rules: the rules to try.
            check: called with ``applied`` and ``selected``, see :func:`crmcore.hiring.screening.replay`.
            at: as of when applicants are judged; as of when it was decided by default.

        """
        wanted = stored(self.store, Job, job)
        decisions = last_of_each(self.store.stream(ScreeningDecision, F.job == wanted.id))
        fields = definitions(self.store, wanted.id, self.custom_fields)
        return replay(decisions, rules, at=at, custom_fields=fields, check=check)

    def recommend(
        self,
        job: Job | str,
        *,
        limit: int = 10,
        among: Expression | None = None,
        rules: ScreeningRules | str | None = None,
        at: datetime | None = None,
    ) -> tuple[Recommendation, ...]:
        """Return the contacts who suit a job best, by its rules, the best first.

        Left out are those who have applied to it, who work here, who want no contact, or whom the rules turn down.

        Args:
            job: which.
            limit: at most so many.
            among: a question about contacts, where not all of them are meant.
            rules: others than those of the job.
            at: as of when they are judged; now by default.

        """
        at = self._when(at)
        wanted = stored(self.store, Job, job)
        by = rules_of(self.store, wanted.id) if rules is None else read(self.store, ScreeningRules, rules)
        fields = definitions(self.store, wanted.id, self.custom_fields)
        return best_people(self.store, wanted.id, by, limit=limit, among=among, at=at, custom_fields=fields)

    def fit(
        self,
        contact: ContactRecord | str,
        job: Job | str,
        *,
        rules: ScreeningRules | str | None = None,
        at: datetime | None = None,
    ) -> Screened:
        """Return why a contact suits a job or does not, criterion by criterion, with the sources of what was seen.

        Nothing is decided, and nothing is logged.

        Args:
            contact: who, whether they have applied or not.
            job: which.
            rules: others than those of the job.
            at: as of when they are judged; now by default.

        """
        who, wanted = stored(self.store, ContactRecord, contact), stored(self.store, Job, job)
        by = rules_of(self.store, wanted.id) if rules is None else read(self.store, ScreeningRules, rules)
        fields = definitions(self.store, wanted.id, self.custom_fields)
        screener = Screener(by, at=self._when(at), custom_fields=fields)
        return screener.screen(applicant_of(self.store, who), contact=who)

    def jobs_for(
        self,
        contact: ContactRecord | str,
        *,
        limit: int = 10,
        among: Expression | None = None,
        at: datetime | None = None,
    ) -> tuple[Recommendation, ...]:
        """Return the open jobs that suit somebody best, by their rules, the best first.

        Left out are those to which they have applied, and those whose rules turn them down.

        Args:
            contact: who.
            limit: at most so many.
            among: a question about jobs, such as :func:`crmcore.model.hiring.confidential.visible`.
            at: as of when they are judged; now by default.

        """
        at = self._when(at)
        who = applicant_of(self.store, contact)
        return best_jobs(self.store, who, limit=limit, among=among, at=at, custom_fields=self.custom_fields)


def _screened_each(
    work: Work, known: Mapping[str, Application], screener: Screener
) -> Callable[[str], Item[ScreeningDecision]]:
    """Return what screens one of several applications: all that it needs is read at once."""
    people = applicants_of(work.unit, known.values())
    decisions = work.unit.stream(ScreeningDecision, F.application.in_(sorted(known))) if known else ()
    last = {each.application: each for each in last_of_each(decisions)}

    def one(id_: str) -> Item[ScreeningDecision]:
        if id_ not in people:
            raise NotFound(ContactRecord.kind, known[id_].contact)
        return screened(work, known[id_], screener, who=people[id_], last=last.get(id_))

    return one
