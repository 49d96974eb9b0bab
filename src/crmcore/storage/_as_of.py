"""Readers of a past state: what the store held after some unit, or what was true by all that is known now.

What the store held is found in one step a record, however often it was changed since: the first change after the unit
keeps what stood before it. Hindsight replays a record's changes in the order in which they came true.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from crmcore.errors import NotFound
from crmcore.model.differing import carried
from crmcore.model.record import Record
from crmcore.ports import Action, Page
from crmcore.query import compiled, sort_key
from crmcore.storage._cursor import sign, unsign
from crmcore.storage._reading import PAGE, cut, known_values, line_up
from crmcore.storage._values import text_fault
from crmcore.storage._words import has_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from crmcore.query import Expression
    from crmcore.storage._rows import ChangeRow, RecordRow, Tables
    from crmcore.storage.codec import Codec

__all__ = ["HeldReader", "HindsightReader"]

R = TypeVar("R", bound=Record)


class PastReader(ABC):
    """What readers of a past state share; they look at every record of a kind to find some of them."""

    def __init__(
        self, codec: Codec, reading: Callable[..., AbstractContextManager[Tables]], check: Callable[[], None]
    ) -> None:
        self._codec = codec
        self._reading = reading
        self._check = check

    def get(self, kind: type[R], id: str) -> R:  # noqa: A002 - the field's own name
        """Return the record as it was; raise NotFound where it was not there."""
        if not text_fault(id):
            with self._reading(kind) as tables:
                now = tables.rows(kind.kind, [id])
                row = self._past(tables, kind, now).get(id)
            if row is not None and row.payload is not None:
                return self._codec.decode(kind, row)
        raise NotFound(kind.kind, id)

    def find(
        self,
        kind: type[R],
        where: Expression | None = None,
        *,
        words: str = "",
        order_by: str | Sequence[str] = (),
        limit: int = 100,
        after: str | None = None,
    ) -> Page[R]:
        """Return one page of the records for which *where* was true; looks at every record of the kind."""
        asked, order = line_up(self._codec, kind, where, order_by, limit)
        with self._reading(None) as tables:
            secret = tables.secret()
        said = self._codec.words(kind, words)
        of = (f"{kind.kind} {self._mark}", asked, order, said)
        last = None if after is None else unsign(after, secret, of=of)

        def place(values: Mapping[str, Any], id_: str) -> tuple[Any, ...]:
            return sort_key(order, values, id=id_)

        floor = None if last is None else place(known_values(order, last[0]), last[1])
        matching = []
        for record in self.stream(kind, where):
            facts = self._codec.facts(record)
            key = place(facts.values, record.id)
            if (floor is None or floor < key) and (not said or has_words(facts.words, said)):
                matching.append((key, record))
        matching.sort(key=lambda pair: pair[0])
        records = tuple(record for _, record in matching[: limit + 1])
        return cut(self._codec, records, order, limit, lambda last: sign(last, secret, of=of))

    def stream(self, kind: type[R], where: Expression | None = None, *, after: str = "") -> Iterator[R]:
        """Yield all records of the kind for which *where* was true, by id."""
        asked = self._codec.asked(kind, where)
        wanted = None if asked is None else compiled(asked)
        while True:
            with self._reading(kind) as tables:
                rows = tables.page(kind.kind, after, PAGE, removed=True)
                past = self._past(tables, kind, {row.id: row for row in rows})
            if not rows:
                return
            for _, row in sorted(past.items()):
                self._check()
                if row is not None and row.payload is not None:
                    record = self._codec.decode(kind, row)
                    if wanted is None or wanted(self._codec.facts(record).values):
                        yield record
            after = rows[-1].id

    @property
    @abstractmethod
    def _mark(self) -> str:
        """What tells this state from others; its cursors work for it only."""

    @abstractmethod
    def _past(self, tables: Tables, kind: type[Record], now: Mapping[str, RecordRow]) -> Mapping[str, RecordRow | None]:
        """Return the rows as they were, of those that are there now or were."""


class HeldReader(PastReader):
    """What the store held after a unit."""

    def __init__(
        self,
        codec: Codec,
        reading: Callable[..., AbstractContextManager[Tables]],
        check: Callable[[], None],
        unit: int,
    ) -> None:
        super().__init__(codec, reading, check)
        self._unit = unit

    @property
    def _mark(self) -> str:
        return f"after {self._unit}"

    def _past(self, tables: Tables, kind: type[Record], now: Mapping[str, RecordRow]) -> Mapping[str, RecordRow | None]:
        return {**now, **tables.before(kind.kind, list(now), self._unit)}


class HindsightReader(PastReader):
    """What was true at an instant, by all that is known now.

    A change counts from when it came true, value by value (an item of a collection is a value). Where values that were
    never stored together break a law of the record, the fields are as the later of the changes left them. A change
    that came true before its record did has no effect: the record began later, with what it held then. What was
    erased is not there.
    """

    def __init__(
        self,
        codec: Codec,
        reading: Callable[..., AbstractContextManager[Tables]],
        check: Callable[[], None],
        at: str,
    ) -> None:
        super().__init__(codec, reading, check)
        self._at = at

    @property
    def _mark(self) -> str:
        return f"in hindsight at {self._at}"

    def _past(self, tables: Tables, kind: type[Record], now: Mapping[str, RecordRow]) -> Mapping[str, RecordRow | None]:
        return {id_: self._replayed(tables, kind, row) for id_, row in now.items()}

    def _replayed(self, tables: Tables, kind: type[Record], now: RecordRow) -> RecordRow | None:
        trail = tables.trail(kind.kind, now.id)
        units = tables.units_at({row.unit for row in trail})
        earlier = [row.replaced(now.salt) for row in trail]
        steps = sorted(
            (
                (row, before, after)
                for row, before, after in zip(trail, earlier, [*earlier[1:], now], strict=True)
                if units[row.unit].occurred_at <= self._at
            ),
            key=lambda step: (units[step[0].unit].occurred_at, step[0].seq),
        )
        if all(row is early for (row, _, _), early in zip(steps, trail, strict=False)):
            return steps[-1][2] if steps else None  # nothing was back-dated: it is as it was recorded
        held: Record | None = None
        for row, before, after in steps:
            held = _stepped(held, row, self._decoded(kind, before), self._decoded(kind, after))
        if held is None:
            return None
        version = max(row.version for row, _, _ in steps)
        return self._codec.encode(held, version=version)._replace(salt=now.salt)

    def _decoded(self, kind: type[R], row: RecordRow) -> R | None:
        return None if row.payload is None else self._codec.decode(kind, row)


def _stepped(held: Record | None, row: ChangeRow, before: Record | None, after: Record | None) -> Record | None:
    """Return what a record held once one more change had come true."""
    if row.action != Action.CHANGED:
        return after
    if held is None or before is None or after is None:
        return None
    try:
        return carried(held, before, after)
    except ValueError:  # of the fields, such as two primary addresses that were never stored together
        return _with_whole_fields(held, before, after)


def _with_whole_fields(held: Record, before: Record, after: Record) -> Record:
    fields = [field for field in type(after).model_fields if field not in {"id", "version"}]
    changed = {field: getattr(after, field) for field in fields if getattr(before, field) != getattr(after, field)}
    try:
        return held.evolve(**changed)
    except ValueError:  # of the record as a whole
        return after
