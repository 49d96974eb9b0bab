"""Many applications at once: one unit of work, and a result for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.app._ending import naming_interviews, settle
from crmcore.app._entering import entering
from crmcore.app._moving import Moving
from crmcore.errors import LawBroken
from crmcore.hiring.moving import Bulk, asked, in_bulk
from crmcore.hiring.moving.entering import moved, reopened
from crmcore.model.hiring import Application
from crmcore.model.stage_history import Status
from crmcore.model.staged import check_reason
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from typing import TypeAlias

    from crmcore.app._work import Work
    from crmcore.hiring.moving import Ask
    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion

    Step: TypeAlias = Callable[[Application, Occasion], tuple[Application, Event]]
    Listed: TypeAlias = Iterable[Application | Ask | str]

__all__ = ["BulkMoving"]


@attrs.frozen(kw_only=True, eq=False)
class BulkMoving(Moving):
    """The part of :class:`~crmcore.app.CRM` that takes many people a step further at once.

    Applications are listed as they were read, by their ids, or as an :class:`~crmcore.hiring.moving.Ask` that says in
    which stage one believes them to be. What is refused, out of date or not there stops none of the others, unless
    `all_or_nothing` is asked for; the result has what became of each, in their order, and prints as a summary.

    Raises:
        InputError: what is listed are no applications.
        Conflict: somebody has changed one in the meantime, so that nothing was written; ask again.

    """

    def move_all(
        self,
        applications: Listed,
        to: str,
        *,
        actor: str,
        reason: str = "",
        all_or_nothing: bool = False,
        at: datetime | None = None,
    ) -> Bulk[Application]:
        """Take applications to a stage, as :meth:`move` does with one: of two for the last place the first gets it."""
        with self._work(actor, reason, at) as work:
            return _done(work, applications, entering(work.unit, moved(to)), all_or_nothing=all_or_nothing)

    def advance_all(
        self,
        applications: Listed,
        *,
        actor: str,
        reason: str = "",
        all_or_nothing: bool = False,
        at: datetime | None = None,
    ) -> Bulk[Application]:
        """Take applications to the stage after their own, as :meth:`advance` does with one."""
        with self._work(actor, reason, at) as work:
            return _done(work, applications, entering(work.unit, moved()), all_or_nothing=all_or_nothing)

    def reject_all(
        self,
        applications: Listed,
        reason: str,
        *,
        actor: str,
        note: str = "",
        all_or_nothing: bool = False,
        at: datetime | None = None,
    ) -> Bulk[Application]:
        """Say no to applications for one reason, as :meth:`reject` does to one; their offers end with them."""
        check_reason(reason)

        def step(held: Application, on: Occasion) -> tuple[Application, Event]:
            return held.reject(reason, on=on)

        with self._work(actor, note, at) as work:
            return _done(work, applications, step, all_or_nothing=all_or_nothing, ends=True)

    def withdraw_all(
        self,
        applications: Listed,
        reason: str = "",
        *,
        actor: str,
        note: str = "",
        all_or_nothing: bool = False,
        at: datetime | None = None,
    ) -> Bulk[Application]:
        """Note that people said no, as :meth:`withdraw` does of one; their offers end with their applications."""

        def step(held: Application, on: Occasion) -> tuple[Application, Event]:
            return held.withdraw(reason, on=on)

        with self._work(actor, note, at) as work:
            return _done(work, applications, step, all_or_nothing=all_or_nothing, ends=True)

    def reopen_all(
        self,
        applications: Listed,
        *,
        actor: str,
        stage: str | None = None,
        reason: str = "",
        all_or_nothing: bool = False,
        at: datetime | None = None,
    ) -> Bulk[Application]:
        """Take up applications again, as :meth:`reopen` does one: each where it ended, or all in one stage.

        Who has another active application to the job is refused.
        """
        with self._work(actor, reason, at) as work:
            step = _once(work, entering(work.unit, reopened(stage)))
            return _done(work, applications, step, all_or_nothing=all_or_nothing)


def _once(work: Work, step: Step) -> Step:
    """Refuse whom the store would refuse, one by one: a person has one active application to a job."""
    active: dict[tuple[str, str], str] = {}

    def checked(held: Application, on: Occasion) -> tuple[Application, Event]:
        theirs = (F.job == held.job) & (F.contact == held.contact) & (F.status == Status.ACTIVE.value)
        key = held.job, held.contact
        other = active.get(key) or next((one.id for one in work.unit.stream(Application, theirs)), None)
        changed = step(held, on)
        if other is not None:
            raise LawBroken(f"contact {held.contact!r} has an active application to job {held.job!r}: {other!r}")
        active[key] = held.id
        return changed

    return checked


def _done(
    work: Work, applications: Listed, step: Step, *, all_or_nothing: bool, ends: bool = False
) -> Bulk[Application]:
    """Do one thing to each, write what was done, and return it as it is stored; *ends*: their offers end with them."""
    listed = asked(applications, kind=Application)
    ids = sorted({each.id for each in listed})
    known = {each.id: each for each in work.unit.stream(Application, F.id.in_(ids))} if ids else {}
    bulk = in_bulk(listed, known=known, step=step, on=lambda _: work.next(), all_or_nothing=all_or_nothing)
    for event in naming_interviews(work.unit, bulk.events) if ends else bulk.events:
        work.unit.emit(event)
    written = Bulk(
        items=tuple(
            item if item.after is None else attrs.evolve(item, after=work.unit.put(item.after)) for item in bulk.items
        )
    )
    for ended in written.changed if ends else ():
        settle(work, ended)
    return written
