"""Steps from another system, put in order and mended by rule.

Steps are put in the order in which they occurred; those of one instant in the order in which they were recorded, and
of one recording in an order in which they can follow each other, if there is one. The same step twice is one step. What
still cannot be, is mended:

==========================================  ==========================================================================
what cannot be                              the rule
==========================================  ==========================================================================
something before anything was entered       it enters that stage then
entering, or reopening, what is active      a move to that stage
a move to where it is                       left out
an ending in another stage than it is in    a move to that stage is put before it
a step after a rejection or withdrawal      a reopening in that stage is put before it; after a hire, an unhiring
an ending of what has ended in the same way left out; so is an unhiring of what is not hired
anything after a transfer                   left out: it goes on elsewhere
==========================================  ==========================================================================
"""

from __future__ import annotations

from itertools import groupby, permutations
from typing import TYPE_CHECKING

import attrs

from crmcore._given import several
from crmcore.model.machine import in_time
from crmcore.model.stage_history import STEPS, StageHistory, Status, Step, Verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

__all__ = ["Imported", "Repair", "imported"]

MOST_AT_ONCE = 6
"""Steps of one instant of which every order is tried."""
ENDINGS = {
    Verb.HIRE: Status.HIRED,
    Verb.REJECT: Status.REJECTED,
    Verb.WITHDRAW: Status.WITHDRAWN,
    Verb.TRANSFER: Status.TRANSFERRED,
}


@attrs.frozen(kw_only=True)
class Repair:
    """One thing that was mended.

    Attributes:
        code: "left_out", "changed" or "put_in".
        step: the step as it came, or that was put in.
        why: as a sentence.

    """

    code: str
    step: Step
    why: str


@attrs.frozen(kw_only=True)
class Imported:
    """A history from elsewhere, and what was mended in it."""

    history: StageHistory
    repairs: tuple[Repair, ...] = ()


def imported(steps: Iterable[Step], *, mends: bool = True) -> Imported:
    """Make a history of steps in whatever order.

    Args:
        steps: as the other system tells them.
        mends: whether what cannot be is mended by the rules above, or refused.

    Raises:
        IllegalStep: a step cannot be, and nothing is to be mended.

    >>> from datetime import UTC, datetime
    >>> def step(verb, stage, day):
    ...     at = datetime(2026, 3, day, tzinfo=UTC)
    ...     return Step(verb=verb, stage=stage, occurred_at=at, recorded_at=at, by="import")
    >>> found = imported([step("reject", "onsite", 9), step("move", "screen", 5), step("enter", "applied", 1)])
    >>> [(each.verb.value, each.stage) for each in found.history.steps]
    [('enter', 'applied'), ('move', 'screen'), ('move', 'onsite'), ('reject', 'onsite')]
    >>> [(repair.code, repair.why) for repair in found.repairs]
    [('put_in', "it ended in 'onsite' and was in 'screen'")]
    """
    steps = several(steps, Step, "steps")
    repairs: list[Repair] = []
    distinct = list(_distinct(in_time(steps), repairs))
    ordered = list(_ordered(distinct))
    if not mends:
        return Imported(history=StageHistory.of(ordered), repairs=tuple(repairs))
    mended = _mended(ordered, repairs)
    return Imported(history=StageHistory(steps=mended), repairs=tuple(repairs))


def _distinct(steps: Iterable[Step], repairs: list[Repair]) -> Iterator[Step]:
    seen: set[tuple[Verb, str, datetime]] = set()
    for step in steps:
        key = step.verb, step.stage, step.occurred_at
        if key in seen:
            repairs.append(Repair(code="left_out", step=step, why="it was told twice"))
        else:
            seen.add(key)
            yield step


def _ordered(steps: list[Step]) -> Iterator[Step]:
    """Put those of one instant and one recording in an order in which they can follow each other."""
    status: Status | None = None
    stage = ""
    for _, at_once in groupby(steps, key=lambda step: (step.occurred_at, step.recorded_at)):
        chosen = _in_some_order(list(at_once), status, stage)
        for step in chosen:
            status, stage = STEPS.after(status, step.verb) if step.verb in STEPS.allowed(status) else status, step.stage
        yield from chosen


