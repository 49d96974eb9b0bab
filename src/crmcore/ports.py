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

__all__ = ["Batch", "Cell", "Clock", "NewId", "Reader", "RowReject", "Source", "Store", "UnitOfWork"]

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

    def __call__(self) -> str: ...


@attrs.frozen(kw_only=True)
class RowReject:
    """One row, or one cell of a row, that could not go in, and why.

    Attributes:
        line: 1-based line of the file (row of the sheet) where the row starts.
        column: the header of the column at fault, or None for the whole row.
        code: a stable word for the cause, such as ``too-many-cells``.
        message: the cause and what to do, as a sentence.
        raw: what stood there, cut to 200 characters.

    """

    line: int
    column: str | None
    code: str
    message: str
    raw: str = ""


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


class Reader(Protocol):
    """Reads records."""

    def get(self, kind: type[R], id: str) -> R:  # noqa: A002 - the field's own name
        """Return the record; raise :class:`~crmcore.errors.NotFound`."""
        ...

    def find(self, kind: type[R], field: str, value: str) -> Sequence[R]:
        """Return the records whose :meth:`~crmcore.model.Record.lookup_keys` hold (*field*, *value*), by id."""
        ...

    def stream(self, kind: type[R], *, after: str = "") -> Iterator[R]:
        """Yield all records of the kind with an id greater than *after*, in the order of their ids."""
        ...


class UnitOfWork(Reader, Protocol):
    """Changes that become visible together, or not at all."""

    def put(self, record: R) -> R:
        """Write the record over the version that it carries (0: it must be new); return it with its new version.

        Raises:
            Conflict: another version is stored.

        """
        ...

    def remove(self, record: Record) -> None:
        """Take the record away; raise Conflict if another version is stored."""
        ...

    def emit(self, event: Event) -> None:
        """Tell what happened, in the same commit."""
        ...


class Store(Reader, Protocol):
    """Where the records of one tenant live."""

    @property
    def tenant(self) -> str:
        """The tenant that this store was opened for; it cannot reach another."""
        ...

    def unit(self, *, actor: str, reason: str = "") -> AbstractContextManager[UnitOfWork]:
        """Begin a unit of work; leaving the block commits it, an exception undoes it."""
        ...

    def close(self) -> None:
        """Release what the store holds; using it afterwards raises StoreClosed."""
        ...
