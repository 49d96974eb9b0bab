"""Whatever the order in which two users' steps meet, the declared invariants hold, at the end and in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

import attrs
import pytest

from crmcore.model.channels import EmailAddress
from crmcore.model.contact import ContactRecord
from crmcore.ports import Store
from crmcore.query import F
from crmcore.storage import Codec, SqlStore
from crmcore.testing.stores import Card
from tests.faults.isolation import Session, Step, begin, commit, interleavings, play
from tests.faults.workload import Bid
from tests.guarantees import Figures


class LooseBid(Bid):
    """The negative control of a unique key: the same without one."""

    kind: ClassVar[str] = "suite_loose_bid"

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """Yield none."""
        yield from ()


EVERYTHING = Codec([ContactRecord, Card, Bid, LooseBid])
ALL = 1_000_000
MOMENT = 0.01
"""Seconds that a step waits for the other session."""


@attrs.frozen(kw_only=True)
class Scenario:
    """What two users do, and what must hold whenever somebody looks."""

    invariant: str
    prepare: Callable[[Store, str], None]
    steps: tuple[tuple[Step, ...], tuple[Step, ...]]
    holds: Callable[[Store, str, dict[str, list[object]]], bool]
    """By a third handle, given the records' place and what was seen before; looked at after each step."""
    at_end: Callable[[Store, str], bool] = lambda _store, _at: True


def put(store: Store, *records) -> None:
    """Put records in a unit of work."""
    with store.unit(actor="suite") as unit:
        for record in records:
            unit.put(record)


# One primary e-mail of a type, and no e-mail lost.


def _read_person(session: Session) -> None:
    session.seen["person"] = session.store.get(ContactRecord, session.at)


def _read_again(session: Session) -> None:
    session.seen["there"] = session.unit.get(ContactRecord, session.at)


def _with_email(person: ContactRecord, name: str) -> ContactRecord:
    email = f"{name}@work.example"
    return person.add(EmailAddress(raw=email, normal=email, type="work", is_primary=True))


def _put_email(session: Session) -> None:
    session.unit.put(_with_email(session.seen["person"], session.name))


def _put_email_over(session: Session) -> None:
    edited = _with_email(session.seen["person"], session.name)
    session.unit.put(edited.model_copy(update={"version": session.seen["there"].version}))


def _one_primary(store: Store, at: str, _: object) -> bool:
    emails = store.get(ContactRecord, at).emails
    return sum(email.is_primary for email in emails) == min(1, len(emails))


def _both_emails(store: Store, at: str) -> bool:
    return {email.normal for email in store.get(ContactRecord, at).emails} == {"a@work.example", "b@work.example"}


def _emails(put_email: Step) -> Scenario:
    steps = (_read_person, begin, _read_again, put_email, commit)
    return Scenario(
        invariant="one primary e-mail a type, none lost",
        prepare=lambda store, at: put(store, ContactRecord(id=at)),
        steps=(steps, steps),
        holds=_one_primary,
        at_end=_both_emails,
    )


# One active application a person and job.


def _bids(kind: type[Bid]) -> Scenario:
    def look(session: Session) -> None:
        session.seen["free"] = not active(session.store, session.at)

    def active(store: Store, at: str) -> list[Bid]:
        return [bid for bid in store.find(kind, F.person == at) if bid.is_active]

    def apply(session: Session) -> None:
        if session.seen["free"]:
            session.unit.put(kind(id=f"{session.at}-{session.name}", person=session.at, job="j-1"))

    steps = (look, begin, apply, commit)
    return Scenario(
        invariant="one active application a job and person",
        prepare=lambda _store, _at: None,
        steps=(steps, steps),
        holds=lambda store, at, _: len(active(store, at)) <= 1,
        at_end=lambda store, at: len(active(store, at)) == 1,
    )


# A ring of five stays a ring of five.

RING = 5


def _make_ring(store: Store, at: str) -> None:
    put(store, *(Card(id=f"{at}-{n}", name=f"{at}-{(n + 1) % RING}", note=at) for n in range(RING)))


def _is_ring(store: Store, at: str, _: object) -> bool:
    following = {card.id: card.name for card in store.stream(Card, F.id.in_([f"{at}-{n}" for n in range(RING)]))}
    here, met = f"{at}-0", set[str]()
    while here not in met:
        met.add(here)
        here = following[here]
    return len(met) == RING


def _turn(get: Callable, write: Callable, at: str, first: int) -> None:
    a = get(Card, f"{at}-{first}")
    b = get(Card, a.name)
    c = get(Card, b.name)
    for card, name in ((a, c.id), (b, c.name), (c, b.id)):
        write(card.model_copy(update={"name": name}))


def _ring(*, whole: bool) -> Scenario:
    def read_three(session: Session) -> None:
        wanted = []
        _turn(session.store.get, wanted.append, session.at, "ab".index(session.name))
        session.seen["wanted"] = wanted

    def write(*numbers: int) -> Step:
        def step(session: Session) -> None:
            for number in numbers:
                card = session.seen["wanted"][number]
                session.unit.put(card) if whole else put(session.store, card)

        return step

    writes = (write(0), write(1, 2))
    steps = (read_three, begin, *writes, commit) if whole else (read_three, *writes)
    return Scenario(invariant="a ring stays a ring", prepare=_make_ring, steps=(steps, steps), holds=_is_ring)


# What is appended stays, in one order.


