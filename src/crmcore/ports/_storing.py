"""The sockets for where records live: a store, its units of work, its history and its outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet
    from contextlib import AbstractContextManager
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.record import Record
    from crmcore.query import Expression
    from crmcore.stored import (
        Checkpoint,
        Delivery,
        Page,
        RecordVersion,
        StoreCapability,
        StoredChange,
        StoredEvent,
        StoredUnit,
    )

__all__ = ["History", "Outbox", "Reader", "Store", "UnitOfWork"]

R = TypeVar("R", bound="Record")


class Reader(Protocol):
    """Reads records."""

    def get(self, kind: type[R], id: str) -> R:  # noqa: A002 - the field's own name
        """Return the record; raise :class:`~crmcore.errors.NotFound`."""
        ...

    def find(
        self,
        kind: type[R],
        where: Expression | None = None,
        *,
        words: str = "",
        order_by: str | Sequence[str] = (),
        limit: int = 100,
        after: str | None = None,
    ) -> Page[R]:
        """Return one page of the records for which *where* is true.

        Args:
            kind: the records.
            where: a question such as ``F.email == "ada@example.org"``; None for all. It may list any number of ids.
            words: words that must stand in the texts of :attr:`~crmcore.model.Record.searched`, in any order, whatever
                their case, accents or script; the last one may be the beginning of a word. An index finds them.
            order_by: keys of single-valued fields of the kind, with a leading ``-`` for descending; records without a
                value come last either way, ties are in the order of the ids.
            limit: records on the page, 1 to 10,000.
            after: the cursor of the page before, for the same question in the same order. Pages partition the answer:
                a record whose values do not change meanwhile comes exactly once.

        Raises:
            InputError: an unknown field, a value of the wrong type, a limit that is no such number, or a cursor that is
                no text, foreign or tampered with.

        """
        ...

    def stream(self, kind: type[R], where: Expression | None = None, *, after: str = "") -> Iterator[R]:
        """Yield all records of the kind for which *where* is true, with an id greater than *after*, by id.

        Stable under writes: ids only rise, none comes twice, and a record that is there all the while comes once. One
        that is put or removed meanwhile comes as it was or as it is, or not at all.
        """
        ...

    def count(self, kind: type[Record], where: Expression | None = None, *, words: str = "") -> int:
        """Return how many records of the kind there are for which *where* is true, and that have the words."""
        ...


class UnitOfWork(Reader, Protocol):
    """Changes that become visible together, or not at all.

    Its reads see its own changes, and otherwise one unchanging state. It belongs to the thread that began it. A unit
    that raised Conflict, or any StoreError but the NotFound of a get, is over: nothing of it is kept, whatever the
    block does next. An InputError harms nothing.
    """

    @property
    def number(self) -> int:
        """The number that it gets when it is committed: the one after the last that was; nobody else commits meanwhile.

        Whoever decided by what was read before can tell by it that something was committed since.
        """
        ...

    def put(self, record: R) -> R:
        """Write the record over the version that it carries (0: it must be new); return it with its new version.

        Raises:
            Conflict: another version is stored. Raised here if the unit knows that version (it read or wrote the
                record), else by a later call or, at the latest, at the end of the block.
            Taken: another record holds one of its :meth:`~crmcore.model.Record.unique_keys`; raised as Conflict is.
            InputError: a value that no store keeps; nothing was written.

        """
        ...

    def remove(self, record: R) -> R:
        """Take the record away; return it with the version that a put needs to bring it back.

        Its history stays. The version goes on counting, so nobody who holds an old copy can overwrite an id that came
        back.

        Raises:
            NotFound: it is not there (any more); raised as Conflict is.
            Conflict: another version is stored.

        """
        ...

    def emit(self, event: Event) -> None:
        """Tell what happened, in the same commit; an event's id that is already stored is a Conflict."""
        ...


