"""One referral of a database: what came of it, and what becomes of the bonus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.app._entering import taken_in
from crmcore.app._open_jobs import open_to_apply
from crmcore.app._work import Working
from crmcore.errors import InputError
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring import Application, Referral
from crmcore.model.hiring.referral import BonusVerb

if TYPE_CHECKING:
    from datetime import datetime

    from crmcore.model.hiring import Job
    from crmcore.model.money import Money

__all__ = ["ReferralView"]


@attrs.frozen(kw_only=True, eq=False)
class ReferralView(Working):
    """One referral, and what one does with it; `actor`, `reason` and `at` are as for the verbs of the database."""

    id: str

    @property
    def record(self) -> Referral:
        """The referral as it is now; raise NotFound."""
        return self.store.get(Referral, self.id)

    def __repr__(self) -> str:
        now = self.record
        bonus = f", bonus {now.bonus_status.value}" if now.bonus_status else ""
        return f"<ReferralView {self.id}: of {now.contact}{bonus}>"

    def apply(
        self,
        job: Job | str | None = None,
        *,
        actor: str,
        stage: str | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> Application:
        """Let who was recommended be considered: the application is credited to who did, and the referral names it.

        Args:
            job: for which; by default that of the referral.
            actor, reason, at: see the class.
            stage: in which it begins, the first one by default; one that is named has to let them in.

        Raises:
            InputError: the referral is for no job, and none is given.
            NotFound: the contact or the job is not there any more.
            LawBroken: the job is not open; or an application came of it already.
            Taken: their application to this job is active already.

        """
        with self._work(actor, reason, at) as work:
            held = work.unit.get(Referral, self.id)
            if job is None and held.job is None:
                raise InputError(f"referral {held.id!r} is for no job; say which")
            wanted, within = open_to_apply(work, job or held.job or "")
            is_known = held.referrer is not None or held.referring_user is not None
            begun = Application.begin(
                id=self.new_id(),
                contact=work.unit.get(ContactRecord, held.contact).id,
                job=wanted.id,
                within=within,
                on=work.on,
                stage=stage,
                origin="referred",
                credits=(held.credit(),) if is_known else (),
            )
            work.told(held.led_to(begun[0].id, on=work.next()))
            return taken_in(work, *begun, within=within, stage=stage)

    def promise(self, amount: Money, *, actor: str, reason: str = "", at: datetime | None = None) -> ReferralView:
        """Promise a bonus."""
        return self._bonus(BonusVerb.PROMISE, actor, reason, at, amount)

    def bonus(self, verb: BonusVerb | str, *, actor: str, reason: str = "", at: datetime | None = None) -> ReferralView:
        """Say what becomes of the bonus: `earn`, `pay`, `forfeit`, `claw_back` or `reinstate`."""
        return self._bonus(verb, actor, reason, at)

    def _bonus(
        self, verb: BonusVerb | str, actor: str, reason: str, at: datetime | None, amount: Money | None = None
    ) -> ReferralView:
        with self._work(actor, reason, at) as work:
            work.told(work.unit.get(Referral, self.id).bonus_step(verb, on=work.on, amount=amount))
        return self
