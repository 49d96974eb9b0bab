"""A question of very many conditions is planned about as quickly as it is read, however many tables it asks of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from crmcore.model import ContactRecord
from crmcore.query import Aggregate, And, Compare, F, How, InSegment, Not, Op, Or, Some
from crmcore.query.tree import Missing, Words
from crmcore.storage import MemoryStore, SqlStore
from crmcore.storage.sql._bounds import ALWAYS, MOST_JOINED, Bound, all_of, any_of, found, none_found, unless
from crmcore.testing import ManualClock
from tests.storage.asking_cases import AT, SKILLS, codec, filled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmcore.query import Expression
    from crmcore.storage.sql.explaining import QueryPlan
    from tests.postgres import Postgres

MANY = 500

LEAVES: dict[str, Callable[[int], Expression]] = {
    "items": lambda n: F.skills.any((F.name == SKILLS[n % 2]) | (F.name == f"skill {n}")),
    "no items": lambda n: ~F.skills.any(name=f"skill {n}", level__ge=n % 5),
    "values": lambda n: F.skill.in_([SKILLS[n % 3], f"skill {n}"]),
    "no values": lambda n: F.skill != f"skill {n}",
    "letters": lambda n: ~F.skill.contains(f"skill {n}"),
    "whether there are values": lambda n: Not(Missing(("skill", "employer", "city")[n % 3])),
    "records of others": lambda n: Some("organisations", F.name.in_([f"Org {n % 3}", f"{n}"])),
    "no records of others": lambda n: ~Some("organisations", F.name == f"Org {n + 1}"),
    "items of others": lambda n: Some("organisations", Some("people", F.skill.in_(["java", f"skill {n}"]))),
    "segments": lambda n: ~InSegment("x", asks=F.skill == f"skill {n}"),
    "words": lambda n: ~Words(f"word{n}"),
    "least values": lambda n: (
        Not(Missing(Aggregate(relation="employments", how=How.MAX, field="started")))
        & (Compare(Aggregate(relation="skills", how=How.COUNT), Op.LE, n + 10))
    ),
    "either": lambda n: Or([F.skill == f"skill {n}", F.skills.any(name=SKILLS[n % 2])]),
}


@pytest.fixture(scope="module")
def memory() -> Iterator[MemoryStore]:
    """Lend memory with the cases."""
    with MemoryStore(codec=codec(), clock=_clock()) as store:
        filled(store)
        yield store


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    """Lend a store of each database with the cases."""
    if request.param == "sqlite":
        with SqlStore("sqlite://", codec=codec(), clock=_clock()) as store:
            filled(store)
            yield store
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    with server.database() as url, SqlStore(url, codec=codec(), clock=_clock()) as store:
        filled(store)
        yield store


def _clock() -> ManualClock:
    clock = ManualClock()
    clock.set(AT)
    return clock


def joined(told: QueryPlan) -> int:
    """Return how many joins the plan of a question has, besides those of statements apart; SQLite has no such words."""
    joins, apart = 0, 0
    for step in told.plan:
        depth = len(step) - len(step.lstrip())
        if apart and depth > apart:
            continue
        apart = depth if "SubPlan" in step else 0
        joins += not apart and bool(re.search(r"Nested Loop|\bJoin\b", step))
    return joins


@pytest.mark.parametrize("leaf", LEAVES)
def test_many_of_one_sort(store: SqlStore, memory: MemoryStore, leaf: str) -> None:
    """Few statements become joins, of three tables each at most; the database says all of it, as memory does."""
    question = And([LEAVES[leaf](number) for number in range(MANY)])
    told = store.explain(ContactRecord, question)

    assert joined(told) <= 3 * MOST_JOINED + 1
    assert told.is_exact
    assert memory.count(ContactRecord, question) == store.count(ContactRecord, question)


@pytest.mark.parametrize("turned", [False, True])
def test_many_of_all_sorts(store: SqlStore, memory: MemoryStore, turned: bool) -> None:
    """Conditions of all sorts, joined by And in Or and Or in And, and their contrary, are told as memory tells them."""
    sorts = list(LEAVES.values())
    for inner, outer in ((And, Or), (Or, And)):
        groups = [inner([sort(number * 20 + place) for place in range(20)]) for number, sort in enumerate(sorts)]
        asked: Expression = outer(groups)
        question = Not(asked) if turned else asked
        ids = [record.id for record in store.stream(ContactRecord, question)]

        assert joined(store.explain(ContactRecord, question)) <= 3 * MOST_JOINED + 1
        assert [record.id for record in memory.stream(ContactRecord, question)] == ids


def test_few_are_joined(store: SqlStore) -> None:
    """The negative control: of as few as a server plans well each is joined, and the plan shows it."""
    if "sqlite" in store._database.name or "memory" in store._database.name:
        pytest.skip("SQLite makes no joins of them")
    question = And([LEAVES["items"](number) for number in range(MOST_JOINED)])

    assert MOST_JOINED <= joined(store.explain(ContactRecord, question))


class TestWhatIsJoined:
    """Which statements are left to be joined."""

    ONE: tuple[str, str, str] = ("m.id", "c.id", "items c WHERE TRUE")

    def test_those_that_lead_to_records_go_first(self) -> None:
        """What an index may find is joined before what is not there, whatever stands first in the question."""
        absent = [none_found(*self.ONE, Bound(f"c.a = {n}"), is_sqlite=False) for n in range(MOST_JOINED)]
        rare = found(*self.ONE, Bound("c.b = 1"), is_sqlite=False)
        both = all_of([*absent, rare])

        assert MOST_JOINED == both.joins
        assert both.leads
        assert rare.sql in both.sql
        assert [one.apart in both.sql for one in absent] == [False] * (MOST_JOINED - 1) + [True]

    def test_what_or_joins_is_looked_up_record_by_record(self) -> None:
        """No server joins what stands in Or, or under a Not: each record is looked up there, whatever the size."""
        one, other = (found(*self.ONE, Bound(f"c.a = {n}"), is_sqlite=False) for n in range(2))

        assert Bound(f"({one.apart} OR {other.apart})", depth=any_of([one, other]).depth) == any_of([one, other])
        assert f"({one.apart}) IS NOT TRUE" == unless(one).sql
        assert 0 == unless(one).joins

    def test_what_is_said_twice_is_said_once(self) -> None:
        """The same condition costs nothing more."""
        one = found(*self.ONE, Bound("c.a = 1"), is_sqlite=False)

        assert one == all_of([one, ALWAYS, one]) == all_of([one])

    def test_one_that_holds_many_is_still_joined(self) -> None:
        """A single statement may hold as many as are joined within it."""
        inner = all_of([found(*self.ONE, Bound(f"c.a = {n}"), is_sqlite=False) for n in range(50)])
        outer = found("m.id", "d.id", "others d WHERE TRUE", inner, is_sqlite=False)

        assert (MOST_JOINED, MOST_JOINED + 1) == (inner.joins, all_of([outer]).joins)
        assert MOST_JOINED + 1 == all_of([outer, outer, *[found(*self.ONE, ALWAYS, is_sqlite=False)]]).joins
