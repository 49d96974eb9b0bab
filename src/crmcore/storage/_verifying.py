"""Checking that the history of a tenant is what was written: numbers, hashes, and the content that they speak of."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Generic, TypeVar

from crmcore.errors import Tampered
from crmcore.ports import Checkpoint
from crmcore.storage._chain import UnitHash, content_digest
from crmcore.storage._reading import PAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crmcore.storage._rows import ChangeRow, EventRow, RecordRow, Tables, UnitRow

__all__ = ["verified"]

Place = tuple[str, str]
Row = TypeVar("Row", "ChangeRow", "EventRow")


def verified(tables: Tables, since: Checkpoint | None) -> Checkpoint:
    """Check all units, changes, events and records; return where the chain ends.

    Keeps about 200 bytes a record in memory: the digest of what it last became.

    Raises:
        Tampered: names the first unit at which it shows.

    """
    contents = _Contents(tables)
    end = _Chain(tables, contents, since).walked()
    contents.check_present()
    return end


class _Chain:
    """Goes through the units, with what each wrote."""

    def __init__(self, tables: Tables, contents: _Contents, since: Checkpoint | None) -> None:
        self._tables = tables
        self._contents = contents
        self._since = since
        self._changes = _Ahead(_all(lambda after: tables.changes(after, PAGE, None, None)))
        self._events = _Ahead(_all(lambda after: tables.told(after, PAGE, None, None)))

    def walked(self) -> Checkpoint:
        """Return the last unit and its hash, all links before it being whole."""
        end, recorded_at = Checkpoint(unit=0, hash=""), ""
        for unit in _all_units(self._tables):
            _demand(unit.number == end.unit + 1, end.unit + 1, "it is missing")
            _demand(unit.recorded_at >= recorded_at, unit.number, "it is dated before the one that it follows")
            self._check_hash(unit, end.hash)
            end, recorded_at = Checkpoint(unit=unit.number, hash=unit.hash), unit.recorded_at
        _demand(
            self._changes.next is None and self._events.next is None,
            end.unit + 1,
            "it is missing, what it wrote is not",
        )
        head = self._tables.head_now()
        _demand(head is None or (head.unit, head.hash) == (end.unit, end.hash), end.unit + 1, "it is missing")
        _demand(
            self._since is None or self._since.unit <= end.unit, end.unit + 1, "it is missing, and stood there once"
        )
        return end

    def _check_hash(self, unit: UnitRow, previous: str) -> None:
        chain = UnitHash(previous)
        while (change := self._changes.next) is not None and change.unit == unit.number:
            _demand(change.seq == self._changes.passed + 1, unit.number, f"change {change.seq} is out of its place")
            chain.add_change(change)
            self._contents.check_change(change)
            self._changes.move()
        while (event := self._events.next) is not None and event.unit == unit.number:
            _demand(event.seq == self._events.passed + 1, unit.number, f"event {event.seq} is out of its place")
            chain.add_event(event)
            _check_event(event)
            self._events.move()
        _demand(_same(chain.of(unit), unit.hash), unit.number, "it does not have its hash")
        if self._since is not None and self._since.unit == unit.number:
            _demand(_same(self._since.hash, unit.hash), unit.number, "it is another than at the checkpoint")


class _Contents:
    """Checks contents against their digests: what a change replaced is what the change before it had left."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._last: dict[Place, tuple[int, int, str]] = {}
        self._salts: dict[Place, str] = {}

    def check_change(self, row: ChangeRow) -> None:
        """Check what stood before the change."""
        place = (row.kind, row.id)
        _, version, digest = self._last.get(place, (0, 0, ""))
        _demand(version == row.before_version < row.version, row.unit, f"{row.kind} {row.id!r} skips a version")
        if row.before is not None:
            _demand(_same(content_digest(self._salt(place), row.before), digest), row.unit, _altered(row.kind, row.id))
        self._last[place] = (row.unit, row.version, row.digest)

    def check_present(self) -> None:
        """Check that what stands there now is what the last changes left, no more and no less."""
        seen = 0
        for kind in self._tables.kinds():
            for row in _all_rows(self._tables, kind):
                unit, version, digest = self._last.get((row.kind, row.id), (0, 0, ""))
                _demand(version == row.version, unit, f"{row.kind} {row.id!r} has another version than its history")
                if row.salt:
                    found = content_digest(row.salt, row.payload)
                    _demand(_same(found, digest), unit, _altered(row.kind, row.id))
                seen += 1
        _demand(seen == len(self._last), 0, f"{len(self._last) - seen} records are missing")

    def _salt(self, place: Place) -> str:
        if place not in self._salts:
            kind, id_ = place
            row = self._tables.rows(kind, [id_]).get(id_)
            self._salts[place] = "" if row is None else row.salt
        return self._salts[place]


class _Ahead(Generic[Row]):
    """Rows in the order of their numbers, with the next one in sight."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self.passed = 0
        self.next = next(rows, None)

    def move(self) -> None:
        """Go on to the next row."""
        self.passed += 1
        self.next = next(self._rows, None)


def _all(page: Callable[[int], Sequence[Row]]) -> Iterator[Row]:
    after = -1
    while rows := page(after):
        yield from rows
        after = rows[-1].seq


def _all_units(tables: Tables) -> Iterator[UnitRow]:
    after = -1
    while rows := tables.units(after, PAGE):
        yield from rows
        after = rows[-1].number


def _all_rows(tables: Tables, kind: str) -> Iterator[RecordRow]:
    after = ""
    while rows := tables.page(kind, after, PAGE, removed=True):
        yield from rows
        after = rows[-1].id


def _check_event(row: EventRow) -> None:
    if row.salt:
        _demand(_same(content_digest(row.salt, row.payload), row.digest), row.unit, f"event {row.id!r} was altered")


def _altered(kind: str, id_: str) -> str:
    return f"the content of {kind} {id_!r} was altered"


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _demand(holds: bool, unit: int, what: str) -> None:
    if not holds:
        raise Tampered(unit, what)
