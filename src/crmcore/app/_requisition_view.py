"""One requisition of a database: the leave to hire, from the draft to the end; its seats are read for every edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.app._edits import check_given
from crmcore.app._work import Working
from crmcore.errors import InputError
from crmcore.model.hiring import ApprovalFlow, Opening, Requisition
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.hiring import RequisitionStatus
    from crmcore.model.occasion import Occasion

__all__ = ["RequisitionView"]


@attrs.frozen(kw_only=True, eq=False)
class RequisitionView(Working):
    """One requisition, and what one does with it; each verb reads it anew and returns the view.

    Every verb takes `actor`, who does it; `reason`, why; and `at`, when it happened, where that is not now. What cannot
    be done raises IllegalStep with what can.
    """

    id: str

    @property
    def record(self) -> Requisition:
        """The requisition as it is now; raise NotFound."""
        return self.store.get(Requisition, self.id)

    @property
    def status(self) -> RequisitionStatus:
        """How far it is."""
        return self.record.status

    @property
    def awaits(self) -> tuple[str, ...]:
        """Who can answer now."""
        return self.record.awaits

    @property
    def room(self) -> int | None:
        """How many more seats may be opened; None for as many as come, 0 while it is not open."""
        return self.record.room(self.openings())

    def __repr__(self) -> str:
        now = self.record
        return f"<RequisitionView {now.code or self.id}: {now.title}, {now.status.value}>"

    def openings(self) -> tuple[Opening, ...]:
        """Return the seats that took its leave, by id."""
        return tuple(self.store.stream(Opening, F.requisition == self.id))

    def submit(
        self,
        flow: ApprovalFlow | None = None,
        *,
        actor: str,
        outside_band: bool | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> RequisitionView:
        """Ask for approval; without a flow it is approved at once.

        Args:
            flow: whom to ask, and which fields are watched from then on.
            actor, reason, at: see the class.
            outside_band: whether its pay lies outside the band that the organisation has for such work.

        """
        if flow is not None and not isinstance(flow, ApprovalFlow):
            raise InputError(f"a flow is an ApprovalFlow, not {type(flow).__name__}")
        return self._changed(
            lambda held, on: held.submit(flow or ApprovalFlow(), on=on, outside_band=outside_band), actor, reason, at
        )

    def approve(
        self, *, actor: str, group: str | None = None, reason: str = "", at: datetime | None = None
    ) -> RequisitionView:
        """Agree; with the last answer that is needed it is approved."""
        return self._changed(lambda held, on: held.approve(on=on, group=group), actor, reason, at)

    def refuse(
        self, reason: str, *, actor: str, group: str | None = None, at: datetime | None = None
    ) -> RequisitionView:
        """Say no to what waits for approval; it is a draft again."""
        return self._changed(lambda held, on: held.refuse(reason, on=on, group=group), actor, reason, at)

    def withdraw(self, *, actor: str, reason: str = "", at: datetime | None = None) -> RequisitionView:
        """Give up asking; it is a draft again."""
        return self._changed(lambda held, on: held.withdraw(on=on), actor, reason, at)

    def open(self, *, actor: str, reason: str = "", at: datetime | None = None) -> RequisitionView:
        """Let seats be opened by it."""
        return self._step("open", actor, reason, at)

    def hold(self, *, actor: str, reason: str = "", at: datetime | None = None) -> RequisitionView:
        """Let no seats be opened for now."""
        return self._step("hold", actor, reason, at)

    def resume(self, *, actor: str, reason: str = "", at: datetime | None = None) -> RequisitionView:
        """Go on with what was held."""
        return self._step("resume", actor, reason, at)

    def close(self, *, actor: str, reason: str = "", at: datetime | None = None) -> RequisitionView:
        """Let no more seats be opened; those that are stay."""
        return self._step("close", actor, reason, at)

    def reopen(self, *, actor: str, reason: str = "", at: datetime | None = None) -> RequisitionView:
        """Open again what was closed."""
        return self._step("reopen", actor, reason, at)

    def cancel(self, *, actor: str, reason: str = "", at: datetime | None = None) -> RequisitionView:
        """Give it up for good."""
        return self._step("cancel", actor, reason, at)

    def edit(
        self,
        *,
        actor: str,
        flow: ApprovalFlow | None = None,
        outside_band: bool | None = None,
        reason: str = "",
        at: datetime | None = None,
        **changes: Any,
    ) -> RequisitionView:
        """Change fields; where a watched one is among them, approval is asked for again.

        Args:
            actor, reason, at: see the class; who edits is then the one who asks.
            flow: whom to ask now; by default those who were asked before.
            outside_band: see :meth:`submit`.
            changes: field -> new value.

        Raises:
            InputError: there is no such field, or it cannot be so.
            LawBroken: more seats were opened than the new headcount allows.

        """
        check_given(Requisition, changes)
        with self._work(actor, reason, at) as work:
            held = work.unit.get(Requisition, self.id)
            seats = work.unit.stream(Opening, F.requisition == self.id)
            work.told(held.edit(on=work.on, openings=seats, flow=flow, outside_band=outside_band, **changes))
        return self

    def _step(self, verb: str, actor: str, reason: str, at: datetime | None) -> RequisitionView:
        return self._changed(lambda held, on: held.step(verb, on=on), actor, reason, at)

    def _changed(
        self,
        verb: Callable[[Requisition, Occasion], tuple[Requisition, Event]],
        actor: str,
        reason: str,
        at: datetime | None,
    ) -> RequisitionView:
        with self._work(actor, reason, at) as work:
            work.told(verb(work.unit.get(Requisition, self.id), work.on))
        return self
