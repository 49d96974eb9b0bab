"""Every socket that a host may plug something into, on one page.

Ports speak of records, never of SQL or HTTP; each has at most six verbs. An adapter is any object of the right shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.record import Record

__all__ = ["Batch", "Cell", "Clock", "NewId", "Reader", "RowReject", "Source", "Store", "StoredEvent", "UnitOfWork"]

R = TypeVar("R", bound="Record")

Cell = str | tuple[str, ...] | None
"""One cell of a table: text, several texts, or nothing."""


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        ...


class NewId(Protocol):
    """Makes identifiers that no other record has."""

    def __call__(self) -> str:
        """Return one that was never returned before."""
        ...


@attrs.frozen(kw_only=True)
class RowReject:
    """One row, or one cell of a row, that could not go in, and why.

    Attributes:
        line: 1-based line of the file (row of the sheet) where the row starts.
        column: the header of the column at fault, or None where it is the row as a whole.
        code: a stable word for the cause, such as ``too-many-cells``.
        message: the cause and what to do, as a sentence.
        raw: what stood there, cut to 200 characters.
        whole_row: whether the whole row is left out, or the cell only; a fault of one cell may cost the row.
        row: the 0-based number of a row that is left out, where lines do not tell (several objects on one line).
        source: what provenance calls the file or system; "" where there is only one.

    """

    line: int
    column: str | None
    code: str
    message: str
    raw: str = ""
    whole_row: bool = attrs.field(default=attrs.Factory(lambda self: self.column is None, takes_self=True))
    row: int | None = None
    source: str = ""


@attrs.frozen(kw_only=True)
class Batch:
    """Some consecutive rows of a source, column by column.

    Attributes:
        columns: header -> one cell a row; None where the cell is empty; a tuple where a cell holds several values.
        lines: the 1-based line of the file on which each row starts.

    """

    columns: Mapping[str, Sequence[Cell]]
    lines: Sequence[int]


class Source(Protocol):
    """Rows from outside: a file, an export, another system."""

    @property
    def name(self) -> str:
        """What provenance calls it, such as a file's name."""
        ...

    @property
    def header(self) -> tuple[str, ...]:
        """Column names, unique, in the order of the source."""
        ...

    def batches(self, size: int = 10_000) -> Iterator[Batch]:
        """Yield the rows in order, *size* at a time; may be called again to start over."""
        ...

    @property
    def rejects(self) -> Sequence[RowReject]:
        """Rows that were left out by the latest pass so far."""
        ...


@attrs.frozen(kw_only=True)
class StoredEvent:
    """An event as the store keeps it: numbered, and with the unit of work that told it.

    Attributes:
        seq: its place among all events of the tenant: 1, 2, 3 ... in the order of the commits, without gaps.
        unit: the number of the unit of work that told it.
        actor: who began that unit.
        reason: why, as the unit was told.
        event: what happened.

    """

    seq: int
    unit: int
    actor: str
    reason: str
    event: Event


class Reader(Protocol):
    """Reads records."""

    def get(self, kind: type[R], id: str) -> R:  # noqa: A002 - the field's own name
        """Return the record; raise :class:`~crmcore.errors.NotFound`."""
        ...

    def find(self, kind: type[R], field: str, value: str) -> Sequence[R]:
        """Return the records whose :meth:`~crmcore.model.Record.lookup_keys` hold (*field*, *value*), by id."""
        ...

    def stream(self, kind: type[R], *, after: str = "") -> Iterator[R]:
        """Yield all records of the kind with an id greater than *after*, in the order of their ids.

        Stable under writes: ids only rise, none comes twice, and a record that is there all the while comes once. One
        that is put or removed meanwhile comes as it was or as it is, or not at all.
        """
        ...


class UnitOfWork(Reader, Protocol):
    """Changes that become visible together, or not at all.

    Its reads see its own changes, and otherwise one unchanging state. It belongs to the thread that began it. A unit
    that raised Conflict, or any StoreError but the NotFound of a get, is over: nothing of it is kept, whatever the
    block does next. An InputError harms nothing.
    """

    def put(self, record: R) -> R:
        """Write the record over the version that it carries (0: it must be new); return it with its new version.

        Raises:
            Conflict: another version is stored. Raised here if the unit knows that version (it read or wrote the
                record), else by a later call or, at the latest, at the end of the block.
            InputError: a value that no store keeps; nothing was written.

        """
        ...

    def remove(self, record: R) -> R:
        """Take the record away; return it with the version that a put needs to bring it back.

        The version goes on counting, so nobody who holds an old copy can overwrite an id that came back.

        Raises:
            NotFound: it is not there (any more); raised as Conflict is.
            Conflict: another version is stored.

        """
        ...

    def emit(self, event: Event) -> None:
        """Tell what happened, in the same commit; an event's id that is already stored is a Conflict."""
        ...


class Store(Reader, Protocol):
    """Where the records of one tenant live.

    Reads see committed units only. A store may be shared by threads, each with its own unit, one after the other;
    inside a thread's unit, reading goes through the unit. A child process opens its own.
    """

    @property
    def tenant(self) -> str:
        """The tenant that this store was opened for; it cannot reach another."""
        ...

    def unit(self, *, actor: str, reason: str = "") -> AbstractContextManager[UnitOfWork]:
        """Begin a unit of work; leaving the block commits it, an exception undoes it."""
        ...

    def events(
        self,
        kind: type[Record] | None = None,
        id: str | None = None,  # noqa: A002 - the field's own name
        *,
        after: int = 0,
    ) -> Iterator[StoredEvent]:
        """Yield what happened (to records of the *kind*, to the one with the *id*), in order, past number *after*."""
        ...

    def close(self) -> None:
        """Release what the store holds; using it afterwards raises StoreClosed."""
        ...
