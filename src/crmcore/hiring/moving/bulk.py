"""One verb over listed records, with a result for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from crmcore.errors import IllegalStep, InputError, LawBroken
from crmcore.model.record import Record
from crmcore.model.staged import Staged

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion

__all__ = [
    "Ask",
    "Bulk",
    "Item",
    "Outcome",
    "asked",
    "each_once",
    "in_bulk",
]

T = TypeVar("T", bound=Staged)
R = TypeVar("R", bound=Record)


class Outcome(StrEnum):
    """What became of one of several."""

    DONE = "done"
    REFUSED = "refused"
    """Its state, its pipeline, a guard or a full stage does not allow it."""
    STALE = "stale"
    """It is not as whoever asks saw it."""
    NOT_FOUND = "not_found"
    REPEATED = "repeated"
    """It is listed before; once is enough."""
    HELD_BACK = "held_back"
    """It could have been done; all or nothing was asked for."""


@attrs.frozen(kw_only=True)
class Ask:
    """One of the records, and as what whoever asks saw it.

    Attributes:
        id: which.
        stage: the stage in which they saw it; None where that is no matter.
        version: the version that they saw.

    """

    id: str
    stage: str | None = None
    version: int | None = None


@attrs.frozen(kw_only=True)
class Item(Generic[R]):
    """What became of one.

    Attributes:
        id: which.
        outcome: done, or why not.
        before: as it was; None where it was not found.
        after: as it is now; None where nothing was done.
        event: what tells of it.
        why: the reason, as a sentence.
        allowed: what could be done instead, where it was refused.

    """

    id: str
    outcome: Outcome
    before: R | None = None
    after: R | None = None
    event: Event | None = None
    why: str = ""
    allowed: tuple[str, ...] = ()

    @classmethod
    def missing(cls, id: str) -> Item[R]:  # noqa: A002 - the field's own name
        """Return what became of one that is not there."""
        return cls(id=id, outcome=Outcome.NOT_FOUND, why="there is none of that id, or none that may be seen")

    @classmethod
    def refused(cls, id: str, error: LawBroken | InputError, *, before: R | None = None) -> Item[R]:  # noqa: A002
        """Return what became of one that was refused, with what can be done instead."""
        allowed = error.allowed if isinstance(error, IllegalStep) else ()
        return cls(id=id, outcome=Outcome.REFUSED, before=before, why=str(error), allowed=allowed)


@attrs.frozen(kw_only=True)
class Bulk(Generic[R]):
    """What became of each, in the order in which they were listed."""

    items: tuple[Item[R], ...]

    def of(self, outcome: Outcome | str) -> tuple[Item[R], ...]:
        """Return those with one outcome."""
        return tuple(item for item in self.items if item.outcome is Outcome(outcome))

    @property
    def changed(self) -> tuple[R, ...]:
        """The records to be stored."""
        return tuple(item.after for item in self.items if item.after is not None)

    @property
    def events(self) -> tuple[Event, ...]:
        """What tells of the changes."""
        return tuple(item.event for item in self.items if item.event is not None)

    def __str__(self) -> str:
        """Return how many of each, and the reason for each that was not done."""
        counts = Counter(item.outcome.value for item in self.items)
        head = ", ".join(f"{counts[each.value]} {each.value}" for each in Outcome if counts[each.value])
        return "\n".join([head or "nothing was listed", *(f"  {one.id}: {one.why}" for one in self.items if one.why)])


def asked(asks: Iterable[Staged | Ask | str], *, kind: type[Staged] = Staged) -> tuple[Ask, ...]:
    """Return what is listed as it is asked for: a record as it was read is asked for in its version.

    Raises:
        InputError: it is no list, or something in it is neither an id, nor an Ask, nor a record of that kind.

    >>> asked(["a-1", Ask(id="a-2", stage="screen")])
    (Ask(id='a-1', stage=None, version=None), Ask(id='a-2', stage='screen', version=None))
    """
    if isinstance(asks, str | Mapping | Record | Ask) or not isinstance(asks, Iterable):
        raise InputError("list the ids, such as ['a-1', 'a-2']; one text, record or mapping is no list of ids")
    return tuple(_asked(ask, kind) for ask in asks)


def _asked(ask: object, kind: type[Staged]) -> Ask:
    if isinstance(ask, Ask):
        return ask
    if isinstance(ask, kind):
        return Ask(id=ask.id, version=ask.version)
    if isinstance(ask, str):
        return Ask(id=ask)
    what = "a record" if kind is Staged else kind.kind
    raise InputError(f"list each as an id, an Ask, or {what} as it was read, not as {type(ask).__name__}")


def in_bulk(
    asks: Iterable[T | Ask | str],
    *,
    known: Mapping[str, T],
    step: Callable[[T, Occasion], tuple[T, Event]],
    on: Callable[[str], Occasion],
    all_or_nothing: bool = False,
) -> Bulk[T]:
    """Do one thing to each of the listed records; what is refused stops none of the others.

    Args:
        asks: ids, ids with the stage or version that was seen, or records as they were read.
        known: the records by their ids; those that are not listed are not touched.
        step: what is done to one.
        on: id of a record -> the occasion of its change, each with an event id of its own.
        all_or_nothing: whether nothing is done where one cannot be.

    Raises:
        InputError: the ids are one text, or something else than ids.

    """
    return each_once(asked(asks), lambda ask: _one(ask, known.get(ask.id), step, on), all_or_nothing=all_or_nothing)


def each_once(asks: Iterable[Ask], do: Callable[[Ask], Item[R]], *, all_or_nothing: bool = False) -> Bulk[R]:
    """Do one thing for each that is asked for; what is listed again counts once.

    Args:
        asks: in order.
        do: what is asked for -> what became of it; nothing is written yet.
        all_or_nothing: whether what could be done is held back where one cannot be.

    """
    items: list[Item[R]] = []
    seen: set[str] = set()
    for ask in asks:
        items.append(_repeated(ask) if ask.id in seen else do(ask))
        seen.add(ask.id)
    if all_or_nothing and any(item.outcome not in {Outcome.DONE, Outcome.REPEATED} for item in items):
        items = [_held_back(item) if item.outcome is Outcome.DONE else item for item in items]
    return Bulk(items=tuple(items))


def _one(
    ask: Ask, record: T | None, step: Callable[[T, Occasion], tuple[T, Event]], on: Callable[[str], Occasion]
) -> Item[T]:
    if record is None:
        return Item.missing(ask.id)
    if why := _outdated(ask, record):
        return Item(id=ask.id, outcome=Outcome.STALE, before=record, why=why)
    try:
        after, event = step(record, on(ask.id))
    except (LawBroken, InputError) as error:
        return Item.refused(ask.id, error, before=record)
    return Item(id=ask.id, outcome=Outcome.DONE, before=record, after=after, event=event)


def _outdated(ask: Ask, record: Staged) -> str:
    if ask.stage is not None and ask.stage != record.stage:
        return f"it was expected in {ask.stage!r} and is in {record.stage!r}; read it again"
    if ask.version is not None and ask.version != record.version:
        return f"it was seen in version {ask.version} and is in version {record.version}; read it again"
    return ""


def _repeated(ask: Ask) -> Item[R]:
    return Item(id=ask.id, outcome=Outcome.REPEATED, why="it is listed before")


def _held_back(item: Item[R]) -> Item[R]:
    why = "another could not be done, and all or nothing was asked for"
    return Item(id=item.id, outcome=Outcome.HELD_BACK, before=item.before, why=why)
