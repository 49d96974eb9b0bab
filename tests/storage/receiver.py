"""The far end of an outbox: it writes down each event that it gets, at once, and does one event's work once."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import attrs

from crmcore.ports import Delivery, Store
from crmcore.testing._store_records import card, told


@attrs.frozen
class Receipt:
    """One arrival: the event's number, its record and its id."""

    seq: int
    record: str
    event: str


@attrs.frozen
class Receiver:
    """A file to which each arrival is appended in one write, so that it outlives whoever is killed."""

    path: Path

    def take(self, delivery: Delivery) -> None:
        """Write down that it came."""
        stored = delivery.stored
        with self.path.open("ab", buffering=0) as file:
            file.write(f"{stored.seq} {stored.event.subject_id} {stored.event.id}\n".encode())

    def receipts(self) -> list[Receipt]:
        """Return every arrival, in order."""
        if not self.path.exists():
            return []
        lines = (line.split() for line in self.path.read_text().splitlines())
        return [Receipt(int(seq), record, event) for seq, record, event in lines]

    def firsts(self) -> list[Receipt]:
        """Return what is left when events that came before are passed over by their ids."""
        return list({receipt.event: receipt for receipt in reversed(self.receipts())}.values())[::-1]


def judged(receiver: Receiver, store: Store) -> dict[str, int]:
    """Compare what came with what was committed."""
    committed = {told.event.id for told in store.history.events()}
    receipts, firsts = receiver.receipts(), receiver.firsts()
    came = {receipt.event for receipt in receipts}
    of_record: dict[str, list[int]] = defaultdict(list)
    for receipt in sorted(firsts, key=receipts.index):
        of_record[receipt.record].append(receipt.seq)
    times: dict[str, int] = defaultdict(int)
    for receipt in receipts:
        times[receipt.event] += 1
    return {
        "events": len(committed),
        "missing": len(committed - came),
        "phantom": len(came - committed),
        "out of order": sum(numbers != sorted(numbers) for numbers in of_record.values()),
        "duplicates": len(receipts) - len(came),
        "most of one": max(times.values(), default=0),
    }


def kept(verdict: dict[str, int]) -> dict[str, int]:
    """Return the part of a verdict that a promise is about."""
    return {name: verdict[name] for name in ("missing", "phantom", "out of order")}


KEPT = {"missing": 0, "phantom": 0, "out of order": 0}


def tell(store: Store, number: int, *, records: int = 4, each: int = 3, undo: bool = False) -> None:
    """Tell some events in one unit with a key; or begin to, and undo it."""
    with store.unit(actor="suite", key=None if undo else f"unit-{number}") as unit:
        for place in range(each):
            event = f"{'undone' if undo else 'e'}-{number}-{place}"
            unit.emit(told(event, card(f"r-{(number + place) % records}")))
        if undo:
            raise ZeroDivisionError


def pending(store: Store) -> int:
    """Return how many deliveries are not settled."""
    return sum(table == "delivery" for table, _ in store.state())  # type: ignore[attr-defined] - ours have it


def reaped(child: int) -> int:
    """Wait for a forked process; return how it ended, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
