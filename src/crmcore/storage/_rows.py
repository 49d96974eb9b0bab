"""The rows that records become, and the few moves that a kind of table must know.

Everything above this line (checking versions, conflicts, batching, numbering, hashing) is written once, in `_unit` and
`_store`; memory and SQL differ below it only. Instants are texts of one width, see `_instants`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from crmcore.query import Expression, OrderBy, Scalar
    from crmcore.storage._facts import Facts

    Sealed: TypeAlias = Callable[[str], AbstractSet[str]]
    Judge: TypeAlias = Callable[["Sequence[RecordRow]"], Sequence[bool]]

__all__ = [
    "Change",
    "ChangeRow",
    "Claim",
    "EventRow",
    "Head",
    "KeyRow",
    "LoadableTables",
    "Question",
    "RecordRow",
    "Tables",
    "UnitRow",
    "WritableTables",
]


class RecordRow(NamedTuple):
    """A record as it lies in a table; without a payload it is the tombstone of a removed one."""

    kind: str
    id: str
    version: int
    schema_version: int
    payload: str | None
    salt: str
    """What keys the digests of its content, in hex."""


class Claim(NamedTuple):
    """A value that one record of a kind may hold at a time."""

    kind: str
    rule: str
    value: str


class Change(NamedTuple):
    """A row to write, what it is found by, and the claims that it gives up and takes."""

    row: RecordRow
    facts: Facts | None
    """None for a removal."""
    touched: frozenset[str]
    """In which parts its facts differ from what stood there: "" for the single-valued fields, else the collection."""
    released: tuple[Claim, ...]
    taken: tuple[Claim, ...]
    is_new: bool
    """Whether no row stands under the id, not even a tombstone."""


class ChangeRow(NamedTuple):
    """One change of one record, with what was there before."""

    seq: int
    unit: int
    kind: str
    id: str
    version: int
    action: str
    digest: str
    """Of the content after it."""
    before_version: int
    before_schema: int
    before: str | None

    def replaced(self, salt: str) -> RecordRow:
        """Return the row that the change replaced; version 0 where there was none."""
        return RecordRow(self.kind, self.id, self.before_version, self.before_schema, self.before, salt)


class EventRow(NamedTuple):
    """An event as it lies in a table."""

    seq: int
    unit: int
    id: str
    type: str
    subject_kind: str
    subject_id: str
    payload: str
    salt: str
    digest: str


class UnitRow(NamedTuple):
    """A committed unit of work; the hash stands last, see `_chain`."""

    number: int
    actor: str
    reason: str
    source: str
    key: str | None
    occurred_at: str
    recorded_at: str
    hash: str


class KeyRow(NamedTuple):
    """A data key as it lies in a table, wrapped; see :mod:`crmcore.storage.sealing`."""

    id: str
    subject_kind: str
    """Of whom it seals the values; "" for the tenant's own, which blind indexes are made with."""
    subject_id: str
    """For the tenant's own: from which sensitivity on its records are sealed."""
    number: int
    """Counts the keys of one subject; the highest seals new values."""
    wrapped_by: str
    wrapped: str | None
    """In hex; None once it was destroyed."""


class Head(NamedTuple):
    """The last numbers that a tenant gave out, and where its chain ends."""

    unit: int
    change: int
    event: int
    recorded_at: str
    hash: str


class Question(NamedTuple):
    """What a find asks: checked, resolved, in a whole order."""

    where: Expression | None
    order: tuple[OrderBy, ...]
    words: tuple[str, ...]
    """Folded words that it must have, the last one as a beginning; none asked for where it is empty."""
    after: tuple[tuple[Scalar | None, ...], str] | None
    """The values of the order and the id of the last record before this page."""
    limit: int
    judge: Judge | None = None
    """Says of some rows, as these tables give them, whether *where* is true: for what a database cannot say exactly."""
    sealed: Sealed | None = None
    """Says which fields of a kind lie sealed in the tables; none do where it is not given."""


