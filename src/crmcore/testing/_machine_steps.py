"""What the state machine does within a unit of work, step by step, and what an answer is as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

import attrs
from hypothesis import strategies as st

from crmcore.errors import CrmcoreError
from crmcore.testing._machine_draws import CONTENTS, IDS, KINDS, LIMITS, REFUSED, orders, questions
from crmcore.testing._store_records import Card, told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hypothesis.strategies import SearchStrategy

    from crmcore.model.record import Record
    from crmcore.ports import Reader, UnitOfWork
    from crmcore.query import Expression

__all__ = ["FIRST", "STEPS", "Find", "Step", "Stream", "Versions", "answer", "finds", "paged", "streams", "take"]


@attrs.frozen
class Put:
    """Write a record over the version that stands there, or over one that is so many *behind* it."""

    cls: type[Record]
    id: str
    content: dict[str, Any]
    behind: int


@attrs.frozen
class Change:
    """Read a record and write it with some fields changed."""

    cls: type[Record]
    id: str
    content: dict[str, Any]


@attrs.frozen
class Remove:
    """Take a record away without having read it."""

    cls: type[Record]
    id: str
    behind: int


@attrs.frozen
class TakeAway:
    """Read a record and take it away; put it back if told to."""

    cls: type[Record]
    id: str
    back: bool


@attrs.frozen
class Emit:
    """Tell an event, perhaps one that was told before."""

    number: int
    cls: type[Record]
    id: str
    data: dict[str, Any]


@attrs.frozen
class Get:
    """Read a record."""

    cls: type[Record]
    id: str


@attrs.frozen
class Find:
    """Ask a question, and turn the pages."""

    cls: type[Record]
    where: Expression | None
    order: tuple[str, ...]
    limit: int


@attrs.frozen
class Stream:
    """Read all records for which something is true."""

    cls: type[Record]
    where: Expression | None
    after: str


Step: TypeAlias = Put | Change | Remove | TakeAway | Emit | Get | Find | Stream


class Versions:
    """Which version stands under each id, as far as the steps of one unit have told."""

    def __init__(self, before: Callable[[type[Record], str], int]) -> None:
        self._before = before
        self._now: dict[tuple[type[Record], str], int] = {}

    def of(self, cls: type[Record], id_: str, *, behind: int) -> int:
        """Return the version, or the one so many behind it."""
        return max(0, self._now.get((cls, id_), self._before(cls, id_)) - behind)

    def learn(self, stored: Record) -> Record:
        """Take note of what was written."""
        self._now[type(stored), stored.id] = stored.version
        return stored


def take(step: Step, unit: UnitOfWork, versions: Versions) -> object:
    """Do one step in a unit; return what it answers."""
    match step:
        case Put(cls, id_, content, behind):
            version = versions.of(cls, id_, behind=behind)
            return versions.learn(unit.put(cls.model_construct(id=id_, version=version, **content)))
        case Change(cls, id_, content):
            return versions.learn(unit.put(unit.get(cls, id_).model_copy(update=content)))
        case Remove(cls, id_, behind):
            version = versions.of(cls, id_, behind=behind)
            return versions.learn(unit.remove(cls.model_construct(id=id_, version=version, **_SEATED)))
        case TakeAway(cls, id_, back):
            gone = versions.learn(unit.remove(unit.get(cls, id_)))
            return versions.learn(unit.put(gone)) if back else gone
        case Emit(number, cls, id_, data):
            event = told(f"e-{number}", cls.model_construct(id=id_))
            unit.emit(event.model_copy(update={"data": data}))
            return "told"
        case Get(cls, id_):
            return unit.get(cls, id_)
        case Find():
            return paged(step, unit)
        case Stream(cls, where, after):
            return list(unit.stream(cls, where, after=after))
        case _:
            assert_never(step)


def paged(find: Find, reader: Reader, *, pages: int = 3) -> list[object]:
    """Return the first pages of an answer."""
    seen: list[object] = []
    after = None
    for _ in range(pages):
        page = reader.find(find.cls, find.where, order_by=find.order, limit=find.limit, after=after)
        seen.append(page.records)
        if (after := page.next) is None:
            return seen
    return [*seen, "and more"]


_HASH = re.compile(r"hash='[0-9a-f]{64}'")


def answer(work: Callable[[], object]) -> str:
    """Return what comes out as text: to the sign of a zero, errors with all that they carry, no hashes of chance."""
    try:
        out: object = work()
    except (CrmcoreError, Undone) as error:
        out = (type(error).__name__, str(error), _carried(vars(error)))
    return _HASH.sub("hash=...", repr(out))


class Undone(Exception):
    """Ends a unit that is to be undone."""


def _carried(attributes: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in sorted(attributes.items()) if not name.startswith("__")}


_SEATED: dict[str, Any] = {"number": 1}
"""What a seat needs to be one; other kinds do without."""
_ids = st.sampled_from(IDS)
_MOST: tuple[type[Record], ...] = (Card, *KINDS)
_kinds = st.sampled_from(_MOST)
_behind = st.sampled_from((0, 0, 0, 0, 0, 1, -1))


def _of_a_kind(make: Callable[[type[Record]], SearchStrategy[Step]]) -> SearchStrategy[Step]:
    return st.one_of([make(cls) for cls in _MOST])


def finds() -> SearchStrategy[Find]:
    """Return questions of every kind of record, in any order."""
    return st.one_of(
        [st.builds(Find, st.just(cls), questions(cls), orders(cls), st.sampled_from(LIMITS)) for cls in _MOST]
    )


def streams() -> SearchStrategy[Stream]:
    """Return streams of every kind of record, from any id on."""
    after = st.sampled_from(("", *IDS))
    return st.one_of([st.builds(Stream, st.just(cls), questions(cls), after) for cls in KINDS])


_puts = _of_a_kind(lambda cls: st.builds(Put, st.just(cls), _ids, CONTENTS[cls], _behind))
_changes = _of_a_kind(lambda cls: st.builds(Change, st.just(cls), _ids, CONTENTS[cls]))
_data = st.sampled_from(({}, {"ü": [1, 1.0, None]}, dict(REFUSED)))

FIRST: SearchStrategy[Step] = st.builds(Put, st.just(Card), _ids, CONTENTS[Card], st.just(0))
"""The first cards, so that there is something to be found."""

STEPS: SearchStrategy[Step] = st.one_of(
    _puts,
    _puts,
    _puts,
    _changes,
    _changes,
    st.builds(Remove, _kinds, _ids, _behind),
    st.builds(TakeAway, _kinds, _ids, st.booleans()),
    st.builds(Emit, st.integers(0, 40), _kinds, _ids, _data),
    st.builds(Get, _kinds, _ids),
    finds(),
    streams(),
)
"""Everything that a unit of work can do."""
