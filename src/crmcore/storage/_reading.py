"""Reading through the port, over any tables: what a store and a unit of work have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from crmcore.errors import InputError
from crmcore.model.record import Record
from crmcore.storage._values import text_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crmcore.storage._rows import RecordRow, Tables
    from crmcore.storage.codec import Codec

__all__ = ["PAGE", "fetch", "lookup", "walk"]

R = TypeVar("R", bound=Record)

PAGE = 500
"""Records that a stream reads at a time."""


def fetch(tables: Tables, codec: Codec, cls: type[R], id: str) -> tuple[R | None, int]:  # noqa: A002 - the field's name
    """Return the record, or None, and the version that stands under the id."""
    row = None if text_fault(id) else tables.row(cls.kind, id)
    if row is None:
        return None, 0
    return (None if row.payload is None else codec.decode(cls, row)), row.version


def lookup(tables: Tables, codec: Codec, cls: type[R], field: str, value: str) -> tuple[R, ...]:
    """Return the records with the lookup key, by id; a text that no store keeps is found nowhere."""
    if text_fault(field) or text_fault(value):
        return ()
    rows = tables.found(cls.kind, field, codec.key_value(value))
    return tuple(codec.decode(cls, row) for row in rows)


def walk(
    codec: Codec, cls: type[R], after: str, page: Callable[[str], Sequence[RecordRow]], check: Callable[[], None]
) -> Iterator[R]:
    """Yield records page by page; *page* returns the rows past an id, *check* raises when reading is over."""
    if fault := text_fault(after):
        raise InputError(f"cannot stream {cls.kind} after {after!a}: {fault}")
    while rows := page(after):
        for row in rows:
            check()
            yield codec.decode(cls, row)
        after = rows[-1].id
