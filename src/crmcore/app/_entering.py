"""Who enters a stage by somebody's choice: judged by its guards and its room, as the store knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from crmcore.errors import InputError
from crmcore.hiring.moving.entering import Entering
from crmcore.model.hiring import Application, Prospect
from crmcore.model.pipeline import Entrant, Pipeline
from crmcore.model.stage_history import Status
from crmcore.query import F

if TYPE_CHECKING:
    from crmcore.app._work import Work
    from crmcore.hiring.moving.entering import Verb
    from crmcore.model.events import Event
    from crmcore.ports import UnitOfWork
    from crmcore.query import Expression

__all__ = ["check_guards", "entering", "entrant_of", "taken_in"]

E = TypeVar("E", Application, Prospect)


def entrant_of(unit: UnitOfWork, record: Application | Prospect, stage: str, *, inside: int | None = None) -> Entrant:
    """Return what the guards and the capacity of a stage are judged by; *inside*: how many others are in it, if known.

    A stage has its room for each job, and of prospects for each pool.
    """

    def holds(asks: Expression) -> bool:
        return unit.count(type(record), (F.id == record.id) & asks) == 1

    if inside is None:
        inside = unit.count(type(record), _inside(record, stage) & (F.id != record.id))
    return Entrant(holds=holds, inside=inside)


def entering(unit: UnitOfWork, verb: Verb[Application]) -> Entering[Application]:
    """Return what takes one application after the other into a stage, each read and none written yet."""
    pipelines: dict[str, Pipeline] = {}
    counted: dict[tuple[str, str], int] = {}

    def pipeline(held: Application) -> Pipeline:
        if held.pipeline not in pipelines:
            pipelines[held.pipeline] = unit.get(Pipeline, held.pipeline)
        return pipelines[held.pipeline]

    def judged(held: Application, stage: str, since: int) -> Entrant:
        place = held.job, stage
        if place not in counted:
            counted[place] = unit.count(Application, _inside(held, stage))
        return entrant_of(unit, held, stage, inside=counted[place] + since)

    return Entering(verb=verb, pipeline=pipeline, judged=judged, beside=lambda held: held.job)


def _inside(record: Application | Prospect, stage: str) -> Expression:
    return (F.stage == stage) & (F.status == Status.ACTIVE.value) & _beside(record)


def _beside(record: Application | Prospect) -> Expression:
    if isinstance(record, Application):
        return F.job == record.job
    return F.pool.is_missing() if record.pool is None else F.pool == record.pool


def taken_in(work: Work, begun: E, event: Event | None = None, *, within: Pipeline, stage: str | None) -> E:
    """Write what begins, and judge it if it does so in a stage that somebody named.

    Guards ask of what is stored, so that it is written first; refused, nothing of the unit stays.

    Raises:
        IllegalStep: the stage does not let it in; with the first one, which takes in whoever names none.

    """
    made = work.unit.put(begun) if event is None else work.told((begun, event))
    if stage is not None:
        within.check_beginning(stage, entrant_of(work.unit, made, stage))
    return made


def check_guards(unit: UnitOfWork, within: Pipeline) -> None:
    """Refuse a pipeline with a guard that cannot be asked of applications: it would keep everybody out.

    Raises:
        InputError: with the guard, its stage and what is wrong.

    """
    for stage in within.in_use:
        for guard in stage.guards:
            try:
                unit.count(Application, (F.id == "") & guard.asks)
            except InputError as error:
                raise InputError(f"guard {guard.key!r} of stage {stage.key!r} cannot be asked: {error}") from error
