"""The outbox of one tenant, over any tables: events are the log, deliveries are what a consumer has still to settle.

Writers pay nothing: a claim itself fetches the events that came since, in short transactions of its own.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from crmcore._numbers import LAST_NUMBER, whole_number
from crmcore.errors import InputError, LeaseLost, NotFound
from crmcore.ports import Delivery
from crmcore.storage._faults import point
from crmcore.storage._history import stored_event
from crmcore.storage._instants import instant_of, text_of
from crmcore.storage._outbox_rows import AT_ONCE, BEHIND, DEAD, DUE, FREE, ConsumerRow, DeliveryRow, OutboxTables
from crmcore.storage._reading import PAGE
from crmcore.storage._told import units_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from crmcore.ports import Clock, Entropy, StoredEvent
    from crmcore.storage.codec import Codec

__all__ = ["Delivering", "TenantOutbox"]

PULLED = 500
"""Events that one transaction fetches at most, unless more are asked for."""
MOST = 1000
"""Deliveries in one claim."""
LONGEST = 7 * 24 * 3600.0
"""Seconds of a lease; an event whose worker died waits so long."""
LONGEST_ERROR = 1000
"""Letters of what went wrong."""
SECRET = 32
PLACE = "the number of an event"
LONG_AGO = "0"
"""Sorts after AT_ONCE and before every instant."""

_NAME = re.compile(r"[\x21-\x7e]{1,100}")
_NEVER_KEPT = re.compile("[\0\ud800-\udfff]")


class Delivering(Protocol):
    """Gives the tables of the outbox, in a transaction that is committed when the block ends well."""

    def __call__(self, *, writes: bool) -> AbstractContextManager[OutboxTables]:
        """Begin; without *writes* nothing waits for it, and it waits for nothing."""
        ...


class TenantOutbox:
    """The one adapter of :class:`crmcore.ports.Outbox`."""

    def __init__(
        self, codec: Codec, clock: Clock, entropy: Entropy, delivering: Delivering, check: Callable[[str], None]
    ) -> None:
        """Work through *delivering*; *check* raises where the store is closed or busy with a unit of this thread."""
        self._codec = codec
        self._clock = clock
        self._entropy = entropy
        self._delivering = delivering
        self._check = check

    def claim(
        self, consumer: str, *, limit: int = 10, seconds: float = 60.0, after: int | None = 0
    ) -> Sequence[Delivery]:
        """Lease the next events that are due, for so many seconds; of one record, one at a time."""
        _check_wish(consumer, limit, seconds, after)
        if self._is_idle(consumer):
            return ()
        while True:
            now = self._clock.now()
            until = text_of(now + timedelta(seconds=seconds))
            with self._changing() as tables:
                at = tables.consumer(consumer) or self._found(tables, consumer, after)
                last = tables.last_event()
                rows, at = _leased(tables, at, last, now=text_of(now), until=until, limit=limit)
                deliveries = self._handed_out(tables, rows)
            if deliveries or at.position >= last:
                return deliveries

    def settle(self, delivery: Delivery) -> None:
        """Say that it was handled."""
        with self._held(delivery) as (tables, row):
            tables.drop(row)
            _promote(tables, row)

    def retry(self, delivery: Delivery, *, error: str, at: datetime | None) -> None:
        """Say that handling failed: try again at that instant, or never."""
        due_at = None if at is None else text_of(at)
        failed = _NEVER_KEPT.sub("\N{REPLACEMENT CHARACTER}", error)[:LONGEST_ERROR]
        with self._held(delivery) as (tables, row):
            free = row._replace(fence=FREE, error=failed)
            if due_at is not None:
                tables.rewrite([free._replace(due_at=due_at)])
                return
            tables.rewrite([free._replace(state=DEAD, due_at=AT_ONCE)])
            _promote(tables, row)

    def dead(self, consumer: str, *, after: int = 0) -> Iterator[tuple[StoredEvent, str]]:
        """Yield what was laid aside, with the error, by event number."""
        _check_name(consumer)
        after = whole_number(after, of=PLACE)
        while True:
            self._check("read the outbox")
            with self._delivering(writes=False) as tables:
                rows = tables.dead(consumer, after, PAGE)
                events = self._stored(tables, rows)
            if not rows:
                return
            for row in rows:
                yield events[row.seq], row.error
            after = rows[-1].seq

    def revive(self, consumer: str, seq: int) -> None:
        """Make a dead one due again, its attempts counted anew; raise NotFound where there is none of that number."""
        _check_name(consumer)
        if isinstance(seq, bool) or not isinstance(seq, int):
            raise InputError(f"{PLACE} is a whole number, not of type {type(seq).__name__}")
        now = text_of(self._clock.now())
        with self._changing() as tables:
            known = 0 < seq <= LAST_NUMBER and tables.consumer(consumer) is not None
            row = tables.delivery(consumer, seq) if known else None
            if row is None or row.state != DEAD:
                raise NotFound(f"dead delivery to {consumer!r}", str(seq))
            tables.rewrite(_revived(tables, row, now))

    def _is_idle(self, consumer: str) -> bool:
        """Say whether there is nothing to claim; only reads, so that workers who wait disturb nobody."""
        self._check("use the outbox")
        now = text_of(self._clock.now())
        with self._delivering(writes=False) as tables:
            at = tables.consumer(consumer, hold=False)
            return at is not None and at.position >= tables.last_event() and not tables.due(consumer, AT_ONCE, now, 1)

    @contextmanager
    def _changing(self) -> Iterator[OutboxTables]:
        self._check("use the outbox")
        with self._delivering(writes=True) as tables:
            yield tables
            point("outbox.before_commit")
        point("outbox.after_commit")

    @contextmanager
    def _held(self, delivery: Delivery) -> Iterator[tuple[OutboxTables, DeliveryRow]]:
        """Give the row of a delivery that is still this worker's; whoever leased it since has a higher fence."""
        consumer, seq = delivery.consumer, delivery.stored.seq
        _check_name(consumer)
        with self._changing() as tables:
            row = tables.delivery(consumer, seq) if tables.consumer(consumer) is not None else None
            if row is None or row.fence == FREE or row.fence != delivery.fence:
                raise LeaseLost(consumer=consumer, seq=seq)
            yield tables, row

    def _found(self, tables: OutboxTables, consumer: str, after: int | None) -> ConsumerRow:
        last = tables.last_event()
        if after is not None and after > last:
            raise InputError(f"a new consumer cannot begin past event {after}: the last one is {last}")
        return tables.found(consumer, after, self._entropy(SECRET))

    def _handed_out(self, tables: OutboxTables, rows: Sequence[DeliveryRow]) -> tuple[Delivery, ...]:
        events = self._stored(tables, rows)
        return tuple(
            Delivery(
                consumer=row.consumer,
                stored=events[row.seq],
                attempt=row.attempts,
                fence=row.fence,
                leased_until=instant_of(row.due_at),
            )
            for row in rows
        )

    def _stored(self, tables: OutboxTables, rows: Sequence[DeliveryRow]) -> Mapping[int, StoredEvent]:
        told = tables.told_at({row.seq for row in rows})
        units = units_of(tables, list(told.values()))
        return {seq: stored_event(self._codec, event, units[event.unit]) for seq, event in told.items()}


