"""One verb over listed records, with a result for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from crmcore.errors import IllegalStep, InputError, LawBroken
from crmcore.model.pipeline import Entrant, Pipeline
from crmcore.model.record import Record
from crmcore.model.stage_history import Status
from crmcore.model.staged import Staged, check_reason

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion
    from crmcore.query.tree import Expression

__all__ = [
    "Ask",
    "Bulk",
    "Item",
    "Outcome",
    "advance_all",
    "asked",
    "in_bulk",
    "move_all",
    "reject_all",
    "reopen_all",
    "withdraw_all",
]

T = TypeVar("T", bound=Staged)
R = TypeVar("R", bound=Record)

if TYPE_CHECKING:
    Judged: TypeAlias = Callable[[str], Entrant | None]
    Entering: TypeAlias = Callable[[T, Pipeline, Occasion, Judged], tuple[T, Event]]


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
    if isinstance(asks, str | Mapping) or not isinstance(asks, Iterable):
        raise InputError("list the ids, such as ['a-1', 'a-2']; one text, or a mapping, is no list of ids")
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
    items: list[Item[T]] = []
    seen: set[str] = set()
    for ask in asked(asks):
        items.append(_repeated(ask) if ask.id in seen else _one(ask, known.get(ask.id), step, on))
        seen.add(ask.id)
    if all_or_nothing and any(item.outcome not in {Outcome.DONE, Outcome.REPEATED} for item in items):
        items = [_held_back(item) if item.outcome is Outcome.DONE else item for item in items]
    return Bulk(items=tuple(items))


def move_all(
    asks: Iterable[T | Ask | str],
    *,
    to: str,
    known: Mapping[str, T],
    within: Mapping[str, Pipeline],
    on: Callable[[str], Occasion],
    inside: Mapping[tuple[str, str], int] | None = None,
    holds: Callable[[T], Callable[[Expression], bool | None]] | None = None,
    all_or_nothing: bool = False,
) -> Bulk[T]:
    """Move each of the listed records to a stage.

    Args:
        asks, known, on, all_or_nothing: see :func:`in_bulk`.
        to: the key of the stage.
        within: the pipelines by their ids.
        inside: (pipeline, stage) -> how many are in it now; those that this moves are counted on the way. Without it
            capacity is not looked at.
        holds: a record -> what tells whether a question is true of it; without it guards are not looked at.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.hiring import Application
    >>> from crmcore.model.occasion import Occasion
    >>> from crmcore.model.pipeline import Pipeline, Stage
    >>> def on(id):
    ...     return Occasion(event_id=f"e-{id}", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva")
    >>> onsite = Stage(key="onsite", label="On site", category="interview", capacity=1)
    >>> stages = [Stage(key="applied", label="Applied", category="application"), onsite]
    >>> pipeline = Pipeline(id="p-1", name="Any", stages=stages)
    >>> begun = [
    ...     Application.begin(id=f"a-{n}", contact=f"c-{n}", job="j-1", within=pipeline, on=on(n))[0] for n in "12"
    ... ]
    >>> known = {application.id: application for application in begun}
    >>> print(move_all(["a-1", "a-2", "a-9"], to="onsite", known=known, within={"p-1": pipeline}, on=on, inside={}))
    1 done, 1 refused, 1 not_found
      a-2: what is outside cannot enter 'onsite': the stage is full: 1 of 1 are in it
      a-9: there is none of that id, or none that may be seen
    """
    return in_bulk(
        asks,
        known=known,
        step=_entering(_moved_to(lambda *_: to), within=within, inside=inside, holds=holds),
        on=on,
        all_or_nothing=all_or_nothing,
    )


def advance_all(
    asks: Iterable[T | Ask | str],
    *,
    known: Mapping[str, T],
    within: Mapping[str, Pipeline],
    on: Callable[[str], Occasion],
    inside: Mapping[tuple[str, str], int] | None = None,
    holds: Callable[[T], Callable[[Expression], bool | None]] | None = None,
    all_or_nothing: bool = False,
) -> Bulk[T]:
    """Move each of the listed records to the stage after its own; the arguments are those of :func:`move_all`."""
    return in_bulk(
        asks,
        known=known,
        step=_entering(_moved_to(_next), within=within, inside=inside, holds=holds),
        on=on,
        all_or_nothing=all_or_nothing,
    )


def reject_all(
    asks: Iterable[T | Ask | str],
    *,
    reason: str,
    known: Mapping[str, T],
    on: Callable[[str], Occasion],
    all_or_nothing: bool = False,
) -> Bulk[T]:
    """Say no to each of the listed records, for one reason; see :func:`in_bulk`.

    Raises:
        InputError: no reason is given; or as `in_bulk` does.

    """
    check_reason(reason)
    return in_bulk(
        asks,
        known=known,
        step=lambda record, occasion: record.reject(reason, on=occasion),
        on=on,
        all_or_nothing=all_or_nothing,
    )


def withdraw_all(
    asks: Iterable[T | Ask | str],
    *,
    known: Mapping[str, T],
    on: Callable[[str], Occasion],
    reason: str = "",
    all_or_nothing: bool = False,
) -> Bulk[T]:
    """Note for each of the listed records that the other side said no; see :func:`in_bulk`."""
    return in_bulk(
        asks,
        known=known,
        step=lambda record, occasion: record.withdraw(reason, on=occasion),
        on=on,
        all_or_nothing=all_or_nothing,
    )


def reopen_all(
    asks: Iterable[T | Ask | str],
    *,
    known: Mapping[str, T],
    within: Mapping[str, Pipeline],
    on: Callable[[str], Occasion],
    stage: str | None = None,
    inside: Mapping[tuple[str, str], int] | None = None,
    holds: Callable[[T], Callable[[Expression], bool | None]] | None = None,
    all_or_nothing: bool = False,
) -> Bulk[T]:
    """Take up again each of the listed records, where it ended or in one stage; the arguments are as for `move_all`."""

    def reopened(record: T, pipeline: Pipeline, on: Occasion, judged: Judged) -> tuple[T, Event]:
        to = stage or record.stage_at(on.at)
        return record.reopen(within=pipeline, on=on, stage=to, entrant=judged(to))

    return in_bulk(
        asks,
        known=known,
        step=_entering(reopened, within=within, inside=inside, holds=holds),
        on=on,
        all_or_nothing=all_or_nothing,
    )


def _one(
    ask: Ask, record: T | None, step: Callable[[T, Occasion], tuple[T, Event]], on: Callable[[str], Occasion]
) -> Item[T]:
    if record is None:
        return Item(id=ask.id, outcome=Outcome.NOT_FOUND, why="there is none of that id, or none that may be seen")
    if why := _outdated(ask, record):
        return Item(id=ask.id, outcome=Outcome.STALE, before=record, why=why)
    try:
        after, event = step(record, on(ask.id))
    except (LawBroken, InputError) as refused:
        allowed = refused.allowed if isinstance(refused, IllegalStep) else ()
        return Item(id=ask.id, outcome=Outcome.REFUSED, before=record, why=str(refused), allowed=allowed)
    return Item(id=ask.id, outcome=Outcome.DONE, before=record, after=after, event=event)


def _outdated(ask: Ask, record: Staged) -> str:
    if ask.stage is not None and ask.stage != record.stage:
        return f"it was expected in {ask.stage!r} and is in {record.stage!r}; read it again"
    if ask.version is not None and ask.version != record.version:
        return f"it was seen in version {ask.version} and is in version {record.version}; read it again"
    return ""


def _repeated(ask: Ask) -> Item[T]:
    return Item(id=ask.id, outcome=Outcome.REPEATED, why="it is listed before")


def _held_back(item: Item[T]) -> Item[T]:
    why = "another could not be done, and all or nothing was asked for"
    return Item(id=item.id, outcome=Outcome.HELD_BACK, before=item.before, why=why)


def _pipeline(record: Staged, within: Mapping[str, Pipeline]) -> Pipeline:
    if record.pipeline not in within:
        raise InputError(f"pipeline {record.pipeline!r} of {record.kind} {record.id!r} was not handed in")
    return within[record.pipeline]


def _next(record: Staged, pipeline: Pipeline, on: Occasion) -> str:
    return pipeline.following(record.stage_at(on.at)).key


def _moved_to(to: Callable[[T, Pipeline, Occasion], str]) -> Entering[T]:
    def moved(record: T, pipeline: Pipeline, on: Occasion, judged: Judged) -> tuple[T, Event]:
        stage = to(record, pipeline, on)
        return record.move(stage, within=pipeline, on=on, entrant=judged(stage))

    return moved


def _entering(
    verb: Entering[T],
    *,
    within: Mapping[str, Pipeline],
    inside: Mapping[tuple[str, str], int] | None,
    holds: Callable[[T], Callable[[Expression], bool | None]] | None,
) -> Callable[[T, Occasion], tuple[T, Event]]:
    """Return what takes one record into a stage, and keeps count of who is where."""
    count = Counter(inside or {})

    def step(record: T, occasion: Occasion) -> tuple[T, Event]:
        pipeline = _pipeline(record, within)

        def judged(stage: str) -> Entrant | None:
            if inside is None and holds is None:
                return None
            return Entrant(
                holds=holds(record) if holds is not None else lambda _: True,
                inside=count[pipeline.id, stage] if inside is not None else 0,
            )

        changed, event = verb(record, pipeline, occasion, judged)
        for one, more in ((record, -1), (changed, 1)):
            if one.status is Status.ACTIVE:
                count[pipeline.id, one.stage] += more
        return changed, event

    return step
