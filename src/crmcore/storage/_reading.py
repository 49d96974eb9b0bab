"""Reading through the port, over any tables: what a store and a unit of work have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from crmcore.errors import InputError
from crmcore.model.record import Record
from crmcore.ports import Page
from crmcore.query import compiled
from crmcore.storage._cursor import sign, unsign
from crmcore.storage._rows import Question
from crmcore.storage._values import text_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crmcore.query import Expression, OrderBy, Scalar
    from crmcore.storage._cursor import Place
    from crmcore.storage._rows import RecordRow, Tables
    from crmcore.storage.codec import Codec

__all__ = ["LONGEST_PAGE", "PAGE", "cut", "fetch", "known_values", "line_up", "seek", "walk"]

R = TypeVar("R", bound=Record)

PAGE = 500
"""Records that a stream reads at a time."""
LONGEST_PAGE = 10_000
"""Records that one find may return."""


def fetch(tables: Tables, codec: Codec, cls: type[R], id: str) -> tuple[R | None, int]:  # noqa: A002 - the field's name
    """Return the record, or None, and the version that stands under the id."""
    row = None if text_fault(id) else tables.rows(cls.kind, [id]).get(id)
    if row is None:
        return None, 0
    return (None if row.payload is None else codec.decode(cls, row)), row.version


def seek(
    tables: Tables,
    codec: Codec,
    cls: type[R],
    where: Expression | None,
    *,
    words: str,
    order_by: str | Sequence[str],
    limit: int,
    after: str | None,
) -> Page[R]:
    """Return one page of the records for which *where* is true."""
    asked, order = line_up(codec, cls, where, order_by, limit)
    said = codec.words(cls, words)
    of = (cls.kind, asked, order, said)
    last = None if after is None else unsign(after, tables.secret(), of=of)
    rows = tables.select(cls.kind, Question(asked, order, said, last, limit + 1))
    records = tuple(codec.decode(cls, row) for row in rows)
    return cut(codec, records, order, limit, lambda place: sign(place, tables.secret(), of=of))


def line_up(
    codec: Codec, cls: type[Record], where: Expression | None, order_by: str | Sequence[str], limit: int
) -> tuple[Expression | None, tuple[OrderBy, ...]]:
    """Return a question and its order, held against the catalogue of the kind."""
    if not 1 <= limit <= LONGEST_PAGE:
        raise InputError(f"a page holds 1 to {LONGEST_PAGE:,} records, not {limit}; stream() yields all")
    keys = (order_by,) if isinstance(order_by, str) else order_by
    return codec.asked(cls, where), codec.ordered(cls, keys)


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


def walk(  # noqa: PLR0917 - the two callers stand beside each other
    codec: Codec,
    cls: type[R],
    where: Expression | None,
    after: str,
    page: Callable[[str], Sequence[RecordRow]],
    check: Callable[[], None],
) -> Iterator[R]:
    """Yield records page by page; *page* returns the rows past an id, *check* raises when reading is over."""
    if fault := text_fault(after):
        raise InputError(f"cannot stream {cls.kind} after {after!a}: {fault}")
    asked = codec.asked(cls, where)
    wanted = None if asked is None else compiled(asked)
    while rows := page(after):
        for row in rows:
            check()
            record = codec.decode(cls, row)
            if wanted is None or wanted(codec.facts(record).values):
                yield record
        after = rows[-1].id