class History(Protocol):
    """What was, who changed it and why; nothing here changes anything.

    A number past which to begin is a whole one from 0 to 2**63 - 1; anything else is an InputError once it is followed.
    """

    def units(self, *, after: int = 0) -> Iterator[StoredUnit]:
        """Yield the committed units of work past number *after*, in order."""
        ...

    def changes(
        self,
        kind: type[Record] | None = None,
        id: str | None = None,  # noqa: A002 - the field's own name
        *,
        after: int = 0,
    ) -> Iterator[StoredChange]:
        """Yield the changes (of records of the *kind*, of the one with the *id*) past number *after*, in order.

        This is the feed for whoever keeps a copy: it tells of removals too, and its numbers are cursors.
        """
        ...

    def events(
        self,
        kind: type[Record] | None = None,
        id: str | None = None,  # noqa: A002 - the field's own name
        *,
        after: int = 0,
    ) -> Iterator[StoredEvent]:
        """Yield what happened (to records of the *kind*, to the one with the *id*) past number *after*, in order."""
        ...

    def versions(self, kind: type[R], id: str) -> Sequence[RecordVersion[R]]:  # noqa: A002 - the field's own name
        """Return every state of a record that was recorded, oldest first; empty where there never was one."""
        ...

    def as_of(self, instant: datetime, *, in_hindsight: bool = False) -> Reader:
        """Return a reader of the state at an instant.

        Args:
            instant: aware.
            in_hindsight: False: what the store held at that instant, which later changes never alter. True: what was
                true at that instant by all that is known now, back-dated facts included.

        """
        ...

    def verify(self, *, since: Checkpoint | None = None) -> Checkpoint:
        """Check every hash from the first unit to the last, and return how far they reach.

        Args:
            since: an earlier answer that was kept elsewhere; without one, a cut tail cannot be seen.

        Raises:
            Tampered: names the first unit at which the history is not what was written.

        """
        ...


class Outbox(Protocol):
    """Hands committed events to consumers: each at least once, those of one record in order, none of an undone unit.

    A consumer is a name, such as ``webhooks``; each hears every event by itself. Nobody has to be there when the event
    is told.
    """

    def claim(
        self, consumer: str, *, limit: int = 10, seconds: float = 60.0, after: int | None = 0
    ) -> Sequence[Delivery]:
        """Lease the next events that are due; of one record, one at a time.

        Args:
            consumer: 1 to 100 printable ASCII characters.
            limit: events at most, 1 to 1,000; none at all means that nothing is due.
            seconds: how long they are this worker's, 0 to 604,800. What is not settled by then is handed out again,
                with the next attempt and a higher fence.
            after: where a consumer begins of which the store hears for the first time: past the event of that number,
                or, with None, with the events that are still to come. A known one goes on where it was.

        Raises:
            OutcomeUnknown: the connection was lost during the commit. What was leased comes again later; so does what
                was being settled, unless it was.

        """
        ...

    def settle(self, delivery: Delivery) -> None:
        """Say that it was handled; raise LeaseLost where it is another worker's by now, or not there any more."""
        ...

    def retry(self, delivery: Delivery, *, error: str, at: datetime | None) -> None:
        """Say that handling failed: try again at that instant, or never (None: it is laid aside as dead).

        The error is kept up to 1,000 letters, what no store can keep in it replaced; raises LeaseLost as settle does.
        Later events of the record wait for a retry; they do not wait for a dead one.
        """
        ...

    def dead(self, consumer: str, *, after: int = 0) -> Iterator[tuple[StoredEvent, str]]:
        """Yield what was laid aside, with the error, by event number."""
        ...

    def revive(self, consumer: str, seq: int) -> None:
        """Make a dead one due again, its attempts counted anew; raise NotFound where there is none of that number.

        It comes before the later events of its record that still wait, though not before one that a worker has.
        """
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

    @property
    def capabilities(self) -> AbstractSet[StoreCapability]:
        """What it can do beyond the port."""
        ...

    @property
    def history(self) -> History:
        """What was, who changed it and why."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The events that wait for consumers."""
        ...

    def unit(
        self,
        *,
        actor: str,
        reason: str = "",
        source: str = "",
        key: str | None = None,
        occurred_at: datetime | None = None,
    ) -> AbstractContextManager[UnitOfWork]:
        """Begin a unit of work; leaving the block commits it, an exception undoes it.

        Args:
            actor: who does it.
            reason: why, in words.
            source: where it came from, such as a file or another system.
            key: an idempotency key of the caller's: whatever happens, one unit with that key is committed, once.
            occurred_at: when it became true, if before now: a back-dated fact.

        Raises:
            AlreadyDone: a unit with that key was committed before; nothing was done now.
            OutcomeUnknown: the connection was lost during the commit, and the store cannot be asked. Begin it again
                with the same key: AlreadyDone then says that it was committed.

        """
        ...

    def close(self) -> None:
        """Release what the store holds; using it afterwards raises StoreClosed."""
        ...
