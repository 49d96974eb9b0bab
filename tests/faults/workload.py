"""The mixed workload that every fault is tried on: each step is one commit, and the same bytes whenever it is done.

A step depends on nothing but what the store holds, so that it can be begun again after a fault by another process.
Time and randomness are set by the number of the step; so each prefix of the workload is one state, salts and hashes
included.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import ClassVar

import attrs

from crmcore.errors import AlreadyDone
from crmcore.model.channels import EmailAddress, PhoneNumber
from crmcore.model.contact import ContactRecord
from crmcore.model.events import Event
from crmcore.model.field import FieldSpec, one
from crmcore.model.names import PersonName
from crmcore.model.record import Record
from crmcore.ports import Delivery, Store
from crmcore.query import F
from crmcore.storage import Codec, MemoryStore, SqlStore
from crmcore.testing import ManualClock
from crmcore.testing.stores import Card, Memo

__all__ = ["BULK", "CODEC", "STEPS", "TENANT", "WITNESS", "Bid", "Chance", "Setting", "acknowledged", "told"]

TENANT = "acme"
WITNESS = "witness"
DAY_ONE = datetime(2026, 1, 1, 9, tzinfo=UTC)
MANY = 1050
"""Records of the bulk unit; more than are written at a time."""


class Bid(Record):
    """A person's application for a job; one of the two may be active at a time."""

    kind: ClassVar[str] = "suite_bid"
    fields: ClassVar[tuple[FieldSpec, ...]] = (one("person", is_indexed=True), one("job"))

    person: str
    job: str
    is_active: bool = True

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """Yield the pair while the application is active."""
        if self.is_active:
            yield "active application", f"{self.person} {self.job}"


CODEC = Codec([ContactRecord, Card, Memo, Bid])


