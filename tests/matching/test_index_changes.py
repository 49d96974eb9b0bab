"""Whatever comes and goes: an index knows what one made of the same records would know."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crmcore.matching import Matcher, pairwise_scores
from crmcore.matching.index import Index
from crmcore.testing.sample import generate

Row = dict[str, str | None]


@cache
def world() -> tuple[Matcher, tuple[Row, ...]]:
    """Return a matcher, and rows among which there are doubles."""
    table = {name: list(cells) for name, cells in generate(people=120, seed=9).columns.items()}
    rows = [{name: cells[at] for name, cells in table.items()} for at in range(len(table["email"]))]
    return Matcher.fit(table), tuple({**row, "source_id": None} for row in rows)


def table_of(rows: dict[str, Row]) -> dict[str, list[str | None]]:
    """Return rows as a table with their keys."""
    names = world()[1][0]
    table = {name: [row[name] for row in rows.values()] for name in names}
    return {**table, "key": list(rows)}


class Changes(RuleBasedStateMachine):
    """Adds, changes and removes, beside a dictionary of what is there."""

    @initialize(count=st.integers(0, 150))
    def begin(self, count: int) -> None:
        """Begin with some rows of the table."""
        matcher, rows = world()
        self.first = {f"k{at}": row for at, row in enumerate(rows[:count])}
        self.matcher = matcher.evolve(key="key")
        self.index = self.matcher.index(table_of(self.first))
        self.people = self.index.people
        self.held = dict(self.first)
        self.added = 0

    @rule(at=st.integers(0, 10_000))
    def add(self, at: int) -> None:
        """Add any row under a new key: who moves is told, and nobody else does."""
        self.added += 1
        row = world()[1][at % len(world()[1])]
        before = self.index.people
        placed = self.index.add(row, key=f"new{self.added}")
        self.held[f"new{self.added}"] = row

        now = self.index.people
        assert placed.moved == {key: now[key] for key, person in before.items() if now[key] != person}
        assert placed.person_id == self.index.person_of(placed.key)
        assert all(self.index.person_of(other) == placed.person_id for other in placed.others)

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 10_000), at=st.integers(0, 10_000))
    def change(self, which: int, at: int) -> None:
        """Let any record hold what another row holds: who moves is told, and nobody else does."""
        key = sorted(self.held)[which % len(self.held)]
        self.held[key] = world()[1][at % len(world()[1])]
        before = self.index.people
        placed = self.index.change(key, self.held[key])

        now = self.index.people
        del before[key]
        assert placed.moved == {other: now[other] for other, person in before.items() if now[other] != person}

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 10_000))
    def remove(self, which: int) -> None:
        """Remove any record."""
        key = sorted(self.held)[which % len(self.held)]
        before = self.index.people
        moved = self.index.remove(key)
        del self.held[key]

        now = self.index.people
        assert moved == {other: person for other, person in now.items() if before[other] != person}

    @precondition(lambda self: self.held)
    @rule(at=st.integers(0, 10_000), typing=st.booleans(), limit=st.sampled_from([1, 5, None]))
    def reload(self, at: int, typing: bool, limit: int | None) -> None:
        """What is kept in a file and read again has the same people, and finds the same."""
        row = world()[1][at % len(world()[1])]
        again = Index(self.index._contents())

        assert again.people == self.index.people
        assert again.find(row, typing=typing, limit=limit) == self.index.find(row, typing=typing, limit=limit)

    @rule()
    def restore(self) -> None:
        """Remove what was added, and let the others hold what they held: all is as in the beginning."""
        for key in set(self.held) - set(self.first):
            self.index.remove(key)
        for key, row in self.first.items():
            if key not in self.held:
                self.index.add(row, key=key)
            elif self.held[key] != row:
                self.index.change(key, row)
        self.held = dict(self.first)

        assert self.index.people == self.people

    @invariant()
    def knows_what_is_there(self) -> None:
        """Every record is known, is somebody, and finds itself first; nobody else is known."""
        if not hasattr(self, "held"):
            return
        people = self.index.people
        assert set(people) == set(self.held)
        assert len(self.index) == len(self.held)
        assert all(key in self.index for key in self.held)

    def teardown(self) -> None:
        """Count as an index that is made of the same records counts, and group nearly as the batch run."""
        if not getattr(self, "held", None):
            return
        fresh = Index.of(self.matcher, self.matcher.dedupe(table_of(self.held)))
        assert counts(self.index) == counts(fresh)
        keys = sorted(self.held)
        now, then = self.index.people, fresh.people
        found, expected = ([sorted(set(people.values())).index(people[key]) for key in keys] for people in (now, then))
        assert pairwise_scores(found, expected).f1 > 0.8


def counts(index: Index) -> dict[str, dict[str, int]]:
    """Return how many rows hold each value, those that names, dates and inboxes do not tell otherwise."""
    found: dict[str, dict[str, int]] = {}
    for at, comparison in enumerate(index._schema.comparisons):
        held = index._records.counts(at).tolist()
        values = zip(index._records.vocabularies[at], held, strict=True)
        if comparison.name in {"email", "phone", "postcode", "street", "city"}:
            found[comparison.name] = {value: count for value, count in values if count}
    return found


Changes.TestCase.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
TestChanges = Changes.TestCase


def test_threads_may_look_up_while_others_change():
    """Nobody sees a change half done, and nothing is lost."""
    matcher, rows = world()
    first = {f"k{at}": row for at, row in enumerate(rows[:150])}
    index = matcher.evolve(key="key").index(table_of(first))
    people = index.people

    def change(at: int) -> int:
        for turn, row in enumerate(rows[150 + at :: 4]):
            index.add(row, key=f"thread {at}, {turn}")
        return len(rows[150 + at :: 4])

    def look(_: int) -> bool:
        hits = [hit for row in rows[:150] for hit in index.find(row)]
        return all(hit.key in first or hit.key.startswith("thread") for hit in hits) and len(index.people) >= len(first)

    with ThreadPoolExecutor(8) as pool:
        added, seen = list(pool.map(change, range(4))), list(pool.map(look, range(4)))
    for key in [key for key in index.people if key not in first]:
        index.remove(key)

    assert sum(added) == len(rows) - 150
    assert all(seen)
    assert index.people == people
