"""Stores worth backing up: hostile values, removals, claims, keyed and back-dated units, consumers in every state."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from crmcore.errors import CrmcoreError
from crmcore.storage import MemoryStore, SqlStore
from crmcore.testing import ManualClock
from crmcore.testing._store_records import Seat, told
from crmcore.testing.stores import SUITE_CODEC, Card, Memo

if TYPE_CHECKING:
    from pathlib import Path

    from crmcore.storage._store import TenantStore

HOSTILE = (
    "", "Ada", "ada", "ß", "ẞ", "İstanbul", "  trailing  ", "a%_\\b", "'; DROP TABLE crm_record; --", "\u2028\u2029\x85",
    "tab\tline\nreturn\r", "\x01\x1f\x7f", "🧑‍🚀", "e\u0301", "\ufdd0", "\ufeff", "\\u0000", "x" * 600, "\\N", '"', "null",
)  # fmt: skip
"""Texts that a file format, a COPY or a quotation could spoil."""
IDS = st.sampled_from(["a", "A", "b-10", "b-9", "~", "!"])
RATINGS = st.sampled_from([None, 0.0, -0.0, 5e-324, 1.7976931348623157e308, 0.1, 1e16])
AGES = st.sampled_from([None, 0, 2**63 - 1, -(2**63)])
JSON = st.recursive(
    st.sampled_from([None, True, 1, 1.0, -0.0, 2**63 - 1, *HOSTILE]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(HOSTILE), inner, max_size=2),
    max_leaves=4,
)
CARDS = st.builds(
    Card,
    id=IDS,
    name=st.sampled_from(HOSTILE),
    emails=st.lists(st.sampled_from(HOSTILE), max_size=2).map(tuple),
    rating=RATINGS,
    age=AGES,
    seen=st.none() | st.datetimes().map(lambda naive: naive.replace(tzinfo=ManualClock().now().tzinfo)),
    extra=st.dictionaries(st.sampled_from(HOSTILE), JSON, max_size=2),
)
RECORDS = CARDS | st.builds(Memo, id=IDS, text=st.sampled_from(HOSTILE)) | st.builds(Seat, id=IDS, number=st.integers(1, 3), person=st.sampled_from(["", "p", "q"]))  # fmt: skip
STEPS = st.one_of(
    st.tuples(st.just("put"), RECORDS),
    st.tuples(st.just("put"), RECORDS),
    st.tuples(st.just("remove"), st.sampled_from([Card, Memo, Seat]), IDS),
    st.tuples(st.just("emit"), st.integers(0, 9), IDS),
)
UNITS = st.tuples(
    st.lists(STEPS, min_size=1, max_size=4),
    st.none() | st.sampled_from(["k1", "k2", "k\N{EURO SIGN}"]),
    st.sampled_from(HOSTILE),
    st.sampled_from([0, 0, 90]),
)
HANDLINGS = st.tuples(
    st.sampled_from(["mailer", "webhooks"]), st.lists(st.sampled_from(["settle", "retry", "dead", "hold"]), max_size=3)
)
LIVES = st.lists(UNITS | HANDLINGS, max_size=8)


def lived(life: list[Any]) -> MemoryStore:
    """Return a store that went through it; what a store refuses, it went without."""
    clock = ManualClock()
    store = MemoryStore(codec=SUITE_CODEC, clock=clock)
    for part in life:
        clock.advance(seconds=1)
        if isinstance(part[0], str):
            handle(store, clock, *part)
        else:
            work(store, clock, part)
    return store


def work(store: TenantStore, clock: ManualClock, unit_of: tuple[list[Any], str | None, str, int]) -> None:
    """Do one unit."""
    steps, key, reason, days_ago = unit_of
    happened = clock.now() - timedelta(days=days_ago) if days_ago else None
    try:
        with store.unit(actor="ada", reason=reason, source=reason, key=key, occurred_at=happened) as unit:
            for step in steps:
                match step:
                    case ("put", record):
                        there = next((one for one in unit.stream(type(record)) if one.id == record.id), None)
                        unit.put(record if there is None else record.model_copy(update={"version": there.version}))
                    case ("remove", kind, id_):
                        unit.remove(unit.get(kind, id_))
                    case ("emit", number, id_):
                        unit.emit(told(f"e-{number}", Card(id=id_)))
    except CrmcoreError:
        return


def handle(store: TenantStore, clock: ManualClock, consumer: str, ends: list[str]) -> None:
    """Claim deliveries and let each end in its way; what is held stays leased."""
    for delivery, end in zip(store.outbox.claim(consumer, limit=len(ends) or 1), ends, strict=False):
        match end:
            case "settle":
                store.outbox.settle(delivery)
            case "retry":
                store.outbox.retry(delivery, error="\N{SNOWMAN} later", at=clock.now() + timedelta(hours=1))
            case "dead":
                store.outbox.retry(delivery, error="never", at=None)


def rich(store: TenantStore, clock: ManualClock) -> None:
    """Give a store some of everything."""
    for number, text in enumerate(HOSTILE):
        clock.advance(minutes=1)
        with store.unit(actor="ada", reason=text, key=f"key {number}") as unit:
            stored = unit.put(Card(id=f"c-{number}", name=text, emails=(text, "s@x.example"), extra={text: [text]}))
            unit.emit(told(f"e-{number}", stored))
            unit.put(Seat(id=f"s-{number}", number=number, person=f"p-{number}"))
    clock.advance(days=1)
    with store.unit(actor="bob", reason="merge", occurred_at=clock.now() - timedelta(days=400)) as unit:
        gone = unit.remove(unit.get(Card, "c-0"))
        unit.remove(unit.get(Seat, "s-0"))
        unit.emit(told("e-gone", gone, "suite.merged"))
        unit.put(unit.get(Card, "c-1").model_copy(update={"note": "n" * 100_000}))
    clock.advance(days=1)
    with store.unit(actor="bob", reason="back") as unit:
        unit.put(gone.model_copy(update={"name": "came back"}))
    handle(store, clock, "mailer", ["settle", "settle", "dead", "retry", "hold"])
    handle(store, clock, "webhooks", ["settle"])


def empty(clock: ManualClock | None = None) -> MemoryStore:
    """Return a store to restore into."""
    return MemoryStore(codec=SUITE_CODEC, clock=clock)


def opened(path: Path, **settings: Any) -> SqlStore:
    """Open a file as all of these tests do."""
    return SqlStore(f"sqlite:///{path}", codec=SUITE_CODEC, clock=ManualClock(), **settings)


def one_batch(store: TenantStore, number: int) -> None:
    """Write a unit that touches most tables."""
    with store.unit(actor="ada", reason=f"batch {number}") as unit:
        for place in range(5):
            unit.emit(told(f"e-{number}-{place}", unit.put(Card(id=f"c-{number}-{place}", name="Ada"))))
        if number:
            first = unit.get(Card, f"c-{number - 1}-0")
            unit.put(first.model_copy(update={"note": f"seen by {number}"}))
            unit.remove(unit.get(Card, f"c-{number - 1}-1"))