class Tables(Protocol):
    """One tenant's rows, as of one moment."""

    def rows(self, kind: str, ids: Sequence[str]) -> Mapping[str, RecordRow]:
        """Return the rows under those ids, removed or not; an id that never was is left out."""
        ...

    def page(self, kind: str, after: str, limit: int, *, removed: bool = False) -> Sequence[RecordRow]:
        """Return the first *limit* rows past *after*, by id; with *removed*, tombstones too."""
        ...

    def select(self, kind: str, question: Question) -> Sequence[RecordRow]:
        """Return the rows that a question asks for, in its order."""
        ...

    def count(self, kind: str, question: Question) -> int:
        """Return how many rows a question asks for; its order, its limit and where it begins do not count."""
        ...

    def about(self, kind: str, ids: Sequence[str]) -> Sequence[EventRow]:
        """Return all events about those records; those about one of them in order."""
        ...

    def trail(self, kind: str, id: str) -> Sequence[ChangeRow]:  # noqa: A002 - the field's own name
        """Return all changes of one record, in order."""
        ...

    def before(self, kind: str, ids: Sequence[str], unit: int) -> Mapping[str, RecordRow]:
        """Return what stood under those ids after that unit, for those that were changed since."""
        ...

    def changes(self, after: int, limit: int, kind: str | None, id: str | None) -> Sequence[ChangeRow]:  # noqa: A002
        """Return the first *limit* changes past number *after*, of that record where one is given."""
        ...

    def told(self, after: int, limit: int, kind: str | None, id: str | None) -> Sequence[EventRow]:  # noqa: A002
        """Return the first *limit* events past number *after*, of that subject where one is given."""
        ...

    def units(self, after: int, limit: int) -> Sequence[UnitRow]:
        """Return the first *limit* units past number *after*."""
        ...

    def units_at(self, numbers: AbstractSet[int]) -> Mapping[int, UnitRow]:
        """Return the units with those numbers."""
        ...

    def unit_with_key(self, key: str) -> UnitRow | None:
        """Return the unit with that idempotency key."""
        ...

    def last_unit(self, recorded_at: str) -> int:
        """Return the number of the last unit that was recorded at that instant or before; 0: none."""
        ...

    def kinds(self) -> Sequence[str]:
        """Return the kinds of which there is or was a record, sorted."""
        ...

    def head_now(self) -> Head | None:
        """Return the last numbers given out; None before the first unit."""
        ...

    def secret(self) -> bytes:
        """Return the tenant's secret, which signs cursors; empty before the first unit."""
        ...

    def data_keys(self, ids: Sequence[str]) -> Mapping[str, KeyRow]:
        """Return the data keys of those ids."""
        ...

    def tenant_key(self) -> KeyRow | None:
        """Return the tenant's own key; None where its records are not sealed."""
        ...

    def check_sound(self) -> None:
        """Let the database check itself, its indexes too; raise StoreUnavailable where it is damaged."""
        ...

    def everything(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Yield (table, row) for all that is kept, tables in a fixed order, rows by their keys."""
        ...


class WritableTables(Tables, Protocol):
    """The same inside a unit of work, which alone writes."""

    def begin(self, secret: bytes) -> Head:
        """Return the last numbers given out, and hold others off; a first unit lays down the secret."""
        ...

    def write(self, changes: Sequence[Change]) -> None:
        """Write the rows, what they are found by, and their claims."""
        ...

    def holders(self, claims: AbstractSet[Claim]) -> Mapping[Claim, str]:
        """Return who holds those claims; a free one is left out."""
        ...

    def held(self, kind: str, ids: Sequence[str]) -> Mapping[str, tuple[Claim, ...]]:
        """Return the claims that those records hold; one that holds none is left out."""
        ...

    def known_events(self, ids: Sequence[str]) -> AbstractSet[str]:
        """Return those event ids that are stored already."""
        ...

    def current_keys(self, subjects: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], KeyRow]:
        """Return the latest data key of each (kind, id) that has one."""
        ...

    def add_keys(self, rows: Sequence[KeyRow]) -> None:
        """Add data keys."""
        ...

    def begin_unit(self, unit: UnitRow) -> None:
        """Add the unit, before anything that it wrote."""
        ...

    def add_changes(self, rows: Sequence[ChangeRow]) -> None:
        """Add to the history."""
        ...

    def add_events(self, rows: Sequence[EventRow]) -> None:
        """Add what happened."""
        ...

    def finish_unit(self, unit: UnitRow, head: Head) -> None:
        """Write the unit's hash, and move the head."""
        ...


class LoadableTables(Tables, Protocol):
    """The same while an empty tenant is filled with the rows of another: they come with their numbers and hashes."""

    def begin_load(self, secret: bytes) -> bool:
        """Hold others off, lay down the secret, and say whether nothing at all is kept yet."""
        ...

    def write(self, changes: Sequence[Change]) -> None:
        """Add records, all new and without claims, and what they are found by."""
        ...

    def load(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows of any other table, as :meth:`Tables.everything` named and ordered them."""
        ...

    def finish_unit(self, unit: UnitRow, head: Head) -> None:
        """Move the head to the last unit."""
        ...