def _appends(*, checked: bool) -> Scenario:
    def look(session: Session) -> None:
        session.seen["card"] = session.store.get(Card, session.at)

    def again(session: Session) -> None:
        session.seen["version"] = session.unit.get(Card, session.at).version

    def append(session: Session) -> None:
        card = session.seen["card"]
        update = {"emails": (*card.emails, session.name)} | ({} if checked else {"version": session.seen["version"]})
        session.unit.put(card.model_copy(update=update))

    def prefix(store: Store, at: str, seen: dict[str, list[object]]) -> bool:
        before, now = seen.get(at, []), list(store.get(Card, at).emails)
        seen[at] = now
        return now[: len(before)] == before

    steps = (look, begin, again, append, commit)
    return Scenario(
        invariant="appends are seen in one order",
        prepare=lambda store, at: put(store, Card(id=at)),
        steps=(steps, steps),
        holds=prefix,
        at_end=lambda store, at: sorted(store.get(Card, at).emails) == ["a", "b"],
    )


# At least one of two stays on call: each user looks at both and changes one.


def _on_call(*, inside: bool) -> Scenario:
    def on(store, at: str) -> list[str]:
        return [card.id for card in store.find(Card, F.id.in_([f"{at}-a", f"{at}-b"])) if card.is_open]

    def look(session: Session) -> None:
        session.seen["on"] = on(session.unit if inside else session.store, session.at)

    def leave(session: Session) -> None:
        if len(session.seen["on"]) == 2:
            mine = session.unit.get(Card, f"{session.at}-{session.name}")
            session.unit.put(mine.model_copy(update={"is_open": False}))

    steps = (begin, look, leave, commit) if inside else (look, begin, leave, commit)
    return Scenario(
        invariant="one of two stays on call",
        prepare=lambda store, at: put(store, *(Card(id=f"{at}-{who}", is_open=True) for who in "ab")),
        steps=(steps, steps),
        holds=lambda store, at, _: bool(on(store, at)),
    )


# Nobody sees half a unit: an amount moves between two records.


def _transfer(*, whole: bool) -> Scenario:
    def move(who: str, amount: int) -> Step:
        def step(session: Session) -> None:
            place = session.unit if whole else session.store
            card = place.get(Card, f"{session.at}-{who}")
            edited = card.model_copy(update={"age": card.age + amount})
            session.unit.put(edited) if whole else put(session.store, edited)

        return step

    moves = (move("a", -7), move("b", 7))
    steps = (begin, *moves, commit) if whole else moves
    return Scenario(
        invariant="no half of a unit is seen",
        prepare=lambda store, at: put(store, *(Card(id=f"{at}-{who}", age=50) for who in "ab")),
        steps=(steps, steps),
        holds=lambda store, at, _: sum(c.age for c in store.find(Card, F.id.in_([f"{at}-a", f"{at}-b"]))) == 100,
    )


SCENARIOS = {
    "emails": (_emails(_put_email), _emails(_put_email_over)),
    "applications": (_bids(Bid), _bids(LooseBid)),
    "ring": (_ring(whole=True), _ring(whole=False)),
    "appends": (_appends(checked=True), _appends(checked=False)),
    "on call": (_on_call(inside=True), _on_call(inside=False)),
    "transfer": (_transfer(whole=True), _transfer(whole=False)),
}
"""Each with its negative control: the same steps without the protection."""

PROMISE = {"ring": "C4", "appends": "C3", "transfer": "A2"}


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def handles(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Sequence[SqlStore]]]:
    """Lend three handles of one database: two users and a reader."""
    is_file = request.param == "SQLite"
    url = f"sqlite:///{tmp_path / 'crm.db'}" if is_file else request.getfixturevalue("postgres_url")
    with ExitStack() as stack:
        yield request.param, [stack.enter_context(SqlStore(url, codec=EVERYTHING, timeout=MOMENT)) for _ in range(3)]


def played(scenario: Scenario, handles: Sequence[SqlStore], *, at_most: int) -> Counter[str]:
    """Play the interleavings, or so many of them; count those in which the invariant broke, and what was refused."""
    first, second, reader = handles
    found: Counter[str] = Counter()
    orders = list(interleavings(*(len(steps) for steps in scenario.steps)))
    for number, order in enumerate(orders[:: max(1, len(orders) // at_most)]):
        at, seen, broken = f"r-{number:04}", {}, []
        scenario.prepare(reader, at)
        sessions = [Session("a", first, at), Session("b", second, at)]
        refused = play(
            order,
            sessions,
            scenario.steps,
            lambda at=at, seen=seen, broken=broken: broken.append(not scenario.holds(reader, at, seen)),
        )
        found["interleavings"] += 1
        found["violations"] += any(broken) or not scenario.at_end(reader, at)
        found["refused steps"] += refused.total()
    return found


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_invariant_holds_in_every_interleaving(
    handles: tuple[str, Sequence[SqlStore]], figures: Figures, thorough: bool, name: str
) -> None:
    """All orders of the steps of two users: the invariant holds after every step, and both are served in the end."""
    where, stores = handles
    scenario = SCENARIOS[name][0]
    found = played(scenario, stores, at_most=ALL if thorough else 8)
    figures(PROMISE.get(name, "C2"), f"{where}: {scenario.invariant}", **found)

    assert 0 == found["violations"]
    assert found["interleavings"] > 5


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_tester_sees_what_breaks_without_the_protection(
    handles: tuple[str, Sequence[SqlStore]], figures: Figures, thorough: bool, name: str
) -> None:
    """The negative control: without version check, unique key or unit of work, some order breaks the invariant."""
    where, stores = handles
    scenario = SCENARIOS[name][1]
    found = played(scenario, stores, at_most=ALL if thorough else 16)
    violations = {"interleavings": found["interleavings"], "violations": found["violations"]}
    figures.control(PROMISE.get(name, "C2"), f"{where}: {scenario.invariant}, unprotected", **violations)

    assert found["violations"] > 0
