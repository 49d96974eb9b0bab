"""Talent pools, referrals, requisitions and postings of a database: each verb is one unit of work, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.app._edits import check_given
from crmcore.app._hindering import candidate_of, hindrances_of
from crmcore.app._pool_view import PoolView
from crmcore.app._posting_view import BoardRound, PostingView, note_round, plan_round
from crmcore.app._prospect_view import ProspectView
from crmcore.app._referral_view import ReferralView
from crmcore.app._requisition_view import RequisitionView
from crmcore.app._shortlisting import Shortlisting
from crmcore.app._work import read, stored
from crmcore.errors import InputError
from crmcore.hiring import pools
from crmcore.hiring.postings import Employer
from crmcore.hiring.publishing import carried_out
from crmcore.model.candidate import Candidate
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring import (
    Application,
    BlindWithin,
    Gathering,
    Interview,
    Job,
    Posting,
    Prospect,
    Referral,
    Requisition,
    Scorecard,
    TalentPool,
    summary,
    visible_to,
)
from crmcore.model.pipeline import Pipeline
from crmcore.model.stage_history import Status, Verb
from crmcore.model.timeline import Activity, Note, Task
from crmcore.query import F

if TYPE_CHECKING:
    from datetime import datetime

    from crmcore.hiring.pools import Courtesy, Hindrance, Medallists, Relationship
    from crmcore.model.hiring import PanelSummary
    from crmcore.model.pipeline import StageCategory
    from crmcore.model.timeline import Viewer
    from crmcore.ports import JobBoard

__all__ = ["Recruiting"]


@attrs.frozen(kw_only=True, eq=False)
class Recruiting(Shortlisting):
    """The part of :class:`~crmcore.app.CRM` that stays in touch with people, asks for leave to hire, and shows jobs.

    Records, `actor`, `reason` and `at` are as for the verbs that move applications.
    """

    def create_pool(
        self,
        name: str,
        *,
        actor: str,
        id: str | None = None,  # noqa: A002 - the field's own name
        reason: str = "",
        **more: Any,
    ) -> PoolView:
        """Begin a talent pool.

        Args:
            name: as people call it.
            actor, reason: see the class.
            id: under which it is kept; one is made by default.
            more: other fields of :class:`~crmcore.hiring.pools.TalentPool`, such as `keeps_days` or `purpose`.

        """
        check_given(TalentPool, more)
        with self._work(actor, reason) as work:
            made = TalentPool.model_validate({**more, "id": self.new_id() if id is None else id, "name": name})
            work.told((made, work.on.tells("pool.created", made, name=made.name)))
        return self.pool(made.id)

    def pool(self, pool: TalentPool | str) -> PoolView:
        """Return the view of a talent pool; raise NotFound."""
        held = stored(self.store, TalentPool, pool)
        return PoolView(id=held.id, store=self.store, clock=self.clock, new_id=self.new_id)

    def prospect(self, prospect: Prospect | str) -> ProspectView:
        """Return the view of somebody who is courted; raise NotFound."""
        held = stored(self.store, Prospect, prospect)
        return ProspectView(id=held.id, store=self.store, clock=self.clock, new_id=self.new_id)

    def medallists(
        self,
        *,
        reached: StageCategory | str = "interview",
        purpose: str = "recruiting",
        at: datetime | None = None,
    ) -> Medallists:
        """Return who came far and was turned down by us, and who of them is not asked again and why.

        Args:
            reached: the least category of stages that is far.
            purpose: the consent that must not have been refused, withdrawn or expired.
            at: as of what had happened; now by default.

        """
        # who is rejected now, if now is meant; as of another instant, whoever was once
        asks = F.status == Status.REJECTED.value if at is None else None
        rejected = {each.contact for each in self.store.stream(Application, asks) if _was_rejected(each)}
        theirs = F.id.in_(sorted(rejected))
        contacts = {each.id: each for each in self.store.stream(ContactRecord, theirs)} if rejected else {}
        return pools.silver_medallists(
            self.store.stream(Application, F.contact.in_(sorted(contacts))) if contacts else (),
            pipelines={each.id: each for each in self.store.stream(Pipeline)},
            contacts=contacts,
            at=self._when(at),
            reached=reached,
            purpose=purpose,
        )

    def hindrances(
        self,
        contact: ContactRecord | str,
        channel: str,
        *,
        courtesy: Courtesy | None = None,
        job: Job | str | None = None,
        at: datetime | None = None,
    ) -> tuple[Hindrance, ...]:
        """Return every reason not to approach somebody over a channel now; none where they may be.

        Args:
            contact: whom.
            channel: such as email, call or message.
            courtesy: caps and cool-downs; by default none, while consents and wishes hold all the same.
            job: for which they would be approached.
            at: as of when; now by default.

        """
        who = stored(self.store, ContactRecord, contact)
        wanted = None if job is None else read(self.store, Job, job).id
        found = hindrances_of(self.store, [who], channel=channel, at=self._when(at), courtesy=courtesy, job=wanted)
        return found[who.id]

    def relationship(
        self, contact: ContactRecord | str, *, viewer: Viewer | None = None, at: datetime | None = None
    ) -> Relationship:
        """Return how we stand with somebody: whose they are, who last wrote to whom, and what is next.

        Args:
            contact: who.
            viewer: who looks, and does not see what is private to others; without one everything counts.
            at: as of when; now by default.

        """
        who = stored(self.store, ContactRecord, contact)
        about = F.subject == who.id
        entries = [entry for kind in (Activity, Note, Task) for entry in self.store.stream(kind, about)]
        candidate = candidate_of(self.store.stream(Candidate, F.contact == who.id))
        return pools.relationship(who, entries, at=self._when(at), candidate=candidate, viewer=viewer)

    def met(
        self, contact: ContactRecord | str, gathering: Gathering | str, *, actor: str, at: datetime | None = None
    ) -> ContactRecord:
        """Note that we met a contact at a fair, a campus day or the like: it is a touch of theirs."""
        with self._work(actor, at=at) as work:
            where = work.read(Gathering, gathering)
            return work.told(where.met(work.read(ContactRecord, contact), on=work.on))

    def panel_summary(
        self,
        application: Application | str,
        *,
        seen_by: str,
        blind_within: BlindWithin | str = BlindWithin.APPLICATION,
    ) -> PanelSummary:
        """Put together what the panels of all interviews of an application think.

        Args:
            application: which.
            seen_by: who asks; of others' scorecards those are left out that they may not read yet.
            blind_within: what somebody has to have handed in before they read what others think.

        """
        held = stored(self.store, Application, application)
        interviews = tuple(self.store.stream(Interview, F.application == held.id))
        ids = [each.id for each in interviews]
        cards = self.store.stream(Scorecard, F.interview.in_(ids)) if ids else ()
        return summary(visible_to(seen_by, cards, interviews=interviews, blind_within=blind_within))

    def refer(
        self,
        contact: ContactRecord | str,
        *,
        actor: str,
        referrer: ContactRecord | str | None = None,
        job: Job | str | None = None,
        pool: TalentPool | str | None = None,
        reason: str = "",
        at: datetime | None = None,
        **more: Any,
    ) -> ReferralView:
        """Note that somebody recommends a contact, for a job or a pool.

        Args:
            contact: who is recommended; somebody who is not stored yet is stored in the same unit.
            actor, reason, at: see the class.
            referrer: the contact who recommends them; a user is `referring_user`, and anybody else `referrer_name`.
            job, pool: for which.
            more: other fields of :class:`~crmcore.hiring.pools.Referral`, such as `relation`, `words` or `answers`.

        Raises:
            InputError: nobody recommends them, or they themselves; or it is neither for a job nor for a pool.
            NotFound: who recommends them, the job or the pool is not there.

        """
        check_given(Referral, more, itself={"application", "bonus", "bonus_steps"})
        with self._work(actor, reason, at) as work:
            who = work.read(ContactRecord, contact)
            if not who.version:
                work.told((who, work.next().tells("contact.created", who)))
            named = {
                name: None if one is None else stored(work.unit, kind, one).id
                for name, kind, one in (
                    ("referrer", ContactRecord, referrer),
                    ("job", Job, job),
                    ("pool", TalentPool, pool),
                )
            }
            made = Referral.model_validate({**more, **named, "id": self.new_id(), "contact": who.id, "at": work.on.at})
            told = work.on.tells("referral.made", made, referrer=made.referrer)
            work.told((made, told))
        return self.referral(made.id)

    def referral(self, referral: Referral | str) -> ReferralView:
        """Return the view of a referral; raise NotFound."""
        held = stored(self.store, Referral, referral)
        return ReferralView(id=held.id, store=self.store, clock=self.clock, new_id=self.new_id)

    def draft_requisition(
        self, title: str, *, actor: str, reason: str = "", at: datetime | None = None, **more: Any
    ) -> RequisitionView:
        """Begin to ask for leave to hire.

        Args:
            title: the work.
            actor, reason, at: see the class.
            more: other fields of :class:`~crmcore.model.hiring.Requisition`, such as `headcount`, `band` or `code`.

        """
        check_given(Requisition, more, itself={"approval", "history"})
        with self._work(actor, reason, at) as work:
            blank = Requisition.model_validate({**more, "id": self.new_id(), "title": title})
            made = work.told(blank.draft(on=work.on))
        return self.requisition(made.id)

    def requisition(self, requisition: Requisition | str) -> RequisitionView:
        """Return the view of a requisition; raise NotFound."""
        held = stored(self.store, Requisition, requisition)
        return RequisitionView(id=held.id, store=self.store, clock=self.clock, new_id=self.new_id)

    def draft_posting(
        self,
        job: Job | str,
        text: str = "",
        *,
        actor: str,
        reason: str = "",
        at: datetime | None = None,
        **more: Any,
    ) -> PostingView:
        """Write a posting of a job.

        Args:
            job: which.
            text: what is read, as plain text; or pass `content`, in HTML, which is cleaned.
            actor, reason, at: see the class.
            more: other fields of :class:`~crmcore.model.hiring.Posting`: `title`, that of the job by default;
                `boards`, `locations`, `employment`.

        """
        check_given(Posting, more, itself={"history", "shown"})
        if text and "content" in more:
            raise InputError("a posting has either a text or its content in HTML")
        with self._work(actor, reason, at) as work:
            wanted = stored(work.unit, Job, job)
            known = {"title": wanted.title, **more, "id": self.new_id(), "job": wanted.id}
            blank = Posting.of_text(text, **known) if text else Posting.model_validate(known)
            made = work.told(blank.draft(on=work.on))
        return self.posting(made.id)

    def posting(self, posting: Posting | str) -> PostingView:
        """Return the view of a posting; raise NotFound."""
        held = stored(self.store, Posting, posting)
        return PostingView(id=held.id, store=self.store, clock=self.clock, new_id=self.new_id)

    def publish_due(self, boards: Mapping[str, JobBoard], *, employer: Employer, actor: str = "boards") -> BoardRound:
        """Let boards show what is meant to be seen now, and nothing else; ask often.

        What is about to be asked is stored before a board is, so that whatever happens, what a board may show is never
        forgotten. A board that cannot be reached keeps nothing from the others, and is asked again the next time; so is
        one that two rounds asked at the same time. What is due on a board that is not passed is `unasked`: nothing is
        written of it, and it stays due.

        Args:
            boards: name -> board, as postings name them; several workers may each pass their own.
            employer: who hires, as the world is told.
            actor: who asks.

        """
        if not all((isinstance(boards, Mapping), isinstance(employer, Employer))):
            raise InputError("pass the boards by their names, and an Employer")
        with self._work(actor, "due on boards") as work:
            plan, versions = plan_round(work, employer, boards=boards)
        outcomes = carried_out(plan, boards)
        if outcomes:
            with self._work(actor, "answered by boards") as work:
                note_round(work, outcomes, versions=versions)
        return BoardRound(plan=plan, outcomes=outcomes)


def _was_rejected(application: Application) -> bool:
    return any(step.verb is Verb.REJECT for step in application.history.steps)
