"""Taking back one change of a record, and bringing a removed record back: new changes, which can be undone in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from crmcore.errors import LawBroken, NotFound, Overtaken
from crmcore.model.differing import carried, clashes, differences
from crmcore.model.record import Record
from crmcore.stored import Action

if TYPE_CHECKING:
    from crmcore.app._history import RecordHistory, Version
    from crmcore.ports import UnitOfWork

__all__ = ["brought_back", "removal_of", "undone"]

R = TypeVar("R", bound=Record)


def undone(unit: UnitOfWork, step: Version[R], *, of: RecordHistory[R]) -> R:
    """Set back, in the unit, what one change changed; later changes of other values stay.

    Raises:
        NotFound: the record was removed since.
        Overtaken: a later change concerns the same values.
        LawBroken: the content was erased, or what comes together breaks a law of the record.

    """
    if step.is_erased:
        raise LawBroken(f"what version {step.number} of {of.kind.kind} {of.id!r} changed was erased")
    if step.action is Action.REMOVED:
        if of.versions[-1].number != step.number:
            raise _overtaken(step, ())
        return brought_back(unit, step)
    now = unit.get(of.kind, of.id)
    if step.before is None or step.record is None:  # it came about, or came back
        if later := tuple(one.path for one in differences(step.record, now)):
            raise _overtaken(step, later)
        return unit.remove(now)
    if later := clashes(now, step.record, step.before):
        raise _overtaken(step, later)
    return unit.put(_set_back(now, step.record, step.before))


def _set_back(now: R, after: R, before: R) -> R:
    try:
        return carried(now, after, before)
    except ValueError as error:
        raise LawBroken(
            f"version {after.version} of {now.kind} {now.id!r} cannot be undone, what comes together is not allowed: "
            f"{error}"
        ) from error


def removal_of(story: RecordHistory[R]) -> Version[R]:
    """Return the removal of a record that is removed.

    Raises:
        NotFound: there never was such a record.
        LawBroken: it is there, or its content was erased.

    """
    if not story.versions:
        raise NotFound(story.kind.kind, story.id)
    last = story.versions[-1]
    if last.action is not Action.REMOVED:
        raise LawBroken(f"{story.kind.kind} {story.id!r} is not removed; undo() takes back a change")
    return last


def brought_back(unit: UnitOfWork, removal: Version[R]) -> R:
    """Put a record as it was before its removal."""
    if removal.before is None:
        raise LawBroken(f"{removal.change.kind} {removal.change.id!r} was erased; there is nothing to bring back")
    return unit.put(removal.before.model_copy(update={"version": removal.number}))


def _overtaken(step: Version[R], paths: tuple[str, ...]) -> Overtaken:
    return Overtaken(kind=step.change.kind, id=step.change.id, version=step.number, paths=paths)
