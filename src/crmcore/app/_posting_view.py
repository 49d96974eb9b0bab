"""One posting of a database, and a round of all boards: what is due is written down before a board is asked."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.app._edits import edited
from crmcore.app._work import Working
from crmcore.hiring.postings import job_posting, missing
from crmcore.hiring.publishing import asked, due, noted
from crmcore.model.hiring import Job, Location, Opening, Posting, PostingStatus, Requisition
from crmcore.model.hiring.posting import BoardState
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping
    from datetime import datetime

    from crmcore.app._work import Work
    from crmcore.hiring.postings import Employer
    from crmcore.hiring.publishing import HeldBack, PostingOutcome, PostingPlan, PostingTask
    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion
    from crmcore.ports import Reader

__all__ = ["BoardRound", "PostingView", "note_round", "plan_round"]

LAWFUL = frozenset({"job", "history", "shown"})
"""Attributes that no edit touches."""
MAY_SHOW = [state.value for state in BoardState if state is not BoardState.DOWN]


@attrs.frozen(kw_only=True, eq=False)
class PostingView(Working):
    """One posting, and what one does with it; each verb reads it anew and returns the view.

    Every verb takes `actor`, who does it; `reason`, why; and `at`, when it happened, where that is not now. What cannot
    be done raises IllegalStep with what can. Boards learn of it by `CRM.publish_due`.
    """

    id: str

    @property
    def record(self) -> Posting:
        """The posting as it is now; raise NotFound."""
        return self.store.get(Posting, self.id)

    def __repr__(self) -> str:
        now = self.record
        boards = ", ".join(f"{each.key} {each.state.value}" for each in now.shown)
        return f"<PostingView {self.id}: {now.title}, {now.status.value}{f'; {boards}' if boards else ''}>"

    def publish(self, *, actor: str, reason: str = "", at: datetime | None = None) -> PostingView:
        """Mean it to be seen, by the boards that it names.

        Raises:
            LawBroken: its job is confidential or not open, or it has expired; or (IllegalStep) it is live.

        """
        with self._work(actor, reason, at) as work:
            held = work.unit.get(Posting, self.id)
            work.told(held.publish(job=work.unit.get(Job, held.job), on=work.on))
        return self

    def unpublish(self, *, actor: str, reason: str = "", at: datetime | None = None) -> PostingView:
        """Mean it to be seen no more; the job stays open."""
        return self._changed(lambda held, on: held.unpublish(on=on), actor, reason, at)

    def edit(self, *, actor: str, reason: str = "", at: datetime | None = None, **changes: Any) -> PostingView:
        """Change fields, such as `title`, `content`, `boards` or `closes_at`; boards that show it are due for it.

        Raises:
            InputError: there is no such field, it cannot be so, or it is not changed by an edit.

        """
        return self._changed(
            lambda held, on: edited(held, changes, on=on, told="posting.edited", lawful=LAWFUL), actor, reason, at
        )

    def missing(self, employer: Employer) -> tuple[str, ...]:
        """Return what keeps it from being shown, each with the property that it is about; none where it is whole."""
        held = self.record
        job = self.store.get(Job, held.job)
        return missing(held, job=job, employer=employer, locations=_places(self.store), as_of=self.clock.now())

    def job_posting(self, employer: Employer) -> dict[str, Any]:
        """Return it as schema.org JobPosting, for a page of the employer's own.

        Raises:
            LawBroken: the job is confidential or not open, or the posting is for the inside.
            InputError: something is missing; the message lists all of it.

        """
        held = self.record
        job = self.store.get(Job, held.job)
        return job_posting(
            held,
            job=job,
            employer=employer,
            locations=_places(self.store),
            as_of=self.clock.now(),
            openings=self.store.stream(Opening, F.job == job.id),
            code=self._code(job),
        )

    def _code(self, job: Job) -> str:
        """Return under which code the employer knows the job: that of its requisition, where it has one."""
        if len(job.requisitions) != 1:
            return ""
        return self.store.get(Requisition, job.requisitions[0]).code

    def _changed(
        self,
        verb: Callable[[Posting, Occasion], tuple[Posting, Event]],
        actor: str,
        reason: str,
        at: datetime | None,
    ) -> PostingView:
        with self._work(actor, reason, at) as work:
            work.told(verb(work.unit.get(Posting, self.id), work.on))
        return self


@attrs.frozen(kw_only=True, repr=False)
class BoardRound:
    """What one round of the boards came to.

    Attributes:
        plan: what was due, and what was held back.
        outcomes: what became of each task, in the order of the plan.

    """

    plan: PostingPlan
    outcomes: tuple[PostingOutcome, ...]

    @property
    def failed(self) -> tuple[PostingOutcome, ...]:
        """What a board did not do, each with why; it is due again in the next round."""
        return tuple(outcome for outcome in self.outcomes if not outcome.is_done)

    @property
    def unasked(self) -> tuple[PostingTask, ...]:
        """What was due on boards that were not among those passed: nothing is noted of it, and it stays due."""
        return self.plan.unasked

    @property
    def held_back(self) -> tuple[HeldBack, ...]:
        """What is meant to be seen and cannot be, each with what is missing."""
        return self.plan.held_back

    def __repr__(self) -> str:
        done = len(self.outcomes) - len(self.failed)
        unasked = f", {len(self.unasked)} unasked" if self.unasked else ""
        return f"<BoardRound {done} done, {len(self.failed)} failed, {len(self.held_back)} held back{unasked}>"


def plan_round(work: Work, employer: Employer, *, boards: Container[str]) -> tuple[PostingPlan, dict[str, int]]:
    """Plan a round, and write down what is about to be asked: commit it before any board is.

    Returns:
        The plan, and posting -> the version at which that was written down.

    """
    is_concerned = (F.status == PostingStatus.LIVE.value) | F.shown_state.in_(MAY_SHOW)
    postings = {each.id: each for each in work.unit.stream(Posting, is_concerned)}
    plan = _due(work, postings.values(), employer, boards)
    concerned = sorted({task.posting for task in plan.tasks})
    return plan, {id_: work.unit.put(asked(postings[id_], plan, on=work.on)).version for id_ in concerned}


def note_round(work: Work, outcomes: Iterable[PostingOutcome], *, versions: Mapping[str, int]) -> None:
    """Write down what became of a round; a posting that is gone by now has nothing to know."""
    by_posting: dict[str, list[PostingOutcome]] = defaultdict(list)
    for outcome in outcomes:
        by_posting[outcome.task.posting].append(outcome)
    for posting in [*work.unit.stream(Posting, F.id.in_(sorted(by_posting)))]:
        is_overtaken = posting.version != versions[posting.id]
        now, events = noted(posting, by_posting[posting.id], on=work.on, new_id=work.new_id, is_overtaken=is_overtaken)
        work.all_told([now], events)


def _due(work: Work, postings: Iterable[Posting], employer: Employer, boards: Container[str]) -> PostingPlan:
    postings = tuple(postings)
    jobs = sorted({each.job for each in postings})
    return due(
        postings,
        jobs={each.id: each for each in work.unit.stream(Job, F.id.in_(jobs))} if jobs else {},
        employer=employer,
        locations=_places(work.unit),
        as_of=work.on.at,
        openings=work.unit.stream(Opening, F.job.in_(jobs)) if jobs else (),
        boards=boards,
    )


def _places(reader: Reader) -> dict[str, Location]:
    return {each.id: each for each in reader.stream(Location)}
