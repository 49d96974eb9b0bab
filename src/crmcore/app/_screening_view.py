"""One logged decision of screening, and what people say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.app._work import Working
from crmcore.model.hiring import ScreeningDecision
from crmcore.model.hiring.screening import FULL

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.hiring.screening import Proposal
    from crmcore.model.hiring.screening_decision import DecisionStatus, LoggedFinding
    from crmcore.model.occasion import Occasion

__all__ = ["ScreeningView"]


@attrs.frozen(kw_only=True, eq=False)
class ScreeningView(Working):
    """What rules said of an application, and what one does with it; each verb reads it anew and returns the view.

    Every verb takes `actor`, who does it; `reason`, why; and `at`, when it happened, where that is not now. What cannot
    be done raises IllegalStep with what can. An application is moved or rejected by its own verbs.
    """

    id: str

    @property
    def record(self) -> ScreeningDecision:
        """The decision as it is now; raise NotFound."""
        return self.store.get(ScreeningDecision, self.id)

    @property
    def status(self) -> DecisionStatus:
        """Whether it holds."""
        return self.record.status

    @property
    def outcome(self) -> Proposal | None:
        """What holds now; None where a person has still to look at it."""
        return self.record.outcome

    def __repr__(self) -> str:
        now = self.record
        return f"<ScreeningView {self.id}: {now.value / 100:.1f} of 100, {now.proposal.value}, {now.status.value}>"

    def __str__(self) -> str:
        """Return the score and every finding with its evidence, a line each."""
        now = self.record
        span = f" (from {now.low / 100:.1f} to {now.high / 100:.1f})" if now.low < now.high else ""
        head = f"{now.contact}: {now.value / 100:.1f} of 100{span}, {now.proposal.value}, {now.status.value}"
        return "\n".join([head, *(f"  {finding}" for finding in map(_told, now.findings))])

    def confirm(self, *, actor: str, reason: str = "", at: datetime | None = None) -> ScreeningView:
        """Let a person agree: the outcome is what was proposed.

        Raises:
            LawBroken: whoever proposed it confirms it, or it is a review, which ends with another outcome.

        """
        return self._changed(lambda held, on: held.confirm(on=on), actor, reason, at)

    def overrule(
        self, outcome: Proposal | str, reason: str, *, actor: str, at: datetime | None = None
    ) -> ScreeningView:
        """Let a person decide otherwise, and say why.

        Raises:
            LawBroken: it is what was proposed, or there is no reason, or whoever proposed it does it.

        """
        return self._changed(lambda held, on: held.overrule(outcome, on=on), actor, reason, at)

    def contest(self, reason: str = "", *, actor: str, at: datetime | None = None) -> ScreeningView:
        """Note that the person wants somebody to look at it: what was decided is open again."""
        return self._changed(lambda held, on: held.contest(on=on), actor, reason, at)

    def drop(self, reason: str = "", *, actor: str, at: datetime | None = None) -> ScreeningView:
        """Take a proposal back."""
        return self._changed(lambda held, on: held.drop(on=on), actor, reason, at)

    def _changed(
        self,
        verb: Callable[[ScreeningDecision, Occasion], tuple[ScreeningDecision, Event]],
        actor: str,
        reason: str,
        at: datetime | None,
    ) -> ScreeningView:
        with self._work(actor, reason, at) as work:
            work.told(verb(work.unit.get(ScreeningDecision, self.id), work.on))
        return self


def _told(finding: LoggedFinding) -> str:
    share = finding.share
    said = (
        "unknown" if share is None else "met" if share == FULL else f"{share / 100:.0f} % met" if share else "not met"
    )
    must = ", must" if finding.is_must else ""
    seen = "; ".join(finding.evidence) or "nothing is known"
    return f"{finding.criterion} (weight {finding.weight}{must}): {said}; {seen}"
