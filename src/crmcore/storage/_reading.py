"""Reading through the port, over any tables: what a store and a unit of work have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from crmcore._numbers import whole_number
from crmcore.errors import InputError
from crmcore.model.record import Record
from crmcore.ports import Page
from crmcore.query import compiled
from crmcore.storage._cursor import sign, unsign
from crmcore.storage._rows import Question
from crmcore.storage._surroundings import HeldSurroundings, LiveWorld
from crmcore.storage._values import text_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from crmcore.query import Asking, Expression, OrderBy, Scalar
    from crmcore.storage._cursor import Place
    from crmcore.storage._rows import Judge, RecordRow, Tables
    from crmcore.storage._surroundings import World
    from crmcore.storage.codec import Codec

__all__ = [
    "LONGEST_PAGE",
    "PAGE",
    "Judging",
    "Wish",
    "check_start",
    "counted",
    "cut",
    "fetch",
    "known_values",
    "line_up",
    "seek",
    "walk",
]

R = TypeVar("R", bound=Record)

PAGE = 500
"""Records that a stream reads at a time."""
MOST_KNOWN = 20_000
"""Records that are kept in memory while others are judged, because they may be asked about again."""
LONGEST_PAGE = 10_000
"""Records that one find may return."""


def fetch(tables: Tables, codec: Codec, cls: type[R], id: str) -> tuple[R | None, int]:  # noqa: A002 - the field's name
    """Return the record, or None, and the version that stands under the id."""
    row = None if text_fault(id) else tables.rows(cls.kind, [id]).get(id)
    if row is None:
        return None, 0
    return (None if row.payload is None else codec.decode(cls, row)), row.version


@attrs.frozen(kw_only=True)
class Wish:
    """A question as a caller put it, and as it is answered at an instant.

    Attributes:
        asked: checked; cursors belong to it, whenever the next page is asked for.
        plain: with plain values only.

    """

    asked: Expression | None
    plain: Expression | None

    @classmethod
    def of(cls, codec: Codec, kind: type[Record], where: Expression | None, *, asking: Asking, now: datetime) -> Wish:
        """Check and resolve a question."""
        asked = codec.asked(kind, where)
        return cls(asked=asked, plain=None if asked is None else codec.put(kind, asked, asking=asking, now=now))


class Judging(Generic[R]):
    """Says of rows whether a question is true of them, whatever it asks for, and keeps the records that it read."""

    def __init__(
        self, world: World, codec: Codec, cls: type[R], plain: Expression | None, *, keeps: bool = True
    ) -> None:
        """Judge by a resolved question; *world* is what the rows are of, *keeps* says whether records are asked for."""
        self._keeps = keeps
        self._world = world
        self._codec = codec
        self._cls = cls
        self._is_true = None if plain is None else compiled(plain)
        self._read: dict[str, R] = {}
        self._around = HeldSurroundings(world, codec)

    @property
    def judge(self) -> Judge | None:
        """What says it of some rows; None where nothing is asked."""
        return None if self._is_true is None else self._judged

    def record(self, row: RecordRow) -> R:
        """Return the record of a row, which was selected."""
        return self._read.pop(row.id, None) or self._codec.decode(self._cls, row)

    def _judged(self, rows: Sequence[RecordRow]) -> Sequence[bool]:
        records = [self._world.opened(self._cls, row) for row in rows]
        reading = self._codec.askable(self._cls).reading
        if self._around.size > MOST_KNOWN:
            self._around = HeldSurroundings(self._world, self._codec)
        self._around.learn(record for record in records if record is not None)
        judged = []
        for row, record in zip(rows, records, strict=True):
            facts = {"id": (row.id,)} if record is None else reading(record, self._around)
            judged.append(self._is_true is not None and self._is_true(facts))
            if self._keeps and judged[-1] and record is not None:
                self._read[row.id] = record
        return judged


def seek(  # noqa: PLR0917 - the two callers stand beside each other
    tables: Tables,
    codec: Codec,
    cls: type[R],
    where: Expression | None,
    asking: Asking,
    now: datetime,
    *,
    words: str,
    order_by: str | Sequence[str],
    limit: int,
    after: str | None,
) -> Page[R]:
    """Return one page of the records for which *where* is true."""
    order = line_up(codec, cls, order_by, limit)
    wish = Wish.of(codec, cls, where, asking=asking, now=now)
    said = codec.words(cls, words)
    of = (cls.kind, wish.asked, order, said)
    last = None if after is None else unsign(after, tables.secret(), of=of)
    judging = Judging(LiveWorld(tables, codec), codec, cls, wish.plain)
    rows = tables.select(cls.kind, Question(wish.plain, order, said, last, limit + 1, judging.judge))
    records = tuple(map(judging.record, rows))
    return cut(codec, records, order, limit, lambda place: sign(place, tables.secret(), of=of))


def counted(  # noqa: PLR0917 - the two callers stand beside each other
    tables: Tables, codec: Codec, cls: type[Record], where: Expression | None, asking: Asking, now: datetime, words: str
) -> int:
    """Return how many records there are for which *where* is true."""
    plain = Wish.of(codec, cls, where, asking=asking, now=now).plain
    judging = Judging(LiveWorld(tables, codec), codec, cls, plain, keeps=False)
    return tables.count(cls.kind, Question(plain, (), codec.words(cls, words), None, PAGE, judging.judge))


def line_up(codec: Codec, cls: type[Record], order_by: str | Sequence[str], limit: int) -> tuple[OrderBy, ...]:
    """Return an order held against the catalogue of the kind; refuse a page of no length."""
    whole_number(limit, of="the length of a page (stream() yields all)", least=1, most=LONGEST_PAGE)
    return codec.ordered(cls, (order_by,) if isinstance(order_by, str) else order_by)


def cut(
    codec: Codec, records: tuple[R, ...], order: Sequence[OrderBy], limit: int, signed: Callable[[Place], str]
) -> Page[R]:
    """Return a page of the first *limit* records, with a cursor where there are more."""
    if len(records) <= limit:
        return Page(records)
    facts = codec.facts(records[limit - 1]).values
    values = tuple(facts[one.field][0] if one.field in facts else None for one in order)
    return Page(records[:limit], signed((values, records[limit - 1].id)))


def known_values(order: Sequence[OrderBy], values: Sequence[Scalar | None]) -> dict[str, tuple[Scalar, ...]]:
    """Return the values of a place as facts."""
    return {one.field: (value,) for one, value in zip(order, values, strict=True) if value is not None}


def check_start(cls: type[Record], after: str) -> None:
    """Refuse to stream from past what no id can be."""
    if not isinstance(after, str):
        raise InputError(f"cannot stream {cls.kind} after what is no text but of type {type(after).__name__}")
    if fault := text_fault(after):
        raise InputError(f"cannot stream {cls.kind} after {after!a:.120}: {fault}")


def walk(  # noqa: PLR0917 - the two callers stand beside each other
    codec: Codec,
    cls: type[R],
    where: Expression | None,
    asking: Asking,
    now: datetime,
    after: str,
    reading: Callable[[], AbstractContextManager[Tables]],
    check: Callable[[], None],
) -> Iterator[R]:
    """Yield records page by page; *reading* gives the tables for one page, *check* raises when reading is over."""
    check_start(cls, after)
    plain = Wish.of(codec, cls, where, asking=asking, now=now).plain
    while True:
        with reading() as tables:
            judging = Judging(LiveWorld(tables, codec), codec, cls, plain)
            rows = tables.select(cls.kind, Question(plain, (), (), ((), after), PAGE, judging.judge))
        for row in rows:
            check()
            yield judging.record(row)
        if len(rows) < PAGE:
            return
        after = rows[-1].id
