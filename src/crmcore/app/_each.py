"""One thing done for each of several, in one unit of work, with a result for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

import attrs

from crmcore.errors import InputError, LawBroken, NotFound
from crmcore.hiring.moving import Ask, Bulk, Item, each_once
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
    if isinstance(listed, str | Mapping | Record) or not isinstance(listed, Iterable):
        raise InputError(f"list the {kind.kind}s, such as ['1', '2']; one text, record or mapping is no list of them")
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
    bulk = each_once((Ask(id=id_) for id_ in ids), lambda ask: _one(ask.id, do), all_or_nothing=all_or_nothing)
    return Bulk(items=tuple(_written(work, item) for item in bulk.items))


def _one(id_: str, do: Callable[[str], Item[R]]) -> Item[R]:
    try:
        return do(id_)
    except NotFound:
        return Item.missing(id_)
    except (LawBroken, InputError) as error:
        return Item.refused(id_, error)


def _written(work: Work, item: Item[R]) -> Item[R]:
    if item.after is None or item.event is None:
        return item
    return attrs.evolve(item, after=work.told((item.after, item.event)))
