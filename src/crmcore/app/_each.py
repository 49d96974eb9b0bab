"""One thing done for each of several, in one unit of work, with a result for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

import attrs

from crmcore.errors import IllegalStep, InputError, LawBroken, NotFound
from crmcore.hiring.moving import Bulk, Item, Outcome
from crmcore.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcore.app._work import Work

__all__ = ["done_for_each", "ids_of"]

R = TypeVar("R", bound=Record)


def ids_of(kind: type[Record], listed: object) -> list[str]:
    """Return the ids of records that are listed as they were read, or by their ids.

    Raises:
        InputError: it is no list, or something in it is neither.

    """
    if isinstance(listed, str | Mapping) or not isinstance(listed, Iterable):
        raise InputError(f"list the {kind.kind}s, such as ['1', '2']; one text, or a mapping, is no list of them")
    ids = []
    for one in listed:
        if not isinstance(one, str | kind):
            raise InputError(f"{kind.kind}: list each as it was read, or its id, not {type(one).__name__}")
        ids.append(one if isinstance(one, str) else one.id)
    return ids


def done_for_each(
    work: Work, ids: Iterable[str], do: Callable[[str], Item[R]], *, all_or_nothing: bool = False
) -> Bulk[R]:
    """Do one thing for each id, write what was done, and return it as it is stored.

    Args:
        work: the unit.
        ids: in order; one that is listed twice counts once.
        do: id -> what became of it, not written yet; what it refuses stops none of the others.
        all_or_nothing: whether nothing is written where one cannot be done.

    """
    items: dict[str, Item[R]] = {}
    repeated: list[tuple[int, Item[R]]] = []
    for place, id_ in enumerate(ids):
        if id_ in items:
            repeated.append((place, Item(id=id_, outcome=Outcome.REPEATED, why="it is listed before")))
        else:
            items[id_] = _one(id_, do)
    listed = [*items.values()]
    for place, item in repeated:
        listed.insert(place, item)
    if all_or_nothing and any(item.outcome not in {Outcome.DONE, Outcome.REPEATED} for item in listed):
        listed = [_held_back(item) if item.outcome is Outcome.DONE else item for item in listed]
    return Bulk(items=tuple(_written(work, item) for item in listed))


def _one(id_: str, do: Callable[[str], Item[R]]) -> Item[R]:
    try:
        return do(id_)
    except NotFound:
        return Item(id=id_, outcome=Outcome.NOT_FOUND, why="there is none of that id, or none that may be seen")
    except (LawBroken, InputError) as refused:
        allowed = refused.allowed if isinstance(refused, IllegalStep) else ()
        return Item(id=id_, outcome=Outcome.REFUSED, why=str(refused), allowed=allowed)


def _held_back(item: Item[R]) -> Item[R]:
    why = "another could not be done, and all or nothing was asked for"
    return Item(id=item.id, outcome=Outcome.HELD_BACK, before=item.before, why=why)


def _written(work: Work, item: Item[R]) -> Item[R]:
    if item.after is None or item.event is None:
        return item
    return attrs.evolve(item, after=work.told((item.after, item.event)))
