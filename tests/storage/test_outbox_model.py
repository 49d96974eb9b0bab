"""Memory, SQLite and PostgreSQL hand out alike, and as a plain model does: any sequence of verbs, answers, errors and digests."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore.errors import CrmcoreError, LeaseLost, NotFound
from crmcore.ports import Delivery, Store
from crmcore.storage import MemoryStore, SqlStore, logical_digest
from crmcore.storage import _outbox as outbox_module
from crmcore.testing import ManualClock
from crmcore.testing._store_records import card, told
from crmcore.testing.stores import SUITE_CODEC

START = datetime(2026, 1, 1, tzinfo=UTC)
CONSUMERS = st.sampled_from(["a", "b"])
RECORDS = st.sampled_from(["r-1", "r-2", "r-3"])
SECONDS = st.sampled_from([0, 30, 60])
STEPS = st.one_of(
    st.tuples(st.just("tell"), st.lists(RECORDS, min_size=1, max_size=5)),
    st.tuples(st.just("claim"), CONSUMERS, st.integers(1, 4), SECONDS, st.sampled_from([0, 0, 1, None])),
    st.tuples(st.just("claim"), CONSUMERS, st.integers(1, 4), SECONDS, st.just(0)),
    st.tuples(st.just("settle"), st.integers(0, 30)),
    st.tuples(st.just("settle"), st.integers(0, 30)),
    st.tuples(st.just("retry"), st.integers(0, 30), st.sampled_from([-90, 0, 45, None])),
    st.tuples(st.just("revive"), CONSUMERS, st.integers(0, 12)),
    st.tuples(st.just("dead"), CONSUMERS, st.integers(0, 6)),
    st.tuples(st.just("move the clock"), st.sampled_from([-3600, -1, 30, 61])),
)


@attrs.define
class Waiting:
    """One event that a consumer of the model has not settled."""

    seq: int
    record: str
    due_at: datetime | None = None
    fence: int = 0
    attempts: int = 0
    error: str = ""


@attrs.define
class Consumer:
    """A queue for each record, whose first one alone is handed out; and what was laid aside."""

    position: int
    fence: int = 0
    queues: dict[str, list[Waiting]] = attrs.field(factory=dict)
    dead: dict[int, Waiting] = attrs.field(factory=dict)

    def firsts(self) -> Iterator[Waiting]:
        return (queue[0] for queue in self.queues.values() if queue)

    def by_time(self, now: datetime) -> tuple[list[Waiting], list[Waiting]]:
        late = [one for one in self.firsts() if one.due_at is not None and one.due_at <= now]
        return (
            sorted(late, key=lambda one: (one.due_at, one.seq)),
            sorted((one for one in self.firsts() if one.due_at is None), key=lambda one: one.seq),
        )


class Model:
    """The outbox as one would write it down for people, with lists that are searched from end to end."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.events: list[str] = []
        self.consumers: dict[str, Consumer] = {}

    def tell(self, records: list[str]) -> None:
        self.events.extend(records)

    def claim(self, name: str, limit: int, seconds: int, after: int | None) -> object:
        if name not in self.consumers:
            if after is not None and after > len(self.events):
                return "InputError"
            self.consumers[name] = Consumer(len(self.events) if after is None else after)
        at = self.consumers[name]
        late, fresh = at.by_time(self.clock.now())
        if len(late) + len(fresh) < limit:
            for seq in range(at.position + 1, len(self.events) + 1):
                record = self.events[seq - 1]
                at.queues.setdefault(record, []).append(Waiting(seq, record))
            at.position = len(self.events)
            late, fresh = at.by_time(self.clock.now())
        again = late[: max((limit + at.fence % 2) // 2, limit - len(fresh))]
        answer = []
        for one in sorted([*again, *fresh[: limit - len(again)]], key=lambda one: one.seq):
            at.fence += 1
            one.fence, one.attempts = at.fence, one.attempts + 1
            one.due_at = self.clock.now() + timedelta(seconds=seconds)
            answer.append((name, one.seq, one.attempts, one.fence, one.due_at))
        return answer

    def held(self, name: str, seq: int, fence: int) -> tuple[list[Waiting], Waiting] | None:
        for queue in self.consumers[name].queues.values():
            for one in queue:
                if (one.seq, one.fence) == (seq, fence):
                    return queue, one
        return None

    def settle(self, name: str, seq: int, fence: int) -> object:
        if (found := self.held(name, seq, fence)) is None:
            return "LeaseLost"
        found[0].remove(found[1])
        return None

    def retry(self, name: str, seq: int, fence: int, at: datetime | None) -> object:
        if (found := self.held(name, seq, fence)) is None:
            return "LeaseLost"
        queue, one = found
        one.fence, one.error, one.due_at = 0, "failed", at
        if at is None:
            queue.remove(one)
            self.consumers[name].dead[seq] = one
        return None

    def revive(self, name: str, seq: int) -> object:
        if name not in self.consumers or seq not in self.consumers[name].dead:
            return "NotFound"
        one = self.consumers[name].dead.pop(seq)
        queue = self.consumers[name].queues.setdefault(one.record, [])
        one.attempts, one.error = 0, ""
        first = queue[0] if queue else None
        in_hand = first is not None and first.fence and first.due_at is not None and first.due_at > self.clock.now()
        begin = 1 if first is not None and (in_hand or first.seq < seq) else 0
        queue[begin:] = sorted([*queue[begin:], one], key=lambda waiting: waiting.seq)
        return None

    def dead(self, name: str, after: int) -> object:
        dead = self.consumers[name].dead if name in self.consumers else {}
        return [(seq, dead[seq].error) for seq in sorted(dead) if seq > after]


class Real:
    """The same verbs on a store."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock
        self.numbers = itertools.count(1)
        self.claimed: dict[tuple[str, int, int], Delivery] = {}

    def tell(self, records: list[str]) -> None:
        with self.store.unit(actor="suite") as unit:
            for record in records:
                unit.emit(told(f"e-{next(self.numbers)}", card(record)))

    def claim(self, name: str, limit: int, seconds: int, after: int | None) -> object:
        try:
            claimed = self.store.outbox.claim(name, limit=limit, seconds=seconds, after=after)
        except CrmcoreError as error:
            return type(error).__name__
        for one in claimed:
            self.claimed[name, one.stored.seq, one.fence] = one
        return [(one.consumer, one.stored.seq, one.attempt, one.fence, one.leased_until) for one in claimed]

    def settle(self, name: str, seq: int, fence: int) -> object:
        return _name_of(lambda: self.store.outbox.settle(self.claimed[name, seq, fence]))

    def retry(self, name: str, seq: int, fence: int, at: datetime | None) -> object:
        return _name_of(lambda: self.store.outbox.retry(self.claimed[name, seq, fence], error="failed", at=at))

    def revive(self, name: str, seq: int) -> object:
        return _name_of(lambda: self.store.outbox.revive(name, seq))

    def dead(self, name: str, after: int) -> object:
        return [(stored.seq, error) for stored, error in self.store.outbox.dead(name, after=after)]


def _name_of(verb: Callable[[], None]) -> str | None:
    try:
        verb()
    except (LeaseLost, NotFound) as error:
        return type(error).__name__
    return None


def play(subject: Model | Real, steps: list[tuple[Any, ...]]) -> list[object]:
    """Do the steps; return each answer. What is settled is chosen among all that was ever claimed."""
    answers: list[object] = []
    leases: list[tuple[str, int, int]] = []
    for verb, *words in steps:
        if verb == "move the clock":
            subject.clock.advance(seconds=words[0])
        elif verb in {"settle", "retry"}:
            if leases:
                lease = leases[words[0] % len(leases)]
                later = [None if word is None else subject.clock.now() + timedelta(seconds=word) for word in words[1:]]
                answers.append(getattr(subject, verb)(*lease, *later))
        else:
            answers.append(answer := getattr(subject, verb)(*words))
            if verb == "claim" and isinstance(answer, list):
                leases.extend((name, seq, fence) for name, seq, _, fence, _ in answer)
    return answers


def modelled(steps: list[tuple[Any, ...]]) -> list[object]:
    """Return what the model answers."""
    return play(Model(ManualClock(START)), steps)


def in_memory(steps: list[tuple[Any, ...]]) -> tuple[list[object], str]:
    """Return what the memory store answers, and its digest afterwards."""
    clock = ManualClock(START)
    store = MemoryStore(codec=SUITE_CODEC, clock=clock)
    return play(Real(store, clock), steps), logical_digest(store)


def in_sql(url: str, tenant: str, steps: list[tuple[Any, ...]]) -> tuple[list[object], str]:
    """Return what a tenant of its own in a database answers, and its digest afterwards."""
    clock = ManualClock(START)
    with SqlStore(url, tenant=tenant, codec=SUITE_CODEC, clock=clock, durability="relaxed") as store:
        return play(Real(store, clock), steps), logical_digest(store)


MANY = st.lists(STEPS, min_size=8, max_size=40)
tenants = (f"t{number}" for number in itertools.count())


@given(steps=MANY)
@settings(max_examples=400, derandomize=True, deadline=None)
def test_memory_answers_as_the_model_does(steps: list[tuple[Any, ...]]) -> None:
    """Whatever is told, claimed, settled, put off, laid aside and revived, by two consumers, while the clock jumps."""
    assert modelled(steps) == in_memory(steps)[0]


@given(steps=MANY)
@settings(
    max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_file_answers_as_memory_does(tmp_path: Path, steps: list[tuple[Any, ...]]) -> None:
    """The same answers, errors and digests."""
    assert in_memory(steps) == in_sql(f"sqlite:///{tmp_path / 'crm.db'}", next(tenants), steps)


@given(steps=MANY)
@settings(max_examples=80, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_server_answers_as_memory_does(postgres_url: str, steps: list[tuple[Any, ...]]) -> None:
    """The same answers, errors and digests."""
    assert in_memory(steps) == in_sql(postgres_url, next(tenants), steps)


@pytest.mark.parametrize("most", [1, 700])
def test_a_long_log_is_fetched_in_pieces(tmp_path: Path, postgres_url: str, most: int) -> None:
    """More events than one transaction fetches, most of them of one record, are handed out alike everywhere."""
    records = [["loud"] * 1200, [f"r-{number}" for number in range(600)], ["loud"] * 10]
    claims: list[tuple[Any, ...]] = [("claim", "a", most, 60, 0), ("retry", 0, 45), ("claim", "a", most, 60, 0)]
    steps = [*(("tell", some) for some in records), *claims * 3]

    assert 1200 > outbox_module.PULLED
    assert in_memory(steps) == in_sql(f"sqlite:///{tmp_path / 'crm.db'}", "t", steps)
    assert in_memory(steps) == in_sql(postgres_url, "t", steps)