def _leased(
    tables: OutboxTables, at: ConsumerRow, last: int, *, now: str, until: str, limit: int
) -> tuple[Sequence[DeliveryRow], ConsumerRow]:
    """Lease what is due, by number; fetch more of the log only if too little is at hand."""
    late = tables.due(at.consumer, LONG_AGO, now, limit)
    fresh = tables.due(at.consumer, AT_ONCE, AT_ONCE, limit)
    moved = at
    if len(late) + len(fresh) < limit and at.position < last:
        moved = at._replace(position=min(last, at.position + max(limit, PULLED)))
        tables.pull(at.consumer, at.position, moved.position)
        fresh = tables.due(at.consumer, AT_ONCE, AT_ONCE, limit)
    rows = [
        row._replace(due_at=until, fence=fence, attempts=row.attempts + 1)
        for fence, row in enumerate(_fair(late, fresh, limit, turn=at.fence), start=at.fence + 1)
    ]
    moved = moved._replace(fence=at.fence + len(rows))
    if moved != at:
        tables.rewrite(rows)
        tables.move(moved)
    return rows, moved


def _fair(late: Sequence[DeliveryRow], fresh: Sequence[DeliveryRow], limit: int, *, turn: int) -> Sequence[DeliveryRow]:
    """Share the places between retries and new ones, so that neither keeps the other out for ever; by number."""
    half = (limit + turn % 2) // 2
    again = late[: max(half, limit - len(fresh))]
    return sorted([*again, *fresh[: limit - len(again)]], key=lambda row: row.seq)


def _promote(tables: OutboxTables, row: DeliveryRow) -> None:
    """Let the next of the record be due, now that this one is out of the way."""
    if row.state == DUE and (heir := tables.first(row.consumer, row.subject_kind, row.subject_id, BEHIND)) is not None:
        tables.rewrite([heir._replace(state=DUE)])


def _revived(tables: OutboxTables, row: DeliveryRow, now: str) -> Sequence[DeliveryRow]:
    """Return what changes: it goes before later ones of its record, but not before one that a worker has in hand."""
    fresh = row._replace(state=DUE, due_at=AT_ONCE, attempts=0, error="")
    first = tables.first(row.consumer, row.subject_kind, row.subject_id, DUE)
    if first is None:
        return [fresh]
    if first.seq < row.seq or (first.fence != FREE and first.due_at > now):
        return [fresh._replace(state=BEHIND)]
    return [fresh, first._replace(state=BEHIND)]


def _check_wish(consumer: object, limit: object, seconds: object, after: object) -> None:
    _check_name(consumer)
    whole_number(limit, of="how many events a claim takes", least=1, most=MOST)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= LONGEST:
        raise InputError(f"a lease lasts 0 to {LONGEST:,.0f} seconds")
    if after is not None:
        whole_number(after, of=PLACE)


def _check_name(consumer: object) -> None:
    if not isinstance(consumer, str) or not _NAME.fullmatch(consumer):
        raise InputError(
            f"a consumer is named by 1 to 100 printable ASCII characters without blanks, not {consumer!a:.120}"
        )