class Chance:
    """Randomness that is the same whenever a step is begun."""

    def __init__(self) -> None:
        self._seed = b""
        self._drawn = 0

    def begin(self, step: int) -> None:
        """Start the sequence of a step."""
        self._seed, self._drawn = step.to_bytes(4, "big"), 0

    def __call__(self, size: int, /) -> bytes:
        """Return the next bytes."""
        self._drawn += 1
        block = sha256(self._seed + self._drawn.to_bytes(8, "big")).digest()
        return (block * (size // len(block) + 1))[:size]


@attrs.frozen(kw_only=True)
class Setting:
    """The time and the chance that a store of the workload is opened with."""

    clock: ManualClock = attrs.field(factory=lambda: ManualClock(DAY_ONE))
    chance: Chance = attrs.field(factory=Chance)

    def memory(self) -> MemoryStore:
        """Return an empty store in memory."""
        return MemoryStore(tenant=TENANT, codec=CODEC, clock=self.clock, entropy=self.chance)

    def open(self, where: object, *, timeout: float = 5.0, durability: str = "full") -> SqlStore:
        """Open a store in a database."""
        return SqlStore(
            where,  # type: ignore[arg-type]
            tenant=TENANT,
            codec=CODEC,
            timeout=timeout,
            durability=durability,
            clock=self.clock,
            entropy=self.chance,
        )

    def testify(self, store: SqlStore, log: Path) -> None:
        """Commit a unit of another tenant in the same database, and acknowledge it.

        A process that is about to be killed does it first, so that each kill has a commit right before it to lose.
        """
        number = acknowledged(log)
        witness = SqlStore(store._database._engine, tenant=WITNESS, codec=CODEC)
        with witness, witness.unit(actor="witness") as unit:
            unit.put(Memo(id=f"w-{number:06}"))
        _acknowledge(log, number)

    def do(self, store: Store, step: int) -> None:
        """Do one step; steps count from 0."""
        self.chance.begin(step)
        self.clock.set(DAY_ONE + timedelta(hours=step))
        STEPS[step](store)

    def run(self, store: Store, *, first: int = 0, last: int | None = None, log: Path | None = None) -> None:
        """Do steps and acknowledge each, on the disk, as soon as it has returned."""
        for step in range(first, len(STEPS) if last is None else last):
            self.do(store, step)
            if log is not None:
                _acknowledge(log, step)


def _acknowledge(log: Path, step: int) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(file, b"%d\n" % step)
        os.fsync(file)
    finally:
        os.close(file)


def acknowledged(log: Path) -> int:
    """Return how many steps were acknowledged."""
    return int(log.read_text().split()[-1]) + 1 if log.exists() else 0


def told(id: str, subject: Record, kind: str = "suite.changed") -> Event:  # noqa: A002 - the field's own name
    """Return an event about a record."""
    return Event(
        id=id,
        type=kind,
        subject_kind=subject.kind,
        subject_id=subject.id,
        occurred_at=DAY_ONE,
        recorded_at=DAY_ONE,
        actor="suite",
        data={"version": subject.version},
    )


def _person(number: int) -> ContactRecord:
    email = f"p{number}@home.example"
    return ContactRecord(
        id=f"p-{number}",
        name=PersonName(given=f"Ada {number}", family="Lovelace"),
        headline="Analyst " * 30,
        emails=(EmailAddress(raw=email, normal=email, type="home", is_primary=True),),
        phones=(PhoneNumber(raw=f"+31 6 1234567{number}", normal=f"+316123456{number:02}"),),
        tags=("python", f"team {number % 3}"),
    )


def _arrive(store: Store) -> None:
    with store.unit(actor="import", reason="first people", source="people.csv") as unit:
        for number in range(6):
            unit.emit(told(f"arrived-{number}", unit.put(_person(number)), "contact.created"))


def _apply(store: Store) -> None:
    with store.unit(actor="recruiter") as unit:
        for number in range(4):
            unit.put(Bid(id=f"b-{number}", person=f"p-{number}", job="j-1"))


def _patch(number: int) -> Callable[[Store], None]:
    def patch(store: Store) -> None:
        with store.unit(actor="recruiter", reason="phone screen") as unit:
            person = unit.get(ContactRecord, f"p-{number % 6}")
            email = f"new{number}@work.example"
            person = person.add(EmailAddress(raw=email, normal=email, type="work", is_primary=True))
            unit.emit(told(f"patched-{number}", unit.put(person), "contact.changed"))

    return patch


def _remove(store: Store) -> None:
    with store.unit(actor="recruiter", reason="by mistake") as unit:
        unit.emit(told("removed", unit.remove(unit.get(ContactRecord, "p-2")), "contact.removed"))
        unit.remove(unit.get(Bid, "b-2"))


def _restore(store: Store) -> None:
    gone = store.history.versions(ContactRecord, "p-2")
    with store.unit(actor="recruiter", reason="it was a mistake") as unit:
        whole = next(version.record for version in reversed(gone) if version.record is not None)
        unit.put(whole.model_copy(update={"version": gone[-1].change.version}))


def _hand_over(store: Store) -> None:
    with store.unit(actor="recruiter", reason="withdrew, then again") as unit:
        bid = unit.get(Bid, "b-0")
        unit.put(bid.model_copy(update={"is_active": False}))
        unit.put(Bid(id="b-10", person=bid.person, job=bid.job))
        other = unit.get(Bid, "b-1")
        unit.put(other.model_copy(update={"job": "j-2"}))


def _keyed(store: Store) -> None:
    with store.unit(actor="import", key="run-1", source="cards.csv") as unit:
        for number in range(8):
            emails = (f"{number}@x.example", "shared@x.example")
            unit.put(Card(id=f"c-{number}", name=f"Card {number}", emails=emails))
        unit.put(Memo(id="run-1", text="8 cards"))


def _keyed_again(store: Store) -> None:
    try:
        _keyed(store)
    except AlreadyDone:
        with store.unit(actor="import", key="run-2", source="more.csv") as unit:
            unit.put(Card(id="c-20", name="Late", emails=("late@x.example",)))
    else:
        raise AssertionError("the key was forgotten")


def _back_date(store: Store) -> None:
    with store.unit(actor="recruiter", occurred_at=DAY_ONE - timedelta(days=30)) as unit:
        person = unit.get(ContactRecord, "p-3")
        unit.put(person.evolve(headline="Mathematician"))


def _merge(store: Store) -> None:
    with store.unit(actor="steward", reason="one person") as unit:
        survivor, *doubles = unit.find(Card, F.email == "shared@x.example")
        for double in doubles[:3]:
            unit.remove(double)
        merged = unit.put(survivor.model_copy(update={"emails": ("one@x.example", "two@x.example")}))
        unit.get(Card, merged.id)
        unit.put(merged.model_copy(update={"name": "Merged"}))
        unit.put(Memo(id="merge-1", text="4 to 1"))
        for number in range(3):
            unit.emit(told(f"merged-{number}", merged, "card.merged"))


def _tell(store: Store) -> None:
    card = store.get(Card, "c-20")
    with store.unit(actor="suite") as unit:
        unit.emit(told("seen-1", card, "card.seen"))
        unit.emit(told("seen-2", card, "card.seen"))


def _take_in_many(store: Store) -> None:
    with store.unit(actor="import", key="bulk", source="bulk.csv") as unit:
        for number in range(MANY):
            unit.put(Memo(id=f"m-{number:05}", text=f"note {number}"))
        unit.emit(told("bulk", Memo(id="m-00000"), "import.finished"))


def _change_many(store: Store) -> None:
    with store.unit(actor="steward") as unit:
        for memo in list(islice(unit.stream(Memo), 25)):
            unit.put(memo.model_copy(update={"text": memo.text.upper()}))


def _claim(store: Store) -> None:
    leased = store.outbox.claim("webhooks", limit=3, seconds=3600 * 24 * 7)
    assert [1, 2, 3] == [delivery.stored.seq for delivery in leased], leased


def _delivery(store: Store, seq: int) -> Delivery:
    """Return what another process was handed before it died."""
    stored = next(store.history.events(after=seq - 1))
    return Delivery(consumer="webhooks", stored=stored, attempt=1, fence=seq, leased_until=DAY_ONE + timedelta(days=7))


def _settle(store: Store) -> None:
    store.outbox.settle(_delivery(store, 1))


def _lay_aside(store: Store) -> None:
    store.outbox.retry(_delivery(store, 2), error="410 Gone", at=None)


def _revive(store: Store) -> None:
    store.outbox.revive("webhooks", 2)


def _clear(store: Store) -> None:
    with store.unit(actor="steward", reason="retention") as unit:
        for card in list(unit.stream(Card)):
            unit.remove(card)


STEPS: tuple[Callable[[Store], None], ...] = (
    _arrive,
    _apply,
    *(_patch(number) for number in range(3)),
    _remove,
    _restore,
    _hand_over,
    _keyed,
    _keyed_again,
    _back_date,
    _merge,
    _tell,
    _claim,
    _settle,
    _lay_aside,
    _revive,
    *(_patch(number) for number in range(3, 9)),
    _clear,
    _take_in_many,
    _change_many,
    _patch(9),
)
"""Every kind of change: new, patched, removed, restored, claims handed over, keys, back-dated, merged, told, delivered, in bulk."""

BULK = STEPS.index(_take_in_many)
