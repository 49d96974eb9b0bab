"""Filling an empty tenant with the rows of another: whatever the two stores are, the rows stay as they are.

What a record is found by is no part of them: it is taken out of its payload anew.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from crmcore.errors import NotEmpty, SchemaMismatch, StoreError, Tampered
from crmcore.storage._faults import point
from crmcore.storage._layout import row_fault
from crmcore.storage._rows import Change, Head, RecordRow, UnitRow
from crmcore.storage._sealing_guard import found_by
from crmcore.storage.digest import StateDigest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmcore.storage._rows import LoadableTables
    from crmcore.storage.codec import Codec

__all__ = ["fill"]

Row = tuple[Any, ...]

BATCH = 1000
"""Rows that are written at once,"""
BATCH_LETTERS = 8 * 1024 * 1024
"""or fewer, of so many letters: so memory does not grow with the payloads."""
NUMBERED = ("unit", "change", "event")
"""Tables whose rows are numbered from 1, without gaps, in their first column."""


def fill(tables: LoadableTables, rows: Iterable[tuple[str, Row]], *, codec: Codec, secret: bytes, tenant: str) -> str:
    """Take in all rows, and return their logical digest once the tables give back exactly what they took.

    Raises:
        NotEmpty: something is kept there already.
        SchemaMismatch: a kind that the codec does not know, a newer payload, or rows that fit no table.
        Tampered: a row is missing.
        StoreError: the tables do not give back what they took.

    """
    if not tables.begin_load(secret):
        raise NotEmpty(tenant)
    point("load.begun")
    filling = _Filling(tables, codec)
    for table, batch in _batches(rows):
        filling.take(table, batch)
    filling.finish()
    stored = sha256()
    for table, row in tables.everything():
        stored.update(_whole(table, row))
    if stored.digest() != filling.whole.digest():
        raise StoreError("the store does not give back the rows that it took in; nothing was kept")
    point("load.before_commit")
    return filling.logical.hexdigest()


class _Filling:
    """What was taken in so far."""

    def __init__(self, tables: LoadableTables, codec: Codec) -> None:
        self._tables = tables
        self._codec = codec
        self._last = dict.fromkeys(NUMBERED, 0)
        self._unit: UnitRow | None = None
        self._place: Row = ("", "")
        self.whole = sha256()
        self.logical = StateDigest()

    def take(self, table: str, batch: list[Row]) -> None:
        """Check some rows of one table and write them."""
        for row in batch:
            if fault := row_fault(table, row):
                raise SchemaMismatch(f"a row of {table[:50]!a} cannot be taken in: {fault}")
            self.whole.update(_whole(table, row))
            self.logical.add(table, row)
            self._check_place(table, row)
        if table == "record":
            keyed = self._codec.with_keys(self._tables, [RecordRow(*row) for row in batch])
            self._tables.write([self._change(row) for row in keyed])
        else:
            self._tables.load(table, batch)
        if table == "unit":
            self._unit = UnitRow(*batch[-1])

    def finish(self) -> None:
        """Say where the numbers end."""
        if (unit := self._unit) is not None:
            head = Head(unit.number, self._last["change"], self._last["event"], unit.recorded_at, unit.hash)
            self._tables.finish_unit(unit, head)

    def _check_place(self, table: str, row: Row) -> None:
        """Refuse rows that are missing, come twice or refer to nothing, on every store alike."""
        if table in self._last:
            self._last[table] += 1
            unit = row[0] if table == "unit" else row[1]
            if row[0] != self._last[table]:
                raise Tampered(unit, f"{table} {self._last[table]} is missing")
            if not 0 < unit <= self._last["unit"]:
                raise Tampered(unit, f"it is missing, {table} {row[0]} is not")
        elif table == "record":
            if row[:2] <= self._place:
                raise SchemaMismatch(f"{row[0]} {row[1]!r} comes twice, or not in the order of a state")
            self._place = row[:2]

    def _change(self, row: RecordRow) -> Change:
        cls = self._codec.kind(row.kind)
        if cls is None:
            raise SchemaMismatch(
                f"there are records of the kind {row.kind!a}, which the codec does not know; nothing was taken in, "
                "because they would be lost: give a codec that has the kind"
            )
        facts = None if row.payload is None else found_by(self._tables, self._codec, cls, row)[1]
        touched = frozenset[str]() if facts is None else facts.parts()
        return Change(row, facts, touched, (), (), is_new=True)


def _batches(rows: Iterable[tuple[str, Row]]) -> Iterator[tuple[str, list[Row]]]:
    """Yield the rows some at a time, those of one table together."""
    now, batch, letters = "", list[Row](), 0
    for table, row in rows:
        if batch and (table != now or len(batch) >= BATCH or letters >= BATCH_LETTERS):
            yield now, batch
            batch, letters = [], 0
        now = table
        batch.append(row)
        letters += sum(len(value) for value in row if type(value) is str)
    if batch:
        yield now, batch


def _whole(table: str, row: Row) -> bytes:
    """Return all of a row as bytes: salts and hashes too."""
    return f"{table}{tuple(row)!r}\n".encode()
