"""Who is found among those who are as good as each other, who have been copied, or whose names changed places."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from crmcore.hygiene.roles import Role
from crmcore.matching import Matcher
from crmcore.matching.index import Index
from crmcore.testing.sample import generate

if TYPE_CHECKING:
    from pathlib import Path

    from crmcore.matching import Deduplication
    from crmcore.matching.index import Hit

Row = dict[str, str | None]


def rows(people: int, *, seed: int) -> list[Row]:
    """Return a generated table with doubles, row by row."""
    table = {name: list(cells) for name, cells in generate(people=people, seed=seed).columns.items()}
    return [{name: cells[at] for name, cells in table.items()} for at in range(len(table["email"]))]


def table_of(some: list[Row]) -> dict[str, list[str | None]]:
    """Return rows as a table."""
    return {name: [row[name] for row in some] for name in some[0]}


def namesakes(count: int) -> list[Row]:
    """Return people of whom only one name is known, each with an id, among others."""
    others = [{**row, "id": f"other {at}"} for at, row in enumerate(rows(100, seed=1))]
    nothing = dict.fromkeys(others[0], None)
    same = [{**nothing, "id": f"same {at:03}", "first_name": "Ada", "last_name": "Lovelace"} for at in range(count)]
    return others + same


ASKED = {"first_name": "Ada", "last_name": "Lovelace"}


def test_of_equals_the_same_are_found_in_whatever_order_they_came(tmp_path: Path):
    """Shuffled, added one by one, or read from a file: some of forty namesakes, always the same ones."""
    table = namesakes(40)
    matcher = Matcher.fit(table, key="id")
    index = matcher.index(table)
    shuffled = matcher.index([table[at] for at in np.random.default_rng(1).permutation(len(table))])
    grown = matcher.index(table[:-20])
    for row in reversed(table[-20:]):
        grown.add(row, key=row["id"])
    grown.save(tmp_path / "grown")

    for typing in (False, True):
        found, *others = (
            [hit.key for hit in each.find(ASKED, least=0, typing=typing)]
            for each in (index, shuffled, grown, Index.load(tmp_path / "grown"))
        )

        assert len(found) == 5
        assert others == [found] * 3


@pytest.mark.parametrize("typing", [False, True])
def test_the_best_are_found_whatever_the_limit(typing: bool):
    """A limit cuts off the tail, and nothing else."""
    table = rows(300, seed=2)
    index = Matcher.fit(table_of(table)).index(table_of(table))

    for row in table[::7]:
        every = index.find(row, limit=None, typing=typing)
        for limit in (1, 3):
            some = index.find(row, limit=limit, typing=typing)
            assert [hit.match_weight for hit in some] == [hit.match_weight for hit in every[:limit]]


def test_the_copies_of_a_record_are_found_though_they_share_a_row():
    """Sixty copies are one row; asked about one of them, another is named, and the same after one was changed."""
    copy = {"name": "Grace Hopper", "email": "grace@navy.example", "phone": "0171 555 2931"}
    table = [{"id": f"copy {at:02}", **copy} for at in range(60)]
    table += [
        {"id": f"{at}", "name": f"Ada{at} Love{at}", "email": f"a{at}@x.example", "phone": f"{at}"} for at in range(9)
    ]
    index = Matcher.fit(table, key="id").index(table)

    found = [[hit.key for hit in index.find(copy, key=f"copy {at:02}")] for at in (0, 1, 59)]
    index.remove("copy 00")

    assert found == [["copy 01"], ["copy 00"], ["copy 00"]]
    assert [hit.key for hit in index.find(copy)] == ["copy 01"]
    assert [hit.key for hit in index.find({**copy, "phone": "0171 555 2913"}, key="copy 07")] == ["copy 01"]


def slipped(text: str) -> str:
    """Return a text with two of its letters in each other's place."""
    return text[:2] + text[3] + text[2] + text[4:] if len(text) > 4 else text


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_names_in_each_others_place_with_a_slip_weigh_as_in_the_batch_run(seed: int):
    """A tenth of the rows get their names turned, and one of them a slip: weights are those of the table.

    Down to the least probability that a batch run keeps.
    """
    table = rows(250, seed=seed)
    turned = [row for row in table[::10] if row["first_name"] and row["last_name"]]
    table += [
        {
            **row,
            "first_name": row["last_name"],
            "last_name": slipped(str(row["first_name"])),
            "phone": None,
            "mobile": None,
        }
        for row in turned
    ]
    matcher = Matcher.fit(table_of(table))
    result = matcher.dedupe(table_of(table))
    index = Index.of(matcher, result)

    hits = {
        key: {hit.key: hit for hit in index.find(row, key=key, limit=None)}
        for key, row in zip(result.keys, table, strict=True)
    }

    found = {key: {other: hit.match_weight for other, hit in own.items()} for key, own in hits.items() if own}
    expected = kept(result)
    assert {key: set(own) for key, own in found.items()} == {key: set(own) for key, own in expected.items()}
    worst = max(abs(weight - expected[key][other]) for key, own in found.items() for other, weight in own.items())
    assert worst < 1e-9
    assert any(nearly_crossed(index, hit) for own in hits.values() for hit in own.values())


