"""Who enters a stage by somebody's choice: judged by its guards and its room, as the store knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.model.hiring import Application
from crmcore.model.pipeline import Entrant
from crmcore.model.stage_history import Status
from crmcore.query import F

if TYPE_CHECKING:
    from crmcore.app._work import Work
    from crmcore.model.events import Event
    from crmcore.model.pipeline import Pipeline
    from crmcore.ports import UnitOfWork
    from crmcore.query import Expression

__all__ = ["entrant_of", "taken_in"]


def entrant_of(unit: UnitOfWork, application: Application, stage: str, *, inside: int | None = None) -> Entrant:
    """Return what the guards and the capacity of a stage are judged by; *inside*: who is in it, where that is known."""

    def holds(asks: Expression) -> bool:
        return unit.count(Application, (F.id == application.id) & asks) == 1

    if inside is None:
        there = (F.job == application.job) & (F.stage == stage) & (F.status == Status.ACTIVE.value)
        inside = unit.count(Application, there & (F.id != application.id))
    return Entrant(holds=holds, inside=inside)


def taken_in(
    work: Work, begun: Application, event: Event | None = None, *, within: Pipeline, stage: str | None
) -> Application:
    """Write an application that begins, and judge it if it does so in a stage that somebody named.

    Guards ask of what is stored, so that it is written first; refused, nothing of the unit stays.

    Raises:
        IllegalStep: the stage does not let it in; with the first one, which takes in whoever names none.

    """
    made = work.unit.put(begun) if event is None else work.told((begun, event))
    if stage is not None:
        within.check_beginning(stage, entrant_of(work.unit, made, stage))
    return made
