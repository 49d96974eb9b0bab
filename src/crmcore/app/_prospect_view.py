"""One prospect of a database: on the way through the stages of a pool, up to the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.app._entering import entrant_of, taken_in
from crmcore.app._open_jobs import open_to_apply
from crmcore.app._work import Working
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring import Prospect
from crmcore.model.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.hiring import Application, Job
    from crmcore.model.occasion import Occasion

__all__ = ["ProspectView"]


@attrs.frozen(kw_only=True, eq=False)
class ProspectView(Working):
    """Somebody who is courted, and what one does about it; each verb reads the prospect anew and returns the view.

    Every verb takes `actor`, who does it; `reason`, why; and `at`, when it happened, where that is not now. What cannot
    be done raises IllegalStep with what can.
    """

    id: str

    @property
    def record(self) -> Prospect:
        """The prospect as it is now; raise NotFound."""
        return self.store.get(Prospect, self.id)

    def __repr__(self) -> str:
        now = self.record
        return f"<ProspectView {self.id}: {now.contact} in {now.stage!r}, {now.status.value}>"

    def move(self, to: str, *, actor: str, reason: str = "", at: datetime | None = None) -> ProspectView:
        """Take them to another stage, if its guards let them in and there is room."""
        return self._moved(lambda *_: to, actor, reason, at)

    def advance(self, *, actor: str, reason: str = "", at: datetime | None = None) -> ProspectView:
        """Take them to the next stage in use."""
        return self._moved(lambda held, within, on: within.following(held.stage_at(on.at)).key, actor, reason, at)

    def reject(self, reason: str, *, actor: str, note: str = "", at: datetime | None = None) -> ProspectView:
        """Court them no more."""
        return self._stepped(lambda held, _, on: held.reject(reason, on=on), actor, note, at)

    def withdraw(self, reason: str = "", *, actor: str, note: str = "", at: datetime | None = None) -> ProspectView:
        """Note that they said no."""
        return self._stepped(lambda held, _, on: held.withdraw(reason, on=on), actor, note, at)

    def reopen(
        self, *, actor: str, stage: str | None = None, reason: str = "", at: datetime | None = None
    ) -> ProspectView:
        """Court them again, in the stage where it ended or in another, if its guards let them in and there is room."""
        with self._work(actor, reason, at) as work:
            held = work.unit.get(Prospect, self.id)
            within = work.unit.get(Pipeline, held.pipeline)
            to = stage or held.stage_at(work.on.at)
            work.told(held.reopen(within=within, on=work.on, stage=to, entrant=entrant_of(work.unit, held, to)))
        return self

    def convert(
        self,
        job: Job | str,
        *,
        actor: str,
        stage: str | None = None,
        candidate: str | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> Application:
        """Make an application of it, with its origin and credits; return the application.

        Raises:
            NotFound: the contact or the job is not there any more.
            LawBroken: the job is not open; or (IllegalStep) it has ended, or the stage that is named is
                closed to them.
            Taken: their application to this job is active already.

        """
        with self._work(actor, reason, at) as work:
            wanted, within = open_to_apply(work, job)
            held = work.unit.get(Prospect, self.id)
            work.unit.get(ContactRecord, held.contact)
            ended, begun, event = held.convert(
                id=self.new_id(), job=wanted.id, within=within, on=work.on, stage=stage, candidate=candidate
            )
            work.told((ended, event))
            return taken_in(work, begun, within=within, stage=stage)

    def _moved(
        self,
        to: Callable[[Prospect, Pipeline, Occasion], str],
        actor: str,
        reason: str,
        at: datetime | None,
    ) -> ProspectView:
        with self._work(actor, reason, at) as work:
            held = work.unit.get(Prospect, self.id)
            within = work.unit.get(Pipeline, held.pipeline)
            stage = to(held, within, work.on)
            entrant = entrant_of(work.unit, held, stage)
            work.told(held.move(stage, within=within, on=work.on, entrant=entrant))
        return self

    def _stepped(
        self,
        verb: Callable[[Prospect, Pipeline, Occasion], tuple[Prospect, Event]],
        actor: str,
        reason: str,
        at: datetime | None,
    ) -> ProspectView:
        with self._work(actor, reason, at) as work:
            held = work.unit.get(Prospect, self.id)
            work.told(verb(held, work.unit.get(Pipeline, held.pipeline), work.on))
        return self