def nearly_crossed(index: Index, hit: Hit) -> bool:
    """Tell whether the names of two records are in each other's place but for a slip."""
    at = index._schema.given, index._schema.family
    one, other = ((values[at[0]], values[at[1]]) for values in (hit._asked, hit._held))
    if not all((*one, *other)):
        return False
    (given, family), (their_given, their_family) = ((both[0][0], both[1][0]) for both in (one, other))
    shared = any(set(mine) & set(theirs) for mine, theirs in zip(one, other, strict=True))
    exact = given == their_family and family == their_given
    return not exact and index._schema.turned((given, family), (their_given, their_family), shared=shared) is not None


def kept(result: Deduplication) -> dict[str, dict[str, float]]:
    """Return record -> those that a batch run keeps beside it -> match weight."""
    found: dict[str, dict[str, float]] = {}
    pairs = result.pairs.above(0.05)
    for left, right, weight in zip(pairs.left.tolist(), pairs.right.tolist(), pairs.match_weight.tolist(), strict=True):
        for one, other in ((left, right), (right, left)):
            found.setdefault(result.keys[one], {})[result.keys[other]] = weight
    return found


@pytest.mark.parametrize(
    "text",
    ["x" * 10**6, "a, " * 300_000, "a@" * 500_000, "1" * 10**6, " ".join(map(str, range(150_000))), "\ud800" * 10**5],
    ids=["letters", "commas", "ats", "digits", "words", "halves"],
)
@pytest.mark.parametrize("column", ["full_name", "first_name", "email", "phone", "street", "company", "date_of_birth"])
def test_a_huge_text_is_answered_at_once(column: str, text: str):
    """A million letters where a name should be, while typing too, and to be kept."""
    index = small_index()
    began = time.thread_time()

    index.find({column: text})
    index.find({column: text}, typing=True)
    index.add({column: text}, key="huge")
    index.remove("huge")

    assert time.thread_time() - began < 2


def small_index() -> Index:
    """Return an index of a generated table."""
    if not SMALL:
        table = table_of(rows(100, seed=3))
        SMALL.append(Matcher.fit(table).index(table))
    return SMALL[0]


SMALL: list[Index] = []


def test_how_many_begin_so_is_counted_where_values_are_known_from_elsewhere_too():
    """A census tells of names and of no beginnings: one letter of a name says less than four, whoever was counted."""
    table = rows(300, seed=6)
    census = {Role.FAMILY_NAME: {"smith": 0.01, "jones": 0.008}}
    index = Matcher.fit(table_of(table), frequencies=census).index(table_of(table))
    name = next(row["last_name"] for row in table if row["last_name"] and row["last_name"][:8].isalpha())

    weights = [
        index.find({"last_name": str(name)[:width]}, typing=True, limit=1)[0].match_weight for width in (1, 2, 4)
    ]

    assert weights == sorted(weights)
    assert weights[0] < weights[-1]
