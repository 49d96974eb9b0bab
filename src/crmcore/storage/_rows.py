"""The rows that records become, and the few moves that a kind of table must know.

Everything above this line (checking versions, conflicts, batching, numbering) is written once, in `_unit` and
`_store`; memory and SQL differ below it only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Change", "EventRow", "Head", "RecordRow", "State", "Tables", "ToldRow", "UnitRow", "WritableTables"]


class RecordRow(NamedTuple):
    """A record as it lies in a table; without a payload it is the tombstone of a removed one."""

    kind: str
    id: str
    version: int
    schema_version: int
    payload: str | None


class State(NamedTuple):
    """Which version stands under an id (0: none ever), and whether it is there or removed."""

    version: int
    live: bool


class Change(NamedTuple):
    """A row to write, the lookup keys that it will have, and the version that must stand there before."""

    row: RecordRow
    keys: tuple[tuple[str, str], ...]
    expected: int
    must_live: bool
    """True where the first thing done was a removal: a tombstone cannot be removed."""


class EventRow(NamedTuple):
    """An event as it lies in a table."""

    seq: int
    unit: int
    id: str
    type: str
    subject_kind: str
    subject_id: str
    payload: str


class UnitRow(NamedTuple):
    """A committed unit of work."""

    number: int
    actor: str
    reason: str


class ToldRow(NamedTuple):
    """An event with the unit that told it, as it is read back."""

    seq: int
    unit: int
    actor: str
    reason: str
    payload: str


class Head(NamedTuple):
    """The last numbers that a tenant gave out."""

    unit: int
    seq: int


class Tables(Protocol):
    """One tenant's rows, as of one moment."""

    def states(self, kind: str, ids: Sequence[str]) -> Mapping[str, State]:
        """Return what stands under those ids; an id that never was is left out."""
        ...

    def row(self, kind: str, id: str) -> RecordRow | None:  # noqa: A002 - the field's own name
        """Return the row, removed or not."""
        ...

    def found(self, kind: str, field: str, value: str) -> Sequence[RecordRow]:
        """Return the rows with that lookup key, by id."""
        ...

    def page(self, kind: str, after: str, limit: int) -> Sequence[RecordRow]:
        """Return the first *limit* rows that are not removed, past *after*, by id."""
        ...

    def told(self, after: int, limit: int, kind: str | None, id: str | None) -> Sequence[ToldRow]:  # noqa: A002
        """Return the first *limit* events past number *after*, of that subject where one is given."""
        ...

    def everything(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Yield (table, row) for all that is kept, tables in a fixed order, rows by their keys."""
        ...


class WritableTables(Tables, Protocol):
    """The same inside a unit of work, which alone writes."""

    def write(self, changes: Sequence[Change], before: Mapping[tuple[str, str], State]) -> None:
        """Write the rows and their keys; *before* tells which ids stand there already."""
        ...

    def known_events(self, ids: Sequence[str]) -> set[str]:
        """Return those event ids that are stored already."""
        ...

    def head(self) -> Head:
        """Return the last numbers given out, and keep others from giving out more until the end of the unit."""
        ...

    def append(self, unit: UnitRow | None, events: Sequence[EventRow], head: Head) -> None:
        """Add the unit (once) and its events, and move the head."""
        ...