def _in_some_order(steps: list[Step], status: Status | None, stage: str) -> list[Step]:
    steps = sorted(steps, key=_rank)  # so that the order in which they came does not matter
    tried = permutations(steps) if 1 < len(steps) <= MOST_AT_ONCE else [tuple(steps)]
    return list(next((order for order in tried if _can_follow(order, status, stage)), tuple(steps)))


def _rank(step: Step) -> tuple[int, str]:
    return (*(Verb.ENTER, Verb.REOPEN, Verb.UNHIRE, Verb.MOVE), *ENDINGS).index(step.verb), step.stage


def _can_follow(order: Iterable[Step], status: Status | None, stage: str) -> bool:
    for step in order:
        if step.verb not in STEPS.allowed(status):
            return False
        if step.verb is Verb.MOVE and step.stage == stage:
            return False
        if step.verb in ENDINGS and step.stage != stage:
            return False
        status, stage = STEPS.after(status, step.verb), step.stage
    return True


def _mended(steps: Iterable[Step], repairs: list[Repair]) -> tuple[Step, ...]:
    made: list[Step] = []
    status: Status | None = None
    stage = ""
    for step in steps:
        for each in _as_can_be(step, status, stage, repairs):
            status, stage = STEPS.after(status, each.verb), each.stage
            made.append(each)
    return tuple(made)


def _as_can_be(step: Step, status: Status | None, stage: str, repairs: list[Repair]) -> tuple[Step, ...]:
    """Return what a step becomes after what was before it: itself, one changed, one more before it, or nothing."""
    if _can_follow([step], status, stage):
        return (step,)
    if status is None:
        return _begun(step, repairs)
    if status is Status.TRANSFERRED:
        return _left_out(step, repairs, "it goes on elsewhere")
    if status is Status.ACTIVE:
        return _while_active(step, stage, repairs)
    if ENDINGS.get(step.verb) is status or step.verb is Verb.UNHIRE:
        return _left_out(step, repairs, f"it is {status.value} already" if step.verb in ENDINGS else "it is not hired")
    verb = Verb.UNHIRE if status is Status.HIRED else Verb.REOPEN
    if step.verb in ENDINGS:
        again = _put_in(step, repairs, verb, step.stage, f"it was {status.value}")
        return (*again, step)
    return _changed(step, repairs, verb, f"it was {status.value}")


def _begun(step: Step, repairs: list[Repair]) -> tuple[Step, ...]:
    if step.verb in ENDINGS:
        return (*_put_in(step, repairs, Verb.ENTER, step.stage, "nothing was entered before"), step)
    return _changed(step, repairs, Verb.ENTER, "nothing was entered before")


def _while_active(step: Step, stage: str, repairs: list[Repair]) -> tuple[Step, ...]:
    if step.verb in ENDINGS:
        why = f"it ended in {step.stage!r} and was in {stage!r}"
        return (*_put_in(step, repairs, Verb.MOVE, step.stage, why), step)
    if step.verb is Verb.UNHIRE:
        return _left_out(step, repairs, "it is not hired")
    if step.stage == stage:
        return _left_out(step, repairs, f"it is in {stage!r} already")
    return _changed(step, repairs, Verb.MOVE, "it is active already")


def _left_out(step: Step, repairs: list[Repair], why: str) -> tuple[Step, ...]:
    repairs.append(Repair(code="left_out", step=step, why=why))
    return ()


def _changed(step: Step, repairs: list[Repair], verb: Verb, why: str) -> tuple[Step, ...]:
    repairs.append(Repair(code="changed", step=step, why=why))
    return (step.evolve(verb=verb),)


def _put_in(step: Step, repairs: list[Repair], verb: Verb, stage: str, why: str) -> tuple[Step, ...]:
    made = step.evolve(verb=verb, stage=stage, reason="mended", note=why)
    repairs.append(Repair(code="put_in", step=made, why=why))
    return (made,)
