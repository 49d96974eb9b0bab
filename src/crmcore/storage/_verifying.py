"""Checking that the history of a tenant is what was written: numbers, hashes, and the content that they speak of."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Generic, TypeVar

from crmcore.errors import InputError, Tampered
from crmcore.ports import Checkpoint
from crmcore.storage._chain import UnitHash, content_digest
from crmcore.storage._reading import PAGE
from crmcore.storage._rows import Head

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crmcore.storage._rows import ChangeRow, EventRow, RecordRow, Tables, UnitRow

__all__ = ["verified"]

Place = tuple[str, str]
Row = TypeVar("Row", "ChangeRow", "EventRow")

BELOW_ALL = -(1 << 63)
"""Before every number that a column can hold: a row that was slipped in below the first is to be seen too."""
NEVER = (0, 0, "")
"""Unit, version and digest of a record that was never written."""


def verified(tables: Tables, since: Checkpoint | None) -> Checkpoint:
    """Check all units, changes, events and records; return where the chain ends.

    Keeps about 200 bytes a record in memory: the digest of what it last became.

    Raises:
        InputError: a checkpoint that no store gave.
        StoreUnavailable: the database itself is damaged, if only in an index or a secret that no hash speaks of.
        Tampered: names the first unit at which it shows.

    """
    if since is not None and (since.unit < 0 or (since.unit == 0) != (since.hash == "")):
        raise InputError(f"{since} is no checkpoint; give one that verify() returned")
    contents = _Contents(tables)
    chain = _Chain(tables, contents, since)
    try:
        end = chain.walked()
        contents.check_present()
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        raise Tampered(chain.at, f"a row holds what no store writes ({error})") from error
    tables.secret()  # one that cannot be read is told now, and not by the next cursor; of another one, no hash speaks
    tables.check_sound()  # last: a row that was taken away is named by its unit, not by who refers to it
    return end


class _Chain:
    """Goes through the units, with what each wrote."""

    def __init__(self, tables: Tables, contents: _Contents, since: Checkpoint | None) -> None:
        self.at = 1
        self._tables = tables
        self._contents = contents
        self._since = since
        self._changes = _Ahead(_all(lambda after: tables.changes(after, PAGE, None, None)))
        self._events = _Ahead(_all(lambda after: tables.told(after, PAGE, None, None)))

    def walked(self) -> Checkpoint:
        """Return the last unit and its hash, all links before it being whole."""
        end, recorded_at = Checkpoint(unit=0, hash=""), ""
        for unit in _all_units(self._tables):
            self.at = end.unit + 1
            _demand(unit.number == self.at, self.at, "it is missing")
            _demand(unit.recorded_at >= recorded_at, unit.number, "it is dated before the one that it follows")
            self._check_hash(unit, end.hash)
            end, recorded_at = Checkpoint(unit=unit.number, hash=unit.hash), unit.recorded_at
        self._check_end(end, recorded_at)
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
            _check_content(event.salt, event.payload, 0, event.digest, unit.number, f"event {event.id!r}")
            self._events.move()
        _demand(_same(chain.of(unit), unit.hash), unit.number, "it does not have its hash")
        if self._since is not None and self._since.unit == unit.number:
            _demand(_same(self._since.hash, unit.hash), unit.number, "it is another than at the checkpoint")

    def _check_end(self, end: Checkpoint, recorded_at: str) -> None:
        after = self.at = end.unit + 1
        loose = self._changes.next is not None or self._events.next is not None
        _demand(not loose, after, "it is missing, what it wrote is not")
        head = self._tables.head_now() or Head(0, 0, 0, "", "")
        _demand(head.unit <= end.unit, after, "it is missing")
        last = Head(end.unit, self._changes.passed, self._events.passed, recorded_at, end.hash)
        _demand(head == last, end.unit, "it is the last one, and the numbers that were given out say otherwise")
        _demand(
            self._since is None or self._since.unit <= end.unit, after, "it is missing, and stood there at a checkpoint"
        )


class _Contents:
    """Checks contents against their digests: what a change replaced is what the change before it had left."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._last: dict[Place, tuple[int, int, str]] = {}
        self._salts: dict[Place, str] = {}

    def check_change(self, row: ChangeRow) -> None:
        """Check what stood before the change."""
        place, named = (row.kind, row.id), f"{row.kind} {row.id!r}"
        _, version, digest = self._last.get(place, NEVER)
        _demand(version == row.before_version < row.version, row.unit, f"{named} skips a version")
        if version:
            _check_content(self._salt(place), row.before, row.before_schema, digest, row.unit, named)
        else:
            _demand((row.before_schema, row.before) == (0, None), row.unit, f"{named} was not there before it")
        self._last[place] = (row.unit, row.version, row.digest)

    def check_present(self) -> None:
        """Check that what stands there now is what the last changes left, no more and no less."""
        for kind in self._tables.kinds():
            for row in _all_rows(self._tables, kind):
                named = f"{row.kind} {row.id!r}"
                unit, version, digest = self._last.pop((row.kind, row.id), NEVER)
                _demand(version > 0, unit, f"no unit wrote {named}")
                _demand(version == row.version, unit, f"{named} has another version than its history")
                _check_content(row.salt, row.payload, row.schema_version, digest, unit, named)
        if self._last:
            (unit, _, _), (kind, id_) = min((last, place) for place, last in self._last.items())
            raise Tampered(unit, f"{kind} {id_!r} is missing")

    def _salt(self, place: Place) -> str:
        if place not in self._salts:
            kind, id_ = place
            row = self._tables.rows(kind, [id_]).get(id_)
            self._salts[place] = "" if row is None else row.salt
        return self._salts[place]


class _Ahead(Generic[Row]):
    """Rows in the order of their numbers, with the next one in sight."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows: Iterator[Row] = rows
        self.passed = 0
        self.next: Row | None = next(rows, None)

    def move(self) -> None:
        """Go on to the next row."""
        self.passed += 1
        self.next = next(self._rows, None)


def _all(page: Callable[[int], Sequence[Row]]) -> Iterator[Row]:
    after = BELOW_ALL
    while rows := page(after):
        yield from rows
        after = rows[-1].seq


def _all_units(tables: Tables) -> Iterator[UnitRow]:
    after = BELOW_ALL
    while rows := tables.units(after, PAGE):
        yield from rows
        after = rows[-1].number


def _all_rows(tables: Tables, kind: str) -> Iterator[RecordRow]:
    after = ""
    while rows := tables.page(kind, after, PAGE, removed=True):
        yield from rows
        after = rows[-1].id


def _check_content(  # noqa: PLR0917 - the callers stand beside each other
    salt: str, payload: str | None, schema_version: int, digest: str, unit: int, named: str
) -> None:
    """Check a content against its digest; one that was erased has lost its salt too, and must hold nothing."""
    if salt:
        # Read as bytes, "AB" keys a digest as "ab" does, so the digest cannot tell that a letter of a salt was flipped.
        _demand(bytes.fromhex(salt).hex() == salt, unit, f"the salt of {named} was altered")
        _demand(
            _same(content_digest(salt, payload, schema_version), digest), unit, f"the content of {named} was altered"
        )
    else:
        _demand(not payload, unit, f"{named} has content, and nothing to check it by")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _demand(holds: bool, unit: int, what: str) -> None:
    if not holds:
        raise Tampered(unit, what)
